//! The ledger in one SQLite file.
//!
//! One operating-system thread owns the only writing connection. It drains the queue into one transaction
//! (`BEGIN IMMEDIATE` … `COMMIT`, `synchronous=FULL`), so that many callers share one flush; readers have connections of
//! their own and never wait for it. A lock file keeps a second process out.
//!
//! Where a crash may fall:
//! - before `COMMIT` has flushed the write-ahead log: nothing of the group exists, nobody has been answered;
//! - after the flush, before the answers: all of the group exists; callers ask again and get their receipts by command id;
//! - during a checkpoint of the write-ahead log into the file: the log still holds everything and is applied again on opening.

mod adopt;
mod audit;
mod cosignatures;
mod feed;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use keys::{Vault, WrappedKey};
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, TransactionBehavior, params};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::plan::StoredCommand;
use super::{Options, StoredCheckpoint, Submission, cut_offsets, signed, split_hashes, unsigned};
use crate::fault::Fault;
use crate::personal::SubjectKey;
use crate::recorded::{StoredEvent, instant};
use crate::rows::{StoredRow, TermQuery, checkpoint_tag};
use crate::streams::{InStreams, StreamAfter};
use crate::tree::{Hash, Tile};
use writer::Writer;

const MIGRATIONS: &[(i64, &str)] = &[(1, include_str!("../../../migrations/sqlite/0001_ledger.sql"))];
/// "Pram": tells our files from other SQLite files.
const APPLICATION_ID: i64 = 0x5072_616d;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const EVENT_COLUMNS: &str =
    "position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash, recorded_at";

type Task = Box<dyn FnOnce(&mut Connection) + Send>;

enum Work {
    Append(Submission),
    /// Another write, in a transaction of its own.
    Task(Task),
    Close,
}

pub(crate) struct Sqlite {
    log_id: i32,
    read_deadline: Duration,
    write_deadline: Duration,
    vault: Vault,
    readers: Arc<Readers>,
    queue: Option<mpsc::Sender<Work>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    slots: Arc<Semaphore>,
}

impl Sqlite {
    /// Opens the file; makes it when `options.writable` and there is none.
    pub(crate) async fn open(path: &Path, options: Options) -> Result<Self, Fault> {
        let path = path.to_owned();
        let readers = Arc::new(Readers {
            path: path.clone(),
            idle: Mutex::new(Vec::new()),
            slots: Arc::new(Semaphore::new(options.readers.max(1))),
        });
        let (log_id, read_deadline, write_deadline) = (options.log_id, options.read_deadline, options.write_deadline);
        let vault = options.vault.clone();
        let (queue, thread) = if options.writable {
            let (queue, work) = mpsc::channel(options.queue.max(1));
            let (ready, opened) = oneshot::channel();
            let thread = std::thread::Builder::new()
                .name("ledger-writer".to_owned())
                .spawn(move || match Writer::open(&path, options) {
                    Ok(writer) => {
                        // Nobody waits any more: the opener was dropped, so there is nothing to write either.
                        if ready.send(Ok(())).is_ok() {
                            writer.run(work);
                        }
                    }
                    Err(fault) => drop(ready.send(Err(fault))),
                })
                .map_err(|error| Fault::store("start the writer", error))?;
            opened.await.map_err(|_| Fault::Stopped)??;
            (Some(queue), Some(thread))
        } else {
            (None, None)
        };
        let store = Self {
            log_id,
            read_deadline,
            write_deadline,
            vault,
            readers,
            queue,
            thread: Mutex::new(thread),
        };
        if store.queue.is_none() {
            store.read("check the schema", check_schema_version).await?;
        }
        Ok(store)
    }

    pub(crate) async fn enqueue(&self, submission: Submission) -> Result<(), Fault> {
        let queue = self.queue.as_ref().ok_or(Fault::ReadOnly)?;
        queue.send(Work::Append(submission)).await.map_err(|_| Fault::Closed)
    }

    /// Runs a read on a connection of its own, away from the async threads.
    async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        tokio::time::timeout(self.read_deadline, self.read_patiently(doing, query))
            .await
            .map_err(|_| Fault::Deadline)?
    }

    /// As [`Self::read`], for what takes long by its nature.
    async fn read_patiently<T: Send + 'static>(
        &self,
        doing: &'static str,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let readers = Arc::clone(&self.readers);
        let slot = Arc::clone(&readers.slots)
            .acquire_owned()
            .await
            .map_err(|_| Fault::Closed)?;
        let answer = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            let connection = readers.take()?;
            let answer = query(&connection);
            // A connection that met an error is not used again.
            if answer.is_ok() {
                readers
                    .idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
            }
            answer
        });
        answer
            .await
            .map_err(|_| Fault::Stopped)?
            .map_err(|error| Fault::store(doing, error))
    }

    /// Runs another write on the writer's connection, in a transaction of its own.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        change: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let queue = self.queue.as_ref().ok_or(Fault::ReadOnly)?;
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |connection| {
            let result = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .and_then(|transaction| {
                    let value = change(&transaction)?;
                    transaction.commit()?;
                    Ok(value)
                });
            drop(reply.send(result));
        });
        let waiting = async {
            queue.send(Work::Task(task)).await.map_err(|_| Fault::Closed)?;
            answer
                .await
                .map_err(|_| Fault::Closed)?
                .map_err(|error| Fault::store(doing, error))
        };
        tokio::time::timeout(self.write_deadline, waiting)
            .await
            .map_err(|_| Fault::Deadline)?
    }

    /// Lets no read through for as long as the answer lives.
    #[cfg(test)]
    pub(crate) async fn hold_reads(&self) -> Box<dyn std::any::Any + Send> {
        let readers = u32::try_from(self.readers.slots.available_permits()).unwrap();
        let slots = Arc::clone(&self.readers.slots);
        Box::new(slots.acquire_many_owned(readers).await.unwrap())
    }

    pub(crate) async fn head(&self) -> Result<u64, Fault> {
        let log_id = self.log_id;
        self.read("read the head", move |connection| {
            read_head(connection, log_id).map(|(head, _)| head)
        })
        .await
    }

    pub(crate) async fn after(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        let log_id = self.log_id;
        self.read("read events", move |connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3"
                ))?
                .query_map(params![log_id, signed(position), limit_of(limit)], event_of)?
                .collect()
        })
        .await
    }

    pub(crate) async fn streams(&self, wanted: Vec<StreamAfter>) -> Result<Vec<Vec<StoredEvent>>, Fault> {
        let log_id = self.log_id;
        self.read("read streams", move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3
                  AND sequence > ?4 ORDER BY sequence"
            ))?;
            let mut read = |stream: &StreamAfter| {
                let place = params![log_id, stream.aggregate_type, stream.aggregate_id, signed(stream.sequence)];
                statement.query_map(place, event_of)?.collect()
            };
            wanted.iter().map(&mut read).collect()
        })
        .await
    }

    pub(crate) async fn in_streams(&self, piece: InStreams<'_>, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        let (log_id, kind) = (self.log_id, piece.aggregate_type.to_owned());
        let (id, sequence) = (piece.after.0.to_owned(), signed(piece.after.1));
        let (until, to) = (piece.until.map(str::to_owned), signed(piece.to));
        self.read("read streams", move |connection| {
            let bound = if until.is_some() { "AND aggregate_id <= ?6" } else { "AND ?6 IS NULL" };
            connection
                .prepare_cached(&format!(
                    "SELECT {EVENT_COLUMNS} FROM ledger_event
                      WHERE log_id = ?1 AND aggregate_type = ?2 AND (aggregate_id, sequence) > (?3, ?4) AND position <= ?5 {bound}
                      ORDER BY aggregate_id, sequence LIMIT ?7"
                ))?
                .query_map(params![log_id, kind, id, sequence, to, until, limit_of(limit)], event_of)?
                .collect()
        })
        .await
    }

    pub(crate) async fn cut_streams(&self, aggregate_type: &str, parts: usize) -> Result<Vec<String>, Fault> {
        let (log_id, kind) = (self.log_id, aggregate_type.to_owned());
        self.read_patiently("count streams", move |connection| {
            let events: i64 = connection
                .prepare_cached("SELECT count(*) FROM ledger_event WHERE log_id = ?1 AND aggregate_type = ?2")?
                .query_row(params![log_id, kind], |row| row.get(0))?;
            let mut cut = connection.prepare_cached(
                "SELECT aggregate_id FROM ledger_event WHERE log_id = ?1 AND aggregate_type = ?2
                  ORDER BY aggregate_id, sequence LIMIT 1 OFFSET ?3",
            )?;
            let mut cuts = Vec::new();
            for offset in cut_offsets(unsigned(events), parts) {
                cuts.extend(
                    cut.query_row(params![log_id, kind, signed(offset)], |row| row.get::<_, String>(0))
                        .optional()?,
                );
            }
            Ok(cuts)
        })
        .await
    }

    pub(crate) async fn command(&self, id: Uuid) -> Result<Option<StoredCommand>, Fault> {
        let log_id = self.log_id;
        self.read("look up a command", move |connection| {
            read_command(connection, log_id, id)
        })
        .await
    }

    pub(crate) async fn subject_keys(&self, subjects: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, SubjectKey>, Fault> {
        let log_id = self.log_id;
        self.read("read subject keys", move |connection| {
            let mut keys = BTreeMap::new();
            for subject in subjects {
                if let Some(key) = read_subject(connection, log_id, subject)? {
                    keys.insert(subject, key);
                }
            }
            Ok(keys)
        })
        .await
    }

    pub(crate) async fn row(&self, space: &str, key: &str) -> Result<Option<StoredRow>, Fault> {
        let (log_id, space, key) = (self.log_id, space.to_owned(), key.to_owned());
        self.read("read a row", move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT key, version, folded, body, tag FROM ledger_row WHERE log_id = ?1 AND space = ?2 AND key = ?3",
                )?
                .query_row(params![log_id, space, key], row_of)
                .optional()?;
            found.map(|row| with_terms(connection, log_id, &space, row)).transpose()
        })
        .await
    }

    pub(crate) async fn rows(&self, space: &str, after: Option<&str>, limit: usize) -> Result<Vec<StoredRow>, Fault> {
        let (log_id, space, after) = (self.log_id, space.to_owned(), after.unwrap_or_default().to_owned());
        self.read("read rows", move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let found: Vec<StoredRow> = snapshot
                .prepare_cached(
                    "SELECT key, version, folded, body, tag FROM ledger_row WHERE log_id = ?1 AND space = ?2 AND key > ?3
                      ORDER BY key LIMIT ?4",
                )?
                .query_map(params![log_id, space, after, limit_of(limit)], row_of)?
                .collect::<rusqlite::Result<_>>()?;
            found
                .into_iter()
                .map(|row| with_terms(&snapshot, log_id, &space, row))
                .collect()
        })
        .await
    }

    pub(crate) async fn find(&self, query: TermQuery<'_>) -> Result<Vec<StoredRow>, Fault> {
        let log_id = self.log_id;
        let (space, term) = (query.space.to_owned(), query.term.to_owned());
        let (from, to, descending) = (query.from.to_owned(), query.to.to_owned(), query.descending);
        let after = query.after.map(|(value, key)| (value.to_owned(), key.to_owned()));
        let limit = limit_of(query.limit);
        self.read("find rows", move |connection| {
            let (beyond, order) = if descending { ("<", "DESC") } else { (">", "ASC") };
            let (value, key) = after.unzip();
            let snapshot = connection.unchecked_transaction()?;
            let found: Vec<StoredRow> = snapshot
                .prepare_cached(&format!(
                    "SELECT r.key, r.version, r.folded, r.body, r.tag
                       FROM ledger_row_term t JOIN ledger_row r ON r.log_id = t.log_id AND r.space = t.space AND r.key = t.key
                      WHERE t.log_id = ?1 AND t.space = ?2 AND t.name = ?3 AND t.value >= ?4 AND t.value <= ?5
                        AND (?6 IS NULL OR (t.value, t.key) {beyond} (?6, ?7))
                      ORDER BY t.value {order}, t.key {order} LIMIT ?8"
                ))?
                .query_map(params![log_id, space, term, from, to, value, key, limit], row_of)?
                .collect::<rusqlite::Result<_>>()?;
            found.into_iter().map(|row| with_terms(&snapshot, log_id, &space, row)).collect()
        })
        .await
    }

    pub(crate) async fn count(&self, space: &str, term: &str, from: &str, to: &str) -> Result<u64, Fault> {
        let log_id = self.log_id;
        let (space, term, from, to) = (space.to_owned(), term.to_owned(), from.to_owned(), to.to_owned());
        self.read("count rows", move |connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FROM ledger_row_term WHERE log_id = ?1 AND space = ?2 AND name = ?3
                      AND value >= ?4 AND value <= ?5",
                )?
                .query_row(params![log_id, space, term, from, to], |row| row.get(0).map(unsigned))
        })
        .await
    }

    pub(crate) async fn bookmark(&self, name: &str, generation: u32) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        let (log_id, name) = (self.log_id, name.to_owned());
        self.read("read a bookmark", move |connection| {
            read_bookmark(connection, log_id, &name, generation)
        })
        .await
    }

    pub(crate) async fn tree_size(&self) -> Result<u64, Fault> {
        let log_id = self.log_id;
        self.read("read the tree", move |connection| {
            let edge: Option<(i64, i64)> = connection
                .query_row(
                    "SELECT tile, width FROM ledger_tree WHERE log_id = ?1 AND level = 0 ORDER BY tile DESC LIMIT 1",
                    [log_id],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            Ok(edge.map_or(0, |(tile, width)| unsigned(tile) * 256 + unsigned(width)))
        })
        .await
    }

    pub(crate) async fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Fault> {
        let log_id = self.log_id;
        self.read("read the tree", move |connection| {
            let bytes: Option<Vec<u8>> = connection
                .prepare_cached("SELECT hashes FROM ledger_tree WHERE log_id = ?1 AND level = ?2 AND tile = ?3")?
                .query_row(params![log_id, level, signed(index)], |row| row.get(0))
                .optional()?;
            Ok(bytes.as_deref().and_then(split_hashes))
        })
        .await
    }

    pub(crate) async fn save_tiles(&self, tiles: Vec<Tile>) -> Result<(), Fault> {
        let log_id = self.log_id;
        self.write("keep the tree", move |transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO ledger_tree (log_id, level, tile, width, hashes) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (log_id, level, tile) DO UPDATE SET width = excluded.width, hashes = excluded.hashes
                  WHERE excluded.width > width",
            )?;
            for tile in tiles {
                let width = limit_of(tile.hashes.len());
                statement.execute(params![
                    log_id,
                    tile.level,
                    signed(tile.index),
                    width,
                    tile.hashes.concat()
                ])?;
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn latest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        let log_id = self.log_id;
        self.read("read the checkpoint", move |connection| {
            read_latest_checkpoint(connection, log_id)
        })
        .await
    }

    pub(crate) async fn checkpoints(&self, after: Option<u64>, limit: usize) -> Result<Vec<StoredCheckpoint>, Fault> {
        let log_id = self.log_id;
        let after = after.map_or(-1, signed);
        self.read("read checkpoints", move |connection| {
            connection
                .prepare_cached(
                    "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = ?1 AND size > ?2
                      ORDER BY size LIMIT ?3",
                )?
                .query_map(params![log_id, after, limit_of(limit)], checkpoint_of)?
                .collect()
        })
        .await
    }

    pub(crate) async fn save_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<StoredCheckpoint, Fault> {
        let log_id = self.log_id;
        let tag = checkpoint_tag(&self.vault, checkpoint.size, checkpoint.at.as_millisecond());
        self.write("keep the checkpoint", move |transaction| {
            if let Some(latest) = read_latest_checkpoint(transaction, log_id)?
                && latest.size >= checkpoint.size
            {
                return Ok(latest);
            }
            transaction.execute(
                "INSERT INTO ledger_checkpoint (log_id, size, root, signed_note, at, tag) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    log_id,
                    signed(checkpoint.size),
                    checkpoint.root,
                    checkpoint.note,
                    checkpoint.at.as_millisecond(),
                    tag
                ],
            )?;
            Ok(checkpoint)
        })
        .await
    }

    pub(crate) async fn close(&self) {
        if let Some(queue) = &self.queue {
            // An error means that the writer has ended already.
            drop(queue.send(Work::Close).await);
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
        self.readers.slots.close();
        self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Sqlite {
    /// The writer finishes what is queued and lets go of the lock before the last handle is gone, so that whoever opens the
    /// file next finds it free.
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }
}

impl Readers {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open_reader(&self.path), Ok)
    }
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event_of(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        position: row.get(0).map(unsigned)?,
        aggregate_type: row.get(1)?,
        aggregate_id: row.get(2)?,
        sequence: row.get(3).map(unsigned)?,
        event_type: row.get(4)?,
        event_version: row.get(5)?,
        body: row.get(6)?,
        meta: row.get(7)?,
        leaf_hash: row.get(8)?,
        recorded_at: row.get(9)?,
    })
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        key: row.get(0)?,
        version: row.get(1).map(unsigned)?,
        folded: row.get(2).map(unsigned)?,
        sealed: row.get(3)?,
        terms: Vec::new(),
        tag: row.get(4)?,
    })
}

fn with_terms(connection: &Connection, log_id: i32, space: &str, mut row: StoredRow) -> rusqlite::Result<StoredRow> {
    row.terms = connection
        .prepare_cached(
            "SELECT name, value FROM ledger_row_term WHERE log_id = ?1 AND space = ?2 AND key = ?3 ORDER BY name, value",
        )?
        .query_map(params![log_id, space, row.key], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(row)
}

fn checkpoint_of(row: &Row<'_>) -> rusqlite::Result<StoredCheckpoint> {
    Ok(StoredCheckpoint {
        size: row.get(0).map(unsigned)?,
        root: row.get(1)?,
        note: row.get(2)?,
        at: instant(row.get(3)?).unwrap_or_default(),
    })
}

fn read_head(connection: &Connection, log_id: i32) -> rusqlite::Result<(u64, u64)> {
    connection
        .prepare_cached("SELECT position, revision FROM ledger_head WHERE log_id = ?1")?
        .query_row([log_id], |row| {
            Ok((row.get(0).map(unsigned)?, row.get(1).map(unsigned)?))
        })
}

fn read_command(connection: &Connection, log_id: i32, id: Uuid) -> rusqlite::Result<Option<StoredCommand>> {
    let found = connection
        .prepare_cached(
            "SELECT request_hash, first_position, last_position, recorded_at FROM ledger_command
              WHERE log_id = ?1 AND command_id = ?2",
        )?
        .query_row(params![log_id, id.as_bytes()], |row| {
            Ok(StoredCommand {
                request_hash: row.get(0)?,
                first: row.get(1).map(unsigned)?,
                last: row.get(2).map(unsigned)?,
                recorded_at: row.get(3)?,
                leaf_hashes: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut command) = found else { return Ok(None) };
    command.leaf_hashes = connection
        .prepare_cached(
            "SELECT leaf_hash FROM ledger_event WHERE log_id = ?1 AND position BETWEEN max(?2, 1) AND ?3 ORDER BY position",
        )?
        .query_map(params![log_id, signed(command.first), signed(command.last)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(command))
}

fn read_subject(connection: &Connection, log_id: i32, subject: Uuid) -> rusqlite::Result<Option<SubjectKey>> {
    connection
        .prepare_cached("SELECT wrapped_dek FROM subject_key WHERE log_id = ?1 AND subject_id = ?2")?
        .query_row(params![log_id, subject.as_bytes()], |row| {
            Ok(match row.get::<_, Option<Vec<u8>>>(0)? {
                Some(wrapped) => SubjectKey::Present(WrappedKey(wrapped)),
                None => SubjectKey::Destroyed,
            })
        })
        .optional()
}

fn read_bookmark(
    connection: &Connection,
    log_id: i32,
    name: &str,
    generation: u32,
) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
    connection
        .prepare_cached("SELECT position, tag FROM projection WHERE name = ?1 AND generation = ?2 AND log_id = ?3")?
        .query_row(params![name, generation, log_id], |row| {
            Ok((row.get(0).map(unsigned)?, row.get(1)?))
        })
        .optional()
}

fn read_latest_checkpoint(connection: &Connection, log_id: i32) -> rusqlite::Result<Option<StoredCheckpoint>> {
    connection
        .prepare_cached(
            "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = ?1 ORDER BY size DESC LIMIT 1",
        )?
        .query_row([log_id], checkpoint_of)
        .optional()
}

fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(version), 0) FROM ledger_schema", [], |row| {
        row.get(0)
    })
}

/// A reader does not migrate: it refuses a schema that it does not know.
fn check_schema_version(connection: &Connection) -> rusqlite::Result<()> {
    let newest = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if schema_version(connection)? == newest {
        Ok(())
    } else {
        Err(unknown_schema())
    }
}

fn unknown_schema() -> rusqlite::Error {
    let what = "the schema is not the one that this program knows";
    rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, what.into())
}

/// Brings the file to the newest schema; each step and its mark commit together.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .execute_batch("CREATE TABLE IF NOT EXISTS ledger_schema (version INTEGER NOT NULL PRIMARY KEY) STRICT")?;
    let reached = schema_version(&transaction)?;
    if reached > MIGRATIONS.last().map_or(0, |(version, _)| *version) {
        return Err(unknown_schema());
    }
    for (version, script) in MIGRATIONS.iter().filter(|(version, _)| *version > reached) {
        transaction.execute_batch(script)?;
        transaction.execute("INSERT INTO ledger_schema (version) VALUES (?1)", [version])?;
    }
    transaction.commit()
}
