//! Everything read once, in one of several ways.

use anyhow::{anyhow, ensure};
use cqrs_es::Aggregate as _;
use ledger::audit::{self, published};
use ledger::note::{NoteKind, VerifierKey};
use ledger::{ReplayOptions, Settings, Verify};
use tokio::time::Instant;

use super::super::shared::process;
use super::super::shared::protocol::{How, Job, Measured, Turn};
use super::super::shared::workload::{Event, Filing};
use super::{Keys, applications, open, published_beside};

/// The view that is made anew: the one with the largest rows, and a row for each stream.
const VIEW: &str = "file";

pub(super) async fn read(job: &Job, how: How, turn: &mut Turn) -> anyhow::Result<Measured> {
    match how {
        How::Typed | How::Opened | How::Verified => replay(job, how, turn).await,
        How::Audit => audit(job, turn).await,
        How::Tiles => tiles(job, turn).await,
        How::Rebuild => rebuild(job, turn).await,
    }
}

/// What is read before the work begins.
struct Before {
    cpu: f64,
    at: Instant,
}

impl Before {
    /// Says that all is ready, and begins when it is told.
    async fn go(turn: &mut Turn) -> anyhow::Result<Self> {
        turn.ready().await.map_err(|error| anyhow!(error))?;
        Ok(Self {
            cpu: process::cpu_seconds(),
            at: Instant::now(),
        })
    }

    fn until_now(self, count: u64) -> Measured {
        Measured {
            count,
            seconds: self.at.elapsed().as_secs_f64(),
            cpu_seconds: process::cpu_seconds() - self.cpu,
            peak_memory: process::peak_memory(),
            ..Measured::default()
        }
    }
}

async fn replay(job: &Job, how: How, turn: &mut Turn) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), false).await?;
    let before = Before::go(turn).await?;
    let options = ReplayOptions {
        verify: match how {
            How::Verified => Verify::Tree,
            How::Opened => Verify::Leaves,
            _ => Verify::Nothing,
        },
        open: how == How::Opened,
        keys: keys.public(),
        ..ReplayOptions::default()
    };
    let mut filing = Filing::default();
    let summary = ledger
        .replay(options)
        .await?
        .each(|event| {
            filing.apply(event.typed::<Event>()?);
            Ok(())
        })
        .await?;
    ensure!(
        how != How::Verified || summary.signed == summary.events,
        "the checkpoint covers {} of {} events",
        summary.signed,
        summary.events
    );
    let mut measured = before.until_now(summary.events);
    measured.fold = Some(filing.sum());
    measured.stored = Some(ledger.head().await?);
    ledger.close().await;
    Ok(measured)
}

async fn audit(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), false).await?;
    let before = Before::go(turn).await?;
    let report = audit::verify(&ledger, &keys.public(), None).await?;
    let mut measured = before.until_now(report.events);
    measured.breaks = Some(report.breaks_total);
    measured.stored = Some(ledger.head().await?);
    ledger.close().await;
    Ok(measured)
}

/// Opens no database: the folder and the log's public key are all that it knows. On this one thread.
async fn tiles(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
    let folder = published_beside(&job.place)?.join("log");
    let origin = Settings::default().log_origin;
    let keys: Vec<VerifierKey> = Keys::at(&job.keys)?
        .public()
        .into_iter()
        .map(|key| VerifierKey::try_new(&origin, NoteKind::Log, key))
        .collect::<Result<_, _>>()?;
    let before = Before::go(turn).await?;
    let report = published::verify(&folder, &keys, None)?;
    let mut measured = before.until_now(report.leaves);
    // A log that holds has been compared with the root of its one checkpoint.
    measured.breaks = Some(report.breaks_total + report.checkpoints_checked.abs_diff(1));
    measured.stored = Some(report.leaves);
    Ok(measured)
}

/// The view beside the one that serves: folded, compared with it row by row, switched, the old rows swept.
async fn rebuild(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
    let ledger = open(job, Keys::at(&job.keys)?.vault, Settings::default(), true).await?;
    let before = Before::go(turn).await?;
    let made = projections::rebuild(&ledger, Some(VIEW)).await?;
    let mut measured = before.until_now(made.events);
    let head = ledger.head().await?;
    measured.stored = Some(head);
    let missing = made.events.abs_diff(head) + made.rows.abs_diff(head / applications::EVENTS);
    measured.breaks = Some(made.parked + made.differing + missing);
    ledger.close().await;
    Ok(measured)
}
