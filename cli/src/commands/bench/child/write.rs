//! Commands in a closed loop, with everything on that a served command has.

use std::error::Error;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use cqrs_es::Aggregate as _;
use keys::{OsEntropy, Vault};
use ledger::{InlineRow, InlineView, NewEvent, Settings, audit};
use serde::{Deserialize, Serialize};
use tokio::time::Duration;

use super::super::shared::drive::closed_loop;
use super::super::shared::protocol::{Job, Measured, Turn, Work};
use super::super::shared::workload::{Advance, Filing, content, stream_id};
use super::{Keys, open, request};

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

pub(super) async fn write(job: &Job, turn: &mut Turn) -> anyhow::Result<Measured> {
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
