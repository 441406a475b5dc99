//! Correcting a certificate: one officer of the issuing authority says what is wrong and why, another one agrees, and a new
//! certificate takes the place of the old one.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    Bilingual,
    catalogue::{Answers, CheckedForm, Field, FormProblem, Service},
    certificate::{Command, ProposeCorrection, ReplacementReason},
    ist_date,
};
use projections::ProposalEntry;

use super::{
    desk::{Asked, Desk, Form, bare, refused, said_no, why},
    file::service_of,
    page::ActProblem,
    record, words,
};
use crate::{fields::Fields, page::Page, problem::Problem, session::SignedIn, state::App};

/// What stands on the certificate, and so can be corrected.
fn printed<'a>(service: &'a Service, answers: &'a Answers) -> impl Iterator<Item = &'a Field> {
    let rows = service.certificate.rows.iter();
    rows.filter_map(|code| service.field(code))
        .filter(move |field| answers.contains_key(&field.code) || field.applies(answers))
}

/// The answers that the certificate was made from.
async fn before(app: &App, desk: &Desk) -> Result<Answers, Problem> {
    let answers = app.state.views.answers_of(&desk.entry).await?;
    answers.ok_or_else(Problem::refused)
}

/// `GET /officer/files/{number}/correct`.
pub(super) async fn page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let before = before(&app, &desk).await?;
    let service = service_of(&app, &desk.file)?;
    let held = printed(service, &before)
        .filter_map(|field| Some(record::typed(field, before.get(&field.code)?)))
        .flatten()
        .collect();
    let typed = Fields::filled(held);
    form(p, &app, &signed_in, &desk, &before, &typed, Rejected::default())
}

/// Why the form comes back.
#[derive(Default)]
struct Rejected {
    code: Option<&'static str>,
    problems: record::Problems,
}

/// `POST /officer/files/{number}/correct`.
pub(super) async fn propose(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let before = before(&app, &desk).await?;
    let service = service_of(&app, &desk.file)?;
    let chosen = ReplacementReason::CORRECTIONS
        .into_iter()
        .find(|reason| reason.code() == fields.get("reason"));
    let Some(reason) = chosen else {
        let rejected = Rejected {
            code: Some("certificate.reason_missing"),
            ..Rejected::default()
        };
        return form(p, &app, &signed_in, &desk, &before, &fields, rejected);
    };
    let checked = match read(service, &desk, &before, &fields) {
        Ok(checked) => checked,
        Err(problems) => {
            let rejected = Rejected {
                code: Some("application.record"),
                problems,
            };
            return form(p, &app, &signed_in, &desk, &before, &fields, rejected);
        }
    };
    let sentences = changes(service, &before, checked.answers());
    let command = Command::ProposeCorrection(Box::new(ProposeCorrection {
        reason,
        before: before.clone(),
        form: checked,
        note: fields.given("words"),
        by: desk.by.clone(),
        at: app.state.clock.now(),
    }));
    match desk.carry_out(&app, &signed_in, &fields, command, "propose").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => {
            let mut sentences = sentences;
            sentences.push(words::titled(
                &Bilingual::new("Reason", "कारण"),
                &words::replacement(reason),
            ));
            sentences.push(Bilingual::new(
                "Another officer of your office has to approve this. Until then nothing changes.",
                "इसे आपके कार्यालय के दूसरे अधिकारी को मंज़ूर करना होगा। तब तक कुछ नहीं बदलेगा।",
            ));
            let asked = Asked {
                title: Bilingual::new("Propose this correction?", "यह सुधार सुझाएँ?"),
                sentences,
                grave: false,
                confirm: Bilingual::new("Propose", "सुझाएँ"),
            };
            Ok(desk.check(p, &signed_in, "correct", asked, &fields))
        }
        Err(code) => {
            let rejected = Rejected {
                code: Some(code),
                ..Rejected::default()
            };
            form(p, &app, &signed_in, &desk, &before, &fields, rejected)
        }
    }
}

/// The whole form with what was typed in place of what the certificate says, checked as on the day on which it was handed in.
fn read(service: &Service, desk: &Desk, before: &Answers, fields: &Fields) -> Result<CheckedForm, record::Problems> {
    let (mut answers, mut problems) = (before.clone(), record::Problems::new());
    for field in printed(service, before) {
        let name = record::name_of(field);
        let typed: Vec<&str> = fields.all(&name).filter(|value| !value.is_empty()).collect();
        let Some(first) = typed.first() else {
            answers.remove(&field.code);
            continue;
        };
        match record::value(field, first, &typed) {
            Ok(value) => {
                answers.insert(field.code.clone(), value);
            }
            Err(problem) => {
                problems.insert(field.code.clone(), problem);
            }
        }
    }
    let day = ist_date(desk.file.submitted_at);
    match service.check(answers, desk.file.papers.clone(), day) {
        Ok(checked) if problems.is_empty() => Ok(checked),
        Ok(_) => Err(problems),
        Err(more) => {
            for problem in more {
                if let FormProblem::Field { field, problem } = problem {
                    problems.entry(field).or_insert(problem);
                }
            }
            Err(problems)
        }
    }
}

/// Every change in a sentence.
fn changes(service: &Service, before: &Answers, after: &Answers) -> Vec<Bilingual> {
    let none = || Bilingual::new("nothing", "कुछ नहीं");
    service
        .fields
        .iter()
        .filter(|field| before.get(&field.code) != after.get(&field.code))
        .map(|field| {
            let say = |answers: &Answers| {
                answers
                    .get(&field.code)
                    .map_or_else(none, |value| both_scripts(field, value))
            };
            let (old, new) = (say(before), say(after));
            Bilingual::new(
                format!("{}: “{}” becomes “{}”", field.label.en, old.en, new.en),
                format!("{}: “{}” की जगह “{}”", field.label.hi, old.hi, new.hi),
            )
        })
        .collect()
}

/// A correction in one script alone must be seen in both languages.
fn both_scripts(field: &Field, value: &domain::catalogue::Value) -> Bilingual {
    match value {
        domain::catalogue::Value::Name(_) => {
            let typed = record::typed(field, value);
            let text = typed.into_iter().next().map(|(_, text)| text).unwrap_or_default();
            Bilingual::new(text.clone(), text)
        }
        _ => record::in_words(field, value),
    }
}

fn form(
    p: Page,
    app: &App,
    signed_in: &SignedIn,
    desk: &Desk,
    before: &Answers,
    typed: &Fields,
    rejected: Rejected,
) -> Result<Response, Problem> {
    let service = service_of(app, &desk.file)?;
    let reasons = ReplacementReason::CORRECTIONS.into_iter();
    let form = Form {
        act: "correct",
        title: Bilingual::new("Propose a correction", "सुधार सुझाएँ"),
        lead: Some(Bilingual::new(
            "Change what is wrong. A name may stand in both scripts, with a / between. When another officer has approved, a new certificate with a new number takes the place of this one.",
            "जो ग़लत है उसे बदलें। नाम दोनों लिपियों में, बीच में / लगाकर लिखा जा सकता है। दूसरे अधिकारी की मंज़ूरी पर इसकी जगह नए नंबर वाला नया प्रमाण पत्र बनेगा।",
        )),
        problem: rejected.code.map(problem),
        inputs: printed(service, before)
            .map(|field| record::input(field, typed, rejected.problems.get(&field.code)))
            .collect(),
        why: why(),
        reasons: reasons
            .map(|reason| (reason.code(), words::replacement(reason)))
            .collect(),
        until: None,
        hidden: vec![],
    };
    desk.form(p, app, signed_in, form, typed)
}

fn problem(code: &'static str) -> ActProblem {
    if code != "application.record" {
        return said_no(code);
    }
    ActProblem {
        title: Bilingual::new("Something is not accepted", "कोई जवाब स्वीकार नहीं हुआ"),
        what: Bilingual::new(
            "The field itself says why. Nothing was recorded.",
            "कारण उसी जगह लिखा है। कुछ दर्ज नहीं हुआ।",
        ),
        field: None,
        code: code.to_owned(),
    }
}

fn agreeing(service: &Service, desk: &Desk, before: &Answers, proposal: &ProposalEntry) -> Asked {
    let mut sentences = match &proposal.answers {
        Some(after) => changes(service, before, after),
        None => vec![],
    };
    sentences.push(words::titled(
        &Bilingual::new("Reason", "कारण"),
        &words::replacement(proposal.reason),
    ));
    let by = proposal.by.officer.as_str();
    sentences.push(Bilingual::new(format!("Proposed by {by}."), format!("{by} ने सुझाया।")));
    let certificate = desk.certificate();
    sentences.push(Bilingual::new(
        format!("A new certificate takes the place of {certificate}, whose every copy then answers “Replaced”. This cannot be undone."),
        format!("{certificate} की जगह नया प्रमाण पत्र बनेगा, और पुराने की हर प्रति का जवाब “बदला गया” होगा। यह वापस नहीं हो सकता।"),
    ));
    sentences.push(Bilingual::new(
        "The holder gets the new one.",
        "नया प्रमाण पत्र धारक को भेजा जाएगा।",
    ));
    Asked {
        title: Bilingual::new("Approve this correction?", "यह सुधार मंज़ूर करें?"),
        sentences,
        grave: true,
        confirm: Bilingual::new("Approve the correction", "सुधार मंज़ूर करें"),
    }
}

/// `GET /officer/files/{number}/correction`.
pub(super) async fn proposal(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let before = before(&app, &desk).await?;
    let waiting = desk.entry.proposal.as_ref().ok_or_else(Problem::not_found)?;
    let service = service_of(&app, &desk.file)?;
    let mut pairs = bare(&app).pairs().to_vec();
    pairs.push(("proposed_at".to_owned(), waiting.at.to_string()));
    // Shown, and not sent back: the words are the other officer's.
    let asked = agreeing(service, &desk, &before, waiting);
    Ok(desk.check(p, &signed_in, "correction", asked, &Fields::filled(pairs)))
}

/// `POST /officer/files/{number}/correction`.
pub(super) async fn approve(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    signed_in.sent(&fields)?;
    let desk = Desk::open(&app, &signed_in, &number).await?;
    let command = Command::ApproveCorrection {
        proposed_at: fields.get("proposed_at").parse().map_err(|_| Problem::malformed())?,
        by: desk.by.clone(),
        at: app.state.clock.now(),
    };
    match desk.carry_out(&app, &signed_in, &fields, command, "correct").await? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => {
            let before = before(&app, &desk).await?;
            let waiting = desk.entry.proposal.as_ref().ok_or_else(Problem::not_found)?;
            let service = service_of(&app, &desk.file)?;
            let asked = agreeing(service, &desk, &before, waiting);
            Ok(desk.check(p, &signed_in, "correction", asked, &fields))
        }
        Err(code) => Ok(refused(p, &desk, &signed_in, code)),
    }
}
