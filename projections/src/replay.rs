use std::collections::BTreeMap;

use domain::AnyEvent;
use ledger::{CommitError, Expect, Fault, Ledger, Row, RowChange};

use crate::{Entry, File, OfficerView, Person, projector::batch_of_rows, view::View};

const PAGE: usize = 1_000;

/// A row that is not what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which view.
    pub view: &'static str,
    /// Which row.
    pub key: String,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What came of folding everything again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Events that were folded.
    pub events: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// Rows that differ; empty when all is well.
    pub differences: Vec<Difference>,
}

/// What to do with a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Tell of it.
    Report,
    /// Tell of it, and make the row what the log says.
    Mend,
}

/// Folds every view again and makes every row what the log says; tells which rows were not. Nobody may be following.
///
/// # Errors
/// [`RebuildError`]; what was mended before it stays mended.
pub async fn rebuild(ledger: &Ledger) -> Result<Replayed, RebuildError> {
    replay_all(ledger, Then::Mend).await
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
}

/// Folds every view again from position 1, in memory, and compares it row by row with what is stored. The view is
/// folded up to the position that it claims for itself, so it may be asked while the service runs.
///
/// # Errors
/// [`Fault`] when the store cannot be read. An event that cannot be decoded is a difference.
pub async fn replay(ledger: &Ledger) -> Result<Replayed, Fault> {
    replay_all(ledger, Then::Report).await.map_err(|error| match error {
        RebuildError::Read(fault) => fault,
        RebuildError::Write(_) => Fault::ReadOnly,
    })
}

async fn replay_all(ledger: &Ledger, then: Then) -> Result<Replayed, RebuildError> {
    let mut replayed = Replayed::default();
    replay_view::<File>(ledger, then, &mut replayed).await?;
    replay_view::<Entry>(ledger, then, &mut replayed).await?;
    replay_view::<OfficerView>(ledger, then, &mut replayed).await?;
    replay_view::<Person>(ledger, then, &mut replayed).await?;
    Ok(replayed)
}

async fn replay_view<V: View>(ledger: &Ledger, then: Then, replayed: &mut Replayed) -> Result<(), RebuildError> {
    let until = ledger.bookmark(V::NAME, V::GENERATION).await?;
    let mut folded = fold_all::<V>(ledger, until, replayed).await?;
    let mut changes = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = ledger.rows(&V::space(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for stored in page {
            replayed.rows += 1;
            let what = match folded.remove(&stored.key) {
                Some(row) if row.is(&stored) => continue,
                // Whoever follows the log may have gone on since `until` was read; the row may be ahead, never behind.
                _ if is_ahead::<V>(ledger, until, &stored).await? => continue,
                None => {
                    let (space, key) = (V::space(), stored.key.clone());
                    changes.push(RowChange::Delete {
                        space,
                        key,
                        expect: Expect::Any,
                    });
                    "no event tells of it"
                }
                Some(row) => {
                    changes.push(row.put(V::space(), stored.key.clone()));
                    "it is not what its events give"
                }
            };
            replayed.differences.push(Difference {
                view: V::NAME,
                key: stored.key,
                what,
            });
        }
    }
    for (key, row) in folded {
        replayed.differences.push(Difference {
            view: V::NAME,
            key: key.clone(),
            what: "it is missing",
        });
        changes.push(row.put(V::space(), key));
    }
    if then == Then::Mend && !changes.is_empty() {
        let doing = format!("mend {} {until} {}", V::space(), ledger.clock().now());
        ledger.commit(batch_of_rows(&doing, changes)).await?;
    }
    Ok(())
}

/// A row as its events give it.
struct Folded {
    body: Vec<u8>,
    terms: Vec<crate::Term>,
}

impl Folded {
    fn of<V: View>(row: &V, key: &str, until: u64) -> Result<Self, Fault> {
        let body = serde_json::to_vec(row).map_err(|_| Fault::Corrupt {
            position: until,
            what: format!("row {key} of view {}", V::NAME),
        })?;
        Ok(Self {
            body,
            terms: row.terms(),
        })
    }

    fn is(&self, stored: &Row) -> bool {
        self.body == stored.body && same_terms(&self.terms, &stored.terms)
    }

    fn put(self, space: String, key: String) -> RowChange {
        RowChange::Put {
            space,
            key,
            body: self.body,
            terms: self.terms,
            expect: Expect::Any,
        }
    }
}

async fn fold_all<V: View>(
    ledger: &Ledger,
    until: u64,
    replayed: &mut Replayed,
) -> Result<BTreeMap<String, Folded>, RebuildError> {
    let mut rows: BTreeMap<String, Option<V>> = BTreeMap::new();
    let mut position = 0;
    while position < until {
        let page = ledger.after(position, PAGE).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for recorded in page
            .iter()
            .filter(|r| r.position <= until && r.aggregate_type == V::AGGREGATE)
        {
            replayed.events += 1;
            let key = &recorded.aggregate_id;
            match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
                Ok(event) => {
                    let row = rows.remove(key).flatten();
                    rows.insert(key.clone(), V::fold(row, &event, recorded));
                }
                Err(_) => replayed.differences.push(Difference {
                    view: V::NAME,
                    key: key.clone(),
                    what: "its events cannot be decoded",
                }),
            }
        }
    }
    let mut folded = BTreeMap::new();
    for (key, row) in rows {
        let Some(row) = row else { continue };
        let row = Folded::of(&row, &key, until)?;
        folded.insert(key, row);
    }
    Ok(folded)
}

/// Is this row what its stream gives at some position after `until`?
async fn is_ahead<V: View>(ledger: &Ledger, until: u64, stored: &Row) -> Result<bool, Fault> {
    let mut row: Option<V> = None;
    for recorded in ledger.stream(V::AGGREGATE, &stored.key).await? {
        let Ok(event) = AnyEvent::decode(&recorded.aggregate_type, &recorded.body) else {
            return Ok(false);
        };
        row = V::fold(row, &event, &recorded);
        if recorded.position > until
            && let Some(row) = &row
            && Folded::of(row, &stored.key, recorded.position)?.is(stored)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn same_terms(folded: &[crate::Term], stored: &[crate::Term]) -> bool {
    let (mut folded, mut stored) = (folded.to_vec(), stored.to_vec());
    folded.sort();
    stored.sort();
    folded == stored
}
