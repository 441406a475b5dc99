//! The console in which officers work their queue.
//!
//! A handler reads the form, makes a command and answers with the next page; whether something may be done is decided by
//! the rules in `domain`, and what they refuse is shown in their words.

mod acts;
mod correct;
mod decline;
mod desk;
mod file;
pub mod page;
mod papers;
mod queue;
mod record;
mod revoke;
mod shortcuts;
mod sign_in;
mod standing;
mod words;

use axum::{
    Router,
    response::Redirect,
    routing::{get, post},
};

use crate::state::App;

/// Routes under `/officer`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/officer", get(|| async { Redirect::to("/officer/queue") }))
        .route("/officer/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/officer/sign-out", post(sign_in::leave))
        .route("/officer/queue", get(queue::page))
        .route("/officer/files/{number}", get(file::show))
        .route(
            "/officer/files/{number}/acts",
            get(acts::back_to_the_file).post(acts::act),
        )
        .route("/officer/files/{number}/papers/{place}", get(papers::show))
        .route("/officer/files/{number}/voice/{place}", get(papers::voice))
        .route("/officer/files/{number}/revoke", get(revoke::page).post(revoke::revoke))
        .route(
            "/officer/files/{number}/suspend",
            get(standing::suspend_page).post(standing::suspend),
        )
        .route(
            "/officer/files/{number}/reinstate",
            get(standing::reinstate_page).post(standing::reinstate),
        )
        .route(
            "/officer/files/{number}/renew",
            get(standing::renew_page).post(standing::renew),
        )
        .route(
            "/officer/files/{number}/correct",
            get(correct::page).post(correct::propose),
        )
        .route(
            "/officer/files/{number}/correction",
            get(correct::proposal).post(correct::approve),
        )
        .route(
            "/officer/files/{number}/decline",
            get(decline::page).post(decline::decline),
        )
        .route("/officer/shortcuts", get(shortcuts::page).post(shortcuts::switch))
}
