//! What is kept, and what follows from it, on both sides of each limit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use certificates::{
    Claims, Token,
    status::{Status, StatusList, Statuses},
};
use domain::CertificateNumber;
use jiff::{SignedDuration, Timestamp};
use keys::{KeyStore, Purpose, SeededEntropy};
use verifier::{Kept, asked};

const HOST: &str = "verify.example";

fn store(seed: u64) -> KeyStore {
    let folder = tempfile::tempdir().unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let path = folder.path().join("keys.json");
    KeyStore::create(&path, "x", &SeededEntropy::new(seed), true, begin, "Sample Office").unwrap()
}

fn at() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn list(keys: &KeyStore, number: u64, status: Status, at: Timestamp) -> Vec<u8> {
    let mut statuses = Statuses::default();
    statuses.set(5, status);
    StatusList::sign(number, HOST, &statuses, at, &*keys.signer(Purpose::Status).unwrap()).unwrap()
}

fn code(keys: &KeyStore) -> String {
    let claims = Claims {
        number: CertificateNumber::from_random("BC", 1).unwrap(),
        issued_on: "2026-06-01".parse().unwrap(),
        expires_on: None,
        name: "Sample Person".to_owned(),
        second_name: None,
        guardian: None,
        born: None,
        particular: None,
        log_position: 9,
        status_index: Some(5),
        record_digest: [1; 16],
    };
    let signer = keys.signer(Purpose::Credential).unwrap();
    Token::sign(&claims, HOST, &*signer).unwrap().url(HOST)
}

/// The keys as of a time.
fn directory(keys: &KeyStore, at: Timestamp) -> Vec<u8> {
    keys.directory().clone().made_at(at).to_json().unwrap().into_bytes()
}

fn verdict(kept: &Kept, code: &str, now: Timestamp) -> (&'static str, &'static str) {
    let answer = kept.check(code, now, None);
    assert_eq!(
        answer.certificate.is_some(),
        answer.checks.signature == certificates::Check::Pass
    );
    (answer.verdict.code(), answer.reason.code())
}

#[test]
fn an_answer_holds_for_a_day_on_both_sides() {
    let keys = store(1);
    let code = code(&keys);
    let second = SignedDuration::from_secs(1);
    // List and keys by turns: the older of both decides.
    for (keys_at, list_at) in [(at(), at() + hours(3)), (at() + hours(3), at())] {
        let mut kept = Kept::default();
        kept.keys(&directory(&keys, keys_at)).unwrap();
        kept.list(list(&keys, 0, Status::Valid, list_at)).unwrap();
        let last = at() + hours(24);
        // A list ends at the instant at which it is a day old.
        let last = if list_at == at() { last - second } else { last };
        assert_eq!(verdict(&kept, &code, last), ("valid", "holds"));
        assert!(!kept.told(last).stale);
        let (after, _) = verdict(&kept, &code, last + second);
        assert_eq!(after, "unknown");
        assert!(kept.told(last + second).stale);
        let (before, _) = verdict(&kept, &code, at() - hours(1));
        assert_eq!(before, "unknown", "a clock that is behind makes nothing fresh");
    }
}

#[test]
fn what_is_final_is_told_for_ever_and_the_rest_is_not() {
    let keys = store(1);
    let code = code(&keys);
    for (status, now, later) in [
        (Status::Invalid, "revoked", "revoked"),
        (Status::Superseded, "superseded", "superseded"),
        (Status::Suspended, "suspended", "unknown"),
        (Status::Valid, "valid", "unknown"),
    ] {
        let mut kept = Kept::default();
        kept.keys(&directory(&keys, at())).unwrap();
        kept.list(list(&keys, 0, status, at())).unwrap();
        assert_eq!(verdict(&kept, &code, at()).0, now);
        assert_eq!(verdict(&kept, &code, at() + hours(24 * 400)).0, later);
    }
}

#[test]
fn no_list_takes_the_place_of_a_later_one_and_none_is_taken_that_is_not_ours() {
    let (keys, others) = (store(1), store(2));
    let code = code(&keys);
    let mut kept = Kept::default();
    assert!(
        kept.list(list(&keys, 0, Status::Valid, at())).is_err(),
        "nobody is known yet"
    );
    kept.keys(&directory(&keys, at())).unwrap();
    assert!(kept.list(list(&others, 0, Status::Valid, at())).is_err());
    assert_eq!(verdict(&kept, &code, at()), ("unknown", "status_unavailable"));
    let later = kept.list(list(&keys, 0, Status::Invalid, at())).unwrap();
    assert!(later.latest && later.list == 0);
    let earlier = kept.list(list(&keys, 0, Status::Valid, at() - hours(1))).unwrap();
    assert!(!earlier.latest);
    assert_eq!(verdict(&kept, &code, at()).0, "revoked");
    // Another list says nothing about this place.
    kept.list(list(&keys, 1, Status::Valid, at())).unwrap();
    assert_eq!(verdict(&kept, &code, at()).0, "revoked");
    assert_eq!(kept.told(at()).lists.len(), 2);
    // Other keys, and the lists of those before are gone; no keys are worse than those that are kept.
    assert!(kept.keys(b"{}").is_err());
    assert_eq!(kept.told(at()).lists.len(), 2);
    kept.keys(&directory(&others, at())).unwrap();
    assert!(kept.told(at()).lists.is_empty());
    assert_eq!(verdict(&kept, &code, at()), ("not_genuine", "kid_unknown"));
}

#[test]
fn without_keys_nothing_is_said_and_a_number_says_nothing() {
    let keys = store(1);
    let mut kept = Kept::default();
    assert_eq!(verdict(&kept, &code(&keys), at()), ("unknown", "keys_unavailable"));
    assert!(kept.told(at()).stale);
    kept.keys(&directory(&keys, at())).unwrap();
    assert_eq!(kept.told(at()).issuer.as_deref(), Some("Sample Office"));
    assert!(kept.told(at()).demo && kept.told(at()).stale, "there is no list");
    let number = CertificateNumber::from_random("BC", 1).unwrap().to_string();
    assert_eq!(verdict(&kept, &number, at()), ("unknown", "status_unavailable"));
}

#[test]
fn a_question_that_is_none_is_told_and_no_answer() {
    let kept = Kept::default();
    for question in [
        "",
        "{}",
        r#"{"text":"x","now":"soon","on":null}"#,
        r#"{"text":"x","now":0,"on":null,"more":1}"#,
    ] {
        let answer: serde_json::Value = serde_json::from_str(&asked(&kept, question.as_bytes())).unwrap();
        assert!(answer["error"].is_string() && answer["verdict"].is_null(), "{answer}");
    }
}
