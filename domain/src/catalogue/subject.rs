//! Whom or what an application is about, so that the same is noticed when it comes a second time.

use std::fmt;

use jiff::civil::Date;

use super::{
    form::{Answers, Name, Value},
    model::{FieldKind, Service},
};

/// The person, and where the service has them the day of birth and the vehicle.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    /// The name of the person whom the certificate is about.
    pub name: Name,
    /// Their day of birth.
    pub birth: Option<Date>,
    /// The numbers of vehicles and licences.
    pub numbers: Vec<String>,
}

// A name is personal data and must not reach a log by way of `{:?}`.
impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl Subject {
    /// Is it the same? By `same_name` for the name; a day or a number only counts against it where both have one.
    #[must_use]
    pub fn is(&self, other: &Self, same_name: &dyn Fn(&Name, &Name) -> bool) -> bool {
        let days = self.birth.zip(other.birth).is_none_or(|(one, other)| one == other);
        let numbers = self.numbers.is_empty() || other.numbers.is_empty() || self.numbers == other.numbers;
        days && numbers && same_name(&self.name, &other.name)
    }
}

impl Service {
    /// Whom or what these answers are about; nothing where the name is missing.
    #[must_use]
    pub fn subject(&self, answers: &Answers) -> Option<Subject> {
        let Value::Name(name) = answers.get(&self.certificate.holder)? else {
            return None;
        };
        let birth = self.certificate.birth.as_ref().and_then(|code| answers.get(code));
        let numbers = self
            .fields
            .iter()
            .filter(|field| matches!(field.kind, FieldKind::VehicleNumber | FieldKind::LicenceNumber))
            .filter_map(|field| match field.tidied(answers.get(&field.code)?) {
                Value::Text(number) => Some(number),
                _ => None,
            });
        Some(Subject {
            name: name.clone(),
            birth: match birth {
                Some(Value::Date(date)) => Some(*date),
                _ => None,
            },
            numbers: numbers.collect(),
        })
    }
}
