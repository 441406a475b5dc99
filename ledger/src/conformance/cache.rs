//! What is kept in memory.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::home::{Add, Counter, Home, Place, TooMuch, append, personal};
use super::inline::Tally;
use crate::{CommitError, ExecuteError, Fault, Settings, audit};

pub(super) async fn a_hot_command_reads_nothing(home: &Home) {
    let settings = Settings {
        readers: 1,
        read_deadline: Duration::from_millis(400),
        inline: vec![Arc::new(Tally { space: "tally" })],
        ..home.settings()
    };
    let ledger = home.open_with(settings).await;
    let subject = home.entropy.uuid_v4();
    let mut about = home.batch();
    about.appends.push(append("person", 0, [personal(subject, "Asha")]));
    ledger.commit(about).await.unwrap();
    ledger.execute::<Counter>("a", Add(1), home.context()).await.unwrap();
    let held = ledger.inner.store.hold_reads().await;
    assert!(matches!(
        ledger.head().await,
        Err(Fault::Deadline | Fault::Store { .. })
    ));
    ledger.execute::<Counter>("a", Add(2), home.context()).await.unwrap();
    let decided = ledger.decide::<Counter>("a", Add(3)).await.unwrap();
    let mut batch = home.batch();
    batch.appends.push(decided.append());
    ledger.commit(batch).await.unwrap();
    // What was committed as a batch is remembered as well.
    ledger.execute::<Counter>("a", Add(4), home.context()).await.unwrap();
    let mut about = home.batch();
    about
        .appends
        .push(append("person", 1, [personal(subject, "Asha Devi")]));
    ledger.commit(about).await.unwrap();
    // A rejection is said on what is stored, or not at all.
    let rejected = ledger.execute::<Counter>("a", Add(99), home.context()).await;
    assert!(matches!(rejected, Err(ExecuteError::Unavailable(_))), "{rejected:?}");
    drop(held);
    let rejected = ledger.execute::<Counter>("a", Add(99), home.context()).await;
    assert!(matches!(rejected, Err(ExecuteError::Rejected(TooMuch))));
    assert_eq!(
        ledger.load::<Counter>("a").await.unwrap(),
        (Counter { total: 10, times: 4 }, 4)
    );
    let row = ledger.row("tally", "a").await.unwrap().unwrap();
    let row: serde_json::Value = serde_json::from_slice(&row.body).unwrap();
    assert_eq!((&row["times"], &row["total"]), (&json!(4), &json!(10)));
    assert_eq!(audit::verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
}

/// With PostgreSQL another process lets the stream go on behind what this one remembers; with SQLite there is none, and the stream
/// goes on behind what was decided.
pub(super) async fn a_remembered_state_is_judged_by_the_stream(home: &Home) {
    let ledger = home.open().await;
    ledger.execute::<Counter>("a", Add(60), home.context()).await.unwrap();
    let decided = ledger.decide::<Counter>("a", Add(40)).await.unwrap();
    let other = match home.place {
        Place::Sqlite => ledger.clone(),
        Place::Postgres { .. } => home.open().await,
    };
    other.execute::<Counter>("a", Add(30), home.context()).await.unwrap();
    let mut stale = home.batch();
    stale.appends.push(decided.append());
    assert!(matches!(ledger.commit(stale).await, Err(CommitError::Conflict { .. })));
    // Accepted on what is remembered, rejected on what is so.
    other.execute::<Counter>("a", Add(5), home.context()).await.unwrap();
    let rejected = ledger.execute::<Counter>("a", Add(30), home.context()).await;
    assert!(matches!(rejected, Err(ExecuteError::Rejected(TooMuch))), "{rejected:?}");
    // Rejected on what is remembered, accepted on what is so; by a decision, too.
    other.execute::<Counter>("a", Add(-80), home.context()).await.unwrap();
    let context = home.context();
    let receipt = ledger.execute::<Counter>("a", Add(80), context.clone()).await.unwrap();
    other.execute::<Counter>("a", Add(-20), home.context()).await.unwrap();
    assert_eq!(ledger.decide::<Counter>("a", Add(20)).await.unwrap().state().total, 95);
    // A command that was carried out is not judged against what it has made itself.
    other.execute::<Counter>("a", Add(20), home.context()).await.unwrap();
    let again = ledger.execute::<Counter>("a", Add(80), context).await.unwrap();
    assert!(again.repeated && again.last_position == receipt.last_position);
    assert_eq!(ledger.load::<Counter>("a").await.unwrap().0.total, 95);
    assert_eq!(audit::verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    other.close().await;
    ledger.close().await;
}

pub(super) async fn an_erasure_is_heeded_whatever_is_remembered(home: &Home) {
    let ledger = home.open().await;
    let subject = home.entropy.uuid_v4();
    let about = |number: u64| {
        let mut batch = home.batch();
        batch.appends.push(append("a", number, [personal(subject, "Asha")]));
        batch
    };
    let first = about(0);
    ledger.commit(first.clone()).await.unwrap();
    ledger.decide::<Counter>("a", Add(1)).await.unwrap();
    let stream = crate::stream_digest("counter", "a");
    assert!(ledger.inner.cache.stream(stream).is_some_and(|cached| cached.personal));
    let other = match home.place {
        Place::Sqlite => ledger.clone(),
        Place::Postgres { .. } => home.open().await,
    };
    let mut erase = home.batch();
    erase.destroy_subjects.push(subject);
    other.commit(erase).await.unwrap();
    // The key may still be remembered here; the writer knows better.
    let refused = ledger.commit(about(1)).await;
    assert!(matches!(refused, Err(CommitError::SubjectErased { .. })), "{refused:?}");
    assert!(ledger.inner.cache.stream(stream).is_none() && ledger.inner.cache.subject(subject).is_none());
    assert!(ledger.commit(first).await.unwrap().repeated);
    assert_eq!(ledger.head().await.unwrap(), 1);
    other.close().await;
    ledger.close().await;
}
