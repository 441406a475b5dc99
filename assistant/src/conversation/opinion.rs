//! A second opinion on a message of which it is not clear what it means: whether one is wanted, and what one may do.
//!
//! It may put one more row among those that are offered, or decide between readings that the understanding had thought of itself.
//! Whatever confirms, submits, withdraws, erases or stops something is no opinion at all; so is what names no service of ours.

use domain::catalogue::Value;

use super::{
    dialogue::Dialogue,
    state::{Draft, Mode},
};
use crate::{
    Assistant,
    reply::Reply,
    said::Said,
    understand::{Candidate, DetectedLanguage, Intent, Meaning, tokens},
};

/// In words: less is trivially short, and is better asked back.
const WORDS_MIN: usize = 2;
/// In letters that are left beside the placeholders.
const LETTERS_MIN: usize = 6;
/// So much of a message is shown to somebody else, in characters.
const SHOWN_MAX: usize = 600;

/// A message that was not understood well enough, as it may be shown to somebody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// The words, with placeholders for everything personal.
    pub text: String,
    /// Its language and script.
    pub language: DetectedLanguage,
    /// What it was taken for, likeliest first, at most three.
    pub candidates: Vec<Candidate>,
}

/// What somebody else makes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    intent: Intent,
    service: Option<String>,
}

/// How far an opinion goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It leads to a question or an answer: taken where the understanding had thought of it too.
    Leads,
    /// It calls a person or changes how we speak: only ever offered.
    Offered,
    /// It is not for others to say.
    Nothing,
}

const fn reach(intent: Intent) -> Reach {
    match intent {
        Intent::Apply
        | Intent::TrackStatus
        | Intent::Download
        | Intent::Verify
        | Intent::AskDocuments
        | Intent::AskFee
        | Intent::AskEligibility
        | Intent::AskTime
        | Intent::CorrectDetails
        | Intent::ListServices
        | Intent::Help => Reach::Leads,
        Intent::Grievance | Intent::TalkToHuman | Intent::ChangeLanguage => Reach::Offered,
        Intent::Inform
        | Intent::Withdraw
        | Intent::Greet
        | Intent::Thanks
        | Intent::Affirm
        | Intent::Deny
        | Intent::Cancel
        | Intent::EraseMyData
        | Intent::OutOfScope => Reach::Nothing,
    }
}

impl Opinion {
    /// An opinion that may be heard: an intent that others may suggest, and a service of the catalogue only where the intent is about
    /// one. Anything else is none.
    #[must_use]
    pub fn new(assistant: &Assistant, intent: Intent, service: Option<String>) -> Option<Self> {
        let heard = reach(intent) != Reach::Nothing;
        let fits = service
            .as_ref()
            .is_none_or(|code| intent.carries_service() && assistant.catalogue.get(code).is_some());
        (heard && fits).then_some(Self { intent, service })
    }
}

impl Dialogue<'_> {
    /// The reply where an opinion decides; where none was given and one may be asked for, the doubt is noted.
    pub(super) fn heed(&mut self, text: &str, meaning: &Meaning) -> Option<Option<Reply>> {
        let doubt = self.doubted(text, meaning)?;
        let Some(Opinion { intent, service }) = self.facts.opinion.clone() else {
            self.doubt = Some(doubt);
            return None;
        };
        let same = |candidate: &Candidate| candidate.intent == intent && candidate.service == service;
        if meaning.candidates.iter().any(same) {
            return (reach(intent) == Reach::Leads).then(|| self.wish(intent, service, text));
        }
        let mut candidates = meaning.candidates.clone();
        candidates.push(Candidate {
            intent,
            service,
            confidence: 0.0,
        });
        self.state.kept_back = Some(Said::Text(text.to_owned()));
        Some(self.clarify(&candidates))
    }

    /// What may be shown of this message, if anything: not while something is being confirmed, and nothing trivially short.
    fn doubted(&self, text: &str, meaning: &Meaning) -> Option<Doubt> {
        if !matches!(self.state.mode, Mode::Idle | Mode::Clarify | Mode::Handoff) {
            return None;
        }
        let names: Vec<&str> = self.state.drafts.iter().flat_map(names).collect();
        let shown = self.assistant.understander.without_personal(text, names);
        let shown: String = shown.chars().take(SHOWN_MAX).collect();
        let mut depth = 0_u32;
        let own = |c: &char| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && c.is_alphabetic()
        };
        if shown.chars().filter(own).count() < LETTERS_MIN || tokens(&shown).len() < WORDS_MIN {
            return None;
        }
        Some(Doubt {
            text: shown,
            language: meaning.language,
            candidates: meaning.candidates.clone(),
        })
    }
}

/// The names in an unfinished form.
fn names(draft: &Draft) -> impl Iterator<Item = &str> {
    draft
        .answers
        .values()
        .flat_map(|answer| match answer {
            Value::Name(name) => vec![name],
            Value::People(people) => people.iter().map(|person| &person.name).collect(),
            _ => vec![],
        })
        .flat_map(|name| [name.en.as_deref(), name.hi.as_deref()])
        .flatten()
}
