//! A certificate, from the intent to issue it to its delivery and its end.
//!
//! ```text
//! (nothing) ──prepare──▶ prepared ──issue──▶ issued ──record delivery──▶ issued, delivered
//!                                              └──────────revoke──────────▶ revoked
//! ```
//!
//! *Prepared* is written before anything is signed: it holds the number and the digest of the
//! record, and its place in the log goes into the credential. A crash between the two is finished by
//! the same code; a *Prepared* without an *Issued* stands in the open for the auditor. *Issued* keeps
//! what cannot be computed again.

mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;

use cqrs_es::{Aggregate, event_sink::EventSink};

pub use commands::{Command, Issue, Prepare};
pub use decide::Error;
pub use events::{Event, RevocationReason};
pub use state::{Certificate, Standing};

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
