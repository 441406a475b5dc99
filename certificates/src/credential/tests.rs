use keys::{KeyStore, SeededEntropy};
use proptest::prelude::*;

use super::*;

fn store() -> (tempfile::TempDir, KeyStore) {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-11-01T06:00:00Z".parse().unwrap();
    let keys = KeyStore::create(
        &folder.path().join("keys"),
        "x",
        &SeededEntropy::new(7),
        true,
        now,
        "Sample",
    )
    .unwrap();
    (folder, keys)
}

fn claims() -> Claims {
    Claims {
        number: CertificateNumber::from_random("OB", 77).unwrap(),
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: Some("2027-11-21".parse().unwrap()),
        name: "Asha Kumari".into(),
        second_name: Some("आशा कुमारी".into()),
        guardian: Some("Ramesh Kumar".into()),
        born: Some("2001-02-28".parse().unwrap()),
        particular: Some("Kumhar".into()),
        log_position: 4711,
        status_index: Some(1_048_576),
        record_digest: [9; 16],
    }
}

#[test]
fn what_is_signed_is_read_and_verifies() {
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    assert_eq!(token.verify(keys.directory()).unwrap(), &claims());
    let url = token.url("verify.example");
    assert!(qr::encode(&url).unwrap().version <= 13);
    for typed in [
        url.clone(),
        url.to_lowercase(),
        token.code(),
        format!(" {url}?lang=hi "),
    ] {
        assert_eq!(Token::parse(&typed).unwrap(), token);
    }
}

// A changed encoding would orphan every printed QR code.
#[test]
fn the_bytes_are_frozen() {
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    insta::assert_snapshot!(token.url("verify.example"));
}

// What was printed before certificates had places in the status lists: written and read as then.
#[test]
fn a_credential_without_a_place_is_read() {
    let (_folder, keys) = store();
    let claims = Claims {
        status_index: None,
        ..claims()
    };
    let token = Token::sign(&claims, "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    let before = token.url("verify.example");
    insta::assert_snapshot!("before_places", before);
    assert_eq!(
        Token::parse(&before).unwrap().verify(keys.directory()).unwrap(),
        &claims
    );
}

// Nobody but us signs one; but a place that is none would be looked up in a list.
#[test]
fn a_place_is_a_natural_number() {
    let (_folder, keys) = store();
    let signer = keys.signer(Purpose::Credential).unwrap();
    let with = |place: Value| {
        let Value::Map(mut parts) = Value::decode(&claims().payload().unwrap()).unwrap() else {
            unreachable!()
        };
        for (key, part) in &mut parts {
            if *key == Value::Int(PERSON)
                && let Value::Map(person) = part
            {
                let held = person.iter_mut().find(|(key, _)| *key == Value::Int(STATUS_INDEX));
                held.unwrap().1 = place.clone();
            }
        }
        let token = Token::from_bytes(
            &sign1(
                &*signer,
                &signer.key_id().to_bytes(),
                Kind::BARE,
                Value::Map(parts).encode(),
            )
            .unwrap(),
        );
        token.map(|token| token.claims().status_index)
    };
    for natural in [0, 1, i64::MAX] {
        assert_eq!(with(Value::Int(natural)), Ok(Some(u64::try_from(natural).unwrap())));
    }
    for wrong in [Value::Int(-1), Value::text("1"), Value::Bytes(vec![1])] {
        assert_eq!(with(wrong), Err(CredentialError::Part("place in the status lists")));
    }
}

// The same bytes for wallets. The text may change with the compressor; what is in it may not.
#[test]
fn the_form_for_wallets_is_frozen() {
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    insta::assert_snapshot!(token.to_claim_169().unwrap());
    let kept = include_str!("snapshots/certificates__credential__tests__the_form_for_wallets_is_frozen.snap");
    let (_, kept) = kept.rsplit_once("---\n").unwrap();
    assert_eq!(Token::from_claim_169(kept.strip_suffix('\n').unwrap()).unwrap(), token);
}

#[test]
fn the_last_day_is_a_whole_day_in_india() {
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "h.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    assert_eq!(token.claims().expires_on, claims().expires_on);
    assert_eq!(token.claims().issued_on, claims().issued_on);
}

#[test]
fn long_texts_are_dropped_and_shortened_in_order() {
    let (_folder, keys) = store();
    let signer = keys.signer(Purpose::Credential).unwrap();
    let mut long = claims();
    long.second_name = Some("क्षत्रिय ".repeat(8));
    let token = Token::sign(&long, "verify.example", &*signer).unwrap();
    assert_eq!(token.claims().second_name, None);
    assert_eq!(token.claims().name, long.name);
    assert!(!token.claims().shortened());

    long.particular = Some("P".repeat(60));
    long.guardian = Some("G".repeat(150));
    let token = Token::sign(&long, "verify.example", &*signer).unwrap();
    assert!(token.claims().shortened());
    assert_eq!(token.claims().name, long.name, "the name goes last");
    assert!(qr::encode(&token.url("verify.example")).unwrap().version <= 13);
    assert!(token.verify(keys.directory()).is_ok());
}

#[test]
fn a_host_too_long_for_any_symbol_is_refused() {
    let (_folder, keys) = store();
    let host = "h".repeat(400);
    let made = Token::sign(&claims(), &host, &*keys.signer(Purpose::Credential).unwrap());
    assert_eq!(made, Err(CredentialError::Room));
}

#[test]
fn another_purposes_key_signs_no_credential() {
    let (_folder, keys) = store();
    let made = Token::sign(&claims(), "h.example", &*keys.signer(Purpose::Checkpoint).unwrap());
    assert_eq!(made, Err(CredentialError::Signer));
}

#[test]
fn no_flipped_bit_and_no_cut_is_accepted() {
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "verify.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    let accepted = |bytes: &[u8]| Token::from_bytes(bytes).is_ok_and(|token| token.verify(keys.directory()).is_ok());
    assert!(accepted(token.bytes()));
    for place in 0..token.bytes().len() {
        for bit in 0..8 {
            let mut bytes = token.bytes().to_vec();
            bytes[place] ^= 1 << bit;
            assert!(!accepted(&bytes), "byte {place}, bit {bit}");
        }
        assert!(!accepted(&token.bytes()[..place]), "cut to {place}");
    }
    let mut longer = token.bytes().to_vec();
    longer.push(0);
    assert!(!accepted(&longer));
    assert_eq!(
        Token::from_bytes(&[0; TOKEN_BYTES_MAX + 1]),
        Err(CredentialError::TooLong)
    );
    assert_ne!(Token::from_bytes(&[0; TOKEN_BYTES_MAX]), Err(CredentialError::TooLong));
}

#[test]
fn foreign_texts_are_no_tokens() {
    for text in [
        "",
        "hello",
        "HTTPS://EVIL.EXAMPLE/",
        "ftp://x/C/AAAA",
        "/C/AAAA",
        "HTTPS://X.EXAMPLE/C/",
        "https://x/C/1%",
    ] {
        assert!(Token::parse(text).is_err(), "{text}");
    }
    let (_folder, keys) = store();
    let token = Token::sign(&claims(), "h.example", &*keys.signer(Purpose::Credential).unwrap()).unwrap();
    for before in [
        "https://",
        "https://h.example/more",
        "https://h.example?",
        "https://h.example@x",
        "h.example",
    ] {
        assert!(
            Token::parse(&format!("{before}/C/{}", token.code())).is_err(),
            "{before}"
        );
    }
}

proptest! {
    #[test]
    fn every_number_is_packed_and_unpacked(random: u64) {
        let number = CertificateNumber::from_random("MR", random).unwrap();
        let (letters, packed) = pack(&number);
        prop_assert_eq!(unpack(&letters, &packed), Some(number));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,600}") {
        let _ = Token::parse(&text);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Token::from_bytes(&bytes);
    }
}
