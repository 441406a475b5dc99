//! What a word may stand for, whichever word was chosen and in whichever script.

use std::collections::{BTreeMap, HashMap};

use names::sound::Key;

use super::{
    DataError,
    normal::{Token, tokens},
};

/// The number of a concept: its place in the alphabetical order of their names; after them the lists of names, and localities.
pub(crate) type Concept = u16;

/// An entry: the words after the first one, and what all together stand for.
#[derive(Debug)]
struct Entry {
    rest: Vec<Token>,
    concept: Concept,
}

/// The concepts of `data/concepts.toml`, names and localities, found by the sound of their first word.
#[derive(Debug)]
pub(crate) struct Concepts {
    /// By the first word as written.
    written: HashMap<String, Vec<Entry>>,
    /// By the sound of the first word, for words long enough: closest view first.
    fine: HashMap<String, Vec<Entry>>,
    coarse: HashMap<String, Vec<Entry>>,
    /// From this number on they are names of persons and localities.
    names_from: Concept,
    /// Those that tell whose name or which day something is.
    of_role: Vec<Concept>,
}

/// Names of persons, a concept for each list.
const NAMES: [&str; 3] = [
    include_str!("../../data/given-names.txt"),
    include_str!("../../data/family-names.txt"),
    include_str!("../../data/names-also-words.txt"),
];

/// The concepts that tell whose name or which day something is.
const OF_ROLE: [&str; 8] = [
    "BIRTH", "CHILD", "DEATH", "FATHER", "MARRIAGE", "MOTHER", "SELF", "SPOUSE",
];

/// Up to so many letters a word counts only as written: short words collide by sound.
const WRITTEN_MAX: usize = 4;
/// From so many letters of the key on, the coarser view of the sound counts too.
const COARSE_MIN: usize = 5;

impl Concepts {
    pub(crate) fn embedded() -> Result<Self, DataError> {
        let text = include_str!("../../data/concepts.toml");
        let file: BTreeMap<String, Vec<String>> = toml::from_str(text).map_err(|source| DataError::File {
            file: "concepts.toml",
            source: Box::new(source),
        })?;
        let mut concepts = Self {
            written: HashMap::new(),
            fine: HashMap::new(),
            coarse: HashMap::new(),
            names_from: Concept::try_from(file.len()).unwrap_or(Concept::MAX),
            of_role: Vec::new(),
        };
        let number = |place: usize| Concept::try_from(place).unwrap_or(Concept::MAX);
        for (place, (name, entries)) in file.iter().enumerate() {
            if OF_ROLE.contains(&name.as_str()) {
                concepts.of_role.push(number(place));
            }
            for entry in entries {
                concepts.insert(tokens(entry), number(place));
            }
        }
        for (kind, names) in NAMES.iter().enumerate() {
            for name in listed(names).flat_map(str::split_whitespace) {
                concepts.insert(tokens(name), number(file.len() + kind));
            }
        }
        for locality in listed(include_str!("../../data/localities.txt")) {
            concepts.insert(tokens(locality), number(file.len() + NAMES.len()));
        }
        Ok(concepts)
    }

    /// A name of a person or a locality, rather than a thing of ours?
    pub(crate) const fn is_name_or_place(&self, concept: Concept) -> bool {
        concept >= self.names_from
    }

    fn insert(&mut self, words: Vec<Token>, concept: Concept) {
        let mut words = words.into_iter();
        let Some(first) = words.next() else { return };
        let rest: Vec<Token> = words.collect();
        let entry = || Entry {
            rest: rest.clone(),
            concept,
        };
        if by_sound(&first) {
            if first.key().coarse.len() >= COARSE_MIN {
                let coarse = self.coarse.entry(first.key().coarse.clone()).or_default();
                coarse.push(entry());
            }
            self.fine.entry(first.key().fine.clone()).or_default().push(entry());
        }
        self.written.entry(first.text).or_default().push(entry());
    }

    /// Does it tell whose name or which day something is?
    pub(crate) fn tell_of_role(&self, concept: Concept) -> bool {
        self.of_role.contains(&concept)
    }

    /// The concepts of a message: where each begins, in that order, each once at one place.
    pub(crate) fn find(&self, words: &[Token]) -> Vec<(usize, Concept)> {
        let mut found = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let after = words.get(place + 1..).unwrap_or_default();
            let start = found.len();
            let mut take = |entries: Option<&Vec<Entry>>| {
                for entry in entries.into_iter().flatten() {
                    let fits = after.len() >= entry.rest.len() && entry.rest.iter().zip(after).all(|(a, b)| a.is(b));
                    let known = found.get(start..).unwrap_or_default().contains(&(place, entry.concept));
                    if fits && !known {
                        found.push((place, entry.concept));
                    }
                }
            };
            take(self.written.get(&word.text));
            if by_sound(word) {
                let Key { fine, coarse, .. } = word.key();
                take(self.fine.get(fine));
                if coarse.len() >= COARSE_MIN {
                    take(self.coarse.get(coarse));
                }
            }
        }
        found
    }
}

/// The lines of a list, without its remarks.
fn listed(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn by_sound(word: &Token) -> bool {
    word.text.chars().count() > WRITTEN_MAX.min(if word.is_devanagari() { 2 } else { WRITTEN_MAX })
        && word.key().fine.len() >= 3
        && !word.has_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let concepts = Concepts::embedded().unwrap();
        let file: BTreeMap<String, Vec<String>> = toml::from_str(include_str!("../../data/concepts.toml")).unwrap();
        let name = |concept: u16| file.keys().nth(usize::from(concept)).cloned();
        let found = concepts.find(&tokens(text));
        found.into_iter().filter_map(|(_, concept)| name(concept)).collect()
    }

    #[test]
    fn words_of_both_scripts_and_many_spellings_stand_for_one_thing() {
        for text in ["janam", "जन्म", "janm", "birth"] {
            assert!(named(text).contains(&"BIRTH".to_owned()), "{text}: {:?}", named(text));
        }
        for text in ["praman patra", "प्रमाण पत्र", "certificate", "सर्टिफिकेट", "sertifiket"]
        {
            assert!(
                named(text).contains(&"CERTIFICATE".to_owned()),
                "{text}: {:?}",
                named(text)
            );
        }
        assert!(named("apni umar ki pension").contains(&"PENSION".to_owned()));
    }

    #[test]
    fn short_codes_count_only_as_written() {
        assert!(named("sc certificate").contains(&"SC".to_owned()));
        assert!(named("st").contains(&"ST".to_owned()));
        for text in ["sac", "sat", "so", "set", "sit", "rack", "del"] {
            let found = named(text);
            for code in ["SC", "ST", "RC", "LICENCE", "LEARNER"] {
                assert!(!found.contains(&code.to_owned()), "{text}: {found:?}");
            }
        }
    }
}
