use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    model::{Condition, Document, Field, FieldKind, Service, Stage, age_on},
    numbers,
    people::{self, Person},
    problem::{FieldProblem, FormProblem},
};
use crate::Paper;

/// Answers by field code.
pub type Answers = BTreeMap<String, Value>;

/// A typed answer. This is a storage format: it stands inside events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A person's name.
    Name(Name),
    /// Text or an address.
    Text(String),
    /// A civil date.
    Date(Date),
    /// The code of one option.
    Choice(String),
    /// The codes of several options.
    Choices(Vec<String>),
    /// A number, or rupees.
    Number(i64),
    /// Yes or no.
    Yes(bool),
    /// Persons, in the order in which they were named.
    People(Vec<Person>),
}

/// A name as the citizen wrote it: in one script or in both. Never transliterated silently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// In Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// In Devanagari.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<String>,
}

impl Name {
    /// The name in the wanted script, or in the one there is.
    #[must_use]
    pub fn any(&self) -> &str {
        self.en.as_deref().or(self.hi.as_deref()).unwrap_or("")
    }
}

/// Answers and papers that were checked against a service: the only way to submit an application, so
/// that nothing unchecked can reach the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedForm {
    service: Service,
    answers: Answers,
    papers: Vec<Paper>,
}

impl CheckedForm {
    /// The service it was checked against.
    #[must_use]
    pub const fn service(&self) -> &Service {
        &self.service
    }

    /// The answers.
    #[must_use]
    pub const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The papers.
    #[must_use]
    pub fn papers(&self) -> &[Paper] {
        &self.papers
    }
}

impl Condition {
    /// Does it hold for these answers?
    #[must_use]
    pub fn holds(&self, answers: &Answers) -> bool {
        match answers.get(&self.field) {
            Some(Value::Choice(code)) => *code == self.equals,
            Some(Value::Choices(codes)) => codes.contains(&self.equals),
            Some(Value::Yes(yes)) => self.equals == if *yes { "yes" } else { "no" },
            _ => false,
        }
    }
}

impl Field {
    /// Is this field to be asked, given the answers so far?
    #[must_use]
    pub fn applies(&self, answers: &Answers) -> bool {
        self.only_if.as_ref().is_none_or(|c| c.holds(answers))
    }

    /// Checks one typed answer on the civil day `today`.
    ///
    /// # Errors
    /// The first [`FieldProblem`].
    pub fn check(&self, value: &Value, today: Date) -> Result<(), FieldProblem> {
        match (&self.kind, value) {
            (FieldKind::Name, Value::Name(name)) => check_name(name),
            (FieldKind::Text { max }, Value::Text(text)) => check_text(text, *max, 1),
            (FieldKind::Address, Value::Text(text)) => check_text(text, ADDRESS_MAX, ADDRESS_LINES_MAX),
            (FieldKind::Date { past, min_age, max_age }, Value::Date(date)) => {
                check_date(*date, today, *past, *min_age, *max_age)
            }
            (FieldKind::Choice { options }, Value::Choice(code)) => options
                .iter()
                .any(|option| option.code == *code)
                .then_some(())
                .ok_or(FieldProblem::NotAnOption),
            (FieldKind::Choices { options }, Value::Choices(codes)) => {
                if codes.is_empty() {
                    return Err(FieldProblem::Empty);
                }
                let named_before = |place: usize, code: &String| codes.iter().take(place).any(|other| other == code);
                codes
                    .iter()
                    .enumerate()
                    .all(|(place, code)| {
                        !named_before(place, code) && options.iter().any(|option| option.code == *code)
                    })
                    .then_some(())
                    .ok_or(FieldProblem::NotAnOption)
            }
            (FieldKind::Number { min, max }, Value::Number(n)) => check_range(*n, *min, *max),
            (FieldKind::Money { max }, Value::Number(n)) => check_range(*n, 0, *max),
            (FieldKind::Pin, Value::Text(pin)) => {
                (pin.len() == 6 && pin.starts_with("11") && pin.bytes().all(|b| b.is_ascii_digit()))
                    .then_some(())
                    .ok_or(FieldProblem::Pin)
            }
            (FieldKind::Phone, Value::Text(phone)) => (phone.len() == 10
                && phone.starts_with(['6', '7', '8', '9'])
                && phone.bytes().all(|b| b.is_ascii_digit()))
            .then_some(())
            .ok_or(FieldProblem::Phone),
            (FieldKind::YesNo, Value::Yes(_)) => Ok(()),
            (FieldKind::VehicleNumber, Value::Text(number)) => numbers::is_vehicle(number)
                .then_some(())
                .ok_or(FieldProblem::VehicleNumber),
            (FieldKind::LicenceNumber, Value::Text(number)) => numbers::is_licence(number, today)
                .then_some(())
                .ok_or(FieldProblem::LicenceNumber),
            (FieldKind::People { max }, Value::People(people)) => people::check(people, *max),
            _ => Err(FieldProblem::Kind),
        }
    }
}

/// A text as it is kept: in NFC and without space around it, so that the same name is the same bytes.
fn tidy(text: &str) -> String {
    text.trim().nfc().collect()
}

impl Name {
    fn tidied(&self) -> Self {
        Self {
            en: self.en.as_deref().map(tidy),
            hi: self.hi.as_deref().map(tidy),
        }
    }
}

impl Field {
    /// The answer as it is kept: texts tidied, numbers of vehicles and licences in the one way of writing them.
    #[must_use]
    pub fn tidied(&self, value: &Value) -> Value {
        match (&self.kind, value) {
            (FieldKind::VehicleNumber, Value::Text(text)) => Value::Text(numbers::vehicle(text)),
            (FieldKind::LicenceNumber, Value::Text(text)) => Value::Text(numbers::licence(text)),
            (_, Value::Name(name)) => Value::Name(name.tidied()),
            (_, Value::Text(text)) => Value::Text(tidy(text)),
            (_, Value::People(people)) => Value::People(
                people
                    .iter()
                    .map(|person| Person {
                        name: person.name.tidied(),
                        relation: tidy(&person.relation),
                        age: person.age,
                    })
                    .collect(),
            ),
            (_, other) => other.clone(),
        }
    }
}

impl Document {
    /// Is this paper to be asked for, given the answers?
    #[must_use]
    pub fn applies(&self, answers: &Answers) -> bool {
        self.only_if.as_ref().is_none_or(|c| c.holds(answers))
    }
}

impl Stage {
    /// Checks what an officer wants to record at this stage on the civil day `today`. The rules of an application
    /// know which codes are wanted; only the catalogue knows what may stand there.
    ///
    /// # Errors
    /// Every [`FormProblem`], in the order of the fields.
    pub fn check_record(&self, record: &Answers, today: Date) -> Result<(), Vec<FormProblem>> {
        let mut problems = unknown_fields(&self.records, record);
        for field in &self.records {
            let checked = record.get(&field.code).ok_or(FieldProblem::Empty);
            if let Err(problem) = checked.and_then(|value| field.check(value, today)) {
                problems.push(FormProblem::Field {
                    field: field.code.clone(),
                    problem,
                });
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn unknown_fields(fields: &[Field], answers: &Answers) -> Vec<FormProblem> {
    answers
        .keys()
        .filter(|code| fields.iter().all(|field| field.code != **code))
        .map(|code| FormProblem::UnknownField(code.clone()))
        .collect()
}

impl Service {
    /// Checks a whole form on the civil day `today`. Texts are kept in NFC, without space around them.
    ///
    /// # Errors
    /// Every [`FormProblem`], in the order of the fields.
    pub fn check(
        &self,
        answers: Answers,
        mut papers: Vec<Paper>,
        today: Date,
    ) -> Result<CheckedForm, Vec<FormProblem>> {
        let mut problems = unknown_fields(&self.fields, &answers);
        let mut kept = Answers::new();
        for field in &self.fields {
            // An answer to a question that no longer applies is dropped, not kept by accident; nor may it make a
            // later question apply, so conditions look at what has been kept.
            if !field.applies(&kept) {
                continue;
            }
            match answers.get(&field.code).map(|value| field.tidied(value)) {
                Some(value) => {
                    if let Err(problem) = field.check(&value, today) {
                        problems.push(FormProblem::Field {
                            field: field.code.clone(),
                            problem,
                        });
                    }
                    kept.insert(field.code.clone(), value);
                }
                None if field.optional => {}
                None => problems.push(FormProblem::Field {
                    field: field.code.clone(),
                    problem: FieldProblem::Empty,
                }),
            }
        }
        // A paper that was sent before another answer made it needless is dropped as well.
        papers.retain(|paper| match self.document(&paper.document) {
            Some(document) => document.applies(&kept),
            None => {
                problems.push(FormProblem::UnknownPaper(paper.document.clone()));
                false
            }
        });
        for document in self.documents.iter().filter(|d| !d.optional && d.applies(&kept)) {
            if !papers.iter().any(|paper| paper.document == document.code) {
                problems.push(FormProblem::PaperMissing(document.code.clone()));
            }
        }
        if problems.is_empty() {
            Ok(CheckedForm {
                service: self.clone(),
                answers: kept,
                papers,
            })
        } else {
            Err(problems)
        }
    }
}

fn check_range(n: i64, min: i64, max: i64) -> Result<(), FieldProblem> {
    (min..=max)
        .contains(&n)
        .then_some(())
        .ok_or(FieldProblem::Range { min, max })
}

/// Longest address in characters, and on how many lines: the field on the page holds as much.
const ADDRESS_MAX: usize = 300;
const ADDRESS_LINES_MAX: usize = 5;

fn check_text(text: &str, max: usize, lines: usize) -> Result<(), FieldProblem> {
    if text.trim().is_empty() {
        return Err(FieldProblem::Empty);
    }
    if text.chars().count() > max {
        return Err(FieldProblem::TooLong { max });
    }
    let printable = text.chars().all(|c| is_printable(c) || c == '\n') && text.split('\n').count() <= lines;
    if !printable || !text.chars().any(char::is_alphanumeric) {
        return Err(FieldProblem::Character);
    }
    Ok(())
}

/// Longest name in characters: the registers' columns hold 200.
const NAME_MAX: usize = 200;

pub(super) fn check_name(name: &Name) -> Result<(), FieldProblem> {
    if name.en.is_none() && name.hi.is_none() {
        return Err(FieldProblem::Empty);
    }
    for (part, script) in [
        (&name.en, is_latin as fn(char) -> bool),
        (&name.hi, is_devanagari as fn(char) -> bool),
    ] {
        let Some(part) = part else { continue };
        check_text(part, NAME_MAX, 1)?;
        let allowed = |c: char| script(c) || matches!(c, ' ' | '.' | '\'' | '’' | '-');
        if !part.chars().all(allowed) || !part.chars().any(char::is_alphabetic) {
            return Err(FieldProblem::Character);
        }
    }
    Ok(())
}

/// Latin letters that the font of the page has: of the accented ones those of Latin-1 and of the usual transliteration.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{C0}'..='\u{FF}') && c.is_alphabetic())
        || matches!(c, 'Ā' | 'ā' | 'Ē' | 'ē' | 'Ī' | 'ī' | 'Ś' | 'ś' | 'Ū' | 'ū')
}

/// Devanagari letters, signs and the two joiners that change their shapes; not its digits and full stops.
pub(super) const fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{97F}' | '\u{200C}' | '\u{200D}')
}

/// What a certificate can show. Anything else (other scripts, pictures, marks that turn the direction of reading)
/// must be noticed while the citizen can still mend it, not when the page is drawn.
pub(super) fn is_printable(c: char) -> bool {
    is_latin(c)
        || is_devanagari(c)
        || matches!(c, ' '..='~' | '\u{964}'..='\u{96F}' | '–' | '—' | '‘' | '’' | '“' | '”' | '…' | '₹' | '°')
}

fn check_date(
    date: Date,
    today: Date,
    past: bool,
    min_age: Option<u8>,
    max_age: Option<u8>,
) -> Result<(), FieldProblem> {
    if (past || min_age.is_some()) && date > today {
        return Err(FieldProblem::Future);
    }
    if let Some(years) = min_age
        && age_on(date, today) < i32::from(years)
    {
        return Err(FieldProblem::TooYoung { years });
    }
    let years = max_age.unwrap_or(130);
    if age_on(date, today) > i32::from(years) {
        return Err(FieldProblem::TooOld { years });
    }
    Ok(())
}
