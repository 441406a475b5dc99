//! Who may have what a service gives: rules that are told, and where an answer shows it, computed before anything is handed in.

use jiff::civil::Date;
use serde::Deserialize;

use super::{
    form::{Answers, Value},
    model::{Condition, Service, age_on},
};
use crate::Bilingual;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "EligibilityFile")]
pub struct Eligibility {
    /// Stable code within the service.
    pub code: String,
    /// The rule as a citizen is told it: one whole sentence.
    pub text: Bilingual,
    /// Confirmed by the department; otherwise it is spoken as such.
    pub confirmed: bool,
    /// Where the rule is from.
    pub source: String,
    /// How an answer shows whether the rule is kept. None where only an officer can tell.
    pub test: Option<EligibilityTest>,
}

/// What the answer to a field must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EligibilityTest {
    /// The field.
    pub field: String,
    /// What holds for its answer.
    pub bound: Bound,
}

/// The bounds of an [`EligibilityTest`], both inclusive; at least one of them is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Of a date of birth: completed years on the day of the application.
    Age {
        /// At least.
        min: Option<u8>,
        /// At most.
        max: Option<u8>,
    },
    /// Of a number or of rupees.
    Number {
        /// At least.
        min: Option<i64>,
        /// At most.
        max: Option<i64>,
    },
    /// Of a choice, or of yes and no: exactly this code.
    Equals(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EligibilityFile {
    code: String,
    text: Bilingual,
    confirmed: bool,
    source: String,
    field: Option<String>,
    min_age: Option<u8>,
    max_age: Option<u8>,
    min: Option<i64>,
    max: Option<i64>,
    equals: Option<String>,
}

impl TryFrom<EligibilityFile> for Eligibility {
    type Error = String;

    fn try_from(file: EligibilityFile) -> Result<Self, String> {
        let mut bounds = vec![];
        if file.min_age.is_some() || file.max_age.is_some() {
            bounds.push(Bound::Age {
                min: file.min_age,
                max: file.max_age,
            });
        }
        if file.min.is_some() || file.max.is_some() {
            bounds.push(Bound::Number {
                min: file.min,
                max: file.max,
            });
        }
        bounds.extend(file.equals.map(Bound::Equals));
        let test = match (file.field, bounds.pop()) {
            (None, None) => None,
            (Some(field), Some(bound)) if bounds.is_empty() => Some(EligibilityTest { field, bound }),
            (Some(_), None) => return Err(format!("eligibility {}: a field without a test", file.code)),
            (None, Some(_)) => return Err(format!("eligibility {}: a test without a field", file.code)),
            (Some(_), Some(_)) => return Err(format!("eligibility {}: more than one test", file.code)),
        };
        Ok(Self {
            code: file.code,
            text: file.text,
            confirmed: file.confirmed,
            source: file.source,
            test,
        })
    }
}

impl EligibilityTest {
    /// Do the answers break the rule on the civil day `today`? What was not answered breaks nothing.
    fn fails(&self, answers: &Answers, today: Date) -> bool {
        let Some(value) = answers.get(&self.field) else {
            return false;
        };
        let outside = |n: i64, min: Option<i64>, max: Option<i64>| {
            min.is_some_and(|min| n < min) || max.is_some_and(|max| n > max)
        };
        match (&self.bound, value) {
            (Bound::Age { min, max }, Value::Date(birth)) => {
                outside(i64::from(age_on(*birth, today)), min.map(i64::from), max.map(i64::from))
            }
            (Bound::Number { min, max }, Value::Number(n)) => outside(*n, *min, *max),
            (Bound::Equals(equals), Value::Choice(_) | Value::Choices(_) | Value::Yes(_)) => {
                let condition = Condition {
                    field: self.field.clone(),
                    equals: equals.clone(),
                };
                !condition.holds(answers)
            }
            _ => false,
        }
    }
}

impl Service {
    /// The rules that these answers break on the civil day `today`, in the order of the file. They warn and forbid nothing: an officer
    /// decides, and may know of an exception.
    #[must_use]
    pub fn eligibility_problems(&self, answers: &Answers, today: Date) -> Vec<&Eligibility> {
        self.eligibility
            .iter()
            .filter(|rule| rule.test.as_ref().is_some_and(|test| test.fails(answers, today)))
            .collect()
    }
}
