//! The record: its bytes are frozen, it reads back, and nothing in it can change without its digest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use certificates::{
    Printed, RECORD_BYTES_MAX, Record, RecordError, RecordField, cbor::Value, read_attachment, record_attachment,
    record_digest,
};
use domain::{Bilingual, CertificateNumber};
use proptest::prelude::*;

fn printed(en: &str, hi: &str) -> Printed {
    Printed {
        en: Some(en.to_owned()),
        hi: Some(hi.to_owned()),
    }
}

fn record() -> Record {
    Record {
        number: CertificateNumber::from_random("BC", 42).unwrap(),
        service: "birth_certificate".to_owned(),
        title: Bilingual::new("Birth certificate", "जन्म प्रमाण पत्र"),
        statement: Bilingual::new("This is to certify the following.", "यह प्रमाणित किया जाता है।"),
        name: printed("Example Child", "उदाहरण बच्चा"),
        guardian: Some(Printed {
            en: Some("Example Parent".to_owned()),
            hi: None,
        }),
        born: Some("2026-02-28".parse().unwrap()),
        particular: None,
        fields: vec![
            RecordField {
                code: "place".to_owned(),
                label: Bilingual::new("Place of birth", "जन्म स्थान"),
                value: Printed {
                    en: None,
                    hi: Some("दिल्ली".to_owned()),
                },
            },
            RecordField {
                code: "sex".to_owned(),
                label: Bilingual::new("Sex", "लिंग"),
                value: printed("Female", "महिला"),
            },
        ],
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: None,
        issuer: Bilingual::new("Sample Municipal Corporation", "नमूना नगर निगम"),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        officer: Bilingual::new("Sub-Registrar", "उप-रजिस्ट्रार"),
        layout: "certificate/1".to_owned(),
        demo: true,
    }
}

#[test]
fn the_bytes_are_frozen() {
    let bytes = record().encode().unwrap();
    insta::assert_snapshot!("record_cbor", data_encoding::HEXLOWER.encode(&bytes));
    insta::assert_snapshot!(
        "record_digest",
        data_encoding::HEXLOWER.encode(&record_digest(&bytes, &[7; 16]))
    );
    assert_eq!(Record::decode(&bytes).unwrap(), record());
}

#[test]
fn record_and_salt_come_out_of_the_attachment_as_they_went_in() {
    let bytes = record().encode().unwrap();
    let attachment = record_attachment(&bytes, &[7; 16]);
    assert_eq!(read_attachment(&attachment).unwrap(), (bytes.clone(), vec![7; 16]));
    for length in 0..attachment.len() {
        assert!(read_attachment(&attachment[..length]).is_err(), "cut at {length}");
    }
    for salt in [&[7; 15][..], &[7; 17]] {
        let attachment = record_attachment(&bytes, salt);
        assert_eq!(read_attachment(&attachment), Err(RecordError::Part("attachment")));
    }
}

#[test]
fn one_byte_more_than_the_limit_is_too_long() {
    let mut long = record();
    long.statement.en.clear();
    let rest = RECORD_BYTES_MAX - long.encode().unwrap().len();
    // A text of this length has a head of three bytes instead of one.
    long.statement.en = "x".repeat(rest - 2);
    let bytes = long.encode().unwrap();
    assert_eq!(bytes.len(), RECORD_BYTES_MAX);
    assert_eq!(Record::decode(&bytes).unwrap(), long);
    long.statement.en.push('x');
    assert_eq!(long.encode(), Err(RecordError::TooLong));
    assert_eq!(
        Record::decode(&vec![0; RECORD_BYTES_MAX + 1]),
        Err(RecordError::TooLong)
    );
}

#[test]
fn parts_of_the_wrong_kind_are_refused() {
    let Value::Map(pairs) = Value::decode(&record().encode().unwrap()).unwrap() else {
        panic!()
    };
    for index in 0..pairs.len() {
        let mut wrong = pairs.clone();
        wrong[index].1 = Value::Bytes(vec![1]);
        let refused = Record::decode(&Value::Map(wrong).encode());
        assert!(matches!(refused, Err(RecordError::Part(_))), "key {:?}", pairs[index].0);
    }
    // A date with a time reads as a date elsewhere; here it is not the one way to write it.
    let mut wrong = pairs;
    let day = wrong.iter_mut().find(|(key, _)| *key == Value::Int(11)).unwrap();
    day.1 = Value::text("2026-11-22T00:00:00");
    assert_eq!(
        Record::decode(&Value::Map(wrong).encode()),
        Err(RecordError::Part("day of issue"))
    );
}

proptest! {
    #[test]
    fn any_texts_read_back(en in ".{0,60}", hi in proptest::option::of("\\PC{0,60}"), days in proptest::option::of(0_i64..90_000)) {
        let mut any = record();
        any.name = Printed { en: Some(en.clone()), hi: hi.clone() };
        any.particular = hi.clone().map(|hi| Printed { en: None, hi: Some(hi) });
        any.title.en = en;
        any.expires_on = days.map(|days| any.issued_on.saturating_add(jiff::Span::new().days(days)));
        let bytes = any.encode().unwrap();
        prop_assert_eq!(Record::decode(&bytes).unwrap(), any);
    }

    #[test]
    fn a_flipped_bit_changes_the_digest(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let bytes = record().encode().unwrap();
        let mut other = bytes.clone();
        other[place.index(bytes.len())] ^= 1 << bit;
        prop_assert_ne!(record_digest(&other, &[7; 16]), record_digest(&bytes, &[7; 16]));
        if let Ok(read) = Record::decode(&other) {
            prop_assert_ne!(read, record());
        }
    }
}
