//! A database for one test alone.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use sqlx::{Connection, Executor, PgConnection};

use crate::outside::{Need, have};

/// An empty database on the test server. It goes with the server that `./tests/run` starts and stops.
#[derive(Debug, Clone)]
pub struct Database {
    url: String,
}

impl Database {
    /// A new database; `None` where there is no server, and the test is to end.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn fresh() -> Result<Option<Self>> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        if !have(Need::PostgreSql)? {
            return Ok(None);
        }
        let server = std::env::var("PRAMAN_TEST_POSTGRES_URL").context("PRAMAN_TEST_POSTGRES_URL")?;
        let name = format!(
            "praman_test_{}_{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        let mut connection = PgConnection::connect(&server)
            .await
            .context("connect to the test server")?;
        // A server that outlives the tests may still have the database of an earlier process with this number.
        connection
            .execute(format!("DROP DATABASE IF EXISTS {name}").as_str())
            .await?;
        connection
            .execute(format!("CREATE DATABASE {name}").as_str())
            .await
            .with_context(|| format!("create {name}"))?;
        connection.close().await?;
        Ok(Some(Self {
            url: with_database(&server, &name)?,
        }))
    }

    /// Its address, `postgres://user@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// `server` with its database replaced by `name`; what follows a `?` stays.
fn with_database(server: &str, name: &str) -> Result<String> {
    let (address, query) = server
        .split_once('?')
        .map_or((server, None), |(address, query)| (address, Some(query)));
    let (scheme, rest) = address
        .split_once("://")
        .with_context(|| format!("{server} is no URL"))?;
    let host = rest.split('/').next().unwrap_or(rest);
    Ok(query.map_or_else(
        || format!("{scheme}://{host}/{name}"),
        |query| format!("{scheme}://{host}/{name}?{query}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_is_replaced() {
        let named = |server| with_database(server, "t").unwrap();
        assert_eq!(named("postgres://u@127.0.0.1:5/postgres"), "postgres://u@127.0.0.1:5/t");
        assert_eq!(named("postgres://u:p@h"), "postgres://u:p@h/t");
        assert_eq!(
            named("postgres://u@/postgres?host=/run/pg"),
            "postgres://u@/t?host=/run/pg"
        );
        assert!(with_database("nowhere", "t").is_err());
    }
}
