use domain::{
    AnyEvent, ApplicationNumber, CertificateNumber, CitizenId,
    certificate::{Event, RevocationReason},
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
    /// Made with demonstration keys.
    pub demo: bool,
    /// Position of the intent in the log.
    pub prepared_at_position: u64,
    /// Once signed: what was signed.
    pub issued: Option<IssuedEntry>,
    /// When it reached the holder.
    pub delivered_at: Option<Timestamp>,
    /// Once revoked: since when and why.
    pub revoked: Option<RevokedEntry>,
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

/// Since when a certificate no longer holds, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevokedEntry {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

impl View for Entry {
    const NAME: &'static str = "register";
    const SHAPE: u32 = 1;
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
                demo: *demo,
                prepared_at_position: recorded.position,
                issued: None,
                delivered_at: None,
                revoked: None,
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
            Event::Revoked { reason, at, .. } => {
                entry.revoked = Some(RevokedEntry {
                    at: *at,
                    reason: *reason,
                })
            }
        }
        Some(entry)
    }

    fn parts(&self) -> Vec<Part> {
        crate::statistics::of_entry(self)
    }

    fn terms(&self) -> Vec<Term> {
        vec![
            ("number".to_owned(), self.number_digest.clone()),
            ("application".to_owned(), self.application.to_string()),
            ("holder".to_owned(), format!("{} {}", self.holder, self.issued_on)),
        ]
    }
}
