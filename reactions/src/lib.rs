//! What follows: the effects of events. A reaction signs, sends and publishes; it is never replayed.
//!
//! | reaction | follows from | does |
//! | --- | --- | --- |
//! | [`automatic`] | an application reaching an automatic stage | passes it |
//! | [`issuance`] | an approval | *Prepared*, then the signatures, then *Issued* |
//! | [`notices`] | a stage, a question, a decision, a signed certificate | queues a message to the citizen |
//! | [`sender`] | a queued message | sends it, and finds out what became of it |
//! | [`status_lists`] | a certificate held, released, replaced or revoked; the hour | signs the status lists anew |
//! | [`publication`] | a grown log | signs the checkpoint, has it cosigned, publishes it |
//!
//! Each keeps its own position in the log and writes what it intends before what cannot be undone. A crash between
//! any two steps is finished by the same code on the next start: every step asks first whether it has been
//! done, and its commands are named after the event that they follow from.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod automatic;
mod follow;
mod issuance;
mod notices;
mod pause;
pub mod publication;
mod sender;
pub mod status_lists;
mod witnesses;

use std::sync::Arc;

use domain::catalogue::Catalogue;
use keys::Signer;
use ledger::{Clock, Documents, Ledger};
use tokio::task::JoinHandle;
use whatsapp::{graph::Graph, outbox::Policy};

pub use follow::first_unfinished;
pub use issuance::{
    IssuanceError, Issuer, Made, Reissued, TimeAuthority, printed_lines, remake, signed_file, unsigned_file, vc_holds,
};
pub use pause::PausePoints;
pub use witnesses::Asked;

/// What the reactions work with.
#[derive(Clone)]
pub struct Setup {
    /// The log and its rows.
    pub ledger: Ledger,
    /// Where files are kept.
    pub documents: Documents,
    /// The services.
    pub catalogue: Arc<Catalogue>,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Who signs certificates, and what is printed beside.
    pub issuer: Arc<Issuer>,
    /// Who stamps the time on the signatures of PDFs, if anybody.
    pub time_authority: Option<Arc<TimeAuthority>>,
    /// Who signs checkpoints.
    pub checkpoint_signer: Arc<dyn Signer>,
    /// Who is asked to cosign them.
    pub witnesses: Vec<Asked>,
    /// Who signs status lists.
    pub status_signer: Arc<dyn Signer>,
    /// How to reach people.
    pub graph: Graph,
    /// When to send again.
    pub policy: Policy,
    /// Where a test may stop the process.
    pub pauses: PausePoints,
}

/// The running reactions; dropping them stops them between two steps.
pub struct Reactions {
    tasks: Vec<JoinHandle<()>>,
}

impl Reactions {
    /// Starts all of them.
    #[must_use]
    pub fn start(setup: &Setup) -> Self {
        Self {
            tasks: vec![
                tokio::spawn(follow::follow(setup.clone(), automatic::Automatic)),
                tokio::spawn(follow::follow(setup.clone(), issuance::Issuance)),
                tokio::spawn(follow::follow(setup.clone(), notices::Notices)),
                tokio::spawn(sender::run(setup.clone())),
                tokio::spawn(status_lists::run(setup.clone())),
                tokio::spawn(publication::run(publication::Publication {
                    ledger: setup.ledger.clone(),
                    signer: setup.checkpoint_signer.clone(),
                    witnesses: setup.witnesses.clone(),
                })),
            ],
        }
    }
}

impl Drop for Reactions {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
