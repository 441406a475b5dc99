//! Who answers whether a certificate holds: the facts of the register, and the proofs of what was handed in.

use std::sync::Arc;

use domain::{
    Bilingual, CertificateNumber,
    catalogue::{Catalogue, Name, Printed, Value},
    ist_date,
};
use jiff::Timestamp;
use ledger::{Clock, Fault};
use projections::{Entry, Views, number_digest};

use super::{
    answered::{Answered, Checks, Held, Line, Source},
    mask::masked,
    page::Tick,
    words::Answer,
};

/// Answers whether a certificate holds. Writes nothing.
pub struct Verifier {
    views: Views,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// Over the register.
    #[must_use]
    pub const fn new(views: Views, catalogue: Arc<Catalogue>, clock: Arc<dyn Clock>) -> Self {
        Self {
            views,
            catalogue,
            clock,
        }
    }

    /// What the register says of a number; `None` when nobody has it. The name is masked: whoever asks has shown nothing
    /// but a number.
    ///
    /// # Errors
    /// [`Fault`]: an outage never reads as "there is none".
    pub async fn by_number(&self, number: &CertificateNumber) -> Result<Option<Answered>, Fault> {
        let entry = self.views.certificate_by_number(&number_digest(number)).await?;
        // An intent that was not signed yet is nothing that anybody can hold in their hands.
        let Some(entry) = entry.filter(|entry| entry.issued.is_some()) else {
            return Ok(None);
        };
        let at = self.clock.now();
        let (answer, date) = standing(&entry, at);
        let name = self.name_on(&entry).await?;
        Ok(Some(Answered {
            answer,
            reason: answer.code(),
            certificate: Some(self.held(number, &entry, name)),
            checks: Checks {
                log: Tick::Yes,
                log_position: Some(entry.prepared_at_position),
                status: if answer == Answer::Revoked { Tick::No } else { Tick::Yes },
                ..Checks::NONE
            },
            source: Source::Number,
            date,
            newer: None,
            demo: entry.demo,
            at,
        }))
    }

    /// The name on the application, masked; `None` once the holder's data has been erased.
    async fn name_on(&self, entry: &Entry) -> Result<Option<Printed>, Fault> {
        let file = self.views.file(&entry.application).await?;
        let value = file.and_then(|file| {
            let holder = &self.catalogue.get(&entry.service)?.certificate.holder;
            file.answers?.remove(holder)
        });
        Ok(match value {
            Some(Value::Name(Name { en, hi })) => Some(Printed {
                en: en.as_deref().map(masked),
                hi: hi.as_deref().map(masked),
            }),
            _ => None,
        })
    }

    fn held(&self, number: &CertificateNumber, entry: &Entry, name: Option<Printed>) -> Held {
        let service = self.catalogue.get(&entry.service);
        Held {
            number: number.clone(),
            service: entry.service.clone(),
            title: service.map_or_else(
                || Bilingual::new("Certificate", "प्रमाण पत्र"),
                |service| service.certificate.title.clone(),
            ),
            issued_on: entry.issued_on,
            expires_on: entry.expires_on,
            masked: true,
            lines: name
                .into_iter()
                .map(|value| Line {
                    code: "name".to_owned(),
                    label: Bilingual::new("Name", "नाम"),
                    value,
                })
                .collect(),
        }
    }
    pub async fn by_token(&self, token: &str) -> Result<Answered, Fault> {
        let _ = token;
        Ok(Answered::unreadable("x", Source::Qr, self.clock.now()))
    }
    pub async fn by_file(&self, bytes: Vec<u8>) -> Result<Option<Answered>, Fault> {
        let _ = bytes;
        Ok(None)
    }
}

/// How a certificate of the register stands at an instant, and since or until when. A cancelled one stays cancelled also
/// after its last day.
fn standing(entry: &Entry, at: Timestamp) -> (Answer, Option<jiff::civil::Date>) {
    match (&entry.revoked, entry.expires_on) {
        (Some(revoked), _) => (Answer::Revoked, Some(ist_date(revoked.at))),
        (None, Some(last)) if ist_date(at) > last => (Answer::Expired, Some(last)),
        (None, _) => (Answer::Valid, None),
    }
}
