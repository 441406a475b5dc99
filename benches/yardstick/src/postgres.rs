//! postgres-es 0.5 with its own schema (`db/init.sql` of the crate).

use std::sync::Arc;

use cqrs_es::persist::GenericQuery;
use cqrs_es::{DomainEvent as _, Query};
use postgres_es::PostgresViewRepository;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Pool, Postgres};
use tokio::time::Instant;

use crate::shared::protocol::{Measured, Turn, Work};
use crate::shared::workload::{Filing, STEPS, event, stream_id};
use crate::{Status, drive, table};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS events (
  aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint CHECK (sequence >= 0) NOT NULL,
  event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence));
CREATE TABLE IF NOT EXISTS status (
  view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL, PRIMARY KEY (view_id));";

/// As `default_postgress_pool` makes it, but with so many connections, all of them open from the start.
pub(crate) async fn pool(url: &str, connections: u32) -> Result<Pool<Postgres>, String> {
    PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .connect(url)
        .await
        .map_err(|error| error.to_string())
}

pub(crate) async fn write(url: &str, seed: u64, work: &Work, turn: &mut Turn) -> Result<Measured, String> {
    let Work::Write {
        writers,
        seconds,
        pool: connections,
        view,
        ..
    } = work
    else {
        return Err("no writing job".to_owned());
    };
    let pool = pool(url, *connections).await?;
    table::make(&pool, SCHEMA).await?;
    let queries: Vec<Box<dyn Query<Filing>>> = if *view {
        let repository = PostgresViewRepository::<Status, Filing>::new("status", pool.clone());
        vec![Box::new(GenericQuery::new(Arc::new(repository)))]
    } else {
        Vec::new()
    };
    let framework = postgres_es::postgres_cqrs(pool.clone(), queries, ());
    let mut measured = drive(framework, seed, *writers, *seconds, turn).await?;
    measured.stored = Some(table::count(&pool).await?);
    pool.close().await;
    Ok(measured)
}

/// A thousand events a statement.
pub(crate) async fn fill(url: &str, seed: u64, events: u64) -> Result<Measured, String> {
    let pool = pool(url, 1).await?;
    let begin = Instant::now();
    table::make(&pool, SCHEMA).await?;
    let wanted: Vec<(u64, u64)> = (0..events).map(|at| (at / STEPS, at % STEPS)).collect();
    for page in wanted.chunks(1_000) {
        let (mut ids, mut sequences, mut types, mut payloads) = (vec![], vec![], vec![], vec![]);
        for (stream, step) in page {
            let event = event(seed, *stream, *step);
            ids.push(stream_id(seed, *stream));
            sequences.push((step + 1).cast_signed());
            types.push(event.event_type());
            payloads.push(serde_json::to_string(&event).map_err(|error| error.to_string())?);
        }
        sqlx::query(
            "INSERT INTO events SELECT 'filing', id, sequence, type, '1', payload::json, '{}'
               FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS new (id, sequence, type, payload)",
        )
        .bind(ids)
        .bind(sequences)
        .bind(types)
        .bind(payloads)
        .execute(&pool)
        .await
        .map_err(|error| error.to_string())?;
    }
    table::filled(pool, events, begin).await
}
