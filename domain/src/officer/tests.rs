use cqrs_es::test::TestFramework;

use super::*;
use crate::{
    AnyEvent, Bilingual,
    example::{assert_once, at, freeze},
};

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Officer> {
    TestFramework::with(()).given(events)
}

fn name() -> Bilingual {
    Bilingual::new("Sample Officer", "नमूना अधिकारी")
}

fn appoint(roles: &[&str], office: &str) -> Command {
    Command::Appoint {
        name: name(),
        designation: Bilingual::new("Sub-registrar", "उप-रजिस्ट्रार"),
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        office: Bilingual::new(office, "कार्यालय"),
        at: at(),
    }
}

fn appointed(roles: &[&str], office: &str) -> Event {
    Event::Appointed {
        name: name(),
        designation: Bilingual::new("Sub-registrar", "उप-रजिस्ट्रार"),
        roles: roles.iter().map(|r| (*r).to_owned()).collect(),
        office: Bilingual::new(office, "कार्यालय"),
        at: at(),
    }
}

const RELIEVE: fn() -> Command = || Command::Relieve { at: at() };

#[test]
fn is_appointed_once() {
    given(vec![])
        .when(appoint(&["sub_registrar"], "North"))
        .then_expect_events(vec![appointed(&["sub_registrar"], "North")]);
    given(vec![appointed(&["sub_registrar"], "North")])
        .when(appoint(&["sub_registrar"], "North"))
        .then_expect_events(vec![]);
}

// An answer of "already so" to a transfer would leave the old office printed on what they sign.
#[test]
fn is_relieved_before_any_other_appointment() {
    for other in [appoint(&["registrar"], "North"), appoint(&["sub_registrar"], "South")] {
        given(vec![appointed(&["sub_registrar"], "North")])
            .when(other)
            .then_expect_error(Error::InOffice);
    }
    given(vec![
        appointed(&["sub_registrar"], "North"),
        Event::Relieved { at: at() },
    ])
    .when(appoint(&["registrar"], "South"))
    .then_expect_events(vec![appointed(&["registrar"], "South")]);
}

#[test]
fn has_a_role() {
    for none in [&[][..], &["", " "][..]] {
        given(vec![])
            .when(appoint(none, "North"))
            .then_expect_error(Error::NoRole);
    }
}

#[test]
fn is_relieved_once() {
    given(vec![]).when(RELIEVE()).then_expect_error(Error::Unknown);
    let before = vec![appointed(&["registrar"], "North")];
    given(before.clone())
        .when(RELIEVE())
        .then_expect_events(vec![Event::Relieved { at: at() }]);
    given(before)
        .and(vec![Event::Relieved { at: at() }])
        .when(RELIEVE())
        .then_expect_events(vec![]);
}

#[test]
fn nothing_has_a_second_effect() {
    let mut state = Officer::default();
    for command in [
        RELIEVE(),
        appoint(&[], "North"),
        appoint(&["registrar"], "North"),
        appoint(&["sub_registrar"], "North"),
        RELIEVE(),
        appoint(&["sub_registrar"], "North"),
    ] {
        state = assert_once(&state, &command, Officer::decide, Officer::evolve);
    }
}

#[test]
fn errors_have_codes() {
    let codes = [Error::Unknown, Error::InOffice, Error::NoRole].map(|e| e.code());
    assert_eq!(codes, ["officer.unknown", "officer.in_office", "officer.no_role"]);
}

#[test]
fn the_stored_form_is_frozen() {
    freeze(
        "officer",
        "officer/snapshots",
        vec![
            ("appointed", appointed(&["sub_registrar", "registrar"], "North")),
            ("relieved", Event::Relieved { at: at() }),
        ],
        AnyEvent::Officer,
    );
}
