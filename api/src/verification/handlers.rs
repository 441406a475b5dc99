//! The addresses at which a certificate is checked. None of them writes anything: opening a code leaves no trace.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{CertificateNumber, NumberError};
use keys::KeyDirectory;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    envelope,
    handed::{BATCH_MAX, Handed, Question},
    page::{AnswersPage, NoVerdict, VerifyPage},
    verifier::Verifier,
};
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

/// So much is taken in before the connection is cut. What is too large is read to its end and dropped, because whoever
/// is still sending sees a broken connection instead of our answer.
const SENT_BYTES_MAX: usize = 64 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    let files = Router::new()
        .route("/verify", get(form).post(sent))
        .route("/verify/page", post(as_page))
        .route(API, post(asked))
        .route(envelope::EXCHANGE, post(envelope::exchange))
        .layer(DefaultBodyLimit::max(SENT_BYTES_MAX));
    Router::new()
        // A code holds capital letters only; a person who copies the address may write a small one.
        .route("/C/{token}", get(code))
        .route("/c/{token}", get(code))
        .route("/verify/answers", get(answers))
        .route(KEYS, get(keys))
        .route(envelope::ISSUER, get(envelope::issuer))
        .merge(files)
}

/// `GET /C/{token}`: what a phone's camera opens.
async fn code(p: Page, State(app): State<App>, peer: Peer, Path(token): Path<String>) -> Result<Response, Problem> {
    if Verifier::is_by_number(&token)
        && let Err(seconds) = app.lookups.take(peer)
    {
        return Ok(wait(p, seconds));
    }
    let answered = app.state.verifier.by_token(&token, None).await?;
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
    // Before anything of it is taken in: what was sent must not be what fills the memory.
    if let Err(seconds) = app.lookups.take(peer) {
        return Ok(wait(p, seconds));
    }
    match Handed::read(request, &app).await {
        Ok(Handed::One(Question {
            number: Some(number), ..
        })) => answer_by_number(p, &app, number).await,
        Ok(Handed::File { bytes, .. }) => match app.state.verifier.by_file(bytes, None).await? {
            Some(answered) => Ok(html(StatusCode::OK, &answered.page(p))),
            None => Ok(no_verdict(
                p,
                StatusCode::UNPROCESSABLE_ENTITY,
                NoVerdict::wrong_type(),
                String::new(),
            )),
        },
        // A page that is empty needs no error: the form is answered with the form.
        Ok(Handed::Nothing) => Ok(no_verdict(
            p,
            StatusCode::UNPROCESSABLE_ENTITY,
            NoVerdict::no_number(),
            String::new(),
        )),
        Ok(Handed::One(_) | Handed::Many(_)) => Err(Problem::malformed()),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(no_verdict(p, problem.status, NoVerdict::too_large(), String::new()))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /verify/page`: the PDF, read out as a page. Nothing of it is in an address: a link to it would be a link to a person's
/// particulars. What does not prove a whole record is answered with its verdict.
async fn as_page(p: Page, State(app): State<App>, peer: Peer, request: Request) -> Result<Response, Problem> {
    if let Err(seconds) = app.lookups.take(peer) {
        return Ok(wait(p, seconds));
    }
    let handed = Handed::read(request, &app).await?;
    let Handed::File { bytes, .. } = handed else {
        return Ok(no_verdict(
            p,
            StatusCode::UNPROCESSABLE_ENTITY,
            NoVerdict::wrong_type(),
            String::new(),
        ));
    };
    let Some(answered) = app.state.verifier.by_file(bytes, None).await? else {
        return Ok(no_verdict(
            p,
            StatusCode::UNPROCESSABLE_ENTITY,
            NoVerdict::wrong_type(),
            String::new(),
        ));
    };
    Ok(match answered.paper(p.clone()) {
        Some(paper) => html(StatusCode::OK, &paper),
        None => html(StatusCode::OK, &answered.page(p)),
    })
}

async fn by_number(p: Page, app: &App, peer: Peer, typed: String) -> Result<Response, Problem> {
    if let Err(seconds) = app.lookups.take(peer) {
        return Ok(wait(p, seconds));
    }
    answer_by_number(p, app, typed).await
}

async fn answer_by_number(p: Page, app: &App, typed: String) -> Result<Response, Problem> {
    let (status, why) = match typed.parse::<CertificateNumber>() {
        Ok(number) => match app.state.verifier.by_number(&number, None).await? {
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

/// `POST /api/v1/verify`: the same for programs, one or many.
async fn asked(State(app): State<App>, peer: Peer, request: Request) -> Result<Json<Value>, Problem> {
    if Handed::is_file(&request) {
        take(&app, peer)?;
    }
    match Handed::read(request, &app).await? {
        Handed::One(question) => one(&app, peer, question).await.map(Json),
        Handed::Many(questions) => many(&app, peer, questions).await.map(Json),
        Handed::File { bytes, on } => {
            let answered = app.state.verifier.by_file(bytes, on).await?;
            Ok(Json(answered.ok_or_else(Problem::media_type)?.json()))
        }
        Handed::Nothing => Err(Problem::malformed()),
    }
}

pub(super) fn take(app: &App, peer: Peer) -> Result<(), Problem> {
    let too_many = |seconds| Problem::too_many().after(seconds);
    app.lookups.take(peer).map_err(too_many)
}

async fn one(app: &App, peer: Peer, question: Question) -> Result<Value, Problem> {
    let verifier = &app.state.verifier;
    let answered = match (question.token, question.number) {
        (Some(token), None) => {
            let text = token_of(&token);
            if Verifier::is_by_number(text) {
                take(app, peer)?;
            }
            verifier.by_token(text, question.on).await?
        }
        (None, Some(number)) => {
            take(app, peer)?;
            let number: CertificateNumber = number.parse().map_err(|error| match error {
                NumberError::Check => Problem::number_mistyped(),
                NumberError::Shape => Problem::malformed(),
            })?;
            let answered = verifier.by_number(&number, question.on).await?;
            answered.ok_or_else(Problem::number_unknown)?
        }
        _ => return Err(Problem::malformed()),
    };
    Ok(answered.json())
}

/// One after another, in their order: a batch takes one core and leaves the others to everybody else. Each has its own
/// answer or its own problem.
async fn many(app: &App, peer: Peer, questions: Vec<Question>) -> Result<Value, Problem> {
    if questions.len() > BATCH_MAX {
        return Err(Problem::batch_too_long());
    }
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        answers.push(match one(app, peer, question).await {
            Ok(answer) => answer,
            Err(problem) => json!({ "problem": problem.json() }),
        });
    }
    Ok(json!({ "answers": answers }))
}

/// A credential, or the whole address in which a code carries it.
fn token_of(text: &str) -> &str {
    let short = text.trim();
    match short.rsplit_once('/') {
        Some((before, token)) if before.ends_with("/C") || before.ends_with("/c") => token,
        // In a wallet's symbol blanks count.
        _ => text,
    }
}

/// `GET /.well-known/praman-keys.json`: with these and a certificate anybody can check without us.
async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let directory = KeyDirectory::clone(&app.state.directory).made_at(app.state.clock.now());
    let json = directory.to_json().map_err(|error| {
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
