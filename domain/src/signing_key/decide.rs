use super::{Command, Event, SigningKey};

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such key.
    #[error("there is no such signing key")]
    Unknown,
    /// Another public key stands under this identifier, or the same one for another purpose.
    #[error("another signing key stands under this identifier")]
    OtherKey,
    /// It was retired; a key does not come back.
    #[error("the signing key has been retired")]
    Retired,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "signing_key.unknown",
            Self::OtherKey => "signing_key.other_key",
            Self::Retired => "signing_key.retired",
        }
    }
}

impl SigningKey {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match (self, command) {
            (Self::Retired, Command::Activate { .. }) => Err(Error::Retired),
            (
                Self::Unknown,
                Command::Activate {
                    purpose,
                    algorithm,
                    public_key,
                    demo,
                    at,
                },
            ) => Ok(vec![Event::Activated {
                purpose,
                algorithm,
                public_key,
                demo,
                at,
            }]),
            (
                Self::Active { .. },
                Command::Activate {
                    purpose,
                    algorithm,
                    public_key,
                    demo,
                    ..
                },
            ) => {
                let asked = Self::Active {
                    purpose,
                    algorithm,
                    public_key,
                    demo,
                };
                if *self == asked {
                    Ok(vec![])
                } else {
                    Err(Error::OtherKey)
                }
            }
            (Self::Unknown, Command::Retire { .. }) => Err(Error::Unknown),
            (Self::Retired, Command::Retire { .. }) => Ok(vec![]),
            (Self::Active { .. }, Command::Retire { at }) => Ok(vec![Event::Retired { at }]),
        }
    }
}
