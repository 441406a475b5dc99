//! Putting a certificate on hold, lifting the hold, renewing: by the authority that issued, after a check page.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    Bilingual,
    certificate::{Command, SUSPENSION_DAYS_MAX, SuspensionReason},
    ist_date,
};
use jiff::ToSpan as _;

use super::{
    desk::{Asked, Desk, Form, bare, said_no, why},
    words,
};
use crate::{
    fields::Fields,
    page::{Page, time::day},
    problem::Problem,
    session::SignedIn,
    state::App,
};

/// `GET /officer/files/{number}/suspend`.
pub(super) async fn suspend_page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    suspend_form(p, &app, &signed_in, &desk, &Fields::default(), None)
}

/// `POST /officer/files/{number}/suspend`.
pub(super) async fn suspend(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let chosen = SuspensionReason::ALL
        .into_iter()
        .find(|reason| reason.code() == fields.get("reason"));
    let Some(reason) = chosen else {
        let code = "certificate.reason_missing";
        return suspend_form(p, &app, &signed_in, &desk, &fields, Some(code));
    };
    let Ok(until) = fields.get("until").parse::<jiff::civil::Date>() else {
        let code = "certificate.suspension_end";
        return suspend_form(p, &app, &signed_in, &desk, &fields, Some(code));
    };
    let command = Command::Suspend {
        reason,
        until,
        note: fields.given("words"),
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    match desk.carry_out(&app, &signed_in, &fields, command, "suspend").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => {
            let (certificate, until) = (desk.certificate(), day(until));
            let asked = Asked {
                title: Bilingual::new("Put this certificate on hold?", "इस प्रमाण पत्र पर रोक लगाएँ?"),
                sentences: vec![
                    Bilingual::new(
                        format!("Until the end of {}, {certificate} does not hold.", until.en),
                        format!("{} के अंत तक {certificate} मान्य नहीं रहेगा।", until.hi),
                    ),
                    Bilingual::new(
                        "Afterwards it holds again by itself. You can lift the hold earlier.",
                        "उसके बाद यह अपने आप फिर मान्य होगा। आप रोक पहले भी हटा सकते हैं।",
                    ),
                    words::titled(&Bilingual::new("Reason", "कारण"), &words::suspension(reason)),
                    Bilingual::new("The holder is told.", "धारक को बताया जाएगा।"),
                ],
                grave: true,
                confirm: Bilingual::new("Put on hold", "रोक लगाएँ"),
            };
            Ok(desk.check(p, &signed_in, "suspend", asked, &fields))
        }
        Err(code) => suspend_form(p, &app, &signed_in, &desk, &fields, Some(code)),
    }
}

fn suspend_form(
    p: Page,
    app: &App,
    signed_in: &SignedIn,
    desk: &Desk,
    typed: &Fields,
    rejected: Option<&'static str>,
) -> Result<Response, Problem> {
    let today = ist_date(app.state.clock.now());
    let last = today.saturating_add(SUSPENSION_DAYS_MAX.days());
    let reasons = SuspensionReason::ALL.into_iter();
    let form = Form {
        act: "suspend",
        title: Bilingual::new("Put a certificate on hold", "प्रमाण पत्र पर रोक लगाएँ"),
        lead: Some(Bilingual::new(
            "Until the last day every check answers “on hold”.",
            "आख़िरी दिन तक हर जाँच का जवाब “रोक लगी” होगा।",
        )),
        problem: rejected.map(said_no),
        inputs: vec![],
        why: why(),
        reasons: reasons
            .map(|reason| (reason.code(), words::suspension(reason)))
            .collect(),
        until: Some((typed.get("until").to_owned(), today.to_string(), last.to_string())),
        hidden: vec![],
    };
    desk.form(p, app, signed_in, form, typed)
}

fn lifting(desk: &Desk) -> Asked {
    let certificate = desk.certificate();
    Asked {
        title: Bilingual::new("Lift the hold?", "रोक हटाएँ?"),
        sentences: vec![
            Bilingual::new(
                format!("From this moment {certificate} holds again."),
                format!("इसी क्षण से {certificate} फिर मान्य होगा।"),
            ),
            Bilingual::new("The holder is told.", "धारक को बताया जाएगा।"),
        ],
        grave: false,
        confirm: Bilingual::new("Lift the hold", "रोक हटाएँ"),
    }
}

/// `GET /officer/files/{number}/reinstate`.
pub(super) async fn reinstate_page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    Ok(desk.check(p, &signed_in, "reinstate", lifting(&desk), &bare(&app)))
}

/// `POST /officer/files/{number}/reinstate`.
pub(super) async fn reinstate(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let command = Command::Reinstate {
        note: fields.given("words"),
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    desk.at_once(p, &app, &signed_in, &fields, (command, "reinstate"), || lifting(&desk))
        .await
}

fn renewing(desk: &Desk) -> Asked {
    let certificate = desk.certificate();
    Asked {
        title: Bilingual::new("Renew this certificate?", "यह प्रमाण पत्र नवीनीकृत करें?"),
        sentences: vec![
            Bilingual::new(
                format!("A new certificate with a new number and a new last day takes the place of {certificate}."),
                format!("{certificate} की जगह नया नंबर और नई अंतिम तिथि वाला नया प्रमाण पत्र बनेगा।"),
            ),
            Bilingual::new(
                "Every check of the old one then answers “Replaced”.",
                "फिर पुराने की हर जाँच का जवाब “बदला गया” होगा।",
            ),
            Bilingual::new("The holder gets the new one.", "नया प्रमाण पत्र धारक को भेजा जाएगा।"),
        ],
        grave: false,
        confirm: Bilingual::new("Renew", "नवीनीकृत करें"),
    }
}

/// `GET /officer/files/{number}/renew`.
pub(super) async fn renew_page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    Ok(desk.check(p, &signed_in, "renew", renewing(&desk), &bare(&app)))
}

/// `POST /officer/files/{number}/renew`.
pub(super) async fn renew(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let command = Command::Renew {
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    desk.at_once(p, &app, &signed_in, &fields, (command, "renew"), || renewing(&desk))
        .await
}
