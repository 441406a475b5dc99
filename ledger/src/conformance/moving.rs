//! Taking a log out, checking it without a store, and taking it in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cqrs_es::persist::PersistedEventRepository as _;
use serde_json::json;
use uuid::Uuid;

use super::home::{Added, Counter, Home, Place, TestSigner, append, personal};
use crate::audit::verify;
use crate::export::{ExportError, Range, check};
use crate::import::{ImportError, Imported, Table};
use crate::{Context, Fault, Ledger, Settings};

fn range(from: u64, to: u64) -> Range {
    Range {
        from: Some(from),
        to: Some(to),
        keys: false,
    }
}

const ALL: Range = Range {
    from: None,
    to: None,
    keys: false,
};
const WITH_KEYS: Range = Range { keys: true, ..ALL };

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn breaks(home: &Home, folder: &Path) -> Vec<String> {
    let report = check(folder, &home.keys(), None).unwrap();
    report.breaks.iter().map(ToString::to_string).collect()
}

/// 600 events in three streams, every tenth of them sealed, with checkpoints at 256, 300 and 600.
async fn filled(home: &Home) -> Ledger {
    let ledger = home.open().await;
    let mut sequence = BTreeMap::new();
    let mut stored = 0;
    while stored < 600 {
        let id = ["a", "b", "c"][stored % 3];
        let count = [6, 10, 28, 12][stored / 2 % 4].min(600 - stored);
        let count = if stored < 256 { count.min(256 - stored) } else { count };
        let count = if stored < 300 { count.min(300 - stored) } else { count };
        let from = *sequence.get(id).unwrap_or(&0);
        let bodies = (0..count).map(|number| {
            if (stored + number) % 10 == 0 {
                personal(home.entropy.uuid_v4(), "Asha")
            } else {
                json!({ "n": number })
            }
        });
        let mut batch = home.batch();
        batch.appends.push(append(id, from, bodies));
        ledger.commit(batch).await.unwrap();
        sequence.insert(id, from + count as u64);
        stored += count;
        if [256, 300, 600].contains(&stored) {
            ledger.checkpoint(&home.signer).await.unwrap();
        }
    }
    ledger
}

pub(super) async fn an_export_is_sealed_and_the_same_each_time(home: &Home) {
    let ledger = filled(home).await;
    let out = |name: &str| home.folder.path().join(name);
    for (number, (from, to, size)) in [
        (1, 1, 256),
        (1, 256, 256),
        (256, 257, 300),
        (300, 300, 300),
        (301, 301, 600),
        (1, 600, 600),
        (513, 600, 600),
        (600, 600, 600),
    ]
    .into_iter()
    .enumerate()
    {
        let (one, two) = (out(&format!("one{number}")), out(&format!("two{number}")));
        let exported = ledger.export(&one, range(from, to), &home.keys()).await.unwrap();
        assert_eq!((exported.from, exported.to, exported.checkpoint_size), (from, to, size));
        ledger.export(&two, range(from, to), &home.keys()).await.unwrap();
        assert!(files(&one) == files(&two));
        let report = check(&one, &home.keys(), None).unwrap();
        assert_eq!(report.breaks, vec![], "{from}..={to}");
        assert_eq!(
            (report.events, report.head, report.root),
            (to - from + 1, to, exported.root)
        );
        assert_eq!(files(&one).len(), exported.files);
    }
    // The whole, against every checkpoint that was ever signed, and what is asked for by default.
    let all = out("all");
    ledger.export(&all, ALL, &home.keys()).await.unwrap();
    assert!(files(&all) == files(&out("one5")));
    for kept in ledger.inner.store.checkpoints(None, 100).await.unwrap() {
        let report = check(&all, &home.keys(), Some(&kept.note)).unwrap();
        assert_eq!((report.breaks, report.checkpoints_checked), (vec![], 2));
    }
    for file in files(&all).values() {
        assert!(
            !file.windows(4).any(|word| word == b"Asha"),
            "what is personal stays closed"
        );
    }
    // A log written anew and signed with the log's own key holds by itself, and not against what was kept elsewhere.
    let other = Home::sqlite();
    let forged = filled(&other).await;
    let forged_out = out("forged");
    forged.export(&forged_out, ALL, &home.keys()).await.unwrap();
    assert_eq!(breaks(home, &forged_out), Vec::<String>::new());
    let older = ledger.inner.store.checkpoints(None, 1).await.unwrap().remove(0);
    let report = check(&forged_out, &home.keys(), Some(&older.note)).unwrap();
    assert!(report.breaks[0].what.contains("does not extend"), "{:?}", report.breaks);
    let stranger = check(&all, &[TestSigner::new(9).public], None).unwrap();
    assert_eq!((stranger.checkpoints_checked, stranger.breaks.len()), (0, 1));
    forged.close().await;
    ledger.close().await;
}

pub(super) async fn a_changed_export_is_found(home: &Home) {
    let ledger = filled(home).await;
    let out = home.folder.path().join("out");
    ledger.export(&out, range(250, 290), &home.keys()).await.unwrap();
    ledger.close().await;
    let whole = files(&out);
    assert!(whole.len() >= 8, "{:?}", whole.keys());
    for (name, bytes) in &whole {
        let path = out.join(name);
        for place in (0..bytes.len()).step_by(bytes.len() / 23 + 1) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            std::fs::write(&path, &flipped).unwrap();
            // White space of the manifest may be another one, and means the same.
            assert!(
                !breaks(home, &out).is_empty() || bytes[place].is_ascii_whitespace(),
                "{} {place}",
                name.display()
            );
        }
        std::fs::remove_file(&path).unwrap();
        assert!(name == Path::new("manifest.json") || !breaks(home, &out).is_empty());
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::write(out.join("more"), "").unwrap();
    assert_eq!(breaks(home, &out).len(), 1);
    std::fs::remove_file(out.join("more")).unwrap();
    assert_eq!(breaks(home, &out), Vec::<String>::new());
    // Somebody who also mends the manifest.
    let events = String::from_utf8(whole[Path::new("events.jsonl")].clone()).unwrap();
    let lines: Vec<&str> = events.lines().collect();
    let swapped = [&lines[1..2], &lines[..1], &lines[2..]].concat().join("\n") + "\n";
    let edited = events.replacen("\\\"n\\\":", "\\\"m\\\":", 1);
    assert_ne!(edited, events);
    for (what, text) in [
        ("deleted", lines[1..].join("\n") + "\n"),
        ("cut off", lines[..lines.len() - 1].join("\n") + "\n"),
        ("doubled", format!("{}\n{events}", lines[0])),
        ("swapped", swapped),
        ("edited", edited),
        (
            "other time",
            events.replacen("\"recorded_at\":1", "\"recorded_at\":2", 1),
        ),
    ] {
        std::fs::write(out.join("events.jsonl"), &text).unwrap();
        mend_manifest(&out, "events.jsonl");
        assert!(!breaks(home, &out).is_empty(), "{what}");
    }
    std::fs::write(out.join("events.jsonl"), &events).unwrap();
    mend_manifest(&out, "events.jsonl");
    assert_eq!(breaks(home, &out), Vec::<String>::new());
    // A size that would need millions of files is not worked through.
    let manifest = String::from_utf8(whole[Path::new("manifest.json")].clone()).unwrap();
    let huge = manifest.replace("\"checkpoint_size\": 300", "\"checkpoint_size\": 18446744073709551615");
    assert_ne!(huge, manifest);
    std::fs::write(out.join("manifest.json"), huge).unwrap();
    assert_eq!(breaks(home, &out).len(), 1);
}

fn mend_manifest(out: &Path, name: &str) {
    let bytes = std::fs::read(out.join(name)).unwrap();
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    for file in manifest["files"].as_array_mut().unwrap() {
        if file["path"] == name {
            file["bytes"] = json!(bytes.len());
            file["sha256"] = json!(data_encoding::HEXLOWER.encode(&crate::leaf::sha256(&bytes)));
        }
    }
    std::fs::write(out.join("manifest.json"), serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
}

pub(super) async fn an_export_is_made_whole_or_not_at_all(home: &Home) {
    let ledger = filled(home).await;
    let keys = home.keys();
    let out = home.folder.path().join("out");
    let part = home.folder.path().join("out.part");
    assert!(matches!(
        ledger.export(&out, range(5, 4), &keys).await,
        Err(ExportError::Range { from: 5, to: 4 })
    ));
    assert!(matches!(
        ledger.export(&out, range(0, 4), &keys).await,
        Err(ExportError::Range { .. })
    ));
    assert!(matches!(
        ledger.export(&out, range(1, 601), &keys).await,
        Err(ExportError::NotSealed(601))
    ));
    let stranger = [TestSigner::new(9).public];
    assert!(matches!(
        ledger.export(&out, ALL, &stranger).await,
        Err(ExportError::Checkpoint { size: 600, .. })
    ));
    // Something of somebody else's is left alone.
    std::fs::create_dir(&part).unwrap();
    std::fs::write(part.join("letter"), "dear").unwrap();
    assert!(matches!(
        ledger.export(&out, ALL, &keys).await,
        Err(ExportError::InTheWay(_))
    ));
    assert_eq!(std::fs::read(part.join("letter")).unwrap(), b"dear");
    // What a run that died left is taken away, unless the run is alive.
    std::fs::write(part.join("unfinished-praman-export"), "").unwrap();
    let mark = std::fs::File::options()
        .write(true)
        .open(part.join("unfinished-praman-export"))
        .unwrap();
    mark.try_lock().unwrap();
    assert!(matches!(
        ledger.export(&out, ALL, &keys).await,
        Err(ExportError::Busy(_))
    ));
    drop(mark);
    ledger.export(&out, ALL, &keys).await.unwrap();
    assert!(!part.exists() && !out.join("letter").exists());
    assert!(matches!(
        ledger.export(&out, ALL, &keys).await,
        Err(ExportError::Exists(_))
    ));
    assert_eq!(breaks(home, &out), Vec::<String>::new());
    // An event that is not what was stored stops it, and nothing has the target's name.
    home.tamper("UPDATE ledger_event SET event_version = '2' WHERE position = 17")
        .await;
    let other = home.folder.path().join("other");
    assert!(matches!(
        ledger.export(&other, ALL, &keys).await,
        Err(ExportError::Store(Fault::Corrupt { position: 17, .. }))
    ));
    assert!(!other.exists());
    ledger.close().await;
}

/// A second, empty ledger of the same kind, with the same vault.
async fn beside(home: &Home) -> Option<Home> {
    let mut other = match home.place {
        Place::Sqlite => Home::sqlite(),
        Place::Postgres { .. } => Home::postgres().await?,
    };
    other.vault = home.vault.clone();
    Some(other)
}

pub(super) async fn an_exported_log_is_taken_over(home: &Home) {
    let ledger = filled(home).await;
    let erased = home.entropy.uuid_v4();
    let mut batch = home.batch();
    batch.appends.push(append("d", 0, [personal(erased, "Ravi")]));
    ledger.commit(batch).await.unwrap();
    let mut erase = home.batch();
    erase.destroy_subjects.push(erased);
    ledger.commit(erase).await.unwrap();
    ledger.checkpoint(&home.signer).await.unwrap();
    let out = |name: &str| home.folder.path().join(name);
    ledger.export(&out("keys"), WITH_KEYS, &home.keys()).await.unwrap();
    ledger.export(&out("bare"), ALL, &home.keys()).await.unwrap();
    ledger.export(&out("part"), range(1, 300), &home.keys()).await.unwrap();
    ledger.export(&out("late"), range(2, 601), &home.keys()).await.unwrap();

    let other = beside(home).await.unwrap();
    let taken = other.open().await;
    assert!(matches!(
        taken.adopt(&out("late"), &home.keys(), true).await,
        Err(ImportError::Partial {
            from: 2,
            to: 601,
            size: 601
        })
    ));
    assert!(matches!(
        taken.adopt(&out("bare"), &home.keys(), false).await,
        Err(ImportError::NoKeys)
    ));
    assert!(matches!(
        taken.adopt(&out("keys"), &[TestSigner::new(9).public], false).await,
        Err(ImportError::Unsound(_))
    ));
    assert_eq!(taken.head().await.unwrap(), 0);
    let adopted = taken.adopt(&out("keys"), &home.keys(), false).await.unwrap();
    assert_eq!((adopted.events, adopted.keys, adopted.without_key), (601, 60, 1));
    taken.close().await;

    let taken = other.open().await;
    assert_eq!(taken.health(), crate::Health::Sound);
    assert_eq!(
        taken.after(0, 1_000).await.unwrap(),
        ledger.after(0, 1_000).await.unwrap()
    );
    assert_eq!(
        taken.latest_checkpoint().await.unwrap(),
        ledger.latest_checkpoint().await.unwrap()
    );
    let report = verify(&taken, &home.keys(), None).await.unwrap();
    assert_eq!((report.breaks, report.root), (vec![], adopted.root));
    // It is the same log: what it gives out is the same, and it goes on.
    taken.export(&out("again"), WITH_KEYS, &home.keys()).await.unwrap();
    assert!(files(&out("again")) == files(&out("keys")));
    let first = ledger.after(0, 1).await.unwrap().remove(0).meta.command_id;
    let (one, two) = (
        ledger.receipt(first).await.unwrap(),
        taken.receipt(first).await.unwrap(),
    );
    assert_eq!(one, two, "a command asked again gets the receipt of its time");
    taken.commit(other.append("d", 1, [1, 2])).await.unwrap();
    assert_eq!(taken.checkpoint(&home.signer).await.unwrap().size, 603);
    assert!(matches!(
        taken.adopt(&out("keys"), &home.keys(), false).await,
        Err(ImportError::NotEmpty)
    ));
    assert_eq!(verify(&taken, &home.keys(), None).await.unwrap().breaks, vec![]);
    taken.close().await;
    other.end().await;

    // Without the keys, on purpose: the same tree, and what is personal counts as erased.
    let bare = beside(home).await.unwrap();
    let taken = bare.open().await;
    let adopted = taken.adopt(&out("bare"), &home.keys(), true).await.unwrap();
    assert_eq!((adopted.keys, adopted.without_key), (0, 61));
    assert_eq!(verify(&taken, &home.keys(), None).await.unwrap().breaks, vec![]);
    assert!(
        String::from_utf8(taken.after(0, 1).await.unwrap().remove(0).body)
            .unwrap()
            .contains("\"erased\":true")
    );
    taken.close().await;
    bare.end().await;

    let elsewhere = beside(home).await.unwrap();
    let settings = Settings {
        log_origin: "other.invalid/log/1".to_owned(),
        ..elsewhere.settings()
    };
    let taken = elsewhere.open_with(settings).await;
    assert!(matches!(
        taken.adopt(&out("keys"), &home.keys(), false).await,
        Err(ImportError::Origin { .. })
    ));
    taken.close().await;
    elsewhere.end().await;
    ledger.close().await;
}

// These are the bytes that others keep and check. The test may gain files; a line that changes breaks every export there is.
pub(super) async fn the_export_format_is_frozen(home: &Home) {
    let ledger = home.open().await;
    for number in 1..=3_u8 {
        let context = Context {
            command_id: Uuid::from_bytes([number; 16]),
            actor: "officer/7".to_owned(),
            correlation_id: Uuid::nil(),
            causation: (number == 2).then(|| "wamid.2".to_owned()),
            commits_to: None,
        };
        let mut batch = crate::Batch::new(context, [number; 32]);
        let body = json!({"z": 1, "a": {"b": [true, null, 1.5, "\u{905}"]}, "n": number});
        batch.appends.push(append("a", u64::from(number) - 1, [body]));
        ledger.commit(batch).await.unwrap();
        ledger.checkpoint(&home.signer).await.unwrap();
    }
    let out = home.folder.path().join("out");
    ledger.export(&out, range(2, 3), &home.keys()).await.unwrap();
    ledger.close().await;
    let mut text = String::new();
    for (name, bytes) in files(&out) {
        let content =
            String::from_utf8(bytes).unwrap_or_else(|error| data_encoding::HEXLOWER.encode(error.as_bytes()) + "\n");
        text.push_str(&format!("== {}\n{content}", name.display()));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export.txt");
    if !golden.exists() {
        std::fs::write(&golden, &text).unwrap();
    }
    assert!(text == std::fs::read_to_string(&golden).unwrap(), "{text}");
}

const STOCK_TABLE: &str =
    "(aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint NOT NULL CHECK (sequence >= 0),
    event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

/// Rows of a stock table, as SQL values, in no particular order.
fn stock_rows() -> Vec<String> {
    let mut rows = vec![
        // Exact text: spaces, the order of fields, a number that no float holds, escapes.
        r#"('odd', 'z', 1, 'kept.exactly', '0.1.0', '{"b" : 1.0,  "a":12345678901234567890123, "u":"\u0041"}', '{}')"#
            .to_owned(),
        r#"('odd', 'z', 2, 'kept.exactly', '0.1.0', '[1, 2]', '{"time": "2020-01-01", "n": 7, "actor": "clerk"}')"#
            .to_owned(),
        r#"('Odd', 'é', 1, 'unit', '1', 'null', '["no", "map"]')"#.to_owned(),
    ];
    for stream in 0..40 {
        for sequence in 1..=(stream % 7 + 1) * 5 {
            rows.push(format!(
                r#"('counter', 's{stream}', {sequence}, 'counter.added', '1', '{{"n":{sequence}}}', '{{"channel":"desk"}}')"#
            ));
        }
    }
    rows.reverse();
    rows
}

async fn stock(home: &Home, rows: &[String]) -> Table {
    let values = rows.join(", ");
    match &home.place {
        Place::Sqlite => {
            let file = home.folder.path().join("old.sqlite");
            let connection = rusqlite::Connection::open(&file).unwrap();
            let definition = STOCK_TABLE.replace("bigint", "integer").replace("json", "text");
            connection
                .execute_batch(&format!("CREATE TABLE IF NOT EXISTS events {definition} STRICT"))
                .unwrap();
            if !rows.is_empty() {
                connection
                    .execute_batch(&format!("INSERT INTO events VALUES {values}"))
                    .unwrap();
            }
            Table::Sqlite {
                file,
                table: "events".to_owned(),
            }
        }
        Place::Postgres { .. } => {
            let mut script =
                format!("CREATE SCHEMA IF NOT EXISTS old; CREATE TABLE IF NOT EXISTS old.events {STOCK_TABLE};");
            if !rows.is_empty() {
                script.push_str(&format!("INSERT INTO old.events VALUES {values}"));
            }
            home.sql(&script).await.unwrap();
            Table::Postgres {
                url: home.url(),
                table: "old.events".to_owned(),
            }
        }
    }
}

pub(super) async fn a_stock_table_is_taken_in(home: &Home) {
    let ledger = home.open().await;
    ledger.commit(home.append("own", 0, [1, 2, 3])).await.unwrap();
    let rows = stock_rows();
    let table = stock(home, &rows).await;
    let imported = ledger.import(&table).await.unwrap();
    let count = rows.len() as u64;
    assert_eq!(
        imported,
        Imported {
            streams: 42,
            events: count,
            appended: count
        }
    );
    // By the bytes of type and id, then by sequence, whatever the order they were written in.
    let events = ledger.after(3, 10_000).await.unwrap();
    let order: Vec<_> = events
        .iter()
        .map(|event| (event.aggregate_type.clone(), event.aggregate_id.clone(), event.sequence))
        .collect();
    assert!(order.is_sorted() && order.len() == rows.len());
    assert_eq!(events[0].body, b"null");
    let odd = ledger.stream("odd", "z").await.unwrap();
    assert_eq!(
        odd[0].body,
        br#"{"b" : 1.0,  "a":12345678901234567890123, "u":"\u0041"}"#
    );
    assert_eq!(
        (odd[1].body.as_slice(), odd[1].meta.actor.as_str()),
        (b"[1, 2]".as_slice(), "clerk")
    );
    let raw = ledger.stored_stream("odd", "z", 1).await.unwrap().remove(0);
    let meta: serde_json::Value = serde_json::from_slice(&raw.meta).unwrap();
    assert_eq!(
        meta["imported_metadata"],
        r#"{"time": "2020-01-01", "n": 7, "actor": "clerk"}"#
    );
    assert_eq!(meta["time"], "2020-01-01");
    let (counter, sequence) = ledger.load::<Counter>("s6").await.unwrap();
    assert_eq!((counter.total, sequence), ((1..=35).sum(), 35));

    // Again: nothing new. Grown meanwhile: only that.
    assert_eq!(ledger.import(&table).await.unwrap().appended, 0);
    let more = [
        "('counter', 's6', 36, 'counter.added', '1', '{\"n\":36}', '{}')".to_owned(),
        "('counter', 't', 1, 'counter.added', '1', '{\"n\":1}', '{}')".to_owned(),
    ];
    stock(home, &more).await;
    assert_eq!(ledger.import(&table).await.unwrap().appended, 2);
    ledger.checkpoint(&home.signer).await.unwrap();
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    // The stream has gone on here: it is no copy of the source any more, and nobody overwrites it.
    ledger.commit(home.append("t", 1, [2])).await.unwrap();
    stock(
        home,
        &["('counter', 't', 2, 'counter.added', '1', '{\"n\":5}', '{}')".to_owned()],
    )
    .await;
    assert!(matches!(
        ledger.import(&table).await,
        Err(ImportError::Differs { sequence: 2, .. })
    ));
    ledger.close().await;
}

pub(super) async fn a_stock_table_that_cannot_be_kept_is_refused(home: &Home) {
    let ledger = home.open().await;
    for (row, what) in [
        ("('a', 'x', 2, 't', '1', '{}', '{}')", "gap"),
        ("('a', '', 1, 't', '1', '{}', '{}')", "name"),
        (
            r#"('a', 'x', 1, 't', '1', '{"who":{"$personal":"00000000-0000-0000-0000-000000000000","value":1}}', '{}')"#,
            "personal",
        ),
    ] {
        let table = stock(home, &[row.to_owned()]).await;
        let refused = ledger.import(&table).await;
        assert!(
            matches!(&refused, Err(ImportError::Row { row: 1, what: why, .. }) if why.contains(what)),
            "{refused:?}"
        );
        match &home.place {
            Place::Sqlite => std::fs::remove_file(home.folder.path().join("old.sqlite")).unwrap(),
            Place::Postgres { .. } => home.sql("DROP TABLE old.events").await.unwrap(),
        }
    }
    let table = match stock(home, &[]).await {
        Table::Postgres { url, .. } => Table::Postgres {
            url,
            table: "events; SELECT 1".to_owned(),
        },
        Table::Sqlite { file, .. } => Table::Sqlite {
            file,
            table: "events; SELECT 1".to_owned(),
        },
    };
    assert!(matches!(ledger.import(&table).await, Err(ImportError::TableName(_))));
    assert_eq!(ledger.head().await.unwrap(), 0);
    // An empty table is no error.
    let empty = stock(home, &[]).await;
    assert_eq!(ledger.import(&empty).await.unwrap(), Imported::default());
    ledger.close().await;
}

/// What postgres-es itself wrote, through its own public interface.
#[tokio::test(flavor = "multi_thread")]
async fn what_postgres_es_wrote_is_taken_in_and_read_by_it_again() {
    let Some(home) = Home::postgres().await else { return };
    stock(&home, &[]).await;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(2)
        .connect(&home.url())
        .await
        .unwrap();
    let stock_repository =
        || postgres_es::PostgresEventRepository::new(pool.clone()).with_tables("old.events", "old.snapshots");
    let store = cqrs_es::persist::PersistedEventStore::new_event_store(stock_repository());
    let framework = cqrs_es::CqrsFramework::<Counter, _>::new(store, vec![], ());
    for number in 0..30 {
        let metadata = [("channel".to_owned(), "desk".to_owned())].into();
        let id = format!("c{}", number % 4);
        framework
            .execute_with_metadata(&id, super::home::Add(1), metadata)
            .await
            .unwrap();
    }
    let ledger = home.open().await;
    let table = Table::Postgres {
        url: home.url(),
        table: "old.events".to_owned(),
    };
    let imported = ledger.import(&table).await.unwrap();
    assert_eq!((imported.streams, imported.events, imported.appended), (4, 30, 30));
    let ours = postgres_es::PostgresEventRepository::new(pool.clone());
    for id in ["c0", "c1", "c2", "c3"] {
        let theirs = stock_repository().get_events::<Counter>(id).await.unwrap();
        let taken = ours.get_events::<Counter>(id).await.unwrap();
        assert_eq!(theirs.len(), taken.len());
        for (theirs, taken) in theirs.iter().zip(&taken) {
            assert_eq!(
                (
                    &theirs.aggregate_id,
                    theirs.sequence,
                    &theirs.event_type,
                    &theirs.event_version,
                    &theirs.payload
                ),
                (
                    &taken.aggregate_id,
                    taken.sequence,
                    &taken.event_type,
                    &taken.event_version,
                    &taken.payload
                )
            );
            assert_eq!(taken.metadata["channel"], "desk");
            let _: Added = serde_json::from_value(taken.payload.clone()).unwrap();
        }
    }
    pool.close().await;
    ledger.close().await;
    home.end().await;
}

/// From one database to the other: the root stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_moves_from_sqlite_to_postgresql() {
    let Some(mut there) = Home::postgres().await else {
        return;
    };
    let here = Home::sqlite();
    there.vault = here.vault.clone();
    let ledger = filled(&here).await;
    let out = here.folder.path().join("out");
    let exported = ledger.export(&out, WITH_KEYS, &here.keys()).await.unwrap();
    let moved = there.open().await;
    assert_eq!(
        moved.adopt(&out, &here.keys(), false).await.unwrap().root,
        exported.root
    );
    assert_eq!(
        moved.after(0, 1_000).await.unwrap(),
        ledger.after(0, 1_000).await.unwrap()
    );
    assert_eq!(verify(&moved, &here.keys(), None).await.unwrap().breaks, vec![]);
    moved.close().await;
    ledger.close().await;
    there.end().await;
}
