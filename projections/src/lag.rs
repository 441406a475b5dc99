//! How far the views are behind the log, and what stands still in them.

use jiff::{SignedDuration, Timestamp};
use ledger::{Fault, Ledger};

use crate::{
    kind::KINDS,
    standing::{Building, Generation, Standing, parked_of},
    stream::{CODE, Parked},
    views::LAST,
};

/// How a view stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewStanding {
    /// Which view.
    pub view: &'static str,
    /// The generation that readers use; `None` while the first is being made.
    pub serving: Option<Generation>,
    /// The one that is being made.
    pub building: Option<Building>,
    /// The position that readers see.
    pub position: u64,
    /// Events of the log that it has not taken in yet.
    pub events_behind: u64,
    /// For how long the first of them has been in the log; `None` when there is none.
    pub time_behind: Option<SignedDuration>,
    /// Streams whose rows stand still.
    pub parked: u64,
}

/// How every view stands, read from the store, so that any process can tell.
///
/// # Errors
/// [`Fault`].
pub async fn standings(ledger: &Ledger, now: Timestamp) -> Result<Vec<ViewStanding>, Fault> {
    let mut standings = Vec::with_capacity(KINDS.len());
    for kind in &KINDS {
        let standing = Standing::read(ledger, kind.name).await?.standing;
        let (mut position, mut parked) = (0, 0);
        if let Some(serving) = standing.serving {
            position = ledger.bookmark(kind.name, serving.number).await?;
            parked = ledger
                .count(&parked_of(kind.name, serving.number), CODE, "", LAST)
                .await?;
        }
        // After the position, so that a view is never ahead of the log.
        let events_behind = ledger.head().await?.saturating_sub(position);
        let first = if events_behind == 0 {
            None
        } else {
            ledger.after(position, 1).await?.pop()
        };
        standings.push(ViewStanding {
            view: kind.name,
            serving: standing.serving,
            building: standing.building,
            position,
            events_behind,
            time_behind: first.map(|event| now.duration_since(event.recorded_at).max(SignedDuration::ZERO)),
            parked,
        });
    }
    Ok(standings)
}

/// Streams that stand still in the rows that readers use, at most `limit` of each view.
///
/// # Errors
/// [`Fault`].
pub async fn parked(ledger: &Ledger, limit: usize) -> Result<Vec<Parked>, Fault> {
    let mut parked = Vec::new();
    for kind in &KINDS {
        let standing = Standing::read(ledger, kind.name).await?.standing;
        if let Some(serving) = standing.serving {
            let rows = ledger.rows(&parked_of(kind.name, serving.number), None, limit).await?;
            for row in &rows {
                parked.push(Parked::decoded(row)?);
            }
        }
    }
    Ok(parked)
}
