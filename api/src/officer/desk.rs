//! Where an officer acts on a certificate: who may, the form with the reason, the page before the act, and carrying it out.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Bilingual, ByOfficer,
    certificate::{Certificate, Command},
};
use ledger::ExecuteError;
use projections::{Entry, File};

use super::{
    acts::{context, fault},
    file::{may_revoke, newest, open, service_of},
    page::{ActProblem, CheckPage, Choice, RecordInput, StandingPage},
    words,
};
use crate::{
    fields::Fields,
    page::{Page, html},
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
    /// # Errors
    /// The page that there is no such file, no certificate, or that another role decides.
    pub(super) async fn open(app: &App, signed_in: &SignedIn, number: &str) -> Result<Self, Problem> {
        let desk = Self::of_the_role(app, signed_in, number).await?;
        if may_revoke(&desk.entry, &desk.file, signed_in, app.state.clock.now()) {
            Ok(desk)
        } else {
            Err(Problem::refused())
        }
    }

    /// As [`Desk::open`], however the certificate stands: for an act whose refusal the rules put into words.
    pub(super) async fn of_the_role(app: &App, signed_in: &SignedIn, number: &str) -> Result<Self, Problem> {
        let file = open(app, signed_in, number).await?;
        let entry = newest(app, &file.number).await?.ok_or_else(Problem::not_found)?;
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

    /// An act without a form: its check page, then the act. `asked` is what the page asks.
    pub(super) async fn at_once(
        &self,
        p: Page,
        app: &App,
        signed_in: &SignedIn,
        fields: &Fields,
        (command, act): (Command, &'static str),
        asked: impl FnOnce() -> Asked,
    ) -> Result<Response, Problem> {
        match self.carry_out(app, signed_in, fields, command, act).await? {
            Ok(Some(done)) => Ok(done),
            Ok(None) => Ok(self.check(p, signed_in, act, asked(), fields)),
            Err(code) => Ok(refused(p, self, signed_in, code)),
        }
    }

    /// The form in which an act is prepared.
    pub(super) fn form(
        &self,
        p: Page,
        app: &App,
        signed_in: &SignedIn,
        form: Form,
        typed: &Fields,
    ) -> Result<Response, Problem> {
        let status = status(form.problem.is_some());
        let chosen = typed.get("reason");
        let choice = |(code, label): (&str, Bilingual)| Choice {
            code: code.to_owned(),
            label,
            chosen: chosen == code,
        };
        let page = StandingPage {
            p,
            desk: signed_in.desk(),
            here: "file",
            number: self.file.number.to_string(),
            title: form.title,
            lead: form.lead,
            service: service_of(app, &self.file)?.name.clone(),
            certificate: self.certificate(),
            problem: form.problem,
            action: self.address(form.act),
            csrf: signed_in.csrf.clone(),
            command_id: app.state.entropy.uuid_v4().to_string(),
            inputs: form.inputs,
            why: form.why,
            reasons: form.reasons.into_iter().map(choice).collect(),
            until: form.until,
            hidden: form.hidden,
            words: typed.get("words").to_owned(),
        };
        Ok(html(status, &page))
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

/// What a form asks for.
pub(super) struct Form {
    pub(super) act: &'static str,
    pub(super) title: Bilingual,
    /// What follows from it.
    pub(super) lead: Option<Bilingual>,
    pub(super) problem: Option<ActProblem>,
    pub(super) inputs: Vec<RecordInput>,
    /// Above the reasons.
    pub(super) why: Bilingual,
    /// By their codes. None: words are asked for instead, and needed.
    pub(super) reasons: Vec<(&'static str, Bilingual)>,
    /// The last day: what was typed, the first and the last that is accepted.
    pub(super) until: Option<(String, String, String)>,
    /// What is sent along unseen: names and values.
    pub(super) hidden: Vec<(String, String)>,
}

/// What most forms write above the reasons.
pub(super) fn why() -> Bilingual {
    Bilingual::new("Why?", "क्यों?")
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

const fn status(rejected: bool) -> StatusCode {
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
