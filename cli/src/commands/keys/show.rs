//! The public half.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use keys::{KeyStore, PublicKeyEntry, Purpose};
use ledger::note::{NoteKind, VerifierKey};
use ledger::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Common, begun::Begun};
use crate::{Answer, say, service, settings::Flags};

#[derive(Args)]
pub(super) struct Shown {
    /// Instead of all keys: the verifier keys of the log (checkpoint) or of this installation as a witness, as the tools for
    /// transparency logs read them; one a line, while a key is changed over two.
    #[arg(long, value_enum)]
    vkey: Option<NoteKey>,
    /// The name in the witness's verifier key.
    #[arg(long, required_if_eq("vkey", "witness"))]
    name: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NoteKey {
    Checkpoint,
    Witness,
}

/// Prints the key directory, or verifier keys.
pub(super) fn run(options: Shown) -> anyhow::Result<Answer> {
    let settings = options.flags.settle()?;
    let (keys, now) = (service::open_public(&settings)?, SystemClock.now());
    let (purpose, kind, name) = match options.vkey {
        None => {
            let directory = keys.directory().clone().made_at(now);
            say(serde_json::to_string_pretty(&directory)?);
            return Ok(Answer::Yes);
        }
        Some(NoteKey::Checkpoint) => (Purpose::Checkpoint, NoteKind::Log, settings.log_origin),
        Some(NoteKey::Witness) => (Purpose::Witness, NoteKind::Witness, options.name.unwrap_or_default()),
    };
    let entries = keys.directory().keys().iter();
    let mut found = Answer::No;
    for entry in entries.filter(|entry| entry.purpose == purpose && entry.is_in_use(now)) {
        say(VerifierKey::try_new(&name, kind, entry.public_key.clone())?);
        found = Answer::Yes;
    }
    Ok(found)
}

/// Every key and what became of it.
pub(super) fn list(common: Common) -> anyhow::Result<Answer> {
    let settings = common.flags.settle()?;
    let keys = service::open_public(&settings)?;
    let now = SystemClock.now();
    let begun = Begun::read(&settings.data)?;
    let entries = keys.directory().keys().iter();
    if common.json {
        let all: Vec<Value> = entries.map(|entry| described(&keys, entry, now)).collect();
        say(json!({ "issuer": keys.directory().issuer(), "keys": all, "begun": begun }));
    } else {
        for entry in entries {
            say(line(&keys, entry, now));
        }
        if let Some(begun) = begun {
            let (verb, purpose) = (begun.wanted.verb.done(), begun.wanted.purpose);
            let key = begun
                .made(keys.directory())
                .map_or_else(|| "no key was made".to_owned(), |key| format!("its key is {key}"));
            say(format!(
                "{verb} {purpose}: begun {} and not answered for; {key}; the same verb again finishes it",
                begun.at
            ));
        }
    }
    Ok(Answer::Yes)
}

/// A key as JSON.
pub(super) fn described(keys: &KeyStore, entry: &PublicKeyEntry, now: Timestamp) -> Value {
    let token = keys.in_tokens().any(|(inside, _)| inside.id() == entry.id());
    json!({
        "id": entry.id(),
        "purpose": entry.purpose,
        "algorithm": entry.algorithm(),
        "state": state(entry, now),
        "held": if token { "token" } else { "file" },
        "certified": keys.directory().certified_pdf_key() == Some(entry.id()),
        "not_before": entry.not_before,
        "not_after": entry.not_after,
        "compromised": entry.compromised,
        "demo": entry.demo,
        "digest": digest(entry),
    })
}

pub(super) fn line(keys: &KeyStore, entry: &PublicKeyEntry, now: Timestamp) -> String {
    let mut line = format!(
        "{} {:<10} {:<7} {:<11} from {}",
        entry.id(),
        entry.purpose.to_string(),
        service::algorithm(entry.algorithm()),
        state(entry, now),
        entry.not_before
    );
    if let Some(end) = entry.not_after {
        line.push_str(&format!(" to {end}"));
    }
    if let Some(compromise) = entry.compromised {
        let (since, position) = (compromise.since, compromise.last_good_position);
        line.push_str(&format!(
            ", in other hands since {since}, good up to position {position}"
        ));
    }
    if keys.in_tokens().any(|(inside, _)| inside.id() == entry.id()) {
        line.push_str(", in the token");
    }
    if keys.directory().certified_pdf_key() == Some(entry.id()) {
        line.push_str(", certified");
    }
    line
}

fn state(entry: &PublicKeyEntry, now: Timestamp) -> &'static str {
    if entry.compromised.is_some() {
        "compromised"
    } else if entry.not_after.is_some_and(|end| end <= now) {
        "retired"
    } else if now < entry.not_before {
        "waiting"
    } else {
        "in_use"
    }
}

/// SHA-256 of the public key, lower-case hexadecimal: what people compare.
pub(super) fn digest(entry: &PublicKeyEntry) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(entry.public_key.to_bytes()))
}
