//! What only a server can do, or suffer.

use std::time::Duration;

use serde_json::json;
use sqlx::Connection as _;

use super::home::{Home, append};
use super::suite::put;
use crate::audit::verify;
use crate::{CommitError, Expect, Fault, Health, Ledger, Presence, ReplayOptions, RowChange, Settings, Verify};

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_write_one_log() {
    let Some(home) = Home::postgres().await else { return };
    let ledgers = [home.open().await, home.open().await, home.open().await];
    let mut tasks = tokio::task::JoinSet::new();
    for (number, ledger) in ledgers.iter().enumerate() {
        for task in 0..8 {
            let batches: Vec<_> = (0..6)
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
    tasks.join_all().await;
    for ledger in &ledgers {
        assert_eq!(ledger.head().await.unwrap(), 144);
        // Whoever waits is told of what others wrote.
        ledger.watch().wait_for(|head| *head == 144).await.unwrap();
    }
    let report = verify(&ledgers[0], &home.keys(), None).await.unwrap();
    assert_eq!(report.breaks, vec![]);
    // Two that sign at the same moment end with one checkpoint.
    let (one, two) = tokio::join!(ledgers[1].checkpoint(&home.signer), ledgers[2].checkpoint(&home.signer));
    assert_eq!(one.unwrap(), two.unwrap());
    for ledger in ledgers {
        ledger.close().await;
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_told_in_time_and_settled_later() {
    let Some(home) = Home::postgres().await else { return };
    let settings = Settings {
        write_deadline: Duration::from_millis(700),
        ..home.settings()
    };
    let ledger = home.open_with(settings).await;
    let mut other = home.connect().await;
    let mut holding = other.begin().await.unwrap();
    sqlx::query("SELECT * FROM ledger_head FOR UPDATE")
        .execute(&mut *holding)
        .await
        .unwrap();
    let batch = home.append("a", 0, [1]);
    let answer = ledger.commit(batch.clone()).await;
    assert!(
        matches!(answer, Err(CommitError::Unavailable(Fault::Deadline))),
        "{answer:?}"
    );
    assert_eq!(ledger.head().await.unwrap(), 0, "readers go on");
    holding.rollback().await.unwrap();
    // What became of it is unknown; asking again until there is an answer settles it, once.
    let mut receipt = ledger.commit(batch.clone()).await;
    for _ in 0..50 {
        if receipt.is_ok() {
            break;
        }
        receipt = ledger.commit(batch.clone()).await;
    }
    assert_eq!(receipt.unwrap().last_position, 1);
    assert_eq!(ledger.head().await.unwrap(), 1);
    ledger.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_lose_and_double_nothing() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = home.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let batches: Vec<_> = (0..25)
            .map(|sequence| home.append(&task.to_string(), sequence, [1]))
            .collect();
        let ledger = ledger.clone();
        tasks.spawn(async move {
            for batch in batches {
                // A read may meet the cut; a write is carried through by the writer, or asked again by us.
                for attempt in 0.. {
                    match ledger.commit(batch.clone()).await {
                        Ok(_) => break,
                        Err(CommitError::Unavailable(_)) if attempt < 100 => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        });
    }
    let mut other = home.connect().await;
    let mut cuts = 0;
    while !tasks.is_empty() {
        let cut: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'praman ledger') AS t",
        )
        .fetch_one(&mut other)
        .await
        .unwrap();
        cuts += cut;
        tokio::time::timeout(Duration::from_millis(40), tasks.join_next())
            .await
            .ok()
            .flatten()
            .transpose()
            .unwrap();
    }
    assert!(cuts > 0);
    // Each reading connection that was cut says so once.
    while ledger.latest_checkpoint().await.is_err() {}
    let report = verify(&ledger, &home.keys(), None).await.unwrap();
    assert_eq!((report.breaks, report.events), (vec![], 200));
    ledger.close().await;
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_waits_for_the_flush_whatever_the_server_says() {
    let Some(home) = Home::postgres().await else { return };
    home.open().await.close().await;
    home.sql(&format!(
        "ALTER DATABASE {} SET synchronous_commit = off; ALTER DATABASE {} SET default_transaction_isolation = 'serializable'",
        home.url().rsplit('/').next().unwrap(),
        home.url().rsplit('/').next().unwrap(),
    ))
    .await
    .unwrap();
    home.sql(
        "CREATE TABLE seen (flush text, isolation text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           INSERT INTO seen VALUES (current_setting('synchronous_commit'), current_setting('transaction_isolation'));
           RETURN NEW; END $$;
         CREATE TRIGGER note BEFORE INSERT ON ledger_event FOR EACH ROW EXECUTE FUNCTION note();",
    )
    .await
    .unwrap();
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    let seen: (String, String) = sqlx::query_as("SELECT flush, isolation FROM seen")
        .fetch_one(&mut home.connect().await)
        .await
        .unwrap();
    assert_eq!(seen, ("on".to_owned(), "read committed".to_owned()));
    ledger.close().await;
    home.end().await;
}

/// Where stock postgres-es hands out a clean, short history (its task panics and the stream just ends), this is an error that
/// says how far it came.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_whose_connection_is_cut_says_so_and_can_be_gone_on_from() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = home.open().await;
    let pad = "x".repeat(2_500);
    for round in 0..12 {
        let bodies = (0..1_000).map(|n| json!({"n": n, "pad": pad}));
        let mut batch = home.batch();
        batch.appends.push(append("a", round * 1_000, bodies));
        ledger.commit(batch).await.unwrap();
    }
    ledger.checkpoint(&home.signer).await.unwrap();
    for verify in [Verify::Nothing, Verify::Leaves, Verify::Tree] {
        let mut from = 1;
        let mut seen = 0;
        // Cut twice, then left alone.
        for cuts_left in [1, 1, 0] {
            let mut left = cuts_left;
            let options = ReplayOptions {
                from,
                verify,
                ..ReplayOptions::default()
            };
            let mut replay = ledger.replay(options).await.unwrap();
            let end = loop {
                match replay.next().await {
                    Ok(Some(page)) => {
                        for event in page.events() {
                            seen += 1;
                            assert_eq!(event.position, seen);
                        }
                        if left > 0 {
                            left -= 1;
                            let mut other = home.connect().await;
                            let cut: i64 = sqlx::query_scalar(
                                "SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                                  WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY%') AS cut",
                            )
                            .fetch_one(&mut other)
                            .await
                            .unwrap();
                            assert_eq!(cut, 1, "the replay was still being fed");
                        }
                    }
                    Ok(None) => break Ok(replay.summary()),
                    Err(error) => break Err(error),
                }
            };
            if cuts_left > 0 {
                let error = end.unwrap_err();
                assert!(matches!(error.source, Fault::Store { .. }), "{error:?}");
                assert_eq!(error.reached, seen);
                assert!(seen < 12_000);
                from = error.reached + 1;
            } else {
                assert_eq!(end.unwrap().reached, 12_000);
                assert_eq!(seen, 12_000);
            }
        }
    }
    assert_eq!(ledger.health(), Health::Sound, "a broken connection is no damage");
    ledger.close().await;
    home.end().await;
}

/// What the server may get over is tried again within the deadline, and the callers are told nothing of it; what it never gets over
/// is told to all who wait, and the log goes on afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_passing_trouble_is_got_over_and_a_lasting_one_is_told() {
    let Some(home) = Home::postgres().await else { return };
    let settings = Settings {
        write_deadline: Duration::from_secs(3),
        ..home.settings()
    };
    let ledger = home.open_with(settings).await;
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    // A sequence is not rolled back: the trouble passes with the transactions that it broke.
    home.sql(
        "CREATE TABLE trouble (code text, times bigint); CREATE SEQUENCE met;
         CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE t trouble; BEGIN
           SELECT * INTO t FROM trouble;
           IF nextval('met') <= t.times THEN RAISE EXCEPTION 'trouble' USING ERRCODE = t.code; END IF;
           RETURN NULL; END $$;
         CREATE TRIGGER trouble AFTER INSERT ON ledger_event FOR EACH STATEMENT EXECUTE FUNCTION trouble();",
    )
    .await
    .unwrap();
    let trouble = async |code: &str, times: i64| {
        home.sql(&format!(
            "DELETE FROM trouble; INSERT INTO trouble VALUES ('{code}', {times}); ALTER SEQUENCE met RESTART"
        ))
        .await
        .unwrap();
    };
    // A full disk, a serialization failure, a deadlock.
    for (number, code) in ["53100", "40001", "40P01"].into_iter().enumerate() {
        trouble(code, 3).await;
        let mut tasks = tokio::task::JoinSet::new();
        for id in 0..8 {
            let batch = home.append(&format!("{code}-{id}"), 0, [1]);
            let ledger = ledger.clone();
            tasks.spawn(async move { ledger.commit(batch).await.unwrap() });
        }
        tasks.join_all().await;
        assert_eq!(
            ledger.head().await.unwrap(),
            1 + 8 * (u64::try_from(number).unwrap() + 1)
        );
    }
    trouble("53100", i64::MAX).await;
    let batch = home.append("b", 0, [1]);
    let answer = ledger.commit(batch.clone()).await;
    assert!(matches!(answer, Err(CommitError::Unavailable(_))), "{answer:?}");
    assert_eq!(ledger.head().await.unwrap(), 25, "reading goes on");
    trouble("53100", 0).await;
    assert_eq!(ledger.commit(batch).await.unwrap().last_position, 26);
    home.sql("DROP TRIGGER trouble ON ledger_event").await.unwrap();
    // Somebody else has taken the lead: what is remembered is dropped, nothing else happens.
    home.sql("UPDATE ledger_head SET epoch = epoch + 1").await.unwrap();
    ledger.commit(home.append("b", 1, [2])).await.unwrap();
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
    home.end().await;
}

/// The statement trigger stands on each partition, and looks at everything that a statement brings.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_brings_a_gap() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1, 2])).await.unwrap();
    let columns = "log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash, recorded_at";
    // (position, stream, sequence) of each row.
    let insert = |table: &str, log: i32, rows: &[(i64, &str, i64)]| {
        let rows: Vec<String> = rows
            .iter()
            .map(|(position, id, sequence)| {
                format!("({log}, {position}, 'counter', '{id}', {sequence}, 'e', '1', '', '', sha256(''), 0)")
            })
            .collect();
        format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(", "))
    };
    let partition: String = sqlx::query_scalar("SELECT tableoid::regclass::text FROM ledger_event LIMIT 1")
        .fetch_one(&mut home.connect().await)
        .await
        .unwrap();
    for table in ["ledger_event", partition.as_str()] {
        for rows in [
            vec![(4, "a", 3)],
            vec![(3, "a", 4)],
            vec![(3, "b", 2)],
            vec![(3, "b", 1), (5, "b", 2)],
            vec![(3, "b", 1), (4, "b", 3)],
            vec![(3, "b", 2), (4, "b", 1)],
            vec![(4, "b", 1), (5, "b", 2)],
        ] {
            let statement = insert(table, 1, &rows);
            assert!(home.sql(&statement).await.is_err(), "{statement}");
        }
    }
    let two_logs = format!(
        "{}, (2, 1, 'counter', 'a', 1, 'e', '1', '', '', sha256(''), 0)",
        insert("ledger_event", 1, &[(3, "b", 1)])
    );
    assert!(home.sql(&two_logs).await.is_err());
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    // What fits passes, whatever its order in the statement: the trigger refuses gaps, not rows.
    let fits = insert("ledger_event", 1, &[(4, "b", 2), (3, "b", 1), (5, "a", 3)]);
    home.sql(&format!("BEGIN; {fits}; ROLLBACK")).await.unwrap();
    ledger.close().await;
    home.end().await;
}

/// Plans are made while the tables are empty, and nobody tells the server that they have grown: nothing may be read beyond what was
/// asked for.
#[tokio::test(flavor = "multi_thread")]
async fn plans_made_on_an_empty_store_serve_a_full_one() {
    const ROWS: usize = 2000;
    let Some(home) = Home::postgres().await else { return };
    let ledger = home.open().await;
    for table in ["ledger_row", "ledger_row_term"] {
        let untold = format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
        home.sql(&untold).await.unwrap();
    }
    use_a_row(&home, &ledger, "before").await;
    let keys: Vec<String> = (0..ROWS).map(|number| format!("row {number}")).collect();
    for keys in keys.chunks(250) {
        let mut batch = home.batch();
        let rows = keys
            .iter()
            .map(|key| put(key, key, &[("due", "0"), ("kind", key)], Expect::Absent));
        batch.rows.extend(rows);
        ledger.commit(batch).await.unwrap();
    }
    for number in 0..10 {
        use_a_row(&home, &ledger, &format!("after {number}")).await;
    }
    ledger.close().await;
    // A session tells what it has read when it ends.
    let mut connection = home.connect().await;
    let others = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while sqlx::query_scalar::<_, i64>(others)
        .fetch_one(&mut connection)
        .await
        .unwrap()
        > 0
    {
        tokio::task::yield_now().await;
    }
    let read: i64 = sqlx::query_scalar(
        "SELECT (sum(i.idx_tup_read) + sum(DISTINCT t.seq_tup_read))::bigint
           FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
          WHERE t.relname IN ('ledger_row', 'ledger_row_term')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(read > 0, "the server counts nothing");
    assert!(read < 1000, "{read} entries were read for eleven rows");
    home.end().await;
}

/// Everything that is done with rows, once.
async fn use_a_row(home: &Home, ledger: &Ledger, key: &str) {
    let delete = RowChange::Delete {
        space: "queue".to_owned(),
        key: key.to_owned(),
        expect: Expect::Any,
    };
    for change in [
        put(key, "one", &[("due", "1"), ("kind", key)], Expect::Any),
        put(key, "two", &[("due", "2"), ("kind", key)], Expect::Any),
    ] {
        let mut batch = home.batch();
        batch.rows.push(change);
        ledger.commit(batch).await.unwrap();
    }
    assert!(ledger.row("queue", key).await.unwrap().is_some());
    assert!(!ledger.rows("queue", Some("aft"), 2).await.unwrap().is_empty());
    assert_eq!(ledger.count("queue", "kind", key, key).await.unwrap(), 1);
    for descending in [false, true] {
        let found = ledger
            .find("queue", "kind", key, key, None, descending, 5)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        let found = ledger
            .find("queue", "due", "2", "2", Some(("1", key)), descending, 5)
            .await
            .unwrap();
        assert_eq!(found.len(), usize::from(!descending));
    }
    let mut batch = home.batch();
    batch.rows.push(delete);
    ledger.commit(batch).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_be_alone_waits_for_services_and_they_for_it() {
    let Some(home) = Home::postgres().await else { return };
    let url = home.url();
    let alone = async || Presence::alone(&url).await.unwrap();
    let serving = async || Presence::serving(&url).await.unwrap();
    let (first, second) = (serving().await.unwrap(), serving().await.unwrap());
    assert!(alone().await.is_none(), "two services run");
    drop(first);
    assert!(alone().await.is_none(), "one does");
    drop(second);
    // A session ends a moment after its connection: that is waited for.
    let only = alone().await.unwrap();
    assert!(serving().await.is_none() && alone().await.is_none());
    drop(only);

    // Its session is ended by the server, as by a restart of it: others see it again after a few seconds.
    let service = serving().await.unwrap();
    let mut other = home.connect().await;
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'praman presence' \
                 AND datname = current_database()";
    sqlx::query(ended).execute(&mut other).await.unwrap();
    let held = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted \
                AND application_name = 'praman presence' AND datname = current_database()";
    let until = tokio::time::Instant::now() + Duration::from_secs(30);
    let mut lost = false;
    loop {
        let count: i64 = sqlx::query_scalar(held).fetch_one(&mut other).await.unwrap();
        lost |= count == 0;
        if lost && count == 1 {
            break;
        }
        assert!(tokio::time::Instant::now() < until, "it is not there again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(alone().await.is_none());
    drop(service);
    other.close().await.unwrap();
    home.end().await;
}
