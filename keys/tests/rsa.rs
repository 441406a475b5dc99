//! RSA behind the signer's door: the same signatures as OpenSSL makes, one way of writing a key, no other sizes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use der::{Encode as _, Sequence, asn1::Uint};
use keys::{Algorithm, KeyId, PublicKey, Purpose, RsaKeyError, RsaSigner, SeededEntropy, Signer, demo_certificates};
use sha2::{Digest as _, Sha256};

const SIGNER: &[u8] = include_bytes!("vectors/rsa/signer.pk8");
/// `printf 'what is signed' | openssl dgst -sha256 -sign signer.pk8 -keyform DER | sha256sum`, by OpenSSL 3.0.
const BY_OPENSSL: &str = "0b9db88de204b092620cdf7ee0ec175f56a714499597a229ef033a6cca64e5aa";

fn signer() -> RsaSigner {
    RsaSigner::from_pkcs8(Purpose::Pdf, SIGNER).unwrap()
}

#[test]
fn signatures_are_those_of_openssl_and_repeat() {
    let signer = signer();
    let signature = signer.sign(b"what is signed").unwrap();
    assert_eq!(signature.len(), 256);
    assert_eq!(data_encoding::HEXLOWER.encode(&Sha256::digest(&signature)), BY_OPENSSL);
    assert_eq!(signature, signer.sign(b"what is signed").unwrap());
    assert_eq!(
        (signer.purpose(), signer.algorithm()),
        (Purpose::Pdf, Algorithm::Rsa2048)
    );
    assert_eq!(signer.key_id(), KeyId::of(&signer.public_key().to_bytes()));
}

#[test]
fn what_was_not_signed_does_not_verify() {
    let signer = signer();
    let key = signer.public_key();
    let signature = signer.sign(b"message").unwrap();
    key.verify(b"message", &signature).unwrap();
    assert!(key.verify(b"massage", &signature).is_err());
    for at in 0..signature.len() {
        let mut spoiled = signature.clone();
        spoiled[at] ^= 1;
        assert!(key.verify(b"message", &spoiled).is_err(), "{at}");
    }
    assert!(key.verify(b"message", &signature[1..]).is_err());
    assert!(key.verify(b"message", &[&[0], &signature[..]].concat()).is_err());
    assert!(key.verify(b"message", &[]).is_err());
}

#[test]
fn a_public_key_has_one_form_and_one_size() {
    let key = signer().public_key().clone();
    let spki = key.to_spki_der().unwrap();
    assert_eq!(PublicKey::from_spki_der(&spki).unwrap(), key);
    assert_eq!(PublicKey::try_new(Algorithm::Rsa2048, &key.to_bytes()).unwrap(), key);
    assert!(PublicKey::from_spki_der(&[&spki[..], &[0]].concat()).is_err());
    // Named as RSA-PSS, and without the NULL.
    let mut other = spki.clone();
    let oid = other
        .windows(9)
        .position(|window| window == [42, 134, 72, 134, 247, 13, 1, 1, 1])
        .unwrap();
    other[oid + 8] = 10;
    assert!(PublicKey::from_spki_der(&other).is_err());

    #[derive(Sequence)]
    struct Form {
        modulus: Uint,
        exponent: Uint,
    }
    let made = |modulus: &[u8], exponent: &[u8]| {
        let form = Form {
            modulus: Uint::new(modulus).unwrap(),
            exponent: Uint::new(exponent).unwrap(),
        };
        PublicKey::try_new(Algorithm::Rsa2048, &form.to_der().unwrap())
    };
    let mut modulus = [0xff; 256];
    assert!(made(&modulus, &[1, 0, 1]).is_ok());
    assert!(made(&modulus, &[3]).is_err());
    assert!(made(&modulus[1..], &[1, 0, 1]).is_err());
    assert!(made(&[0xff; 257], &[1, 0, 1]).is_err());
    modulus[255] = 0xfe;
    assert!(made(&modulus, &[1, 0, 1]).is_err());
    modulus = [0xff; 256];
    modulus[0] = 0x7f;
    assert!(made(&modulus, &[1, 0, 1]).is_err());
    assert!(PublicKey::try_new(Algorithm::Rsa2048, &[]).is_err());
}

#[test]
fn other_private_keys_are_refused() {
    let refused = |bytes: &[u8]| matches!(RsaSigner::from_pkcs8(Purpose::Pdf, bytes), Err(RsaKeyError));
    assert!(refused(&[]));
    assert!(refused(&SIGNER[..SIGNER.len() - 1]));
    assert!(refused(include_bytes!("vectors/rsa/larger.pk8")));
}

/// An authority of either kind signs for keys of either kind.
#[test]
fn certificates_name_the_algorithm_of_the_authority() {
    let authority = RsaSigner::from_pkcs8(Purpose::Authority, include_bytes!("vectors/rsa/authority.pk8")).unwrap();
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let made = demo_certificates(&authority, signer().public_key(), "Sample", at, &SeededEntropy::new(1)).unwrap();
    for certificate in [&made.authority, &made.signing] {
        let certificate = <x509_cert::Certificate as der::Decode>::from_der(certificate).unwrap();
        let body = certificate.tbs_certificate().to_der().unwrap();
        let signature = certificate.signature().as_bytes().unwrap();
        authority.public_key().verify(&body, signature).unwrap();
        assert_eq!(
            *certificate.signature_algorithm(),
            authority.public_key().signature_algorithm()
        );
    }
}
