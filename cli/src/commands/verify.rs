//! `praman verify`: whether a certificate holds, from a file, a token or a number.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use api::verification::{Answered, Verifier};
use certificates::{
    Evidence, OnDay, Reason, Source, StatusAnswer, Trust, held_on, read,
    status::{self, StatusList},
    verify,
};
use clap::Args;
use domain::{CertificateNumber, catalogue::Catalogue};
use jiff::{Timestamp, civil::Date};
use keys::KeyDirectory;
use ledger::{Clock as _, SystemClock};
use projections::Views;
use serde_json::{Value, json};

use crate::{
    Answer, say,
    service::{Access, Store, trust},
    settings::{Flags, time_roots},
};

#[derive(Args)]
pub(crate) struct Options {
    /// A PDF or picture, a W3C credential (vc+cose), the text of a QR code, or a certificate number.
    what: String,
    /// A folder with keys.json, perhaps a policy.txt with logs, witnesses and a quorum (C2SP tlog-policy), perhaps the roots of
    /// time-stamp authorities in time-authorities.pem, and status lists as status/0, status/1 and so on: verify by these alone,
    /// without a store.
    /// Without a list that counts it cannot be told whether the certificate was revoked meanwhile; with keys that are older than
    /// a day, not whether its key was compromised.
    #[arg(long)]
    trust: Option<PathBuf>,
    /// Say also whether it held on this day, for instance 2026-11-22.
    #[arg(long)]
    on: Option<Date>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

/// A verdict as this verb tells it: the program's whole answer, and what a line says of it.
struct Told {
    verdict: &'static str,
    reason: &'static str,
    demo: bool,
    on: Option<OnDay>,
    json: Value,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let told = match &options.trust {
        Some(folder) => by_keys(&options.what, options.on, folder)?,
        None => by_register(&options.what, options.on, options.flags).await?,
    };
    if options.json {
        say(told.json);
    } else {
        let demo = if told.demo { " (demonstration, not valid)" } else { "" };
        say(format!("{}{demo}: {}", told.verdict, told.reason));
        if let Some(on) = told.on {
            say(format!("on {}: {} ({})", on.day, on.held.code(), on.reason.code()));
        }
    }
    Ok(match told.verdict {
        "valid" => Answer::Yes,
        "unknown" | "unreadable" => Answer::CouldNotTell,
        _ => Answer::No,
    })
}

/// By published keys and lists alone.
fn by_keys(what: &str, on: Option<Date>, folder: &std::path::Path) -> anyhow::Result<Told> {
    let path = folder.join("keys.json");
    let json = std::fs::read(&path).with_context(|| format!("the keys {}", path.display()))?;
    let mut trust = Trust::published(KeyDirectory::from_json(&json)?);
    let path = folder.join("policy.txt");
    trust.log_policy = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text.parse().with_context(|| format!("the policy {}", path.display()))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        // A policy that cannot be read is not the same as none.
        Err(error) => return Err(error).with_context(|| format!("the policy {}", path.display())),
    };
    let path = folder.join("time-authorities.pem");
    if path.exists() {
        trust.time_authorities = time_roots(&path)?;
    }
    let (read, source) = match std::fs::read(what) {
        Ok(bytes) if bytes.starts_with(b"%PDF-") => (read::upload(&bytes, &read::Limits::default()), Source::Pdf),
        Ok(bytes) => (read::upload(&bytes, &read::Limits::default()), Source::Qr),
        Err(_) => (read::text(what), Source::Number),
    };
    let (mut status, now) = (StatusAnswer::Unavailable, SystemClock.now());
    let verdict = match read.evidence(source) {
        Ok(evidence) => {
            status = listed(&evidence, &trust, folder, now);
            verify(&evidence, &trust, &status, now)
        }
        Err(verdict) => *verdict,
    };
    let on = on.map(|day| held_on(day, &verdict, &status, &trust, now));
    let not_checked = verdict.not_checked.iter();
    Ok(Told {
        verdict: verdict.code.code(),
        reason: verdict.reason.code(),
        demo: verdict.demo,
        on,
        json: json!({
            "verdict": verdict.code,
            "reason": verdict.reason,
            "demo": verdict.demo,
            "checks": verdict.checks,
            "proof": verdict.proven.map(|proven| json!({
                "position": proven.position,
                "tree_size": proven.size,
                "cosignatures": proven.cosignatures,
            })),
            "time_stamp": verdict.stamped.map(|stamped| json!({
                "at": stamped.at,
                "authority": if stamped.trusted { "pass" } else { "not_checked" },
            })),
            "not_checked": not_checked.map(|(check, reason)| json!({ "check": check, "reason": reason })).collect::<Vec<_>>(),
            "on": on.map(|on| json!({ "day": on.day, "held": on.held, "reason": on.reason })),
        }),
    })
}

/// What the kept list says of the place that the evidence names. The verdict asks first whether the evidence is genuine.
fn listed(evidence: &Evidence, trust: &Trust, folder: &std::path::Path, now: Timestamp) -> StatusAnswer {
    let claims = match evidence {
        Evidence::Token(token) => token.claims(),
        Evidence::Pdf(pdf) => pdf.token().claims(),
        Evidence::Vc(vc) => vc.token().claims(),
        Evidence::BrokenPdf { .. } | Evidence::Number(_) => return StatusAnswer::Unavailable,
    };
    let Some(index) = claims.status_index else {
        return StatusAnswer::Unavailable;
    };
    let (list, _) = status::place_of(index);
    let path = folder.join("status").join(list.to_string());
    let Ok(bytes) = std::fs::read(&path) else {
        return StatusAnswer::Unavailable;
    };
    match StatusList::open(&bytes, &trust.directory) {
        Ok(list) => list.answer(Some(index), claims.issued_on, now),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the status list {} is not used", path.display());
            StatusAnswer::Unavailable
        }
    }
}

/// By the register of a store here.
async fn by_register(what: &str, on: Option<Date>, flags: Flags) -> anyhow::Result<Told> {
    let settings = flags.settle()?;
    let store = Store::open(&settings, Access::Read).await?;
    let catalogue = Arc::new(Catalogue::embedded()?.clone());
    let views = Views::new(store.ledger.clone(), catalogue.clone());
    let trust = Arc::new(trust(&settings, &store.keys));
    let ledger = store.ledger.clone();
    let verifier = Verifier::new(views, ledger, trust, catalogue, Arc::new(SystemClock), String::new());
    let (answered, nothing): (Option<Answered>, Reason) = match (std::fs::read(what), what.parse::<CertificateNumber>())
    {
        (Ok(bytes), _) => (verifier.by_file(bytes, on).await?, Reason::WrongType),
        (Err(_), Ok(number)) => (verifier.by_number(&number, on).await?, Reason::NotFound),
        (Err(_), Err(_)) => (Some(verifier.by_token(what, on).await?), Reason::NotOurs),
    };
    Ok(match answered {
        Some(answered) => Told {
            verdict: answered.answer.code(),
            reason: answered.reason,
            demo: answered.demo,
            on: answered.on,
            json: answered.json(),
        },
        // Not a verdict: nobody has this number, or it is no file of a kind that can be read.
        None => Told {
            verdict: "unreadable",
            reason: nothing.code(),
            demo: false,
            on: None,
            json: json!({ "verdict": "unreadable", "reason": nothing, "demo": false }),
        },
    })
}
