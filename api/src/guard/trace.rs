//! A name for each request and a line in the log, without anything personal: the route as it is written in the router,
//! never the address, because the address of a verdict holds the certificate and a query may hold a number.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::MatchedPath,
    http::{HeaderMap, HeaderName, HeaderValue, Request},
    middleware::Next,
    response::Response,
};
use keys::Entropy;
use tower_http::{
    classify::{ServerErrorsAsFailures, SharedClassifier},
    request_id::{MakeRequestId, RequestId},
    trace::{DefaultOnResponse, MakeSpan, TraceLayer},
};
use tracing::{Level, Span};

/// The header in which a request's name comes and goes.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Draws names for requests. A name that comes from outside is not taken: it would be written into our log.
#[derive(Clone)]
pub(crate) struct RequestIds(pub Arc<dyn Entropy>);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.uuid_v4().to_string())
            .ok()
            .map(RequestId::new)
    }
}

/// The name of a request.
#[must_use]
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get(REQUEST_ID)?.to_str().ok().map(str::to_owned)
}

/// Middleware: the request's name goes out with its answer, for the person who asks the help desk.
pub(crate) async fn name_the_answer(request: Request<Body>, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Makes the span of a request.
#[derive(Clone, Debug)]
pub(crate) struct Spans;

impl<B> MakeSpan<B> for Spans {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or("none", MatchedPath::as_str);
        let id = request_id(request.headers()).unwrap_or_default();
        tracing::info_span!("request", method = %request.method(), route, id)
    }
}

/// One line a request, when it is answered.
#[must_use]
pub(crate) fn trace_layer() -> TraceLayer<SharedClassifier<ServerErrorsAsFailures>, Spans> {
    TraceLayer::new_for_http()
        .make_span_with(Spans)
        .on_response(DefaultOnResponse::new().level(Level::INFO))
}
