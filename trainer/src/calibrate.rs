//! From how sure the heads say they are to how often they are right, and from that to when it is better to ask.

use assistant::understand::{
    Intent,
    model::{Parts, between},
};

use crate::{
    learn::small,
    measure::{Outcome, recall_at},
};

/// So many of the messages that are ours may be refused, at most.
const FALSE_ALARMS: f32 = 0.03;
/// So many messages may be asked back, at most.
const ASKED: f32 = 0.105;
/// Points of the curve.
const POINTS: usize = 24;

/// What cross-validation says of a model.
pub(crate) struct Bounds {
    curve: Vec<(f32, f32)>,
    ask_below: f32,
    out_of_scope_from: f32,
}

impl Bounds {
    pub(crate) fn put(&self, parts: &mut Parts) {
        parts.calibration.clone_from(&self.curve);
        parts.ask_below = self.ask_below;
        parts.out_of_scope_from = self.out_of_scope_from;
    }
}

/// From outcomes of models without calibration.
pub(crate) fn bounds(outcomes: &[Outcome]) -> Bounds {
    let (_, out_of_scope_from) = recall_at(outcomes, FALSE_ALARMS);
    let mut seen: Vec<(f32, bool)> = outcomes
        .iter()
        .map(|outcome| {
            let refused = outcome.meaning.oos_score > out_of_scope_from;
            let candidates = &outcome.meaning.candidates;
            let best = candidates.iter().find(|c| (c.intent == Intent::OutOfScope) == refused);
            let right = match best {
                Some(best) => {
                    best.intent == outcome.line.intent
                        && (outcome.line.services.len() != 1 || best.service == outcome.line.services.first().cloned())
                        && (!outcome.line.services.is_empty() || best.service.is_none())
                }
                None => false,
            };
            (best.map_or(0.0, |best| best.confidence), right)
        })
        .collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let curve = rising(&seen);
    let place = (0..seen.len())
        .take_while(|n| small(*n) < ASKED * small(seen.len()))
        .count();
    let ask_below = seen
        .get(place.saturating_sub(1))
        .map_or(0.5, |(raw, _)| between(&curve, *raw));
    Bounds {
        curve,
        ask_below,
        out_of_scope_from,
    }
}

/// Equal groups by confidence; where a group was right less often than the one before, both become one.
fn rising(seen: &[(f32, bool)]) -> Vec<(f32, f32)> {
    let size = seen.len().div_ceil(POINTS).max(1);
    // Sum of confidence, number right, number.
    let mut groups: Vec<(f32, f32, f32)> = Vec::new();
    for group in seen.chunks(size) {
        let sum = group.iter().map(|(raw, _)| raw).sum();
        let right = small(group.iter().filter(|(_, right)| *right).count());
        groups.push((sum, right, small(group.len())));
        while let [.., before, last] = groups.as_slice()
            && before.1 / before.2 >= last.1 / last.2
        {
            let joined = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            groups.truncate(groups.len() - 2);
            groups.push(joined);
        }
    }
    groups
        .iter()
        .map(|(sum, right, count)| (sum / count, right / count))
        .collect()
}
