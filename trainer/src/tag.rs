//! Training of the tagger: two averaged perceptrons in one table, of the chain of labels and of the roles.

use std::ops::Range;

use assistant::understand::{
    BITS, Features, Figures, Understander,
    roles::{self, Role, Sort},
    tagger::{self, COLUMNS, KINDS, LABELS, Row, Seen, TaggerParts},
    written::{Word, words},
};

use crate::{corpus::Line, learn::shuffle};

const ROUNDS: usize = 12;
const ROWS_MAX: usize = 18_000;
/// A feature seen less often is left out from the start: what stands in one line only would explain that line, and teach nothing.
const SEEN_MIN: u32 = 2;

/// Weights, and what is needed for their mean over all steps.
struct Weights {
    rows: Vec<Row>,
    sums: Vec<Row>,
    since: Vec<Row>,
    seen: Vec<u32>,
    now: f32,
}

impl Weights {
    fn new() -> Self {
        let empty = || vec![[0.0; COLUMNS]; 1 << BITS];
        Self {
            rows: empty(),
            sums: empty(),
            since: empty(),
            seen: vec![0; 1 << BITS],
            now: 0.0,
        }
    }

    fn add(&self, features: &Features, sums: &mut Row) {
        for (feature, _) in features {
            for (sum, weight) in sums.iter_mut().zip(self.row(*feature)) {
                *sum += weight;
            }
        }
    }

    fn row(&self, feature: u32) -> &Row {
        const NONE: &Row = &[0.0; COLUMNS];
        self.rows.get(place(feature)).unwrap_or(NONE)
    }

    fn change(&mut self, features: &Features, column: usize, by: f32) {
        for (feature, _) in features {
            let place = place(*feature);
            if self.seen.get(place).is_none_or(|seen| *seen < SEEN_MIN) {
                continue;
            }
            let cells = (
                self.rows.get_mut(place).and_then(|row| row.get_mut(column)),
                self.sums.get_mut(place).and_then(|row| row.get_mut(column)),
                self.since.get_mut(place).and_then(|row| row.get_mut(column)),
            );
            if let (Some(weight), Some(sum), Some(since)) = cells {
                *sum += *weight * (self.now - *since);
                *since = self.now;
                *weight += by;
            }
        }
    }

    fn count(&mut self, features: &Features) {
        for (feature, _) in features {
            if let Some(seen) = self.seen.get_mut(place(*feature)) {
                *seen += 1;
            }
        }
    }

    fn finished(self) -> TaggerParts {
        let now = self.now.max(1.0);
        let mean = |place: usize| -> Vec<f32> {
            let cells = (self.rows.get(place), self.sums.get(place), self.since.get(place));
            let (Some(weights), Some(sums), Some(since)) = cells else {
                return vec![];
            };
            let cells = weights.iter().zip(sums).zip(since);
            cells
                .map(|((weight, sum), since)| (sum + weight * (now - since)) / now)
                .collect()
        };
        let strength = |weights: &[f32]| weights.iter().map(|weight| weight * weight).sum::<f32>();
        let kept = self.seen.iter().enumerate().filter(|(_, count)| **count >= SEEN_MIN);
        let mut rows: Vec<(u32, Vec<f32>)> = kept
            .filter_map(|(feature, _)| Some((u32::try_from(feature).ok()?, mean(feature))))
            .filter(|(_, row)| strength(row) > 0.0)
            .collect();
        rows.sort_by(|a, b| strength(&b.1).total_cmp(&strength(&a.1)).then(a.0.cmp(&b.0)));
        rows.truncate(ROWS_MAX);
        rows.sort_by_key(|(feature, _)| *feature);
        TaggerParts { rows }
    }
}

fn place(feature: u32) -> usize {
    usize::try_from(feature).unwrap_or(usize::MAX)
}

/// A line as it is taught.
struct Sample {
    words: Vec<Word>,
    figures: Figures,
    labels: Vec<usize>,
    /// Where names stand, and whose they are; which day each is.
    roles: Vec<(Sort, Range<usize>, Option<Role>)>,
}

/// Trains on every line: those without a particular teach where none is.
pub(crate) fn learn(reader: &Understander, lines: &[&Line]) -> TaggerParts {
    let samples: Vec<Sample> = lines.iter().copied().map(sample).collect();
    let mut weights = Weights::new();
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for sample in &samples {
        count(&mut weights, &reader.seen(&sample.words, &sample.figures), sample);
    }
    for _ in 0..ROUNDS {
        shuffle(&mut order, &mut random);
        for number in &order {
            let Some(sample) = samples.get(*number) else { continue };
            let seen = reader.seen(&sample.words, &sample.figures);
            weights.now += 1.0;
            teach_chain(&mut weights, &seen, &sample.labels);
            teach_roles(&mut weights, &seen, &sample.roles);
        }
    }
    weights.finished()
}

/// Counts the features along the right way.
fn count(weights: &mut Weights, seen: &Seen<'_>, sample: &Sample) {
    let mut before = 0;
    for (at, label) in sample.labels.iter().enumerate() {
        weights.count(&tagger::features(seen, at));
        weights.count(&tagger::features_after(seen, at, before));
        before = *label;
    }
    let asked: Vec<(Sort, Range<usize>)> = sample.roles.iter().map(|(sort, at, _)| (*sort, at.clone())).collect();
    let mut before = None;
    for (which, (_, _, role)) in sample.roles.iter().enumerate() {
        weights.count(&roles::features(seen, &asked, which, before));
        before = *role;
    }
}

fn teach_chain(weights: &mut Weights, seen: &Seen<'_>, truth: &[usize]) {
    let said = tagger::best_chain(seen, |features, sums| weights.add(features, sums));
    let (mut right_before, mut said_before) = (0, 0);
    for (at, (right, said)) in truth.iter().zip(&said).enumerate() {
        let own = tagger::features(seen, at);
        let after_right = tagger::features_after(seen, at, right_before);
        if right != said {
            weights.change(&own, *right, 1.0);
            weights.change(&own, *said, -1.0);
        }
        if right != said || right_before != said_before {
            weights.change(&after_right, *right, 1.0);
            weights.change(&tagger::features_after(seen, at, said_before), *said, -1.0);
        }
        (right_before, said_before) = (*right, *said);
    }
}

fn teach_roles(weights: &mut Weights, seen: &Seen<'_>, truth: &[(Sort, Range<usize>, Option<Role>)]) {
    let asked: Vec<(Sort, Range<usize>)> = truth.iter().map(|(sort, at, _)| (*sort, at.clone())).collect();
    let mut before = None;
    for (which, (sort, _, right)) in truth.iter().enumerate() {
        let features = roles::features(seen, &asked, which, before);
        let mut sums: Row = [0.0; COLUMNS];
        weights.add(&features, &mut sums);
        let said = roles::best(&sums, *sort);
        before = Some(said);
        if let Some(right) = right.filter(|right| *right != said) {
            weights.change(&features, right.column(), 1.0);
            weights.change(&features, said.column(), -1.0);
        }
    }
}

fn sample(line: &Line) -> Sample {
    let words = words(&line.text);
    let figures = Figures::of(&line.text, &words);
    let labels = labels(line, &words);
    let marked = |mark: &crate::corpus::Mark| {
        let inside = |word: &Word| mark.start <= word.start && word.end <= mark.end;
        let first = words.iter().position(inside)?;
        let length = words.iter().skip(first).take_while(|word| inside(word)).count();
        Some(first..first + length)
    };
    let mut roles: Vec<(Sort, Range<usize>, Option<Role>)> = line
        .marks
        .iter()
        .filter(|mark| label_of(&mark.slot) == Some(0))
        .filter_map(|mark| Some((Sort::Name, marked(mark)?, Role::of(&mark.slot))))
        .collect();
    for place in figures.days() {
        let mark = line.marks.iter().find(|mark| {
            marked(mark).is_some_and(|at| at.start < place.end && place.start < at.end)
                && Role::of(&mark.slot).is_some()
        });
        roles.push((Sort::Day, place.clone(), mark.and_then(|mark| Role::of(&mark.slot))));
    }
    roles.sort_by_key(|(_, place, _)| place.start);
    Sample {
        words,
        figures,
        labels,
        roles,
    }
}

/// The kind of label that a slot has; every name has the first one.
fn label_of(slot: &str) -> Option<usize> {
    let slot = if slot.ends_with("_name") { "name" } else { slot };
    KINDS.iter().position(|kind| *kind == slot)
}

fn labels(line: &Line, words: &[Word]) -> Vec<usize> {
    let mut last = None;
    words
        .iter()
        .map(|word| {
            let mark = line
                .marks
                .iter()
                .position(|mark| mark.start <= word.start && word.end <= mark.end);
            let kind = mark
                .and_then(|mark| line.marks.get(mark))
                .and_then(|mark| label_of(&mark.slot));
            let goes_on = last == mark;
            last = mark;
            let label = match kind {
                None => 0,
                Some(kind) if goes_on => 2 * kind + 2,
                Some(kind) => 2 * kind + 1,
            };
            label.min(LABELS - 1)
        })
        .collect()
}
