//! Training of the tagger of names: an averaged perceptron, from left to right, with its own labels before it.

use std::collections::BTreeMap;

use assistant::understand::{
    Understander,
    tagger::{self, KINDS, LABELS, TaggerParts, Word},
};

use crate::{corpus::Line, learn::shuffle};

const ROUNDS: usize = 12;
const ROWS_MAX: usize = 30_000;
/// A feature seen less often is left out.
const SEEN_MIN: usize = 2;

#[derive(Clone)]
struct Row {
    weights: [f32; LABELS],
    sums: [f32; LABELS],
    since: [f32; LABELS],
}

impl Row {
    fn change(&mut self, label: usize, by: f32, now: f32) {
        let cells = (
            self.weights.get_mut(label),
            self.sums.get_mut(label),
            self.since.get_mut(label),
        );
        if let (Some(weight), Some(sum), Some(since)) = cells {
            *sum += *weight * (now - *since);
            *since = now;
            *weight += by;
        }
    }
}

/// Trains on every line: those without a name teach where none is.
pub(crate) fn learn<'a>(reader: &Understander, lines: impl IntoIterator<Item = &'a Line>) -> TaggerParts {
    let samples: Vec<(Vec<Word>, Vec<usize>)> = lines
        .into_iter()
        .map(|line| {
            let words = tagger::words(&line.text);
            let labels = labels(line, &words);
            (words, labels)
        })
        .collect();
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let empty = Row {
        weights: [0.0; LABELS],
        sums: [0.0; LABELS],
        since: [0.0; LABELS],
    };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let (mut random, mut now) = (0x9E37_79B9_7F4A_7C15_u64, 0.0);
    for round in 0..ROUNDS {
        shuffle(&mut order, &mut random);
        for number in &order {
            let Some((words, truth)) = samples.get(*number) else {
                continue;
            };
            let context = reader.seen(words);
            let mut before = 0;
            for (place, (right, word)) in truth.iter().zip(words).enumerate() {
                now += 1.0;
                let features = tagger::features(&context, place, before);
                if round == 0 {
                    for (feature, _) in &features {
                        *seen.entry(*feature).or_default() += 1;
                    }
                }
                let mut sums = [0.0; LABELS];
                for (feature, _) in &features {
                    if let Some(row) = rows.get(feature) {
                        for (sum, weight) in sums.iter_mut().zip(&row.weights) {
                            *sum += weight;
                        }
                    }
                }
                let said = tagger::best(&sums, before, word);
                if said != *right {
                    for (feature, _) in &features {
                        let row = rows.entry(*feature).or_insert_with(|| empty.clone());
                        row.change(*right, 1.0, now);
                        row.change(said, -1.0, now);
                    }
                }
                before = said;
            }
        }
    }
    let mean = |row: &Row| -> Vec<f32> {
        let cells = row.weights.iter().zip(&row.sums).zip(&row.since);
        cells
            .map(|((weight, sum), since)| (sum + weight * (now - since)) / now)
            .collect()
    };
    let strength = |weights: &[f32]| weights.iter().map(|weight| weight * weight).sum::<f32>();
    let kept = rows
        .iter()
        .filter(|(feature, _)| seen.get(feature).is_some_and(|count| *count >= SEEN_MIN));
    let mut rows: Vec<(u32, Vec<f32>)> = kept.map(|(feature, row)| (*feature, mean(row))).collect();
    rows.sort_by(|a, b| strength(&b.1).total_cmp(&strength(&a.1)).then(a.0.cmp(&b.0)));
    rows.truncate(ROWS_MAX);
    rows.sort_by_key(|(feature, _)| *feature);
    TaggerParts { rows }
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
                .and_then(|mark| KINDS.iter().position(|kind| *kind == mark.slot));
            let goes_on = last == mark;
            last = mark;
            match kind {
                None => 0,
                Some(kind) if goes_on => 2 * kind + 2,
                Some(kind) => 2 * kind + 1,
            }
        })
        .collect()
}
