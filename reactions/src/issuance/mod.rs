//! From an approval, or from the order to replace a certificate, to a signed certificate.
//!
//! ```text
//! approved ─▶ Prepared (number, record, digest) ─▶ checkpoint over it ─▶ credential ─▶ PDF ─▶ signature ─▶ checked ─▶ kept ─▶ Issued
//! ```
//!
//! A certificate that takes the place of another one: between *Prepared* and the checkpoint the other one is *Superseded*.
//!
//! *Prepared* is in the log before anything is signed. Everything after it is a function of that event, the checkpoint over it and
//! the keys: the number and the salt come from the vault by the application's number, both signatures are deterministic, and the
//! time on the paper is that of *Prepared*. So whatever crash comes in between, doing it again makes the same bytes, unless a witness
//! has cosigned meanwhile or an authority stamps the time; nothing of the first attempt has left the house then.

mod face;
mod make;
mod place;
mod proof;
mod replacement;
mod stamped;
mod time_authority;

use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::{
    AnyEvent, ApplicationNumber, ByOfficer, CertificateId, CertificateNumber, CitizenId,
    application::Event as ApplicationEvent,
    catalogue::{Answers, Service},
    certificate::{Certificate, Command, Event, Issue, LogProof, Prepare},
    ist_date,
};
use jiff::{Timestamp, civil::Date};
use keys::{KeyDirectory, Signer, Vault};
use ledger::{Fault, Ledger, Recorded};
use projections::Views;
use sha2::{Digest, Sha256};

use crate::{
    Setup,
    follow::{Reaction, ReactionError, context},
    notices::Submission,
};

pub use make::Made;
pub use time_authority::TimeAuthority;

/// Who signs certificates, and what is printed beside.
pub struct Issuer {
    /// Signs the credential in the QR.
    pub credential: Arc<dyn Signer>,
    /// Signs the PDF.
    pub pdf: Arc<dyn Signer>,
    /// The PDF signer's certificate and those above it, DER.
    pub pdf_certificates: Vec<Vec<u8>>,
    /// Gives numbers and salts.
    pub vault: Vault,
    /// The public keys, to check what was signed before it leaves.
    pub directory: KeyDirectory,
    /// The host that is printed and that stands in the QR.
    pub host: String,
    /// The WhatsApp number that is printed, if any.
    pub contact: Option<String>,
    /// Demonstration keys?
    pub demo: bool,
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IssuanceError {
    /// No service of this name is in the catalogue any more.
    #[error("no service is called {0}")]
    Service(String),
    /// The applicant's data has been erased.
    #[error("the data that would be printed has been erased")]
    Erased,
    /// An answer that must be printed is missing.
    #[error("{0} is to be printed and was not answered")]
    Answer(String),
    /// What is stored cannot be read.
    #[error("the stored {what} cannot be read")]
    Stored {
        /// What.
        what: &'static str,
    },
    /// The number could not be drawn.
    #[error("the service's letters make no certificate number")]
    Number(#[from] domain::NumberError),
    /// The record could not be written.
    #[error("the record could not be written")]
    Record(#[source] certificates::RecordError),
    /// The credential could not be made.
    #[error("the credential could not be made")]
    Credential(#[source] certificates::CredentialError),
    /// The credential in the W3C's envelope could not be made.
    #[error("the W3C credential could not be made")]
    Vc(#[source] certificates::vc::VcError),
    /// The QR could not be made.
    #[error("the QR could not be made")]
    Qr(#[source] certificates::QrError),
    /// The page could not be made.
    #[error("the PDF could not be made")]
    Pdf(#[source] certificates::pdf::PdfError),
    /// The PDF could not be signed, or the kept signature does not fit it.
    #[error("the PDF could not be signed")]
    Signature(#[source] certificates::pdf::SignatureError),
    /// The log's own key, origin or witnesses make no policy.
    #[error("the log's witnesses make no policy")]
    Policy,
    /// What was made did not pass our own check; it was thrown away.
    #[error("what was signed does not verify: {0}")]
    Check(String),
}

impl From<IssuanceError> for ReactionError {
    fn from(error: IssuanceError) -> Self {
        Self::Stuck(Box::new(error))
    }
}

pub(crate) struct Issuance;

impl Reaction for Issuance {
    const NAME: &'static str = "issuance";

    fn concerns(&self, event: &AnyEvent) -> bool {
        matches!(
            event,
            AnyEvent::Application(ApplicationEvent::Approved { .. })
                | AnyEvent::Certificate(Event::ReplacementOrdered { .. })
        )
    }

    async fn react(&self, setup: &Setup, event: &AnyEvent, recorded: &Recorded) -> Result<(), ReactionError> {
        let id = match event {
            AnyEvent::Application(ApplicationEvent::Approved { by, .. }) => {
                let application: ApplicationNumber =
                    recorded.aggregate_id.parse().map_err(|_| IssuanceError::Stored {
                        what: "application number",
                    })?;
                let id = CertificateId::for_application(&application);
                setup.pauses.pass("issuance.before_prepared").await;
                if setup.ledger.load::<Certificate>(id).await?.0 == Certificate::New {
                    prepare(setup, &application, by, recorded).await?;
                }
                id
            }
            AnyEvent::Certificate(Event::ReplacementOrdered { replacement, .. }) => {
                setup.pauses.pass("issuance.before_prepared").await;
                if setup.ledger.load::<Certificate>(*replacement).await?.0 == Certificate::New
                    && !replacement::prepare(setup, event, recorded).await?
                {
                    return Ok(());
                }
                setup.pauses.pass("issuance.before_superseded").await;
                if !replacement::supersede(setup, *replacement, recorded).await? {
                    return Ok(());
                }
                *replacement
            }
            _ => return Ok(()),
        };
        setup.pauses.pass("issuance.after_prepared").await;
        let (prepared, position) = match Intent::load(&setup.ledger, id).await? {
            Some(Intent {
                prepared,
                position,
                issued: None,
            }) => (prepared, position),
            Some(Intent { issued: Some(_), .. }) => return Ok(()),
            None => return Err(IssuanceError::Stored { what: "intent" }.into()),
        };
        // The log commits to the intent before a key is used.
        setup
            .ledger
            .checkpoint(&*setup.checkpoint_signer)
            .await
            .map_err(|error| ReactionError::Again(Box::new(error)))?;
        let proof = proof::carried(setup, position).await?;
        setup.pauses.pass("issuance.after_checkpoint").await;

        let (made, time_stamp) = stamped::file(setup, prepared, position, proof.clone()).await?;
        setup.pauses.pass("issuance.after_signing").await;
        setup
            .documents
            .put(made.pdf.clone())
            .await
            .map_err(|error| ReactionError::Again(Box::new(error)))?;
        setup.pauses.pass("issuance.before_issued").await;

        let command = Command::Issue(Box::new(Issue {
            log_position: position,
            credential_key: setup.issuer.credential.key_id().to_string(),
            credential: BASE64URL_NOPAD.encode(&made.credential),
            credential_digest: hex(&made.credential),
            unsigned_digest: made.unsigned_digest,
            cms: data_encoding::BASE64.encode(&made.cms),
            pdf_digest: hex(&made.pdf),
            pdf_bytes: u64::try_from(made.pdf.len()).unwrap_or(u64::MAX),
            proof: Some(proof),
            time_stamp,
            vc_signature: Some(BASE64URL_NOPAD.encode(&made.vc_signature)),
            at: setup.clock.now(),
        }));
        let context = context(&format!("issue {id}"), recorded.meta.correlation_id, Some(position));
        setup.ledger.execute::<Certificate>(id, command, context).await?;
        setup.pauses.pass("issuance.after_issued").await;
        Ok(())
    }
}

/// Writes the intent.
async fn prepare(
    setup: &Setup,
    application: &ApplicationNumber,
    by: &ByOfficer,
    approved: &Recorded,
) -> Result<(), ReactionError> {
    let submission = Submission::load(setup, &application.to_string()).await?;
    let service = setup
        .catalogue
        .get(&submission.service)
        .ok_or_else(|| IssuanceError::Service(submission.service.clone()))?;
    let answers = submission.answers.as_ref().ok_or(IssuanceError::Erased)?;
    let at = setup.clock.now();
    let issued_on = ist_date(at);
    let expires_on = service.validity.last_day(issued_on, answers);
    let intent = NewIntent {
        service,
        answers,
        application,
        holder: submission.citizen,
        issued_on,
        expires_on,
        by,
        version: 1,
        replaces: None,
        at,
    };
    intent.write(setup, approved).await
}

/// What a certificate is to be made from.
struct NewIntent<'a> {
    service: &'a Service,
    answers: &'a Answers,
    application: &'a ApplicationNumber,
    holder: CitizenId,
    issued_on: Date,
    expires_on: Option<Date>,
    by: &'a ByOfficer,
    version: u32,
    replaces: Option<CertificateId>,
    at: Timestamp,
}

impl NewIntent<'_> {
    async fn write(&self, setup: &Setup, cause: &Recorded) -> Result<(), ReactionError> {
        let issuer = &setup.issuer;
        let name = name_of(self.application, self.version);
        let number = draw_number(&issuer.vault, &self.service.letters, &name)?;
        let salt = draw_salt(&issuer.vault, &name);
        let record = face::record(
            self.service,
            self.answers,
            &number,
            self.issued_on,
            self.expires_on,
            self.by,
            issuer.demo,
        )?;
        let encoded = record.encode().map_err(IssuanceError::Record)?;
        let digest = certificates::record_digest(&encoded, &salt);
        let id = CertificateId::for_version(self.application, self.version);
        let facts = Prepare {
            number_digest: projections::number_digest(&number),
            number,
            application: self.application.clone(),
            service: self.service.code.clone(),
            holder: self.holder,
            record: BASE64URL_NOPAD.encode(&encoded),
            salt: BASE64URL_NOPAD.encode(&salt),
            record_digest: HEXLOWER.encode(&digest),
            issued_on: self.issued_on,
            expires_on: self.expires_on,
            approved_by: self.by.clone(),
            version: self.version,
            replaces: self.replaces,
            status_index: None,
            demo: issuer.demo,
            host: issuer.host.clone(),
            contact: issuer.contact.clone(),
            at: self.at,
        };
        let views = Views::new(setup.ledger.clone(), setup.catalogue.clone());
        let cause = (cause.position, cause.meta.correlation_id);
        place::store((&setup.ledger, &views), id, facts, cause).await
    }
}

/// What number and salt are drawn for: the application, and which of its certificates.
fn name_of(application: &ApplicationNumber, version: u32) -> String {
    match version {
        1 => application.to_string(),
        later => format!("{application}/{later}"),
    }
}

/// The number of a certificate: chance to everybody without the vault's key, and the same each time.
fn draw_number(vault: &Vault, letters: &str, name: &str) -> Result<CertificateNumber, IssuanceError> {
    let drawn = vault.blind("certificate number", name.as_bytes());
    let mut random = [0; 8];
    random.copy_from_slice(drawn.first_chunk::<8>().unwrap_or(&[0; 8]));
    Ok(CertificateNumber::from_random(letters, u64::from_be_bytes(random))?)
}

fn draw_salt(vault: &Vault, name: &str) -> [u8; 16] {
    let drawn = vault.blind("record salt", name.as_bytes());
    let mut salt = [0; 16];
    salt.copy_from_slice(drawn.first_chunk::<16>().unwrap_or(&[0; 16]));
    salt
}

/// The intent to issue a certificate, and what became of it.
pub(crate) struct Intent {
    pub(crate) prepared: Event,
    pub(crate) position: u64,
    pub(crate) issued: Option<Event>,
}

impl Intent {
    async fn load(ledger: &Ledger, id: CertificateId) -> Result<Option<Self>, Fault> {
        let mut intent: Option<Self> = None;
        for recorded in ledger.stream("certificate", &id.to_string()).await? {
            let corrupt = |_| Fault::Corrupt {
                position: recorded.position,
                what: "no event of a certificate".to_owned(),
            };
            match AnyEvent::decode(&recorded.aggregate_type, &recorded.body).map_err(corrupt)? {
                AnyEvent::Certificate(prepared @ Event::Prepared { .. }) => {
                    intent = Some(Self {
                        prepared,
                        position: recorded.position,
                        issued: None,
                    });
                }
                AnyEvent::Certificate(issued @ Event::Issued { .. }) => {
                    intent = intent.map(|intent| Self {
                        issued: Some(issued),
                        ..intent
                    });
                }
                _ => {}
            }
        }
        Ok(intent)
    }
}

/// Makes the file of an intent as issuing does, signed and checked, and stores nothing.
///
/// # Errors
/// [`IssuanceError`].
pub fn signed_file(issuer: &Issuer, prepared: &Event, position: u64, proof: &LogProof) -> Result<Made, IssuanceError> {
    make::make(issuer, prepared, position, proof)
}

/// Makes the file of an intent before its signature.
///
/// # Errors
/// [`IssuanceError`].
pub fn unsigned_file(prepared: &Event, credential: &[u8], proof: &LogProof) -> Result<Vec<u8>, IssuanceError> {
    make::unsigned(prepared, credential, proof)
}

/// What came of making an issued document again.
pub enum Reissued {
    /// The same bytes.
    Same(Vec<u8>),
    /// The holder's data has been erased: it can never be made again.
    Erased,
    /// Other bytes.
    Different,
}

/// Makes an issued document again from its events alone, with the signature that was kept: no key is used.
///
/// # Errors
/// [`Fault`] when the ledger cannot be read.
pub async fn remake(ledger: &Ledger, certificate: &str) -> Result<Reissued, Fault> {
    let Ok(id) = certificate.parse() else {
        return Ok(Reissued::Different);
    };
    let Some(Intent {
        prepared,
        issued:
            Some(Event::Issued {
                credential,
                cms,
                pdf_digest,
                proof,
                ..
            }),
        ..
    }) = Intent::load(ledger, id).await?
    else {
        return Ok(Reissued::Different);
    };
    let Some(credential) = credential.value() else {
        return Ok(Reissued::Erased);
    };
    let (Ok(credential), Ok(cms)) = (
        BASE64URL_NOPAD.decode(credential.as_bytes()),
        data_encoding::BASE64.decode(cms.as_bytes()),
    ) else {
        return Ok(Reissued::Different);
    };
    Ok(match make::again(&prepared, &credential, proof.as_ref(), &cms) {
        Ok(pdf) if hex(&pdf) == pdf_digest => Reissued::Same(pdf),
        Err(IssuanceError::Erased) => Reissued::Erased,
        Ok(_) | Err(_) => Reissued::Different,
    })
}

/// Whether the W3C credential of a certificate can be made again from its events, under a signature that holds. So it is also said of one that
/// has none, and of one whose holder's data has been erased.
///
/// # Errors
/// [`Fault`] when the ledger cannot be read.
pub async fn vc_holds(ledger: &Ledger, directory: &KeyDirectory, certificate: &str) -> Result<bool, Fault> {
    let Ok(id) = certificate.parse() else { return Ok(false) };
    let Some(Intent {
        prepared,
        issued:
            Some(Event::Issued {
                credential,
                vc_signature: Some(signature),
                ..
            }),
        ..
    }) = Intent::load(ledger, id).await?
    else {
        return Ok(true);
    };
    let Some(credential) = credential.value() else {
        return Ok(true);
    };
    let bytes = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes());
    let (Ok(credential), Ok(signature)) = (bytes(credential), bytes(&signature)) else {
        return Ok(false);
    };
    Ok(match make::vc_again(&prepared, &credential, &signature) {
        Ok(vc) => vc.verify(directory).is_ok(),
        Err(IssuanceError::Erased) => true,
        Err(_) => false,
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The lines that are printed on an issued certificate, in reading order; `None` when it is not issued or erased.
///
/// # Errors
/// [`Fault`] when the ledger cannot be read.
pub async fn printed_lines(ledger: &Ledger, certificate: &str) -> Result<Option<Vec<String>>, Fault> {
    let Ok(id) = certificate.parse() else { return Ok(None) };
    let Some(Intent {
        prepared,
        issued: Some(Event::Issued { credential, .. }),
        ..
    }) = Intent::load(ledger, id).await?
    else {
        return Ok(None);
    };
    let credential = credential
        .value()
        .and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    Ok(credential.and_then(|credential| make::lines(&prepared, &credential).ok()))
}

#[cfg(test)]
mod tests;
