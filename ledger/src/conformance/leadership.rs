//! Several processes on one log: who leads, and what happens when that one goes.

use std::net::SocketAddr;
use std::time::Duration;

use super::home::Home;
use crate::{LeadershipSettings, Ledger, Settings};

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
