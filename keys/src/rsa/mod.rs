//! RSA with 2048 bits, for the signature in the PDF where a licensed authority gives no other key: PKCS #1 v1.5 with SHA-256
//! (RFC 8017), which repeats exactly. aws-lc does the arithmetic; see `docs/decisions/0005` for why not the `rsa` crate.

use der::asn1::{Null, Uint};
use der::{Any, Decode as _, Encode as _, Sequence};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

#[cfg(feature = "private")]
mod arithmetic;

#[cfg(feature = "private")]
pub(crate) use arithmetic::verify;
#[cfg(feature = "private")]
pub use arithmetic::{RsaKeyError, RsaSigner};

/// RFC 8017, appendix A.1.
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 8017, appendix A.2.4.
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const MODULUS_BYTES: usize = 256;
/// 65537, the exponent that every authority uses.
pub(crate) const EXPONENT: [u8; 3] = [1, 0, 1];

/// Without the arithmetic no signature is accepted: the keys that this is for sign PDFs, which are not read then either.
#[cfg(not(feature = "private"))]
pub(crate) const fn verify(_public_key: &[u8], _message: &[u8], _signature: &[u8]) -> bool {
    false
}

/// RFC 8017, A.1.1.
#[derive(Sequence)]
struct RsaPublicKey {
    modulus: Uint,
    exponent: Uint,
}

/// `RSAPublicKey` with this modulus (big-endian, without a sign) and the one exponent that is accepted.
#[cfg(feature = "private")]
pub(crate) fn public_key(modulus: &[u8]) -> Option<Vec<u8>> {
    let key = RsaPublicKey {
        modulus: Uint::new(modulus).ok()?,
        exponent: Uint::new(&EXPONENT).ok()?,
    };
    key.to_der().ok()
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
