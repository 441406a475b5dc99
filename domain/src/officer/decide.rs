use super::{Command, Event, Officer};

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nobody of this code.
    #[error("there is no such officer")]
    Unknown,
    /// In office under another name or designation, with other roles or in another office; relieve first.
    #[error("the officer is in office with other powers")]
    InOffice,
    /// No role was given.
    #[error("an officer needs at least one role")]
    NoRole,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "officer.unknown",
            Self::InOffice => "officer.in_office",
            Self::NoRole => "officer.no_role",
        }
    }
}

impl Officer {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Appoint {
                name,
                designation,
                roles,
                office,
                at,
            } => match self {
                _ if roles.iter().all(|role| role.trim().is_empty()) => Err(Error::NoRole),
                Self::InOffice { .. } => {
                    let asked = Self::InOffice {
                        name,
                        designation,
                        roles,
                        office,
                    };
                    if *self == asked {
                        Ok(vec![])
                    } else {
                        Err(Error::InOffice)
                    }
                }
                Self::Unknown | Self::Relieved => Ok(vec![Event::Appointed {
                    name,
                    designation,
                    roles,
                    office,
                    at,
                }]),
            },
            Command::Relieve { at } => match self {
                Self::Unknown => Err(Error::Unknown),
                Self::Relieved => Ok(vec![]),
                Self::InOffice { .. } => Ok(vec![Event::Relieved { at }]),
            },
        }
    }
}
