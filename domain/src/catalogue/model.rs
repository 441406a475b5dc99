use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    concern::Check,
    eligibility::Eligibility,
    file::FieldFile,
    form::{Answers, Value},
};
use crate::Bilingual;

/// One service, as its file tells it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable code, equal to the file's name, for example `birth_certificate`.
    pub code: String,
    /// Two capital letters inside certificate numbers, unique in the catalogue, for example `BC`.
    pub letters: String,
    /// Raised whenever the meaning of a field changes; kept with each application.
    pub version: u32,
    /// The full name.
    pub name: Bilingual,
    /// The name for a list row: at most 24 UTF-16 units in either language.
    pub short: Bilingual,
    /// One line under the row: at most 72 UTF-16 units in either language.
    pub description: Bilingual,
    /// Where it stands in the menu.
    pub life_event: LifeEvent,
    /// The department that answers for it.
    pub department: Bilingual,
    /// The office that issues in the demonstration.
    pub office: Bilingual,
    /// What the citizen is asked, in this order.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
    /// Which papers are needed, in this order.
    #[serde(rename = "document")]
    pub documents: Vec<Document>,
    /// What it costs.
    pub fee: Fee,
    /// How long it may take.
    pub time_limit: Days,
    /// Who may have it.
    #[serde(default)]
    pub eligibility: Vec<Eligibility>,
    /// What in the answers an officer would probably stop at.
    #[serde(rename = "check", default)]
    pub checks: Vec<Check>,
    /// Who acts, in this order; the last one decides.
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
    /// For what reasons it may be refused.
    #[serde(rename = "refusal")]
    pub refusals: Vec<RefusalReason>,
    /// How long what is issued holds.
    pub validity: Validity,
    /// What is printed.
    pub certificate: Layout,
    /// How people call it.
    pub aliases: Aliases,
    /// How people tell the event of their life that leads to it, without naming it. They teach the assistant.
    pub situations: Situations,
    /// Services that people mix it up with.
    #[serde(default)]
    pub near: Vec<String>,
}

impl Service {
    /// One field.
    #[must_use]
    pub fn field(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == code)
    }

    /// One document.
    #[must_use]
    pub fn document(&self, code: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.code == code)
    }

    /// One reason for refusal.
    #[must_use]
    pub fn refusal(&self, code: &str) -> Option<&RefusalReason> {
        self.refusals.iter().find(|reason| reason.code == code)
    }
}

/// Under which event of a life a service is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeEvent {
    /// A child is born, somebody dies.
    BirthAndDeath,
    /// A marriage.
    Family,
    /// Caste, income, residence.
    CasteAndIncome,
    /// Home and land.
    Home,
    /// Food, pension, cards.
    Support,
    /// Licence and vehicle.
    Vehicle,
    /// A shop or trade.
    Work,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "FieldFile")]
pub struct Field {
    /// Stable code within the service.
    pub code: String,
    /// What it is called on a screen and on paper.
    pub label: Bilingual,
    /// The question, as a whole sentence.
    pub ask: Bilingual,
    /// An answer that would be accepted, as an example.
    pub example: Bilingual,
    /// What an answer looks like.
    pub kind: FieldKind,
    /// May be skipped.
    pub optional: bool,
    /// Asked only if another answer has this value.
    pub only_if: Option<Condition>,
    /// An address that must lie in Delhi.
    pub in_delhi: bool,
    /// A name that may be that of somebody else in the form: a shop's owner may manage it.
    pub may_repeat: bool,
}

/// Holds if the answer to `field` is `equals` (the code of a choice, or `yes`/`no`). It stands inside events too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The other field: of a question, one earlier in the list.
    pub field: String,
    /// Its value.
    pub equals: String,
}

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// A person's name, in Latin letters, Devanagari, or both with a `/` between.
    Name,
    /// Free text on one line.
    Text {
        /// At most so many characters.
        max: usize,
    },
    /// A postal address, in either script; at most 300 characters on at most five lines.
    Address,
    /// A civil date, day first.
    Date {
        /// Not after today.
        past: bool,
        /// At least so many years before today: a legal age.
        min_age: Option<u8>,
        /// At most so many years before today.
        max_age: Option<u8>,
    },
    /// Exactly one of these.
    Choice {
        /// Two to ten, because a list has ten rows.
        options: Vec<Opt>,
    },
    /// One or more of these.
    Choices {
        /// Two to ten.
        options: Vec<Opt>,
    },
    /// A whole number.
    Number {
        /// Smallest accepted.
        min: i64,
        /// Largest accepted.
        max: i64,
    },
    /// Rupees, whole.
    Money {
        /// Largest accepted.
        max: i64,
    },
    /// A PIN of Delhi: six digits beginning with 11.
    Pin,
    /// A mobile number of India: ten digits beginning with 6 to 9.
    Phone,
    /// Yes or no.
    YesNo,
    /// The registration mark of a vehicle, as `DL3CAB1234` or `22BH1234AA`.
    VehicleNumber,
    /// The number of a driving licence, as `DL0420110149646`, or as it was written formerly.
    LicenceNumber,
    /// Persons, each with name, relation and age.
    People {
        /// At most so many; at least one.
        max: u8,
    },
}

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opt {
    /// Stable code.
    pub code: String,
    /// At most 24 UTF-16 units in either language; 20 where there are three or fewer, because they become buttons.
    pub label: Bilingual,
}

/// One paper.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Stable code within the service.
    pub code: String,
    /// What it is called.
    pub label: Bilingual,
    /// What would do, as one sentence: what counts, how to photograph it.
    pub help: Bilingual,
    /// Which papers do, any one of them: codes of `domain/papers.toml`. Empty where the label says it all.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// What a picture of it shows.
    #[serde(default)]
    pub shows: Shows,
    /// May be left out.
    #[serde(default)]
    pub optional: bool,
    /// Asked for only if an answer has this value.
    #[serde(default)]
    pub only_if: Option<Condition>,
}

/// What a picture of a paper shows: by this it is looked at before it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Writing.
    #[default]
    Writing,
    /// A person, or several.
    Portrait,
    /// A thing or a place: a shop, its board.
    Scene,
}

/// What it costs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Rupees, where any figure is known; with `each`, for the first choice.
    #[serde(default)]
    pub rupees: Option<u32>,
    /// What is added for every choice after the first.
    #[serde(default)]
    pub each: Option<FeeEach>,
    /// What else there is to know: a late fee, what is free.
    #[serde(default)]
    pub note: Option<Bilingual>,
    /// Confirmed by the department; otherwise it is spoken as "about" or "the office will confirm".
    pub confirmed: bool,
    /// Where the figure is from.
    pub source: String,
}

/// A part of the fee that counts what was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeEach {
    /// A field of several choices.
    pub field: String,
    /// Rupees for each choice after the first.
    pub rupees: u32,
}

impl Fee {
    /// Rupees for these answers, where any figure is known. A question that was not answered counts as one choice.
    #[must_use]
    pub fn rupees(&self, answers: &Answers) -> Option<u32> {
        let further = self.each.as_ref().map_or(0, |each| match answers.get(&each.field) {
            Some(Value::Choices(chosen)) => {
                let count = u32::try_from(chosen.len().saturating_sub(1)).unwrap_or(u32::MAX);
                each.rupees.saturating_mul(count)
            }
            _ => 0,
        });
        Some(self.rupees?.saturating_add(further))
    }
}

/// A number of days.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// Calendar days, where any figure is known.
    #[serde(default)]
    pub days: Option<u32>,
    /// Confirmed by the department.
    pub confirmed: bool,
    /// Where the figure is from.
    pub source: String,
}

/// One step on the way to a decision.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Stable code within the service, for example `scrutiny`.
    pub code: String,
    /// Who may act, for example `sub_registrar`.
    pub role: String,
    /// What the citizen is told is happening.
    pub title: Bilingual,
    /// By an officer or by Praman itself.
    #[serde(default)]
    pub kind: StageKind,
    /// Calendar days it should take, where known.
    #[serde(default)]
    pub days: Option<u32>,
    /// The way leads through here only if this holds for the form.
    #[serde(default)]
    pub only_if: Option<Condition>,
    /// The way does not lead through here if this holds for the form.
    #[serde(default)]
    pub unless: Option<Condition>,
    /// What the officer must record before the file moves on. Kept readable in the ledger, so no kind of
    /// field that could hold something about a person.
    #[serde(default, rename = "record")]
    pub records: Vec<Field>,
    /// The file moves on only if this was recorded: a passed test. Otherwise the officer refuses.
    #[serde(default)]
    pub passes_if: Option<Condition>,
    /// A public notice stands for so many whole days, beginning with the day after the file reached this
    /// stage; the stage is passed on the day after the last.
    #[serde(default)]
    pub notice_days: Option<u16>,
    /// May this stage refuse? The last one always may.
    #[serde(default)]
    pub may_refuse: bool,
}

impl Stage {
    /// Does the way lead through this stage, given the form?
    #[must_use]
    pub fn applies(&self, answers: &Answers) -> bool {
        self.only_if.as_ref().is_none_or(|c| c.holds(answers))
            && !self.unless.as_ref().is_some_and(|c| c.holds(answers))
    }
}

/// Who takes a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// An officer.
    #[default]
    Officer,
    /// Praman, when everything asked for is there.
    Automatic,
}

/// A reason for refusal, from a closed list: never free text alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalReason {
    /// Stable code.
    pub code: String,
    /// What the citizen is told, with what to do next.
    pub text: Bilingual,
}

/// How long what is issued holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Validity {
    /// Without end.
    Lifetime {
        /// Where the rule is from.
        source: String,
    },
    /// So many months from the day of issue.
    Months {
        /// How many.
        months: u16,
        /// Where the rule is from.
        source: String,
    },
    /// Motor Vehicles Act 1988, section 14(2)(b) as amended in 2019: by the holder's age on the day of issue
    /// (non-transport). Under 30: until 40. 30 to 49: ten years. 50 to 54: until 60. From 55: five years.
    DrivingLicence {
        /// The field that holds the date of birth.
        birth_field: String,
        /// Where the rule is from.
        source: String,
    },
    /// Until the end of the financial year in which it is issued: 31 March (General Clauses Act 1897, section 3(21)).
    FinancialYear {
        /// Where the rule is from.
        source: String,
    },
    /// Without an end of its own: the office looks at it again and may then take it back.
    UntilReviewed {
        /// Where the rule is from.
        source: String,
    },
}

impl Validity {
    /// The last day on which a certificate issued on `issued` holds, or `None` when it has no end.
    #[must_use]
    pub fn last_day(&self, issued: Date, answers: &Answers) -> Option<Date> {
        let whole = |years: u8| last_of_months(issued, 12 * i32::from(years));
        match self {
            Self::Lifetime { .. } | Self::UntilReviewed { .. } => None,
            Self::FinancialYear { .. } => {
                let ends_in = if issued.month() <= 3 {
                    issued.year()
                } else {
                    issued.year().saturating_add(1)
                };
                Date::new(ends_in, 3, 31).ok()
            }
            Self::Months { months, .. } => Some(last_of_months(issued, i32::from(*months))),
            Self::DrivingLicence { birth_field, .. } => {
                let Some(Value::Date(birth)) = answers.get(birth_field) else {
                    return Some(whole(5));
                };
                let birthday = |age: i32| birth.saturating_add(age.years()).saturating_sub(1.day());
                Some(match age_on(*birth, issued) {
                    ..30 => birthday(40),
                    30..50 => whole(10),
                    50..55 => birthday(60),
                    _ => whole(5),
                })
            }
        }
    }
}

/// The last day of a period of months that begins on `from`: the day before the one of the same number, or the last
/// of the month where that has no such day.
fn last_of_months(from: Date, months: i32) -> Date {
    let same = from.saturating_add(months.months());
    if same.day() < from.day() {
        same
    } else {
        same.saturating_sub(1.day())
    }
}

/// Completed years on a day. A person born on 29 February completes a year on 28 February of a common year.
#[must_use]
pub(crate) fn age_on(birth: Date, day: Date) -> i32 {
    let mut years = i32::from(day.year()) - i32::from(birth.year());
    if birth.saturating_add(years.years()) > day {
        years -= 1;
    }
    years
}

/// What is printed, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Layout and its version, for example `certificate/1`.
    pub layout: String,
    /// The heading of the page.
    pub title: Bilingual,
    /// The certifying sentence.
    pub statement: Bilingual,
    /// The field with the name of the person it is about.
    pub holder: String,
    /// The field with a parent's or spouse's name, for the code in the QR.
    #[serde(default)]
    pub guardian: Option<String>,
    /// The field with the date of birth, where the QR must carry it.
    #[serde(default)]
    pub birth: Option<String>,
    /// The one other particular that the QR carries: caste, vehicle classes, spouse.
    #[serde(default)]
    pub particular: Option<String>,
    /// The rows of the table: codes of the service's fields, in printed order; at most ten.
    pub rows: Vec<String>,
}

/// How people call a service, besides its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    /// In English.
    pub en: Vec<String>,
    /// In Hindi.
    pub hi: Vec<String>,
    /// In Hindi written with Latin letters.
    pub hinglish: Vec<String>,
}

/// Sentences in which people tell what has happened, without the name of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situations {
    /// In English.
    pub en: Vec<String>,
    /// In Hindi.
    pub hi: Vec<String>,
    /// In Hindi written with Latin letters.
    pub hinglish: Vec<String>,
}

/// A value as printed, in one or both scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// In English or Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// In Hindi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<String>,
}
