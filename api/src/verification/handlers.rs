//! The addresses at which a certificate is checked. None of them writes anything: opening a code leaves no trace.

use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, FromRequest, Multipart, Path, Query, Request, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{CertificateNumber, NumberError};
use serde::Deserialize;
use serde_json::Value;

use super::page::{AnswersPage, NoVerdict, VerifyPage};
use crate::{
    guard::{Peer, SCANNING},
    page::{Page, html},
    problem::Problem,
    state::App,
};

/// The program's address.
pub(crate) const API: &str = "/api/v1/verify";
/// The published keys.
pub(crate) const KEYS: &str = "/.well-known/praman-keys.json";

/// The largest photo or PDF.
const FILE_BYTES_MAX: usize = 10_000_000;
/// Room for a question without a file.
const FORM_BYTES: usize = 64 * 1024;
/// So much is taken in before the connection is cut. What is too large is read to its end and dropped, because whoever
/// is still sending sees a broken connection instead of our answer.
const SENT_BYTES_MAX: usize = 64 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    let files = Router::new()
        .route("/verify", get(form).post(sent))
        .route(API, post(asked))
        .layer(DefaultBodyLimit::max(SENT_BYTES_MAX));
    Router::new()
        // A code holds capital letters only; a person who copies the address may write a small one.
        .route("/C/{token}", get(code))
        .route("/c/{token}", get(code))
        .route("/verify/answers", get(answers))
        .route(KEYS, get(keys))
        .merge(files)
}

/// `GET /C/{token}`: what a phone's camera opens.
async fn code(p: Page, State(app): State<App>, Path(token): Path<String>) -> Result<Response, Problem> {
    let answered = app.state.verifier.by_token(&token).await?;
    Ok(html(StatusCode::OK, &answered.page(p)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    number: String,
}

/// `GET /verify`, with or without a number.
async fn form(p: Page, State(app): State<App>, peer: Peer, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    if typed.number.trim().is_empty() {
        return Ok(scanning(html(
            StatusCode::OK,
            &VerifyPage {
                p,
                problem: None,
                typed: String::new(),
                number_wrong: false,
            },
        )));
    }
    by_number(p, &app, peer, typed.number).await
}

/// `POST /verify`: a number, or a photo or PDF.
async fn sent(p: Page, State(app): State<App>, peer: Peer, request: Request) -> Result<Response, Problem> {
    match Handed::read(request, &app).await {
        Ok(Handed::Number(number)) => by_number(p, &app, peer, number).await,
        Ok(Handed::File(bytes)) => {
            if let Err(seconds) = app.lookups.take(peer) {
                return Ok(wait(p, seconds));
            }
            match app.state.verifier.by_file(bytes).await? {
                Some(answered) => Ok(html(StatusCode::OK, &answered.page(p))),
                None => Ok(no_verdict(
                    p,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    NoVerdict::wrong_type(),
                    String::new(),
                )),
            }
        }
        // A page that is empty needs no error: the form is answered with the form.
        Ok(Handed::Nothing) => Ok(no_verdict(
            p,
            StatusCode::UNPROCESSABLE_ENTITY,
            NoVerdict::no_number(),
            String::new(),
        )),
        Ok(Handed::Token(_)) => Err(Problem::malformed()),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(no_verdict(p, problem.status, NoVerdict::too_large(), String::new()))
        }
        Err(problem) => Err(problem),
    }
}

async fn by_number(p: Page, app: &App, peer: Peer, typed: String) -> Result<Response, Problem> {
    if let Err(seconds) = app.lookups.take(peer) {
        return Ok(wait(p, seconds));
    }
    let (status, why) = match typed.parse::<CertificateNumber>() {
        Ok(number) => match app.state.verifier.by_number(&number).await? {
            Some(answered) => return Ok(html(StatusCode::OK, &answered.page(p))),
            None => (StatusCode::NOT_FOUND, NoVerdict::not_found()),
        },
        Err(NumberError::Check) => (StatusCode::UNPROCESSABLE_ENTITY, NoVerdict::mistyped()),
        Err(NumberError::Shape) => (StatusCode::UNPROCESSABLE_ENTITY, NoVerdict::no_number()),
    };
    Ok(no_verdict(p, status, why, typed))
}

fn no_verdict(p: Page, status: StatusCode, why: NoVerdict, typed: String) -> Response {
    let number_wrong = !typed.is_empty();
    scanning(html(
        status,
        &VerifyPage {
            p,
            problem: Some(why),
            typed,
            number_wrong,
        },
    ))
}

fn wait(p: Page, seconds: u64) -> Response {
    let mut response = no_verdict(
        p,
        StatusCode::TOO_MANY_REQUESTS,
        NoVerdict::wait(seconds),
        String::new(),
    );
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// The page with the camera has a script of ours.
fn scanning(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SCANNING));
    response
}

async fn answers(p: Page) -> Response {
    html(StatusCode::OK, &AnswersPage::new(p))
}

/// `POST /api/v1/verify`: the same for programs.
async fn asked(State(app): State<App>, peer: Peer, request: Request) -> Result<Json<Value>, Problem> {
    let too_many = |seconds| Problem::too_many().after(seconds);
    let answered = match Handed::read(request, &app).await? {
        Handed::Token(token) => app.state.verifier.by_token(&token).await?,
        Handed::Number(number) => {
            app.lookups.take(peer).map_err(too_many)?;
            let number: CertificateNumber = number.parse().map_err(|error| match error {
                NumberError::Check => Problem::number_mistyped(),
                NumberError::Shape => Problem::malformed(),
            })?;
            app.state
                .verifier
                .by_number(&number)
                .await?
                .ok_or_else(Problem::number_unknown)?
        }
        Handed::File(bytes) => {
            app.lookups.take(peer).map_err(too_many)?;
            app.state
                .verifier
                .by_file(bytes)
                .await?
                .ok_or_else(Problem::media_type)?
        }
        Handed::Nothing => return Err(Problem::malformed()),
    };
    Ok(Json(answered.json()))
}

/// `GET /.well-known/praman-keys.json`: with these and a certificate anybody can check without us.
async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let json = app.state.directory.to_json().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the key directory could not be written as JSON"
        );
        Problem::internal()
    })?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        json,
    )
        .into_response())
}

/// What was handed in, in JSON or in a form.
enum Handed {
    Token(String),
    Number(String),
    File(Vec<u8>),
    Nothing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    token: Option<String>,
    number: Option<String>,
}

impl Handed {
    async fn read(request: Request, app: &App) -> Result<Self, Problem> {
        let content_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if content_type.starts_with("application/json") {
            let bytes = axum::body::to_bytes(request.into_body(), FORM_BYTES)
                .await
                .map_err(|_| Problem::too_large())?;
            let question: Question = serde_json::from_slice(&bytes).map_err(|_| Problem::malformed())?;
            return match (question.token, question.number) {
                (Some(token), None) => Ok(Self::Token(token_of(&token).to_owned())),
                (None, Some(number)) => Ok(Self::Number(number)),
                _ => Err(Problem::malformed()),
            };
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, FORM_BYTES)
                .await
                .map_err(|_| Problem::too_large())?;
            let fields = crate::fields::Fields::from_request(Request::from_parts(parts, body.into()), app).await?;
            return Ok(fields.given("number").map_or(Self::Nothing, Self::Number));
        }
        if !content_type.starts_with("multipart/form-data") {
            return Err(Problem::media_type());
        }
        let mut form = Multipart::from_request(request, app)
            .await
            .map_err(|_| Problem::malformed())?;
        let mut handed = Self::Nothing;
        while let Some(field) = form.next_field().await.map_err(|error| unread(&error))? {
            match field.name() {
                Some("number") => {
                    let number = read(field, FORM_BYTES).await?;
                    let number = String::from_utf8_lossy(&number);
                    if !number.trim().is_empty() {
                        handed = Self::Number(number.into_owned());
                    }
                }
                Some("file") => {
                    let bytes = read(field, FILE_BYTES_MAX).await?;
                    // A browser sends an empty part for a file that was not chosen.
                    if !bytes.is_empty() {
                        handed = Self::File(bytes);
                    }
                }
                _ => {}
            }
        }
        Ok(handed)
    }
}

/// What a field holds, if it is not too much.
async fn read(mut field: Field<'_>, max: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = field.chunk().await.map_err(|error| unread(&error))? {
        length = length.saturating_add(chunk.len());
        if length > max {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if length > max {
        Err(Problem::too_large())
    } else {
        Ok(bytes)
    }
}

fn unread(error: &MultipartError) -> Problem {
    Problem::of_status(error.status())
}

/// A credential, or the whole address in which a code carries it.
fn token_of(text: &str) -> &str {
    let text = text.trim();
    match text.rsplit_once('/') {
        Some((before, token)) if before.ends_with("/C") || before.ends_with("/c") => token,
        _ => text,
    }
}
