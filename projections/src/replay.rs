//! Folding everything again to compare it with what is stored.

use std::collections::BTreeMap;

use ledger::{Fault, Ledger, Row};

use crate::{
    build::RebuildError,
    bulk::{Bulk, fold_ranges, is},
    kind::{KINDS, Kind, Sums, add},
    standing::{Standing, parked_of, sums_of},
    status::differing_statuses,
    step::numbers,
    stream::{Parked, refolded},
};

/// Differences of one answer that are told one by one; all are counted.
const KEPT: usize = 1_000;
const PAGE: usize = 1_000;
/// How often the sums are read again when somebody writes them meanwhile.
const ROUNDS: usize = 100;

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

/// Differences as they are found: all counted, the first ones kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    pub(crate) kept: Vec<Difference>,
    pub(crate) total: u64,
}

impl Differences {
    pub(crate) fn push(&mut self, view: &'static str, key: String, what: &'static str) {
        self.total += 1;
        if self.kept.len() < KEPT {
            self.kept.push(Difference { view, key, what });
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.total += other.total;
        self.kept.extend(other.kept);
        self.kept.truncate(KEPT);
    }
}

/// What came of folding everything again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Events that were folded.
    pub events: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// Rows that differ, as far as they are kept; empty when all is well.
    pub differences: Vec<Difference>,
    /// How many rows differ.
    pub differing: u64,
    /// Streams that stand still in a view, because an event of theirs cannot be read.
    pub parked: u64,
}

/// Folds every view again from position 1 and compares it row by row with what is stored, in bounded memory. A view is folded
/// up to the position that it claims for itself, so this may be asked while the service runs.
///
/// # Errors
/// [`RebuildError`] when the store cannot be read. An event that cannot be read parks its stream; that alone is no difference.
pub async fn replay(ledger: &Ledger) -> Result<Replayed, RebuildError> {
    let mut replayed = Replayed::default();
    for kind in &KINDS {
        // Rows that are taken away while they are compared would look missing: begin again with those that serve then.
        for _ in 0..ROUNDS {
            let Some(serving) = Standing::read(ledger, kind.name).await?.standing.serving else {
                break;
            };
            if serving.shape != kind.shape {
                break;
            }
            let one = replay_view(ledger, kind, serving.number).await?;
            if Standing::read(ledger, kind.name).await?.standing.serving != Some(serving) {
                continue;
            }
            replayed.events += one.events;
            replayed.rows += one.rows;
            replayed.differing += one.differing;
            replayed.parked += one.parked;
            replayed.differences.extend(one.differences);
            break;
        }
    }
    let (compared, differing) = differing_statuses(ledger).await?;
    replayed.rows += compared;
    for key in differing {
        replayed.differing += 1;
        replayed.differences.push(Difference {
            view: "status",
            key,
            what: "it is not what its events give",
        });
    }
    Ok(replayed)
}

async fn replay_view(ledger: &Ledger, kind: &'static Kind, generation: u32) -> Result<Replayed, RebuildError> {
    let to = ledger.bookmark(kind.name, generation).await?;
    let bulk = Bulk {
        kind,
        to,
        into: None,
        against: Some((generation, to)),
    };
    let mut done = fold_ranges(ledger, bulk).await?;
    for key in differing_sums(ledger, kind, generation, to, &done.sums).await? {
        done.differences.push(kind.name, key, "the sum is not that of its rows");
    }
    for key in differing_parks(ledger, kind, generation).await? {
        done.differences
            .push(kind.name, key, "it is parked, and its events can be read");
    }
    Ok(Replayed {
        events: done.events,
        rows: done.compared,
        differences: done.differences.kept,
        differing: done.differences.total,
        parked: done.parked,
    })
}

/// Sum rows that are not what the rows give. Where the view has gone on since `to`, what came since is added.
async fn differing_sums(
    ledger: &Ledger,
    kind: &'static Kind,
    generation: u32,
    to: u64,
    folded: &Sums,
) -> Result<Vec<String>, Fault> {
    for _ in 0..ROUNDS {
        let at = ledger.bookmark(kind.name, generation).await?;
        let stored = stored_sums(ledger, kind, generation).await?;
        if ledger.bookmark(kind.name, generation).await? != at {
            continue;
        }
        let mut expected = folded.clone();
        let mut touched = BTreeMap::new();
        let mut position = to;
        while position < at {
            let page = ledger.after(position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for recorded in page {
                if recorded.position <= at && recorded.aggregate_type == kind.aggregate {
                    touched.insert(recorded.aggregate_id, ());
                }
            }
        }
        for id in touched.into_keys() {
            let events = ledger.stream(kind.aggregate, &id).await?;
            let until = |to| refolded(kind, events.iter().filter(move |recorded| recorded.position <= to)).sums;
            add(&mut expected, &until(to), -1);
            add(&mut expected, &until(at), 1);
        }
        let mut differing: Vec<String> = expected
            .iter()
            .filter(|(key, numbers)| stored.get(*key) != Some(*numbers))
            .map(|(key, _)| key.clone())
            .collect();
        differing.extend(stored.into_keys().filter(|key| !expected.contains_key(key)));
        return Ok(differing);
    }
    Err(Fault::Deadline)
}

async fn stored_sums(ledger: &Ledger, kind: &Kind, generation: u32) -> Result<Sums, Fault> {
    let space = sums_of(kind.name, generation);
    let mut sums = Sums::new();
    let mut after: Option<String> = None;
    loop {
        let page = ledger.rows(&space, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(sums) };
        after = Some(last.key.clone());
        for row in page {
            sums.insert(row.key, numbers(&row.body)?);
        }
    }
}

/// Streams that are recorded as parked at an event that can be read.
async fn differing_parks(ledger: &Ledger, kind: &'static Kind, generation: u32) -> Result<Vec<String>, Fault> {
    let space = parked_of(kind.name, generation);
    let mut differing = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = ledger.rows(&space, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(differing) };
        after = Some(last.key.clone());
        for row in page {
            let parked = Parked::decoded(&row)?;
            let events = ledger.stream(kind.aggregate, &row.key).await?;
            let stop = refolded(
                kind,
                events.iter().filter(|recorded| recorded.position <= parked.position),
            )
            .stop;
            if stop.is_none_or(|stop| stop.position != parked.position) {
                differing.push(row.key);
            }
        }
    }
}

/// Is this row what its stream gives at `from`, or at some position after it?
pub(crate) async fn is_prefix(ledger: &Ledger, kind: &Kind, from: u64, stored: &Row) -> Result<bool, Fault> {
    let events = ledger.stream(kind.aggregate, &stored.key).await?;
    let before = events.iter().filter(|recorded| recorded.position <= from).count();
    Ok((before..=events.len()).any(|count| is(&refolded(kind, events.iter().take(count)), stored)))
}
