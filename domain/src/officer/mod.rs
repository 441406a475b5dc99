//! Who may act at which stage.
//!
//! ```text
//! (nothing) ──appoint──▶ in office ──relieve──▶ relieved
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
pub use state::Officer;

impl Aggregate for Officer {
    const TYPE: &'static str = "officer";
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
