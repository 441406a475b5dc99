//! How others call: pages and addresses over axum. No SQL, no rules, no private keys.
//!
//! | who | comes to |
//! | --- | --- |
//! | a citizen's channel | [`turn`], by `/webhooks/whatsapp` |
//! | a verifier | [`verification`]: `/C/…`, `/verify`, `/api/v1/verify`; `/offline` |
//! | an officer | [`officer`] |
//! | an auditor | [`auditor`] |
//! | DigiLocker, where it is switched on | [`digilocker`] |
//! | whoever tries the assistant, in the demonstration | [`trying`]: `/assistant`, `/api/v1/understand`, `/api/v1/converse` |
//! | a machine that watches | `/livez`, `/readyz`, `/metrics` |
//!
//! [`router()`] lists every route; [`problem`] is the only shape of a failure.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod auditor;
pub mod digilocker;
mod fields;
pub mod front;
mod guard;
mod health;
mod log;
pub mod officer;
mod offline;
mod openapi;
pub mod page;
pub mod problem;
mod router;
mod session;
mod state;
mod statistics;
mod status_lists;
pub mod trying;
pub mod turn;
pub mod verification;
mod webhook;
pub mod witness;

pub use router::router;
pub use state::AppState;
