use std::{collections::BTreeMap, time::Duration};

use ledger::Ledger;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use uuid::Uuid;

use crate::{
    build::build,
    following::Follower,
    kind::{KINDS, Kind},
    parking::mend_parked,
    standing::{BEAT_SPACE, Standing, Stored},
    step::{ProjectorError, batch_of_rows},
};

/// How long to wait before the log is looked at again when nothing is told of it, or when something failed.
const PAUSE: Duration = Duration::from_millis(500);

/// A build of another process that has given no sign for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(5);

/// Keeps every view up with the log: folds what comes, makes rows anew whose shape this code has outgrown, and folds parked
/// streams again once at its start, because a newer program may be able to read them.
pub struct Projector {
    progress: watch::Receiver<BTreeMap<&'static str, u64>>,
    task: JoinHandle<()>,
}

impl Projector {
    /// Starts following the log.
    #[must_use]
    pub fn start(ledger: &Ledger) -> Self {
        let (sender, progress) = watch::channel(BTreeMap::new());
        let task = tokio::spawn(follow(ledger.clone(), sender));
        Self { progress, task }
    }

    /// The position that each view has reached, as readers see it; a view whose first rows are still being made is not in it.
    #[must_use]
    pub fn progress(&self) -> BTreeMap<&'static str, u64> {
        self.progress.borrow().clone()
    }

    /// Waits until every view has reached `position`, so that a person sees what they have just done.
    /// `false` when that takes longer than `patience`; what was done is done all the same.
    pub async fn reached(&self, position: u64, patience: Duration) -> bool {
        let mut progress = self.progress.clone();
        let all = progress.wait_for(|views| views.len() == KINDS.len() && views.values().all(|p| *p >= position));
        matches!(tokio::time::timeout(patience, all).await, Ok(Ok(_)))
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(ledger: Ledger, progress: watch::Sender<BTreeMap<&'static str, u64>>) {
    let mut head = ledger.watch();
    let mut follower = Follower::new(ledger.clone());
    let mut builds = Builds::new(ledger.clone());
    let mut parked_looked_at = false;
    loop {
        let turn = match follower.turn().await {
            Ok(turn) => turn,
            Err(error) => {
                standing_still(&error);
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let lowest = turn.serving.values().copied().min().unwrap_or(0);
        progress.send_if_modified(|views| {
            let moved = *views != turn.serving;
            views.clone_from(&turn.serving);
            moved
        });
        let wanting = !turn.wanting.is_empty();
        for (kind, stored) in turn.wanting {
            if let Err(error) = builds.want(kind, &stored).await {
                standing_still(&error);
            }
        }
        if turn.moved {
            continue;
        }
        if !parked_looked_at && !wanting {
            match mend_parked(&ledger).await {
                Ok(()) => parked_looked_at = true,
                Err(error) => standing_still(&error),
            }
        }
        // A build that ends is told by nobody; nor is what another process appends to the same store.
        let pause = if wanting { PAUSE / 50 } else { PAUSE };
        let told = tokio::time::timeout(pause, head.wait_for(|head| *head > lowest)).await;
        if matches!(told, Ok(Err(_))) {
            return;
        }
    }
}

fn standing_still(error: &ProjectorError) {
    tracing::error!(error = error as &dyn std::error::Error, "the views stand still");
}

/// The builds of this process.
struct Builds {
    ledger: Ledger,
    ours: Vec<Uuid>,
    running: JoinSet<&'static str>,
    at_work: Vec<&'static str>,
    /// The last sign of another process's build, and since when it has not changed.
    heard: BTreeMap<&'static str, (Option<u64>, Instant)>,
}

impl Builds {
    fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            ours: Vec::new(),
            running: JoinSet::new(),
            at_work: Vec::new(),
            heard: BTreeMap::new(),
        }
    }

    /// Sees to it that the rows of a view are made, by us if nobody else is at it.
    async fn want(&mut self, kind: &'static Kind, stored: &Stored) -> Result<(), ProjectorError> {
        while let Some(Ok(ended)) = self.running.try_join_next() {
            self.at_work.retain(|name| *name != ended);
        }
        if self.at_work.contains(&kind.name) {
            return Ok(());
        }
        // It may have been made, and even taken over, since the turn was taken.
        if Standing::read(&self.ledger, kind.name).await? != *stored {
            return Ok(());
        }
        if stored.standing == Standing::default() && self.ledger.head().await? == 0 {
            // Of an empty log nothing has to be folded.
            let first = Standing::first(kind);
            let doing = format!("first {}", kind.name);
            let rows = vec![first.change(kind.name, stored.expect)?];
            drop(self.ledger.commit(batch_of_rows(&doing, rows)).await);
            return Ok(());
        }
        if let Some(building) = stored.standing.building
            && !self.ours.contains(&building.by)
        {
            let sign = self.ledger.row(BEAT_SPACE, kind.name).await?.map(|row| row.version);
            let (heard, since) = self.heard.entry(kind.name).or_insert((sign, Instant::now()));
            if *heard != sign {
                (*heard, *since) = (sign, Instant::now());
            }
            if since.elapsed() < SILENCE {
                return Ok(());
            }
        }
        self.heard.remove(kind.name);
        self.at_work.push(kind.name);
        let (ledger, by) = (self.ledger.clone(), self.ledger.entropy().uuid_v4());
        self.ours.push(by);
        self.running.spawn(async move {
            tracing::info!(view = kind.name, shape = kind.shape, "the rows of a view are made");
            if let Err(error) = build(&ledger, kind, by, false).await {
                tracing::error!(
                    view = kind.name,
                    error = &error as &dyn std::error::Error,
                    "the rows of a view could not be made"
                );
                tokio::time::sleep(PAUSE).await;
            }
            kind.name
        });
        Ok(())
    }
}
