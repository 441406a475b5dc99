//! Putting a certificate on hold, lifting the hold, renewing: by the authority that issued, after a check page.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Bilingual, ByOfficer,
    certificate::{Certificate, Command, SUSPENSION_DAYS_MAX, SuspensionReason},
    ist_date,
};
use jiff::ToSpan as _;
use ledger::ExecuteError;
use projections::{Entry, File};

use super::{
    acts::{context, fault},
    file::{may_revoke, newest, open, service_of},
    page::{ActProblem, CheckPage, Choice, StandingPage},
    words,
};
use crate::{
    fields::Fields,
    page::{Page, html, time::day},
    problem::Problem,
    session::SignedIn,
    state::App,
};

/// A file whose certificate this officer may act on, and as whom they act.
pub(super) struct Desk {
    pub(super) file: File,
    pub(super) entry: Entry,
    pub(super) by: ByOfficer,
}

impl Desk {
    pub(super) async fn open(app: &App, signed_in: &SignedIn, number: &str) -> Result<Self, Problem> {
        let file = open(app, signed_in, number).await?;
        let entry = newest(app, &file.number).await?.ok_or_else(Problem::not_found)?;
        if !may_revoke(&entry, &file, signed_in, app.state.clock.now()) {
            return Err(Problem::refused());
        }
        let decides = file.stages.last().map(|stage| stage.role.clone()).unwrap_or_default();
        let by = signed_in.officer.acting_as(&decides).ok_or_else(Problem::refused)?;
        Ok(Self { file, entry, by })
    }

    pub(super) fn address(&self, act: &str) -> String {
        format!("/officer/files/{}/{act}", self.file.number)
    }

    pub(super) fn certificate(&self) -> String {
        self.entry.number.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Carries a confirmed command out, and asks the rules about any other. `Ok(None)`: it may be confirmed. `Err` inside:
    /// the rule said no, by its code.
    pub(super) async fn carry_out(
        &self,
        app: &App,
        signed_in: &SignedIn,
        fields: &Fields,
        command: Command,
        done: &str,
    ) -> Result<Result<Option<Response>, &'static str>, Problem> {
        let (ledger, id) = (&app.state.ledger, &self.entry.id);
        let rejected = if fields.get("confirmed") == "yes" {
            let context = context(signed_in, &self.file, fields)?;
            match ledger.execute::<Certificate>(id, command, context).await {
                Ok(receipt) => {
                    let seen = Duration::from_secs(3);
                    app.state.projector.reached(receipt.last_position, seen).await;
                    let file = format!("/officer/files/{}?done={done}", self.file.number);
                    return Ok(Ok(Some(Redirect::to(&file).into_response())));
                }
                Err(error) => error,
            }
        } else {
            match ledger.decide::<Certificate>(id, command).await {
                Ok(_) => return Ok(Ok(None)),
                Err(error) => error,
            }
        };
        match rejected {
            ExecuteError::Rejected(rejected) => Ok(Err(rejected.code())),
            error => Err(fault(error)),
        }
    }

    /// The page before the act.
    pub(super) fn check(&self, p: Page, signed_in: &SignedIn, act: &str, asked: Asked, fields: &Fields) -> Response {
        let page = CheckPage {
            p,
            desk: signed_in.desk(),
            here: "file",
            action: self.address(act),
            number: self.file.number.to_string(),
            title: asked.title,
            sentences: asked.sentences,
            words_label: Bilingual::new("Your note for the file", "फ़ाइल के लिए आपकी टिप्पणी"),
            words: fields.given("words"),
            csrf: signed_in.csrf.clone(),
            hidden: fields
                .pairs()
                .iter()
                .filter(|(name, _)| name != "csrf" && name != "confirmed")
                .cloned()
                .collect(),
            grave: asked.grave,
            confirm: asked.confirm,
        };
        html(StatusCode::OK, &page)
    }
}

/// What is asked before an act.
pub(super) struct Asked {
    pub(super) title: Bilingual,
    pub(super) sentences: Vec<Bilingual>,
    pub(super) grave: bool,
    pub(super) confirm: Bilingual,
}

/// The rule's words above a form.
pub(super) fn said_no(code: &'static str) -> ActProblem {
    ActProblem {
        title: Bilingual::new("The rule says no", "नियम इसकी अनुमति नहीं देता"),
        what: words::rejection(code),
        field: None,
        code: code.to_owned(),
    }
}

/// A rejection of an act that has no form of its own to go back to.
pub(super) fn refused(p: Page, desk: &Desk, signed_in: &SignedIn, code: &'static str) -> Response {
    let page = CheckPage {
        p,
        desk: signed_in.desk(),
        here: "file",
        action: desk.address(""),
        number: desk.file.number.to_string(),
        title: Bilingual::new("The rule says no", "नियम इसकी अनुमति नहीं देता"),
        sentences: vec![words::rejection(code), Bilingual::new(code, code)],
        words_label: Bilingual::default(),
        words: None,
        csrf: String::new(),
        hidden: vec![],
        grave: false,
        confirm: Bilingual::default(),
    };
    html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

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
    let page = StandingPage {
        p,
        desk: signed_in.desk(),
        here: "file",
        number: desk.file.number.to_string(),
        title: Bilingual::new("Put a certificate on hold", "प्रमाण पत्र पर रोक लगाएँ"),
        lead: Bilingual::new(
            "Until the last day every check answers “on hold”.",
            "आख़िरी दिन तक हर जाँच का जवाब “रोक लगी” होगा।",
        ),
        service: service_of(app, &desk.file)?.name.clone(),
        certificate: desk.certificate(),
        problem: rejected.map(said_no),
        action: desk.address("suspend"),
        csrf: signed_in.csrf.clone(),
        command_id: app.state.entropy.uuid_v4().to_string(),
        inputs: vec![],
        reasons: SuspensionReason::ALL
            .into_iter()
            .map(|reason| Choice {
                code: reason.code().to_owned(),
                label: words::suspension(reason),
                chosen: typed.get("reason") == reason.code(),
            })
            .collect(),
        until: Some((typed.get("until").to_owned(), today.to_string(), last.to_string())),
        words: typed.get("words").to_owned(),
    };
    Ok(html(status(rejected.is_some()), &page))
}

pub(super) const fn status(rejected: bool) -> StatusCode {
    if rejected {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

/// A form that holds nothing but the command's id.
pub(super) fn bare(app: &App) -> Fields {
    Fields::filled(vec![("command_id".to_owned(), app.state.entropy.uuid_v4().to_string())])
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
    match desk.carry_out(&app, &signed_in, &fields, command, "reinstate").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Ok(desk.check(p, &signed_in, "reinstate", lifting(&desk), &fields)),
        Err(code) => Ok(refused(p, &desk, &signed_in, code)),
    }
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
    match desk.carry_out(&app, &signed_in, &fields, command, "renew").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Ok(desk.check(p, &signed_in, "renew", renewing(&desk), &fields)),
        Err(code) => Ok(refused(p, &desk, &signed_in, code)),
    }
}
