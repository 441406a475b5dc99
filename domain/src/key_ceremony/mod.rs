//! What was done when signing keys were made before witnesses: who was there, which keys came of it, step by step. The keys'
//! own lives are in [`crate::signing_key`]; this is the transcript that those present sign.
//!
//! ```text
//! (nothing) ──record──▶ begun, steps and keys, ended
//! ```
mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;

use cqrs_es::{Aggregate, event_sink::EventSink};

pub use commands::Command;
pub use decide::{Error, PRESENT_MIN};
pub use events::{Deed, Event};
pub use state::KeyCeremony;

impl Aggregate for KeyCeremony {
    const TYPE: &'static str = "key_ceremony";
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
