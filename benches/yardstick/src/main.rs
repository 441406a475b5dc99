//! The stock crates, driven as `praman bench ledger` drives the ledger: same aggregate, same payload, same closed loop.
//!
//! A job comes in on standard input as one line of JSON and the figures go out the same way (`benches/shared/protocol.rs`).
//! It lives in a workspace of its own because sqlite-es needs the real sqlx-sqlite (docs/decisions/0003).

#[path = "../../shared/mod.rs"]
mod shared;

mod postgres;
mod sqlite;
mod table;

use std::process::ExitCode;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{Aggregate as _, CqrsFramework, EventEnvelope, View};
use serde::{Deserialize, Serialize};
use shared::drive::closed_loop;
use shared::process;
use shared::protocol::{How, Measured, Place, Turn, Work};
use shared::workload::{Advance, Event, Filing, content, stream_id};
use tokio::time::{Duration, Instant};

/// As `praman` has it, so that the ratio compares crates and not allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a citizen sees of a filing: the one view.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Status {
    stage: String,
    at: i64,
    events: u64,
}

impl View<Filing> for Status {
    fn update(&mut self, event: &EventEnvelope<Filing>) {
        let (name, content) = match &event.payload {
            Event::Filed(content) => ("filed", content),
            Event::Examined(content) => ("examined", content),
            Event::Decided(content) => ("decided", content),
        };
        name.clone_into(&mut self.stage);
        self.at = content.at;
        self.events += 1;
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut out = std::io::stderr().lock();
            let _ = std::io::Write::write_fmt(&mut out, format_args!("yardstick: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let (mut turn, job) = Turn::begin().await?;
    let measured = match (&job.place, &job.work) {
        (Place::Postgres(url), Work::Fill { events }) => {
            turn.ready().await?;
            postgres::fill(url, job.seed, *events).await?
        }
        (Place::Sqlite(path), Work::Fill { events }) => {
            turn.ready().await?;
            sqlite::fill(path, job.seed, *events).await?
        }
        (Place::Postgres(url), work @ Work::Write { .. }) => postgres::write(url, job.seed, work, &mut turn).await?,
        (Place::Sqlite(path), work @ Work::Write { .. }) => sqlite::write(path, job.seed, work, &mut turn).await?,
        (Place::Postgres(url), Work::Read(How::Typed)) => {
            let pool = postgres::pool(url, 10).await?;
            replay(postgres_es::PostgresEventRepository::new(pool), &mut turn).await?
        }
        (Place::Sqlite(path), Work::Read(How::Typed)) => {
            let pool = sqlite::pool(path, 10, true).await?;
            replay(sqlite_es::SqliteEventRepository::new(pool), &mut turn).await?
        }
        (_, Work::Read(_) | Work::FillApplications { .. } | Work::Publish) => {
            return Err("the stock crates do no such work".to_owned());
        }
    };
    turn.measured(&measured).await
}

/// The framework under the closed loop; no metadata, which is its cheapest way.
async fn drive<R>(
    framework: CqrsFramework<Filing, PersistedEventStore<R, Filing>>,
    seed: u64,
    writers: usize,
    seconds: f64,
    turn: &mut Turn,
) -> Result<Measured, String>
where
    R: PersistedEventRepository + Send + Sync + 'static,
{
    let framework = std::sync::Arc::new(framework);
    closed_loop(turn, writers, Duration::from_secs_f64(seconds), move |stream, step| {
        let framework = std::sync::Arc::clone(&framework);
        async move {
            let id = stream_id(seed, stream);
            let command = Advance(content(seed, stream, step));
            framework.execute(&id, command).await.map_err(|error| error.to_string())
        }
    })
    .await
}

/// `stream_all_events` as `QueryReplay` uses it, folded into one aggregate.
async fn replay<R: PersistedEventRepository>(repository: R, turn: &mut Turn) -> Result<Measured, String> {
    turn.ready().await?;
    let (cpu, begin) = (process::cpu_seconds(), Instant::now());
    let mut stream = repository
        .stream_all_events::<Filing>()
        .await
        .map_err(|error| error.to_string())?;
    let (mut filing, mut count) = (Filing::default(), 0);
    while let Some(event) = stream.next::<Filing>(&[]).await {
        filing.apply(event.map_err(|error| error.to_string())?.payload);
        count += 1;
    }
    Ok(Measured {
        count,
        seconds: begin.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds() - cpu,
        peak_memory: process::peak_memory(),
        fold: Some(filing.sum()),
        ..Measured::default()
    })
}
