//! From a command to stored events: load, decide, append; a lost race is decided again.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent as _};
use serde::Deserialize as _;
use sha2::{Digest, Sha256};

use crate::batch::{Append, Batch, Context, NewEvent, Receipt};
use crate::cache::{After, Cached, Remembered};
use crate::fault::{CommitError, Fault};
use crate::leaf::stream_digest;
use crate::ledger::Ledger;
use crate::personal;

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
    /// Of the state that it rests on: bytes, whether personal values were read for it, and [`crate::cache::Cache::erasures`] before.
    origin: (usize, bool, u64),
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
        let mut folded = self.nothing();
        self.go_on(id, &mut folded).await?;
        Ok((folded.state, folded.sequence))
    }

    fn nothing<A: Aggregate>(&self) -> Folded<A> {
        Folded {
            state: A::default(),
            sequence: 0,
            bytes: 0,
            personal: false,
            as_of: self.inner.cache.erasures(),
        }
    }

    /// Applies what the stream holds beyond. Answers whether there was anything.
    async fn go_on<A: Aggregate>(&self, id: &str, folded: &mut Folded<A>) -> Result<bool, Fault> {
        let stored = self.stored_stream(A::TYPE, id, folded.sequence).await?;
        let events = self.opened(stored).await?;
        let grown = !events.is_empty();
        for event in events {
            folded.bytes += event.body.len();
            folded.personal |= personal::may_hold(&event.body);
            let decoded = serde_json::from_slice(&event.body).map_err(|reader| Fault::Decode {
                position: event.position,
                wanted: A::TYPE,
                reader: Arc::new(reader),
            })?;
            folded.state.apply(decoded);
            folded.sequence = event.sequence;
        }
        Ok(grown)
    }

    /// As [`Ledger::fold`], and keeps it for the next command.
    async fn fold_and_keep<A>(&self, id: &str, mut folded: Folded<A>) -> Result<Folded<A>, Fault>
    where
        A: Aggregate + Clone + 'static,
    {
        let cache = &self.inner.cache;
        let stream = stream_digest(A::TYPE, id);
        self.go_on(id, &mut folded).await?;
        let rows = cache.stream(stream).filter(|cached| cached.sequence == folded.sequence);
        let cached = Cached {
            sequence: folded.sequence,
            state: Some(Arc::new(State(folded.state.clone()))),
            rows: rows.and_then(|cached| cached.rows),
            bytes: folded.bytes,
            personal: folded.personal,
        };
        cache.put_stream(stream, cached, folded.as_of);
        Ok(folded)
    }

    /// The aggregate as it is remembered. It may be behind its stream; a decision on it proves itself when it is stored.
    fn remembered<A: Aggregate + Clone + 'static>(&self, id: &str) -> Option<Folded<A>> {
        let as_of = self.inner.cache.erasures();
        let cached = self.inner.cache.stream(stream_digest(A::TYPE, id))?;
        let state = cached.state?.as_any().downcast::<State<A>>().ok()?;
        Some(Folded {
            state: state.0.clone(),
            sequence: cached.sequence,
            bytes: cached.bytes,
            personal: cached.personal,
            as_of,
        })
    }

    /// Lets the aggregate decide, without storing anything.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] with the aggregate's error, or what [`Ledger::load`] met.
    pub async fn decide<A>(&self, id: impl Display, command: A::Command) -> Result<Decided<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()> + Clone + 'static,
        A::Command: Clone,
    {
        let id = id.to_string();
        if let Some(remembered) = self.remembered::<A>(&id) {
            let decided = decide_on(remembered, &id, command.clone()).await;
            // What says no, or that there is nothing to do, is not stored and so proves nothing: it is said on the whole stream.
            if decided.as_ref().is_ok_and(|decided| !decided.events.is_empty()) {
                return decided;
            }
        }
        let folded = self.fold_and_keep::<A>(&id, self.nothing()).await?;
        decide_on(folded, &id, command).await
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
        A: Aggregate<Services = ()> + Clone + 'static,
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
        A: Aggregate<Services = ()> + Clone + 'static,
        A::Command: Clone,
    {
        let request_hash = request_hash(A::TYPE, id, &context.actor);
        let mut remembered = self.remembered::<A>(id);
        for _ in 0..ATTEMPTS_MAX {
            let (folded, known) = match remembered.take() {
                Some(folded) => (folded.clone(), Some(folded)),
                None => (self.fold_and_keep::<A>(id, self.nothing()).await?, None),
            };
            let decided = match decide_on(folded, id, command.clone()).await {
                // Events are proven when they are stored, a rejection is not: the command may have been carried out before and be
                // judged by the state that it made itself, and the stream may have grown since it was remembered.
                Err(ExecuteError::Rejected(rejection)) => {
                    if let Some(receipt) = self.repeated(context.command_id, &request_hash).await? {
                        return Ok(receipt);
                    }
                    let Some(known) = known else {
                        return Err(ExecuteError::Rejected(rejection));
                    };
                    let folded = self.fold_and_keep(id, known).await?;
                    decide_on(folded, id, command.clone()).await?
                }
                decided => decided?,
            };
            let mut batch = Batch::new(context.clone(), request_hash);
            let Decided {
                state, append, origin, ..
            } = decided;
            batch.appends.push(append);
            let after = After {
                state: Arc::new(State(state)),
                bytes: origin.0,
                personal: origin.1,
                as_of: origin.2,
            };
            match self.commit_rows(&batch, &BTreeMap::new(), &[], Some(after)).await {
                Err(CommitError::Conflict { .. }) => {}
                answer => return Ok(answer?),
            }
        }
        Err(ExecuteError::Conflict)
    }
}

/// An aggregate, folded from its stream.
#[derive(Clone)]
struct Folded<A> {
    state: A,
    sequence: u64,
    /// Of the events.
    bytes: usize,
    /// Some of them hold personal values.
    personal: bool,
    /// [`crate::cache::Cache::erasures`] before anything of it was read.
    as_of: u64,
}

/// An aggregate as the cache keeps it.
struct State<A>(A);

impl<A: Aggregate + Clone + 'static> Remembered for State<A> {
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn advanced(&self, events: &[NewEvent]) -> Option<Arc<dyn Remembered>> {
        let mut state = self.0.clone();
        for event in events {
            state.apply(A::Event::deserialize(&event.body).ok()?);
        }
        Some(Arc::new(Self(state)))
    }
}

async fn decide_on<A>(folded: Folded<A>, id: &str, command: A::Command) -> Result<Decided<A>, ExecuteError<A::Error>>
where
    A: Aggregate<Services = ()>,
{
    let Folded {
        mut state,
        sequence,
        bytes,
        personal,
        as_of,
    } = folded;
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
        expected: sequence,
        events: new,
    };
    Ok(Decided {
        state,
        events,
        append,
        origin: (bytes, personal, as_of),
    })
}

fn request_hash(aggregate_type: &str, id: &str, actor: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["praman execute v1", aggregate_type, id, actor] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
