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
        /// The public key, base64.
        public_key: String,
    },
    /// It signs no more.
    Retired,
}

impl SigningKey {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Activated { public_key, .. } => Self::Active { public_key },
            Event::Retired { .. } => Self::Retired,
        }
    }
}
