//! The storage format of officers. Names and fields here are in the ledger for ever.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Bilingual;

/// What happened to an officer's powers. An officer's name and post are public acts of the
/// department, not personal data of a citizen; they are stored readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Put in office.
    Appointed {
        /// Name.
        name: Bilingual,
        /// Designation, printed on what they sign.
        designation: Bilingual,
        /// Roles of the catalogue's stages.
        roles: Vec<String>,
        /// Office.
        office: Bilingual,
        /// When.
        at: Timestamp,
    },
    /// No longer in office; from this moment no act of theirs is accepted.
    Relieved {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Appointed { .. } => "officer.appointed",
            Self::Relieved { .. } => "officer.relieved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
