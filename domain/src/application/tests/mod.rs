use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use jiff::{Timestamp, ToSpan as _, civil::date};

use super::*;
use crate::{
    ByOfficer, Language, Paper, Personal,
    catalogue::{Answers, Catalogue, CheckedForm, Condition, Name, RefusalReason, StageKind, Value},
    example::{at, citizen, number, officer, paper, somebody_else},
};

mod acts;
mod frozen;
mod submission;
mod twice;

fn given(events: Vec<Event>) -> AggregateTestExecutor<Application> {
    TestFramework::with(()).given(events)
}

fn form(public: bool) -> CheckedForm {
    let catalogue = Catalogue::from_files([("sample", include_str!("way.toml"))]).unwrap();
    catalogue
        .get("sample")
        .unwrap()
        .check(answers(public), vec![], date(2026, 11, 22))
        .unwrap()
}

fn answers(public: bool) -> Answers {
    let name = Name {
        en: Some("Asha".into()),
        hi: Some("आशा".into()),
    };
    [("who", Value::Name(name)), ("public", Value::Yes(public))]
        .map(|(code, value)| (code.to_owned(), value))
        .into()
}

fn submit(public: bool) -> Command {
    Command::Submit {
        number: number(),
        citizen: citizen(),
        language: Language::Hi,
        form: Box::new(form(public)),
        due: Some(date(2026, 11, 29)),
        at: at(),
    }
}

fn plan(code: &str, role: &str) -> StagePlan {
    StagePlan {
        code: code.into(),
        role: role.into(),
        kind: StageKind::Officer,
        may_refuse: false,
        records: vec![],
        passes_if: None,
        notice_days: None,
    }
}

fn computed() -> StagePlan {
    StagePlan {
        kind: StageKind::Automatic,
        ..plan("computed", "system")
    }
}

fn tested() -> StagePlan {
    StagePlan {
        may_refuse: true,
        records: vec!["passed".into()],
        passes_if: Some(Condition {
            field: "passed".into(),
            equals: "yes".into(),
        }),
        ..plan("test", "examiner")
    }
}

fn noticed() -> StagePlan {
    StagePlan {
        notice_days: Some(30),
        ..plan("notice", "examiner")
    }
}

fn decision() -> StagePlan {
    StagePlan {
        may_refuse: true,
        records: vec!["seen_on".into()],
        ..plan("decision", "chief")
    }
}

fn submitted(public: bool) -> Event {
    let third = if public { noticed() } else { tested() };
    Event::Submitted {
        number: number(),
        service: "sample".into(),
        service_version: 3,
        citizen: citizen(),
        language: Language::Hi,
        answers: Personal::new(citizen(), answers(public)),
        papers: vec![],
        stages: vec![plan("scrutiny", "clerk"), computed(), third, decision()],
        due: Some(date(2026, 11, 29)),
        at: at(),
    }
}

fn clerk() -> ByOfficer {
    officer("C-1", "clerk")
}

fn examiner() -> ByOfficer {
    officer("E-1", "examiner")
}

fn chief() -> ByOfficer {
    officer("H-1", "chief")
}

fn passed(yes: bool) -> StageRecord {
    [("passed".to_owned(), Value::Yes(yes))].into()
}

fn seen() -> StageRecord {
    [("seen_on".to_owned(), Value::Date(date(2026, 11, 22)))].into()
}

fn personal(words: &str) -> Personal<String> {
    Personal::new(citizen(), words.to_owned())
}

fn forward(stage: &str, by: ByOfficer, record: StageRecord, note: Option<&str>) -> Command {
    Command::Forward {
        stage: stage.into(),
        by,
        record,
        note: note.map(Into::into),
        at: at(),
    }
}

fn forwarded(stage: &str, by: Option<ByOfficer>, record: StageRecord) -> Event {
    Event::Forwarded {
        stage: stage.into(),
        by,
        record,
        note: None,
        at: at(),
    }
}

fn pass(stage: &str) -> Command {
    Command::PassAutomatically {
        stage: stage.into(),
        at: at(),
    }
}

fn ask(stage: &str, by: ByOfficer, question: &str) -> Command {
    Command::Ask {
        stage: stage.into(),
        by,
        question: question.into(),
        paper: Some("photo".into()),
        at: at(),
    }
}

fn asked(stage: &str, by: ByOfficer, question: &str) -> Event {
    Event::Asked {
        stage: stage.into(),
        by,
        question: personal(question),
        paper: Some("photo".into()),
        at: at(),
    }
}

fn answer(words: Option<&str>, papers: Vec<Paper>) -> Command {
    Command::Answer {
        citizen: citizen(),
        answer: words.map(Into::into),
        papers,
        at: at(),
    }
}

fn answered(stage: &str, words: Option<&str>, papers: Vec<Paper>) -> Event {
    Event::Answered {
        stage: stage.into(),
        answer: words.map(personal),
        papers,
        at: at(),
    }
}

fn approve(stage: &str, by: ByOfficer, record: StageRecord) -> Command {
    Command::Approve {
        stage: stage.into(),
        by,
        record,
        note: None,
        at: at(),
    }
}

fn approved() -> Event {
    Event::Approved {
        stage: "decision".into(),
        by: chief(),
        record: seen(),
        note: None,
        at: at(),
    }
}

fn reason(code: &str) -> RefusalReason {
    RefusalReason {
        code: code.into(),
        text: crate::Bilingual::new("No.", "नहीं।"),
    }
}

fn refuse(stage: &str, by: ByOfficer, code: Option<&str>, words: Option<&str>) -> Command {
    Command::Refuse {
        stage: stage.into(),
        by,
        reason: code.map(reason),
        words: words.map(Into::into),
        at: at(),
    }
}

fn refused(stage: &str, by: ByOfficer, words: Option<&str>) -> Event {
    Event::Refused {
        stage: stage.into(),
        by,
        reason: "not_shown".into(),
        words: words.map(personal),
        at: at(),
    }
}

fn withdraw() -> Command {
    Command::Withdraw {
        citizen: citizen(),
        at: at(),
    }
}

fn withdrawn() -> Event {
    Event::Withdrawn { at: at() }
}

/// At scrutiny, the first stage.
fn at_scrutiny() -> Vec<Event> {
    vec![submitted(false)]
}

/// At the automatic stage after it.
fn at_computed() -> Vec<Event> {
    [
        at_scrutiny(),
        vec![forwarded("scrutiny", Some(clerk()), StageRecord::new())],
    ]
    .concat()
}

/// At the test after that.
fn at_test() -> Vec<Event> {
    [at_computed(), vec![forwarded("computed", None, StageRecord::new())]].concat()
}

/// At the last stage.
fn at_decision() -> Vec<Event> {
    [at_test(), vec![forwarded("test", Some(examiner()), passed(true))]].concat()
}

fn with(mut events: Vec<Event>, more: Event) -> Vec<Event> {
    events.push(more);
    events
}

/// Every state that an application can be in, with a name for it.
fn every_state() -> Vec<(&'static str, Vec<Event>)> {
    vec![
        ("new", vec![]),
        ("scrutiny", at_scrutiny()),
        (
            "scrutiny, waiting",
            with(at_scrutiny(), asked("scrutiny", clerk(), "?")),
        ),
        ("automatic", at_computed()),
        ("test", at_test()),
        ("test, waiting", with(at_test(), asked("test", examiner(), "?"))),
        ("decision", at_decision()),
        (
            "decision, waiting",
            with(at_decision(), asked("decision", chief(), "?")),
        ),
        ("approved", with(at_decision(), approved())),
        ("refused", with(at_decision(), refused("decision", chief(), None))),
        ("withdrawn", with(at_test(), withdrawn())),
    ]
}

fn fold(events: Vec<Event>) -> Application {
    events.into_iter().fold(Application::default(), Application::evolve)
}
