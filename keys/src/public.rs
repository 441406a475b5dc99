//! Public keys and the check of a signature.

use der::asn1::BitString;
use der::{Decode as _, Encode as _};
use p256::ecdsa::signature::Verifier as _;
use spki::{AlgorithmIdentifierOwned, EncodePublicKey as _, ObjectIdentifier, SubjectPublicKeyInfoOwned};

use crate::identity::{Algorithm, KeyId};
use crate::rsa;

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

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
    /// `RSAPublicKey` in DER.
    Rsa(Vec<u8>),
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
    /// Reads a key: 32 bytes (RFC 8032) for Ed25519, a SEC 1 point for P-256, `RSAPublicKey` in DER (RFC 8017, A.1.1) for RSA.
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
            Algorithm::Rsa2048 => return Self::rsa(bytes),
        };
        Ok(Self::of(key))
    }

    #[cfg(feature = "private")]
    pub(crate) fn ed25519(key: ed25519_dalek::VerifyingKey) -> Self {
        Self::of(Key::Ed25519(key))
    }

    #[cfg(feature = "private")]
    pub(crate) fn p256(key: p256::ecdsa::VerifyingKey) -> Self {
        Self::of(Key::P256(key))
    }

    pub(crate) fn rsa(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        rsa::is_acceptable(bytes)
            .then(|| Self::of(Key::Rsa(bytes.to_vec())))
            .ok_or(PublicKeyError)
    }

    /// Reads a `SubjectPublicKeyInfo` in DER; the algorithm is the one that it names.
    ///
    /// # Errors
    /// Another algorithm, a key that [`Self::try_new`] refuses, or a second way of writing one.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let info = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| PublicKeyError)?;
        let algorithm = match info.algorithm.oid {
            ED25519 => Algorithm::Ed25519,
            EC_PUBLIC_KEY => Algorithm::P256,
            rsa::RSA_ENCRYPTION => Algorithm::Rsa2048,
            _ => return Err(PublicKeyError),
        };
        let key = Self::try_new(algorithm, info.subject_public_key.as_bytes().ok_or(PublicKeyError)?)?;
        // The curve and the parameters are named beside the key: both must say the same, in the one way of writing it.
        (key.to_spki_der()? == der).then_some(key).ok_or(PublicKeyError)
    }

    /// What CMS and X.509 call a signature by this key (RFC 5758, RFC 8410, RFC 4055).
    pub fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        let plain = |oid| AlgorithmIdentifierOwned { oid, parameters: None };
        match self.key {
            Key::Ed25519(_) => plain(ED25519),
            Key::P256(_) => plain(ECDSA_WITH_SHA256),
            Key::Rsa(_) => rsa::signature_algorithm(),
        }
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
            Key::Rsa(_) => Algorithm::Rsa2048,
        }
    }

    /// Its short name.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Its bytes: 32 for Ed25519, the uncompressed SEC 1 point (65) for P-256, `RSAPublicKey` for RSA.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(&self.key)
    }

    /// Its `SubjectPublicKeyInfo` in DER (RFC 5280, RFC 8410, RFC 3279).
    ///
    /// # Errors
    /// The encoder refused, which a key that was read cannot cause.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, PublicKeyError> {
        let document = match &self.key {
            Key::Ed25519(key) => key.to_public_key_der(),
            Key::P256(key) => key.to_public_key_der(),
            Key::Rsa(key) => {
                let info = SubjectPublicKeyInfoOwned {
                    algorithm: rsa::with_null(rsa::RSA_ENCRYPTION),
                    subject_public_key: BitString::from_bytes(key).map_err(|_| PublicKeyError)?,
                };
                return info.to_der().map_err(|_| PublicKeyError);
            }
        };
        Ok(document.map_err(|_| PublicKeyError)?.into_vec())
    }

    /// Checks a signature: Ed25519 strictly (no small-order points, no second encoding), P-256 from DER, RSA of full length.
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
            Key::Rsa(key) => rsa::verify(key, message, signature)
                .then_some(())
                .ok_or(SignatureInvalid),
        }
    }
}

fn bytes_of(key: &Key) -> Vec<u8> {
    match key {
        Key::Ed25519(key) => key.to_bytes().to_vec(),
        Key::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
        Key::Rsa(key) => key.clone(),
    }
}
