//! RSA with 2048 bits, for the signature in the PDF where a licensed authority gives no other key: PKCS #1 v1.5 with SHA-256
//! (RFC 8017), which repeats exactly. aws-lc does the arithmetic; see `docs/decisions/0005` for why not the `rsa` crate.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use der::asn1::{Null, Uint};
use der::{Any, Decode as _, Encode as _, Sequence};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

use crate::identity::Purpose;
use crate::public::PublicKey;
use crate::signer::{SignError, Signer};

/// RFC 8017, appendix A.1.
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 8017, appendix A.2.4.
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const MODULUS_BYTES: usize = 256;
/// 65537, the exponent that every authority uses.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// RFC 8017, A.1.1.
#[derive(Sequence)]
struct RsaPublicKey {
    modulus: Uint,
    exponent: Uint,
}

/// Whether these bytes are the `RSAPublicKey` of a key that is accepted: 2048 bits, exponent 65537, in DER.
pub(crate) fn is_acceptable(bytes: &[u8]) -> bool {
    let Ok(key) = RsaPublicKey::from_der(bytes) else {
        return false;
    };
    let modulus = key.modulus.as_bytes();
    let full = modulus.len() == MODULUS_BYTES && modulus.first().is_some_and(|first| first & 0x80 != 0);
    let odd = modulus.last().is_some_and(|last| last & 1 == 1);
    let canonical = key.to_der().is_ok_and(|again| again == bytes);
    full && odd && key.exponent.as_bytes() == EXPONENT && canonical
}

pub(crate) fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    signature.len() == MODULUS_BYTES
        && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
            .verify(message, signature)
            .is_ok()
}

/// The algorithm with the parameters that RFC 4055 wants.
pub(crate) fn with_null(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: Some(Any::from(Null)),
    }
}

pub(crate) fn signature_algorithm() -> AlgorithmIdentifierOwned {
    with_null(SHA256_WITH_RSA)
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
