//! What a verifier sees: every verdict, every way to spoil a certificate, photos, and hostile files.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[path = "../../examples/pdf/samples.rs"]
#[expect(dead_code, reason = "only some of the samples are needed here")]
mod samples;

#[path = "../../../tests/harness/rfc3161.rs"]
mod rfc3161;

mod camera;
mod campaign;
mod chain;
mod changed;
mod compromise;
mod days;
mod envelopes;
mod faults;
mod files;
mod photos;
mod proofs;
mod stamps;
mod verdicts;
mod wallets;
mod world;
