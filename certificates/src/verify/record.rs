//! The record to which a genuine credential commits: what it says must be what the credential says.

use super::{Check, Reason, Verdict, VerdictCode};
use crate::{Claims, Record};

/// Puts the record into the verdict. Its digest has been compared.
pub(super) fn examine(verdict: &mut Verdict, record: &[u8], digest: &[u8; 32], claims: &Claims) -> Result<(), Reason> {
    let Ok(record) = Record::decode(record) else {
        return Err(Reason::RecordFormUnknown);
    };
    let full = Claims::of(&record, digest, claims.log_position, claims.status_index);
    if !agrees(claims, &full) {
        verdict.checks.record = Check::Fail;
        return Err(Reason::DigestMismatch);
    }
    verdict.checks.record = Check::Pass;
    verdict.demo |= record.demo;
    verdict.record = Some(record);
    Ok(())
}

/// The verdict where [`examine`] said no.
pub(super) fn refused(verdict: Verdict, reason: Reason) -> Verdict {
    match reason {
        // The issuer signed it, so it is no forgery; but what cannot be read cannot be called valid.
        Reason::RecordFormUnknown => verdict.with(VerdictCode::Unknown, reason),
        _ => verdict.not_genuine(reason),
    }
}

/// Whether a credential says what the record says, as far as it has room.
fn agrees(claims: &Claims, full: &Claims) -> bool {
    let text = |short: &String, full: &String| {
        short == full || short.strip_suffix('…').is_some_and(|start| full.starts_with(start))
    };
    let maybe = |short: &Option<String>, full: &Option<String>| match (short, full) {
        (Some(short), Some(full)) => text(short, full),
        (None, None) => true,
        _ => false,
    };
    claims.number == full.number
        && claims.issued_on == full.issued_on
        && claims.expires_on == full.expires_on
        && claims.born == full.born
        && text(&claims.name, &full.name)
        && (claims.second_name.is_none() || claims.second_name == full.second_name)
        && maybe(&claims.guardian, &full.guardian)
        && maybe(&claims.particular, &full.particular)
}
