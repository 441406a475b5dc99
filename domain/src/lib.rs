//! What is true: the aggregates of a government certificate and the catalogue of services.
//!
//! Everything here is synchronous and pure. Time, chance and look-ups arrive as facts inside a
//! command; a decision answers with events or with a named rejection, and nothing else happens.
//!
//! | aggregate | tells the story of |
//! | --- | --- |
//! | [`application`] | a citizen's request, from submission through its stages to a decision |
//! | [`certificate`] | a document, from the intent to issue it to its delivery and its end |
//! | [`citizen`] | a person as we know them: a channel, a language, a consent |
//! | [`officer`] | who may act at which stage |
//! | [`key_ceremony`] | who was there when keys were made, and what was done |
//! | [`signing_key`] | which key signed what purpose, and from when to when |
//! | [`status_list`] | which lists of suspended, revoked and replaced certificates were published |
//!
//! The [`catalogue`] is data: one file a service, in both languages.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod application;
pub mod catalogue;
pub mod certificate;
pub mod citizen;
mod event;
#[cfg(test)]
mod example;
mod ids;
pub mod key_ceremony;
pub mod officer;
mod personal;
pub mod signing_key;
pub mod status_list;
mod text;
mod versions;
mod who;

pub use event::{AnyEvent, UnknownEvent};
pub use ids::{ApplicationNumber, CertificateId, CertificateNumber, CitizenId, NumberError, OfficerId};
pub use personal::Personal;
pub use text::{Bilingual, Language};
pub use versions::{STORED, upcasters};
pub use who::{Actor, ByOfficer, Paper, PaperFinding, ist_date, ist_midnight};
