//! The public half: which keys there are, for what, and since when. This is what an installation publishes and what a
//! verifier trusts.

use data_encoding::BASE64;
#[cfg(feature = "private")]
use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "private")]
use x509_cert::Certificate;

use crate::identity::{Algorithm, KeyId, Purpose};
use crate::public::PublicKey;

/// All public keys of one issuer, past and present, and the X.509 certificates for the PDF signature. In JSON every binary
/// value is base64 (RFC 4648, with padding). Reading checks every entry; an invalid directory cannot be held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct KeyDirectory {
    issuer: String,
    made_at: Option<Timestamp>,
    keys: Vec<PublicKeyEntry>,
    pdf_authority: Vec<Vec<u8>>,
    pdf_signing_certificate: Vec<u8>,
}

/// One public key and its terms of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyEntry {
    /// What it may sign.
    pub purpose: Purpose,
    /// The key; its name and algorithm come from it.
    pub public_key: PublicKey,
    /// The first instant at which a signature counts.
    pub not_before: Timestamp,
    /// The first instant at which a signature no longer counts.
    pub not_after: Option<Timestamp>,
    /// A demonstration key: what it signs is worth nothing, and a production installation refuses it.
    pub demo: bool,
    /// It came into other hands: what it signs no longer counts by itself.
    pub compromised: Option<Compromise>,
}

/// From when on a key's signatures prove nothing. Whoever has a key writes any date into what it signs; so what still counts
/// is told by the log, to which the key does not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromise {
    /// The first instant at which it may have been in other hands.
    pub since: Timestamp,
    /// What the log has at this position or before it counts on; 0: nothing does.
    pub last_good_position: u64,
}

impl PublicKeyEntry {
    /// The key's name.
    pub const fn id(&self) -> KeyId {
        self.public_key.id()
    }

    /// How the key signs.
    pub const fn algorithm(&self) -> Algorithm {
        self.public_key.algorithm()
    }

    /// Whether a signature made at this instant counts.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.not_before <= at && self.not_after.is_none_or(|end| at < end)
    }

    /// Whether it may sign at this instant.
    pub fn is_in_use(&self, at: Timestamp) -> bool {
        self.covers(at) && self.compromised.is_none()
    }
}

/// The directory is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The text is not the JSON of a directory. Says where.
    #[error("the key directory is not readable: {0}")]
    Parse(String),
    /// A binary field is not base64, or no usable key.
    #[error("the entry of the key {0} holds no usable public key")]
    Key(KeyId),
    /// An entry names a key that is not the one it holds.
    #[error("the entry {0} holds another key")]
    Name(KeyId),
    /// Two entries have the same name.
    #[error("the key {0} is listed twice")]
    Twice(KeyId),
    /// An entry ends before it begins.
    #[error("the key {0} ends before it begins")]
    Period(KeyId),
    /// A certificate is not base64.
    #[error("a PDF certificate in the key directory is not base64")]
    Certificate,
}

/// A signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No key of this name has this purpose.
    #[error("no {purpose} key {key} is known")]
    UnknownKey {
        /// The purpose asked for.
        purpose: Purpose,
        /// The name in the message.
        key: KeyId,
    },
    /// The key is known but did not count at the instant of signing.
    #[error("the {purpose} key {key} was not in use at that time")]
    OutsidePeriod {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
    /// The key came into other hands, and the time of signing is the signature's own word.
    #[error("the {purpose} key {key} is compromised")]
    Compromised {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
    /// The signature does not match.
    #[error("the signature does not match the {purpose} key {key}")]
    Signature {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
}

impl KeyDirectory {
    /// Puts a directory together.
    ///
    /// # Errors
    /// Two keys of one name, or a period that ends before it begins.
    pub fn try_new(
        issuer: String,
        keys: Vec<PublicKeyEntry>,
        pdf_authority: Vec<Vec<u8>>,
        pdf_signing_certificate: Vec<u8>,
    ) -> Result<Self, DirectoryError> {
        for (index, entry) in keys.iter().enumerate() {
            if keys.iter().skip(index + 1).any(|later| later.id() == entry.id()) {
                return Err(DirectoryError::Twice(entry.id()));
            }
            if entry.not_after.is_some_and(|end| end <= entry.not_before) {
                return Err(DirectoryError::Period(entry.id()));
            }
        }
        Ok(Self {
            issuer,
            made_at: None,
            keys,
            pdf_authority,
            pdf_signing_certificate,
        })
    }

    /// The same directory, as it is handed out at this instant: every key that there was by then is in it.
    #[must_use]
    pub fn made_at(self, instant: Timestamp) -> Self {
        Self {
            made_at: Some(instant),
            ..self
        }
    }

    /// The instant at which this directory was complete, if whoever handed it out said so.
    pub const fn as_of(&self) -> Option<Timestamp> {
        self.made_at
    }

    /// Reads a directory from JSON.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub fn from_json(json: &[u8]) -> Result<Self, DirectoryError> {
        let wire: Wire = serde_json::from_slice(json).map_err(|error| DirectoryError::Parse(error.to_string()))?;
        Self::try_from(wire)
    }

    /// The directory as indented JSON with a final newline; the same bytes for the same directory.
    ///
    /// # Errors
    /// [`DirectoryError::Parse`], which a directory cannot cause.
    pub fn to_json(&self) -> Result<String, DirectoryError> {
        let mut json = serde_json::to_string_pretty(self).map_err(|error| DirectoryError::Parse(error.to_string()))?;
        json.push('\n');
        Ok(json)
    }

    /// The name of the issuer, as it was given when the keys were made.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// All keys, oldest first.
    pub fn keys(&self) -> &[PublicKeyEntry] {
        &self.keys
    }

    /// The authorities trusted for the PDF signature: X.509 certificates in DER.
    pub fn pdf_authority(&self) -> &[Vec<u8>] {
        &self.pdf_authority
    }

    /// The X.509 certificate of the PDF key in DER; empty as long as none has been issued.
    pub fn pdf_signing_certificate(&self) -> &[u8] {
        &self.pdf_signing_certificate
    }

    /// The name of the key for which the PDF certificate was issued; `None` as long as there is none.
    #[cfg(feature = "private")]
    pub fn certified_pdf_key(&self) -> Option<KeyId> {
        certified_key(&self.pdf_signing_certificate).map(|key| key.id())
    }

    /// Whether any key is a demonstration key.
    pub fn has_demo_keys(&self) -> bool {
        self.keys.iter().any(|entry| entry.demo)
    }

    /// The key of this name, if it has this purpose.
    pub fn entry(&self, purpose: Purpose, key: KeyId) -> Option<&PublicKeyEntry> {
        self.keys
            .iter()
            .find(|entry| entry.purpose == purpose && entry.id() == key)
    }

    /// Checks a signature under the key of this purpose and name. With `at`, the instant that the message claims for its
    /// signing, that must lie in the key's period and the key must not be compromised; without it, both are left to the
    /// caller. The algorithm is the entry's; a message cannot choose it.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify(
        &self,
        purpose: Purpose,
        key: KeyId,
        at: Option<Timestamp>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<&PublicKeyEntry, VerifyError> {
        let entry = self
            .entry(purpose, key)
            .ok_or(VerifyError::UnknownKey { purpose, key })?;
        entry
            .public_key
            .verify(message, signature)
            .map_err(|_| VerifyError::Signature { purpose, key })?;
        if at.is_some_and(|at| !entry.covers(at)) {
            return Err(VerifyError::OutsidePeriod { purpose, key });
        }
        if at.is_some() && entry.compromised.is_some() {
            return Err(VerifyError::Compromised { purpose, key });
        }
        Ok(entry)
    }
}

/// The key in an X.509 certificate, if it is one that is used here.
#[cfg(feature = "private")]
pub(crate) fn certified_key(certificate: &[u8]) -> Option<PublicKey> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let info = certificate.tbs_certificate().subject_public_key_info();
    PublicKey::from_spki_der(&info.to_der().ok()?).ok()
}

/// The directory as it stands in JSON.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    issuer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<Timestamp>,
    keys: Vec<WireEntry>,
    pdf_authority: Vec<String>,
    pdf_signing_certificate: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    id: KeyId,
    purpose: Purpose,
    algorithm: Algorithm,
    public_key: String,
    not_before: Timestamp,
    not_after: Option<Timestamp>,
    demo: bool,
    // A reader that does not know of it must refuse the directory: it would trust the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compromised: Option<Compromise>,
}

impl TryFrom<Wire> for KeyDirectory {
    type Error = DirectoryError;

    fn try_from(wire: Wire) -> Result<Self, DirectoryError> {
        let mut keys = Vec::with_capacity(wire.keys.len());
        for entry in wire.keys {
            let bytes = BASE64
                .decode(entry.public_key.as_bytes())
                .map_err(|_| DirectoryError::Key(entry.id))?;
            let public_key = PublicKey::try_new(entry.algorithm, &bytes).map_err(|_| DirectoryError::Key(entry.id))?;
            if public_key.id() != entry.id {
                return Err(DirectoryError::Name(entry.id));
            }
            keys.push(PublicKeyEntry {
                purpose: entry.purpose,
                public_key,
                not_before: entry.not_before,
                not_after: entry.not_after,
                demo: entry.demo,
                compromised: entry.compromised,
            });
        }
        let decode = |text: &String| BASE64.decode(text.as_bytes()).map_err(|_| DirectoryError::Certificate);
        let pdf_authority = wire.pdf_authority.iter().map(decode).collect::<Result<_, _>>()?;
        let signing = decode(&wire.pdf_signing_certificate)?;
        let directory = Self::try_new(wire.issuer, keys, pdf_authority, signing)?;
        Ok(Self {
            made_at: wire.made_at,
            ..directory
        })
    }
}

impl From<KeyDirectory> for Wire {
    fn from(directory: KeyDirectory) -> Self {
        let keys = directory
            .keys
            .iter()
            .map(|entry| WireEntry {
                id: entry.id(),
                purpose: entry.purpose,
                algorithm: entry.algorithm(),
                public_key: BASE64.encode(&entry.public_key.to_bytes()),
                not_before: entry.not_before,
                not_after: entry.not_after,
                demo: entry.demo,
                compromised: entry.compromised,
            })
            .collect();
        Self {
            issuer: directory.issuer,
            made_at: directory.made_at,
            keys,
            pdf_authority: directory.pdf_authority.iter().map(|der| BASE64.encode(der)).collect(),
            pdf_signing_certificate: BASE64.encode(&directory.pdf_signing_certificate),
        }
    }
}
