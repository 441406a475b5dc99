//! Understanding of free text: what a person wants, about which service, with which particulars.
//!
//! Words are compared by sound, one key for both scripts. Whole messages of a few fixed words and bare numbers of ours are read
//! from a table; everything else by two linear heads over hashed pieces of the words, their sounds and what they stand for,
//! trained from `assistant/corpus` by the `trainer`. Where that leaves a doubt, [`Meaning::clarify`] says so, and the
//! conversation asks.
//!
//! ```text
//! text ─▶ tokens ─▶ features ─▶ model ─▶ readings ─▶ Meaning
//!            └────▶ slots, language ────────────────────┘
//! ```

mod concepts;
mod dates;
pub mod explain;
mod features;
mod language;
mod lexicon;
pub mod model;
mod normal;
mod numbers;
mod personal;
mod readings;
pub mod roles;
mod services;
mod slots;
mod spoken;
mod table;
pub mod tagger;
pub mod written;

use std::collections::BTreeMap;

use domain::{Language, catalogue::Catalogue};
use serde::{Deserialize, Serialize};

use concepts::Concepts;
pub(crate) use dates::{Dated, find as find_date};
pub use features::{BITS, Features};
pub use lexicon::DataError;
use lexicon::Lexicon;
pub(crate) use lexicon::{Step, contains};
use model::Model;
pub(crate) use normal::{Token, clean, has_question_mark, is_devanagari, tokens};
pub use numbers::Figures;
pub(crate) use numbers::{Certificate, amount, application, certificate, phone, pin, token};
pub use personal::{one_line, stands_in};
use tagger::{Seen, Tagger};
use written::Word;

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

impl Intent {
    /// Every intent, in the order of the model's classes.
    pub const ALL: [Self; 23] = [
        Self::Apply,
        Self::Inform,
        Self::TrackStatus,
        Self::Download,
        Self::Verify,
        Self::AskDocuments,
        Self::AskFee,
        Self::AskEligibility,
        Self::AskTime,
        Self::CorrectDetails,
        Self::Withdraw,
        Self::Grievance,
        Self::TalkToHuman,
        Self::ChangeLanguage,
        Self::ListServices,
        Self::Greet,
        Self::Thanks,
        Self::Affirm,
        Self::Deny,
        Self::Cancel,
        Self::EraseMyData,
        Self::Help,
        Self::OutOfScope,
    ];

    /// Can it be about a service?
    #[must_use]
    pub const fn carries_service(self) -> bool {
        matches!(
            self,
            Self::Apply
                | Self::TrackStatus
                | Self::Download
                | Self::Verify
                | Self::AskDocuments
                | Self::AskFee
                | Self::AskEligibility
                | Self::AskTime
                | Self::CorrectDetails
                | Self::Withdraw
                | Self::Grievance
                | Self::TalkToHuman
                | Self::Cancel
        )
    }
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
const WORDS_MAX: usize = 120;

/// Reads messages. Building one reads the word tables and the model; reading is pure and allocates little.
pub struct Understander {
    lexicon: Lexicon,
    concepts: Concepts,
    model: Model,
    tagger: Tagger,
}

impl std::fmt::Debug for Understander {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Understander").finish_non_exhaustive()
    }
}

impl Understander {
    /// Builds the tables; the services' names come from the catalogue.
    ///
    /// # Errors
    /// [`DataError`] when a built-in table is malformed; a test holds that none is.
    pub fn new(catalogue: &Catalogue) -> Result<Self, DataError> {
        let model = Model::read(include_bytes!("../../data/model.bin"))?;
        Self::with(catalogue, model, Tagger::read(include_bytes!("../../data/names.bin"))?)
    }

    /// As [`Understander::new`], with other models: for the trainer, which measures what it makes.
    ///
    /// # Errors
    /// As [`Understander::new`].
    pub fn with(catalogue: &Catalogue, model: Model, tagger: Tagger) -> Result<Self, DataError> {
        Ok(Self {
            lexicon: Lexicon::new(catalogue)?,
            concepts: Concepts::embedded()?,
            model,
            tagger,
        })
    }

    pub(crate) const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// What the message means.
    #[must_use]
    pub fn understand(&self, text: &str, context: &Context) -> Meaning {
        let words = self.words(text);
        let language = language::detect(&words, &self.lexicon, context.language);
        let plain = slots::without_addresses(text);
        let (written, figures) = figures(&plain);
        let mut slots = self.slots(&plain, &words, (&written, &figures), context);
        let reading = self.read(text, &words, &figures, &slots, context);
        // A language named in passing is no particular.
        if reading.best.intent != Intent::ChangeLanguage {
            slots.remove("language");
        }
        Meaning {
            intent: reading.best.intent,
            service: reading.best.service,
            slots,
            confidence: reading.best.confidence,
            language,
            oos_score: reading.out_of_scope,
            clarify: reading.ask,
            candidates: reading.candidates,
        }
    }

    /// The features of a message, as the model sees them: for the trainer.
    #[must_use]
    pub fn features(&self, text: &str) -> Features {
        let (_, figures) = figures(&slots::without_addresses(text));
        features::features(text, &self.words(text), &figures, &self.concepts)
    }

    /// A message as the tagger sees it: for the trainer.
    #[must_use]
    pub fn seen<'a>(&'a self, words: &'a [Word], figures: &'a Figures) -> Seen<'a> {
        Seen::of(words, figures, &self.concepts)
    }

    fn words(&self, text: &str) -> Vec<Token> {
        let mut words = tokens(text);
        words.truncate(WORDS_MAX);
        words
    }

    /// Do these words tell of a person in danger?
    pub(crate) fn in_distress(&self, text: &str) -> bool {
        self.lexicon.in_distress(&tokens(text))
    }
}

/// The words as they stand there, and the figures among them.
fn figures(text: &str) -> (Vec<Word>, Figures) {
    let mut written = written::words(text);
    written.truncate(WORDS_MAX);
    let figures = Figures::of(text, &written);
    (written, figures)
}

#[cfg(test)]
mod tests;
