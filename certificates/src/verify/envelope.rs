//! The verdict on a credential in the W3C's envelope. The envelope adds nothing that has to be believed: its own signature and the credential
//! in it must be of the same key, and what it says must be the record to which that credential commits.

use jiff::Timestamp;

use super::{Check, Reason, Source, StatusAnswer, Trust, Verdict, compromise, examine_token, judge, record, refused};
use crate::{record_digest, vc::Vc};

pub(super) fn verify(vc: &Vc, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::open(Source::Vc);
    let compromised = match examine_token(&mut verdict, vc.token(), trust) {
        Ok(compromised) => compromised,
        Err(reason) => return refused(verdict, reason),
    };
    if vc.verify(&trust.directory).is_err() {
        verdict.checks.signature = Check::Fail;
        return verdict.not_genuine(Reason::SignatureBad);
    }
    let digest = record_digest(vc.record(), vc.salt());
    let claims = vc.token().claims();
    if !digest.starts_with(&claims.record_digest) {
        verdict.checks.record = Check::Fail;
        return verdict.not_genuine(Reason::DigestMismatch);
    }
    if let Some(doubt) = compromise::doubt(&verdict, vc.token(), None, [compromised, None], status) {
        return doubt;
    }
    if let Err(reason) = record::examine(&mut verdict, vc.record(), &digest, claims) {
        return record::refused(verdict, reason);
    }
    judge(verdict, Some(vc.token()), None, Ok(()), trust, status, now)
}
