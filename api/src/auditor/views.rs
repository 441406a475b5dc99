//! How the views stand beside the log, what stands still in them, and what they count.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{Bilingual, ist_date};
use jiff::ToSpan as _;
use projections::{Counts, parked, standings};

use super::page::{CountLine, ParkedLine, ViewLine, ViewsPage};
use crate::{
    page::{Page, html},
    problem::Problem,
    state::App,
};

/// Parked streams of one view that are listed.
const PARKED_MAX: usize = 100;
/// Days that are counted.
const DAYS: i64 = 30;

/// `GET /auditor/views`.
pub(super) async fn page(p: Page, State(app): State<App>) -> Result<Response, Problem> {
    let (ledger, now) = (&app.state.ledger, app.state.clock.now());
    let head = ledger.head().await?;
    let views = standings(ledger, now).await?.into_iter().map(|view| ViewLine {
        view: view.view,
        generation: view.serving.map_or(0, |serving| serving.number),
        building: view.building.is_some(),
        position: view.position,
        behind: view.events_behind,
        seconds: view.time_behind.map_or(0, |behind| behind.as_secs()),
    });
    let parked = parked(ledger, PARKED_MAX).await?.into_iter().map(|parked| ParkedLine {
        view: parked.view,
        position: parked.position,
        code: parked.code.code(),
        waiting: parked.waiting,
    });
    let statistics = app
        .state
        .views
        .statistics(ist_date(now).saturating_sub(DAYS.days()))
        .await?;
    let counts = statistics.services.keys().map(|service| {
        let name = app.state.catalogue.get(service).map(|service| service.name.clone());
        let counts = statistics.total(service);
        CountLine {
            service: name.unwrap_or_else(|| Bilingual::new(service, service)),
            half: within(&counts, 50),
            most: within(&counts, 95),
            counts,
        }
    });
    let page = ViewsPage {
        p,
        here: "views",
        head,
        views: views.collect(),
        parked: parked.collect(),
        counts: counts.collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn within(counts: &Counts, percent: u64) -> Option<Bilingual> {
    Some(match counts.days_to_decision(percent)? {
        Some(0) => Bilingual::new("the same day", "उसी दिन"),
        Some(1) => Bilingual::new("1 day", "1 दिन"),
        Some(days) => Bilingual::new(format!("{days} days"), format!("{days} दिन")),
        None => Bilingual::new("more than 180 days", "180 दिन से अधिक"),
    })
}
