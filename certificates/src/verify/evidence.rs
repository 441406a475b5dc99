//! What a verifier holds in hand, and what the register says about it.

use domain::{CertificateNumber, certificate::RevocationReason};
use jiff::{Timestamp, civil::Date};

use crate::Token;
#[cfg(feature = "papers")]
use crate::vc::Vc;

/// What was presented. Its form has been checked on the way in ([`crate::read`]); nothing of it is believed yet.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// The credential alone: a QR code, its address, its bytes.
    Token(Token),
    /// A PDF with our attachments and a signature over the whole of it.
    #[cfg(feature = "papers")]
    Pdf(Box<PdfEvidence>),
    /// A PDF that carries our attachments but no longer the signature over all of it.
    #[cfg(feature = "papers")]
    BrokenPdf {
        /// What is wrong.
        reason: PdfProblem,
        /// What can still be read of it, so that it can be told which printed field differs.
        issued: Option<Box<BrokenPages>>,
    },
    /// The record and the credential in the W3C's envelope.
    #[cfg(feature = "papers")]
    Vc(Box<Vc>),
    /// A number, which proves nothing: the answer is the register's alone.
    Number(CertificateNumber),
}

impl Evidence {
    /// The number to ask the register about. It may be a forger's: show nothing of it before the verdict.
    #[must_use]
    pub fn number(&self) -> Option<&CertificateNumber> {
        match self {
            Self::Token(token) => Some(&token.claims().number),
            #[cfg(feature = "papers")]
            Self::Pdf(pdf) => Some(&pdf.token.claims().number),
            #[cfg(feature = "papers")]
            Self::BrokenPdf { .. } => None,
            #[cfg(feature = "papers")]
            Self::Vc(vc) => Some(&vc.token().claims().number),
            Self::Number(number) => Some(number),
        }
    }
}

/// What is in a PDF of ours. Only [`crate::read`] makes one, so the signature is known to cover the file.
#[cfg(feature = "papers")]
#[derive(Clone, Debug)]
pub struct PdfEvidence {
    pub(crate) token: Token,
    pub(crate) record: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) proof: Option<AttachedProof>,
    /// The words on the pages, if they can be read.
    pub(crate) words: Option<String>,
    pub(crate) file_digest: [u8; 32],
    pub(crate) signature: PdfSignature,
}

#[cfg(feature = "papers")]
impl PdfEvidence {
    /// The attached credential.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The attached record's bytes, of which nothing is believed yet.
    #[must_use]
    pub fn record(&self) -> &[u8] {
        &self.record
    }

    /// Its salt.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// SHA-256 of the whole file.
    #[must_use]
    pub const fn file_digest(&self) -> &[u8; 32] {
        &self.file_digest
    }
}

/// A file that was changed, as far as it can be read. Only [`crate::read`] makes one.
#[cfg(feature = "papers")]
#[derive(Clone, Debug)]
pub struct BrokenPages {
    pub(crate) token: Token,
    pub(crate) record: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) words: String,
}

/// What a file carries to prove its place in the log. Nothing of it has been looked at.
#[cfg(feature = "papers")]
#[derive(Clone, Debug)]
pub(crate) struct AttachedProof {
    /// C2SP tlog-proof.
    pub(crate) bundle: Vec<u8>,
    /// The stored meta of the event, JSON.
    pub(crate) entry: Vec<u8>,
}

/// A signature that covers every byte of its file but its own place.
#[cfg(feature = "papers")]
#[derive(Clone, Debug)]
pub(crate) struct PdfSignature {
    /// The CMS as it fills its place: DER, then zeros.
    pub(crate) cms: Vec<u8>,
    /// SHA-256 over all bytes of the file outside that place.
    pub(crate) content_digest: [u8; 32],
    /// The time that the signer claims; it lies under the signature.
    pub(crate) claimed_at: Timestamp,
}

/// How a PDF that was ours is no longer what we issued.
#[cfg(feature = "papers")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdfProblem {
    /// An attachment is missing, there twice, or unreadable.
    Attachment,
    /// There is no signature.
    Unsigned,
    /// The signature does not cover every byte: something was added or moved after it.
    Changed,
    /// The signature is not written as ours are.
    Signature,
}

/// What the register says about the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// It knows the certificate.
    Known(Standing),
    /// It has no such certificate.
    NoSuchCertificate,
    /// It could not be asked. That is nobody's fault but ours.
    Unavailable,
}

/// What the register, or a signed list of it, knows of a certificate. What a source does not tell is absent; nothing absent
/// is taken for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Does it hold?
    pub state: State,
    /// The instant at which that was so.
    pub as_of: Timestamp,
    /// The day of issue, where the source tells it.
    pub issued_on: Option<Date>,
    /// The last day on which it holds, if it ends.
    pub expires_on: Option<Date>,
    /// Suspensions that are over; `None` when the source does not tell them.
    pub holds: Option<Vec<Hold>>,
    /// SHA-256 of the file that was issued.
    pub pdf_digest: Option<[u8; 32]>,
    /// SHA-256 of the credential that was issued.
    pub credential_digest: Option<[u8; 32]>,
    /// What the public log says.
    pub log: Logged,
    /// Made with demonstration keys.
    pub demo: bool,
}

/// Days in India on which a certificate did not hold, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The first.
    pub from: Date,
    /// The last.
    pub until: Date,
}

/// Is the intent to issue in the public log?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Logged {
    /// Nobody looked: this verifier has no log to ask. The verdict does not depend on it.
    #[default]
    NotAsked,
    /// The log's checkpoint could not be had, or its signature is wrong. A verifier that asks the log calls nothing valid
    /// without it.
    Unavailable,
    /// A checkpoint whose signature was checked.
    Committed {
        /// Where the register has the intent, counted from 1.
        position: u64,
        /// How many entries the checkpoint commits to.
        size: u64,
    },
}

/// Does a certificate hold?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Yes.
    Active,
    /// Not for now.
    Suspended {
        /// Since when, if the source tells it.
        since: Option<Timestamp>,
        /// The last day of it, if that is known: the day after, it holds again.
        until: Option<Date>,
    },
    /// No, and never again.
    Revoked {
        /// Since when, if the source tells it.
        since: Option<Timestamp>,
        /// Why, as far as the public is told.
        reason: Option<RevocationReason>,
    },
    /// Another certificate took its place.
    Superseded {
        /// Since when, if the source tells it.
        since: Option<Timestamp>,
        /// The one that holds now, if the source tells it.
        by: Option<CertificateNumber>,
    },
}
