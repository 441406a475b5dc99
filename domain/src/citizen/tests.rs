use cqrs_es::test::TestFramework;

use super::*;
use crate::{
    AnyEvent, Language, Personal,
    example::{assert_once, at, citizen, freeze},
};

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Citizen> {
    TestFramework::with(()).given(events)
}

fn register(address: &str) -> Command {
    Command::Register {
        citizen: citizen(),
        address: address.into(),
        at: at(),
    }
}

fn choose(language: Language) -> Command {
    Command::ChooseLanguage { language, at: at() }
}

fn consent(notice: &str) -> Command {
    Command::GiveConsent {
        notice: notice.into(),
        language: Language::Hi,
        message: "wamid.1".into(),
        at: at(),
    }
}

fn registered() -> Event {
    Event::Registered {
        address: Personal::new(citizen(), "919000000000".into()),
        at: at(),
    }
}

fn chosen(language: Language) -> Event {
    Event::LanguageChosen { language, at: at() }
}

fn consented(notice: &str) -> Event {
    Event::ConsentGiven {
        notice: notice.into(),
        language: Language::Hi,
        message: "wamid.1".into(),
        at: at(),
    }
}

#[test]
fn is_met_once() {
    given(vec![])
        .when(register("919000000000"))
        .then_expect_events(vec![registered()]);
    given(vec![registered()])
        .when(register("919000000000"))
        .then_expect_events(vec![]);
}

#[test]
fn chooses_a_language_and_another() {
    given(vec![])
        .when(choose(Language::Hi))
        .then_expect_error(Error::Unknown);
    given(vec![registered()])
        .when(choose(Language::Hi))
        .then_expect_events(vec![chosen(Language::Hi)]);
    let before = vec![registered(), chosen(Language::Hi)];
    given(before.clone())
        .when(choose(Language::Hi))
        .then_expect_events(vec![]);
    given(before)
        .when(choose(Language::En))
        .then_expect_events(vec![chosen(Language::En)]);
}

#[test]
fn agrees_to_each_version_of_the_notice_once() {
    given(vec![]).when(consent("1")).then_expect_error(Error::Unknown);
    given(vec![registered()])
        .when(consent("1"))
        .then_expect_events(vec![consented("1")]);
    let before = vec![registered(), consented("1")];
    given(before.clone()).when(consent("1")).then_expect_events(vec![]);
    given(before)
        .when(consent("2"))
        .then_expect_events(vec![consented("2")]);
}

#[test]
fn nothing_has_a_second_effect() {
    let mut state = Citizen::default();
    for command in [
        choose(Language::Hi),
        register("a"),
        register("b"),
        choose(Language::Hi),
        choose(Language::En),
        consent("1"),
        consent("2"),
    ] {
        state = assert_once(&state, &command, Citizen::decide, Citizen::evolve);
    }
}

#[test]
fn errors_have_codes() {
    assert_eq!(Error::Unknown.code(), "citizen.unknown");
}

#[test]
fn the_stored_form_is_frozen() {
    freeze(
        "citizen",
        "citizen/snapshots",
        vec![
            ("registered", registered()),
            (
                "registered-erased",
                Event::Registered {
                    address: Personal::Erased { subject: citizen() },
                    at: at(),
                },
            ),
            ("language_chosen", chosen(Language::Hi)),
            ("consent_given", consented("2026-11-01")),
        ],
        AnyEvent::Citizen,
    );
}
