//! The ledger in PostgreSQL.
//!
//! One task owns one writing connection. It drains the queue into one statement, which is one transaction: the head row is moved
//! first and held to the commit, so positions have no gaps, a rollback gives them back, and the order of positions is the order in
//! which they become visible, whichever process writes. The statement writes nothing unless the head is where this writer has
//! left it; then everything that it remembers of the store still holds. Otherwise, and whenever the statement is refused, the
//! group goes the slow way: lock the head, read what the group touches, judge, write. Readers use a pool and take no locks.
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

mod adopt;
mod audit;
mod cosignatures;
mod excess;
mod feed;
mod forward;
mod leader;
mod presence;
mod roles;
mod schema;
mod statement;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keys::WrappedKey;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::plan::StoredCommand;
use super::{Options, StoredCheckpoint, Submission, cut_offsets, signed, split_hashes, unsigned};
use crate::fault::Fault;
use crate::personal::SubjectKey;
use crate::privileges::Privileges;
use crate::recorded::{StoredEvent, instant};
use crate::rows::{StoredRow, TermQuery};
use crate::streams::{InStreams, StreamAfter};
use crate::tree::{Hash, Tile};
use forward::{Forwarder, Host};
use leader::Leadership;
pub use leader::LeadershipSettings;
pub use presence::Presence;
use writer::Writer;

pub use roles::{RoleNames, migrate_postgres};

const EVENT_COLUMNS: &str =
    "position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash, recorded_at";
/// So long closing waits for readers.
const CLOSING_MAX: Duration = Duration::from_secs(5);
/// How often other processes' commits are looked for. Only a wake-up: who waits for an event reads the log.
const HEAD_POLL: Duration = Duration::from_millis(250);
/// How long a session may sit idle inside a transaction, at least and at most.
const IDLE_MIN: Duration = Duration::from_secs(1);
const IDLE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Postgres {
    log_id: i32,
    read_deadline: Duration,
    write_deadline: Duration,
    pool: PgPool,
    writable: bool,
    queues: Mutex<Option<Queues>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    poller: JoinHandle<()>,
    leadership: Leadership,
    /// Those that end before the writer does, in their order.
    helpers: Mutex<Vec<JoinHandle<()>>>,
    #[cfg(test)]
    taken: Option<watch::Receiver<u64>>,
}

/// Where a batch may go.
#[derive(Clone)]
struct Queues {
    local: mpsc::Sender<Submission>,
    /// To the leader, and whether there is one to send to.
    forward: Option<(mpsc::Sender<Submission>, watch::Receiver<bool>)>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: Options) -> Result<Self, Fault> {
        // Longer than a lease it must not be held: whoever takes over waits for the row.
        let lease = options.leadership.as_ref().map_or(IDLE_MAX, |settings| settings.lease);
        let idle = format!("{}ms", lease.clamp(IDLE_MIN, IDLE_MAX).as_millis());
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| Fault::store("read the database address", error))?
            .application_name("praman ledger")
            // A session left idle inside a transaction would hold the head row; the server ends it.
            .options([
                ("idle_in_transaction_session_timeout", idle.as_str()),
                // Whoever waits for a lock longer than we wait for them has nobody left to tell.
                (
                    "lock_timeout",
                    &format!("{}ms", options.write_deadline.as_millis().max(1)),
                ),
                // A statement whose client has gone is ended, so that it holds no row and no snapshot.
                ("client_connection_check_interval", "5s"),
            ])
            // Each combination of what a group writes is a statement of its own.
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let deadline = options.write_deadline;
        if options.writable {
            timeout(deadline.max(Duration::from_secs(30)), made_ready(&connect, &options))
                .await
                .map_err(|_| Fault::Deadline)??;
        }
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(options.readers.max(1)).unwrap_or(u32::MAX))
            .acquire_timeout(options.read_deadline)
            // A broken connection shows itself at the query, which is cheaper than asking each time.
            .test_before_acquire(false)
            // All that the pool is asked is found by keys: a statement is planned once, not each time.
            .connect_lazy_with(connect.clone().options([("plan_cache_mode", "force_generic_plan")]));
        let (log_id, read_deadline, writable) = (options.log_id, options.read_deadline, options.writable);
        let poller = tokio::spawn(poll_head(pool.clone(), log_id, options.clone()));
        let mut helpers = Vec::new();
        #[cfg(test)]
        let mut taken = None;
        let (mut leadership, mut queues, mut writer) = (Leadership::none(), None, None);
        if writable {
            let (local, work) = mpsc::channel(options.queue.max(1));
            let mut forward = None;
            if let Some(settings) = &options.leadership {
                let listener = bind(settings).await?;
                let address = advertised(settings, &listener)?;
                leadership = Leadership::new(options.entropy.uuid_v4(), address, settings.lease);
                helpers.extend(leadership.begin(connect.clone(), log_id).await);
                let host = Host::new(&options, leadership.clone(), local.downgrade());
                #[cfg(test)]
                {
                    taken = Some(host.taken());
                }
                helpers.push(tokio::spawn(host.run(listener)));
                let forwarder = Forwarder::new(&options, leadership.clone(), local.downgrade());
                let (outward, forwarded) = mpsc::channel(options.queue.max(1));
                forward = Some((outward, forwarder.connected()));
                helpers.push(tokio::spawn(forwarder.run(forwarded)));
            }
            queues = Some(Queues { local, forward });
            writer = Some(tokio::spawn(
                Writer::new(connect, options, leadership.clone()).run(work),
            ));
        }
        let store = Self {
            log_id,
            read_deadline,
            write_deadline: deadline,
            pool,
            writable,
            queues: Mutex::new(queues),
            writer: Mutex::new(writer),
            poller,
            leadership,
            helpers: Mutex::new(helpers),
            #[cfg(test)]
            taken,
        };
        let version: i32 = store
            .read(
                "check the schema",
                sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM ledger_schema").fetch_one(&store.pool),
            )
            .await?;
        if version != schema::NEWEST {
            return Err(Fault::store("check the schema", schema::unknown()));
        }
        Ok(store)
    }

    pub(crate) async fn enqueue(&self, submission: Submission) -> Result<(), Fault> {
        if !self.writable {
            return Err(Fault::ReadOnly);
        }
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Queues { local, forward } = queues.ok_or(Fault::Closed)?;
        // Where a leader is lost at this very moment, the forwarder passes the batch on to the local writer.
        let queue = match forward {
            Some((outward, connected)) if *connected.borrow() => outward,
            _ => local,
        };
        queue.send(submission).await.map_err(|_| Fault::Closed)
    }

    async fn read<T>(&self, doing: &'static str, query: impl Future<Output = sqlx::Result<T>>) -> Result<T, Fault> {
        timeout(self.read_deadline, query)
            .await
            .map_err(|_| Fault::Deadline)?
            .map_err(|error| Fault::store(doing, error))
    }

    /// Lets no read through for as long as the answer lives; with one reader only.
    #[cfg(test)]
    pub(crate) async fn hold_reads(&self) -> Box<dyn std::any::Any + Send> {
        Box::new(self.pool.acquire().await.unwrap())
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

    pub(crate) async fn in_streams(&self, piece: InStreams<'_>, limit: usize) -> Result<Vec<StoredEvent>, Fault> {
        let bound = if piece.until.is_some() {
            "AND aggregate_id <= $6"
        } else {
            "AND $6::text IS NULL"
        };
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM ledger_event
              WHERE log_id = $1 AND aggregate_type = $2 AND (aggregate_id, sequence) > ($3, $4) AND position <= $5 {bound}
              ORDER BY aggregate_id, sequence LIMIT $7"
        );
        self.read("read streams", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(piece.aggregate_type)
                .bind(piece.after.0)
                .bind(signed(piece.after.1))
                .bind(signed(piece.to))
                .bind(piece.until)
                .bind(limit_of(limit));
            query.fetch_all(&self.pool).await?.iter().map(event_of).collect()
        })
        .await
    }

    pub(crate) async fn cut_streams(&self, aggregate_type: &str, parts: usize) -> Result<Vec<String>, Fault> {
        self.read("count streams", async {
            let events: i64 =
                sqlx::query_scalar("SELECT count(*) FROM ledger_event WHERE log_id = $1 AND aggregate_type = $2")
                    .bind(self.log_id)
                    .bind(aggregate_type)
                    .fetch_one(&self.pool)
                    .await?;
            let mut cuts = Vec::new();
            for offset in cut_offsets(unsigned(events), parts) {
                let cut: Option<String> = sqlx::query_scalar(
                    "SELECT aggregate_id FROM ledger_event WHERE log_id = $1 AND aggregate_type = $2
                      ORDER BY aggregate_id, sequence LIMIT 1 OFFSET $3",
                )
                .bind(self.log_id)
                .bind(aggregate_type)
                .bind(signed(offset))
                .fetch_optional(&self.pool)
                .await?;
                cuts.extend(cut);
            }
            Ok(cuts)
        })
        .await
    }

    pub(crate) async fn streams(&self, wanted: Vec<StreamAfter>) -> Result<Vec<Vec<StoredEvent>>, Fault> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS}, t.number
               FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS t (kind, id, seen, number),
                    LATERAL (SELECT * FROM ledger_event e
                              WHERE e.log_id = $1 AND e.aggregate_type = t.kind AND e.aggregate_id = t.id
                                AND e.sequence > t.seen ORDER BY e.sequence) AS e"
        );
        self.read("read streams", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(
                    wanted
                        .iter()
                        .map(|stream| &stream.aggregate_type[..])
                        .collect::<Vec<_>>(),
                )
                .bind(wanted.iter().map(|stream| &stream.aggregate_id[..]).collect::<Vec<_>>())
                .bind(wanted.iter().map(|stream| signed(stream.sequence)).collect::<Vec<_>>());
            let mut streams: Vec<Vec<StoredEvent>> = wanted.iter().map(|_| Vec::new()).collect();
            for row in query.fetch_all(&self.pool).await? {
                let number = unsigned(row.try_get("number")?);
                let stream = usize::try_from(number)
                    .ok()
                    .and_then(|number| streams.get_mut(number.checked_sub(1)?));
                stream.ok_or(sqlx::Error::RowNotFound)?.push(event_of(&row)?);
            }
            for stream in &mut streams {
                stream.sort_by_key(|event| event.sequence);
            }
            Ok(streams)
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
            match select_subjects(&mut connection, self.log_id, &subjects).await {
                // 42501: an auditor's role is not shown the keys, only whether they are there.
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => {
                    select_withheld(&mut connection, self.log_id, &subjects).await
                }
                found => found,
            }
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
        // OFFSET 0 keeps it from becoming a join, whose plan, made while the tables were empty, would walk through all rows for ever.
        let sql = format!(
            "SELECT r.key, r.version, r.folded, r.body, r.tag, {TERMS}
               FROM ledger_row_term t, LATERAL (SELECT * FROM ledger_row f
                      WHERE f.log_id = t.log_id AND f.space = t.space AND f.key = t.key OFFSET 0) r
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

    pub(crate) async fn bookmark(&self, name: &str, generation: u32) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        self.read("read a bookmark", async {
            let found =
                sqlx::query("SELECT position, tag FROM projection WHERE name = $1 AND generation = $2 AND log_id = $3")
                    .bind(name)
                    .bind(generation_of(generation))
                    .bind(self.log_id)
                    .fetch_optional(&self.pool)
                    .await?;
            found
                .map(|row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?)))
                .transpose()
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

    #[cfg(test)]
    pub(crate) fn is_forwarding(&self) -> bool {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let forward = queues.as_ref().and_then(|queues| queues.forward.as_ref());
        forward.is_some_and(|(_, connected)| *connected.borrow())
    }

    /// How many batches of others have been taken in.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.taken.as_ref().map_or(0, |taken| *taken.borrow())
    }

    pub(crate) fn is_leader(&self) -> bool {
        self.leadership.is_leader()
    }

    pub(crate) fn may_lead(&self, may: bool) {
        self.leadership.may_lead(may);
    }

    pub(crate) async fn close(&self) {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner).take();
        let local = queues.map(|queues| queues.local);
        // The lease first: others begin to take over while we still finish.
        self.leadership.stop();
        let helpers = std::mem::take(&mut *self.helpers.lock().unwrap_or_else(PoisonError::into_inner));
        for helper in helpers {
            drop(helper.await);
        }
        // Without its last sender the writer finishes what is queued and ends.
        drop(local);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            drop(writer.await);
        }
        self.poller.abort();
        // sqlx 0.8.6 counts a place as free twice for each connection that it closes, so it does not wait for one that is just on
        // its way back, and leaves it open.
        let closing = async {
            self.pool.close().await;
            while self.pool.size() > 0 {
                tokio::task::yield_now().await;
                self.pool.close().await;
            }
        };
        // A reader that still waits for the server then closes its own.
        drop(timeout(CLOSING_MAX, closing).await);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.poller.abort();
        for helper in self.helpers.get_mut().unwrap_or_else(PoisonError::into_inner) {
            helper.abort();
        }
    }
}

async fn bind(settings: &LeadershipSettings) -> Result<TcpListener, Fault> {
    TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Fault::store("listen for other processes", error))
}

/// What the other processes are told.
fn advertised(settings: &LeadershipSettings, listener: &TcpListener) -> Result<String, Fault> {
    if let Some(given) = &settings.advertise {
        return Ok(given.clone());
    }
    let bound = listener
        .local_addr()
        .map_err(|error| Fault::store("listen for other processes", error))?;
    if bound.ip().is_unspecified() {
        let what = "the address to listen at names no interface: say how others reach it";
        return Err(Fault::store("listen for other processes", std::io::Error::other(what)));
    }
    Ok(bound.to_string())
}

/// Before the first write: the tables are there, and the role may do no more than it should.
async fn made_ready(connect: &PgConnectOptions, options: &Options) -> Result<(), Fault> {
    let failed = |doing| move |error| Fault::store(doing, error);
    if options.privileges == Privileges::Any {
        schema::set_up(connect, options.log_id, options.clock.now())
            .await
            .map_err(failed("set up the database"))?;
    }
    let checking = "check the rights of the database role";
    let mut connection = connect.connect().await.map_err(failed("connect"))?;
    if options.privileges == Privileges::Least {
        let found = schema::look(&mut connection, options.log_id)
            .await
            .map_err(failed("check the schema"))?;
        if found.version > schema::NEWEST {
            return Err(Fault::store("check the schema", schema::unknown()));
        }
        if found.version < schema::NEWEST || !found.head {
            return Err(Fault::NotMigrated);
        }
    }
    let (role, excess) = excess::examine(&mut connection).await.map_err(failed(checking))?;
    connection.close().await.map_err(failed(checking))?;
    match (options.privileges, excess.is_empty()) {
        (_, true) => {}
        (Privileges::Least, false) => return Err(Fault::Excess { role, excess }),
        (Privileges::Any, false) => tracing::warn!(
            role,
            rights = excess.len(),
            "the database role may do more than a writer needs; the production profile would refuse it"
        ),
    }
    Ok(())
}

/// Tells waiting readers of commits, and caches of erasures, by other processes.
async fn poll_head(pool: PgPool, log_id: i32, options: Options) {
    loop {
        tokio::time::sleep(HEAD_POLL).await;
        let look = sqlx::query_as::<_, (i64, i64)>("SELECT position, erasures FROM ledger_head WHERE log_id = $1")
            .bind(log_id)
            .fetch_one(&pool);
        // A failed look is made up for by the next one.
        if let Ok(Ok((head, erasures))) = timeout(options.read_deadline, look).await {
            options.saw(unsigned(head), unsigned(erasures));
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
    format!("SELECT r.key, r.version, r.folded, r.body, r.tag, {TERMS} FROM ledger_row r WHERE {condition}")
}

fn row_of(row: &PgRow) -> sqlx::Result<StoredRow> {
    let (names, values): (Vec<String>, Vec<String>) = (row.try_get(5)?, row.try_get(6)?);
    Ok(StoredRow {
        key: row.try_get(0)?,
        version: unsigned(row.try_get(1)?),
        folded: unsigned(row.try_get(2)?),
        sealed: row.try_get(3)?,
        tag: row.try_get(4)?,
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

async fn select_withheld(
    connection: &mut PgConnection,
    log_id: i32,
    subjects: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, SubjectKey>> {
    let rows = sqlx::query(
        "SELECT subject_id, destroyed_at IS NOT NULL FROM subject_key WHERE log_id = $1 AND subject_id = ANY ($2)",
    )
    .bind(log_id)
    .bind(subjects)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let destroyed = row.try_get(1)?;
            let key = if destroyed {
                SubjectKey::Destroyed
            } else {
                SubjectKey::Withheld
            };
            Ok((row.try_get(0)?, key))
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
