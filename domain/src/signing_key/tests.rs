use cqrs_es::test::TestFramework;

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

#[test]
fn nothing_has_a_second_effect() {
    let mut state = SigningKey::default();
    for command in [
        RETIRE(),
        activate("pdf", "AAAA", true),
        activate("status", "AAAA", true),
        RETIRE(),
        activate("pdf", "AAAA", true),
    ] {
        state = assert_once(&state, &command, SigningKey::decide, SigningKey::evolve);
    }
}

#[test]
fn errors_have_codes() {
    let codes = [Error::Unknown, Error::OtherKey, Error::Retired].map(|e| e.code());
    assert_eq!(
        codes,
        ["signing_key.unknown", "signing_key.other_key", "signing_key.retired"]
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
        ],
        AnyEvent::SigningKey,
    );
}
