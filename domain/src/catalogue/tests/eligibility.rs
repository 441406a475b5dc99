use super::*;

const SAMPLE: &str = include_str!("../lint/sample.toml");

/// The codes of the rules that the sample's answers break.
fn broken(pairs: &[(&str, Value)]) -> Vec<String> {
    let catalogue = Catalogue::from_files([("sample", SAMPLE)]).unwrap();
    let answers = pairs
        .iter()
        .map(|(code, value)| ((*code).to_owned(), value.clone()))
        .collect();
    let problems = catalogue.get("sample").unwrap().eligibility_problems(&answers, TODAY);
    problems.iter().map(|rule| rule.code.clone()).collect()
}

#[test]
fn an_age_is_counted_on_the_day() {
    // 21 to 50 completed years on 22 November 2026.
    for (born, fits) in [
        (date(2005, 11, 22), true),
        (date(2005, 11, 23), false),
        (date(1975, 11, 23), true),
        (date(1975, 11, 22), false),
    ] {
        assert_eq!(broken(&[("born", Value::Date(born))]).is_empty(), fits, "{born}");
    }
}

#[test]
fn a_sum_is_compared_with_its_bound() {
    assert!(broken(&[("income", Value::Number(300_000))]).is_empty());
    assert_eq!(broken(&[("income", Value::Number(300_001))]), ["poor"]);
}

#[test]
fn a_choice_must_be_the_one() {
    assert!(broken(&[("way", Value::Choice("foot".into()))]).is_empty());
    assert_eq!(broken(&[("way", Value::Choice("bus".into()))]), ["by_bus"]);
}

#[test]
fn what_was_not_answered_and_what_only_an_officer_can_tell_break_nothing() {
    assert!(broken(&[]).is_empty());
    // Another kind of value than the field takes is the form's business.
    assert!(broken(&[("income", text("much"))]).is_empty());
}

#[test]
fn all_broken_rules_are_told_in_the_order_of_the_file() {
    let all = [
        ("way", Value::Choice("bus".into())),
        ("income", Value::Number(400_000)),
        ("born", Value::Date(date(2010, 1, 1))),
    ];
    assert_eq!(broken(&all), ["of_age", "poor", "by_bus"]);
    // They warn: the form itself is taken.
    let learner = Catalogue::embedded().unwrap().get("learner_licence").unwrap();
    assert!(!learner.eligibility.is_empty());
}

#[test]
fn a_rule_has_one_test_or_none() {
    for (from, to) in [
        ("field = \"income\"\nmax = 300000", "field = \"income\""),
        ("field = \"income\"\nmax = 300000", "max = 300000"),
        (
            "field = \"income\"\nmax = 300000",
            "field = \"income\"\nmax = 300000\nequals = \"yes\"",
        ),
        (
            "field = \"income\"\nmax = 300000",
            "field = \"income\"\nmax = 300000\nmax_age = 40",
        ),
    ] {
        assert!(SAMPLE.contains(from));
        let text = SAMPLE.replacen(from, to, 1);
        assert!(Catalogue::from_files([("sample", text.as_str())]).is_err(), "{to}");
    }
}
