//! The PDF key and the authority that vouches for it.

use anyhow::{Context as _, bail};
use certificates::SigningChain;
use data_encoding::BASE64;
use keys::{KeyStore, PublicKeyEntry, Purpose, Signer, Subject, certificate_request};
use ledger::{Clock as _, SystemClock};
use serde_json::json;

use super::{Request, Taken, change::Bench};
use crate::{Answer, say, service, settings::certificates_in};

/// So many characters of base64 stand in a line of PEM (RFC 7468).
const PEM_LINE: usize = 64;

pub(super) fn request(asked: Request) -> anyhow::Result<Answer> {
    let keys = service::open_signing_keys(&asked.common.flags.settle()?)?;
    let signer = waiting(&keys, asked.key)?;
    let subject = Subject {
        country: asked.country,
        state: asked.state,
        organization: asked.organization,
        unit: asked.unit,
        common_name: asked.common_name,
    };
    let der = certificate_request(&*signer, &subject)?;
    let text = pem("CERTIFICATE REQUEST", &der);
    match &asked.out {
        Some(path) => std::fs::write(path, &text).with_context(|| format!("write {}", path.display()))?,
        None if !asked.common.json => say(text.trim_end()),
        None => {}
    }
    if asked.common.json {
        say(json!({ "key": signer.key_id(), "request": text, "out": asked.out }));
    } else if let Some(path) = &asked.out {
        say(format!(
            "the request for the key {} is in {}",
            signer.key_id(),
            path.display()
        ));
    }
    Ok(Answer::Yes)
}

/// The key that is named, or the one PDF key that waits for its certificate; without any such, the one that has it, for an
/// authority is asked again before a certificate ends.
fn waiting(keys: &KeyStore, named: Option<keys::KeyId>) -> anyhow::Result<std::sync::Arc<dyn Signer>> {
    let now = SystemClock.now();
    let usable = |entry: &&PublicKeyEntry| {
        let alive = entry.not_after.is_none_or(|end| now < end) && entry.compromised.is_none();
        entry.purpose == Purpose::Pdf && alive && named.is_none_or(|key| key == entry.id())
    };
    let mut found: Vec<_> = keys.directory().keys().iter().filter(usable).collect();
    if found.len() > 1 {
        found.retain(|entry| keys.directory().certified_pdf_key() != Some(entry.id()));
    }
    match found.as_slice() {
        [] => bail!("there is no such PDF key in use"),
        [one] => Ok(keys.by_name(one)?),
        _ => bail!("several PDF keys wait for a certificate: name one with --key"),
    }
}

pub(super) async fn take(asked: Taken) -> anyhow::Result<Answer> {
    let mut given = vec![];
    for path in &asked.files {
        given.extend(certificates_in(path)?);
    }
    let mut bench = Bench::open(asked.common.flags.settle()?).await?;
    let now = bench.ambient.clock.now();
    let directory = bench.file.directory();
    let ours = directory.keys().iter().filter(|entry| entry.purpose == Purpose::Pdf);
    let mut problem = certificates::ChainProblem::OtherKey;
    let mut chain = None;
    for entry in ours {
        match SigningChain::find(&given, &entry.public_key, now) {
            Ok(found) => chain = Some((found, entry.clone())),
            Err(certificates::ChainProblem::OtherKey) => {}
            Err(other) => problem = other,
        }
    }
    let Some((chain, entry)) = chain else {
        bench.ledger.close().await;
        if asked.common.json {
            say(json!({ "changed": false, "problem": problem.to_string() }));
        } else {
            say(format!("not taken: {problem}"));
        }
        return Ok(Answer::No);
    };
    if !entry.is_in_use(now) {
        bail!("the certificate is for the key {}, which is not in use", entry.id());
    }
    let new = bench
        .file
        .certify(&chain.signing, &chain.intermediates, &chain.authority)?;
    bench.save().await?;
    let between = chain.intermediates.len();
    if asked.common.json {
        say(json!({ "changed": new, "key": entry.id(), "intermediates": between }));
    } else {
        let already = if new { "" } else { " (so already)" };
        say(format!(
            "the key {} is certified{already}: its certificate, {between} between, and the authority's",
            entry.id()
        ));
    }
    Ok(Answer::Yes)
}

fn pem(label: &str, der: &[u8]) -> String {
    let letters = BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = letters.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(PEM_LINE));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
