//! Several processes on one log: who leads, and what happens when that one goes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::home::Home;
use crate::audit::verify;
use crate::store::Store;
use crate::{CommitError, Expect, Health, LeadershipSettings, Ledger, ManualClock, Receipt, RowChange, Settings};

/// Long enough that no test waits for it to run out by chance.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(600);

fn settings(home: &Home, lease: Duration) -> Settings {
    Settings {
        leadership: Some(LeadershipSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: None,
            lease,
        }),
        ..home.settings()
    }
}

async fn open(home: &Home, lease: Duration) -> Ledger {
    home.open_with(settings(home, lease)).await
}

/// One whose clock stands at that hour, so that a receipt tells who wrote.
async fn open_at(home: &Home, settings: Settings, hour: i8) -> Ledger {
    let clock = ManualClock::new(format!("2026-11-22T{hour:02}:00:00Z").parse().unwrap());
    let (vault, entropy) = (home.vault.clone(), Arc::clone(&home.entropy));
    Ledger::open_postgres_with(&home.url(), settings, vault, entropy, Arc::new(clock))
        .await
        .unwrap()
}

/// The hour of the clock by which it was recorded.
fn hour(receipt: &Receipt) -> i8 {
    receipt.recorded_at.to_zoned(jiff::tz::TimeZone::UTC).hour()
}

/// Waits until this one sends its batches to the leader.
async fn forwards(ledger: &Ledger) {
    let Store::Postgres(store) = &ledger.inner.store else {
        panic!("not a server")
    };
    while !store.is_forwarding() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Between the leader and its followers: it can be cut, or hold everything back.
struct Between {
    address: SocketAddr,
    task: JoinHandle<()>,
    held: tokio::sync::watch::Sender<bool>,
}

impl Between {
    /// Answers also with where the leader is to listen.
    async fn new() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let held = tokio::sync::watch::Sender::new(false);
        let hold = held.subscribe();
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (outer, _) = listener.accept().await.unwrap();
                let Ok(inner) = TcpStream::connect(free).await else {
                    continue;
                };
                let mut hold = hold.clone();
                open.spawn(async move {
                    let (mut from, mut to) = outer.into_split();
                    let (mut back, mut forth) = inner.into_split();
                    let onward = async {
                        let mut bytes = [0; 4096];
                        loop {
                            let read = tokio::io::AsyncReadExt::read(&mut from, &mut bytes).await.unwrap_or(0);
                            hold.wait_for(|held| !held).await.unwrap();
                            if read == 0 {
                                break;
                            }
                            tokio::io::AsyncWriteExt::write_all(&mut forth, &bytes[..read])
                                .await
                                .unwrap();
                        }
                    };
                    tokio::select! {
                        () = onward => {}
                        _ = tokio::io::copy(&mut back, &mut to) => {}
                    }
                });
            }
        });
        (Self { address, task, held }, free)
    }

    fn settings(&self, home: &Home, listen: SocketAddr) -> Settings {
        Settings {
            leadership: Some(LeadershipSettings {
                listen,
                advertise: Some(self.address.to_string()),
                lease: SHORT,
            }),
            ..home.settings()
        }
    }
}

/// Waits until this one leads.
async fn leads(ledger: &Ledger) {
    while !ledger.is_leader() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn number(home: &Home, sql: &str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&mut home.connect().await)
        .await
        .unwrap()
}

async fn epoch(home: &Home) -> i64 {
    number(home, "SELECT epoch FROM ledger_head").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_leads_and_gives_it_back() {
    let Some(home) = Home::postgres().await else { return };
    let first = open(&home, LONG).await;
    assert!(first.is_leader());
    let second = open(&home, LONG).await;
    assert!(!second.is_leader());
    assert_eq!(epoch(&home).await, 1);
    first.close().await;
    assert!(!first.is_leader());
    // With a lease of ten minutes only what was given back can be taken at once.
    let third = open(&home, LONG).await;
    assert!(third.is_leader());
    assert_eq!(epoch(&home).await, 2);
    second.close().await;
    third.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_not_renewed_is_taken_over() {
    let Some(home) = Home::postgres().await else { return };
    let first = open(&home, SHORT).await;
    let second = open(&home, SHORT).await;
    assert!(first.is_leader() && !second.is_leader());
    // As killed: nothing is given back.
    drop(first);
    leads(&second).await;
    assert_eq!(epoch(&home).await, 2);
    assert_eq!(
        number(
            &home,
            "SELECT count(*) FROM ledger_leader WHERE epoch = 2 AND until > now()"
        )
        .await,
        1
    );
    second.commit(home.append("a", 0, [1])).await.unwrap();
    second.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_meets_a_higher_epoch_no_longer_leads() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = open(&home, LONG).await;
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    // As another process does on taking over while this one is paused; its lease is as long.
    home.sql(
        "UPDATE ledger_head SET epoch = epoch + 1;
         UPDATE ledger_leader SET epoch = 2, owner = gen_random_uuid(), address = '127.0.0.1:9',
                                  until = clock_timestamp() + interval '600 s'",
    )
    .await
    .unwrap();
    assert!(ledger.is_leader(), "it cannot know yet");
    ledger.commit(home.append("a", 1, [1])).await.unwrap();
    assert!(!ledger.is_leader());
    assert_eq!(epoch(&home).await, 2);
    ledger.close().await;
    assert_eq!(
        number(
            &home,
            "SELECT count(*) FROM ledger_leader WHERE epoch = 2 AND until > now()"
        )
        .await,
        1,
        "what is another's is not given back"
    );
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_commit_through_the_leader() {
    let Some(home) = Home::postgres().await else { return };
    let leader = open_at(&home, settings(&home, SHORT), 1).await;
    let one = open_at(&home, settings(&home, SHORT), 2).await;
    let two = open_at(&home, settings(&home, SHORT), 3).await;
    forwards(&one).await;
    forwards(&two).await;
    let first = home.append("a", 0, [1, 2]);
    let receipt = one.commit(first.clone()).await.unwrap();
    assert_eq!((hour(&receipt), receipt.last_position, receipt.repeated), (1, 2, false));
    // What was acknowledged is there to be read, and those who wait have been woken.
    assert_eq!(one.stream("counter", "a").await.unwrap().len(), 2);
    assert_eq!(*one.watch().borrow(), 2);
    assert_eq!(one.row("space", "key").await.unwrap(), None);
    let receipt = two.commit(home.append("a", 2, [3])).await.unwrap();
    assert_eq!((hour(&receipt), receipt.last_position), (1, 3));
    // Answers are those that one's own writer would give.
    let again = two.commit(first.clone()).await.unwrap();
    assert_eq!((again.first_position, again.repeated), (1, true));
    let late = one.commit(home.append("a", 2, [4])).await;
    assert!(
        matches!(
            late,
            Err(CommitError::Conflict {
                expected: 2,
                actual: 3,
                ..
            })
        ),
        "{late:?}"
    );
    let reused = one
        .commit(crate::Batch {
            request_hash: [9; 32],
            ..first
        })
        .await;
    assert!(matches!(reused, Err(CommitError::CommandReused)), "{reused:?}");
    let mut row = home.batch();
    row.rows.push(RowChange::Put {
        space: "space".to_owned(),
        key: "key".to_owned(),
        body: b"body".to_vec(),
        terms: vec![("term".to_owned(), "value".to_owned())],
        expect: Expect::Absent,
    });
    one.commit(row.clone()).await.unwrap();
    assert_eq!(two.row("space", "key").await.unwrap().unwrap().body, b"body");
    row.context.command_id = uuid::Uuid::from_u128(1);
    row.command_id = row.context.command_id;
    let refused = two.commit(row).await;
    assert!(matches!(refused, Err(CommitError::RowConflict { .. })), "{refused:?}");
    let report = verify(&two, &home.keys(), None).await.unwrap();
    assert_eq!((report.breaks, report.events), (vec![], 3));
    for ledger in [one, two, leader] {
        ledger.close().await;
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_leader_is_closed_another_takes_over_and_nothing_is_lost() {
    let Some(home) = Home::postgres().await else { return };
    let mut ledgers = Vec::new();
    for number in 1..=3 {
        ledgers.push(open_at(&home, settings(&home, SHORT), number).await);
    }
    forwards(&ledgers[1]).await;
    forwards(&ledgers[2]).await;
    let mut tasks = JoinSet::new();
    for (number, ledger) in ledgers.iter().enumerate().skip(1) {
        for task in 0..8 {
            let batches: Vec<_> = (0..20)
                .map(|sequence| home.append(&format!("{number}-{task}"), sequence, [1]))
                .collect();
            let ledger = ledger.clone();
            tasks.spawn(async move {
                for batch in batches {
                    ledger.commit(batch).await.unwrap();
                }
            });
        }
    }
    ledgers[0].watch().wait_for(|head| *head > 20).await.unwrap();
    ledgers[0].close().await;
    tasks.join_all().await;
    assert_eq!(ledgers[1].head().await.unwrap(), 320);
    while !ledgers[1].is_leader() && !ledgers[2].is_leader() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let follower = if ledgers[1].is_leader() { 2 } else { 1 };
    forwards(&ledgers[follower]).await;
    let receipt = ledgers[follower].commit(home.append("z", 0, [1])).await.unwrap();
    assert_eq!(
        usize::try_from(hour(&receipt)).unwrap(),
        4 - follower,
        "written by the new leader"
    );
    let report = verify(&ledgers[1], &home.keys(), None).await.unwrap();
    assert_eq!((report.breaks, report.events), (vec![], 321));
    for ledger in ledgers {
        ledger.close().await;
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_mid_flight_neither_loses_nor_doubles() {
    let Some(home) = Home::postgres().await else { return };
    let (between, listen) = Between::new().await;
    let leader = open_at(&home, between.settings(&home, listen), 1).await;
    let follower = open_at(&home, settings(&home, SHORT), 2).await;
    forwards(&follower).await;
    let mut other = home.connect().await;
    let mut holding = other.begin().await.unwrap();
    sqlx::query("SELECT * FROM ledger_head FOR UPDATE")
        .execute(&mut *holding)
        .await
        .unwrap();
    let commit = {
        let (follower, batch) = (follower.clone(), home.append("a", 0, [1]));
        tokio::spawn(async move { follower.commit(batch).await })
    };
    // The leader's writer has it and waits for the row, and is cut off from the follower.
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                    AND application_name = 'praman ledger'";
    while number(&home, waiting).await < 1 {}
    between.task.abort();
    // The follower's own writer has it as well.
    while number(&home, waiting).await < 2 {}
    holding.rollback().await.unwrap();
    let receipt = commit.await.unwrap().unwrap();
    assert_eq!((receipt.first_position, receipt.last_position), (1, 1));
    assert_eq!(follower.head().await.unwrap(), 1);
    assert_eq!(number(&home, "SELECT count(*) FROM ledger_command").await, 1);
    // With the way to the leader gone the follower still writes.
    let receipt = follower.commit(home.append("a", 1, [1])).await.unwrap();
    assert_eq!(hour(&receipt), 2);
    leader.close().await;
    follower.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let Some(home) = Home::postgres().await else { return };
    let (between, listen) = Between::new().await;
    let leader = open_at(&home, between.settings(&home, listen), 1).await;
    let patient = Settings {
        write_deadline: Duration::from_secs(20),
        ..settings(&home, SHORT)
    };
    // Half of the deadline is for the leader: two seconds of waiting here.
    let follower = open_at(
        &home,
        Settings {
            write_deadline: Duration::from_secs(4),
            ..patient
        },
        2,
    )
    .await;
    forwards(&follower).await;
    between.held.send_replace(true);
    let receipt = follower.commit(home.append("a", 0, [1])).await.unwrap();
    assert_eq!(hour(&receipt), 2, "the follower's own writer");
    between.held.send_replace(false);
    leader.close().await;
    follower.close().await;
    assert_eq!(number(&home, "SELECT count(*) FROM ledger_event").await, 1);
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_leader_cannot_be_reached_each_writes_by_itself() {
    let Some(home) = Home::postgres().await else { return };
    let mut unreachable = settings(&home, SHORT);
    // The discard port: nobody listens.
    unreachable.leadership.as_mut().unwrap().advertise = Some("127.0.0.1:9".to_owned());
    let leader = open_at(&home, unreachable, 1).await;
    let follower = open_at(&home, settings(&home, SHORT), 2).await;
    for sequence in 0..3 {
        let receipt = follower.commit(home.append("a", sequence * 2, [1])).await.unwrap();
        assert_eq!(hour(&receipt), 2);
        let receipt = leader.commit(home.append("a", sequence * 2 + 1, [1])).await.unwrap();
        assert_eq!(hour(&receipt), 1);
    }
    leader.close().await;
    follower.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_lease_leads_nowhere() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = open_at(&home, settings(&home, SHORT), 1).await;
    // Somebody who can write to the database but does not hold the key, and moves the lease so that it seems alive.
    let impostor = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = impostor.local_addr().unwrap();
    let forged = |epoch: i64| {
        format!(
            "UPDATE ledger_head SET epoch = {epoch};
             UPDATE ledger_leader SET epoch = {epoch}, owner = gen_random_uuid(), address = '{address}',
                                      until = clock_timestamp() + interval '60 s'"
        )
    };
    home.sql(&forged(7)).await.unwrap();
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    while ledger.is_leader() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    home.sql(&forged(8)).await.unwrap();
    // It is asked, cannot prove itself, and is told nothing.
    let (mut stream, _) = impostor.accept().await.unwrap();
    let hello = [b"praman forward 1".as_slice(), &[7; 32], &[7; 32]].concat();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &hello).await.unwrap();
    let mut heard = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut heard)
        .await
        .unwrap();
    assert_eq!(heard.len(), 16 + 32 + 8 + 16 + 32, "the greeting and nothing else");
    let receipt = ledger.commit(home.append("a", 1, [1])).await.unwrap();
    assert_eq!(hour(&receipt), 1);
    ledger.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_doubts_the_store_does_not_lead() {
    let Some(home) = Home::postgres().await else { return };
    let leader = open_at(&home, settings(&home, LONG), 1).await;
    let follower = open_at(&home, settings(&home, SHORT), 2).await;
    forwards(&follower).await;
    leader.suspect(1, "a test".to_owned());
    assert!(matches!(leader.health(), Health::Suspect { position: 1, .. }));
    // Given back, not run out: it would have lasted for ten minutes.
    leads(&follower).await;
    let receipt = follower.commit(home.append("a", 0, [1])).await.unwrap();
    assert_eq!(hour(&receipt), 2);
    assert!(matches!(
        leader.commit(home.append("a", 1, [1])).await,
        Err(CommitError::Corrupt { position: 1 })
    ));
    // An audit without a break lets it take part again.
    let report = verify(&leader, &home.keys(), None).await.unwrap();
    assert!(leader.accept(&report));
    follower.close().await;
    leads(&leader).await;
    leader.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_four_processes_write_shares_transactions() {
    let Some(home) = Home::postgres().await else { return };
    let leader = open_at(&home, settings(&home, LONG), 1).await;
    let mut followers = Vec::new();
    for number in 2..=5 {
        followers.push(open_at(&home, settings(&home, SHORT), number).await);
    }
    for follower in &followers {
        forwards(follower).await;
    }
    let mut other = home.connect().await;
    let mut holding = other.begin().await.unwrap();
    sqlx::query("SELECT * FROM ledger_head FOR UPDATE")
        .execute(&mut *holding)
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for (number, ledger) in followers.iter().enumerate() {
        for task in 0..8 {
            let (ledger, batch) = (ledger.clone(), home.append(&format!("{number}-{task}"), 0, [1]));
            tasks.spawn(async move { hour(&ledger.commit(batch).await.unwrap()) });
        }
    }
    let Store::Postgres(store) = &leader.inner.store else {
        panic!("not a server")
    };
    while store.taken() < 32 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    holding.rollback().await.unwrap();
    assert_eq!(tasks.join_all().await, [1; 32]);
    // One that was being made when the row was held, one with all that came meanwhile, one for what a pipeline had taken.
    let transactions = number(&home, "SELECT count(DISTINCT xmin::text) FROM ledger_command").await;
    assert!(
        transactions <= 3,
        "{transactions} transactions for 32 commands of four processes"
    );
    for ledger in followers {
        ledger.close().await;
    }
    leader.close().await;
    home.end().await;
}
