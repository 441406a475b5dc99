//! What witnesses have said of this log's checkpoints: kept beside them, in the database and in the file outside it, and
//! published with them.

use std::time::Duration;

use jiff::SignedDuration;

use crate::checkpoint::Checkpoint;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::note::{NoteError, VerifierKey};
use crate::store::{Cosignature, StoredCheckpoint};

/// Checkpoints looked at together when the published one is sought.
const PAGE: usize = 32;

/// Who watches this log, and how long the public waits for them.
#[derive(Debug, Clone)]
pub struct Witnessing {
    /// The witnesses' keys.
    pub witnesses: Vec<VerifierKey>,
    /// A checkpoint is published as soon as so many of them have cosigned it.
    pub quorum: usize,
    /// After so long it is published without: witnesses never hold up the log.
    pub patience: Duration,
}

impl Default for Witnessing {
    fn default() -> Self {
        Self {
            witnesses: Vec::new(),
            quorum: 0,
            patience: Duration::from_secs(5),
        }
    }
}

/// A cosignature was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CosignatureError {
    /// It is not this witness's on this log's checkpoint of that size.
    #[error("the cosignature does not hold")]
    Invalid(#[source] NoteError),
    /// The store failed.
    #[error("the cosignature could not be kept")]
    Store(#[source] Fault),
}

impl From<Fault> for CosignatureError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// Whether this row is what its witness said of this checkpoint.
pub(crate) fn holds(cosignature: &Cosignature, checkpoint: &Checkpoint) -> bool {
    let Ok(witness) = cosignature.witness.parse::<VerifierKey>() else {
        return false;
    };
    let signed = checkpoint.with_lines([cosignature.line.as_str()]);
    let found = signed.cosignatures(std::slice::from_ref(&witness));
    cosignature.size == checkpoint.size && found.is_ok_and(|found| found.len() == 1)
}

impl Ledger {
    /// Keeps what a witness answered, after checking it once more, beside the kept checkpoint of that size.
    ///
    /// # Errors
    /// [`CosignatureError`].
    pub async fn keep_cosignature(
        &self,
        checkpoint: &Checkpoint,
        witness: &VerifierKey,
        line: &str,
    ) -> Result<(), CosignatureError> {
        let cosignature = Cosignature {
            size: checkpoint.size,
            witness: witness.to_string(),
            line: line.to_owned(),
        };
        if !holds(&cosignature, checkpoint) {
            return Err(CosignatureError::Invalid(NoteError::Signature));
        }
        let _alone = self.inner.signing.lock().await;
        self.inner.store.save_cosignature(cosignature).await?;
        let latest = self.latest_checkpoint().await?;
        if let Some(latest) = latest.filter(|latest| latest.size == checkpoint.size) {
            let cosigned = self.with_cosignatures(latest).await?;
            self.keep_outside(cosigned).await?;
        }
        Ok(())
    }

    /// The largest size that this witness has cosigned; 0 when it has none.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn cosigned_size(&self, witness: &VerifierKey) -> Result<u64, Fault> {
        self.inner.store.cosigned_size(&witness.to_string()).await
    }

    /// The checkpoint with every cosignature that is kept of it and holds.
    pub(crate) async fn with_cosignatures(&self, checkpoint: Checkpoint) -> Result<Checkpoint, Fault> {
        let size = checkpoint.size;
        let kept = self.inner.store.cosignatures(size, size).await?;
        // A line that does not hold would spoil the whole note for whoever knows the witness.
        let held = kept.iter().filter(|cosignature| holds(cosignature, &checkpoint));
        Ok(checkpoint.with_lines(held.map(|cosignature| cosignature.line.as_str())))
    }

    /// The checkpoint that the public is shown, with its cosignatures: the latest that enough witnesses have cosigned, or that
    /// has waited long enough for them.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn published_checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        let Witnessing {
            witnesses,
            quorum,
            patience,
        } = &self.inner.settings.witnessing;
        let now = self.inner.clock.now();
        let patience = SignedDuration::try_from(*patience).unwrap_or(SignedDuration::MAX);
        let mut below = None;
        loop {
            let page = self.inner.store.checkpoints_below(below, PAGE).await?;
            for kept in &page {
                let cosigned = self.with_cosignatures(read(kept)?).await?;
                let count = cosigned.cosignatures(witnesses).map_or(0, |signed| signed.len());
                // A clock that was set back must not hide what has been shown.
                let waited = now.duration_since(kept.at);
                if count >= *quorum || waited >= patience || waited.is_negative() {
                    return Ok(Some(cosigned));
                }
                below = Some(kept.size);
            }
            if page.len() < PAGE {
                return Ok(None);
            }
        }
    }

    /// The sizes of the cosignatures, from this size up to the last of these checkpoints, that are not what a witness said of one
    /// of them; without checkpoints, those up to the end of the log.
    pub(crate) async fn spoiled_cosignatures(&self, from: u64, kept: &[StoredCheckpoint]) -> Result<Vec<u64>, Fault> {
        let to = kept.last().map_or(u64::MAX, |last| last.size);
        let mut spoiled = Vec::new();
        for cosignature in self.inner.store.cosignatures(from, to).await? {
            let mut under = kept.iter().find(|kept| kept.size == cosignature.size).cloned();
            if kept.is_empty() {
                // Perhaps of a checkpoint that was made while the audit was reading.
                let later = self.inner.store.checkpoints(cosignature.size.checked_sub(1), 1).await?;
                under = later.into_iter().find(|kept| kept.size == cosignature.size);
            }
            let checkpoint = under.and_then(|kept| read(&kept).ok());
            if !checkpoint.is_some_and(|checkpoint| holds(&cosignature, &checkpoint)) {
                spoiled.push(cosignature.size);
            }
        }
        Ok(spoiled)
    }
}

fn read(kept: &StoredCheckpoint) -> Result<Checkpoint, Fault> {
    Checkpoint::parse(&kept.note).map_err(|_| Fault::corrupt(kept.size, "the kept checkpoint cannot be read"))
}
