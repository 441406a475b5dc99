//! From a command to stored events: load, decide, append; a lost race is decided again.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent as _};
use sha2::{Digest, Sha256};

use crate::batch::{Append, Batch, Context, NewEvent, Receipt};
use crate::fault::{CommitError, Fault};
use crate::ledger::Ledger;

/// How often a command is decided anew after a lost race. Each loss means that somebody else got on.
const ATTEMPTS_MAX: usize = 16;

/// Why a command was not carried out. `E` is the aggregate's own error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The rule said no.
    #[error("the command was rejected")]
    Rejected(#[source] E),
    /// The race was lost too often.
    #[error("the aggregate is being changed by others")]
    Conflict,
    /// The store did not answer, or failed. The outcome is unknown: ask again with the same command id.
    #[error("the ledger is not available")]
    Unavailable(#[source] Fault),
    /// The command id was used before for another request.
    #[error("the command id was used before for another request")]
    CommandReused,
    /// A record is damaged; writing is stopped.
    #[error("the ledger is damaged at position {position}; writing is stopped")]
    Corrupt {
        /// Where; 0 when it is no single record.
        position: u64,
    },
    /// The ledger cannot take these events: personal data of an erased subject, or an event that is no valid record.
    #[error("the events cannot be recorded")]
    Unrecordable(#[source] CommitError),
}

impl<E> From<Fault> for ExecuteError<E> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Corrupt { position, .. } => Self::Corrupt { position },
            fault => Self::Unavailable(fault),
        }
    }
}

impl<E> From<CommitError> for ExecuteError<E> {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { .. } | CommitError::RowConflict { .. } | CommitError::BookmarkMoved { .. } => {
                Self::Conflict
            }
            CommitError::CommandReused => Self::CommandReused,
            CommitError::Corrupt { position } => Self::Corrupt { position },
            CommitError::Unavailable(fault) => Self::Unavailable(fault),
            CommitError::SubjectErased { .. } | CommitError::Invalid { .. } => Self::Unrecordable(error),
        }
    }
}

/// A decision that is not stored yet.
#[derive(Debug, Clone)]
pub struct Decided<A: Aggregate> {
    state: A,
    events: Vec<A::Event>,
    append: Append,
}

impl<A: Aggregate> Decided<A> {
    /// The aggregate after the decision.
    pub const fn state(&self) -> &A {
        &self.state
    }

    /// What was decided; empty when it was true already.
    pub fn events(&self) -> &[A::Event] {
        &self.events
    }

    /// The append for a [`Batch`]. The batch fails with [`CommitError::Conflict`] if the stream has grown meanwhile, also when
    /// nothing is to be appended.
    pub fn append(&self) -> Append {
        self.append.clone()
    }
}

impl Ledger {
    /// The aggregate as its stream tells it, and the sequence of its last event (0: no event yet).
    ///
    /// # Errors
    /// [`Fault`]; [`Fault::Decode`] when an event is not one of this aggregate's.
    pub async fn load<A: Aggregate>(&self, id: impl Display) -> Result<(A, u64), Fault> {
        self.fold(&id.to_string()).await
    }

    async fn fold<A: Aggregate>(&self, id: &str) -> Result<(A, u64), Fault> {
        let mut aggregate = A::default();
        let mut sequence = 0;
        for event in self.stream(A::TYPE, id).await? {
            let decoded = serde_json::from_slice(&event.body).map_err(|reader| Fault::Decode {
                position: event.position,
                wanted: A::TYPE,
                reader: Arc::new(reader),
            })?;
            aggregate.apply(decoded);
            sequence = event.sequence;
        }
        Ok((aggregate, sequence))
    }

    /// Lets the aggregate decide, without storing anything.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] with the aggregate's error, or what [`Ledger::load`] met.
    pub async fn decide<A>(&self, id: impl Display, command: A::Command) -> Result<Decided<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
    {
        self.decide_here(&id.to_string(), command).await
    }

    async fn decide_here<A>(&self, id: &str, command: A::Command) -> Result<Decided<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
    {
        let (mut state, expected) = self.fold::<A>(id).await?;
        let sink = EventSink::default();
        // The sink applies each event to the state as it is written; on a rejection both are dropped.
        state
            .handle(command, &(), &sink)
            .await
            .map_err(ExecuteError::Rejected)?;
        let events = sink.collect().await;
        let mut new = Vec::with_capacity(events.len());
        for event in &events {
            let body = serde_json::to_value(event).map_err(|source| Fault::Encode {
                aggregate_type: A::TYPE,
                source: Arc::new(source),
            })?;
            new.push(NewEvent {
                event_type: event.event_type(),
                event_version: event.event_version(),
                body,
            });
        }
        let append = Append {
            aggregate_type: A::TYPE.to_owned(),
            aggregate_id: id.to_owned(),
            expected,
            events: new,
        };
        Ok(Decided { state, events, append })
    }

    /// Carries out a command and stores its events; runs to its end even when the caller is dropped. A command that yields no
    /// event is remembered as well: the same id again gets the same (empty) receipt, whatever has happened since.
    ///
    /// The request that the command id stands for is the aggregate and the actor. The command's content is not part of it,
    /// for it carries the time of the attempt; who needs that bound uses [`Ledger::commit`] with a request hash of their own.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub async fn execute<A>(
        &self,
        id: impl Display,
        command: A::Command,
        context: Context,
    ) -> Result<Receipt, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + 'static,
        A::Command: Clone + Send + 'static,
        A::Error: Send + 'static,
    {
        let (ledger, id) = (self.clone(), id.to_string());
        let work = tokio::spawn(async move { ledger.execute_here::<A>(&id, command, context).await });
        work.await.unwrap_or(Err(ExecuteError::Unavailable(Fault::Stopped)))
    }

    async fn execute_here<A>(
        &self,
        id: &str,
        command: A::Command,
        context: Context,
    ) -> Result<Receipt, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        let request_hash = request_hash(A::TYPE, id, &context.actor);
        for _ in 0..ATTEMPTS_MAX {
            // Before deciding: a command that was carried out would now be judged against the state it has made itself.
            if let Some(receipt) = self.repeated(context.command_id, &request_hash).await? {
                return Ok(receipt);
            }
            let decided = self.decide_here::<A>(id, command.clone()).await?;
            let mut batch = Batch::new(context.clone(), request_hash);
            batch.appends.push(decided.append());
            drop(decided);
            match self.commit_here(&batch, &BTreeMap::new()).await {
                Err(CommitError::Conflict { .. }) => {}
                answer => return Ok(answer?),
            }
        }
        Err(ExecuteError::Conflict)
    }
}

fn request_hash(aggregate_type: &str, id: &str, actor: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["praman execute v1", aggregate_type, id, actor] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
