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
#[cfg(feature = "papers")]
mod envelope;
mod evidence;
#[cfg(feature = "papers")]
mod log_proof;
#[cfg(feature = "papers")]
mod paper;
#[cfg(feature = "papers")]
mod pdf_signature;
#[cfg(feature = "papers")]
mod printed;
#[cfg(feature = "papers")]
mod record;
mod verdict;

use domain::{CertificateNumber, ist_date};
use jiff::{SignedDuration, Timestamp};
use keys::{Compromise, KeyDirectory, Purpose, VerifyError};
#[cfg(feature = "papers")]
use proofs::Policy;
use sha2::{Digest as _, Sha256};

use crate::{CredentialError, Token};

pub use day::{Held, OnDay, held_on};
#[cfg(feature = "papers")]
pub(crate) use evidence::{AttachedProof, PdfSignature};
#[cfg(feature = "papers")]
pub use evidence::{BrokenPages, PdfEvidence, PdfProblem};
pub use evidence::{Evidence, Hold, Logged, Standing, State, StatusAnswer};
#[cfg(feature = "papers")]
pub use paper::check_before_release;
#[cfg(feature = "papers")]
pub use pdf_signature::{ChainProblem, SigningChain};
#[cfg(feature = "papers")]
pub use verdict::Stamped;
pub use verdict::{Check, CheckName, Checks, Differing, Proven, Reason, Source, Verdict, VerdictCode};

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
    /// Which logs are believed, and whose cosignatures are wanted on the proof in a file; `None`: the log whose key is in the
    /// directory, and nobody's.
    #[cfg(feature = "papers")]
    pub log_policy: Option<Policy>,
    /// Roots (X.509, DER) above the authorities whose time stamps are believed. With none, a time stamp is still looked at, and the
    /// verdict says that nobody vouched for it.
    #[cfg(feature = "papers")]
    pub time_authorities: Vec<Vec<u8>>,
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
            #[cfg(feature = "papers")]
            log_policy: None,
            #[cfg(feature = "papers")]
            time_authorities: Vec::new(),
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

    /// Whether an answer of that time still says that a certificate holds: neither too old nor from the future.
    #[must_use]
    pub fn is_fresh(&self, as_of: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(as_of);
        -CLOCK_SKEW_MAX <= age && age <= self.status_age_max
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
        #[cfg(feature = "papers")]
        Evidence::Pdf(pdf) => paper::verify(pdf, trust, status, now),
        #[cfg(feature = "papers")]
        Evidence::BrokenPdf { reason, issued } => paper::broken(*reason, issued.as_deref(), trust),
        #[cfg(feature = "papers")]
        Evidence::Vc(vc) => envelope::verify(vc, trust, status, now),
        Evidence::Number(number) => verify_number(number, trust, status, now),
    }
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
    judge(verdict, Some(token), None, Ok(()), trust, status, now)
}

fn verify_number(number: &CertificateNumber, trust: &Trust, status: &StatusAnswer, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::open(Source::Number);
    verdict.number = Some(number.clone());
    judge(verdict, None, None, Ok(()), trust, status, now)
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
        (CheckName::Log, _) if verdict.log == Logged::Unavailable || verdict.reason == Reason::LogUnavailable => {
            Reason::LogUnavailable
        }
        (CheckName::Signature | CheckName::Record | CheckName::Document, Source::Number)
        | (CheckName::Record | CheckName::Document, Source::Qr)
        | (CheckName::Document, Source::Vc) => Reason::NotPresented,
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

/// The last step, for evidence in which nothing is wrong: what does the register say, and what day is it?
fn judge(
    mut verdict: Verdict,
    token: Option<&Token>,
    file_digest: Option<&[u8; 32]>,
    proof: Result<(), Reason>,
    trust: &Trust,
    status: &StatusAnswer,
    now: Timestamp,
) -> Verdict {
    let standing = match status {
        StatusAnswer::Known(standing) => standing,
        StatusAnswer::Unavailable => {
            let reason = proof.err().unwrap_or(Reason::StatusUnavailable);
            return undecided(verdict, reason, now);
        }
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
    verdict.checks.log = match (verdict.checks.log, standing.log, logged) {
        (Check::Fail, _, _) | (_, Logged::Committed { .. }, Err(_)) => Check::Fail,
        (_, Logged::Committed { .. }, Ok(())) => Check::Pass,
        (proven, _, _) => proven,
    };
    let logged = proof.and(logged);
    let fresh = trust.is_fresh(standing.as_of, now);
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

fn keys_are_fresh(trust: &Trust, now: Timestamp) -> bool {
    trust.keys_as_of.is_none_or(|as_of| trust.is_fresh(as_of, now))
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
