//! sqlite-es 0.5 with its own schema (the migration of the crate).

use std::str::FromStr as _;

use cqrs_es::DomainEvent as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite};
use tokio::time::Instant;

use crate::shared::protocol::{Measured, Turn, Work};
use crate::shared::workload::{STEPS, event, stream_id};
use crate::{drive, table};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS events (
  aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence integer CHECK (sequence >= 0) NOT NULL,
  event_type text NOT NULL, event_version text NOT NULL, payload text NOT NULL, metadata text NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT;";

/// As `default_sqlite_pool` makes it, but for the two settings; it waits 5 s for a lock, as sqlx does by default.
pub(crate) async fn pool(path: &str, connections: u32, full: bool) -> Result<Pool<Sqlite>, String> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite://{path}"))
        .map_err(|error| error.to_string())?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if full {
            SqliteSynchronous::Full
        } else {
            SqliteSynchronous::Normal
        })
        .foreign_keys(true);
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .connect_with(options)
        .await
        .map_err(|error| error.to_string())
}

pub(crate) async fn write(path: &str, seed: u64, work: &Work, turn: &mut Turn) -> Result<Measured, String> {
    let Work::Write {
        writers,
        seconds,
        pool: connections,
        full,
        ..
    } = work
    else {
        return Err("no writing job".to_owned());
    };
    let pool = pool(path, *connections, *full).await?;
    table::make(&pool, SCHEMA).await?;
    let framework = sqlite_es::sqlite_cqrs(pool.clone(), Vec::new(), ());
    let mut measured = drive(framework, seed, *writers, *seconds, turn).await?;
    measured.stored = Some(table::count(&pool).await?);
    pool.close().await;
    Ok(measured)
}

/// Ten thousand events a transaction.
pub(crate) async fn fill(path: &str, seed: u64, events: u64) -> Result<Measured, String> {
    let pool = pool(path, 1, false).await?;
    let begin = Instant::now();
    table::make(&pool, SCHEMA).await?;
    let mut at = 0;
    while at < events {
        let mut transaction = pool.begin().await.map_err(|error| error.to_string())?;
        for at in at..events.min(at + 10_000) {
            let (stream, step) = (at / STEPS, at % STEPS);
            let event = event(seed, stream, step);
            sqlx::query("INSERT INTO events VALUES ('filing', $1, $2, $3, '1', $4, '{}')")
                .bind(stream_id(seed, stream))
                .bind((step + 1).cast_signed())
                .bind(event.event_type())
                .bind(serde_json::to_string(&event).map_err(|error| error.to_string())?)
                .execute(&mut *transaction)
                .await
                .map_err(|error| error.to_string())?;
        }
        transaction.commit().await.map_err(|error| error.to_string())?;
        at += 10_000;
    }
    table::filled(pool, events, begin).await
}
