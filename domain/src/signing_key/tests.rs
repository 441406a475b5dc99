use cqrs_es::test::TestFramework;
use jiff::SignedDuration;

use super::*;
use crate::{
    AnyEvent,
    example::{assert_once, at, freeze},
};

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<SigningKey> {
    TestFramework::with(()).given(events)
}

fn activate(purpose: &str, public_key: &str, demo: bool) -> Command {
    Command::Activate {
        purpose: purpose.into(),
        algorithm: "ed25519".into(),
        public_key: public_key.into(),
        demo,
        at: at(),
    }
}

fn activated(purpose: &str, public_key: &str, demo: bool) -> Event {
    Event::Activated {
        purpose: purpose.into(),
        algorithm: "ed25519".into(),
        public_key: public_key.into(),
        demo,
        at: at(),
    }
}

const RETIRE: fn() -> Command = || Command::Retire { at: at() };

#[test]
fn is_activated_once() {
    given(vec![])
        .when(activate("credential", "AAAA", true))
        .then_expect_events(vec![activated("credential", "AAAA", true)]);
    given(vec![activated("credential", "AAAA", true)])
        .when(activate("credential", "AAAA", true))
        .then_expect_events(vec![]);
}

// One key, one purpose: a checkpoint's signature must never pass for a credential's.
#[test]
fn serves_one_purpose_only() {
    for other in [
        activate("credential", "BBBB", true),
        activate("checkpoint", "AAAA", true),
        activate("credential", "AAAA", false),
    ] {
        given(vec![activated("credential", "AAAA", true)])
            .when(other)
            .then_expect_error(Error::OtherKey);
    }
}

#[test]
fn is_retired_once_and_does_not_come_back() {
    given(vec![]).when(RETIRE()).then_expect_error(Error::Unknown);
    let before = vec![activated("credential", "AAAA", true)];
    given(before.clone())
        .when(RETIRE())
        .then_expect_events(vec![Event::Retired { at: at() }]);
    let retired = || given(before.clone()).and(vec![Event::Retired { at: at() }]);
    retired().when(RETIRE()).then_expect_events(vec![]);
    retired()
        .when(activate("credential", "AAAA", true))
        .then_expect_error(Error::Retired);
}

fn compromise(minutes: i64, last_good_position: u64) -> Command {
    Command::Compromise {
        since: at() - SignedDuration::from_mins(minutes),
        last_good_position,
        at: at(),
    }
}

fn compromised(minutes: i64, last_good_position: u64) -> Event {
    Event::Compromised {
        since: at() - SignedDuration::from_mins(minutes),
        last_good_position,
        at: at(),
    }
}

#[test]
fn is_compromised_from_an_instant_and_never_from_a_later_one() {
    given(vec![]).when(compromise(5, 7)).then_expect_error(Error::Unknown);
    let before = vec![activated("credential", "AAAA", true)];
    given(before.clone())
        .when(compromise(-1, 7))
        .then_expect_error(Error::NotYet);
    // A retired key can be stolen as well.
    for retired in [vec![], vec![Event::Retired { at: at() }]] {
        given(before.clone())
            .and(retired)
            .when(compromise(0, 7))
            .then_expect_events(vec![compromised(0, 7)]);
    }
    let told = || given(before.clone()).and(vec![compromised(5, 7)]);
    told().when(compromise(5, 7)).then_expect_events(vec![]);
    for earlier in [(6, 7), (5, 6), (6, 0)] {
        told()
            .when(compromise(earlier.0, earlier.1))
            .then_expect_events(vec![compromised(earlier.0, earlier.1)]);
    }
    for later in [(4, 7), (5, 8), (4, 6), (6, 8)] {
        told()
            .when(compromise(later.0, later.1))
            .then_expect_error(Error::CompromisedEarlier);
    }
    told()
        .when(activate("credential", "AAAA", true))
        .then_expect_error(Error::Compromised);
    told().when(RETIRE()).then_expect_events(vec![]);
}

#[test]
fn nothing_has_a_second_effect() {
    let mut state = SigningKey::default();
    for command in [
        RETIRE(),
        activate("pdf", "AAAA", true),
        activate("status", "AAAA", true),
        RETIRE(),
        activate("pdf", "AAAA", true),
        compromise(1, 9),
        compromise(2, 9),
        RETIRE(),
        activate("pdf", "AAAA", true),
    ] {
        state = assert_once(&state, &command, SigningKey::decide, SigningKey::evolve);
    }
}

#[test]
fn errors_have_codes() {
    let errors = [
        Error::Unknown,
        Error::OtherKey,
        Error::Retired,
        Error::Compromised,
        Error::CompromisedEarlier,
        Error::NotYet,
    ];
    assert_eq!(
        errors.map(|error| error.code()),
        [
            "signing_key.unknown",
            "signing_key.other_key",
            "signing_key.retired",
            "signing_key.compromised",
            "signing_key.compromised_earlier",
            "signing_key.not_yet",
        ]
    );
}

#[test]
fn the_stored_form_is_frozen() {
    freeze(
        "signing_key",
        "signing_key/snapshots",
        vec![
            ("activated", activated("credential", "AAAA", true)),
            ("retired", Event::Retired { at: at() }),
            ("compromised", compromised(90, 4711)),
        ],
        AnyEvent::SigningKey,
    );
}
