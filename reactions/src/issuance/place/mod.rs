//! The place of a certificate in the status lists: the next one that is free, given together with the intent.
//!
//! The row with the next free place is changed in the transaction that stores *Prepared*, so two certificates never get one
//! place, and a place is given only with a certificate. The intent is a command of its own name: asked for again it is the
//! same intent, with the place that it got first. The row alone is not believed: rows may be lost where the log is not, as
//! by an import, and an old one may be put back. What the register knows of counts as well.

use domain::{
    CertificateId,
    certificate::{Certificate, Command, Prepare},
};
use ledger::{CommitError, Context, Expect, Ledger, RowChange};
use projections::Views;
use uuid::Uuid;

use super::IssuanceError;
use crate::follow::{ReactionError, batch, context};

#[cfg(test)]
mod tests;

/// The next free place; one row.
const SPACE: &str = "status-place";
const KEY: &str = "next";
/// How often a place is drawn anew because another process took it. Each loss means that somebody else got on.
const DRAWS_MAX: usize = 16;

/// Stores the intent with a place that no other certificate has.
pub(super) async fn store(
    (ledger, views): (&Ledger, &Views),
    id: CertificateId,
    facts: Prepare,
    (cause, correlation_id): (u64, Uuid),
) -> Result<(), ReactionError> {
    let (mut lost, digest) = (None, facts.record_digest.clone());
    for _ in 0..DRAWS_MAX {
        let row = ledger.row(SPACE, KEY).await?;
        let upto = match &row {
            // What the register does not know yet the row counts.
            Some(_) => 0,
            None => ledger.head().await?,
        };
        let known = views.last_status_index(upto).await;
        let known = known.map_err(|error| ReactionError::Again(Box::new(error)))?;
        let free = match &row {
            Some(row) => read(&row.body).ok_or(IssuanceError::Stored {
                what: "next place in the status lists",
            })?,
            None => 0,
        };
        let index = known.map_or(free, |known| free.max(known.saturating_add(1)));
        let facts = Prepare {
            status_index: Some(index),
            ..facts.clone()
        };
        let command = Command::Prepare(Box::new(facts));
        let decided = ledger.decide::<Certificate>(id, command).await?;
        if decided.events().is_empty() {
            return Ok(());
        }
        let next = RowChange::Put {
            space: SPACE.to_owned(),
            key: KEY.to_owned(),
            body: index.saturating_add(1).to_string().into_bytes(),
            terms: vec![],
            expect: row.map_or(Expect::Absent, |row| Expect::Version(row.version)),
        };
        let doing = format!("prepare {id}");
        let mut together = batch(&doing, vec![next]);
        together.context = Context {
            // The leaf then binds the record, and the file can show it without the event.
            commits_to: Some(digest.clone()),
            ..context(&doing, correlation_id, Some(cause))
        };
        together.appends = vec![decided.append()];
        match ledger.commit(together).await {
            Ok(_) => return Ok(()),
            Err(error @ (CommitError::RowConflict { .. } | CommitError::Conflict { .. })) => lost = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(lost.map_or_else(|| IssuanceError::Stored { what: "intent" }.into(), ReactionError::from))
}

fn read(body: &[u8]) -> Option<u64> {
    std::str::from_utf8(body).ok()?.parse().ok()
}
