//! Whole conversations, over the room's public door only.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod before;
mod campaign;
mod dialogues;
mod harness;
mod interruptions;
mod journeys;
mod office;
mod opinions;
mod random;
mod rules;
mod spoken;
mod transcripts;
mod unusable;
