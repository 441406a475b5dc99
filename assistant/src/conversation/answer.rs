//! From typed words to a typed answer, and back.

use domain::{
    Language,
    catalogue::{Field, FieldKind, FieldProblem, Name, Opt, Person, Value},
};

use super::Phrases;
use crate::{
    understand::{self, Dated, Intent, Token, Understander, is_devanagari, tokens},
    words::{Text, field_problem},
};

/// Why words could not be taken as an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The catalogue's own check says no.
    Field(FieldProblem),
    NoDate,
    NoYear,
    Relative,
    NoNumber,
    TwoScripts,
}

impl Problem {
    pub(super) fn said(&self, language: Language) -> String {
        match self {
            Self::Field(problem) => field_problem(problem, language),
            Self::NoDate => Text::ProblemNoDate.get(language).to_owned(),
            Self::NoYear => Text::ProblemNoYear.get(language).to_owned(),
            Self::Relative => Text::ProblemRelative.get(language).to_owned(),
            Self::NoNumber => Text::ProblemNoNumber.get(language).to_owned(),
            Self::TwoScripts => Text::ProblemTwoScripts.get(language).to_owned(),
        }
    }
}

/// Are these answers free words, which nothing but a command of ours can be told from?
pub(super) const fn is_free(kind: &FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Name | FieldKind::Text { .. } | FieldKind::Address | FieldKind::People { .. }
    )
}

/// Reads `text` as an answer to `field`. Not yet checked against the field's limits.
pub(super) fn read(
    field: &Field,
    text: &str,
    understander: &Understander,
    phrases: &Phrases,
) -> Result<Value, Problem> {
    let words = tokens(text);
    match &field.kind {
        FieldKind::Name => name(text, &words, understander).map(Value::Name),
        FieldKind::Text { .. } => Ok(Value::Text(text.to_owned())),
        FieldKind::Address => Ok(Value::Text(text.to_owned())),
        FieldKind::Date { .. } => match understand::find_date(text) {
            Some(Dated::Day(date)) => Ok(Value::Date(date)),
            Some(Dated::NoSuchDay) => Err(Problem::Field(FieldProblem::NoSuchDay)),
            Some(Dated::NoYear) => Err(Problem::NoYear),
            Some(Dated::Relative) => Err(Problem::Relative),
            None => Err(Problem::NoDate),
        },
        FieldKind::Choice { options } => one_of(options, text, understander, phrases)
            .map(Value::Choice)
            .ok_or(Problem::Field(FieldProblem::NotAnOption)),
        FieldKind::Choices { options } => {
            let codes = several_of(options, text, understander, phrases);
            if codes.is_empty() {
                Err(Problem::Field(FieldProblem::NotAnOption))
            } else {
                Ok(Value::Choices(codes))
            }
        }
        FieldKind::Number { min, .. } if *min <= 0 && phrases.says_nothing(&words) => Ok(Value::Number(0)),
        FieldKind::Money { .. } if phrases.says_nothing(&words) => Ok(Value::Number(0)),
        FieldKind::Number { .. } | FieldKind::Money { .. } => {
            understand::amount(text).map(Value::Number).ok_or(Problem::NoNumber)
        }
        FieldKind::Pin => understand::pin(text)
            .map(Value::Text)
            .ok_or(Problem::Field(FieldProblem::Pin)),
        FieldKind::Phone => understand::phone(text)
            .map(Value::Text)
            .ok_or(Problem::Field(FieldProblem::Phone)),
        FieldKind::VehicleNumber | FieldKind::LicenceNumber => Ok(field.tidied(&Value::Text(text.to_owned()))),
        FieldKind::People { .. } => Person::list(text).map(Value::People).map_err(Problem::Field),
        FieldKind::YesNo => {
            let lexicon = understander.lexicon();
            match (lexicon.exact(&words), lexicon.number(&words)) {
                (Some(Intent::Affirm), _) | (_, Some(1)) => Ok(Value::Yes(true)),
                (Some(Intent::Deny), _) | (_, Some(2)) => Ok(Value::Yes(false)),
                _ => match words.as_slice() {
                    // "haan hai", "no i do not": the first word decides.
                    [first, ..] => match lexicon.exact(std::slice::from_ref(first)) {
                        Some(Intent::Affirm) => Ok(Value::Yes(true)),
                        Some(Intent::Deny) => Ok(Value::Yes(false)),
                        _ => Err(Problem::Field(FieldProblem::NotAnOption)),
                    },
                    [] => Err(Problem::Field(FieldProblem::NotAnOption)),
                },
            }
        }
    }
}

/// A name in one script, or in both with a slash between. Kept as written; nothing is transliterated.
fn name(text: &str, words: &[Token], understander: &Understander) -> Result<Name, Problem> {
    let text = text.replace('\n', " ");
    let written: Vec<&str> = text.split_whitespace().collect();
    let bare = if written.len() == words.len() {
        // "mera naam … hai" only carries the name.
        let (before, after) = understander.lexicon().name_carriers(words);
        let end = written.len().saturating_sub(after);
        written.get(before..end).unwrap_or_default().join(" ")
    } else {
        written.join(" ")
    };
    let mut name = Name::default();
    for part in bare
        .split(['/', '|', '\\'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let devanagari = part.chars().any(is_devanagari);
        if devanagari && part.chars().any(|c| c.is_alphabetic() && !is_devanagari(c)) {
            return Err(Problem::TwoScripts);
        }
        let place = if devanagari { &mut name.hi } else { &mut name.en };
        if place.is_some() {
            return Err(Problem::TwoScripts);
        }
        *place = Some(part.to_owned());
    }
    if name.any().is_empty() {
        return Err(Problem::Field(FieldProblem::Empty));
    }
    Ok(name)
}

fn one_of(options: &[Opt], text: &str, understander: &Understander, phrases: &Phrases) -> Option<String> {
    let words = tokens(text);
    let words = words.as_slice();
    let written = |label: &str| label.to_lowercase() == text.trim().to_lowercase();
    if let Some(option) = options
        .iter()
        .find(|option| written(&option.label.en) || written(&option.label.hi))
    {
        return Some(option.code.clone());
    }
    if let Some(n) = understander.lexicon().number(words) {
        return options.get(n.checked_sub(1)?).map(|option| option.code.clone());
    }
    if words.is_empty() {
        return None;
    }
    let labels = |option: &Opt| [tokens(&option.label.en), tokens(&option.label.hi), tokens(&option.code)];
    let whole = |option: &&Opt| labels(option).iter().any(|label| same(label, words));
    // Signs are no words: "A+" and "A-" read alike, and then neither is taken.
    let mut alike = options.iter().filter(whole);
    match (alike.next(), alike.next()) {
        (Some(option), None) => return Some(option.code.clone()),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    if !words.iter().any(|word| word.text.chars().count() >= 3) {
        return None;
    }
    // Part of exactly one label ("girl" for "A girl"), or one label inside the sentence ("ladki hai").
    let part = |option: &&Opt| {
        labels(option)
            .iter()
            .any(|label| !label.is_empty() && (all_in(words, label) || all_in(label, words)))
    };
    let mut fitting = options.iter().filter(part);
    match (fitting.next(), fitting.next()) {
        (Some(option), None) => return Some(option.code.clone()),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    // "main uski maa hu", "ghar pe hua": another word for what one option alone is called.
    let called = |option: &&Opt| {
        labels(option).iter().flatten().any(|label| {
            phrases.telling(label)
                && words
                    .iter()
                    .any(|word| phrases.telling(word) && phrases.alike(word, label))
        })
    };
    let mut fitting = options.iter().filter(called);
    match (fitting.next(), fitting.next()) {
        (Some(option), None) => Some(option.code.clone()),
        _ => None,
    }
}

fn several_of(options: &[Opt], text: &str, understander: &Understander, phrases: &Phrases) -> Vec<String> {
    let whole = tokens(text);
    if let Some(code) = one_of(options, text, understander, phrases) {
        return vec![code];
    }
    let numbers: Vec<usize> = whole
        .iter()
        .filter_map(|word| understander.lexicon().number_in(word))
        .collect();
    let mut codes: Vec<String> = if !numbers.is_empty() && numbers.len() == whole.len() {
        // All of them must exist, or none is taken.
        let found: Option<Vec<String>> = numbers
            .iter()
            .map(|n| options.get(n.checked_sub(1)?).map(|option| option.code.clone()))
            .collect();
        found.unwrap_or_default()
    } else {
        let parts: Vec<&str> = text
            .split([',', ';', '\n', '+', '&'])
            .flat_map(|part| part.split(" and "))
            .flat_map(|part| part.split(" aur "))
            .flat_map(|part| part.split(" और "))
            .filter(|part| !part.trim().is_empty())
            .collect();
        let found: Option<Vec<String>> = parts
            .iter()
            .map(|part| one_of(options, part, understander, phrases))
            .collect();
        found.unwrap_or_default()
    };
    let mut seen = std::collections::BTreeSet::new();
    codes.retain(|code| seen.insert(code.clone()));
    codes
}

fn same(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b))
}

fn all_in(part: &[Token], whole: &[Token]) -> bool {
    part.iter().all(|word| whole.iter().any(|other| other.is(word)))
}

/// An answer as a person reads it. A name is shown in every script in which it was given.
pub(super) fn shown(field: &Field, value: &Value, language: Language) -> String {
    let printed = field.printed(value);
    match value {
        Value::Name(_) => [printed.en, printed.hi]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" / "),
        _ => match language {
            Language::En => printed.en.or(printed.hi),
            Language::Hi => printed.hi.or(printed.en),
        }
        .unwrap_or_default()
        .replace('\n', ", "),
    }
}

/// An answer as data: dates in ISO form, codes instead of labels.
pub(super) fn as_data(field: &Field, value: &Value) -> String {
    match value {
        Value::Name(_) => shown(field, value, Language::En),
        Value::Text(text) | Value::Choice(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::Choices(codes) => codes.join(","),
        Value::Number(n) => n.to_string(),
        Value::Yes(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::People(people) => people.iter().map(Person::written).collect::<Vec<_>>().join("; "),
    }
}
