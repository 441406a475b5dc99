use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Event;

/// What the rules remember of a status list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusList {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It was published.
    Published {
        /// SHA-256 of the newest one.
        digest: String,
        /// What is in the newest one.
        upto: u64,
        /// From when the newest one counts.
        issued_at: Timestamp,
    },
}

impl StatusList {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Published {
                digest,
                upto,
                issued_at,
                ..
            } => Self::Published {
                digest,
                upto,
                issued_at,
            },
        }
    }
}
