//! A request counts once, and a document is opened by the account that found it. Both are rows beside the log that hold digests and nothing
//! else, so they count in every process and after a restart.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use ledger::{Batch, CommitError, Context, Expect, Fault, Ledger, RowChange};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::request::{Asked, WINDOW};

/// Requests that were there.
const SPENT: &str = "digilocker-spent";
/// By which of them those are found that may be forgotten.
const UNTIL: &str = "until";
/// Which account has found which document.
const GRANTED: &str = "digilocker-granted";
/// So many that may be forgotten go with one that comes.
const FORGOTTEN_AT_ONCE: usize = 20;

/// Why a request was not counted.
pub(super) enum SpendError {
    /// It was there before.
    Again,
    /// The store did not take it.
    Store(Box<CommitError>),
}

/// The row that lets an account open a document.
pub(super) fn grant(uri: &str, locker: &str) -> RowChange {
    RowChange::Put {
        space: GRANTED.to_owned(),
        key: key(&[uri, locker]),
        body: vec![],
        terms: vec![],
        expect: Expect::Any,
    }
}

/// Whether an account has found a document before.
pub(super) async fn was_granted(ledger: &Ledger, uri: &str, locker: &str) -> Result<bool, Fault> {
    Ok(ledger.row(GRANTED, &key(&[uri, locker])).await?.is_some())
}

/// Counts a request, and what it granted. When this returns it is on the disk.
pub(super) async fn spend(
    ledger: &Ledger,
    asked: &Asked,
    grant: Option<RowChange>,
    now: Timestamp,
) -> Result<(), SpendError> {
    let unavailable = |fault| SpendError::Store(Box::new(CommitError::Unavailable(fault)));
    // As long as its own time would let it pass.
    let until = instant(asked.at + WINDOW + SignedDuration::from_secs(1));
    let (own, upto) = (key(&[&asked.txn]), instant(now));
    let expect = match ledger.row(SPENT, &own).await.map_err(unavailable)? {
        None => Expect::Absent,
        Some(row) if row.body.as_slice() <= upto.as_bytes() => Expect::Version(row.version),
        Some(_) => return Err(SpendError::Again),
    };
    let past = ledger.find(SPENT, UNTIL, "", &upto, None, false, FORGOTTEN_AT_ONCE);
    let past = past.await.map_err(unavailable)?;
    let forgotten = past
        .into_iter()
        .filter(|row| row.key != own)
        .map(|row| RowChange::Delete {
            space: SPENT.to_owned(),
            key: row.key,
            expect: Expect::Any,
        });
    let mut rows: Vec<RowChange> = forgotten.collect();
    rows.push(RowChange::Put {
        space: SPENT.to_owned(),
        key: own,
        body: until.clone().into_bytes(),
        terms: vec![(UNTIL.to_owned(), until)],
        expect,
    });
    rows.extend(grant);
    let mut batch = Batch::new(
        Context {
            command_id: ledger.entropy().uuid_v4(),
            actor: "digilocker".to_owned(),
            correlation_id: Uuid::nil(),
            causation: None,
            commits_to: None,
        },
        [0; 32],
    );
    batch.rows = rows;
    match ledger.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::RowConflict { .. }) => Err(SpendError::Again),
        Err(error) => Err(SpendError::Store(Box::new(error))),
    }
}

fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"praman digilocker ");
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

/// An instant as text that sorts as time does.
fn instant(at: Timestamp) -> String {
    format!("{:020}", at.as_second().max(0))
}
