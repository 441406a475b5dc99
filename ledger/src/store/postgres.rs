//! The ledger in PostgreSQL.
//!
//! One task owns one writing connection. It drains the queue into one transaction: the head row is locked first and held to
//! the commit, so positions have no gaps, a rollback gives them back, and the order of positions is the order in which they
//! become visible, whichever process writes. Readers use a pool and take no locks.
//!
//! Where a crash or a cut may fall:
//! - before the server has flushed the commit: nothing of the group exists;
//! - after it, before its answer reaches us: all of it exists and we cannot tell. The writer connects again and carries out the
//!   same group again: what was stored is found by command id and answered with its receipt, what was not is stored now;
//! - the old connection's transaction still runs on a server that froze: it holds the head row, so the second attempt waits
//!   behind it and then meets its result. Nothing can be stored twice: the command id is a primary key.
//!
//! What this cannot tell yet: where a standby must confirm a commit and the cut falls into that wait, the second attempt finds
//! the commit on this server and acknowledges it, though no standby may have it.
//!
//! A commit is never given a time limit by the server: where a standby must confirm, PostgreSQL answers a cancelled wait with
//! success although no standby has it. Deadlines are ours, and on expiry the connection is dropped, not the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use keys::WrappedKey;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::plan::{Plan, Prepared, State, StoredCommand, SubjectWrite, Touched, Verdict, plan};
use super::{
    CommandRange, Options, RawPage, StoredCheckpoint, Submission, Totals, by_size, signed, split_hashes, unsigned,
};
use crate::fault::Fault;
use crate::personal::SubjectKey;
use crate::recorded::{StoredEvent, instant};
use crate::rows::{StoredRow, TermQuery};
use crate::tree::{Hash, Tile};

const MIGRATIONS: &[(i32, &str)] = &[(1, include_str!("../../migrations/postgres/0001_ledger.sql"))];
const EVENT_COLUMNS: &str =
    "position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash, recorded_at";
/// How often other processes' commits are looked for. Only a wake-up: who waits for an event reads the log.
const HEAD_POLL: Duration = Duration::from_millis(250);
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Triggers that the migrations install on our tables, partitions included; all must be there and fire always.
const TRIGGERS: i64 = 36;

pub(crate) struct Postgres {
    log_id: i32,
    read_deadline: Duration,
    write_deadline: Duration,
    pool: PgPool,
    writable: bool,
    queue: Mutex<Option<mpsc::Sender<Submission>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    poller: JoinHandle<()>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: Options) -> Result<Self, Fault> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| Fault::store("read the database address", error))?
            .application_name("praman ledger")
            // A session left idle inside a transaction would hold the head row; the server ends it.
            .options([("idle_in_transaction_session_timeout", "30s")])
            .disable_statement_logging();
        let deadline = options.write_deadline;
        if options.writable {
            let setting_up = set_up(&connect, options.log_id, options.clock.now());
            timeout(deadline.max(Duration::from_secs(30)), setting_up)
                .await
                .map_err(|_| Fault::Deadline)?
                .map_err(|error| Fault::store("set up the database", error))?;
        }
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(options.readers.max(1)).unwrap_or(u32::MAX))
            .acquire_timeout(options.read_deadline)
            // A broken connection shows itself at the query, which is cheaper than asking each time.
            .test_before_acquire(false)
            .connect_lazy_with(connect.clone());
        let (log_id, read_deadline, writable) = (options.log_id, options.read_deadline, options.writable);
        let poller = tokio::spawn(poll_head(pool.clone(), log_id, options.head.clone(), read_deadline));
        let (queue, writer) = if writable {
            let (queue, work) = mpsc::channel(options.queue.max(1));
            let writer = Writer {
                connect,
                options,
                connection: None,
                must_scrub: false,
            };
            (Some(queue), Some(tokio::spawn(writer.run(work))))
        } else {
            (None, None)
        };
        let store = Self {
            log_id,
            read_deadline,
            write_deadline: deadline,
            pool,
            writable,
            queue: Mutex::new(queue),
            writer: Mutex::new(writer),
            poller,
        };
        let version: i32 = store
            .read(
                "check the schema",
                sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM ledger_schema").fetch_one(&store.pool),
            )
            .await?;
        if MIGRATIONS.last().is_some_and(|(newest, _)| *newest != version) {
            return Err(Fault::store("check the schema", unknown_schema()));
        }
        Ok(store)
    }

    pub(crate) async fn enqueue(&self, submission: Submission) -> Result<(), Fault> {
        if !self.writable {
            return Err(Fault::ReadOnly);
        }
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or(Fault::Closed)?;
        queue.send(submission).await.map_err(|_| Fault::Closed)
    }

    async fn read<T>(&self, doing: &'static str, query: impl Future<Output = sqlx::Result<T>>) -> Result<T, Fault> {
        timeout(self.read_deadline, query)
            .await
            .map_err(|_| Fault::Deadline)?
            .map_err(|error| Fault::store(doing, error))
    }

    pub(crate) async fn head(&self) -> Result<u64, Fault> {
        self.read("read the head", select_head(&self.pool, self.log_id)).await
    }

    pub(crate) async fn after(&self, position: u64, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = $1 AND position > $2 ORDER BY position LIMIT $3"
        );
        self.read("read events", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(signed(position))
                .bind(limit_of(limit));
            query.fetch_all(&self.pool).await?.iter().map(event_of).collect()
        })
        .await
    }

    pub(crate) async fn stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after: u64,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = $1 AND aggregate_type = $2 AND aggregate_id = $3
              AND sequence > $4 ORDER BY sequence"
        );
        self.read("read a stream", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(aggregate_type)
                .bind(aggregate_id)
                .bind(signed(after));
            query.fetch_all(&self.pool).await?.iter().map(event_of).collect()
        })
        .await
    }

    pub(crate) async fn command(&self, id: Uuid) -> Result<Option<StoredCommand>, Fault> {
        self.read("look up a command", async {
            let mut connection = self.pool.acquire().await?;
            Ok(select_commands(&mut connection, self.log_id, &[id]).await?.remove(&id))
        })
        .await
    }

    pub(crate) async fn subject_keys(&self, subjects: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, SubjectKey>, Fault> {
        let subjects: Vec<Uuid> = subjects.into_iter().collect();
        self.read("read subject keys", async {
            let mut connection = self.pool.acquire().await?;
            select_subjects(&mut connection, self.log_id, &subjects).await
        })
        .await
    }

    pub(crate) async fn row(&self, space: &str, key: &str) -> Result<Option<StoredRow>, Fault> {
        let sql = rows_sql("r.log_id = $1 AND r.space = $2 AND r.key = $3");
        self.read("read a row", async {
            let query = sqlx::query(&sql).bind(self.log_id).bind(space).bind(key);
            query.fetch_optional(&self.pool).await?.as_ref().map(row_of).transpose()
        })
        .await
    }

    pub(crate) async fn rows(&self, space: &str, after: Option<&str>, limit: usize) -> Result<Vec<StoredRow>, Fault> {
        let sql = rows_sql("r.log_id = $1 AND r.space = $2 AND r.key > $3 ORDER BY r.key LIMIT $4");
        self.read("read rows", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(space)
                .bind(after.unwrap_or_default())
                .bind(limit_of(limit));
            query.fetch_all(&self.pool).await?.iter().map(row_of).collect()
        })
        .await
    }

    pub(crate) async fn find(&self, query: TermQuery<'_>) -> Result<Vec<StoredRow>, Fault> {
        let (beyond, order) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
        let sql = format!(
            "SELECT r.key, r.version, r.body, {TERMS}
               FROM ledger_row_term t JOIN ledger_row r ON r.log_id = t.log_id AND r.space = t.space AND r.key = t.key
              WHERE t.log_id = $1 AND t.space = $2 AND t.name = $3 AND t.value >= $4 AND t.value <= $5
                AND ($6::text IS NULL OR (t.value, t.key) {beyond} ($6::text, $7::text))
              ORDER BY t.value {order}, t.key {order} LIMIT $8"
        );
        let (value, key) = query.after.unzip();
        self.read("find rows", async {
            let rows = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(query.space)
                .bind(query.term)
                .bind(query.from)
                .bind(query.to)
                .bind(value)
                .bind(key)
                .bind(limit_of(query.limit))
                .fetch_all(&self.pool)
                .await?;
            rows.iter().map(row_of).collect()
        })
        .await
    }

    pub(crate) async fn count(&self, space: &str, term: &str, from: &str, to: &str) -> Result<u64, Fault> {
        self.read("count rows", async {
            sqlx::query_scalar(
                "SELECT count(*) FROM ledger_row_term WHERE log_id = $1 AND space = $2 AND name = $3
                  AND value >= $4 AND value <= $5",
            )
            .bind(self.log_id)
            .bind(space)
            .bind(term)
            .bind(from)
            .bind(to)
            .fetch_one(&self.pool)
            .await
            .map(unsigned)
        })
        .await
    }

    pub(crate) async fn bookmark(&self, name: &str, generation: u32) -> Result<u64, Fault> {
        self.read("read a bookmark", async {
            let found: Option<i64> = sqlx::query_scalar(
                "SELECT position FROM projection WHERE name = $1 AND generation = $2 AND log_id = $3",
            )
            .bind(name)
            .bind(generation_of(generation))
            .bind(self.log_id)
            .fetch_optional(&self.pool)
            .await?;
            Ok(found.map_or(0, unsigned))
        })
        .await
    }

    pub(crate) async fn tree_size(&self) -> Result<u64, Fault> {
        self.read("read the tree", async {
            let edge = sqlx::query(
                "SELECT tile, width FROM ledger_tree WHERE log_id = $1 AND level = 0 ORDER BY tile DESC LIMIT 1",
            )
            .bind(self.log_id)
            .fetch_optional(&self.pool)
            .await?;
            let Some(edge) = edge else { return Ok(0) };
            Ok(unsigned(edge.try_get(0)?) * 256 + unsigned(edge.try_get::<i32, _>(1)?.into()))
        })
        .await
    }

    pub(crate) async fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Fault> {
        self.read("read the tree", async {
            let bytes: Option<Vec<u8>> =
                sqlx::query_scalar("SELECT hashes FROM ledger_tree WHERE log_id = $1 AND level = $2 AND tile = $3")
                    .bind(self.log_id)
                    .bind(i32::from(level))
                    .bind(signed(index))
                    .fetch_optional(&self.pool)
                    .await?;
            Ok(bytes.as_deref().and_then(split_hashes))
        })
        .await
    }

    /// Writes beside the group commit go through the pool.
    async fn write<T>(&self, doing: &'static str, change: impl Future<Output = sqlx::Result<T>>) -> Result<T, Fault> {
        if !self.writable {
            return Err(Fault::ReadOnly);
        }
        timeout(self.write_deadline, change)
            .await
            .map_err(|_| Fault::Deadline)?
            .map_err(|error| Fault::store(doing, error))
    }

    pub(crate) async fn save_tiles(&self, tiles: Vec<Tile>) -> Result<(), Fault> {
        let levels: Vec<i32> = tiles.iter().map(|tile| i32::from(tile.level)).collect();
        let indexes: Vec<i64> = tiles.iter().map(|tile| signed(tile.index)).collect();
        let widths: Vec<i32> = tiles
            .iter()
            .map(|tile| i32::try_from(tile.hashes.len()).unwrap_or(0))
            .collect();
        let hashes: Vec<Vec<u8>> = tiles.iter().map(|tile| tile.hashes.concat()).collect();
        self.write("keep the tree", async {
            sqlx::query(
                "INSERT INTO ledger_tree (log_id, level, tile, width, hashes)
                 SELECT $1, level, tile, width, hashes FROM unnest($2::int[], $3::bigint[], $4::int[], $5::bytea[])
                     AS t (level, tile, width, hashes) ORDER BY level, tile
                 ON CONFLICT (log_id, level, tile) DO UPDATE SET width = excluded.width, hashes = excluded.hashes
                  WHERE excluded.width > ledger_tree.width",
            )
            .bind(self.log_id)
            .bind(levels)
            .bind(indexes)
            .bind(widths)
            .bind(hashes)
            .execute(&self.pool)
            .await
            .map(drop)
        })
        .await
    }

    pub(crate) async fn latest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        self.read("read the checkpoint", async {
            let mut connection = self.pool.acquire().await?;
            select_latest_checkpoint(&mut connection, self.log_id).await
        })
        .await
    }

    pub(crate) async fn checkpoints(&self, after: Option<u64>, limit: usize) -> Result<Vec<StoredCheckpoint>, Fault> {
        self.read("read checkpoints", async {
            let rows = sqlx::query(
                "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = $1 AND size > $2
                  ORDER BY size LIMIT $3",
            )
            .bind(self.log_id)
            .bind(after.map_or(-1, signed))
            .bind(limit_of(limit))
            .fetch_all(&self.pool)
            .await?;
            rows.iter().map(checkpoint_of).collect()
        })
        .await
    }

    pub(crate) async fn save_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<StoredCheckpoint, Fault> {
        self.write("keep the checkpoint", async {
            let mut transaction = self.pool.begin().await?;
            // Two processes may sign at the same moment; the head row lets them keep their notes one after the other.
            sqlx::query("SELECT position FROM ledger_head WHERE log_id = $1 FOR UPDATE")
                .bind(self.log_id)
                .fetch_one(&mut *transaction)
                .await?;
            if let Some(latest) = select_latest_checkpoint(&mut transaction, self.log_id).await?
                && latest.size >= checkpoint.size
            {
                return Ok(latest);
            }
            sqlx::query(
                "INSERT INTO ledger_checkpoint (log_id, size, root, signed_note, at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(self.log_id)
            .bind(signed(checkpoint.size))
            .bind(&checkpoint.root)
            .bind(&checkpoint.note)
            .bind(checkpoint.at.as_millisecond())
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(checkpoint)
        })
        .await
    }

    pub(crate) async fn raw_events(&self, from: u64, to: u64) -> Result<RawPage, Fault> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = $1 AND position BETWEEN $2 AND $3 ORDER BY position"
        );
        self.read("read events", async {
            let query = sqlx::query(&sql).bind(self.log_id).bind(signed(from)).bind(signed(to));
            let mut page = RawPage::default();
            match query.fetch_all(&self.pool).await {
                Ok(rows) => {
                    for row in &rows {
                        let position = unsigned(row.try_get(0)?);
                        page.rows
                            .push((position, event_of(row).map_err(|error| error.to_string())));
                    }
                }
                // A damaged page is the server's answer about these rows; anything else is no answer.
                Err(sqlx::Error::Database(error)) => page.broken_off = Some(error.to_string()),
                Err(error) => return Err(error),
            }
            Ok(page)
        })
        .await
    }

    pub(crate) async fn broken_sequences(&self, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        self.read("check sequences", async {
            let found: Vec<i64> = sqlx::query_scalar(
                "SELECT e.position FROM ledger_event e
                  WHERE e.log_id = $1 AND e.position BETWEEN $2 AND $3 AND (e.sequence < 1 OR e.sequence > 1 AND NOT EXISTS (
                    SELECT 1 FROM ledger_event p WHERE p.log_id = e.log_id AND p.aggregate_type = e.aggregate_type
                       AND p.aggregate_id = e.aggregate_id AND p.sequence = e.sequence - 1 AND p.position < e.position))
                  ORDER BY e.position",
            )
            .bind(self.log_id)
            .bind(signed(from))
            .bind(signed(to))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(unsigned).collect())
        })
        .await
    }

    pub(crate) async fn command_ranges(&self, ids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, CommandRange>, Fault> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        self.read("check commands", async {
            let rows = sqlx::query(
                "SELECT command_id, first_position, last_position, recorded_at FROM ledger_command
                  WHERE log_id = $1 AND command_id = ANY ($2)",
            )
            .bind(self.log_id)
            .bind(&ids)
            .fetch_all(&self.pool)
            .await?;
            rows.iter()
                .map(|row| {
                    let range = (unsigned(row.try_get(1)?), unsigned(row.try_get(2)?), row.try_get(3)?);
                    Ok((row.try_get(0)?, range))
                })
                .collect()
        })
        .await
    }

    pub(crate) async fn totals(&self, head: u64) -> Result<Totals, Fault> {
        // Longer than a read may take: the tables are counted.
        let counting = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .execute(&mut *transaction)
                .await?;
            // The table itself is counted, not its index.
            sqlx::raw_sql("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off")
                .execute(&mut *transaction)
                .await?;
            let sums = sqlx::query(
                "SELECT (SELECT position FROM ledger_head WHERE log_id = $1),
                        (SELECT coalesce(max(position), 0) FROM ledger_event WHERE log_id = $1),
                        (SELECT count(*) FROM ledger_event WHERE log_id = $1 AND position <= $2),
                        (SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM ledger_command
                          WHERE log_id = $1 AND first_position > 0 AND last_position <= $2),
                        (SELECT count(*) FROM ledger_command WHERE log_id = $1
                          AND (first_position > last_position OR (first_position < 1) <> (last_position < 1)
                               OR last_position > (SELECT position FROM ledger_head WHERE log_id = $1)))",
            )
            .bind(self.log_id)
            .bind(signed(head))
            .fetch_one(&mut *transaction)
            .await?;
            let bookmarks_beyond = sqlx::query_scalar(
                "SELECT name FROM projection WHERE log_id = $1
                  AND position > (SELECT position FROM ledger_head WHERE log_id = $1)",
            )
            .bind(self.log_id)
            .fetch_all(&mut *transaction)
            .await?;
            transaction.rollback().await?;
            Ok(Totals {
                head: unsigned(sums.try_get(0)?),
                last_event: unsigned(sums.try_get(1)?),
                events: unsigned(sums.try_get(2)?),
                claimed: unsigned(sums.try_get(3)?),
                senseless_commands: unsigned(sums.try_get(4)?),
                bookmarks_beyond,
            })
        };
        counting
            .await
            .map_err(|error: sqlx::Error| Fault::store("sum up", error))
    }

    pub(crate) async fn integrity(&self) -> Result<Vec<String>, Fault> {
        let looking = async {
            let mut found = Vec::new();
            let firing: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                  WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND t.tgname LIKE 'ledger\\_%'
                    AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'ledger_event'::regclass)",
            )
            .fetch_one(&self.pool)
            .await?;
            if firing != TRIGGERS {
                found.push(format!("{firing} of {TRIGGERS} protecting triggers are in force"));
            }
            // Index against table needs the extension amcheck, which only an administrator can install.
            let amcheck: bool =
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'amcheck')")
                    .fetch_one(&self.pool)
                    .await?;
            if amcheck {
                let indexes: Vec<String> = sqlx::query_scalar(
                    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                       JOIN pg_class x ON x.oid = i.indexrelid
                      WHERE x.relkind = 'i' AND (c.relname LIKE 'ledger\\_%' OR c.relname IN ('projection', 'subject_key'))
                        AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'ledger_event'::regclass)",
                )
                .fetch_all(&self.pool)
                .await?;
                for index in indexes {
                    let checked = sqlx::query("SELECT bt_index_check($1::regclass, true)")
                        .bind(&index)
                        .execute(&self.pool)
                        .await;
                    match checked {
                        Ok(_) => {}
                        Err(sqlx::Error::Database(error)) => found.push(format!("{index}: {error}")),
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(found)
        };
        looking
            .await
            .map_err(|error: sqlx::Error| Fault::store("check the database", error))
    }

    pub(crate) async fn close(&self) {
        // Without its last sender the writer finishes what is queued and ends.
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            drop(writer.await);
        }
        self.poller.abort();
        self.pool.close().await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

/// Tells waiting readers of commits by other processes.
async fn poll_head(pool: PgPool, log_id: i32, head: watch::Sender<u64>, deadline: Duration) {
    loop {
        tokio::time::sleep(HEAD_POLL).await;
        // A failed look is made up for by the next one.
        if let Ok(Ok(found)) = timeout(deadline, select_head(&pool, log_id)).await {
            head.send_if_modified(|head| {
                let moved = found > *head;
                *head = found.max(*head);
                moved
            });
        }
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Generations are counted by hand: 0, 1, 2.
fn generation_of(generation: u32) -> i32 {
    i32::try_from(generation).unwrap_or(i32::MAX)
}

const TERMS: &str = "ARRAY(SELECT m.name FROM ledger_row_term m WHERE m.log_id = r.log_id AND m.space = r.space
      AND m.key = r.key ORDER BY m.name, m.value) AS names,
    ARRAY(SELECT m.value FROM ledger_row_term m WHERE m.log_id = r.log_id AND m.space = r.space
      AND m.key = r.key ORDER BY m.name, m.value) AS term_values";

fn rows_sql(condition: &str) -> String {
    format!("SELECT r.key, r.version, r.body, {TERMS} FROM ledger_row r WHERE {condition}")
}

fn row_of(row: &PgRow) -> sqlx::Result<StoredRow> {
    let (names, values): (Vec<String>, Vec<String>) = (row.try_get(3)?, row.try_get(4)?);
    Ok(StoredRow {
        key: row.try_get(0)?,
        version: unsigned(row.try_get(1)?),
        sealed: row.try_get(2)?,
        terms: names.into_iter().zip(values).collect(),
    })
}

fn event_of(row: &PgRow) -> sqlx::Result<StoredEvent> {
    Ok(StoredEvent {
        position: unsigned(row.try_get(0)?),
        aggregate_type: row.try_get(1)?,
        aggregate_id: row.try_get(2)?,
        sequence: unsigned(row.try_get(3)?),
        event_type: row.try_get(4)?,
        event_version: row.try_get(5)?,
        body: row.try_get(6)?,
        meta: row.try_get(7)?,
        leaf_hash: row.try_get(8)?,
        recorded_at: row.try_get(9)?,
    })
}

fn checkpoint_of(row: &PgRow) -> sqlx::Result<StoredCheckpoint> {
    Ok(StoredCheckpoint {
        size: unsigned(row.try_get(0)?),
        root: row.try_get(1)?,
        note: row.try_get(2)?,
        at: instant(row.try_get(3)?).unwrap_or_default(),
    })
}

async fn select_head(pool: &PgPool, log_id: i32) -> sqlx::Result<u64> {
    sqlx::query_scalar("SELECT position FROM ledger_head WHERE log_id = $1")
        .bind(log_id)
        .fetch_one(pool)
        .await
        .map(unsigned)
}

async fn select_commands(
    connection: &mut PgConnection,
    log_id: i32,
    ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, StoredCommand>> {
    let rows = sqlx::query(
        "SELECT command_id, request_hash, first_position, last_position, recorded_at,
                ARRAY(SELECT e.leaf_hash FROM ledger_event e WHERE e.log_id = c.log_id
                       AND e.position BETWEEN greatest(c.first_position, 1) AND c.last_position ORDER BY e.position)
           FROM ledger_command c WHERE log_id = $1 AND command_id = ANY ($2)",
    )
    .bind(log_id)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut commands = BTreeMap::new();
    for row in rows {
        let leaves: Vec<Vec<u8>> = row.try_get(5)?;
        let command = StoredCommand {
            request_hash: row.try_get(1)?,
            first: unsigned(row.try_get(2)?),
            last: unsigned(row.try_get(3)?),
            recorded_at: row.try_get(4)?,
            leaf_hashes: split_hashes(&leaves.concat()).unwrap_or_default(),
        };
        commands.insert(row.try_get(0)?, command);
    }
    Ok(commands)
}

async fn select_subjects(
    connection: &mut PgConnection,
    log_id: i32,
    subjects: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, SubjectKey>> {
    let rows =
        sqlx::query("SELECT subject_id, wrapped_dek FROM subject_key WHERE log_id = $1 AND subject_id = ANY ($2)")
            .bind(log_id)
            .bind(subjects)
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let wrapped: Option<Vec<u8>> = row.try_get(1)?;
            Ok((
                row.try_get(0)?,
                wrapped.map_or(SubjectKey::Destroyed, |key| SubjectKey::Present(WrappedKey(key))),
            ))
        })
        .collect()
}

async fn select_latest_checkpoint(
    connection: &mut PgConnection,
    log_id: i32,
) -> sqlx::Result<Option<StoredCheckpoint>> {
    let row = sqlx::query(
        "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1",
    )
    .bind(log_id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(checkpoint_of).transpose()
}

fn unknown_schema() -> sqlx::Error {
    sqlx::Error::Configuration("the schema is not the one that this program knows".into())
}

/// Brings the database to the newest schema and makes the log's head row.
async fn set_up(connect: &PgConnectOptions, log_id: i32, now: Timestamp) -> sqlx::Result<()> {
    let mut connection = connect.connect().await?;
    // Two processes that start at the same moment may collide on the system catalogue here (23505, 42P07): once more then.
    let create = "CREATE TABLE IF NOT EXISTS ledger_schema (version integer PRIMARY KEY, applied_at bigint NOT NULL)";
    if sqlx::query(create).execute(&mut connection).await.is_err() {
        sqlx::query(create).execute(&mut connection).await?;
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("LOCK TABLE ledger_schema IN EXCLUSIVE MODE")
        .execute(&mut *transaction)
        .await?;
    let reached: i32 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM ledger_schema")
        .fetch_one(&mut *transaction)
        .await?;
    if MIGRATIONS.last().is_some_and(|(newest, _)| reached > *newest) {
        return Err(unknown_schema());
    }
    for (version, script) in MIGRATIONS.iter().filter(|(version, _)| *version > reached) {
        sqlx::raw_sql(script).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO ledger_schema (version, applied_at) VALUES ($1, $2)")
            .bind(version)
            .bind(now.as_millisecond())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(
        "INSERT INTO ledger_head (log_id, position, revision, epoch) VALUES ($1, 0, 0, 0) ON CONFLICT DO NOTHING",
    )
    .bind(log_id)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    connection.close().await
}

/// The task that writes.
struct Writer {
    connect: PgConnectOptions,
    options: Options,
    connection: Option<PgConnection>,
    /// A key was destroyed and its old row version still lies in the table.
    must_scrub: bool,
}

/// Why a group was not committed.
enum Failure {
    /// The connection or the server is at fault, or another transaction was in the way: the same group may pass now.
    Again(sqlx::Error),
    /// The database refuses something in this group, and would again.
    Refused(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                let again = matches!(
                    code.as_ref(),
                    "40001" | "40P01" | "55P03" | "25006" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03"
                ) || code.starts_with("08")
                    || code.starts_with("53")
                    || code.starts_with("58");
                if again {
                    Self::Again(error)
                } else {
                    Self::Refused(error)
                }
            }
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                Self::Refused(error)
            }
            _ => Self::Again(error),
        }
    }
}

impl Writer {
    async fn run(mut self, mut work: mpsc::Receiver<Submission>) {
        let mut group = Vec::new();
        while work.recv_many(&mut group, self.options.group_max.max(1)).await > 0 {
            // Nobody waits for these any more and nothing of them has begun: leave them undone.
            group.retain(|submission: &Submission| !submission.reply.is_closed());
            let batches: Vec<Arc<Prepared>> = group.iter().map(|submission| Arc::clone(&submission.batch)).collect();
            let deadline = Instant::now() + self.options.write_deadline;
            let mut answers = Vec::with_capacity(batches.len());
            for batches in by_size(&batches) {
                answers.extend(self.carry_out(batches, deadline).await);
            }
            // A crash here: all is stored, nobody knows; each caller asks again with the same command id.
            for (submission, answer) in group.drain(..).zip(answers) {
                // An error means that the caller has gone; what is stored stays stored.
                drop(submission.reply.send(answer));
            }
            if self.must_scrub {
                self.scrub(deadline).await;
            }
        }
        if let Some(connection) = self.connection.take() {
            // The server ends the session by itself if this fails.
            drop(connection.close().await);
        }
    }

    /// One transaction for all, tried again until the deadline where trying can help. When the database refuses something, the
    /// group is halved until that one stands alone, so that its neighbours commit.
    async fn carry_out(&mut self, batches: &[Arc<Prepared>], deadline: Instant) -> Vec<Result<Verdict, Fault>> {
        if batches.is_empty() {
            return Vec::new();
        }
        loop {
            let fault = match timeout_at(deadline, self.transact(batches)).await {
                Ok(Ok(verdicts)) => return verdicts.into_iter().map(Ok).collect(),
                Ok(Err(Failure::Refused(error))) => {
                    // The transaction is broken; ending it belongs to the connection, which may be gone as well.
                    self.give_up_transaction(deadline).await;
                    if batches.len() > 1 {
                        let (left, right) = batches.split_at(batches.len() / 2);
                        let mut answers = Box::pin(self.carry_out(left, deadline)).await;
                        answers.extend(Box::pin(self.carry_out(right, deadline)).await);
                        return answers;
                    }
                    Fault::store("commit", error)
                }
                Ok(Err(Failure::Again(error))) => {
                    // The connection goes with it: what it had open, the server rolls back, or commits if COMMIT had arrived.
                    self.connection = None;
                    if Instant::now() + RETRY_PAUSE < deadline {
                        tokio::time::sleep(RETRY_PAUSE).await;
                        continue;
                    }
                    Fault::store("commit", error)
                }
                Err(_) => {
                    self.connection = None;
                    Fault::Deadline
                }
            };
            return batches.iter().map(|_| Err(fault.clone())).collect();
        }
    }

    async fn give_up_transaction(&mut self, deadline: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let rolled_back = timeout_at(deadline, sqlx::query("ROLLBACK").execute(connection)).await;
        if !matches!(rolled_back, Ok(Ok(_))) {
            self.connection = None;
        }
    }

    async fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.connect.connect().await?;
                // Each statement must see what was committed before the head row was ours.
                sqlx::query("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
                    .execute(&mut connection)
                    .await?;
                // A server that acknowledges before it has flushed would lose acknowledged commands.
                sqlx::query(
                    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                )
                .execute(&mut connection)
                .await?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    async fn transact(&mut self, batches: &[Arc<Prepared>]) -> Result<Vec<Verdict>, Failure> {
        let log_id = self.options.log_id;
        let batches: Vec<&Prepared> = batches.iter().map(Arc::as_ref).collect();
        let now = self.options.clock.now().as_millisecond();
        let connection = self.connection().await?;
        sqlx::query("BEGIN").execute(&mut *connection).await?;
        let state = load(connection, log_id, &Touched::by(batches.iter().copied())).await?;
        let plan = plan(state, &batches, now);
        if plan.is_empty() {
            sqlx::query("ROLLBACK").execute(&mut *connection).await?;
            return Ok(plan.verdicts);
        }
        write(connection, log_id, now, &plan).await?;
        // From here to the answer the outcome is unknown to us; see the head of this file.
        sqlx::query("COMMIT").execute(&mut *connection).await?;
        self.must_scrub |= plan
            .writes
            .subjects
            .values()
            .any(|write| *write == SubjectWrite::Destroy);
        self.options.head.send_if_modified(|head| {
            let moved = plan.head > *head;
            *head = plan.head.max(*head);
            moved
        });
        Ok(plan.verdicts)
    }

    /// Removes the old row versions of destroyed keys. What stands in the server's own log and in backups ends with them.
    async fn scrub(&mut self, deadline: Instant) {
        let cleaning = async {
            let connection = self.connection().await?;
            sqlx::query("VACUUM subject_key").execute(connection).await
        };
        match timeout_at(deadline, cleaning).await {
            Ok(Ok(_)) => self.must_scrub = false,
            // The next group tries again.
            Ok(Err(_)) | Err(_) => self.connection = None,
        }
    }
}

async fn load(connection: &mut PgConnection, log_id: i32, touched: &Touched) -> sqlx::Result<State> {
    let head = sqlx::query("SELECT position, revision FROM ledger_head WHERE log_id = $1 FOR UPDATE")
        .bind(log_id)
        .fetch_one(&mut *connection)
        .await?;
    let mut state = State {
        head: unsigned(head.try_get(0)?),
        revision: unsigned(head.try_get(1)?),
        ..State::default()
    };
    let commands: Vec<Uuid> = touched.commands.iter().copied().collect();
    state.commands = select_commands(connection, log_id, &commands).await?;
    if !touched.streams.is_empty() {
        let (types, ids): (Vec<&str>, Vec<&str>) = touched
            .streams
            .iter()
            .map(|(kind, id)| (kind.as_str(), id.as_str()))
            .unzip();
        let rows = sqlx::query(
            "SELECT t.kind, t.id, (SELECT max(e.sequence) FROM ledger_event e
                      WHERE e.log_id = $1 AND e.aggregate_type = t.kind AND e.aggregate_id = t.id)
               FROM unnest($2::text[], $3::text[]) AS t (kind, id)",
        )
        .bind(log_id)
        .bind(types)
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            if let Some(sequence) = row.try_get::<Option<i64>, _>(2)? {
                state
                    .streams
                    .insert((row.try_get(0)?, row.try_get(1)?), unsigned(sequence));
            }
        }
    }
    if !touched.subjects.is_empty() {
        let subjects: Vec<Uuid> = touched.subjects.iter().copied().collect();
        state.subjects = select_subjects(connection, log_id, &subjects).await?;
    }
    if !touched.rows.is_empty() {
        let (spaces, keys): (Vec<&str>, Vec<&str>) = touched
            .rows
            .iter()
            .map(|(space, key)| (space.as_str(), key.as_str()))
            .unzip();
        let rows = sqlx::query(
            "SELECT r.space, r.key, r.version FROM unnest($2::text[], $3::text[]) AS t (space, key)
               JOIN ledger_row r ON r.log_id = $1 AND r.space = t.space AND r.key = t.key",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            state
                .rows
                .insert((row.try_get(0)?, row.try_get(1)?), unsigned(row.try_get(2)?));
        }
    }
    for (name, generation) in &touched.bookmarks {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT position FROM projection WHERE name = $1 AND generation = $2 AND log_id = $3")
                .bind(name)
                .bind(generation_of(*generation))
                .bind(log_id)
                .fetch_optional(&mut *connection)
                .await?;
        if let Some(position) = found {
            state.bookmarks.insert((name.clone(), *generation), unsigned(position));
        }
    }
    Ok(state)
}

async fn write(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    write_events(connection, log_id, now, plan).await?;
    let commands = &plan.writes.commands;
    sqlx::query(
        "INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at)
         SELECT $1, t.id, t.hash, t.first, t.last, $6
           FROM unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::bigint[]) AS t (id, hash, first, last)",
    )
    .bind(log_id)
    .bind(commands.iter().map(|command| command.command_id).collect::<Vec<_>>())
    .bind(
        commands
            .iter()
            .map(|command| command.request_hash.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(commands.iter().map(|command| signed(command.first)).collect::<Vec<_>>())
    .bind(commands.iter().map(|command| signed(command.last)).collect::<Vec<_>>())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    write_subjects(connection, log_id, now, plan).await?;
    write_rows(connection, log_id, plan).await?;
    for ((name, generation), position) in &plan.writes.bookmarks {
        sqlx::query(
            "INSERT INTO projection (name, generation, log_id, position) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name, generation, log_id) DO UPDATE SET position = excluded.position",
        )
        .bind(name)
        .bind(generation_of(*generation))
        .bind(log_id)
        .bind(signed(*position))
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("UPDATE ledger_head SET position = $2, revision = $3 WHERE log_id = $1")
        .bind(log_id)
        .bind(signed(plan.head))
        .bind(signed(plan.revision))
        .execute(connection)
        .await
        .map(drop)
}

async fn write_events(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    let events = &plan.writes.events;
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO ledger_event (log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body,
                                   meta, leaf_hash, recorded_at)
         SELECT $1, t.position, t.aggregate_type, t.aggregate_id, t.sequence, t.event_type, t.event_version, t.body, t.meta,
                t.leaf_hash, $11
           FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::bytea[],
                       $10::bytea[])
             AS t (position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash)
          ORDER BY t.position",
    )
    .bind(log_id)
    .bind(events.iter().map(|event| signed(event.position)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_type).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| signed(event.sequence)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.event_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.event_version.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.body.as_slice()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.meta.as_slice()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.leaf_hash.as_slice()).collect::<Vec<_>>())
    .bind(now)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_subjects(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    let (mut new, mut destroyed) = (Vec::new(), Vec::new());
    for (subject, change) in &plan.writes.subjects {
        match change {
            SubjectWrite::Insert(key) => new.push((*subject, Some(key.0.as_slice()), None)),
            SubjectWrite::InsertDestroyed => new.push((*subject, None, Some(now))),
            SubjectWrite::Destroy => destroyed.push(*subject),
        }
    }
    if !new.is_empty() {
        sqlx::query(
            "INSERT INTO subject_key (log_id, subject_id, wrapped_dek, destroyed_at)
             SELECT $1, t.id, t.key, t.at FROM unnest($2::uuid[], $3::bytea[], $4::bigint[]) AS t (id, key, at)",
        )
        .bind(log_id)
        .bind(new.iter().map(|(subject, _, _)| *subject).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, key, _)| *key).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, _, at)| *at).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    }
    if !destroyed.is_empty() {
        sqlx::query(
            "UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = $3 WHERE log_id = $1 AND subject_id = ANY ($2)",
        )
        .bind(log_id)
        .bind(destroyed)
        .bind(now)
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn write_rows(connection: &mut PgConnection, log_id: i32, plan: &Plan<'_>) -> sqlx::Result<()> {
    let rows = &plan.writes.rows;
    if rows.is_empty() {
        return Ok(());
    }
    let (spaces, keys): (Vec<&str>, Vec<&str>) = rows.keys().copied().unzip();
    sqlx::query(
        "DELETE FROM ledger_row_term m USING unnest($2::text[], $3::text[]) AS t (space, key)
          WHERE m.log_id = $1 AND m.space = t.space AND m.key = t.key",
    )
    .bind(log_id)
    .bind(spaces)
    .bind(keys)
    .execute(&mut *connection)
    .await?;
    let gone: Vec<(&str, &str)> = rows
        .iter()
        .filter(|(_, change)| change.is_none())
        .map(|(place, _)| *place)
        .collect();
    if !gone.is_empty() {
        let (spaces, keys): (Vec<&str>, Vec<&str>) = gone.into_iter().unzip();
        sqlx::query(
            "DELETE FROM ledger_row r USING unnest($2::text[], $3::text[]) AS t (space, key)
              WHERE r.log_id = $1 AND r.space = t.space AND r.key = t.key",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .execute(&mut *connection)
        .await?;
    }
    let (mut spaces, mut keys, mut versions, mut bodies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut of_space, mut of_key, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((space, key), change) in rows {
        let Some((version, content)) = change else { continue };
        spaces.push(*space);
        keys.push(*key);
        versions.push(signed(*version));
        bodies.push(content.sealed.as_slice());
        for (name, value) in &content.terms {
            of_space.push(*space);
            of_key.push(*key);
            names.push(name.as_str());
            values.push(value.as_str());
        }
    }
    if !keys.is_empty() {
        sqlx::query(
            "INSERT INTO ledger_row (log_id, space, key, version, body)
             SELECT $1, t.space, t.key, t.version, t.body
               FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[]) AS t (space, key, version, body)
             ON CONFLICT (log_id, space, key) DO UPDATE SET version = excluded.version, body = excluded.body",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .bind(versions)
        .bind(bodies)
        .execute(&mut *connection)
        .await?;
    }
    if !names.is_empty() {
        sqlx::query(
            "INSERT INTO ledger_row_term (log_id, space, name, value, key)
             SELECT $1, t.space, t.name, t.value, t.key
               FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS t (space, name, value, key)",
        )
        .bind(log_id)
        .bind(of_space)
        .bind(names)
        .bind(values)
        .bind(of_key)
        .execute(connection)
        .await?;
    }
    Ok(())
}
