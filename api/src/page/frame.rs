//! Which language a reader gets: `?lang=`, then the cookie, then what the browser prefers, then Hindi.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use domain::Language;

use super::Page;

/// What all pages of this service have in common.
#[derive(Clone, Debug)]
pub struct Site {
    /// The demonstration profile.
    pub demo: bool,
    /// The host that stands in every code and must stand in the address bar.
    pub host: String,
    /// Reached over https: cookies are `Secure`, and browsers are told to stay with it.
    pub https: bool,
}

const COOKIE: &str = "lang";

impl<S> FromRequestParts<S> for Page
where
    Arc<Site>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let site = Arc::<Site>::from_ref(state);
        Ok(Self::of(&site, parts.uri.query().unwrap_or_default(), &parts.headers))
    }
}

impl Page {
    /// The frame for a request.
    #[must_use]
    pub fn of(site: &Site, query: &str, headers: &HeaderMap) -> Self {
        let rest: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
            .collect();
        Self {
            language: chosen(query)
                .or_else(|| cookie(headers, COOKIE).and_then(code))
                .or_else(|| preferred(headers))
                .unwrap_or_default(),
            demo: site.demo,
            host: site.host.clone(),
            version: env!("CARGO_PKG_VERSION"),
            query: rest.join("&"),
        }
    }
}

/// Middleware: a language chosen by address is kept in a cookie.
pub async fn remember_language(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let language = chosen(request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    if let Some(language) = language {
        let secure = if site.https { "; Secure" } else { "" };
        let cookie = format!(
            "{COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}",
            language.code()
        );
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn chosen(query: &str) -> Option<Language> {
    query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("lang="))
        .find_map(code)
}

fn code(code: &str) -> Option<Language> {
    match code {
        "en" => Some(Language::En),
        "hi" => Some(Language::Hi),
        _ => None,
    }
}

/// The first of our languages that the browser lists; browsers list them in order of preference.
fn preferred(headers: &HeaderMap) -> Option<Language> {
    let listed = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    listed
        .split(',')
        .find_map(|tag| code(tag.trim().split(['-', ';']).next().unwrap_or_default()))
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(query: &str, cookie: Option<&str>, accept: Option<&str>) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(cookie) = cookie {
            headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        }
        Page::of(
            &Site {
                demo: true,
                host: "h".into(),
                https: false,
            },
            query,
            &headers,
        )
        .language
    }

    #[test]
    fn the_address_wins_then_the_cookie_then_the_browser() {
        assert_eq!(language("lang=en", Some("lang=hi"), Some("hi")), Language::En);
        assert_eq!(language("lang=xx", Some("a=b; lang=en"), Some("hi")), Language::En);
        assert_eq!(language("", None, Some("fr-FR, en-IN;q=0.8, hi;q=0.5")), Language::En);
        assert_eq!(language("", None, Some("hi-IN,en")), Language::Hi);
        assert_eq!(language("", Some("notlang=en"), None), Language::Hi);
    }

    #[test]
    fn the_other_language_keeps_the_rest_of_the_query() {
        let page = Page::of(
            &Site {
                demo: true,
                host: "h".into(),
                https: false,
            },
            "q=APP&lang=hi&state=open",
            &HeaderMap::new(),
        );
        assert_eq!(page.other_language(), "?q=APP&state=open&lang=en");
    }
}
