use super::*;

fn shows(kind: FieldKind, value: &Value, en: Option<&str>, hi: Option<&str>) {
    let printed = field(kind).printed(value);
    assert_eq!((printed.en.as_deref(), printed.hi.as_deref()), (en, hi), "{value:?}");
}

#[test]
fn what_was_written_in_one_script_is_not_invented_in_the_other() {
    shows(FieldKind::Name, &name(Some("Asha"), None), Some("Asha"), None);
    shows(FieldKind::Name, &name(None, Some("आशा")), None, Some("आशा"));
    shows(FieldKind::Address, &text("Delhi"), Some("Delhi"), None);
    shows(FieldKind::Address, &text("दिल्ली 110001"), None, Some("दिल्ली 110001"));
    assert_eq!(
        Name {
            en: Some("Asha".into()),
            hi: Some("आशा".into())
        }
        .any(),
        "Asha"
    );
    assert_eq!(
        Name {
            en: None,
            hi: Some("आशा".into())
        }
        .any(),
        "आशा"
    );
}

#[test]
fn what_has_words_in_both_languages_is_shown_in_both() {
    shows(
        FieldKind::Choice { options: options() },
        &Value::Choice("bus".into()),
        Some("By bus"),
        Some("बस से"),
    );
    shows(
        FieldKind::Choices { options: options() },
        &Value::Choices(vec!["foot".into(), "bus".into()]),
        Some("On foot, By bus"),
        Some("पैदल, बस से"),
    );
    shows(FieldKind::YesNo, &Value::Yes(true), Some("Yes"), Some("हाँ"));
    shows(FieldKind::YesNo, &Value::Yes(false), Some("No"), Some("नहीं"));
    shows(
        FieldKind::Date {
            past: false,
            min_age: None,
            max_age: None,
        },
        &Value::Date(date(2026, 12, 1)),
        Some("1 December 2026"),
        Some("1 दिसंबर 2026"),
    );
    shows(FieldKind::Pin, &text("110001"), Some("110001"), Some("110001"));
    shows(
        FieldKind::Number { min: 0, max: 99_999 },
        &Value::Number(12_345),
        Some("12345"),
        Some("12345"),
    );
}

#[test]
fn rupees_are_grouped_in_lakhs() {
    for (n, shown) in [
        (0, "₹ 0"),
        (999, "₹ 999"),
        (1_000, "₹ 1,000"),
        (99_999, "₹ 99,999"),
        (100_000, "₹ 1,00,000"),
        (1_234_567, "₹ 12,34,567"),
        (12_345_678, "₹ 1,23,45,678"),
        (-1_234_567, "₹ -12,34,567"),
        (i64::MIN, "₹ -92,23,37,20,36,85,47,75,808"),
    ] {
        shows(FieldKind::Money { max: 0 }, &Value::Number(n), Some(shown), Some(shown));
    }
}
