//! Correction by saying it: "arre, naam to Ramesh likhna tha", "janm tithi galat hai, 15 march", "change 4".

use domain::catalogue::{Field, FieldKind, Service, Value};

use super::{
    answer,
    dialogue::Dialogue,
    particulars::{slot_of, typed},
    state::{Mode, Place},
};
use crate::{
    reply::Reply,
    understand::{self, Dated, Intent, Token, tokens},
    words::Text,
};

/// A correction is said in fewer words than these.
const WORDS_MAX: usize = 30;
/// "Change 4", "4 number wala badal do", "answer 4 is wrong": longer ones name the answer.
const NUMBERED_MAX: usize = 6;
/// An answer that is given anew is said in no more words than these.
const SAID_ANEW_MAX: usize = 9;
/// From this confidence on the understanding alone makes a correction of it.
const LIKELY: f32 = 0.6;

/// What asks for a change without saying of what.
const NUMBER_WORDS: [&str; 10] = [
    "number",
    "no",
    "nambar",
    "nombor",
    "sawal",
    "jawab",
    "answer",
    "question",
    "नंबर",
    "सवाल",
];

impl Dialogue<'_> {
    /// Deals with a correction, if the message is one. `open` is the place that was asked for; none on the confirm screen.
    pub(super) fn corrected(
        &mut self,
        text: &str,
        words: &[Token],
        service: &Service,
        open: Option<&Place>,
    ) -> Option<Option<Reply>> {
        if words.len() > WORDS_MAX || words.len() < 2 {
            return None;
        }
        let assistant = self.assistant;
        let marked = assistant.phrases.corrects(words) || assistant.understander.lexicon().speaks_of_change(words);
        if marked && let Some(n) = self.numbered(words) {
            self.heard = Some(Intent::CorrectDetails);
            return Some(self.change_number(&service.code, n, open));
        }
        let meaning = self.understand(text);
        let likely = meaning.intent == Intent::CorrectDetails && meaning.confidence >= LIKELY;
        let answers = &self.state.draft(&service.code)?.answers;
        // "Papa ka naam Sohan hai", when it has been answered already: said anew, and nothing else.
        let anew = self
            .given_anew(words, &meaning.slots, service, answers)
            .filter(|_| words.len() <= SAID_ANEW_MAX && !words.iter().any(Token::has_digit))
            .filter(|field| open != Some(&Place::Field(field.code.clone())));
        let takes_back = assistant.phrases.takes_back(words)
            && meaning
                .slots
                .keys()
                .any(|slot| slot.contains("name") || slot == "dob" || slot.contains("date"));
        if !marked && !likely && !takes_back {
            return match anew {
                Some(field) => self.answered_anew(text, field, service, open),
                None => None,
            };
        }
        if let (Some(field), false) = (anew, marked) {
            return self.answered_anew(text, field, service, open);
        }
        // "Complaint: wrong entry": somebody else's wish stays what it is.
        if meaning.intent != Intent::CorrectDetails
            && matches!(
                meaning.intent,
                Intent::ChangeLanguage | Intent::Grievance | Intent::TalkToHuman | Intent::Cancel | Intent::Withdraw
            )
            && meaning.confidence >= LIKELY
        {
            return None;
        }
        let Some(field) = self.meant_field(text, words, service, open) else {
            // A wish to correct that names nothing is asked which; words that may be the answer are left to the question.
            let free = open
                .and_then(|place| place.field(service))
                .is_some_and(|field| answer::is_free(&field.kind) && !matches!(field.kind, FieldKind::Name));
            let any = self
                .state
                .draft(&service.code)
                .is_some_and(|draft| !draft.answers.is_empty());
            return (likely && any && !free).then(|| self.ask_change(&service.code, 0));
        };
        let place = Place::Field(field.code.clone());
        if open == Some(&place)
            && self
                .state
                .draft(&service.code)
                .is_some_and(|draft| !draft.is_done(&place))
        {
            return None;
        }
        self.heard = Some(Intent::CorrectDetails);
        match self.new_value(text, field, &service.code) {
            // "No, …" may have been the answer itself.
            None if takes_back && !marked && !likely => {
                self.heard = None;
                None
            }
            None => Some(self.change(&service.code, &place)),
            Some(value) => Some(self.put_right(field, value, service, open)),
        }
    }

    fn answered_anew(
        &mut self,
        text: &str,
        field: &Field,
        service: &Service,
        open: Option<&Place>,
    ) -> Option<Option<Reply>> {
        let value = self.new_value(text, field, &service.code)?;
        self.heard = Some(Intent::CorrectDetails);
        Some(self.put_right(field, value, service, open))
    }

    /// Another answer in the place of the one before, and back to where one was.
    fn put_right(&mut self, field: &Field, value: Value, service: &Service, open: Option<&Place>) -> Option<Reply> {
        let shown = answer::shown(field, &value, self.language());
        let label = self.pick(&field.label).to_owned();
        self.put(&service.code, &field.code, value);
        self.state.failures = 0;
        self.first_say(Text::Changed, &[("label", &label), ("value", &shown)]);
        match open {
            // The open question may be gone with the answer that it hung on.
            Some(_) => self.go_on_here(&service.code),
            None => self.confirm(&service.code),
        }
    }

    /// The question that was open, if it is still one of the form's; else the next.
    fn go_on_here(&mut self, code: &str) -> Option<Reply> {
        let open = match &self.state.mode {
            Mode::Form { place, .. } => self
                .service(code)
                .zip(self.state.draft(code))
                .is_some_and(|(service, draft)| draft.places(service).contains(place) && !draft.is_done(place)),
            _ => false,
        };
        if open { self.ask() } else { self.enter(code) }
    }

    /// The number of the answer that is named.
    fn numbered(&self, words: &[Token]) -> Option<usize> {
        if words.len() > NUMBERED_MAX {
            return None;
        }
        let lexicon = self.assistant.understander.lexicon();
        let named = words.iter().any(|word| NUMBER_WORDS.contains(&word.text.as_str()));
        let digits = words.iter().find_map(|word| {
            (word.text.len() <= 2)
                .then(|| word.text.parse::<usize>().ok())
                .flatten()
        });
        // "Ek" and "do" are words of other meanings too.
        digits.or_else(|| {
            let spoken = words.iter().find_map(|word| lexicon.number_in(word));
            spoken.filter(|_| named || words.len() <= 3)
        })
    }

    pub(super) fn change_number(&mut self, code: &str, n: usize, open: Option<&Place>) -> Option<Reply> {
        let place = self
            .service(code)
            .zip(self.state.draft(code))
            .and_then(|(service, draft)| draft.places(service).into_iter().nth(n.checked_sub(1)?));
        let done = |place: &Place| self.state.draft(code).is_some_and(|draft| draft.is_done(place));
        match place {
            // A question that has not come yet needs no change.
            Some(place) if open.is_none() || done(&place) => self.change(code, &place),
            _ => {
                self.first_say(Text::NoSuchAnswer, &[("n", &n.to_string())]);
                self.again()
            }
        }
    }

    /// Which answer is meant: by its particular, by its label, or the last one of the kind.
    fn meant_field<'s>(
        &self,
        text: &str,
        words: &[Token],
        service: &'s Service,
        open: Option<&Place>,
    ) -> Option<&'s Field> {
        let draft = self.state.draft(&service.code)?;
        let answered: Vec<&Field> = service
            .fields
            .iter()
            .filter(|field| field.applies(&draft.answers) && draft.answers.contains_key(&field.code))
            .collect();
        let phrases = &self.assistant.phrases;
        let score = |field: &Field| {
            let both = [&field.label.en, &field.label.hi].map(|label| {
                let label = tokens(label);
                label
                    .iter()
                    .filter(|word| word.text.chars().count() > 2 || phrases.telling(word))
                    .filter(|word| words.iter().any(|said| phrases.alike(said, word)))
                    .count()
            });
            both.into_iter().max().unwrap_or(0)
        };
        let best = answered.iter().map(|field| score(field)).max().unwrap_or(0);
        if best > 0 {
            // Of several alike, the last one that was answered.
            let mut alike = answered.iter().filter(|field| score(field) == best);
            return alike.next_back().copied();
        }
        let found = self.particulars(text, service, &draft.answers, None);
        let slots = self.understand(text).slots;
        let last = |fits: fn(&FieldKind) -> bool| answered.iter().rev().find(|field| fits(&field.kind)).copied();
        let told = found
            .others
            .iter()
            .find_map(|(code, _)| answered.iter().find(|field| field.code == *code).copied());
        let here = open.and_then(|place| place.field(service));
        told.or_else(|| {
            if slots.keys().any(|slot| slot.contains("name"))
                && !here.is_some_and(|field| matches!(field.kind, FieldKind::Name))
            {
                last(|kind| matches!(kind, FieldKind::Name))
            } else if understand::find_date(text).is_some()
                && !here.is_some_and(|field| matches!(field.kind, FieldKind::Date { .. }))
            {
                last(|kind| matches!(kind, FieldKind::Date { .. }))
            } else {
                None
            }
        })
    }

    /// A name with the words that stand right behind it and begin as names do: "Kiran" of "Kiran Bedi Rao".
    fn whole_name(&self, text: &str, said: &str) -> String {
        let phrases = &self.assistant.phrases;
        let rest = text.split_once(said).map(|(_, rest)| rest).unwrap_or_default();
        let more = rest.split(' ').skip(1).take_while(|word| {
            word.chars().next().is_some_and(char::is_uppercase)
                && word.chars().all(char::is_alphabetic)
                && tokens(word)
                    .first()
                    .is_some_and(|word| !phrases.is_little(word) && !phrases.telling(word))
        });
        // What is glued to it is no new word.
        if !rest.is_empty() && !rest.starts_with(' ') {
            return said.to_owned();
        }
        more.fold(said.to_owned(), |name, word| format!("{name} {word}"))
    }

    /// What it is to be instead, if the message says so and it can be taken.
    fn new_value(&self, text: &str, field: &Field, code: &str) -> Option<Value> {
        let old = self.state.draft(code)?.answers.get(&field.code)?.clone();
        let understander = &self.assistant.understander;
        let slots = self.understand_answer(text, field).slots;
        let value = match (&field.kind, &old) {
            (FieldKind::Name, Value::Name(before)) => {
                let mut names = slots.iter().filter(|(slot, _)| slot.contains("name"));
                let (_, said) = names.find(|(_, said)| !same_name(said, before))?;
                typed(field, &self.whole_name(text, said))?
            }
            (FieldKind::Date { .. }, Value::Date(before)) => {
                let spoken = slots.get(&slot_of(&field.code)).and_then(|day| typed(field, day));
                match spoken {
                    Some(day) => day,
                    // "Not the 5th but the 15th of March": the year stays.
                    None => match understand::find_date(&format!("{text} {}", before.year())) {
                        Some(Dated::Day(day)) => Value::Date(day),
                        _ => return None,
                    },
                }
            }
            (
                FieldKind::Choice { .. }
                | FieldKind::Number { .. }
                | FieldKind::Money { .. }
                | FieldKind::Pin
                | FieldKind::Phone
                | FieldKind::VehicleNumber
                | FieldKind::LicenceNumber,
                _,
            ) => {
                let numbers = !matches!(field.kind, FieldKind::Choice { .. });
                if numbers && !text.chars().any(char::is_numeric) && slots.is_empty() {
                    return None;
                }
                answer::read(field, text, understander, &self.assistant.phrases).ok()?
            }
            _ => return None,
        };
        (value != old && field.check(&value, self.facts.today).is_ok()).then_some(value)
    }
}

fn same_name(said: &str, name: &domain::catalogue::Name) -> bool {
    [&name.en, &name.hi]
        .into_iter()
        .flatten()
        .any(|before| before.eq_ignore_ascii_case(said))
}
