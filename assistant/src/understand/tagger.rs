//! Particulars inside a sentence, above all names: one label a word, from left to right, by a linear model over the word, its
//! neighbours and what they stand for.
//!
//! The file (little endian): `PRAMAN-T`; the step of its weights (f32); the table ([`super::table`]); SHA-256 of all that.

use std::ops::Range;

use names::sound::romanised;

use super::{
    concepts::{Concept, Concepts},
    features::{Features, hashed},
    normal::{Token, is_devanagari},
    table::{self, ModelError, Reading, Table},
};

const KIND: &[u8; 8] = b"PRAMAN-T";

/// The slots that it finds, in the order of its labels.
pub const KINDS: [&str; 14] = [
    "name",
    "child_name",
    "father_name",
    "mother_name",
    "spouse_name",
    "deceased_name",
    "locality",
    "age",
    "annual_income",
    "gender",
    "dob",
    "date_of_death",
    "date_of_marriage",
    "date",
];

/// Labels: none, then for each kind one that begins and one that goes on.
pub const LABELS: usize = 1 + 2 * KINDS.len();

/// A word of a message and where it stands, in bytes.
#[derive(Clone, Debug)]
pub struct Word {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// First letter, all letters: large?
    large: (bool, bool),
    /// The last sign between the word before and this one.
    sign: Option<char>,
    pub(super) token: Token,
}

impl Word {
    /// Does a sign, and not only space, part it from the word before?
    pub(super) const fn after_sign(&self) -> bool {
        self.sign.is_some()
    }
}

/// The words of a text as they stand there.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<usize> = None;
    let inside = |c: char| c.is_alphanumeric() || is_devanagari(c) || matches!(c, '\u{200C}' | '\u{200D}' | '\u{93C}');
    let mut close = |start: usize, end: usize, sign: Option<char>| {
        let written = text.get(start..end).unwrap_or_default();
        let Some(token) = super::tokens(written).into_iter().next() else {
            return;
        };
        let first = written.chars().next().is_some_and(char::is_uppercase);
        let all =
            written.chars().all(|c| !c.is_lowercase()) && written.chars().filter(|c| c.is_uppercase()).count() > 1;
        words.push(Word {
            start,
            end,
            large: (first, all),
            sign,
            token,
        });
    };
    let mut sign = None;
    for (at, c) in text.char_indices() {
        match (inside(c), open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                close(start, at, sign.take());
                open = None;
            }
            _ => {}
        }
        if !inside(c) && !c.is_whitespace() {
            sign = Some(c);
        }
    }
    if let Some(start) = open {
        close(start, text.len(), sign);
    }
    words
}

/// The tagger, ready to be asked.
pub struct Tagger {
    table: Table,
}

/// What a training run hands over, before it is rounded: feature and its weights, one for each label; features ascending.
#[derive(Clone, Debug)]
pub struct TaggerParts {
    /// The rows.
    pub rows: Vec<(u32, Vec<f32>)>,
}

impl TaggerParts {
    /// The file.
    ///
    /// # Errors
    /// [`ModelError::Content`] when there are more rows than the file can name.
    pub fn written(&self) -> Result<Vec<u8>, ModelError> {
        let mut file = KIND.to_vec();
        let step = table::step(self.rows.iter().flat_map(|(_, row)| row));
        file.extend(step.to_le_bytes());
        table::write(&mut file, &self.rows, |_| step)?;
        Ok(table::sealed(file))
    }
}

impl std::fmt::Debug for Tagger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tagger").finish_non_exhaustive()
    }
}

impl Tagger {
    /// Reads a tagger's file.
    ///
    /// # Errors
    /// [`ModelError`]: anything but the very bytes of a tagger is refused.
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        let mut rest = Reading::of(file, KIND)?;
        rest.number()?;
        let table = Table::read(&mut rest, LABELS)?;
        rest.end()?;
        Ok(Self { table })
    }

    /// The slots in these words: which, and from which word to before which.
    pub(super) fn find(&self, words: &[Word], concepts: &Concepts) -> Vec<(&'static str, Range<usize>)> {
        let seen = Seen::of(words, concepts);
        let mut labels: Vec<usize> = Vec::with_capacity(words.len());
        let mut found: Vec<(&'static str, Range<usize>)> = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let before = labels.last().copied().unwrap_or(0);
            let mut sums = [0.0; LABELS];
            self.table.add(&features(&seen, place, before), &mut sums);
            let label = best(&sums, before, word);
            labels.push(label);
            let (Some(kind), goes_on) = kind(label) else { continue };
            match found.last_mut() {
                Some((last, range)) if goes_on && *last == kind => range.end = place + 1,
                _ => found.push((kind, place..place + 1)),
            }
        }
        found
    }
}

/// The label with the largest sum of those that may stand here.
#[must_use]
pub fn best(sums: &[f32; LABELS], before: usize, word: &Word) -> usize {
    let allowed = sums
        .iter()
        .enumerate()
        .filter(|(label, _)| follows(before, *label) && fits(*label, word));
    let larger = |best: (usize, f32), (label, sum): (usize, &f32)| if *sum > best.1 { (label, *sum) } else { best };
    allowed.fold((0, f32::MIN), larger).0
}

/// A label that goes on needs one of its kind before.
const fn follows(before: usize, label: usize) -> bool {
    label == 0 || label % 2 == 1 || before == label || before + 1 == label
}

/// No digit stands in a name.
fn fits(label: usize, word: &Word) -> bool {
    !(1..=12).contains(&label) || !word.token.has_digit()
}

fn kind(label: usize) -> (Option<&'static str>, bool) {
    let kind = label.checked_sub(1).and_then(|label| KINDS.get(label / 2)).copied();
    (kind, label.is_multiple_of(2))
}

/// A message as the features see it.
pub struct Seen<'a> {
    words: &'a [Word],
    concepts: Vec<Vec<Concept>>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(words: &'a [Word], concepts: &Concepts) -> Self {
        let tokens: Vec<Token> = words.iter().map(|word| word.token.clone()).collect();
        let mut at = vec![Vec::new(); words.len()];
        for (place, concept) in concepts.find(&tokens) {
            if let Some(list) = at.get_mut(place) {
                list.push(concept);
            }
        }
        Self { words, concepts: at }
    }
}

/// The features of one word, given the label of the word before.
#[must_use]
pub fn features(seen: &Seen<'_>, place: usize, before: usize) -> Features {
    let mut all: Vec<u32> = Vec::with_capacity(64);
    let mut add = |kind: u8, parts: &[&[u8]]| all.push(number(kind, parts));
    let at = |offset: isize| place.checked_add_signed(offset).and_then(|place| seen.words.get(place));
    let label = [u8::try_from(before).unwrap_or(u8::MAX)];
    add(0, &[&label]);
    add(1, &[]);
    if let Some(word) = at(0) {
        let latin = romanised(&word.token.text);
        let latin = latin.as_bytes();
        add(2, &[latin]);
        add(3, &[latin, &label]);
        add(4, &[word.token.key().fine.as_bytes()]);
        for size in 1..=3 {
            add(5, &[latin.get(..size).unwrap_or(latin)]);
            add(6, &[latin.get(latin.len().saturating_sub(size)..).unwrap_or(latin)]);
        }
        let shape = [
            u8::from(word.large.0),
            u8::from(word.large.1),
            u8::from(word.token.is_devanagari()),
            u8::from(word.token.has_digit()),
            u8::try_from(latin.len().min(4)).unwrap_or(4),
        ];
        add(7, &[&shape]);
        add(8, &[&shape, &label]);
        let mut sign = [0; 4];
        let sign = word
            .sign
            .map_or("", |sign_of| sign_of.encode_utf8(&mut sign))
            .as_bytes();
        add(18, &[sign]);
        add(19, &[sign, &label]);
        let next = at(1).and_then(|next| next.sign).is_some();
        add(20, &[&[u8::from(next)], &label]);
    }
    for offset in [-3_isize, -2, -1, 1, 2, 3] {
        let side = [offset.to_le_bytes()[0]];
        match at(offset) {
            Some(word) => {
                if offset.abs() <= 2 {
                    add(9, &[&side, word.token.key().fine.as_bytes()]);
                }
                let concepts = place
                    .checked_add_signed(offset)
                    .and_then(|place| seen.concepts.get(place));
                for concept in concepts.into_iter().flatten() {
                    add(10, &[&side, &concept.to_le_bytes()]);
                    if offset.abs() == 1 {
                        add(11, &[&side, &concept.to_le_bytes(), &label]);
                    }
                }
            }
            None => add(12, &[&side]),
        }
    }
    for concept in seen.concepts.get(place).into_iter().flatten() {
        add(13, &[&concept.to_le_bytes()]);
        add(14, &[&concept.to_le_bytes(), &label]);
    }
    if let (Some(before), Some(after)) = (at(-1), at(1)) {
        add(
            15,
            &[before.token.key().fine.as_bytes(), after.token.key().fine.as_bytes()],
        );
    }
    if let (Some(one), Some(two)) = (at(-2), at(-1)) {
        add(16, &[one.token.key().fine.as_bytes(), two.token.key().fine.as_bytes()]);
    }
    // What was spoken of last on either side, however far: whose name it is.
    let (left, right) = seen.concepts.split_at_checked(place).unwrap_or_default();
    for (side, list) in [
        (0_u8, left.iter().rev().take(8).flatten().collect::<Vec<_>>()),
        (1, right.iter().skip(1).take(6).flatten().collect()),
    ] {
        let mut list = list;
        list.sort_unstable();
        list.dedup();
        for concept in list {
            add(17, &[&[side], &concept.to_le_bytes()]);
        }
    }
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|number| (number, 1.0)).collect()
}

/// In a space of its own.
fn number(kind: u8, parts: &[&[u8]]) -> u32 {
    hashed(0x9dc5_811c ^ u32::from(kind), parts)
}
