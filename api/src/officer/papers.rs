//! The bytes of an uploaded paper or voice note. Whatever a citizen sent runs nothing in the officer's browser: the type is the one that
//! was found by content, nothing is sniffed, and the content policy puts it into a sandbox.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::file::open;
use crate::{guard::PAPER, problem::Problem, session::SignedIn, state::App, turn};

/// `GET /officer/files/{number}/papers/{place}`; counting from 1.
pub(super) async fn show(
    signed_in: SignedIn,
    State(app): State<App>,
    Path((number, place)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let file = open(&app, &signed_in, &number).await?;
    let paper = place
        .checked_sub(1)
        .and_then(|index| file.papers.get(index))
        .ok_or_else(Problem::not_found)?;
    let bytes = kept(&app, &paper.digest).await?;
    let (media_type, shown) = match paper.media_type.as_str() {
        "image/jpeg" => ("image/jpeg", "inline"),
        "image/png" => ("image/png", "inline"),
        "application/pdf" => ("application/pdf", "attachment"),
        _ => ("application/octet-stream", "attachment"),
    };
    let ending = media_type
        .rsplit('/')
        .next()
        .unwrap_or("bin")
        .replace("octet-stream", "bin");
    let disposition = format!("{shown}; filename=\"{}-{place}.{ending}\"", file.number);
    sent(media_type, &disposition, bytes)
}

/// `GET /officer/files/{number}/voice/{place}`; counting from 1. A download: the officer's own player plays it.
pub(super) async fn voice(
    signed_in: SignedIn,
    State(app): State<App>,
    Path((number, place)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let file = open(&app, &signed_in, &number).await?;
    let notes = turn::of_file(&app.state.ledger, &file).await?;
    let note = place
        .checked_sub(1)
        .and_then(|index| notes.get(index))
        .ok_or_else(Problem::not_found)?;
    let bytes = kept(&app, &note.digest).await?;
    let (media_type, ending) = match note.media_type.as_str() {
        "audio/ogg" => ("audio/ogg", "ogg"),
        "audio/mpeg" => ("audio/mpeg", "mp3"),
        "audio/mp4" => ("audio/mp4", "m4a"),
        "audio/amr" => ("audio/amr", "amr"),
        "audio/aac" => ("audio/aac", "aac"),
        _ => ("application/octet-stream", "bin"),
    };
    let disposition = format!("attachment; filename=\"{}-voice-{place}.{ending}\"", file.number);
    sent(media_type, &disposition, bytes)
}

async fn kept(app: &App, digest: &str) -> Result<Vec<u8>, Problem> {
    app.state
        .documents
        .get(digest)
        .await
        .map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a paper could not be read");
            Problem::unavailable().after(5)
        })?
        .ok_or_else(Problem::not_found)
}

fn sent(media_type: &'static str, disposition: &str, bytes: Vec<u8>) -> Result<Response, Problem> {
    let disposition = HeaderValue::try_from(disposition).map_err(|_| Problem::internal())?;
    Ok((
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAPER)),
        ],
        bytes,
    )
        .into_response())
}
