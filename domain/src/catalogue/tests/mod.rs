use jiff::civil::{Date, date};

use super::*;
use crate::{Bilingual, Paper};

const TODAY: Date = date(2026, 11, 22);

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

fn check(kind: &FieldKind, value: &Value) -> Result<(), FieldProblem> {
    field(kind.clone()).check(value, TODAY)
}

fn text(words: impl Into<String>) -> Value {
    Value::Text(words.into())
}

fn name(en: Option<&str>, hi: Option<&str>) -> Value {
    Value::Name(Name {
        en: en.map(Into::into),
        hi: hi.map(Into::into),
    })
}

fn options() -> Vec<Opt> {
    let option = |code: &str, en: &str, hi: &str| Opt {
        code: code.into(),
        label: Bilingual::new(en, hi),
    };
    vec![option("foot", "On foot", "पैदल"), option("bus", "By bus", "बस से")]
}

mod concerns;
mod eligibility;
mod embedded;
mod fees;
mod fields;
mod forms;
mod numbers;
mod people;
mod printing;
mod validity;
