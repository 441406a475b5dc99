//! Engines outside the house that may be asked when our own understanding is at its end: somebody else's opinion on a message, and
//! the words of a voice note. Neither is there unless an address is set, and nothing needs one.
//!
//! ```text
//! a message in doubt, without what is personal ─▶ SecondOpinion ─▶ an intent and a service of ours, or nothing
//! a voice note ─▶ Speech ─▶ words, or nothing
//! ```
//!
//! An engine may be slow, broken or bought. Therefore each answer is bounded in time and length, read strictly, and compared with
//! what was asked; whatever does not fit is no answer, is not asked for again, and leaves everything as it would be without the engine.
//! No redirect is followed and no host is asked that the settings do not name. The log tells of an engine that fails, by its kind and
//! a digest, never with the words of anybody.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod door;
mod opinion;
mod speech;

pub use door::ConnectError;
pub use opinion::{OpinionSettings, SecondOpinion};
pub use speech::{Speech, SpeechSettings, VOICE_BYTES_MAX, VOICE_SECONDS_MAX, voice_seconds};
