//! Everything computed again from the stored bytes, on demand. One at a time: it reads the whole log.

use axum::{extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64;
use keys::{PublicKey, Purpose};
use ledger::audit;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::page::{BreakView, ReportView, VerifyLogPage};
use crate::{
    page::{Page, html, time::instant},
    problem::Problem,
    state::App,
};

/// `GET /auditor/verify`.
pub(super) async fn page(p: Page) -> Response {
    html(
        StatusCode::OK,
        &VerifyLogPage {
            p,
            here: "verify",
            report: None,
        },
    )
}

/// `POST /auditor/verify`. Nothing is changed by it; it is a POST because it is work.
pub(super) async fn run(p: Page, State(app): State<App>) -> Result<Response, Problem> {
    let Ok(turn) = app.audits.clone().try_acquire_owned() else {
        return Err(Problem::busy().after(5));
    };
    let keys: Vec<PublicKey> = app
        .state
        .directory
        .keys()
        .iter()
        .filter(|entry| entry.purpose == Purpose::Checkpoint)
        .map(|entry| entry.public_key.clone())
        .collect();
    let ledger = app.state.ledger.clone();
    // On a thread of its own: hashing a whole log must not hold up the threads that answer others.
    let here = Handle::current();
    let work = spawn_blocking(move || {
        // Held by the work, which goes on also when whoever asked has hung up.
        let _turn = turn;
        here.block_on(audit::verify(&ledger, &keys, None))
    });
    let report = work.await;
    let report = report.unwrap_or(Err(ledger::Fault::Stopped))?;
    let view = ReportView {
        events: report.events,
        checkpoints: report.checkpoints_checked,
        root: BASE64.encode(&report.root),
        at: instant(app.state.clock.now()),
        breaks: report
            .breaks
            .into_iter()
            .map(|found| BreakView {
                position: found.position,
                stream: found.stream,
                what: found.what,
            })
            .collect(),
    };
    Ok(html(
        StatusCode::OK,
        &VerifyLogPage {
            p,
            here: "verify",
            report: Some(view),
        },
    ))
}
