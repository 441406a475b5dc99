//! From what the heads say to what we believe, and whether it is better to ask.

use std::collections::BTreeMap;

use super::{
    Candidate, Context, Figures, Intent, Understander, features, lexicon::same, model::Scores, normal::Token, services,
};

/// What is made of a message.
pub(super) struct Reading {
    pub(super) best: Candidate,
    /// Best first, at most three.
    pub(super) candidates: Vec<Candidate>,
    pub(super) out_of_scope: f32,
    pub(super) ask: bool,
}

impl Reading {
    /// Without a doubt, and not by the model.
    fn sure(intent: Intent, service: Option<String>, confidence: f32) -> Self {
        let best = Candidate {
            intent,
            service,
            confidence,
        };
        Self {
            candidates: vec![best.clone()],
            best,
            out_of_scope: 1.0 - confidence,
            ask: false,
        }
    }
}

/// How much likelier a bare answer is while a question of a form is open.
const ANSWER_AWAITED: f32 = 4.0;
/// From this share on a message names a service.
const NAMED: f32 = 0.5;
/// The runner-up is asked about too when it is another service and at least so near.
const CLOSE: f32 = 0.6;
/// So many candidates are told.
const CANDIDATES: usize = 3;

impl Understander {
    pub(super) fn read(
        &self,
        text: &str,
        words: &[Token],
        figures: &Figures,
        slots: &BTreeMap<String, String>,
        context: &Context,
    ) -> Reading {
        if words.is_empty() {
            return Reading {
                best: Candidate {
                    intent: Intent::OutOfScope,
                    service: None,
                    confidence: 0.5,
                },
                candidates: vec![],
                out_of_scope: 0.5,
                ask: false,
            };
        }
        if let Some(reading) = self.read_in_tables(words, slots, context) {
            return reading;
        }
        let mut scores = self
            .model
            .scores(&features::features(text, words, figures, &self.concepts));
        if context.awaiting.is_some() {
            expect_an_answer(&mut scores);
        }
        let out_of_scope = share(&scores, Intent::OutOfScope);
        let mut candidates = self.candidates(&scores, context);
        for candidate in &mut candidates {
            candidate.confidence = self.model.calibrated(candidate.confidence);
        }
        // What nobody taught the model may still be called by one of its names.
        if out_of_scope < self.model.out_of_scope_from
            && let Some(service) = self.untaught(words)
        {
            let intent = candidates
                .iter()
                .map(|c| c.intent)
                .find(|intent| intent.carries_service());
            return Reading::sure(intent.unwrap_or(Intent::Apply), Some(service), 0.8);
        }
        // What is not ours stands first when it is likely enough, and last otherwise.
        let far = out_of_scope >= self.model.out_of_scope_from;
        let refused = |candidate: &Candidate| candidate.intent == Intent::OutOfScope;
        candidates.sort_by(|a, b| {
            (refused(a) != far)
                .cmp(&(refused(b) != far))
                .then(b.confidence.total_cmp(&a.confidence))
        });
        if !far {
            candidates.retain(|candidate| !refused(candidate));
        }
        candidates.truncate(CANDIDATES);
        let best = candidates.first().cloned().unwrap_or(Candidate {
            intent: Intent::OutOfScope,
            service: None,
            confidence: out_of_scope,
        });
        let close = candidates.get(1).is_some_and(|other| {
            other.intent == best.intent
                && other.service.is_some()
                && best.service.is_some()
                && other.confidence >= best.confidence * CLOSE
        });
        Reading {
            ask: (close || best.confidence < self.model.ask_below) && best.intent != Intent::OutOfScope,
            best,
            candidates,
            out_of_scope,
        }
    }

    /// A message of a few fixed words, a bare name or a bare number of ours: no weight is asked.
    pub(super) fn read_in_tables(
        &self,
        words: &[Token],
        slots: &BTreeMap<String, String>,
        context: &Context,
    ) -> Option<Reading> {
        if let Some(intent) = self.lexicon.exact(words) {
            // A bare word for the form, the paper or the fee is about what was last spoken of.
            let about = context.last_service.clone().filter(|_| takes_topic(intent));
            return Some(Reading::sure(intent, about, 0.97));
        }
        if let Some(reading) = self.named_alone(words) {
            return Some(reading);
        }
        let only_a_number = self
            .lexicon
            .core(words)
            .iter()
            .all(|word| word.has_digit() || word.text.len() <= 4);
        if only_a_number && slots.contains_key("certificate_number") {
            return Some(Reading::sure(Intent::Verify, None, 0.95));
        }
        if only_a_number && slots.contains_key("application_number") {
            return Some(Reading::sure(Intent::TrackStatus, None, 0.95));
        }
        None
    }

    /// The likeliest pairs of intent and service, best first, with their joint share. A question that names no service for certain is
    /// about the one that was last spoken of.
    fn candidates(&self, scores: &Scores, context: &Context) -> Vec<Candidate> {
        let mut services: Vec<(f32, Option<&String>)> = scores
            .services
            .iter()
            .enumerate()
            .map(|(class, share)| (*share, self.model.services().get(class)))
            .collect();
        services.sort_by(|a, b| b.0.total_cmp(&a.0));
        services.truncate(CANDIDATES + 1);
        let named = services
            .iter()
            .any(|(share, service)| service.is_some() && *share >= NAMED);
        let topic = context.last_service.as_ref().filter(|_| !named);
        let mut all: Vec<Candidate> = Vec::new();
        for (intent, share) in Intent::ALL.into_iter().zip(&scores.intents) {
            if topic.is_some() && takes_topic(intent) {
                all.push(Candidate {
                    intent,
                    service: topic.cloned(),
                    confidence: *share,
                });
            } else if intent.carries_service() {
                all.extend(services.iter().map(|(of_service, service)| Candidate {
                    intent,
                    service: service.cloned(),
                    confidence: share * of_service,
                }));
            } else {
                all.push(Candidate {
                    intent,
                    service: None,
                    confidence: *share,
                });
            }
        }
        all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        all.truncate(CANDIDATES + 2);
        all
    }

    /// A message that is nothing but the name of a service; or of several, with words that only wish.
    fn named_alone(&self, words: &[Token]) -> Option<Reading> {
        let core = self.lexicon.core(words);
        let bare: Vec<Token> = core.iter().filter(|word| !self.lexicon.wishes(word)).cloned().collect();
        let mut codes: Vec<&String> = Vec::new();
        for (name, named) in &self.lexicon.services {
            if same(name, words) || same(name, core) || (named.len() > 1 && same(name, &bare)) {
                codes.extend(named);
            }
        }
        codes.sort_unstable();
        codes.dedup();
        match codes.as_slice() {
            [] => None,
            [code] => Some(Reading::sure(Intent::Apply, Some((*code).clone()), 0.95)),
            several => {
                let share = 0.9 / f32::from(u8::try_from(several.len()).unwrap_or(u8::MAX));
                let candidate = |code: &&String| Candidate {
                    intent: Intent::Apply,
                    service: Some((*code).clone()),
                    confidence: share,
                };
                let candidates: Vec<Candidate> = several.iter().map(candidate).take(CANDIDATES).collect();
                Some(Reading {
                    best: candidates.first()?.clone(),
                    candidates,
                    out_of_scope: 0.05,
                    ask: true,
                })
            }
        }
    }

    /// A service of the catalogue that the model does not know, called by one of its names, two words at least.
    fn untaught(&self, words: &[Token]) -> Option<String> {
        let known = self.model.services();
        let names = self.lexicon.services.iter().filter(|(name, codes)| {
            let [code] = codes.as_slice() else { return false };
            name.len() >= 2 && !known.contains(code)
        });
        services::longest(words, names)
    }
}

fn share(scores: &Scores, intent: Intent) -> f32 {
    let place = Intent::ALL.iter().position(|other| *other == intent);
    place
        .and_then(|place| scores.intents.get(place))
        .copied()
        .unwrap_or(0.0)
}

fn expect_an_answer(scores: &mut Scores) {
    for (intent, share) in Intent::ALL.into_iter().zip(&mut scores.intents) {
        if intent == Intent::Inform {
            *share *= ANSWER_AWAITED;
        }
    }
    let all: f32 = scores.intents.iter().sum();
    for share in &mut scores.intents {
        *share /= all;
    }
}

const fn takes_topic(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::AskDocuments | Intent::AskFee | Intent::AskTime | Intent::AskEligibility
    )
}
