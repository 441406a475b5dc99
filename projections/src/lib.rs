//! What can be seen: views folded from events.
//!
//! A view is one row for one stream: the fold of that stream's events, kept with a few terms to find
//! it by. Row and position are committed together, so a view is neither ahead of the log nor counted
//! twice, and any view can be thrown away and folded again ([`rebuild`]) or compared with what a
//! fresh fold gives ([`replay`]). Nothing here has an effect outside its own rows.
//!
//! | view | answers |
//! | --- | --- |
//! | [`File`] | where is this application, and what happened to it? |
//! | [`Entry`] | does this certificate hold? |
//! | [`OfficerView`] | who may act? |
//! | [`Person`] | in which language, and may we? |
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod file;
mod officer;
mod person;
mod projector;
mod register;
mod replay;
mod view;
mod views;

pub use file::{File, FileState, HistoryLine, What};
pub use officer::OfficerView;
pub use person::Person;
pub use projector::{Projector, ProjectorError};
pub use register::{Entry, IssuedEntry, RevokedEntry};
pub use replay::{Difference, RebuildError, Replayed, rebuild, replay};
pub use view::{Term, View};
pub use views::{CertificateNumberDigest, QueueItem, Views, number_digest};
