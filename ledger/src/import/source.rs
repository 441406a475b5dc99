//! The rows of a stock table, in a fixed order: by the bytes of aggregate type and id, then by sequence.
//!
//! These tables have no order of commits and no time, so there is no other order that is the same on every day and in both
//! databases. Within a stream it is the true one.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use rusqlite::OpenFlags;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Row as _};

use super::ImportError;

/// Rows read at a time.
const PAGE: usize = 1_000;

/// Where the rows are.
#[derive(Clone)]
pub enum Table {
    /// A table of postgres-es.
    Postgres {
        /// Address of the database.
        url: String,
        /// Its name, `events` by custom.
        table: String,
    },
    /// A table of sqlite-es.
    Sqlite {
        /// The file; it is only read.
        file: PathBuf,
        /// Its name, `events` by custom.
        table: String,
    },
}

impl std::fmt::Debug for Table {
    /// Without the address, which holds a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres { table, .. } => f.debug_struct("Postgres").field("table", table).finish_non_exhaustive(),
            Self::Sqlite { file, table } => f
                .debug_struct("Sqlite")
                .field("file", file)
                .field("table", table)
                .finish(),
        }
    }
}

/// A row as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StockRow {
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) sequence: i64,
    pub(super) event_type: String,
    pub(super) event_version: String,
    /// The very text.
    pub(super) payload: String,
    pub(super) metadata: String,
}

/// An open table, read as of one moment.
pub(super) enum Rows {
    Postgres(Box<PgConnection>),
    Sqlite {
        connection: Option<Box<rusqlite::Connection>>,
        table: String,
        last: Option<(String, String, i64)>,
    },
}

/// The name in quotes; `schema.table` is two of them.
fn quoted(table: &str) -> Result<String, ImportError> {
    let parts: Vec<&str> = table.split('.').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.len() <= 63 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if parts.len() > 2 || !parts.iter().all(plain) {
        return Err(ImportError::TableName(table.to_owned()));
    }
    let quoted: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
    Ok(quoted.join("."))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(doing: &'static str) -> impl FnOnce(E) -> ImportError {
    move |source| ImportError::Source {
        doing,
        source: Arc::new(source),
    }
}

impl Rows {
    pub(super) async fn open(table: &Table) -> Result<Self, ImportError> {
        match table {
            Table::Postgres { url, table } => {
                let table = quoted(table)?;
                let options = PgConnectOptions::from_str(url).map_err(failed("its address"))?;
                let options = options.application_name("praman import").disable_statement_logging();
                let mut connection = options.connect().await.map_err(failed("connecting"))?;
                // One moment for all pages; the text of a json column is kept as it was written.
                let script = format!(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
                     DECLARE praman_import NO SCROLL CURSOR FOR
                     SELECT aggregate_type::text, aggregate_id::text, sequence::bigint, event_type::text, event_version::text,
                            payload::text, metadata::text
                       FROM {table} ORDER BY aggregate_type COLLATE \"C\", aggregate_id COLLATE \"C\", sequence"
                );
                let opened = sqlx::raw_sql(&script).execute(&mut connection).await;
                opened.map_err(failed("opening the table"))?;
                Ok(Self::Postgres(Box::new(connection)))
            }
            Table::Sqlite { file, table } => {
                let (table, file) = (quoted(table)?, file.clone());
                let opened = tokio::task::spawn_blocking(move || {
                    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                    let connection = rusqlite::Connection::open_with_flags(file, flags)?;
                    connection.pragma_update(None, "trusted_schema", false)?;
                    connection.execute_batch("BEGIN")?;
                    Ok::<_, rusqlite::Error>(connection)
                });
                let connection = opened.await.map_err(failed("opening the file"))?;
                Ok(Self::Sqlite {
                    connection: Some(Box::new(connection.map_err(failed("opening the file"))?)),
                    table,
                    last: None,
                })
            }
        }
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<StockRow>, ImportError> {
        match self {
            Self::Postgres(connection) => {
                let fetch = format!("FETCH {PAGE} FROM praman_import");
                let rows = sqlx::query(&fetch).fetch_all(connection.as_mut()).await;
                let read = |row: sqlx::postgres::PgRow| {
                    Ok::<_, sqlx::Error>(StockRow {
                        aggregate_type: row.try_get(0)?,
                        aggregate_id: row.try_get(1)?,
                        sequence: row.try_get(2)?,
                        event_type: row.try_get(3)?,
                        event_version: row.try_get(4)?,
                        payload: row.try_get(5)?,
                        metadata: row.try_get(6)?,
                    })
                };
                let rows = rows.map_err(failed("reading rows"))?;
                let rows: Result<Vec<_>, _> = rows.into_iter().map(read).collect();
                rows.map_err(failed("reading rows"))
            }
            Self::Sqlite {
                connection,
                table,
                last,
            } => {
                let Some(own) = connection.take() else {
                    return Ok(Vec::new());
                };
                let (table, after) = (table.clone(), last.clone());
                let page = tokio::task::spawn_blocking(move || {
                    let rows = sqlite_page(&own, &table, after.as_ref());
                    (own, rows)
                });
                let (own, rows) = page.await.map_err(failed("reading rows"))?;
                *connection = Some(own);
                let rows = rows.map_err(failed("reading rows"))?;
                if let Some(row) = rows.last() {
                    *last = Some((row.aggregate_type.clone(), row.aggregate_id.clone(), row.sequence));
                }
                Ok(rows)
            }
        }
    }
}

fn sqlite_page(
    connection: &rusqlite::Connection,
    table: &str,
    after: Option<&(String, String, i64)>,
) -> rusqlite::Result<Vec<StockRow>> {
    let condition = if after.is_some() {
        "WHERE (aggregate_type, aggregate_id, sequence) > (?1, ?2, ?3)"
    } else {
        "WHERE ?1 IS NULL AND ?2 IS NULL AND ?3 IS NULL"
    };
    let (kind, id, sequence) = after.map_or((None, None, None), |(kind, id, sequence)| {
        (Some(kind), Some(id), Some(sequence))
    });
    connection
        .prepare_cached(&format!(
            "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
                    CAST(payload AS TEXT), CAST(metadata AS TEXT)
               FROM {table} {condition} ORDER BY aggregate_type, aggregate_id, sequence LIMIT {PAGE}"
        ))?
        .query_map(rusqlite::params![kind, id, sequence], |row| {
            Ok(StockRow {
                aggregate_type: row.get(0)?,
                aggregate_id: row.get(1)?,
                sequence: row.get(2)?,
                event_type: row.get(3)?,
                event_version: row.get(4)?,
                payload: row.get(5)?,
                metadata: row.get(6)?,
            })
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_plainly() {
        assert_eq!(quoted("events").unwrap(), "\"events\"");
        assert_eq!(quoted("old.events_2").unwrap(), "\"old\".\"events_2\"");
        for name in ["", ".", "a.b.c", "events; DROP TABLE x", "e\"", "a b", &"x".repeat(64)] {
            assert!(matches!(quoted(name), Err(ImportError::TableName(_))), "{name}");
        }
        assert!(quoted(&"x".repeat(63)).is_ok());
    }
}
