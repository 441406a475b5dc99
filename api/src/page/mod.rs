//! What every page shares: its language, its frame, its files. Pages take view models; handlers fill them.

mod files;
mod frame;
pub mod time;

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Bilingual, Language};

pub use files::{file_route, path_of};
pub use frame::{Site, cookie, remember_language};

/// What the frame of a page needs to know.
#[derive(Clone, Debug)]
pub struct Page {
    /// The language it is read in.
    pub language: Language,
    /// The demonstration profile: every page says so.
    pub demo: bool,
    /// The host that a verifier must see in the address bar.
    pub host: String,
    /// The program's version.
    pub version: &'static str,
    /// The query of this address without its language, to link the other one.
    pub query: String,
}

impl Page {
    /// The text in this page's language. Both stand beside each other in the template, so that none is forgotten.
    #[must_use]
    pub const fn t<'a>(&self, en: &'a str, hi: &'a str) -> &'a str {
        match self.language {
            Language::En => en,
            Language::Hi => hi,
        }
    }

    /// The text in this page's language.
    #[must_use]
    pub fn b<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.language)
    }

    /// The text in the other language; its element carries that language's `lang`.
    #[must_use]
    pub fn other<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.language.other())
    }

    /// The name of the other language, in that language.
    #[must_use]
    pub const fn other_language_name(&self) -> &'static str {
        match self.language {
            Language::En => "हिन्दी",
            Language::Hi => "English",
        }
    }

    /// This address in the other language.
    #[must_use]
    pub fn other_language(&self) -> String {
        let code = self.language.other().code();
        if self.query.is_empty() {
            format!("?lang={code}")
        } else {
            format!("?{}&lang={code}", self.query)
        }
    }

    /// The address of one of our files, with the hash of its content.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        path_of(name)
    }
}

/// Answers with a page.
#[must_use]
pub fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
