//! Which status lists were published: the digest of each stands in the log, so that none can be taken back or put in the
//! place of another unnoticed. The lists themselves are made and checked in the room `certificates`.
//!
//! ```text
//! (nothing) ──publish──▶ published ──publish──▶ published …
//! ```
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
pub use state::StatusList;

impl Aggregate for StatusList {
    const TYPE: &'static str = "status_list";
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
