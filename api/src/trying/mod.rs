//! "Try the assistant": the verbs `understand` and `converse` over HTTP, and a page that shows what was understood and why. In the
//! demonstration alone: nothing is stored, nobody is told, no effect is carried out.

mod figures;
pub mod page;
mod picture;
mod programs;
mod talks;
pub mod words;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::HeaderMap,
    routing::{get, post},
};
use domain::Bilingual;

pub(crate) use programs::{CONVERSE, UNDERSTAND};
pub(crate) use talks::Talks;

use crate::{
    guard::Peer,
    page::{Site, cookie},
    problem::Problem,
    state::App,
};

/// The page.
pub(crate) const PAGE: &str = "/assistant";

/// A message is at most so long, in UTF-16 units: as long as one in WhatsApp.
const TEXT_UNITS_MAX: usize = 4096;
/// A line of JSON is at most so long: the longest message with every character escaped, and something beside it.
const LINE_BYTES_MAX: usize = 32 * 1024;
/// The name of a session is at most so long, in bytes of its JSON.
const SESSION_NAME_MAX: usize = 64;

/// What people open.
pub(crate) fn pages() -> Router<App> {
    Router::new().route(PAGE, get(page::empty).post(page::said))
}

/// What programs call.
pub(crate) fn programs() -> Router<App> {
    Router::new()
        .route(UNDERSTAND, post(programs::understand))
        .route(CONVERSE, post(programs::converse))
        .layer(DefaultBodyLimit::max(LINE_BYTES_MAX))
}

fn fits(text: &str) -> Result<(), Problem> {
    if assistant::words::units(text) <= TEXT_UNITS_MAX {
        Ok(())
    } else {
        Err(Problem::text_too_long())
    }
}

fn take(app: &App, peer: Peer) -> Result<(), Problem> {
    app.messages.take(peer).map_err(|seconds| Problem {
        what: Bilingual::new("Too many messages from this place.", "यहाँ से बहुत संदेश आए।"),
        ..Problem::too_many().after(seconds)
    })
}

/// The cookie's name. With the prefix `__Host-` a browser takes it over https and for this very host only.
const fn cookie_name(site: &Site) -> &'static str {
    if site.https {
        "__Host-praman-talk"
    } else {
        "praman-talk"
    }
}

fn token<'h>(site: &Site, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie(headers, cookie_name(site))
}

fn set_cookie(site: &Site, token: &str) -> String {
    let secure = if site.https { "; Secure" } else { "" };
    format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}",
        cookie_name(site)
    )
}
