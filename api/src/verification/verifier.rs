//! Who answers whether a certificate holds: reads what was handed in, asks the register, and lets `certificates` judge.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use certificates::{
    Check, Evidence, Hold, Logged, OnDay, Reason, Source as Sent, Standing, State, StatusAnswer, Token, Trust, Verdict,
    VerdictCode, held_on,
    read::{self, Limits},
};
use data_encoding::HEXLOWER;
use domain::{
    CertificateNumber,
    catalogue::{Catalogue, Name, Printed, Value},
    ist_date,
};
use jiff::{Timestamp, civil::Date};
use keys::{PublicKey, Purpose};
use ledger::{Clock, Fault, Health, Ledger};
use projections::{Entry, Stood, Views, number_digest};
use tokio::sync::Semaphore;

use super::{
    answered::{Answered, Checks, Held, Source},
    held,
    mask::masked,
    page::Tick,
};

/// Files that are taken apart at the same time: each keeps a core busy for a moment, a picture for a longer one.
const READERS: usize = 2;

/// Answers whether a certificate holds. Writes nothing.
pub struct Verifier {
    views: Views,
    ledger: Ledger,
    /// The log's public keys.
    log_keys: Vec<PublicKey>,
    /// The largest size of the log under a signature that was checked here. What a checkpoint has committed to stays
    /// committed, so this only grows.
    committed: AtomicU64,
    trust: Arc<Trust>,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    host: String,
    pictures: Arc<Semaphore>,
    pdfs: Arc<Semaphore>,
}

impl Verifier {
    /// Over the register, with what is trusted; `host` is printed on certificates and serves the pages.
    #[must_use]
    pub fn new(
        views: Views,
        ledger: Ledger,
        trust: Arc<Trust>,
        catalogue: Arc<Catalogue>,
        clock: Arc<dyn Clock>,
        host: String,
    ) -> Self {
        let log_keys = trust.directory.keys().iter();
        Self {
            views,
            ledger,
            log_keys: log_keys
                .filter(|key| key.purpose == Purpose::Checkpoint && key.compromised.is_none())
                .map(|key| key.public_key.clone())
                .collect(),
            committed: AtomicU64::new(0),
            trust,
            catalogue,
            clock,
            host,
            pictures: Arc::new(Semaphore::new(READERS)),
            pdfs: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// The host at which the pages are.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the register says of a number, and whether it held on a day if one is named; `None` when nobody has it, which
    /// is also said of one that was not issued yet. The name is masked: whoever asks has shown nothing but a number.
    ///
    /// # Errors
    /// [`Fault`]: an outage never reads as "there is none".
    pub async fn by_number(&self, number: &CertificateNumber, on: Option<Date>) -> Result<Option<Answered>, Fault> {
        let Some(entry) = self.registered(number).await? else {
            return Ok(None);
        };
        let at = self.clock.now();
        let status = StatusAnswer::Known(self.standing(&entry, at).await);
        let verdict = certificates::verify(&Evidence::Number(number.clone()), &self.trust, &status, at);
        let on = on.map(|day| held_on(day, &verdict, &status, &self.trust, at));
        let certificate = Held {
            number: number.clone(),
            service: entry.service.clone(),
            title: held::title(&self.catalogue, &entry.service),
            issued_on: entry.issued_on,
            expires_on: entry.expires_on,
            masked: true,
            lines: self.name_on(&entry).await?.map(held::name).into_iter().collect(),
        };
        Ok(Some(answered(verdict, Some(certificate), on, at)))
    }

    /// The verdict on the text of a printed code: its address, or the letters in it.
    ///
    /// # Errors
    /// [`Fault`] when the text is a number and the register does not answer. For a credential an outage is a verdict.
    pub async fn by_token(&self, text: &str, on: Option<Date>) -> Result<Answered, Fault> {
        match read::text(text).evidence(Sent::Qr) {
            Ok(evidence) => self.judged(evidence, on).await,
            Err(verdict) => Ok(self.nothing_read(*verdict, on)),
        }
    }

    /// Whether a text in place of a printed code only names a certificate: such a question is one by number.
    #[must_use]
    pub fn is_by_number(text: &str) -> bool {
        matches!(read::text(text).evidence(Sent::Qr), Ok(Evidence::Number(_)))
    }

    fn nothing_read(&self, verdict: Verdict, on: Option<Date>) -> Answered {
        let at = self.clock.now();
        let on = on.map(|day| held_on(day, &verdict, &StatusAnswer::Unavailable, &self.trust, at));
        answered(verdict, None, on, at)
    }

    /// The verdict on a photo or scan of the paper, on the PDF, or on a W3C credential; `None` when it is none of these.
    ///
    /// # Errors
    /// As [`Verifier::by_token`].
    pub async fn by_file(&self, bytes: Vec<u8>, on: Option<Date>) -> Result<Option<Answered>, Fault> {
        match self.read(bytes).await? {
            Ok(evidence) => Ok(Some(self.judged(evidence, on).await?)),
            Err(verdict) if verdict.reason == Reason::WrongType => Ok(None),
            Err(verdict) => Ok(Some(self.nothing_read(*verdict, on))),
        }
    }

    /// What a PDF proves, whole and issued by us as it is, whatever its standing.
    pub(super) async fn by_pdf(&self, bytes: Vec<u8>) -> Result<Proven, Fault> {
        let Ok(evidence) = self.read(bytes).await? else {
            return Ok(Proven::No);
        };
        let Evidence::Pdf(pdf) = &evidence else {
            return Ok(Proven::No);
        };
        let Some(entry) = self.registered(&pdf.token().claims().number).await? else {
            return Ok(Proven::No);
        };
        let proof = Proof {
            certificate: entry.id,
            token: pdf.token().clone(),
            record: pdf.record().to_vec(),
            salt: pdf.salt().to_vec(),
        };
        let answered = self.judged(evidence, None).await?;
        let whole = [
            &answered.checks.signature,
            &answered.checks.record,
            &answered.checks.document,
        ];
        let whole = whole.into_iter().all(|tick| *tick == Tick::Yes);
        Ok(if whole && answered.answer.is_genuine() {
            Proven::Genuine(Box::new(proof))
        } else {
            Proven::No
        })
    }

    async fn read(&self, bytes: Vec<u8>) -> Result<Result<Evidence, Box<Verdict>>, Fault> {
        let (sent, readers) = if bytes.starts_with(b"%PDF-") {
            (Sent::Pdf, &self.pdfs)
        } else {
            (Sent::Qr, &self.pictures)
        };
        // Nobody closes the semaphore.
        let turn = readers.clone().acquire_owned().await.map_err(|_| Fault::Closed)?;
        // The reader holds the permit, for it goes on also when whoever asked has hung up.
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read::upload(&bytes, &Limits::default())
        });
        let found = reading.await.map_err(|_| Fault::Stopped)?;
        Ok(found.evidence(sent))
    }

    async fn judged(&self, evidence: Evidence, on: Option<Date>) -> Result<Answered, Fault> {
        if let Evidence::Number(number) = &evidence {
            let at = self.clock.now();
            return Ok(self
                .by_number(number, on)
                .await?
                .unwrap_or_else(|| Answered::unreadable(Reason::NotFound.code(), Source::Number, at)));
        }
        let entry = match evidence.number() {
            Some(number) => self.registered(number).await,
            None => Ok(None),
        };
        let at = self.clock.now();
        let status = match entry {
            Ok(Some(entry)) => StatusAnswer::Known(self.standing(&entry, at).await),
            Ok(None) => StatusAnswer::NoSuchCertificate,
            Err(fault) => {
                tracing::error!(
                    error = &fault as &dyn std::error::Error,
                    "the register did not answer a check"
                );
                StatusAnswer::Unavailable
            }
        };
        let verdict = certificates::verify(&evidence, &self.trust, &status, at);
        let on = on.map(|day| held_on(day, &verdict, &status, &self.trust, at));
        let certificate = held::proven(&self.catalogue, &verdict);
        Ok(answered(verdict, certificate, on, at))
    }

    /// What the register and the log say of an entry, now.
    async fn standing(&self, entry: &Entry, at: Timestamp) -> Standing {
        let digest = |hex: &String| HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok();
        let issued = entry.issued.as_ref();
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
            pdf_digest: issued.and_then(|issued| digest(&issued.pdf_digest)),
            credential_digest: issued.and_then(|issued| digest(&issued.credential_digest)),
            log: self.logged(entry.prepared_at_position).await,
            demo: entry.demo,
        }
    }

    /// Whether a signed checkpoint commits to this position. An outage is told once, here. A store that does not match its
    /// signed history may have lost a revocation: its log says nothing.
    async fn logged(&self, position: u64) -> Logged {
        if self.ledger.health() != Health::Sound {
            return Logged::Unavailable;
        }
        let known = self.committed.load(Ordering::Acquire);
        if (1..=known).contains(&position) {
            return Logged::Committed { position, size: known };
        }
        let checkpoint = match self.ledger.latest_checkpoint().await {
            Ok(Some(checkpoint)) => checkpoint,
            Ok(None) => {
                tracing::error!("the log has no checkpoint, so no certificate can be said to be in it");
                return Logged::Unavailable;
            }
            Err(fault) => {
                tracing::error!(
                    error = &fault as &dyn std::error::Error,
                    "the log's checkpoint did not answer a check"
                );
                return Logged::Unavailable;
            }
        };
        let ours = checkpoint.origin == self.ledger.settings().log_origin;
        match checkpoint.verify(&self.log_keys) {
            Ok(_) if ours => {
                self.committed.fetch_max(checkpoint.size, Ordering::AcqRel);
                Logged::Committed {
                    position,
                    size: checkpoint.size,
                }
            }
            _ => {
                tracing::error!(
                    size = checkpoint.size,
                    "the log's checkpoint is not signed as it should be"
                );
                Logged::Unavailable
            }
        }
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

/// What a PDF proves.
pub(super) enum Proven {
    /// The whole certificate.
    Genuine(Box<Proof>),
    /// Not that.
    No,
}

/// What a genuine PDF carries.
pub(super) struct Proof {
    /// The certificate's identifier in the register.
    pub(super) certificate: String,
    pub(super) token: Token,
    pub(super) record: Vec<u8>,
    pub(super) salt: Vec<u8>,
}

/// A verdict as it is told.
fn answered(verdict: Verdict, certificate: Option<Held>, on: Option<OnDay>, at: Timestamp) -> Answered {
    let (log_position, log_size) = match (verdict.checks.log, verdict.log, verdict.proven) {
        (Check::Pass, Logged::Committed { position, size }, _) => (Some(position), Some(size)),
        (Check::Pass, _, Some(proven)) => (Some(proven.position), Some(proven.size)),
        _ => (None, None),
    };
    let checks = Checks {
        signature: tick(verdict.checks.signature),
        record: tick(verdict.checks.record),
        document: tick(verdict.checks.document),
        log: tick(verdict.checks.log),
        log_position,
        log_size,
        status: tick(verdict.checks.status),
        not_checked: verdict
            .not_checked
            .iter()
            .map(|(name, reason)| (name.code(), reason.code()))
            .collect(),
    };
    Answered {
        record: verdict.record,
        answer: verdict.code,
        reason: verdict.reason.code(),
        differs: verdict
            .differs
            .into_iter()
            .map(|field| (field.code, field.label))
            .collect(),
        certificate,
        checks,
        time_stamp: verdict.stamped.map(|stamped| (stamped.at, stamped.trusted)),
        source: match verdict.source {
            Sent::Qr => Source::Qr,
            Sent::Pdf => Source::Pdf,
            Sent::Vc => Source::Vc,
            Sent::Number => Source::Number,
        },
        date: if verdict.code == VerdictCode::Expired {
            verdict.expires
        } else {
            verdict.since.map(ist_date)
        },
        until: verdict.until,
        newer: verdict.superseded_by,
        on,
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
