use domain::{
    AnyEvent, ApplicationNumber, ByOfficer, CertificateId, CertificateNumber, CitizenId,
    catalogue::Answers,
    certificate::{Event, ReplacementReason, RevocationReason, SuspensionReason, suspension_is_over},
    ist_date,
};
use jiff::{Timestamp, civil::Date};
use ledger::Recorded;
use serde::{Deserialize, Serialize};

use crate::view::{Part, Term, View};

/// A certificate in the register. Key: its identifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its identifier: the stream's.
    pub id: String,
    /// The number; `None` once the holder's data has been erased.
    pub number: Option<CertificateNumber>,
    /// SHA-256 of the number without dashes, lower-case hex.
    pub number_digest: String,
    /// The application that it answers.
    pub application: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// The holder.
    pub holder: CitizenId,
    /// The record's canonical CBOR, base64url; `None` once erased.
    pub record: Option<String>,
    /// The record's salt, base64url; `None` once erased.
    pub salt: Option<String>,
    /// The day of issue.
    pub issued_on: Date,
    /// The last day, if any.
    pub expires_on: Option<Date>,
    /// Which certificate of its application it is, counted from 1.
    pub version: u32,
    /// The certificate that it took the place of, if it is not the first.
    pub replaces: Option<CertificateId>,
    /// Its place in the status lists; `None`: none was given when it was prepared, so no list tells of it.
    pub status_index: Option<u64>,
    /// Made with demonstration keys.
    pub demo: bool,
    /// Position of the intent in the log.
    pub prepared_at_position: u64,
    /// Once signed: what was signed.
    pub issued: Option<IssuedEntry>,
    /// When it reached the holder.
    pub delivered_at: Option<Timestamp>,
    /// How it stood, in the order in which that changed. Empty: it has held ever since it was signed.
    pub changes: Vec<Change>,
    /// A correction that waits for another officer.
    pub proposal: Option<ProposalEntry>,
    /// The latest correction that another officer did not agree to, until the next one is proposed.
    pub declined: Option<DeclinedEntry>,
    /// The certificate that is to take its place, or has.
    pub replacement: Option<ReplacementEntry>,
}

/// What was signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuedEntry {
    /// The credential, base64url; `None` once erased.
    pub credential: Option<String>,
    /// SHA-256 of the credential, lower-case hex.
    pub credential_digest: String,
    /// SHA-256 of the signed PDF, lower-case hex.
    pub pdf_digest: String,
    /// Length of the signed PDF in bytes.
    pub pdf_bytes: u64,
    /// When.
    pub at: Timestamp,
}

/// From when on a certificate stood otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// From when on.
    pub at: Timestamp,
    /// How it stood from then on.
    pub to: ChangedTo,
}

/// How a certificate stands after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedTo {
    /// It does not hold until the end of a day, and then again by itself.
    Suspended {
        /// Why.
        reason: SuspensionReason,
        /// The last day on which it does not hold.
        until: Date,
    },
    /// It holds again.
    Reinstated,
    /// Another one took its place, for ever.
    Superseded {
        /// The other one.
        by: CertificateId,
        /// The other one's number; `None` once the holder's data has been erased.
        number: Option<CertificateNumber>,
        /// Why.
        reason: ReplacementReason,
    },
    /// It never holds again.
    Revoked {
        /// Why.
        reason: RevocationReason,
    },
}

/// A correction that waits for another officer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalEntry {
    /// Why.
    pub reason: ReplacementReason,
    /// The codes of the answers that are to change.
    pub changed: Vec<String>,
    /// All answers as they are to be; `None` once erased.
    pub answers: Option<Answers>,
    /// What the officer wrote for the file; `None` once erased.
    pub note: Option<String>,
    /// By whom.
    pub by: ByOfficer,
    /// When.
    pub at: Timestamp,
}

/// A correction that another officer did not agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedEntry {
    /// Who had proposed it.
    pub proposed_by: ByOfficer,
    /// Why not; `None` once erased.
    pub words: Option<String>,
    /// Who did not agree.
    pub by: ByOfficer,
    /// When.
    pub at: Timestamp,
}

/// The certificate that is to take the place of one, or has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplacementEntry {
    /// Its identifier.
    pub id: CertificateId,
    /// Why.
    pub reason: ReplacementReason,
    /// All answers that it is made from; `None`: as before, or erased.
    pub answers: Option<Answers>,
    /// Who agreed.
    pub by: ByOfficer,
    /// When.
    pub at: Timestamp,
}

/// How a certificate stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stood {
    /// The intent stands; nothing is signed.
    Prepared,
    /// It holds, as far as its last day allows.
    Active,
    /// It does not hold for now.
    Suspended {
        /// Since when.
        since: Timestamp,
        /// The last day on which it does not hold.
        until: Date,
        /// Why.
        reason: SuspensionReason,
    },
    /// Another one took its place.
    Superseded {
        /// Since when.
        since: Timestamp,
        /// The other one.
        by: CertificateId,
        /// The other one's number; `None` once the holder's data has been erased.
        number: Option<CertificateNumber>,
        /// Why.
        reason: ReplacementReason,
    },
    /// It never holds again.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: RevocationReason,
    },
}

impl Stood {
    /// In one word: `prepared`, `valid`, `suspended`, `superseded`, `revoked`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Active => "valid",
            Self::Suspended { .. } => "suspended",
            Self::Superseded { .. } => "superseded",
            Self::Revoked { .. } => "revoked",
        }
    }
}

impl Entry {
    /// How it stands at an instant, its last day apart. A suspension ends by itself.
    #[must_use]
    pub fn stood_at(&self, at: Timestamp) -> Stood {
        if self.issued.as_ref().is_none_or(|issued| issued.at > at) {
            return Stood::Prepared;
        }
        self.stood_if(|change| change.at <= at, |until| suspension_is_over(until, at))
    }

    /// How it stands by all that is known, its last day apart; also by what another clock dated later than `now`.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> Stood {
        if self.issued.is_none() {
            return Stood::Prepared;
        }
        self.stood_if(|_| true, |until| suspension_is_over(until, now))
    }

    /// How it stood when a civil day of India was over: what happened on that day counts. Its last day is looked at by
    /// whoever asks; `None` before the day on which it was signed.
    #[must_use]
    pub fn stood_on(&self, day: Date) -> Option<Stood> {
        let issued = self.issued.as_ref()?;
        (ist_date(issued.at) <= day).then(|| self.stood_if(|change| ist_date(change.at) <= day, |until| until < day))
    }

    /// The suspensions that are over, each with its first and its last day in India. The day on which one was ended early
    /// belongs to it.
    #[must_use]
    pub fn suspensions_over(&self, now: Timestamp) -> Vec<(Date, Date)> {
        let mut over = Vec::new();
        for (place, change) in self.changes.iter().enumerate() {
            let ChangedTo::Suspended { until, .. } = change.to else {
                continue;
            };
            match self.changes.get(place + 1) {
                Some(next) => over.push((ist_date(change.at), until.min(ist_date(next.at)))),
                None if suspension_is_over(until, now) => over.push((ist_date(change.at), until)),
                None => {}
            }
        }
        over
    }

    fn stood_if(&self, counts: impl Fn(&Change) -> bool, is_over: impl Fn(Date) -> bool) -> Stood {
        let Some(Change { at, to }) = self.changes.iter().rev().find(|change| counts(change)) else {
            return Stood::Active;
        };
        match to {
            ChangedTo::Suspended { until, .. } if is_over(*until) => Stood::Active,
            ChangedTo::Suspended { reason, until } => Stood::Suspended {
                since: *at,
                until: *until,
                reason: *reason,
            },
            ChangedTo::Reinstated => Stood::Active,
            ChangedTo::Superseded { by, number, reason } => Stood::Superseded {
                since: *at,
                by: *by,
                number: number.clone(),
                reason: *reason,
            },
            ChangedTo::Revoked { reason } => Stood::Revoked {
                since: *at,
                reason: *reason,
            },
        }
    }
}

/// Each status list holds so many places.
pub const STATUS_LIST_PLACES: u64 = 1 << 20;

/// The terms' value of a place: sorted by list, then by place.
pub(crate) fn status_term(index: u64) -> String {
    format!("{:012} {:07}", index / STATUS_LIST_PLACES, index % STATUS_LIST_PLACES)
}

impl View for Entry {
    const NAME: &'static str = "register";
    const SHAPE: u32 = 3;
    const AGGREGATE: &'static str = "certificate";

    fn fold(row: Option<Self>, event: &AnyEvent, recorded: &Recorded) -> Option<Self> {
        let AnyEvent::Certificate(event) = event else {
            return row;
        };
        if let Event::Prepared {
            number,
            number_digest,
            application,
            service,
            holder,
            record,
            salt,
            issued_on,
            expires_on,
            demo,
            version,
            replaces,
            status_index,
            ..
        } = event
        {
            return Some(Self {
                id: recorded.aggregate_id.clone(),
                number: number.value().cloned(),
                number_digest: number_digest.clone(),
                application: application.clone(),
                service: service.clone(),
                holder: *holder,
                record: record.value().cloned(),
                salt: salt.value().cloned(),
                issued_on: *issued_on,
                expires_on: *expires_on,
                version: *version,
                replaces: *replaces,
                status_index: *status_index,
                demo: *demo,
                prepared_at_position: recorded.position,
                issued: None,
                delivered_at: None,
                changes: vec![],
                proposal: None,
                declined: None,
                replacement: None,
            });
        }
        let mut entry = row?;
        match event {
            Event::Prepared { .. } => {}
            Event::Issued {
                credential,
                credential_digest,
                pdf_digest,
                pdf_bytes,
                at,
                ..
            } => {
                entry.issued = Some(IssuedEntry {
                    credential: credential.value().cloned(),
                    credential_digest: credential_digest.clone(),
                    pdf_digest: pdf_digest.clone(),
                    pdf_bytes: *pdf_bytes,
                    at: *at,
                });
            }
            Event::Delivered { at, .. } => entry.delivered_at = Some(*at),
            Event::Suspended { reason, until, at, .. } => entry.change(
                *at,
                ChangedTo::Suspended {
                    reason: *reason,
                    until: *until,
                },
            ),
            Event::Reinstated { at, .. } => entry.change(*at, ChangedTo::Reinstated),
            Event::CorrectionProposed {
                reason,
                changed,
                answers,
                note,
                by,
                at,
            } => {
                entry.declined = None;
                entry.proposal = Some(ProposalEntry {
                    reason: *reason,
                    changed: changed.clone(),
                    answers: answers.value().cloned(),
                    note: note.as_ref().and_then(|note| note.value().cloned()),
                    by: by.clone(),
                    at: *at,
                });
            }
            Event::CorrectionDeclined { words, by, at, .. } => {
                entry.declined = entry.proposal.take().map(|proposal| DeclinedEntry {
                    proposed_by: proposal.by,
                    words: words.value().cloned(),
                    by: by.clone(),
                    at: *at,
                });
            }
            Event::ReplacementOrdered {
                replacement,
                reason,
                answers,
                by,
                at,
                ..
            } => {
                entry.proposal = None;
                entry.declined = None;
                entry.replacement = Some(ReplacementEntry {
                    id: *replacement,
                    reason: *reason,
                    answers: answers.as_ref().and_then(|answers| answers.value().cloned()),
                    by: by.clone(),
                    at: *at,
                });
            }
            Event::Superseded {
                replacement,
                number,
                reason,
                at,
            } => entry.change(
                *at,
                ChangedTo::Superseded {
                    by: *replacement,
                    number: number.value().cloned(),
                    reason: *reason,
                },
            ),
            Event::Revoked { reason, at, .. } => entry.change(*at, ChangedTo::Revoked { reason: *reason }),
        }
        Some(entry)
    }

    fn parts(&self) -> Vec<Part> {
        crate::statistics::of_entry(self)
    }

    fn terms(&self) -> Vec<Term> {
        let mut terms = vec![
            ("number".to_owned(), self.number_digest.clone()),
            (
                "application".to_owned(),
                format!("{} {:010}", self.application, self.version),
            ),
            ("holder".to_owned(), format!("{} {}", self.holder, self.issued_on)),
        ];
        if let Some(index) = self.status_index {
            terms.push(("place".to_owned(), status_term(index)));
            // A suspension that has ended by itself stays findable: nothing is written at its end.
            let last = self.changes.last();
            if last.is_some_and(|change| change.to != ChangedTo::Reinstated) {
                terms.push(("status".to_owned(), status_term(index)));
            }
        }
        terms
    }
}

impl Entry {
    fn change(&mut self, at: Timestamp, to: ChangedTo) {
        self.changes.push(Change { at, to });
    }
}
