//! The entrance. Signing in without a proof exists in the demonstration only.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use domain::{Bilingual, OfficerId};
use serde::Deserialize;

use super::page::{Candidate, SignInPage};
use crate::{
    fields::Fields,
    page::{Page, cookie, html},
    problem::Problem,
    session::{Sessions, SignedIn, cookie_name, set_cookie, unset_cookie},
    state::App,
};

#[derive(Deserialize)]
pub(super) struct Arrival {
    ended: Option<String>,
}

/// `GET /officer/sign-in`.
pub(super) async fn page(p: Page, State(app): State<App>, Query(arrival): Query<Arrival>) -> Result<Response, Problem> {
    let notice = arrival.ended.map(|how| match how.as_str() {
        "left" => Bilingual::new("You are signed out.", "आप साइन आउट हो गए।"),
        _ => Bilingual::new(
            "The session ended: after 15 minutes without a step, or 8 hours in all. Nothing was changed.",
            "सत्र समाप्त हुआ: 15 मिनट कोई काम न होने पर, या कुल 8 घंटे पर। कुछ बदला नहीं गया।",
        ),
    });
    let mut officers = vec![];
    if app.site.demo {
        for officer in app
            .state
            .views
            .officers()
            .await?
            .into_iter()
            .filter(|officer| officer.in_office)
        {
            let mut waiting = 0;
            for role in &officer.roles {
                waiting += app.state.views.queue_length(role).await?;
            }
            officers.push(Candidate {
                id: officer.id.to_string(),
                name: officer.name,
                designation: officer.designation,
                office: officer.office,
                waiting,
            });
        }
    }
    Ok(html(
        StatusCode::OK,
        &SignInPage {
            p,
            desk: None,
            here: "sign-in",
            notice,
            officers,
        },
    ))
}

/// `POST /officer/sign-in`: a new session each time; an old one is ended, never taken over.
pub(super) async fn enter(State(app): State<App>, headers: HeaderMap, form: Fields) -> Result<Response, Problem> {
    if !app.site.demo {
        return Err(Problem::refused());
    }
    let id = OfficerId::new(form.get("officer"));
    let officer = app
        .state
        .views
        .officer(&id)
        .await?
        .filter(|officer| officer.in_office)
        .ok_or_else(Problem::refused)?;
    let sessions = Sessions::of(&app.state.ledger);
    if let Some(old) = cookie(&headers, cookie_name(&app.site)).filter(|old| !old.is_empty()) {
        sessions.end(old).await?;
    }
    let token = sessions.begin(&officer.id, &*app.state.entropy).await?;
    Ok(with_cookie(
        set_cookie(&app.site, &token),
        Redirect::to("/officer/queue"),
    ))
}

/// `POST /officer/sign-out`.
pub(super) async fn leave(signed_in: SignedIn, State(app): State<App>, form: Fields) -> Result<Response, Problem> {
    signed_in.sent(&form)?;
    Sessions::of(&app.state.ledger).end(&signed_in.token).await?;
    Ok(with_cookie(
        unset_cookie(&app.site),
        Redirect::to("/officer/sign-in?ended=left"),
    ))
}

fn with_cookie(cookie: String, to: Redirect) -> Response {
    match HeaderValue::try_from(cookie) {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), to).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}
