//! `praman verify`: whether a certificate holds, from a file, a token or a number.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use certificates::{Source, StatusAnswer, Trust, Verdict, VerdictCode, read, verify};
use clap::Args;
use domain::catalogue::Catalogue;
use keys::KeyDirectory;
use ledger::{Clock as _, SystemClock};

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Flags,
};

#[derive(Args)]
pub(crate) struct Options {
    /// A PDF or picture, the text of a QR code, or a certificate number.
    what: String,
    /// A folder with keys.json: verify by these keys alone, without a store. Whether the certificate was revoked meanwhile
    /// cannot be told then.
    #[arg(long)]
    trust: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let (read, source) = match std::fs::read(&options.what) {
        Ok(bytes) if bytes.starts_with(b"%PDF-") => (read::upload(&bytes, &read::Limits::default()), Source::Pdf),
        Ok(bytes) => (read::upload(&bytes, &read::Limits::default()), Source::Qr),
        Err(_) => (read::text(&options.what), Source::Number),
    };
    let now = SystemClock.now();
    let evidence = match read.evidence(source) {
        Ok(evidence) => evidence,
        Err(verdict) => return Ok(tell(&verdict, options.json)),
    };
    let verdict = match &options.trust {
        Some(folder) => {
            let path = folder.join("keys.json");
            let json = std::fs::read(&path).with_context(|| format!("the keys {}", path.display()))?;
            let trust = Trust::new(KeyDirectory::from_json(&json)?);
            verify(&evidence, &trust, &StatusAnswer::Unavailable, now)
        }
        None => {
            let store = Store::open(&options.flags.settle()?, Access::Read).await?;
            let views = projections::Views::new(store.ledger.clone(), Arc::new(Catalogue::embedded()?.clone()));
            let trust = Trust::new(store.keys.directory().clone());
            let status = api::verification::status(&views, evidence.number(), now).await?;
            verify(&evidence, &trust, &status, now)
        }
    };
    Ok(tell(&verdict, options.json))
}

/// Prints a verdict and answers with its exit code.
fn tell(verdict: &Verdict, json: bool) -> Answer {
    let code = verdict.code.code();
    if json {
        say(serde_json::json!({"verdict": code, "reason": verdict.reason.code(), "demo": verdict.demo}));
    } else {
        let demo = if verdict.demo { " (demonstration, not valid)" } else { "" };
        say(format!("{code}{demo}: {}", verdict.reason.code()));
    }
    match verdict.code {
        VerdictCode::Valid => Answer::Yes,
        VerdictCode::Unknown | VerdictCode::Unreadable => Answer::CouldNotTell,
        VerdictCode::Expired
        | VerdictCode::Suspended
        | VerdictCode::Revoked
        | VerdictCode::Superseded
        | VerdictCode::NotGenuine => Answer::No,
    }
}
