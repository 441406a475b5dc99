//! Public keys and the check of a signature.

use p256::ecdsa::signature::Verifier as _;
use spki::EncodePublicKey as _;

use crate::identity::{Algorithm, KeyId};

/// A public key that has been checked to be usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: Key,
    id: KeyId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
}

/// The bytes are no public key of this algorithm, or one that must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a usable public key for this algorithm")]
pub struct PublicKeyError;

/// The signature does not belong to this message and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the message and the key")]
pub struct SignatureInvalid;

impl PublicKey {
    /// Reads a key: 32 bytes (RFC 8032) for Ed25519, a SEC 1 point for P-256.
    ///
    /// # Errors
    /// Wrong length, no point of the curve, or, for Ed25519, an encoding that is not canonical or a point of small order:
    /// such keys accept signatures that nobody made.
    pub fn try_new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let key = match algorithm {
            Algorithm::Ed25519 => {
                let bytes: &[u8; 32] = bytes.try_into().map_err(|_| PublicKeyError)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError)?;
                if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
                    return Err(PublicKeyError);
                }
                Key::Ed25519(key)
            }
            Algorithm::P256 => {
                Key::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| PublicKeyError)?)
            }
        };
        Ok(Self::of(key))
    }

    pub(crate) fn ed25519(key: ed25519_dalek::VerifyingKey) -> Self {
        Self::of(Key::Ed25519(key))
    }

    pub(crate) fn p256(key: p256::ecdsa::VerifyingKey) -> Self {
        Self::of(Key::P256(key))
    }

    fn of(key: Key) -> Self {
        let id = KeyId::of(&bytes_of(&key));
        Self { key, id }
    }

    /// How this key signs.
    pub const fn algorithm(&self) -> Algorithm {
        match self.key {
            Key::Ed25519(_) => Algorithm::Ed25519,
            Key::P256(_) => Algorithm::P256,
        }
    }

    /// Its short name.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Its bytes: 32 for Ed25519, the uncompressed SEC 1 point (65) for P-256.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(&self.key)
    }

    /// Its `SubjectPublicKeyInfo` in DER (RFC 5280, RFC 8410).
    ///
    /// # Errors
    /// The encoder refused, which a key that was read cannot cause.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, PublicKeyError> {
        let document = match &self.key {
            Key::Ed25519(key) => key.to_public_key_der(),
            Key::P256(key) => key.to_public_key_der(),
        };
        Ok(document.map_err(|_| PublicKeyError)?.into_vec())
    }

    /// Checks a signature: Ed25519 strictly (no small-order points, no second encoding), P-256 from DER.
    ///
    /// # Errors
    /// [`SignatureInvalid`] whatever the cause: a caller learns no more than that.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureInvalid> {
        match &self.key {
            Key::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                key.verify_strict(message, &signature).map_err(|_| SignatureInvalid)
            }
            Key::P256(key) => {
                let signature = p256::ecdsa::DerSignature::from_bytes(signature).map_err(|_| SignatureInvalid)?;
                key.verify(message, &signature).map_err(|_| SignatureInvalid)
            }
        }
    }
}

fn bytes_of(key: &Key) -> Vec<u8> {
    match key {
        Key::Ed25519(key) => key.to_bytes().to_vec(),
        Key::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
    }
}
