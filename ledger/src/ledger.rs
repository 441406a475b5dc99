//! The ledger itself: opening and reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use keys::{Entropy, Vault};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::batch::Receipt;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::gather::Gather;
use crate::inline::InlineView;
use crate::personal::SubjectKey;
use crate::privileges::Privileges;
use crate::recorded::{self, Recorded, StoredEvent};
use crate::rows::{self, Row, TermQuery};
use crate::store::{LeadershipSettings, Options, Store, postgres::Postgres, sqlite::Sqlite};
use crate::streams::StreamAfter;
use crate::upcast::Upcasters;

/// Rows and events are handed out in pages of at most this many.
const PAGE_MAX: usize = 10_000;

/// How a ledger behaves. [`Settings::default`] serves one log on one machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The log's name in checkpoints: a host and path without scheme, for instance `certificates.example/log/1`. It must stay
    /// the same for the life of the log.
    pub log_origin: String,
    /// Which log of this database.
    pub log_id: i32,
    /// Where the latest checkpoint is kept outside the database. `None`: nowhere; with SQLite, beside the database file under
    /// its name with `.checkpoint`.
    pub checkpoint_file: Option<PathBuf>,
    /// Who watches the log, and how long its checkpoints wait for them before the public sees them.
    pub witnessing: crate::Witnessing,
    /// How long a write may take until its caller is told that the outcome is unknown.
    pub write_deadline: Duration,
    /// How long a read may take.
    pub read_deadline: Duration,
    /// Connections for reading.
    pub readers: usize,
    /// Batches that share one transaction, at most.
    pub group_max: usize,
    /// Batches that may wait for the writer; more callers wait to be let in, within their deadline.
    pub queue: usize,
    /// Rows that change together with the events they are made of.
    pub inline: Vec<Arc<dyn InlineView>>,
    /// What raises events of older versions when they are read.
    pub upcasters: Upcasters,
    /// Where several processes write to one log: how this one takes part in leading. `None`: it writes by itself, which is
    /// as safe, and slower when others write as well. Of no effect with SQLite, where only one process writes.
    pub leadership: Option<LeadershipSettings>,
    /// What is asked of the database role that writes. SQLite has no roles.
    pub privileges: Privileges,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // RFC 2606: a name that no host has; a real deployment sets its own.
            log_origin: "praman.invalid/log/1".to_owned(),
            log_id: 1,
            checkpoint_file: None,
            witnessing: crate::Witnessing::default(),
            write_deadline: Duration::from_secs(10),
            read_deadline: Duration::from_secs(5),
            readers: 4,
            group_max: 512,
            queue: 4096,
            inline: Vec::new(),
            upcasters: Upcasters::default(),
            leadership: None,
            privileges: Privileges::Any,
        }
    }
}

/// Whether the store may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nothing speaks against it.
    Sound,
    /// The store does not match its own signed history, or a record is not what was stored. It is read, not written, until
    /// [`Ledger::accept`] is handed an audit without a break.
    Suspect {
        /// Where it was seen; 0 when it is no single record.
        position: u64,
        /// What was seen. No personal data.
        what: String,
    },
}

/// An append-only store of events with mutable rows beside it. Cheap to clone; all clones are one ledger.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) vault: Vault,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signing: Mutex<()>,
    health: RwLock<Health>,
    pub(crate) writable: bool,
    head: watch::Receiver<u64>,
    pub(crate) cache: Cache,
    /// Reads of streams, and of data keys that commands need.
    streams: Gather<StreamAfter, Vec<StoredEvent>>,
    pub(crate) subjects: Gather<BTreeSet<Uuid>, BTreeMap<Uuid, SubjectKey>>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("origin", &self.inner.settings.log_origin)
            .field("writable", &self.inner.writable)
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

/// Which database.
#[derive(Debug, Clone, Copy)]
enum At<'a> {
    File(&'a Path),
    Server(&'a str),
}

impl Ledger {
    /// Opens the SQLite file for writing, with [`Settings::default`]; makes it where there is none.
    ///
    /// # Errors
    /// [`Fault`]: the file cannot be used, is no ledger, or another process writes to it. A store that does not match its
    /// checkpoint opens all the same: see [`Ledger::health`].
    pub async fn open_sqlite(
        path: &Path,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open_sqlite_with(path, Settings::default(), vault, entropy, clock).await
    }

    /// As [`Ledger::open_sqlite`], with settings.
    ///
    /// # Errors
    /// As [`Ledger::open_sqlite`].
    pub async fn open_sqlite_with(
        path: &Path,
        settings: Settings,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open(At::File(path), true, settings, vault, entropy, clock).await
    }

    /// Opens the SQLite file for reading and audit, also while another process writes to it.
    ///
    /// # Errors
    /// [`Fault`]: there is no such file, or it is no ledger that this program knows.
    pub async fn open_sqlite_read_only(
        path: &Path,
        settings: Settings,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open(At::File(path), false, settings, vault, entropy, clock).await
    }

    /// Opens the PostgreSQL database for writing, with [`Settings::default`]; makes the tables where there are none
    /// ([`Privileges::Any`]). Several processes may write to one log.
    ///
    /// # Errors
    /// [`Fault`]: the server cannot be reached or refuses, or the role is not as [`Settings::privileges`] asks. A store that does not match its checkpoint opens all the same: see
    /// [`Ledger::health`].
    pub async fn open_postgres(
        url: &str,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open_postgres_with(url, Settings::default(), vault, entropy, clock).await
    }

    /// As [`Ledger::open_postgres`], with settings.
    ///
    /// # Errors
    /// As [`Ledger::open_postgres`].
    pub async fn open_postgres_with(
        url: &str,
        settings: Settings,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open(At::Server(url), true, settings, vault, entropy, clock).await
    }

    /// Opens the PostgreSQL database for reading and audit.
    ///
    /// # Errors
    /// [`Fault`]: the server cannot be reached, or the tables are not those that this program knows.
    pub async fn open_postgres_read_only(
        url: &str,
        settings: Settings,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        Self::open(At::Server(url), false, settings, vault, entropy, clock).await
    }

    async fn open(
        at: At<'_>,
        writable: bool,
        mut settings: Settings,
        vault: Vault,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let (head_out, head) = watch::channel(0);
        let erasures = Arc::new(AtomicU64::new(0));
        let options = Options {
            log_id: settings.log_id,
            writable,
            privileges: settings.privileges,
            write_deadline: settings.write_deadline,
            read_deadline: settings.read_deadline,
            readers: settings.readers,
            group_max: settings.group_max,
            queue: settings.queue,
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            vault: vault.clone(),
            leadership: settings.leadership.clone(),
            head: head_out.clone(),
            erasures: Arc::clone(&erasures),
        };
        let store = match at {
            At::File(path) => {
                if settings.checkpoint_file.is_none() {
                    let mut beside = path.as_os_str().to_owned();
                    beside.push(".checkpoint");
                    settings.checkpoint_file = Some(PathBuf::from(beside));
                }
                Store::Sqlite(Sqlite::open(path, options).await?)
            }
            At::Server(url) => Store::Postgres(Postgres::open(url, options).await?),
        };
        let stored = store.head().await?;
        head_out.send_if_modified(|head| {
            let moved = stored > *head;
            *head = stored.max(*head);
            moved
        });
        let health = RwLock::new(Health::Sound);
        let signing = Mutex::new(());
        let inner = Inner {
            store,
            settings,
            vault,
            entropy,
            clock,
            signing,
            health,
            writable,
            head,
            cache: Cache::new(erasures),
            streams: Gather::default(),
            subjects: Gather::default(),
        };
        let ledger = Self { inner: Arc::new(inner) };
        match ledger.compare_with_checkpoints().await {
            Ok(()) => {}
            Err(Fault::Corrupt { position, what }) => ledger.suspect(position, what),
            // What a damaged file answers to a read is a finding, not an outage.
            Err(fault) if crate::audit::is_damage(&fault) => ledger.suspect(0, "the database is damaged".to_owned()),
            Err(fault) => return Err(fault),
        }
        Ok(ledger)
    }

    /// Whether the store matches its own history, as far as this process has seen.
    pub fn health(&self) -> Health {
        self.inner.health.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it was opened for writing.
    pub fn is_writable(&self) -> bool {
        self.inner.writable
    }

    /// Lets writing begin again after an audit of this ledger that found no break. Answers whether the store is now held to be
    /// sound.
    pub fn accept(&self, report: &crate::audit::Report) -> bool {
        let mut health = self.inner.health.write().unwrap_or_else(PoisonError::into_inner);
        if report.breaks.is_empty() && report.log_origin == self.inner.settings.log_origin {
            *health = Health::Sound;
        }
        let sound = *health == Health::Sound;
        self.inner.store.may_lead(sound);
        sound
    }

    /// Whether this process is the one that does what only one of several should do, as signing checkpoints: it leads the log
    /// for certain, or no leadership was asked for ([`Settings::leadership`]). Nothing may depend on it but effort.
    pub fn is_leader(&self) -> bool {
        self.inner.store.is_leader()
    }

    /// Stops writing. The first sight stays: it is nearest to the cause.
    pub(crate) fn suspect(&self, position: u64, what: String) {
        let mut health = self.inner.health.write().unwrap_or_else(PoisonError::into_inner);
        if *health == Health::Sound {
            tracing::error!(
                position,
                what,
                "the ledger does not match its history; writing is stopped until an audit"
            );
            *health = Health::Suspect { position, what };
            self.inner.store.may_lead(false);
        }
    }

    /// Passes a result on, and stops writing when it tells of damage.
    pub(crate) fn noticed<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::Corrupt { position, what }) = &result {
            self.suspect(*position, what.clone());
        }
        result
    }

    /// The settings it was opened with; the checkpoint file filled in.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The clock it was opened with.
    pub fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    /// The source of chance it was opened with.
    pub fn entropy(&self) -> &dyn Entropy {
        self.inner.entropy.as_ref()
    }

    pub(crate) async fn opened(&self, events: Vec<StoredEvent>) -> Result<Vec<Recorded>, Fault> {
        let (bodies, subjects) = self.noticed(recorded::parse_personal(&events))?;
        let keys = self.inner.store.subject_keys(subjects).await?;
        let opened = events
            .into_iter()
            .zip(bodies)
            .map(|(event, body)| {
                let event = recorded::open(event, body, &keys, &self.inner.vault)?;
                self.inner.settings.upcasters.raise(event)
            })
            .collect();
        self.noticed(opened)
    }

    /// An event that was taken from a [`crate::replay`], in its newest shape. What [`Ledger::after`] and [`Ledger::stream`] hand out is
    /// raised already.
    ///
    /// # Errors
    /// [`Fault::Corrupt`]: the body is no JSON.
    pub fn raised(&self, event: Recorded) -> Result<Recorded, Fault> {
        self.inner.settings.upcasters.raise(event)
    }

    /// The events after this position, in order, at most `limit` (and at most 10,000). Each one's leaf has been checked.
    ///
    /// # Errors
    /// [`Fault`]; one damaged event fails the page, with its position.
    pub async fn after(&self, position: u64, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let events = self.inner.store.after(position, limit.min(PAGE_MAX)).await?;
        self.opened(events).await
    }

    /// The events of one stream, in order.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn stream(&self, aggregate_type: &str, aggregate_id: &str) -> Result<Vec<Recorded>, Fault> {
        let events = self.stored_stream(aggregate_type, aggregate_id, 0).await?;
        self.opened(events).await
    }

    pub(crate) async fn stored_stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        sequence: u64,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let wanted = StreamAfter {
            aggregate_type: aggregate_type.to_owned(),
            aggregate_id: aggregate_id.to_owned(),
            sequence,
        };
        let streams = |wanted| self.inner.store.streams(wanted);
        let events = self.inner.streams.ask(wanted, streams).await?;
        // A stream with a hole would fold into a state that never was.
        for (expected, event) in (sequence + 1..).zip(&events) {
            if event.sequence != expected {
                let what = "an event before this one is missing in its stream";
                return self.noticed(Err(Fault::corrupt(event.position, what)));
            }
        }
        Ok(events)
    }

    /// The position of the last event; 0 for an empty log.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn head(&self) -> Result<u64, Fault> {
        self.inner.store.head().await
    }

    /// The largest position whose every predecessor, itself included, was recorded before this instant; the head when all were.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn recorded_before(&self, instant: Timestamp) -> Result<u64, Fault> {
        let first_later = self.inner.store.first_recorded_from(instant.as_millisecond()).await?;
        match first_later {
            Some(position) => Ok(position.saturating_sub(1)),
            None => self.head().await,
        }
    }

    /// The receipt of a command, if it has been carried out.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn receipt(&self, command_id: Uuid) -> Result<Option<Receipt>, Fault> {
        let Some(stored) = self.inner.store.command(command_id).await? else {
            return Ok(None);
        };
        let hash = <[u8; 32]>::try_from(stored.request_hash.as_slice()).unwrap_or_default();
        Ok(stored.answer(&hash).ok())
    }

    /// Tells the head whenever it grows. A hint to wake up: read the log itself.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.head.clone()
    }

    /// Where a reader of the log stands; 0 when it has not begun.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn bookmark(&self, name: &str, generation: u32) -> Result<u64, Fault> {
        let Some((position, tag)) = self.inner.store.bookmark(name, generation).await? else {
            return Ok(0);
        };
        if tag.as_slice() != rows::bookmark_tag(&self.inner.vault, name, generation, position).as_slice() {
            return Err(Fault::corrupt(
                0,
                format!("the bookmark of {name} is not the one that was written"),
            ));
        }
        Ok(position)
    }

    /// One row.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn row(&self, space: &str, key: &str) -> Result<Option<Row>, Fault> {
        let stored = self.inner.store.row(space, key).await?;
        stored.map(|row| self.open_row(space, row)).transpose()
    }

    /// The rows of a space in the order of their keys, behind `after_key`; at most `limit` (and at most 10,000).
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn rows(&self, space: &str, after_key: Option<&str>, limit: usize) -> Result<Vec<Row>, Fault> {
        let stored = self.inner.store.rows(space, after_key, limit.min(PAGE_MAX)).await?;
        stored.into_iter().map(|row| self.open_row(space, row)).collect()
    }

    /// The rows with a term in `from..=to`, in the order of (value, key), ascending or descending; `after` is the value and key
    /// of the last row of the page before. A row with several values of the term comes once for each.
    ///
    /// # Errors
    /// [`Fault`].
    #[expect(
        clippy::too_many_arguments,
        reason = "a query has these parts; a struct for them would be made at each call"
    )]
    pub async fn find(
        &self,
        space: &str,
        term: &str,
        from: &str,
        to: &str,
        after: Option<(&str, &str)>,
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Row>, Fault> {
        let query = TermQuery {
            space,
            term,
            from,
            to,
            after,
            descending,
            limit: limit.min(PAGE_MAX),
        };
        let stored = self.inner.store.find(query).await?;
        stored.into_iter().map(|row| self.open_row(space, row)).collect()
    }

    /// How often the term has a value in `from..=to`.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn count(&self, space: &str, term: &str, from: &str, to: &str) -> Result<u64, Fault> {
        self.inner.store.count(space, term, from, to).await
    }

    fn open_row(&self, space: &str, stored: rows::StoredRow) -> Result<Row, Fault> {
        rows::open(&self.inner.vault, space, stored)
    }

    /// Finishes what is queued, closes files and connections, and gives the lock back. Every clone is closed with it.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }
}
