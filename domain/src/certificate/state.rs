use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::events::{Event, ReplacementReason, RevocationReason, SuspensionReason};
use crate::{
    ApplicationNumber, Bilingual, ByOfficer, CertificateId, CitizenId, OfficerId, catalogue::Answers, ist_date,
};

/// What the rules remember of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// Nothing yet.
    #[default]
    New,
    /// The intent is written.
    Prepared(Box<Intended>),
    /// Signed.
    Issued(Box<Signed>),
}

/// What was intended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intended {
    /// The holder.
    pub holder: CitizenId,
    /// What was intended, to notice a different second intent.
    pub record_digest: String,
    /// The application that it answers.
    pub application: ApplicationNumber,
    /// Which certificate of that application it is.
    pub version: u32,
    /// The last day on which it holds, if it ends.
    pub expires_on: Option<Date>,
    /// Who alone may change how it stands.
    pub authority: Authority,
}

/// An issuing authority: a role in an office, whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The role that approved.
    pub role: String,
    /// In which office.
    pub office: Bilingual,
}

impl Authority {
    /// Does this officer act for it?
    #[must_use]
    pub fn is(&self, by: &ByOfficer) -> bool {
        self.role == by.role && self.office == by.office
    }
}

/// What was signed, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// What was intended.
    pub intended: Intended,
    /// What was signed, to notice a different second signing.
    pub pdf_digest: String,
    /// It reached the holder.
    pub delivered: bool,
    /// Does it hold?
    pub standing: Standing,
    /// A correction that waits for another officer.
    pub proposal: Option<Proposal>,
    /// The latest correction that another officer did not agree to.
    pub declined: Option<Declined>,
    /// The certificate that is to take its place.
    pub replacement: Option<Replacement>,
}

/// A correction that another officer did not agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Who did not agree.
    pub by: OfficerId,
}

/// A correction that waits for another officer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Why.
    pub reason: ReplacementReason,
    /// All answers as they are to be; `None` once the holder's data has been erased.
    pub answers: Option<Answers>,
    /// By whom.
    pub by: OfficerId,
    /// When.
    pub at: Timestamp,
}

/// The certificate that is to take the place of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Its identifier.
    pub id: CertificateId,
    /// Why.
    pub reason: ReplacementReason,
}

/// Does a certificate hold?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Yes.
    Active,
    /// Not until the end of a day. Afterwards yes again, without an event.
    Suspended {
        /// Why.
        reason: SuspensionReason,
        /// The last day.
        until: Date,
        /// By whom.
        by: OfficerId,
    },
    /// Another one took its place.
    Superseded {
        /// The other one.
        replacement: CertificateId,
    },
    /// No, and never again.
    Revoked {
        /// Why.
        reason: RevocationReason,
        /// By whom.
        by: OfficerId,
    },
}

/// Has a suspension that lasts to the end of the day `until`, in India, ended by itself?
#[must_use]
pub fn suspension_is_over(until: Date, at: Timestamp) -> bool {
    until < ist_date(at)
}

impl Certificate {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Prepared {
                holder,
                record_digest,
                application,
                version,
                expires_on,
                approved_by,
                ..
            } => Self::Prepared(Box::new(Intended {
                holder,
                record_digest,
                application,
                version,
                expires_on,
                authority: Authority {
                    role: approved_by.role,
                    office: approved_by.office,
                },
            })),
            Event::Issued { pdf_digest, .. } => match self {
                Self::Prepared(intended) => Self::Issued(Box::new(Signed {
                    intended: *intended,
                    pdf_digest,
                    delivered: false,
                    standing: Standing::Active,
                    proposal: None,
                    declined: None,
                    replacement: None,
                })),
                other => other,
            },
            Event::Delivered { .. } => self.while_issued(|signed| signed.delivered = true),
            Event::Suspended { reason, until, by, .. } => self.while_issued(|signed| {
                let by = by.officer;
                signed.standing = Standing::Suspended { reason, until, by };
            }),
            Event::Reinstated { .. } => self.while_issued(|signed| signed.standing = Standing::Active),
            Event::CorrectionProposed {
                reason,
                answers,
                by,
                at,
                ..
            } => self.while_issued(|signed| {
                signed.proposal = Some(Proposal {
                    reason,
                    answers: answers.into_value(),
                    by: by.officer,
                    at,
                });
            }),
            Event::CorrectionDeclined { proposed_at, by, .. } => self.while_issued(|signed| {
                let by = by.officer;
                signed.proposal = None;
                signed.declined = Some(Declined { proposed_at, by });
            }),
            Event::ReplacementOrdered {
                replacement, reason, ..
            } => self.while_issued(|signed| {
                signed.proposal = None;
                signed.replacement = Some(Replacement {
                    id: replacement,
                    reason,
                });
            }),
            Event::Superseded { replacement, .. } => {
                self.while_issued(|signed| signed.standing = Standing::Superseded { replacement })
            }
            Event::Revoked { reason, by, .. } => self.while_issued(|signed| {
                signed.standing = Standing::Revoked { reason, by: by.officer };
            }),
        }
    }

    fn while_issued(mut self, change: impl FnOnce(&mut Signed)) -> Self {
        if let Self::Issued(signed) = &mut self {
            change(signed);
        }
        self
    }
}
