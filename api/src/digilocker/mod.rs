//! The interface through which DigiLocker fetches a certificate for its holder ("Issuer API Specification" of the National e-Governance Division):
//! Pull URI (version 3.0) and Pull Doc (as in version 1.12). Off unless it is configured; server to server.
//!
//! ```text
//! raw bytes ─▶ HMAC ─▶ XML without DTD ─▶ organisation, keyhash, time ─▶ how often ─▶ number, name, date of birth ─▶ in force? ─▶ once only ─▶ answer
//! ```
//!
//! Who may ask is settled before anything is parsed. What is asked for and is not there, is of somebody else, or does not hold, has one
//! answer. What the interface rests on, and what must be settled before it is used, is in docs/decisions/0041.

mod answer;
mod once;
mod person;
mod request;

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use certificates::{Record, VerdictCode};
use data_encoding::BASE64URL_NOPAD;
use domain::{AnyEvent, CertificateNumber, catalogue::Catalogue, certificate::Event};
use ledger::Fault;
use sha2::{Digest, Sha256};

use crate::{problem::Problem, state::App};
use answer::{Found, answer};
use request::{Asked, Refused, Wanted};

/// The one request of version 3.0.
pub(crate) const PULL_URI: &str = "/digilocker/pulluri";
/// The second one of earlier versions.
pub(crate) const PULL_DOC: &str = "/digilocker/pulldoc";

/// The header with the HMAC over the body.
const HMAC_HEADER: &str = "x-digilocker-hmac";
/// A request without a photograph has one or two.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// A key that is shorter could be tried out.
const API_KEY_CHARACTERS_MIN: usize = 16;
/// The longest type of a document; five letters are recommended.
const DOC_TYPE_LETTERS_MAX: usize = 10;

/// What DigiLocker and the office have agreed on.
#[derive(Clone)]
pub struct DigiLocker {
    org_id: String,
    issuer_id: String,
    api_key: Vec<u8>,
    /// The service of each type of document.
    services: BTreeMap<String, Kind>,
}

/// A service whose certificates may be pulled.
#[derive(Clone)]
struct Kind {
    service: String,
    letters: String,
}

impl std::fmt::Debug for DigiLocker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DigiLocker({})", self.issuer_id)
    }
}

/// What was agreed on cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigiLockerError {
    /// The key could be tried out.
    #[error("DigiLocker's API key needs at least {API_KEY_CHARACTERS_MIN} characters")]
    Key,
    /// No organisation or issuer, or one with other characters than letters, digits and dots.
    #[error("DigiLocker's {0} consists of letters, digits, dots and underscores")]
    Name(&'static str),
    /// A type of document that is none.
    #[error("\"{0}\" is no type of document: a service, \"=\", and up to {DOC_TYPE_LETTERS_MAX} capital letters")]
    DocType(String),
    /// A type or service is named twice.
    #[error("\"{0}\" is named twice")]
    Twice(String),
    /// Nothing could be pulled.
    #[error("DigiLocker needs at least one type of document")]
    Nothing,
}

impl DigiLocker {
    /// `doc_types` are pairs `SERVICE=TYPE`.
    ///
    /// # Errors
    /// [`DigiLockerError`].
    pub fn try_new(
        org_id: String,
        issuer_id: String,
        api_key: &str,
        doc_types: &[String],
        catalogue: &Catalogue,
    ) -> Result<Self, DigiLockerError> {
        let named = |text: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
            !text.is_empty() && text.len() <= 100 && text.chars().all(plain)
        };
        if !named(&org_id) {
            return Err(DigiLockerError::Name("organisation id"));
        }
        if !named(&issuer_id) {
            return Err(DigiLockerError::Name("issuer id"));
        }
        if api_key.chars().count() < API_KEY_CHARACTERS_MIN {
            return Err(DigiLockerError::Key);
        }
        let mut services: BTreeMap<String, Kind> = BTreeMap::new();
        for pair in doc_types {
            let wrong = || DigiLockerError::DocType(pair.clone());
            let (service, doc_type) = pair.trim().split_once('=').ok_or_else(wrong)?;
            let service = catalogue.get(service).ok_or_else(wrong)?;
            let letters = doc_type.bytes().all(|b| b.is_ascii_uppercase());
            if !letters || !(1..=DOC_TYPE_LETTERS_MAX).contains(&doc_type.len()) {
                return Err(wrong());
            }
            let kind = Kind {
                service: service.code.clone(),
                letters: service.letters.clone(),
            };
            let again = services.values().any(|known| known.service == kind.service);
            if again || services.insert(doc_type.to_owned(), kind).is_some() {
                return Err(DigiLockerError::Twice(pair.clone()));
            }
        }
        if services.is_empty() {
            return Err(DigiLockerError::Nothing);
        }
        Ok(Self {
            org_id,
            issuer_id,
            api_key: api_key.as_bytes().to_vec(),
            services,
        })
    }

    /// The address of a certificate in DigiLocker: issuer, type, and the twelve characters of its number that are its own.
    fn uri(&self, doc_type: &str, number: &CertificateNumber) -> String {
        let own = number.plain().get(4..).unwrap_or_default();
        format!("{}-{doc_type}-{own}", self.issuer_id)
    }

    /// Takes such an address apart.
    fn resolve(&self, uri: &str) -> Option<(&str, CertificateNumber)> {
        let rest = uri.strip_prefix(&self.issuer_id)?.strip_prefix('-')?;
        let (doc_type, own) = rest.split_once('-')?;
        let (doc_type, kind) = self.services.get_key_value(doc_type)?;
        let number: CertificateNumber = format!("DL{}{own}", kind.letters).parse().ok()?;
        // One spelling for one certificate.
        (self.uri(doc_type, &number) == uri).then_some((doc_type, number))
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(PULL_URI, post(pull_uri))
        .route(PULL_DOC, post(pull_doc))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// `POST /digilocker/pulluri`: a holder looks for a certificate.
async fn pull_uri(
    State(app): State<App>,
    headers: HeaderMap,
    raw: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    pull(&app, &headers, raw, request::PULL_URI).await
}

/// `POST /digilocker/pulldoc`: a holder opens one that they found.
async fn pull_doc(
    State(app): State<App>,
    headers: HeaderMap,
    raw: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    pull(&app, &headers, raw, request::PULL_DOC).await
}

async fn pull(
    app: &App,
    headers: &HeaderMap,
    raw: Result<Bytes, BytesRejection>,
    root: &'static str,
) -> Result<Response, Problem> {
    let agreed = app.state.digilocker.as_ref().ok_or_else(Problem::not_found)?;
    let raw = raw.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let now = app.state.clock.now();
    let hmac = headers.get(HMAC_HEADER).map(|value| value.as_bytes());
    let asked = request::read(agreed, hmac, &raw, root, now).map_err(refused)?;
    // How often for one account: a number, a name and a date are not to be tried out.
    app.lockers
        .take(locker_key(&asked.locker))
        .map_err(|seconds| Problem::too_many().after(seconds))?;
    let found = find(app, agreed, &asked).await?;
    // A request counts once: whoever repeats it, with every byte right, gets nothing. Only then is anything answered.
    let grant = found.as_ref().map(|found| once::grant(&found.uri, &asked.locker));
    once::spend(&app.state.ledger, &asked, grant, now)
        .await
        .map_err(|error| match error {
            once::SpendError::Again => refused(Refused::Again),
            once::SpendError::Store(error) => (*error).into(),
        })?;
    if let Some(found) = &found {
        tracing::info!(
            certificate = found.certificate,
            request = root,
            "a certificate was handed to DigiLocker"
        );
    }
    let body = answer(&asked, root, found.as_ref());
    let kind = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((StatusCode::OK, kind, body).into_response())
}

/// One answer for every request that is not DigiLocker's, not of now, or not the first of its kind.
fn refused(why: Refused) -> Problem {
    if why == Refused::Form {
        return Problem::malformed();
    }
    tracing::warn!(reason = why.code(), "a request in the name of DigiLocker was refused");
    Problem::digilocker_refused()
}

fn locker_key(locker: &str) -> [u8; 32] {
    Sha256::digest(locker.as_bytes()).into()
}

/// The certificate that is asked for, if it is this person's and holds. An outage is an outage and never "there is none".
async fn find(app: &App, agreed: &DigiLocker, asked: &Asked) -> Result<Option<Found>, Problem> {
    let state = &app.state;
    let (doc_type, number) = match &asked.wanted {
        Wanted::Search { doc_type, number, .. } => match (agreed.services.get_key_value(doc_type), number.parse()) {
            (Some((doc_type, kind)), Ok(number)) if CertificateNumber::letters(&number) == kind.letters => {
                (doc_type.as_str(), number)
            }
            _ => return Ok(None),
        },
        Wanted::Document { uri } => match agreed.resolve(uri) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let uri = agreed.uri(doc_type, &number);
    let entry = state
        .views
        .certificate_by_number(&projections::number_digest(&number))
        .await?;
    let (Some(entry), Some(answered)) = (entry, state.verifier.by_number(&number, None).await?) else {
        return Ok(None);
    };
    let Some(issued) = entry.issued.as_ref() else {
        return Ok(None);
    };
    let Some(record) = record(app, &entry.id).await? else {
        return Ok(None);
    };
    let theirs = match &asked.wanted {
        Wanted::Search { name, born, .. } => person::is(&record, name, *born),
        Wanted::Document { .. } => once::was_granted(&state.ledger, &uri, &asked.locker).await?,
    };
    match answered.answer {
        VerdictCode::Valid => {}
        // The log or a key is out of order: that is ours to mend, and not an answer about the person.
        VerdictCode::Unknown | VerdictCode::Unreadable => return Err(Problem::unavailable().after(5)),
        _ => return Ok(None),
    }
    if !theirs {
        return Ok(None);
    }
    let pdf = state.documents.get(&issued.pdf_digest).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            certificate = entry.id,
            "an issued file cannot be read"
        );
        Problem::unavailable().after(5)
    })?;
    let pdf = pdf.ok_or_else(|| {
        tracing::error!(certificate = entry.id, "an issued file is not in the documents folder");
        Problem::unavailable().after(60)
    })?;
    Ok(Some(Found {
        certificate: entry.id,
        doc_type: doc_type.to_owned(),
        uri,
        record,
        pdf,
    }))
}

/// What the certificate says; `None` once the holder's data has been erased.
async fn record(app: &App, certificate: &str) -> Result<Option<Record>, Fault> {
    for recorded in app.state.ledger.stream("certificate", certificate).await? {
        let corrupt = |what: &str| Fault::Corrupt {
            position: recorded.position,
            what: what.to_owned(),
        };
        let event = AnyEvent::decode(&recorded.aggregate_type, &recorded.body);
        let event = event.map_err(|_| corrupt("no event of a certificate"))?;
        if let AnyEvent::Certificate(Event::Prepared { record, .. }) = event {
            let Some(encoded) = record.value() else { return Ok(None) };
            let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok();
            let record = bytes.and_then(|bytes| Record::decode(&bytes).ok());
            return record.map(Some).ok_or_else(|| corrupt("no record"));
        }
    }
    Ok(None)
}
