//! Why an answer, or a whole form, is not accepted.

use super::people::AGE_MAX;

/// Why an answer to one field is not accepted. `code()` is the key of the text that a person is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// Nothing was said.
    #[error("an answer is needed")]
    Empty,
    /// Longer than the field may be.
    #[error("the answer has more than {max} characters")]
    TooLong {
        /// The limit in characters.
        max: usize,
    },
    /// Another kind of value than the field takes.
    #[error("the answer is not of the kind that the field takes")]
    Kind,
    /// Holds a character that cannot stand in such a field: a control character, a digit in a name.
    #[error("the answer holds a character that cannot stand there")]
    Character,
    /// A day that the calendar does not have.
    #[error("there is no such day")]
    NoSuchDay,
    /// A day that has not come yet.
    #[error("the day lies in the future")]
    Future,
    /// Younger than the law asks.
    #[error("the age is below {years} years")]
    TooYoung {
        /// The least age in completed years.
        years: u8,
    },
    /// So long ago that it is most likely mistyped.
    #[error("the age is above {years} years")]
    TooOld {
        /// The greatest age in completed years.
        years: u8,
    },
    /// None of the options.
    #[error("not one of the choices")]
    NotAnOption,
    /// Outside the limits.
    #[error("the number is not between {min} and {max}")]
    Range {
        /// Smallest accepted.
        min: i64,
        /// Largest accepted.
        max: i64,
    },
    /// Not a PIN of Delhi.
    #[error("not a PIN of Delhi")]
    Pin,
    /// Not a mobile number of India.
    #[error("not a mobile number of India")]
    Phone,
    /// Not the registration mark of a vehicle in India.
    #[error("not a vehicle's registration number")]
    VehicleNumber,
    /// Not the number of a driving licence, of today's shape or of an older one.
    #[error("not the number of a driving licence")]
    LicenceNumber,
    /// Somebody in a list of people without a name, a relation and an age, in this order.
    #[error("name, relation and age of person {row} cannot be told apart")]
    PersonParts {
        /// Which one of the list, from 1.
        row: usize,
    },
    /// The name of somebody in a list of people cannot be a name.
    #[error("the name of person {row} cannot be a name")]
    PersonName {
        /// Which one of the list, from 1.
        row: usize,
    },
    /// Nobody is that old.
    #[error("the age of person {row} is above {AGE_MAX} years")]
    PersonAge {
        /// Which one of the list, from 1.
        row: usize,
    },
    /// More people than the list holds.
    #[error("more than {max} people")]
    TooManyPeople {
        /// The limit.
        max: u8,
    },
}

impl FieldProblem {
    /// The stable key of this problem, for texts and documents.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "field.empty",
            Self::TooLong { .. } => "field.too_long",
            Self::Kind => "field.kind",
            Self::Character => "field.character",
            Self::NoSuchDay => "field.no_such_day",
            Self::Future => "field.future",
            Self::TooYoung { .. } => "field.too_young",
            Self::TooOld { .. } => "field.too_old",
            Self::NotAnOption => "field.not_an_option",
            Self::Range { .. } => "field.range",
            Self::Pin => "field.pin",
            Self::Phone => "field.phone",
            Self::VehicleNumber => "field.vehicle_number",
            Self::LicenceNumber => "field.licence_number",
            Self::PersonParts { .. } => "field.person_parts",
            Self::PersonName { .. } => "field.person_name",
            Self::PersonAge { .. } => "field.person_age",
            Self::TooManyPeople { .. } => "field.too_many_people",
        }
    }
}

/// Why a whole form is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormProblem {
    /// An answer that does not belong to the service.
    #[error("the service has no field {0}")]
    UnknownField(String),
    /// An answer that is missing or not accepted.
    #[error("the answer to {field} is not accepted")]
    Field {
        /// The field's code.
        field: String,
        /// Why.
        #[source]
        problem: FieldProblem,
    },
    /// A paper that does not belong to the service.
    #[error("the service asks for no paper {0}")]
    UnknownPaper(String),
    /// A paper that is needed and not there.
    #[error("the paper {0} is missing")]
    PaperMissing(String),
}
