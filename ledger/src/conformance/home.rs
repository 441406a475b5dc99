//! Where a test's store lives.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use keys::{Algorithm, Entropy, OsEntropy, PublicKey, Purpose, SeededEntropy, SignError, Signer, Vault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use uuid::Uuid;

use crate::{Append, Batch, Clock as _, Context, Ledger, ManualClock, NewEvent, Privileges, RoleNames, Settings};

pub(super) const URL: &str = "PRAMAN_TEST_POSTGRES_URL";

pub(super) enum Place {
    Sqlite,
    Postgres {
        server: String,
        name: String,
        /// The login that ledgers are opened with, where it is not the server's administrator.
        writer: Option<String>,
    },
}

pub(super) struct Home {
    pub(super) place: Place,
    pub(super) folder: tempfile::TempDir,
    pub(super) vault: Vault,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) signer: TestSigner,
}

impl Home {
    fn new(place: Place) -> Self {
        Self {
            place,
            folder: tempfile::tempdir().unwrap(),
            vault: Vault::ephemeral(&SeededEntropy::new(1)),
            // Ids must differ between tests that share a server, so the seed is not fixed here.
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(ManualClock::new("2026-11-22T10:00:00.123456Z".parse().unwrap())),
            signer: TestSigner::new(7),
        }
    }

    pub(super) fn sqlite() -> Self {
        Self::new(Place::Sqlite)
    }

    pub(super) async fn postgres() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var(URL).ok()?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("praman_ledger_{}_{count}", std::process::id());
        let mut connection = PgConnectOptions::from_str(&server).unwrap().connect().await.unwrap();
        sqlx::raw_sql(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::raw_sql(&format!("CREATE DATABASE {name}"))
            .execute(&mut connection)
            .await
            .unwrap();
        Some(Self::new(Place::Postgres {
            server,
            name,
            writer: None,
        }))
    }

    /// A database that an administrator has migrated, and a ledger that is opened by a login of the writer's role.
    pub(super) async fn postgres_as_writer() -> Option<Self> {
        let mut home = Self::postgres().await?;
        crate::migrate_postgres(&home.url(), &home.roles(), 1, home.clock.now())
            .await
            .unwrap();
        let login = home.login(&home.roles().writer()).await;
        if let Place::Postgres { writer, .. } = &mut home.place {
            *writer = Some(login);
        }
        Some(home)
    }

    /// Roles belong to the whole server: each test has its own.
    pub(super) fn roles(&self) -> RoleNames {
        let Place::Postgres { name, .. } = &self.place else {
            panic!("not a server")
        };
        RoleNames::with_prefix(name).unwrap()
    }

    /// A new login that belongs to this role and has no other right.
    pub(super) async fn login(&self, role: &str) -> String {
        let login = format!("{role}_login");
        let create = format!("CREATE ROLE {login} LOGIN PASSWORD 'only-for-tests' IN ROLE {role}");
        self.sql(&create).await.unwrap();
        login
    }

    /// The database's address for this login.
    pub(super) fn url_of(&self, login: &str) -> String {
        let url = self.url();
        let (scheme, rest) = url.split_once("://").unwrap();
        let at = rest.split_once('@').map_or(rest, |(_, at)| at);
        format!("{scheme}://{login}:only-for-tests@{at}")
    }

    pub(super) async fn end(self) {
        let Place::Postgres { server, name, .. } = &self.place else {
            return;
        };
        let mut connection = PgConnectOptions::from_str(server).unwrap().connect().await.unwrap();
        sqlx::raw_sql(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .execute(&mut connection)
            .await
            .unwrap();
        // Those that the test made, and no others: the names begin with that of the database.
        let script = format!(
            "DO $$ DECLARE r name; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE '{}\\_%'
               LOOP EXECUTE format('DROP ROLE %I', r); END LOOP; END $$",
            name.replace('_', "\\_")
        );
        sqlx::raw_sql(&script).execute(&mut connection).await.unwrap();
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    pub(super) fn checkpoint_file(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    pub(super) fn url(&self) -> String {
        let Place::Postgres { server, name, .. } = &self.place else {
            panic!("not a server")
        };
        let (before, _) = server.rsplit_once('/').unwrap();
        format!("{before}/{name}")
    }

    pub(super) async fn connect(&self) -> PgConnection {
        PgConnectOptions::from_str(&self.url())
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            log_origin: "sample.invalid/log/1".to_owned(),
            checkpoint_file: Some(self.checkpoint_file()),
            // The machine may be busy with other things; nothing here measures time.
            write_deadline: Duration::from_secs(120),
            read_deadline: Duration::from_secs(120),
            ..Settings::default()
        }
    }

    pub(super) async fn open(&self) -> Ledger {
        self.open_with(self.settings()).await
    }

    pub(super) async fn open_with(&self, settings: Settings) -> Ledger {
        let (vault, entropy) = (self.vault.clone(), Arc::clone(&self.entropy));
        let clock = self.clock.clone();
        match &self.place {
            Place::Sqlite => Ledger::open_sqlite_with(&self.file(), settings, vault, entropy, clock).await,
            Place::Postgres { writer, .. } => {
                let (url, settings) = match writer {
                    None => (self.url(), settings),
                    Some(login) => {
                        let privileges = Privileges::Least;
                        (self.url_of(login), Settings { privileges, ..settings })
                    }
                };
                Ledger::open_postgres_with(&url, settings, vault, entropy, clock).await
            }
        }
        .unwrap()
    }

    pub(super) async fn open_read_only(&self) -> Ledger {
        let (vault, entropy) = (self.vault.clone(), Arc::clone(&self.entropy));
        let (settings, clock) = (self.settings(), self.clock.clone());
        match &self.place {
            Place::Sqlite => Ledger::open_sqlite_read_only(&self.file(), settings, vault, entropy, clock).await,
            Place::Postgres { writer, .. } => {
                let url = writer.as_ref().map_or_else(|| self.url(), |login| self.url_of(login));
                Ledger::open_postgres_read_only(&url, settings, vault, entropy, clock).await
            }
        }
        .unwrap()
    }

    /// Runs SQL as an ordinary user of the database would; the protections hold.
    pub(super) async fn sql(&self, statement: &str) -> Result<(), String> {
        match &self.place {
            Place::Sqlite => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                connection.busy_timeout(Duration::from_secs(60)).unwrap();
                connection.execute_batch(statement).map_err(|error| error.to_string())
            }
            Place::Postgres { .. } => {
                let mut connection = self.connect().await;
                sqlx::raw_sql(statement)
                    .execute(&mut connection)
                    .await
                    .map(drop)
                    .map_err(|error| error.to_string())
            }
        }
    }

    /// Runs SQL as somebody who owns the database and takes the protections away for the moment.
    pub(super) async fn tamper(&self, statement: &str) {
        match &self.place {
            Place::Sqlite => {
                let mut connection = rusqlite::Connection::open(self.file()).unwrap();
                let transaction = connection.transaction().unwrap();
                let triggers: Vec<(String, String)> = transaction
                    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
                    .unwrap()
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                for (name, _) in &triggers {
                    transaction.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
                }
                transaction.execute_batch(statement).unwrap();
                for (_, definition) in &triggers {
                    transaction.execute_batch(definition).unwrap();
                }
                transaction.commit().unwrap();
            }
            Place::Postgres { .. } => {
                let all = |what: &str| {
                    format!(
                        "DO $$ DECLARE t record; BEGIN FOR t IN SELECT c.relname, g.tgname FROM pg_trigger g
                           JOIN pg_class c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal ORDER BY c.relname
                         LOOP EXECUTE format('ALTER TABLE %I {what} TRIGGER %I', t.relname, t.tgname); END LOOP; END $$;"
                    )
                };
                let mut connection = self.connect().await;
                let script = format!(
                    "BEGIN; {} {statement}; {} COMMIT;",
                    all("DISABLE"),
                    all("ENABLE ALWAYS")
                );
                sqlx::raw_sql(&script).execute(&mut connection).await.unwrap();
            }
        }
    }

    pub(super) fn context(&self) -> Context {
        Context {
            command_id: self.entropy.uuid_v4(),
            actor: "officer/1".to_owned(),
            correlation_id: self.entropy.uuid_v4(),
            causation: None,
            commits_to: None,
        }
    }

    pub(super) fn batch(&self) -> Batch {
        Batch::new(self.context(), [1; 32])
    }

    /// A batch that appends events `n` = the given numbers to a stream.
    pub(super) fn append(&self, id: &str, expected: u64, numbers: impl IntoIterator<Item = i64>) -> Batch {
        let mut batch = self.batch();
        batch
            .appends
            .push(append(id, expected, numbers.into_iter().map(|n| json!({ "n": n }))));
        batch
    }

    pub(super) fn keys(&self) -> Vec<PublicKey> {
        vec![self.signer.public.clone()]
    }
}

pub(super) fn append(id: &str, expected: u64, bodies: impl IntoIterator<Item = Value>) -> Append {
    Append {
        aggregate_type: "counter".to_owned(),
        aggregate_id: id.to_owned(),
        expected,
        events: bodies
            .into_iter()
            .map(|body| NewEvent {
                event_type: "counter.added".to_owned(),
                event_version: "1".to_owned(),
                body,
            })
            .collect(),
    }
}

pub(super) fn personal(subject: Uuid, value: &str) -> Value {
    json!({ "n": 1, "who": { "$personal": subject, "value": value } })
}

/// An Ed25519 key for checkpoints, made from a seed.
pub(crate) struct TestSigner {
    key: ed25519_dalek::SigningKey,
    purpose: Purpose,
    pub(crate) public: PublicKey,
}

impl TestSigner {
    pub(crate) fn new(seed: u8) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::try_new(Algorithm::Ed25519, key.verifying_key().as_bytes()).unwrap();
        let purpose = Purpose::Checkpoint;
        Self { key, purpose, public }
    }

    /// The key of a witness.
    pub(super) fn witness(seed: u8) -> Self {
        let purpose = Purpose::Witness;
        Self {
            purpose,
            ..Self::new(seed)
        }
    }
}

impl Signer for TestSigner {
    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        use ed25519_dalek::Signer as _;
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

/// Counts up, but not above a hundred.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub(super) total: i64,
    pub(super) times: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Add(pub(super) i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Added {
    pub(super) n: i64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("too much")]
pub(super) struct TooMuch;

impl DomainEvent for Added {
    fn event_type(&self) -> String {
        "counter.added".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = Add;
    type Event = Added;
    type Error = TooMuch;
    type Services = ();

    async fn handle(&mut self, command: Add, (): &(), sink: &EventSink<Self>) -> Result<(), TooMuch> {
        if self.total + command.0 > 100 {
            return Err(TooMuch);
        }
        if command.0 != 0 {
            sink.write(Added { n: command.0 }, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Added) {
        self.total += event.n;
        self.times += 1;
    }
}
