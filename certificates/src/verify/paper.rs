//! The verdict on a PDF.

use jiff::Timestamp;
use keys::{KeyDirectory, Purpose};
use sha2::{Digest as _, Sha256};

use super::{
    BrokenPages, Check, Differing, Evidence, Logged, PdfEvidence, PdfProblem, Reason, Source, Stamped, Standing, State,
    StatusAnswer, Trust, Verdict, VerdictCode, compromise, examine_token, has_key_for, judge, log_proof, pdf_signature,
    printed, record, refused,
};
use crate::{Record, Token, read, record_digest, timestamp};

/// The issuer's own check before a file leaves: reads it back as a verifier would and demands every check that does not
/// need the register. `at` is the instant of issue, `stamped_at` the one that the file's time stamp must tell in the word of an
/// authority that is trusted; `None`: there must be no time stamp.
///
/// # Errors
/// The code of what failed.
pub fn check_before_release(
    pdf: &[u8],
    token: &Token,
    trust: &Trust,
    at: Timestamp,
    stamped_at: Option<Timestamp>,
) -> Result<(), &'static str> {
    // A certificate may have waited for its signature, and is stamped when it gets it.
    let at = stamped_at.map_or(at, |stamped| stamped.max(at));
    let read::Read::Evidence(evidence) = read::upload(pdf, &read::Limits::default()) else {
        return Err("not_readable");
    };
    let Evidence::Pdf(held) = &evidence else {
        return Err("not_this_credential");
    };
    if held.token != *token {
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
    let verdict = super::verify(&evidence, trust, &status, at);
    let expected = stamped_at.map(|at| Stamped { at, trusted: true });
    if verdict.stamped != expected {
        return Err("time_stamp_bad");
    }
    let checks = [verdict.checks.signature, verdict.checks.record, verdict.checks.document];
    let proof_holds = held.proof.is_none() || verdict.checks.log == Check::Pass;
    if verdict.code != VerdictCode::Valid || checks != [Check::Pass; 3] || !proof_holds {
        return Err(verdict.reason.code());
    }
    // What is printed is what is signed.
    let words = held.words.as_deref().ok_or("not_readable")?;
    let same = verdict
        .record
        .is_some_and(|record| printed::differs(&record, words).is_empty());
    if !same {
        return Err("printed_differs");
    }
    Ok(())
}

/// The verdict on a file that carries our attachments and no longer the signature over all of it.
pub(super) fn broken(problem: PdfProblem, issued: Option<&BrokenPages>, trust: &Trust) -> Verdict {
    let mut verdict = Verdict::open(Source::Pdf);
    verdict.checks.document = Check::Fail;
    let differs = issued.map_or_else(Vec::new, |issued| {
        fields_that_differ(&issued.token, &issued.record, &issued.salt, &issued.words, trust)
    });
    let verdict = verdict.not_genuine(match problem {
        PdfProblem::Attachment => Reason::AttachmentBad,
        PdfProblem::Unsigned => Reason::DocumentUnsigned,
        PdfProblem::Changed => Reason::DocumentChanged,
        PdfProblem::Signature => Reason::DocumentSignatureBad,
    });
    Verdict { differs, ..verdict }
}

/// Which printed fields of a changed file are not as they were signed. Without a credential that is genuine, and the record to which
/// it commits, there is nothing to compare with.
fn fields_that_differ(token: &Token, record: &[u8], salt: &[u8], words: &str, trust: &Trust) -> Vec<Differing> {
    let known = examine_token(&mut Verdict::open(Source::Pdf), token, trust);
    let genuine = matches!(known, Ok(None)) && record_digest(record, salt).starts_with(&token.claims().record_digest);
    let record = genuine.then(|| Record::decode(record).ok()).flatten();
    record.map_or_else(Vec::new, |record| printed::differs(&record, words))
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
            verdict.demo |= signer.key.demo;
            verdict.stamped = signer.stamp.map(|stamp| Stamped {
                at: stamp.at,
                trusted: stamp.is_by(&trust.time_authorities),
            });
            signer.key.compromised
        }
        Err(Reason::DocumentSignerUnknown) if !can_know_signers(&trust.directory) => {
            return refused(verdict, Reason::KeysUnavailable);
        }
        Err(reason) => {
            verdict.checks.document = Check::Fail;
            let words = pdf.words.as_deref();
            let differs = words.map(|words| fields_that_differ(&pdf.token, &pdf.record, &pdf.salt, words, trust));
            return Verdict {
                differs: differs.unwrap_or_default(),
                ..verdict.not_genuine(reason)
            };
        }
    };
    verdict.checks.document = Check::Pass;
    // The one or the other clock is wrong. Whose, is not told by either.
    if verdict
        .stamped
        .is_some_and(|stamped| stamped.at > now + timestamp::CLOCK_SKEW_MAX)
    {
        return verdict.with(VerdictCode::Unknown, Reason::IssuedInFuture);
    }
    // Before anything that it says is looked at: with the key, a thief writes any record.
    let compromised = [credential, document];
    if let Some(doubt) = compromise::doubt(&verdict, &pdf.token, Some(&pdf.file_digest), compromised, status) {
        return doubt;
    }
    if let Err(reason) = record::examine(&mut verdict, &pdf.record, &digest, claims) {
        return record::refused(verdict, reason);
    }
    let proof = pdf.proof.as_ref();
    let proof = match proof.map(|proof| log_proof::check(proof, claims, &digest, trust)) {
        // Who asks for witnesses is not content with a file that names none.
        None if trust.log_policy.is_some() => Err(Reason::WitnessesMissing),
        None => Ok(()),
        Some(Ok(proven)) => {
            verdict.checks.log = Check::Pass;
            verdict.proven = Some(proven);
            Ok(())
        }
        Some(Err(reason)) => {
            // A log whose key is not at hand was not asked; anything else is a proof that proves nothing.
            if reason != Reason::LogUnavailable {
                verdict.checks.log = Check::Fail;
            }
            Err(reason)
        }
    };
    judge(
        verdict,
        Some(&pdf.token),
        Some(&pdf.file_digest),
        proof,
        trust,
        status,
        now,
    )
}

/// A directory without PDF keys, or without an authority over them, knows nobody: that is no fault of the file.
fn can_know_signers(directory: &KeyDirectory) -> bool {
    has_key_for(directory, Purpose::Pdf) && !directory.pdf_authority().is_empty()
}
