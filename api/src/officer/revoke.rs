//! Cancelling a certificate: by the role that decided, for a reason of the register's list, after a check page.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    Bilingual,
    certificate::{Command, RevocationReason},
};

use super::{
    desk::{Asked, Desk, Form, said_no},
    words,
};
use crate::{fields::Fields, page::Page, problem::Problem, session::SignedIn, state::App};

/// `GET /officer/files/{number}/revoke`.
pub(super) async fn page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    form(p, &app, &signed_in, &desk, &Fields::default(), None)
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
    let desk = Desk::of_the_role(&app, &signed_in, &number).await?;
    let chosen = RevocationReason::ALL
        .into_iter()
        .find(|reason| reason.code() == fields.get("reason"));
    let Some(reason) = chosen else {
        let code = "application.reason_missing";
        return form(p, &app, &signed_in, &desk, &fields, Some(code));
    };
    let command = Command::Revoke {
        reason,
        note: fields.given("words"),
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    match desk.carry_out(&app, &signed_in, &fields, command, "revoke").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Ok(desk.check(p, &signed_in, "revoke", cancelling(&desk, reason), &fields)),
        Err(code) => form(p, &app, &signed_in, &desk, &fields, Some(code)),
    }
}

fn form(
    p: Page,
    app: &App,
    signed_in: &SignedIn,
    desk: &Desk,
    typed: &Fields,
    rejected: Option<&'static str>,
) -> Result<Response, Problem> {
    let reasons = RevocationReason::ALL.into_iter();
    let form = Form {
        act: "revoke",
        title: Bilingual::new("Cancel a certificate", "प्रमाण पत्र रद्द करें"),
        lead: None,
        problem: rejected.map(said_no),
        inputs: vec![],
        why: Bilingual::new(
            "Why? Verifiers see only this class.",
            "क्यों? जाँचने वालों को केवल यही कारण दिखता है।",
        ),
        reasons: reasons
            .map(|reason| (reason.code(), words::revocation(reason)))
            .collect(),
        until: None,
        hidden: vec![],
    };
    desk.form(p, app, signed_in, form, typed)
}

fn cancelling(desk: &Desk, reason: RevocationReason) -> Asked {
    let certificate = desk.certificate();
    Asked {
        title: Bilingual::new("Cancel this certificate?", "यह प्रमाण पत्र रद्द करें?"),
        sentences: vec![
            Bilingual::new(
                format!("You cancel {certificate}."),
                format!("आप {certificate} रद्द करते हैं।"),
            ),
            words::titled(
                &Bilingual::new("Verifiers see the reason", "जाँचने वालों को कारण दिखेगा"),
                &words::revocation(reason),
            ),
            Bilingual::new(
                "From this moment every check answers “Cancelled”. This cannot be undone.",
                "इसी क्षण से हर जाँच का जवाब “रद्द” होगा। यह वापस नहीं हो सकता।",
            ),
        ],
        grave: true,
        confirm: Bilingual::new("Cancel the certificate", "प्रमाण पत्र रद्द करें"),
    }
}
