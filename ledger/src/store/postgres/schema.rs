//! The tables: which version they have, and how they are made.

use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

/// Each version and its script; a script that has been released is never changed.
const MIGRATIONS: &[(i32, &str)] = &[(1, include_str!("../../../migrations/postgres/0001_ledger.sql"))];

/// The version that this program knows.
pub(super) const NEWEST: i32 = match MIGRATIONS.last() {
    Some((newest, _)) => *newest,
    None => 0,
};

/// What a database holds of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The version of its tables; 0 for none.
    pub(super) version: i32,
    /// Whether this log has its head row.
    pub(super) head: bool,
}

/// Looks, and changes nothing.
pub(super) async fn look(connection: &mut PgConnection, log_id: i32) -> sqlx::Result<Found> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('ledger_schema') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(Found {
            version: 0,
            head: false,
        });
    }
    let version = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM ledger_schema")
        .fetch_one(&mut *connection)
        .await?;
    let head = version > 0
        && sqlx::query_scalar("SELECT EXISTS (SELECT FROM ledger_head WHERE log_id = $1)")
            .bind(log_id)
            .fetch_one(&mut *connection)
            .await?;
    Ok(Found { version, head })
}

pub(super) fn unknown() -> sqlx::Error {
    sqlx::Error::Configuration("the schema is not the one that this program knows".into())
}

/// Brings the database to the newest schema and makes the log's head row. Where both are there it needs no right to make
/// anything, and makes nothing.
pub(super) async fn set_up(connect: &PgConnectOptions, log_id: i32, now: Timestamp) -> sqlx::Result<()> {
    let mut connection = connect.connect().await?;
    let found = look(&mut connection, log_id).await?;
    if found.version > NEWEST {
        return Err(unknown());
    }
    if found.version < NEWEST || !found.head {
        make(&mut connection, log_id, now).await?;
    }
    connection.close().await
}

async fn make(connection: &mut PgConnection, log_id: i32, now: Timestamp) -> sqlx::Result<()> {
    // Two processes that start at the same moment may collide on the system catalogue here (23505, 42P07): once more then.
    let create = "CREATE TABLE IF NOT EXISTS ledger_schema (version integer PRIMARY KEY, applied_at bigint NOT NULL)";
    if sqlx::query(create).execute(&mut *connection).await.is_err() {
        sqlx::query(create).execute(&mut *connection).await?;
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("LOCK TABLE ledger_schema IN EXCLUSIVE MODE")
        .execute(&mut *transaction)
        .await?;
    let reached: i32 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM ledger_schema")
        .fetch_one(&mut *transaction)
        .await?;
    if reached > NEWEST {
        return Err(unknown());
    }
    for (version, script) in MIGRATIONS.iter().filter(|(version, _)| *version > reached) {
        sqlx::raw_sql(script).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO ledger_schema (version, applied_at) VALUES ($1, $2)")
            .bind(version)
            .bind(now.as_millisecond())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(
        "INSERT INTO ledger_head (log_id, position, revision, epoch) VALUES ($1, 0, 0, 0) ON CONFLICT DO NOTHING",
    )
    .bind(log_id)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
