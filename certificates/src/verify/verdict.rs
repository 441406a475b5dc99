//! The answer to a verifier.

use domain::{Bilingual, CertificateNumber, certificate::RevocationReason};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::evidence::Logged;
use crate::{Claims, Record};

/// The eight answers. Never valid by accident: an outage is `Unknown`, a blurred photo is `Unreadable`, and only a failed
/// signature or digest is `NotGenuine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    /// Genuine, and it holds today.
    Valid,
    /// Genuine, but its last day is over.
    Expired,
    /// Genuine, but on hold.
    Suspended,
    /// Genuine, but cancelled.
    Revoked,
    /// Genuine, but another one took its place.
    Superseded,
    /// A signature or digest failed: not issued here, or changed since.
    NotGenuine,
    /// It could not be decided now.
    Unknown,
    /// Nothing of ours could be read, which says nothing about genuineness.
    Unreadable,
}

impl VerdictCode {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 8] = [
        Self::Valid,
        Self::Expired,
        Self::Suspended,
        Self::Revoked,
        Self::Superseded,
        Self::NotGenuine,
        Self::Unknown,
        Self::Unreadable,
    ];

    /// The stable key: `valid`, `not_genuine` and so on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::NotGenuine => "not_genuine",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether this answer says that the certificate was issued here as presented.
    #[must_use]
    pub const fn is_genuine(self) -> bool {
        matches!(
            self,
            Self::Valid | Self::Expired | Self::Suspended | Self::Revoked | Self::Superseded
        )
    }
}

/// Why the answer is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Everything that was asked for holds.
    Holds,
    /// The last day is over.
    Expired,
    /// On hold.
    Suspended,
    /// Cancelled.
    Revoked,
    /// Replaced.
    Superseded,
    /// The credential's signature does not match its key.
    SignatureBad,
    /// The credential names a key that is not in the directory.
    KidUnknown,
    /// The credential's key was not in use on the day of issue.
    KeyNotInUse,
    /// A key that came into other hands has signed it, and the log had not committed to it before.
    KeyCompromised,
    /// The attached record is not the one that the credential commits to.
    DigestMismatch,
    /// The PDF is not, byte for byte, what was signed or issued.
    DocumentChanged,
    /// The PDF carries our attachments without a signature.
    DocumentUnsigned,
    /// The PDF's signature does not match its certificate.
    DocumentSignatureBad,
    /// The PDF was signed by somebody whom the directory does not know.
    DocumentSignerUnknown,
    /// An attachment of the PDF is missing or unreadable.
    AttachmentBad,
    /// The register issued another credential under this number.
    CredentialNotIssued,
    /// Correctly signed, but the register has no such certificate.
    NotInRegister,
    /// The day of issue is still to come: the verifier's clock, or the issuer's, is wrong.
    IssuedInFuture,
    /// The record is of a later form than this program knows.
    RecordFormUnknown,
    /// The verifier holds none of the issuer's keys that would be needed.
    KeysUnavailable,
    /// The verifier's directory is too old: the key is not in it and may be newer, or may have been compromised since.
    KeysStale,
    /// A key that came into other hands has signed it, and the log could not be asked whether that was before.
    KeyDoubtful,
    /// The public log could not be asked, or its checkpoint is not signed as it should be.
    LogUnavailable,
    /// The log's signed checkpoint does not reach to where the register has the certificate.
    LogBehind,
    /// The credential names another place in the log than the register.
    LogMismatch,
    /// The attached proof does not show that the log commits to this certificate.
    ProofBad,
    /// Fewer witnesses have cosigned the attached proof's checkpoint than the verifier wants.
    WitnessesMissing,
    /// The register could not be asked.
    StatusUnavailable,
    /// The register's answer is too old.
    StatusStale,
    /// Nobody has this number. A page answers with 404 and not with a verdict.
    NotFound,
    /// There is something to read, but nothing of ours.
    NotOurs,
    /// The number's check character does not fit.
    Mistyped,
    /// No QR code was found in the picture.
    NoCode,
    /// Codes of several certificates are in one picture.
    SeveralCodes,
    /// A code that begins like ours and is incomplete.
    DamagedCode,
    /// The file is damaged.
    DamagedFile,
    /// The file is larger than is accepted.
    TooLarge,
    /// The file is under a password.
    Encrypted,
    /// The file is of a kind that is not read.
    WrongType,
    /// There is nothing in it.
    Empty,
    /// Not checked: what was presented does not carry it.
    NotPresented,
    /// Not checked: this verifier does not ask for it.
    NotAsked,
    /// Not checked: an earlier check had failed, or could not be made.
    NotReached,
    /// That day is still to come.
    DayInFuture,
    /// On that day it had not been issued.
    NotYetIssued,
    /// The source of the status does not tell since when.
    SinceUntold,
    /// The source of the status does not tell of earlier suspensions.
    HistoryUntold,
}

impl Reason {
    /// All of them, in the order in which docs/ERRORS.md lists them.
    pub const ALL: [Self; 47] = [
        Self::Holds,
        Self::Expired,
        Self::Suspended,
        Self::Revoked,
        Self::Superseded,
        Self::SignatureBad,
        Self::KidUnknown,
        Self::KeyNotInUse,
        Self::KeyCompromised,
        Self::DigestMismatch,
        Self::DocumentChanged,
        Self::DocumentUnsigned,
        Self::DocumentSignatureBad,
        Self::DocumentSignerUnknown,
        Self::AttachmentBad,
        Self::CredentialNotIssued,
        Self::NotInRegister,
        Self::IssuedInFuture,
        Self::RecordFormUnknown,
        Self::KeysUnavailable,
        Self::KeysStale,
        Self::KeyDoubtful,
        Self::LogUnavailable,
        Self::LogBehind,
        Self::LogMismatch,
        Self::ProofBad,
        Self::WitnessesMissing,
        Self::StatusUnavailable,
        Self::StatusStale,
        Self::NotFound,
        Self::NotOurs,
        Self::Mistyped,
        Self::NoCode,
        Self::SeveralCodes,
        Self::DamagedCode,
        Self::DamagedFile,
        Self::TooLarge,
        Self::Encrypted,
        Self::WrongType,
        Self::Empty,
        Self::NotPresented,
        Self::NotAsked,
        Self::NotReached,
        Self::DayInFuture,
        Self::NotYetIssued,
        Self::SinceUntold,
        Self::HistoryUntold,
    ];

    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::SignatureBad => "signature_bad",
            Self::KidUnknown => "kid_unknown",
            Self::KeyNotInUse => "key_not_in_use",
            Self::KeyCompromised => "key_compromised",
            Self::DigestMismatch => "digest_mismatch",
            Self::DocumentChanged => "document_changed",
            Self::DocumentUnsigned => "document_unsigned",
            Self::DocumentSignatureBad => "document_signature_bad",
            Self::DocumentSignerUnknown => "document_signer_unknown",
            Self::AttachmentBad => "attachment_bad",
            Self::CredentialNotIssued => "credential_not_issued",
            Self::NotInRegister => "not_in_register",
            Self::IssuedInFuture => "issued_in_future",
            Self::RecordFormUnknown => "record_form_unknown",
            Self::KeysUnavailable => "keys_unavailable",
            Self::KeysStale => "keys_stale",
            Self::KeyDoubtful => "key_doubtful",
            Self::LogUnavailable => "log_unavailable",
            Self::LogBehind => "log_behind",
            Self::LogMismatch => "log_mismatch",
            Self::ProofBad => "proof_bad",
            Self::WitnessesMissing => "witnesses_missing",
            Self::StatusUnavailable => "status_unavailable",
            Self::StatusStale => "status_stale",
            Self::NotFound => "not_found",
            Self::NotOurs => "not_ours",
            Self::Mistyped => "mistyped",
            Self::NoCode => "no_code",
            Self::SeveralCodes => "several_codes",
            Self::DamagedCode => "damaged_code",
            Self::DamagedFile => "damaged_file",
            Self::TooLarge => "too_large",
            Self::Encrypted => "encrypted",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::NotPresented => "not_presented",
            Self::NotAsked => "not_asked",
            Self::NotReached => "not_reached",
            Self::DayInFuture => "day_in_future",
            Self::NotYetIssued => "not_yet_issued",
            Self::SinceUntold => "since_untold",
            Self::HistoryUntold => "history_untold",
        }
    }
}

/// Was it looked at, and did it hold?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// Nobody looked, or could.
    #[default]
    NotChecked,
}

/// What was looked at. What the evidence does not hold is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// The credential's signature.
    pub signature: Check,
    /// The full record against the credential.
    pub record: Check,
    /// The PDF: its signature over every byte, its signer, and, with the register's answer, the issued file.
    pub document: Check,
    /// That the public log commits to it: by the proof that a file carries, or by the log's checkpoint.
    pub log: Check,
    /// The register's word that it holds.
    pub status: Check,
}

/// One of the five checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// [`Checks::signature`].
    Signature,
    /// [`Checks::record`].
    Record,
    /// [`Checks::document`].
    Document,
    /// [`Checks::log`].
    Log,
    /// [`Checks::status`].
    Status,
}

impl CheckName {
    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Record => "record",
            Self::Document => "document",
            Self::Log => "log",
            Self::Status => "status",
        }
    }
}

impl Checks {
    /// Each with its name.
    #[must_use]
    pub const fn named(&self) -> [(CheckName, Check); 5] {
        [
            (CheckName::Signature, self.signature),
            (CheckName::Record, self.record),
            (CheckName::Document, self.document),
            (CheckName::Log, self.log),
            (CheckName::Status, self.status),
        ]
    }
}

/// What the verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A credential: a QR code or its address.
    Qr,
    /// A PDF.
    Pdf,
    /// A credential in the W3C's envelope.
    Vc,
    /// A number.
    Number,
}

/// What an attached proof shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Where in the log, counted from 1.
    pub position: u64,
    /// How many entries the checkpoint commits to.
    pub size: u64,
    /// How many of the verifier's own witnesses have cosigned it.
    pub cosignatures: usize,
}

/// What the time stamp on a PDF's signature tells.
#[cfg(feature = "papers")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// The signature was there by then.
    pub at: Timestamp,
    /// Whether that is the word of an authority that the verifier trusts. If not, nobody vouches for it: anyone may have stamped it.
    pub trusted: bool,
}

/// A printed field that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// Of a field of the record its code, else `number`, `title`, `issued_on`, `expires_on`, `issuer`, `office` or `officer`.
    pub code: String,
    /// What it is called: the issuer's words.
    pub label: Bilingual,
}

/// The answer. What a forger may have written is not in it: without a good signature there are no particulars.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Which of the eight.
    pub code: VerdictCode,
    /// Why.
    pub reason: Reason,
    /// The number, if it is proven or was given as a number.
    pub number: Option<CertificateNumber>,
    /// What the credential says, if its signature is good.
    pub claims: Option<Claims>,
    /// The full record, if the credential commits to it.
    pub record: Option<Record>,
    /// What was looked at.
    pub checks: Checks,
    /// Every check that was not made, and why not.
    pub not_checked: Vec<(CheckName, Reason)>,
    /// For a changed PDF, the printed fields that are not as they were signed, as far as that is certain.
    pub differs: Vec<Differing>,
    /// What the log said.
    pub log: Logged,
    /// What the attached proof shows, if it holds.
    pub proven: Option<Proven>,
    /// What the time stamp on a file's signature tells, if there is one and the signature is good.
    #[cfg(feature = "papers")]
    pub stamped: Option<Stamped>,
    /// The instant of the register's answer.
    pub status_as_of: Option<Timestamp>,
    /// Since when it is suspended, revoked or superseded.
    pub since: Option<Timestamp>,
    /// The last day of a suspension, if known.
    pub until: Option<Date>,
    /// The last day on which the certificate holds, if it ends.
    pub expires: Option<Date>,
    /// The certificate that took its place.
    pub superseded_by: Option<CertificateNumber>,
    /// The public reason of a revocation.
    pub revocation: Option<RevocationReason>,
    /// Made with demonstration keys: worth nothing, whatever the verdict.
    pub demo: bool,
    /// What the verdict is about.
    pub source: Source,
}

impl Verdict {
    /// Nothing is known yet.
    pub(super) fn open(source: Source) -> Self {
        Self {
            code: VerdictCode::Unknown,
            reason: Reason::StatusUnavailable,
            number: None,
            claims: None,
            record: None,
            checks: Checks::default(),
            not_checked: vec![],
            differs: vec![],
            log: Logged::NotAsked,
            proven: None,
            #[cfg(feature = "papers")]
            stamped: None,
            status_as_of: None,
            since: None,
            until: None,
            expires: None,
            superseded_by: None,
            revocation: None,
            demo: false,
            source,
        }
    }

    /// The verdict where there is no evidence to examine.
    #[must_use]
    pub fn unreadable(reason: Reason, source: Source) -> Self {
        let mut verdict = Self::open(source).with(VerdictCode::Unreadable, reason);
        verdict.not_checked = verdict.checks.named().map(|(name, _)| (name, reason)).to_vec();
        verdict
    }

    pub(super) fn with(self, code: VerdictCode, reason: Reason) -> Self {
        Self { code, reason, ..self }
    }

    /// Keeps which checks were made, and drops every word of the evidence and of the register.
    pub(super) fn not_genuine(self, reason: Reason) -> Self {
        Self {
            checks: self.checks,
            log: self.log,
            proven: self.proven,
            status_as_of: self.status_as_of,
            demo: self.demo,
            ..Self::open(self.source).with(VerdictCode::NotGenuine, reason)
        }
    }
}
