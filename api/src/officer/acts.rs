//! What an officer does with a file. The command's id comes with the form and is bound to its content, so sending the same
//! form twice does it once, and sending another content is another command.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Bilingual, ByOfficer, CertificateId,
    application::{Application, Command, Error},
    catalogue::Service,
    ist_date,
};
use ledger::{Context, ExecuteError};
use projections::{File, What};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    file::{Shown, open, service_of, stage_of},
    page::{ActProblem, CheckPage},
    record, words,
};
use crate::{
    fields::Fields,
    page::{Page, html, time::instant},
    problem::Problem,
    session::SignedIn,
    state::App,
};

/// How long a person waits for the views to show what they have just done.
const SEEN_WITHIN: Duration = Duration::from_secs(3);

/// `GET` on a form's address: somebody reloaded or came back.
pub(super) async fn back_to_the_file(Path(number): Path<String>) -> Redirect {
    Redirect::to(&format!(
        "/officer/files/{}",
        number.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "")
    ))
}

/// `POST /officer/files/{number}/acts`.
pub(super) async fn act(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    form: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&form)?;
    let file = open(&app, &signed_in, &number).await?;
    let service = service_of(&app, &file)?;
    let act = form.get("act").to_owned();
    let command = match command(&app, &signed_in, service, &file, &form) {
        Ok(command) => command,
        Err(Unread::Problem(problem)) => return Err(problem),
        Err(Unread::Records(problems)) => {
            let mut shown = Shown::of(file);
            shown.problem = Some(ActProblem {
                title: Bilingual::new("There is a problem", "कुछ ठीक करना है"),
                what: Bilingual::new(
                    "Something recorded at this stage needs mending.",
                    "इस चरण में दर्ज कोई बात ठीक करनी है।",
                ),
                field: problems.keys().next().map(|code| format!("record_{code}")),
                code: "application.record".to_owned(),
            });
            (shown.problems, shown.typed) = (problems, form);
            return shown
                .respond(p, &app, &signed_in, StatusCode::UNPROCESSABLE_ENTITY)
                .await;
        }
    };
    if matches!(act.as_str(), "approve" | "refuse") && form.get("confirmed") != "yes" {
        // Ask the rules before asking the officer: a check page for what cannot be done is a waste of their time.
        return match app.state.ledger.decide::<Application>(&file.number, command).await {
            Ok(_) => Ok(check(p, &app, &signed_in, service, &file, &form)),
            Err(error) => not_done(p, &app, &signed_in, file, form, error).await,
        };
    }
    let context = context(&signed_in, &file, &form)?;
    match app
        .state
        .ledger
        .execute::<Application>(&file.number, command, context)
        .await
    {
        Ok(receipt) => {
            app.state.projector.reached(receipt.last_position, SEEN_WITHIN).await;
            Ok(Redirect::to(&format!("/officer/files/{}?done={act}", file.number)).into_response())
        }
        Err(error) => not_done(p, &app, &signed_in, file, form, error).await,
    }
}

/// Why no command came out of a form.
enum Unread {
    Problem(Problem),
    Records(record::Problems),
}

fn command(app: &App, signed_in: &SignedIn, service: &Service, file: &File, form: &Fields) -> Result<Command, Unread> {
    let stage = form.get("stage").to_owned();
    let plan = stage_of(service, &stage).ok_or_else(|| Unread::Problem(Problem::malformed()))?;
    let role = file
        .current()
        .map_or(plan.role.as_str(), |current| current.role.as_str());
    let by: ByOfficer = signed_in
        .acting_at(role)
        .ok_or_else(|| Unread::Problem(Problem::refused()))?;
    let at = app.state.clock.now();
    let words = form.given("words");
    let read = || record::read(plan, form, ist_date(at)).map_err(Unread::Records);
    Ok(match form.get("act") {
        "forward" => Command::Forward {
            stage,
            by,
            record: read()?,
            note: words,
            at,
        },
        "approve" => Command::Approve {
            stage,
            by,
            record: read()?,
            note: words,
            at,
        },
        "ask" => Command::Ask {
            stage,
            by,
            question: words.unwrap_or_default(),
            paper: form.given("paper"),
            at,
        },
        "refuse" => Command::Refuse {
            stage,
            by,
            reason: service.refusal(form.get("reason")).cloned(),
            words,
            at,
        },
        _ => return Err(Unread::Problem(Problem::malformed())),
    })
}

/// The context of an act: its id is the form's, bound to the form's content.
pub(super) fn context(signed_in: &SignedIn, file: &File, form: &Fields) -> Result<Context, Problem> {
    let drawn: Uuid = form.get("command_id").parse().map_err(|_| Problem::malformed())?;
    let mut content = Sha256::new();
    for (name, value) in form
        .pairs()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "csrf" | "command_id" | "confirmed"))
    {
        for part in [name, value] {
            content.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            content.update(part.as_bytes());
        }
    }
    Ok(Context {
        command_id: Uuid::new_v5(&drawn, &content.finalize()),
        actor: format!("officer/{}", signed_in.officer.id),
        // All that is done about one application belongs together.
        correlation_id: CertificateId::for_application(&file.number).uuid(),
        causation: None,
        commits_to: None,
    })
}

/// The page that tells in sentences what is about to happen.
fn check(p: Page, app: &App, signed_in: &SignedIn, service: &Service, file: &File, form: &Fields) -> Response {
    let number = file.number.to_string();
    let applicant = app.state.views.name_on(file);
    let whom = |none: &str| applicant.clone().unwrap_or_else(|| none.to_owned());
    let (en, hi) = (whom("the applicant"), whom("आवेदक"));
    let grave = form.get("act") == "refuse";
    let mut sentences = vec![];
    if grave {
        sentences.push(Bilingual::new(
            format!("You refuse {number}, {}, for {en}.", service.name.en),
            format!("आप {number}, {}, {hi} के लिए अस्वीकार करते हैं।", service.name.hi),
        ));
        if let Some(reason) = service.refusal(form.get("reason")) {
            sentences.push(words::titled(
                &Bilingual::new("The citizen is told", "नागरिक को बताया जाएगा"),
                &reason.text,
            ));
        }
        sentences.push(Bilingual::new(
            "This cannot be undone; the citizen can apply again or appeal.",
            "यह वापस नहीं हो सकता; नागरिक फिर आवेदन या अपील कर सकता है।",
        ));
    } else {
        sentences.push(Bilingual::new(
            format!("You approve {number}, {}, for {en}.", service.name.en),
            format!("आप {number}, {}, {hi} के लिए मंज़ूर करते हैं।", service.name.hi),
        ));
        sentences.push(Bilingual::new(
            "The certificate is then signed and sent to the citizen.",
            "फिर प्रमाण पत्र पर हस्ताक्षर होंगे और वह नागरिक को भेजा जाएगा।",
        ));
        sentences.push(Bilingual::new(
            "This cannot be undone; the certificate can only be cancelled.",
            "यह वापस नहीं हो सकता; प्रमाण पत्र केवल रद्द किया जा सकता है।",
        ));
    }
    let hidden = form
        .pairs()
        .iter()
        .filter(|(name, _)| name != "csrf" && name != "confirmed")
        .cloned()
        .collect();
    let page = CheckPage {
        p,
        desk: signed_in.desk(),
        here: "file",
        action: format!("/officer/files/{number}/acts"),
        number,
        title: if grave {
            Bilingual::new("Refuse this application?", "यह आवेदन अस्वीकार करें?")
        } else {
            Bilingual::new("Approve this application?", "यह आवेदन मंज़ूर करें?")
        },
        sentences,
        words_label: if grave {
            Bilingual::new("Your words to the citizen", "नागरिक के लिए आपके शब्द")
        } else {
            Bilingual::new("Your note for the file", "फ़ाइल के लिए आपकी टिप्पणी")
        },
        words: form.given("words"),
        csrf: signed_in.csrf.clone(),
        hidden,
        grave,
        confirm: if grave {
            Bilingual::new("Refuse", "अस्वीकार करें")
        } else {
            Bilingual::new("Approve", "मंज़ूर करें")
        },
    };
    html(StatusCode::OK, &page)
}

/// What an officer sees when their act was not carried out.
async fn not_done(
    p: Page,
    app: &App,
    signed_in: &SignedIn,
    file: File,
    form: Fields,
    error: ExecuteError<Error>,
) -> Result<Response, Problem> {
    let rejected = match error {
        ExecuteError::Rejected(rejected) => rejected,
        error => return Err(fault(error)),
    };
    // The officer saw another state of the file than there is: somebody was faster.
    let lost = matches!(rejected, Error::AlreadyDecided | Error::OtherStage);
    let what = if lost { who_was_faster(&file) } else { None };
    let field = match &rejected {
        Error::RecordMissing { field } | Error::RecordUnknown { field } | Error::NotPassed { field } => {
            Some(format!("record_{field}"))
        }
        Error::ReasonMissing => Some("reason-field".to_owned()),
        Error::Empty | Error::TooLong { .. } => Some("words-field".to_owned()),
        _ => None,
    };
    let mut shown = Shown::of(file);
    shown.problem = Some(ActProblem {
        title: if lost {
            Bilingual::new("Somebody else was faster", "किसी और ने पहले कर दिया")
        } else {
            Bilingual::new("The rule says no", "नियम इसकी अनुमति नहीं देता")
        },
        what: what.unwrap_or_else(|| words::rejection(rejected.code())),
        field,
        code: rejected.code().to_owned(),
    });
    shown.typed = form;
    let status = if lost {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    shown.respond(p, app, signed_in, status).await
}

/// `DEMO-101, Registrar, did this on …: Approved`.
fn who_was_faster(file: &File) -> Option<Bilingual> {
    let line = file.history.iter().rev().find(|line| line.what != What::Submitted)?;
    let (what, at) = (words::what(line.what), instant(line.at));
    let by = line.by.as_ref().map(|by| {
        let id = Bilingual::new(by.officer.as_str(), by.officer.as_str());
        words::joined(&id, &by.designation)
    });
    let by = by
        .map(|by| Bilingual::new(format!(", {}", by.en), format!(", {}", by.hi)))
        .unwrap_or_default();
    Some(Bilingual::new(
        format!(
            "Meanwhile this happened: {}, {}{}. Nothing of yours was stored.",
            what.en, at.en, by.en
        ),
        format!("इस बीच यह हुआ: {}, {}{}। आपका कुछ दर्ज नहीं हुआ।", what.hi, at.hi, by.hi),
    ))
}

/// A fault of an act, as a problem.
pub(super) fn fault<E: std::error::Error + 'static>(error: ExecuteError<E>) -> Problem {
    match error {
        ExecuteError::Conflict => Problem::conflict(),
        ExecuteError::CommandReused => Problem::command_reused(),
        ExecuteError::Corrupt { .. } => Problem::read_only(),
        ExecuteError::Unavailable(fault) => fault.into(),
        ExecuteError::Unrecordable(error) => error.into(),
        ExecuteError::Rejected(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a rejection was not shown in its words"
            );
            Problem::internal()
        }
    }
}
