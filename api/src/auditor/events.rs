//! The log, one stream of it, one event of it.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use data_encoding::HEXLOWER;
use domain::{ApplicationNumber, Bilingual};
use ledger::Recorded;
use serde::Deserialize;

use super::{
    At,
    page::{EventPage, EventRow, LogPage},
    stored, words,
};
use crate::{
    page::{
        Page, html,
        time::{instant, iso},
    },
    problem::Problem,
    state::App,
};

/// Events on one page.
const PAGE: u64 = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    file: String,
}

/// `GET /auditor`: the latest events, or those from a position on.
pub(super) async fn log(p: Page, State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Ok(number) = asked.file.parse::<ApplicationNumber>() {
        return Ok(Redirect::to(&format!("/auditor/streams/application/{number}")).into_response());
    }
    let ledger = &app.state.ledger;
    let head = ledger.head().await?;
    let latest = head.saturating_sub(PAGE - 1).max(1);
    let from = asked.from.trim().parse::<u64>().map_or(latest, |from| from.max(1));
    let events = ledger.after(from - 1, usize::try_from(PAGE).unwrap_or(50)).await?;
    let last = events.last().map_or(from, |event| event.position);
    let page = LogPage {
        p,
        here: "log",
        title: Bilingual::new("The log", "लॉग"),
        stream: None,
        from: asked.from,
        file: asked.file,
        caption: Bilingual::new(
            format!("Events {from} to {last} of {head}, in their order"),
            format!("घटनाएँ {from} से {last}, कुल {head}, अपने क्रम में"),
        ),
        empty: Bilingual::new(
            format!("The log ends at position {head}."),
            format!("लॉग स्थान {head} पर समाप्त होता है।"),
        ),
        rows: events.iter().map(row).collect(),
        earlier: (from > 1).then(|| format!("/auditor?from={}", from.saturating_sub(PAGE).max(1))),
        later: (last < head).then(|| format!("/auditor?from={}", last + 1)),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /auditor/streams/{kind}/{id}`: everything that happened to one thing.
pub(super) async fn stream(
    p: Page,
    State(app): State<App>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let events = app.state.ledger.stream(&kind, &id).await?;
    if events.is_empty() {
        return Err(Problem::not_found());
    }
    let of = words::kind(&kind);
    let page = LogPage {
        p,
        here: "log",
        title: Bilingual::new(
            format!("{}: its whole history", of.en),
            format!("{}: पूरा इतिहास", of.hi),
        ),
        stream: Some(format!("{kind}/{id}")),
        from: String::new(),
        file: if kind == "application" { id } else { String::new() },
        caption: Bilingual::new(
            format!("{} events, in their order", events.len()),
            format!("{} घटनाएँ, अपने क्रम में", events.len()),
        ),
        empty: Bilingual::default(),
        rows: events.iter().map(row).collect(),
        earlier: None,
        later: None,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /auditor/events/{position}`.
pub(super) async fn event(p: Page, State(app): State<App>, At(position): At) -> Result<Response, Problem> {
    let before = position.checked_sub(1).ok_or_else(Problem::not_found)?;
    let head = app.state.ledger.head().await?;
    let found = app.state.ledger.after(before, 1).await?.into_iter().next();
    let event = found
        .filter(|event| event.position == position)
        .ok_or_else(Problem::not_found)?;
    let body = stored::shown(&event.body).unwrap_or_else(|| p.t("(not JSON)", "(JSON नहीं)").to_owned());
    let page = EventPage {
        p,
        here: "log",
        position,
        what: words::what(&event.event_type),
        who: event.meta.actor.clone(),
        at: instant(event.recorded_at),
        iso: iso(event.recorded_at),
        stream: event.aggregate_id.clone(),
        stream_href: stream_href(&event),
        sequence: event.sequence,
        leaf: HEXLOWER.encode(&event.leaf_hash),
        command: event.meta.command_id.to_string(),
        body,
        previous: Some(before).filter(|before| *before > 0),
        next: Some(position + 1).filter(|next| *next <= head),
        event_type: event.event_type,
        event_version: event.event_version,
    };
    Ok(html(StatusCode::OK, &page))
}

fn stream_href(event: &Recorded) -> String {
    format!("/auditor/streams/{}/{}", event.aggregate_type, event.aggregate_id)
}

fn row(event: &Recorded) -> EventRow {
    let leaf = HEXLOWER.encode(&event.leaf_hash);
    EventRow {
        position: event.position,
        what: words::what(&event.event_type),
        event_type: event.event_type.clone(),
        stream: event.aggregate_id.clone(),
        stream_href: stream_href(event),
        sequence: event.sequence,
        who: event.meta.actor.clone(),
        at: instant(event.recorded_at),
        iso: iso(event.recorded_at),
        leaf: leaf.get(..12).unwrap_or_default().to_owned(),
    }
}
