//! The same command again has no second effect, in whatever order commands come.

use proptest::prelude::*;

use super::*;
use crate::example::assert_once;

#[test]
fn what_is_already_so_is_answered_with_nothing() {
    let cases = [
        (at_computed(), forward("scrutiny", clerk(), StageRecord::new(), None)),
        // The click comes again when the automatic stage has been passed already.
        (at_test(), forward("scrutiny", clerk(), StageRecord::new(), None)),
        (at_decision(), forward("test", examiner(), passed(true), None)),
        (at_test(), pass("computed")),
        (with(at_decision(), approved()), approve("decision", chief(), seen())),
        (
            with(at_decision(), refused("decision", chief(), None)),
            refuse("decision", chief(), Some("not_shown"), None),
        ),
        (
            with(at_test(), refused("test", examiner(), None)),
            refuse("test", examiner(), Some("not_shown"), None),
        ),
        (with(at_test(), withdrawn()), withdraw()),
    ];
    for (events, command) in cases {
        given(events).when(command).then_expect_events(vec![]);
    }
}

#[test]
fn another_officers_forward_is_not_a_repeat() {
    given(at_computed())
        .when(forward("scrutiny", officer("C-2", "clerk"), StageRecord::new(), None))
        .then_expect_error(Error::OtherStage);
    given(with(at_decision(), approved()))
        .when(approve("decision", officer("H-2", "chief"), seen()))
        .then_expect_error(Error::AlreadyDecided);
}

// Two people who hold every role between them, in every order of up to six acts: an approved file has been through all
// its stages, and no two neighbouring stages were acted by the same person.
#[test]
fn approval_needs_every_stage_and_two_people() {
    let mut commands = vec![pass("computed")];
    for code in ["P-1", "P-2"] {
        commands.push(forward("scrutiny", officer(code, "clerk"), StageRecord::new(), None));
        commands.push(forward("test", officer(code, "examiner"), passed(true), None));
        commands.push(approve("decision", officer(code, "chief"), seen()));
    }
    let mut ways = std::collections::BTreeSet::new();
    for path in 0..commands.len().pow(6) {
        let mut state = fold(at_scrutiny());
        let (mut acted, mut rest) = (vec![], path);
        for _ in 0..6 {
            for event in state
                .decide(commands[rest % commands.len()].clone())
                .unwrap_or_default()
            {
                match &event {
                    Event::Forwarded { stage, by, .. } => {
                        acted.push((stage.clone(), by.as_ref().map(|by| by.officer.to_string())));
                    }
                    Event::Approved { stage, by, .. } => acted.push((stage.clone(), Some(by.officer.to_string()))),
                    _ => panic!("no other event was asked for"),
                }
                state = state.evolve(event);
            }
            rest /= commands.len();
        }
        if matches!(state, Application::Decided { .. }) {
            ways.insert(acted);
        }
    }
    let way = |first: &str, second: &str| {
        let by = |code: &str| Some(code.to_owned());
        [
            ("scrutiny", by(first)),
            ("computed", None),
            ("test", by(second)),
            ("decision", by(first)),
        ]
        .map(|(stage, by)| (stage.to_owned(), by))
        .to_vec()
    };
    assert_eq!(ways, [way("P-1", "P-2"), way("P-2", "P-1")].into());
}

fn a_stage() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("scrutiny"),
        Just("computed"),
        Just("test"),
        Just("notice"),
        Just("decision"),
        Just("")
    ]
}

fn an_officer() -> impl Strategy<Value = ByOfficer> {
    let code = prop_oneof![Just("C-1"), Just("E-1"), Just("H-1"), Just("X-1")];
    let role = prop_oneof![Just("clerk"), Just("examiner"), Just("chief"), Just("system")];
    (code, role).prop_map(|(code, role)| officer(code, role))
}

fn a_record() -> impl Strategy<Value = StageRecord> {
    prop_oneof![
        Just(StageRecord::new()),
        Just(passed(true)),
        Just(passed(false)),
        Just(seen())
    ]
}

fn words() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some(" ".to_owned())),
        Just(Some("Well.".to_owned())),
        Just(Some("x".repeat(601)))
    ]
}

/// From the first to the last moment that there can be: a clock may be wrong.
fn a_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        Just(at()),
        Just(Timestamp::MIN),
        Just(Timestamp::MAX),
        (0_i64..60 * 24).prop_map(|hours| at().checked_add(hours.hours()).unwrap())
    ]
}

fn a_citizen() -> impl Strategy<Value = crate::CitizenId> {
    prop_oneof![4 => Just(citizen()), 1 => Just(somebody_else())]
}

fn a_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<bool>().prop_map(submit),
        (a_stage(), a_time()).prop_map(|(stage, at)| Command::PassAutomatically {
            stage: stage.into(),
            at
        }),
        (a_stage(), an_officer(), a_record(), words(), a_time()).prop_map(|(stage, by, record, note, at)| {
            Command::Forward {
                stage: stage.into(),
                by,
                record,
                note,
                at,
            }
        }),
        (a_stage(), an_officer(), words()).prop_map(|(stage, by, w)| ask(stage, by, &w.unwrap_or_default())),
        (a_citizen(), words(), a_time()).prop_map(|(citizen, answer, at)| Command::Answer {
            citizen,
            answer,
            papers: vec![],
            at
        }),
        (a_stage(), an_officer(), a_record(), words(), a_time()).prop_map(|(stage, by, record, note, at)| {
            Command::Approve {
                stage: stage.into(),
                by,
                record,
                note,
                at,
            }
        }),
        (a_stage(), an_officer(), any::<bool>(), words()).prop_map(|(stage, by, given, w)| refuse(
            stage,
            by,
            given.then_some("not_shown"),
            w.as_deref()
        )),
        (a_citizen(), a_time()).prop_map(|(citizen, at)| Command::Withdraw { citizen, at }),
    ]
}

fn an_event() -> impl Strategy<Value = Event> {
    (any::<proptest::sample::Index>(), any::<bool>()).prop_map(|(index, public)| {
        index
            .get(&[
                submitted(public),
                forwarded("scrutiny", Some(clerk()), StageRecord::new()),
                forwarded("computed", None, StageRecord::new()),
                asked("test", examiner(), "?"),
                answered("test", None, vec![]),
                approved(),
                refused("decision", chief(), None),
                withdrawn(),
            ])
            .clone()
    })
}

proptest! {
    #[test]
    fn no_command_has_a_second_effect(start in 0_usize..11, commands in proptest::collection::vec(a_command(), 0..12)) {
        let (_, events) = every_state().swap_remove(start);
        let mut state = fold(events);
        for command in &commands {
            state = assert_once(&state, command, Application::decide, Application::evolve);
        }
    }

    // What is in the ledger has happened, even if no rule of today would let it: folding and deciding survive it.
    #[test]
    fn any_history_can_be_folded_and_decided_upon(
        events in proptest::collection::vec(an_event(), 0..12),
        commands in proptest::collection::vec(a_command(), 0..4),
    ) {
        let state = fold(events);
        for command in commands {
            let _ = state.decide(command);
        }
        let json = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<Application>(&json).unwrap(), state);
    }
}
