//! A view's rows made anew beside those that serve.
//!
//! The bulk of the log, up to the head at the beginning, is folded stream by stream in ranges of streams, several at once,
//! into a generation of its own, in bounded memory; then the generation follows the log as the serving one does and takes its
//! place where they meet ([`crate::following`]). Readers are never held up and never see a generation that is not whole.
//!
//! Where it may die:
//! - before `ready`: nobody reads the generation, its bookmark stands at 0; the next build throws it away and begins another;
//! - after `ready`: any process that follows the log brings it up and lets it serve;
//! - after the switch: what is left of the old generation is swept by any process that follows the log.

use std::time::Duration;

use ledger::{CommitError, Expect, Fault, Ledger, RowChange};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    bulk::{Bulk, Done, fold_ranges},
    following::{Follower, sweep_some},
    kind::{KINDS, Kind},
    replay::Difference,
    standing::{BEAT_SPACE, Standing, encoded, sums_of},
    step::{ProjectorError, batch_of_rows},
};

/// How often a build tells that it is alive.
const BEAT: Duration = Duration::from_secs(1);

/// What came of making views anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Events that were folded.
    pub events: u64,
    /// Rows that were made.
    pub rows: u64,
    /// Rows of the generation before that were not what the log says, as far as they are kept ([`Rebuilt::differing`] counts all).
    pub differences: Vec<Difference>,
    /// How many rows differed.
    pub differing: u64,
    /// Streams that stand still, because an event of theirs cannot be read.
    pub parked: u64,
}

/// Why a rebuild stopped.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] Fault),
    /// The store did not take a row.
    #[error("the rows could not be stored")]
    Write(#[from] CommitError),
    /// The views could not be brought up to the log.
    #[error("the new rows could not be brought up to the log")]
    Follow(#[from] ProjectorError),
    /// Another build of the same view began meanwhile: that one goes on.
    #[error("another rebuild of view {view} has taken over")]
    TakenOver {
        /// Which view.
        view: &'static str,
    },
    /// No view has this name.
    #[error("no view is called {name}")]
    NoSuchView {
        /// The name.
        name: String,
    },
    /// A part of the work was stopped.
    #[error("the work was stopped")]
    Stopped,
}

/// Makes views anew from the log, one after the other or the one that is named, while others read and append; when it
/// answers, readers use the new rows and the old ones are gone. Each row of the old generation is compared with the new one.
///
/// # Errors
/// [`RebuildError`]; what was not switched over yet stays as it was.
pub async fn rebuild(ledger: &Ledger, view: Option<&str>) -> Result<Rebuilt, RebuildError> {
    let kinds: Vec<&'static Kind> = match view {
        Some(name) => vec![Kind::named(name).ok_or_else(|| RebuildError::NoSuchView { name: name.to_owned() })?],
        None => KINDS.iter().collect(),
    };
    let mut rebuilt = Rebuilt::default();
    for kind in kinds {
        let by = ledger.entropy().uuid_v4();
        let done = build(ledger, kind, by, true).await?;
        rebuilt.events += done.events;
        rebuilt.rows += done.rows;
        rebuilt.differences.extend(done.differences.kept);
        rebuilt.differing += done.differences.total;
        rebuilt.parked += done.parked;
        let mut follower = Follower::new(ledger.clone());
        loop {
            let standing = Standing::read(ledger, kind.name).await?.standing;
            if standing.building.is_none_or(|building| building.by != by) {
                break;
            }
            follower.turn().await?;
        }
        for generation in Standing::read(ledger, kind.name).await?.standing.retired {
            while sweep_some(ledger, kind, generation).await? {}
        }
    }
    Ok(rebuilt)
}

/// Folds the bulk of a new generation; when it answers, the generation is ready to follow.
pub(crate) async fn build(ledger: &Ledger, kind: &'static Kind, by: Uuid, compare: bool) -> Result<Done, RebuildError> {
    let taken_over = |error: CommitError| match error {
        CommitError::RowConflict { .. } => RebuildError::TakenOver { view: kind.name },
        error => RebuildError::Write(error),
    };
    let stored = Standing::read(ledger, kind.name).await?;
    let begun = stored.standing.begin(kind, by, ledger.clock().now());
    let generation = begun.last;
    let doing = format!("begin {} {by}", kind.name);
    let rows = vec![begun.change(kind.name, stored.expect)?];
    ledger.commit(batch_of_rows(&doing, rows)).await.map_err(taken_over)?;

    let beating = beat(ledger.clone(), kind, by);
    let against = match stored.standing.serving.filter(|old| compare && old.shape == kind.shape) {
        Some(old) => Some((old.number, ledger.bookmark(kind.name, old.number).await?)),
        None => None,
    };
    let to = ledger.head().await?;
    let done = fold_ranges(
        ledger,
        Bulk {
            kind,
            to,
            into: Some((generation, by)),
            against,
        },
    )
    .await?;
    drop(beating);

    let space = sums_of(kind.name, generation);
    let mut rows = Vec::with_capacity(done.sums.len() + 1);
    for (key, numbers) in &done.sums {
        rows.push(RowChange::Put {
            space: space.clone(),
            key: key.clone(),
            body: encoded(numbers)?,
            terms: vec![],
            expect: Expect::Absent,
        });
    }
    let begun = Standing::read(ledger, kind.name).await?;
    if begun.standing.building.is_none_or(|building| building.by != by) {
        return Err(RebuildError::TakenOver { view: kind.name });
    }
    rows.push(begun.standing.ready().change(kind.name, begun.expect)?);
    let mut batch = batch_of_rows(&format!("ready {} {by}", kind.name), rows);
    batch.bookmark = Some(ledger::Bookmark {
        name: kind.name.to_owned(),
        generation,
        from: 0,
        to,
    });
    ledger.commit(batch).await.map_err(taken_over)?;
    Ok(done)
}

/// Tells, while it is held, that a build is alive: whoever would begin another one watches whether the row changes.
fn beat(ledger: Ledger, kind: &'static Kind, by: Uuid) -> JoinSet<()> {
    let mut beating = JoinSet::new();
    beating.spawn(async move {
        for count in 0_u64.. {
            let put = RowChange::Put {
                space: BEAT_SPACE.to_owned(),
                key: kind.name.to_owned(),
                body: count.to_string().into_bytes(),
                terms: vec![],
                expect: Expect::Any,
            };
            let doing = format!("beat {} {by} {count}", kind.name);
            // A beat that is not stored is missed by nobody before several are.
            drop(ledger.commit(batch_of_rows(&doing, vec![put])).await);
            tokio::time::sleep(BEAT).await;
        }
    });
    beating
}
