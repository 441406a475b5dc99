//! Headers of every answer. A route may set its own content policy; what it did not set is set here.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::{offline, page::Site};

/// Pages without a script: a verdict, the front door.
pub(crate) const READING: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Pages with our own script.
pub(crate) const CONSOLE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The page with the camera: a script of ours, nothing else.
pub(crate) const SCANNING: &str = CONSOLE;
/// The page that tries the assistant: a script of ours, which asks this service alone.
pub(crate) const TRYING: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// An uploaded paper: whatever it holds, it runs nothing and reaches nothing.
pub(crate) const PAPER: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Middleware: sets what a route has not set itself.
pub(crate) async fn security_headers(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let scans = matches!(request.uri().path(), "/verify" | offline::PAGE);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let camera = if scans {
        "camera=(self), microphone=(), geolocation=()"
    } else {
        "camera=(), microphone=(), geolocation=()"
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, READING),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address of a verdict holds personal data: it must not travel on.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (ROBOTS, "noindex"),
        (PERMISSIONS, camera),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if site.https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    response
}
