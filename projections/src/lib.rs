//! What can be seen: views folded from events.
//!
//! A view is one row for one stream: the fold of that stream's events, kept with a few terms to find
//! it by. Row and position are committed together, so a view is neither ahead of the log nor counted
//! twice, and any view can be made anew beside the old rows ([`rebuild`]) or compared with what a fresh
//! fold gives ([`replay`]). A stream with an event that cannot be read is [`Parked`]: its row stands still
//! and says so. Nothing here has an effect outside its own rows.
//!
//! | view | answers |
//! | --- | --- |
//! | [`File`] | where is this application, and what happened to it? |
//! | [`Entry`] | does this certificate hold? |
//! | [`OfficerView`] | who may act? |
//! | [`Status`] | where does this application stand, right after the command? (written with it) |
//! | [`Person`] | in which language, and may we? |
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod build;
mod bulk;
mod file;
mod following;
pub mod history;
mod kind;
mod lag;
mod officer;
mod parking;
mod person;
mod poison;
mod projector;
mod register;
mod replay;
mod standing;
mod statistics;
mod status;
mod step;
mod stream;
mod view;
mod views;

pub use build::{RebuildError, Rebuilt, rebuild};
pub use file::{File, FileState, HistoryLine, What};
pub use lag::{ViewStanding, parked, standings};
pub use officer::OfficerView;
pub use parking::{Refolded, rebuild_stream};
pub use person::Person;
pub use poison::Poison;
pub use projector::Projector;
pub use register::{
    Change, ChangedTo, DeclinedEntry, Entry, IssuedEntry, ProposalEntry, ReplacementEntry, STATUS_LIST_PLACES, Stood,
};
pub use replay::{Difference, Replayed, replay};
pub use standing::{Building, Generation, Standing};
pub use statistics::{Counts, Statistics, WITHIN_DAYS};
pub use status::{Status, StatusState, StatusView};
pub use step::ProjectorError;
pub use stream::Parked;
pub use view::{Part, Term, View};
pub use views::{CertificateNumberDigest, Listed, NotInForce, QueueItem, ViewError, Views, number_digest};
