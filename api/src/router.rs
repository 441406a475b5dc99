//! Every route on one page, grouped by who calls.

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer, request_id::SetRequestIdLayer,
    timeout::TimeoutLayer,
};

use crate::{
    auditor, digilocker, front,
    guard::{self, RequestIds},
    health, log, officer, offline, openapi, page,
    problem::Problem,
    state::{App, AppState},
    statistics, status_lists, trying, verification, webhook,
};

/// A form of ours is never longer.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Whatever takes longer is given up; an audit of the whole log has its own time.
const PATIENCE: Duration = Duration::from_secs(30);
const AUDIT_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// All routes of this room, ready to be served with the peer's address (`into_make_service_with_connect_info`).
pub fn router(state: AppState) -> Router {
    let app = App::new(state);
    let site = app.site.clone();
    let too_late = |patience| TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, patience);

    let people = Router::new()
        .route("/", get(front::page))
        .route("/about", get(front::about))
        .merge(verification::routes())
        .merge(offline::routes())
        .merge(officer::routes())
        .merge(if site.demo { trying::pages() } else { Router::new() })
        // A form that another site sends in somebody's name is refused by what the browser says of its origin; the
        // officer's forms carry the session's hidden word besides.
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(site.clone(), page::remember_language));
    let auditors = auditor::routes(&app)
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(site.clone(), page::remember_language))
        .layer(too_late(AUDIT_PATIENCE));
    let programs = Router::new()
        .merge(webhook::routes())
        .route(openapi::PATH, get(openapi::document))
        .merge(health::routes())
        .merge(log::routes())
        .merge(status_lists::routes())
        .merge(statistics::routes());
    // Where nothing is agreed on there is nothing at these addresses.
    let programs = match &app.state.digilocker {
        Some(_) => programs.merge(digilocker::routes()),
        None => programs,
    };

    let programs = if site.demo {
        programs.merge(trying::programs())
    } else {
        programs
    };

    Router::new()
        .merge(people)
        .merge(programs)
        .route("/static/{name}", get(page::file_route))
        .layer(too_late(PATIENCE))
        .merge(auditors)
        .fallback(|| async { Problem::not_found() })
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(RequestIds(app.state.entropy.clone())))
                .layer(from_fn(guard::name_the_answer))
                .layer(guard::trace_layer())
                .layer(CompressionLayer::new())
                .layer(from_fn_with_state(site.clone(), guard::security_headers))
                .layer(from_fn_with_state(site, guard::pages_for_people))
                .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response())),
        )
        .with_state(app)
}
