//! The word tables: phrases by meaning, read from `data/` and compared word by word.

use std::collections::BTreeMap;

use domain::catalogue::Catalogue;
use serde::Deserialize;

use super::{
    Intent,
    normal::{Token, tokens},
};

/// Why the word tables could not be read. They are built in; a test holds that they are well formed.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is not TOML of the expected shape.
    #[error("the word table {file} is not well formed")]
    File {
        /// The file's name.
        file: &'static str,
        /// What the reader said.
        source: Box<toml::de::Error>,
    },
    /// The model is not whole.
    #[error("the model of understanding cannot be read")]
    Model(#[from] super::model::ModelError),
}

/// A step within the conversation, as opposed to a wish that it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Back,
    Skip,
    Save,
    Menu,
    Submit,
    Change,
    Resume,
    Discard,
    More,
    Done,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    exact: Vec<String>,
    #[serde(default)]
    phrases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Carriers {
    before: Vec<String>,
    after: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFile {
    polite: Vec<String>,
    wish: Vec<String>,
    questions: Vec<String>,
    hindi_latin: Vec<String>,
    english: Vec<String>,
    command: BTreeMap<Step, Entry>,
    intent: BTreeMap<Intent, Entry>,
    distress: Entry,
    name: Carriers,
    number_words: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    ambiguous: Vec<AmbiguousEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmbiguousEntry {
    names: Vec<String>,
    services: Vec<String>,
}

pub(crate) type Phrase = Vec<Token>;

/// Everything that is looked up.
pub(crate) struct Lexicon {
    polite: Vec<Token>,
    wish: Vec<Token>,
    questions: Vec<Token>,
    pub(crate) hindi_latin: Vec<Token>,
    pub(crate) english: Vec<Token>,
    commands: Vec<(Step, Vec<Phrase>)>,
    change: Vec<Phrase>,
    exact: Vec<(Intent, Vec<Phrase>)>,
    distress: Vec<Phrase>,
    name_before: Vec<Phrase>,
    name_after: Vec<Phrase>,
    numbers: Vec<(usize, Vec<Token>)>,
    /// Names of services: the words, and whom they may mean.
    pub(crate) services: Vec<(Phrase, Vec<String>)>,
}

fn parsed(list: &[String]) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = list.iter().map(|p| tokens(p)).filter(|p| !p.is_empty()).collect();
    // The longest first: "thank you" before "thank".
    phrases.sort_by_key(|p| std::cmp::Reverse(p.len()));
    phrases
}

fn flat(list: &[String]) -> Vec<Token> {
    list.iter().flat_map(|word| tokens(word)).collect()
}

impl Lexicon {
    pub(crate) fn new(catalogue: &Catalogue) -> Result<Self, DataError> {
        let words: WordFile = read("words.toml", include_str!("../../data/words.toml"))?;
        let names: ServiceFile = read("services.toml", include_str!("../../data/services.toml"))?;
        let question_mark = Entry {
            exact: vec![],
            phrases: vec![],
        };
        let change = words.command.get(&Step::Change).unwrap_or(&question_mark);
        let change = parsed(&change.phrases);
        let mut services: Vec<(Phrase, Vec<String>)> = Vec::new();
        let mut add = |name: &str, codes: Vec<String>| {
            let phrase = tokens(name);
            if !phrase.is_empty() {
                services.push((phrase, codes));
            }
        };
        for entry in &names.ambiguous {
            for name in &entry.names {
                add(name, entry.services.clone());
            }
        }
        for service in catalogue.iter() {
            let aliases = &service.aliases;
            let named = [&service.name, &service.short];
            let own = named.iter().flat_map(|name| [&name.en, &name.hi]);
            for name in own.chain(&aliases.en).chain(&aliases.hi).chain(&aliases.hinglish) {
                add(name, vec![service.code.clone()]);
            }
        }
        Ok(Self {
            polite: flat(&words.polite),
            wish: flat(&words.wish),
            questions: flat(&words.questions),
            hindi_latin: flat(&words.hindi_latin),
            english: flat(&words.english),
            commands: words
                .command
                .iter()
                .map(|(step, entry)| (*step, parsed(&entry.exact)))
                .collect(),
            change,
            exact: words
                .intent
                .iter()
                .map(|(intent, entry)| (*intent, parsed(&entry.exact)))
                .collect(),
            distress: parsed(&words.distress.phrases),
            name_before: parsed(&words.name.before),
            name_after: parsed(&words.name.after),
            numbers: words
                .number_words
                .iter()
                .filter_map(|(n, list)| Some((n.parse().ok()?, flat(list))))
                .collect(),
            services,
        })
    }

    /// The message without greetings and polite words at its ends; all of it when nothing else is there.
    pub(crate) fn core<'t>(&self, message: &'t [Token]) -> &'t [Token] {
        let mut rest = message;
        loop {
            let before = rest.len();
            if let [first, tail @ ..] = rest
                && self.is_polite(first)
            {
                rest = tail;
            }
            if let [head @ .., last] = rest
                && self.is_polite(last)
            {
                rest = head;
            }
            if let Some(greeting) = self.greeting_in_front(rest) {
                rest = rest.get(greeting..).unwrap_or_default();
            }
            if rest.is_empty() {
                return message;
            }
            if rest.len() == before {
                return rest;
            }
        }
    }

    /// Does the word only wish?
    pub(crate) fn wishes(&self, token: &Token) -> bool {
        self.wish.iter().any(|word| word.text == token.text)
    }

    pub(crate) fn is_polite(&self, token: &Token) -> bool {
        self.polite.iter().any(|word| word.text == token.text)
    }

    fn greeting_in_front(&self, message: &[Token]) -> Option<usize> {
        let greetings = &self.exact.iter().find(|(intent, _)| *intent == Intent::Greet)?.1;
        greetings
            .iter()
            .find(|greeting| starts_with(message, greeting) && greeting.len() < message.len())
            .map(Vec::len)
    }

    /// The step that the whole message names.
    pub(crate) fn step(&self, message: &[Token]) -> Option<Step> {
        let whole = |phrases: &[Phrase]| phrases.iter().any(|p| same(p, message) || same(p, self.core(message)));
        self.commands
            .iter()
            .find(|(_, phrases)| whole(phrases))
            .map(|(step, _)| *step)
    }

    /// Does the message hold a word for "change"? Then a number in it names an answer.
    pub(crate) fn speaks_of_change(&self, message: &[Token]) -> bool {
        self.change.iter().any(|p| contains(message, p))
    }

    /// The intent that the whole message names.
    pub(crate) fn exact(&self, message: &[Token]) -> Option<Intent> {
        let core = self.core(message);
        let whole = |of: &[Token]| {
            self.exact
                .iter()
                .find(|(_, phrases)| phrases.iter().any(|p| same_word_for_word(p, of)))
                .or_else(|| {
                    self.exact
                        .iter()
                        .find(|(_, phrases)| phrases.iter().any(|p| same(p, of)))
                })
                .map(|(intent, _)| *intent)
        };
        whole(message).or_else(|| whole(core))
    }

    /// Is the whole message, once polite words are taken away, a yes or a "submit" word for word? By sound "ससुर" is "sure": good enough
    /// to be understood, not to do what cannot be undone.
    pub(crate) fn is_plain_yes(&self, message: &[Token]) -> bool {
        let core = self.core(message);
        let listed = |phrases: &[Phrase]| {
            phrases
                .iter()
                .any(|p| same_word_for_word(p, message) || same_word_for_word(p, core))
        };
        let affirm = self
            .exact
            .iter()
            .any(|(intent, phrases)| *intent == Intent::Affirm && listed(phrases));
        affirm
            || self
                .commands
                .iter()
                .any(|(step, phrases)| *step == Step::Submit && listed(phrases))
    }

    pub(crate) fn in_distress(&self, message: &[Token]) -> bool {
        self.distress.iter().any(|p| contains(message, p))
    }

    pub(crate) fn asks(&self, message: &[Token]) -> bool {
        message.iter().any(|t| self.questions.iter().any(|q| q.text == t.text))
    }

    /// A number word or digits that are all there is: "दो", "2", "2nd".
    pub(crate) fn number(&self, message: &[Token]) -> Option<usize> {
        let [one] = self.core(message) else { return None };
        self.number_in(one)
    }

    pub(crate) fn number_in(&self, token: &Token) -> Option<usize> {
        if token.text.len() <= 3
            && let Ok(n) = token.text.parse()
        {
            return Some(n);
        }
        self.numbers
            .iter()
            .find(|(_, words)| words.iter().any(|w| w.text == token.text))
            .map(|(n, _)| *n)
    }

    /// How many words in front and behind only carry a name: "mera naam … hai".
    pub(crate) fn name_carriers(&self, message: &[Token]) -> (usize, usize) {
        let before = self
            .name_before
            .iter()
            .find(|p| starts_with(message, p) && p.len() < message.len())
            .map_or(0, Vec::len);
        let rest = message.get(before..).unwrap_or_default();
        let after = self
            .name_after
            .iter()
            .find(|p| rest.len() > p.len() && rest.ends_with_phrase(p))
            .map_or(0, Vec::len);
        (before, after)
    }
}

trait EndsWith {
    fn ends_with_phrase(&self, phrase: &[Token]) -> bool;
}

impl EndsWith for [Token] {
    fn ends_with_phrase(&self, phrase: &[Token]) -> bool {
        self.len()
            .checked_sub(phrase.len())
            .and_then(|start| self.get(start..))
            .is_some_and(|tail| same_word_for_word(tail, phrase))
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|source| DataError::File {
        file,
        source: Box::new(source),
    })
}

fn same_word_for_word(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.text == b.text)
}

/// Word for word by sound, all of both.
pub(crate) fn same(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b))
}

fn starts_with(message: &[Token], phrase: &[Token]) -> bool {
    message
        .get(..phrase.len())
        .is_some_and(|head| same_word_for_word(head, phrase))
}

/// Where the phrase stands in the message, if its words stand there next to each other.
pub(crate) fn position(message: &[Token], phrase: &[Token]) -> Option<usize> {
    message
        .windows(phrase.len().max(1))
        .position(|window| same(window, phrase))
}

pub(crate) fn contains(message: &[Token], phrase: &[Token]) -> bool {
    position(message, phrase).is_some()
}
