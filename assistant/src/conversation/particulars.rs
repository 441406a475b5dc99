//! Answers inside a sentence: "beta hua hai, naam Aarav Sharma, 3 march 2024 ko, LNJP hospital me" answers four questions at once.

use std::collections::BTreeMap;

use domain::catalogue::{Answers, Field, FieldKind, Name, Service, Value};

use super::{answer, dialogue::Dialogue, state::Place};
use crate::{
    understand::{Context, Meaning, Token, is_devanagari, tokens},
    words::Text,
};

/// Longest name of a place in words.
const PLACE_WORDS: usize = 8;

/// The fields that a particular may answer, the likeliest first.
const TARGETS: [(&str, &[&str]); 14] = [
    ("child_name", &["child_name", "student_name", "applicant_name"]),
    ("father_name", &["father_name", "guardian_name"]),
    ("mother_name", &["mother_name", "guardian_name"]),
    ("spouse_name", &["husband_name", "guardian_name"]),
    ("deceased_name", &["deceased_name", "husband_name"]),
    ("name", &["applicant_name", "head_name", "occupier_name", "owner_name"]),
    ("dob", &["date_of_birth"]),
    ("date_of_death", &["date_of_death", "date_of_husband_death"]),
    ("date_of_marriage", &["date_of_marriage"]),
    ("gender", &["sex"]),
    ("age", &["age"]),
    ("annual_income", &["annual_income", "family_income"]),
    ("vehicle_number", &["vehicle_number"]),
    ("phone", &["emergency_phone"]),
];

const NAMES: [&str; 6] = [
    "child_name",
    "father_name",
    "mother_name",
    "spouse_name",
    "deceased_name",
    "name",
];
const DATES: [&str; 4] = ["dob", "date_of_death", "date_of_marriage", "date"];

/// What a message holds for a form.
pub(super) struct Particulars {
    /// For the question that is open.
    pub(super) own: Option<Value>,
    /// For other questions of the form.
    pub(super) others: Vec<(String, Value)>,
}

/// The name under which understanding knows what a field asks for.
pub(super) fn slot_of(code: &str) -> String {
    match code {
        "date_of_birth" | "groom_date_of_birth" | "bride_date_of_birth" => "dob",
        "date_of_husband_death" => "date_of_death",
        other => other,
    }
    .to_owned()
}

fn is_name_slot(slot: &str) -> bool {
    NAMES.contains(&slot)
}

impl Dialogue<'_> {
    /// What a message means while this field is asked for.
    pub(super) fn understand_answer(&self, text: &str, field: &Field) -> Meaning {
        self.assistant.understander.understand(
            text,
            &Context {
                language: self.state.language,
                awaiting: Some(slot_of(&field.code)),
                last_service: self.state.last_service.clone(),
            },
        )
    }

    /// What a message holds for this form. `open` is the question that was asked, if one was.
    pub(super) fn particulars(
        &self,
        text: &str,
        service: &Service,
        answers: &Answers,
        open: Option<&Field>,
    ) -> Particulars {
        let slots = self.slots(text, open);
        let mut own = open.and_then(|field| self.own(field, service, &slots));
        let words = tokens(text);
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        for (slot, value) in &slots {
            let self_named = slot == "name" && (open.is_some() || slots.contains_key("child_name"));
            let yearly = slot == "annual_income"
                && open.is_some_and(|field| matches!(field.kind, FieldKind::Money { .. } | FieldKind::Number { .. }));
            if self_named || yearly {
                continue;
            }
            if let Some(field) = target(slot, service)
                && open.is_none_or(|open| {
                    open.code != field.code && !answers.contains_key(&field.code) && self.names_it(&words, field)
                })
                && let Some(value) = typed(field, value)
            {
                found.entry(field.code.clone()).or_insert(value);
            }
        }
        self.a_day_by_itself(&slots, service, open, &mut own, &mut found);
        self.of_a_birth(text, &words, service, open, &mut found);
        let mut all = answers.clone();
        all.extend(found.clone());
        let others = found
            .into_iter()
            .filter(|(code, value)| {
                !answers.contains_key(code)
                    && service
                        .field(code)
                        .is_some_and(|field| field.applies(&all) && field.check(value, self.facts.today).is_ok())
            })
            .collect();
        Particulars { own, others }
    }

    /// The particulars of a message. Where several names are labelled in it, each is read in its own clause: "maa ka naam Sita aur
    /// papa ka naam Ram".
    pub(super) fn slots(&self, text: &str, open: Option<&Field>) -> BTreeMap<String, String> {
        let read = |text: &str| match open {
            Some(field) => self.understand_answer(text, field).slots,
            None => self.understand(text).slots,
        };
        let mut slots = read(text);
        let phrases = &self.assistant.phrases;
        let heads = tokens("name");
        let labelled = |clause: &&str| {
            let words = tokens(clause);
            words
                .iter()
                .any(|word| heads.iter().any(|head| phrases.alike(word, head)))
        };
        let clauses: Vec<&str> = text
            .split([',', ';', '\n'])
            .flat_map(|part| part.split(" aur "))
            .flat_map(|part| part.split(" और "))
            .flat_map(|part| part.split(" and "))
            .filter(labelled)
            .collect();
        if clauses.len() < 2 {
            return slots;
        }
        slots.retain(|slot, _| !is_name_slot(slot));
        for clause in clauses {
            for (slot, value) in read(clause) {
                if is_name_slot(&slot) {
                    slots.entry(slot).or_insert(value);
                }
            }
        }
        slots
    }

    /// The field of an answer that the message gives anew, saying whose it is.
    pub(super) fn given_anew<'s>(
        &self,
        words: &[Token],
        slots: &BTreeMap<String, String>,
        service: &'s Service,
        answers: &Answers,
    ) -> Option<&'s Field> {
        let mut anew = slots.iter().filter_map(|(slot, said)| {
            let field = target(slot, service)?;
            let value = typed(field, said)?;
            let other = answers.get(&field.code).is_some_and(|before| *before != value);
            (slot != "name" && is_name_slot(slot) && other && self.names_it(words, field)).then_some(field)
        });
        match (anew.next(), anew.next()) {
            (Some(field), None) => Some(field),
            _ => None,
        }
    }

    /// A name belongs to another question only where the message says whose it is.
    fn names_it(&self, words: &[Token], field: &Field) -> bool {
        let phrases = &self.assistant.phrases;
        let labels = [tokens(&field.label.en), tokens(&field.label.hi)];
        !matches!(field.kind, FieldKind::Name)
            || labels
                .iter()
                .flatten()
                .any(|label| phrases.telling(label) && words.iter().any(|word| phrases.alike(word, label)))
            || (field.code == "child_name" && phrases.daughter(words).is_some())
    }

    /// The particular that answers the open question.
    fn own(&self, field: &Field, service: &Service, slots: &BTreeMap<String, String>) -> Option<Value> {
        let named: Vec<(&String, &String)> = slots.iter().filter(|(slot, _)| is_name_slot(slot)).collect();
        let said = match &field.kind {
            FieldKind::Name => {
                let direct = slots.get(&field.code).or_else(|| {
                    named
                        .iter()
                        .find(|(slot, _)| target(slot, service).is_some_and(|target| target.code == field.code))
                        .map(|(_, value)| *value)
                });
                direct.or_else(|| match named.as_slice() {
                    // One name that belongs nowhere else.
                    [(slot, value)] if *slot == "name" || target(slot, service).is_none() => Some(*value),
                    _ => slots.get("name"),
                })
            }
            FieldKind::Date { .. } => slots.get(&slot_of(&field.code)),
            FieldKind::Money { .. } if field.code.contains("annual") || field.code == "family_income" => {
                slots.get("annual_income")
            }
            FieldKind::Number { .. } if field.code == "age" => slots.get("age"),
            FieldKind::VehicleNumber => slots.get("vehicle_number"),
            FieldKind::Choice { .. } if field.code == "sex" => slots.get("gender"),
            _ => None,
        };
        typed(field, said?)
    }

    /// A day that is not said to be which: the one that is asked for, or the only one in the past that the form asks for.
    fn a_day_by_itself(
        &self,
        slots: &BTreeMap<String, String>,
        service: &Service,
        open: Option<&Field>,
        own: &mut Option<Value>,
        found: &mut BTreeMap<String, Value>,
    ) {
        let loose: Vec<&String> = slots
            .iter()
            .filter(|(slot, _)| DATES.contains(&slot.as_str()) && target(slot, service).is_none())
            .map(|(_, day)| day)
            .collect();
        let [day] = loose.as_slice() else { return };
        if let Some(field) = open.filter(|field| matches!(field.kind, FieldKind::Date { .. })) {
            if own.is_none() {
                *own = typed(field, day);
            }
            return;
        }
        let mut days = service
            .fields
            .iter()
            .filter(|field| matches!(field.kind, FieldKind::Date { past: true, .. }));
        if let (Some(field), None) = (days.next(), days.next())
            && let Some(value) = typed(field, day)
        {
            found.entry(field.code.clone()).or_insert(value);
        }
    }

    /// A child's sex by "son" and "daughter", and the hospital's name, where a form asks for them.
    fn of_a_birth(
        &self,
        text: &str,
        words: &[Token],
        service: &Service,
        open: Option<&Field>,
        found: &mut BTreeMap<String, Value>,
    ) {
        let asks = |code: &str| {
            service
                .field(code)
                .filter(|_| open.is_none_or(|open| open.code != code))
        };
        if service.field("child_name").is_some()
            && let (Some(_), Some(daughter)) = (asks("sex"), self.assistant.phrases.daughter(words))
        {
            let code = if daughter { "female" } else { "male" };
            found
                .entry("sex".to_owned())
                .or_insert_with(|| Value::Choice(code.to_owned()));
        }
        let asked = open.is_some_and(|open| matches!(open.kind, FieldKind::Text { .. } | FieldKind::Address));
        if !asked
            && let Some(hospital) = asks("hospital")
            && let Some(condition) = &hospital.only_if
            && let Some(name) = self.hospital(text)
        {
            let place = Value::Choice(condition.equals.clone());
            found.entry(condition.field.clone()).or_insert(place);
            found.entry("hospital".to_owned()).or_insert(Value::Text(name));
        }
    }

    /// "LNJP hospital" out of "LNJP hospital me hua"; none when the hospital has no name.
    fn hospital(&self, text: &str) -> Option<String> {
        let phrases = &self.assistant.phrases;
        let hospital = tokens("hospital");
        let is_hospital = |word: &str| {
            tokens(word)
                .iter()
                .zip(&hospital)
                .any(|(word, hospital)| phrases.alike(word, hospital))
        };
        text.split([',', ';', '\n', '।', '.']).find_map(|part| {
            let written: Vec<&str> = part.split_whitespace().collect();
            let at = written.iter().position(|word| is_hospital(word))?;
            let edge = |word: &&str| {
                tokens(word).first().is_none_or(|word| {
                    phrases.stands_around_a_place(word) || phrases.daughter(std::slice::from_ref(word)).is_some()
                })
            };
            let before: Vec<&str> = written
                .get(..at)?
                .iter()
                .rev()
                .take_while(|word| !edge(word))
                .copied()
                .collect();
            if before.is_empty() || before.len() > PLACE_WORDS {
                return None;
            }
            let start = at - before.len();
            Some(written.get(start..=at)?.join(" "))
        })
    }

    /// Stores what was found beside the answer, and says so: nothing is taken down silently.
    pub(super) fn note(&mut self, code: &str, found: Vec<(String, Value)>) -> bool {
        let Some(service) = self.service(code) else {
            return false;
        };
        let mut noted = Vec::new();
        for (field_code, value) in found {
            let Some(field) = service.field(&field_code) else {
                continue;
            };
            let shown = answer::shown(field, &value, self.language());
            noted.push(format!("{}: {shown}", self.pick(&field.label)));
            self.put(code, &field_code, value);
        }
        if noted.is_empty() {
            return false;
        }
        let noted = noted.join("; ");
        self.first_say(Text::Noted, &[("noted", &noted)]);
        true
    }

    /// Writes an answer down.
    pub(super) fn put(&mut self, code: &str, field: &str, value: Value) {
        let now = self.facts.now;
        if let Some(draft) = self.state.draft_mut(code) {
            draft.touched = now;
            draft.picked.clear();
            draft.skipped.remove(&Place::Field(field.to_owned()));
            draft.answers.insert(field.to_owned(), value);
        }
    }
}

/// The field of a form that a particular answers.
fn target<'s>(slot: &str, service: &'s Service) -> Option<&'s Field> {
    let (_, codes) = TARGETS.iter().find(|(name, _)| *name == slot)?;
    // Whose father is meant where two persons stand in a form is not to be guessed.
    let two = service.field("deceased_name").is_some() || service.field("groom_name").is_some();
    codes
        .iter()
        .filter(|code| !(two && **code == "guardian_name"))
        .find_map(|code| service.field(code))
}

/// What was read, as the field holds it.
pub(super) fn typed(field: &Field, said: &str) -> Option<Value> {
    Some(match &field.kind {
        FieldKind::Name => Value::Name(name(said)?),
        FieldKind::Date { .. } => Value::Date(said.parse().ok()?),
        FieldKind::Choice { options } => {
            let code = if said == "other" { "transgender" } else { said };
            Value::Choice(options.iter().find(|option| option.code == code)?.code.clone())
        }
        FieldKind::Number { .. } | FieldKind::Money { .. } => Value::Number(said.parse().ok()?),
        FieldKind::Pin | FieldKind::Phone | FieldKind::VehicleNumber | FieldKind::LicenceNumber => {
            field.tidied(&Value::Text(said.to_owned()))
        }
        FieldKind::Text { .. } => Value::Text(said.to_owned()),
        FieldKind::Address | FieldKind::Choices { .. } | FieldKind::YesNo | FieldKind::People { .. } => return None,
    })
}

fn name(said: &str) -> Option<Name> {
    let devanagari = said.chars().any(is_devanagari);
    let latin = said.chars().any(|c| c.is_alphabetic() && !is_devanagari(c));
    match (devanagari, latin) {
        (true, false) => Some(Name {
            en: None,
            hi: Some(said.to_owned()),
        }),
        (false, true) => Some(Name {
            en: Some(said.to_owned()),
            hi: None,
        }),
        _ => None,
    }
}
