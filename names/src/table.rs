//! Common names, each with its spellings: which names are known to be the same, and which to be different.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    latin::fine,
    phones::{Phone, is_vowel, phones},
    script::{is_devanagari, plain},
};

/// Letters in Devanagari, letters in Latin (several by `/`), and for given names: m, f or u for both.
const GIVEN: &str = include_str!("../data/given.tsv");
const FAMILY: &str = include_str!("../data/family.tsv");

/// The number of a name: its line, family names behind given ones.
pub(crate) type Row = u16;

#[derive(Debug)]
struct Entry {
    devanagari: &'static str,
    latin: &'static str,
    family: bool,
}

#[derive(Debug, Default)]
struct Table {
    entries: Vec<Entry>,
    by_letters: HashMap<String, Row>,
    by_sound: HashMap<Vec<Phone>, Vec<Row>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for (file, family) in [(GIVEN, false), (FAMILY, true)] {
        for line in file.lines() {
            table.add(line, family);
        }
    }
    table
});

impl Table {
    fn add(&mut self, line: &'static str, family: bool) {
        let mut columns = line.split('\t');
        let (Some(devanagari), Some(latin)) = (columns.next(), columns.next()) else {
            return;
        };
        let Ok(row) = Row::try_from(self.entries.len()) else {
            return;
        };
        let first = |all: &'static str| all.split('/').next().unwrap_or(all);
        self.entries.push(Entry {
            devanagari: first(devanagari),
            latin: first(latin),
            family,
        });
        for letters in devanagari.split('/') {
            let letters = plain(letters).into_owned();
            self.heard(&sounds(&letters), row);
            self.by_letters.entry(letters).or_insert(row);
        }
        for letters in latin.split('/') {
            self.heard(&sounds(&plain(letters)), row);
        }
    }

    fn heard(&mut self, sounds: &[Phone], row: Row) {
        let rows = self.by_sound.entry(folded(sounds)).or_default();
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
}

/// The sounds of a plain word in either script.
pub(crate) fn sounds(plain: &str) -> Vec<Phone> {
    if plain.chars().any(is_devanagari) {
        phones(&fine(plain))
    } else {
        phones(plain)
    }
}

/// Sounds without what spelling leaves open: the length of a, ai and e, au and o, a last a behind two consonants.
fn folded(sounds: &[Phone]) -> Vec<Phone> {
    let mut out: Vec<Phone> = sounds
        .iter()
        .map(|phone| match phone {
            b'@' | b'A' => b'a',
            b'E' => b'e',
            b'O' => b'o',
            b'z' => b'j',
            b'R' => b'r',
            phone => *phone,
        })
        .collect();
    if let [.., x, y, b'a'] = out.as_slice()
        && !is_vowel(*x)
        && !is_vowel(*y)
        && out.len() > 4
    {
        out.pop();
    }
    out
}

/// The common names that sound so.
pub(crate) fn rows(sounds: &[Phone]) -> &'static [Row] {
    TABLE.by_sound.get(&folded(sounds)).map_or(&[], Vec::as_slice)
}

/// Is it a family name?
pub(crate) fn is_family(row: Row) -> bool {
    TABLE.entries.get(usize::from(row)).is_some_and(|entry| entry.family)
}

/// How a name is commonly written in Latin letters.
pub(crate) fn latin(row: Row) -> Option<&'static str> {
    TABLE.entries.get(usize::from(row)).map(|entry| entry.latin)
}

/// How a name is commonly written in Devanagari.
pub(crate) fn devanagari(row: Row) -> Option<&'static str> {
    TABLE.entries.get(usize::from(row)).map(|entry| entry.devanagari)
}

/// How a plain word of Devanagari is commonly spelled in Latin letters, if it is a common name, letter for letter.
pub(crate) fn spelling(word: &str) -> Option<&'static str> {
    TABLE.by_letters.get(word).copied().and_then(latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_whole() {
        for (file, kinds) in [(GIVEN, &["m", "f", "u"][..]), (FAMILY, &[])] {
            for line in file.lines() {
                let columns: Vec<&str> = line.split('\t').collect();
                assert!(
                    columns.len() >= 2 && columns[0].chars().all(|c| is_devanagari(c) || "/ ".contains(c)),
                    "{line}"
                );
                assert!(columns[1].is_ascii(), "{line}");
                if !kinds.is_empty() {
                    assert!(kinds.contains(&columns[2]), "{line}");
                }
                for letters in columns[0].split('/').chain(columns[1].split('/')) {
                    assert!(!rows(&sounds(&plain(letters))).is_empty(), "{letters}");
                }
            }
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let mut seen = HashMap::new();
        for line in GIVEN.lines().chain(FAMILY.lines()) {
            let name = line.split(['\t', '/']).next().unwrap();
            assert!(
                seen.insert((name, FAMILY.lines().any(|l| l == line)), line).is_none(),
                "{name}"
            );
        }
    }
}
