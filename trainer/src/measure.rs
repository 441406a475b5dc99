//! How well lines are understood that nobody was trained on.

use std::collections::BTreeMap;

use assistant::understand::{Context, DetectedLanguage, Intent, Meaning, Understander};

use crate::{corpus::Line, learn::small, rewrite::Rewriting};

/// A line and what was made of it.
pub(crate) struct Outcome<'a> {
    pub(crate) line: &'a Line,
    pub(crate) meaning: Meaning,
}

impl Outcome<'_> {
    pub(crate) fn intent_right(&self) -> bool {
        self.meaning.intent == self.line.intent
    }

    /// Where a clerk could not tell which service, none of them may be guessed in silence.
    pub(crate) fn service_right(&self) -> bool {
        match (self.line.services.as_slice(), &self.meaning.service) {
            ([], found) => found.is_none(),
            ([one], found) => found.as_ref() == Some(one),
            (several, Some(found)) => self.meaning.clarify && several.contains(found),
            (_, None) => true,
        }
    }

    pub(crate) fn right(&self) -> bool {
        self.intent_right() && self.service_right()
    }

    pub(crate) fn out_of_scope(&self) -> bool {
        self.line.intent == Intent::OutOfScope
    }

    /// Do the buttons of "did you mean" hold it?
    pub(crate) fn offered(&self) -> bool {
        self.meaning.candidates.iter().any(|candidate| {
            candidate.intent == self.line.intent
                && match self.line.services.as_slice() {
                    [] => candidate.service.is_none(),
                    some => candidate.service.as_ref().is_some_and(|found| some.contains(found)),
                }
        })
    }
}

pub(crate) fn ask<'a>(understander: &Understander, lines: impl IntoIterator<Item = &'a Line>) -> Vec<Outcome<'a>> {
    let ask = |line: &'a Line| Outcome {
        meaning: understander.understand(&line.text, &Context::default()),
        line,
    };
    lines.into_iter().map(ask).collect()
}

impl Outcome<'_> {
    /// Wrong, and it did not ask either.
    pub(crate) fn silent_error(&self) -> bool {
        !self.right() && !self.meaning.clarify
    }

    /// Answered rightly at once, or asked back with the right answer among the buttons.
    pub(crate) fn within_one_tap(&self) -> bool {
        if self.meaning.clarify {
            self.offered()
        } else {
            self.right()
        }
    }

    /// The service that it is about, where that is one.
    pub(crate) fn service(&self) -> Option<&str> {
        match self.line.services.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// In which way a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writing {
    Hinglish,
    Devanagari,
    English,
    Mixed,
}

pub(crate) fn writing(outcome: &Outcome) -> Writing {
    let letters = |of: fn(char) -> bool| outcome.line.text.chars().filter(|c| of(*c)).count();
    let devanagari = letters(|c| ('\u{900}'..='\u{97F}').contains(&c));
    let latin = letters(|c| c.is_ascii_alphabetic());
    match (devanagari, latin) {
        (0, _) if outcome.meaning.language == DetectedLanguage::English => Writing::English,
        (0, _) => Writing::Hinglish,
        (_, 0) => Writing::Devanagari,
        _ => Writing::Mixed,
    }
}

/// A share, with what it is a share of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) of: usize,
    pub(crate) hits: usize,
}

impl Share {
    pub(crate) fn count<'b, 'a: 'b>(
        outcomes: impl IntoIterator<Item = &'b Outcome<'a>>,
        hit: impl Fn(&Outcome<'_>) -> bool,
    ) -> Self {
        let mut share = Self::default();
        for outcome in outcomes {
            share.of += 1;
            share.hits += usize::from(hit(outcome));
        }
        share
    }

    pub(crate) fn value(self) -> f32 {
        small(self.hits) / small(self.of.max(1))
    }
}

/// Recall of what is out of scope, when at most `false_alarms` of the others may be refused, and the score from which on that is.
pub(crate) fn recall_at(outcomes: &[Outcome], false_alarms: f32) -> (f32, f32) {
    let mut inside: Vec<f32> = scores(outcomes, false);
    let outside = scores(outcomes, true);
    inside.sort_by(|a, b| b.total_cmp(a));
    let allowed = (0..inside.len())
        .take_while(|n| small(*n) < false_alarms * small(inside.len()))
        .count();
    let from = inside.get(allowed.saturating_sub(1)).copied().unwrap_or(1.0);
    let found = outside.iter().filter(|score| **score > from).count();
    (small(found) / small(outside.len().max(1)), from)
}

fn scores(outcomes: &[Outcome], outside: bool) -> Vec<f32> {
    let those = outcomes.iter().filter(|outcome| outcome.out_of_scope() == outside);
    those.map(|outcome| outcome.meaning.oos_score).collect()
}

/// Lines of about one confidence.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bin {
    pub(crate) right: Share,
    /// Of the confidences.
    pub(crate) sum: f32,
}

impl Bin {
    /// Mean confidence.
    pub(crate) fn said(self) -> f32 {
        self.sum / small(self.right.of.max(1))
    }
}

/// Where a bin begins.
pub(crate) fn tenth(bin: usize) -> f32 {
    small(bin) / 10.0
}

/// Ten equal bins of confidence, from 0 to 1.
pub(crate) fn bins(outcomes: &[Outcome]) -> [Bin; 10] {
    let mut bins = [Bin::default(); 10];
    for outcome in outcomes {
        let confidence = outcome.meaning.confidence;
        let bin = (0..10_u8)
            .find(|bin| confidence < f32::from(bin + 1) / 10.0)
            .unwrap_or(9);
        if let Some(bin) = bins.get_mut(usize::from(bin)) {
            bin.sum += confidence;
            bin.right.of += 1;
            bin.right.hits += usize::from(outcome.right());
        }
    }
    bins
}

/// Expected calibration error over ten equal bins of confidence: how far, on average, the confidence is from the share that is right.
pub(crate) fn calibration_error(outcomes: &[Outcome]) -> f32 {
    let all = small(outcomes.len().max(1));
    let away = |bin: &Bin| (bin.sum - small(bin.right.hits)).abs() / all;
    bins(outcomes).iter().map(away).sum()
}

/// True positives, false positives and misses of each slot, name and value compared as written.
pub(crate) fn slots(outcomes: &[Outcome]) -> BTreeMap<String, [usize; 3]> {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for outcome in outcomes {
        let wanted = outcome.line.slots();
        let found = &outcome.meaning.slots;
        for (slot, value) in &wanted {
            let hit = found.get(*slot).is_some_and(|seen| same(seen, value));
            let [hits, _, misses] = counts.entry((*slot).to_owned()).or_default();
            *(if hit { hits } else { misses }) += 1;
        }
        for (slot, value) in found {
            if !wanted.get(slot.as_str()).is_some_and(|right| same(value, right)) {
                let [_, wrong, _] = counts.entry(slot.clone()).or_default();
                *wrong += 1;
            }
        }
    }
    counts
}

fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(a) == plain(b)
}

/// Precision, recall and their mean of counts.
pub(crate) fn f1([hits, wrong, misses]: [usize; 3]) -> f32 {
    2.0 * small(hits) / small((2 * hits + wrong + misses).max(1))
}

/// Of what was found, how much was right.
pub(crate) fn precision([hits, wrong, _]: [usize; 3]) -> Share {
    Share { of: hits + wrong, hits }
}

/// Of what was there, how much was found.
pub(crate) fn recall([hits, _, misses]: [usize; 3]) -> Share {
    Share {
        of: hits + misses,
        hits,
    }
}

/// Several counts as one.
pub(crate) fn sum(counts: impl IntoIterator<Item = [usize; 3]>) -> [usize; 3] {
    counts
        .into_iter()
        .fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
}

/// Hits, false alarms and misses of an intent.
pub(crate) fn intent(outcomes: &[Outcome], intent: Intent) -> [usize; 3] {
    let count = |there: bool, found: bool| {
        let those = outcomes
            .iter()
            .filter(|o| (o.line.intent == intent) == there && (o.meaning.intent == intent) == found);
        those.count()
    };
    [count(true, true), count(false, true), count(true, false)]
}

/// How often one was taken for another, and the other for the one.
pub(crate) type Confusions<K> = Vec<((K, K), [usize; 2])>;

/// Pairs that are taken for each other, the most frequent first; equally frequent ones in their order.
pub(crate) fn confusions<K: Ord + Copy>(taken_for: impl IntoIterator<Item = (K, K)>) -> Confusions<K> {
    let mut counts: BTreeMap<(K, K), [usize; 2]> = BTreeMap::new();
    for (truth, found) in taken_for {
        if truth != found {
            let [there, back] = counts.entry((truth.min(found), truth.max(found))).or_default();
            *(if truth < found { there } else { back }) += 1;
        }
    }
    let mut pairs: Confusions<K> = counts.into_iter().collect();
    pairs.sort_by_key(|(_, [there, back])| std::cmp::Reverse(there + back));
    pairs
}

/// A line that is read otherwise once it is rewritten.
pub(crate) struct Flip<'a> {
    pub(crate) line: &'a Line,
    pub(crate) kind: Rewriting,
    pub(crate) written: String,
    pub(crate) before: Meaning,
    pub(crate) after: Meaning,
}

/// For each kind of rewriting, how many of the lines that it changes are read otherwise; and those lines.
pub(crate) fn flips<'a>(
    understander: &Understander,
    outcomes: &[Outcome<'a>],
) -> (BTreeMap<Rewriting, Share>, Vec<Flip<'a>>) {
    let (mut shares, mut flips) = (BTreeMap::new(), Vec::new());
    for outcome in outcomes {
        for kind in Rewriting::ALL {
            let Some(written) = kind.of(outcome.line, writing(outcome)) else {
                continue;
            };
            let share: &mut Share = shares.entry(kind).or_default();
            let (before, after) = (&outcome.meaning, understander.understand(&written, &Context::default()));
            share.of += 1;
            if (before.intent, &before.service) != (after.intent, &after.service) {
                share.hits += 1;
                flips.push(Flip {
                    line: outcome.line,
                    kind,
                    written,
                    before: before.clone(),
                    after,
                });
            }
        }
    }
    (shares, flips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(intent: Intent, service: Option<&str>) -> Line {
        Line {
            place: "made up".to_owned(),
            block: 1,
            intent,
            services: service.into_iter().map(str::to_owned).collect(),
            text: "made up".to_owned(),
            marks: vec![],
        }
    }

    fn outcome<'a>(
        line: &'a Line,
        intent: Intent,
        service: Option<&str>,
        confidence: f32,
        oos_score: f32,
    ) -> Outcome<'a> {
        Outcome {
            line,
            meaning: Meaning {
                intent,
                service: service.map(str::to_owned),
                slots: BTreeMap::new(),
                confidence,
                language: DetectedLanguage::English,
                oos_score,
                clarify: false,
                candidates: vec![],
            },
        }
    }

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-5
    }

    #[test]
    fn calibration_error_is_how_far_confidence_is_from_being_right() {
        let fee = line(Intent::AskFee, None);
        let said = |confidence, right: usize, of: usize| {
            let one = move |n| if n < right { Intent::AskFee } else { Intent::Help };
            (0..of).map(move |n| (one(n), confidence))
        };
        let made = |said: &mut dyn Iterator<Item = (Intent, f32)>| -> Vec<Outcome<'_>> {
            said.map(|(intent, confidence)| outcome(&fee, intent, None, confidence, 0.0))
                .collect()
        };
        assert!(near(calibration_error(&made(&mut said(0.8, 8, 10))), 0.0));
        assert!(near(calibration_error(&made(&mut said(0.8, 6, 10))), 0.2));
        // Too sure in one bin and not sure enough in another do not make up for each other.
        let both = made(&mut said(0.75, 5, 10).chain(said(0.25, 5, 10)));
        assert!(near(calibration_error(&both), 0.25));
        let bins = bins(&both);
        assert_eq!(
            (bins[7].right.of, bins[7].right.hits, bins[2].right.of, bins[9].right.of),
            (10, 5, 10, 0)
        );
        assert!(near(bins[7].said(), 0.75));
        let certain = made(&mut said(1.0, 3, 3));
        assert_eq!(self::bins(&certain)[9].right.of, 3, "1 belongs to the last bin");
        assert!(near(calibration_error(&[]), 0.0));
    }

    #[test]
    fn precision_recall_and_f1_of_counts() {
        let counts = [6, 2, 4];
        assert!(near(precision(counts).value(), 0.75) && near(recall(counts).value(), 0.6));
        assert!(near(f1(counts), 2.0 * 0.75 * 0.6 / (0.75 + 0.6)));
        assert!(near(f1([0, 0, 0]), 0.0));
        assert_eq!(sum([[1, 2, 3], [4, 5, 6]]), [5, 7, 9]);
        let (fee, time) = (line(Intent::AskFee, None), line(Intent::AskTime, None));
        let outcomes = [
            outcome(&fee, Intent::AskFee, None, 1.0, 0.0),
            outcome(&fee, Intent::AskTime, None, 1.0, 0.0),
            outcome(&fee, Intent::Help, None, 1.0, 0.0),
            outcome(&time, Intent::AskFee, None, 1.0, 0.0),
        ];
        assert_eq!(intent(&outcomes, Intent::AskFee), [1, 1, 2]);
        assert_eq!(intent(&outcomes, Intent::Greet), [0, 0, 0]);
    }

    #[test]
    fn slots_count_by_name_and_value() {
        let mut fee = line(Intent::Inform, None);
        for (slot, value) in [("name", "Asha  Devi"), ("pin", "110001"), ("age", "40")] {
            let mark = crate::corpus::Mark {
                start: 0,
                end: 1,
                slot: slot.to_owned(),
                value: value.to_owned(),
            };
            fee.marks.push(mark);
        }
        let mut one = outcome(&fee, Intent::Inform, None, 1.0, 0.0);
        for (slot, value) in [("name", "asha devi"), ("pin", "110002"), ("phone", "9")] {
            one.meaning.slots.insert(slot.to_owned(), value.to_owned());
        }
        let counts = slots(&[one]);
        assert_eq!(counts["name"], [1, 0, 0], "neither case nor spaces count");
        assert_eq!(counts["pin"], [0, 1, 1], "a wrong value is found wrongly and missed");
        assert_eq!((counts["age"], counts["phone"]), ([0, 0, 1], [0, 1, 0]));
    }

    #[test]
    fn out_of_scope_is_recalled_without_more_false_alarms_than_allowed() {
        let (ours, strange) = (line(Intent::Apply, None), line(Intent::OutOfScope, None));
        let mut outcomes = Vec::new();
        // Ours from 0.00 to 0.99; strangers at 0.985, 0.965 and 0.5.
        outcomes.extend((0..100_u8).map(|n| outcome(&ours, Intent::Apply, None, 1.0, f32::from(n) / 100.0)));
        outcomes.extend([0.985, 0.965, 0.5].map(|score| outcome(&strange, Intent::Apply, None, 1.0, score)));
        for (allowed, found) in [(0.01, 0), (0.03, 1), (0.06, 2), (0.60, 3)] {
            let (recall, from) = recall_at(&outcomes, allowed);
            assert!(near(recall, small(found) / 3.0), "{allowed}: {recall}");
            let alarms = Share::count(outcomes.iter().filter(|o| !o.out_of_scope()), |o| {
                o.meaning.oos_score > from
            });
            assert!(alarms.value() <= allowed, "{} of {allowed}", alarms.value());
        }
    }

    #[test]
    fn an_open_service_is_asked_for_and_never_guessed() {
        let mut open = line(Intent::Apply, Some("caste_sc"));
        open.services.push("caste_st".to_owned());
        let mut guessed = outcome(&open, Intent::Apply, Some("caste_sc"), 0.9, 0.0);
        assert!(!guessed.right() && guessed.silent_error() && !guessed.within_one_tap() && guessed.service().is_none());
        guessed.meaning.clarify = true;
        assert!(
            guessed.right() && !guessed.silent_error() && !guessed.within_one_tap(),
            "no button holds it yet"
        );
        guessed.meaning.candidates.push(assistant::understand::Candidate {
            intent: Intent::Apply,
            service: Some("caste_st".to_owned()),
            confidence: 0.4,
        });
        assert!(guessed.within_one_tap());
    }

    #[test]
    fn confusions_are_counted_in_both_directions() {
        let pairs = confusions([(1, 2), (2, 1), (1, 2), (3, 3), (2, 3)]);
        assert_eq!(pairs, [((1, 2), [2, 1]), ((2, 3), [1, 0])]);
    }
}
