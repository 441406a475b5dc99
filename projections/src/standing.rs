//! Which generation of each view readers use: a stored row, so that every process follows.
//!
//! ```text
//!             begin                      ready                     switch
//! serving n ────────▶ serving n ───────────────▶ serving n ────────────────▶ serving n+1
//!                     building n+1 (bulk)        building n+1, ready         retired n: swept, then forgotten
//! ```
//!
//! Each arrow is one transaction that demands the row's version. A build that died before `ready` is thrown away by the next
//! one: its generation is retired, and the number is never used again.

use jiff::Timestamp;
use ledger::{Expect, Fault, Ledger, RowChange};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kind::Kind;

/// Where these rows are: one for each view, under its name.
const SPACE: &str = "view";
/// Where builds tell that they are alive, under the view's name.
pub(crate) const BEAT_SPACE: &str = "view build";

/// One build of a view's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Counts the builds of this view, from 1.
    pub number: u32,
    /// The shape of its rows.
    pub shape: u32,
}

/// A generation that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// Which.
    pub generation: Generation,
    /// Whoever folds the bulk of it.
    pub by: Uuid,
    /// When they began.
    pub since: Timestamp,
    /// The bulk is folded: the generation follows the log, and takes over where it meets the one that serves.
    pub ready: bool,
}

/// Which generations a view has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The one that readers use; `None` until the first is whole.
    pub serving: Option<Generation>,
    /// The one that is being made.
    pub building: Option<Building>,
    /// Those whose rows are being taken away.
    pub retired: Vec<u32>,
    /// The number of the last one that was begun.
    pub last: u32,
}

/// A standing as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) standing: Standing,
    pub(crate) expect: Expect,
}

impl Standing {
    pub(crate) async fn read(ledger: &Ledger, view: &str) -> Result<Stored, Fault> {
        let Some(row) = ledger.row(SPACE, view).await? else {
            return Ok(Stored {
                standing: Self::default(),
                expect: Expect::Absent,
            });
        };
        let standing = serde_json::from_slice(&row.body).map_err(|_| Fault::Corrupt {
            position: 0,
            what: format!("the standing of view {view}"),
        })?;
        Ok(Stored {
            standing,
            expect: Expect::Version(row.version),
        })
    }

    /// How a view stands at the beginning of an empty log: whole.
    pub(crate) fn first(kind: &Kind) -> Self {
        Self {
            serving: Some(Generation {
                number: 1,
                shape: kind.shape,
            }),
            last: 1,
            ..Self::default()
        }
    }

    /// A new generation, begun; one that was being made is thrown away.
    pub(crate) fn begin(&self, kind: &Kind, by: Uuid, since: Timestamp) -> Self {
        let mut next = self.clone();
        next.retired
            .extend(self.building.map(|building| building.generation.number));
        next.last += 1;
        next.building = Some(Building {
            generation: Generation {
                number: next.last,
                shape: kind.shape,
            },
            by,
            since,
            ready: false,
        });
        next
    }

    pub(crate) fn ready(&self) -> Self {
        let mut next = self.clone();
        if let Some(building) = &mut next.building {
            building.ready = true;
        }
        next
    }

    /// The new generation serves, the old one goes.
    pub(crate) fn switched(&self) -> Self {
        let mut next = self.clone();
        if let Some(building) = next.building.take() {
            next.retired.extend(self.serving.map(|old| old.number));
            next.serving = Some(building.generation);
        }
        next
    }

    pub(crate) fn change(&self, view: &str, expect: Expect) -> Result<RowChange, Fault> {
        Ok(RowChange::Put {
            space: SPACE.to_owned(),
            key: view.to_owned(),
            body: encoded(self)?,
            terms: vec![],
            expect,
        })
    }
}

/// The bytes of a row of ours.
pub(crate) fn encoded(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|_| Fault::Corrupt {
        position: 0,
        what: "a row that is no JSON".to_owned(),
    })
}

/// Spaces of one generation of a view.
pub(crate) fn rows_of(view: &str, generation: u32) -> String {
    format!("{view}@{generation}")
}

pub(crate) fn sums_of(view: &str, generation: u32) -> String {
    format!("{view}@{generation} sums")
}

pub(crate) fn parked_of(view: &str, generation: u32) -> String {
    format!("{view}@{generation} parked")
}
