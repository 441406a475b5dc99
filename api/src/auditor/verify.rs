//! Everything computed again from the stored bytes, on demand. One at a time: it reads the whole log.

use axum::{Form, extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64;
use keys::{PublicKey, Purpose};
use ledger::audit;
use serde::Deserialize;

use super::{
    history::at_work,
    page::{BreakView, ReportView, VerifyLogPage},
};
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
            older: String::new(),
        },
    )
}

/// An older checkpoint, pasted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    older: String,
}

/// A checkpoint is a few hundred bytes; with many witnesses a few thousand.
const NOTE_BYTES_MAX: usize = 1 << 16;

/// The text as a note: forms send lines with CR LF, and people lose the last line's end.
fn note(pasted: &str) -> Option<String> {
    let text = pasted.replace("\r\n", "\n");
    let text = text.trim_matches(['\n', ' ', '\t']);
    (!text.is_empty()).then(|| format!("{text}\n"))
}

/// `POST /auditor/verify`. Nothing is changed by it; it is a POST because it is work.
pub(super) async fn run(p: Page, State(app): State<App>, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    let mut older = asked.older;
    older.truncate(older.floor_char_boundary(NOTE_BYTES_MAX));
    let against = note(&older);
    let keys: Vec<PublicKey> = app
        .state
        .directory
        .keys()
        .iter()
        .filter(|entry| entry.purpose == Purpose::Checkpoint)
        .map(|entry| entry.public_key.clone())
        .collect();
    let report = at_work(&app, move |ledger| async move {
        audit::verify(&ledger, &keys, against.as_deref()).await
    });
    let report = report.await?;
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
            older,
        },
    ))
}
