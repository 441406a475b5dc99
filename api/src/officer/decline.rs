//! Not agreeing to a correction: by another officer of the issuing authority, with words for whoever proposed it. For the
//! holder nothing changes.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Bilingual, certificate::Command};

use super::desk::{Asked, Desk, Form, said_no};
use crate::{fields::Fields, page::Page, problem::Problem, session::SignedIn, state::App};

/// `GET /officer/files/{number}/decline`.
pub(super) async fn page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let waiting = desk.entry.proposal.as_ref().ok_or_else(Problem::not_found)?;
    let seen = Fields::filled(vec![("proposed_at".to_owned(), waiting.at.to_string())]);
    form(p, &app, &signed_in, &desk, &seen, None)
}

/// `POST /officer/files/{number}/decline`.
pub(super) async fn decline(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let command = Command::DeclineCorrection {
        proposed_at: fields.get("proposed_at").parse().map_err(|_| Problem::malformed())?,
        words: fields.get("words").to_owned(),
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    match desk.carry_out(&app, &signed_in, &fields, command, "decline").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Ok(desk.check(p, &signed_in, "decline", declining(&desk), &fields)),
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
    let form = Form {
        act: "decline",
        title: Bilingual::new("Decline a correction", "सुधार नामंज़ूर करें"),
        lead: Some(Bilingual::new(
            "The certificate stays as it is. Who proposed the correction reads your words in the file.",
            "प्रमाण पत्र जैसा है वैसा ही रहेगा। जिसने सुधार सुझाया था वे आपके शब्द फ़ाइल में पढ़ेंगे।",
        )),
        problem: rejected.map(said_no),
        inputs: vec![],
        why: Bilingual::new("Why not?", "क्यों नहीं?"),
        reasons: vec![],
        until: None,
        hidden: vec![("proposed_at".to_owned(), typed.get("proposed_at").to_owned())],
    };
    desk.form(p, app, signed_in, form, typed)
}

fn declining(desk: &Desk) -> Asked {
    let certificate = desk.certificate();
    Asked {
        title: Bilingual::new("Decline this correction?", "यह सुधार नामंज़ूर करें?"),
        sentences: vec![
            Bilingual::new(
                format!("{certificate} stays as it is, and its holder is told nothing."),
                format!("{certificate} जैसा है वैसा ही रहेगा, और धारक को कुछ नहीं बताया जाएगा।"),
            ),
            Bilingual::new("Another correction may be proposed.", "दूसरा सुधार फिर सुझाया जा सकता है।"),
        ],
        grave: false,
        confirm: Bilingual::new("Decline the correction", "सुधार नामंज़ूर करें"),
    }
}
