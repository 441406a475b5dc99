//! The proof that a file carries: that the public log committed to this certificate before anything was signed.
//!
//! ```text
//! credential ─names─▶ position ═ index of the proof + 1
//! credential ─names─▶ digest of the record ◀─commits to─ entry ◀─commits to─ leaf ─▶ root ◀─signed by─ log, cosigned by witnesses
//! ```

use keys::Purpose;
use proofs::note::{NoteKind, VerifierKey};
use proofs::{Leaf, ProofBundle, hash::sha256};
use serde::Deserialize;

use super::evidence::AttachedProof;
use super::{Proven, Reason, Trust};
use crate::Claims;

/// The event that a certificate's proof is of.
const EVENT: &str = "certificate.prepared";

/// What the entry commits to; the rest of it is not for verifiers.
#[derive(Deserialize)]
struct Entry {
    commits_to: String,
}

/// Checks the proof of a file whose credential and record are good. `digest` is the record's.
pub(super) fn check(
    proof: &AttachedProof,
    claims: &Claims,
    digest: &[u8; 32],
    trust: &Trust,
) -> Result<Proven, Reason> {
    let AttachedProof { bundle, entry } = proof;
    let bundle = std::str::from_utf8(bundle)
        .ok()
        .and_then(|text| ProofBundle::parse(text).ok())
        .ok_or(Reason::ProofBad)?;
    let leaf = bundle.extra.as_deref().and_then(Leaf::decode).ok_or(Reason::ProofBad)?;
    let commits_to = serde_json::from_slice(entry)
        .map(|Entry { commits_to }| commits_to)
        .map_err(|_| Reason::ProofBad)?;
    let position = bundle.index.checked_add(1).ok_or(Reason::ProofBad)?;
    let this_one = leaf.event_type == EVENT
        && leaf.meta == sha256(entry)
        && commits_to == data_encoding::HEXLOWER.encode(digest)
        && position == claims.log_position;
    if !this_one {
        return Err(Reason::ProofBad);
    }
    let checkpoint = &bundle.checkpoint;
    // Keys that are not at hand are no fault of the file.
    let log = logs(trust, &checkpoint.origin)
        .into_iter()
        .find(|log| checkpoint.verify_log(log).is_ok())
        .ok_or(Reason::LogUnavailable)?;
    bundle.verify(&leaf.hash(), &log, &[]).map_err(|_| Reason::ProofBad)?;
    let (cosignatures, enough) = match &trust.log_policy {
        Some(policy) => policy.cosigned(checkpoint).map_err(|_| Reason::ProofBad)?,
        None => (0, true),
    };
    if !enough {
        return Err(Reason::WitnessesMissing);
    }
    Ok(Proven {
        position,
        size: checkpoint.size,
        cosignatures,
    })
}

/// The logs of this name that are believed: those of the policy, or the issuer's own.
fn logs(trust: &Trust, origin: &str) -> Vec<VerifierKey> {
    let named = trust.log_policy.as_ref().map_or(&[][..], |policy| policy.logs());
    if !named.is_empty() {
        return named.iter().filter(|log| log.name() == origin).cloned().collect();
    }
    let keys = trust.directory.keys().iter();
    // In a thief's hands a log's key signs any tree; only witnesses could still tell, and for them there is the policy.
    keys.filter(|key| key.purpose == Purpose::Checkpoint && key.compromised.is_none())
        .filter_map(|key| VerifierKey::try_new(origin, NoteKind::Log, key.public_key.clone()).ok())
        .collect()
}
