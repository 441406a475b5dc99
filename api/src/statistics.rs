//! `GET /api/v1/statistics`: how the services do, for everybody.
//!
//! Nothing personal stands behind the numbers, but a small number can tell of a person to those who know of them already. So
//! only days that are over are told, a number from 1 to 4 is told as `null`, and no sums over days are given from which it
//! could be worked out.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::ist_date;
use jiff::ToSpan as _;
use projections::Counts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{problem::Problem, state::App};

pub(crate) const PATH: &str = "/api/v1/statistics";

/// Numbers from 1 up to below this are not told.
const FEWEST: u64 = 5;
const DAYS: u16 = 30;
const DAYS_MAX: u16 = 366;

pub(crate) fn routes() -> Router<App> {
    Router::new().route(PATH, get(statistics))
}

#[derive(Deserialize)]
struct Asked {
    days: Option<u16>,
}

async fn statistics(State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::malformed());
    }
    let today = ist_date(app.state.clock.now());
    let from = today.saturating_sub(i64::from(days).days());
    let statistics = app.state.views.statistics(from).await?;
    let services = statistics.services.iter().filter_map(|(service, days)| {
        let days: Vec<Value> = days
            .iter()
            .filter(|(day, _)| **day < today)
            .map(|(day, counts)| told(&day.to_string(), counts))
            .collect();
        (!days.is_empty()).then(|| json!({ "service": service, "days": days }))
    });
    let body = json!({
        "from": from.to_string(),
        "before": today.to_string(),
        "null_means": "1 to 4",
        "services": services.collect::<Vec<_>>(),
    });
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(body)).into_response())
}

fn told(day: &str, counts: &Counts) -> Value {
    let few = |number: u64| (number == 0 || number >= FEWEST).then_some(number);
    let decisions: u64 = counts.decided_within.iter().sum();
    // The class of a duration, where enough decisions stand behind it.
    let within = |percent| {
        let enough = decisions >= FEWEST;
        counts.days_to_decision(percent).flatten().filter(|_| enough)
    };
    json!({
        "day": day,
        "submitted": few(counts.submitted),
        "under_way": few(counts.under_way),
        "waiting": few(counts.waiting),
        "approved": few(counts.approved),
        "refused": few(counts.refused),
        "withdrawn": few(counts.withdrawn),
        "issued": few(counts.issued),
        "half_decided_within_days": within(50),
        "most_decided_within_days": within(95),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_could_point_at_somebody_is_not_told() {
        let mut counts = Counts {
            submitted: 5,
            refused: 4,
            approved: 1,
            ..Counts::default()
        };
        counts.decided_within[3] = 4;
        let few = told("2026-11-21", &counts);
        assert_eq!(
            (&few["submitted"], &few["refused"], &few["approved"]),
            (&json!(5), &Value::Null, &Value::Null)
        );
        assert_eq!(
            (&few["withdrawn"], &few["half_decided_within_days"]),
            (&json!(0), &Value::Null)
        );
        counts.decided_within[3] = 5;
        assert_eq!(told("2026-11-21", &counts)["half_decided_within_days"], json!(3));
    }
}
