//! The control interface, `/_sim/v1`: what tests use to be the people, and to make trouble.

use axum::Json;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Simulator;
use super::fault::{Fault, FaultRequest};
use super::state::{Author, CallKind, Inbound};
use crate::Address;
use crate::inbound::StatusState;

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

/// `POST inbound`.
#[derive(Debug, Deserialize)]
pub(super) struct InboundRequest {
    from: Option<String>,
    profile_name: Option<String>,
    user_id: Option<String>,
    username: Option<String>,
    #[serde(default)]
    hide_phone: bool,
    id: Option<String>,
    message: Value,
}

/// A person writes; the webhook follows. Answers with the message's id.
pub(super) async fn inbound(State(simulator): State<Simulator>, Json(request): Json<InboundRequest>) -> Response {
    let from = match request.from.as_deref() {
        None => None,
        Some(text) => match Address::parse(text) {
            Some(address) => Some(address),
            None => return refuse(StatusCode::BAD_REQUEST, "from is neither a phone number nor a user id"),
        },
    };
    let phone = from.as_ref().and_then(|from| from.phone.clone());
    let user_id = request.user_id.or(from.and_then(|from| from.user_id));
    if phone.is_none() && user_id.is_none() {
        return refuse(StatusCode::BAD_REQUEST, "from or user_id is needed");
    }
    if !request.message.is_object() {
        return refuse(StatusCode::BAD_REQUEST, "message is an object with a type");
    }
    let id = simulator.say(Inbound {
        phone,
        user_id,
        name: request.profile_name,
        username: request.username,
        hide_phone: request.hide_phone,
        id: request.id,
        message: request.message,
    });
    Json(json!({ "id": id })).into_response()
}

/// A file on a phone. Answers with the id that an inbound message may name, and the digest in hex.
pub(super) async fn media(State(simulator): State<Simulator>, mut form: Multipart) -> Response {
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return refuse(StatusCode::BAD_REQUEST, "the field file is missing"),
            Err(_) => return refuse(StatusCode::BAD_REQUEST, "the body is not multipart/form-data"),
        };
        if field.name() != Some("file") {
            continue;
        }
        let filename = field.file_name().map(str::to_owned);
        let announced = field.content_type().map(str::to_owned);
        let Ok(bytes) = field.bytes().await else {
            return refuse(StatusCode::BAD_REQUEST, "the file could not be read");
        };
        let (id, digest) = simulator.pick_file(bytes, announced, filename);
        return Json(json!({"id": id, "sha256": digest})).into_response();
    }
}

/// `GET outbox`.
#[derive(Debug, Deserialize)]
pub(super) struct OutboxQuery {
    to: Option<String>,
    after: Option<u64>,
}

/// What the business sent, oldest first.
pub(super) async fn outbox(State(simulator): State<Simulator>, Query(query): Query<OutboxQuery>) -> Json<Value> {
    let state = simulator.state();
    let to = query.to.as_deref().map(|to| to.trim().trim_start_matches('+'));
    let items: Vec<Value> = state
        .messages
        .iter()
        .filter(|message| message.author == Author::Business)
        .filter(|message| query.after.is_none_or(|after| message.sequence > after))
        .filter(|message| {
            let Some(person) = state.people.get(message.person) else {
                return false;
            };
            to.is_none_or(|to| person.phone.as_deref() == Some(to) || person.user_id == to)
        })
        .map(|message| {
            json!({
                "seq": message.sequence, "id": message.id, "to": message.to.trim_start_matches('+'),
                "payload": message.content, "status": message.progress.word(),
            })
        })
        .collect();
    Json(json!({ "items": items }))
}

/// `POST status`.
#[derive(Debug, Deserialize)]
pub(super) struct StatusRequest {
    id: String,
    status: StatusState,
    error: Option<Value>,
}

/// A status by hand, in any order.
pub(super) async fn status(State(simulator): State<Simulator>, Json(request): Json<StatusRequest>) -> Response {
    let error = match (request.status, request.error) {
        (StatusState::Failed, None) => Some(json!({"code": 131_000, "title": "Something went wrong"})),
        (_, Some(Value::Number(code))) => Some(json!({"code": code, "title": "Message undeliverable"})),
        (_, error) => error,
    };
    let now = simulator.now();
    let event = simulator
        .state()
        .report(&simulator.inner.config, &request.id, request.status, error, now);
    match event {
        Some(event) => {
            simulator.send(vec![event]);
            Json(json!({"id": request.id})).into_response()
        }
        None => refuse(StatusCode::NOT_FOUND, "the business sent no message with this id"),
    }
}

/// Arms a fault. `times: 0` disarms what was armed for the same calls.
pub(super) async fn fault(State(simulator): State<Simulator>, Json(request): Json<FaultRequest>) -> Response {
    match Fault::try_from(request) {
        Ok(fault) => {
            simulator.arm(fault);
            faults(State(simulator)).await.into_response()
        }
        Err(why) => refuse(StatusCode::BAD_REQUEST, why),
    }
}

/// What is armed.
pub(super) async fn faults(State(simulator): State<Simulator>) -> Json<Value> {
    let armed: Vec<Value> = simulator.state().faults.iter().map(Fault::to_json).collect();
    Json(json!({ "armed": armed }))
}

/// `POST clock`.
#[derive(Debug, Deserialize)]
pub(super) struct ClockRequest {
    advance_seconds: i64,
}

/// Skips time. It never runs backwards.
pub(super) async fn clock(State(simulator): State<Simulator>, Json(request): Json<ClockRequest>) -> Response {
    if !(0..=3_650 * 86_400).contains(&request.advance_seconds) {
        return refuse(StatusCode::BAD_REQUEST, "advance_seconds is from 0 to ten years");
    }
    simulator.advance(SignedDuration::from_secs(request.advance_seconds));
    time(State(simulator)).await.into_response()
}

/// The virtual time.
pub(super) async fn time(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({"now": simulator.now().to_string()}))
}

/// Forgets everything but the time.
pub(super) async fn reset(State(simulator): State<Simulator>) -> Json<Value> {
    simulator.reset();
    Json(json!({"reset": true}))
}

/// Every POST to the webhook, oldest first: one item an attempt.
pub(super) async fn webhook_log(State(simulator): State<Simulator>) -> Json<Value> {
    let state = simulator.state();
    let items: Vec<Value> = state
        .calls
        .iter()
        .filter_map(|call| {
            let CallKind::Webhook { event, attempt, url } = &call.kind else {
                return None;
            };
            let headers: serde_json::Map<_, _> = call
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            Some(json!({
                "seq": call.sequence, "event": event, "attempt": attempt, "at": call.at.to_string(),
                "url": url, "kind": call.label, "message_id": call.message_id, "headers": headers,
                "body": call.request, "http": call.http, "ms": call.milliseconds,
                "delivered": call.http == Some(200), "answer": call.response,
            }))
        })
        .collect();
    Json(json!({ "items": items }))
}

impl Simulator {
    /// A person writes; returns the message's id.
    pub(super) fn say(&self, inbound: Inbound) -> String {
        let now = self.now();
        let (id, events) = self.state().inbound(&self.inner.config, inbound, now);
        self.send(events);
        id
    }

    /// A file on a phone: its id and hex digest.
    pub(super) fn pick_file(
        &self,
        bytes: axum::body::Bytes,
        announced: Option<String>,
        filename: Option<String>,
    ) -> (String, String) {
        let media_type = announced
            .filter(|kind| kind != "application/octet-stream")
            .or_else(|| sniff(&bytes).map(str::to_owned))
            .unwrap_or_else(|| "application/octet-stream".to_owned());
        let now = self.now();
        let mut state = self.state();
        let id = state.keep(bytes, media_type, filename, false, now);
        let digest = state.media.get(&id).map(|media| HEXLOWER.encode(&media.digest));
        (id, digest.unwrap_or_default())
    }

    pub(super) fn arm(&self, fault: Fault) {
        {
            let mut state = self.state();
            if fault.times == 0 {
                state.faults.retain(|armed| armed.target != fault.target);
            } else {
                state.faults.push(fault);
            }
        }
        self.changed();
    }
}

/// The type of a file by its first bytes.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    [
        (&b"%PDF-"[..], "application/pdf"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n", "image/png"),
        (b"OggS", "audio/ogg"),
    ]
    .into_iter()
    .find(|(magic, _)| bytes.starts_with(magic))
    .map(|(_, kind)| kind)
}
