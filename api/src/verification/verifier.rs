//! Who answers whether a certificate holds: reads what was handed in, asks the register, and lets `certificates` judge.

use std::sync::Arc;

use certificates::{
    Check, Evidence, Hold, Logged, Reason, Source as Sent, Standing, State, StatusAnswer, Trust, Verdict, VerdictCode,
    read::{self, Limits},
};
use data_encoding::HEXLOWER;
use domain::{
    CertificateNumber,
    catalogue::{Catalogue, Name, Printed, Value},
    ist_date,
};
use jiff::Timestamp;
use ledger::{Clock, Fault};
use projections::{Entry, Stood, Views, number_digest};
use tokio::sync::Semaphore;

use super::{
    answered::{Answered, Checks, Held, Source},
    held,
    mask::masked,
    page::Tick,
};

/// Photos that are taken apart at the same time: each keeps a core busy for a moment.
const READERS: usize = 2;

/// Answers whether a certificate holds. Writes nothing.
pub struct Verifier {
    views: Views,
    trust: Arc<Trust>,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    host: String,
    readers: Arc<Semaphore>,
}

impl Verifier {
    /// Over the register, with what is trusted; `host` is printed on certificates and serves the pages.
    #[must_use]
    pub fn new(
        views: Views,
        trust: Arc<Trust>,
        catalogue: Arc<Catalogue>,
        clock: Arc<dyn Clock>,
        host: String,
    ) -> Self {
        Self {
            views,
            trust,
            catalogue,
            clock,
            host,
            readers: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// The host at which the pages are.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the register says of a number; `None` when nobody has it. The name is masked: whoever asks has shown nothing
    /// but a number.
    ///
    /// # Errors
    /// [`Fault`]: an outage never reads as "there is none".
    pub async fn by_number(&self, number: &CertificateNumber) -> Result<Option<Answered>, Fault> {
        let Some(entry) = self.registered(number).await? else {
            return Ok(None);
        };
        let at = self.clock.now();
        let status = StatusAnswer::Known(standing(&entry, at));
        let verdict = certificates::verify(&Evidence::Number(number.clone()), &self.trust, &status, at);
        let certificate = Held {
            number: number.clone(),
            service: entry.service.clone(),
            title: held::title(&self.catalogue, &entry.service),
            issued_on: entry.issued_on,
            expires_on: entry.expires_on,
            masked: true,
            lines: self.name_on(&entry).await?.map(held::name).into_iter().collect(),
        };
        Ok(Some(answered(verdict, Some(certificate), Some(&entry), at)))
    }

    /// The verdict on the text of a printed code: its address, or the letters in it.
    ///
    /// # Errors
    /// [`Fault`] when the text is a number and the register does not answer. For a credential an outage is a verdict.
    pub async fn by_token(&self, text: &str) -> Result<Answered, Fault> {
        match read::text(text).evidence(Sent::Qr) {
            Ok(evidence) => self.judged(evidence).await,
            Err(verdict) => Ok(answered(*verdict, None, None, self.clock.now())),
        }
    }

    /// The verdict on a photo or scan of the paper, or on the PDF; `None` when it is neither a picture nor a PDF.
    ///
    /// # Errors
    /// As [`Verifier::by_token`].
    pub async fn by_file(&self, bytes: Vec<u8>) -> Result<Option<Answered>, Fault> {
        // Nobody closes the semaphore.
        let turn = self.readers.clone().acquire_owned().await.map_err(|_| Fault::Closed)?;
        let sent = if bytes.starts_with(b"%PDF-") {
            Sent::Pdf
        } else {
            Sent::Qr
        };
        // The reader holds the permit, for it goes on also when whoever asked has hung up.
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read::upload(&bytes, &Limits::default())
        });
        let found = reading.await.map_err(|_| Fault::Stopped)?;
        match found.evidence(sent) {
            Ok(evidence) => Ok(Some(self.judged(evidence).await?)),
            Err(verdict) if verdict.reason == Reason::WrongType => Ok(None),
            Err(verdict) => Ok(Some(answered(*verdict, None, None, self.clock.now()))),
        }
    }

    async fn judged(&self, evidence: Evidence) -> Result<Answered, Fault> {
        if let Evidence::Number(number) = &evidence {
            let at = self.clock.now();
            return Ok(self
                .by_number(number)
                .await?
                .unwrap_or_else(|| Answered::unreadable(Reason::NotFound.code(), Source::Number, at)));
        }
        let entry = match evidence.number() {
            Some(number) => self.registered(number).await,
            None => Ok(None),
        };
        let at = self.clock.now();
        let (status, entry) = match entry {
            Ok(Some(entry)) => (StatusAnswer::Known(standing(&entry, at)), Some(entry)),
            Ok(None) => (StatusAnswer::NoSuchCertificate, None),
            Err(fault) => {
                tracing::error!(
                    error = &fault as &dyn std::error::Error,
                    "the register did not answer a check"
                );
                (StatusAnswer::Unavailable, None)
            }
        };
        let verdict = certificates::verify(&evidence, &self.trust, &status, at);
        let certificate = held::proven(&self.catalogue, &verdict);
        Ok(answered(verdict, certificate, entry.as_ref(), at))
    }

    /// A certificate that was issued. An intent that was not signed yet is nothing that anybody can hold in their hands.
    async fn registered(&self, number: &CertificateNumber) -> Result<Option<Entry>, Fault> {
        let entry = self.views.certificate_by_number(&number_digest(number)).await?;
        Ok(entry.filter(|entry| entry.issued.is_some()))
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
}

/// What the register says of an entry, now.
fn standing(entry: &Entry, at: Timestamp) -> Standing {
    let digest = |hex: &String| HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok();
    Standing {
        state: match entry.stands(at) {
            Stood::Prepared | Stood::Active => State::Active,
            Stood::Suspended { since, until, .. } => State::Suspended {
                since: Some(since),
                until: Some(until),
            },
            Stood::Superseded { since, number, .. } => State::Superseded {
                since: Some(since),
                by: number,
            },
            Stood::Revoked { since, reason } => State::Revoked {
                since: Some(since),
                reason: Some(reason),
            },
        },
        as_of: at,
        issued_on: Some(entry.issued_on),
        expires_on: entry.expires_on,
        holds: Some(
            entry
                .suspensions_over(at)
                .into_iter()
                .map(|(from, until)| Hold { from, until })
                .collect(),
        ),
        pdf_digest: entry.issued.as_ref().and_then(|issued| digest(&issued.pdf_digest)),
        credential_digest: entry
            .issued
            .as_ref()
            .and_then(|issued| digest(&issued.credential_digest)),
        log: Logged::NotAsked,
        demo: entry.demo,
    }
}

/// A verdict as it is told. That the register holds the intent at the position that the credential names is our own
/// knowledge of the log, beside what the evidence proves.
fn answered(verdict: Verdict, certificate: Option<Held>, entry: Option<&Entry>, at: Timestamp) -> Answered {
    let position = match (&verdict.claims, entry) {
        (Some(claims), Some(entry)) => Some(entry.prepared_at_position).filter(|at| *at == claims.log_position),
        (None, Some(entry)) if verdict.source == Sent::Number => Some(entry.prepared_at_position),
        _ => None,
    };
    let checks = Checks {
        signature: tick(verdict.checks.signature),
        record: tick(verdict.checks.record),
        document: tick(verdict.checks.document),
        log: if position.is_some() {
            Tick::Yes
        } else {
            tick(verdict.checks.log)
        },
        log_position: position,
        status: tick(verdict.checks.status),
    };
    Answered {
        answer: verdict.code,
        reason: verdict.reason.code(),
        certificate,
        checks,
        source: match verdict.source {
            Sent::Qr => Source::Qr,
            Sent::Pdf => Source::Pdf,
            Sent::Number => Source::Number,
        },
        date: if verdict.code == VerdictCode::Expired {
            verdict.expires
        } else {
            verdict.since.map(ist_date)
        },
        until: verdict.until,
        newer: verdict.superseded_by,
        demo: verdict.demo,
        at,
    }
}

const fn tick(check: Check) -> Tick {
    match check {
        Check::Pass => Tick::Yes,
        Check::Fail => Tick::No,
        Check::NotChecked => Tick::NotChecked,
    }
}
