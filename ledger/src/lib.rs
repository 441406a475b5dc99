//! # ledger: where it is kept
//!
//! The append-only store of events, in SQLite or PostgreSQL, with mutable rows beside it. It knows no domain type.
//!
//! - [`Ledger::execute`] carries out a command of an aggregate; [`Ledger::commit`] stores a [`Batch`]: events of several
//!   streams, rows, a reader's bookmark and erasures, in one transaction or not at all.
//! - Each event has a *sequence* in its stream and a *position* in the log, both without gaps; the order of positions is the order
//!   in which events become visible. The same command id gets the same [`Receipt`].
//! - What is marked as personal data is sealed under its subject's key before it is hashed ([`Append`]); destroying the key
//!   erases the content and leaves every hash as it is.
//! - [`Ledger::checkpoint`] signs the hash tree over all events; [`audit::verify`] recomputes everything from the stored bytes and says
//!   where it breaks. A store that does not match its last checkpoint is not written to ([`Ledger::health`]).
//! - [`Ledger::replay`] reads the log by position at full speed, and verifies it on the way as far as asked.
//! - [`Documents`] keeps sealed files by the digest of their content.
//! - [`Repository`] lets a user of cqrs-es run on this store.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod audit;
mod batch;
mod blind;
mod cache;
mod checkpoint;
mod clock;
mod commit;
#[cfg(test)]
mod conformance;
mod cosignatures;
mod documents;
mod execute;
pub mod export;
mod fault;
mod gather;
pub mod import;
mod inline;
mod interop;
mod leaf;
mod ledger;
mod personal;
mod privileges;
pub mod proof;
mod recorded;
pub mod replay;
mod rows;
mod store;
mod streams;
pub mod tiles;
mod tree;
mod upcast;
pub mod witness;

pub use batch::{
    Append, BODY_BYTES_MAX, Batch, Bookmark, Context, Expect, NAME_BYTES_MAX, NewEvent, Receipt, RowChange,
};
pub use checkpoint::CheckpointError;
pub use clock::{Clock, ManualClock, SystemClock};
pub use cosignatures::{CosignatureError, Witnessing};
pub use documents::{DocumentError, Documents};
pub use execute::{Decided, ExecuteError};
pub use fault::{CommitError, Excess, Fault};
pub use inline::{InlineRow, InlineView};
pub use interop::Repository;
pub use leaf::{Leaf, leaf_hash, stream_digest};
pub use ledger::{Health, Ledger, Settings};
pub use privileges::Privileges;
pub use proofs::{Checkpoint, NoteError, note};
pub use recorded::Recorded;
pub use replay::{Replay, ReplayError, ReplayOptions, Verify};
pub use rows::Row;
pub use store::postgres::{RoleNames, migrate_postgres};
pub use store::{LeadershipSettings, Presence};
pub use streams::InStreams;
pub use tree::{Hash, TILE_WIDTH, Tile, Tree, node_hash};
pub use upcast::Upcasters;
