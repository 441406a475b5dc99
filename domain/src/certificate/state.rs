use serde::{Deserialize, Serialize};

use super::events::{Event, RevocationReason};
use crate::{CitizenId, OfficerId};

/// What the rules remember of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// Nothing yet.
    #[default]
    New,
    /// The intent is written.
    Prepared {
        /// The holder.
        holder: CitizenId,
        /// What was intended, to notice a different second intent.
        record_digest: String,
    },
    /// Signed.
    Issued {
        /// The holder.
        holder: CitizenId,
        /// What was intended.
        record_digest: String,
        /// What was signed, to notice a different second signing.
        pdf_digest: String,
        /// It reached the holder.
        delivered: bool,
        /// Does it hold?
        standing: Standing,
    },
}

/// Does a certificate hold?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Yes.
    Active,
    /// No, and never again.
    Revoked {
        /// Why.
        reason: RevocationReason,
        /// By whom.
        by: OfficerId,
    },
}

impl Certificate {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Prepared {
                holder, record_digest, ..
            } => Self::Prepared { holder, record_digest },
            Event::Issued { pdf_digest, .. } => match self {
                Self::Prepared { holder, record_digest } => Self::Issued {
                    holder,
                    record_digest,
                    pdf_digest,
                    delivered: false,
                    standing: Standing::Active,
                },
                other => other,
            },
            Event::Delivered { .. } => self.while_issued(|delivered, _| *delivered = true),
            Event::Revoked { reason, by, .. } => {
                let by = by.officer;
                self.while_issued(|_, standing| *standing = Standing::Revoked { reason, by })
            }
        }
    }

    fn while_issued(mut self, change: impl FnOnce(&mut bool, &mut Standing)) -> Self {
        if let Self::Issued {
            delivered, standing, ..
        } = &mut self
        {
            change(delivered, standing);
        }
        self
    }
}
