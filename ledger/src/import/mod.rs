//! Taking in what was recorded elsewhere: a table of postgres-es or sqlite-es ([`Ledger::import`]), or an export of another
//! ledger ([`Ledger::adopt`]).

mod adopt;
mod source;
mod stock;

use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::Report;
use crate::export::ExportError;
use crate::fault::{CommitError, Fault};

pub use adopt::Adopted;
pub(crate) use adopt::Adoption;
pub use source::Table;
pub use stock::Imported;

/// Why something was not taken in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ImportError {
    /// The table that was named is no name of a table.
    #[error("{0:?} is no name of a table: letters, digits and _, with a schema before a dot")]
    TableName(String),
    /// The other store could not be read.
    #[error("the source could not be read: {doing}")]
    Source {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A row cannot be an event here. The stream's id is left out: it may name a person.
    #[error("row {row} of the source ({aggregate_type}, sequence {sequence}): {what}")]
    Row {
        /// Which row in the order of import, from 1.
        row: u64,
        /// Its aggregate type.
        aggregate_type: String,
        /// Its sequence.
        sequence: i64,
        /// Why not.
        what: &'static str,
    },
    /// The ledger holds another event at this place of this stream.
    #[error(
        "row {row} of the source ({aggregate_type}, sequence {sequence}) is not the event that the ledger holds there"
    )]
    Differs {
        /// Which row in the order of import, from 1.
        row: u64,
        /// Its aggregate type.
        aggregate_type: String,
        /// Its sequence.
        sequence: u64,
    },
    /// After the import, an event of the source was not found.
    #[error("row {row} of the source ({aggregate_type}, sequence {sequence}) is not in the ledger")]
    Missing {
        /// Which row in the order of import, from 1.
        row: u64,
        /// Its aggregate type.
        aggregate_type: String,
        /// Its sequence.
        sequence: u64,
    },
    /// The ledger took the events of one batch no further.
    #[error("the ledger refused")]
    Refused(#[from] CommitError),
    /// An export does not hold; see the report.
    #[error("the export does not hold: {}", .0.breaks.first().map_or_else(String::new, ToString::to_string))]
    Unsound(Box<Report>),
    /// Only a whole log can be taken over.
    #[error("the export holds positions {from} to {to} of a log of {size} events; only a whole log can be taken over")]
    Partial {
        /// First position.
        from: u64,
        /// Last position.
        to: u64,
        /// Size of its checkpoint.
        size: u64,
    },
    /// The export is of another log than this ledger is to be.
    #[error("the export is of the log {theirs}, this ledger is {ours}")]
    Origin {
        /// The export's.
        theirs: String,
        /// This ledger's.
        ours: String,
    },
    /// The ledger holds something already.
    #[error("the ledger is not empty")]
    NotEmpty,
    /// The export holds personal values and not the keys that open them.
    #[error("the export comes without the data keys of the people in it")]
    NoKeys,
    /// The export could not be read.
    #[error("the export could not be read")]
    Export(#[from] ExportError),
    /// A file of the export changed or vanished while it was read.
    #[error("{0} is not what was checked")]
    Changed(PathBuf),
    /// The store failed.
    #[error("the ledger is not available")]
    Store(#[from] Fault),
}
