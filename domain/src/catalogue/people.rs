//! Lists of people: a household, the heirs, the children. Each with name, relation and age.

use serde::{Deserialize, Serialize};

use super::{
    form::{Name, check_name, is_devanagari, is_printable},
    printed::printed_people,
    problem::FieldProblem,
};

/// Somebody in a list of people. This is a storage format: it stands inside events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// As the citizen wrote it.
    pub name: Name,
    /// What they are to the person whom the form is about, as the citizen wrote it: `wife`, `पुत्र`.
    pub relation: String,
    /// In completed years.
    pub age: u8,
}

/// More years than this and the age is mistyped.
pub(super) const AGE_MAX: u8 = 130;
/// Longest name in characters, in each script: a line of the certificate holds it.
const NAME_MAX: usize = 60;
/// Longest relation in characters.
const RELATION_MAX: usize = 30;
/// The longest list that any service may ask for: the page of a certificate holds it.
pub(super) const PEOPLE_MAX: u8 = 12;

impl Person {
    /// Reads a list as people write it: persons apart by `;`, by lines or by `।`, and in each the name, the relation and the age apart by
    /// commas: `Sita Devi, wife, 34; Rahul, son, 12`. Digits of either script; a name may be in both scripts with a `/` between, and numbers before
    /// the persons (`1.`) are passed over. Not yet checked against a field.
    ///
    /// # Errors
    /// [`FieldProblem::PersonParts`], [`FieldProblem::PersonName`] or [`FieldProblem::PersonAge`] of the first person that cannot be read, or [`FieldProblem::Empty`].
    pub fn list(text: &str) -> Result<Vec<Self>, FieldProblem> {
        let people: Vec<Self> = text
            .split([';', '\n', '।', '|'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .enumerate()
            .map(|(place, part)| Self::read(part, place + 1))
            .collect::<Result<_, _>>()?;
        if people.is_empty() {
            Err(FieldProblem::Empty)
        } else {
            Ok(people)
        }
    }

    fn read(text: &str, row: usize) -> Result<Self, FieldProblem> {
        let parts: Vec<&str> = text.split([',', '،']).map(str::trim).collect();
        let [name, relation, age] = parts.as_slice() else {
            return Err(FieldProblem::PersonParts { row });
        };
        let name = without_number(name);
        if name.is_empty() || relation.is_empty() {
            return Err(FieldProblem::PersonParts { row });
        }
        Ok(Self {
            name: name_of(name).ok_or(FieldProblem::PersonName { row })?,
            relation: (*relation).to_owned(),
            age: age_of(age)
                .ok_or(FieldProblem::PersonParts { row })?
                .try_into()
                .map_err(|_| FieldProblem::PersonAge { row })?,
        })
    }

    /// The person as the list is written: `Sita Devi / सीता देवी, wife, 34`.
    #[must_use]
    pub fn written(&self) -> String {
        let name: Vec<&str> = [&self.name.en, &self.name.hi]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        format!("{}, {}, {}", name.join(" / "), self.relation, self.age)
    }
}

/// `2. Rahul` or `2) Rahul` without its number.
fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '०'..='९'));
    match rest.strip_prefix(['.', ')']) {
        Some(after) if rest.len() < text.len() => after.trim_start(),
        _ => text,
    }
}

/// A name in one script, or in both with a `/` between; none when a script stands there twice.
fn name_of(text: &str) -> Option<Name> {
    let mut name = Name::default();
    for part in text.split('/').map(str::trim).filter(|part| !part.is_empty()) {
        let place = if part.chars().any(is_devanagari) {
            &mut name.hi
        } else {
            &mut name.en
        };
        if place.replace(part.to_owned()).is_some() {
            return None;
        }
    }
    Some(name)
}

/// `34`, `३४`, `34 years`, `34 साल`: a number and at most one word after it. A child that has not yet completed a year is 0.
fn age_of(text: &str) -> Option<u32> {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '०'..='९');
    let end = text.find(|c: char| !is_digit(c)).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let unit = unit.trim().trim_end_matches('.').to_lowercase();
    let known = [
        "",
        "y",
        "yr",
        "yrs",
        "year",
        "years",
        "years old",
        "sal",
        "saal",
        "varsh",
        "baras",
        "वर्ष",
        "साल",
        "बरस",
    ];
    if digits.is_empty() || digits.chars().count() > 4 || !known.contains(&unit.as_str()) {
        return None;
    }
    digits.chars().try_fold(0u32, |sum, c| {
        let digit = c.to_digit(10).or_else(|| u32::from(c).checked_sub(0x966))?;
        Some(sum * 10 + digit)
    })
}

/// All of them in characters, as printed: one field of a certificate holds so much.
const PRINTED_MAX: usize = 600;

/// Checks a list against the field's limit.
pub(super) fn check(people: &[Person], max: u8) -> Result<(), FieldProblem> {
    if people.is_empty() {
        return Err(FieldProblem::Empty);
    }
    if people.len() > usize::from(max) {
        return Err(FieldProblem::TooManyPeople { max });
    }
    for (place, person) in people.iter().enumerate() {
        let row = place + 1;
        let long = |name: &Option<String>| name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX);
        if check_name(&person.name).is_err() || long(&person.name.en) || long(&person.name.hi) {
            return Err(FieldProblem::PersonName { row });
        }
        let relation = &person.relation;
        // Commas and the like part the persons of a list; inside one they would make it another list.
        let allowed = |c: char| {
            is_printable(c) && (c.is_alphabetic() || is_devanagari(c) || matches!(c, ' ' | '-' | '\'' | '(' | ')'))
        };
        if !(1..=RELATION_MAX).contains(&relation.chars().count())
            || !relation.chars().all(allowed)
            || !relation.chars().any(char::is_alphabetic)
        {
            return Err(FieldProblem::PersonParts { row });
        }
        if person.age > AGE_MAX {
            return Err(FieldProblem::PersonAge { row });
        }
    }
    let printed = printed_people(people);
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > PRINTED_MAX);
    if long(&printed.en) || long(&printed.hi) {
        return Err(FieldProblem::TooLong { max: PRINTED_MAX });
    }
    Ok(())
}
