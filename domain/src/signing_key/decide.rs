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
    /// It is compromised; a key does not come back.
    #[error("the signing key is compromised")]
    Compromised,
    /// A compromise was told before, and its instant or position is earlier than this one.
    #[error("an earlier compromise of this signing key is on record")]
    CompromisedEarlier,
    /// The compromise would lie in the future.
    #[error("the compromise lies in the future")]
    NotYet,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "signing_key.unknown",
            Self::OtherKey => "signing_key.other_key",
            Self::Retired => "signing_key.retired",
            Self::Compromised => "signing_key.compromised",
            Self::CompromisedEarlier => "signing_key.compromised_earlier",
            Self::NotYet => "signing_key.not_yet",
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
            (Self::Compromised { .. }, Command::Activate { .. }) => Err(Error::Compromised),
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
            (Self::Retired | Self::Compromised { .. }, Command::Retire { .. }) => Ok(vec![]),
            (Self::Active { .. }, Command::Retire { at }) => Ok(vec![Event::Retired { at }]),
            (Self::Unknown, Command::Compromise { .. }) => Err(Error::Unknown),
            (_, Command::Compromise { since, at, .. }) if since > at => Err(Error::NotYet),
            (
                Self::Compromised {
                    since: told,
                    last_good_position: position,
                },
                Command::Compromise {
                    since,
                    last_good_position,
                    ..
                },
            ) if (since, last_good_position) == (*told, *position) => Ok(vec![]),
            (
                Self::Compromised {
                    since: told,
                    last_good_position: position,
                },
                Command::Compromise {
                    since,
                    last_good_position,
                    ..
                },
            ) if since > *told || last_good_position > *position => Err(Error::CompromisedEarlier),
            (
                _,
                Command::Compromise {
                    since,
                    last_good_position,
                    at,
                },
            ) => Ok(vec![Event::Compromised {
                since,
                last_good_position,
                at,
            }]),
        }
    }
}
