//! The bulk of a view: ranges of streams folded at once, each in the order of its streams, with bounded memory.

use ledger::{Expect, Fault, InStreams, Ledger, Row, RowChange};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    build::RebuildError,
    kind::{Kind, Sums, add},
    poison::read,
    replay::{Differences, is_prefix},
    standing::rows_of,
    step::batch_of_rows,
    stream::{Outcome, Stream, changes, refold, refolded, terms_of},
};

/// Events read at once. Small, because they are decoded without a pause, and others share the threads.
const PAGE: usize = 500;
/// Rows of one transaction.
const BATCH: usize = 1_000;
/// Ranges that are folded at once: while one waits for the writer, another reads.
const RANGES: usize = 3;

const MISSING: &str = "it is missing";

/// What is to be folded.
#[derive(Clone, Copy)]
pub(crate) struct Bulk {
    pub(crate) kind: &'static Kind,
    /// Up to this position.
    pub(crate) to: u64,
    /// The generation that takes the rows, and the build that makes them, if any.
    pub(crate) into: Option<(u32, Uuid)>,
    /// The generation whose rows are compared, if any, and the position that it had reached before `to` was read: its rows are
    /// what their streams gave then, or later.
    pub(crate) against: Option<(u32, u64)>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) events: u64,
    pub(crate) rows: u64,
    pub(crate) compared: u64,
    pub(crate) parked: u64,
    pub(crate) sums: Sums,
    pub(crate) differences: Differences,
}

impl Done {
    fn join(&mut self, other: Self) {
        self.events += other.events;
        self.rows += other.rows;
        self.compared += other.compared;
        self.parked += other.parked;
        add(&mut self.sums, &other.sums, 1);
        self.differences.join(other.differences);
    }
}

/// Folds every stream of a view's aggregate.
pub(crate) async fn fold_ranges(ledger: &Ledger, bulk: Bulk) -> Result<Done, RebuildError> {
    let cuts = match ledger.cut_streams(bulk.kind.aggregate, RANGES).await {
        Ok(cuts) => cuts,
        // Counting takes longer than a read may: one range does it too.
        Err(Fault::Deadline) => vec![],
        Err(fault) => return Err(fault.into()),
    };
    let mut ranges = JoinSet::new();
    let mut after: Option<String> = None;
    for until in cuts.into_iter().map(Some).chain([None]) {
        let range = Range::new(ledger.clone(), bulk, after.clone(), until.clone());
        ranges.spawn(range.run());
        after = until;
    }
    let mut done = Done::default();
    while let Some(range) = ranges.join_next().await {
        done.join(range.map_err(|_| RebuildError::Stopped)??);
    }
    done.differences.kept.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(done)
}

struct Range {
    ledger: Ledger,
    bulk: Bulk,
    until: Option<String>,
    /// The last stream that was compared.
    compared_to: Option<String>,
    /// The last event that was read.
    read_to: (String, u64),
    open: Option<(String, Stream)>,
    batch: Vec<(String, Outcome)>,
    done: Done,
}

impl Range {
    fn new(ledger: Ledger, bulk: Bulk, after: Option<String>, until: Option<String>) -> Self {
        let read_to = after.clone().map_or_else(|| (String::new(), 0), |id| (id, u64::MAX));
        Self {
            ledger,
            bulk,
            until,
            compared_to: after,
            read_to,
            open: None,
            batch: Vec::new(),
            done: Done::default(),
        }
    }

    async fn run(mut self) -> Result<Done, RebuildError> {
        loop {
            let piece = InStreams {
                aggregate_type: self.bulk.kind.aggregate,
                after: (&self.read_to.0, self.read_to.1),
                until: self.until.as_deref(),
                to: self.bulk.to,
            };
            let page = self.ledger.in_streams(piece, PAGE).await?;
            let last = page.len() < PAGE;
            for recorded in page {
                self.done.events += 1;
                if self.open.as_ref().is_none_or(|(id, _)| *id != recorded.aggregate_id) {
                    self.close().await?;
                    let stream = Stream::begin(self.bulk.kind, None).map_err(|()| RebuildError::Stopped)?;
                    self.open = Some((recorded.aggregate_id.clone(), stream));
                }
                if let Some((_, stream)) = &mut self.open {
                    stream.take(&recorded, &read(&recorded));
                }
                self.read_to = (recorded.aggregate_id, recorded.sequence);
            }
            if last {
                self.close().await?;
                self.flush(true).await?;
                return Ok(self.done);
            }
            if self.batch.len() >= BATCH {
                self.flush(false).await?;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn close(&mut self) -> Result<(), RebuildError> {
        if let Some((id, stream)) = self.open.take() {
            let outcome = match stream.outcome() {
                Ok(outcome) => outcome,
                Err(_) => refold(&self.ledger, self.bulk.kind, &id, self.bulk.to).await?,
            };
            self.batch.push((id, outcome));
        }
        Ok(())
    }

    /// Compares and stores what has gathered. At the end of the range, whatever rows lie behind it are compared too.
    async fn flush(&mut self, end: bool) -> Result<(), RebuildError> {
        if let Some((generation, from)) = self.bulk.against {
            self.compare(generation, from, end).await?;
        }
        let batch = std::mem::take(&mut self.batch);
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return Ok(());
        };
        let doing = |(generation, by)| {
            let space = rows_of(self.bulk.kind.name, generation);
            format!("build {space} {by} {} {}", first.0, last.0)
        };
        let doing = self.bulk.into.map(doing);
        let now = self.ledger.clock().now();
        let mut rows: Vec<RowChange> = Vec::with_capacity(batch.len());
        for (id, outcome) in batch {
            add(&mut self.done.sums, &outcome.sums, 1);
            self.done.rows += u64::from(outcome.made.is_some());
            self.done.parked += u64::from(outcome.stop.is_some());
            if let Some((generation, _)) = self.bulk.into {
                rows.extend(changes(self.bulk.kind, generation, &id, outcome, (Expect::Any, now))?);
            }
        }
        if let Some(doing) = doing {
            self.ledger.commit(batch_of_rows(&doing, rows)).await?;
        }
        Ok(())
    }

    /// Goes through the stored rows beside the ones that were made.
    async fn compare(&mut self, generation: u32, from: u64, end: bool) -> Result<(), RebuildError> {
        let space = rows_of(self.bulk.kind.name, generation);
        let until = if end {
            self.until.clone()
        } else {
            self.batch.last().map(|(id, _)| id.clone())
        };
        let made = self.batch.iter().filter(|(_, outcome)| outcome.made.is_some());
        let made: Vec<String> = made.map(|(id, _)| id.clone()).collect();
        let mut next = 0;
        let mut found: Vec<(String, &'static str)> = Vec::new();
        'pages: loop {
            let page = self.ledger.rows(&space, self.compared_to.as_deref(), BATCH).await?;
            let full = page.len() == BATCH;
            for stored in page {
                if until.as_ref().is_some_and(|until| stored.key > *until) {
                    break 'pages;
                }
                self.done.compared += 1;
                self.compared_to = Some(stored.key.clone());
                while let Some(id) = made.get(next).filter(|id| **id < stored.key) {
                    found.push((id.clone(), MISSING));
                    next += 1;
                }
                let what = if made.get(next).is_some_and(|id| *id == stored.key) {
                    next += 1;
                    if self.is_made(&stored) {
                        continue;
                    }
                    "it is not what its events give"
                } else {
                    "no event tells of it"
                };
                // Whoever follows the log need not stand at `to`, but never behind where they stood.
                if !is_prefix(&self.ledger, self.bulk.kind, from, &stored).await? {
                    found.push((stored.key, what));
                }
            }
            if !full {
                break;
            }
        }
        found.extend(made.into_iter().skip(next).map(|id| (id, MISSING)));
        for (key, what) in found {
            // A stream that began after the stored rows were folded has no row there yet.
            if what == MISSING && self.begins_after(&key, from).await? {
                continue;
            }
            self.done.differences.push(self.bulk.kind.name, key, what);
        }
        // Rows behind the last page belong to the next round; none before `until` do.
        self.compared_to = until.or_else(|| self.compared_to.take());
        Ok(())
    }
}

impl Range {
    async fn begins_after(&self, id: &str, position: u64) -> Result<bool, Fault> {
        let events = self.ledger.stream(self.bulk.kind.aggregate, id).await?;
        Ok(refolded(
            self.bulk.kind,
            events.iter().filter(|recorded| recorded.position <= position),
        )
        .made
        .is_none())
    }

    /// Is the stored row the one that was made? The batch is in the order of its streams.
    fn is_made(&self, stored: &Row) -> bool {
        let place = self.batch.binary_search_by(|(id, _)| id.as_str().cmp(&stored.key));
        place.is_ok_and(|place| self.batch.get(place).is_some_and(|(_, outcome)| is(outcome, stored)))
    }
}

/// Is the stored row the one that was made?
pub(crate) fn is(outcome: &Outcome, stored: &Row) -> bool {
    outcome.made.as_ref().is_some_and(|made| {
        made.body == stored.body && terms_of(made.terms.clone(), outcome.stop.is_some()) == sorted(&stored.terms)
    })
}

fn sorted(terms: &[crate::Term]) -> Vec<crate::Term> {
    let mut terms = terms.to_vec();
    terms.sort();
    terms
}
