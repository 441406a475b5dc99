use cqrs_es::test::TestFramework;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    AnyEvent,
    example::{assert_once, at, freeze},
};

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<StatusList> {
    TestFramework::with(()).given(events)
}

fn later(minutes: i64) -> Timestamp {
    at() + SignedDuration::from_mins(minutes)
}

fn publish(digest: &str, upto: u64, minutes: i64) -> Command {
    Command::Publish {
        digest: digest.repeat(32),
        bytes: 214,
        upto,
        key: "0a1b2c3d".into(),
        issued_at: later(minutes),
        expires_at: later(minutes + 24 * 60),
    }
}

fn published(digest: &str, upto: u64, minutes: i64) -> Event {
    Event::Published {
        digest: digest.repeat(32),
        bytes: 214,
        upto,
        key: "0a1b2c3d".into(),
        issued_at: later(minutes),
        expires_at: later(minutes + 24 * 60),
    }
}

#[test]
fn each_list_is_recorded_once() {
    given(vec![])
        .when(publish("aa", 7, 0))
        .then_expect_events(vec![published("aa", 7, 0)]);
    given(vec![published("aa", 7, 0)])
        .when(publish("aa", 7, 0))
        .then_expect_events(vec![]);
    // Signed anew with nothing new in it, and with something new.
    for (upto, minutes) in [(7, 0), (7, 1), (8, 0), (8, 1)] {
        given(vec![published("aa", 7, 0)])
            .when(publish("bb", upto, minutes))
            .then_expect_events(vec![published("bb", upto, minutes)]);
    }
}

#[test]
fn an_older_list_never_takes_the_place_of_a_newer_one() {
    for older in [publish("bb", 6, 2), publish("bb", 8, 0), publish("bb", 6, 0)] {
        given(vec![published("aa", 7, 1)])
            .when(older)
            .then_expect_error(Error::Older);
    }
}

#[test]
fn a_list_ends_after_it_begins() {
    let until = |expires_at| Command::Publish {
        digest: "aa".repeat(32),
        bytes: 214,
        upto: 7,
        key: "0a1b2c3d".into(),
        issued_at: at(),
        expires_at,
    };
    given(vec![]).when(until(at())).then_expect_error(Error::Period);
    assert_eq!(StatusList::default().decide(until(later(1))).unwrap().len(), 1);
}

#[test]
fn nothing_has_a_second_effect() {
    let mut state = StatusList::default();
    for command in [
        publish("aa", 7, 0),
        publish("bb", 6, 0),
        publish("bb", 9, 1),
        publish("aa", 7, 0),
    ] {
        state = assert_once(&state, &command, StatusList::decide, StatusList::evolve);
    }
}

#[test]
fn errors_have_codes() {
    assert_eq!(
        [Error::Older, Error::Period].map(|e| e.code()),
        ["status_list.older", "status_list.period"]
    );
}

#[test]
fn the_stored_form_is_frozen() {
    freeze(
        "status_list",
        "status_list/snapshots",
        vec![("published", published("ab", 1_048_577, 0))],
        AnyEvent::StatusList,
    );
}
