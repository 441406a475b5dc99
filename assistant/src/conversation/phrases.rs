//! Words that steer a conversation while a form is open: read once, from `data/conversation.toml`.

use serde::Deserialize;

use crate::understand::{DataError, Token, contains, tokens};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    correcting: Vec<String>,
    why: Vec<String>,
    unknown: Vec<String>,
    same: Vec<String>,
    sentence: Vec<String>,
    nothing: Vec<String>,
    going_on: Vec<String>,
    taking_back: Vec<String>,
    none_of: Vec<String>,
    choosing: Vec<String>,
    alike: Vec<Vec<String>>,
    son: Vec<String>,
    daughter: Vec<String>,
    place_edge: Vec<String>,
}

/// The phrases, ready to be compared.
#[derive(Debug)]
pub(crate) struct Phrases {
    correcting: Vec<Vec<Token>>,
    why: Vec<Vec<Token>>,
    unknown: Vec<Vec<Token>>,
    same: Vec<Vec<Token>>,
    sentence: Vec<Token>,
    nothing: Vec<Vec<Token>>,
    going_on: Vec<Vec<Token>>,
    taking_back: Vec<Vec<Token>>,
    none_of: Vec<Vec<Token>>,
    choosing: Vec<Token>,
    alike: Vec<Vec<Token>>,
    son: Vec<Vec<Token>>,
    daughter: Vec<Vec<Token>>,
    place_edge: Vec<Token>,
}

/// A message longer than this is told by what it says as a whole, not by a phrase in it.
const SHORT: usize = 8;

impl Phrases {
    pub(crate) fn embedded() -> Result<Self, DataError> {
        let file: File =
            toml::from_str(include_str!("../../data/conversation.toml")).map_err(|source| DataError::File {
                file: "conversation.toml",
                source: Box::new(source),
            })?;
        let phrases = |list: &[String]| list.iter().map(|phrase| tokens(phrase)).collect();
        let words = |list: &[String]| list.iter().flat_map(|word| tokens(word)).collect();
        Ok(Self {
            correcting: phrases(&file.correcting),
            why: phrases(&file.why),
            unknown: phrases(&file.unknown),
            same: phrases(&file.same),
            sentence: words(&file.sentence),
            nothing: phrases(&file.nothing),
            going_on: phrases(&file.going_on),
            taking_back: phrases(&file.taking_back),
            none_of: phrases(&file.none_of),
            choosing: words(&file.choosing),
            alike: file.alike.iter().map(|list| words(list)).collect(),
            son: phrases(&file.son),
            daughter: phrases(&file.daughter),
            place_edge: words(&file.place_edge),
        })
    }

    /// Does the message say that something is to be otherwise?
    pub(super) fn corrects(&self, words: &[Token]) -> bool {
        any_in(&self.correcting, words)
    }

    /// Does a short message ask what an answer is wanted for?
    pub(super) fn asks_why(&self, words: &[Token]) -> bool {
        words.len() <= SHORT && any_in(&self.why, words)
    }

    /// Does a short message say that the answer is not known?
    pub(super) fn does_not_know(&self, words: &[Token]) -> bool {
        words.len() <= SHORT && any_in(&self.unknown, words)
    }

    /// Is the message nothing but "the same"?
    pub(super) fn says_same(&self, words: &[Token]) -> bool {
        let bare = |list: &[Token]| list.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        let said = bare(words);
        self.same.iter().any(|phrase| {
            let phrase = bare(phrase);
            said == phrase || (said.len() == phrase.len() + 1 && said.starts_with(&phrase))
        })
    }

    /// Does a message without digits say that there is none?
    pub(super) fn says_nothing(&self, words: &[Token]) -> bool {
        words.len() <= SHORT && !words.iter().any(Token::has_digit) && starts_with_any(&self.nothing, words)
    }

    /// Does the message begin as one that takes something back?
    pub(super) fn takes_back(&self, words: &[Token]) -> bool {
        words.len() >= 3 && starts_with_any(&self.taking_back, words)
    }

    /// Is the message nothing but "none of these"?
    pub(super) fn says_none_of(&self, words: &[Token]) -> bool {
        let same =
            |phrase: &[Token]| phrase.len() == words.len() && phrase.iter().zip(words).all(|(a, b)| a.text == b.text);
        self.none_of.iter().any(|phrase| same(phrase))
    }

    /// Does a short message wish to go on with what was begun?
    pub(super) fn goes_on(&self, words: &[Token]) -> bool {
        words.len() <= SHORT && any_in(&self.going_on, words)
    }

    /// The words of a choice by number without those around it; all of them where nothing else would be left.
    pub(super) fn chosen(&self, words: &[Token]) -> Vec<Token> {
        let bare: Vec<Token> = words
            .iter()
            .filter(|word| !self.choosing.iter().any(|other| other.text == word.text))
            .cloned()
            .collect();
        if bare.is_empty() { words.to_vec() } else { bare }
    }

    /// Too much of a sentence for a name.
    pub(super) fn is_sentence(&self, words: &[Token]) -> bool {
        let little = words
            .iter()
            .filter(|word| self.sentence.iter().any(|other| other.text == word.text))
            .count();
        little >= 2 || (little == 1 && words.len() >= 4)
    }

    /// The same word, or another for the same thing.
    pub(super) fn alike(&self, a: &Token, b: &Token) -> bool {
        a.is(b)
            || self
                .alike
                .iter()
                .any(|group| group.iter().any(|word| word.is(a)) && group.iter().any(|word| word.is(b)))
    }

    /// Is the word one of those that have others beside them?
    pub(super) fn telling(&self, word: &Token) -> bool {
        self.alike.iter().flatten().any(|other| other.is(word))
    }

    /// `Some(true)` for a daughter, `Some(false)` for a son, none for both or neither.
    pub(super) fn daughter(&self, words: &[Token]) -> Option<bool> {
        match (any_in(&self.son, words), any_in(&self.daughter, words)) {
            (true, false) => Some(false),
            (false, true) => Some(true),
            _ => None,
        }
    }

    /// Is it a word of sentences?
    pub(super) fn is_little(&self, word: &Token) -> bool {
        self.sentence.iter().any(|other| other.text == word.text)
    }

    /// Does the word only stand around the name of a place?
    pub(super) fn stands_around_a_place(&self, word: &Token) -> bool {
        self.place_edge.iter().any(|other| other.text == word.text)
    }
}

fn starts_with_any(phrases: &[Vec<Token>], words: &[Token]) -> bool {
    phrases
        .iter()
        .any(|phrase| phrase.len() <= words.len() && phrase.iter().zip(words).all(|(a, b)| a.text == b.text))
}

fn any_in(phrases: &[Vec<Token>], words: &[Token]) -> bool {
    phrases.iter().any(|phrase| contains(words, phrase))
}
