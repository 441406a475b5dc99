//! What a store does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{AggregateError, CqrsFramework, EventEnvelope};
use serde_json::{Value, json};

use super::home::{Add, Added, Counter, Home, Place, TooMuch, append, personal};
use crate::{
    Bookmark, CommitError, ExecuteError, Expect, Fault, Ledger, Receipt, Recorded, Repository, RowChange, Settings,
    audit,
};

fn body(event: &Recorded) -> Value {
    serde_json::from_slice(&event.body).unwrap()
}

pub(super) fn put(key: &str, body: &str, terms: &[(&str, &str)], expect: Expect) -> RowChange {
    let terms = terms
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    RowChange::Put {
        space: "queue".to_owned(),
        key: key.to_owned(),
        body: body.as_bytes().to_vec(),
        terms,
        expect,
    }
}

async fn assert_clean(ledger: &Ledger, home: &Home) -> audit::Report {
    let report = audit::verify(ledger, &home.keys(), None).await.unwrap();
    assert_eq!(report.breaks, vec![]);
    assert_eq!(report.events, report.head);
    report
}

pub(super) async fn events_come_back_in_order(home: &Home) {
    let ledger = home.open().await;
    assert_eq!(ledger.head().await.unwrap(), 0);
    assert_eq!(ledger.after(0, 10).await.unwrap(), vec![]);
    let subject = home.entropy.uuid_v4();
    let mut batch = home.batch();
    batch.context.causation = Some("wamid.1".to_owned());
    batch.appends.push(append(
        "a",
        0,
        [
            json!({"n": 1, "name": "é \u{1F600} \u{905}"}),
            personal(subject, "Asha"),
        ],
    ));
    let receipt = ledger.commit(batch.clone()).await.unwrap();
    let Receipt {
        first_position,
        last_position,
        ref leaf_hashes,
        recorded_at,
        repeated,
    } = receipt;
    assert_eq!(
        (first_position, last_position, leaf_hashes.len(), repeated),
        (1, 2, 2, false)
    );
    assert_eq!(recorded_at.to_string(), "2026-11-22T10:00:00.123Z");
    ledger.commit(home.append("b", 0, [3])).await.unwrap();
    ledger.commit(home.append("a", 2, [4])).await.unwrap();

    let all = ledger.after(0, 10).await.unwrap();
    let places: Vec<_> = all
        .iter()
        .map(|event| (event.position, event.aggregate_id.as_str(), event.sequence))
        .collect();
    assert_eq!(places, [(1, "a", 1), (2, "a", 2), (3, "b", 1), (4, "a", 3)]);
    assert_eq!(
        all[..2].iter().map(|event| event.leaf_hash).collect::<Vec<_>>(),
        *leaf_hashes
    );
    assert_eq!(body(&all[0]), json!({"n": 1, "name": "é \u{1F600} \u{905}"}));
    assert_eq!(body(&all[1]), personal(subject, "Asha"));
    assert_eq!(all[0].meta, batch.context);
    assert_eq!(all[0].recorded_at, recorded_at);
    assert_eq!(ledger.after(2, 1).await.unwrap(), all[2..3]);
    let stream = ledger.stream("counter", "a").await.unwrap();
    assert_eq!(stream, [all[0].clone(), all[1].clone(), all[3].clone()]);
    assert_eq!(ledger.stream("counter", "A").await.unwrap(), vec![]);
    assert_eq!(ledger.head().await.unwrap(), 4);

    // The same after closing and opening again.
    ledger.close().await;
    assert!(matches!(
        ledger.commit(home.append("c", 0, [1])).await,
        Err(CommitError::Unavailable(_))
    ));
    let ledger = home.open().await;
    assert_eq!(ledger.after(0, 10).await.unwrap(), all);
    assert_clean(&ledger, home).await;
    let reader = home.open_read_only().await;
    assert_eq!(reader.after(0, 10).await.unwrap(), all);
    assert!(matches!(
        reader.commit(home.append("c", 0, [1])).await,
        Err(CommitError::Unavailable(_))
    ));
    reader.close().await;
    ledger.close().await;
}

pub(super) async fn a_stream_that_has_grown_is_a_conflict(home: &Home) {
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1, 2])).await.unwrap();
    for expected in [0, 1, 3] {
        let refused = ledger.commit(home.append("a", expected, [9])).await;
        let Err(CommitError::Conflict {
            expected: told, actual, ..
        }) = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((told, actual), (expected, 2));
    }
    // An append without events demands only that the stream stands where it was seen.
    assert!(ledger.commit(home.append("a", 1, [])).await.is_err());
    assert!(ledger.commit(home.append("a", 2, [])).await.unwrap().is_empty());
    ledger.commit(home.append("a", 2, [3])).await.unwrap();
    assert_eq!(ledger.head().await.unwrap(), 3);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn a_command_id_means_one_thing(home: &Home) {
    let ledger = home.open().await;
    let batch = home.append("a", 0, [1, 2]);
    let first = ledger.commit(batch.clone()).await.unwrap();
    ledger.commit(home.append("a", 2, [3])).await.unwrap();
    home.clock.advance(jiff::SignedDuration::from_hours(1));
    let again = ledger.commit(batch.clone()).await.unwrap();
    assert_eq!(
        again,
        Receipt {
            repeated: true,
            ..first.clone()
        }
    );
    assert_eq!(ledger.receipt(batch.command_id).await.unwrap().unwrap(), again);
    let mut other = batch.clone();
    other.request_hash = [2; 32];
    assert!(matches!(ledger.commit(other).await, Err(CommitError::CommandReused)));
    // A refused command has not happened: its id is free.
    let mut refused = home.append("a", 7, [1]);
    assert!(ledger.commit(refused.clone()).await.is_err());
    assert_eq!(ledger.receipt(refused.command_id).await.unwrap(), None);
    refused.appends[0].expected = 3;
    assert!(!ledger.commit(refused).await.unwrap().repeated);

    // Many at the same moment: one happens, all get its receipt.
    let batch = home.append("b", 0, [1]);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (ledger, batch) = (ledger.clone(), batch.clone());
        tasks.spawn(async move { ledger.commit(batch).await.unwrap() });
    }
    let receipts = tasks.join_all().await;
    assert_eq!(receipts.iter().filter(|receipt| !receipt.repeated).count(), 1);
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.leaf_hashes == receipts[0].leaf_hashes)
    );
    assert_eq!(ledger.stream("counter", "b").await.unwrap().len(), 1);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

/// The caller of a writer that died asks another one, whose streams have moved on by that very command, and perhaps further.
pub(super) async fn a_repeat_is_known_by_a_writer_that_begins(home: &Home) {
    let ledger = home.open().await;
    let mut done = Vec::new();
    for id in 0..16 {
        let id = id.to_string();
        ledger.commit(home.append(&id, 0, [1])).await.unwrap();
        let batch = home.append(&id, 1, [2]);
        done.push((ledger.commit(batch.clone()).await.unwrap(), batch));
        ledger.commit(home.append(&id, 2, [3])).await.unwrap();
        ledger
            .commit(home.append(&format!("other {id}"), 0, [1]))
            .await
            .unwrap();
    }
    ledger.close().await;
    let ledger = home.open().await;
    let (alone, _) = done.first().unwrap();
    let again = ledger.commit(done[0].1.clone()).await.unwrap();
    assert_eq!((again.first_position, again.repeated), (alone.first_position, true));
    ledger.close().await;
    // Beside others that are new, in groups as they come.
    let ledger = home.open().await;
    ledger.commit(home.append("first", 0, [1])).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, (receipt, batch)) in done.into_iter().enumerate() {
        let new = home.append(&format!("other {number}"), 1, [2]);
        for (batch, before) in [(new, None), (batch, Some(receipt))] {
            let ledger = ledger.clone();
            tasks.spawn(async move { (before, ledger.commit(batch).await) });
        }
    }
    for (before, answer) in tasks.join_all().await {
        let answer = answer.unwrap();
        assert_eq!(answer.repeated, before.is_some());
        if let Some(before) = before {
            assert_eq!(answer.leaf_hashes, before.leaf_hashes);
        }
    }
    assert_eq!(ledger.head().await.unwrap(), 16 * 4 + 1 + 16);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn a_batch_is_taken_whole_or_not_at_all(home: &Home) {
    let ledger = home.open().await;
    ledger.commit(home.append("b", 0, [1])).await.unwrap();
    let whole = || {
        let mut batch = home.append("a", 0, [1]);
        batch.appends.push(append("b", 1, [json!({"n": 2}), json!({"n": 3})]));
        batch.rows.push(put("r", "1", &[("state", "open")], Expect::Absent));
        batch.bookmark = Some(Bookmark {
            name: "reader".to_owned(),
            generation: 0,
            from: 0,
            to: 1,
        });
        batch.destroy_subjects.push(home.entropy.uuid_v4());
        batch
    };
    let mut broken = [whole(), whole(), whole()];
    broken[0].appends[1].expected = 0;
    broken[1].rows.push(put("missing", "1", &[], Expect::Version(1)));
    broken[2].bookmark = Some(Bookmark {
        name: "reader".to_owned(),
        generation: 0,
        from: 1,
        to: 1,
    });
    for batch in broken {
        let subject = batch.destroy_subjects[0];
        ledger.commit(batch).await.unwrap_err();
        assert_eq!(ledger.head().await.unwrap(), 1);
        assert_eq!(ledger.row("queue", "r").await.unwrap(), None);
        assert_eq!(ledger.bookmark("reader", 0).await.unwrap(), 0);
        let mut about = home.batch();
        about
            .appends
            .push(append(&subject.to_string(), 0, [personal(subject, "still known")]));
        about.rows.push(put("z", "1", &[], Expect::Version(99)));
        assert!(
            matches!(ledger.commit(about).await, Err(CommitError::RowConflict { .. })),
            "the key was not destroyed"
        );
    }
    let receipt = ledger.commit(whole()).await.unwrap();
    assert_eq!((receipt.first_position, receipt.last_position), (2, 4));
    assert_eq!(ledger.stream("counter", "b").await.unwrap().len(), 3);
    assert!(ledger.row("queue", "r").await.unwrap().is_some());
    assert_eq!(ledger.bookmark("reader", 0).await.unwrap(), 1);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn rows_keep_their_expectations(home: &Home) {
    let ledger = home.open().await;
    let change = async |change: RowChange| {
        let mut batch = home.batch();
        batch.rows.push(change);
        ledger.commit(batch).await
    };
    assert!(
        change(put("k", "one", &[("a", "1"), ("a", "2"), ("b", "")], Expect::Absent))
            .await
            .unwrap()
            .is_empty()
    );
    let row = ledger.row("queue", "k").await.unwrap().unwrap();
    assert_eq!((row.key.as_str(), row.body.as_slice()), ("k", b"one".as_slice()));
    let terms = [("a", "1"), ("a", "2"), ("b", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(row.terms, terms);
    assert!(matches!(
        change(put("k", "two", &[], Expect::Absent)).await,
        Err(CommitError::RowConflict { space, key }) if space == "queue" && key == "k"
    ));
    change(put("k", "two", &[("a", "3")], Expect::Version(row.version)))
        .await
        .unwrap();
    assert!(
        change(put("k", "three", &[], Expect::Version(row.version)))
            .await
            .is_err()
    );
    let second = ledger.row("queue", "k").await.unwrap().unwrap();
    assert!(second.version > row.version);
    assert_eq!(second.terms, [("a".to_owned(), "3".to_owned())]);

    let delete = |key: &str, expect| RowChange::Delete {
        space: "queue".to_owned(),
        key: key.to_owned(),
        expect,
    };
    assert!(change(delete("k", Expect::Version(row.version))).await.is_err());
    change(delete("k", Expect::Version(second.version))).await.unwrap();
    change(delete("k", Expect::Any)).await.unwrap();
    assert_eq!(ledger.row("queue", "k").await.unwrap(), None);
    assert_eq!(ledger.count("queue", "a", "", "z").await.unwrap(), 0);
    change(put("k", "anew", &[], Expect::Any)).await.unwrap();
    let anew = ledger.row("queue", "k").await.unwrap().unwrap();
    assert!(anew.version > second.version, "a version never comes again");
    assert_eq!(ledger.row("other", "k").await.unwrap(), None);

    // A sealed body that is moved to another row does not open there.
    change(put("l", "else", &[], Expect::Any)).await.unwrap();
    home.sql("UPDATE ledger_row SET body = (SELECT body FROM ledger_row WHERE key = 'k') WHERE key = 'l'")
        .await
        .unwrap();
    assert!(ledger.row("queue", "l").await.is_err());
    ledger.close().await;
}

pub(super) async fn rows_are_found_by_their_terms(home: &Home) {
    let ledger = home.open().await;
    let mut batch = home.batch();
    for (key, due) in [
        ("c", "2026-11-02"),
        ("a", "2026-11-03"),
        ("b", "2026-11-02"),
        ("d", "2026-12-01"),
        ("É", "x"),
    ] {
        batch
            .rows
            .push(put(key, key, &[("due", due), ("kind", "paper")], Expect::Absent));
    }
    ledger.commit(batch).await.unwrap();
    let keys = |rows: Vec<crate::Row>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(ledger.rows("queue", None, 9).await.unwrap()),
        "a b c d É",
        "in the order of bytes"
    );
    assert_eq!(keys(ledger.rows("queue", Some("b"), 2).await.unwrap()), "c d");
    assert_eq!(keys(ledger.rows("other", None, 9).await.unwrap()), "");
    let find = async |from: &str, to: &str, after, descending, limit| {
        keys(
            ledger
                .find("queue", "due", from, to, after, descending, limit)
                .await
                .unwrap(),
        )
    };
    assert_eq!(find("2026-11-02", "2026-11-03", None, false, 9).await, "b c a");
    assert_eq!(find("2026-11-02", "2026-11-03", None, true, 9).await, "a c b");
    assert_eq!(find("2026", "2027", Some(("2026-11-02", "b")), false, 2).await, "c a");
    assert_eq!(find("2026", "2027", Some(("2026-11-03", "a")), true, 2).await, "c b");
    assert_eq!(find("2027", "2026", None, false, 9).await, "");
    assert_eq!(
        ledger.count("queue", "due", "2026-11-02", "2026-11-03").await.unwrap(),
        3
    );
    assert_eq!(ledger.count("queue", "kind", "paper", "paper").await.unwrap(), 5);
    ledger.close().await;
}

pub(super) async fn a_bookmark_moves_from_where_it_stands(home: &Home) {
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1, 2, 3])).await.unwrap();
    let go = async |generation, from, to| {
        let mut batch = home.batch();
        batch.bookmark = Some(Bookmark {
            name: "reader".to_owned(),
            generation,
            from,
            to,
        });
        ledger.commit(batch).await
    };
    go(0, 0, 2).await.unwrap();
    assert!(matches!(
        go(0, 0, 3).await,
        Err(CommitError::BookmarkMoved { from: 0, stored: 2, .. })
    ));
    go(0, 2, 2).await.unwrap();
    go(0, 2, 3).await.unwrap();
    assert!(
        matches!(go(0, 3, 4).await, Err(CommitError::Invalid { .. })),
        "nobody has read what is not there"
    );
    assert!(matches!(go(0, 3, 2).await, Err(CommitError::Invalid { .. })));
    go(1, 0, 1).await.unwrap();
    assert_eq!(ledger.bookmark("reader", 0).await.unwrap(), 3);
    assert_eq!(ledger.bookmark("reader", 1).await.unwrap(), 1);
    assert_eq!(ledger.bookmark("nobody", 0).await.unwrap(), 0);

    // Two runners of one reader: each step is taken by one of them.
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut batch = home.append("b", 0, []);
        batch.bookmark = Some(Bookmark {
            name: "raced".to_owned(),
            generation: 0,
            from: 0,
            to: 3,
        });
        let ledger = ledger.clone();
        tasks.spawn(async move { ledger.commit(batch).await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
    ledger.close().await;
}

pub(super) async fn two_makers_of_a_key_end_with_one(home: &Home) {
    let ledger = home.open().await;
    for round in 0..10 {
        let subject = home.entropy.uuid_v4();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let mut batch = home.batch();
            let id = format!("{round}-{number}");
            batch.appends.push(append(&id, 0, [personal(subject, &id)]));
            let ledger = ledger.clone();
            tasks.spawn(async move { ledger.commit(batch).await.unwrap() });
        }
        tasks.join_all().await;
        for number in 0..8 {
            let id = format!("{round}-{number}");
            let stream = ledger.stream("counter", &id).await.unwrap();
            assert_eq!(
                body(&stream[0]),
                personal(subject, &id),
                "sealed under the key that stayed"
            );
        }
    }
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn an_erasure_takes_content_and_leaves_hashes(home: &Home) {
    let ledger = home.open().await;
    let (gone, stays) = (home.entropy.uuid_v4(), home.entropy.uuid_v4());
    let mut about = home.batch();
    about
        .appends
        .push(append("a", 0, [personal(gone, "Asha"), personal(stays, "Ravi")]));
    let receipt = ledger.commit(about.clone()).await.unwrap();
    let before = ledger.checkpoint(&home.signer).await.unwrap();

    let mut erase = home.append("citizen", 0, [0]);
    erase.destroy_subjects.push(gone);
    ledger.commit(erase.clone()).await.unwrap();
    let stream = ledger.stream("counter", "a").await.unwrap();
    assert_eq!(body(&stream[0])["who"], json!({"$personal": gone, "erased": true}));
    assert_eq!(body(&stream[1]), personal(stays, "Ravi"));
    assert_eq!(
        stream.iter().map(|event| event.leaf_hash).collect::<Vec<_>>(),
        receipt.leaf_hashes
    );
    // A repeat of the erased person's command still gets its receipt; a new one is refused; erasing again is nothing new.
    assert!(ledger.commit(about).await.unwrap().repeated);
    let mut more = home.batch();
    more.appends.push(append("b", 0, [personal(gone, "Asha")]));
    assert!(matches!(ledger.commit(more).await, Err(CommitError::SubjectErased { subject }) if subject == gone));
    assert!(ledger.commit(erase).await.unwrap().repeated);
    let mut again = home.batch();
    // Somebody of whom nothing is known yet can be erased for the future.
    let unknown = home.entropy.uuid_v4();
    again.destroy_subjects = vec![gone, unknown];
    ledger.commit(again).await.unwrap();
    let mut more = home.batch();
    more.appends.push(append("b", 0, [personal(unknown, "Asha")]));
    assert!(matches!(
        ledger.commit(more).await,
        Err(CommitError::SubjectErased { .. })
    ));
    let mut contradiction = home.batch();
    let subject = home.entropy.uuid_v4();
    contradiction.appends.push(append("b", 0, [personal(subject, "Asha")]));
    contradiction.destroy_subjects.push(subject);
    assert!(matches!(
        ledger.commit(contradiction).await,
        Err(CommitError::Invalid { .. })
    ));
    // What reads as erased may be recorded again as such.
    let mut copy = home.batch();
    copy.appends.push(append("copy", 0, [body(&stream[0])]));
    ledger.commit(copy).await.unwrap();

    let report = audit::verify(&ledger, &home.keys(), Some(&before.note)).await.unwrap();
    assert_eq!(report.breaks, vec![]);
    ledger.close().await;
}

pub(super) async fn many_writers_leave_no_gap_and_readers_skip_nothing(home: &Home) {
    const WRITERS: i64 = 32;
    const EACH: i64 = 12;
    let ledger = home.open().await;
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (ledger, done) = (ledger.clone(), Arc::clone(&done));
        async move {
            let mut seen = Vec::new();
            loop {
                let last_look = done.load(Ordering::SeqCst);
                let position = u64::try_from(seen.len()).unwrap();
                let page = ledger.after(position, 7).await.unwrap();
                for event in &page {
                    // Taken as soon as it shows itself; whatever became visible out of order would now be missed.
                    assert_eq!(event.position, u64::try_from(seen.len()).unwrap() + 1);
                    seen.push((event.aggregate_id.clone(), event.sequence));
                }
                if last_look && page.is_empty() {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (ledger, context) = (ledger.clone(), (0..EACH).map(|_| home.context()).collect::<Vec<_>>());
        tasks.spawn(async move {
            for context in context {
                // Half of them fight for one stream, half have their own.
                let id = if writer % 2 == 0 {
                    "shared".to_owned()
                } else {
                    format!("own-{writer}")
                };
                loop {
                    match ledger.execute::<Counter>(&id, Add(-1), context.clone()).await {
                        Ok(receipt) => break assert_eq!(receipt.first_position, receipt.last_position),
                        Err(ExecuteError::Conflict) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.unwrap();
    assert_eq!(i64::try_from(seen.len()).unwrap(), WRITERS * EACH);
    let (shared, sequence) = ledger.load::<Counter>("shared").await.unwrap();
    assert_eq!(shared.total, -(WRITERS / 2) * EACH);
    assert_eq!(i64::try_from(sequence).unwrap(), WRITERS / 2 * EACH);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn a_caller_that_goes_away_tears_nothing(home: &Home) {
    let ledger = home.open().await;
    let mut batches = Vec::new();
    for number in 0..60 {
        let mut batch = home.append(&format!("{number}"), 0, [1, 2, 3]);
        batch
            .rows
            .push(put(&format!("{number}"), "x", &[("n", "1")], Expect::Absent));
        batches.push(batch);
    }
    for (number, batch) in batches.iter().enumerate() {
        let caller = tokio::spawn({
            let (ledger, batch) = (ledger.clone(), batch.clone());
            async move { ledger.commit(batch).await }
        });
        for _ in 0..number % 12 {
            tokio::task::yield_now().await;
        }
        caller.abort();
        drop(caller.await);
    }
    // Asking again settles each of them: stored before or stored now, once.
    for batch in &batches {
        ledger.commit(batch.clone()).await.unwrap();
    }
    assert_eq!(ledger.head().await.unwrap(), 180);
    assert_eq!(ledger.count("queue", "n", "1", "1").await.unwrap(), 60);
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn a_refused_batch_does_not_take_its_neighbours(home: &Home) {
    let ledger = home.open().await;
    // Something in the database refuses certain events, as a foreign trigger or a limit may.
    let refusal = match home.place {
        Place::Sqlite => {
            "CREATE TRIGGER foreign_rule BEFORE INSERT ON ledger_event WHEN NEW.aggregate_id LIKE 'poison%'
             BEGIN SELECT RAISE(ABORT, 'no'); END;"
        }
        Place::Postgres { .. } => {
            "CREATE FUNCTION foreign_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF NEW.aggregate_id LIKE 'poison%' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER foreign_rule BEFORE INSERT ON ledger_event FOR EACH ROW EXECUTE FUNCTION foreign_rule();"
        }
    };
    home.sql(refusal).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let poisoned = number % 10 == 3;
        let id = format!("{}{number}", if poisoned { "poison" } else { "good" });
        let batch = home.append(&id, 0, [1, 2]);
        let ledger = ledger.clone();
        tasks.spawn(async move { assert_eq!(ledger.commit(batch).await.is_err(), poisoned, "{id}") });
    }
    tasks.join_all().await;
    assert_eq!(ledger.head().await.unwrap(), 72);
    let drop_rule = match home.place {
        Place::Sqlite => "DROP TRIGGER foreign_rule",
        Place::Postgres { .. } => "DROP TRIGGER foreign_rule ON ledger_event",
    };
    home.sql(drop_rule).await.unwrap();
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn commands_are_executed_once(home: &Home) {
    let ledger = home.open().await;
    let context = home.context();
    let receipt = ledger.execute::<Counter>("a", Add(60), context.clone()).await.unwrap();
    assert_eq!((receipt.first_position, receipt.last_position), (1, 1));
    // Judged again it would be too much; it is not judged again.
    assert!(
        ledger
            .execute::<Counter>("a", Add(60), context.clone())
            .await
            .unwrap()
            .repeated
    );
    assert!(matches!(
        ledger.execute::<Counter>("b", Add(60), context).await,
        Err(ExecuteError::CommandReused)
    ));
    let rejected = ledger.execute::<Counter>("a", Add(60), home.context()).await;
    assert!(matches!(rejected, Err(ExecuteError::Rejected(TooMuch))));
    let nothing = home.context();
    let receipt = ledger.execute::<Counter>("a", Add(0), nothing.clone()).await.unwrap();
    assert!(receipt.is_empty() && !receipt.repeated);
    assert!(
        ledger.execute::<Counter>("a", Add(5), nothing).await.unwrap().repeated,
        "remembered as done"
    );

    let decided = ledger.decide::<Counter>("a", Add(1)).await.unwrap();
    assert_eq!(
        (decided.state().total, decided.events()),
        (61, [Added { n: 1 }].as_slice())
    );
    assert_eq!(ledger.head().await.unwrap(), 1);
    let mut batch = home.batch();
    batch.appends.push(decided.append());
    ledger.execute::<Counter>("a", Add(2), home.context()).await.unwrap();
    assert!(matches!(ledger.commit(batch).await, Err(CommitError::Conflict { .. })));
    assert_eq!(
        ledger.load::<Counter>("a").await.unwrap(),
        (Counter { total: 62, times: 2 }, 2)
    );
    assert_eq!(ledger.load::<Counter>("none").await.unwrap(), (Counter::default(), 0));
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn the_framework_runs_on_the_ledger(home: &Home) {
    struct Seen(Arc<std::sync::Mutex<Vec<(String, usize, i64)>>>);
    impl cqrs_es::Query<Counter> for Seen {
        fn dispatch<'a, 'b, 'c, 'd>(
            &'a self,
            id: &'b str,
            events: &'c [EventEnvelope<Counter>],
        ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'd>>
        where
            'a: 'd,
            'b: 'd,
            'c: 'd,
            Self: 'd,
        {
            let mut seen = self.0.lock().unwrap();
            seen.extend(
                events
                    .iter()
                    .map(|event| (id.to_owned(), event.sequence, event.payload.n)),
            );
            Box::pin(async {})
        }
    }
    let ledger = home.open().await;
    let live = Arc::new(std::sync::Mutex::new(Vec::new()));
    let store = PersistedEventStore::<Repository, Counter>::new_event_store(Repository::new(ledger.clone()));
    let cqrs = CqrsFramework::new(store, vec![Box::new(Seen(Arc::clone(&live)))], ());
    let metadata = std::collections::HashMap::from([("channel".to_owned(), "counter desk".to_owned())]);
    cqrs.execute_with_metadata("a", Add(1), metadata.clone()).await.unwrap();
    cqrs.execute("b", Add(2)).await.unwrap();
    cqrs.execute_with_metadata("a", Add(3), metadata).await.unwrap();
    assert!(matches!(
        cqrs.execute("a", Add(99)).await,
        Err(AggregateError::UserError(TooMuch))
    ));
    let expected = [("a".to_owned(), 1, 1), ("b".to_owned(), 1, 2), ("a".to_owned(), 2, 3)];
    assert_eq!(*live.lock().unwrap(), expected);

    // Replay comes in the order of commits.
    let replayed = Arc::new(std::sync::Mutex::new(Vec::new()));
    let replay = cqrs_es::persist::QueryReplay::new(Repository::new(ledger.clone()), Seen(Arc::clone(&replayed)));
    replay.replay_all().await.unwrap();
    assert_eq!(*replayed.lock().unwrap(), expected);
    replay.replay("a").await.unwrap();
    assert_eq!(replayed.lock().unwrap().len(), 5);

    let events = Repository::new(ledger.clone())
        .get_last_events::<Counter>("a", 1)
        .await
        .unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].metadata["channel"], "counter desk");
    // With its command id it is a repeat, without it a second event in the same place.
    Repository::new(ledger.clone())
        .persist::<Counter>(&events, None)
        .await
        .unwrap();
    let mut events = events;
    events[0].metadata = json!({});
    let stale = Repository::new(ledger.clone()).persist::<Counter>(&events, None).await;
    assert!(matches!(
        stale,
        Err(cqrs_es::persist::PersistenceError::OptimisticLockError)
    ));
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn nothing_is_changed_by_sql(home: &Home) {
    let ledger = home.open().await;
    let subject = home.entropy.uuid_v4();
    let mut batch = home.append("a", 0, [1, 2]);
    batch.appends.push(append("b", 0, [personal(subject, "Asha")]));
    ledger.commit(batch).await.unwrap();
    ledger.checkpoint(&home.signer).await.unwrap();
    let columns = "log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash, recorded_at";
    let insert = |position: i64, sequence: i64| {
        format!(
            "INSERT INTO ledger_event ({columns}) SELECT log_id, {position}, aggregate_type, aggregate_id, {sequence}, event_type,
             event_version, body, meta, leaf_hash, recorded_at FROM ledger_event WHERE position = 1"
        )
    };
    let mut refused = vec![
        "UPDATE ledger_event SET event_type = 'x'".to_owned(),
        "UPDATE ledger_event SET recorded_at = recorded_at + 1 WHERE position = 2".to_owned(),
        "DELETE FROM ledger_event WHERE position = 3".to_owned(),
        "DELETE FROM ledger_event".to_owned(),
        insert(5, 3),
        insert(4, 4),
        insert(4, 2),
        insert(3, 3),
        "UPDATE ledger_command SET first_position = 9".to_owned(),
        "DELETE FROM ledger_command".to_owned(),
        "UPDATE ledger_checkpoint SET signed_note = ''".to_owned(),
        "DELETE FROM ledger_checkpoint".to_owned(),
        "INSERT INTO ledger_checkpoint SELECT * FROM ledger_checkpoint".to_owned(),
        "UPDATE ledger_head SET position = 1".to_owned(),
        "DELETE FROM ledger_head".to_owned(),
        "DELETE FROM subject_key".to_owned(),
        "UPDATE subject_key SET wrapped_dek = leaf_hash FROM ledger_event".to_owned(),
    ];
    match home.place {
        Place::Sqlite => {
            refused.push(insert(1, 1).replace("INSERT", "INSERT OR REPLACE"));
            refused.push(insert(4, 1).replace("INSERT", "INSERT OR REPLACE"));
            for table in ["ledger_command", "ledger_checkpoint", "subject_key"] {
                refused.push(format!("REPLACE INTO {table} SELECT * FROM {table}"));
            }
        }
        Place::Postgres { .. } => {
            for table in [
                "ledger_event",
                "ledger_event_3",
                "ledger_command",
                "ledger_checkpoint",
                "ledger_head",
                "subject_key",
            ] {
                refused.push(format!("TRUNCATE {table} CASCADE"));
            }
            for index in 0..8 {
                refused.push(format!("TRUNCATE ledger_event_{index}"));
            }
            refused.push("SET session_replication_role = replica; DELETE FROM ledger_event".to_owned());
        }
    }
    for statement in refused {
        assert!(home.sql(&statement).await.is_err(), "{statement}");
    }
    let mut erasure = home.batch();
    erasure.destroy_subjects.push(subject);
    ledger.commit(erasure).await.unwrap();
    let revived = "UPDATE subject_key SET wrapped_dek = leaf_hash, destroyed_at = NULL FROM ledger_event";
    assert!(home.sql(revived).await.is_err());
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn a_nonsensical_batch_is_refused(home: &Home) {
    let ledger = home.open().await;
    let mut wrong = vec![
        home.append("", 0, [1]),
        home.append("a\0b", 0, [1]),
        home.append(&"x".repeat(513), 0, [1]),
    ];
    let mut twice = home.append("a", 0, [1]);
    twice.appends.push(append("a", 1, [json!({})]));
    wrong.push(twice);
    let mut rows = home.batch();
    rows.rows = vec![put("k", "1", &[], Expect::Any), put("k", "2", &[], Expect::Any)];
    wrong.push(rows);
    let mut other_command = home.append("a", 0, [1]);
    other_command.command_id = home.entropy.uuid_v4();
    wrong.push(other_command);
    let mut nobody = home.batch();
    nobody
        .appends
        .push(append("a", 0, [json!({"$personal": "nobody", "value": 1})]));
    wrong.push(nobody);
    let mut large = home.batch();
    large
        .appends
        .push(append("a", 0, [json!({"text": "x".repeat(crate::BODY_BYTES_MAX)})]));
    wrong.push(large);
    for batch in wrong {
        let answer = ledger.commit(batch).await;
        assert!(matches!(answer, Err(CommitError::Invalid { .. })), "{answer:?}");
    }
    let mut just_fits = home.batch();
    just_fits.appends.push(append(
        "a",
        0,
        [json!({"text": "x".repeat(crate::BODY_BYTES_MAX - 11)})],
    ));
    ledger.commit(just_fits).await.unwrap();
    assert_eq!(ledger.head().await.unwrap(), 1);
    ledger.close().await;
}

pub(super) async fn the_head_is_watched(home: &Home) {
    let ledger = home.open().await;
    let mut watch = ledger.watch();
    assert_eq!(*watch.borrow_and_update(), 0);
    ledger.commit(home.append("a", 0, [1, 2])).await.unwrap();
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), 2);
    ledger.close().await;
    let ledger = home.open().await;
    assert_eq!(*ledger.watch().borrow(), 2);
    ledger.close().await;
}

/// Raises `{"amount": "4"}` of version 0 to `{"n": 4}` of version 1.
struct Amounts;

impl cqrs_es::persist::EventUpcaster for Amounts {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        event_type == "counter.added" && event_version == "0"
    }

    fn upcast(&self, mut event: cqrs_es::persist::SerializedEvent) -> cqrs_es::persist::SerializedEvent {
        let amount = event.payload["amount"]
            .as_str()
            .and_then(|text| text.parse::<i64>().ok());
        event.payload = json!({ "n": amount });
        event.event_version = "1".to_owned();
        // Whatever an upcaster says, an event stays where it stands.
        event.sequence = 99;
        event.aggregate_id = "elsewhere".to_owned();
        event
    }
}

pub(super) async fn older_versions_are_raised_and_stay_as_they_were(home: &Home) {
    let settings = Settings {
        upcasters: crate::Upcasters::new(vec![Box::new(Amounts)]),
        ..home.settings()
    };
    let ledger = home.open_with(settings).await;
    let mut batch = home.batch();
    let mut old = append("a", 0, [json!({"amount": "4"}), json!({"amount": "5"})]);
    for event in &mut old.events {
        event.event_version = "0".to_owned();
    }
    batch.appends.push(old);
    ledger.commit(batch).await.unwrap();
    ledger.commit(home.append("a", 2, [6])).await.unwrap();
    let (counter, sequence) = ledger.load::<Counter>("a").await.unwrap();
    assert_eq!((counter.total, counter.times, sequence), (15, 3, 3));
    ledger
        .execute::<Counter>("a", super::home::Add(1), home.context())
        .await
        .unwrap();
    let events = ledger.after(0, 10).await.unwrap();
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.aggregate_id.as_str(),
                event.sequence,
                event.event_version.as_str(),
            )
        })
        .collect();
    assert_eq!(seen, [("a", 1, "1"), ("a", 2, "1"), ("a", 3, "1"), ("a", 4, "1")]);
    assert_eq!(events[0].body, br#"{"n":4}"#);
    // The framework on this store gets them raised as well.
    let own = Repository::new(ledger.clone())
        .get_events::<Counter>("a")
        .await
        .unwrap();
    assert_eq!(own[1].payload, json!({ "n": 5 }));
    // What is stored, hashed and audited is what was written.
    let raw = ledger.stored_stream("counter", "a", 0).await.unwrap();
    assert_eq!(
        (raw[0].body.as_slice(), raw[0].event_version.as_str()),
        (br#"{"amount":"4"}"#.as_slice(), "0")
    );
    assert_eq!(raw[0].computed_leaf(), events[0].leaf_hash);
    assert_clean(&ledger, home).await;
    ledger.close().await;
    // Without its upcaster an old event is an error, never a guess.
    let ledger = home.open().await;
    assert!(matches!(
        ledger.load::<Counter>("a").await,
        Err(Fault::Decode { position: 1, .. })
    ));
    ledger.close().await;
}
