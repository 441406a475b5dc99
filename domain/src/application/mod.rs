//! A citizen's request, from submission to a decision.
//!
//! ```text
//! (nothing) ──submit──▶ open, stage 0 ──forward──▶ open, stage 1 … last stage ──approve──▶ approved
//!                          │  ▲                        │
//!                        ask  answer                 refuse (last stage, or where the catalogue says so)
//!                          ▼  │                        ▼
//!                        waiting for the citizen     refused
//!            withdraw (the citizen, while undecided) ─▶ withdrawn
//! ```
//!
//! Two stages next to each other are never acted by the same officer, whatever roles say: the frauds
//! of Delhi were committed by insiders with a valid login, and one borrowed login must not suffice. An
//! automatic stage between them does not count.

mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;

use cqrs_es::{Aggregate, event_sink::EventSink};

pub use commands::{Command, StageRecord};
pub use decide::Error;
pub use events::{Event, StagePlan};
pub use state::{Application, Decision, Open};

impl Aggregate for Application {
    const TYPE: &'static str = "application";
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
