//! What needs the numbers: signing and checking, both by aws-lc.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

use super::MODULUS_BYTES;
use crate::identity::Purpose;
use crate::public::PublicKey;
use crate::signer::{SignError, Signer};

pub(crate) fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    signature.len() == MODULUS_BYTES
        && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
            .verify(message, signature)
            .is_ok()
}

/// An RSA key in this process's memory, behind the same door as every other.
pub struct RsaSigner {
    purpose: Purpose,
    public: PublicKey,
    private: KeyPair,
}

/// The bytes hold no RSA key that is accepted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2048 bits with the exponent 65537")]
pub struct RsaKeyError;

impl RsaSigner {
    /// Reads a private key in PKCS #8 DER, as authorities and `openssl genpkey` give it.
    ///
    /// # Errors
    /// Anything but an RSA key of 2048 bits with the exponent 65537.
    pub fn from_pkcs8(purpose: Purpose, der: &[u8]) -> Result<Self, RsaKeyError> {
        let private = KeyPair::from_pkcs8(der).map_err(|_| RsaKeyError)?;
        let public = PublicKey::rsa(private.public_key().as_ref()).map_err(|_| RsaKeyError)?;
        Ok(Self {
            purpose,
            public,
            private,
        })
    }
}

impl Signer for RsaSigner {
    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let (purpose, key) = (self.purpose, self.public.id());
        let mut signature = vec![0; self.private.public_modulus_len()];
        // The padding of v1.5 draws nothing: chance only blinds the arithmetic, and the signature is the same without it.
        self.private
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignError::Sign { purpose, key })?;
        self.public
            .verify(message, &signature)
            .map_err(|_| SignError::Check { purpose, key })?;
        Ok(signature)
    }
}
