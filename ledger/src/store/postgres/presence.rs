//! Who works with a database, told by advisory locks: services share one, and who must be alone takes it whole. A lock lives as long as
//! its session, so a process that was killed leaves none behind.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::fault::Fault;

/// The lock's number; advisory locks are each database's own.
const LOCK: i64 = 0x7072_616d_616e_0001;
/// Looked at so often, and taken again where its session was lost.
const WATCH: Duration = Duration::from_secs(5);
/// A server notices within this that a process which held it is gone.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(100);

/// A lock on a database, held until this is dropped.
#[derive(Debug)]
pub struct Presence {
    watching: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shared,
    Alone,
}

impl Presence {
    /// A service at this database, beside others of its kind. Nothing while somebody must be alone with it.
    ///
    /// # Errors
    /// [`Fault`] when the database does not answer.
    pub async fn serving(url: &str) -> Result<Option<Self>, Fault> {
        Self::take(url, Kind::Shared).await
    }

    /// Nobody serves from this database, and nobody begins to while this is held. Nothing while a service runs.
    ///
    /// # Errors
    /// [`Fault`] when the database does not answer.
    pub async fn alone(url: &str) -> Result<Option<Self>, Fault> {
        Self::take(url, Kind::Alone).await
    }

    async fn take(url: &str, kind: Kind) -> Result<Option<Self>, Fault> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| Fault::store("read the database address", error))?
            .application_name("praman presence")
            .disable_statement_logging();
        let told = |error| Fault::store("tell others of this process", error);
        let mut connection = PgConnection::connect_with(&connect).await.map_err(told)?;
        let until = Instant::now() + PATIENCE;
        while !lock(&mut connection, kind).await.map_err(told)? {
            if Instant::now() >= until {
                return Ok(None);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Some(Self {
            watching: tokio::spawn(watch(connection, connect, kind)),
        }))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // The task owns the connection; without it the server ends the session.
        self.watching.abort();
    }
}

async fn lock(connection: &mut PgConnection, kind: Kind) -> sqlx::Result<bool> {
    let sql = match kind {
        Kind::Shared => "SELECT pg_try_advisory_lock_shared($1)",
        Kind::Alone => "SELECT pg_try_advisory_lock($1)",
    };
    sqlx::query_scalar(sql).bind(LOCK).fetch_one(connection).await
}

/// Keeps the session, and takes the lock again when it was lost. What somebody does meanwhile who then holds it cannot be undone from here;
/// it is told.
async fn watch(mut connection: PgConnection, connect: PgConnectOptions, kind: Kind) {
    loop {
        tokio::time::sleep(WATCH).await;
        if connection.ping().await.is_ok() {
            continue;
        }
        let Ok(mut again) = PgConnection::connect_with(&connect).await else {
            continue;
        };
        match lock(&mut again, kind).await {
            Ok(true) => tracing::info!("the database was away; others see again that this process is there"),
            Ok(false) => {
                tracing::error!("keys may have been changed while the database was away: start this process again")
            }
            Err(_) => continue,
        }
        connection = again;
    }
}
