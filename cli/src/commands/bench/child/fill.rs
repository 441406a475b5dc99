//! The stores that are read, and what is published of one.

use std::sync::Arc;

use anyhow::{anyhow, ensure};
use cqrs_es::{Aggregate as _, DomainEvent as _};
use ledger::export::Range;
use ledger::{Append, Batch, NewEvent, Settings};
use tokio::time::Instant;

use super::super::shared::process;
use super::super::shared::protocol::{Job, Measured, Turn};
use super::super::shared::workload::{Filing, STEPS, event, stream_id};
use super::applications::{self, Applications};
use super::{Keys, open, published_beside, request};

/// Streams in one batch.
const STREAMS: u64 = 200;
/// Batches under way.
const TASKS: u64 = 8;

/// The streams that the stock crates write as well.
pub(super) async fn filings(job: &Job, events: u64, turn: &mut Turn) -> anyhow::Result<Measured> {
    let seed = job.seed;
    fill(job, events, STEPS, turn, move |stream| whole_filing(seed, stream)).await
}

/// Streams of the domain, and every view over them, as it is in a service that has been running.
pub(super) async fn applications(job: &Job, events: u64, turn: &mut Turn) -> anyhow::Result<Measured> {
    let (all, seed) = (Applications::new()?, job.seed);
    let measured = fill(job, events, applications::EVENTS, turn, move |stream| {
        all.whole(seed, stream)
    })
    .await?;
    let ledger = open(job, Keys::at(&job.keys)?.vault, Settings::default(), true).await?;
    let made = projections::rebuild(&ledger, None).await?;
    ensure!(made.parked == 0, "{} of the streams cannot be folded", made.parked);
    ledger.close().await;
    Ok(measured)
}

/// The whole log of a store as files, in a folder beside it.
pub(super) async fn publish(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), false).await?;
    turn.ready().await.map_err(|error| anyhow!(error))?;
    let begin = Instant::now();
    let exported = ledger
        .export(&published_beside(&job.place)?, Range::default(), &keys.public())
        .await?;
    let measured = Measured {
        count: exported.to,
        seconds: begin.elapsed().as_secs_f64(),
        ..Measured::default()
    };
    ledger.close().await;
    Ok(measured)
}

/// Whole streams, many in a batch, and a checkpoint over all of them.
async fn fill(
    job: &Job,
    events: u64,
    steps: u64,
    turn: &mut Turn,
    whole: impl Fn(u64) -> anyhow::Result<Append> + Send + Sync + 'static,
) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), true).await?;
    turn.ready().await.map_err(|error| anyhow!(error))?;
    let begin = Instant::now();
    let streams = events.div_ceil(steps);
    let whole = Arc::new(whole);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let (ledger, whole) = (ledger.clone(), Arc::clone(&whole));
        tasks.spawn(async move {
            let mut first = task * STREAMS;
            while first < streams {
                let mut batch = Batch::new(request("filling"), [0; 32]);
                for stream in first..streams.min(first + STREAMS) {
                    batch.appends.push(whole(stream)?);
                }
                ledger.commit(batch).await?;
                first += TASKS * STREAMS;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    ledger.checkpoint(keys.signer.as_ref()).await?;
    let measured = Measured {
        count: streams * steps,
        seconds: begin.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds(),
        peak_memory: process::peak_memory(),
        stored: Some(ledger.head().await?),
        expected: Some(streams * steps),
        ..Measured::default()
    };
    ledger.close().await;
    Ok(measured)
}

fn whole_filing(seed: u64, stream: u64) -> anyhow::Result<Append> {
    let event = |step| {
        let event = event(seed, stream, step);
        anyhow::Ok(NewEvent {
            event_type: event.event_type(),
            event_version: event.event_version(),
            body: serde_json::to_value(&event)?,
        })
    };
    Ok(Append {
        aggregate_type: Filing::TYPE.to_owned(),
        aggregate_id: stream_id(seed, stream),
        expected: 0,
        events: (0..STEPS).map(event).collect::<anyhow::Result<_>>()?,
    })
}
