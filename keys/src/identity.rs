//! What a key is called, what it is for, and how it signs.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A key's short name: the first four bytes of SHA-256 of its public key bytes ([`crate::PublicKey::to_bytes`]). Unique within a
/// directory, which is checked; it names a key and proves nothing. Printed as eight lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// The name of the key with these public bytes.
    pub fn of(public_key: &[u8]) -> Self {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(public_key));
        Self([a, b, c, d])
    }

    /// The four bytes, as a COSE `kid` carries them.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0
    }
}

impl From<[u8; 4]> for KeyId {
    fn from(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }
}

/// The text is not eight lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key id is eight lower-case hexadecimal digits")]
pub struct KeyIdError;

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyIdError)?;
        Ok(Self(bytes.try_into().map_err(|_| KeyIdError)?))
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<Self, KeyIdError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        HEXLOWER.encode(&id.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// What a key may sign, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The signed token in a certificate's QR code.
    Credential,
    /// The log's signed tree head.
    Checkpoint,
    /// Status lists.
    Status,
    /// The signature in the PDF.
    Pdf,
    /// The authority that vouches for the PDF key by an X.509 certificate.
    Authority,
    /// A witness's cosignature of a checkpoint.
    Witness,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "credential",
            Self::Checkpoint => "checkpoint",
            Self::Status => "status",
            Self::Pdf => "pdf",
            Self::Authority => "authority",
            Self::Witness => "witness",
        })
    }
}

/// A signature algorithm. It always comes from the key's entry in a directory, never from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Ed25519 (RFC 8032); a signature is 64 raw bytes.
    Ed25519,
    /// ECDSA on NIST P-256 over SHA-256 of the message, nonce by RFC 6979; a signature is DER (RFC 3279 `Ecdsa-Sig-Value`).
    P256,
    /// RSA with 2048 bits and the exponent 65537, PKCS #1 v1.5 with SHA-256 (RFC 8017); a signature is 256 bytes. For the PDF
    /// alone, where a licensed authority gives no other.
    Rsa2048,
}
