//! The bytes of an uploaded paper. Whatever a citizen sent runs nothing in the officer's browser: the type is the one that
//! was found by content, nothing is sniffed, and the content policy puts it into a sandbox.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::file::open;
use crate::{guard::PAPER, problem::Problem, session::SignedIn, state::App};

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
    let bytes = app
        .state
        .documents
        .get(&paper.digest)
        .await
        .map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a paper could not be read");
            Problem::unavailable().after(5)
        })?
        .ok_or_else(Problem::not_found)?;
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
