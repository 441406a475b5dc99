//! Facts that the tests of several aggregates share, and the check that freezes the JSON of an event.

use cqrs_es::DomainEvent;
use jiff::Timestamp;
use uuid::Uuid;

use crate::versions::newest;
use crate::{AnyEvent, ApplicationNumber, Bilingual, ByOfficer, CitizenId, OfficerId, Paper};

pub(crate) fn citizen() -> CitizenId {
    CitizenId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001))
}

pub(crate) fn somebody_else() -> CitizenId {
    CitizenId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002))
}

/// Ten in the morning in India.
pub(crate) fn at() -> Timestamp {
    "2026-11-22T04:30:00Z".parse().unwrap()
}

pub(crate) fn officer(code: &str, role: &str) -> ByOfficer {
    ByOfficer {
        officer: OfficerId::new(code),
        role: role.into(),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        designation: Bilingual::new("Officer", "अधिकारी"),
    }
}

pub(crate) fn number() -> ApplicationNumber {
    ApplicationNumber::new(2026, 123)
}

pub(crate) fn paper(document: &str) -> Paper {
    Paper {
        document: document.into(),
        digest: "ab".repeat(32),
        media_type: "image/jpeg".into(),
        bytes: 48_213,
        notes: vec![],
    }
}

/// Freezes what the ledger will hold for ever: one snapshot an event, and each decodes to what it was made from.
pub(crate) fn freeze<E>(aggregate: &str, folder: &str, events: Vec<(&str, E)>, wrap: fn(E) -> AnyEvent)
where
    E: DomainEvent + serde::Serialize,
{
    for (name, event) in events {
        assert_eq!(
            event.event_type(),
            format!("{aggregate}.{}", name.split('-').next().unwrap())
        );
        assert_eq!(Some(event.event_version().as_str()), newest(&event.event_type()));
        let json = serde_json::to_string_pretty(&event).unwrap();
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, json);
        });
        assert_eq!(
            AnyEvent::decode(aggregate, json.as_bytes()).unwrap(),
            wrap(event),
            "{name}"
        );
    }
}

/// Whatever was accepted, the same again has no second effect: it is answered with nothing or with a rejection.
pub(crate) fn assert_once<A, C: Clone, E, X>(
    state: &A,
    command: &C,
    decide: fn(&A, C) -> Result<Vec<E>, X>,
    evolve: fn(A, E) -> A,
) -> A
where
    A: Clone,
{
    let Ok(events) = decide(state, command.clone()) else {
        return state.clone();
    };
    let after = events.into_iter().fold(state.clone(), evolve);
    let again = decide(&after, command.clone()).unwrap_or_default();
    assert!(again.is_empty(), "a repeated command had a second effect");
    after
}
