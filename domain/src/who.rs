use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz,
};
use serde::{Deserialize, Serialize};

use crate::{Bilingual, CitizenId, OfficerId};

/// Indian Standard Time, UTC+05:30, without daylight saving since 1945.
const IST_SECONDS: i32 = 5 * 3600 + 30 * 60;

/// The civil date in India at an instant. Every date that a person meets is one of these.
#[must_use]
pub fn ist_date(at: Timestamp) -> Date {
    ist_time(at).date()
}

/// The civil time in India at an instant.
pub(crate) fn ist_time(at: Timestamp) -> DateTime {
    tz::Offset::from_seconds(IST_SECONDS)
        .unwrap_or(tz::Offset::UTC)
        .to_datetime(at)
}

/// The first instant of a civil day in India; `None` where the calendar ends.
#[must_use]
pub fn ist_midnight(day: Date) -> Option<Timestamp> {
    let ist = tz::Offset::from_seconds(IST_SECONDS).ok()?;
    ist.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A citizen, over their own channel.
    Citizen(CitizenId),
    /// An officer, signed in.
    Officer(ByOfficer),
    /// Praman itself, where the catalogue says that a step is automatic.
    System,
}

/// An officer as they stood on the day of an act: the look-up is a fact inside the command and is
/// kept in the event, so that a later transfer changes no history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByOfficer {
    /// Who.
    pub officer: OfficerId,
    /// In which role of the catalogue's stages, for example `sub_registrar`.
    pub role: String,
    /// In which office.
    pub office: Bilingual,
    /// Under which designation; printed on what they sign.
    pub designation: Bilingual,
}

/// An uploaded paper: what the application keeps of it. The bytes are kept beside the ledger under
/// this digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Which document of the service it is meant as, for example `address_proof`.
    pub document: String,
    /// SHA-256 of the bytes, lower-case hex.
    pub digest: String,
    /// By content, not by name: `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// Length in bytes.
    pub bytes: u64,
    /// What was noticed on it when it was taken in, for the officer who reads it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<PaperFinding>,
}

/// What can be noticed on a paper by looking at its bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperFinding {
    /// The file is not what it begins as, or is cut off.
    Damaged,
    /// A PDF that opens only with a password.
    Encrypted,
    /// A PDF without a page.
    NoPages,
    /// A PDF with more pages than anybody reads here.
    TooManyPages,
    /// More pixels or bytes than are taken in.
    TooLarge,
    /// Too few pixels for print to be read.
    Small,
    /// Out of focus, or the hand moved.
    Blurred,
    /// Too little light.
    Dark,
    /// Ink and paper are hardly apart.
    Faded,
    /// A lamp or a window is mirrored over much of it.
    Glare,
    /// Nothing is on it.
    Blank,
    /// No lines of writing can be seen.
    NoWriting,
    /// A page of writing, where a person's photograph is wanted.
    NotAPortrait,
    /// The same file was handed in for another paper of the same application.
    SameFile,
    /// The citizen asked for it to be kept as it is.
    KeptAllTheSame,
}

impl PaperFinding {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Damaged,
        Self::Encrypted,
        Self::NoPages,
        Self::TooManyPages,
        Self::TooLarge,
        Self::Small,
        Self::Blurred,
        Self::Dark,
        Self::Faded,
        Self::Glare,
        Self::Blank,
        Self::NoWriting,
        Self::NotAPortrait,
        Self::SameFile,
        Self::KeptAllTheSame,
    ];

    /// The file as such cannot be opened or shown: nobody could read it, so it is never kept.
    #[must_use]
    pub const fn is_of_the_file(self) -> bool {
        matches!(
            self,
            Self::Damaged | Self::Encrypted | Self::NoPages | Self::TooManyPages | Self::TooLarge
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indian_day_begins_at_half_past_six_utc_evening() {
        let before: Timestamp = "2026-11-22T18:29:59Z".parse().unwrap();
        let after: Timestamp = "2026-11-22T18:30:00Z".parse().unwrap();
        assert_eq!(ist_date(before).to_string(), "2026-11-22");
        assert_eq!(ist_date(after).to_string(), "2026-11-23");
        assert_eq!(ist_midnight(ist_date(after)), Some(after));
    }
}
