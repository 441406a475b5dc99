use super::*;

#[test]
fn a_stage_is_forwarded_by_its_role() {
    given(at_scrutiny())
        .when(forward("scrutiny", clerk(), StageRecord::new(), None))
        .then_expect_events(vec![forwarded("scrutiny", Some(clerk()), StageRecord::new())]);
    given(at_test())
        .when(forward("test", examiner(), passed(true), None))
        .then_expect_events(vec![forwarded("test", Some(examiner()), passed(true))]);
}

#[test]
fn no_stage_is_skipped() {
    for command in [
        forward("test", examiner(), passed(true), None),
        approve("decision", chief(), seen()),
        refuse("decision", chief(), Some("not_shown"), None),
        ask("test", examiner(), "?"),
        pass("computed"),
    ] {
        given(at_scrutiny()).when(command).then_expect_error(Error::OtherStage);
    }
    // Nor is one gone back to, or made up.
    for stage in ["scrutiny", "nonsense", ""] {
        given(at_test())
            .when(forward(stage, examiner(), passed(true), None))
            .then_expect_error(Error::OtherStage);
    }
}

#[test]
fn the_role_of_the_stage_is_needed_for_every_act() {
    let wrong = officer("X-1", "clerk");
    let error = Error::NotYourStage { role: "chief".into() };
    for command in [
        approve("decision", wrong.clone(), seen()),
        refuse("decision", wrong.clone(), Some("not_shown"), None),
        ask("decision", wrong.clone(), "?"),
        forward("decision", wrong.clone(), seen(), None),
    ] {
        given(at_decision()).when(command).then_expect_error(error.clone());
    }
}

// The examiner has been given the chief's role as well: the file still needs another pair of eyes.
#[test]
fn nobody_acts_on_two_stages_in_a_row() {
    let same = officer("E-1", "chief");
    for command in [
        approve("decision", same.clone(), seen()),
        refuse("decision", same.clone(), Some("not_shown"), None),
        ask("decision", same.clone(), "?"),
    ] {
        given(at_decision()).when(command).then_expect_error(Error::SameOfficer);
    }
    // Two stages apart they may.
    given(at_decision())
        .when(approve("decision", officer("C-1", "chief"), seen()))
        .then_expect_events(vec![Event::Approved {
            stage: "decision".into(),
            by: officer("C-1", "chief"),
            record: seen(),
            note: None,
            at: at(),
        }]);
}

#[test]
fn an_automatic_stage_between_does_not_make_one_officer_two() {
    let same = officer("C-1", "examiner");
    given(at_test())
        .when(forward("test", same, passed(true), None))
        .then_expect_error(Error::SameOfficer);
}

#[test]
fn the_last_stage_decides_and_only_the_last() {
    given(at_decision())
        .when(forward("decision", chief(), seen(), None))
        .then_expect_error(Error::LastStage);
    given(at_test())
        .when(approve("test", examiner(), passed(true)))
        .then_expect_error(Error::NotLastStage);
    given(at_decision())
        .when(approve("decision", chief(), seen()))
        .then_expect_events(vec![approved()]);
}

#[test]
fn a_stage_refuses_where_the_catalogue_says_so() {
    given(at_scrutiny())
        .when(refuse("scrutiny", clerk(), Some("not_shown"), None))
        .then_expect_error(Error::MayNotRefuse);
    for (events, stage, by) in [(at_test(), "test", examiner()), (at_decision(), "decision", chief())] {
        given(events.clone())
            .when(refuse(stage, by.clone(), None, Some("Because.")))
            .then_expect_error(Error::ReasonMissing);
        given(events)
            .when(refuse(stage, by.clone(), Some("not_shown"), Some(" Because. ")))
            .then_expect_events(vec![refused(stage, by, Some("Because."))]);
    }
}

#[test]
fn an_automatic_stage_is_not_taken_by_hand() {
    for command in [
        forward("computed", officer("X-1", "system"), StageRecord::new(), None),
        refuse("computed", officer("X-1", "system"), Some("not_shown"), None),
        ask("computed", officer("X-1", "system"), "?"),
    ] {
        given(at_computed())
            .when(command)
            .then_expect_error(Error::AutomaticStage);
    }
    given(at_computed())
        .when(pass("computed"))
        .then_expect_events(vec![forwarded("computed", None, StageRecord::new())]);
    // Nor an officer's by itself.
    given(at_scrutiny())
        .when(pass("scrutiny"))
        .then_expect_error(Error::AutomaticStage);
    given(at_decision())
        .when(pass("decision"))
        .then_expect_error(Error::AutomaticStage);
    // A late repeat changes nothing.
    for later in [at_test(), at_decision()] {
        given(later).when(pass("computed")).then_expect_events(vec![]);
    }
    given(vec![]).when(pass("computed")).then_expect_error(Error::Unknown);
}

#[test]
fn what_must_be_recorded_is_and_nothing_else() {
    let missing = |field: &str| Error::RecordMissing { field: field.into() };
    given(at_test())
        .when(forward("test", examiner(), StageRecord::new(), None))
        .then_expect_error(missing("passed"));
    given(at_decision())
        .when(approve("decision", chief(), passed(true)))
        .then_expect_error(missing("seen_on"));
    let mut more = seen();
    more.insert("remark".into(), Value::Text("The neighbour, Ram, says no.".into()));
    given(at_decision())
        .when(approve("decision", chief(), more))
        .then_expect_error(Error::RecordUnknown { field: "remark".into() });
    given(at_scrutiny())
        .when(forward("scrutiny", clerk(), seen(), None))
        .then_expect_error(Error::RecordUnknown {
            field: "seen_on".into(),
        });
}

#[test]
fn a_failed_test_goes_no_further() {
    given(at_test())
        .when(forward("test", examiner(), passed(false), None))
        .then_expect_error(Error::NotPassed { field: "passed".into() });
    // A value of another kind is no pass either.
    let strange: StageRecord = [("passed".to_owned(), Value::Text("yes".into()))].into();
    given(at_test())
        .when(forward("test", examiner(), strange, None))
        .then_expect_error(Error::NotPassed { field: "passed".into() });
}

// Special Marriage Act 1954, section 16: thirty days for objections, counted from the day after.
#[test]
fn a_public_notice_stands_for_its_whole_days_in_india() {
    let at_notice = || {
        vec![
            submitted(true),
            forwarded("scrutiny", Some(clerk()), StageRecord::new()),
            forwarded("computed", None, StageRecord::new()),
        ]
    };
    let on = |instant: &str| {
        let at: Timestamp = instant.parse().unwrap();
        given(at_notice()).when(Command::Forward {
            stage: "notice".into(),
            by: examiner(),
            record: StageRecord::new(),
            note: None,
            at,
        })
    };
    let first = date(2026, 12, 23);
    // It came on 22 November, so 22 December is the thirtieth day; its last second in India is 18:29:59 UTC.
    on("2026-11-22T05:00:00Z").then_expect_error(Error::TooEarly { first });
    on("2026-12-22T18:29:59Z").then_expect_error(Error::TooEarly { first });
    assert!(on("2026-12-22T18:30:00Z").inspect_result().is_ok());
}

#[test]
fn a_question_waits_for_its_answer() {
    given(at_scrutiny())
        .when(ask("scrutiny", clerk(), " A clearer photo? "))
        .then_expect_events(vec![asked("scrutiny", clerk(), "A clearer photo?")]);
    let waiting = || with(at_scrutiny(), asked("scrutiny", clerk(), "A clearer photo?"));
    for command in [
        forward("scrutiny", clerk(), StageRecord::new(), None),
        ask("scrutiny", clerk(), "Well?"),
        refuse("scrutiny", clerk(), Some("not_shown"), None),
    ] {
        given(waiting())
            .when(command)
            .then_expect_error(Error::WaitingForCitizen);
    }
    let answered = answered("scrutiny", Some("Here."), vec![paper("photo")]);
    given(waiting())
        .when(answer(Some(" Here. "), vec![paper("photo")]))
        .then_expect_events(vec![answered.clone()]);
    given(with(waiting(), answered))
        .when(forward("scrutiny", clerk(), StageRecord::new(), None))
        .then_expect_events(vec![forwarded("scrutiny", Some(clerk()), StageRecord::new())]);
}

#[test]
fn an_answer_is_by_the_citizen_to_a_question_and_not_empty() {
    let waiting = || with(at_scrutiny(), asked("scrutiny", clerk(), "?"));
    given(at_scrutiny())
        .when(answer(Some("Here."), vec![]))
        .then_expect_error(Error::NothingAsked);
    given(vec![])
        .when(answer(Some("Here."), vec![]))
        .then_expect_error(Error::Unknown);
    for empty in [None, Some(""), Some(" \n ")] {
        given(waiting())
            .when(answer(empty, vec![]))
            .then_expect_error(Error::Empty);
    }
    given(waiting())
        .when(answer(None, vec![paper("photo")]))
        .then_expect_events(vec![answered("scrutiny", None, vec![paper("photo")])]);
    given(waiting())
        .when(Command::Answer {
            citizen: somebody_else(),
            answer: Some("Here.".into()),
            papers: vec![],
            at: at(),
        })
        .then_expect_error(Error::NotYours);
}

#[test]
fn words_have_a_limit_in_characters() {
    let fits = "न".repeat(600);
    let long = "न".repeat(601);
    let error = Error::TooLong { max: 600 };
    let waiting = || with(at_scrutiny(), asked("scrutiny", clerk(), "?"));
    let with_note = |words: &str| Command::Approve {
        stage: "decision".into(),
        by: chief(),
        record: seen(),
        note: Some(words.into()),
        at: at(),
    };
    type Saying<'a> = &'a dyn Fn(&str) -> Command;
    let cases: [(Vec<Event>, Saying); 5] = [
        (at_scrutiny(), &|words| ask("scrutiny", clerk(), words)),
        (waiting(), &|words| answer(Some(words), vec![])),
        (at_scrutiny(), &|words| {
            forward("scrutiny", clerk(), StageRecord::new(), Some(words))
        }),
        (at_decision(), &with_note),
        (at_decision(), &|words| {
            refuse("decision", chief(), Some("not_shown"), Some(words))
        }),
    ];
    for (events, command) in cases {
        assert_eq!(fold(events.clone()).decide(command(&fits)).unwrap().len(), 1);
        assert_eq!(fold(events).decide(command(&long)), Err(error.clone()));
    }
    given(at_scrutiny())
        .when(ask("scrutiny", clerk(), " \t "))
        .then_expect_error(Error::Empty);
}

#[test]
fn a_citizen_withdraws_their_own_undecided_application() {
    let by_somebody_else = || Command::Withdraw {
        citizen: somebody_else(),
        at: at(),
    };
    for (state, events) in every_state() {
        let expected = match state {
            "new" => Err(Error::Unknown),
            "approved" | "refused" => Err(Error::AlreadyDecided),
            "withdrawn" => Ok(vec![]),
            _ => Ok(vec![withdrawn()]),
        };
        assert_eq!(fold(events.clone()).decide(withdraw()), expected, "{state}");
        let expected = if state == "new" {
            Error::Unknown
        } else {
            Error::NotYours
        };
        assert_eq!(fold(events).decide(by_somebody_else()), Err(expected), "{state}");
    }
}

#[test]
fn nothing_is_done_with_what_is_decided_or_not_there() {
    let commands = [
        pass("computed"),
        forward("scrutiny", clerk(), StageRecord::new(), None),
        ask("decision", chief(), "?"),
        answer(Some("Here."), vec![]),
        approve("decision", officer("H-2", "chief"), seen()),
        refuse("decision", officer("H-2", "chief"), Some("not_shown"), None),
    ];
    for command in commands {
        for (state, events) in every_state() {
            let expected = match state {
                "new" => Error::Unknown,
                "approved" | "refused" | "withdrawn" => Error::AlreadyDecided,
                _ => continue,
            };
            assert_eq!(
                fold(events).decide(command.clone()),
                Err(expected),
                "{state} {command:?}"
            );
        }
    }
}

#[test]
fn a_decision_is_not_turned_round() {
    given(with(at_decision(), approved()))
        .when(refuse("decision", chief(), Some("not_shown"), None))
        .then_expect_error(Error::AlreadyDecided);
    given(with(at_decision(), refused("decision", chief(), None)))
        .when(approve("decision", chief(), seen()))
        .then_expect_error(Error::AlreadyDecided);
    // Another reason is another decision.
    given(with(at_decision(), refused("decision", chief(), None)))
        .when(refuse("decision", chief(), Some("other"), None))
        .then_expect_error(Error::AlreadyDecided);
}

#[test]
fn errors_have_codes_of_their_own() {
    let field = || "f".to_owned();
    let errors = [
        Error::NumberTaken,
        Error::Unknown,
        Error::AlreadyDecided,
        Error::OtherStage,
        Error::NotYourStage { role: field() },
        Error::SameOfficer,
        Error::LastStage,
        Error::NotLastStage,
        Error::MayNotRefuse,
        Error::WaitingForCitizen,
        Error::NothingAsked,
        Error::RecordMissing { field: field() },
        Error::RecordUnknown { field: field() },
        Error::NotPassed { field: field() },
        Error::TooEarly {
            first: date(2026, 1, 1),
        },
        Error::ReasonMissing,
        Error::Empty,
        Error::TooLong { max: 1 },
        Error::NotYours,
        Error::AutomaticStage,
    ];
    let codes: std::collections::BTreeSet<&str> = errors.iter().map(Error::code).collect();
    assert_eq!(codes.len(), errors.len());
    assert!(codes.iter().all(|code| code.starts_with("application.")));
}
