use cqrs_es::DomainEvent;

use crate::{application, certificate, citizen, key_ceremony, officer, signing_key, status_list};

/// An event of any aggregate, decoded from what the ledger gives back.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyEvent {
    /// Of an application.
    Application(application::Event),
    /// Of a certificate.
    Certificate(certificate::Event),
    /// Of a citizen.
    Citizen(citizen::Event),
    /// Of an officer.
    Officer(officer::Event),
    /// Of a ceremony at which keys were made.
    KeyCeremony(key_ceremony::Event),
    /// Of a signing key.
    SigningKey(signing_key::Event),
    /// Of a status list.
    StatusList(status_list::Event),
}

/// Why an event could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// No aggregate of this type.
    #[error("no aggregate is called {0}")]
    Aggregate(String),
    /// The body is not of the shape that its aggregate stores.
    #[error("an event of {aggregate} could not be decoded (column {})", .reader.column())]
    Body {
        /// The aggregate's type.
        aggregate: String,
        /// What the reader said. It may quote a person's data, so neither the message nor the chain of causes tells it.
        reader: serde_json::Error,
    },
}

impl AnyEvent {
    /// Its name and the version of its shape, as this program writes them.
    #[must_use]
    pub fn name_and_version(&self) -> (String, String) {
        fn of(event: &impl DomainEvent) -> (String, String) {
            (event.event_type(), event.event_version())
        }
        match self {
            Self::Application(event) => of(event),
            Self::Certificate(event) => of(event),
            Self::Citizen(event) => of(event),
            Self::Officer(event) => of(event),
            Self::KeyCeremony(event) => of(event),
            Self::SigningKey(event) => of(event),
            Self::StatusList(event) => of(event),
        }
    }

    /// Decodes an event from its aggregate's type and its JSON body.
    ///
    /// # Errors
    /// [`UnknownEvent`]; a reader must stop at it, never skip it.
    pub fn decode(aggregate_type: &str, body: &[u8]) -> Result<Self, UnknownEvent> {
        let failed = |reader| UnknownEvent::Body {
            aggregate: aggregate_type.to_owned(),
            reader,
        };
        match aggregate_type {
            "application" => serde_json::from_slice(body).map(Self::Application).map_err(failed),
            "certificate" => serde_json::from_slice(body).map(Self::Certificate).map_err(failed),
            "citizen" => serde_json::from_slice(body).map(Self::Citizen).map_err(failed),
            "officer" => serde_json::from_slice(body).map(Self::Officer).map_err(failed),
            "key_ceremony" => serde_json::from_slice(body).map(Self::KeyCeremony).map_err(failed),
            "signing_key" => serde_json::from_slice(body).map(Self::SigningKey).map_err(failed),
            "status_list" => serde_json::from_slice(body).map(Self::StatusList).map_err(failed),
            other => Err(UnknownEvent::Aggregate(other.to_owned())),
        }
    }
}
