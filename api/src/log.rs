//! The published log: checkpoint, hash tiles and entry bundles as static files under `/log` (C2SP tlog-tiles), and the proof that
//! a certificate is in it. Nothing here is personal: a leaf holds hashes, the kind of event and its time.

use axum::{
    Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use data_encoding::HEXLOWER;
use domain::{CertificateNumber, NumberError};
use ledger::{
    TILE_WIDTH,
    proof::ProofError,
    tiles::{Kind, TilePath},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{guard::Peer, problem::Problem, state::App};

/// The latest published checkpoint.
pub(crate) const CHECKPOINT: &str = "/log/checkpoint";
/// Tiles and bundles.
pub(crate) const TILES: &str = "/log/tile/{*path}";
/// The proof of a certificate.
pub(crate) const PROOF: &str = "/api/v1/certificates/{number}/proof";

/// A full tile never changes, and neither do the first hashes of it; a partial one is not asked for again once it is full.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600, immutable";
/// A checkpoint is made every second.
const FOR_A_MOMENT: &str = "public, max-age=1";

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(CHECKPOINT, get(checkpoint))
        .route(TILES, get(tile))
        .route(PROOF, get(proof))
}

/// `GET /log/checkpoint`.
async fn checkpoint(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let published = app.state.ledger.published_checkpoint().await?;
    let checkpoint = published.ok_or_else(Problem::not_found)?;
    Ok(file(&headers, TEXT, FOR_A_MOMENT, checkpoint.note.into_bytes()))
}

/// `GET /log/tile/…`. The path is read as it was sent: one spelling for one tile, whatever it might decode to.
async fn tile(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let path = uri.path().strip_prefix("/log/").unwrap_or_default();
    let path: TilePath = path.parse().map_err(|_| Problem::not_found())?;
    let ledger = &app.state.ledger;
    let bytes = match path.kind {
        Kind::Hashes(level) => {
            let hashes = ledger.tile(level, path.index, path.width).await?;
            hashes.map(|hashes| hashes.concat())
        }
        Kind::Entries => ledger.entries(path.index, path.width).await?,
    };
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    let keep = if path.width == TILE_WIDTH {
        FOR_EVER
    } else {
        FOR_AN_HOUR
    };
    Ok(file(&headers, BYTES, keep, bytes))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// What the credential names by its position.
    Prepared,
    /// That it was signed.
    #[default]
    Issued,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    event: Which,
}

/// `GET /api/v1/certificates/{number}/proof`: a `.tlog-proof` whose extra data is the leaf.
async fn proof(
    State(app): State<App>,
    peer: Peer,
    Path(number): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::malformed())?;
    if let Err(seconds) = app.lookups.take(peer) {
        return Err(Problem::too_many().after(seconds));
    }
    let number: CertificateNumber = number.parse().map_err(|error| match error {
        NumberError::Check => Problem::number_mistyped(),
        NumberError::Shape => Problem::malformed(),
    })?;
    let state = &app.state;
    let digest = projections::number_digest(&number);
    let entry = state.views.certificate_by_number(&digest).await?;
    // One that is prepared and not issued is answered like one that nobody has.
    let entry = entry
        .filter(|entry| entry.issued.is_some())
        .ok_or_else(Problem::number_unknown)?;
    let wanted = match asked.event {
        Which::Prepared => "certificate.prepared",
        Which::Issued => "certificate.issued",
    };
    let events = state.ledger.stream("certificate", &entry.id).await?;
    let event = events.iter().find(|event| event.event_type == wanted);
    let position = event.ok_or_else(Problem::not_in_the_log_yet)?.position;
    let bundle = match state.ledger.proof_bundle(position).await {
        Ok(bundle) => bundle,
        Err(ProofError::OutOfRange { .. }) => return Err(Problem::not_in_the_log_yet().after(1)),
        Err(ProofError::Store(fault)) => return Err(fault.into()),
    };
    let mut response = file(&headers, TEXT, FOR_A_MOMENT, bundle.to_string().into_bytes());
    let name = HeaderValue::from_static("attachment; filename=\"certificate.tlog-proof\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// A static file: with a name for its content, so that whoever has it need not load it again. The name is a weak one because
/// the frame may compress what it stands on.
pub(crate) fn file(asked: &HeaderMap, media_type: &'static str, keep: &'static str, bytes: Vec<u8>) -> Response {
    let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
    let tag = format!("W/\"{}\"", hash.get(..32).unwrap_or_default());
    let same = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim() == tag || value.trim() == "*");
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, media_type)], bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    // The log is for everybody, also for a page of somebody else that checks it.
    let anybody = HeaderValue::from_static("cross-origin");
    headers.insert("cross-origin-resource-policy", anybody);
    response
}
