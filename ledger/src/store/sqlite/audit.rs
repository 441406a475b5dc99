//! What the audit asks of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use keys::Vault;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{EVENT_COLUMNS, Sqlite, event_of, limit_of, migrate, open_reader, row_of, with_terms};
use crate::fault::Fault;
use crate::rows::{StoredRow, checkpoint_tag, command_tag, head_tag, subject_tag};
use crate::store::{CommandRange, RawPage, Totals, signed, unsigned};
use crate::tree::Hash;

impl Sqlite {
    pub(crate) async fn raw_events(&self, from: u64, to: u64) -> Result<RawPage, Fault> {
        let log_id = self.log_id;
        self.read("read events", move |connection| {
            let mut page = RawPage::default();
            let reading = (|| {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = ?1 AND position BETWEEN ?2 AND ?3 ORDER BY position"
                ))?;
                let mut rows = statement.query(params![log_id, signed(from), signed(to)])?;
                while let Some(row) = rows.next()? {
                    let position = row.get(0).map(unsigned)?;
                    page.rows.push((position, event_of(row).map_err(|error| error.to_string())));
                }
                Ok::<_, rusqlite::Error>(())
            })();
            page.broken_off = reading.err().map(|error| error.to_string());
            Ok(page)
        })
        .await
    }

    pub(crate) async fn last_event(&self) -> Result<u64, Fault> {
        let log_id = self.log_id;
        self.read("read the last event", move |connection| {
            let sql = "SELECT coalesce(max(position), 0) FROM ledger_event WHERE log_id = ?1";
            connection.query_row(sql, [log_id], |row| row.get(0).map(unsigned))
        })
        .await
    }

    pub(crate) async fn first_recorded_from(&self, millisecond: i64) -> Result<Option<u64>, Fault> {
        let log_id = self.log_id;
        self.read_patiently("look for a time", move |connection| {
            connection
                .prepare_cached(
                    "SELECT position FROM ledger_event WHERE log_id = ?1 AND recorded_at >= ?2 ORDER BY position LIMIT 1",
                )?
                .query_row(params![log_id, millisecond], |row| row.get(0).map(unsigned))
                .optional()
        })
        .await
    }

    pub(crate) async fn broken_sequences(&self, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        let log_id = self.log_id;
        self.read("check sequences", move |connection| {
            connection
                .prepare_cached(
                    "SELECT e.position FROM ledger_event e
                      WHERE e.log_id = ?1 AND e.position BETWEEN ?2 AND ?3 AND (e.sequence < 1 OR e.sequence > 1 AND NOT EXISTS (
                        SELECT 1 FROM ledger_event p WHERE p.log_id = e.log_id AND p.aggregate_type = e.aggregate_type
                           AND p.aggregate_id = e.aggregate_id AND p.sequence = e.sequence - 1 AND p.position < e.position))
                      ORDER BY e.position",
                )?
                .query_map(params![log_id, signed(from), signed(to)], |row| row.get(0).map(unsigned))?
                .collect()
        })
        .await
    }

    pub(crate) async fn command_ranges(&self, ids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, CommandRange>, Fault> {
        let log_id = self.log_id;
        self.read("check commands", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT first_position, last_position, recorded_at FROM ledger_command WHERE log_id = ?1 AND command_id = ?2",
            )?;
            let mut ranges = BTreeMap::new();
            for id in ids {
                let range = statement
                    .query_row(params![log_id, id.as_bytes()], |row| {
                        Ok((row.get(0).map(unsigned)?, row.get(1).map(unsigned)?, row.get(2)?))
                    })
                    .optional()?;
                if let Some(range) = range {
                    ranges.insert(id, range);
                }
            }
            Ok(ranges)
        })
        .await
    }

    pub(crate) async fn all_rows(&self, after: (&str, &str), limit: usize) -> Result<Vec<(String, StoredRow)>, Fault> {
        let (log_id, space, key) = (self.log_id, after.0.to_owned(), after.1.to_owned());
        self.read("check rows", move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let found: Vec<(String, StoredRow)> = snapshot
                .prepare_cached(
                    "SELECT key, version, folded, body, tag, space FROM ledger_row WHERE log_id = ?1 AND (space, key) > (?2, ?3)
                      ORDER BY space, key LIMIT ?4",
                )?
                .query_map(params![log_id, space, key, limit_of(limit)], |row| Ok((row.get(5)?, row_of(row)?)))?
                .collect::<rusqlite::Result<_>>()?;
            found
                .into_iter()
                .map(|(space, row)| with_terms(&snapshot, log_id, &space, row).map(|row| (space, row)))
                .collect()
        })
        .await
    }

    pub(crate) async fn totals(&self, head: u64) -> Result<Totals, Fault> {
        let log_id = self.log_id;
        self.read_patiently("sum up", move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let one = |sql: &str| -> rusqlite::Result<u64> {
                snapshot.query_row(sql, params![log_id, signed(head)], |row| row.get(0).map(unsigned))
            };
            let bookmarks_beyond = snapshot
                .prepare(
                    "SELECT name FROM projection WHERE log_id = ?1
                      AND position > (SELECT position FROM ledger_head WHERE log_id = ?1)",
                )?
                .query_map([log_id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let bookmarks = snapshot
                .prepare("SELECT name, generation, position, tag FROM projection WHERE log_id = ?1")?
                .query_map([log_id], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2).map(unsigned)?, row.get(3)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Totals {
                bookmarks,
                head: one("SELECT position FROM ledger_head WHERE log_id = ?1 AND ?2 IS NOT NULL")?,
                last_event: one(
                    "SELECT coalesce(max(position), 0) FROM ledger_event WHERE log_id = ?1 AND ?2 IS NOT NULL",
                )?,
                // `+` keeps the index out: the table itself is counted.
                events: one("SELECT count(*) FROM ledger_event NOT INDEXED WHERE +log_id = ?1 AND +position <= ?2")?,
                claimed: one(
                    "SELECT coalesce(sum(last_position - first_position + 1), 0) FROM ledger_command
                      WHERE log_id = ?1 AND first_position > 0 AND last_position <= ?2",
                )?,
                senseless_commands: one(
                    "SELECT count(*) FROM ledger_command WHERE log_id = ?1 AND ?2 IS NOT NULL
                      AND (first_position > last_position OR (first_position < 1) <> (last_position < 1)
                           OR last_position > (SELECT position FROM ledger_head WHERE log_id = ?1))",
                )?,
                bookmarks_beyond,
            })
        })
        .await
    }

    pub(crate) async fn integrity(&self) -> Result<Vec<String>, Fault> {
        // Longer than a read may take: every page is visited.
        let (path, log_id, vault) = (self.readers.path.clone(), self.log_id, self.vault.clone());
        tokio::task::spawn_blocking(move || {
            let connection = match open_reader(&path) {
                Ok(connection) => connection,
                Err(error) => return vec![error.to_string()],
            };
            let looks: [&dyn Fn() -> rusqlite::Result<Vec<String>>; 3] =
                [&|| pages(&connection), &|| definitions_differ(&connection), &|| {
                    tags_differ(&connection, log_id, &vault)
                }];
            let found = looks.into_iter().flat_map(|look| match look() {
                Ok(lines) => lines,
                Err(error) => vec![error.to_string()],
            });
            found.collect()
        })
        .await
        .map_err(|_| Fault::Stopped)
    }
}

/// What SQLite itself says of its pages, keys and constraints.
fn pages(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    let mut lines: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

/// Kind, name, table, text, and whether it has pages of its own.
type Definitions = BTreeSet<[String; 5]>;

fn definitions(connection: &Connection) -> rusqlite::Result<Definitions> {
    connection
        .prepare(
            "SELECT type, name, tbl_name, coalesce(sql, ''), CAST(rootpage <> 0 AS TEXT) FROM sqlite_schema
              WHERE name NOT LIKE 'sqlite_stat%'",
        )?
        .query_map([], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
        })?
        .collect()
}

/// A trigger or key that is gone leaves no trace in the rows, so the definitions are compared as well.
fn definitions_differ(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    static INSTALLED: OnceLock<Definitions> = OnceLock::new();
    let installed = match INSTALLED.get() {
        Some(installed) => installed,
        None => {
            let mut fresh = Connection::open_in_memory()?;
            migrate(&mut fresh)?;
            let made = definitions(&fresh)?;
            INSTALLED.get_or_init(|| made)
        }
    };
    let actual = definitions(connection)?;
    let differing = installed.symmetric_difference(&actual);
    Ok(differing
        .map(|[_, name, ..]| format!("the definition of {name} is not the one that was installed"))
        .collect())
}

/// Each tag must be that of its row.
fn tags_differ(connection: &Connection, log_id: i32, vault: &Vault) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut compare = |what: &str, sql: &str, expected: &dyn Fn(&Row<'_>) -> rusqlite::Result<Hash>| {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([log_id])?;
        while let Some(row) = rows.next()? {
            if row.get_ref("tag")?.as_blob()? != expected(row)? {
                found.push(format!("{what} is not the one that was written"));
            }
        }
        Ok::<_, rusqlite::Error>(())
    };
    let uuid = |row: &Row<'_>, name| -> rusqlite::Result<Uuid> { Ok(Uuid::from_bytes(row.get(name)?)) };
    compare("the head", "SELECT * FROM ledger_head WHERE log_id = ?1", &|row| {
        let (revision, epoch) = (row.get("revision").map(unsigned)?, row.get("epoch").map(unsigned)?);
        Ok(head_tag(vault, revision, epoch))
    })?;
    compare("a command", "SELECT * FROM ledger_command WHERE log_id = ?1", &|row| {
        let range = (
            row.get("first_position").map(unsigned)?,
            row.get("last_position").map(unsigned)?,
        );
        let hash: Vec<u8> = row.get("request_hash")?;
        Ok(command_tag(
            vault,
            uuid(row, "command_id")?,
            &hash,
            range,
            row.get("recorded_at")?,
        ))
    })?;
    compare(
        "the time of a checkpoint",
        "SELECT * FROM ledger_checkpoint WHERE log_id = ?1",
        &|row| Ok(checkpoint_tag(vault, row.get("size").map(unsigned)?, row.get("at")?)),
    )?;
    compare("a data key", "SELECT * FROM subject_key WHERE log_id = ?1", &|row| {
        let wrapped: Option<Vec<u8>> = row.get("wrapped_dek")?;
        Ok(subject_tag(
            vault,
            uuid(row, "subject_id")?,
            wrapped.as_deref(),
            row.get("destroyed_at")?,
        ))
    })?;
    // Rows of another log in this file would be outside every other look; one file holds one log.
    for table in [
        "ledger_head",
        "ledger_event",
        "ledger_command",
        "ledger_tree",
        "ledger_checkpoint",
        "projection",
        "subject_key",
        "ledger_row",
        "ledger_row_term",
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE log_id <> ?1");
        let others: i64 = connection.query_row(&sql, [log_id], |row| row.get(0))?;
        if others > 0 {
            found.push(format!("{others} rows of {table} are of another log"));
        }
    }
    Ok(found)
}
