//! Which service a message speaks of.

use super::{Candidate, Intent, lexicon::Lexicon, normal::Token};

/// The services that explain the most words of a message: one, several that explain it equally well, or none.
pub(super) struct Found {
    pub(super) codes: Vec<String>,
}

impl Found {
    pub(super) fn only(&self) -> Option<&str> {
        match self.codes.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// One reading for each of the services; with several, none of them is sure.
    pub(super) fn readings(&self, intent: Intent, confidence: f32) -> Vec<Candidate> {
        let share = if self.codes.len() > 1 {
            0.55_f32.min(confidence)
        } else {
            confidence
        };
        self.codes
            .iter()
            .map(|code| Candidate {
                intent,
                service: Some(code.clone()),
                confidence: share,
            })
            .collect()
    }
}

pub(super) fn find(words: &[Token], lexicon: &Lexicon) -> Found {
    // All words of a name must be in the message, in any order: "renew my driving licence". A service counts the
    // words that its names explain together, so that "obc" beside "caste certificate" decides.
    let mut explained: Vec<(&str, Vec<bool>)> = Vec::new();
    for (name, codes) in &lexicon.services {
        let Some(places) = places(words, name) else { continue };
        for code in codes {
            let at = explained
                .iter()
                .position(|(known, _)| known == code)
                .unwrap_or_else(|| {
                    explained.push((code, vec![false; words.len()]));
                    explained.len() - 1
                });
            if let Some((_, covered)) = explained.get_mut(at) {
                for (place, covered) in covered.iter_mut().enumerate() {
                    *covered |= places.contains(&place);
                }
            }
        }
    }
    let count = |covered: &[bool]| covered.iter().filter(|c| **c).count();
    let best = explained.iter().map(|(_, covered)| count(covered)).max().unwrap_or(0);
    Found {
        codes: explained
            .iter()
            .filter(|(_, covered)| best > 0 && count(covered) == best)
            .map(|(code, _)| (*code).to_owned())
            .collect(),
    }
}

fn places(words: &[Token], name: &[Token]) -> Option<Vec<usize>> {
    name.iter()
        .map(|wanted| words.iter().position(|word| wanted.is(word)))
        .collect()
}
