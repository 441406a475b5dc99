//! The storage format of citizens. Names and fields here are in the ledger for ever.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Language, Personal};

/// What happened between a person and us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// First met, on a channel.
    Registered {
        /// Where they can be reached: the channel's own name for them (a phone number or a user id).
        address: Personal<String>,
        /// When.
        at: Timestamp,
    },
    /// Chose a language.
    LanguageChosen {
        /// Which.
        language: Language,
        /// When.
        at: Timestamp,
    },
    /// Agreed to a notice about the use of their data (DPDP Act 2023, sections 5 and 6).
    ConsentGiven {
        /// Which version of the notice.
        notice: String,
        /// In which language it was shown.
        language: Language,
        /// The channel's own name for the message in which they agreed.
        message: String,
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "citizen.registered",
            Self::LanguageChosen { .. } => "citizen.language_chosen",
            Self::ConsentGiven { .. } => "citizen.consent_given",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
