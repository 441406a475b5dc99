//! The checkpoint: signed when the log has grown, shown to the witnesses, published.

use std::sync::Arc;
use std::time::Duration;

use keys::Signer;
use ledger::Ledger;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::witnesses::{self, Asked};

/// A grown log gets a checkpoint after so long, or after [`LEAVES`], whichever comes first; it commits to everything before it.
const INTERVAL: Duration = Duration::from_secs(1);
/// See [`INTERVAL`].
const LEAVES: u64 = 1_000;
/// How long to wait after trouble.
const PAUSE: Duration = Duration::from_secs(10);

/// What is published, by whom it is signed, and who is asked to watch.
#[derive(Clone)]
pub struct Publication {
    /// The log.
    pub ledger: Ledger,
    /// Its key.
    pub signer: Arc<dyn Signer>,
    /// The witnesses, each with its address.
    pub witnesses: Vec<Asked>,
}

/// Signs checkpoints and has them cosigned, until the ledger is closed or this is dropped.
pub async fn run(publication: Publication) {
    let Publication { ledger, signer, .. } = &publication;
    let mut head = ledger.watch();
    let (signed, latest) = watch::channel(None);
    // Ended with this: dropping the set stops its tasks.
    let mut asking = JoinSet::new();
    for witness in &publication.witnesses {
        asking.spawn(witnesses::keep_asking(ledger.clone(), witness.clone(), latest.clone()));
    }
    loop {
        // Of several processes one signs; another goes on when it leads.
        if !ledger.is_leader() {
            if let Ok(Err(_)) = tokio::time::timeout(INTERVAL, head.wait_for(|_| false)).await {
                return;
            }
            continue;
        }
        let begun = Instant::now();
        let size = match ledger.checkpoint(&**signer).await {
            Ok(checkpoint) => {
                let size = checkpoint.size;
                signed.send_replace(Some(checkpoint));
                size
            }
            Err(error) => {
                // A tree that does not fit its last checkpoint is never signed over; the ledger then takes no more writes.
                tracing::error!(error = &error as &dyn std::error::Error, "no checkpoint");
                // What is in the log must not wait for the next event to be committed to.
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if head.wait_for(|head| *head > size).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(begun + INTERVAL) => {}
            many = head.wait_for(|head| *head >= size.saturating_add(LEAVES)) => {
                if many.is_err() {
                    return;
                }
            }
        }
    }
}
