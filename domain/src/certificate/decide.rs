use super::{
    Command, Event,
    commands::{Issue, Prepare},
    state::{Certificate, Standing},
};
use crate::{
    Personal,
    text::{WORDS_MAX, checked_words},
};

/// Why the rules said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such certificate, or it is not issued yet.
    #[error("there is no such certificate")]
    Unknown,
    /// Another intent stands under this identifier.
    #[error("another certificate was prepared under this identifier")]
    OtherIntent,
    /// Another file was signed for this intent.
    #[error("another file was signed for this certificate")]
    OtherFile,
    /// It was revoked before, for another reason or by another officer.
    #[error("the certificate has been revoked")]
    Revoked,
    /// Too many characters in the officer's words.
    #[error("more than {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "certificate.unknown",
            Self::OtherIntent => "certificate.other_intent",
            Self::OtherFile => "certificate.other_file",
            Self::Revoked => "certificate.revoked",
            Self::TooLong { .. } => "certificate.too_long",
        }
    }
}

impl Certificate {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Prepare(facts) => self.prepare(*facts),
            Command::Issue(facts) => self.issue(*facts),
            Command::RecordDelivery { message, at } => match self {
                Self::Issued { delivered: true, .. } => Ok(vec![]),
                Self::Issued { .. } => Ok(vec![Event::Delivered { message, at }]),
                Self::New | Self::Prepared { .. } => Err(Error::Unknown),
            },
            Command::Revoke { reason, note, by, at } => match self {
                Self::Issued {
                    standing: Standing::Revoked { reason: held, by: who },
                    ..
                } if *held == reason && *who == by.officer => Ok(vec![]),
                Self::Issued {
                    standing: Standing::Revoked { .. },
                    ..
                } => Err(Error::Revoked),
                Self::Issued { holder, .. } => {
                    let note = checked_words(note).map_err(|_| Error::TooLong { max: WORDS_MAX })?;
                    Ok(vec![Event::Revoked {
                        reason,
                        note: note.map(|note| Personal::new(*holder, note)),
                        by,
                        at,
                    }])
                }
                Self::New | Self::Prepared { .. } => Err(Error::Unknown),
            },
        }
    }

    fn prepare(&self, facts: Prepare) -> Result<Vec<Event>, Error> {
        match self {
            Self::New => {
                let holder = facts.holder;
                Ok(vec![Event::Prepared {
                    number: Personal::new(holder, facts.number),
                    number_digest: facts.number_digest,
                    application: facts.application,
                    service: facts.service,
                    holder,
                    record: Personal::new(holder, facts.record),
                    salt: Personal::new(holder, facts.salt),
                    record_digest: facts.record_digest,
                    issued_on: facts.issued_on,
                    expires_on: facts.expires_on,
                    approved_by: facts.approved_by,
                    demo: facts.demo,
                    host: facts.host,
                    contact: facts.contact,
                    at: facts.at,
                }])
            }
            // A reaction that begins again after the signing meets the same record.
            Self::Prepared { record_digest, .. } | Self::Issued { record_digest, .. }
                if *record_digest == facts.record_digest =>
            {
                Ok(vec![])
            }
            Self::Prepared { .. } | Self::Issued { .. } => Err(Error::OtherIntent),
        }
    }

    fn issue(&self, facts: Issue) -> Result<Vec<Event>, Error> {
        match self {
            Self::New => Err(Error::Unknown),
            Self::Prepared { holder, .. } => Ok(vec![Event::Issued {
                log_position: facts.log_position,
                credential_key: facts.credential_key,
                credential: Personal::new(*holder, facts.credential),
                credential_digest: facts.credential_digest,
                unsigned_digest: facts.unsigned_digest,
                cms: facts.cms,
                pdf_digest: facts.pdf_digest,
                pdf_bytes: facts.pdf_bytes,
                at: facts.at,
            }]),
            Self::Issued { pdf_digest, .. } if *pdf_digest == facts.pdf_digest => Ok(vec![]),
            Self::Issued { .. } => Err(Error::OtherFile),
        }
    }
}
