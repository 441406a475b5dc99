//! Every byte of a small SQLite store turned over, one at a time: each is found, or is proven to have changed no row.
//!
//! A byte is *without effect* when SQLite's own check passes, every definition is the one that was installed, and every row of
//! every table reads as before; the audit must then be content too. Otherwise an opening or the audit must say so.
//! `PRAMAN_TEST_FLIP_STEP` above 1 visits fewer bytes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keys::{PublicKey, SeededEntropy, Vault};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::home::{Home, append, personal};
use crate::audit::{Report, verify};
use crate::tree::Hash;
use crate::{Bookmark, Expect, Health, Ledger, ManualClock, RowChange, Settings};

/// The smallest page that SQLite has: as little unused space as there can be.
const PAGE_BYTES: usize = 512;

/// How a turned byte shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// The store does not open.
    Refused,
    /// A leaf does not hash to what is stored, or its event cannot be read.
    ByLeaf,
    /// The tree, a checkpoint or the order of events.
    ByTree,
    /// A keyed tag of a row, a command, a key.
    ByTag,
    /// SQLite's own check: pages, keys, an index that does not tell what its table does.
    BySqlite,
    /// A table, key or trigger is not the one that was installed.
    ByDefinition,
    /// Something else that the audit compares.
    Otherwise,
    /// No row of any table, read as SQLite reads it, is another.
    WithoutEffect,
    /// Something changed and nobody said so.
    Silent,
}

fn kind(report: &Report, health: &Health) -> Found {
    let texts: Vec<&str> = report.breaks.iter().map(|found| found.what.as_str()).collect();
    let any = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    if any(&[
        "stored leaf",
        "event cannot be read",
        "meta cannot",
        "no JSON",
        "does not open",
    ]) {
        Found::ByLeaf
    } else if any(&[
        "the tree",
        "checkpoint",
        "is missing",
        "in its stream",
        "stands in the log twice",
    ]) {
        Found::ByTree
    } else if any(&["that was written", "of another log"]) {
        Found::ByTag
    } else if any(&["that was installed"]) {
        Found::ByDefinition
    } else if any(&["the database reports"]) {
        Found::BySqlite
    } else if !texts.is_empty() || *health != Health::Sound {
        Found::Otherwise
    } else {
        Found::Silent
    }
}

/// What a judge needs to know of the store before it was touched.
struct Before {
    settings: Settings,
    vault: Vault,
    keys: Vec<PublicKey>,
    tables: Vec<String>,
    rows: Hash,
}

/// Every row of every table and every definition, as one digest; an error where SQLite cannot read on or finds fault.
fn rows_of(path: &Path, tables: &[String]) -> Result<Hash, String> {
    let read = || -> rusqlite::Result<Result<Hash, String>> {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        let mut hash = Sha256::new();
        for table in tables {
            // The table itself and no index; the check below compares the two.
            let mut statement = connection.prepare(&format!("SELECT * FROM {table} NOT INDEXED"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    let (kind, bytes): (u8, Vec<u8>) = match row.get_ref(column)? {
                        ValueRef::Null => (0, Vec::new()),
                        ValueRef::Integer(number) => (1, number.to_be_bytes().to_vec()),
                        ValueRef::Real(number) => (2, number.to_be_bytes().to_vec()),
                        ValueRef::Text(text) => (3, text.to_vec()),
                        ValueRef::Blob(bytes) => (4, bytes.to_vec()),
                    };
                    hash.update([kind]);
                    hash.update((bytes.len() as u64).to_be_bytes());
                    hash.update(bytes);
                }
            }
            hash.update([9]);
        }
        let check: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if check == "ok" {
            Ok(Ok(hash.finalize().into()))
        } else {
            Ok(Err(check))
        }
    };
    read().unwrap_or_else(|error| Err(error.to_string()))
}

impl Before {
    fn of(home: &Home) -> Self {
        let connection = Connection::open(home.file()).unwrap();
        let mut tables: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(tables.len() >= 9, "{tables:?}");
        tables.push("sqlite_schema".to_owned());
        drop(connection);
        Self {
            settings: home.settings(),
            vault: home.vault.clone(),
            keys: home.keys(),
            rows: rows_of(&home.file(), &tables).unwrap(),
            tables,
        }
    }

    /// Opens the copy as an auditor does, and audits it.
    async fn audited(&self, copy: &Path) -> Found {
        let opened = Ledger::open_sqlite_read_only(
            copy,
            self.settings.clone(),
            self.vault.clone(),
            Arc::new(SeededEntropy::new(3)),
            Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        );
        let Ok(ledger) = opened.await else {
            return Found::Refused;
        };
        let report = verify(&ledger, &self.keys, None).await.unwrap();
        let found = kind(&report, &ledger.health());
        ledger.close().await;
        found
    }
}

/// A folder in memory where there is one: nothing here is about the disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

struct Copy {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Copy {
    fn new() -> Self {
        let folder = folder();
        let path = folder.path().join("copy.sqlite");
        Self { _folder: folder, path }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.path.with_file_name(format!("copy.sqlite-{ending}"))
    }

    fn write(&self, database: &[u8], log: Option<&[u8]>) {
        std::fs::write(&self.path, database).unwrap();
        drop(std::fs::remove_file(self.beside("shm")));
        match log {
            Some(log) => std::fs::write(self.beside("wal"), log).unwrap(),
            None => drop(std::fs::remove_file(self.beside("wal"))),
        }
    }
}

fn step() -> usize {
    std::env::var("PRAMAN_TEST_FLIP_STEP").map_or(1, |step| step.parse().unwrap())
}

/// Judges every place of `length` on all processors; `judge` gets a folder of its own for each of them.
fn everywhere(length: usize, judge: impl Fn(&Copy, &tokio::runtime::Runtime, usize) -> Found + Sync) -> Outcome {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let places: Vec<usize> = (0..length).step_by(step()).collect();
    let mut outcome = Outcome::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                let (judge, places) = (&judge, &places);
                scope.spawn(move || {
                    let (copy, mut own) = (Copy::new(), Outcome::default());
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .unwrap();
                    for place in places.iter().skip(worker).step_by(workers) {
                        own.add(judge(&copy, &runtime, *place), *place);
                    }
                    own
                })
            })
            .collect();
        for thread in threads {
            outcome.merge(thread.join().unwrap());
        }
    });
    outcome
}

#[derive(Default)]
struct Outcome {
    counts: BTreeMap<Found, usize>,
    silent: Vec<usize>,
}

impl Outcome {
    fn add(&mut self, found: Found, place: usize) {
        *self.counts.entry(found).or_default() += 1;
        if found == Found::Silent {
            self.silent.push(place);
        }
    }

    fn merge(&mut self, other: Self) {
        for (found, count) in other.counts {
            *self.counts.entry(found).or_default() += count;
        }
        self.silent.extend(other.silent);
    }

    fn judged(&self, what: &str, bytes: usize) {
        let all: usize = self.counts.values().sum();
        println!("{what}: {bytes} bytes, {all} turned over: {:?}", self.counts);
        assert_eq!(all, bytes.div_ceil(step()));
        let mut silent = self.silent.clone();
        silent.sort_unstable();
        silent.truncate(40);
        assert_eq!(silent, Vec::<usize>::new(), "{:?}", self.counts);
    }
}

/// A store with something of everything: open and sealed events, an erased person, rows and terms, a reader, a command without
/// events, checkpoints.
async fn filled(home: &Home) -> Ledger {
    Connection::open(home.file())
        .unwrap()
        .execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}; VACUUM"))
        .unwrap();
    let ledger = home.open().await;
    let erased = home.entropy.uuid_v4();
    for number in 0..4_u64 {
        let mut batch = home.append("a", number, [1]);
        let subject = if number == 1 { erased } else { home.entropy.uuid_v4() };
        let b = append(&format!("b{number}"), 0, [personal(subject, "Asha")]);
        batch.appends.push(b);
        batch.rows.push(RowChange::Put {
            space: "s".to_owned(),
            key: number.to_string(),
            body: b"body".to_vec(),
            terms: vec![("n".to_owned(), number.to_string())],
            expect: Expect::Absent,
        });
        ledger.commit(batch).await.unwrap();
        if number == 1 {
            ledger.checkpoint(&home.signer).await.unwrap();
        }
    }
    let mut rest = home.batch();
    rest.bookmark = Some(Bookmark {
        name: "reader".to_owned(),
        generation: 0,
        from: 0,
        to: 7,
    });
    rest.destroy_subjects.push(erased);
    ledger.commit(rest).await.unwrap();
    ledger
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turned_byte_of_the_file_changes_nothing_silently() {
    let home = Home::sqlite();
    let ledger = filled(&home).await;
    ledger.checkpoint(&home.signer).await.unwrap();
    ledger.close().await;
    let before = Before::of(&home);
    let whole = std::fs::read(home.file()).unwrap();
    assert_eq!(whole.len() % PAGE_BYTES, 0);
    let untouched = Copy::new();
    untouched.write(&whole, None);
    assert_eq!(
        before.audited(&untouched.path).await,
        Found::Silent,
        "nothing to find in the whole store"
    );

    let outcome = everywhere(whole.len(), |copy, runtime, place| {
        let mut bytes = whole.clone();
        // Another bit at each place, so that all eight are met in every kind of content.
        bytes[place] ^= 1 << (place % 8);
        copy.write(&bytes, None);
        let rows = rows_of(&copy.path, &before.tables);
        // Proven already; the audit, which sees rows and definitions only, is asked of every sixteenth.
        if rows == Ok(before.rows) && place % 16 != 0 {
            return Found::WithoutEffect;
        }
        copy.write(&bytes, None);
        match runtime.block_on(before.audited(&copy.path)) {
            Found::Silent if rows == Ok(before.rows) => Found::WithoutEffect,
            Found::Silent => {
                println!("silent at {place} (page {}): {rows:?}", place / PAGE_BYTES + 1);
                Found::Silent
            }
            found => found,
        }
    });
    outcome.judged("the file", whole.len());
    for kind in [
        Found::Refused,
        Found::ByLeaf,
        Found::ByTree,
        Found::ByTag,
        Found::BySqlite,
    ] {
        assert!(outcome.counts.contains_key(&kind), "no {kind:?}: {:?}", outcome.counts);
    }
}

/// SQLite reads its write-ahead log up to the first frame that does not fit and silently drops what follows. The checkpoint
/// outside the database knows better.
#[tokio::test(flavor = "multi_thread")]
async fn a_turned_byte_of_the_write_ahead_log_changes_nothing_silently() {
    let home = Home::sqlite();
    filled(&home).await.close().await;
    // Closing has emptied the log; from here on it holds every commit.
    let ledger = home.open().await;
    let database = std::fs::read(home.file()).unwrap();
    for number in 4..7_u64 {
        let mut batch = home.append("a", number, [1]);
        batch.rows.push(RowChange::Put {
            space: "s".to_owned(),
            key: number.to_string(),
            body: b"body".to_vec(),
            terms: vec![("n".to_owned(), number.to_string())],
            expect: Expect::Absent,
        });
        ledger.commit(batch).await.unwrap();
    }
    ledger.checkpoint(&home.signer).await.unwrap();
    assert!(std::fs::read(home.file()).unwrap() == database, "all is in the log");
    let log = std::fs::read(home.folder.path().join("ledger.sqlite-wal")).unwrap();
    let before = Before::of(&home);

    let outcome = everywhere(log.len(), |copy, runtime, place| {
        // What SQLite makes of a broken log is one of few states: each is audited once.
        thread_local! {
            static KNOWN: std::cell::RefCell<HashMap<Result<Hash, String>, Found>> = std::cell::RefCell::default();
        }
        let mut bytes = log.clone();
        bytes[place] ^= 1 << (place % 8);
        copy.write(&database, Some(&bytes));
        let rows = rows_of(&copy.path, &before.tables);
        if let Some(found) = KNOWN.with_borrow(|known| known.get(&rows).copied()) {
            return found;
        }
        copy.write(&database, Some(&bytes));
        let found = match runtime.block_on(before.audited(&copy.path)) {
            Found::Silent if rows == Ok(before.rows) => Found::WithoutEffect,
            found => found,
        };
        KNOWN.with_borrow_mut(|known| known.insert(rows, found));
        found
    });
    ledger.close().await;
    outcome.judged("the write-ahead log", log.len());
    assert!(outcome.counts.contains_key(&Found::ByTree), "{:?}", outcome.counts);
}
