use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Event;

/// What the rules remember of a signing key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningKey {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It may sign.
    Active {
        /// For what.
        purpose: String,
        /// How.
        algorithm: String,
        /// The public key, base64.
        public_key: String,
        /// A demonstration key?
        demo: bool,
    },
    /// It signs no more.
    Retired,
    /// It is in other hands, and what it signed counts only up to a position of the log.
    Compromised {
        /// Since when, at the earliest.
        since: Timestamp,
        /// The last position that counts on.
        last_good_position: u64,
    },
}

impl SigningKey {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Activated {
                purpose,
                algorithm,
                public_key,
                demo,
                ..
            } => Self::Active {
                purpose,
                algorithm,
                public_key,
                demo,
            },
            Event::Retired { .. } => Self::Retired,
            Event::Compromised {
                since,
                last_good_position,
                ..
            } => Self::Compromised {
                since,
                last_good_position,
            },
        }
    }
}
