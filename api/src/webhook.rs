//! Where the channel delivers. The signature is over the raw bytes, so these are checked and kept before anything is parsed,
//! and 200 is answered only when they are durable. What they mean is worked out afterwards (`turn`).

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use whatsapp::signature::{HandshakeQuery, SIGNATURE_HEADER, SignatureError, handshake};

use crate::{problem::Problem, state::App};

/// A delivery is at most 3 MB by the channel's own word; a little more is room for its envelope.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The channel's address.
pub(crate) const PATH: &str = "/webhooks/whatsapp";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(register).post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// `GET`: the channel asks whether this address is ours.
async fn register(State(app): State<App>, Query(query): Query<HandshakeQuery>) -> Result<Response, Problem> {
    let challenge = handshake(&query, &app.state.verify_token).map_err(|_| Problem::webhook_handshake())?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], challenge).into_response())
}

/// `POST`: a delivery.
async fn receive(
    State(app): State<App>,
    headers: HeaderMap,
    raw: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let raw = raw.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let signature = headers.get(SIGNATURE_HEADER).map(|value| value.as_bytes());
    let checked = app
        .secrets
        .as_ref()
        .ok_or(SignatureError::NoSecret)
        .and_then(|secrets| secrets.verify(signature, &raw));
    if let Err(error) = checked {
        tracing::warn!(%error, "a delivery was refused");
        return Err(Problem::webhook_signature());
    }
    app.state.inbox.store(&raw).await?;
    Ok(StatusCode::OK)
}
