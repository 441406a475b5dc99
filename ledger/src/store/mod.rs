//! The append-only store. Two databases, one behaviour: `plan.rs` decides, each database carries it out in its own tongue,
//! and one conformance suite runs on both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use keys::{Entropy, Vault};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::import::{Adoption, ImportError};
use crate::personal::SubjectKey;
use crate::privileges::Privileges;
use crate::recorded::StoredEvent;
use crate::rows::{StoredRow, TermQuery};
use crate::streams::{InStreams, StreamAfter};
use crate::tree::{Hash, Tile};

pub(crate) mod feed;
pub(crate) mod plan;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub use postgres::{LeadershipSettings, Presence};

use feed::{Feed, Wanted};
use plan::{Prepared, StoredCommand, Verdict};

/// What a store needs to know, whichever it is.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) log_id: i32,
    pub(crate) writable: bool,
    pub(crate) privileges: Privileges,
    pub(crate) write_deadline: Duration,
    pub(crate) read_deadline: Duration,
    pub(crate) readers: usize,
    pub(crate) group_max: usize,
    pub(crate) queue: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) vault: Vault,
    /// PostgreSQL only.
    pub(crate) leadership: Option<LeadershipSettings>,
    /// Told the new head after each commit.
    pub(crate) head: watch::Sender<u64>,
    /// Grows with each data key that is destroyed, by whomever.
    pub(crate) erasures: Arc<AtomicU64>,
}

impl Options {
    /// Tells whom it concerns how far the store has come.
    pub(crate) fn saw(&self, head: u64, erasures: u64) {
        self.erasures.fetch_max(erasures, Ordering::SeqCst);
        self.head.send_if_modified(|known| {
            let moved = head > *known;
            *known = head.max(*known);
            moved
        });
    }
}

/// A batch on its way to the writer.
pub(crate) struct Submission {
    pub(crate) batch: Arc<Prepared>,
    pub(crate) reply: oneshot::Sender<Result<Verdict, Fault>>,
}

/// A signed tree head as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredCheckpoint {
    pub(crate) size: u64,
    pub(crate) root: Vec<u8>,
    pub(crate) note: String,
    pub(crate) at: Timestamp,
}

/// A witness's line under a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cosignature {
    pub(crate) size: u64,
    /// Its verifier key.
    pub(crate) witness: String,
    pub(crate) line: String,
}

/// A piece of the log for the audit: rows that cannot be read are told, not skipped.
#[derive(Debug, Default)]
pub(crate) struct RawPage {
    pub(crate) rows: Vec<(u64, Result<StoredEvent, String>)>,
    /// The database broke off here.
    pub(crate) broken_off: Option<String>,
}

/// Sums over the store, taken in one statement each, so that writers at work do not disturb them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Totals {
    /// `ledger_head.position`.
    pub(crate) head: u64,
    /// The largest position of an event, read with the head in one statement.
    pub(crate) last_event: u64,
    /// Events up to the audited head, counted.
    pub(crate) events: u64,
    /// Positions claimed by commands up to the audited head.
    pub(crate) claimed: u64,
    /// Commands whose range makes no sense or lies beyond the head.
    pub(crate) senseless_commands: u64,
    /// Bookmarks beyond the head.
    pub(crate) bookmarks_beyond: Vec<String>,
    /// Every bookmark: name, generation, position, tag.
    pub(crate) bookmarks: Vec<(String, u32, u64, Vec<u8>)>,
}

/// Where a command's events are: first and last position, time.
pub(crate) type CommandRange = (u64, u64, i64);

/// Numbers of the store are signed; a negative one never was written by us and counts as 0, which the audit reports.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Positions, sequences and versions count single events: they stay far below 2^63.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Hashes written one after the other; `None` when the length does not fit.
pub(crate) fn split_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// A transaction carries about this many bytes of events and rows; more are carried by further transactions.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// Cuts a group so that each part stays about below [`GROUP_BYTES_MAX`].
fn by_size(batches: &[Arc<Prepared>]) -> Vec<&[Arc<Prepared>]> {
    let mut parts = Vec::new();
    let mut rest = batches;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take_while(|batch| {
            let first = bytes == 0;
            bytes += batch.bytes();
            first || bytes <= GROUP_BYTES_MAX
        });
        let (part, more) = rest.split_at(fitting.count());
        parts.push(part);
        rest = more;
    }
    parts
}

/// The events, counted from 0 in the order of streams, at which each range but the last one ends.
fn cut_offsets(events: u64, parts: usize) -> impl Iterator<Item = u64> {
    let parts = u64::try_from(parts).unwrap_or(1).max(1);
    (1..parts).filter_map(move |part| (events * part / parts).checked_sub(1))
}

/// One of the two databases.
pub(crate) enum Store {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

macro_rules! on_either {
    ($store:expr, $name:ident ( $($argument:expr),* )) => {
        match $store {
            Store::Sqlite(store) => store.$name($($argument),*).await,
            Store::Postgres(store) => store.$name($($argument),*).await,
        }
    };
}

impl Store {
    /// Hands a batch to the writer and waits for its answer until the deadline. Once the writer has begun, the batch is
    /// carried to its end whether anybody still waits or not: a commit is never cancelled half-way.
    pub(crate) async fn submit(&self, batch: Arc<Prepared>, deadline: Duration) -> Result<Verdict, Fault> {
        let (reply, answer) = oneshot::channel();
        let submission = Submission { batch, reply };
        let waiting = async {
            match self {
                Self::Sqlite(store) => store.enqueue(submission).await?,
                Self::Postgres(store) => store.enqueue(submission).await?,
            }
            answer.await.map_err(|_| Fault::Closed)?
        };
        tokio::time::timeout(deadline, waiting)
            .await
            .map_err(|_| Fault::Deadline)?
    }

    #[cfg(test)]
    pub(crate) async fn hold_reads(&self) -> Box<dyn std::any::Any + Send> {
        on_either!(self, hold_reads())
    }

    pub(crate) async fn head(&self) -> Result<u64, Fault> {
        on_either!(self, head())
    }

    pub(crate) async fn after(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        on_either!(self, after(position, limit))
    }

    /// What each of these streams holds beyond its sequence, in their order.
    pub(crate) async fn streams(&self, wanted: Vec<StreamAfter>) -> Result<Vec<Vec<StoredEvent>>, Fault> {
        on_either!(self, streams(wanted))
    }

    pub(crate) async fn in_streams(&self, piece: InStreams<'_>, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        on_either!(self, in_streams(piece, limit))
    }

    pub(crate) async fn cut_streams(&self, aggregate_type: &str, parts: usize) -> Result<Vec<String>, Fault> {
        on_either!(self, cut_streams(aggregate_type, parts))
    }

    pub(crate) async fn command(&self, id: Uuid) -> Result<Option<StoredCommand>, Fault> {
        on_either!(self, command(id))
    }

    pub(crate) async fn subject_keys(&self, subjects: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, SubjectKey>, Fault> {
        if subjects.is_empty() {
            return Ok(BTreeMap::new());
        }
        on_either!(self, subject_keys(subjects))
    }

    pub(crate) async fn row(&self, space: &str, key: &str) -> Result<Option<StoredRow>, Fault> {
        on_either!(self, row(space, key))
    }

    pub(crate) async fn rows(&self, space: &str, after: Option<&str>, limit: usize) -> Result<Vec<StoredRow>, Fault> {
        on_either!(self, rows(space, after, limit))
    }

    pub(crate) async fn find(&self, query: TermQuery<'_>) -> Result<Vec<StoredRow>, Fault> {
        on_either!(self, find(query))
    }

    pub(crate) async fn count(&self, space: &str, term: &str, from: &str, to: &str) -> Result<u64, Fault> {
        on_either!(self, count(space, term, from, to))
    }

    /// Position and tag.
    pub(crate) async fn bookmark(&self, name: &str, generation: u32) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        on_either!(self, bookmark(name, generation))
    }

    /// How many leaves the stored tiles hold.
    pub(crate) async fn tree_size(&self) -> Result<u64, Fault> {
        on_either!(self, tree_size())
    }

    pub(crate) async fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Fault> {
        on_either!(self, tile(level, index))
    }

    pub(crate) async fn save_tiles(&self, tiles: Vec<Tile>) -> Result<(), Fault> {
        on_either!(self, save_tiles(tiles))
    }

    pub(crate) async fn latest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        on_either!(self, latest_checkpoint())
    }

    pub(crate) async fn checkpoints(&self, after: Option<u64>, limit: usize) -> Result<Vec<StoredCheckpoint>, Fault> {
        on_either!(self, checkpoints(after, limit))
    }

    /// Keeps a checkpoint unless one of this size or larger is kept already; answers with the largest one then kept.
    pub(crate) async fn save_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<StoredCheckpoint, Fault> {
        on_either!(self, save_checkpoint(checkpoint))
    }

    /// The log by position, read ahead.
    pub(crate) async fn feed(&self, wanted: Wanted) -> Result<Feed, Fault> {
        on_either!(self, feed(wanted))
    }

    /// Checkpoints smaller than this one, the largest first.
    pub(crate) async fn checkpoints_below(
        &self,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredCheckpoint>, Fault> {
        on_either!(self, checkpoints_below(below, limit))
    }

    /// Keeps a cosignature; of one witness and size the first one stays.
    pub(crate) async fn save_cosignature(&self, cosignature: Cosignature) -> Result<(), Fault> {
        on_either!(self, save_cosignature(cosignature))
    }

    /// The cosignatures of checkpoints of these sizes, both ends included.
    pub(crate) async fn cosignatures(&self, from: u64, to: u64) -> Result<Vec<Cosignature>, Fault> {
        on_either!(self, cosignatures(from, to))
    }

    /// The largest size that this witness has cosigned; 0 when it has none.
    pub(crate) async fn cosigned_size(&self, witness: &str) -> Result<u64, Fault> {
        on_either!(self, cosigned_size(witness))
    }

    pub(crate) async fn raw_events(&self, from: u64, to: u64) -> Result<RawPage, Fault> {
        on_either!(self, raw_events(from, to))
    }

    /// The largest position of an event; 0 for an empty log.
    pub(crate) async fn last_event(&self) -> Result<u64, Fault> {
        on_either!(self, last_event())
    }

    /// The first position whose event was recorded at or after this millisecond.
    pub(crate) async fn first_recorded_from(&self, millisecond: i64) -> Result<Option<u64>, Fault> {
        on_either!(self, first_recorded_from(millisecond))
    }

    /// Positions in this range whose predecessor in the stream is missing or stands later in the log.
    pub(crate) async fn broken_sequences(&self, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        on_either!(self, broken_sequences(from, to))
    }

    pub(crate) async fn command_ranges(&self, ids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, CommandRange>, Fault> {
        on_either!(self, command_ranges(ids))
    }

    /// All rows of all spaces, in the order of space and key, behind this one.
    pub(crate) async fn all_rows(&self, after: (&str, &str), limit: usize) -> Result<Vec<(String, StoredRow)>, Fault> {
        on_either!(self, all_rows(after, limit))
    }

    pub(crate) async fn totals(&self, head: u64) -> Result<Totals, Fault> {
        on_either!(self, totals(head))
    }

    /// What the database says of its own condition; empty when it has nothing to say.
    pub(crate) async fn integrity(&self) -> Result<Vec<String>, Fault> {
        on_either!(self, integrity())
    }

    /// Whether this process is the one that does what only one should do. A single process always is.
    pub(crate) fn is_leader(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(store) => store.is_leader(),
        }
    }

    /// Whether this process may lead others: not while it doubts the store.
    pub(crate) fn may_lead(&self, may: bool) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(store) => store.may_lead(may),
        }
    }

    /// Writes a whole log of another ledger into this empty one, or nothing of it.
    pub(crate) async fn adopt(&self, adoption: Adoption) -> Result<(), ImportError> {
        on_either!(self, adopt(adoption))
    }

    /// Stops taking work, finishes what is queued, and lets go of files and connections.
    pub(crate) async fn close(&self) {
        on_either!(self, close());
    }
}
