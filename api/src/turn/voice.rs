//! Voice notes: fetched, kept for the staff, and put into words where an engine listens.
//!
//! The sound is sealed in the documents folder as every paper is. A row says whose it is and what it was said about; the page of a file
//! shows the notes that belong to it ([`of_file`]).

use assistant::{conversation::Conversation, said::Said};
use data_encoding::HEXLOWER;
use domain::{ApplicationNumber, CitizenId};
use jiff::Timestamp;
use ledger::{Expect, Fault, Ledger, Row, RowChange};
use projections::File;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use whatsapp::inbound::Media;

use super::{Setup, TurnError, inbox::encode, paper::Heard};

/// Voice notes; key: the message's. Term: the citizen, and when.
const VOICE: &str = "voice";
/// Term of a note: the citizen and the time of receipt.
const CITIZEN: &str = "citizen";

/// The largest voice note that is kept, in bytes: half an hour as telephones record it.
const BYTES_MAX: usize = 5 * 1024 * 1024;
/// So many notes of one citizen are looked at, newest first.
const LIMIT: usize = 50;

/// A voice note that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// SHA-256 of the sound, lower-case hex: its name among the documents.
    pub(crate) digest: String,
    /// As the bytes say.
    pub(crate) media_type: String,
    /// Length in bytes.
    pub(crate) bytes: u64,
    /// In whole seconds begun, where the form tells.
    pub(crate) seconds: Option<u64>,
    /// When it was received.
    pub(crate) at: Timestamp,
    /// The service of the form that was being filled in.
    pub(crate) service: Option<String>,
    /// The application that the office had asked about.
    pub(crate) application: Option<ApplicationNumber>,
    /// What an engine heard in it.
    pub(crate) words: Option<String>,
}

/// Fetches a voice note, or says why it is not taken.
pub(super) async fn fetch(setup: &Setup, media: &Media) -> Result<Heard, TurnError> {
    let refused = || Ok(Heard::words(Said::VoiceRefused));
    let bytes = match setup.graph.fetch(&media.id, media.digest.as_deref()).await {
        Ok((_, bytes)) => bytes,
        Err(error) if error.is_transient() => return Err(TurnError::Fetch(error)),
        Err(_) => return refused(),
    };
    if bytes.len() > BYTES_MAX || sniff(&bytes).is_none() {
        return refused();
    }
    Ok(Heard {
        said: Said::Voice,
        bytes: Some(bytes),
    })
}

/// Keeps a voice note: the sound now, which may be done twice, and its row with the turn.
pub(super) async fn keep(
    setup: &Setup,
    row: &Row,
    citizen: CitizenId,
    state: &Conversation,
    said: &Said,
    bytes: Vec<u8>,
) -> Result<RowChange, TurnError> {
    let at = setup.clock.now();
    let note = Note {
        digest: HEXLOWER.encode(&Sha256::digest(&bytes)),
        media_type: sniff(&bytes).unwrap_or("application/octet-stream").to_owned(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        seconds: engines::voice_seconds(&bytes),
        at,
        service: state.view(&setup.catalogue).service,
        application: state.application().cloned(),
        words: match said {
            Said::Spoken(words) => Some(words.clone()),
            _ => None,
        },
    };
    setup.documents.put(bytes).await.map_err(TurnError::Keep)?;
    Ok(RowChange::Put {
        space: VOICE.to_owned(),
        key: row.key.clone(),
        body: encode(&note)?,
        terms: vec![(CITIZEN.to_owned(), format!("{citizen} {:020}", at.as_millisecond()))],
        expect: Expect::Absent,
    })
}

/// The notes that belong to a file, oldest first: what was said about it, what was said while its form was filled in, and what this
/// citizen said about nothing in particular. None once the citizen's data has been erased.
///
/// # Errors
/// [`Fault`] when the rows cannot be read.
pub(crate) async fn of_file(ledger: &Ledger, file: &File) -> Result<Vec<Note>, Fault> {
    if file.answers.is_none() {
        return Ok(vec![]);
    }
    let of = |end: &str| format!("{} {end}", file.citizen);
    let rows = ledger
        .find(VOICE, CITIZEN, &of(""), &of("\u{10FFFF}"), None, true, LIMIT)
        .await?;
    let notes = rows
        .iter()
        .rev()
        .filter_map(|row| match serde_json::from_slice(&row.body) {
            Ok(note) => Some(note),
            // What the reader says could quote it.
            Err(_) => {
                tracing::error!("a voice note's row cannot be read");
                None
            }
        });
    Ok(notes.filter(|note| belongs(note, file)).collect())
}

fn belongs(note: &Note, file: &File) -> bool {
    match (&note.application, &note.service) {
        (Some(number), _) => *number == file.number,
        (None, Some(service)) => *service == file.service && note.at <= file.submitted_at,
        (None, None) => true,
    }
}

/// What the bytes are; names and announced types are not believed.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"OggS") {
        Some("audio/ogg")
    } else if bytes.starts_with(b"ID3") || matches!(bytes, [0xFF, second, ..] if second & 0xE6 == 0xE2) {
        Some("audio/mpeg")
    } else if bytes.get(4..8) == Some(b"ftyp") {
        Some("audio/mp4")
    } else if bytes.starts_with(b"#!AMR") {
        Some("audio/amr")
    } else if matches!(bytes, [0xFF, 0xF1 | 0xF9, ..]) {
        Some("audio/aac")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::sniff;

    #[test]
    fn only_the_bytes_count() {
        for (bytes, kind) in [
            (&b"OggS\0\x02"[..], "audio/ogg"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xFF\xFB\x90", "audio/mpeg"),
            (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
            (b"#!AMR\n", "audio/amr"),
            (b"\xFF\xF1\x50", "audio/aac"),
        ] {
            assert_eq!(sniff(bytes), Some(kind));
        }
        for other in [
            &b""[..],
            b"\xFF",
            b"\xFF\xD8\xFF",
            b"%PDF-",
            b"<html>",
            b"MZ",
            b"PK\x03\x04",
            b"RIFF",
        ] {
            assert_eq!(sniff(other), None, "{other:?}");
        }
    }
}
