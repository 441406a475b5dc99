//! The questions: their texts, their limits, their conditions, and whether the example would be accepted.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::{BUBBLE, BUTTON, LABEL, ROW, ROWS, Report, words::is_tidy, words::units};
use crate::{
    Bilingual, Language,
    catalogue::{
        Opt, Service,
        model::{Field, FieldKind},
        people::PEOPLE_MAX,
    },
};

/// The day on which examples are read; a file must not pass or fail by the day on which it is checked.
pub(super) const READ_ON: Date = date(2026, 1, 1);

/// Can the answer to such a field satisfy `equals`?
pub(super) fn holdable(kind: &FieldKind, equals: &str) -> bool {
    match kind {
        FieldKind::Choice { options } | FieldKind::Choices { options } => options.iter().any(|o| o.code == equals),
        FieldKind::YesNo => matches!(equals, "yes" | "no"),
        _ => false,
    }
}

impl Report<'_> {
    pub(super) fn form(&mut self, service: &Service) {
        self.codes("field", service.fields.iter().map(|field| field.code.as_str()));
        for (place, field) in service.fields.iter().enumerate() {
            let name = format!("field {}", field.code);
            self.field(&name, field);
            if let Some(condition) = &field.only_if {
                self.condition(&name, condition, service.fields.get(..place).unwrap_or_default());
            }
        }
    }

    pub(super) fn field(&mut self, place: &str, field: &Field) {
        self.text(&format!("{place}, label"), &field.label, LABEL);
        self.text(&format!("{place}, ask"), &field.ask, BUBBLE);
        for language in [Language::En, Language::Hi] {
            let (ask, example) = (field.ask.get(language), field.example.get(language));
            let length = units(ask) + units(example);
            self.unless(length <= BUBBLE, "length", || {
                format!("{place}: question and example together {length} of {BUBBLE}")
            });
            if !is_tidy(example) {
                self.find("tidy", format!("{place}, example.{}: {example:?}", language.code()));
            } else if !would_be_accepted(field, language) {
                self.find("example", format!("{place}, example.{}: {example}", language.code()));
            }
        }
        // Aadhaar Act 2016, section 4 and Puttaswamy (2018): we have no need of the number, so we never ask for it.
        let asked = format!("{} {} {}", field.code, field.label.en, field.ask.en).to_lowercase();
        self.unless(
            !asked.contains("aadhaar") && !asked.contains("aadhar"),
            "aadhaar",
            || place.to_owned(),
        );
        self.limits(place, &field.kind);
    }

    fn limits(&mut self, place: &str, kind: &FieldKind) {
        match kind {
            FieldKind::Text { max } => {
                self.unless((1..=1000).contains(max), "range", || {
                    format!("{place}: at most {max} characters")
                });
            }
            FieldKind::Date {
                min_age: Some(min),
                max_age: Some(max),
                ..
            } => {
                self.unless(min < max, "range", || format!("{place}: ages from {min} to {max}"));
            }
            FieldKind::Number { min, max } => {
                self.unless(min < max, "range", || format!("{place}: from {min} to {max}"));
            }
            FieldKind::Money { max } => self.unless(*max > 0, "range", || format!("{place}: at most {max} rupees")),
            FieldKind::People { max } => self.unless((1..=PEOPLE_MAX).contains(max), "range", || {
                format!("{place}: at most {max} people; the page holds 1 to {PEOPLE_MAX}")
            }),
            FieldKind::Choice { options } | FieldKind::Choices { options } => self.options(place, kind, options),
            FieldKind::Name
            | FieldKind::Address
            | FieldKind::Date { .. }
            | FieldKind::Pin
            | FieldKind::Phone
            | FieldKind::YesNo
            | FieldKind::VehicleNumber
            | FieldKind::LicenceNumber => {}
        }
    }

    fn options(&mut self, place: &str, kind: &FieldKind, options: &[Opt]) {
        self.unless((2..=ROWS).contains(&options.len()), "count", || {
            format!("{place}: {} options; there may be 2 to {ROWS}", options.len())
        });
        self.codes(
            &format!("{place}: option"),
            options.iter().map(|option| option.code.as_str()),
        );
        // One of up to three becomes a button; more, or several at once, a row of a list.
        let button = options.len() <= 3 && matches!(kind, FieldKind::Choice { .. });
        for option in options {
            let max = if button { BUTTON } else { ROW };
            self.text(&format!("{place}, option {}", option.code), &option.label, max);
        }
        for pick in [
            |label: &Bilingual| label.en.to_lowercase(),
            |label: &Bilingual| label.hi.clone(),
        ] {
            let labels: BTreeSet<String> = options.iter().map(|option| pick(&option.label)).collect();
            self.unless(labels.len() == options.len(), "unique", || {
                format!("{place}: two options read the same")
            });
        }
    }
}

/// Would a citizen who copies the example be accepted?
fn would_be_accepted(field: &Field, language: Language) -> bool {
    field
        .example_value(language)
        .is_some_and(|value| field.check(&value, READ_ON).is_ok())
}
