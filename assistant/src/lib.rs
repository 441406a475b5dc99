//! What people mean: understanding of free text and the conversation, free of channel, store and network.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod news;
pub mod reply;
pub mod said;
pub mod understand;
pub mod words;
