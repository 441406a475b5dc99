//! Values as they are shown and printed, in both languages.

use jiff::{Timestamp, civil::Date};

use super::{
    form::{Name, Value, is_devanagari},
    model::{Field, FieldKind, Opt, Printed},
    people::Person,
};
use crate::{Bilingual, who::ist_time};

impl Field {
    /// The value as it is printed, in both languages where it has both.
    #[must_use]
    pub fn printed(&self, value: &Value) -> Printed {
        let both = |text: String| Printed {
            en: Some(text.clone()),
            hi: Some(text),
        };
        let label = |options: &[Opt], code: &str| {
            options
                .iter()
                .find(|option| option.code == code)
                .map_or_else(|| Bilingual::new(code, code), |option| option.label.clone())
        };
        match (&self.kind, value) {
            (_, Value::Name(name)) => Printed {
                en: name.en.clone(),
                hi: name.hi.clone(),
            },
            (FieldKind::Choice { options }, Value::Choice(code)) => {
                let label = label(options, code);
                Printed {
                    en: Some(label.en),
                    hi: Some(label.hi),
                }
            }
            (FieldKind::Choices { options }, Value::Choices(codes)) => {
                let labels: Vec<Bilingual> = codes.iter().map(|c| label(options, c)).collect();
                let join = |pick: fn(&Bilingual) -> &str| labels.iter().map(pick).collect::<Vec<_>>().join(", ");
                Printed {
                    en: Some(join(|b| &b.en)),
                    hi: Some(join(|b| &b.hi)),
                }
            }
            (_, Value::Date(date)) => Printed {
                en: Some(date_in_words(*date).en),
                hi: Some(date_in_words(*date).hi),
            },
            (FieldKind::Money { .. }, Value::Number(n)) => both(format!("₹ {}", grouped(*n))),
            (_, Value::Number(n)) => both(n.to_string()),
            (_, Value::Yes(true)) => Printed {
                en: Some("Yes".into()),
                hi: Some("हाँ".into()),
            },
            (_, Value::Yes(false)) => Printed {
                en: Some("No".into()),
                hi: Some("नहीं".into()),
            },
            (
                FieldKind::Pin | FieldKind::Phone | FieldKind::VehicleNumber | FieldKind::LicenceNumber,
                Value::Text(text),
            ) => both(text.clone()),
            (_, Value::People(people)) => printed_people(people),
            (_, Value::Text(text)) => {
                if text.chars().any(is_devanagari) {
                    Printed {
                        en: None,
                        hi: Some(text.clone()),
                    }
                } else {
                    Printed {
                        en: Some(text.clone()),
                        hi: None,
                    }
                }
            }
            (_, Value::Choice(code)) => both(code.clone()),
            (_, Value::Choices(codes)) => both(codes.join(", ")),
        }
    }
}

/// Person after person. Nobody's name is invented in the other script: English only where everybody has a Latin name and relation, Hindi
/// wherever it cannot be English alone.
pub(super) fn printed_people(people: &[Person]) -> Printed {
    let lines = |name: fn(&Name) -> &str| {
        let line = |(place, person): (usize, &Person)| {
            format!(
                "{}. {}, {}, {}",
                place + 1,
                name(&person.name),
                person.relation,
                person.age
            )
        };
        people.iter().enumerate().map(line).collect::<Vec<_>>().join("; ")
    };
    let in_english = people
        .iter()
        .all(|person| person.name.en.is_some() && !person.relation.chars().any(is_devanagari));
    let in_hindi = !in_english || people.iter().all(|person| person.name.hi.is_some());
    Printed {
        en: in_english.then(|| lines(Name::any)),
        hi: in_hindi.then(|| lines(|name| name.hi.as_deref().unwrap_or_else(|| name.any()))),
    }
}

const MONTHS: [(&str, &str); 12] = [
    ("January", "जनवरी"),
    ("February", "फ़रवरी"),
    ("March", "मार्च"),
    ("April", "अप्रैल"),
    ("May", "मई"),
    ("June", "जून"),
    ("July", "जुलाई"),
    ("August", "अगस्त"),
    ("September", "सितंबर"),
    ("October", "अक्टूबर"),
    ("November", "नवंबर"),
    ("December", "दिसंबर"),
];

/// `31 March 2026` and `31 मार्च 2026`: the one way in which dates are shown and printed.
#[must_use]
pub fn date_in_words(date: Date) -> Bilingual {
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    let (en, hi) = MONTHS.get(month).copied().unwrap_or(("", ""));
    Bilingual::new(
        format!("{} {en} {}", date.day(), date.year()),
        format!("{} {hi} {}", date.day(), date.year()),
    )
}

/// `31 March 2026, 17:04 IST` and `31 मार्च 2026, 17:04 IST`.
#[must_use]
pub fn instant_in_words(at: Timestamp) -> Bilingual {
    let local = ist_time(at);
    let words = date_in_words(local.date());
    let clock = format!("{:02}:{:02} IST", local.hour(), local.minute());
    Bilingual::new(format!("{}, {clock}", words.en), format!("{}, {clock}", words.hi))
}

/// Indian grouping: 12,34,567.
fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    let count = digits.len();
    for (place, c) in digits.chars().enumerate() {
        let left = count - place;
        if place > 0 && (left == 3 || (left > 3 && left % 2 == 1)) {
            out.push(',');
        }
        out.push(c);
    }
    if n < 0 { format!("-{out}") } else { out }
}
