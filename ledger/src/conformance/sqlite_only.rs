//! What only a file can suffer.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::home::{Home, append, personal};
use crate::audit::verify;
use crate::store::Store;
use crate::{Context, Expect, Ledger, RowChange, Settings};

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().to_string_lossy().into_owned(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

// These lines are what auditors keep for years. The test may gain lines; a line that changes breaks every ledger there is.
#[tokio::test]
async fn the_signed_tree_is_frozen() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    let mut golden = String::new();
    for number in 1..=3_u8 {
        let context = Context {
            command_id: Uuid::from_bytes([number; 16]),
            actor: "officer/7".to_owned(),
            correlation_id: Uuid::nil(),
            causation: (number == 2).then(|| "wamid.2".to_owned()),
            commits_to: None,
        };
        let mut batch = crate::Batch::new(context, [0; 32]);
        let body = json!({"z": 1, "a": {"b": [true, null, 1.5, "\u{905}"]}, "n": number});
        batch.appends.push(append("a", u64::from(number) - 1, [body]));
        ledger.commit(batch).await.unwrap();
        golden.push_str(&ledger.checkpoint(&home.signer).await.unwrap().note);
    }
    let event = super::damage::stored(&ledger, 2).await;
    golden.push_str(&format!(
        "\n{}\n{}\n",
        String::from_utf8(event.body).unwrap(),
        String::from_utf8(event.meta).unwrap()
    ));
    assert_eq!(golden, include_str!("../../tests/golden/checkpoint.txt"));
    ledger.close().await;
}

#[tokio::test]
async fn one_process_writes() {
    let home = Home::sqlite();
    let first = home.open().await;
    let file = home.file();
    let second = Ledger::open_sqlite_with(
        &file,
        home.settings(),
        home.vault.clone(),
        Arc::clone(&home.entropy),
        home.clock.clone(),
    );
    assert!(second.await.is_err());
    first.commit(home.append("a", 0, [1])).await.unwrap();
    // Dropped without being closed, it lets go all the same.
    drop(first);
    let again = home.open().await;
    assert_eq!(again.head().await.unwrap(), 1);
    again.close().await;
}

#[tokio::test]
async fn another_file_is_left_alone() {
    let home = Home::sqlite();
    rusqlite::Connection::open(home.file())
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    let opened = Ledger::open_sqlite(
        &home.file(),
        home.vault.clone(),
        Arc::clone(&home.entropy),
        home.clock.clone(),
    )
    .await;
    assert!(opened.is_err());
    let missing = home.folder.path().join("missing.sqlite");
    let settings = Settings::default();
    let opened = Ledger::open_sqlite_read_only(
        &missing,
        settings,
        home.vault.clone(),
        Arc::clone(&home.entropy),
        home.clock.clone(),
    );
    assert!(opened.await.is_err());
    assert!(!missing.exists(), "a reader makes nothing");
}

#[tokio::test]
async fn the_writer_flushes_before_it_answers() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    let Store::Sqlite(store) = &ledger.inner.store else {
        panic!("not SQLite")
    };
    for (pragma, expected) in [("synchronous", 2), ("secure_delete", 1)] {
        let found: i64 = store
            .write("look", move |transaction| {
                transaction.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            })
            .await
            .unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
    ledger.close().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    let Store::Sqlite(store) = &ledger.inner.store else {
        panic!("not SQLite")
    };
    let limit = async |pages: &str| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        store
            .write("set a limit", move |transaction| {
                transaction.query_row(&sql, [], |_| Ok(()))
            })
            .await
            .unwrap();
    };
    // SQLite then answers as it does on a full disk.
    limit("1").await;
    let large: Vec<_> = (0..200)
        .map(|_| serde_json::json!({"text": "x".repeat(1000)}))
        .collect();
    let mut batches = Vec::new();
    for id in ["b", "c", "d"] {
        let mut batch = home.batch();
        batch.appends.push(append(id, 0, large.clone()));
        batches.push(batch);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for batch in batches.clone() {
        let ledger = ledger.clone();
        tasks.spawn(async move { ledger.commit(batch).await });
    }
    for answer in tasks.join_all().await {
        assert!(matches!(answer, Err(crate::CommitError::Unavailable(_))), "{answer:?}");
    }
    assert_eq!(ledger.after(0, 10).await.unwrap().len(), 1, "reading goes on");
    limit("4294967294").await;
    for batch in batches {
        assert!(!ledger.commit(batch).await.unwrap().repeated);
    }
    assert_eq!(ledger.head().await.unwrap(), 601);
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
}

#[tokio::test]
async fn personal_data_is_not_in_the_files() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    let subject = home.entropy.uuid_v4();
    let mut batch = home.batch();
    batch.appends.push(append("a", 0, [personal(subject, "Ashalata Devi")]));
    batch.rows.push(RowChange::Put {
        space: "conversation".to_owned(),
        key: "blinded".to_owned(),
        body: b"Ashalata Devi wrote".to_vec(),
        terms: vec![],
        expect: Expect::Any,
    });
    ledger.commit(batch).await.unwrap();
    let wrapped: Vec<u8> = rusqlite::Connection::open(home.file())
        .unwrap()
        .query_row("SELECT wrapped_dek FROM subject_key", [], |row| row.get(0))
        .unwrap();
    let found = |wanted: &[u8]| {
        let files = files_of(home.folder.path());
        files
            .into_iter()
            .filter(|(_, bytes)| contains(bytes, wanted))
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(b"Ashalata"), Vec::<String>::new());
    assert_ne!(
        found(&wrapped),
        Vec::<String>::new(),
        "the search can find what is there"
    );
    let mut erase = home.batch();
    erase.destroy_subjects.push(subject);
    ledger.commit(erase).await.unwrap();
    // The write-ahead log is emptied behind the answer; the next commit is served after that.
    ledger.commit(home.append("b", 0, [1])).await.unwrap();
    assert_eq!(found(&wrapped), Vec::<String>::new(), "the destroyed key is in no file");
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
}

async fn open_copy(home: &Home, file: &Path) -> Result<Ledger, crate::Fault> {
    let settings = Settings {
        checkpoint_file: Some(home.checkpoint_file()),
        ..home.settings()
    };
    Ledger::open_sqlite_with(
        file,
        settings,
        home.vault.clone(),
        Arc::clone(&home.entropy),
        home.clock.clone(),
    )
    .await
}

/// The files as a crash of the process or the machine leaves them, cut at every length that a page boundary or a torn page can
/// give: what was acknowledged before the cut is there, nothing is half there.
#[tokio::test]
async fn a_crash_at_any_length_of_the_log_leaves_whole_commits() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    // The tables themselves are in the file before the first command.
    let wal = || home.folder.path().join("ledger.sqlite-wal");
    let mut acknowledged = vec![(0, 0)];
    for number in 0..6_u64 {
        let mut batch = home.append("a", number * 3, [1, 2, 3]);
        batch.rows.push(RowChange::Put {
            space: "s".to_owned(),
            key: number.to_string(),
            body: vec![0; 100],
            terms: vec![("n".to_owned(), "1".to_owned())],
            expect: Expect::Absent,
        });
        ledger.commit(batch).await.unwrap();
        acknowledged.push((std::fs::metadata(wal()).unwrap().len(), (number + 1) * 3));
    }
    let (database, log) = (std::fs::read(home.file()).unwrap(), std::fs::read(wal()).unwrap());
    ledger.close().await;
    let crashed = tempfile::tempdir().unwrap();
    let copy = crashed.path().join("copy.sqlite");
    let mut heads = BTreeSet::new();
    for length in (0..=log.len()).step_by(1033).chain([log.len()]) {
        std::fs::write(&copy, &database).unwrap();
        std::fs::write(crashed.path().join("copy.sqlite-wal"), &log[..length]).unwrap();
        drop(std::fs::remove_file(crashed.path().join("copy.sqlite-shm")));
        let ledger = open_copy(&home, &copy).await.unwrap();
        let head = ledger.head().await.unwrap();
        let least = acknowledged
            .iter()
            .filter(|(end, _)| *end <= length as u64)
            .map(|(_, head)| *head)
            .max()
            .unwrap();
        assert!(
            head >= least && head.is_multiple_of(3),
            "cut at {length}: head {head}, acknowledged {least}"
        );
        assert_eq!(ledger.count("s", "n", "1", "1").await.unwrap() * 3, head);
        assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
        // And it goes on from there.
        ledger.commit(home.append("a", head, [4])).await.unwrap();
        ledger.close().await;
        heads.insert(head);
    }
    assert!(heads.len() > 4, "{heads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_dropped_when_somebody_else_writes_to_the_file() {
    let home = Home::sqlite();
    let ledger = home.open().await;
    let put = |expect| {
        let mut batch = home.batch();
        batch.rows.push(RowChange::Put {
            space: "s".to_owned(),
            key: "k".to_owned(),
            body: b"one".to_vec(),
            terms: vec![("n".to_owned(), "1".to_owned())],
            expect,
        });
        batch
    };
    ledger.commit(put(Expect::Absent)).await.unwrap();
    assert!(ledger.commit(put(Expect::Absent)).await.is_err());
    home.sql("DELETE FROM ledger_row; DELETE FROM ledger_row_term")
        .await
        .unwrap();
    ledger.commit(put(Expect::Absent)).await.unwrap();
    assert_eq!(ledger.count("s", "n", "1", "1").await.unwrap(), 1);
    // While somebody else holds the file, a write waits.
    let mut other = rusqlite::Connection::open(home.file()).unwrap();
    let held = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let waiting = tokio::spawn({
        let (ledger, batch) = (ledger.clone(), home.append("a", 0, [1]));
        async move { ledger.commit(batch).await }
    });
    assert_eq!(ledger.head().await.unwrap(), 0, "reading goes on");
    held.rollback().unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().last_position, 1);
    ledger.close().await;
}
