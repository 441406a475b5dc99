//! Particulars inside a sentence, above all names: first which words are a name, a place, an age (labels, the likeliest chain of
//! them), then whose name and which day it is ([`super::roles`]). Both are linear models over the words, their neighbours and
//! what they stand for, in one table.
//!
//! The file (little endian): `PRAMAN-T`; the step of its weights (f32); the table ([`super::table`]); SHA-256 of all that.

use std::ops::Range;

use names::sound::romanised;

use super::{
    concepts::{Concept, Concepts},
    dates::Dated,
    features::{Features, hashed},
    normal::Token,
    numbers::Figures,
    roles::{self, ROLES},
    spoken,
    table::{self, ModelError, Reading, Table},
    written::Word,
};

const KIND: &[u8; 8] = b"PRAMAN-T";

/// What it finds, in the order of its labels. Whose name it is, is asked afterwards.
pub const KINDS: [&str; 5] = ["name", "locality", "age", "annual_income", "gender"];
const NAME: usize = 0;

/// Labels: none, then for each kind one that begins and one that goes on.
pub const LABELS: usize = 1 + 2 * KINDS.len();

/// Columns of the table: the labels, then the roles.
pub const COLUMNS: usize = LABELS + ROLES.len();

/// Sums or weights of all columns.
pub type Row = [f32; COLUMNS];

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

/// A particular: its slot, and from which word to before which it stands.
pub(super) type Particular = (&'static str, Range<usize>);

impl Tagger {
    /// Reads a tagger's file.
    ///
    /// # Errors
    /// [`ModelError`]: anything but the very bytes of a tagger is refused.
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        let mut rest = Reading::of(file, KIND)?;
        rest.number()?;
        let table = Table::read(&mut rest, COLUMNS)?;
        rest.end()?;
        Ok(Self { table })
    }

    /// The particulars among these words, in the order in which they stand there. Days are those that the grammar found.
    pub(super) fn find(&self, seen: &Seen<'_>) -> Vec<Particular> {
        let add = |features: &Features, sums: &mut Row| self.table.add(features, sums);
        let labels = best_chain(seen, add);
        let spans = spans(&labels);
        let mut found: Vec<Particular> = spans
            .iter()
            .filter(|(kind, _)| *kind != NAME)
            .filter_map(|(kind, place)| Some((*KINDS.get(*kind)?, place.clone())))
            .collect();
        let asked = roles::asked(seen, names(&spans));
        let chosen = roles::chosen(seen, &asked, add);
        found.extend(
            chosen
                .into_iter()
                .zip(asked)
                .map(|(role, (_, place))| (role.slot(), place)),
        );
        found.sort_by_key(|(_, place)| place.start);
        found
    }
}

/// Where names stand.
fn names(spans: &[(usize, Range<usize>)]) -> impl Iterator<Item = Range<usize>> + '_ {
    spans
        .iter()
        .filter(|(kind, _)| *kind == NAME)
        .map(|(_, place)| place.clone())
}

/// The chain of labels with the largest sum; `add` adds what features weigh.
pub fn best_chain(seen: &Seen<'_>, add: impl Fn(&Features, &mut Row)) -> Vec<usize> {
    // For each word and label: the best sum up to there, and the label before on that way.
    let mut ways: Vec<[(f32, usize); LABELS]> = Vec::with_capacity(seen.words.len());
    for (place, word) in seen.words.iter().enumerate() {
        let mut own: Row = [0.0; COLUMNS];
        add(&features(seen, place), &mut own);
        let mut here = [(f32::MIN, 0); LABELS];
        for before in 0..LABELS {
            let so_far = match ways.last() {
                Some(way) => way.get(before).map_or(f32::MIN, |(sum, _)| *sum),
                None if before == 0 => 0.0,
                None => f32::MIN,
            };
            // Nothing comes of a way that cannot be.
            if so_far <= f32::MIN {
                continue;
            }
            let mut step: Row = [0.0; COLUMNS];
            add(&features_after(seen, place, before), &mut step);
            for (label, best) in here.iter_mut().enumerate() {
                if !follows(before, label) || !fits(label, word) {
                    continue;
                }
                let weigh = |row: &Row| row.get(label).copied().unwrap_or(0.0);
                let sum = so_far + weigh(&own) + weigh(&step);
                if sum > best.0 {
                    *best = (sum, before);
                }
            }
        }
        ways.push(here);
    }
    let last = ways.last().map_or(0, |way| {
        let larger = |best: usize, label: usize| {
            let sum = |label: usize| way.get(label).map_or(f32::MIN, |(sum, _)| *sum);
            if sum(label) > sum(best) { label } else { best }
        };
        (0..LABELS).fold(0, larger)
    });
    let mut labels = vec![last; ways.len()];
    let mut label = last;
    for (place, way) in ways.iter().enumerate().rev() {
        if let Some(into) = labels.get_mut(place) {
            *into = label;
        }
        label = way.get(label).map_or(0, |(_, before)| *before);
    }
    labels
}

/// The stretches of one kind, by its place in [`KINDS`].
fn spans(labels: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    for (place, label) in labels.iter().enumerate() {
        let Some(kind) = label.checked_sub(1).map(|label| label / 2) else {
            continue;
        };
        match found.last_mut() {
            Some((last, range)) if label % 2 == 0 && *last == kind && range.end == place => range.end = place + 1,
            _ => found.push((kind, place..place + 1)),
        }
    }
    found
}

/// A label that goes on needs one of its kind before.
const fn follows(before: usize, label: usize) -> bool {
    label == 0 || label % 2 == 1 || before == label || before + 1 == label
}

/// No digit stands in a name.
fn fits(label: usize, word: &Word) -> bool {
    label == 0 || (label - 1) / 2 != NAME || !word.token.has_digit()
}

/// A message as the features see it.
pub struct Seen<'a> {
    pub(super) words: &'a [Word],
    pub(super) concepts: Vec<Vec<Concept>>,
    pub(super) figures: &'a Figures,
    known: &'a Concepts,
    /// What the grammars make of each word.
    classes: Vec<Class>,
}

/// What the grammars make of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Class {
    Word,
    /// Of a day.
    Day,
    /// Of a number of ours, a telephone, a PIN code, a vehicle.
    Number,
    /// A number of at most 17, at most 59, at most 120, and above; one that stands in an amount of thousands.
    Small,
    Grown,
    Old,
    Large,
    Thousands,
}

impl<'a> Seen<'a> {
    pub(super) fn of(words: &'a [Word], figures: &'a Figures, concepts: &'a Concepts) -> Self {
        let tokens: Vec<Token> = words.iter().map(|word| word.token.clone()).collect();
        let mut at = vec![Vec::new(); words.len()];
        for (place, concept) in concepts.find(&tokens) {
            if let Some(list) = at.get_mut(place) {
                list.push(concept);
            }
        }
        let mut classes: Vec<Class> = words.iter().map(class).collect();
        let mut mark = |place: &Range<usize>, class: Class| {
            for into in classes.get_mut(place.clone()).into_iter().flatten() {
                *into = class;
            }
        };
        for (value, place) in &figures.amounts {
            if *value >= 1000 {
                mark(place, Class::Thousands);
            }
        }
        for place in figures.numbers() {
            mark(place, Class::Number);
        }
        for (day, place) in &figures.dates {
            if !matches!(day, Dated::Relative) {
                mark(place, Class::Day);
            }
        }
        Self {
            words,
            concepts: at,
            figures,
            known: concepts,
            classes,
        }
    }

    pub(super) fn tells_of_role(&self, concept: Concept) -> bool {
        self.known.tell_of_role(concept)
    }
}

fn class(word: &Word) -> Class {
    let written = word.token.text.parse::<u32>().ok();
    match written.or_else(|| spoken::small(&word.token)) {
        None => Class::Word,
        Some(0..=17) => Class::Small,
        Some(18..=59) => Class::Grown,
        Some(60..=120) => Class::Old,
        Some(_) => Class::Large,
    }
}

fn shape(word: &Word, latin: &str) -> [u8; 5] {
    [
        u8::from(word.large.0),
        u8::from(word.large.1),
        u8::from(word.token.is_devanagari()),
        u8::from(word.token.has_digit()),
        u8::try_from(latin.len().min(4)).unwrap_or(4),
    ]
}

/// The features of one word, whatever the label before it.
#[must_use]
pub fn features(seen: &Seen<'_>, place: usize) -> Features {
    let mut all: Vec<u32> = Vec::with_capacity(64);
    let mut add = |kind: u8, parts: &[&[u8]]| all.push(number(kind, parts));
    let at = |offset: isize| place.checked_add_signed(offset).and_then(|place| seen.words.get(place));
    let class = |offset: isize| {
        let class = place
            .checked_add_signed(offset)
            .and_then(|place| seen.classes.get(place));
        class.map_or(u8::MAX, |class| *class as u8)
    };
    add(1, &[]);
    if let Some(word) = at(0) {
        let latin = romanised(&word.token.text);
        let bytes = latin.as_bytes();
        if class(0) == Class::Word as u8 {
            add(2, &[bytes]);
            add(4, &[word.token.key().fine.as_bytes()]);
            for size in 1..=3 {
                add(5, &[bytes.get(..size).unwrap_or(bytes)]);
                add(6, &[bytes.get(bytes.len().saturating_sub(size)..).unwrap_or(bytes)]);
            }
        }
        add(7, &[&shape(word, &latin)]);
        let mut sign = [0; 4];
        let sign = word
            .sign
            .map_or("", |sign_of| sign_of.encode_utf8(&mut sign))
            .as_bytes();
        add(18, &[sign]);
        let next = at(1).and_then(|next| next.sign).is_some();
        add(
            20,
            &[&[u8::from(next), u8::from(at(1).is_none()), u8::from(place == 0)]],
        );
        add(21, &[&[class(0)]]);
        add(22, &[&[class(0), class(-1)]]);
        add(23, &[&[class(0), class(1)]]);
        if class(0) != Class::Word as u8 {
            for offset in [-2_isize, -1, 1, 2] {
                let key = at(offset).map_or("", |word| word.token.key().fine.as_str());
                add(24, &[&offset.to_le_bytes()[..1], &[class(0)], key.as_bytes()]);
            }
        }
    }
    for offset in [-3_isize, -2, -1, 1, 2, 3] {
        let side = [offset.to_le_bytes()[0]];
        match at(offset) {
            Some(word) => {
                if offset.abs() <= 2 {
                    add(9, &[&side, word.token.key().fine.as_bytes()]);
                    let latin = romanised(&word.token.text);
                    add(25, &[&side, &shape(word, &latin)]);
                }
                let concepts = place
                    .checked_add_signed(offset)
                    .and_then(|place| seen.concepts.get(place));
                for concept in concepts.into_iter().flatten() {
                    add(10, &[&side, &concept.to_le_bytes()]);
                }
            }
            None => add(12, &[&side]),
        }
    }
    for concept in seen.concepts.get(place).into_iter().flatten() {
        add(13, &[&concept.to_le_bytes()]);
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
    // What was spoken of on either side, however far.
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
    finished(all)
}

/// The features of one word together with the label of the word before.
#[must_use]
pub fn features_after(seen: &Seen<'_>, place: usize, before: usize) -> Features {
    let mut all: Vec<u32> = Vec::with_capacity(16);
    let mut add = |kind: u8, parts: &[&[u8]]| all.push(number(kind, parts));
    let label = [u8::try_from(before).unwrap_or(u8::MAX)];
    add(0, &[&label]);
    if let Some(word) = seen.words.get(place) {
        let latin = romanised(&word.token.text);
        add(3, &[latin.as_bytes(), &label]);
        add(8, &[&shape(word, &latin), &label]);
        let mut sign = [0; 4];
        let sign = word
            .sign
            .map_or("", |sign_of| sign_of.encode_utf8(&mut sign))
            .as_bytes();
        add(19, &[sign, &label]);
    }
    for concept in seen.concepts.get(place).into_iter().flatten() {
        add(14, &[&concept.to_le_bytes(), &label]);
    }
    for (side, place) in [(0_u8, place.checked_sub(1)), (1, place.checked_add(1))] {
        for concept in place.and_then(|place| seen.concepts.get(place)).into_iter().flatten() {
            add(11, &[&[side], &concept.to_le_bytes(), &label]);
        }
    }
    finished(all)
}

pub(super) fn finished(mut all: Vec<u32>) -> Features {
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|number| (number, 1.0)).collect()
}

/// In a space of its own.
fn number(kind: u8, parts: &[&[u8]]) -> u32 {
    hashed(0x9dc5_811c ^ u32::from(kind), parts)
}
