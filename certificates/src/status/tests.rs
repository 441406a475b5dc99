use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use keys::{Compromise, KeyStore, PublicKeyEntry, SeededEntropy};
use proptest::prelude::*;

use super::{bits::inflated, *};
use crate::cose::to_be_signed;

fn store(seed: u64) -> KeyStore {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-11-01T06:00:00Z".parse().unwrap();
    let entropy = SeededEntropy::new(seed);
    KeyStore::create(&folder.path().join("keys"), "x", &entropy, true, now, "Sample").unwrap()
}

fn at() -> Timestamp {
    "2026-11-22T04:30:00Z".parse().unwrap()
}

fn some() -> Statuses {
    let mut statuses = Statuses::default();
    for (place, status) in [
        (0, Status::Invalid),
        (1993, Status::Suspended),
        (159_495, Status::Superseded),
        (PLACES - 1, Status::Invalid),
    ] {
        statuses.set(place, status);
    }
    statuses
}

fn signed(list: u64, keys: &KeyStore) -> Vec<u8> {
    let signer = keys.signer(Purpose::Status).unwrap();
    StatusList::sign(list, "verify.example", &some(), at(), &*signer).unwrap()
}

#[test]
fn what_is_signed_is_read() {
    let keys = store(7);
    let list = StatusList::open(&signed(3, &keys), keys.directory()).unwrap();
    assert_eq!((list.list(), list.issued_at()), (3, at()));
    assert_eq!(list.expires_at(), at() + LIFETIME);
    assert_eq!(list.key_id(), keys.signer(Purpose::Status).unwrap().key_id());
    let first = 3 * PLACES;
    assert_eq!(list.status_of(first), Some(Status::Invalid));
    assert_eq!(list.status_of(first + 1), Some(Status::Valid));
    assert_eq!(list.status_of(first + 1993), Some(Status::Suspended));
    assert_eq!(list.status_of(first + 159_495), Some(Status::Superseded));
    assert_eq!(list.status_of(first + PLACES - 1), Some(Status::Invalid));
    // The neighbours' places are not this list's to tell.
    assert_eq!(list.status_of(first - 1), None);
    assert_eq!(list.status_of(first + PLACES), None);
    assert_eq!(list.status_of(u64::MAX), None);
}

#[test]
fn the_signed_form_is_frozen() {
    let bytes = signed(3, &store(7));
    assert_eq!(bytes, signed(3, &store(7)), "the same bytes for the same list");
    insta::assert_snapshot!("list", HEXLOWER.encode(&bytes));
}

// draft-ietf-oauth-status-list, section 4.1: twelve places of two bits, and their compressed form.
#[test]
fn the_bits_are_the_drafts() {
    let mut statuses = Statuses::default();
    for (place, bits) in [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3].into_iter().enumerate() {
        let status = [Status::Valid, Status::Invalid, Status::Suspended, Status::Superseded][bits];
        statuses.set(u64::try_from(place).unwrap(), status);
    }
    let all = inflated(&statuses.deflated(), 1 << 18).unwrap();
    assert_eq!(all[..4], [0xC9, 0x44, 0xF9, 0]);
    let packed = BASE64URL_NOPAD.decode(b"eNo76fITAAPfAgc").unwrap();
    assert_eq!(inflated(&packed, 16).unwrap(), [0xC9, 0x44, 0xF9]);
}

// draft-ietf-oauth-status-list, appendix "Test vectors for Status List encoding", two bits.
#[test]
fn the_drafts_list_of_a_million_places_is_read() {
    let packed: String = include_str!("draft-2-bits.txt").split_whitespace().collect();
    let packed = BASE64URL_NOPAD.decode(packed.as_bytes()).unwrap();
    let statuses = Statuses::inflate(&packed).unwrap();
    let told = [
        (0, Status::Invalid),
        (1993, Status::Suspended),
        (25_460, Status::Invalid),
        (159_495, Status::Superseded),
        (495_669, Status::Invalid),
        (554_353, Status::Invalid),
        (645_645, Status::Suspended),
        (723_232, Status::Invalid),
        (854_545, Status::Invalid),
        (934_534, Status::Suspended),
        (1_000_345, Status::Superseded),
    ];
    let mut ours = Statuses::default();
    for (place, status) in told {
        assert_eq!(statuses.get(place), Some(status), "{place}");
        ours.set(place, status);
    }
    assert_eq!(statuses, ours, "all other places are valid");
    assert_eq!(Statuses::inflate(&ours.deflated()), Some(ours));
}

// The example token of the draft: another algorithm, another width, its key outside the signature. It is refused for its form.
#[test]
fn a_list_that_is_not_written_as_ours_is_refused() {
    let token = "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a502782168747470733a\
                 2f2f6578616d706c652e636f6d2f7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19a8c019fffda264626974\
                 7301636c73744a78dadbb918000217015d584027d5535dfe0a33291cc9bfb41053ad2493c49d1ee4635e12548a79bac92916845fee\
                 76799c42762f928441c5c344e3612381e0cf88f2f160b3e1f97728ec8403";
    let token = HEXLOWER.decode(token.as_bytes()).unwrap();
    assert_eq!(
        StatusList::open(&token, store(7).directory()),
        Err(StatusListError::Part("structure"))
    );
}

#[test]
fn no_changed_byte_is_accepted() {
    let keys = store(7);
    let bytes = signed(3, &keys);
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            assert!(
                StatusList::open(&changed, keys.directory()).is_err(),
                "byte {place}, bit {bit}"
            );
        }
    }
    for length in 0..bytes.len() {
        assert!(StatusList::open(&bytes[..length], keys.directory()).is_err());
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(StatusList::open(&longer, keys.directory()).is_err());
}

#[test]
fn only_a_key_for_lists_signs_one_and_only_while_it_is_in_use() {
    let (keys, others) = (store(7), store(8));
    let list = signed(3, &keys);
    assert!(matches!(
        StatusList::open(&list, others.directory()),
        Err(StatusListError::Signature(VerifyError::UnknownKey { .. }))
    ));
    for purpose in [Purpose::Credential, Purpose::Checkpoint, Purpose::Pdf, Purpose::Witness] {
        let signer = keys.signer(purpose).unwrap();
        assert_eq!(
            StatusList::sign(3, "verify.example", &some(), at(), &*signer),
            Err(StatusListError::Signer),
            "{purpose}"
        );
    }
    let with_period = |not_before: Timestamp, not_after: Option<Timestamp>| {
        let entries = keys.directory().keys().iter().map(|entry| PublicKeyEntry {
            not_before,
            not_after,
            ..entry.clone()
        });
        KeyDirectory::try_new("Sample".into(), entries.collect(), vec![], vec![]).unwrap()
    };
    let second = SignedDuration::from_secs(1);
    assert!(StatusList::open(&list, &with_period(at(), Some(at() + second))).is_ok());
    let within = SignedDuration::from_nanos(999_999_999);
    assert!(StatusList::open(&list, &with_period(at() + within, None)).is_ok());
    for directory in [with_period(at() + second, None), with_period(at() - second, Some(at()))] {
        assert!(matches!(
            StatusList::open(&list, &directory),
            Err(StatusListError::Signature(VerifyError::OutsidePeriod { .. }))
        ));
    }
    // A thief dates lists as he likes: whatever a stolen key has signed, it says nothing.
    let stolen = keys.directory().keys().iter().map(|entry| PublicKeyEntry {
        compromised: Some(Compromise {
            since: at() + second,
            last_good_position: u64::MAX,
        }),
        ..entry.clone()
    });
    let stolen = KeyDirectory::try_new("Sample".into(), stolen.collect(), vec![], vec![]).unwrap();
    assert!(matches!(
        StatusList::open(&list, &stolen),
        Err(StatusListError::Signature(VerifyError::Compromised { .. }))
    ));
}

/// A list whose claims are somebody else's idea, correctly signed.
fn with_claims(keys: &KeyStore, change: impl Fn(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let Value::Tag(18, sign1) = Value::decode(&signed(3, keys)).unwrap() else {
        unreachable!()
    };
    let Value::Array(mut parts) = *sign1 else {
        unreachable!()
    };
    let (head, payload) = (parts[0].as_bytes().unwrap().to_vec(), parts[2].as_bytes().unwrap());
    let Value::Map(mut claims) = Value::decode(payload).unwrap() else {
        unreachable!()
    };
    change(&mut claims);
    let payload = Value::Map(claims).encode();
    let signer = keys.signer(Purpose::Status).unwrap();
    parts[3] = Value::Bytes(signer.sign(&to_be_signed(&head, &payload)).unwrap());
    parts[2] = Value::Bytes(payload);
    Value::Tag(18, Box::new(Value::Array(parts))).encode()
}

fn with_claim(keys: &KeyStore, key: i64, value: Value) -> Result<StatusList, StatusListError> {
    let list = with_claims(keys, |claims| {
        for (held, claim) in claims.iter_mut() {
            if *held == Value::Int(key) {
                *claim = value.clone();
            }
        }
    });
    StatusList::open(&list, keys.directory())
}

fn packed(lst: Vec<u8>) -> Value {
    Value::Map(vec![
        (Value::text("bits"), Value::Int(2)),
        (Value::text("lst"), Value::Bytes(lst)),
    ])
}

#[test]
fn a_signed_list_is_still_looked_at() {
    let keys = store(7);
    let uri = |text: &str| with_claim(&keys, SUB, Value::text(text));
    assert!(uri("https://verify.example/status/18446744073709551615").is_ok());
    for wrong in [
        "https://verify.example/status/03",
        "https://verify.example/status/+3",
        "https://verify.example/status/",
        "https://verify.example/status/3/",
        "https://verify.example/status/18446744073709551616",
        "http://verify.example/status/3",
        "https://verify.example/3",
        &format!("https://{}/status/3", "a".repeat(512)),
    ] {
        assert_eq!(uri(wrong), Err(StatusListError::Part("address")), "{wrong}");
    }
    let issued = at().as_second();
    assert!(with_claim(&keys, EXP, Value::Int(issued + 1)).is_ok());
    assert_eq!(
        with_claim(&keys, EXP, Value::Int(issued)),
        Err(StatusListError::Part("end"))
    );
    let four = Value::Map(vec![
        (Value::text("bits"), Value::Int(4)),
        (Value::text("lst"), Value::Bytes(some().deflated())),
    ]);
    assert_eq!(
        with_claim(&keys, STATUS_LIST, four),
        Err(StatusListError::Part("width"))
    );
    assert!(with_claim(&keys, STATUS_LIST, packed(some().deflated())).is_ok());
}

#[test]
fn bits_are_unpacked_to_as_many_as_there_are_places_and_no_further() {
    let keys = store(7);
    let zlib = |length: usize| {
        use std::io::Write as _;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; length]).unwrap();
        encoder.finish().unwrap()
    };
    let open = |lst: Vec<u8>| with_claim(&keys, STATUS_LIST, packed(lst));
    assert!(open(zlib(1 << 18)).is_ok());
    // Many times as much as a list, and packed no longer than one.
    let bomb = zlib(64 << 20);
    assert!(bomb.len() < LIST_BYTES_MAX, "{}", bomb.len());
    for wrong in [
        vec![],
        zlib(0),
        zlib((1 << 18) - 1),
        zlib((1 << 18) + 1),
        bomb,
        [zlib(1 << 18), vec![0]].concat(),
        zlib(1 << 18).split_last().unwrap().1.to_vec(),
    ] {
        assert_eq!(open(wrong), Err(StatusListError::Bits));
    }
    let mut damaged = zlib(1 << 18);
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(open(damaged), Err(StatusListError::Bits), "the checksum does not fit");
}

#[test]
fn more_bytes_than_a_list_has_are_not_looked_at() {
    let keys = store(7);
    assert_eq!(
        StatusList::open(&vec![0; LIST_BYTES_MAX + 1], keys.directory()),
        Err(StatusListError::TooLong)
    );
    assert_eq!(
        StatusList::open(&vec![0; LIST_BYTES_MAX], keys.directory()),
        Err(StatusListError::Cbor(CborError::Trailing))
    );
    // Every place different from its neighbour by chance: the worst that a list of ours can be.
    let mut statuses = Statuses::default();
    let mut state = 1_u64;
    for place in 0..PLACES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let status = [Status::Valid, Status::Invalid, Status::Suspended, Status::Superseded];
        statuses.set(place, status[usize::try_from(state >> 62).unwrap()]);
    }
    let signer = keys.signer(Purpose::Status).unwrap();
    let host = "a".repeat(253);
    let worst = StatusList::sign(u64::MAX / PLACES, &host, &statuses, at(), &*signer).unwrap();
    assert!(
        worst.len() > 1 << 18 && worst.len() <= LIST_BYTES_MAX,
        "{}",
        worst.len()
    );
    assert!(StatusList::open(&worst, keys.directory()).is_ok());
}

fn answered(list: &StatusList, index: u64, now: Timestamp) -> Option<(State, Timestamp)> {
    answered_of(list, index, "2026-11-22", now)
}

fn answered_of(list: &StatusList, index: u64, day: &str, now: Timestamp) -> Option<(State, Timestamp)> {
    match list.answer(Some(index), day.parse().unwrap(), now) {
        StatusAnswer::Known(standing) => Some((standing.state, standing.as_of)),
        StatusAnswer::Unavailable => None,
        StatusAnswer::NoSuchCertificate => panic!("a list knows of no absence"),
    }
}

#[test]
fn a_list_answers_with_its_age_and_after_its_end_with_what_is_final_alone() {
    let keys = store(7);
    let list = StatusList::open(&signed(3, &keys), keys.directory()).unwrap();
    let first = 3 * PLACES;
    let (since, until, reason, by) = (None, None, None, None);
    let revoked = State::Revoked { since, reason };
    let superseded = State::Superseded { since, by };
    let suspended = State::Suspended { since, until };
    let last = at() + LIFETIME - SignedDuration::from_nanos(1);
    for now in [at(), last] {
        assert_eq!(answered(&list, first, now), Some((revoked.clone(), at())));
        assert_eq!(answered(&list, first + 1, now), Some((State::Active, at())));
        assert_eq!(answered(&list, first + 1993, now), Some((suspended.clone(), at())));
        assert_eq!(answered(&list, first + 159_495, now), Some((superseded.clone(), at())));
        assert_eq!(answered(&list, first - 1, now), None, "in another list");
    }
    let over = at() + LIFETIME;
    assert_eq!(answered(&list, first, over), Some((revoked, at())));
    assert_eq!(answered(&list, first + 159_495, over), Some((superseded, at())));
    for open in [first + 1, first + 1993] {
        assert_eq!(answered(&list, open, over), None);
        // A certificate of the day after: the list was signed before there was anything to say of it.
        assert_eq!(answered_of(&list, open, "2026-11-23", at()), None);
    }
    assert!(answered_of(&list, first, "2026-11-23", at()).is_some(), "what is final");
    let none = list.answer(None, "2026-11-22".parse().unwrap(), at());
    assert_eq!(none, StatusAnswer::Unavailable, "a certificate without an index");
}

proptest! {
    #[test]
    fn a_place_is_what_was_written_there(writes in proptest::collection::vec((0..PLACES, 0_usize..4), 0..40)) {
        let all = [Status::Valid, Status::Invalid, Status::Suspended, Status::Superseded];
        let mut statuses = Statuses::default();
        let mut expected = std::collections::BTreeMap::new();
        for (place, status) in writes {
            statuses.set(place, all[status]);
            expected.insert(place, all[status]);
        }
        for (place, status) in &expected {
            prop_assert_eq!(statuses.get(*place), Some(*status));
        }
        statuses.set(PLACES, Status::Invalid);
        prop_assert_eq!(statuses.get(PLACES), None);
        prop_assert_eq!(statuses.get(u64::MAX), None);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(inflated(&bytes, 64).is_none_or(|out| out.len() <= 64));
    }
}
