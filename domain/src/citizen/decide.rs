use super::{Citizen, Command, Event};
use crate::Personal;

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// We have not met.
    #[error("there is no such citizen")]
    Unknown,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "citizen.unknown",
        }
    }
}

impl Citizen {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Register { citizen, address, at } => Ok(if self.known {
                vec![]
            } else {
                vec![Event::Registered {
                    address: Personal::new(citizen, address),
                    at,
                }]
            }),
            Command::ChooseLanguage { .. } | Command::GiveConsent { .. } if !self.known => Err(Error::Unknown),
            Command::ChooseLanguage { language, at } => Ok(if self.language == Some(language) {
                vec![]
            } else {
                vec![Event::LanguageChosen { language, at }]
            }),
            Command::GiveConsent {
                notice,
                language,
                message,
                at,
            } => Ok(if self.notice.as_ref() == Some(&notice) {
                vec![]
            } else {
                vec![Event::ConsentGiven {
                    notice,
                    language,
                    message,
                    at,
                }]
            }),
        }
    }
}
