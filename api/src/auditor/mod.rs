//! The log as an auditor reads it: every event in order, each on its own address, nothing personal in it.

mod checkpoint;
mod events;
mod history;
pub mod page;
mod stored;
mod verify;
mod views;
mod words;

use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{problem::Problem, state::App};

/// Routes under `/auditor`.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/auditor", get(events::log))
        .route("/auditor/events/{position}", get(events::event))
        .route("/auditor/events/{position}/proof", get(history::proof))
        .route("/auditor/as-of", get(history::as_of))
        .route("/auditor/difference", get(history::difference))
        .route("/auditor/officers/{id}", get(history::officer))
        .route("/auditor/citizens/{id}", get(history::citizen))
        .route("/auditor/export", get(history::export))
        .route("/auditor/streams/{kind}/{id}", get(events::stream))
        .route("/auditor/checkpoint", get(checkpoint::page))
        .route("/auditor/verify", get(verify::page).post(verify::run))
        .route("/auditor/views", get(views::page))
        .layer(from_fn_with_state(app.clone(), open_in_the_demonstration))
}

/// Whoever may come in. The demonstration lets everybody look; elsewhere an auditor needs a sign-in of the department's
/// own, which is not connected yet, so nobody does.
async fn open_in_the_demonstration(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.site.demo {
        next.run(request).await
    } else {
        Problem::refused().into_response()
    }
}

/// A number from a path, read as people type it.
struct At(u64);

impl FromRequestParts<App> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Problem> {
        let axum::extract::Path(text) = axum::extract::Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}
