use super::*;
use crate::catalogue::Person;
use crate::{AnyEvent, PaperFinding, example::freeze};

fn full_answers() -> Answers {
    let name = Name {
        en: Some("Asha Sharma".into()),
        hi: Some("आशा शर्मा".into()),
    };
    let only_one = Name {
        en: None,
        hi: Some("आशा".into()),
    };
    [
        ("a_name", Value::Name(name)),
        ("b_name_in_one_script", Value::Name(only_one)),
        ("c_text", Value::Text("Delhi".into())),
        ("d_date", Value::Date(date(2000, 2, 29))),
        ("e_choice", Value::Choice("bus".into())),
        ("f_choices", Value::Choices(vec!["bus".into(), "foot".into()])),
        ("g_number", Value::Number(-1)),
        ("h_yes", Value::Yes(true)),
    ]
    .map(|(code, value)| (code.to_owned(), value))
    .into()
}

#[test]
fn the_stored_form_is_frozen() {
    let full_submission = Event::Submitted {
        number: number(),
        service: "sample".into(),
        service_version: 3,
        citizen: citizen(),
        language: Language::En,
        answers: Personal::new(citizen(), full_answers()),
        papers: vec![paper("photo"), paper("address_proof")],
        stages: vec![plan("scrutiny", "clerk"), computed(), tested(), noticed(), decision()],
        due: Some(date(2026, 11, 29)),
        at: at(),
    };
    let family = Person::list("Sita Devi / सीता देवी, wife, 34; राहुल, पुत्र, 0").unwrap();
    let with_people = Event::Submitted {
        number: number(),
        service: "sample".into(),
        service_version: 1,
        citizen: citizen(),
        language: Language::Hi,
        answers: Personal::new(citizen(), [("family".to_owned(), Value::People(family))].into()),
        papers: vec![],
        stages: vec![decision()],
        due: None,
        at: at(),
    };
    let sealed = Event::Submitted {
        number: number(),
        service: "sample".into(),
        service_version: 3,
        citizen: citizen(),
        language: Language::Hi,
        answers: Personal::Sealed {
            subject: citizen(),
            sealed: "AAAA".into(),
        },
        papers: vec![],
        stages: vec![decision()],
        due: None,
        at: at(),
    };
    let noted = Event::Forwarded {
        stage: "test".into(),
        by: Some(examiner()),
        record: passed(true),
        note: Some(personal("Drove well.")),
        at: at(),
    };
    let approved_with_note = Event::Approved {
        stage: "decision".into(),
        by: chief(),
        record: seen(),
        note: Some(personal("In order.")),
        at: at(),
    };
    let approved_bare = Event::Approved {
        stage: "decision".into(),
        by: chief(),
        record: StageRecord::new(),
        note: None,
        at: at(),
    };
    let asked_bare = Event::Asked {
        stage: "scrutiny".into(),
        by: clerk(),
        question: personal("Which house?"),
        paper: None,
        at: at(),
    };
    freeze(
        "application",
        "application/snapshots",
        vec![
            ("submitted", full_submission),
            ("submitted-bare", sealed),
            ("submitted-people", with_people),
            ("forwarded", noted),
            (
                "forwarded-automatically",
                forwarded("computed", None, StageRecord::new()),
            ),
            ("asked", asked("scrutiny", clerk(), "A clearer photo?")),
            ("asked-bare", asked_bare),
            ("answered", answered("scrutiny", Some("Here."), vec![paper("photo")])),
            (
                "answered-noted",
                answered(
                    "scrutiny",
                    None,
                    vec![Paper {
                        notes: PaperFinding::ALL.to_vec(),
                        ..paper("photo")
                    }],
                ),
            ),
            ("answered-bare", answered("scrutiny", None, vec![])),
            ("approved", approved_with_note),
            ("approved-bare", approved_bare),
            ("refused", refused("decision", chief(), Some("No proof."))),
            ("refused-bare", refused("decision", chief(), None)),
            ("withdrawn", withdrawn()),
        ],
        AnyEvent::Application,
    );
}

// An event written before a field was added reads as if the field had been left out.
#[test]
fn a_stage_without_the_later_fields_is_read() {
    let json = r#"{"code":"scrutiny","role":"clerk","kind":"officer","may_refuse":false}"#;
    assert_eq!(
        serde_json::from_str::<StagePlan>(json).unwrap(),
        plan("scrutiny", "clerk")
    );
}

#[test]
fn what_is_not_an_event_is_refused() {
    for (aggregate, body) in [
        ("application", r#"{"invented":{}}"#),
        ("application", r#"{"withdrawn":{}}"#),
        ("application", "{"),
        ("application", ""),
        ("citizen", r#"{"withdrawn":{"at":"2026-11-22T04:30:00Z"}}"#),
        ("nobody", r#"{"withdrawn":{"at":"2026-11-22T04:30:00Z"}}"#),
    ] {
        let error = AnyEvent::decode(aggregate, body.as_bytes()).unwrap_err();
        assert_eq!(
            matches!(error, crate::UnknownEvent::Aggregate(_)),
            aggregate == "nobody",
            "{aggregate} {body}"
        );
    }
}
