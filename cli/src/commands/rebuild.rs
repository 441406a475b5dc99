//! `praman rebuild`: a view's rows made anew from the log, while the service runs or without it.
//!
//! A SQLite store has one writing process. When that is a running service, the verb leaves a request in the data folder, which
//! only the service's own user can enter, and the service does the work and leaves the answer beside it. On PostgreSQL the verb
//! does the work itself.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use ledger::Ledger;
use serde::{Deserialize, Serialize};

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::{Flags, Settings},
};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    flags: Flags,
    /// This view alone: file, officer, person or register.
    #[arg(long, conflicts_with = "stream")]
    view: Option<String>,
    /// One stream alone, as TYPE/ID, in every view of it: one that was parked goes on, if it can be read by now.
    #[arg(long)]
    stream: Option<String>,
}

/// What is asked of a running service.
#[derive(Serialize, Deserialize)]
struct Request {
    id: uuid::Uuid,
    view: Option<String>,
    stream: Option<String>,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
struct Response {
    id: uuid::Uuid,
    lines: Vec<String>,
    /// `None`: it could not be done, and the last line says why.
    good: Option<bool>,
}

/// How often a file is looked for, and for how long the service's first sign is waited for.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS_MAX: u32 = 5 * 60 * 30;

fn request_file(data: &Path) -> PathBuf {
    data.join("rebuild.request")
}

fn response_file(data: &Path) -> PathBuf {
    data.join("rebuild.response")
}

/// Makes views or one stream anew.
pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let settings = options.flags.settle()?;
    let request = Request {
        id: crate::service::Ambient::real().entropy.uuid_v4(),
        view: options.view,
        stream: options.stream,
    };
    let response = match Store::open(&settings, Access::Write).await {
        Ok(store) => {
            let response = carry_out(&store.ledger, &request).await;
            store.ledger.close().await;
            response
        }
        // The lock is held: by a service, which can be asked.
        Err(locked) if settings.database.is_none() => ask(&settings, &request)
            .await
            .with_context(|| format!("the store cannot be opened for writing ({locked:#})"))?,
        Err(error) => return Err(error),
    };
    for line in &response.lines {
        say(line);
    }
    match response.good {
        Some(true) => Ok(Answer::Yes),
        Some(false) => Ok(Answer::No),
        None => bail!("nothing was switched over"),
    }
}

async fn carry_out(ledger: &Ledger, request: &Request) -> Response {
    let (lines, good) = match done(ledger, request).await {
        Ok((lines, good)) => (lines, Some(good)),
        Err(error) => (vec![format!("{error:#}")], None),
    };
    Response {
        id: request.id,
        lines,
        good,
    }
}

async fn done(ledger: &Ledger, request: &Request) -> anyhow::Result<(Vec<String>, bool)> {
    let mut lines = Vec::new();
    if let Some(stream) = &request.stream {
        let (kind, id) = stream
            .split_once('/')
            .context("a stream is named TYPE/ID, for instance application/APP-2026-000001")?;
        let refolded = projections::rebuild_stream(ledger, kind, id).await?;
        if refolded.is_empty() {
            bail!("no view folds streams of type {kind}");
        }
        for one in &refolded {
            lines.push(match &one.parked {
                None => format!("{} {id}: folded anew", one.view),
                Some(parked) => format!(
                    "{} {id}: stands still at position {}: {}",
                    one.view,
                    parked.position,
                    parked.code.code()
                ),
            });
        }
        return Ok((lines, refolded.iter().all(|one| one.parked.is_none())));
    }
    let rebuilt = projections::rebuild(ledger, request.view.as_deref()).await?;
    for difference in &rebuilt.differences {
        lines.push(format!("{} {}: {}", difference.view, difference.key, difference.what));
    }
    lines.push(format!(
        "{} events folded, {} rows made, {} were different before, {} streams parked",
        rebuilt.events, rebuilt.rows, rebuilt.differing, rebuilt.parked
    ));
    Ok((lines, rebuilt.parked == 0))
}

/// Asks the service that holds the store.
async fn ask(settings: &Settings, request: &Request) -> anyhow::Result<Response> {
    let (asked, answered) = (request_file(&settings.data), response_file(&settings.data));
    write_whole(&asked, &serde_json::to_vec(request)?)?;
    for _ in 0..LOOKS_MAX {
        tokio::time::sleep(LOOK).await;
        let Ok(bytes) = std::fs::read(&answered) else { continue };
        let response: Response = serde_json::from_slice(&bytes)?;
        if response.id == request.id {
            std::fs::remove_file(&answered)?;
            return Ok(response);
        }
    }
    bail!("whoever holds it did not answer within half an hour")
}

/// A file that is there as a whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, bytes).with_context(|| format!("write {}", new.display()))?;
    std::fs::rename(&new, path).with_context(|| format!("write {}", path.display()))
}

/// Looks for requests and carries them out, one after the other, for as long as the service runs.
pub(crate) async fn serve_requests(ledger: Ledger, data: PathBuf) {
    let asked = request_file(&data);
    loop {
        tokio::time::sleep(5 * LOOK).await;
        let Ok(bytes) = std::fs::read(&asked) else { continue };
        let answer = async {
            let request: Request = serde_json::from_slice(&bytes)?;
            tracing::info!(view = request.view, "a rebuild was asked for");
            let response = carry_out(&ledger, &request).await;
            write_whole(&response_file(&data), &serde_json::to_vec(&response)?)
        };
        if let Err(error) = answer.await {
            tracing::error!(error = %format!("{error:#}"), "a request for a rebuild could not be answered");
        }
        // Done only now: a service that ended in between finds the request again, and doing it twice does no harm.
        if let Err(error) = std::fs::remove_file(&asked) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a request could not be taken away"
            );
            return;
        }
    }
}
