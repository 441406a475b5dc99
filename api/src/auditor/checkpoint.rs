//! The latest signed checkpoint.

use axum::{extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64;

use super::page::{CheckpointPage, CheckpointView};
use crate::{
    page::{Page, html},
    problem::Problem,
    state::App,
};

/// `GET /auditor/checkpoint`.
pub(super) async fn page(p: Page, State(app): State<App>) -> Result<Response, Problem> {
    let checkpoint = app
        .state
        .ledger
        .latest_checkpoint()
        .await?
        .map(|checkpoint| CheckpointView {
            size: checkpoint.size,
            root: BASE64.encode(&checkpoint.root),
            note: checkpoint.note,
        });
    Ok(html(
        StatusCode::OK,
        &CheckpointPage {
            p,
            here: "checkpoint",
            checkpoint,
        },
    ))
}
