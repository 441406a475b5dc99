//! For users of cqrs-es: their framework on this store.
//!
//! ```text
//! let store = PersistedEventStore::new_event_store(Repository::new(ledger));
//! let cqrs = CqrsFramework::new(store, queries, services);
//! ```
//!
//! What the framework leaves out (receipts, one command once, views that cannot be lost) is had through [`Ledger`] itself. Its
//! snapshots are refused: they apply events twice in cqrs-es 0.5.

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot};
use serde_json::Value;
use uuid::Uuid;

use crate::batch::{Append, Batch, Context, NewEvent};
use crate::fault::{CommitError, Fault};
use crate::leaf::sha256;
use crate::ledger::Ledger;
use crate::recorded::{Recorded, StoredEvent};

/// Events in a page while streaming.
const PAGE: usize = 500;

/// The ledger as cqrs-es' repository of events.
#[derive(Debug, Clone)]
pub struct Repository {
    ledger: Ledger,
}

/// What cqrs-es asks for and this store does not do.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0}")]
struct Unsupported(&'static str);

impl Repository {
    /// Over this ledger.
    pub const fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    async fn opened(&self, stored: Vec<StoredEvent>) -> Result<Vec<(Recorded, Vec<u8>)>, Fault> {
        let metas: Vec<Vec<u8>> = stored.iter().map(|event| event.meta.clone()).collect();
        let opened = self.ledger.opened(stored).await?;
        Ok(opened.into_iter().zip(metas).collect())
    }
}

fn of_fault(fault: Fault) -> PersistenceError {
    match fault {
        Fault::Corrupt { .. } | Fault::Decode { .. } => PersistenceError::DeserializationError(Box::new(fault)),
        fault => PersistenceError::ConnectionError(Box::new(fault)),
    }
}

/// `meta` as stored: it may hold more than our own fields.
fn serialized(event: Recorded, meta: &[u8]) -> Result<SerializedEvent, PersistenceError> {
    let payload = serde_json::from_slice(&event.body)?;
    let metadata = serde_json::from_slice(meta)?;
    let sequence = usize::try_from(event.sequence).map_err(|error| PersistenceError::UnknownError(Box::new(error)))?;
    Ok(SerializedEvent {
        aggregate_id: event.aggregate_id,
        sequence,
        aggregate_type: event.aggregate_type,
        event_type: event.event_type,
        event_version: event.event_version,
        payload,
        metadata,
    })
}

impl PersistedEventRepository for Repository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.get_last_events::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let after = u64::try_from(last_sequence).unwrap_or(u64::MAX);
        let stored = self
            .ledger
            .stored_stream(A::TYPE, aggregate_id, after)
            .await
            .map_err(of_fault)?;
        let events = self.opened(stored).await.map_err(of_fault)?;
        events
            .into_iter()
            .map(|(event, meta)| serialized(event, &meta))
            .collect()
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let unsupported = |what| PersistenceError::UnknownError(Box::new(Unsupported(what)));
        if snapshot_update.is_some() {
            return Err(unsupported(
                "snapshots are not kept here: use PersistedEventStore::new_event_store",
            ));
        }
        let Some(first) = events.first() else { return Ok(()) };
        if events.iter().any(|event| event.aggregate_id != first.aggregate_id) {
            return Err(unsupported("events of several aggregates in one commit"));
        }
        // One map for a command, copied to each of its events by cqrs-es; all of its fields are strings.
        let mut metadata: BTreeMap<String, String> = serde_json::from_value(first.metadata.clone())?;
        let given = |text: Option<String>| text.and_then(|text| Uuid::try_parse(&text).ok());
        // A command id in the metadata makes the commit safe to repeat; without one each commit stands for itself.
        let command_id = given(metadata.remove("command_id")).unwrap_or_else(|| self.ledger.entropy().uuid_v4());
        let context = Context {
            command_id,
            actor: metadata.remove("actor").unwrap_or_default(),
            correlation_id: given(metadata.remove("correlation_id")).unwrap_or_default(),
            causation: metadata.remove("causation"),
            commits_to: metadata.remove("commits_to"),
        };
        let expected = u64::try_from(first.sequence).unwrap_or(u64::MAX).saturating_sub(1);
        let request = serde_json::to_vec(
            &events
                .iter()
                .map(|event| (event.sequence, &event.payload))
                .collect::<Vec<_>>(),
        )?;
        let mut batch = Batch::new(context, sha256(&request));
        batch.appends.push(Append {
            aggregate_type: A::TYPE.to_owned(),
            aggregate_id: first.aggregate_id.clone(),
            expected,
            events: events
                .iter()
                .map(|event| NewEvent {
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    body: event.payload.clone(),
                })
                .collect(),
        });
        match self.ledger.commit_with(batch, metadata).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict { .. }) => Err(PersistenceError::OptimisticLockError),
            Err(CommitError::Unavailable(fault)) => Err(of_fault(fault)),
            Err(error) => Err(PersistenceError::UnknownError(Box::new(error))),
        }
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let events = self.get_events::<A>(aggregate_id).await?;
        let (mut feed, stream) = ReplayStream::new(PAGE);
        tokio::spawn(async move {
            for event in events {
                if feed.push(Ok(event)).await.is_err() {
                    return;
                }
            }
        });
        Ok(stream)
    }

    /// In the order of positions, which is the order of commits. A failure comes as the last item, never as a short stream.
    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let (mut feed, stream) = ReplayStream::new(PAGE);
        let repository = self.clone();
        tokio::spawn(async move {
            let mut position = 0;
            loop {
                let page = match repository.ledger.inner.store.after(position, PAGE).await {
                    Ok(page) => page,
                    Err(fault) => return drop(feed.push(Err(of_fault(fault))).await),
                };
                let Some(last) = page.last() else { return };
                position = last.position;
                let wanted = page
                    .into_iter()
                    .filter(|event| event.aggregate_type == A::TYPE)
                    .collect();
                let events = match repository.opened(wanted).await {
                    Ok(events) => events,
                    Err(fault) => return drop(feed.push(Err(of_fault(fault))).await),
                };
                for (event, meta) in events {
                    if feed.push(serialized(event, &meta)).await.is_err() {
                        return;
                    }
                }
            }
        });
        Ok(stream)
    }
}
