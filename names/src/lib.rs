//! Names of persons across scripts: one written in Devanagari put into Latin letters and the other way, one key to look
//! names up by, and how probable it is that two spellings name the same person.
//!
//! ```text
//! text ─▶ plain letters (script) ─▶ words: title, initial, byword, name (words) ─▶ sounds (phones)
//!                                                                        │
//!                      key ◀─────────────────────────────────────────────┤
//!                      same ◀── weights · evidence (compare) ◀───────────┘
//! ```
//!
//! Pure: no file, no network, no clock. The names in `data/` are common given and family names, and say nothing of any person.
//! How well it does is measured on the labelled pairs in `pairs/`, see `docs/NAMES.md`.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod choices;
mod compare;
mod latin;
mod letters;
mod phones;
mod script;
pub mod sound;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use choices::to_devanagari;
pub use compare::{EVIDENCE, Evidence, Weights};
pub use latin::{Style, to_latin};
pub use words::Name;

/// The longest name that is read, in characters (Unicode scalar values) as written.
pub const MAX_CHARS: usize = 200;

/// Why a text cannot be read as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No letter in it.
    #[error("there is no letter in the name")]
    NoLetters,
    /// More than [`MAX_CHARS`] characters.
    #[error("the name is longer than {MAX_CHARS} characters")]
    TooLong,
}

/// The probability, 0 to 1, that both spellings, in any script, are of one person's name; 0 if either cannot be read as a name.
///
/// Two persons may bear the same name: this speaks of names, and never proves that two persons are one.
#[must_use]
pub fn same(a: &str, b: &str) -> f64 {
    match (Name::read(a), Name::read(b)) {
        (Ok(a), Ok(b)) => a.same(&b),
        _ => 0.0,
    }
}

/// The key by which spellings of one name are looked up: equal for most spellings of a name, in any order of the words.
///
/// Lower-case Latin letters and spaces, and a point at the end, so that no key is the beginning of another.
///
/// # Errors
/// [`NameError`] if the text cannot be read as a name.
pub fn key(name: &str) -> Result<String, NameError> {
    Ok(Name::read(name)?.key())
}
