//! The checkpoint: signed and published when the log has grown.

use std::time::Duration;

use crate::Setup;

/// At most so often; a checkpoint commits to everything before it.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait after trouble.
const PAUSE: Duration = Duration::from_secs(10);

pub(crate) async fn run(setup: Setup) {
    let mut head = setup.ledger.watch();
    loop {
        if let Err(error) = setup.ledger.checkpoint(&*setup.checkpoint_signer).await {
            // A tree that does not fit its last checkpoint is never signed over; the ledger then takes no more writes.
            tracing::error!(error = &error as &dyn std::error::Error, "no checkpoint");
            // What is in the log must not wait for the next event to be committed to.
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        tokio::time::sleep(INTERVAL).await;
        if head.changed().await.is_err() {
            return;
        }
    }
}
