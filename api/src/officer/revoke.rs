//! Cancelling a certificate: by the role that decided, for a reason of the register's list, after a check page.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Bilingual,
    certificate::{Certificate, Command, RevocationReason},
};
use ledger::ExecuteError;
use projections::{Entry, File};

use super::{
    acts::{context, fault},
    file::{may_revoke, newest, open, service_of},
    page::{ActProblem, CheckPage, Choice, RevokePage},
    words,
};
use crate::{
    fields::Fields,
    page::{Page, html},
    problem::Problem,
    session::SignedIn,
    state::App,
};

async fn revocable(app: &App, signed_in: &SignedIn, number: &str) -> Result<(File, Entry), Problem> {
    let file = open(app, signed_in, number).await?;
    let entry = newest(app, &file.number).await?.ok_or_else(Problem::not_found)?;
    Ok((file, entry))
}

/// `GET /officer/files/{number}/revoke`.
pub(super) async fn page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let (file, entry) = revocable(&app, &signed_in, &number).await?;
    if !may_revoke(&entry, &file, &signed_in, app.state.clock.now()) {
        return Err(Problem::refused());
    }
    form(p, &app, &signed_in, &file, &entry, &Fields::default(), None)
}

/// `POST /officer/files/{number}/revoke`.
pub(super) async fn revoke(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let (file, entry) = revocable(&app, &signed_in, &number).await?;
    let decides = file.stages.last().map(|stage| stage.role.clone()).unwrap_or_default();
    let by = signed_in.officer.acting_as(&decides).ok_or_else(Problem::refused)?;
    let chosen = RevocationReason::ALL
        .into_iter()
        .find(|reason| reason.code() == fields.get("reason"));
    let Some(reason) = chosen else {
        return form(
            p,
            &app,
            &signed_in,
            &file,
            &entry,
            &fields,
            Some("application.reason_missing"),
        );
    };
    let command = Command::Revoke {
        reason,
        note: fields.given("words"),
        by,
        at: app.state.clock.now(),
    };
    let id = &entry.id;
    let rejected = if fields.get("confirmed") == "yes" {
        let context = context(&signed_in, &file, &fields)?;
        match app.state.ledger.execute::<Certificate>(id, command, context).await {
            Ok(receipt) => {
                app.state
                    .projector
                    .reached(receipt.last_position, Duration::from_secs(3))
                    .await;
                return Ok(Redirect::to(&format!("/officer/files/{}?done=revoke", file.number)).into_response());
            }
            Err(error) => error,
        }
    } else {
        match app.state.ledger.decide::<Certificate>(id, command).await {
            Ok(_) => return Ok(check(p, &signed_in, &file, &entry, reason, &fields)),
            Err(error) => error,
        }
    };
    match rejected {
        ExecuteError::Rejected(rejected) => form(p, &app, &signed_in, &file, &entry, &fields, Some(rejected.code())),
        error => Err(fault(error)),
    }
}

fn form(
    p: Page,
    app: &App,
    signed_in: &SignedIn,
    file: &File,
    entry: &Entry,
    typed: &Fields,
    rejected: Option<&'static str>,
) -> Result<Response, Problem> {
    let page = RevokePage {
        p,
        desk: signed_in.desk(),
        here: "file",
        number: file.number.to_string(),
        service: service_of(app, file)?.name.clone(),
        certificate: entry.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        problem: rejected.map(|code| ActProblem {
            title: Bilingual::new("The rule says no", "नियम इसकी अनुमति नहीं देता"),
            what: words::rejection(code),
            field: None,
            code: code.to_owned(),
        }),
        csrf: signed_in.csrf.clone(),
        command_id: app.state.entropy.uuid_v4().to_string(),
        reasons: RevocationReason::ALL
            .into_iter()
            .map(|reason| Choice {
                code: reason.code().to_owned(),
                label: words::revocation(reason),
                chosen: typed.get("reason") == reason.code(),
            })
            .collect(),
        words: typed.get("words").to_owned(),
    };
    let status = if rejected.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(html(status, &page))
}

fn check(
    p: Page,
    signed_in: &SignedIn,
    file: &File,
    entry: &Entry,
    reason: RevocationReason,
    fields: &Fields,
) -> Response {
    let certificate = entry.number.as_ref().map(ToString::to_string).unwrap_or_default();
    let number = file.number.to_string();
    let reason = words::revocation(reason);
    let page = CheckPage {
        p,
        desk: signed_in.desk(),
        here: "file",
        action: format!("/officer/files/{number}/revoke"),
        number,
        title: Bilingual::new("Cancel this certificate?", "यह प्रमाण पत्र रद्द करें?"),
        sentences: vec![
            Bilingual::new(
                format!("You cancel {certificate}."),
                format!("आप {certificate} रद्द करते हैं।"),
            ),
            words::titled(
                &Bilingual::new("Verifiers see the reason", "जाँचने वालों को कारण दिखेगा"),
                &reason,
            ),
            Bilingual::new(
                "From this moment every check answers “Cancelled”. This cannot be undone.",
                "इसी क्षण से हर जाँच का जवाब “रद्द” होगा। यह वापस नहीं हो सकता।",
            ),
        ],
        words_label: Bilingual::new("Your note for the file", "फ़ाइल के लिए आपकी टिप्पणी"),
        words: fields.given("words"),
        csrf: signed_in.csrf.clone(),
        hidden: fields
            .pairs()
            .iter()
            .filter(|(name, _)| name != "csrf" && name != "confirmed")
            .cloned()
            .collect(),
        grave: true,
        confirm: Bilingual::new("Cancel the certificate", "प्रमाण पत्र रद्द करें"),
    };
    html(StatusCode::OK, &page)
}
