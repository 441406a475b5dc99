//! The front door, and what these pages are.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    page::{Page, html, time::instant},
    state::App,
};

/// `GET /`.
#[derive(Template)]
#[template(path = "front.html")]
pub struct FrontPage {
    /// The frame.
    pub p: Page,
    /// How many events the log holds; words when it does not answer.
    pub events: String,
    /// The latest checkpoint, in words.
    pub checkpoint: Option<String>,
    /// Now, in words.
    pub now: String,
}

/// `GET /about`.
#[derive(Template)]
#[template(path = "about.html")]
pub struct AboutPage {
    /// The frame.
    pub p: Page,
}

/// `GET /`. The door opens also when the ledger does not answer: what is missing is said in its place.
pub(crate) async fn page(p: Page, State(app): State<App>) -> Response {
    let unavailable = p.t("not available now", "अभी उपलब्ध नहीं").to_owned();
    let events = app
        .state
        .ledger
        .head()
        .await
        .map_or_else(|_| unavailable.clone(), |head| head.to_string());
    let checkpoint = match app.state.ledger.latest_checkpoint().await {
        Ok(checkpoint) => checkpoint.map(|checkpoint| checkpoint.size.to_string()),
        Err(_) => Some(unavailable),
    };
    let now = p.b(&instant(app.state.clock.now())).to_owned();
    html(
        StatusCode::OK,
        &FrontPage {
            p,
            events,
            checkpoint,
            now,
        },
    )
}

/// `GET /about`.
pub(crate) async fn about(p: Page) -> Response {
    html(StatusCode::OK, &AboutPage { p })
}
