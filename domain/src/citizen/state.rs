use serde::{Deserialize, Serialize};

use super::Event;
use crate::Language;

/// What the rules remember of a citizen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citizen {
    /// Met before.
    pub known: bool,
    /// The language chosen, if any.
    pub language: Option<Language>,
    /// The notice agreed to, if any.
    pub notice: Option<String>,
}

impl Citizen {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Registered { .. } => self.known = true,
            Event::LanguageChosen { language, .. } => self.language = Some(language),
            Event::ConsentGiven { notice, .. } => self.notice = Some(notice),
        }
        self
    }
}
