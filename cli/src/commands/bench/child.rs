//! Our side of the work, in a process of its own so that its CPU and its memory are its own.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail, ensure};
use cqrs_es::{Aggregate as _, DomainEvent as _};
use keys::{Entropy as _, KeyStore, OsEntropy, PublicKey, Purpose, Signer, Vault};
use ledger::{
    Append, Batch, Clock as _, Context, InlineRow, InlineView, Ledger, NewEvent, ReplayOptions, Settings, SystemClock,
    Verify, audit,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant};

use super::shared::drive::closed_loop;
use super::shared::process;
use super::shared::protocol::{How, Job, Measured, Place, Turn, Work};
use super::shared::workload::{Advance, Event, Filing, STEPS, content, event, stream_id};

const PASSPHRASE: &str = "a benchmark has no secrets";
/// Streams in one batch while filling.
const FILL_STREAMS: u64 = 200;
/// Batches under way while filling.
const FILL_TASKS: u64 = 8;

pub(super) async fn run() -> anyhow::Result<()> {
    let (mut turn, job) = Turn::begin().await.map_err(|error| anyhow!(error))?;
    let measured = match &job.work {
        Work::Write { .. } => write(&job, &mut turn).await?,
        Work::Fill { events } => fill(&job, *events, &mut turn).await?,
        Work::Read(how) => read(&job, *how, &mut turn).await?,
    };
    turn.measured(&measured).await.map_err(|error| anyhow!(error))
}

/// The log's key and the vault of one store.
struct Keys {
    vault: Vault,
    signer: Arc<dyn Signer>,
}

impl Keys {
    fn at(path: &Path) -> anyhow::Result<Self> {
        let store = if path.exists() {
            KeyStore::open(path, PASSPHRASE)?
        } else {
            KeyStore::create(path, PASSPHRASE, &OsEntropy, true, SystemClock.now(), "Benchmark")?
        };
        Ok(Self {
            vault: store.vault(),
            signer: store.signer(Purpose::Checkpoint)?,
        })
    }

    fn public(&self) -> Vec<PublicKey> {
        vec![self.signer.public_key().clone()]
    }
}

async fn open(job: &Job, vault: Vault, settings: Settings, writable: bool) -> anyhow::Result<Ledger> {
    let (entropy, clock) = (Arc::new(OsEntropy), Arc::new(SystemClock));
    let ledger = match (&job.place, writable) {
        (Place::Postgres(url), true) => Ledger::open_postgres_with(url, settings, vault, entropy, clock).await,
        (Place::Postgres(url), false) => Ledger::open_postgres_read_only(url, settings, vault, entropy, clock).await,
        (Place::Sqlite(path), true) => Ledger::open_sqlite_with(Path::new(path), settings, vault, entropy, clock).await,
        (Place::Sqlite(path), false) => {
            Ledger::open_sqlite_read_only(Path::new(path), settings, vault, entropy, clock).await
        }
    };
    ledger.context("the ledger does not open")
}

fn request(actor: &str) -> Context {
    Context {
        command_id: OsEntropy.uuid_v4(),
        actor: actor.to_owned(),
        correlation_id: OsEntropy.uuid_v4(),
        causation: None,
    }
}

/// What a citizen sees of a filing, as `Status` of `benches/yardstick` does for the stock crates.
#[derive(Default, Serialize, Deserialize)]
struct Status {
    stage: String,
    at: i64,
    events: u64,
}

/// The status, written with the events themselves.
struct StatusView;

impl InlineView for StatusView {
    fn space(&self) -> &'static str {
        "status"
    }

    fn aggregate_type(&self) -> &'static str {
        Filing::TYPE
    }

    fn fold(
        &self,
        row: Option<&[u8]>,
        _: &str,
        events: &[NewEvent],
    ) -> Result<Option<InlineRow>, Box<dyn Error + Send + Sync>> {
        let mut status: Status = row.map(serde_json::from_slice).transpose()?.unwrap_or_default();
        for event in events {
            let (_, stage) = event.event_type.split_once('.').ok_or("an event of no kind")?;
            stage.clone_into(&mut status.stage);
            let content = event.body.as_object().and_then(|body| body.values().next());
            status.at = content
                .and_then(|content| content.get("at")?.as_i64())
                .ok_or("no time")?;
            status.events += 1;
        }
        Ok(Some(InlineRow {
            body: serde_json::to_vec(&status)?,
            terms: Vec::new(),
        }))
    }
}

async fn write(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
    let Work::Write {
        writers,
        seconds,
        view,
        checkpoints,
        ..
    } = job.work
    else {
        bail!("no writing job");
    };
    let keys = checkpoints.then(|| Keys::at(&job.keys)).transpose()?;
    let vault = match &keys {
        Some(keys) => keys.vault.clone(),
        None => Vault::ephemeral(&OsEntropy),
    };
    let mut settings = Settings::default();
    if view {
        settings.inline.push(Arc::new(StatusView));
    }
    let ledger = open(job, vault, settings, true).await?;
    let signing = keys.as_ref().map(|keys| {
        let (ledger, signer) = (ledger.clone(), Arc::clone(&keys.signer));
        tokio::spawn(async move {
            let mut each = tokio::time::interval(Duration::from_secs(1));
            loop {
                each.tick().await;
                ledger.checkpoint(signer.as_ref()).await?;
            }
            #[expect(unreachable_code, reason = "tells the type of the answer; the task is aborted")]
            Ok::<(), ledger::CheckpointError>(())
        })
    });
    let (seed, writing) = (job.seed, ledger.clone());
    let measured = closed_loop(turn, writers, Duration::from_secs_f64(seconds), move |stream, step| {
        let ledger = writing.clone();
        async move {
            let content = content(seed, stream, step);
            let context = request(&content.officer);
            ledger
                .execute::<Filing>(stream_id(seed, stream), Advance(content), context)
                .await
                .map(drop)
                .map_err(|error| error.to_string())
        }
    });
    let mut measured = measured.await.map_err(|error| anyhow!(error))?;
    if let Some(signing) = signing {
        if signing.is_finished() {
            signing.await??;
        } else {
            signing.abort();
        }
    }
    measured.stored = Some(ledger.head().await?);
    let public = keys.map(|keys| keys.public()).unwrap_or_default();
    measured.breaks = Some(audit::verify(&ledger, &public, None).await?.breaks_total);
    ledger.close().await;
    Ok(measured)
}

/// Whole streams, many in a batch, and a checkpoint over all of them.
async fn fill(job: &Job, events: u64, turn: &mut Turn) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), true).await?;
    turn.ready().await.map_err(|error| anyhow!(error))?;
    let begin = Instant::now();
    let streams = events.div_ceil(STEPS);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..FILL_TASKS {
        let (ledger, seed) = (ledger.clone(), job.seed);
        tasks.spawn(async move {
            let mut first = task * FILL_STREAMS;
            while first < streams {
                let mut batch = Batch::new(request("filling"), [0; 32]);
                for stream in first..streams.min(first + FILL_STREAMS) {
                    batch.appends.push(whole_stream(seed, stream)?);
                }
                ledger.commit(batch).await?;
                first += FILL_TASKS * FILL_STREAMS;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    ledger.checkpoint(keys.signer.as_ref()).await?;
    let measured = Measured {
        count: streams * STEPS,
        seconds: begin.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds(),
        peak_memory: process::peak_memory(),
        stored: Some(ledger.head().await?),
        expected: Some(streams * STEPS),
        ..Measured::default()
    };
    ledger.close().await;
    Ok(measured)
}

fn whole_stream(seed: u64, stream: u64) -> anyhow::Result<Append> {
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

async fn read(job: &Job, how: How, turn: &mut Turn) -> anyhow::Result<Measured> {
    let keys = Keys::at(&job.keys)?;
    let ledger = open(job, keys.vault.clone(), Settings::default(), false).await?;
    turn.ready().await.map_err(|error| anyhow!(error))?;
    let (cpu, begin) = (process::cpu_seconds(), Instant::now());
    let (mut breaks, mut fold) = (None, None);
    let count = match how {
        How::Typed | How::Opened | How::Verified => {
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
            fold = Some(filing.sum());
            summary.events
        }
        How::Audit => {
            let report = audit::verify(&ledger, &keys.public(), None).await?;
            breaks = Some(report.breaks_total);
            report.events
        }
        How::Tiles | How::Rebuild => bail!("not yet"),
    };
    let measured = Measured {
        count,
        seconds: begin.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds() - cpu,
        peak_memory: process::peak_memory(),
        stored: Some(ledger.head().await?),
        breaks,
        fold,
        ..Measured::default()
    };
    ledger.close().await;
    Ok(measured)
}

/// Where the keys of a store are.
pub(super) fn keys_beside(folder: &Path, store: &str) -> PathBuf {
    folder.join(format!("{store}.keys"))
}
