//! The status lists as static files under `/status`: what was revoked, suspended or replaced, for whoever checks without
//! asking us about one certificate. A list is served as it was signed and recorded; nothing in it is personal.

use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use certificates::status::{KEPT, MEDIA_TYPE, kept_key};

use crate::{log::file, problem::Problem, state::App};

/// One list.
pub(crate) const LIST: &str = "/status/{list}";

/// A change is seen within this time, and by a list's own ttl at the latest.
const FOR_A_MINUTE: &str = "public, max-age=60";

pub(crate) fn routes() -> Router<App> {
    Router::new().route(LIST, get(list))
}

/// `GET /status/{list}`. One spelling for one list: a cache must not keep it twice.
async fn list(State(app): State<App>, Path(asked): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let list: u64 = asked.parse().map_err(|_| Problem::not_found())?;
    if list.to_string() != asked {
        return Err(Problem::not_found());
    }
    let kept = app.state.ledger.row(KEPT, &kept_key(list)).await?;
    let kept = kept.ok_or_else(Problem::not_found)?;
    Ok(file(&headers, MEDIA_TYPE, FOR_A_MINUTE, kept.body))
}
