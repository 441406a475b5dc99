//! The storage format of status lists. Names and fields here are in the ledger for ever.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to a status list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was signed anew, and this is it from now on.
    Published {
        /// SHA-256 of the signed list, lower-case hex.
        digest: String,
        /// Its length in bytes.
        bytes: u64,
        /// Everything up to this position of the log is in it.
        upto: u64,
        /// The key that signed it, eight hex digits.
        key: String,
        /// From when it counts.
        issued_at: Timestamp,
        /// The first instant at which it counts no more.
        expires_at: Timestamp,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Published { .. } => "status_list.published",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
