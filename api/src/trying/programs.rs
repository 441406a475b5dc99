//! The same lines as those of the verbs `understand` and `converse`, one a request.

use assistant::jsonl::{self, Line};
use axum::{
    extract::{State, rejection::StringRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{SESSION_NAME_MAX, fits, set_cookie, take, token};
use crate::{guard::Peer, problem::Problem, state::App};

/// What a sentence means.
pub(crate) const UNDERSTAND: &str = "/api/v1/understand";
/// A conversation.
pub(crate) const CONVERSE: &str = "/api/v1/converse";

/// What of a line is measured before it is read.
#[derive(Deserialize)]
struct Measured {
    text: Option<String>,
}

/// `POST /api/v1/understand`.
pub(super) async fn understand(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Response, Problem> {
    let line = taken(&app, peer, &headers, body)?;
    let understander = app.state.assistant.understander();
    jsonl::understand(understander, &line)
        .map(json)
        .map_err(|_| Problem::malformed())
}

/// `POST /api/v1/converse`. Whose conversation it is, the cookie says; the session's name tells one visitor's apart.
pub(super) async fn converse(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Response, Problem> {
    let line = taken(&app, peer, &headers, body)?;
    let line = Line::read(&line).map_err(|_| Problem::malformed())?;
    if line.session().to_string().len() > SESSION_NAME_MAX {
        return Err(Problem::malformed());
    }
    let token = token(&app.site, &headers);
    let heard = app
        .talks
        .hear(&app.state.assistant, token, &line, false)
        .map_err(|_| Problem::talk_too_long())?;
    let answer = heard.answered.written().map_err(|_| Problem::internal())?;
    let mut response = json(answer);
    if let Some(token) = heard.token
        && let Ok(cookie) = HeaderValue::from_str(&set_cookie(&app.site, &token))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The body of a request that may be answered: not too many of them, JSON, not too long.
fn taken(app: &App, peer: Peer, headers: &HeaderMap, body: Result<String, StringRejection>) -> Result<String, Problem> {
    take(app, peer)?;
    // A form of another site cannot send this type without asking first.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::media_type());
    }
    let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let measured: Measured = serde_json::from_str(&body).map_err(|_| Problem::malformed())?;
    fits(measured.text.as_deref().unwrap_or_default())?;
    Ok(body)
}

fn json(line: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], line).into_response()
}
