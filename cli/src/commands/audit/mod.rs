//! `praman audit`: the ledger against itself and against what was published of it.

mod history;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use keys::{KeyDirectory, PublicKey, Purpose};

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Flags,
};

#[derive(Subcommand)]
pub(crate) enum What {
    /// Every leaf, sequence and position, the root at every checkpoint, and the checkpoints' signatures.
    Verify(Options),
    /// Every view folded again and compared row by row.
    Replay(ReplayOptions),
    /// What happened to one thing, by one officer, for one citizen, and what was true on a day.
    History(history::Options),
}

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    flags: Flags,
    /// An older checkpoint, kept elsewhere, that the log must still contain.
    #[arg(long)]
    against: Option<PathBuf>,
    /// Check the published log in this folder (`checkpoint`, `tile/…`) instead of the store: every entry, every tile, the root.
    #[arg(long, value_name = "FOLDER", requires = "log_key")]
    log: Option<PathBuf>,
    /// The published log's verifier key, `name+key id+base64` (C2SP signed-note). May be given several times.
    #[arg(long, value_name = "KEY")]
    log_key: Vec<String>,
    /// Check this export by itself, without the store.
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// With --export: the folder whose keys.json to believe, as published [default: the installation's own].
    #[arg(long, value_name = "DIR", requires = "export")]
    trust: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct ReplayOptions {
    #[command(flatten)]
    flags: Flags,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(what: What) -> anyhow::Result<Answer> {
    match what {
        What::Verify(options) => verify(options).await,
        What::Replay(options) => replay(options).await,
        What::History(options) => history::run(options).await,
    }
}

async fn verify(options: Options) -> anyhow::Result<Answer> {
    let older = match &options.against {
        Some(path) => {
            Some(std::fs::read_to_string(path).with_context(|| format!("the checkpoint {}", path.display()))?)
        }
        None => None,
    };
    if let Some(folder) = options.log.clone() {
        // Files are read and hashed here; nothing else waits on this thread.
        let work = move || super::audit_log::verify(&folder, &options.log_key, older.as_deref(), options.json);
        return tokio::task::spawn_blocking(work).await?;
    }
    let report = match &options.export {
        Some(folder) => {
            let keys = match &options.trust {
                Some(trust) => published_keys(trust)?,
                None => checkpoint_keys(crate::service::open_keys(&options.flags.settle()?)?.directory()),
            };
            let (folder, older) = (folder.clone(), older.clone());
            tokio::task::spawn_blocking(move || ledger::export::check(&folder, &keys, older.as_deref())).await??
        }
        None => {
            let store = Store::open(&options.flags.settle()?, Access::Read).await?;
            let keys = crate::service::checkpoint_keys(&store);
            ledger::audit::verify(&store.ledger, &keys, older.as_deref()).await?
        }
    };
    if options.json {
        let breaks: Vec<_> = report
            .breaks
            .iter()
            .map(|b| serde_json::json!({"position": b.position, "stream": b.stream, "what": b.what}))
            .collect();
        say(serde_json::json!({
            "log": report.log_origin, "events": report.events, "head": report.head,
            "root": data_encoding::BASE64.encode(&report.root),
            "checkpoints_checked": report.checkpoints_checked, "not_opened": report.not_opened,
            "breaks": breaks, "breaks_total": report.breaks_total,
        }));
    } else {
        for broken in &report.breaks {
            say(broken);
        }
        say(format!(
            "{} events, head {}, {} checkpoints checked, {} breaks",
            report.events, report.head, report.checkpoints_checked, report.breaks_total
        ));
        if report.not_opened > 0 {
            say(format!(
                "{} events hold sealed values whose keys this database role is not shown; they were not opened",
                report.not_opened
            ));
        }
    }
    Ok(if report.breaks.is_empty() {
        Answer::Yes
    } else {
        Answer::No
    })
}

/// The checkpoint keys of a published directory.
fn published_keys(folder: &Path) -> anyhow::Result<Vec<PublicKey>> {
    let path = folder.join("keys.json");
    let json = std::fs::read(&path).with_context(|| format!("the keys {}", path.display()))?;
    Ok(checkpoint_keys(&KeyDirectory::from_json(&json)?))
}

fn checkpoint_keys(directory: &KeyDirectory) -> Vec<PublicKey> {
    let entries = directory.keys().iter();
    entries
        .filter(|entry| entry.purpose == Purpose::Checkpoint)
        .map(|entry| entry.public_key.clone())
        .collect()
}

async fn replay(options: ReplayOptions) -> anyhow::Result<Answer> {
    let store = Store::open(&options.flags.settle()?, Access::Read).await?;
    let replayed = projections::replay(&store.ledger).await?;
    let documents = crate::service::remake_documents(&store).await?;
    if options.json {
        let differences: Vec<_> = replayed
            .differences
            .iter()
            .map(|d| serde_json::json!({"view": d.view, "key": d.key, "what": d.what}))
            .collect();
        say(serde_json::json!({
            "events": replayed.events, "rows": replayed.rows, "differences": differences,
            "documents": documents.made, "documents_erased": documents.erased, "documents_different": documents.different,
            "places_given_twice": documents.misplaced,
        }));
    } else {
        for difference in &replayed.differences {
            say(format!("{} {}: {}", difference.view, difference.key, difference.what));
        }
        for different in &documents.different {
            say(format!("document {different}: it is not what its events give"));
        }
        for misplaced in &documents.misplaced {
            say(format!(
                "certificate {misplaced}: its place in the status lists is another one's"
            ));
        }
        say(format!(
            "{} events folded, {} rows compared, {} differences; {} documents made again, {} different",
            replayed.events,
            replayed.rows,
            replayed.differences.len(),
            documents.made,
            documents.different.len()
        ));
    }
    let equal = replayed.differences.is_empty() && documents.different.is_empty() && documents.misplaced.is_empty();
    Ok(if equal { Answer::Yes } else { Answer::No })
}
