use super::{Command, Event, StatusList};

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A list that knows less, or is older, never takes the place of a newer one.
    #[error("a newer status list has been published")]
    Older,
    /// It would end before it begins.
    #[error("the status list ends before it begins")]
    Period,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Older => "status_list.older",
            Self::Period => "status_list.period",
        }
    }
}

impl StatusList {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        let Command::Publish {
            digest,
            bytes,
            upto,
            key,
            issued_at,
            expires_at,
        } = command;
        if let Self::Published {
            digest: held,
            upto: known,
            issued_at: since,
        } = self
        {
            if *held == digest {
                return Ok(vec![]);
            }
            if upto < *known || issued_at < *since {
                return Err(Error::Older);
            }
        }
        if expires_at <= issued_at {
            return Err(Error::Period);
        }
        Ok(vec![Event::Published {
            digest,
            bytes,
            upto,
            key,
            issued_at,
            expires_at,
        }])
    }
}
