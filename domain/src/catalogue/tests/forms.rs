use super::*;

const SAMPLE: &str = include_str!("../lint/sample.toml");

fn sample() -> Service {
    Catalogue::from_files([("sample", SAMPLE)])
        .unwrap()
        .get("sample")
        .unwrap()
        .clone()
}

fn answers() -> Answers {
    [
        ("who", name(Some(" Asha "), None)),
        ("born", Value::Date(date(2000, 2, 29))),
        ("way", Value::Choice("foot".into())),
        ("groups", Value::Choices(vec!["unknown".into()])),
        ("home", text("Delhi")),
        ("pin", text("110001")),
        ("phone", text("9000000000")),
        ("people", Value::Number(4)),
        ("income", Value::Number(0)),
        ("vehicle", text("dl 3c-ab 1234")),
        ("licence", text("DL-04 2011 0149646")),
        ("family", people("Sita Devi, wife, 34")),
    ]
    .into_iter()
    .map(|(code, value)| (code.to_owned(), value))
    .collect()
}

fn people(list: &str) -> Value {
    Value::People(Person::list(list).unwrap())
}

fn paper(document: &str) -> Paper {
    Paper {
        document: document.into(),
        digest: "00".repeat(32),
        media_type: "image/png".into(),
        bytes: 1,
        notes: vec![],
    }
}

fn problems(answers: Answers, papers: Vec<Paper>) -> Vec<FormProblem> {
    sample().check(answers, papers, TODAY).unwrap_err()
}

fn wrong(field: &str, problem: FieldProblem) -> FormProblem {
    FormProblem::Field {
        field: field.into(),
        problem,
    }
}

#[test]
fn a_whole_form_is_kept_tidied() {
    let mut given = answers();
    given.insert("home".into(), text(" \u{95E}लैट 1 "));
    let form = sample()
        .check(given, vec![paper("paper"), paper("paper")], TODAY)
        .unwrap();
    assert_eq!(form.answers().get("who"), Some(&name(Some("Asha"), None)));
    // Composed and decomposed nukta become the same bytes.
    assert_eq!(form.answers().get("home"), Some(&text("फ\u{93C}लैट 1")));
    assert_eq!(form.papers().len(), 2);
    assert_eq!(form.service().code, "sample");
}

#[test]
fn numbers_are_kept_in_one_way_of_writing() {
    let form = sample().check(answers(), vec![paper("paper")], TODAY).unwrap();
    assert_eq!(form.answers().get("vehicle"), Some(&text("DL3CAB1234")));
    assert_eq!(form.answers().get("licence"), Some(&text("DL0420110149646")));
}

#[test]
fn a_paper_is_demanded_only_while_its_condition_holds() {
    let mut given = answers();
    given.insert("way".into(), Value::Choice("train".into()));
    assert_eq!(
        problems(given.clone(), vec![paper("paper")]),
        [FormProblem::PaperMissing("ticket".into())]
    );
    let form = sample()
        .check(given, vec![paper("paper"), paper("ticket")], TODAY)
        .unwrap();
    assert_eq!(form.papers().len(), 2);
    // On foot after all: what was sent before is not kept.
    let form = sample()
        .check(answers(), vec![paper("paper"), paper("ticket")], TODAY)
        .unwrap();
    assert_eq!(form.papers(), [paper("paper")]);
}

#[test]
fn every_problem_is_told_in_the_order_of_the_fields() {
    let mut given = answers();
    given.insert("nonsense".into(), Value::Yes(true));
    given.insert("pin".into(), text("1"));
    given.remove("who");
    assert_eq!(
        problems(given, vec![paper("photo")]),
        [
            FormProblem::UnknownField("nonsense".into()),
            wrong("who", FieldProblem::Empty),
            wrong("pin", FieldProblem::Pin),
            FormProblem::UnknownPaper("photo".into()),
            FormProblem::PaperMissing("paper".into()),
        ]
    );
}

#[test]
fn a_conditional_question_counts_only_while_its_condition_holds() {
    // Asked: groups holds "a", so agreement is needed.
    let mut given = answers();
    given.insert("groups".into(), Value::Choices(vec!["a".into()]));
    assert_eq!(
        problems(given.clone(), vec![paper("paper")]),
        [wrong("agreed", FieldProblem::Empty)]
    );
    given.insert("agreed".into(), Value::Yes(false));
    let form = sample().check(given.clone(), vec![paper("paper")], TODAY).unwrap();
    assert!(form.answers().contains_key("agreed"));
    // The citizen goes back and changes the other answer: what no longer applies is dropped, even if it is wrong.
    given.insert("groups".into(), Value::Choices(vec!["unknown".into()]));
    given.insert("agreed".into(), Value::Number(3));
    let form = sample().check(given, vec![paper("paper")], TODAY).unwrap();
    assert!(!form.answers().contains_key("agreed"));
}

#[test]
fn an_optional_question_may_be_left_out_but_not_answered_wrongly() {
    let mut given = answers();
    given.insert("way".into(), Value::Choice("bus".into()));
    assert!(sample().check(given.clone(), vec![paper("paper")], TODAY).is_ok());
    given.insert("remark".into(), text("a".repeat(41)));
    assert_eq!(
        problems(given, vec![paper("paper")]),
        [wrong("remark", FieldProblem::TooLong { max: 40 })]
    );
}

#[test]
fn a_dropped_answer_does_not_make_a_later_question_apply() {
    let chained = SAMPLE
        .replace("only_if = { field = \"way\", equals = \"bus\" }", "only_if = { field = \"agreed_early\", equals = \"yes\" }")
        .replace(
            "[[field]]\ncode = \"groups\"",
            "[[field]]\ncode = \"agreed_early\"\nkind = \"yes_no\"\nonly_if = { field = \"way\", equals = \"bus\" }\nlabel = { en = \"A\", hi = \"क\" }\nask = { en = \"A\", hi = \"क\" }\nexample = { en = \"Yes\", hi = \"हाँ\" }\n\n[[field]]\ncode = \"groups\"",
        );
    let catalogue = Catalogue::from_files([("sample", chained.as_str())]).unwrap();
    let mut given = answers();
    given.insert("agreed_early".into(), Value::Yes(true));
    given.insert("remark".into(), text("stale"));
    let form = catalogue
        .get("sample")
        .unwrap()
        .check(given, vec![paper("paper")], TODAY)
        .unwrap();
    assert!(!form.answers().contains_key("agreed_early"));
    assert!(!form.answers().contains_key("remark"));
}

#[test]
fn conditions_hold_for_choices_lists_and_yes_or_no() {
    let holds = |value: Option<Value>, equals: &str| {
        let answers: Answers = value.map(|v| ("f".to_owned(), v)).into_iter().collect();
        Condition {
            field: "f".into(),
            equals: equals.into(),
        }
        .holds(&answers)
    };
    assert!(holds(Some(Value::Choice("a".into())), "a"));
    assert!(!holds(Some(Value::Choice("a".into())), "b"));
    assert!(holds(Some(Value::Choices(vec!["b".into(), "a".into()])), "a"));
    assert!(!holds(Some(Value::Choices(vec!["b".into()])), "a"));
    assert!(holds(Some(Value::Yes(true)), "yes"));
    assert!(holds(Some(Value::Yes(false)), "no"));
    assert!(!holds(Some(Value::Yes(false)), "yes"));
    assert!(!holds(Some(text("a")), "a"));
    assert!(!holds(None, "no"));
}

#[test]
fn a_record_is_checked_like_a_form() {
    let service = sample();
    let stage = service.stages.iter().find(|stage| stage.code == "look").unwrap();
    let record = |pairs: &[(&str, Value)]| {
        pairs
            .iter()
            .map(|(code, value)| ((*code).to_owned(), value.clone()))
            .collect::<Answers>()
    };
    assert_eq!(
        stage.check_record(&record(&[("passed", Value::Yes(false))]), TODAY),
        Ok(())
    );
    assert_eq!(
        stage.check_record(&record(&[]), TODAY),
        Err(vec![wrong("passed", FieldProblem::Empty)])
    );
    assert_eq!(
        stage.check_record(
            &record(&[("passed", Value::Number(1)), ("extra", Value::Yes(true))]),
            TODAY
        ),
        Err(vec![
            FormProblem::UnknownField("extra".into()),
            wrong("passed", FieldProblem::Kind)
        ])
    );
}

#[test]
fn values_survive_json() {
    let mut all = answers();
    all.insert("both".into(), name(Some("Asha"), Some("आशा")));
    all.insert("yes".into(), Value::Yes(true));
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), all);
}
