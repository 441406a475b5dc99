//! `praman verify`: whether a certificate holds, from a file, a token or a number.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use api::verification::{Answered, Verifier};
use certificates::{Source, StatusAnswer, Trust, read, verify};
use clap::Args;
use domain::{CertificateNumber, catalogue::Catalogue};
use keys::KeyDirectory;
use ledger::{Clock as _, SystemClock};
use projections::Views;

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

/// A verdict as this verb tells it.
struct Told {
    verdict: &'static str,
    reason: &'static str,
    demo: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let told = match &options.trust {
        Some(folder) => by_keys(&options.what, folder)?,
        None => by_register(&options.what, options.flags).await?,
    };
    if options.json {
        say(serde_json::json!({"verdict": told.verdict, "reason": told.reason, "demo": told.demo}));
    } else {
        let demo = if told.demo { " (demonstration, not valid)" } else { "" };
        say(format!("{}{demo}: {}", told.verdict, told.reason));
    }
    Ok(match told.verdict {
        "valid" => Answer::Yes,
        "unknown" | "unreadable" => Answer::CouldNotTell,
        _ => Answer::No,
    })
}

/// By published keys alone.
fn by_keys(what: &str, folder: &std::path::Path) -> anyhow::Result<Told> {
    let path = folder.join("keys.json");
    let json = std::fs::read(&path).with_context(|| format!("the keys {}", path.display()))?;
    let trust = Trust::new(KeyDirectory::from_json(&json)?);
    let (read, source) = match std::fs::read(what) {
        Ok(bytes) if bytes.starts_with(b"%PDF-") => (read::upload(&bytes, &read::Limits::default()), Source::Pdf),
        Ok(bytes) => (read::upload(&bytes, &read::Limits::default()), Source::Qr),
        Err(_) => (read::text(what), Source::Number),
    };
    let verdict = match read.evidence(source) {
        Ok(evidence) => verify(&evidence, &trust, &StatusAnswer::Unavailable, SystemClock.now()),
        Err(verdict) => *verdict,
    };
    Ok(Told {
        verdict: verdict.code.code(),
        reason: verdict.reason.code(),
        demo: verdict.demo,
    })
}

/// By the register of a store here.
async fn by_register(what: &str, flags: Flags) -> anyhow::Result<Told> {
    let store = Store::open(&flags.settle()?, Access::Read).await?;
    let catalogue = Arc::new(Catalogue::embedded()?.clone());
    let views = Views::new(store.ledger.clone(), catalogue.clone());
    let trust = Arc::new(Trust::new(store.keys.directory().clone()));
    let verifier = Verifier::new(views, trust, catalogue, Arc::new(SystemClock), String::new());
    let answered: Option<Answered> = match (std::fs::read(what), what.parse::<CertificateNumber>()) {
        (Ok(bytes), _) => verifier.by_file(bytes).await?,
        (Err(_), Ok(number)) => verifier.by_number(&number).await?,
        (Err(_), Err(_)) => Some(verifier.by_token(what).await?),
    };
    Ok(match answered {
        Some(answered) => Told {
            verdict: answered.answer.code(),
            reason: answered.reason,
            demo: answered.demo,
        },
        // Not a verdict: nobody has this number, or it is no file of a kind that can be read.
        None => Told {
            verdict: "unreadable",
            reason: "not_found",
            demo: false,
        },
    })
}
