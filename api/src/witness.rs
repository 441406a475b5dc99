//! A witness's two addresses (C2SP tlog-witness): `POST /add-checkpoint` for logs that want a cosignature, and
//! `GET /<SHA-256 of the origin>/checkpoint` for whoever wants to see what was cosigned. What is decided is in `ledger::witness`.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ledger::witness::{REQUEST_BYTES_MAX, Refusal, Witness, WitnessError};

/// The routes of this witness; its submission prefix and its monitoring prefix are both where they are mounted.
pub fn router(witness: Witness) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{origin}/checkpoint", get(latest))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(witness)
}

async fn add(State(witness): State<Witness>, body: Bytes) -> Response {
    let Ok(body) = String::from_utf8(body.into()) else {
        return refused(Refusal::Malformed);
    };
    // Not cancelled when the caller hangs up, and allowed to wait for the disk.
    let answered = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    match answered {
        Ok(Ok(Ok(line))) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response(),
        Ok(Ok(Err(refusal))) => refused(refusal),
        Ok(Err(error)) => failed(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn latest(State(witness): State<Witness>, Path(origin): Path<String>) -> Response {
    let found = tokio::task::spawn_blocking(move || witness.checkpoint(&origin)).await;
    match found {
        Ok(Ok(Some(checkpoint))) => (
            [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::CACHE_CONTROL, "public, max-age=1"),
            ],
            checkpoint.note,
        )
            .into_response(),
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refusal {
        Refusal::Stale { size } => (
            status,
            [(header::CONTENT_TYPE, "text/x.tlog.size")],
            format!("{size}\n"),
        )
            .into_response(),
        other => (status, format!("{other}\n")).into_response(),
    }
}

fn failed(error: &WitnessError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "the witness could not answer");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
