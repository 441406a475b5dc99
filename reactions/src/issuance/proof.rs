//! The proof that goes into the file: that the log commits to the intent.

use std::time::Duration;

use domain::certificate::LogProof;
use ledger::note::{NoteKind, VerifierKey};
use ledger::{Ledger, Witnessing, tiles::CarriedProof};
use proofs::Policy;
use tokio::time::Instant;

use super::IssuanceError;
use crate::{Setup, follow::ReactionError};

/// How often it is asked whether enough witnesses have cosigned.
const PAUSE: Duration = Duration::from_millis(100);

/// The proof for the intent at this position, under a checkpoint that exists. Witnesses are waited for as long as the public waits for
/// them, and then gone without: a citizen's certificate does not depend on somebody else's machine.
pub(super) async fn carried(setup: &Setup, position: u64) -> Result<LogProof, ReactionError> {
    let settings = setup.ledger.settings();
    let policy = policy(setup, &settings.log_origin, &settings.witnessing).ok_or(IssuanceError::Policy)?;
    let CarriedProof { bundle, meta, .. } = witnessed(&setup.ledger, position, settings.witnessing.patience).await?;
    let entry = String::from_utf8(meta).map_err(|_| IssuanceError::Stored { what: "meta" })?;
    Ok(LogProof {
        proof: bundle.to_string(),
        entry,
        policy: policy.to_string(),
    })
}

async fn witnessed(ledger: &Ledger, position: u64, patience: Duration) -> Result<CarriedProof, ReactionError> {
    let until = Instant::now() + patience;
    loop {
        let proof = ledger.proof_to_carry(position).await;
        let proof = proof.map_err(|error| ReactionError::Again(Box::new(error)))?;
        if proof.witnessed || Instant::now() >= until {
            return Ok(proof);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn policy(setup: &Setup, origin: &str, witnessing: &Witnessing) -> Option<Policy> {
    let key = setup.checkpoint_signer.public_key().clone();
    let log = VerifierKey::try_new(origin, NoteKind::Log, key).ok()?;
    Policy::of(log, witnessing.witnesses.clone(), witnessing.quorum)
}
