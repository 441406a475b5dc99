//! What people mean: understanding of free text and the conversation, free of channel, store and network.
//!
//! ```text
//! what was said ─▶ understand ─▶ conversation ─▶ what is said back, what is to be done
//!                                     ▲
//!                          words (both languages), catalogue
//! ```
//!
//! Everything here is pure: the clock, the look-ups and what becomes of an effect come from the caller as facts.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod conversation;
pub mod jsonl;
pub mod news;
pub mod reply;
pub mod said;
pub mod understand;
pub mod words;

use domain::catalogue::Catalogue;

pub use understand::DataError;

/// The assistant of one catalogue: build it once, use it for everybody.
#[derive(Debug)]
pub struct Assistant {
    catalogue: Catalogue,
    understander: understand::Understander,
    phrases: conversation::Phrases,
}

impl Assistant {
    /// Builds the tables of understanding for this catalogue.
    ///
    /// # Errors
    /// [`DataError`] when a built-in word table is malformed; a test holds that none is.
    pub fn new(catalogue: &Catalogue) -> Result<Self, DataError> {
        Ok(Self {
            catalogue: catalogue.clone(),
            understander: understand::Understander::new(catalogue)?,
            phrases: conversation::Phrases::embedded()?,
        })
    }

    /// The catalogue that it speaks about.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The understanding of free text alone.
    #[must_use]
    pub const fn understander(&self) -> &understand::Understander {
        &self.understander
    }
}
