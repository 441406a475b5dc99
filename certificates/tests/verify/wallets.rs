//! The form for wallets: ours, and vectors of others, which are never ours and never called forged.

use certificates::read::{Read, text};
use certificates::{Check, Evidence, Reason, Source, Token, VerdictCode, verify};
use coset::{CborSerializable as _, CoseSign1, TaggedCborSerializable as _};
use keys::{Algorithm, PublicKey};
use serde_json::Value;

use crate::world::{Issuer, active, now, record};

fn vectors(folder: &str) -> Vec<(String, Value)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(folder);
    let mut found: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

#[test]
fn a_wallets_symbol_is_the_same_credential() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let wallet = token.to_claim_169().unwrap();
    assert_eq!(Token::from_claim_169(&wallet).unwrap(), token);
    let Read::Evidence(evidence) = text(&wallet) else {
        panic!("it is read")
    };
    let verdict = verify(&evidence, &issuer.trust(), &active(), now());
    assert_eq!(
        (verdict.code, verdict.checks.signature),
        (VerdictCode::Valid, Check::Pass)
    );
    assert!(matches!(evidence, Evidence::Token(same) if same == token));
    // Every other letter at every place: none of them is another credential that holds.
    let letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    for place in 0..wallet.len() {
        for letter in letters.chars().step_by(7) {
            let mut spoiled = wallet.clone();
            spoiled.replace_range(place..=place, letter.encode_utf8(&mut [0; 4]));
            if spoiled == wallet {
                continue;
            }
            if let Ok(other) = Token::from_claim_169(&spoiled) {
                let verdict = verify(&Evidence::Token(other.clone()), &issuer.trust(), &active(), now());
                assert!(
                    other == token || verdict.code == VerdictCode::NotGenuine,
                    "place {place}, {letter}"
                );
            }
        }
    }
}

/// Their credentials are good, or bad in ways of their own; of ours they are none, and that is all that is said.
#[test]
fn credentials_of_other_issuers_are_not_ours() {
    let mut count = 0;
    for (name, vector) in vectors("claim169") {
        let read = text(vector["qr_data"].as_str().unwrap());
        let verdict = read.evidence(Source::Qr).unwrap_err();
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::Unreadable, Reason::NotOurs),
            "{name}"
        );
        count += 1;
    }
    for (name, vector) in vectors("hcert") {
        for form in ["PREFIX", "BASE45"] {
            let verdict = text(vector[form].as_str().unwrap()).evidence(Source::Qr).unwrap_err();
            assert_eq!(
                (verdict.code, verdict.reason),
                (VerdictCode::Unreadable, Reason::NotOurs),
                "{name}"
            );
        }
        count += 1;
    }
    assert_eq!(count, 18 + 3);
}

/// base45 and zlib by other hands, against what the vectors say is inside; and the one signature among them that is of a
/// kind that we check.
#[test]
fn their_signature_verifies_with_our_keys() {
    let unpacked = |text: &str| {
        let bytes = base45(text);
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(bytes.as_slice()), &mut out).unwrap();
        out
    };
    for (name, vector) in vectors("hcert") {
        let hex = vector["COSE"].as_str().unwrap();
        let cose = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        assert_eq!(unpacked(vector["BASE45"].as_str().unwrap()), cose, "{name}");
    }
    let signed: Vec<_> = vectors("claim169")
        .into_iter()
        .filter(|(name, _)| name == "ed25519-signed")
        .collect();
    let [(_, vector)] = signed.as_slice() else {
        panic!("one of them")
    };
    let hex = vector["signing_key"]["public_key_hex"].as_str().unwrap();
    let key = PublicKey::try_new(
        Algorithm::Ed25519,
        &data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap(),
    )
    .unwrap();
    let bytes = unpacked(vector["qr_data"].as_str().unwrap());
    let sign1 = CoseSign1::from_tagged_slice(&bytes)
        .or_else(|_| CoseSign1::from_slice(&bytes))
        .unwrap();
    key.verify(&sign1.tbs_data(b""), &sign1.signature).unwrap();
    assert!(key.verify(&sign1.tbs_data(b"x"), &sign1.signature).is_err());
}

/// RFC 9285 once more, written for this test alone.
fn base45(text: &str) -> Vec<u8> {
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let digits: Vec<usize> = text.chars().map(|letter| alphabet.find(letter).unwrap()).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(3) {
        let n = group.iter().rev().fold(0, |n, digit| n * 45 + digit);
        if group.len() == 3 {
            bytes.push(u8::try_from(n / 256).unwrap());
        }
        bytes.push(u8::try_from(n % 256).unwrap());
    }
    bytes
}
