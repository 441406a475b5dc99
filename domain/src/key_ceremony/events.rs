//! The storage format of key ceremonies. Names and fields here are in the ledger for ever.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened at a ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It began.
    Begun {
        /// For whom the keys are.
        issuer: String,
        /// Who was there, each by office and, if they wish, name. No secret and no part of one.
        present: Vec<String>,
        /// When.
        at: Timestamp,
    },
    /// A key was made.
    KeyMade {
        /// Its name.
        key: String,
        /// For what.
        purpose: String,
        /// How it signs.
        algorithm: String,
        /// SHA-256 of the whole public key, lower-case hex: what those present compare.
        digest: String,
        /// The token that holds it; `None` for the key file.
        token: Option<String>,
        /// The first instant at which a signature counts.
        not_before: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Something else was done.
    Step {
        /// What.
        what: Deed,
        /// When.
        at: Timestamp,
    },
    /// It ended.
    Ended {
        /// SHA-256 of the page that those present sign, lower-case hex.
        page_digest: String,
        /// When.
        at: Timestamp,
    },
}

/// What is done at a ceremony beside making keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The key file was written, whole, to the disk.
    FileWritten,
    /// It was opened again with the passphrase, and the public keys in it are those that were made.
    FileReadBack,
    /// Each key signed a fresh message, and each signature was checked with its public half.
    SignaturesTried,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Begun { .. } => "key_ceremony.begun",
            Self::KeyMade { .. } => "key_ceremony.key_made",
            Self::Step { .. } => "key_ceremony.step",
            Self::Ended { .. } => "key_ceremony.ended",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
