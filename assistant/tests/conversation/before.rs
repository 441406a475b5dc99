//! Before a form is handed in: what an officer would stop at, and the same once more.

use domain::Language;

use crate::harness::Person;

fn at_the_end(language: Language, answers: &[(&str, &str)]) -> Person {
    let mut person = Person::known(language);
    person.says("birth certificate");
    person.fills_in_with(language, answers);
    person
}

#[test]
fn what_an_officer_would_stop_at_stands_beside_the_answers_and_hinders_nothing() {
    for (language, same, submit) in [
        (Language::En, "The same name stands under", "Submit"),
        (Language::Hi, "एक ही नाम लिखा है", "जमा करें"),
    ] {
        // The mother in another script: it is the name that counts.
        let mut person = at_the_end(language, &[("child_name", "Neha Sharma"), ("mother_name", "नेहा शर्मा")]);
        assert!(person.body().contains(same), "{}", person.body());
        person.taps(submit);
        assert!(person.submitted().is_some(), "{}", person.transcript);
        let person = at_the_end(language, &[]);
        assert!(!person.body().contains(same), "{}", person.body());
    }
}

#[test]
fn the_doubtful_answers_are_marked_where_one_is_chosen_to_change() {
    let mut person = at_the_end(
        Language::En,
        &[("child_name", "Neha Sharma"), ("mother_name", "Neha Sharma")],
    );
    person.taps("Change");
    let marked: Vec<String> = person
        .titles()
        .into_iter()
        .filter(|title| title.contains('⚠'))
        .collect();
    assert_eq!(marked, ["1. ⚠ Name of the child", "6. ⚠ Name of the mother"]);
}

#[test]
fn the_same_once_more_is_noticed_and_may_be_handed_in_all_the_same() {
    for (language, submit, anyway, status) in [
        (Language::En, "Submit", "Submit anyway", "See its status"),
        (Language::Hi, "जमा करें", "फिर भी जमा करें", "उसकी स्थिति देखें"),
    ] {
        let mut person = at_the_end(language, &[("child_name", "Aarav Sharma")]);
        person.taps(submit);
        assert!(person.submitted().is_some());
        // The same child in the other script.
        for last in [status, anyway] {
            person.says("birth certificate");
            if person.mode() != "form" {
                let resume = person.titles()[0].clone();
                person.taps(&resume);
            }
            if person.mode() == "form" {
                person.fills_in_with(language, &[("child_name", "आरव शर्मा")]);
            }
            person.taps(submit);
            assert!(person.submitted().is_none(), "{}", person.transcript);
            assert!(person.body().contains("APP-2026-000001"), "{}", person.body());
            assert_eq!(person.awaiting().as_deref(), Some("duplicate"));
            person.taps(last);
            assert_eq!(person.submitted().is_some(), last == anyway, "{}", person.transcript);
            assert!(person.body().contains("APP-2026-00000"), "{}", person.body());
        }
    }
}

#[test]
fn another_child_or_a_withdrawn_application_is_no_duplicate() {
    let mut person = at_the_end(Language::En, &[]);
    person.taps("Submit");
    person.says("birth certificate");
    person.fills_in_with(Language::En, &[("child_name", "Kavya Sharma / काव्या शर्मा")]);
    person.taps("Submit");
    assert!(person.submitted().is_some(), "{}", person.transcript);

    let number = person.applications[0].number.clone();
    person.set(&number, assistant::conversation::ApplicationState::Withdrawn);
    person.says("birth certificate");
    person.fills_in(Language::En);
    person.taps("Submit");
    assert!(person.submitted().is_some(), "{}", person.transcript);
}

#[test]
fn a_duplicate_that_is_not_handed_in_is_kept() {
    let mut person = at_the_end(Language::En, &[]);
    person.taps("Submit");
    person.says("birth certificate");
    person.fills_in(Language::En);
    person.taps("Submit").says("no");
    assert!(person.submitted().is_none());
    assert_eq!(person.conversation.drafts().collect::<Vec<_>>(), ["birth_certificate"]);
}
