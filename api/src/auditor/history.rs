//! What was true then, what lies between two positions, what one officer or one citizen had to do with, and pieces of the log to
//! take away. The same functions as `praman audit history`, over the log alone; nothing personal is shown.

use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Bilingual, CitizenId, OfficerId};
use jiff::civil::Date;
use ledger::{Fault, Ledger, proof::ProofError};
use projections::history::{self, Line, Of, State as Held, When};
use serde::Deserialize;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::{
    At,
    page::{AsOfPage, ChangedRow, DifferencePage, Fact, HistoryPage, LineRow},
    words,
};
use crate::{
    page::{
        Page, html,
        time::{day, instant, iso},
    },
    problem::Problem,
    state::App,
};

/// Events that a page lists.
const LISTED_MAX: usize = 500;
/// Events that a page hands out as lines; more are for `praman export`.
const EXPORTED_MAX: u64 = 1_000;

/// Reads what may be the whole log: one at a time for everybody, and away from the threads that answer others.
pub(super) async fn at_work<T, F>(app: &App, work: impl FnOnce(Ledger) -> F + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Fault>>,
{
    let Ok(turn) = app.audits.clone().try_acquire_owned() else {
        return Err(Problem::busy().after(5));
    };
    let (ledger, here) = (app.state.ledger.clone(), Handle::current());
    let done = spawn_blocking(move || {
        // Held by the work, which goes on also when whoever asked has hung up.
        let _turn = turn;
        here.block_on(work(ledger))
    });
    Ok(done.await.unwrap_or(Err(Fault::Stopped))?)
}

fn row(line: Line) -> LineRow {
    LineRow {
        position: line.position,
        what: words::what(&line.event_type),
        stream_href: format!("/auditor/streams/{}/{}", line.aggregate_type, line.aggregate_id),
        stream: line.aggregate_id,
        who: line.actor,
        by: line.by.map(|by| format!("{}, {}", by.officer, by.role)),
        why: line.why,
        at: instant(line.recorded_at),
        iso: iso(line.recorded_at),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AskedThen {
    when: String,
    what: String,
}

/// A day or a position, as people type it; nothing is now.
fn when(text: &str) -> Option<When> {
    let text = text.trim();
    if text.is_empty() {
        return Some(When::Now);
    }
    if let Ok(position) = text.parse() {
        return Some(When::Position(position));
    }
    text.parse::<Date>().ok().map(When::Day)
}

/// A stream, or everything; `None` where it is neither.
fn what(text: &str) -> Option<Of> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Of::Log);
    }
    if text.parse::<domain::ApplicationNumber>().is_ok() {
        return Some(Of::Stream("application".to_owned(), text.to_owned()));
    }
    let (kind, id) = text.split_once('/')?;
    match kind {
        "citizen" => id.parse().ok().map(Of::Citizen),
        _ => Some(Of::Stream(kind.to_owned(), id.to_owned())),
    }
}

/// `GET /auditor/as-of`: the state at the end of a day or at a position.
pub(super) async fn as_of(
    p: Page,
    State(app): State<App>,
    Query(asked): Query<AskedThen>,
) -> Result<Response, Problem> {
    let (Some(when), Some(of)) = (when(&asked.when), what(&asked.what)) else {
        let page = AsOfPage {
            p,
            here: "as-of",
            when: asked.when,
            what: asked.what,
            understood: false,
            title: Bilingual::default(),
            then: Bilingual::default(),
            facts: Vec::new(),
        };
        return Ok(html(StatusCode::BAD_REQUEST, &page));
    };
    let (then, state) = at_work(&app, move |ledger| async move {
        let then = history::then(&ledger, when).await?;
        let state = history::state(&ledger, &of, then).await?;
        Ok((then, state))
    })
    .await?;
    let (title, facts) = told(&state);
    let on = day(then.day);
    let page = AsOfPage {
        p,
        here: "as-of",
        when: asked.when,
        what: asked.what,
        understood: true,
        title,
        then: Bilingual::new(
            format!("As of position {} of {}, on {}", then.position, then.head, on.en),
            format!("स्थान {} तक (कुल {}), {} को", then.position, then.head, on.hi),
        ),
        facts,
    };
    Ok(html(StatusCode::OK, &page))
}

fn same(text: impl Into<String>) -> Bilingual {
    let text = text.into();
    Bilingual::new(text.clone(), text)
}

fn fact(en: &str, hi: &str, value: Bilingual) -> Fact {
    Fact {
        name: Bilingual::new(en, hi),
        value,
    }
}

/// A heading and what stands below it.
fn told(state: &Held) -> (Bilingual, Vec<Fact>) {
    match state {
        Held::Nothing => (
            Bilingual::new("There was nothing of that name", "उस समय इस नाम का कुछ नहीं था"),
            Vec::new(),
        ),
        Held::Log(counts) => {
            let number = |count: &u64| same(count.to_string());
            let mut facts = vec![fact("Events", "घटनाएँ", number(&counts.events))];
            for (kind, count) in &counts.streams {
                let kind = words::kind(kind);
                facts.push(Fact {
                    name: Bilingual::new(format!("Streams: {}", kind.en), format!("धाराएँ: {}", kind.hi)),
                    value: number(count),
                });
            }
            for (kind, sums) in [
                ("application", &counts.applications),
                ("certificate", &counts.certificates),
            ] {
                let kind = words::kind(kind);
                for (state, count) in sums {
                    let state = words::state(state);
                    facts.push(Fact {
                        name: Bilingual::new(
                            format!("{}: {}", kind.en, state.en),
                            format!("{}: {}", kind.hi, state.hi),
                        ),
                        value: number(count),
                    });
                }
            }
            facts.push(fact("Officers in office", "पद पर अधिकारी", number(&counts.officers)));
            (Bilingual::new("The whole log", "पूरा लॉग"), facts)
        }
        Held::File(file) => (
            Bilingual::new(format!("Application {}", file.number), format!("आवेदन {}", file.number)),
            file_facts(file),
        ),
        Held::Certificate(certificate) => (
            Bilingual::new("Certificate", "प्रमाण पत्र"),
            certificate_facts(certificate),
        ),
        Held::Officer(officer) => {
            let state = words::state(state.word());
            let facts = vec![
                fact("Stood as", "स्थिति", state),
                fact("Roles", "भूमिकाएँ", same(officer.roles.join(", "))),
                fact("Designation", "पदनाम", officer.designation.clone()),
                fact("Office", "कार्यालय", officer.office.clone()),
            ];
            let id = &officer.id;
            (Bilingual::new(format!("Officer {id}"), format!("अधिकारी {id}")), facts)
        }
        Held::Citizen {
            applications,
            certificates,
        } => {
            let mut facts = Vec::new();
            for file in applications {
                let state = words::state(file.state);
                facts.push(Fact {
                    name: Bilingual::new(format!("Application {}", file.number), format!("आवेदन {}", file.number)),
                    value: state,
                });
            }
            for certificate in certificates {
                let state = words::state(certificate.state);
                facts.push(Fact {
                    name: Bilingual::new(
                        format!("Certificate for {}", certificate.application),
                        format!("{} का प्रमाण पत्र", certificate.application),
                    ),
                    value: demonstration(state, certificate.demo),
                });
            }
            (Bilingual::new("Citizen", "नागरिक"), facts)
        }
        Held::Other { events } => (
            Bilingual::new("A stream", "एक धारा"),
            vec![fact("Events", "घटनाएँ", same(events.to_string()))],
        ),
    }
}

fn file_facts(file: &history::FileThen) -> Vec<Fact> {
    let mut facts = vec![
        fact("Stood as", "स्थिति", words::state(file.state)),
        fact("Service", "सेवा", same(file.service.as_str())),
        fact("Handed in", "जमा", instant(file.submitted_at)),
        fact("So since", "तब से", instant(file.since)),
    ];
    if let Some(stage) = &file.stage {
        facts.push(fact("At stage", "चरण", same(stage.as_str())));
    }
    if let Some(due) = file.due {
        facts.push(fact("Time limit", "समय सीमा", day(due)));
    }
    facts
}

/// What demonstration keys signed is valid for nobody.
fn demonstration(state: Bilingual, demo: bool) -> Bilingual {
    if demo {
        Bilingual::new(
            format!("{} (demonstration, not valid)", state.en),
            format!("{} (प्रदर्शन, मान्य नहीं)", state.hi),
        )
    } else {
        state
    }
}

fn certificate_facts(certificate: &history::CertificateThen) -> Vec<Fact> {
    let state = demonstration(words::state(certificate.state), certificate.demo);
    let mut facts = vec![
        fact("Stood as", "स्थिति", state),
        fact("Service", "सेवा", same(certificate.service.as_str())),
        fact("For application", "किस आवेदन का", same(certificate.application.as_str())),
        fact("Day of issue", "जारी होने का दिन", day(certificate.issued_on)),
    ];
    if let Some(last) = certificate.expires_on {
        facts.push(fact("Last day", "आख़िरी दिन", day(last)));
    }
    if let (Some(at), Some(reason)) = (certificate.since, certificate.reason) {
        facts.push(fact("Since", "कब से", instant(at)));
        facts.push(fact("For the reason", "कारण", same(reason)));
    }
    if let Some(until) = certificate.until {
        facts.push(fact("On hold until the end of", "किस दिन के अंत तक रोक", day(until)));
    }
    if let Some(by) = &certificate.superseded_by {
        facts.push(fact("In its place", "इसकी जगह", same(by.as_str())));
    }
    facts
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AskedRange {
    from: String,
    to: String,
}

/// `GET /auditor/difference`: the events behind one position up to another, and which files changed their state.
pub(super) async fn difference(
    p: Page,
    State(app): State<App>,
    Query(asked): Query<AskedRange>,
) -> Result<Response, Problem> {
    let head = app.state.ledger.head().await?;
    let read = |text: &str, otherwise: u64| {
        let text = text.trim();
        if text.is_empty() {
            Some(otherwise)
        } else {
            text.parse().ok()
        }
    };
    let to = read(&asked.to, head).map(|to| to.min(head));
    let from = read(&asked.from, head.saturating_sub(50));
    let range = from.zip(to).filter(|(from, to)| from <= to);
    let found = match range {
        Some((from, to)) => {
            let work = move |ledger: Ledger| async move { history::difference(&ledger, from, to, LISTED_MAX).await };
            Some(at_work(&app, work).await?)
        }
        None => None,
    };
    let status = if found.is_some() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let (from, to) = range.unwrap_or_default();
    let exported = from < to && to - from <= EXPORTED_MAX;
    let mut page = DifferencePage {
        p,
        here: "difference",
        from: range.map_or(asked.from, |(from, _)| from.to_string()),
        to: range.map_or(asked.to, |(_, to)| to.to_string()),
        head,
        understood: found.is_some(),
        rows: Vec::new(),
        more: false,
        changed: Vec::new(),
        too_many: false,
        export: exported.then(|| format!("/auditor/export?from={}&to={to}", from + 1)),
    };
    if let Some(found) = found {
        page.rows = found.events.lines.into_iter().map(row).collect();
        page.more = found.events.more;
        page.too_many = found.too_many;
        let changed = found.changed.into_iter().map(|changed| ChangedRow {
            kind: words::kind(&changed.aggregate_type),
            href: format!("/auditor/streams/{}/{}", changed.aggregate_type, changed.aggregate_id),
            id: changed.aggregate_id,
            before: words::state(changed.before),
            after: words::state(changed.after),
        });
        page.changed = changed.collect();
    }
    Ok(html(status, &page))
}

async fn history_of(p: Page, app: &App, of: Of, title: Bilingual, as_of: String) -> Result<Response, Problem> {
    let found = at_work(app, move |ledger| async move {
        let head = ledger.head().await?;
        history::lines(&ledger, &of, 0, head, LISTED_MAX).await
    })
    .await?;
    if found.lines.is_empty() {
        return Err(Problem::not_found());
    }
    let page = HistoryPage {
        p,
        here: "log",
        title,
        as_of,
        rows: found.lines.into_iter().map(row).collect(),
        more: found.more,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /auditor/officers/{id}`: everything that an officer did.
pub(super) async fn officer(p: Page, State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let title = Bilingual::new(format!("Officer {id}: every act"), format!("अधिकारी {id}: हर कार्य"));
    let as_of = format!("officer/{id}");
    history_of(p, &app, Of::Officer(OfficerId::new(id)), title, as_of).await
}

/// `GET /auditor/citizens/{id}`: a citizen's applications and certificates.
pub(super) async fn citizen(p: Page, State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: CitizenId = id.parse().map_err(|_| Problem::not_found())?;
    let title = Bilingual::new(
        "A citizen: applications and certificates",
        "एक नागरिक: आवेदन और प्रमाण पत्र",
    );
    history_of(p, &app, Of::Citizen(id), title, format!("citizen/{id}")).await
}

fn to_take_away(media_type: &'static str, name: String, body: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, body).into_response()
}

/// `GET /auditor/events/{position}/proof`: that this event is in the signed log, for any tool that reads C2SP tlog-proof.
pub(super) async fn proof(State(app): State<App>, At(position): At) -> Result<Response, Problem> {
    let bundle = match app.state.ledger.proof_bundle(position).await {
        Ok(bundle) => bundle,
        Err(ProofError::OutOfRange { .. }) => return Err(Problem::not_found()),
        Err(ProofError::Store(fault)) => return Err(fault.into()),
    };
    Ok(to_take_away(
        "text/plain; charset=utf-8",
        format!("event-{position}.tlog-proof"),
        bundle.to_string(),
    ))
}

/// `GET /auditor/export?from=…&to=…`: the stored events of a small range, a JSON line each, personal values as ciphertext.
pub(super) async fn export(State(app): State<App>, Query(asked): Query<AskedRange>) -> Result<Response, Problem> {
    let read = |text: &str| text.trim().parse::<u64>().ok();
    let range = read(&asked.from).zip(read(&asked.to));
    let range = range.filter(|(from, to)| *from > 0 && from <= to && to - from < EXPORTED_MAX);
    let (from, to) = range.ok_or_else(Problem::not_found)?;
    let lines = app.state.ledger.event_lines(from, to).await?;
    if lines.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(to_take_away(
        "application/jsonl",
        format!("events-{from}-{to}.jsonl"),
        lines,
    ))
}
