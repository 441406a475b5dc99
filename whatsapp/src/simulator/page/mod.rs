//! The page with the two phones. Every act is a form; a small script only saves the reloading.

mod view;
mod words;

use std::convert::Infallible;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::WatchStream;

use self::view::Page;
use self::words::{FAULTS, Lang};
use super::Simulator;
use super::fault::Fault;
use super::state::Inbound;

const STYLE: &str = include_str!("../../../static/simulator.css");
const SCRIPT: &str = include_str!("../../../static/simulator.js");
const ICON: &str = include_str!("../../../static/simulator.svg");
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The smallest pictures and sounds that are what they claim to be, for the buttons without a file.
const STICKER: &[u8] =
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00";

pub(super) fn routes(prefix: &str) -> Router<Simulator> {
    let at = |path: &str| format!("{prefix}{path}");
    Router::new()
        .route(&at("/say"), post(say))
        .route(&at("/tap"), post(tap))
        .route(&at("/attach"), post(attach))
        .route(&at("/pass-on"), post(pass_on))
        .route(&at("/to-office"), post(to_office))
        .route(&at("/skip"), post(skip))
        .route(&at("/arm"), post(arm))
        .route(&at("/disarm"), post(disarm))
        .route(&at("/empty"), post(empty))
        .route(&at("/replay"), post(replay))
        .route(&at("/events"), get(events))
        .route(&at("/file/{id}"), get(file))
        .route(&at("/simulator.css"), get(style))
        .route(&at("/simulator.js"), get(script))
        .route(&at("/icon.svg"), get(icon))
        .layer(middleware::from_fn(same_site))
}

/// Another site's page may not press the buttons of this one.
async fn same_site(request: Request, next: Next) -> Response {
    let foreign = request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    if foreign && request.method() != axum::http::Method::GET {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Look {
    lang: Option<String>,
}

/// `GET /simulator`.
pub(super) async fn show(State(simulator): State<Simulator>, Query(look): Query<Look>, headers: HeaderMap) -> Response {
    let preferred = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| Lang::parse(value.get(..2)?));
    let lang = look
        .lang
        .as_deref()
        .and_then(Lang::parse)
        .or(preferred)
        .unwrap_or(Lang::En);
    let now = simulator.now();
    let page = {
        let state = simulator.state();
        Page::new(&state, &simulator.inner.config, lang, now)
    };
    match page.render() {
        Ok(html) => (
            [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            Html(html),
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "the simulator's page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Back to the page, at the place where the act was.
fn back(lang: &str, place: &str) -> Response {
    let lang = Lang::parse(lang).unwrap_or(Lang::En).code();
    Redirect::to(&format!("/simulator?lang={lang}#{place}")).into_response()
}

fn refuse(why: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, why).into_response()
}

impl Simulator {
    fn phone_of(&self, who: &str) -> Option<String> {
        let config = &self.inner.config;
        match who {
            "citizen" => Some(config.citizen.phone.clone()),
            "verifier" => Some(config.verifier.phone.clone()),
            _ => None,
        }
    }

    fn say_as(&self, who: &str, message: Value) -> bool {
        let Some(phone) = self.phone_of(who) else { return false };
        self.say(Inbound {
            phone: Some(phone),
            message,
            ..Inbound::default()
        });
        true
    }
}

#[derive(Debug, Deserialize)]
struct Say {
    who: String,
    lang: String,
    text: Option<String>,
    kind: Option<String>,
}

async fn say(State(simulator): State<Simulator>, Form(form): Form<Say>) -> Response {
    let message = match form.kind.as_deref() {
        None | Some("text") => {
            let text = form.text.unwrap_or_default();
            if text.trim().is_empty() {
                return back(&form.lang, &format!("{}-end", form.who));
            }
            json!({"type": "text", "text": {"body": text}})
        }
        Some("location") => json!({"type": "location", "location": {"latitude": 28.6, "longitude": 77.2}}),
        Some("contact") => json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Contact"},
            "phones": [{"phone": "+91 99999 00003", "wa_id": "919999900003", "type": "MOBILE"}]}]}),
        Some("welcome") => json!({"type": "request_welcome"}),
        Some("sticker") => {
            let bytes = axum::body::Bytes::from_static(STICKER);
            let (id, _) = simulator.pick_file(bytes, Some("image/webp".to_owned()), None);
            json!({"type": "sticker", "sticker": {"id": id, "animated": false}})
        }
        Some(_) => return refuse("this kind of message is not known"),
    };
    if simulator.say_as(&form.who, message) {
        back(&form.lang, &format!("{}-end", form.who))
    } else {
        refuse("who is citizen or verifier")
    }
}

#[derive(Debug, Deserialize)]
struct Tap {
    who: String,
    lang: String,
    message: u64,
    choice: String,
}

/// A tap on a button or a row that this message offered.
async fn tap(State(simulator): State<Simulator>, Form(form): Form<Tap>) -> Response {
    let message = {
        let state = simulator.state();
        state
            .messages
            .iter()
            .find(|message| message.sequence == form.message)
            .and_then(|message| answer_to(&message.content, &message.id, &form.choice))
    };
    let Some(mut message) = message else {
        return refuse("this message does not offer this choice");
    };
    if let Some(context) = message.get_mut("context").and_then(Value::as_object_mut) {
        context.insert("from".to_owned(), json!(simulator.inner.config.display_phone_number));
    }
    if simulator.say_as(&form.who, message) {
        back(&form.lang, &format!("{}-end", form.who))
    } else {
        refuse("who is citizen or verifier")
    }
}

fn answer_to(content: &Value, id: &str, choice: &str) -> Option<Value> {
    let action = content.pointer("/interactive/action")?;
    let list = |key: &str| action.get(key).and_then(Value::as_array).into_iter().flatten();
    let is_it = |value: &&Value| value.get("id").and_then(Value::as_str) == Some(choice);
    let button = list("buttons").filter_map(|button| button.get("reply")).find(is_it);
    let row = list("sections")
        .filter_map(|section| section.get("rows").and_then(Value::as_array))
        .flatten()
        .find(is_it);
    let (kind, reply) = match (button, row) {
        (Some(reply), _) => ("button_reply", reply),
        (None, Some(reply)) => ("list_reply", reply),
        (None, None) => return None,
    };
    Some(json!({
        "context": {"id": id}, "type": "interactive", "interactive": {"type": kind, kind: reply},
    }))
}

async fn attach(State(simulator): State<Simulator>, mut form: Multipart) -> Response {
    let (mut who, mut lang, mut caption, mut file) = (String::new(), String::new(), String::new(), None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name() {
            Some("who") => who = field.text().await.unwrap_or_default(),
            Some("lang") => lang = field.text().await.unwrap_or_default(),
            Some("caption") => caption = field.text().await.unwrap_or_default(),
            Some("file") => {
                let name = field.file_name().map(str::to_owned).filter(|name| !name.is_empty());
                let announced = field.content_type().map(str::to_owned);
                file = field.bytes().await.ok().map(|bytes| (bytes, announced, name));
            }
            _ => {}
        }
    }
    let Some((bytes, announced, name)) = file.filter(|(bytes, _, _)| !bytes.is_empty()) else {
        return back(&lang, &format!("{who}-end"));
    };
    let (id, _) = simulator.pick_file(bytes, announced, name.clone());
    if simulator.send_file(&who, &id, name, &caption) {
        back(&lang, &format!("{who}-end"))
    } else {
        refuse("who is citizen or verifier")
    }
}

impl Simulator {
    /// A phone sends a file as what it is: photo, recording, film or document.
    fn send_file(&self, who: &str, id: &str, name: Option<String>, caption: &str) -> bool {
        let media_type = {
            let state = self.state();
            state
                .media
                .get(id)
                .map(|media| media.media_type.clone())
                .unwrap_or_default()
        };
        let kind = match media_type.as_str() {
            "image/jpeg" | "image/png" => "image",
            kind if kind.starts_with("audio/") => "audio",
            kind if kind.starts_with("video/") => "video",
            _ => "document",
        };
        let mut part = json!({"id": id});
        if let Some(part) = part.as_object_mut() {
            if kind == "document" {
                part.insert("filename".to_owned(), json!(name.unwrap_or_else(|| "file".to_owned())));
            }
            if !caption.trim().is_empty() && kind != "audio" {
                part.insert("caption".to_owned(), json!(caption));
            }
        }
        self.say_as(who, json!({"type": kind, kind: part}))
    }
}

#[derive(Debug, Deserialize)]
struct OneMessage {
    who: String,
    lang: String,
    message: u64,
}

/// A document goes to the other phone, past the office.
async fn pass_on(State(simulator): State<Simulator>, Form(form): Form<OneMessage>) -> Response {
    let now = simulator.now();
    let done = simulator.state().pass_on(form.message, now);
    simulator.changed();
    let other = if form.who == "citizen" { "verifier" } else { "citizen" };
    if done {
        back(&form.lang, &format!("{other}-end"))
    } else {
        refuse("this message is not known")
    }
}

/// A phone sends a document that another phone gave it to the office: a file of its own, with a new id.
async fn to_office(State(simulator): State<Simulator>, Form(form): Form<OneMessage>) -> Response {
    let copy = {
        let state = simulator.state();
        state
            .messages
            .iter()
            .find(|message| message.sequence == form.message)
            .and_then(|message| view::media_of(&message.content))
            .and_then(|(id, name)| {
                let media = state.media.get(&id)?;
                let name = name.or_else(|| media.filename.clone());
                Some((media.bytes.clone(), media.media_type.clone(), name))
            })
    };
    let Some((bytes, media_type, name)) = copy else {
        return refuse("this message has no file");
    };
    let (id, _) = simulator.pick_file(bytes, Some(media_type), name.clone());
    if simulator.send_file(&form.who, &id, name, "") {
        back(&form.lang, &format!("{}-end", form.who))
    } else {
        refuse("who is citizen or verifier")
    }
}

#[derive(Debug, Deserialize)]
struct Skip {
    lang: String,
    seconds: i64,
}

async fn skip(State(simulator): State<Simulator>, Form(form): Form<Skip>) -> Response {
    if !(0..=31 * 86_400).contains(&form.seconds) {
        return refuse("at most a month at once");
    }
    simulator.advance(SignedDuration::from_secs(form.seconds));
    back(&form.lang, "clock")
}

#[derive(Debug, Deserialize)]
struct Arm {
    lang: String,
    fault: String,
    times: u32,
}

async fn arm(State(simulator): State<Simulator>, Form(form): Form<Arm>) -> Response {
    let choice = FAULTS
        .iter()
        .find(|choice| choice.key == form.fault)
        .and_then(|choice| (choice.fault)());
    let Some((target, trouble)) = choice else {
        return refuse("this fault is not known");
    };
    simulator.arm(Fault {
        target,
        times: form.times.clamp(1, 1000),
        trouble,
    });
    back(&form.lang, "faults")
}

#[derive(Debug, Deserialize)]
struct Plain {
    lang: String,
}

async fn disarm(State(simulator): State<Simulator>, Form(form): Form<Plain>) -> Response {
    simulator.state().faults.clear();
    simulator.changed();
    back(&form.lang, "faults")
}

async fn empty(State(simulator): State<Simulator>, Form(form): Form<Plain>) -> Response {
    simulator.reset();
    back(&form.lang, "phones")
}

#[derive(Debug, Deserialize)]
struct Replay {
    lang: String,
    call: u64,
}

async fn replay(State(simulator): State<Simulator>, Form(form): Form<Replay>) -> Response {
    if simulator.replay(form.call) {
        back(&form.lang, "calls")
    } else {
        refuse("this call is not known")
    }
}

/// Says that something changed; the script then fetches the page again.
async fn events(State(simulator): State<Simulator>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = WatchStream::new(simulator.inner.changes.subscribe());
    Sse::new(changes.map(|count| Ok(Event::default().data(count.to_string())))).keep_alive(KeepAlive::default())
}

/// A file as a phone has it. Only pictures are shown in the page; everything else is saved.
async fn file(State(simulator): State<Simulator>, Path(id): Path<String>) -> Response {
    let found = {
        let state = simulator.state();
        state
            .media
            .get(&id)
            .map(|media| (media.media_type.clone(), media.filename.clone(), media.bytes.clone()))
    };
    let Some((media_type, filename, bytes)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let is_image = matches!(media_type.as_str(), "image/jpeg" | "image/png" | "image/webp");
    let shown = if is_image || media_type == "application/pdf" {
        media_type
    } else {
        "application/octet-stream".to_owned()
    };
    let name: String = filename
        .unwrap_or_else(|| "file".to_owned())
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let how = if is_image { "inline" } else { "attachment" };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (key, value) in [
        (header::CONTENT_TYPE, shown),
        (header::CONTENT_DISPOSITION, format!("{how}; filename=\"{name}\"")),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(key, value);
        }
    }
    response
}

fn asset(kind: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::STYLE;

    /// The tokens of one `:root` block.
    fn tokens(block: &str) -> BTreeMap<&str, [f64; 3]> {
        block
            .split(';')
            .filter_map(|line| line.trim().trim_start_matches(['{', ' ', '\n']).split_once(": #"))
            .filter_map(|(name, hex)| {
                let wide: String = match hex.len() {
                    3 => hex.chars().flat_map(|c| [c, c]).collect(),
                    _ => hex.to_owned(),
                };
                let part = |at: usize| Some(f64::from(u8::from_str_radix(wide.get(at..at + 2)?, 16).ok()?) / 255.0);
                Some((name.trim().trim_start_matches("--"), [part(0)?, part(2)?, part(4)?]))
            })
            .collect()
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: &[f64; 3]) -> f64 {
        let linear = colour.map(|c| {
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn every_pair_of_colours_in_use_has_the_contrast_of_wcag_aa() {
        let blocks: Vec<&str> = STYLE
            .split(":root {")
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect();
        assert_eq!(blocks.len(), 2, "light and dark");
        for block in blocks {
            let tokens = tokens(block);
            for (front, back, least) in [
                ("ink", "bg", 4.5),
                ("ink", "surface", 4.5),
                ("ink", "info-tint", 4.5),
                ("ink2", "bg", 4.5),
                ("ink2", "surface", 4.5),
                ("ink2", "info-tint", 4.5),
                ("link", "bg", 4.5),
                ("link", "info-tint", 4.5),
                ("key", "bg", 4.5),
                ("key", "info-tint", 4.5),
                ("on-key", "key", 4.5),
                ("warn", "warn-tint", 4.5),
                ("bad", "bg", 4.5),
                ("ok", "bg", 4.5),
                ("focus-ink", "focus", 4.5),
                ("line", "bg", 3.0),
                ("line", "surface", 3.0),
            ] {
                let (a, b) = (luminance(&tokens[front]), luminance(&tokens[back]));
                let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(ratio >= least, "{front} on {back}: {ratio:.2}");
            }
        }
    }
}
