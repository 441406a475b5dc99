//! What is kept between two turns. This is a storage format: add fields with a default, never rename.

use std::{collections::BTreeSet, fmt};

use domain::{
    ApplicationNumber, CertificateNumber, Language, Paper as NamedPaper,
    catalogue::{Answers, Catalogue, Document, Field, LifeEvent, Service, Shows},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::particulars::slot_of;
use crate::{
    said::{Paper, Said},
    understand::{Context, Intent},
};

/// Raised when the meaning of what is stored changes.
const VERSION: u32 = 1;

/// For so many turns an offered button is remembered.
const OFFERS_REMEMBERED: u64 = 5;

/// A conversation with one person. Holds what they have answered so far, so it is stored sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    version: u32,
    #[serde(default)]
    pub(super) language: Option<Language>,
    #[serde(default)]
    pub(super) consent: Option<String>,
    #[serde(default)]
    pub(super) turn: u64,
    #[serde(default)]
    pub(super) mode: Mode,
    #[serde(default)]
    pub(super) drafts: Vec<Draft>,
    #[serde(default)]
    pub(super) offers: Vec<Offer>,
    /// Answers in a row that could not be taken.
    #[serde(default)]
    pub(super) failures: u8,
    /// Papers for one place that were of no use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unusable: Option<Unusable>,
    /// What was said before a language was chosen.
    #[serde(default)]
    pub(super) kept_back: Option<Said>,
    #[serde(default)]
    pub(super) last_service: Option<String>,
    /// Lines for which no reply has come yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) untold: Vec<String>,
}

impl Default for Conversation {
    fn default() -> Self {
        Self::new()
    }
}

// Answers are personal data and must not reach a log by way of `{:?}`.
impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("version", &self.version)
            .field("language", &self.language)
            .field("turn", &self.turn)
            .field("drafts", &self.drafts.len())
            .finish_non_exhaustive()
    }
}

impl Conversation {
    /// With somebody whom we have not met.
    #[must_use]
    pub fn new() -> Self {
        Self::with(None, None)
    }

    /// With somebody whom we know: their language and the version of the notice that they agreed to.
    #[must_use]
    pub fn with(language: Option<Language>, consent: Option<String>) -> Self {
        Self {
            version: VERSION,
            language,
            consent,
            turn: 0,
            mode: if language.is_some() { Mode::Idle } else { Mode::Fresh },
            drafts: Vec::new(),
            offers: Vec::new(),
            failures: 0,
            unusable: None,
            kept_back: None,
            last_service: None,
            untold: Vec::new(),
        }
    }

    /// The application that is being spoken about: the office has asked about it, or it is to be taken back.
    #[must_use]
    pub const fn application(&self) -> Option<&ApplicationNumber> {
        match &self.mode {
            Mode::Answering { application }
            | Mode::AnswerWhat { application, .. }
            | Mode::Withdrawing { application } => Some(application),
            _ => None,
        }
    }

    /// The language chosen, if any.
    #[must_use]
    pub const fn language(&self) -> Option<Language> {
        self.language
    }

    /// What a picture that comes now would have to show; `None` while a certificate to check is awaited, which may look
    /// any way.
    #[must_use]
    pub fn awaits(&self, catalogue: &Catalogue) -> Option<Shows> {
        match &self.mode {
            Mode::Verifying => None,
            Mode::Form { service, place, .. } => {
                let document = catalogue.get(service).and_then(|service| place.paper(service));
                Some(document.map_or(Shows::Writing, |document| document.shows))
            }
            _ => Some(Shows::Writing),
        }
    }

    /// The services of which an unfinished form is kept.
    pub fn drafts(&self) -> impl Iterator<Item = &str> {
        self.drafts.iter().map(|draft| draft.service.as_str())
    }

    /// What is known when the next message is read.
    #[must_use]
    pub fn context(&self) -> Context {
        let (awaiting, service) = match &self.mode {
            Mode::Form { service, place, .. } => {
                let (Place::Field(code) | Place::Paper(code)) = place;
                (Some(slot_of(code)), Some(service.clone()))
            }
            Mode::Confirm { service } | Mode::Changing { service, .. } | Mode::Leaving { service, .. } => {
                (None, Some(service.clone()))
            }
            _ => (None, None),
        };
        Context {
            language: self.language,
            awaiting,
            last_service: service.or_else(|| self.last_service.clone()),
        }
    }

    pub(super) fn draft(&self, service: &str) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.service == service)
    }

    pub(super) fn draft_mut(&mut self, service: &str) -> Option<&mut Draft> {
        self.drafts.iter_mut().find(|draft| draft.service == service)
    }

    pub(super) fn forget_old_offers(&mut self) {
        let oldest = self.turn.saturating_sub(OFFERS_REMEMBERED);
        self.offers.retain(|offer| offer.turn > oldest);
    }

    /// The buttons of the bubble before this turn; none when it had none.
    pub(super) fn latest_offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| offer.turn + 1 == self.turn)
    }
}

/// Pictures in a row that could not be used, all sent for the same thing.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Unusable {
    /// What they were sent for: a place of a form, or an application whose office has asked.
    pub(super) wanted: Wanted,
    pub(super) times: u8,
    /// The last one, once it may be kept all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<Paper>,
}

/// What a paper is sent for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    Place { service: String, place: Place },
    Answer { application: ApplicationNumber },
}

/// An unfinished form.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) service: String,
    pub(super) touched: Timestamp,
    #[serde(default)]
    pub(super) answers: Answers,
    #[serde(default)]
    pub(super) papers: Vec<NamedPaper>,
    #[serde(default)]
    pub(super) skipped: BTreeSet<Place>,
    /// Options of a question with several answers, until the person says that these are all.
    #[serde(default)]
    pub(super) picked: Vec<String>,
}

impl Draft {
    pub(super) fn new(service: &str, now: Timestamp) -> Self {
        Self {
            service: service.to_owned(),
            touched: now,
            answers: Answers::new(),
            papers: Vec::new(),
            skipped: BTreeSet::new(),
            picked: Vec::new(),
        }
    }

    /// Everything that is asked, given the answers so far: questions first, then papers.
    pub(super) fn places(&self, service: &Service) -> Vec<Place> {
        let fields = service
            .fields
            .iter()
            .filter(|field| field.applies(&self.answers))
            .map(|field| Place::Field(field.code.clone()));
        let papers = service
            .documents
            .iter()
            .filter(|paper| paper.applies(&self.answers))
            .map(|paper| Place::Paper(paper.code.clone()));
        fields.chain(papers).collect()
    }

    pub(super) fn is_done(&self, place: &Place) -> bool {
        self.skipped.contains(place)
            || match place {
                Place::Field(code) => self.answers.contains_key(code),
                Place::Paper(code) => self.papers.iter().any(|paper| paper.document == *code),
            }
    }

    /// The first place without an answer.
    pub(super) fn next(&self, service: &Service) -> Option<Place> {
        self.places(service).into_iter().find(|place| !self.is_done(place))
    }

    /// The last place before `place` that has an answer.
    pub(super) fn before(&self, service: &Service, place: &Place) -> Option<Place> {
        let places = self.places(service);
        let here = places.iter().position(|p| p == place).unwrap_or(places.len());
        places.into_iter().take(here).rev().find(|p| self.is_done(p))
    }

    pub(super) fn done(&self, service: &Service) -> (usize, usize) {
        let places = self.places(service);
        (places.iter().filter(|place| self.is_done(place)).count(), places.len())
    }

    pub(super) fn forget(&mut self, place: &Place) {
        self.skipped.remove(place);
        match place {
            Place::Field(code) => {
                self.answers.remove(code);
            }
            Place::Paper(code) => self.papers.retain(|paper| paper.document != *code),
        }
    }
}

/// A question or a paper of a form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Field(String),
    Paper(String),
}

impl Place {
    pub(super) fn field<'c>(&self, service: &'c Service) -> Option<&'c Field> {
        match self {
            Self::Field(code) => service.field(code),
            Self::Paper(_) => None,
        }
    }

    pub(super) fn paper<'c>(&self, service: &'c Service) -> Option<&'c Document> {
        match self {
            Self::Field(_) => None,
            Self::Paper(code) => service.document(code),
        }
    }
}

/// What the last bubble asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// Nothing has been said yet.
    #[default]
    Fresh,
    /// The language.
    Language,
    /// Anything.
    Idle,
    /// Consent, before the form of this service.
    Consent { service: String },
    /// A place of the form. `changing`: it had been reached from the confirm screen.
    Form {
        service: String,
        place: Place,
        changing: bool,
    },
    /// What an officer would stop at: change or go on.
    Checking { service: String },
    /// Submit, change or save.
    Confirm { service: String },
    /// The same was handed in before: submit all the same?
    Doubled { service: String },
    /// Which answer is to be changed.
    Changing { service: String, page: usize },
    /// A certificate to check.
    Verifying,
    /// The answer to the office's question.
    Answering { application: ApplicationNumber },
    /// Is this the answer to the office's question, or (a paper) something to check?
    AnswerWhat { application: ApplicationNumber, said: Said },
    /// Withdraw or keep?
    Withdrawing { application: ApplicationNumber },
    /// Stop here? `from` is where one goes on otherwise.
    Leaving { service: String, from: Box<Mode> },
    /// Which of several readings was meant.
    Clarify,
    /// A person has been called.
    Handoff,
    /// An effect is under way; its outcome has not been heard.
    Pending(Pending),
}

/// What an effect is about, for the words after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pending {
    Submit { service: String },
    Answer { application: ApplicationNumber },
    Withdraw { application: ApplicationNumber },
    Send { certificate: CertificateNumber },
    Verify,
}

/// A button or row that was shown. Its id carries no meaning; the meaning is here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) turn: u64,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) act: Act,
}

/// What a tap does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    Language(Language),
    Menu,
    Services {
        event: Option<LifeEvent>,
        page: usize,
    },
    Service(String),
    Agree(String),
    Decline,
    Pick {
        service: String,
        field: String,
        option: String,
    },
    Picked {
        service: String,
        field: String,
    },
    Skip {
        service: String,
        place: Place,
    },
    Keep {
        service: String,
        place: Place,
    },
    KeepPaper {
        service: String,
        place: Place,
        paper: Paper,
    },
    Continue(String),
    StartOver(String),
    Discard(String),
    Drafts,
    /// On from what an officer would stop at.
    Checked(String),
    Submit(String),
    /// Although the same was handed in before.
    SubmitAnyway(String),
    ChangeList {
        service: String,
        page: usize,
    },
    ChangeAt {
        service: String,
        place: Place,
    },
    Save(String),
    GoOn,
    Track,
    Application(ApplicationNumber),
    Answer(ApplicationNumber),
    SendAnswer(ApplicationNumber),
    DropAnswer,
    AskWithdraw(ApplicationNumber),
    Withdraw(ApplicationNumber),
    KeepApplication,
    Download(Option<CertificateNumber>),
    Verify,
    VerifyPaper(Paper),
    Person {
        stuck: bool,
    },
    Meant {
        intent: Intent,
        service: Option<String>,
    },
    SomethingElse,
}

impl Act {
    /// Acts that lead somewhere and change nothing may also be taken from an earlier bubble.
    pub(super) const fn only_leads(&self) -> bool {
        matches!(
            self,
            Self::Language(_)
                | Self::Menu
                | Self::Services { .. }
                | Self::Service(_)
                | Self::Continue(_)
                | Self::Drafts
                | Self::Track
                | Self::Application(_)
                | Self::Answer(_)
                | Self::AskWithdraw(_)
                | Self::Download(_)
                | Self::Verify
                | Self::Meant { .. }
        )
    }

    /// The place of a form that the act answers.
    pub(super) fn place(&self) -> Option<(&str, Place)> {
        match self {
            Self::Pick { service, field, .. } | Self::Picked { service, field } => {
                Some((service, Place::Field(field.clone())))
            }
            Self::Skip { service, place } | Self::Keep { service, place } | Self::KeepPaper { service, place, .. } => {
                Some((service, place.clone()))
            }
            _ => None,
        }
    }
}
