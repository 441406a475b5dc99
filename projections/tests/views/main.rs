//! The views over a real ledger: what each event makes of its row, how rows are found again, that every event counts once,
//! and that a row which is not what the log says is noticed and mended.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod application;
mod certificate;
mod following;
mod generations;
mod history;
mod home;
mod parked;
mod people;
mod queue;
mod replaying;
mod statistics;
