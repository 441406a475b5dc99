//! Events of older versions, raised when they are read.
//!
//! What is stored is never touched: leaf, audit and export go by the stored bytes. Whoever reads events as events (an aggregate, a view, a
//! reaction) gets the newest shape, by the upcasters of cqrs-es.

use std::sync::Arc;

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::Value;

use crate::fault::Fault;
use crate::recorded::Recorded;

/// The upcasters of whoever owns the events, in the order in which they are asked; each may raise what the one before it left.
#[derive(Clone, Default)]
pub struct Upcasters(Arc<Vec<Box<dyn EventUpcaster>>>);

impl std::fmt::Debug for Upcasters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upcasters({})", self.0.len())
    }
}

impl Upcasters {
    /// From the owner's list.
    #[must_use]
    pub fn new(upcasters: Vec<Box<dyn EventUpcaster>>) -> Self {
        Self(Arc::new(upcasters))
    }

    /// The event in its newest shape; most are, and are not even parsed.
    pub(crate) fn raise(&self, mut event: Recorded) -> Result<Recorded, Fault> {
        for upcaster in self.0.iter() {
            if !upcaster.can_upcast(&event.event_type, &event.event_version) {
                continue;
            }
            let corrupt = || Fault::corrupt(event.position, "the body is no JSON");
            let payload: Value = serde_json::from_slice(&event.body).map_err(|_| corrupt())?;
            let raised = upcaster.upcast(SerializedEvent {
                aggregate_id: event.aggregate_id.clone(),
                sequence: usize::try_from(event.sequence).unwrap_or(usize::MAX),
                aggregate_type: event.aggregate_type.clone(),
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload,
                metadata: Value::Null,
            });
            // Stream and place stay what they are, whatever an upcaster says.
            event.body = serde_json::to_vec(&raised.payload).map_err(|_| corrupt())?;
            event.event_type = raised.event_type;
            event.event_version = raised.event_version;
        }
        Ok(event)
    }
}
