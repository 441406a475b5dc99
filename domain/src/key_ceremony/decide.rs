use super::{Command, Event, KeyCeremony};

/// So many people at least.
pub const PRESENT_MIN: usize = 2;

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody watched whoever made the keys.
    #[error("a ceremony needs two people at least, and each of them once")]
    Alone,
    /// No key came of it.
    #[error("no key was made")]
    NoKey,
    /// Something that only the record itself adds, or an instant outside of its time.
    #[error("the steps are not those between beginning and end")]
    Steps,
    /// Another ceremony is on record under this name.
    #[error("another ceremony is on record under this name")]
    Other,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Alone => "key_ceremony.alone",
            Self::NoKey => "key_ceremony.no_key",
            Self::Steps => "key_ceremony.steps",
            Self::Other => "key_ceremony.other",
        }
    }
}

impl KeyCeremony {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        let Command::Record {
            issuer,
            present,
            begun_at,
            done,
            page_digest,
            ended_at,
        } = command;
        if let Self::Recorded { page_digest: told } = self {
            return if *told == page_digest {
                Ok(vec![])
            } else {
                Err(Error::Other)
            };
        }
        let mut names: Vec<&str> = present.iter().map(|name| name.trim()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < PRESENT_MIN || names.len() != present.len() || names.contains(&"") {
            return Err(Error::Alone);
        }
        if !done.iter().any(|event| matches!(event, Event::KeyMade { .. })) {
            return Err(Error::NoKey);
        }
        let mut before = begun_at;
        for event in &done {
            let (Event::KeyMade { at, .. } | Event::Step { at, .. }) = event else {
                return Err(Error::Steps);
            };
            if *at < before || *at > ended_at {
                return Err(Error::Steps);
            }
            before = *at;
        }
        let mut events = vec![Event::Begun {
            issuer,
            present,
            at: begun_at,
        }];
        events.extend(done);
        events.push(Event::Ended {
            page_digest,
            at: ended_at,
        });
        Ok(events)
    }
}
