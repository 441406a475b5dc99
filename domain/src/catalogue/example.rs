//! What the examples of a service's file mean: a form as somebody would fill it in who copies them.

use jiff::civil::Date;

use super::{
    form::{Answers, Name, Value},
    model::{Field, FieldKind, Opt, Service},
    people::Person,
};
use crate::Language;

impl Field {
    /// The answer that its example in this language means, as it would be kept; none when it means nothing.
    #[must_use]
    pub fn example_value(&self, language: Language) -> Option<Value> {
        read(&self.kind, self.example.get(language), language).map(|value| self.tidied(&value))
    }
}

impl Service {
    /// The form that all examples in this language make together: every question that applies, optional ones too. A question whose example
    /// means nothing is left out.
    #[must_use]
    pub fn example_answers(&self, language: Language) -> Answers {
        let mut answers = Answers::new();
        for field in &self.fields {
            if field.applies(&answers)
                && let Some(value) = field.example_value(language)
            {
                answers.insert(field.code.clone(), value);
            }
        }
        answers
    }
}

fn read(kind: &FieldKind, example: &str, language: Language) -> Option<Value> {
    let code = |options: &[Opt], label: &str| {
        let found = options.iter().find(|option| option.label.get(language) == label);
        found.map(|option| option.code.clone())
    };
    Some(match kind {
        FieldKind::Name => {
            let mut name = Name::default();
            for part in example.split('/').map(str::trim) {
                let devanagari = part.chars().any(|c| matches!(c, '\u{900}'..='\u{97F}'));
                let slot = if devanagari { &mut name.hi } else { &mut name.en };
                if slot.replace(part.to_owned()).is_some() {
                    return None;
                }
            }
            Value::Name(name)
        }
        FieldKind::Text { .. }
        | FieldKind::Address
        | FieldKind::Pin
        | FieldKind::Phone
        | FieldKind::VehicleNumber
        | FieldKind::LicenceNumber => Value::Text(example.to_owned()),
        FieldKind::People { .. } => Value::People(Person::list(example).ok()?),
        FieldKind::Date { .. } => {
            let mut parts = example.split('/');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            Value::Date(Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?)
        }
        FieldKind::Choice { options } => Value::Choice(code(options, example)?),
        FieldKind::Choices { options } => Value::Choices(
            example
                .split(", ")
                .map(|label| code(options, label))
                .collect::<Option<_>>()?,
        ),
        FieldKind::Number { .. } | FieldKind::Money { .. } => Value::Number(example.replace(',', "").parse().ok()?),
        FieldKind::YesNo => Value::Yes(match (language, example) {
            (Language::En, "Yes") | (Language::Hi, "हाँ") => true,
            (Language::En, "No") | (Language::Hi, "नहीं") => false,
            _ => return None,
        }),
    })
}
