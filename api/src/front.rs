//! The front door, and what these pages are.

use askama::Template;

use crate::page::Page;

/// `GET /`.
#[derive(Template)]
#[template(path = "front.html")]
pub struct FrontPage {
    /// The frame.
    pub p: Page,
    /// How many events the log holds; words when it does not answer.
    pub events: String,
    /// The latest checkpoint, in words.
    pub checkpoint: Option<String>,
    /// Now, in words.
    pub now: String,
}

/// `GET /about`.
#[derive(Template)]
#[template(path = "about.html")]
pub struct AboutPage {
    /// The frame.
    pub p: Page,
}
