//! How others call: pages and addresses over axum. No SQL, no rules, no private keys.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod auditor;
pub mod front;
pub mod guard;
pub mod officer;
pub mod page;
pub mod problem;
pub mod verification;
