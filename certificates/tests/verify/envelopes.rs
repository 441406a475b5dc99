//! The same record as a W3C credential: its bytes are frozen, its verdict is that of the credential in the symbol, and nothing in it can be
//! changed, exchanged or written otherwise.

use certificates::cbor::Value;
use certificates::read::Read;
use certificates::vc::{Contents, MEDIA_TYPE, VC_BYTES_MAX, Vc, VcError, issuer_document};
use certificates::{
    Check, CheckName, Evidence, Logged, Reason, Record, Source, Standing, State, StatusAnswer, Trust, Verdict,
    VerdictCode, verify,
};
use coset::{CoseSign1, TaggedCborSerializable as _, iana};
use jiff::{SignedDuration, Timestamp};
use keys::{Compromise, KeyDirectory, Purpose, Signer};

use crate::world::{HOST, Issuer, SALT, active, issued_at, now, read, record, standing};

fn enveloped(issuer: &Issuer, record: &Record) -> Vc {
    let token = issuer.token(record);
    let contents = Contents {
        record: &record.encode().unwrap(),
        salt: &SALT,
        token: &token,
        host: HOST,
    };
    Vc::sign(&contents, &*issuer.keys.signer(Purpose::Credential).unwrap()).unwrap()
}

fn verdict_of(bytes: &[u8], trust: &Trust) -> Verdict {
    match read(bytes).evidence(Source::Vc) {
        Ok(evidence) => verify(&evidence, trust, &active(), now()),
        Err(verdict) => *verdict,
    }
}

/// What another hand would put together, signed with any key: head and payload as they are given.
fn signed_by(signer: &dyn Signer, head: Vec<(i64, Value)>, payload: &[u8]) -> Vec<u8> {
    let pairs = |pairs: Vec<(i64, Value)>| Value::Map(pairs.into_iter().map(|(k, v)| (Value::Int(k), v)).collect());
    let head = pairs(head).encode();
    let signed = Value::Array(vec![
        Value::text("Signature1"),
        Value::Bytes(head.clone()),
        Value::Bytes(vec![]),
        Value::Bytes(payload.to_vec()),
    ]);
    let signature = signer.sign(&signed.encode()).unwrap();
    let parts = vec![
        Value::Bytes(head),
        Value::Map(vec![]),
        Value::Bytes(payload.to_vec()),
        Value::Bytes(signature),
    ];
    Value::Tag(18, Box::new(Value::Array(parts))).encode()
}

fn payload(vc: &Vc) -> Vec<u8> {
    CoseSign1::from_tagged_slice(vc.bytes()).unwrap().payload.unwrap()
}

/// The head that ours have.
fn head(issuer: &Issuer) -> Vec<(i64, Value)> {
    let key = issuer.keys.signer(Purpose::Credential).unwrap().key_id();
    let kid = format!("https://{HOST}/.well-known/praman-issuer.json#{key}");
    vec![
        (1, Value::Int(-8)),
        (3, Value::text("application/vc")),
        (4, Value::Bytes(kid.into_bytes())),
        (16, Value::text(MEDIA_TYPE)),
    ]
}

#[test]
fn the_bytes_are_frozen() {
    let issuer = Issuer::new(1);
    let vc = enveloped(&issuer, &record());
    insta::assert_snapshot!("vc_json", String::from_utf8(payload(&vc)).unwrap());
    insta::assert_snapshot!("vc_cose", data_encoding::HEXLOWER.encode(vc.bytes()));
    assert_eq!(
        vc,
        enveloped(&Issuer::new(1), &record()),
        "the same certificate, the same bytes"
    );
    // Without what need not be there.
    let bare = Record {
        guardian: None,
        born: None,
        particular: None,
        expires_on: None,
        fields: vec![],
        ..record()
    };
    let vc = enveloped(&issuer, &bare);
    insta::assert_snapshot!("vc_json_bare", String::from_utf8(payload(&vc)).unwrap());
    assert_eq!(verdict_of(vc.bytes(), &issuer.trust()).code, VerdictCode::Valid);
}

#[test]
fn another_library_reads_the_head_and_verifies() {
    let issuer = Issuer::new(1);
    let vc = enveloped(&issuer, &record());
    let sign1 = CoseSign1::from_tagged_slice(vc.bytes()).unwrap();
    let header = &sign1.protected.header;
    assert_eq!(
        header.alg,
        Some(coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA))
    );
    assert_eq!(
        header.content_type,
        Some(coset::ContentType::Text("application/vc".to_owned()))
    );
    let typ = ciborium::Value::Text("application/vc+cose".to_owned());
    assert_eq!(header.rest, [(coset::Label::Int(16), typ)]);
    let key = issuer.keys.signer(Purpose::Credential).unwrap().public_key().clone();
    sign1
        .verify_signature(b"", |signature, message| key.verify(message, signature))
        .unwrap();

    // The key that the head names is the one that the issuer's document holds under this name.
    let document = issuer_document(&issuer.directory(), HOST);
    let method = &document["verificationMethod"][0];
    assert_eq!(method["id"].as_str().unwrap().as_bytes(), header.key_id);
    let x = data_encoding::BASE64URL_NOPAD.decode(method["publicKeyJwk"]["x"].as_str().unwrap().as_bytes());
    assert_eq!(x.unwrap(), key.to_bytes());
    let json: serde_json::Value = serde_json::from_slice(sign1.payload.as_deref().unwrap()).unwrap();
    assert_eq!(json["issuer"]["id"], document["id"]);
    assert_eq!(document["assertionMethod"], serde_json::json!([method["id"]]));
}

#[test]
fn the_issuers_document_tells_what_became_of_a_key() {
    let issuer = Issuer::new(1);
    let old = Issuer::new(2);
    let mut keys = issuer.directory().keys().to_vec();
    let end: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let stolen = Compromise {
        since: "2026-11-19T00:00:00Z".parse().unwrap(),
        last_good_position: 3,
    };
    keys.extend(old.directory().keys().iter().cloned().map(|mut entry| {
        entry.not_after = Some(end);
        entry.compromised = Some(stolen);
        entry
    }));
    let directory = KeyDirectory::try_new("Sample".to_owned(), keys, vec![], vec![]).unwrap();
    let document = issuer_document(&directory, HOST);
    let [first, second] = document["verificationMethod"].as_array().unwrap().as_slice() else {
        panic!("one for each credential key and no other: {document}")
    };
    assert_eq!((first.get("expires"), first.get("revoked")), (None, None));
    assert_eq!(second["expires"], "2026-11-20T00:00:00Z");
    assert_eq!(second["revoked"], "2026-11-19T00:00:00Z");
    assert_eq!(
        document["assertionMethod"],
        serde_json::json!([first["id"]]),
        "a stolen key asserts nothing"
    );
}

fn with(change: impl FnOnce(&mut Standing)) -> StatusAnswer {
    let mut standing = standing();
    change(&mut standing);
    StatusAnswer::Known(standing)
}

/// Two envelopes, one verdict.
#[test]
fn whatever_the_register_says_the_verdict_is_that_of_the_symbol() {
    let issuer = Issuer::new(1);
    let vc = enveloped(&issuer, &record());
    let token = Evidence::Token(vc.token().clone());
    let vc = match read(vc.bytes()) {
        Read::Evidence(evidence @ Evidence::Vc(_)) => evidence,
        other => panic!("{other:?}"),
    };
    let day = |text: &str| Some(text.parse().unwrap());
    let since = Some(issued_at());
    let answers = [
        active(),
        with(|s| s.state = State::Revoked { since, reason: None }),
        with(|s| s.state = State::Superseded { since, by: None }),
        with(|s| {
            s.state = State::Suspended {
                since,
                until: day("2026-12-01"),
            }
        }),
        with(|s| s.expires_on = day("2026-11-22")),
        with(|s| s.credential_digest = Some([7; 32])),
        with(|s| s.as_of = issued_at() - SignedDuration::from_hours(99)),
        with(|s| s.log = Logged::Unavailable),
        with(|s| {
            s.log = Logged::Committed {
                position: 4711,
                size: 5000,
            }
        }),
        with(|s| {
            s.log = Logged::Committed {
                position: 4711,
                size: 4710,
            }
        }),
        with(|s| {
            s.log = Logged::Committed {
                position: 1,
                size: 5000,
            }
        }),
        StatusAnswer::NoSuchCertificate,
        StatusAnswer::Unavailable,
    ];
    let stolen = |last_good_position| {
        let mut trust = issuer.trust();
        let entries = trust.directory.keys().iter().cloned().map(|mut entry| {
            entry.compromised = Some(Compromise {
                since: issued_at(),
                last_good_position,
            });
            entry
        });
        trust.directory = KeyDirectory::try_new("S".to_owned(), entries.collect(), vec![], vec![]).unwrap();
        trust
    };
    let none = Trust::new(KeyDirectory::default());
    let other = Issuer::new(2).trust();
    let mut codes = std::collections::BTreeMap::new();
    for trust in [issuer.trust(), stolen(4710), stolen(4711), none, other] {
        for answer in &answers {
            let (one, two) = (
                verify(&token, &trust, answer, now()),
                verify(&vc, &trust, answer, now()),
            );
            assert_eq!((one.code, one.reason), (two.code, two.reason), "{answer:?}");
            assert_eq!(
                (one.number, one.since, one.expires),
                (two.number, two.since, two.expires),
                "{answer:?}"
            );
            *codes.entry(two.code.code()).or_insert(0) += 1;
            if two.code == VerdictCode::Valid {
                let checks = two.checks;
                assert_eq!(
                    (checks.signature, checks.record, checks.status),
                    (Check::Pass, Check::Pass, Check::Pass)
                );
                assert_eq!(two.record, Some(record()));
                assert!(two.not_checked.contains(&(CheckName::Document, Reason::NotPresented)));
            }
        }
    }
    let seen: Vec<_> = codes.keys().copied().collect();
    assert_eq!(
        seen,
        [
            "expired",
            "not_genuine",
            "revoked",
            "superseded",
            "suspended",
            "unknown",
            "valid"
        ]
    );
}

#[test]
fn of_every_changed_byte_none_is_valid() {
    let issuer = Issuer::new(1);
    let vc = enveloped(&issuer, &record());
    let trust = issuer.trust();
    assert_eq!(verdict_of(vc.bytes(), &trust).code, VerdictCode::Valid);
    let mut forged = 0;
    for place in 0..vc.bytes().len() {
        for change in [1, 0x80] {
            let mut bytes = vc.bytes().to_vec();
            bytes[place] ^= change;
            let verdict = verdict_of(&bytes, &trust);
            assert!(
                matches!(verdict.code, VerdictCode::NotGenuine | VerdictCode::Unreadable),
                "place {place}: {verdict:?}"
            );
            assert!(verdict.claims.is_none() && verdict.record.is_none(), "place {place}");
            forged += usize::from(verdict.code == VerdictCode::NotGenuine);
        }
    }
    assert!(
        forged > 500,
        "{forged} were read as ours and found out by a signature or digest"
    );
    for length in 0..vc.bytes().len() {
        assert_ne!(verdict_of(&vc.bytes()[..length], &trust).code, VerdictCode::Valid);
    }
    assert_ne!(
        verdict_of(&[vc.bytes(), b"\0"].concat(), &trust).code,
        VerdictCode::Valid
    );
}

/// Whoever has the key of the credentials, or another key of ours, cannot say more than the credential in the symbol commits to.
#[test]
fn a_record_to_which_the_symbol_does_not_commit_is_no_certificate() {
    let issuer = Issuer::new(1);
    let trust = issuer.trust();
    let signer = issuer.keys.signer(Purpose::Credential).unwrap();
    let token = issuer.token(&record());
    let richer = Record {
        officer: domain::Bilingual::new("Collector", "कलेक्टर"),
        ..record()
    };
    let contents = |record: &Record, salt| {
        Vc::sign(
            &Contents {
                record: &record.encode().unwrap(),
                salt,
                token: &token,
                host: HOST,
            },
            &*signer,
        )
    };
    let verdict = verdict_of(contents(&richer, &SALT).unwrap().bytes(), &trust);
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DigestMismatch)
    );
    let verdict = verdict_of(contents(&record(), &[0; 16]).unwrap().bytes(), &trust);
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DigestMismatch)
    );
    assert!(matches!(contents(&record(), &[0; 15]), Err(VcError::Part("salt"))));

    // The same document under another key: by the head ours, by the signature not.
    let document = payload(&contents(&record(), &SALT).unwrap());
    for (store, purpose) in [(&issuer, Purpose::Status), (&Issuer::new(2), Purpose::Credential)] {
        let other = store.keys.signer(purpose).unwrap();
        let bytes = signed_by(&*other, head(&issuer), &document);
        let verdict = verdict_of(&bytes, &trust);
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::NotGenuine, Reason::SignatureBad)
        );
        let contents = Contents {
            record: &record().encode().unwrap(),
            salt: &SALT,
            token: &token,
            host: HOST,
        };
        assert!(matches!(Vc::sign(&contents, &*other), Err(VcError::Signer)));
    }
    // A signature of the symbol's kind over this payload, and the other way round.
    let kid = |at: usize| {
        vec![
            (1, Value::Int(-8)),
            (4, Value::Bytes(token.key_id().to_bytes()[..at].to_vec())),
        ]
    };
    for bytes in [
        signed_by(&*signer, kid(4), &document),
        signed_by(&*signer, vec![], &document),
    ] {
        assert_eq!(verdict_of(&bytes, &trust).code, VerdictCode::Unreadable);
    }
    let Value::Tag(_, parts) = Value::decode(token.bytes()).unwrap() else {
        panic!()
    };
    let Value::Array(parts) = *parts else { panic!() };
    let claims = parts[2].as_bytes().unwrap();
    assert_eq!(
        verdict_of(&signed_by(&*signer, head(&issuer), claims), &trust).code,
        VerdictCode::Unreadable
    );
}

/// Signed with the right key, and still not taken: there is one way to write a document.
#[test]
fn a_document_that_is_written_otherwise_is_not_read() {
    let issuer = Issuer::new(1);
    let trust = issuer.trust();
    let signer = issuer.keys.signer(Purpose::Credential).unwrap();
    let document = String::from_utf8(payload(&enveloped(&issuer, &record()))).unwrap();
    let again = signed_by(&*signer, head(&issuer), document.as_bytes());
    assert_eq!(
        verdict_of(&again, &trust).code,
        VerdictCode::Valid,
        "as it is, it is taken"
    );
    let changes = [
        ("{\"@context\"", "{ \"@context\""),
        ("\"id\":", "\"more\":1,\"id\":"),
        ("\"service\":\"caste_obc\",", ""),
        (
            "\"service\":\"caste_obc\",",
            "\"service\":\"caste_obc\",\"service\":\"caste_obc\",",
        ),
        (
            "https://www.w3.org/ns/credentials/v2",
            "https://www.w3.org/ns/credentials/v3",
        ),
        ("urn:praman:vocabulary:guardian", "urn:praman:vocabulary:particular"),
        ("T00:00:00+05:30", "T00:00:00Z"),
        ("2026-11-22T00:00:00+05:30", "20261122T00:00:00+05:30"),
        ("\"birthDate\":\"2001-02-28\"", "\"birthDate\":\"2001-02-28T00:00\""),
        ("\"@language\":\"en\"", "\"@language\":\"fr\""),
        ("/status/0", "/status/1"),
        ("\"statusListPlace\":301", "\"statusListPlace\":302"),
        ("TokenStatusListEntry\",\"s", "BitstringStatusListEntry\",\"s"),
        ("HTTPS://VERIFY", "HTTPS://OTHER"),
        (
            "https://verify.sample.example/.well",
            "https://other.sample.example/.well",
        ),
        ("Sample Applicant", "Sample \\u0041pplicant"),
        ("\"PramanCertificate\"],", "\"PramanCertificate\",\"Other\"],"),
    ];
    for (from, to) in changes {
        let changed = document.replacen(from, to, 1);
        assert_ne!(changed, document, "{from}");
        let verdict = verdict_of(&signed_by(&*signer, head(&issuer), changed.as_bytes()), &trust);
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::Unreadable, Reason::DamagedFile),
            "{from}"
        );
    }
    // The head as well: other types, none, another name of the key, more in it.
    let ours = head(&issuer);
    let mut heads = vec![];
    for place in 1..ours.len() {
        let mut less = ours.clone();
        less.remove(place);
        heads.push(less);
        let mut other = ours.clone();
        other[place].1 = match &other[place].1 {
            Value::Bytes(_) => Value::Bytes(b"https://verify.sample.example/#00000000".to_vec()),
            _ => Value::text("application/other"),
        };
        heads.push(other);
    }
    let mut more = ours;
    more.push((17, Value::Int(1)));
    heads.push(more);
    for head in heads {
        let verdict = verdict_of(&signed_by(&*signer, head.clone(), document.as_bytes()), &trust);
        assert_eq!(verdict.code, VerdictCode::Unreadable, "{head:?}");
    }
}

#[test]
fn credentials_of_others_are_not_ours_and_no_forgeries() {
    let issuer = Issuer::new(1);
    let signer = issuer.keys.signer(Purpose::Credential).unwrap();
    for document in [
        r#"{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"https://university.example"}"#,
        "",
        "[]",
    ] {
        let verdict = verdict_of(
            &signed_by(&*signer, head(&issuer), document.as_bytes()),
            &issuer.trust(),
        );
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::Unreadable, Reason::NotOurs),
            "{document}"
        );
    }
}

#[test]
fn the_size_has_a_limit_that_every_record_keeps() {
    let of = |count: usize| vec![0_u8; count];
    assert!(matches!(Vc::from_bytes(&of(VC_BYTES_MAX)), Err(VcError::Kind)));
    assert!(matches!(Vc::from_bytes(&of(VC_BYTES_MAX + 1)), Err(VcError::TooLong)));
    // As many rows as fit a record, each as short as a row can be said to be.
    let issuer = Issuer::new(1);
    let row = record().fields[0].clone();
    let most = (0..)
        .map(|tens| Record {
            fields: vec![row.clone(); 10 * tens],
            ..record()
        })
        .take_while(|record| record.encode().is_ok())
        .last()
        .unwrap();
    assert!(most.fields.len() > 500, "{}", most.fields.len());
    let vc = enveloped(&issuer, &most);
    assert_eq!(verdict_of(vc.bytes(), &issuer.trust()).record, Some(most));
}
