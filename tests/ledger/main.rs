//! The ledger as other processes and other people's transactions meet it: killed, frozen, cut off, read while it is written.
//!
//! `PRAMAN_TEST_KILLS=5000` makes the campaign longer; the default takes a few minutes.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]

mod account;
mod kills;
mod readers;
mod roles;
mod server;
