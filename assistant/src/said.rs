//! What a person said, after the channel has been taken away.
//!
//! A channel (WhatsApp, a web chat) turns whatever arrived into one [`Said`]. Files have been fetched,
//! measured and stored before; only their description is here.

use domain::PaperFinding;
use serde::{Deserialize, Serialize};

/// One utterance of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Typed words, as they were typed.
    Text(String),
    /// A tap on an offered button or row. Both parts come from outside: the id is looked up among those
    /// offered to this person before it means anything.
    Chose {
        /// The id that the tap carried.
        id: String,
        /// The label that the person saw, as the channel reports it.
        title: String,
    },
    /// A paper (photo or PDF) that was fetched and stored.
    Paper(Paper),
    /// A paper was sent but cannot be used.
    PaperRefused(PaperProblem),
    /// A recorded voice note that was kept; nobody has put it into words.
    Voice,
    /// A voice note that could not be taken: too large, of an unknown form, or gone.
    VoiceRefused,
    /// A voice note, in the words that an engine has heard. They are shown back, and confirm nothing.
    Spoken(String),
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// A contact card.
    Contact,
    /// A reaction to an earlier message. It wants no answer.
    Reaction,
    /// Anything that this channel cannot carry further.
    Unsupported,
}

/// A stored paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// SHA-256 of the bytes, lower-case hex.
    pub digest: String,
    /// Media type as found in the bytes, not as announced.
    pub media_type: String,
    /// Length in bytes.
    pub bytes: u64,
    /// The sender's file name with paths and control characters removed.
    pub filename: Option<String>,
    /// Why it is of no use as a paper of an application, by looking at the bytes. It may still be a certificate to check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<PaperFinding>,
    /// What an officer is to know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<PaperFinding>,
}

/// Why a paper was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperProblem {
    /// Neither PDF nor JPEG nor PNG.
    WrongType,
    /// Above the limit of the service.
    TooLarge,
    /// No bytes.
    Empty,
    /// The bytes do not open as what they claim to be.
    Unreadable,
    /// The channel no longer has the file, or did not hand it over.
    NotFetched,
}
