//! A certificate, from the intent to issue it to its delivery and its end.
//!
//! ```text
//! (nothing) ──prepare──▶ prepared ──issue──▶ issued ──record delivery──▶ issued, delivered
//!
//! issued ──suspend──▶ suspended ──its last day ends, or reinstate──▶ issued
//!    │ propose a correction, and another officer approves (or declines: nothing changes); or renew
//!    ├──▶ replacement ordered ──the other one is prepared──▶ superseded
//!    └──revoke──▶ revoked (also out of "suspended" and "replacement ordered"; final)
//! ```
//!
//! *Prepared* is written before anything is signed: it holds the number and the digest of the
//! record, and its place in the log and the one in the status lists go into the credential. A crash between the two is finished by
//! the same code; a *Prepared* without an *Issued* stands in the open for the auditor. *Issued* keeps
//! what cannot be computed again.
//!
//! A certificate is never changed. A correction or a renewal is another certificate with another number, whose *Prepared*
//! names the one before; that one is superseded before the new one is signed, so there is never more than one that holds.
//! Only the authority that issued, a role in an office, changes how a certificate stands.

mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;

use cqrs_es::{Aggregate, event_sink::EventSink};

pub use commands::{Command, Issue, Prepare, ProposeCorrection};
pub use decide::{Error, RENEWAL_DAYS_MAX, SUSPENSION_DAYS_MAX};
pub use events::{
    Event, LogProof, NoTimeStamp, ReplacementReason, RevocationReason, SuspensionReason, TimeStamp, status_index_in,
};
pub use state::{
    Authority, Certificate, Declined, Intended, Proposal, Replacement, Signed, Standing, suspension_is_over,
};

impl Aggregate for Certificate {
    const TYPE: &'static str = "certificate";
    type Command = Command;
    type Event = Event;
    type Error = Error;
    type Services = ();

    async fn handle(&mut self, command: Command, _: &(), sink: &EventSink<Self>) -> Result<(), Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        *self = std::mem::take(self).evolve(event);
    }
}
