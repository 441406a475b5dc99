//! What the demonstration's citizens answer.

use domain::{
    Language,
    catalogue::{Field, FieldKind, Service, Value},
};

/// The words for a field, and the value they mean where other fields depend on it.
pub(super) fn answer(service: &Service, field: &Field, language: Language) -> (String, Option<Value>) {
    match &field.kind {
        FieldKind::Choice { options } => {
            let option = options.first();
            let label = option.map(|o| o.label.get(language).to_owned()).unwrap_or_default();
            (label, option.map(|o| Value::Choice(o.code.clone())))
        }
        FieldKind::Choices { options } => {
            let option = options.first();
            let label = option.map(|o| o.label.get(language).to_owned()).unwrap_or_default();
            (label, option.map(|o| Value::Choices(vec![o.code.clone()])))
        }
        FieldKind::YesNo => {
            // Honest answers of a person who is entitled: resident in 1993, and none of the excluding posts.
            let yes = field.code == "in_delhi_1993" || field.code.starts_with("held");
            let said = match (yes, language) {
                (true, Language::En) => "yes",
                (true, Language::Hi) => "हाँ",
                (false, Language::En) => "no",
                (false, Language::Hi) => "नहीं",
            };
            (said.to_owned(), Some(Value::Yes(yes)))
        }
        _ if field.optional => (
            match language {
                Language::En => "skip".to_owned(),
                Language::Hi => "छोड़ें".to_owned(),
            },
            None,
        ),
        FieldKind::Name if field.code == service.certificate.holder => ("Aarohi Sharma / आरोही शर्मा".to_owned(), None),
        FieldKind::Text { .. } if field.code == "caste" => ("Kumhar".to_owned(), None),
        FieldKind::Money { .. } => ("1,80,000".to_owned(), None),
        // Everything else is answered as the question's own example shows.
        _ => (field.example.get(language).to_owned(), None),
    }
}
