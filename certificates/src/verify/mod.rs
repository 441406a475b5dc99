//! From evidence, trust and the register's answer to a verdict. One pure function: no clock, no network, no register.
//!
//! | what is found | verdict |
//! | --- | --- |
//! | a signature, digest or key does not fit; the register issued something else or nothing | not genuine |
//! | a compromised key signed it, and the log had not committed to it before | not genuine |
//! | the register, the log or the keys could not be had, or what is had of them is too old | unknown |
//! | the register says so: revoked, superseded, suspended | that |
//! | the last day is over | expired |
//! | everything that the evidence holds was checked and holds, and the register's fresh answer says so | valid |
//!
//! Never valid by accident: `valid` is given at one place, behind all checks. A revocation or a replacement is final and
//! counts however old the answer is; an absence of one counts only while it is fresh.

mod compromise;
mod day;
mod evidence;
mod pdf_signature;
mod verdict;

use domain::{CertificateNumber, ist_date};
use jiff::{SignedDuration, Timestamp};
use keys::{Compromise, KeyDirectory, Purpose, VerifyError};
use sha2::{Digest as _, Sha256};

use crate::{Claims, CredentialError, Record, Token, read, record_digest};

pub use day::{Held, OnDay, held_on};
pub(crate) use evidence::PdfSignature;
pub use evidence::{Evidence, Hold, Logged, PdfEvidence, PdfProblem, Standing, State, StatusAnswer};
pub use verdict::{Check, CheckName, Checks, Reason, Source, Verdict, VerdictCode};

/// How far the register's clock may run ahead of the verifier's.
const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What a verifier trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The issuer's public keys and PDF authorities.
    pub directory: KeyDirectory,
    /// When the directory was complete; `None` for the issuer's own, which is never behind. A credential of a later day that
    /// names a key which is not in it may be of a newer key, and is then unknown in place of not genuine. A key of an old
    /// directory may have been compromised since: what it signed is then unknown in place of valid.
    pub keys_as_of: Option<Timestamp>,
    /// An answer of the register, or a directory, that is older than this says no longer that a certificate holds.
    pub status_age_max: SignedDuration,
}

impl Trust {
    /// Trust in these keys, and in the register's answers for a day.
    #[must_use]
    pub const fn new(directory: KeyDirectory) -> Self {
        Self {
            directory,
            keys_as_of: None,
            status_age_max: SignedDuration::from_hours(24),
        }
    }

    /// The same in keys that were handed out as a file. They are as old as the file says; one that does not say may be of any
    /// age, and then neither makes anything valid nor, by a key that it lacks, anything not genuine.
    #[must_use]
    pub fn published(directory: KeyDirectory) -> Self {
        let as_of = directory.as_of().unwrap_or(Timestamp::MIN);
        Self {
            keys_as_of: Some(as_of),
            ..Self::new(directory)
        }
    }
}

/// The verdict on some evidence. `status` is the register's answer about [`Evidence::number`].
#[must_use]
pub fn verify(evidence: &Evidence, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = examine(evidence, trust, status, now);
    verdict.not_checked = not_checked(&verdict, status);
    verdict
}

fn examine(evidence: &Evidence, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    match evidence {
        Evidence::Token(token) => verify_token(token, trust, status, now),
        Evidence::Pdf(pdf) => verify_pdf(pdf, trust, status, now),
        Evidence::BrokenPdf { reason } => {
            let mut verdict = Verdict::open(Source::Pdf);
            verdict.checks.document = Check::Fail;
            verdict.not_genuine(match reason {
                PdfProblem::Attachment => Reason::AttachmentBad,
                PdfProblem::Unsigned => Reason::DocumentUnsigned,
                PdfProblem::Changed => Reason::DocumentChanged,
                PdfProblem::Signature => Reason::DocumentSignatureBad,
            })
        }
        Evidence::Number(number) => verify_number(number, trust, status, now),
    }
}

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
    let verdict = verify(&evidence, &Trust::new(directory.clone()), &status, at);
    let checks = [verdict.checks.signature, verdict.checks.record, verdict.checks.document];
    if verdict.code != VerdictCode::Valid || checks != [Check::Pass; 3] {
        return Err(verdict.reason.code());
    }
    Ok(())
}

fn verify_token(token: &Token, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::open(Source::Qr);
    let compromised = match examine_token(&mut verdict, token, trust) {
        Ok(compromised) => compromised,
        Err(reason) => return refused(verdict, reason),
    };
    if let Some(doubt) = compromise::doubt(&verdict, token, None, [compromised, None], status) {
        return doubt;
    }
    judge(verdict, Some(token), None, trust, status, now)
}

fn verify_number(number: &CertificateNumber, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::open(Source::Number);
    verdict.number = Some(number.clone());
    judge(verdict, None, None, trust, status, now)
}

fn verify_pdf(pdf: &PdfEvidence, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
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

/// The credential's signature and key; with both, and a key in the right hands, what it says may be shown. Answers what is
/// known against the key.
fn examine_token(verdict: &mut Verdict, token: &Token, trust: &Trust) -> Result<Option<Compromise>, Reason> {
    let directory = &trust.directory;
    if !has_key_for(directory, Purpose::Credential) {
        return Err(Reason::KeysUnavailable);
    }
    let claims = token.verify(directory).map_err(|error| {
        let reason = match error {
            // What it says of its day is not proven; but whoever lies about it gains no more than a doubt.
            CredentialError::Signature(VerifyError::UnknownKey { .. }) => match trust.keys_as_of {
                Some(as_of) if token.claims().issued_on >= ist_date(as_of) => return Reason::KeysStale,
                _ => Reason::KidUnknown,
            },
            CredentialError::Signature(VerifyError::OutsidePeriod { .. }) => Reason::KeyNotInUse,
            _ => Reason::SignatureBad,
        };
        verdict.checks.signature = Check::Fail;
        reason
    })?;
    verdict.checks.signature = Check::Pass;
    verdict.number = Some(claims.number.clone());
    verdict.expires = claims.expires_on;
    verdict.claims = Some(claims.clone());
    let entry = directory.entry(Purpose::Credential, token.key_id());
    verdict.demo |= entry.is_some_and(|entry| entry.demo);
    Ok(entry.and_then(|entry| entry.compromised))
}

fn has_key_for(directory: &KeyDirectory, purpose: Purpose) -> bool {
    directory.keys().iter().any(|key| key.purpose == purpose)
}

/// A directory without PDF keys, or without an authority over them, knows nobody: that is no fault of the file.
fn can_know_signers(directory: &KeyDirectory) -> bool {
    has_key_for(directory, Purpose::Pdf) && !directory.pdf_authority().is_empty()
}

/// Not genuine, unless it is our own keys that are missing.
fn refused(verdict: Verdict, reason: Reason) -> Verdict {
    match reason {
        Reason::KeysUnavailable | Reason::KeysStale | Reason::KeyDoubtful => {
            let (source, checks, demo) = (verdict.source, verdict.checks, verdict.demo);
            Verdict {
                checks,
                demo,
                ..Verdict::open(source).with(VerdictCode::Unknown, reason)
            }
        }
        _ => verdict.not_genuine(reason),
    }
}

/// Every check that was not made, and why not.
fn not_checked(verdict: &Verdict, status: &StatusAnswer) -> Vec<(CheckName, Reason)> {
    let keys = matches!(
        verdict.reason,
        Reason::KeysUnavailable | Reason::KeysStale | Reason::KeyDoubtful
    );
    let why = |name| match (name, verdict.source) {
        (CheckName::Status, _) if *status == StatusAnswer::Unavailable => Reason::StatusUnavailable,
        (CheckName::Status, _) if verdict.reason == Reason::StatusStale => Reason::StatusStale,
        (CheckName::Log, _) if verdict.log == Logged::Unavailable => Reason::LogUnavailable,
        (CheckName::Signature | CheckName::Record | CheckName::Document, Source::Number)
        | (CheckName::Record | CheckName::Document, Source::Qr) => Reason::NotPresented,
        (CheckName::Signature | CheckName::Document, _) if keys => verdict.reason,
        (CheckName::Record, _) if verdict.reason == Reason::KeyDoubtful => verdict.reason,
        (CheckName::Record, _) if verdict.reason == Reason::RecordFormUnknown => Reason::RecordFormUnknown,
        (CheckName::Status, _) if verdict.status_as_of.is_some() => Reason::StatusStale,
        (CheckName::Log, _) if verdict.status_as_of.is_some() => Reason::NotAsked,
        _ => Reason::NotReached,
    };
    let open = |(name, check)| (check == Check::NotChecked).then(|| (name, why(name)));
    verdict.checks.named().into_iter().filter_map(open).collect()
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

/// The last step, for evidence in which nothing is wrong: what does the register say, and what day is it?
fn judge(
    mut verdict: Verdict,
    token: Option<&Token>,
    file_digest: Option<&[u8; 32]>,
    trust: &Trust,
    status: &StatusAnswer,
    now: Timestamp,
) -> Verdict {
    let standing = match status {
        StatusAnswer::Known(standing) => standing,
        StatusAnswer::Unavailable => return undecided(verdict, Reason::StatusUnavailable, now),
        StatusAnswer::NoSuchCertificate if token.is_none() => {
            return verdict.with(VerdictCode::Unknown, Reason::NotFound);
        }
        StatusAnswer::NoSuchCertificate => {
            // A good signature that the register does not know: the key was used behind its back.
            verdict.checks.status = Check::Fail;
            return verdict.not_genuine(Reason::NotInRegister);
        }
    };
    verdict.status_as_of = Some(standing.as_of);
    verdict.demo |= standing.demo;
    let presented = token.map(|token| <[u8; 32]>::from(Sha256::digest(token.bytes())));
    if differs(presented.as_ref(), standing.credential_digest.as_ref()) {
        verdict.checks.status = Check::Fail;
        return verdict.not_genuine(Reason::CredentialNotIssued);
    }
    if differs(file_digest, standing.pdf_digest.as_ref()) {
        verdict.checks.document = Check::Fail;
        return verdict.not_genuine(Reason::DocumentChanged);
    }
    verdict.expires = match (verdict.expires, standing.expires_on) {
        (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
        (ours, theirs) => ours.or(theirs),
    };
    verdict.log = standing.log;
    let logged = match standing.log {
        Logged::NotAsked => Ok(()),
        Logged::Unavailable => Err(Reason::LogUnavailable),
        Logged::Committed { position, size } => {
            let named = verdict.claims.as_ref().map_or(position, |claims| claims.log_position);
            if named != position {
                Err(Reason::LogMismatch)
            } else if position == 0 || position > size {
                Err(Reason::LogBehind)
            } else {
                Ok(())
            }
        }
    };
    verdict.checks.log = match (standing.log, logged) {
        (Logged::Committed { .. }, Ok(())) => Check::Pass,
        (Logged::Committed { .. }, Err(_)) => Check::Fail,
        _ => Check::NotChecked,
    };
    let fresh = is_fresh(standing, trust, now);
    match &standing.state {
        State::Revoked { since, reason } => {
            verdict.checks.status = Check::Fail;
            verdict.since = *since;
            verdict.revocation = *reason;
            verdict.with(VerdictCode::Revoked, Reason::Revoked)
        }
        State::Superseded { since, by } => {
            verdict.checks.status = Check::Fail;
            verdict.since = *since;
            verdict.superseded_by = by.clone();
            verdict.with(VerdictCode::Superseded, Reason::Superseded)
        }
        _ if !fresh => undecided(verdict, Reason::StatusStale, now),
        // The day after its last day a suspension is over, also where nobody has said so.
        State::Suspended { since, until } if until.is_none_or(|last| ist_date(now) <= last) => {
            verdict.checks.status = Check::Fail;
            if is_over(&verdict, now) {
                return verdict.with(VerdictCode::Expired, Reason::Expired);
            }
            verdict.since = *since;
            verdict.until = *until;
            verdict.with(VerdictCode::Suspended, Reason::Suspended)
        }
        State::Suspended { .. } | State::Active => {
            verdict.checks.status = Check::Pass;
            if is_over(&verdict, now) {
                return verdict.with(VerdictCode::Expired, Reason::Expired);
            }
            let issued_on = verdict.claims.as_ref().map(|claims| claims.issued_on);
            if issued_on.or(standing.issued_on).is_some_and(|day| day > ist_date(now)) {
                return verdict.with(VerdictCode::Unknown, Reason::IssuedInFuture);
            }
            match logged {
                // Whether the key is still in the right hands is news as well.
                Ok(()) if token.is_some() && !keys_are_fresh(trust, now) => {
                    verdict.with(VerdictCode::Unknown, Reason::KeysStale)
                }
                Ok(()) => verdict.with(VerdictCode::Valid, Reason::Holds),
                Err(reason) => verdict.with(VerdictCode::Unknown, reason),
            }
        }
    }
}

fn is_fresh(standing: &Standing, trust: &Trust, now: Timestamp) -> bool {
    is_recent(standing.as_of, trust, now)
}

fn keys_are_fresh(trust: &Trust, now: Timestamp) -> bool {
    trust.keys_as_of.is_none_or(|as_of| is_recent(as_of, trust, now))
}

/// Neither too old nor from the future.
fn is_recent(as_of: Timestamp, trust: &Trust, now: Timestamp) -> bool {
    let age = now.duration_since(as_of);
    -CLOCK_SKEW_MAX <= age && age <= trust.status_age_max
}

/// Without the register: an end that has passed has passed; anything else is open.
fn undecided(verdict: Verdict, reason: Reason, now: Timestamp) -> Verdict {
    if is_over(&verdict, now) {
        return verdict.with(VerdictCode::Expired, Reason::Expired);
    }
    verdict.with(VerdictCode::Unknown, reason)
}

fn is_over(verdict: &Verdict, now: Timestamp) -> bool {
    verdict.expires.is_some_and(|last| last < ist_date(now))
}

fn differs(presented: Option<&[u8; 32]>, issued: Option<&[u8; 32]>) -> bool {
    matches!((presented, issued), (Some(presented), Some(issued)) if presented != issued)
}
