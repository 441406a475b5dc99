//! From a stored webhook to an answer: the citizen's side of the straight line.
//!
//! ```text
//! webhook ─▶ inbox (stored, then 200) ─▶ split into messages and statuses ─▶ one turn a message, in order for each citizen
//! ```
//!
//! A turn is one transaction: the conversation, the answers in the outbox, the events and the mark that the message
//! was handled are stored together or not at all. It is named after the message, so a crash or a repeat changes nothing.

mod asked;
mod carry_out;
mod facts;
mod identity;
mod inbox;
mod paper;
mod status;
mod take;
#[cfg(test)]
mod tests;
mod voice;
mod worker;

use std::sync::Arc;

use assistant::Assistant;
use domain::catalogue::Catalogue;
use engines::{SecondOpinion, Speech};
use keys::Entropy;
use ledger::{Clock, CommitError, Documents, Fault, Ledger};
use projections::{Projector, ViewError, Views};
use whatsapp::graph::Graph;

use crate::verification::Verifier;

pub use inbox::{Handled, Inbox, stored_messages};
pub(crate) use voice::{Note, of_file};
pub use worker::Turns;

/// What turns work with.
#[derive(Clone)]
pub struct Setup {
    /// The log and its rows.
    pub ledger: Ledger,
    /// Where papers are kept.
    pub documents: Documents,
    /// What can be seen.
    pub views: Views,
    /// How far it can be seen.
    pub projector: Arc<Projector>,
    /// What people mean.
    pub assistant: Arc<Assistant>,
    /// Who may be asked about a message in doubt; nobody unless it is set up.
    pub second_opinion: Option<Arc<SecondOpinion>>,
    /// Who puts voice notes into words; nobody unless it is set up.
    pub speech: Option<Arc<Speech>>,
    /// The services.
    pub catalogue: Arc<Catalogue>,
    /// Who answers whether a certificate holds.
    pub verifier: Arc<Verifier>,
    /// Where papers are fetched.
    pub graph: Graph,
    /// Our number, as the Graph API names it.
    pub phone_number_id: String,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Chance: citizens' identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// The demonstration profile.
    pub demo: bool,
}

/// Why a turn did not come about. It is tried again; nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] Fault),
    /// The store did not take the turn.
    #[error("the turn could not be stored")]
    Write(#[from] CommitError),
    /// What is stored cannot be understood.
    #[error("stored {what} cannot be read (column {})", .reader.column())]
    Decode {
        /// What.
        what: &'static str,
        /// What the reader said. It may quote a person's data, so neither the message nor the chain of causes tells it.
        reader: serde_json::Error,
    },
    /// A paper could not be fetched for now.
    #[error("a paper could not be fetched for now")]
    Fetch(#[source] whatsapp::graph::FetchError),
    /// A paper could not be looked at: the process is ending.
    #[error("a paper could not be looked at")]
    Look,
    /// A paper could not be kept.
    #[error("a paper could not be kept")]
    Keep(#[source] ledger::DocumentError),
}

impl From<ViewError> for TurnError {
    fn from(error: ViewError) -> Self {
        Self::Read(error.into())
    }
}

impl TurnError {
    /// It will not go away by trying again.
    const fn is_final(&self) -> bool {
        match self {
            Self::Decode { .. } | Self::Read(Fault::Decode { .. }) => true,
            Self::Write(error) => matches!(
                error,
                CommitError::SubjectErased { .. } | CommitError::Invalid { .. } | CommitError::CommandReused
            ),
            Self::Read(_) | Self::Fetch(_) | Self::Look | Self::Keep(_) => false,
        }
    }
}
