//! How people talk: the WhatsApp Cloud API, spoken to Meta or to the simulator that is built in.
//!
//! The way in is [`signature`] (is this from Meta?) and [`inbound`] (what does it say?). The way out is
//! [`outbound`] (a reply as a Cloud API message), [`outbox`] (what is tried again, when, and what never) and
//! [`graph`] (the HTTP client). [`simulator`] is the same API from the other side, with two phones to look at.
//!
//! Nothing here stores anything: rows and events belong to other rooms.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod address;
pub mod graph;
pub mod inbound;
pub mod kept;
pub mod news;
pub mod outbound;
pub mod outbox;
pub mod signature;
pub mod simulator;

pub use address::Address;
