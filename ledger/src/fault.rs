//! What can go wrong that is no rule's answer.

use std::error::Error;
use std::sync::Arc;

use uuid::Uuid;

/// The store or this process failed. Nothing is said about what a rule would have answered.
///
/// After a fault of a write its outcome is unknown: it may have happened. Ask again with the same command id.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// No answer within the deadline.
    #[error("the store did not answer in time")]
    Deadline,
    /// [`crate::Ledger::close`] was called, or the writer has ended.
    #[error("the ledger is closed")]
    Closed,
    /// The ledger was opened for reading.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// The store refused or broke.
    #[error("the store failed to {doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What the store said.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// What is stored is not what was stored.
    #[error("the record at position {position} is damaged: {what}")]
    Corrupt {
        /// Where; 0 when it is no single record.
        position: u64,
        /// What does not fit.
        what: String,
    },
    /// An event that this program cannot read: written by a newer one, or never meant for this type.
    #[error("the event at position {position} cannot be read as {wanted} (column {})", .reader.column())]
    Decode {
        /// Where.
        position: u64,
        /// The type that was asked for.
        wanted: &'static str,
        /// What the reader said. It may quote a person's data, so neither the message nor the chain of causes tells it.
        reader: Arc<serde_json::Error>,
    },
    /// An event could not be written as JSON.
    #[error("an event of {aggregate_type} could not be encoded")]
    Encode {
        /// Whose.
        aggregate_type: &'static str,
        /// What the encoder said.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// The vault could not seal or open.
    #[error("the vault could not {doing}")]
    Vault {
        /// What was being done.
        doing: &'static str,
        /// What the vault said.
        #[source]
        source: keys::VaultError,
    },
    /// The database role may do more than a writer needs, and [`crate::Privileges::Least`] was asked for.
    #[error("the database role {role} may do more than a writer needs: {}", listed(.excess))]
    Excess {
        /// The login.
        role: String,
        /// Each right, with what takes it away.
        excess: Vec<Excess>,
    },
    /// The database has no tables of this version, or not this log, and the role is not the one to make them.
    #[error("the database is not set up for this version: an administrator must migrate it first")]
    NotMigrated,
    /// The work ended without an answer: it panicked, or the runtime is shutting down.
    #[error("the work was stopped before it could answer")]
    Stopped,
}

/// A right that a writer does not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// What the role may do, as the end of a sentence about it.
    pub right: String,
    /// The SQL command that takes it away, or the words of what to do.
    pub remedy: String,
}

fn listed(excess: &[Excess]) -> String {
    let lines = excess
        .iter()
        .map(|one| format!("\n  it {}; mend by: {}", one.right, one.remedy));
    lines.collect()
}

impl Fault {
    pub(crate) fn store(doing: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Store {
            doing,
            source: Arc::new(source),
        }
    }

    pub(crate) fn corrupt(position: u64, what: impl Into<String>) -> Self {
        Self::Corrupt {
            position,
            what: what.into(),
        }
    }
}

/// Why a batch was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// Another writer was faster on this stream. Load again and decide again.
    #[error("the stream of {aggregate_type} stands at {actual}, not at {expected}")]
    Conflict {
        /// The stream's aggregate type.
        aggregate_type: String,
        /// The stream's aggregate id (not part of the message: it may name a person).
        aggregate_id: String,
        /// The sequence that the batch was decided upon.
        expected: u64,
        /// The sequence that is stored.
        actual: u64,
    },
    /// A row was not as expected.
    #[error("a row of {space} is not as expected")]
    RowConflict {
        /// The row's space.
        space: String,
        /// The row's key (not part of the message: it may name a person).
        key: String,
    },
    /// The bookmark was not where it was expected: another reader of this name has been at work.
    #[error("the bookmark of {name} stands at {stored}, not at {from}")]
    BookmarkMoved {
        /// The reader's name.
        name: String,
        /// Where the batch believed it to be.
        from: u64,
        /// Where it is.
        stored: u64,
    },
    /// The command id was used before for another request.
    #[error("the command id was used before for another request")]
    CommandReused,
    /// The data key of this person has been destroyed: nothing can be recorded about them under this id any more.
    #[error("the subject {subject} has been erased")]
    SubjectErased {
        /// Whose key it was.
        subject: Uuid,
    },
    /// The batch contradicts itself or the format. A fault of the caller.
    #[error("the batch is not valid: {what}")]
    Invalid {
        /// Why.
        what: String,
    },
    /// The store does not match its own signed history, so nothing is written to it until an audit has spoken.
    #[error("the ledger does not match its checkpoint at position {position}; writing is stopped")]
    Corrupt {
        /// Where it was seen; 0 when it is no single record.
        position: u64,
    },
    /// The store did not answer. The outcome is unknown: ask again with the same command id.
    #[error("the ledger is not available")]
    Unavailable(#[source] Fault),
}

impl From<Fault> for CommitError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Corrupt { position, .. } => Self::Corrupt { position },
            fault => Self::Unavailable(fault),
        }
    }
}
