//! What an officer records at a stage: from the form's fields to typed values, and back.

use std::collections::BTreeMap;

use assistant::words;
use domain::{
    Bilingual, Language,
    application::StageRecord,
    catalogue::{Field, FieldKind, FieldProblem, Name, Person, Stage, Value},
};
use jiff::civil::Date;

use super::page::{Choice, RecordInput};
use crate::fields::Fields;

/// What is wrong, by field.
pub(super) type Problems = BTreeMap<String, FieldProblem>;

pub(super) fn name_of(field: &Field) -> String {
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

pub(super) fn value(field: &Field, first: &str, all: &[&str]) -> Result<Value, FieldProblem> {
    Ok(match &field.kind {
        FieldKind::Name => Value::Name(name(first)),
        FieldKind::Text { .. } | FieldKind::Address | FieldKind::Pin | FieldKind::Phone => {
            Value::Text(first.to_owned())
        }
        FieldKind::VehicleNumber | FieldKind::LicenceNumber => field.tidied(&Value::Text(first.to_owned())),
        FieldKind::People { .. } => Value::People(Person::list(first)?),
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

/// A name in one script, or in both with a `/` between.
fn name(typed: &str) -> Name {
    let mut name = Name::default();
    for part in typed.split('/').map(str::trim).filter(|part| !part.is_empty()) {
        let devanagari = part.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c));
        let place = if devanagari { &mut name.hi } else { &mut name.en };
        *place = Some(match place.take() {
            // Two names in one script: told as one that no field takes.
            Some(before) => format!("{before}/{part}"),
            None => part.to_owned(),
        });
    }
    name
}

/// A value as the form of its field holds it.
pub(super) fn typed(field: &Field, value: &Value) -> Vec<(String, String)> {
    let one = |text: String| vec![(name_of(field), text)];
    match value {
        Value::Name(name) => {
            let scripts: Vec<&str> = name.en.as_deref().into_iter().chain(name.hi.as_deref()).collect();
            one(scripts.join(" / "))
        }
        Value::Text(text) => one(text.clone()),
        Value::Date(date) => one(date.to_string()),
        Value::Choice(code) => one(code.clone()),
        Value::Choices(codes) => codes.iter().map(|code| (name_of(field), code.clone())).collect(),
        Value::Number(number) => one(number.to_string()),
        Value::Yes(yes) => one(if *yes { "yes" } else { "no" }.to_owned()),
        Value::People(people) => one(people.iter().map(Person::written).collect::<Vec<_>>().join("\n")),
    }
}

/// The inputs of a stage, filled with what was typed before.
pub(super) fn inputs(stage: &Stage, form: &Fields, problems: &Problems) -> Vec<RecordInput> {
    stage
        .records
        .iter()
        .map(|field| input(field, form, problems.get(&field.code)))
        .collect()
}

pub(super) fn input(field: &Field, form: &Fields, problem: Option<&FieldProblem>) -> RecordInput {
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
        FieldKind::Address | FieldKind::People { .. } => ("textarea", vec![]),
        FieldKind::Text { max } if *max > 80 => ("textarea", vec![]),
        FieldKind::Name
        | FieldKind::Text { .. }
        | FieldKind::Pin
        | FieldKind::Phone
        | FieldKind::VehicleNumber
        | FieldKind::LicenceNumber => ("text", vec![]),
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

/// A value in both languages; where there is one script only, that one.
pub(super) fn in_words(field: &Field, value: &Value) -> Bilingual {
    let printed = field.printed(value);
    let either = |one: Option<String>, other: &Option<String>| one.or_else(|| other.clone()).unwrap_or_default();
    Bilingual {
        en: either(printed.en.clone(), &printed.hi),
        hi: either(printed.hi, &printed.en),
    }
}

/// What was recorded, in words.
pub(super) fn shown(stage: Option<&Stage>, record: &StageRecord) -> Vec<(Bilingual, Bilingual)> {
    let field = |code: &str| stage.and_then(|stage| stage.records.iter().find(|field| field.code == code));
    record
        .iter()
        .filter_map(|(code, value)| {
            let field = field(code)?;
            Some((field.label.clone(), in_words(field, value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> Field {
        Field {
            code: "x".into(),
            label: Bilingual::default(),
            ask: Bilingual::default(),
            example: Bilingual::default(),
            kind,
            optional: false,
            only_if: None,
            in_delhi: false,
            may_repeat: false,
        }
    }

    // An officer who changes nothing on the form of a correction sends what was there.
    #[test]
    fn what_a_form_holds_is_read_again() {
        let household = "Sita Devi / सीता देवी, wife, 34; राहुल, पुत्र, 12";
        for (kind, held) in [
            (
                FieldKind::People { max: 5 },
                Value::People(Person::list(household).unwrap()),
            ),
            (FieldKind::VehicleNumber, Value::Text("DL3CAB1234".into())),
            (FieldKind::LicenceNumber, Value::Text("DL0420110149646".into())),
        ] {
            let field = field(kind);
            let shown = typed(&field, &held);
            let [(name, text)] = shown.as_slice() else {
                panic!("{shown:?}")
            };
            assert_eq!(name, "record_x");
            // A browser ends the lines of a text area with both characters.
            let sent = text.replace('\n', "\r\n");
            assert_eq!(value(&field, &sent, &[&sent]), Ok(held));
        }
        let people = field(FieldKind::People { max: 5 });
        assert_eq!(
            value(&people, "Sita", &["Sita"]),
            Err(FieldProblem::PersonParts { row: 1 })
        );
        let plate = field(FieldKind::VehicleNumber);
        assert_eq!(
            value(&plate, "dl 3c ab 1234", &[]),
            Ok(Value::Text("DL3CAB1234".into()))
        );
    }
}
