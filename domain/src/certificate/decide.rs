use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{
    Command, Event, ReplacementReason, RevocationReason, SuspensionReason,
    commands::{Issue, Prepare, ProposeCorrection},
    state::{Certificate, Replacement, Signed, Standing, suspension_is_over},
};
use crate::{
    ByOfficer, CertificateId, CertificateNumber, Personal, ist_date,
    text::{WORDS_MAX, checked_words},
};

/// A suspension lasts at most so many days beyond the day on which it begins; whoever needs longer decides again.
pub const SUSPENSION_DAYS_MAX: i32 = 180;
/// A certificate is renewed at the earliest so many days before its last day.
pub const RENEWAL_DAYS_MAX: i32 = 90;

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
    /// Another certificate has taken its place; that one is meant.
    #[error("another certificate has taken its place")]
    Superseded,
    /// Another certificate that takes its place is being made; that one is meant.
    #[error("another certificate is being made in its place")]
    ReplacementUnderWay,
    /// It is on hold, and what is asked would go around that.
    #[error("the certificate is suspended")]
    Suspended,
    /// The role or the office is not the one that issued it.
    #[error("only the authority that issued the certificate may do this")]
    NotYourCertificate,
    /// The end of a suspension lies before today or too far away.
    #[error("the last day of a suspension lies between today and {last}")]
    SuspensionEnd {
        /// The last day that is accepted.
        last: Date,
    },
    /// The correction changes nothing.
    #[error("nothing is different from the certificate as it stands")]
    NothingToCorrect,
    /// A renewal is no reason of a correction.
    #[error("a reason from the list is needed")]
    ReasonMissing,
    /// No correction waits, or another one than the officer saw.
    #[error("no such correction waits")]
    OtherProposal,
    /// What another officer has proposed is decided before anything else is proposed.
    #[error("a correction of another officer waits")]
    ProposalWaits,
    /// Who declines a correction says why.
    #[error("words for whoever proposed the correction are needed")]
    WordsMissing,
    /// Whoever proposed a correction does not decide on it as well: four eyes, not two.
    #[error("the correction was proposed by the same officer")]
    SameOfficer,
    /// The holder's data has been erased: nothing can be printed again.
    #[error("the holder's data has been erased")]
    Erased,
    /// It has no last day, so there is nothing to renew.
    #[error("the certificate has no end")]
    NoEnd,
    /// It still holds for long.
    #[error("the certificate may be renewed from {first}")]
    RenewalTooEarly {
        /// The first day on which it may.
        first: Date,
    },
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
            Self::Superseded => "certificate.superseded",
            Self::ReplacementUnderWay => "certificate.replacement_under_way",
            Self::Suspended => "certificate.suspended",
            Self::NotYourCertificate => "certificate.not_your_certificate",
            Self::SuspensionEnd { .. } => "certificate.suspension_end",
            Self::NothingToCorrect => "certificate.nothing_to_correct",
            Self::ReasonMissing => "certificate.reason_missing",
            Self::OtherProposal => "certificate.other_proposal",
            Self::ProposalWaits => "certificate.proposal_waits",
            Self::WordsMissing => "certificate.words_missing",
            Self::SameOfficer => "certificate.same_officer",
            Self::Erased => "certificate.erased",
            Self::NoEnd => "certificate.no_end",
            Self::RenewalTooEarly { .. } => "certificate.renewal_too_early",
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
            Command::RecordDelivery { message, at } => match self.signed()?.delivered {
                true => Ok(vec![]),
                false => Ok(vec![Event::Delivered { message, at }]),
            },
            Command::Suspend {
                reason,
                until,
                note,
                by,
                at,
            } => self.signed()?.suspend(reason, until, note, by, at),
            Command::Reinstate { note, by, at } => self.signed()?.reinstate(note, by, at),
            Command::ProposeCorrection(facts) => self.signed()?.propose(*facts),
            Command::ApproveCorrection { proposed_at, by, at } => self.signed()?.correct(proposed_at, by, at),
            Command::DeclineCorrection {
                proposed_at,
                words,
                by,
                at,
            } => self.signed()?.decline(proposed_at, words, by, at),
            Command::Renew { by, at } => self.signed()?.renew(by, at),
            Command::Supersede {
                replacement,
                number,
                at,
            } => self.signed()?.supersede(replacement, number, at),
            Command::Revoke { reason, note, by, at } => self.signed()?.revoke(reason, note, by, at),
        }
    }

    const fn signed(&self) -> Result<&Signed, Error> {
        match self {
            Self::Issued(signed) => Ok(signed),
            Self::New | Self::Prepared(_) => Err(Error::Unknown),
        }
    }

    fn prepare(&self, facts: Prepare) -> Result<Vec<Event>, Error> {
        let held = match self {
            Self::New => {
                let holder = facts.holder;
                return Ok(vec![Event::Prepared {
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
                    version: facts.version,
                    replaces: facts.replaces,
                    status_index: facts.status_index,
                    at: facts.at,
                }]);
            }
            Self::Prepared(intended) => &intended.record_digest,
            Self::Issued(signed) => &signed.intended.record_digest,
        };
        // A reaction that begins again after the signing meets the same record.
        if *held == facts.record_digest {
            Ok(vec![])
        } else {
            Err(Error::OtherIntent)
        }
    }

    fn issue(&self, facts: Issue) -> Result<Vec<Event>, Error> {
        match self {
            Self::New => Err(Error::Unknown),
            Self::Prepared(intended) => Ok(vec![Event::Issued {
                log_position: facts.log_position,
                credential_key: facts.credential_key,
                credential: Personal::new(intended.holder, facts.credential),
                credential_digest: facts.credential_digest,
                unsigned_digest: facts.unsigned_digest,
                cms: facts.cms,
                pdf_digest: facts.pdf_digest,
                pdf_bytes: facts.pdf_bytes,
                proof: facts.proof,
                time_stamp: facts.time_stamp,
                vc_signature: facts.vc_signature,
                at: facts.at,
            }]),
            Self::Issued(signed) if signed.pdf_digest == facts.pdf_digest => Ok(vec![]),
            Self::Issued(_) => Err(Error::OtherFile),
        }
    }
}

impl Signed {
    fn suspend(
        &self,
        reason: SuspensionReason,
        until: Date,
        note: Option<String>,
        by: ByOfficer,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.lives(&by)?;
        if self.replacement.is_some() {
            return Err(Error::ReplacementUnderWay);
        }
        let asked = Standing::Suspended {
            reason,
            until,
            by: by.officer.clone(),
        };
        if self.standing == asked && !suspension_is_over(until, at) {
            return Ok(vec![]);
        }
        let today = ist_date(at);
        let last = today.saturating_add(SUSPENSION_DAYS_MAX.days());
        if until < today || until > last {
            return Err(Error::SuspensionEnd { last });
        }
        Ok(vec![Event::Suspended {
            reason,
            until,
            note: self.words(note)?,
            by,
            at,
        }])
    }

    fn reinstate(&self, note: Option<String>, by: ByOfficer, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.lives(&by)?;
        if !self.is_suspended(at) {
            return Ok(vec![]);
        }
        let note = self.words(note)?;
        Ok(vec![Event::Reinstated { note, by, at }])
    }

    fn propose(&self, facts: ProposeCorrection) -> Result<Vec<Event>, Error> {
        self.replaceable(&facts.by, facts.at)?;
        if facts.reason == ReplacementReason::Renewal {
            return Err(Error::ReasonMissing);
        }
        let (before, answers) = (&facts.before, facts.form.answers());
        let mut changed: Vec<String> = before.keys().chain(answers.keys()).cloned().collect();
        changed.sort();
        changed.dedup();
        changed.retain(|code| before.get(code) != answers.get(code));
        if changed.is_empty() {
            return Err(Error::NothingToCorrect);
        }
        if let Some(held) = &self.proposal {
            if held.by != facts.by.officer {
                return Err(Error::ProposalWaits);
            }
            if held.reason == facts.reason && held.answers.as_ref() == Some(answers) {
                return Ok(vec![]);
            }
        }
        Ok(vec![Event::CorrectionProposed {
            reason: facts.reason,
            changed,
            answers: Personal::new(self.intended.holder, answers.clone()),
            note: self.words(facts.note)?,
            by: facts.by,
            at: facts.at,
        }])
    }

    fn correct(&self, proposed_at: Timestamp, by: ByOfficer, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.replaceable(&by, at)?;
        let proposal = self.proposal.as_ref().filter(|held| held.at == proposed_at);
        let proposal = proposal.ok_or(Error::OtherProposal)?;
        if proposal.by == by.officer {
            return Err(Error::SameOfficer);
        }
        let answers = proposal.answers.clone().ok_or(Error::Erased)?;
        let answers = Some(Personal::new(self.intended.holder, answers));
        Ok(vec![self.order(proposal.reason, answers, by, at)])
    }

    fn decline(
        &self,
        proposed_at: Timestamp,
        words: String,
        by: ByOfficer,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.lives(&by)?;
        let declined = self.declined.as_ref();
        if declined.is_some_and(|held| held.proposed_at == proposed_at && held.by == by.officer) {
            return Ok(vec![]);
        }
        let proposal = self.proposal.as_ref().filter(|held| held.at == proposed_at);
        if proposal.ok_or(Error::OtherProposal)?.by == by.officer {
            return Err(Error::SameOfficer);
        }
        let words = self.words(Some(words))?.ok_or(Error::WordsMissing)?;
        Ok(vec![Event::CorrectionDeclined {
            proposed_at,
            words,
            by,
            at,
        }])
    }

    fn renew(&self, by: ByOfficer, at: Timestamp) -> Result<Vec<Event>, Error> {
        self.replaceable(&by, at)?;
        let last = self.intended.expires_on.ok_or(Error::NoEnd)?;
        let first = last.saturating_sub(RENEWAL_DAYS_MAX.days());
        if ist_date(at) < first {
            return Err(Error::RenewalTooEarly { first });
        }
        Ok(vec![self.order(ReplacementReason::Renewal, None, by, at)])
    }

    fn order(
        &self,
        reason: ReplacementReason,
        answers: Option<Personal<crate::catalogue::Answers>>,
        by: ByOfficer,
        at: Timestamp,
    ) -> Event {
        let version = self.intended.version.saturating_add(1);
        Event::ReplacementOrdered {
            replacement: CertificateId::for_version(&self.intended.application, version),
            version,
            reason,
            answers,
            by,
            at,
        }
    }

    fn supersede(
        &self,
        replacement: CertificateId,
        number: CertificateNumber,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let ordered = self.replacement.as_ref().filter(|ordered| ordered.id == replacement);
        let Some(Replacement { reason, .. }) = ordered else {
            return Err(Error::OtherIntent);
        };
        match self.standing {
            Standing::Superseded { .. } => Ok(vec![]),
            // Revoked between the order and now: it stays revoked, and nothing takes its place.
            Standing::Revoked { .. } => Err(Error::Revoked),
            Standing::Active | Standing::Suspended { .. } => Ok(vec![Event::Superseded {
                replacement,
                number: Personal::new(self.intended.holder, number),
                reason: *reason,
                at,
            }]),
        }
    }

    fn revoke(
        &self,
        reason: RevocationReason,
        note: Option<String>,
        by: ByOfficer,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        self.is_of(&by)?;
        match &self.standing {
            Standing::Revoked { reason: held, by: who } if *held == reason && *who == by.officer => Ok(vec![]),
            Standing::Revoked { .. } => Err(Error::Revoked),
            Standing::Superseded { .. } => Err(Error::Superseded),
            Standing::Active | Standing::Suspended { .. } => {
                let note = self.words(note)?;
                Ok(vec![Event::Revoked { reason, note, by, at }])
            }
        }
    }

    fn is_suspended(&self, at: Timestamp) -> bool {
        matches!(self.standing, Standing::Suspended { until, .. } if !suspension_is_over(until, at))
    }

    fn is_of(&self, by: &ByOfficer) -> Result<(), Error> {
        if self.intended.authority.is(by) {
            Ok(())
        } else {
            Err(Error::NotYourCertificate)
        }
    }

    /// Neither revoked nor replaced, and this officer's to decide on.
    fn lives(&self, by: &ByOfficer) -> Result<(), Error> {
        self.is_of(by)?;
        match self.standing {
            Standing::Revoked { .. } => Err(Error::Revoked),
            Standing::Superseded { .. } => Err(Error::Superseded),
            Standing::Active | Standing::Suspended { .. } => Ok(()),
        }
    }

    /// Another one may take its place.
    fn replaceable(&self, by: &ByOfficer, at: Timestamp) -> Result<(), Error> {
        self.lives(by)?;
        if self.replacement.is_some() {
            return Err(Error::ReplacementUnderWay);
        }
        if self.is_suspended(at) {
            return Err(Error::Suspended);
        }
        Ok(())
    }

    fn words(&self, note: Option<String>) -> Result<Option<Personal<String>>, Error> {
        let note = checked_words(note).map_err(|_| Error::TooLong { max: WORDS_MAX })?;
        Ok(note.map(|note| Personal::new(self.intended.holder, note)))
    }
}
