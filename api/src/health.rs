//! Is it alive, is it ready, how far is it? For machines that watch; nothing personal.

use std::fmt::Write as _;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use ledger::Health;
use projections::{ViewStanding, standings};
use serde_json::json;
use whatsapp::kept;

use crate::{problem::Problem, state::App};

/// Views may be behind the log by so many events and still be of use.
const LAG_MAX: u64 = 10_000;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// `GET /readyz`: each thing that must work, by name; 503 when one does not.
async fn ready(State(app): State<App>) -> Response {
    let head = app.state.ledger.head().await;
    let store = if head.is_ok() { "ok" } else { "no answer" };
    let log = match app.state.ledger.health() {
        Health::Sound => "ok",
        Health::Suspect { .. } => "read-only: does not match its checkpoint",
    };
    let standings = standings(&app.state.ledger, app.state.clock.now()).await;
    let lag = standings.as_ref().map_or(u64::MAX, |views| slowest(views));
    let views = if lag <= LAG_MAX { "ok" } else { "behind" };
    let parked: Vec<_> = standings.iter().flatten().filter(|view| view.parked > 0).collect();
    let channel = if app.secrets.is_some() { "ok" } else { "no app secret" };
    let all = [store, log, views, channel].iter().all(|state| *state == "ok");
    let status = if all {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    // A parked stream makes nobody else wait: it is told, and the service stays ready.
    let parked: serde_json::Map<String, serde_json::Value> = parked
        .into_iter()
        .map(|view| (view.view.to_owned(), view.parked.into()))
        .collect();
    let degraded = !parked.is_empty();
    let body = json!({
        "ready": all, "store": store, "log": log, "views": views, "channel": channel, "degraded": degraded, "parked": parked,
    });
    (status, Json(body)).into_response()
}

/// How far the slowest view is behind; one whose first rows are still being made has everything before it.
fn slowest(views: &[ViewStanding]) -> u64 {
    views.iter().map(|view| view.events_behind).max().unwrap_or(0)
}

/// `GET /metrics`: a few gauges in Prometheus' text format.
async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let ledger = &app.state.ledger;
    let head = ledger.head().await?;
    let waiting = ledger.count(kept::OUTBOX, kept::OPEN, "", "\u{10FFFF}").await?;
    let signed = ledger
        .latest_checkpoint()
        .await?
        .map_or(0, |checkpoint| checkpoint.size);
    let sound = u8::from(ledger.health() == Health::Sound);
    let views = standings(ledger, app.state.clock.now()).await?;
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: u64| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    };
    gauge("praman_log_head", "Position of the last event.", head);
    gauge(
        "praman_log_signed",
        "Events covered by the last signed checkpoint.",
        signed,
    );
    gauge(
        "praman_log_sound",
        "1 while the store matches its signed history.",
        sound.into(),
    );
    gauge("praman_outbox_waiting", "Messages that have still to go out.", waiting);
    gauge(
        "praman_views_lag",
        "Events that the slowest view is behind.",
        slowest(&views),
    );
    let mut by_view = |name: &str, help: &str, value: fn(&ViewStanding) -> String| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for view in &views {
            let _ = writeln!(text, "{name}{{view=\"{}\"}} {}", view.view, value(view));
        }
    };
    by_view("praman_view_position", "Position that a view has reached.", |view| {
        view.position.to_string()
    });
    by_view("praman_view_lag_events", "Events that a view is behind.", |view| {
        view.events_behind.to_string()
    });
    by_view(
        "praman_view_lag_seconds",
        "For how long the first event that a view has not taken in has been in the log.",
        |view| view.time_behind.map_or(0.0, |behind| behind.as_secs_f64()).to_string(),
    );
    by_view("praman_view_parked", "Streams that stand still in a view.", |view| {
        view.parked.to_string()
    });
    by_view(
        "praman_view_generation",
        "The generation of rows that readers use.",
        |view| view.serving.map_or(0, |serving| serving.number).to_string(),
    );
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response())
}
