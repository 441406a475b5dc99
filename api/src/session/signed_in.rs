//! The extractor of a signed-in officer: who has no session does not reach the handler.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::ByOfficer;
use projections::OfficerView;
use subtle::ConstantTimeEq;

use super::store::{Sessions, cookie_name, csrf};
use crate::{fields::Fields, officer::page::Desk, page::cookie, problem::Problem, state::App};

/// An officer with a session that holds, in office at this very moment.
pub(crate) struct SignedIn {
    pub(crate) officer: OfficerView,
    pub(crate) csrf: String,
    pub(crate) shortcuts: bool,
    pub(crate) token: String,
}

/// Why there is none.
pub(crate) enum Ended {
    /// Nobody is signed in, or not any more: to the entrance.
    SignedOut {
        /// There was a cookie: say that the session ended.
        was_in: bool,
    },
    /// The store did not answer, or a form came too late: a redirection would lose it without a word.
    Problem(Problem),
}

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut { was_in: true } => Redirect::to("/officer/sign-in?ended=yes").into_response(),
            Self::SignedOut { was_in: false } => Redirect::to("/officer/sign-in").into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Ended;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Ended> {
        let token = cookie(&parts.headers, cookie_name(&app.site))
            .unwrap_or_default()
            .to_owned();
        let ended = |was_in| match parts.method {
            Method::GET | Method::HEAD => Ended::SignedOut { was_in },
            _ => Ended::Problem(Problem::signed_out()),
        };
        if token.is_empty() {
            return Err(ended(false));
        }
        let fault = |fault: ledger::Fault| Ended::Problem(fault.into());
        let sessions = Sessions::of(&app.state.ledger);
        let Some(session) = sessions.find(&token).await.map_err(fault)? else {
            return Err(ended(true));
        };
        let officer = app.state.views.officer(&session.officer).await;
        let officer = officer.map_err(|error| Ended::Problem(error.into()))?;
        let Some(officer) = officer.filter(|officer| officer.in_office) else {
            return Err(ended(true));
        };
        let shortcuts = sessions.shortcuts(&officer.id).await.map_err(fault)?;
        Ok(Self {
            officer,
            csrf: csrf(&token),
            shortcuts,
            token,
        })
    }
}

impl SignedIn {
    /// The head of a page.
    pub(crate) fn desk(&self) -> Option<Desk> {
        Some(Desk {
            name: self.officer.name.clone(),
            designation: self.officer.designation.clone(),
            csrf: self.csrf.clone(),
            shortcuts: self.shortcuts,
        })
    }

    /// The form was drawn for this session.
    pub(crate) fn sent(&self, form: &Fields) -> Result<(), Problem> {
        let same = form.get("csrf").as_bytes().ct_eq(self.csrf.as_bytes());
        if bool::from(same) {
            Ok(())
        } else {
            Err(Problem::cross_site())
        }
    }

    /// The officer as they act at a stage. Who does not hold its role acts in their first one: the rule then says no,
    /// and the answer names it.
    pub(crate) fn acting_at(&self, role: &str) -> Option<ByOfficer> {
        self.officer
            .acting_as(role)
            .or_else(|| self.officer.acting_as(self.officer.roles.first()?))
    }
}
