//! The credential, read by code that is not ours: `coset` takes the COSE apart and `ciborium` the claims. And the COSE
//! working group's examples, put to our reader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use certificates::{Claims, Token};
use coset::{CborSerializable as _, CoseSign1, RegisteredLabelWithPrivate, TaggedCborSerializable as _, iana};
use domain::CertificateNumber;
use keys::{KeyStore, Purpose, SeededEntropy};

fn store() -> KeyStore {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-11-22T06:30:00Z".parse().unwrap();
    KeyStore::create(
        &folder.path().join("keys.json"),
        "",
        &SeededEntropy::new(1),
        true,
        now,
        "Sample",
    )
    .unwrap()
}

fn token(keys: &KeyStore) -> Token {
    let claims = Claims {
        number: CertificateNumber::from_random("OB", 7).unwrap(),
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: Some("2029-11-21".parse().unwrap()),
        name: "Example Person".to_owned(),
        second_name: Some("उदाहरण व्यक्ति".to_owned()),
        guardian: Some("Example Parent".to_owned()),
        born: None,
        particular: Some("Example".to_owned()),
        log_position: 300,
        status_index: Some(1_048_576),
        record_digest: [9; 16],
    };
    Token::sign(&claims, "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap()
}

#[test]
fn another_library_verifies_the_signature_and_reads_the_claims() {
    let keys = store();
    let token = token(&keys);
    let sign1 = CoseSign1::from_tagged_slice(token.bytes()).unwrap();
    let algorithm = RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
    assert_eq!(sign1.protected.header.alg, Some(algorithm));
    assert_eq!(sign1.protected.header.key_id, token.key_id().to_bytes());
    assert!(sign1.unprotected.is_empty());
    let key = keys.signer(Purpose::Credential).unwrap().public_key().clone();
    sign1
        .verify_signature(b"", |signature, message| key.verify(message, signature))
        .unwrap();
    assert!(
        sign1
            .verify_signature(b"more", |signature, message| key.verify(message, signature))
            .is_err()
    );

    // coset knows no claim 169 and refuses it; the plain CBOR reader takes the map.
    let claims: ciborium::Value = ciborium::from_reader(sign1.payload.unwrap().as_slice()).unwrap();
    let of = |map: &ciborium::Value, key: i64| {
        let pairs = map.as_map().unwrap();
        pairs
            .iter()
            .find(|(k, _)| *k == ciborium::Value::from(key))
            .map(|(_, v)| v.clone())
            .unwrap()
    };
    let begin: jiff::Timestamp = "2026-11-21T18:30:00Z".parse().unwrap();
    let end: jiff::Timestamp = "2029-11-21T18:30:00Z".parse().unwrap();
    assert_eq!(of(&claims, 6), ciborium::Value::from(begin.as_second()));
    assert_eq!(of(&claims, 4), ciborium::Value::from(end.as_second()));
    let person = of(&claims, 169);
    let text = |key| of(&person, key).into_text().unwrap();
    assert_eq!(
        (text(4), text(15), text(19)),
        ("Example Person".into(), "Example Parent".into(), "उदाहरण व्यक्ति".into())
    );
}

/// The verdict of our keys on their messages: the structure is read by `coset`, the signature is checked by us. ES256 signs
/// with r and s side by side, and our P-256 check takes DER.
#[test]
fn the_working_groups_examples_have_the_right_verdicts() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cose");
    let (mut passed, mut failed) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("sign-") {
            continue;
        }
        let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let sign0 = &vector["input"]["sign0"];
        let half = |part: &str| {
            data_encoding::BASE64URL_NOPAD
                .decode(sign0["key"][part].as_str().unwrap().as_bytes())
                .unwrap()
        };
        let point = [vec![4], half("x"), half("y")].concat();
        let key = keys::PublicKey::try_new(keys::Algorithm::P256, &point).unwrap();
        let hex = |value: &serde_json::Value| {
            let text = value.as_str().unwrap_or_default();
            data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap()
        };
        let bytes = hex(&vector["output"]["cbor"]);
        let message = CoseSign1::from_tagged_slice(&bytes).or_else(|_| CoseSign1::from_slice(&bytes));
        let holds = message.is_ok_and(|mut sign1| {
            if sign1.protected.header.is_empty() {
                // RFC 9052, 4.4: a map without entries is signed as no bytes, however it was written.
                sign1.protected.original_data = None;
            }
            let named = sign1.protected.header.alg.as_ref().or(sign1.unprotected.alg.as_ref());
            let signed = sign1.tbs_data(&hex(&sign0["external"]));
            named == Some(&RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256))
                && p256::ecdsa::Signature::from_slice(&sign1.signature)
                    .is_ok_and(|signature| key.verify(&signed, signature.to_der().as_bytes()).is_ok())
        });
        assert_eq!(holds, vector["fail"] != true, "{name}");
        if holds { passed += 1 } else { failed += 1 }
    }
    assert_eq!((passed, failed), (3, 6));
}

#[test]
fn well_formed_cose_that_is_not_ours_is_no_token() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cose");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let hex = vector["output"]["cbor"].as_str().unwrap();
        let bytes = data_encoding::HEXUPPER.decode(hex.as_bytes()).unwrap();
        assert!(Token::from_bytes(&bytes).is_err(), "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, 10);
}

/// Their EdDSA example is signed by a key that we can hold: our verifier accepts it over the structure that they print.
#[test]
fn the_working_groups_eddsa_example_verifies() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cose/eddsa-sig-01.json");
    let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let hex = |value: &serde_json::Value| {
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(value.as_str().unwrap().as_bytes())
            .unwrap()
    };
    let key = keys::PublicKey::try_new(
        keys::Algorithm::Ed25519,
        &hex(&vector["input"]["sign0"]["key"]["x_hex"]),
    )
    .unwrap();
    let sign1 = CoseSign1::from_tagged_slice(&hex(&vector["output"]["cbor"])).unwrap();
    let message = hex(&vector["intermediates"]["ToBeSign_hex"]);
    key.verify(&message, &sign1.signature).unwrap();
    assert!(key.verify(&message[1..], &sign1.signature).is_err());
    assert_eq!(sign1.tbs_data(b""), message);
}
