//! On the routes that people read, a problem becomes a page; elsewhere, whatever a library answered becomes a problem.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Bilingual;

use super::{headers::READING, trace::request_id};
use crate::{
    page::{Page, Site, html},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    p: Page,
    title: Bilingual,
    what: Bilingual,
    next: Bilingual,
    back: &'static str,
    back_words: Bilingual,
    code: &'static str,
    request: Option<String>,
}

/// Middleware around every route of ours.
pub(crate) async fn pages_for_people(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let for_programs = [
        "/api/",
        "/webhooks/",
        "/.well-known/",
        "/livez",
        "/readyz",
        "/metrics",
        "/log/",
        "/status/",
        "/digilocker/",
    ]
    .iter()
    .any(|prefix| path.starts_with(prefix));
    let back = if path.starts_with("/officer") {
        "/officer/queue"
    } else if path.starts_with("/auditor") {
        "/auditor"
    } else {
        "/"
    };
    let page = Page::of(&site, request.uri().query().unwrap_or_default(), request.headers());
    let id = request_id(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_our_page(&response) {
        return response;
    }
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // A simulated Graph API answers with errors of its own shape: they are answers, not our problems.
        None if is_json(&response) => return response,
        None => Problem::of_status(status),
    };
    if for_programs {
        return problem.into_response();
    }
    let retry_after = problem.retry_after;
    let mut answer = html(
        problem.status,
        &ErrorPage {
            next: next_step(problem.status, retry_after),
            back,
            back_words: match back {
                "/officer/queue" => Bilingual::new("To the queue", "कतार पर जाएँ"),
                "/auditor" => Bilingual::new("To the log", "लॉग पर जाएँ"),
                _ => Bilingual::new("To the front page", "मुख्य पन्ने पर जाएँ"),
            },
            p: page,
            title: problem.title,
            what: problem.what,
            code: problem.code,
            request: id,
        },
    );
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        axum::http::HeaderValue::from_static(READING),
    );
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn content_type(response: &Response) -> &str {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn is_our_page(response: &Response) -> bool {
    content_type(response).starts_with("text/html")
}

fn is_json(response: &Response) -> bool {
    content_type(response).starts_with("application/json")
}

fn next_step(status: StatusCode, retry_after: Option<u64>) -> Bilingual {
    match (status, retry_after) {
        (_, Some(seconds)) => Bilingual::new(
            format!("Try again in {seconds} seconds."),
            format!("{seconds} सेकंड बाद फिर कोशिश करें।"),
        ),
        (StatusCode::NOT_FOUND, _) => Bilingual::new("Go back and look for it there.", "पीछे जाएँ और वहाँ खोजें।"),
        (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY, _) => Bilingual::new(
            "Open the file again and decide on what you see.",
            "फ़ाइल फिर खोलें और जो दिखे उस पर निर्णय करें।",
        ),
        (status, _) if status.is_server_error() => {
            Bilingual::new("Try again in a few minutes.", "कुछ मिनट बाद फिर कोशिश करें।")
        }
        _ => Bilingual::new("Go back and try once more.", "पीछे जाकर एक बार फिर कोशिश करें।"),
    }
}
