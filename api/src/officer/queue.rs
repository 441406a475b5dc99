//! What waits for an officer: the files at the stages of all their roles, least time left first.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{ApplicationNumber, Bilingual, ist_date};
use projections::QueueItem;
use serde::Deserialize;

use super::page::{Chip, Choice, QueuePage, QueueRow};
use crate::{
    page::{
        Page, html,
        time::{Limit, day, iso},
    },
    problem::Problem,
    session::SignedIn,
    state::App,
};

/// Files that are read for one role.
const EACH_ROLE_MAX: usize = 500;
/// Files on one page.
const ROWS_MAX: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    service: String,
    state: String,
}

/// `GET /officer/queue`.
pub(super) async fn page(
    p: Page,
    signed_in: SignedIn,
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    // A whole number leads straight to its file, wherever it stands.
    if let Ok(number) = filter.q.parse::<ApplicationNumber>() {
        return Ok(Redirect::to(&format!("/officer/files/{number}")).into_response());
    }
    let today = ist_date(app.state.clock.now());
    let items = waiting(&app, &signed_in).await?;
    let catalogue = &app.state.catalogue;
    let name = |code: &str| {
        catalogue
            .get(code)
            .map_or_else(|| Bilingual::new(code, code), |service| service.name.clone())
    };

    let mut codes: Vec<&str> = items.iter().map(|item| item.service.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let services = codes
        .into_iter()
        .map(|code| Choice {
            code: code.to_owned(),
            label: name(code),
            chosen: filter.service == code,
        })
        .collect();

    let wanted = filter.q.trim().to_uppercase();
    let mut rows: Vec<QueueRow> = items
        .iter()
        .filter(|item| filter.service.is_empty() || item.service == filter.service)
        .filter(|item| wanted.is_empty() || item.number.to_string().contains(&wanted))
        .filter(|item| match filter.state.as_str() {
            "late" => item.due.is_some_and(|due| due < today),
            "waiting" => item.waiting,
            "ready" => !item.waiting,
            _ => true,
        })
        .map(|item| QueueRow {
            number: item.number.to_string(),
            service: name(&item.service),
            applicant: item.applicant.clone(),
            stage: catalogue
                .get(&item.service)
                .and_then(|service| service.stages.iter().find(|stage| stage.code == item.stage))
                .map_or_else(|| Bilingual::new(&item.stage, &item.stage), |stage| stage.title.clone()),
            waiting: item.waiting,
            parked: item.parked,
            received_iso: iso(item.submitted_at),
            received: day(ist_date(item.submitted_at)),
            limit: item.due.map(|due| Limit::on(due, today)),
        })
        .collect();
    let more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);

    let states: Vec<Choice> = [
        ("ready", Bilingual::new("To be decided", "निर्णय बाकी")),
        (
            "waiting",
            Bilingual::new("Waiting for the citizen", "नागरिक के जवाब की प्रतीक्षा"),
        ),
        ("late", Bilingual::new("Late", "देरी से")),
    ]
    .into_iter()
    .map(|(code, label)| Choice {
        code: code.to_owned(),
        label,
        chosen: filter.state == code,
    })
    .collect();
    let chips = chips(&p, &filter, &states, &name);
    let q = filter.q;
    Ok(html(
        StatusCode::OK,
        &QueuePage {
            p,
            desk: signed_in.desk(),
            here: "queue",
            q,
            services,
            states,
            chips,
            rows,
            more,
        },
    ))
}

/// The files that wait for the officer's roles, least time left first.
pub(super) async fn waiting(app: &App, signed_in: &SignedIn) -> Result<Vec<QueueItem>, Problem> {
    let mut items = vec![];
    for role in &signed_in.officer.roles {
        items.extend(app.state.views.queue(role, EACH_ROLE_MAX).await?);
    }
    items.sort_by_key(|item| (item.due.is_none(), item.due, item.submitted_at));
    Ok(items)
}

fn chips(p: &Page, filter: &Filter, states: &[Choice], name: &impl Fn(&str) -> Bilingual) -> Vec<Chip> {
    let mut in_use: Vec<(&str, &str, String)> = vec![];
    if !filter.q.is_empty() {
        in_use.push(("q", &filter.q, filter.q.clone()));
    }
    if !filter.service.is_empty() {
        in_use.push(("service", &filter.service, p.b(&name(&filter.service)).to_owned()));
    }
    if let Some(state) = states.iter().find(|state| state.chosen) {
        in_use.push(("state", &filter.state, p.b(&state.label).to_owned()));
    }
    let plain = |value: &str| {
        value
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect::<String>()
    };
    in_use
        .iter()
        .map(|(key, _, words)| {
            let rest: Vec<String> = in_use
                .iter()
                .filter(|(other, ..)| other != key)
                .map(|(k, value, _)| format!("{k}={}", plain(value)))
                .collect();
            let query = if rest.is_empty() {
                String::new()
            } else {
                format!("?{}", rest.join("&"))
            };
            Chip {
                words: words.clone(),
                without: format!("/officer/queue{query}"),
            }
        })
        .collect()
}
