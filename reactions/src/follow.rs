use std::time::Duration;

use domain::AnyEvent;
use ledger::{Batch, Bookmark, CommitError, Context, Expect, Fault, Ledger, Recorded, RowChange};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Setup;

const PAGE: usize = 64;
const PAUSE: Duration = Duration::from_millis(500);

/// The space of events that a reaction could not deal with, for an operator and for the next start.
pub(crate) const STUCK: &str = "stuck";

/// One kind of effect.
pub(crate) trait Reaction: Send + Sync + 'static {
    /// Its name, and the name of its position.
    const NAME: &'static str;

    /// Is this event any of its business?
    fn concerns(&self, event: &AnyEvent) -> bool;

    /// Does what follows. May be asked again about the same event at any time, and must then change nothing more.
    fn react(
        &self,
        setup: &Setup,
        event: &AnyEvent,
        recorded: &Recorded,
    ) -> impl Future<Output = Result<(), ReactionError>> + Send;
}

/// Why an effect did not come about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReactionError {
    /// Something that others provide is away; the same will be tried again before anything else.
    #[error("something is away for now")]
    Again(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will not come about without a person. The event is put aside and the rest goes on.
    #[error("this needs a person")]
    Stuck(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Fault> for ReactionError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Decode { .. } => Self::Stuck(Box::new(fault)),
            away => Self::Again(Box::new(away)),
        }
    }
}

impl From<CommitError> for ReactionError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unavailable(fault) => fault.into(),
            CommitError::SubjectErased { .. } | CommitError::Invalid { .. } | CommitError::CommandReused => {
                Self::Stuck(Box::new(error))
            }
            CommitError::Conflict { .. }
            | CommitError::RowConflict { .. }
            | CommitError::BookmarkMoved { .. }
            | CommitError::Corrupt { .. } => Self::Again(Box::new(error)),
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<ledger::ExecuteError<E>> for ReactionError {
    fn from(error: ledger::ExecuteError<E>) -> Self {
        match error {
            ledger::ExecuteError::Rejected(rejection) => Self::Stuck(Box::new(rejection)),
            ledger::ExecuteError::Unrecordable(error) => error.into(),
            ledger::ExecuteError::Unavailable(fault) => fault.into(),
            ledger::ExecuteError::CommandReused => Self::Stuck(Box::new(error)),
            ledger::ExecuteError::Conflict | ledger::ExecuteError::Corrupt { .. } => Self::Again(Box::new(error)),
        }
    }
}

/// Follows the log for ever. The position moves after the effect, so an effect may be asked for twice, never missed.
pub(crate) async fn follow<R: Reaction>(setup: Setup, reaction: R) {
    let mut head = setup.ledger.watch();
    again_what_was_stuck(&setup, &reaction).await;
    loop {
        match step(&setup, &reaction).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                // Another process may append to the same store, of which the channel does not tell.
                let position = *head.borrow_and_update();
                let told = tokio::time::timeout(PAUSE, head.wait_for(|head| *head > position)).await;
                if matches!(told, Ok(Err(_))) {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(reaction = R::NAME, error = &error as &dyn std::error::Error, "waiting");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Takes the next events in; answers the position reached, or `None` when there was nothing new.
async fn step<R: Reaction>(setup: &Setup, reaction: &R) -> Result<Option<u64>, ReactionError> {
    let mut from = setup.ledger.bookmark(R::NAME, 1).await?;
    let events = setup.ledger.after(from, PAGE).await?;
    let Some(last) = events.last() else { return Ok(None) };
    for recorded in &events {
        let put_aside = match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
            Ok(event) if !reaction.concerns(&event) => continue,
            Ok(event) => match reaction.react(setup, &event, recorded).await {
                Ok(()) => None,
                Err(ReactionError::Again(source)) => return Err(ReactionError::Again(source)),
                Err(ReactionError::Stuck(source)) => Some(source),
            },
            Err(unknown) => Some(Box::new(unknown) as Box<dyn std::error::Error + Send + Sync>),
        };
        let aside = put_aside.map(|source| {
            tracing::error!(
                reaction = R::NAME,
                position = recorded.position,
                error = &*source,
                "put aside"
            );
            stuck_row(R::NAME, recorded.position, &*source)
        });
        move_to(&setup.ledger, R::NAME, from, recorded.position, aside).await?;
        from = recorded.position;
    }
    if from < last.position {
        move_to(&setup.ledger, R::NAME, from, last.position, None).await?;
    }
    Ok(Some(last.position))
}

/// What was put aside is tried once at every start: a mended program or catalogue may get past it.
async fn again_what_was_stuck<R: Reaction>(setup: &Setup, reaction: &R) {
    let mut after: Option<String> = None;
    while let Ok(page) = setup.ledger.rows(STUCK, after.as_deref(), PAGE).await {
        let Some(last) = page.last() else { return };
        after = Some(last.key.clone());
        for row in page {
            let Some(position) = row
                .key
                .strip_prefix(&format!("{} ", R::NAME))
                .and_then(|p| p.parse::<u64>().ok())
            else {
                continue;
            };
            let Ok(events) = setup.ledger.after(position.saturating_sub(1), 1).await else {
                return;
            };
            let Some(recorded) = events.first() else { continue };
            let Ok(event) = AnyEvent::decode(&recorded.aggregate_type, &recorded.body) else {
                continue;
            };
            if reaction.react(setup, &event, recorded).await.is_ok() {
                let done = RowChange::Delete {
                    space: STUCK.to_owned(),
                    key: row.key.clone(),
                    expect: Expect::Any,
                };
                let batch = batch(&format!("unstick {} {}", row.key, row.version), vec![done]);
                if let Err(error) = setup.ledger.commit(batch).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a stuck event is done but still listed"
                    );
                }
            }
        }
    }
}

/// The position before which nothing waits for a certificate to be made: what was put aside counts as waiting.
///
/// # Errors
/// [`Fault`].
pub async fn first_unfinished(ledger: &Ledger) -> Result<u64, Fault> {
    let name = crate::issuance::Issuance::NAME;
    let mut first = ledger.bookmark(name, 1).await?;
    let mut after: Option<String> = None;
    loop {
        let page = ledger.rows(STUCK, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(first) };
        after = Some(last.key.clone());
        let positions = page.iter().filter_map(|row| {
            let position: u64 = row.key.strip_prefix(&format!("{name} "))?.parse().ok()?;
            Some(position)
        });
        first = positions.chain([first]).min().unwrap_or(first);
    }
}

fn stuck_row(name: &str, position: u64, source: &(dyn std::error::Error + Send + Sync)) -> RowChange {
    RowChange::Put {
        space: STUCK.to_owned(),
        key: format!("{name} {position:020}"),
        body: source.to_string().into_bytes(),
        terms: vec![("reaction".to_owned(), name.to_owned())],
        expect: Expect::Any,
    }
}

async fn move_to(
    ledger: &Ledger,
    name: &'static str,
    from: u64,
    to: u64,
    aside: Option<RowChange>,
) -> Result<(), ReactionError> {
    let mut batch = batch(&format!("{name} {from} {to}"), aside.into_iter().collect());
    batch.bookmark = Some(Bookmark {
        name: name.to_owned(),
        generation: 1,
        from,
        to,
    });
    ledger.commit(batch).await?;
    Ok(())
}

const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_7265_6163_7400);

/// A batch of rows that is recognised when it is made again.
pub(crate) fn batch(doing: &str, rows: Vec<RowChange>) -> Batch {
    let mut batch = Batch::new(
        context(doing, Uuid::nil(), None),
        Sha256::digest(doing.as_bytes()).into(),
    );
    batch.rows = rows;
    batch
}

/// The context of a command that follows from an event: named after what it does, so that it is done once.
pub(crate) fn context(doing: &str, correlation_id: Uuid, cause: Option<u64>) -> Context {
    Context {
        command_id: Uuid::new_v5(&NAMESPACE, doing.as_bytes()),
        actor: "system".to_owned(),
        correlation_id,
        causation: cause.map(|position| format!("position/{position}")),
        commits_to: None,
    }
}
