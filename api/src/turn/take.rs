//! Decisions that are stored together with rows: events of one stream, gathered before they are kept.

use cqrs_es::{Aggregate, DomainEvent};
use ledger::{Append, Fault, Ledger, NewEvent};

use super::TurnError;

/// A stream with what is about to happen to it.
pub(super) struct Pending<A: Aggregate> {
    pub(super) state: A,
    id: String,
    expected: u64,
    events: Vec<A::Event>,
}

impl<A: Aggregate + 'static> Pending<A> {
    pub(super) async fn load(ledger: &Ledger, id: &str) -> Result<Self, Fault> {
        let (state, expected) = ledger.load::<A>(id).await?;
        Ok(Self {
            state,
            id: id.to_owned(),
            expected,
            events: vec![],
        })
    }

    /// Takes events in, so that the next decision sees them.
    pub(super) fn add(&mut self, events: Vec<A::Event>, evolve: impl Fn(A, A::Event) -> A) {
        for event in events {
            self.state = evolve(std::mem::take(&mut self.state), event.clone());
            self.events.push(event);
        }
    }

    /// What is to be stored, if anything.
    pub(super) fn append(self) -> Result<Option<Append>, TurnError> {
        if self.events.is_empty() {
            return Ok(None);
        }
        let events = self.events.iter().map(|event| {
            Ok(NewEvent {
                event_type: event.event_type(),
                event_version: event.event_version(),
                body: serde_json::to_value(event).map_err(|reader| TurnError::Decode { what: "event", reader })?,
            })
        });
        Ok(Some(Append {
            aggregate_type: A::TYPE.to_owned(),
            aggregate_id: self.id,
            expected: self.expected,
            events: events.collect::<Result<_, TurnError>>()?,
        }))
    }
}
