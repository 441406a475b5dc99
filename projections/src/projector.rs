use std::{collections::BTreeMap, time::Duration};

use domain::AnyEvent;
use ledger::{Batch, Bookmark, CommitError, Context, Expect, Fault, Ledger, RowChange};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use crate::{
    Entry, File, OfficerView, Person,
    view::{View, decoded},
};

/// How many events are folded into one transaction.
const STEP: usize = 256;

/// How long to wait before a view that could not move tries again.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a view cannot move on.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The store did not answer; the view tries again.
    #[error("the store could not be read")]
    Read(#[source] Fault),
    /// The store did not take the rows; the view tries again.
    #[error("the rows of view {view} could not be stored")]
    Write {
        /// Which view.
        view: &'static str,
        /// What the ledger said.
        source: CommitError,
    },
    /// An event or a row cannot be decoded: the view stands still there until somebody has looked.
    #[error("view {view} cannot read what it met at position {position}")]
    Poisoned {
        /// Which view.
        view: &'static str,
        /// The position of the event.
        position: u64,
        /// What the reader said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Keeps every view up with the log, each in a task of its own so that one that stands still holds up
/// no other.
pub struct Projector {
    progress: watch::Receiver<BTreeMap<&'static str, u64>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Projector {
    /// Starts following the log.
    #[must_use]
    pub fn start(ledger: &Ledger) -> Self {
        let (sender, progress) = watch::channel(BTreeMap::new());
        let tasks = vec![
            tokio::spawn(follow::<File>(ledger.clone(), sender.clone())),
            tokio::spawn(follow::<Entry>(ledger.clone(), sender.clone())),
            tokio::spawn(follow::<OfficerView>(ledger.clone(), sender.clone())),
            tokio::spawn(follow::<Person>(ledger.clone(), sender)),
        ];
        Self { progress, tasks }
    }

    /// The position that each view has reached.
    #[must_use]
    pub fn progress(&self) -> BTreeMap<&'static str, u64> {
        self.progress.borrow().clone()
    }

    /// Waits until every view has reached `position`, so that a person sees what they have just done.
    /// `false` when that takes longer than `patience`; what was done is done all the same.
    pub async fn reached(&self, position: u64, patience: Duration) -> bool {
        let mut progress = self.progress.clone();
        let all = progress.wait_for(|views| views.len() == self.tasks.len() && views.values().all(|p| *p >= position));
        matches!(tokio::time::timeout(patience, all).await, Ok(Ok(_)))
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn follow<V: View>(ledger: Ledger, progress: watch::Sender<BTreeMap<&'static str, u64>>) {
    let mut head = ledger.watch();
    loop {
        match step::<V>(&ledger).await {
            Ok(Step { position, moved: true }) => {
                progress.send_modify(|views| {
                    views.insert(V::NAME, position);
                });
            }
            Ok(Step { position, moved: false }) => {
                progress.send_modify(|views| {
                    views.insert(V::NAME, position);
                });
                // Another process may append to the same store, of which the channel does not tell.
                let told = tokio::time::timeout(PAUSE, head.wait_for(|head| *head > position)).await;
                if matches!(told, Ok(Err(_))) {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(
                    view = V::NAME,
                    error = &error as &dyn std::error::Error,
                    "view stands still"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

struct Step {
    position: u64,
    moved: bool,
}

/// Folds the next events into rows; rows and position go into one transaction.
async fn step<V: View>(ledger: &Ledger) -> Result<Step, ProjectorError> {
    let from = ledger
        .bookmark(V::NAME, V::GENERATION)
        .await
        .map_err(ProjectorError::Read)?;
    let events = ledger.after(from, STEP).await.map_err(ProjectorError::Read)?;
    let Some(to) = events.last().map(|last| last.position) else {
        return Ok(Step {
            position: from,
            moved: false,
        });
    };
    let space = V::space();
    let mut rows: BTreeMap<String, Option<V>> = BTreeMap::new();
    for recorded in events.iter().filter(|recorded| recorded.aggregate_type == V::AGGREGATE) {
        let poisoned = |source: Box<dyn std::error::Error + Send + Sync>| ProjectorError::Poisoned {
            view: V::NAME,
            position: recorded.position,
            source,
        };
        let event =
            AnyEvent::decode(&recorded.aggregate_type, &recorded.body).map_err(|error| poisoned(Box::new(error)))?;
        let key = &recorded.aggregate_id;
        let row = match rows.remove(key) {
            Some(row) => row,
            None => match ledger.row(&space, key).await.map_err(ProjectorError::Read)? {
                Some(stored) => Some(decoded::<V>(&stored).map_err(|error| poisoned(Box::new(error)))?),
                None => None,
            },
        };
        rows.insert(key.clone(), V::fold(row, &event, recorded));
    }
    let mut changes = Vec::with_capacity(rows.len());
    for (key, row) in rows {
        let Some(row) = row else { continue };
        let body = serde_json::to_vec(&row).map_err(|error| ProjectorError::Poisoned {
            view: V::NAME,
            position: to,
            source: Box::new(error),
        })?;
        changes.push(RowChange::Put {
            space: space.clone(),
            key,
            body,
            terms: row.terms(),
            expect: Expect::Any,
        });
    }
    let mut batch = batch_of_rows(&format!("{space} {from} {to}"), changes);
    batch.bookmark = Some(Bookmark {
        name: V::NAME.to_owned(),
        generation: V::GENERATION,
        from,
        to,
    });
    ledger
        .commit(batch)
        .await
        .map_err(|source| ProjectorError::Write { view: V::NAME, source })?;
    Ok(Step {
        position: to,
        moved: true,
    })
}

/// A batch of rows alone. Its command is named after what it does, so that an attempt whose outcome nobody knows is
/// recognised when it is made again.
pub(crate) fn batch_of_rows(doing: &str, rows: Vec<RowChange>) -> Batch {
    use sha2::{Digest, Sha256};
    const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_7669_6577_7300);
    let context = Context {
        command_id: Uuid::new_v5(&NAMESPACE, doing.as_bytes()),
        actor: "projector".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
    };
    let mut batch = Batch::new(context, Sha256::digest(doing.as_bytes()).into());
    batch.rows = rows;
    batch
}
