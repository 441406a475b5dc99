//! What speaks for and against two spellings being of one name, and the curve that makes a probability of it.

use std::sync::LazyLock;

use crate::{
    phones::{Phone, distance, ends_otherwise, is_vowel},
    words::{Byword, Form, Name, Word},
};

/// The kinds of evidence, in the order of the weights.
pub const EVIDENCE: [&str; 21] = [
    "always",
    "given names: near",
    "given names: far",
    "given names: known to be different",
    "given names: one has a last a or i more",
    "given names: none compared",
    "family names: near",
    "family names: far",
    "family name missing on one side",
    "word more on one side",
    "words that match nothing on both sides",
    "initials that fit",
    "initials that do not fit",
    "title or byword of the other sex",
    "other bywords",
    "a word on one side, another byword on the other",
    "byword missing on one side",
    "other order",
    "one word against several",
    "words in common beyond the first",
    "known to be one name",
];

/// How much of each kind there is.
pub type Evidence = [f64; EVIDENCE.len()];

/// What each kind of evidence weighs, in units of the logistic curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights(pub Evidence);

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(include_str!("../data/weights.tsv")));

impl Weights {
    /// One kind a line: its name, a tab, its weight.
    #[must_use]
    pub fn read(file: &str) -> Self {
        let weight = |name: &str| {
            file.lines()
                .filter_map(|line| line.split_once('\t'))
                .find(|(kind, _)| *kind == name)
                .and_then(|(_, weight)| weight.parse().ok())
                .unwrap_or(0.0)
        };
        Self(EVIDENCE.map(weight))
    }

    /// The file that [`Weights::read`] reads.
    #[must_use]
    pub fn written(&self) -> String {
        EVIDENCE
            .iter()
            .zip(self.0)
            .map(|(kind, weight)| format!("{kind}\t{weight:.3}\n"))
            .collect()
    }

    /// The weights that are in use.
    #[must_use]
    pub fn in_use() -> Self {
        *WEIGHTS
    }

    /// The logistic curve over the weighed evidence.
    #[must_use]
    pub fn probability(&self, evidence: &Evidence) -> f64 {
        let sum: f64 = self.0.iter().zip(evidence).map(|(weight, part)| weight * part).sum();
        1.0 / (1.0 + (-sum).exp())
    }
}

/// Equal once it is in plain letters.
const IDENTICAL: f64 = 0.999;

impl Name {
    /// See [`crate::same`]. Symmetric.
    #[must_use]
    pub fn same(&self, other: &Self) -> f64 {
        self.same_by(other, &WEIGHTS)
    }

    /// The same with other weights than those in use.
    #[must_use]
    pub fn same_by(&self, other: &Self, weights: &Weights) -> f64 {
        let own = if self.plain == other.plain {
            IDENTICAL
        } else {
            self.evidence(other)
                .iter()
                .map(|evidence| weights.probability(evidence).min(IDENTICAL))
                .fold(0.0, f64::max)
        };
        match (&self.relative, &other.relative) {
            (Some(a), Some(b)) => own.min(a.same_by(b, weights)),
            _ => own,
        }
    }

    /// The evidence for each pair of the ways in which both are called; nearly always one.
    #[must_use]
    pub fn evidence(&self, other: &Self) -> Vec<Evidence> {
        // In a fixed order, so that it is symmetric to the last bit.
        let (one, two) = if self.plain <= other.plain {
            (self, other)
        } else {
            (other, self)
        };
        one.forms
            .iter()
            .flat_map(|a| two.forms.iter().map(|b| evidence(a, b)))
            .collect()
    }
}

/// From here on two words are not taken for one.
const NOT_ONE: f32 = 0.45;
/// Where near ends and far begins.
const NEAR: f32 = 0.3;

struct Pair {
    distance: f32,
    different: bool,
    ends_otherwise: bool,
    known: bool,
}

fn pair(a: &Word, b: &Word) -> Pair {
    let apart = distance(&a.sounds, &b.sounds);
    let common = a.rows.iter().any(|row| b.rows.contains(row)) || (a.byword.is_some() && a.byword == b.byword);
    let both = !a.rows.is_empty() && !b.rows.is_empty();
    Pair {
        distance: if common { apart.min(0.02) } else { apart.min(1.5) },
        different: both && !common && apart > 0.05,
        ends_otherwise: !common && ends_otherwise(&a.sounds, &b.sounds),
        known: common,
    }
}

fn evidence(a: &Form, b: &Form) -> Evidence {
    let mut a_words = a.words.clone();
    let mut b_words = b.words.clone();
    join(&mut a_words, &b_words);
    join(&mut b_words, &a_words);
    let mut seen = Seen::default();
    let mut a_left: Vec<usize> = (0..a_words.len()).collect();
    let mut b_left: Vec<usize> = (0..b_words.len()).collect();
    let at = |words: &[Word], place: usize| words.get(place).cloned();

    // The nearest words first.
    let mut pairs: Vec<(usize, usize, Pair)> = Vec::new();
    for (i, x) in a_words.iter().enumerate() {
        for (j, y) in b_words.iter().enumerate() {
            pairs.push((i, j, pair(x, y)));
        }
    }
    pairs.sort_by(|(i, j, p), (k, l, q)| {
        (p.distance + if p.different { NOT_ONE } else { 0.0 })
            .total_cmp(&(q.distance + if q.different { NOT_ONE } else { 0.0 }))
            .then(i.abs_diff(*j).cmp(&k.abs_diff(*l)))
            .then((i, j).cmp(&(k, l)))
    });
    let mut places: Vec<(usize, usize)> = Vec::new();
    let last = (a_words.len().saturating_sub(1), b_words.len().saturating_sub(1));
    let is_family = |i: usize, j: usize| {
        let family = |words: &[Word], place: usize| words.get(place).is_some_and(Word::is_family);
        let given =
            |words: &[Word], place: usize| words.get(place).is_some_and(|w| !w.rows.is_empty() && !w.is_family());
        family(&a_words, i) && !given(&b_words, j)
            || family(&b_words, j) && !given(&a_words, i)
            || ((i, j) == last && i > 0 && j > 0 && !given(&a_words, i) && !given(&b_words, j))
    };
    for (i, j, pair) in &pairs {
        if pair.distance < NOT_ONE && !pair.different && a_left.contains(i) && b_left.contains(j) {
            a_left.retain(|place| place != i);
            b_left.retain(|place| place != j);
            seen.compared(pair, is_family(*i, *j));
            places.push((*i, *j));
        }
    }
    places.sort_unstable();
    let in_order = places.windows(2).all(|two| matches!(two, [(_, j), (_, l)] if j < l));

    // Initials, against words, bywords and each other.
    let mut a_bywords = a.bywords.clone();
    let mut b_bywords = b.bywords.clone();
    a_bywords.retain(
        |byword| match b_bywords.iter().position(|other| other.number == byword.number) {
            Some(place) => {
                b_bywords.remove(place);
                false
            }
            None => true,
        },
    );
    let mut a_initials = a.initials.clone();
    let mut b_initials = b.initials.clone();
    a_initials.retain(|letter| match b_initials.iter().position(|other| other == letter) {
        Some(place) => {
            b_initials.remove(place);
            seen.fitting += 0.5;
            false
        }
        None => true,
    });
    seen.initials(&mut a_initials, &b_words, &mut b_left, &mut b_bywords);
    seen.initials(&mut b_initials, &a_words, &mut a_left, &mut a_bywords);

    // A byword that stands for the name on one side only.
    let stands = |left: &mut Vec<usize>, words: &[Word], bywords: &mut Vec<Byword>| {
        left.retain(|place| {
            let number = at(words, *place).and_then(|word| word.byword);
            let found = bywords.iter().position(|byword| Some(byword.number) == number);
            found.map(|found| bywords.remove(found)).is_none()
        });
    };
    stands(&mut a_left, &a_words, &mut b_bywords);
    stands(&mut b_left, &b_words, &mut a_bywords);

    // What is left on both sides does not match: family names with family names as far as there are.
    let family_of = |words: &[Word], place: usize, other: usize| {
        is_family_at(words, place) || (place + 1 == words.len() && place > 0 && other > 0)
    };
    for families in [true, false] {
        let mut i = 0;
        while let Some(&x) = a_left.get(i) {
            let found = b_left
                .iter()
                .position(|&y| !families || (family_of(&a_words, x, y) && family_of(&b_words, y, x)));
            match (found, families) {
                (Some(place), _) => {
                    let y = b_left.remove(place);
                    a_left.remove(i);
                    if let (Some(x), Some(y)) = (a_words.get(x), b_words.get(y)) {
                        let pair = pair(x, y);
                        seen.unmatched += f64::from(u8::from(!families));
                        seen.compared(&pair, families);
                    }
                }
                (None, _) => i += 1,
            }
        }
    }
    // What is left on one side is missing on the other.
    for (left, words) in [(&a_left, &a_words), (&b_left, &b_words)] {
        for place in left {
            let family = is_family_at(words, *place) || (*place > 0 && *place + 1 == words.len());
            if family {
                seen.family_missing += 1.0
            } else {
                seen.more += 1.0
            }
        }
    }
    // Initials of one side count as missing words if the other has nothing left.
    let spare = a_initials.len().min(b_initials.len());
    seen.misfitting += count(spare);

    let apart = !a_bywords.is_empty() && !b_bywords.is_empty();
    // "Krishna Murthy" and "Krishna Kumar".
    let instead = (!a_left.is_empty() && !b_bywords.is_empty()) || (!b_left.is_empty() && !a_bywords.is_empty());
    let sexes = matches!((a.gender, b.gender), (Some(x), Some(y)) if x != y);
    let one_word = (a_words.len() + a.initials.len() == 1) != (b_words.len() + b.initials.len() == 1);
    let yes = |is: bool| f64::from(u8::from(is));
    let none_compared = seen.given.is_none();
    let (near, far) = split(seen.given);
    let (family_near, family_far) = split(seen.family);
    [
        1.0,
        near,
        far,
        yes(seen.different),
        yes(seen.ends_otherwise),
        yes(none_compared),
        family_near,
        family_far,
        seen.family_missing.min(2.0),
        seen.more.min(3.0),
        seen.unmatched.min(2.0),
        seen.fitting.min(2.0),
        seen.misfitting.min(2.0),
        yes(sexes),
        yes(apart && !sexes),
        yes(instead),
        yes(!apart && !instead && a_bywords.len() != b_bywords.len()),
        yes(!in_order),
        yes(one_word),
        count(places.len().saturating_sub(1).min(2)),
        yes(seen.known && !seen.different),
    ]
}

fn is_family_at(words: &[Word], place: usize) -> bool {
    words.get(place).is_some_and(Word::is_family)
}

#[expect(clippy::cast_precision_loss, reason = "a handful of words")]
const fn count(n: usize) -> f64 {
    n as f64
}

/// A distance as two parts, so that the curve may bend where near ends; each 0 to 1 and a little above.
fn split(apart: Option<f32>) -> (f64, f64) {
    let apart = apart.unwrap_or(0.0);
    (
        f64::from(apart.min(NEAR) / NEAR),
        f64::from((apart - NEAR).clamp(0.0, 0.7) / 0.7),
    )
}

#[derive(Default)]
struct Seen {
    given: Option<f32>,
    family: Option<f32>,
    different: bool,
    ends_otherwise: bool,
    known: bool,
    family_missing: f64,
    more: f64,
    unmatched: f64,
    fitting: f64,
    misfitting: f64,
}

impl Seen {
    fn compared(&mut self, pair: &Pair, family: bool) {
        let so_far = if family { &mut self.family } else { &mut self.given };
        *so_far = Some(so_far.unwrap_or(0.0).max(pair.distance));
        if !family {
            self.different |= pair.different;
            self.ends_otherwise |= pair.ends_otherwise;
            self.known |= pair.known;
        }
    }

    /// Takes the initials that a word or byword of the other side may stand for; counts those that none may though words are left.
    fn initials(&mut self, initials: &mut Vec<u8>, words: &[Word], left: &mut Vec<usize>, bywords: &mut Vec<Byword>) {
        initials.retain(|letter| {
            let word = left
                .iter()
                .position(|place| words.get(*place).is_some_and(|word| begins(word, *letter)));
            if let Some(place) = word {
                left.remove(place);
                self.fitting += 1.0;
                return false;
            }
            let byword = bywords.iter().position(|byword| byword.begins(*letter));
            if let Some(place) = byword {
                bywords.remove(place);
                self.fitting += 0.5;
                return false;
            }
            if left.is_empty() {
                return true;
            }
            self.misfitting += 1.0;
            left.remove(0);
            false
        });
    }
}

impl Byword {
    /// May an initial stand for it?
    const fn begins(self, letter: u8) -> bool {
        matches!(
            (self.number, letter),
            (0, b'm')
                | (1 | 13, b's')
                | (2 | 14, b'k')
                | (3, b'b' | b'd' | b'k' | b'r')
                | (11, b'l')
                | (12, b'c')
                | (15 | 16, b'b')
                | (17, b'p')
        )
    }
}

fn begins(word: &Word, letter: u8) -> bool {
    let Some(first) = word.sounds.first().copied() else {
        return false;
    };
    let sounds: &[Phone] = match letter {
        b'a' => b"a@AEO",
        b'b' => b"bBv",
        b'c' => b"cCks",
        b'd' => b"dD",
        b'e' => b"eEi",
        b'f' => b"P",
        b'g' => b"gG",
        b'i' => b"iE",
        b'j' => b"jJz",
        b'k' => b"kK",
        b'o' => b"oO",
        b'p' => b"pP",
        b'q' => b"k",
        b's' => b"sS",
        b't' => b"tT",
        b'u' => b"u",
        b'v' | b'w' => b"vbB",
        b'x' => b"jk",
        b'y' => b"yi",
        b'z' => b"zj",
        _ => return first == letter,
    };
    sounds.contains(&first)
}

/// Two words that the other side writes as one become one.
fn join(words: &mut Vec<Word>, others: &[Word]) {
    let mut place = 0;
    while let (Some(x), Some(y)) = (words.get(place), words.get(place + 1)) {
        let mut sounds = x.sounds.clone();
        if sounds.last() == y.sounds.first() && !sounds.last().is_some_and(|last| is_vowel(*last)) {
            sounds.pop();
        }
        sounds.extend(&y.sounds);
        let one = others.iter().any(|other| {
            other.sounds.len() >= 5
                && other.sounds.len().abs_diff(sounds.len()) <= 2
                && distance(&sounds, &other.sounds) < if sounds.len() > 8 { 0.2 } else { 0.15 }
        });
        if one {
            let byword = x.byword;
            words.remove(place);
            if let Some(word) = words.get_mut(place) {
                *word = Word::heard(sounds, byword);
            }
        } else {
            place += 1;
        }
    }
}
