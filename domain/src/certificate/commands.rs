use jiff::{Timestamp, civil::Date};

use super::events::{LogProof, ReplacementReason, RevocationReason, SuspensionReason, TimeStamp};
use crate::{
    ApplicationNumber, ByOfficer, CertificateId, CertificateNumber, CitizenId,
    catalogue::{Answers, CheckedForm},
};

/// What is asked of a certificate.
#[derive(Clone, Debug)]
pub enum Command {
    /// Write the intent.
    Prepare(Box<Prepare>),
    /// Record what was signed.
    Issue(Box<Issue>),
    /// Record that it reached the holder.
    RecordDelivery {
        /// The channel's own name for the message.
        message: String,
        /// Now.
        at: Timestamp,
    },
    /// Put it on hold until the end of a day.
    Suspend {
        /// Why.
        reason: SuspensionReason,
        /// The last day, in India, on which it does not hold.
        until: Date,
        /// Words for the file.
        note: Option<String>,
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
    /// End a suspension early.
    Reinstate {
        /// Words for the file.
        note: Option<String>,
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
    /// Say what is wrong in it.
    ProposeCorrection(Box<ProposeCorrection>),
    /// Agree to what another officer said is wrong.
    ApproveCorrection {
        /// When the proposal was made that the officer saw.
        proposed_at: Timestamp,
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
    /// Not agree to what another officer said is wrong.
    DeclineCorrection {
        /// When the proposal was made that the officer saw.
        proposed_at: Timestamp,
        /// Why, for whoever proposed it.
        words: String,
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
    /// Issue it anew, because its end is near or past.
    Renew {
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
    /// Record that another certificate has taken its place.
    Supersede {
        /// The other one.
        replacement: CertificateId,
        /// The other one's number.
        number: CertificateNumber,
        /// Now.
        at: Timestamp,
    },
    /// End it.
    Revoke {
        /// Why.
        reason: RevocationReason,
        /// Words for the file.
        note: Option<String>,
        /// By whom.
        by: ByOfficer,
        /// Now.
        at: Timestamp,
    },
}

/// Facts of [`Command::Prepare`]; meanings as in the event.
#[derive(Clone, Debug)]
pub struct Prepare {
    /// The number drawn for it.
    pub number: CertificateNumber,
    /// SHA-256 of the number without dashes, lower-case hex.
    pub number_digest: String,
    /// The application that it answers.
    pub application: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// The holder.
    pub holder: CitizenId,
    /// The record's canonical CBOR, base64url.
    pub record: String,
    /// The salt, base64url.
    pub salt: String,
    /// SHA-256 over record and salt, lower-case hex.
    pub record_digest: String,
    /// The day of issue.
    pub issued_on: Date,
    /// The last day, if any.
    pub expires_on: Option<Date>,
    /// Who approved.
    pub approved_by: ByOfficer,
    /// Which certificate of its application it is, counted from 1.
    pub version: u32,
    /// The certificate that it takes the place of, if it is not the first.
    pub replaces: Option<CertificateId>,
    /// The place in the status lists that was drawn for it.
    pub status_index: Option<u64>,
    /// Demonstration keys?
    pub demo: bool,
    /// The host that is printed.
    pub host: String,
    /// The WhatsApp number that is printed.
    pub contact: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// Facts of [`Command::ProposeCorrection`]; meanings as in the event.
#[derive(Clone, Debug)]
pub struct ProposeCorrection {
    /// Why.
    pub reason: ReplacementReason,
    /// The answers that it was made from, as looked up.
    pub before: Answers,
    /// All answers as they are to be.
    pub form: CheckedForm,
    /// Words for the file.
    pub note: Option<String>,
    /// By whom.
    pub by: ByOfficer,
    /// Now.
    pub at: Timestamp,
}

/// Facts of [`Command::Issue`]; meanings as in the event.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Position of `Prepared`.
    pub log_position: u64,
    /// Key of the credential.
    pub credential_key: String,
    /// The credential, base64url.
    pub credential: String,
    /// Its SHA-256.
    pub credential_digest: String,
    /// SHA-256 of the unsigned PDF.
    pub unsigned_digest: String,
    /// The CMS, base64.
    pub cms: String,
    /// SHA-256 of the signed PDF.
    pub pdf_digest: String,
    /// Its length in bytes.
    pub pdf_bytes: u64,
    /// What it carries to prove its place in the log.
    pub proof: Option<LogProof>,
    /// What became of the time stamp on its signature, where an authority is set up for it.
    pub time_stamp: Option<TimeStamp>,
    /// The signature over the W3C's form, base64url.
    pub vc_signature: Option<String>,
    /// Now.
    pub at: Timestamp,
}
