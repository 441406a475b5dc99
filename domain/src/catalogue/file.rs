//! How a question stands in a service's file: its kind and the limits of that kind side by side with its texts.
//! Read strictly, because a misspelt `optional` or a limit that its kind does not know would pass unseen.

use serde::Deserialize;

use super::model::{Condition, Field, FieldKind, Opt};
use crate::Bilingual;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldFile {
    code: String,
    label: Bilingual,
    ask: Bilingual,
    example: Bilingual,
    kind: Kind,
    #[serde(default)]
    optional: bool,
    only_if: Option<Condition>,
    min: Option<i64>,
    max: Option<i64>,
    past: Option<bool>,
    min_age: Option<u8>,
    max_age: Option<u8>,
    options: Option<Vec<Opt>>,
    in_delhi: Option<bool>,
    may_repeat: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Name,
    Text,
    Address,
    Date,
    Choice,
    Choices,
    Number,
    Money,
    Pin,
    Phone,
    YesNo,
    VehicleNumber,
    LicenceNumber,
    People,
}

impl TryFrom<FieldFile> for Field {
    type Error = String;

    fn try_from(mut file: FieldFile) -> Result<Self, String> {
        let code = file.code.clone();
        let missing = |what: &str| format!("field {code}: its kind needs {what}");
        let kind = match file.kind {
            Kind::Name => FieldKind::Name,
            Kind::Text => {
                let max = file.max.take().ok_or_else(|| missing("max"))?;
                let max = usize::try_from(max).map_err(|_| missing("a max above zero"))?;
                FieldKind::Text { max }
            }
            Kind::Address => FieldKind::Address,
            Kind::Date => FieldKind::Date {
                past: file.past.take().unwrap_or(false),
                min_age: file.min_age.take(),
                max_age: file.max_age.take(),
            },
            Kind::Choice => FieldKind::Choice {
                options: file.options.take().ok_or_else(|| missing("options"))?,
            },
            Kind::Choices => FieldKind::Choices {
                options: file.options.take().ok_or_else(|| missing("options"))?,
            },
            Kind::Number => FieldKind::Number {
                min: file.min.take().ok_or_else(|| missing("min"))?,
                max: file.max.take().ok_or_else(|| missing("max"))?,
            },
            Kind::Money => FieldKind::Money {
                max: file.max.take().ok_or_else(|| missing("max"))?,
            },
            Kind::Pin => FieldKind::Pin,
            Kind::Phone => FieldKind::Phone,
            Kind::YesNo => FieldKind::YesNo,
            Kind::VehicleNumber => FieldKind::VehicleNumber,
            Kind::LicenceNumber => FieldKind::LicenceNumber,
            Kind::People => {
                let max = file.max.take().ok_or_else(|| missing("max"))?;
                let max = u8::try_from(max).map_err(|_| missing("a max from 1 to 12"))?;
                FieldKind::People { max }
            }
        };
        let in_delhi = matches!(kind, FieldKind::Address) && file.in_delhi.take().unwrap_or(false);
        let may_repeat = matches!(kind, FieldKind::Name) && file.may_repeat.take().unwrap_or(false);
        let left = [
            ("min", file.min.is_some()),
            ("max", file.max.is_some()),
            ("past", file.past.is_some()),
            ("min_age", file.min_age.is_some()),
            ("max_age", file.max_age.is_some()),
            ("options", file.options.is_some()),
            ("in_delhi", file.in_delhi.is_some()),
            ("may_repeat", file.may_repeat.is_some()),
        ];
        if let Some((what, _)) = left.into_iter().find(|(_, left)| *left) {
            return Err(format!("field {code}: its kind has no {what}"));
        }
        Ok(Self {
            code: file.code,
            label: file.label,
            ask: file.ask,
            example: file.example,
            kind,
            optional: file.optional,
            only_if: file.only_if,
            in_delhi,
            may_repeat,
        })
    }
}
