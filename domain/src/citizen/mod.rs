//! A person as we know them: a channel to reach them, a language, a consent.
//!
//! ```text
//! (nothing) ──register──▶ known ──choose language, give consent──▶ known
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
pub use state::Citizen;

impl Aggregate for Citizen {
    const TYPE: &'static str = "citizen";
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
