//! What one core does by itself.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use certificates::{
    Source, StatusAnswer, Token, Trust, VerdictCode, qr, read,
    status::{PLACES, Status, StatusList, Statuses, place_of},
    verify,
};
use keys::Signer;
use ledger::{Clock as _, SystemClock};
use tokio::time::Instant;

use super::{Hand, Sample};
use crate::commands::bench::figures::{Figure, quantile};

/// Runs something again and again for so long; the times in seconds, sorted.
fn again<T>(seconds: f64, mut doing: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Vec<f64>> {
    // What is made once, and caches, belong to no figure.
    doing()?;
    let until = Duration::from_secs_f64(seconds);
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < until {
        let start = Instant::now();
        std::hint::black_box(doing()?);
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len().max(1) as f64
}

fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

pub(super) fn all(
    sample: &Sample,
    token: &Token,
    issuer: &Hand,
    status_signer: &dyn Signer,
    (seconds, certificates): (f64, u64),
) -> anyhow::Result<Vec<Figure>> {
    let url = token.url("verify.example");
    Ok(vec![
        verdicts(token, &url, issuer, status_signer, seconds)?,
        symbol(&url, seconds)?,
        unsigned(sample, seconds)?,
        signed(sample, issuer, seconds)?,
        size(sample),
        from_file(sample, token, issuer, status_signer, seconds)?,
        lists(certificates, status_signer)?,
    ])
}

/// A kept list that says nothing against the certificate, opened as somebody without a connection has it.
fn list_of(token: &Token, issuer: &Hand, signer: &dyn Signer) -> anyhow::Result<StatusAnswer> {
    let index = token.claims().status_index.context("a place in the status lists")?;
    let (number, _) = place_of(index);
    let now = SystemClock.now();
    let signed = StatusList::sign(number, "verify.example", &Statuses::default(), now, signer)?;
    let list = StatusList::open(&signed, &issuer.directory)?;
    Ok(list.answer(Some(index), token.claims().issued_on, now))
}

fn verdicts(
    token: &Token,
    url: &str,
    issuer: &Hand,
    status_signer: &dyn Signer,
    seconds: f64,
) -> anyhow::Result<Figure> {
    let trust = Trust::new(issuer.directory.clone());
    let status = list_of(token, issuer, status_signer)?;
    let now = SystemClock.now();
    let times = again(seconds, || {
        let evidence = read::text(url).evidence(Source::Qr).ok().context("no token")?;
        let verdict = verify(&evidence, &trust, &status, now);
        ensure!(verdict.code == VerdictCode::Valid, "{:?}", verdict.reason);
        Ok(verdict)
    })?;
    // A message as long as what a token signs.
    let message = vec![7; token.bytes().len() - 60];
    let signature = issuer.credential.sign(&message)?;
    let public = issuer.credential.public_key();
    let bare = again(seconds / 2.0, || Ok(public.verify(&message, &signature)?))?;
    let (ours, theirs) = (1.0 / mean(&times), 1.0 / mean(&bare));
    Ok(Figure {
        what: "token to verdict, one core",
        measured: format!("{ours:.0}/s"),
        at_least: "8,000/s",
        aim: "15,000/s",
        yardstick: format!(
            "Ed25519 alone: {theirs:.0}/s; ours is {:.0} % of it",
            100.0 * ours / theirs
        ),
        holds: ours >= 8_000.0,
    })
}

fn symbol(url: &str, seconds: f64) -> anyhow::Result<Figure> {
    let version = qr::encode(url)?.version;
    let times = again(seconds / 2.0, || Ok(qr::encode(url)?))?;
    let bare = again(seconds / 2.0, || {
        Ok(qrcode::QrCode::with_error_correction_level(url, qrcode::EcLevel::M)?)
    })?;
    Ok(Figure {
        what: "QR encoded, level M",
        measured: format!("{} (version {version})", ms(mean(&times))),
        at_least: "1 ms",
        aim: "0.2 ms",
        yardstick: format!("the crate qrcode, plainly called: {}", ms(mean(&bare))),
        holds: mean(&times) <= 1e-3,
    })
}

fn unsigned(sample: &Sample, seconds: f64) -> anyhow::Result<Figure> {
    let make = || {
        Ok(reactions::unsigned_file(
            &sample.prepared,
            &sample.credential,
            &sample.proof,
        )?)
    };
    let length = make()?.len();
    let times = again(seconds, make)?;
    Ok(Figure {
        what: "unsigned PDF, one core",
        measured: format!("{} ({:.1} KB)", ms(mean(&times)), length as f64 / 1e3),
        at_least: "8 ms",
        aim: "1.5 ms",
        yardstick: String::new(),
        holds: mean(&times) <= 8e-3,
    })
}

fn signed(sample: &Sample, issuer: &Hand, seconds: f64) -> anyhow::Result<Figure> {
    let make = || {
        let made = reactions::signed_file(issuer, &sample.prepared, sample.position, &sample.proof)?;
        ensure!(made.pdf == sample.pdf, "the same intent gives another file");
        Ok(made)
    };
    let times = again(seconds, make)?;
    Ok(Figure {
        what: "signed certificate, from record to checked file",
        measured: ms(mean(&times)),
        at_least: "12 ms",
        aim: "3 ms",
        yardstick: String::new(),
        holds: mean(&times) <= 12e-3,
    })
}

fn size(sample: &Sample) -> Figure {
    let length = sample.pdf.len();
    Figure {
        what: "size of the signed file with attachments",
        measured: format!("{:.1} KB", length as f64 / 1e3),
        at_least: "45 KB",
        aim: "25 KB",
        yardstick: String::new(),
        holds: length <= 45_000,
    }
}

fn from_file(
    sample: &Sample,
    token: &Token,
    issuer: &Hand,
    status_signer: &dyn Signer,
    seconds: f64,
) -> anyhow::Result<Figure> {
    let trust = Trust::new(issuer.directory.clone());
    let status = list_of(token, issuer, status_signer)?;
    let (limits, now) = (read::Limits::default(), SystemClock.now());
    let times = again(seconds, || {
        let evidence = read::upload(&sample.pdf, &limits).evidence(Source::Pdf);
        let verdict = verify(&evidence.ok().context("no certificate")?, &trust, &status, now);
        ensure!(verdict.code == VerdictCode::Valid, "{:?}", verdict.reason);
        Ok(verdict)
    })?;
    Ok(Figure {
        what: "PDF to verdict, every line compared, p95",
        measured: format!("{:.2} ms", quantile(&times, 0.95)),
        at_least: "",
        aim: "",
        yardstick: String::new(),
        holds: true,
    })
}

/// SplitMix64: the same draw at each run.
const fn drawn(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn lists(certificates: u64, signer: &dyn Signer) -> anyhow::Result<Figure> {
    let (mut state, mut bytes, mut longest, now) = (1, 0, 0.0_f64, SystemClock.now());
    for number in 0..certificates.div_ceil(PLACES) {
        let mut statuses = Statuses::default();
        for place in 0..PLACES.min(certificates - number * PLACES) {
            if drawn(&mut state).is_multiple_of(100) {
                statuses.set(place, Status::Invalid);
            }
        }
        let start = Instant::now();
        bytes += StatusList::sign(number, "verify.example", &statuses, now, signer)?.len();
        longest = longest.max(start.elapsed().as_secs_f64());
    }
    Ok(Figure {
        what: "status lists at 1 % revoked, all of them, signed",
        measured: format!(
            "{:.3} MB for {certificates} certificates; the slowest list took {}",
            bytes as f64 / 1e6,
            ms(longest)
        ),
        at_least: "0.5 MB",
        aim: "0.31 MB",
        yardstick: String::new(),
        holds: bytes <= 500_000,
    })
}
