use serde::{Deserialize, Serialize};

use super::Event;

/// What the rules remember of a ceremony.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCeremony {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It is on record.
    Recorded {
        /// SHA-256 of its page; empty while the record is being read.
        page_digest: String,
    },
}

impl KeyCeremony {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Ended { page_digest, .. } => Self::Recorded { page_digest },
            Event::Begun { .. } => Self::Recorded {
                page_digest: String::new(),
            },
            Event::KeyMade { .. } | Event::Step { .. } => self,
        }
    }
}
