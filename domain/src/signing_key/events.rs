//! The storage format of signing keys. Names and fields here are in the ledger for ever.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to a signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It may sign from now on.
    Activated {
        /// For what: `credential`, `checkpoint`, `status`, `pdf`, `authority`, `witness`.
        purpose: String,
        /// `ed25519`, `p256` or `rsa2048`.
        algorithm: String,
        /// The public key, base64.
        public_key: String,
        /// A demonstration key: what it signs is not valid, and says so.
        demo: bool,
        /// When.
        at: Timestamp,
    },
    /// It signs no more; what it signed stays good.
    Retired {
        /// When.
        at: Timestamp,
    },
    /// It came into other hands: what it signs no longer counts by itself.
    Compromised {
        /// The first instant at which it may have been in other hands.
        since: Timestamp,
        /// What stands at this position of the log or before it counts on; 0: nothing does.
        last_good_position: u64,
        /// When that became known.
        at: Timestamp,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Activated { .. } => "signing_key.activated",
            Self::Retired { .. } => "signing_key.retired",
            Self::Compromised { .. } => "signing_key.compromised",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
