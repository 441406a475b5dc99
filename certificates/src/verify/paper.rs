//! The verdict on a PDF.

use jiff::Timestamp;
use keys::{KeyDirectory, Purpose};
use sha2::{Digest as _, Sha256};

use super::{
    Check, Evidence, Logged, PdfEvidence, PdfProblem, Reason, Source, Standing, State, StatusAnswer, Trust, Verdict,
    VerdictCode, compromise, examine_token, has_key_for, judge, pdf_signature, refused,
};
use crate::{Claims, Record, Token, read, record_digest};

/// The issuer's own check before a file leaves: reads it back as a verifier would and demands every check that does not
/// need the register. `at` is the instant of issue.
///
/// # Errors
/// The code of what failed.
pub fn check_before_release(
    pdf: &[u8],
    token: &Token,
    directory: &KeyDirectory,
    at: Timestamp,
) -> Result<(), &'static str> {
    let read::Read::Evidence(evidence) = read::upload(pdf, &read::Limits::default()) else {
        return Err("not_readable");
    };
    if !matches!(&evidence, Evidence::Pdf(pdf) if pdf.token == *token) {
        return Err("not_this_credential");
    }
    let status = StatusAnswer::Known(Standing {
        state: State::Active,
        as_of: at,
        issued_on: Some(token.claims().issued_on),
        expires_on: token.claims().expires_on,
        holds: None,
        pdf_digest: Some(Sha256::digest(pdf).into()),
        credential_digest: Some(Sha256::digest(token.bytes()).into()),
        log: Logged::NotAsked,
        demo: false,
    });
    let verdict = super::verify(&evidence, &Trust::new(directory.clone()), &status, at);
    let checks = [verdict.checks.signature, verdict.checks.record, verdict.checks.document];
    if verdict.code != VerdictCode::Valid || checks != [Check::Pass; 3] {
        return Err(verdict.reason.code());
    }
    Ok(())
}

/// The verdict on a file that carries our attachments and no longer the signature over all of it.
pub(super) fn broken(problem: PdfProblem) -> Verdict {
    let mut verdict = Verdict::open(Source::Pdf);
    verdict.checks.document = Check::Fail;
    verdict.not_genuine(match problem {
        PdfProblem::Attachment => Reason::AttachmentBad,
        PdfProblem::Unsigned => Reason::DocumentUnsigned,
        PdfProblem::Changed => Reason::DocumentChanged,
        PdfProblem::Signature => Reason::DocumentSignatureBad,
    })
}

pub(super) fn verify(pdf: &PdfEvidence, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::open(Source::Pdf);
    let credential = match examine_token(&mut verdict, &pdf.token, trust) {
        Ok(compromised) => compromised,
        Err(reason) => return refused(verdict, reason),
    };
    let claims = pdf.token.claims();
    let digest = record_digest(&pdf.record, &pdf.salt);
    if !digest.starts_with(&claims.record_digest) {
        verdict.checks.record = Check::Fail;
        return verdict.not_genuine(Reason::DigestMismatch);
    }
    let document = match pdf_signature::check(&pdf.signature, &trust.directory) {
        Ok(signer) => {
            verdict.demo |= signer.demo;
            signer.compromised
        }
        Err(Reason::DocumentSignerUnknown) if !can_know_signers(&trust.directory) => {
            return refused(verdict, Reason::KeysUnavailable);
        }
        Err(reason) => {
            verdict.checks.document = Check::Fail;
            return verdict.not_genuine(reason);
        }
    };
    verdict.checks.document = Check::Pass;
    // Before anything that it says is looked at: with the key, a thief writes any record.
    let compromised = [credential, document];
    if let Some(doubt) = compromise::doubt(&verdict, &pdf.token, Some(&pdf.file_digest), compromised, status) {
        return doubt;
    }
    let Ok(record) = Record::decode(&pdf.record) else {
        // The issuer signed it, so it is no forgery; but what cannot be read cannot be called valid.
        return verdict.with(VerdictCode::Unknown, Reason::RecordFormUnknown);
    };
    if !agrees(claims, &Claims::of(&record, &digest, claims.log_position)) {
        verdict.checks.record = Check::Fail;
        return verdict.not_genuine(Reason::DigestMismatch);
    }
    verdict.checks.record = Check::Pass;
    verdict.demo |= record.demo;
    verdict.record = Some(record);
    judge(verdict, Some(&pdf.token), Some(&pdf.file_digest), trust, status, now)
}

/// A directory without PDF keys, or without an authority over them, knows nobody: that is no fault of the file.
fn can_know_signers(directory: &KeyDirectory) -> bool {
    has_key_for(directory, Purpose::Pdf) && !directory.pdf_authority().is_empty()
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
