//! The storage format of certificates. Names and fields here are in the ledger for ever: add events,
//! or optional fields with a default; never rename, never remove. `tests.rs` freezes the JSON.

use cqrs_es::DomainEvent;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{ApplicationNumber, ByOfficer, CertificateId, CertificateNumber, CitizenId, Personal, catalogue::Answers};

/// What happened to a certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The intent: number and record are fixed, nothing is signed yet.
    Prepared {
        /// The number that is printed.
        number: Personal<CertificateNumber>,
        /// SHA-256 of the number without dashes, lower-case hex: for the register, which must find a number
        /// without listing it.
        number_digest: String,
        /// The application that it answers.
        application: ApplicationNumber,
        /// The service's code.
        service: String,
        /// The holder.
        holder: CitizenId,
        /// The record's canonical CBOR, base64url.
        record: Personal<String>,
        /// The record's salt, base64url of 16 bytes.
        salt: Personal<String>,
        /// SHA-256 over record and salt, lower-case hex.
        record_digest: String,
        /// The day of issue.
        issued_on: Date,
        /// The last day on which it holds, if it ends.
        expires_on: Option<Date>,
        /// Who approved.
        approved_by: ByOfficer,
        /// Made with demonstration keys: it says so on its face.
        demo: bool,
        /// The host that is printed and that stands in the QR.
        host: String,
        /// The WhatsApp number that is printed, if any.
        contact: Option<String>,
        /// Which certificate of its application it is, counted from 1.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        version: u32,
        /// The certificate that it takes the place of, if it is not the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<CertificateId>,
        /// Its place in the status lists, which no other certificate has. None was given before there were places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status_index: Option<u64>,
        /// When.
        at: Timestamp,
    },
    /// It is signed, and the signed file exists.
    Issued {
        /// Position of `Prepared` in the log, as the credential names it.
        log_position: u64,
        /// Key that signed the credential, eight hex digits.
        credential_key: String,
        /// The credential (COSE_Sign1), base64url.
        credential: Personal<String>,
        /// SHA-256 of the credential, lower-case hex.
        credential_digest: String,
        /// SHA-256 of the PDF before its signature, lower-case hex.
        unsigned_digest: String,
        /// The signature's CMS, base64: with it the signed file can be made again byte for byte.
        cms: String,
        /// SHA-256 of the signed PDF, lower-case hex.
        pdf_digest: String,
        /// Length of the signed PDF in bytes.
        pdf_bytes: u64,
        /// What the file carries to prove its place in the log by itself. Files before it was carried have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<LogProof>,
        /// What became of the time stamp on the file's signature, where an authority is set up for it. The stamp is in the CMS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_stamp: Option<TimeStamp>,
        /// The signature over the same record as a W3C credential, base64url of 64 bytes: with it that one can be made again byte for
        /// byte. None was made before there was that form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vc_signature: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// It reached the holder's channel.
    Delivered {
        /// The channel's own name for the message.
        message: String,
        /// When.
        at: Timestamp,
    },
    /// It does not hold for some days, and then again by itself.
    Suspended {
        /// Why, from the closed list of the register.
        reason: SuspensionReason,
        /// The last day, in India, on which it does not hold.
        until: Date,
        /// Words for the file.
        note: Option<Personal<String>>,
        /// By whom.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
    /// It holds again before its suspension's end.
    Reinstated {
        /// Words for the file.
        note: Option<Personal<String>>,
        /// By whom.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
    /// An officer says what is wrong in it; another one has to agree.
    CorrectionProposed {
        /// Why, from the closed list of the register.
        reason: ReplacementReason,
        /// The codes of the answers that are to change.
        changed: Vec<String>,
        /// All answers as they are to be.
        answers: Personal<Answers>,
        /// Words for the file.
        note: Option<Personal<String>>,
        /// By whom.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
    /// Another officer does not agree to what was proposed; nothing changes.
    CorrectionDeclined {
        /// When the proposal was made.
        proposed_at: Timestamp,
        /// Why, for whoever proposed it.
        words: Personal<String>,
        /// By whom.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
    /// Another certificate is to be made that takes its place.
    ReplacementOrdered {
        /// The other one.
        replacement: CertificateId,
        /// Which certificate of the application that one is.
        version: u32,
        /// Why.
        reason: ReplacementReason,
        /// All answers that the other one is made from; `None`: as before.
        answers: Option<Personal<Answers>>,
        /// Who agreed.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
    /// Another certificate has taken its place.
    Superseded {
        /// The other one.
        replacement: CertificateId,
        /// The other one's number.
        number: Personal<CertificateNumber>,
        /// Why.
        reason: ReplacementReason,
        /// When.
        at: Timestamp,
    },
    /// It no longer holds.
    Revoked {
        /// Why, from the closed list of the register.
        reason: RevocationReason,
        /// Words for the file.
        note: Option<Personal<String>>,
        /// By whom.
        by: ByOfficer,
        /// When.
        at: Timestamp,
    },
}

/// The proof inside a file that the log commits to it. It cannot be computed again: which checkpoint it was, and who had cosigned
/// that by then, was chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogProof {
    /// That the leaf of `Prepared` is in the tree (C2SP tlog-proof, text).
    pub proof: String,
    /// The meta of `Prepared` as it is stored, to which the leaf commits and which commits to the record.
    pub entry: String,
    /// Whose signatures the issuer held to be enough (C2SP tlog-policy, text).
    pub policy: String,
}

/// Whether a file's signature carries the time stamp of an authority (RFC 3161).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeStamp {
    /// It does.
    Given {
        /// The authority's instant.
        at: Timestamp,
    },
    /// It does not: the authority gave none in time, and the citizen does not wait for it.
    Missing {
        /// Why.
        reason: NoTimeStamp,
    },
}

/// Why a file was signed without a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTimeStamp {
    /// The authority could not be reached, or did not answer in time.
    Unreachable,
    /// It answered that it will not.
    Refused,
    /// What it answered is no time stamp of this signature that can be trusted.
    Bad,
    /// It had failed shortly before, and was not asked.
    NotAsked,
}

impl NoTimeStamp {
    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Bad => "bad",
            Self::NotAsked => "not_asked",
        }
    }
}

/// The place in the status lists that the stored body of an intent names, also when the rest of it cannot be read.
#[must_use]
pub fn status_index_in(body: &[u8]) -> Option<u64> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body.get("prepared")?.get("status_index")?.as_u64()
}

/// Why a certificate was revoked; the public sees the class, never the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Issued by mistake.
    Mistake,
    /// Obtained with false papers or false answers.
    FalseEvidence,
    /// Issued without authority.
    WithoutAuthority,
    /// By order of a court or of a superior authority.
    Order,
    /// At the holder's wish.
    HolderRequest,
}

impl RevocationReason {
    /// Every reason, in the order in which a form lists them.
    pub const ALL: [Self; 5] = [
        Self::Mistake,
        Self::FalseEvidence,
        Self::WithoutAuthority,
        Self::Order,
        Self::HolderRequest,
    ];

    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mistake => "mistake",
            Self::FalseEvidence => "false_evidence",
            Self::WithoutAuthority => "without_authority",
            Self::Order => "order",
            Self::HolderRequest => "holder_request",
        }
    }
}

const fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_first(version: &u32) -> bool {
    *version == 1
}

/// Why a certificate was suspended; the public sees the class, never the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionReason {
    /// The holder's papers or answers are looked into.
    Inquiry,
    /// By order of a court or of a superior authority.
    Order,
    /// Two certificates speak against each other.
    Conflict,
    /// At the holder's wish, because it was lost or stolen.
    HolderRequest,
}

impl SuspensionReason {
    /// Every reason, in the order in which a form lists them.
    pub const ALL: [Self; 4] = [Self::Inquiry, Self::Order, Self::Conflict, Self::HolderRequest];

    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Order => "order",
            Self::Conflict => "conflict",
            Self::HolderRequest => "holder_request",
        }
    }
}

/// Why another certificate takes the place of one; the public sees the class, never the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacementReason {
    /// The office wrote it wrongly.
    ClericalError,
    /// The holder gave a wrong answer.
    WrongAnswer,
    /// What was true on the day of issue has changed since.
    ChangedParticulars,
    /// By order of a court or of a superior authority.
    Order,
    /// Its end is near or past, and it is issued anew.
    Renewal,
}

impl ReplacementReason {
    /// The reasons of a correction, in the order in which a form lists them.
    pub const CORRECTIONS: [Self; 4] = [
        Self::ClericalError,
        Self::WrongAnswer,
        Self::ChangedParticulars,
        Self::Order,
    ];

    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClericalError => "clerical_error",
            Self::WrongAnswer => "wrong_answer",
            Self::ChangedParticulars => "changed_particulars",
            Self::Order => "order",
            Self::Renewal => "renewal",
        }
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Prepared { .. } => "certificate.prepared",
            Self::Issued { .. } => "certificate.issued",
            Self::Delivered { .. } => "certificate.delivered",
            Self::Suspended { .. } => "certificate.suspended",
            Self::Reinstated { .. } => "certificate.reinstated",
            Self::CorrectionProposed { .. } => "certificate.correction_proposed",
            Self::CorrectionDeclined { .. } => "certificate.correction_declined",
            Self::ReplacementOrdered { .. } => "certificate.replacement_ordered",
            Self::Superseded { .. } => "certificate.superseded",
            Self::Revoked { .. } => "certificate.revoked",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
