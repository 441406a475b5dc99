//! One step along the log: the next events, folded into the rows of one generation.

use std::{collections::BTreeMap, sync::Arc};

use domain::AnyEvent;
use ledger::{Batch, Bookmark, CommitError, Context, Expect, Fault, Ledger, Recorded, RowChange};
use uuid::Uuid;

use crate::{
    kind::{Kind, Sums, add},
    poison::{Poison, read},
    standing::{encoded, parked_of, rows_of, sums_of},
    stream::{Outcome, Parked, Stream, changes, is_parked, refold},
};

/// Why a view cannot move on.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The store did not answer; the view tries again.
    #[error("the store could not be read")]
    Read(#[from] Fault),
    /// The store did not take the rows; the view tries again.
    #[error("the rows of view {view} could not be stored")]
    Write {
        /// Which view.
        view: &'static str,
        /// What the ledger said.
        source: CommitError,
    },
}

/// One generation of a view that follows the log.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) kind: &'static Kind,
    pub(crate) generation: u32,
}

/// An event, and what this program makes of it.
pub(crate) struct Seen {
    pub(crate) recorded: Recorded,
    pub(crate) event: Result<AnyEvent, Poison>,
}

/// The next events behind `from`, decoded once for every view; none beyond `until`.
pub(crate) async fn page(
    ledger: &Ledger,
    from: u64,
    until: Option<u64>,
    limit: usize,
) -> Result<Arc<Vec<Seen>>, Fault> {
    let events = ledger.after(from, limit).await?;
    let seen = events
        .into_iter()
        .take_while(|recorded| until.is_none_or(|until| recorded.position <= until))
        .map(|recorded| Seen {
            event: read(&recorded),
            recorded,
        });
    Ok(Arc::new(seen.collect()))
}

impl Target {
    pub(crate) async fn position(self, ledger: &Ledger) -> Result<u64, Fault> {
        ledger.bookmark(self.kind.name, self.generation).await
    }

    /// Folds a page, which begins right behind `from`, into the rows; rows and position go into one transaction.
    pub(crate) async fn step(self, ledger: &Ledger, from: u64, page: &[Seen]) -> Result<u64, ProjectorError> {
        let Some(to) = page.last().map(|last| last.recorded.position) else {
            return Ok(from);
        };
        let mut streams: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
        for seen in page {
            if seen.recorded.aggregate_type == self.kind.aggregate {
                streams.entry(&seen.recorded.aggregate_id).or_default().push(seen);
            }
        }
        let mut rows = Vec::new();
        let mut delta = Sums::new();
        for (id, events) in streams {
            rows.extend(self.fold(ledger, id, &events, to, &mut delta).await?);
        }
        rows.extend(sum_changes(ledger, &sums_of(self.kind.name, self.generation), &delta).await?);
        let doing = format!("step {} {from} {to}", rows_of(self.kind.name, self.generation));
        let mut batch = batch_of_rows(&doing, rows);
        batch.bookmark = Some(Bookmark {
            name: self.kind.name.to_owned(),
            generation: self.generation,
            from,
            to,
        });
        match ledger.commit(batch).await {
            Ok(_) => Ok(to),
            Err(source) => Err(ProjectorError::Write {
                view: self.kind.name,
                source,
            }),
        }
    }

    async fn fold(
        self,
        ledger: &Ledger,
        id: &str,
        events: &[&Seen],
        to: u64,
        delta: &mut Sums,
    ) -> Result<Vec<RowChange>, ProjectorError> {
        let begins = events.first().is_some_and(|seen| seen.recorded.sequence == 1);
        let stored = if begins {
            None
        } else {
            ledger.row(&rows_of(self.kind.name, self.generation), id).await?
        };
        // A row that stands still says so; a stream that was parked before it had a row has the record alone.
        if !begins
            && stored.as_ref().is_none_or(is_parked)
            && let Some(record) = ledger.row(&parked_of(self.kind.name, self.generation), id).await?
        {
            let mut parked = Parked::decoded(&record)?;
            parked.waiting += u64::try_from(events.len()).unwrap_or(u64::MAX);
            parked.last = events.last().map_or(parked.last, |seen| seen.recorded.position);
            return Ok(vec![parked.change(self.generation, Expect::Version(record.version))?]);
        }
        let begun = Stream::begin(self.kind, stored.as_ref().map(|row| row.body.as_slice()));
        let outcome: Outcome = match begun {
            Ok(mut stream) => {
                add(delta, &stream.sums(), -1);
                for seen in events {
                    stream.take(&seen.recorded, &seen.event);
                }
                match stream.outcome() {
                    Ok(outcome) => outcome,
                    Err(_) => refold(ledger, self.kind, id, to).await?,
                }
            }
            // Somebody has been at the row. The log knows better; the sums have to be made good by a rebuild.
            Err(()) => {
                let before = events.first().map_or(to, |seen| seen.recorded.position - 1);
                add(delta, &refold(ledger, self.kind, id, before).await?.sums, -1);
                refold(ledger, self.kind, id, to).await?
            }
        };
        add(delta, &outcome.sums, 1);
        // A stream that is folded anew meanwhile must not be overtaken by what was read before.
        let expect = match (&stored, begins) {
            (Some(row), _) => Expect::Version(row.version),
            (None, true) => Expect::Any,
            (None, false) => Expect::Absent,
        };
        let now = ledger.clock().now();
        Ok(changes(self.kind, self.generation, id, outcome, (expect, now))?)
    }
}

/// Sum rows after something was added to them.
pub(crate) async fn sum_changes(ledger: &Ledger, space: &str, delta: &Sums) -> Result<Vec<RowChange>, Fault> {
    let mut changes = Vec::with_capacity(delta.len());
    for (key, more) in delta {
        let stored = ledger.row(space, key).await?;
        let expect = stored
            .as_ref()
            .map_or(Expect::Absent, |row| Expect::Version(row.version));
        let mut sums = Sums::new();
        if let Some(row) = &stored {
            sums.insert(key.clone(), numbers(&row.body)?);
        }
        add(&mut sums, &Sums::from([(key.clone(), more.clone())]), 1);
        let (space, key) = (space.to_owned(), key.clone());
        changes.push(match sums.get(&key) {
            Some(numbers) => RowChange::Put {
                body: encoded(numbers)?,
                space,
                key,
                terms: vec![],
                expect,
            },
            None => RowChange::Delete { space, key, expect },
        });
    }
    Ok(changes)
}

pub(crate) fn numbers(body: &[u8]) -> Result<BTreeMap<String, i64>, Fault> {
    serde_json::from_slice(body).map_err(|_| Fault::Corrupt {
        position: 0,
        what: "a row of sums".to_owned(),
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
        commits_to: None,
    };
    let mut batch = Batch::new(context, Sha256::digest(doing.as_bytes()).into());
    batch.rows = rows;
    batch
}
