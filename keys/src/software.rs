//! The signer whose key lies in this process's memory.

use p256::ecdsa::signature::Signer as _;

use crate::entropy::Entropy;
use crate::identity::{Algorithm, Purpose};
use crate::public::PublicKey;
use crate::signer::{SignError, Signer};

/// A key held in this process's memory. The private halves are wiped when dropped, by the crates that hold them.
pub(crate) struct SoftwareSigner {
    purpose: Purpose,
    public: PublicKey,
    private: Private,
}

enum Private {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

impl SoftwareSigner {
    pub(crate) fn from_secret(purpose: Purpose, algorithm: Algorithm, secret: &[u8; 32]) -> Option<Self> {
        let (public, private) = match algorithm {
            Algorithm::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(secret);
                (PublicKey::ed25519(key.verifying_key()), Private::Ed25519(key))
            }
            Algorithm::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(secret).ok()?;
                (PublicKey::p256(*key.verifying_key()), Private::P256(key))
            }
            // An RSA key is no 32 bytes that can be drawn; see [`crate::RsaSigner`].
            Algorithm::Rsa2048 => return None,
        };
        Some(Self {
            purpose,
            public,
            private,
        })
    }
}

impl Signer for SoftwareSigner {
    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let (purpose, key) = (self.purpose, self.public.id());
        let signature = match &self.private {
            Private::Ed25519(private) => {
                let signature: ed25519_dalek::Signature = private
                    .try_sign(message)
                    .map_err(|_| SignError::Sign { purpose, key })?;
                signature.to_bytes().to_vec()
            }
            Private::P256(private) => {
                let signature: p256::ecdsa::DerSignature = private
                    .try_sign(message)
                    .map_err(|_| SignError::Sign { purpose, key })?;
                signature.as_bytes().to_vec()
            }
        };
        self.public
            .verify(message, &signature)
            .map_err(|_| SignError::Check { purpose, key })?;
        Ok(signature)
    }
}

/// Draws a private key: any 32 bytes for Ed25519, a number in `1..n` for P-256 (drawn again until it is one).
pub(crate) fn draw_secret(algorithm: Algorithm, entropy: &dyn Entropy) -> zeroize::Zeroizing<[u8; 32]> {
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    loop {
        entropy.fill(secret.as_mut());
        let usable = match algorithm {
            Algorithm::Ed25519 | Algorithm::Rsa2048 => true,
            Algorithm::P256 => p256::ecdsa::SigningKey::from_slice(secret.as_ref()).is_ok(),
        };
        if usable {
            return secret;
        }
    }
}
