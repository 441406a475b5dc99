//! Which key signed what purpose, and from when to when. The private half is in the room `keys`; the
//! ledger holds what an auditor needs to check old signatures.
//!
//! ```text
//! (nothing) ──activate──▶ active ──retire──▶ retired
//!                           │                   │
//!                           └────compromise─────┴──▶ compromised ⟲ compromise, earlier
//! ```
//! A theft that turns out to lie further back is told again; one that is told never becomes a later one, for certificates
//! that were void would come back.
mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;

use cqrs_es::{Aggregate, event_sink::EventSink};

pub use commands::Command;
pub use decide::Error;
pub use events::Event;
pub use state::SigningKey;

impl Aggregate for SigningKey {
    const TYPE: &'static str = "signing_key";
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
