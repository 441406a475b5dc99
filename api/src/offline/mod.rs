//! The page that checks without a connection. It is fetched once and kept by the browser with everything that it needs: the
//! verifier as WebAssembly, the words, the published keys and the signed status lists. Nothing of it is ours to answer
//! afterwards, and nobody learns what is checked.

mod words;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use certificates::VerdictCode;
use data_encoding::HEXLOWER;
use domain::Language;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    page::{Page, html, path_of},
    problem::Problem,
    state::App,
    verification::page::Tick,
};

/// The page.
pub(crate) const PAGE: &str = "/offline";
/// The service worker: its place decides which addresses it may answer.
const WORKER: &str = "/sw.js";
/// What the browser needs to know to install the page.
const MANIFEST: &str = "/offline.webmanifest";

/// A script of ours, the module that it runs, and what it fetches from here; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Kept only where the browser reads no codes itself.
const READER: &str = "reader.wasm";
const WORKER_SCRIPT: &str = include_str!("../../assets/sw.js");
/// The files that the browser keeps with the page.
const FILES: [&str; 4] = ["praman.css", "icon.svg", "offline.js", "verifier.wasm"];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(PAGE, get(page))
        .route(WORKER, get(worker))
        .route(MANIFEST, get(manifest))
}

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    p: Page,
    /// JSON that holds no `<`.
    words: String,
    verdicts: Vec<Icon>,
    ticks: Vec<Icon>,
}

struct Icon {
    name: &'static str,
}

impl OfflinePage {
    fn new(p: Page, app: &App) -> Self {
        Self {
            p,
            words: words::json(&app.state.catalogue),
            verdicts: VerdictCode::ALL.map(|answer| Icon { name: answer.code() }).into(),
            ticks: [Tick::Yes, Tick::No, Tick::NotChecked]
                .map(|tick| Icon { name: tick.class() })
                .into(),
        }
    }
}

/// `GET /offline`.
async fn page(p: Page, State(app): State<App>) -> Response {
    let page = OfflinePage::new(p, &app);
    let mut response = html(StatusCode::OK, &page);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// `GET /sw.js`. Another page, file or setting makes another worker, and browsers take that for an update.
async fn worker(State(app): State<App>) -> Result<Response, Problem> {
    let mut hash = Sha256::new();
    let mut shell: Vec<String> = FILES.iter().map(|name| path_of(name)).collect();
    shell.push(MANIFEST.to_owned());
    for language in [Language::En, Language::Hi] {
        let address = format!("{PAGE}?lang={}", language.code());
        let p = Page::of(&app.site, &format!("lang={}", language.code()), &HeaderMap::new());
        let page = OfflinePage::new(p, &app).render();
        hash.update(page.map_err(|_| Problem::internal())?);
        shell.push(address);
    }
    hash.update(shell.concat());
    hash.update(path_of(READER));
    hash.update(WORKER_SCRIPT);
    let version = HEXLOWER.encode(&hash.finalize());
    let known = json!({ "version": version.get(..16), "page": PAGE, "shell": shell, "reader": path_of(READER) });
    let script = WORKER_SCRIPT.replace("\"{known}\"", &known.to_string());
    Ok((
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            // Asked for again each time, so that a new one is found.
            (header::CACHE_CONTROL, "no-cache"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
            ),
        ],
        script,
    )
        .into_response())
}

/// `GET /offline.webmanifest`.
async fn manifest(State(app): State<App>) -> Response {
    let demo = if app.site.demo { " (demonstration)" } else { "" };
    let manifest = json!({
        "id": PAGE,
        "name": format!("Check certificates{demo} · प्रमाण पत्र जाँचें"),
        "short_name": "प्रमाण",
        "start_url": PAGE,
        "scope": "/",
        "display": "standalone",
        "background_color": "#FFFFFF",
        "theme_color": "#114A5C",
        "icons": [{ "src": path_of("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    });
    (
        [(header::CONTENT_TYPE, "application/manifest+json")],
        manifest.to_string(),
    )
        .into_response()
}
