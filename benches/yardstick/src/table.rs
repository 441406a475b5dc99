//! The table of events, whichever database holds it.

use sqlx::{Database, Executor, FromRow, IntoArguments, Pool};
use tokio::time::Instant;

use crate::shared::process;
use crate::shared::protocol::Measured;

/// Makes the tables where they are not there yet.
pub(crate) async fn make<DB: Database>(pool: &Pool<DB>, schema: &str) -> Result<(), String>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
{
    let made = sqlx::raw_sql(schema).execute(pool).await;
    made.map(drop).map_err(|error| error.to_string())
}

/// How many events there are.
pub(crate) async fn count<DB: Database>(pool: &Pool<DB>) -> Result<u64, String>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    for<'q> DB::Arguments<'q>: IntoArguments<'q, DB>,
    for<'r> (i64,): FromRow<'r, DB::Row>,
{
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM events")
        .fetch_one(pool)
        .await
        .map_err(|error| error.to_string())?;
    Ok(count.cast_unsigned())
}

/// What filling a store since `begin` came to; closes the connections.
pub(crate) async fn filled<DB: Database>(pool: Pool<DB>, events: u64, begin: Instant) -> Result<Measured, String>
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
    for<'q> DB::Arguments<'q>: IntoArguments<'q, DB>,
    for<'r> (i64,): FromRow<'r, DB::Row>,
{
    let stored = count(&pool).await?;
    pool.close().await;
    Ok(Measured {
        count: events,
        seconds: begin.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds(),
        peak_memory: process::peak_memory(),
        stored: Some(stored),
        ..Measured::default()
    })
}
