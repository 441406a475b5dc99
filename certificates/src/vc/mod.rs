//! A further envelope of the same record: a credential of the W3C (Verifiable Credentials Data Model 2.0), secured with COSE
//! (Securing Verifiable Credentials using JOSE and COSE, section 3.3.1, `application/vc+cose`).
//!
//! ```text
//! 18([ << {1: -8, 3: "application/vc", 4: "https://HOST/.well-known/praman-issuer.json#KEY", 16: "application/vc+cose"} >>, {},
//!      << the JSON-LD document >>, signature ])
//! ```
//!
//! It holds everything that the paper says, the record's salt, and the credential of the symbol. So nothing in it has to be believed
//! for its own sake: read back, it gives the very record to which that credential commits, and the verdict on it is that credential's.
//! The document is a function of record, salt, credential and host, and the signature is deterministic: the same certificate has the same
//! bytes, and a verifier makes the document again and takes no other.

mod document;
mod issuer;

use keys::{Algorithm, KeyDirectory, Purpose, SignError, Signer, VerifyError};

pub use issuer::{ISSUER_PATH, issuer_document};

use crate::{
    RECORD_BYTES_MAX, Record, RecordError, SALT_BYTES, Token,
    cose::{self, Kind, Sign1},
};
use document::Document;

/// The media type of such a credential.
pub const MEDIA_TYPE: &str = "application/vc+cose";
/// None of ours has more bytes: in JSON a record of many short rows is some five times as long.
pub const VC_BYTES_MAX: usize = 8 * RECORD_BYTES_MAX;

const KIND: Kind = Kind {
    content: Some("application/vc"),
    typ: Some(MEDIA_TYPE),
};
/// Ed25519.
const SIGNATURE_BYTES: usize = 64;

/// Why such a credential was not made or not read.
#[derive(Debug, thiserror::Error)]
pub enum VcError {
    /// No COSE message of this type: something else.
    #[error("this is no credential of this kind")]
    Kind,
    /// One of somebody else.
    #[error("this credential is of another issuer")]
    NotOurs,
    /// More bytes than any of ours has.
    #[error("the credential has more than {VC_BYTES_MAX} bytes")]
    TooLong,
    /// A part is missing, or not written in the one way that ours has.
    #[error("the credential's {0} is missing or written in another way than ours")]
    Part(&'static str),
    /// The record could not be written or read.
    #[error("the record cannot be read")]
    Record(#[from] RecordError),
    /// The document could not be written.
    #[error("the document cannot be written")]
    Json(#[source] serde_json::Error),
    /// The signer is not the one that signed the credential of the symbol.
    #[error("the signer is not the key of the credential in the symbol")]
    Signer,
    /// The signer failed.
    #[error("the credential could not be signed")]
    Sign(#[source] SignError),
}

/// What is in the envelope.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The record's bytes.
    pub record: &'a [u8],
    /// Its salt.
    pub salt: &'a [u8],
    /// The credential of the symbol, which commits to both.
    pub token: &'a Token,
    /// The host that is printed.
    pub host: &'a str,
}

impl Contents<'_> {
    fn document(&self) -> Result<Vec<u8>, VcError> {
        if self.salt.len() != SALT_BYTES {
            return Err(VcError::Part("salt"));
        }
        let record = Record::decode(self.record)?;
        let document = Document::of(&record, self.salt, self.token, self.host).ok_or(VcError::Part("date"))?;
        serde_json::to_vec(&document).map_err(VcError::Json)
    }

    fn kid(&self) -> String {
        issuer::verification_method(self.host, self.token.key_id())
    }
}

/// A credential in this envelope. Its form has been checked to the last byte, its signatures have not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vc {
    bytes: Vec<u8>,
    token: Token,
    record: Vec<u8>,
    salt: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Vc {
    /// Signs with the key that signed the credential of the symbol.
    ///
    /// # Errors
    /// [`VcError`].
    pub fn sign(contents: &Contents<'_>, signer: &dyn Signer) -> Result<Self, VcError> {
        let fits = signer.purpose() == Purpose::Credential && signer.algorithm() == Algorithm::Ed25519;
        if !fits || signer.key_id() != contents.token.key_id() {
            return Err(VcError::Signer);
        }
        let bytes =
            cose::sign1(signer, contents.kid().as_bytes(), KIND, contents.document()?).map_err(VcError::Sign)?;
        Self::from_bytes(&bytes)
    }

    /// Makes one again with the signature that was kept. Whether it is the right one is not looked at.
    ///
    /// # Errors
    /// [`VcError`].
    pub fn again(contents: &Contents<'_>, signature: &[u8]) -> Result<Self, VcError> {
        if signature.len() != SIGNATURE_BYTES {
            return Err(VcError::Part("signature"));
        }
        let document = contents.document()?;
        let bytes = cose::again(contents.kid().as_bytes(), KIND, document, signature.to_vec());
        Self::from_bytes(&bytes)
    }

    /// Reads one and checks its form: that it is, but for the signature, what is made of the record in it.
    ///
    /// # Errors
    /// [`VcError::Kind`] and [`VcError::NotOurs`] where it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VcError> {
        if bytes.len() > VC_BYTES_MAX {
            return Err(VcError::TooLong);
        }
        let message = Sign1::read(bytes, KIND).map_err(|_| VcError::Kind)?;
        if !document::is_of_our_kind(&message.payload) {
            return Err(VcError::NotOurs);
        }
        let document: Document = serde_json::from_slice(&message.payload).map_err(|_| VcError::Part("document"))?;
        let (record, salt, token, host) = document.contents()?;
        let record = record.encode()?;
        let contents = Contents {
            record: &record,
            salt: &salt,
            token: &token,
            host: &host,
        };
        // Two documents never mean the same: whatever was left out, added or written otherwise shows here.
        if contents.document()? != message.payload {
            return Err(VcError::Part("document"));
        }
        if contents.kid().as_bytes() != message.kid {
            return Err(VcError::Part("key"));
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            token,
            record,
            salt,
            signed: message.signed,
            signature: message.signature,
        })
    }

    /// The bytes, as they are handed out.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The credential of the symbol that is in it.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The record's bytes.
    #[must_use]
    pub fn record(&self) -> &[u8] {
        &self.record
    }

    /// The record's salt.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The signature, which alone cannot be computed again without the key.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Checks the envelope's own signature, with the key that the credential in it names. When that key counted is looked at with
    /// that credential, which has a day.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(&self, directory: &KeyDirectory) -> Result<(), VerifyError> {
        let key = self.token.key_id();
        directory
            .verify(Purpose::Credential, key, None, &self.signed, &self.signature)
            .map(|_| ())
    }
}
