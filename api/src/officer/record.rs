//! What an officer records at a stage: from the form's fields to typed values, and back.

use std::collections::BTreeMap;

use assistant::words;
use domain::{
    Bilingual, Language,
    application::StageRecord,
    catalogue::{Field, FieldKind, FieldProblem, Name, Stage, Value},
};
use jiff::civil::Date;

use super::page::{Choice, RecordInput};
use crate::fields::Fields;

/// What is wrong, by field.
pub(super) type Problems = BTreeMap<String, FieldProblem>;

fn name_of(field: &Field) -> String {
    format!("record_{}", field.code)
}

/// Reads what was recorded. What the form left empty is left out; whether it may be is the rule's business.
pub(super) fn read(stage: &Stage, form: &Fields, today: Date) -> Result<StageRecord, Problems> {
    let (mut record, mut problems) = (StageRecord::new(), Problems::new());
    for field in &stage.records {
        let name = name_of(field);
        let typed: Vec<&str> = form.all(&name).filter(|value| !value.is_empty()).collect();
        let Some(first) = typed.first() else { continue };
        match value(field, first, &typed).and_then(|value| field.check(&value, today).map(|()| value)) {
            Ok(value) => {
                record.insert(field.code.clone(), value);
            }
            Err(problem) => {
                problems.insert(field.code.clone(), problem);
            }
        }
    }
    if problems.is_empty() { Ok(record) } else { Err(problems) }
}

fn value(field: &Field, first: &str, all: &[&str]) -> Result<Value, FieldProblem> {
    Ok(match &field.kind {
        FieldKind::Name => Value::Name(Name {
            en: Some(first.to_owned()),
            hi: None,
        }),
        FieldKind::Text { .. } | FieldKind::Address | FieldKind::Pin | FieldKind::Phone => {
            Value::Text(first.to_owned())
        }
        FieldKind::Date { .. } => Value::Date(first.parse().map_err(|_| FieldProblem::NoSuchDay)?),
        FieldKind::Choice { .. } => Value::Choice(first.to_owned()),
        FieldKind::Choices { .. } => Value::Choices(all.iter().map(|&code| code.to_owned()).collect()),
        FieldKind::Number { .. } | FieldKind::Money { .. } => {
            Value::Number(first.parse().map_err(|_| FieldProblem::Kind)?)
        }
        FieldKind::YesNo => match first {
            "yes" => Value::Yes(true),
            "no" => Value::Yes(false),
            _ => return Err(FieldProblem::NotAnOption),
        },
    })
}

/// The inputs of a stage, filled with what was typed before.
pub(super) fn inputs(stage: &Stage, form: &Fields, problems: &Problems) -> Vec<RecordInput> {
    stage
        .records
        .iter()
        .map(|field| input(field, form, problems.get(&field.code)))
        .collect()
}

fn input(field: &Field, form: &Fields, problem: Option<&FieldProblem>) -> RecordInput {
    let name = name_of(field);
    let chosen = |code: &str| form.all(&name).any(|value| value == code);
    let choice = |code: &str, label: Bilingual| Choice {
        code: code.to_owned(),
        label,
        chosen: chosen(code),
    };
    let (input, choices) = match &field.kind {
        FieldKind::Choice { options } => (
            "radio",
            options.iter().map(|o| choice(&o.code, o.label.clone())).collect(),
        ),
        FieldKind::Choices { options } => (
            "checkbox",
            options.iter().map(|o| choice(&o.code, o.label.clone())).collect(),
        ),
        FieldKind::YesNo => (
            "radio",
            vec![
                choice("yes", Bilingual::new("Yes", "हाँ")),
                choice("no", Bilingual::new("No", "नहीं")),
            ],
        ),
        FieldKind::Date { .. } => ("date", vec![]),
        FieldKind::Number { .. } | FieldKind::Money { .. } => ("number", vec![]),
        FieldKind::Address => ("textarea", vec![]),
        FieldKind::Text { max } if *max > 80 => ("textarea", vec![]),
        FieldKind::Name | FieldKind::Text { .. } | FieldKind::Pin | FieldKind::Phone => ("text", vec![]),
    };
    RecordInput {
        code: field.code.clone(),
        label: field.label.clone(),
        optional: field.optional,
        input,
        value: form.get(&name).to_owned(),
        choices,
        problem: problem.map(|problem| Bilingual {
            en: words::field_problem(problem, Language::En),
            hi: words::field_problem(problem, Language::Hi),
        }),
    }
}

/// What was recorded, in words.
pub(super) fn shown(stage: Option<&Stage>, record: &StageRecord) -> Vec<(Bilingual, Bilingual)> {
    let field = |code: &str| stage.and_then(|stage| stage.records.iter().find(|field| field.code == code));
    record
        .iter()
        .filter_map(|(code, value)| {
            let field = field(code)?;
            let printed = field.printed(value);
            let either =
                |one: Option<String>, other: &Option<String>| one.or_else(|| other.clone()).unwrap_or_default();
            let words = Bilingual {
                en: either(printed.en.clone(), &printed.hi),
                hi: either(printed.hi, &printed.en),
            };
            Some((field.label.clone(), words))
        })
        .collect()
}
