//! Readers of a log that others write to: no position is skipped, none comes twice, and what is visible is visible in order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use harness::Database;
use keys::{Entropy as _, OsEntropy, SeededEntropy, Vault};
use ledger::{Append, Batch, CommitError, Context, Ledger, NewEvent, Settings, SystemClock};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;
use tokio::task::JoinSet;

const WRITERS: u64 = 32;
const COMMITS: u64 = 60;

async fn open(store: &str) -> Ledger {
    let settings = Settings {
        // Transactions are held open on purpose, and the machine may be busy.
        write_deadline: Duration::from_secs(60),
        read_deadline: Duration::from_secs(60),
        ..Settings::default()
    };
    let vault = Vault::ephemeral(&SeededEntropy::new(1));
    let (entropy, clock) = (Arc::new(OsEntropy), Arc::new(SystemClock));
    if store.starts_with("postgres") {
        Ledger::open_postgres_with(store, settings, vault, entropy, clock).await
    } else {
        Ledger::open_sqlite_with(Path::new(store), settings, vault, entropy, clock).await
    }
    .unwrap()
}

fn batch(stream: &str, expected: u64, events: u64) -> Batch {
    let context = Context {
        command_id: OsEntropy.uuid_v4(),
        actor: "writer".to_owned(),
        correlation_id: OsEntropy.uuid_v4(),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, [0; 32]);
    batch.appends.push(Append {
        aggregate_type: "counter".to_owned(),
        aggregate_id: stream.to_owned(),
        expected,
        events: (0..events)
            .map(|_| NewEvent {
                event_type: "counter.added".to_owned(),
                event_version: "1".to_owned(),
                body: serde_json::json!({ "n": 1 }),
            })
            .collect(),
    });
    batch
}

/// Commits until it is stored: the same batch again after an unknown outcome.
async fn commit(ledger: &Ledger, batch: Batch) {
    loop {
        match ledger.commit(batch.clone()).await {
            Ok(_) => return,
            Err(CommitError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Where a reader stands; it panics where the log is not as it must be.
#[derive(Default)]
struct Reader {
    position: u64,
    sequences: BTreeMap<String, u64>,
}

impl Reader {
    async fn polls(&mut self, ledger: &Ledger, page: usize) {
        // What the head told before the look must be there in the look, up to the page's end.
        let head = ledger.head().await.unwrap();
        let events = ledger.after(self.position, page).await.unwrap();
        let due = (head.saturating_sub(self.position)).min(u64::try_from(page).unwrap());
        assert!(
            u64::try_from(events.len()).unwrap() >= due,
            "the head was visible before its events"
        );
        for event in events {
            assert_eq!(event.position, self.position + 1, "skipped or repeated");
            let sequence = self.sequences.entry(event.aggregate_id).or_default();
            assert_eq!(event.sequence, *sequence + 1, "a stream out of order");
            *sequence = event.sequence;
            self.position = event.position;
        }
    }
}

/// 32 tasks write over these ledgers of one log, five readers follow, two by polling at once and in different steps, two when they are
/// told; `hold` disturbs meanwhile and ends when it is told to.
async fn run(ledgers: Vec<Ledger>, stop: watch::Sender<bool>, holds: Vec<tokio::task::JoinHandle<u32>>) {
    let total = WRITERS * COMMITS;
    let mut readers = JoinSet::new();
    for (number, page) in [1, 7, 100, 1_000, 5_000].into_iter().enumerate() {
        let ledger = ledgers[number % ledgers.len()].clone();
        readers.spawn(async move {
            let (mut reader, mut told, mut polls) = (Reader::default(), ledger.watch(), 0_u64);
            while reader.position < total {
                if number > 2 {
                    let position = reader.position;
                    told.wait_for(|head| *head > position).await.unwrap();
                }
                reader.polls(&ledger, page).await;
                polls += 1;
                tokio::task::yield_now().await;
            }
            assert_eq!(reader.position, total);
            polls
        });
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let ledger = ledgers[usize::try_from(writer).unwrap() % ledgers.len()].clone();
        writers.spawn(async move {
            for sequence in 0..COMMITS {
                commit(&ledger, batch(&writer.to_string(), sequence, 1)).await;
            }
        });
    }
    writers.join_all().await;
    let polls = readers.join_all().await;
    stop.send(true).unwrap();
    let mut held = 0;
    for hold in holds {
        held += hold.await.unwrap();
    }
    println!("{total} commits by {WRITERS} writers; polls by reader: {polls:?}; {held} transactions held");
    assert_eq!(ledgers[0].head().await.unwrap(), total);
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// A pause that is no guess at anything: how long somebody else's transaction happens to last.
async fn a_while(most: u64) {
    let millis = u64::try_from(OsEntropy.uuid_v4().as_u128() % u128::from(most)).unwrap();
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_skips_on_postgresql() {
    let Some(database) = Database::fresh().await.unwrap() else {
        return;
    };
    let ledgers = vec![
        open(database.url()).await,
        open(database.url()).await,
        open(database.url()).await,
    ];
    // Open all along, with a number of its own and something written: what makes readers by sequence numbers skip.
    let mut all_along = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM ledger_event;
         INSERT INTO ledger_row_term VALUES (1, 'other', 'n', 'v', 'k')",
    )
    .execute(&mut all_along)
    .await
    .unwrap();
    let (stop, stopped) = watch::channel(false);
    let mut holds = Vec::new();
    for act in [
        "SELECT * FROM ledger_head WHERE log_id = 1 FOR UPDATE",
        // An append that is never committed: its position is given to somebody else.
        "WITH head AS (UPDATE ledger_head SET position = position + 1 WHERE log_id = 1 RETURNING position)
         INSERT INTO ledger_event (log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta,
                leaf_hash, recorded_at)
         SELECT 1, position, 'counter', 'never', 1, 'e', '1', '{}', '{}', decode(repeat('00', 32), 'hex'), 0 FROM head",
    ] {
        let (url, stopped) = (database.url().to_owned(), stopped.clone());
        holds.push(tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let mut held = 0;
            while !*stopped.borrow() {
                sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
                sqlx::query(act).execute(&mut connection).await.unwrap();
                a_while(30).await;
                sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
                held += 1;
                a_while(150).await;
            }
            held
        }));
    }
    run(ledgers, stop, holds).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut all_along).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_skips_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("ledger.sqlite");
    let ledger = open(file.to_str().unwrap()).await;
    let (stop, stopped) = watch::channel(false);
    let reading = {
        let (file, stopped) = (file.clone(), stopped.clone());
        // One that reads all along, and one that takes the writer's place for a while and gives it back.
        tokio::spawn(async move {
            let held = rusqlite::Connection::open(&file).unwrap();
            held.execute_batch("BEGIN").unwrap();
            let count = "SELECT count(*) FROM ledger_event";
            let before: i64 = held.query_row(count, [], |row| row.get(0)).unwrap();
            let mut stopped = stopped;
            stopped.wait_for(|stop| *stop).await.unwrap();
            let after: i64 = held.query_row(count, [], |row| row.get(0)).unwrap();
            assert_eq!(before, after, "a transaction sees one state of the log");
            1
        })
    };
    let writing = tokio::spawn(async move {
        let other = rusqlite::Connection::open(&file).unwrap();
        other.busy_timeout(Duration::from_secs(60)).unwrap();
        let mut held = 0;
        while !*stopped.borrow() {
            // Busy is an answer too: then it was not held.
            if other.execute_batch("BEGIN IMMEDIATE").is_ok() {
                a_while(20).await;
                other.execute_batch("ROLLBACK").unwrap();
                held += 1;
            }
            a_while(150).await;
        }
        held
    });
    run(vec![ledger], stop, vec![reading, writing]).await;
}

/// One step of an interleaving.
#[derive(Debug, Clone)]
enum Step {
    /// A ledger appends so many events to one of its own streams; nobody waits for it here.
    Append { ledger: usize, events: u64 },
    /// A foreign transaction locks the head, or appends by itself, and stays open.
    Hold { appends: bool },
    /// It is rolled back.
    Release,
    /// A reader looks.
    Poll { reader: usize, page: usize },
    /// What was appended so far is waited for, if nothing holds it up.
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_usize, 1..4_u64).prop_map(|(ledger, events)| Step::Append { ledger, events }),
        2 => any::<bool>().prop_map(|appends| Step::Hold { appends }),
        2 => Just(Step::Release),
        5 => (0..3_usize, 1..20_usize).prop_map(|(reader, page)| Step::Poll { reader, page }),
        1 => Just(Step::Settle),
    ]
}

async fn play(ledgers: &[Ledger], raw: &mut PgConnection, steps: Vec<Step>) {
    let start = ledgers[0].head().await.unwrap();
    let mut readers: Vec<Reader> = (0..3)
        .map(|_| Reader {
            position: start,
            sequences: BTreeMap::new(),
        })
        .collect();
    let (mut appending, mut held, mut appended) = (JoinSet::new(), false, 0);
    for step in steps {
        match step {
            Step::Append { ledger, events } => {
                let (ledger, stream) = (ledgers[ledger].clone(), OsEntropy.uuid_v4().to_string());
                appending.spawn(async move { commit(&ledger, batch(&stream, 0, events)).await });
                appended += events;
            }
            Step::Hold { appends } if !held => {
                let act = if appends {
                    "BEGIN; UPDATE ledger_head SET position = position + 1 WHERE log_id = 1"
                } else {
                    "BEGIN; SELECT FROM ledger_head WHERE log_id = 1 FOR UPDATE"
                };
                sqlx::raw_sql(act).execute(&mut *raw).await.unwrap();
                held = true;
            }
            Step::Release if held => {
                sqlx::raw_sql("ROLLBACK").execute(&mut *raw).await.unwrap();
                held = false;
            }
            Step::Poll { reader, page } => readers[reader].polls(&ledgers[reader % 2], page).await,
            Step::Settle if !held => while appending.join_next().await.is_some() {},
            Step::Hold { .. } | Step::Release | Step::Settle => {}
        }
    }
    if held {
        sqlx::raw_sql("ROLLBACK").execute(&mut *raw).await.unwrap();
    }
    appending.join_all().await;
    for reader in &mut readers {
        reader.polls(&ledgers[0], 10_000).await;
        assert_eq!(reader.position, start + appended);
    }
}

#[test]
fn no_interleaving_of_holding_appending_and_polling_skips() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(database) = runtime.block_on(Database::fresh()).unwrap() else {
        return;
    };
    let (ledgers, raw) = runtime.block_on(async {
        let ledgers = [open(database.url()).await, open(database.url()).await];
        (ledgers, PgConnection::connect(database.url()).await.unwrap())
    });
    let raw = std::cell::RefCell::new(raw);
    let mut runner = TestRunner::new(Config {
        cases: 48,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&prop::collection::vec(step(), 1..40), |steps| {
        let shown = format!("{steps:?}");
        let playing = std::panic::AssertUnwindSafe(|| runtime.block_on(play(&ledgers, &mut raw.borrow_mut(), steps)));
        std::panic::catch_unwind(playing).map_err(|_| TestCaseError::fail(shown))
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
    runtime.block_on(async {
        for ledger in ledgers {
            ledger.close().await;
        }
    });
}
