//! `praman verify`: whether a certificate holds, from a file, a token or a number.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use certificates::{
    read::{self, Read},
    verify::{Evidence, StatusAnswer, Trust, VerdictCode, verify},
};
use clap::Args;
use domain::catalogue::Catalogue;
use keys::KeyDirectory;
use ledger::{Clock as _, SystemClock};
use std::sync::Arc;

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
    let read = match std::fs::read(&options.what) {
        Ok(bytes) => read::upload(&bytes, &read::Limits::default()),
        Err(_) => read::text(&options.what),
    };
    let evidence = match read {
        Read::Evidence(evidence) => evidence,
        Read::Mistyped => bail!("a character of the number is mistyped"),
        Read::NotOurs => bail!("this is no certificate of ours"),
        Read::Unreadable(_) => bail!("no certificate could be read; try a sharper picture, or the number"),
    };
    let now = SystemClock.now();
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
            let status = api::verification::status(&views, number_of(&evidence), now).await?;
            verify(&evidence, &trust, &status, now)
        }
    };
    if options.json {
        say(serde_json::json!({"verdict": verdict.code, "reason": verdict.reason.code(), "demo": verdict.demo}));
    } else {
        let demo = if verdict.demo { " (demonstration)" } else { "" };
        say(format!("{}{demo}: {}", verdict.code.as_str(), verdict.reason.code()));
    }
    Ok(match verdict.code {
        VerdictCode::Valid => Answer::Yes,
        VerdictCode::Unknown | VerdictCode::Unreadable => Answer::CouldNotTell,
        _ => Answer::No,
    })
}

fn number_of(evidence: &Evidence) -> Option<&domain::CertificateNumber> {
    evidence.number()
}
