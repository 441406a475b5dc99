//! The Graph API's paths.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Simulator;
use super::fault::{self, Target, Trouble};
use super::refusal::Refusal;
use super::state::{Call, CallKind};

/// One call, for the log.
struct Done {
    label: String,
    message_id: Option<String>,
    request: String,
    result: Result<Value, Refusal>,
    answer_lost: bool,
}

/// Every path that is not something else. The version in front may be left out.
pub(super) async fn call(
    State(simulator): State<Simulator>,
    Path(path): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let started = Instant::now();
    let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if segments.first().is_some_and(|first| is_version(first)) {
        segments.remove(0);
    }
    let method = request.method().clone();
    let base = simulator.base(&headers);
    let done = match (segments.as_slice(), &method) {
        _ if !simulator.knows(&headers) => Done {
            label: format!("{method} {path}"),
            message_id: None,
            request: String::new(),
            result: Err(Refusal::token()),
            answer_lost: false,
        },
        ([number, "messages"], &Method::POST) => simulator.messages(number, request).await,
        ([number, "media"], &Method::POST) => simulator.upload(number, request).await,
        ([id], &Method::GET | &Method::DELETE) => simulator.node(id, &method, &base),
        _ => Done {
            label: format!("{method} {path}"),
            message_id: None,
            request: String::new(),
            result: Err(Refusal::new(
                404,
                2500,
                format!("Unknown path components: /{}", segments.join("/")),
            )),
            answer_lost: false,
        },
    };
    simulator.finish(done, started)
}

/// `v26.0` and the like.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| {
            [major, minor]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

impl Simulator {
    /// The bearer check.
    fn knows(&self, headers: &HeaderMap) -> bool {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|token| token == self.inner.config.access_token)
    }

    /// Where the caller reaches `/simulator`.
    fn base(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.inner.config.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = text("x-forwarded-proto")
            .filter(|scheme| *scheme == "https")
            .unwrap_or("http");
        format!("{scheme}://{}/simulator", text("host").unwrap_or("localhost"))
    }

    fn own_number(&self, number: &str) -> Result<(), Refusal> {
        if number == self.inner.config.phone_number_id {
            Ok(())
        } else {
            Err(Refusal::object(number))
        }
    }

    async fn messages(&self, number: &str, request: Request) -> Done {
        let raw = axum::body::to_bytes(request.into_body(), 1024 * 1024)
            .await
            .unwrap_or_default();
        let mut done = Done {
            label: "messages".to_owned(),
            message_id: None,
            request: String::from_utf8_lossy(&raw).into_owned(),
            result: Err(Refusal::parameter("The request body is not JSON.")),
            answer_lost: false,
        };
        if let Err(refusal) = self.own_number(number) {
            done.result = Err(refusal);
            return done;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&raw) else {
            return done;
        };
        let receipt = body.get("status") == Some(&json!("read"));
        if receipt {
            done.label = "read".to_owned();
            done.message_id = body.get("message_id").and_then(Value::as_str).map(str::to_owned);
        }
        let now = self.now();
        let events = {
            let mut state = self.state();
            // A fault is meant for a message; a read receipt does not use it up.
            let trouble = if receipt {
                None
            } else {
                fault::take(&mut state.faults, Target::Messages)
            };
            if let Some(Trouble::Refuse { http, code }) = trouble {
                done.result = Err(Trouble::refusal(http, code));
                return done;
            }
            done.answer_lost = trouble == Some(Trouble::LoseAnswer);
            match state.accept(&self.inner.config, &body, now) {
                Ok((answer, id, events)) => {
                    done.result = Ok(answer);
                    done.message_id = id.or(done.message_id);
                    events
                }
                Err(refusal) => {
                    done.result = Err(refusal);
                    Vec::new()
                }
            }
        };
        self.send(events);
        done
    }

    async fn upload(&self, number: &str, request: Request) -> Done {
        let mut done = Done {
            label: "media".to_owned(),
            message_id: None,
            request: String::new(),
            result: Ok(Value::Null),
            answer_lost: false,
        };
        done.result = match self.own_number(number) {
            Ok(()) => self.keep_upload(request, &mut done.request).await,
            Err(refusal) => Err(refusal),
        };
        done
    }

    async fn keep_upload(&self, request: Request, said: &mut String) -> Result<Value, Refusal> {
        let form = read_form(request).await?;
        *said = format!(
            "type={}, file={} ({} bytes)",
            form.media_type.as_deref().unwrap_or("?"),
            form.filename.as_deref().unwrap_or("?"),
            form.bytes.as_ref().map_or(0, Bytes::len)
        );
        if form.product.as_deref() != Some("whatsapp") {
            return Err(Refusal::parameter("The parameter messaging_product is required."));
        }
        let bytes = form
            .bytes
            .ok_or_else(|| Refusal::parameter("The parameter file is required."))?;
        let media_type = form.media_type.unwrap_or_default();
        let max = size_max(&media_type).ok_or_else(|| {
            Refusal::parameter(format!(
                "Param file must be a file with a supported type. Received file of type '{media_type}'."
            ))
        })?;
        if bytes.is_empty() || bytes.len() > max {
            return Err(Refusal::parameter(format!(
                "Param file must have a size from 1 to {max} bytes."
            )));
        }
        let now = self.now();
        let mut state = self.state();
        if let Some(Trouble::Refuse { http, code }) = fault::take(&mut state.faults, Target::Media) {
            return Err(Trouble::refusal(http, code));
        }
        let id = state.keep(bytes, media_type, form.filename, true, now);
        Ok(json!({ "id": id }))
    }

    fn node(&self, id: &str, method: &Method, base: &str) -> Done {
        let now = self.now();
        let mut state = self.state();
        let config = &self.inner.config;
        let result = if id == config.phone_number_id && method == Method::GET {
            Ok(json!({
                "verified_name": "Simulator", "display_phone_number": config.display_phone_number,
                "quality_rating": "GREEN", "id": id,
            }))
        } else if let Some(Trouble::Refuse { http, code }) = fault::take(&mut state.faults, Target::Node) {
            Err(Trouble::refusal(http, code))
        } else if method == Method::DELETE {
            state.delete(id, now)
        } else {
            state.look_up(id, base, now)
        };
        Done {
            label: format!("{method} media"),
            message_id: None,
            request: id.to_owned(),
            result,
            answer_lost: false,
        }
    }

    fn finish(&self, done: Done, started: Instant) -> Response {
        let now = self.now();
        let (status, body) = {
            let mut state = self.state();
            let trace = state.ids.token(now);
            let (http, body) = match &done.result {
                Ok(_) if done.answer_lost => (504, Value::Null),
                Ok(answer) => (200, answer.clone()),
                Err(refusal) => (refusal.http, refusal.body(&trace)),
            };
            let sequence = state.next_sequence();
            state.log(Call {
                sequence,
                at: now,
                kind: CallKind::Graph,
                label: done.label,
                message_id: done.message_id,
                http: Some(http),
                milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                headers: Vec::new(),
                request: done.request,
                response: body.to_string(),
            });
            (http, body)
        };
        self.changed();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if body.is_null() {
            return (status, "").into_response();
        }
        (status, Json(body)).into_response()
    }
}

struct Form {
    product: Option<String>,
    media_type: Option<String>,
    filename: Option<String>,
    bytes: Option<Bytes>,
}

async fn read_form(request: Request) -> Result<Form, Refusal> {
    let broken = |_| Refusal::parameter("The request body is not multipart/form-data.");
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| Refusal::parameter("The request body is not multipart/form-data."))?;
    let mut form = Form {
        product: None,
        media_type: None,
        filename: None,
        bytes: None,
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("messaging_product") => form.product = Some(field.text().await.map_err(broken)?),
            Some("type") => form.media_type = Some(field.text().await.map_err(broken)?),
            Some("file") => {
                form.filename = field.file_name().map(str::to_owned);
                let announced = field.content_type().map(str::to_owned);
                form.media_type = form.media_type.or(announced);
                form.bytes = Some(field.bytes().await.map_err(broken)?);
            }
            _ => {}
        }
    }
    Ok(form)
}

/// The most bytes of a file of this type; `None` for a type that WhatsApp does not take.
fn size_max(media_type: &str) -> Option<usize> {
    const MB: usize = 1024 * 1024;
    match media_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" | "image/png" => Some(5 * MB),
        "image/webp" => Some(500 * 1024),
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Some(16 * MB),
        "video/mp4" | "video/3gpp" => Some(16 * MB),
        "application/pdf"
        | "text/plain"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        | "application/vnd.openxmlformats-officedocument.presentationml.presentation" => Some(100 * MB),
        _ => None,
    }
}

/// The query of a media address.
#[derive(Debug, Deserialize)]
pub(super) struct MediaQuery {
    hash: Option<String>,
}

/// The bytes behind a media address: with the token only, and for five minutes.
pub(super) async fn download(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(query): Query<MediaQuery>,
    headers: HeaderMap,
) -> Response {
    let started = Instant::now();
    let now = simulator.now();
    let found = {
        let mut state = simulator.state();
        if !simulator.knows(&headers) {
            Err(Refusal::token())
        } else if let Some(Trouble::Refuse { http, code }) = fault::take(&mut state.faults, Target::Media) {
            Err(Trouble::refusal(http, code))
        } else {
            state
                .download(&id, query.hash.as_deref().unwrap_or_default(), now)
                .map(|media| (media.media_type.clone(), media.bytes.clone()))
                .ok_or_else(|| Refusal::new(404, 100, "The media address is out of date."))
        }
    };
    let (result, file) = match found {
        Ok(file) => (Ok(json!({"bytes": file.1.len(), "type": file.0})), Some(file)),
        Err(refusal) => (Err(refusal), None),
    };
    let answer = simulator.finish(
        Done {
            label: "download".to_owned(),
            message_id: None,
            request: id,
            result,
            answer_lost: false,
        },
        started,
    );
    match file {
        Some((media_type, bytes)) => (
            [
                (header::CONTENT_TYPE, media_type),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ],
            bytes,
        )
            .into_response(),
        None => answer,
    }
}
