//! Shares and weights as bars: numbers for the page's drawings, nothing else.

use std::ops::Range;

use assistant::understand::explain::{Explanation, Weighed};

/// Log-odds that fill half the width of a word's picture, at least.
const FULL: f32 = 2.0;
/// Half the width of a word's picture.
const HALF: f32 = 40.0;
/// A word that moves the odds by less spoke neither way.
const SILENT: f32 = 0.05;

/// A share as a bar from 0 to 100.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whole percent, for people.
    pub percent: String,
    /// Its length.
    pub length: String,
}

/// A share from 0 to 1.
#[must_use]
pub(super) fn share(of: f32) -> Share {
    let percent = of.clamp(0.0, 1.0) * 100.0;
    Share {
        percent: format!("{percent:.0}"),
        length: format!("{percent:.1}"),
    }
}

/// What one word weighed, as a bar from the middle to one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// With its sign, for people.
    pub number: String,
    /// `for`, `against` or `silent`.
    pub class: &'static str,
    /// Where it begins.
    pub x: String,
    /// Its length.
    pub length: String,
}

/// A word of the message with what it weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it was written.
    pub text: String,
    /// For what is wanted.
    pub intent: Weight,
    /// For the service.
    pub service: Weight,
}

/// Every word that was weighed, to one scale.
#[must_use]
pub(super) fn words(text: &str, explained: &Explanation) -> Vec<Word> {
    let most = |most: f32, word: &Weighed| most.max(word.intent.abs()).max(word.service.abs());
    let full = explained.words.iter().fold(FULL, most);
    let words = explained.words.iter().map(|word| Word {
        text: text.get(word.place.clone()).unwrap_or_default().to_owned(),
        intent: weight(word.intent, full),
        service: weight(word.service, full),
    });
    words.collect()
}

fn weight(of: f32, full: f32) -> Weight {
    let length = (of.abs() / full * HALF).min(HALF);
    let (class, x, length) = if of.abs() < SILENT {
        ("silent", HALF - 0.5, 1.0)
    } else if of > 0.0 {
        ("for", HALF, length)
    } else {
        ("against", HALF - length, length)
    };
    Weight {
        // No minus before a nought.
        number: if class == "silent" {
            "0".to_owned()
        } else {
            format!("{of:+.1}")
        },
        class,
        x: format!("{x:.1}"),
        length: format!("{length:.1}"),
    }
}

/// The two words that spoke most for what was chosen, in the order of the message; fewer where nothing spoke.
#[must_use]
pub(super) fn speakers(text: &str, explained: &Explanation) -> Vec<String> {
    let weight = |word: &Weighed| {
        word.intent
            + if explained.meaning.service.is_some() {
                word.service
            } else {
                0.0
            }
    };
    let mut best: Vec<(f32, Range<usize>)> = explained
        .words
        .iter()
        .map(|word| (weight(word), word.place.clone()))
        .filter(|(weight, _)| *weight >= SILENT)
        .collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    best.truncate(2);
    best.sort_by_key(|(_, place)| place.start);
    best.into_iter()
        .map(|(_, place)| text.get(place).unwrap_or_default().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_as_long_as_it_is_large() {
        for (of, percent, length) in [
            (0.0, "0", "0.0"),
            (0.625, "62", "62.5"),
            (1.0, "100", "100.0"),
            (1.2, "100", "100.0"),
        ] {
            assert_eq!(
                share(of),
                Share {
                    percent: percent.into(),
                    length: length.into()
                }
            );
        }
    }

    #[test]
    fn a_weight_goes_to_its_side_and_no_further() {
        let of = |value| weight(value, 4.0);
        let told = |weight: &Weight| {
            (
                weight.class,
                weight.x.clone(),
                weight.length.clone(),
                weight.number.clone(),
            )
        };
        assert_eq!(told(&of(4.0)), ("for", "40.0".into(), "40.0".into(), "+4.0".into()));
        assert_eq!(
            told(&of(-2.0)),
            ("against", "20.0".into(), "20.0".into(), "-2.0".into())
        );
        assert_eq!(told(&of(-0.01)).0, "silent");
        assert_eq!(of(-0.01).number, "0");
        assert_eq!(weight(9.0, 4.0).length, "40.0");
    }
}
