//! Understanding of free text: what a person wants, about which service, with which particulars.
//!
//! Words are compared by sound, one key for both scripts, never inside a word ("Delhi" holds no greeting). Exact
//! phrases come first, then numbers of ours, then phrases anywhere in the sentence. Where that leaves a doubt,
//! [`Meaning::clarify`] says so, and the conversation asks.

mod dates;
mod language;
mod lexicon;
mod normal;
mod numbers;
mod phonetic;
mod services;
mod slots;

use std::collections::BTreeMap;

use domain::{Language, catalogue::Catalogue};
use serde::{Deserialize, Serialize};

pub(crate) use dates::{Dated, find as find_date};
pub use lexicon::DataError;
pub(crate) use lexicon::Step;
use lexicon::{Lexicon, contains};
pub(crate) use normal::{Token, clean, has_question_mark, is_devanagari, tokens};
pub(crate) use numbers::{Certificate, amount, application, certificate, phone, pin, token};

/// What a person wants. The names are a fixed contract of the `understand` verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A certificate that they do not have yet.
    Apply,
    /// A bare answer to a question of a form.
    Inform,
    /// How their application stands.
    TrackStatus,
    /// Their certificate once more.
    Download,
    /// Is a certificate genuine?
    Verify,
    /// Which papers are needed.
    AskDocuments,
    /// What it costs.
    AskFee,
    /// Who may have it.
    AskEligibility,
    /// How long it takes.
    AskTime,
    /// Something that they said or that is printed is wrong.
    CorrectDetails,
    /// Take an application back.
    Withdraw,
    /// A complaint.
    Grievance,
    /// A person instead of us.
    TalkToHuman,
    /// The other language.
    ChangeLanguage,
    /// What there is.
    ListServices,
    /// Hello.
    Greet,
    /// Thanks.
    Thanks,
    /// Yes.
    Affirm,
    /// No.
    Deny,
    /// Stop this.
    Cancel,
    /// Forget what you know of me.
    EraseMyData,
    /// How does this work?
    Help,
    /// Nothing that we do.
    OutOfScope,
}

/// The language and script of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DetectedLanguage {
    /// Hindi in Devanagari.
    #[serde(rename = "hi")]
    Hindi,
    /// Hindi in Latin letters.
    #[serde(rename = "hi-Latn")]
    Hinglish,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl DetectedLanguage {
    /// The language in which we answer. Hindi in Latin letters is answered in Hindi.
    #[must_use]
    pub const fn answered_in(self) -> Language {
        match self {
            Self::Hindi | Self::Hinglish => Language::Hi,
            Self::English => Language::En,
        }
    }
}

/// One reading of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What they want.
    pub intent: Intent,
    /// About which service: its code.
    pub service: Option<String>,
    /// From 0 to 1.
    pub confidence: f32,
}

/// What a message means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// What they want.
    pub intent: Intent,
    /// About which service: its code in the launch list, whether or not it is open yet.
    pub service: Option<String>,
    /// Particulars by name, for example `dob` as an ISO date.
    pub slots: BTreeMap<String, String>,
    /// How sure, from 0 to 1.
    pub confidence: f32,
    /// In which language and script it was written.
    pub language: DetectedLanguage,
    /// How likely it is that this is nothing of ours, from 0 to 1.
    pub oos_score: f32,
    /// Better ask back.
    pub clarify: bool,
    /// The likeliest readings, best first, at most three.
    pub candidates: Vec<Candidate>,
}

/// What is known of the conversation when a message is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The language chosen, for a message that shows none.
    pub language: Option<Language>,
    /// The slot that is being asked for, for example `dob`.
    pub awaiting: Option<String>,
    /// The service that was last spoken of.
    pub last_service: Option<String>,
}

/// So many words are read; what a person wants is said in fewer, and a long text must not cost the others time.
const WORDS_MAX: usize = 80;

/// Below this, a reading is asked back.
const SURE: f32 = 0.6;

/// Reads messages. Building one parses the word tables; reading is pure and allocates little.
pub struct Understander {
    lexicon: Lexicon,
}

impl std::fmt::Debug for Understander {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Understander").finish_non_exhaustive()
    }
}

impl Understander {
    /// Builds the tables; the services' names come from the catalogue and the launch list.
    ///
    /// # Errors
    /// [`DataError`] when a built-in table is malformed; a test holds that none is.
    pub fn new(catalogue: &Catalogue) -> Result<Self, DataError> {
        Ok(Self {
            lexicon: Lexicon::new(catalogue)?,
        })
    }

    pub(crate) const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// How a launch service is called, when the catalogue does not offer it (yet).
    pub(crate) fn service_name(&self, code: &str, language: Language) -> Option<&str> {
        let (en, hi) = self.lexicon.service_names.get(code)?;
        Some(match language {
            Language::En => en,
            Language::Hi => hi,
        })
    }

    /// What the message means.
    #[must_use]
    pub fn understand(&self, text: &str, context: &Context) -> Meaning {
        let mut words = tokens(text);
        words.truncate(WORDS_MAX);
        let language = language::detect(&words, &self.lexicon, context.language);
        let slots = slots::find(text, &words, context);
        let services = services::find(&words, &self.lexicon);
        let mut readings = self.readings(&words, &slots, &services, context);
        readings.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        readings.truncate(3);
        let foreign = self.foreign(&words);
        let best = readings.first().cloned().unwrap_or(Candidate {
            intent: Intent::OutOfScope,
            service: None,
            confidence: 0.5,
        });
        let oos_score = if best.intent == Intent::OutOfScope {
            if foreign { 0.95 } else { 0.7 }
        } else {
            (1.0 - best.confidence).min(0.5)
        };
        Meaning {
            clarify: best.confidence < SURE && best.intent != Intent::OutOfScope && !readings.is_empty(),
            intent: best.intent,
            service: best.service,
            slots,
            confidence: best.confidence,
            language,
            oos_score,
            candidates: readings,
        }
    }

    /// Do these words tell of a person in danger?
    pub(crate) fn in_distress(&self, text: &str) -> bool {
        self.lexicon.in_distress(&tokens(text))
    }

    fn foreign(&self, words: &[Token]) -> bool {
        let foreign = self
            .lexicon
            .phrases
            .iter()
            .find(|(intent, _)| *intent == Intent::OutOfScope);
        foreign.is_some_and(|(_, phrases)| phrases.iter().any(|p| contains(words, p)))
    }

    fn readings(
        &self,
        words: &[Token],
        slots: &BTreeMap<String, String>,
        services: &services::Found,
        context: &Context,
    ) -> Vec<Candidate> {
        let only = |intent, confidence| Candidate {
            intent,
            service: None,
            confidence,
        };
        if words.is_empty() {
            return vec![];
        }
        if let Some(intent) = self.lexicon.exact(words) {
            // A bare word for the form, the paper or the fee is about what was last spoken of.
            let about = matches!(
                intent,
                Intent::AskDocuments | Intent::AskFee | Intent::AskTime | Intent::AskEligibility
            );
            return vec![Candidate {
                intent,
                service: context.last_service.clone().filter(|_| about),
                confidence: 0.97,
            }];
        }
        let scores = self.scores(words);
        let best = scores.values().copied().fold(0.0_f32, f32::max);
        let service = services.only();
        if best == 0.0 {
            return if slots.contains_key("certificate_number") {
                vec![only(Intent::Verify, 0.95)]
            } else if slots.contains_key("application_number") {
                vec![only(Intent::TrackStatus, 0.95)]
            } else if !services.codes.is_empty() {
                services.readings(Intent::Apply, 0.75)
            } else if context.awaiting.is_some() || !slots.is_empty() {
                vec![only(Intent::Inform, 0.7)]
            } else {
                vec![]
            };
        }
        let mut readings: Vec<Candidate> = Vec::new();
        for (intent, score) in &scores {
            let mut confidence = 0.9 * score / (best + second(&scores, *intent));
            confidence = (0.35 + confidence * 0.7).min(0.96);
            match intent {
                // A number of ours decides between the neighbours.
                Intent::TrackStatus if slots.contains_key("application_number") => confidence = 0.97,
                Intent::Verify if slots.contains_key("certificate_number") => confidence = 0.96,
                Intent::ChangeLanguage if slots.contains_key("language") => confidence = 0.96,
                Intent::OutOfScope => {
                    readings.push(only(Intent::OutOfScope, confidence));
                    continue;
                }
                _ => {}
            }
            if *intent == Intent::Apply && services.codes.is_empty() && *score < 1.0 {
                // "chahiye" alone wants something, but says not what.
                confidence *= 0.7;
            }
            match service {
                None if services.codes.len() > 1 => readings.extend(services.readings(*intent, confidence)),
                _ => readings.push(Candidate {
                    intent: *intent,
                    service: service
                        .map(str::to_owned)
                        .or_else(|| context.last_service.clone().filter(|_| takes_topic(*intent))),
                    confidence,
                }),
            }
        }
        readings
    }

    /// How many words of the message speak for each intent. A wish ("chahiye", "want") stands in nearly every
    /// message, so it weighs less than what is wished.
    fn scores(&self, words: &[Token]) -> BTreeMap<Intent, f32> {
        let mut scores = BTreeMap::new();
        for (intent, phrases) in &self.lexicon.phrases {
            let mut covered = vec![false; words.len()];
            for phrase in phrases {
                if let Some(at) = lexicon::position(words, phrase) {
                    covered.iter_mut().skip(at).take(phrase.len()).for_each(|c| *c = true);
                }
            }
            let count = covered.iter().filter(|c| **c).count();
            if count > 0 {
                let count = f32::from(u16::try_from(count).unwrap_or(u16::MAX));
                let weight = match intent {
                    Intent::Apply => 0.5,
                    Intent::Thanks => 0.4,
                    Intent::OutOfScope => 1.6,
                    Intent::Withdraw | Intent::EraseMyData | Intent::TalkToHuman | Intent::Grievance => 1.5,
                    Intent::AskDocuments | Intent::AskFee | Intent::Download => 1.2,
                    _ => 1.0,
                };
                scores.insert(*intent, count * weight);
            }
        }
        scores
    }
}

/// The best score of any other intent.
fn second(scores: &BTreeMap<Intent, f32>, than: Intent) -> f32 {
    scores
        .iter()
        .filter(|(intent, _)| **intent != than)
        .map(|(_, score)| *score)
        .fold(0.0, f32::max)
        * 0.5
}

const fn takes_topic(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::AskDocuments | Intent::AskFee | Intent::AskTime | Intent::AskEligibility
    )
}

#[cfg(test)]
mod tests;
