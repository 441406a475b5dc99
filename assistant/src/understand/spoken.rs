//! Numbers as people say them: "pandrah", "सवा दो लाख", "unnis sau nabbe", "twenty twenty five", "2 lakh 40 hazar".

use std::{collections::HashMap, sync::LazyLock};

use super::normal::Token;

/// From so many letters on a number word is known by its sound too.
const SOUNDS_FROM: usize = 5;

/// A word of `data/number-words.txt`: 0 to 99. Longer ones in any spelling that sounds alike.
pub(super) fn small(word: &Token) -> Option<u32> {
    static WORDS: LazyLock<[HashMap<String, u32>; 2]> = LazyLock::new(|| {
        let lines = include_str!("../../data/number-words.txt").lines();
        let (mut written, mut sounds) = (HashMap::new(), HashMap::new());
        for line in lines.filter(|line| !line.starts_with('#')) {
            let mut parts = line.split_whitespace();
            let Some(value) = parts.next().and_then(|value| value.parse().ok()) else {
                continue;
            };
            for token in parts.flat_map(super::tokens) {
                if long(&token) {
                    sounds.entry(token.key().fine.clone()).or_insert(value);
                }
                written.entry(token.text).or_insert(value);
            }
        }
        [written, sounds]
    });
    let [written, sounds] = &*WORDS;
    let heard = || long(word).then(|| sounds.get(&word.key().fine)).flatten();
    written.get(&word.text).or_else(heard).copied()
}

fn long(word: &Token) -> bool {
    !word.has_digit() && word.text.chars().count() >= SOUNDS_FROM && word.key().fine.len() >= 4
}

/// What a word does to a number.
enum Part {
    Is(f64),
    /// "sava", "paune", "sadhe": changes the number that follows.
    Before(f64),
    Times(f64),
}

fn part(word: &Token) -> Option<Part> {
    Some(match word.text.as_str() {
        "hazar" | "hajar" | "hazaar" | "hajaar" | "hzr" | "thousand" | "हजार" | "k" | "hazaron" => {
            Part::Times(1_000.0)
        }
        "lakh" | "lac" | "lakhs" | "lacs" | "laakh" | "lakhon" | "लाख" | "l" | "lpa" => Part::Times(100_000.0),
        "crore" | "crores" | "karod" | "करोड" | "cr" => Part::Times(10_000_000.0),
        "sau" | "so" | "hundred" | "सौ" => Part::Times(100.0),
        "dedh" | "derh" | "डेढ" => Part::Is(1.5),
        "dhai" | "dhaai" | "adhai" | "ढाई" => Part::Is(2.5),
        "sava" | "sawa" | "सवा" => Part::Before(0.25),
        "paune" | "pone" | "पौने" => Part::Before(-0.25),
        "sadhe" | "saadhe" | "saade" | "साढे" => Part::Before(0.5),
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Part::Is(text.parse().ok()?),
        _ => Part::Is(f64::from(small(word)?)),
    })
}

/// Can this word stand in a number that is said or written?
pub(super) fn stands_in_number(word: &Token) -> bool {
    part(word).is_some()
}

/// The number that these words say, all of them together.
pub(super) fn number(words: &[Token]) -> Option<f64> {
    let (mut total, mut open, mut before): (f64, Option<f64>, f64) = (0.0, None, 0.0);
    let mut said = false;
    for word in words {
        match part(word)? {
            Part::Is(value) => {
                open = Some(match open {
                    // "sixty two", "twenty five".
                    Some(tens) if (20.0..100.0).contains(&tens) && tens % 10.0 == 0.0 && value < 10.0 => tens + value,
                    // What stood before belongs to a hundred or thousand that was not said.
                    Some(_) => return None,
                    None => value + std::mem::take(&mut before),
                });
                said = true;
            }
            Part::Before(part) => before = part,
            Part::Times(factor) => {
                // "sava lakh" is one and a quarter.
                let value = open.take().unwrap_or_else(|| 1.0 + std::mem::take(&mut before));
                if factor > 100.0 && total > 0.0 && total < factor {
                    total = (total + value) * factor;
                } else {
                    total += value * factor;
                }
                said = true;
            }
        }
    }
    said.then_some(total + open.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_say_them() {
        for (text, value) in [
            ("pandrah", 15.0),
            ("चौंतीस", 34.0),
            ("sixty two", 62.0),
            ("sava do lakh", 225_000.0),
            ("paune do lakh", 175_000.0),
            ("sadhe chaar lakh", 450_000.0),
            ("sadhe baarah hazar", 12_500.0),
            ("saadhe teen lakh", 350_000.0),
            ("सवा लाख", 125_000.0),
            ("2 lakh 40 hazar", 240_000.0),
            ("एक लाख अस्सी हज़ार", 180_000.0),
            ("unnis sau nabbe", 1990.0),
            ("do hazar paanch", 2005.0),
            ("dedh lakh", 150_000.0),
            ("seven lakh eighty thousand", 780_000.0),
            ("450", 450.0),
        ] {
            assert_eq!(number(&crate::understand::tokens(text)), Some(value), "{text}");
        }
        for text in ["", "banana", "15 16", "das minute"] {
            assert_eq!(number(&crate::understand::tokens(text)), None, "{text}");
        }
    }

    #[test]
    fn every_number_up_to_99_has_its_words() {
        let text = include_str!("../../data/number-words.txt");
        let values: Vec<u32> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(values, (0..100).collect::<Vec<u32>>());
    }
}
