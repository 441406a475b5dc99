//! What the audit asks of the file.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::{EVENT_COLUMNS, Sqlite, event_of, limit_of, migrate, open_reader, row_of, with_terms};
use crate::fault::Fault;
use crate::rows::StoredRow;
use crate::store::{CommandRange, RawPage, Totals, signed, unsigned};

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
        let path = self.readers.path.clone();
        tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            let look = || -> rusqlite::Result<Vec<String>> {
                let connection = open_reader(&path)?;
                let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
                let mut lines: Vec<String> = statement
                    .query_map([], |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                lines.retain(|line| line != "ok");
                Ok(lines)
            };
            match look() {
                Ok(lines) => found.extend(lines),
                Err(error) => found.push(error.to_string()),
            }
            // A trigger or key that is gone leaves no trace in the rows, so the definitions are compared as well.
            let definitions = |connection: &Connection| -> rusqlite::Result<BTreeSet<(String, String)>> {
                connection
                    .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            };
            let compare = || -> rusqlite::Result<Vec<String>> {
                let mut fresh = Connection::open_in_memory()?;
                migrate(&mut fresh, Timestamp::UNIX_EPOCH)?;
                let expected = definitions(&fresh)?;
                let actual = definitions(&open_reader(&path)?)?;
                let differing = expected.symmetric_difference(&actual).map(|(name, _)| name.clone());
                Ok(differing
                    .map(|name| format!("the definition of {name} is not the one that was installed"))
                    .collect())
            };
            match compare() {
                Ok(lines) => found.extend(lines),
                Err(error) => found.push(error.to_string()),
            }
            found
        })
        .await
        .map_err(|_| Fault::Stopped)
    }
}
