//! One file: what was said, what was sent, what happened, and what this officer may do now.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    ApplicationNumber, Bilingual, CertificateId,
    catalogue::{Catalogue, Service, Stage, StageKind, Value},
    ist_date,
};
use jiff::Timestamp;
use projections::{Entry, File, FileState, HistoryLine, Stood, What};
use serde::Deserialize;

use super::{
    page::{
        ActForm, ActProblem, AnswerRow, CertificateView, Choice, FilePage, HistoryView, PaperView, StageView, VoiceView,
    },
    queue, record, words,
};
use crate::{
    fields::Fields,
    guard::CONSOLE,
    page::{
        Page, html,
        time::{Limit, day, instant, iso},
    },
    problem::Problem,
    session::SignedIn,
    state::App,
    turn::{self, Note},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    done: String,
}

/// `GET /officer/files/{number}`.
pub(super) async fn show(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Path(number): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Problem> {
    let file = open(&app, &signed_in, &number).await?;
    let canonical = file.number.to_string();
    if canonical != number {
        return Ok(Redirect::to(&format!("/officer/files/{canonical}")).into_response());
    }
    let mut shown = Shown::of(file);
    shown.done = words::done(&arrival.done);
    shown.respond(p, &app, &signed_in, StatusCode::OK).await
}

/// The file under a number, if this officer works at one of its stages.
pub(super) async fn open(app: &App, signed_in: &SignedIn, number: &str) -> Result<File, Problem> {
    let number: ApplicationNumber = number.parse().map_err(|_| Problem::not_found())?;
    let file = app.state.views.file(&number).await?.ok_or_else(Problem::not_found)?;
    let theirs = file
        .stages
        .iter()
        .any(|stage| signed_in.officer.roles.contains(&stage.role));
    if theirs { Ok(file) } else { Err(Problem::refused()) }
}

/// The certificate of an application that counts: the last one that was signed, or the only one.
pub(super) async fn newest(app: &App, number: &ApplicationNumber) -> Result<Option<Entry>, Problem> {
    let views = &app.state.views;
    let all = views.certificates_for(number).await?;
    let signed = all.iter().rev().find(|listed| listed.row.issued.is_some());
    let Some(listed) = signed.or(all.first()) else {
        return Ok(None);
    };
    let id: CertificateId = listed.row.id.parse().map_err(|_| Problem::internal())?;
    // Asked for by itself: one that stands still is not shown as if it did not.
    Ok(views.certificate(id).await?)
}

/// The service of a file. A service that was taken out of the catalogue leaves its files behind.
pub(super) fn service_of<'a>(app: &'a App, file: &File) -> Result<&'a Service, Problem> {
    app.state.catalogue.get(&file.service).ok_or_else(|| {
        tracing::error!(
            service = file.service,
            "the catalogue does not know the service of a file"
        );
        Problem::internal()
    })
}

/// A stage of a file in its service.
pub(super) fn stage_of<'a>(service: &'a Service, code: &str) -> Option<&'a Stage> {
    service.stages.iter().find(|stage| stage.code == code)
}

/// A file's page, with what is to be said above it and what was typed so far.
pub(super) struct Shown {
    file: File,
    pub(super) done: Option<Bilingual>,
    pub(super) problem: Option<ActProblem>,
    pub(super) typed: Fields,
    pub(super) problems: record::Problems,
}

impl Shown {
    pub(super) fn of(file: File) -> Self {
        Self {
            file,
            done: None,
            problem: None,
            typed: Fields::default(),
            problems: record::Problems::new(),
        }
    }

    /// The page.
    pub(super) async fn respond(
        self,
        p: Page,
        app: &App,
        signed_in: &SignedIn,
        status: StatusCode,
    ) -> Result<Response, Problem> {
        let service = service_of(app, &self.file)?;
        let entry = newest(app, &self.file.number).await?;
        let notes = turn::of_file(&app.state.ledger, &self.file).await?;
        let following = match self.done {
            Some(_) => following(app, signed_in, &self.file).await?,
            None => None,
        };
        let today = ist_date(app.state.clock.now());
        let (form, no_act) = match self.may_act(signed_in) {
            Ok(()) => (self.form(app, signed_in, service), None),
            Err(why) => (None, why),
        };
        let file = &self.file;
        let page = FilePage {
            number: file.number.to_string(),
            service: service.name.clone(),
            applicant: app.state.views.name_on(file),
            state: words::state(&file.state),
            limit: file
                .due
                .filter(|_| file.is_under_way())
                .map(|due| Limit::on(due, today)),
            following,
            answers: answers(service, file),
            answers_set: file
                .history
                .iter()
                .find(|line| line.what == What::Submitted)
                .map(set_by),
            papers: papers(&app.state.catalogue, service, file),
            voices: voices(&notes, file),
            form,
            no_act,
            certificate: entry
                .as_ref()
                .and_then(|entry| certificate(entry, file, signed_in, app.state.clock.now())),
            stages: stages(service, file),
            history: file
                .history
                .iter()
                .rev()
                .map(|line| history(service, file, line))
                .collect(),
            desk: signed_in.desk(),
            here: "file",
            done: self.done,
            problem: self.problem,
            p,
        };
        let mut response = html(status, &page);
        let policy = axum::http::HeaderValue::from_static(CONSOLE);
        response
            .headers_mut()
            .insert(axum::http::header::CONTENT_SECURITY_POLICY, policy);
        Ok(response)
    }

    /// May this officer act now? Otherwise, why not, where that is worth saying. The rules decide in the end; this only
    /// keeps a form from being drawn in vain.
    fn may_act(&self, signed_in: &SignedIn) -> Result<(), Option<Bilingual>> {
        let Some(plan) = self.file.current() else {
            return Err(None);
        };
        let passed_before = self
            .file
            .passed_by
            .as_ref()
            .is_some_and(|by| by.officer == signed_in.officer.id);
        let code = if plan.kind == StageKind::Automatic {
            "application.automatic_stage"
        } else if !signed_in.officer.roles.contains(&plan.role) {
            let role = words::role(&plan.role);
            return Err(Some(Bilingual::new(
                format!("This stage is for: {}.", role.en),
                format!("यह चरण इनके लिए है: {}।", role.hi),
            )));
        } else if passed_before {
            "application.same_officer"
        } else if let FileState::Waiting { .. } = self.file.state {
            "application.waiting_for_citizen"
        } else {
            return Ok(());
        };
        Err(Some(words::rejection(code)))
    }

    fn form(&self, app: &App, signed_in: &SignedIn, service: &Service) -> Option<ActForm> {
        let plan = self.file.current()?;
        let stage = stage_of(service, &plan.code)?;
        let act = |code: &str, en: &str, hi: &str| Choice {
            code: code.to_owned(),
            label: Bilingual::new(en, hi),
            chosen: self.typed.get("act") == code,
        };
        let mut acts = vec![if self.file.is_last_stage() {
            act("approve", "Approve", "मंज़ूर करें")
        } else {
            act("forward", "Pass on to the next stage", "अगले चरण को भेजें")
        }];
        acts.push(act("ask", "Ask the citizen", "नागरिक से पूछें"));
        let mut reasons = vec![];
        if plan.may_refuse {
            acts.push(act("refuse", "Refuse", "अस्वीकार करें"));
            reasons.extend(service.refusals.iter().map(|reason| Choice {
                code: reason.code.clone(),
                label: reason.text.clone(),
                chosen: self.typed.get("reason") == reason.code,
            }));
        }
        Some(ActForm {
            title: Bilingual::new("Your decision at this stage", "इस चरण पर आपका निर्णय"),
            csrf: signed_in.csrf.clone(),
            command_id: app.state.entropy.uuid_v4().to_string(),
            stage: plan.code.clone(),
            acts,
            records: record::inputs(stage, &self.typed, &self.problems),
            reasons,
            papers: service
                .documents
                .iter()
                .filter(|document| {
                    self.file
                        .answers
                        .as_ref()
                        .is_none_or(|answers| document.applies(answers))
                })
                .map(|document| Choice {
                    code: document.code.clone(),
                    label: document.label.clone(),
                    chosen: self.typed.get("paper") == document.code,
                })
                .collect(),
            words: self.typed.get("words").to_owned(),
        })
    }
}

/// The next file of the queue that this officer can act on.
async fn following(app: &App, signed_in: &SignedIn, file: &File) -> Result<Option<String>, Problem> {
    let items = queue::waiting(app, signed_in).await?;
    Ok(items
        .into_iter()
        .find(|item| {
            item.number != file.number && !item.waiting && item.passed_by.as_ref() != Some(&signed_in.officer.id)
        })
        .map(|item| item.number.to_string()))
}

fn answers(service: &Service, file: &File) -> Vec<AnswerRow> {
    let Some(given) = &file.answers else { return vec![] };
    let printed = |field: &domain::catalogue::Field, value: Option<&Value>| {
        let printed = value.map(|value| field.printed(value)).unwrap_or_default();
        AnswerRow {
            label: field.label.clone(),
            hi: printed.hi,
            en: printed.en,
        }
    };
    service
        .fields
        .iter()
        .filter(|field| given.contains_key(&field.code) || field.applies(given))
        .map(|field| printed(field, given.get(&field.code)))
        .collect()
}

fn set_by(line: &HistoryLine) -> Bilingual {
    let at = instant(line.at);
    Bilingual::new(
        format!("Given by the citizen on {}, position {}", at.en, line.position),
        format!("नागरिक ने {} को दिए, स्थान {}", at.hi, line.position),
    )
}

fn papers(catalogue: &Catalogue, service: &Service, file: &File) -> Vec<PaperView> {
    let view = |(index, paper): (usize, &domain::Paper)| PaperView {
        title: service
            .document(&paper.document)
            .map_or_else(|| Bilingual::new("Paper", "कागज़"), |document| document.label.clone()),
        accepted: service
            .document(&paper.document)
            .and_then(|document| catalogue.accepted(document)),
        href: format!("/officer/files/{}/papers/{}", file.number, index + 1),
        picture: paper.media_type.starts_with("image/"),
        kind: match paper.media_type.as_str() {
            "image/jpeg" => "JPEG",
            "image/png" => "PNG",
            _ => "PDF",
        },
        size: size(paper.bytes),
        notes: paper.notes.iter().map(|&note| words::noticed(note)).collect(),
    };
    file.papers.iter().enumerate().map(view).collect()
}

fn voices(notes: &[Note], file: &File) -> Vec<VoiceView> {
    let view = |(index, note): (usize, &Note)| VoiceView {
        when: instant(note.at),
        href: format!("/officer/files/{}/voice/{}", file.number, index + 1),
        length: note
            .seconds
            .map(|seconds| format!("{}:{:02}", seconds / 60, seconds % 60)),
        size: size(note.bytes),
        words: note.words.clone(),
    };
    notes.iter().enumerate().map(view).collect()
}

/// `412 KB`, `1.2 MB`; a thousand bytes are a KB.
fn size(bytes: u64) -> String {
    match bytes {
        ..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn stages(service: &Service, file: &File) -> Vec<StageView> {
    let done = matches!(file.state, FileState::Approved { .. });
    file.stages
        .iter()
        .enumerate()
        .map(|(place, plan)| StageView {
            title: stage_of(service, &plan.code)
                .map_or_else(|| Bilingual::new(&plan.code, &plan.code), |stage| stage.title.clone()),
            class: if place < file.stage || done {
                "passed"
            } else if place == file.stage && file.is_under_way() {
                "here"
            } else {
                "ahead"
            },
        })
        .collect()
}

fn history(service: &Service, file: &File, line: &HistoryLine) -> HistoryView {
    let stage = line.stage.as_deref().and_then(|code| stage_of(service, code));
    let mut what = words::what(line.what);
    if let Some(stage) = stage {
        what = words::titled(&what, &stage.title);
    }
    let mut recorded = record::shown(stage, &line.record);
    if let (What::Refused, FileState::Refused { reason, .. }) = (line.what, &file.state)
        && let Some(reason) = service.refusal(reason)
    {
        recorded.push((Bilingual::new("Reason", "कारण"), reason.text.clone()));
    }
    HistoryView {
        what,
        by: line.by.as_ref().map(|by| {
            let id = Bilingual::new(by.officer.as_str(), by.officer.as_str());
            words::joined(&id, &by.designation)
        }),
        at: instant(line.at),
        iso: iso(line.at),
        position: line.position,
        record: recorded,
        words: line.words.clone(),
    }
}

fn certificate(entry: &Entry, file: &File, signed_in: &SignedIn, now: Timestamp) -> Option<CertificateView> {
    let number = entry.number.as_ref()?;
    let issued_on = day(entry.issued_on);
    let (standing, class) = match entry.stands(now) {
        Stood::Revoked { reason, .. } => (
            words::titled(&Bilingual::new("cancelled", "रद्द"), &words::revocation(reason)),
            "bad",
        ),
        Stood::Suspended { until, .. } => {
            let until = day(until);
            let standing = Bilingual::new(
                format!("on hold until the end of {}", until.en),
                format!("{} के अंत तक रोक", until.hi),
            );
            (standing, "warn")
        }
        Stood::Superseded { .. } => (Bilingual::new("replaced", "बदला गया"), "bad"),
        Stood::Active => (Bilingual::new("issued", "जारी"), "ok"),
        Stood::Prepared => (Bilingual::new("being signed", "हस्ताक्षर हो रहे हैं"), "info"),
    };
    let dates = match entry.expires_on.map(day) {
        Some(until) => Bilingual::new(
            format!("Issued on {}, holds until {}", issued_on.en, until.en),
            format!("{} को जारी, {} तक मान्य", issued_on.hi, until.hi),
        ),
        None => Bilingual::new(
            format!("Issued on {}, without end", issued_on.en),
            format!("{} को जारी, बिना अंतिम तिथि", issued_on.hi),
        ),
    };
    Some(CertificateView {
        number: number.to_string(),
        standing,
        class,
        dates,
        waiting: entry
            .proposal
            .as_ref()
            .filter(|_| may_revoke(entry, file, signed_in, now))
            .map(|_| {
                Bilingual::new(
                    "A correction has been proposed and waits for another officer.",
                    "एक सुधार सुझाया गया है और दूसरे अधिकारी की मंज़ूरी के लिए रुका है।",
                )
            }),
        declined: entry
            .declined
            .as_ref()
            .filter(|_| may_revoke(entry, file, signed_in, now))
            .map(|declined| {
                let (by, proposed_by) = (declined.by.officer.as_str(), declined.proposed_by.officer.as_str());
                let what = Bilingual::new(
                    format!("{by} declined the correction that {proposed_by} had proposed."),
                    format!("{proposed_by} का सुझाया सुधार {by} ने नामंज़ूर किया।"),
                );
                (what, declined.words.clone())
            }),
        acts: acts(entry, file, signed_in, now),
    })
}

/// What this officer may do with a certificate. The rules decide in the end; this only draws what is not in vain.
fn acts(entry: &Entry, file: &File, signed_in: &SignedIn, now: Timestamp) -> Vec<(String, Bilingual)> {
    if !may_revoke(entry, file, signed_in, now) {
        return vec![];
    }
    let mut acts = vec![];
    let mut add = |act: &str, en: &str, hi: &str| {
        acts.push((format!("/officer/files/{}/{act}", file.number), Bilingual::new(en, hi)));
    };
    if let Stood::Suspended { .. } = entry.stands(now) {
        add("reinstate", "Lift the hold", "रोक हटाएँ");
    } else if entry.replacement.is_none() {
        if let Some(proposal) = &entry.proposal
            && proposal.by.officer != signed_in.officer.id
        {
            add("correction", "Look at the proposed correction", "सुझाया गया सुधार देखें");
            add("decline", "Decline the proposed correction", "सुझाया गया सुधार नामंज़ूर करें");
        }
        add("correct", "Propose a correction", "सुधार सुझाएँ");
        if entry.expires_on.is_some() {
            add("renew", "Renew this certificate", "यह प्रमाण पत्र नवीनीकृत करें");
        }
        add("suspend", "Put this certificate on hold", "इस प्रमाण पत्र पर रोक लगाएँ");
    }
    add("revoke", "Cancel this certificate", "यह प्रमाण पत्र रद्द करें");
    acts
}

/// The role that decided may also cancel.
pub(super) fn may_revoke(entry: &Entry, file: &File, signed_in: &SignedIn, now: Timestamp) -> bool {
    let decides = file
        .stages
        .last()
        .is_some_and(|stage| signed_in.officer.roles.contains(&stage.role));
    decides && matches!(entry.stands(now), Stood::Active | Stood::Suspended { .. })
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read_by_people() {
        assert_eq!(size(1), "1 KB");
        assert_eq!(size(411_900), "412 KB");
        assert_eq!(size(1_249_000), "1.2 MB");
    }
}
