use cqrs_es::test::TestFramework;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    AnyEvent,
    example::{assert_once, at, freeze},
};

fn minute(minutes: i64) -> Timestamp {
    at() + SignedDuration::from_mins(minutes)
}

fn made(minutes: i64, token: Option<&str>) -> Event {
    Event::KeyMade {
        key: "0a1b2c3d".into(),
        purpose: "credential".into(),
        algorithm: "ed25519".into(),
        digest: "ab".repeat(32),
        token: token.map(str::to_owned),
        not_before: at(),
        at: minute(minutes),
    }
}

fn step(minutes: i64) -> Event {
    Event::Step {
        what: Deed::FileWritten,
        at: minute(minutes),
    }
}

fn record(present: &[&str], done: Vec<Event>, page: &str) -> Command {
    Command::Record {
        issuer: "Sample Office".into(),
        present: present.iter().map(|name| (*name).to_owned()).collect(),
        begun_at: minute(0),
        done,
        page_digest: page.repeat(32),
        ended_at: minute(9),
    }
}

const BOTH: [&str; 2] = ["Registrar", "Auditor"];

fn recorded() -> Vec<Event> {
    vec![
        Event::Begun {
            issuer: "Sample Office".into(),
            present: BOTH.map(str::to_owned).to_vec(),
            at: minute(0),
        },
        made(1, None),
        step(2),
        Event::Ended {
            page_digest: "cd".repeat(32),
            at: minute(9),
        },
    ]
}

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<KeyCeremony> {
    TestFramework::with(()).given(events)
}

#[test]
fn is_recorded_whole_and_once() {
    let command = || record(&BOTH, vec![made(1, None), step(2)], "cd");
    given(vec![]).when(command()).then_expect_events(recorded());
    given(recorded()).when(command()).then_expect_events(vec![]);
    given(recorded())
        .when(record(&BOTH, vec![made(1, None)], "ef"))
        .then_expect_error(Error::Other);
    // A record that broke off in the middle cannot be: all of it is stored at once.
    assert_once(
        &KeyCeremony::default(),
        &command(),
        KeyCeremony::decide,
        KeyCeremony::evolve,
    );
}

#[test]
fn nobody_is_alone_with_the_keys() {
    for present in [
        &[][..],
        &["Registrar"],
        &["Registrar", " Registrar"],
        &["Registrar", " "],
    ] {
        given(vec![])
            .when(record(present, vec![made(1, None)], "cd"))
            .then_expect_error(Error::Alone);
    }
}

#[test]
fn keys_are_made_between_beginning_and_end() {
    given(vec![])
        .when(record(&BOTH, vec![step(1)], "cd"))
        .then_expect_error(Error::NoKey);
    for done in [
        vec![made(-1, None)],
        vec![made(10, None)],
        vec![made(3, None), step(2)],
        vec![made(1, None), recorded().remove(3)],
    ] {
        given(vec![])
            .when(record(&BOTH, done, "cd"))
            .then_expect_error(Error::Steps);
    }
    let edges = vec![made(0, None), step(9)];
    assert!(KeyCeremony::default().decide(record(&BOTH, edges, "cd")).is_ok());
}

#[test]
fn errors_have_codes() {
    assert_eq!(
        [Error::Alone, Error::NoKey, Error::Steps, Error::Other].map(|error| error.code()),
        [
            "key_ceremony.alone",
            "key_ceremony.no_key",
            "key_ceremony.steps",
            "key_ceremony.other"
        ]
    );
}

#[test]
fn the_stored_form_is_frozen() {
    let [begun, _, step, ended] = recorded().try_into().unwrap();
    freeze(
        "key_ceremony",
        "key_ceremony/snapshots",
        vec![
            ("begun", begun),
            ("key_made", made(1, Some("office"))),
            ("step", step),
            ("ended", ended),
        ],
        AnyEvent::KeyCeremony,
    );
    for (deed, name) in [
        (Deed::FileWritten, "\"file_written\""),
        (Deed::FileReadBack, "\"file_read_back\""),
        (Deed::SignaturesTried, "\"signatures_tried\""),
    ] {
        assert_eq!(serde_json::to_string(&deed).unwrap(), name);
    }
}
