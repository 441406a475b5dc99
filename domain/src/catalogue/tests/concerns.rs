use std::fmt::Write as _;

use super::*;

fn service(code: &str) -> &'static Service {
    Catalogue::embedded().unwrap().get(code).unwrap()
}

fn sent(document: &str, digest: &str) -> Paper {
    Paper {
        document: document.into(),
        digest: digest.into(),
        media_type: "image/jpeg".into(),
        bytes: 1000,
        notes: vec![],
    }
}

/// What is found, as `code place,place`, or `check.catalogue/check`. Names are the same when they are written alike.
fn found(code: &str, pairs: &[(&str, Value)], papers: &[Paper]) -> Vec<String> {
    let answers = pairs
        .iter()
        .map(|(field, value)| ((*field).to_owned(), value.clone()))
        .collect();
    let same = |a: &Name, b: &Name| a.en.is_some() && a.en == b.en;
    let concerns = service(code).concerns(&answers, papers, TODAY, &same);
    let said = concerns.iter().map(|concern| {
        assert!(Concern::CODES.contains(&concern.code()));
        let mut said = concern.code().to_owned();
        match concern {
            Concern::Check(check) => write!(said, "/{}", check.code),
            other => write!(said, " {}", other.places().join(",")),
        }
        .unwrap();
        said
    });
    said.collect()
}

fn day(year: i16, month: i8, day: i8) -> Value {
    Value::Date(date(year, month, day))
}

#[test]
fn a_late_birth_weighs_the_more_the_later_it_is() {
    // 21, 22, 30, 31, 365, 366 days before 22 November 2026.
    for (born, expected) in [
        (day(2026, 11, 1), None),
        (day(2026, 10, 31), Some("late_fee")),
        (day(2026, 10, 23), Some("late_fee")),
        (day(2026, 10, 22), Some("late_permission")),
        (day(2025, 11, 22), Some("late_permission")),
        (day(2025, 11, 21), Some("late_order")),
    ] {
        let expected: Vec<String> = expected
            .iter()
            .map(|check| format!("check.catalogue/{check}"))
            .collect();
        assert_eq!(
            found("birth_certificate", &[("date_of_birth", born.clone())], &[]),
            expected
        );
        assert_eq!(found("death_certificate", &[("date_of_death", born)], &[]), expected);
    }
    // Who sends the order needs no word about it.
    let order = [sent("late_order", "1")];
    assert!(found("birth_certificate", &[("date_of_birth", day(2020, 1, 1))], &order).is_empty());
}

#[test]
fn an_age_is_counted_on_the_day_of_the_marriage() {
    let married = ("date_of_marriage", day(2026, 11, 1));
    for (husband, wife, expected) in [
        (day(2005, 11, 1), day(2008, 11, 1), vec![]),
        (
            day(2005, 11, 2),
            day(2008, 11, 1),
            vec!["check.catalogue/husband_under_21"],
        ),
        (
            day(2005, 11, 1),
            day(2008, 11, 2),
            vec!["check.catalogue/wife_under_18"],
        ),
    ] {
        let answers = [
            married.clone(),
            ("groom_date_of_birth", husband),
            ("bride_date_of_birth", wife),
        ];
        assert_eq!(found("marriage_registration", &answers, &[]), expected);
    }
}

#[test]
fn sums_are_compared() {
    let income = |yearly: i64| {
        [
            ("monthly_income", Value::Number(10_000)),
            ("others_monthly_income", Value::Number(5_000)),
            ("annual_income", Value::Number(yearly)),
        ]
    };
    assert!(found("income_certificate", &income(180_000), &[]).is_empty());
    assert_eq!(
        found("income_certificate", &income(179_999), &[]),
        ["check.catalogue/sums_differ"]
    );
}

#[test]
fn a_licence_that_ends_today_still_holds() {
    assert!(found("driving_licence_duplicate", &[("valid_until", day(2026, 11, 22))], &[]).is_empty());
    assert_eq!(
        found("driving_licence_duplicate", &[("valid_until", day(2026, 11, 21))], &[]),
        ["check.catalogue/licence_ended"]
    );
}

#[test]
fn a_figure_is_near_its_limit_within_a_twentieth() {
    // At most 1,00,000.
    for (income, expected) in [
        (94_999, None),
        (95_000, Some("check.near_limit annual_income")),
        (100_000, Some("check.near_limit annual_income")),
        (100_001, Some("check.rule annual_income")),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(
            found("old_age_pension", &[("annual_income", Value::Number(income))], &[]),
            expected
        );
    }
}

#[test]
fn who_is_too_young_hears_from_when() {
    let from = |born: Date| {
        let answers = [("date_of_birth".to_owned(), Value::Date(born))].into();
        let concerns = service("senior_citizen_card").concerns(&answers, &[], TODAY, &|_, _| false);
        match concerns.as_slice() {
            [Concern::Rule { from, .. }] => Some(*from),
            [] => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(from(date(1966, 11, 22)), None);
    assert_eq!(from(date(1966, 11, 23)), Some(Some(date(2026, 11, 23))));
    assert_eq!(from(date(1967, 11, 22)), Some(Some(date(2027, 11, 22))));
    assert_eq!(from(date(1967, 11, 23)), Some(None));
}

#[test]
fn nothing_happens_before_a_birth() {
    let since = |day| {
        [
            ("date_of_birth", Value::Date(date(2000, 5, 5))),
            ("in_delhi_since", day),
        ]
    };
    assert!(found("domicile_certificate", &since(day(2000, 5, 5)), &[]).is_empty());
    assert_eq!(
        found("domicile_certificate", &since(day(2000, 5, 4)), &[]),
        ["check.before_birth in_delhi_since,date_of_birth"]
    );
}

#[test]
fn two_people_have_two_names() {
    let both = |one: &str, other: &str| {
        [
            ("child_name", name(Some(one), Some("क"))),
            ("mother_name", name(Some(other), None)),
        ]
    };
    assert!(found("birth_certificate", &both("Asha", "Usha"), &[]).is_empty());
    assert_eq!(
        found("birth_certificate", &both("Asha", "Asha"), &[]),
        ["check.same_name child_name,mother_name"]
    );
    // A shop may be managed by whoever owns it.
    let owner = [
        ("occupier_name", name(Some("Asha"), Some("आशा"))),
        ("manager_name", name(Some("Asha"), Some("आशा"))),
    ];
    assert!(found("shop_establishment", &owner, &[]).is_empty());
}

#[test]
fn a_name_in_one_script_is_told_of_the_certificate_alone() {
    for (holder, expected) in [
        (name(Some("Asha"), Some("आशा")), vec![]),
        (name(Some("Asha"), None), vec!["check.one_script child_name"]),
        (name(None, Some("आशा")), vec!["check.one_script child_name"]),
    ] {
        let answers = [("child_name", holder), ("mother_name", name(None, Some("उषा")))];
        assert_eq!(found("birth_certificate", &answers, &[]), expected);
    }
}

#[test]
fn an_address_in_delhi_has_a_pin_of_delhi() {
    let at = |address: &str| found("income_certificate", &[("address", text(address))], &[]);
    for fine in [
        "House 1, Delhi 110001",
        "मकान 1, दिल्ली ११०००१",
        "Delhi-110 001",
        "no PIN, plot 12345",
        "plot 1220011",
    ] {
        assert!(at(fine).is_empty(), "{fine}");
    }
    for wrong in ["Sector 4, Gurugram 122001", "सेक्टर 4, गुरुग्राम १२२००१", "Noida 201 301"]
    {
        assert_eq!(at(wrong), ["check.outside_delhi address"], "{wrong}");
    }
    // Parents may live elsewhere.
    assert!(
        found(
            "birth_certificate",
            &[("parents_address", text("Gurugram 122001"))],
            &[]
        )
        .is_empty()
    );
}

#[test]
fn one_file_is_one_paper() {
    // A voter card shows who somebody is and where they live; no photograph does.
    assert!(
        found(
            "income_certificate",
            &[],
            &[sent("identity_proof", "1"), sent("address_proof", "1")]
        )
        .is_empty()
    );
    assert_eq!(
        found(
            "income_certificate",
            &[],
            &[sent("identity_proof", "1"), sent("photo", "1")]
        ),
        ["check.same_paper identity_proof,photo"]
    );
    assert!(
        found(
            "income_certificate",
            &[],
            &[sent("identity_proof", "1"), sent("photo", "2")]
        )
        .is_empty()
    );
}

#[test]
fn a_paper_that_is_no_longer_asked_for_is_named() {
    let situation = |code: &str| [("situation", Value::Choice(code.into()))];
    let decree = [sent("divorce_decree", "1")];
    assert!(found("widow_pension", &situation("divorced"), &decree).is_empty());
    assert_eq!(
        found("widow_pension", &situation("widowed"), &decree),
        ["check.needless_paper divorce_decree"]
    );
}

#[test]
fn the_gravest_comes_first() {
    let answers = [
        ("child_name", name(Some("Asha"), None)),
        ("mother_name", name(Some("Asha"), None)),
        ("date_of_birth", day(2020, 1, 1)),
    ];
    assert_eq!(
        found("birth_certificate", &answers, &[]),
        [
            "check.catalogue/late_order",
            "check.same_name child_name,mother_name",
            "check.one_script child_name"
        ]
    );
}

#[test]
fn the_same_is_the_same_person_with_the_same_day_and_number() {
    let birth = |child: &str, born: Option<Date>| {
        let mut answers = Answers::from([("child_name".to_owned(), name(Some(child), None))]);
        answers.extend(born.map(|born| ("date_of_birth".to_owned(), Value::Date(born))));
        service("birth_certificate").subject(&answers).unwrap()
    };
    let same = |a: &Name, b: &Name| a == b;
    let one = birth("Asha", Some(date(2026, 1, 1)));
    assert!(one.is(&birth("Asha", Some(date(2026, 1, 1))), &same));
    assert!(one.is(&birth("Asha", None), &same));
    assert!(!one.is(&birth("Asha", Some(date(2026, 1, 2))), &same));
    assert!(!one.is(&birth("Usha", Some(date(2026, 1, 1))), &same));
    assert!(!format!("{one:?}").contains("Asha"));
    let vehicle = |number: &str| {
        let answers = Answers::from([
            ("owner_name".to_owned(), name(Some("Asha"), None)),
            ("vehicle_number".to_owned(), text(number)),
        ]);
        service("vehicle_registration_copy").subject(&answers).unwrap()
    };
    assert!(vehicle("DL3CAB1234").is(&vehicle("dl 3c ab 1234"), &same));
    assert!(!vehicle("DL3CAB1234").is(&vehicle("DL3CAB1235"), &same));
    assert!(service("birth_certificate").subject(&Answers::new()).is_none());
}
