//! Parked streams: listed, and folded anew once they can be read.

use ledger::{Bookmark, CommitError, Expect, Fault, Ledger, RowChange};

use crate::{
    build::RebuildError,
    kind::{KINDS, Kind, Sums, add},
    standing::{Standing, parked_of, rows_of, sums_of},
    step::{ProjectorError, batch_of_rows, sum_changes},
    stream::{Parked, Stream, changes, refold},
};

const PAGE: usize = 500;
/// How often a stream is folded anew when the view moves on meanwhile.
const ROUNDS: usize = 1_000;

/// What came of folding one stream anew in one view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refolded {
    /// Which view.
    pub view: &'static str,
    /// It stands still, because an event cannot be read.
    pub parked: Option<Parked>,
}

/// Folds one stream anew, from its first event, in every view of its aggregate: a stream that was parked goes on, if it can be
/// read by now. Others may follow the log meanwhile.
///
/// # Errors
/// [`RebuildError`]; each view is mended in one transaction of its own or not at all.
pub async fn rebuild_stream(ledger: &Ledger, aggregate_type: &str, id: &str) -> Result<Vec<Refolded>, RebuildError> {
    let mut refolded = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.aggregate == aggregate_type) {
        let standing = Standing::read(ledger, kind.name).await?.standing;
        let Some(serving) = standing.serving.filter(|serving| serving.shape == kind.shape) else {
            continue;
        };
        refolded.push(Refolded {
            view: kind.name,
            parked: unpark(ledger, kind, serving.number, id).await?,
        });
    }
    Ok(refolded)
}

/// Folds every parked stream anew.
pub(crate) async fn mend_parked(ledger: &Ledger) -> Result<(), ProjectorError> {
    for kind in &KINDS {
        let standing = Standing::read(ledger, kind.name).await?.standing;
        let Some(serving) = standing.serving.filter(|serving| serving.shape == kind.shape) else {
            continue;
        };
        let mut after: Option<String> = None;
        loop {
            let space = parked_of(kind.name, serving.number);
            let page = ledger.rows(&space, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for row in page {
                match unpark(ledger, kind, serving.number, &row.key).await {
                    Ok(_) => {}
                    Err(RebuildError::Read(fault)) => return Err(fault.into()),
                    Err(error) => tracing::error!(
                        view = kind.name,
                        error = &error as &dyn std::error::Error,
                        "a parked stream could not be folded anew"
                    ),
                }
            }
        }
    }
    Ok(())
}

/// Folds a stream anew up to where the generation stands; answers whether it stands still.
async fn unpark(
    ledger: &Ledger,
    kind: &'static Kind,
    generation: u32,
    id: &str,
) -> Result<Option<Parked>, RebuildError> {
    for _ in 0..ROUNDS {
        let at = ledger.bookmark(kind.name, generation).await?;
        let row = ledger.row(&rows_of(kind.name, generation), id).await?;
        let record = ledger.row(&parked_of(kind.name, generation), id).await?;
        let before = row.as_ref().and_then(|row| Stream::begin(kind, Some(&row.body)).ok());
        let outcome = refold(ledger, kind, id, at).await?;

        let mut delta = Sums::new();
        if let Some(before) = &before {
            add(&mut delta, &before.sums(), -1);
        }
        add(&mut delta, &outcome.sums, 1);
        let since = match &record {
            Some(record) => Parked::decoded(record)?.since,
            None => ledger.clock().now(),
        };
        let (stop, made) = (outcome.stop, outcome.made.is_some());
        let mut rows = changes(kind, generation, id, outcome, (Expect::Any, since))?;
        if !made && let Some(row) = &row {
            rows.push(RowChange::Delete {
                space: rows_of(kind.name, generation),
                key: id.to_owned(),
                expect: Expect::Version(row.version),
            });
        }
        if stop.is_none()
            && let Some(record) = &record
        {
            rows.push(RowChange::Delete {
                space: parked_of(kind.name, generation),
                key: id.to_owned(),
                expect: Expect::Version(record.version),
            });
        }
        rows.extend(sum_changes(ledger, &sums_of(kind.name, generation), &delta).await?);
        let version = |row: &Option<ledger::Row>| row.as_ref().map_or(0, |row| row.version);
        let space = rows_of(kind.name, generation);
        let doing = format!(
            "refold {space} {id} {at} {} {} {:?}",
            version(&row),
            version(&record),
            stop
        );
        let mut batch = batch_of_rows(&doing, rows);
        // The view stands where the stream was read to: nothing of it is left out, and nothing is counted twice.
        batch.bookmark = Some(Bookmark {
            name: kind.name.to_owned(),
            generation,
            from: at,
            to: at,
        });
        match ledger.commit(batch).await {
            Ok(_) => {
                if stop.is_none() && record.is_some() {
                    tracing::info!(view = kind.name, generation, "a parked stream goes on");
                }
                let parked = ledger.row(&parked_of(kind.name, generation), id).await?;
                return Ok(parked.as_ref().map(Parked::decoded).transpose()?);
            }
            Err(CommitError::BookmarkMoved { .. } | CommitError::RowConflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(RebuildError::Read(Fault::Deadline))
}
