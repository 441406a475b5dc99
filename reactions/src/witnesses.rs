//! Asking witnesses for their cosignatures (C2SP tlog-witness, `add-checkpoint`). Each witness is asked by itself, always about
//! the latest checkpoint, again and again; nothing else waits for it.

use std::time::Duration;

use ledger::note::{NOTE_BYTES_MAX, VerifierKey};
use ledger::proof::ProofError;
use ledger::witness::{AddCheckpoint, cosignature_in};
use ledger::{Checkpoint, CosignatureError, Fault, Ledger, NoteError};
use tokio::sync::watch;

/// How long one request may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// Pauses after a failure: the first one, doubled up to the last one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// Requests about one checkpoint: the witness may tell another size than the one we knew, more than once when several
/// processes publish one log.
const TRIES: usize = 4;

/// A witness and its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The submission prefix; `/add-checkpoint` is put behind it.
    pub url: String,
    /// Whose line is looked for in the answer.
    pub key: VerifierKey,
}

/// Why a witness has not cosigned.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("the witness could not be reached")]
    Away(#[source] reqwest::Error),
    /// 422: it holds that our log does not extend what it saw. With an honest log and witness this cannot be.
    #[error("the witness has seen another history of this log")]
    OtherHistory,
    /// It has seen a size that this log never had.
    #[error("the witness has seen {seen} entries of this log, which has {head}")]
    Ahead { seen: u64, head: u64 },
    #[error("the witness moved on while it was asked")]
    Moving,
    #[error("the witness answered {0}")]
    Status(u16),
    #[error("the witness's answer could not be read")]
    Answer,
    #[error("the witness's cosignature does not hold")]
    Cosignature(#[source] NoteError),
    #[error("the cosignature could not be kept")]
    Keep(#[source] CosignatureError),
    #[error("the proof could not be made")]
    Proof(#[source] ProofError),
    #[error("the log could not be read")]
    Log(#[source] Fault),
}

impl AskError {
    /// Whether a person must look: two histories of one log are what witnesses are there to find.
    const fn is_alarm(&self) -> bool {
        matches!(self, Self::OtherHistory | Self::Ahead { .. })
    }
}

/// Asks one witness about each new checkpoint until the log is published no more.
pub(crate) async fn keep_asking(ledger: Ledger, witness: Asked, mut latest: watch::Receiver<Option<Checkpoint>>) {
    let name = witness.key.name().to_owned();
    let http = match reqwest::Client::builder()
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
    {
        Ok(http) => http,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                witness = name,
                "no witness is asked"
            );
            return;
        }
    };
    // Where it cannot be read, the witness will tell.
    let mut seen = ledger.cosigned_size(&witness.key).await.unwrap_or_default();
    let mut done = seen;
    let mut pause = PAUSES.0;
    loop {
        let newer = |checkpoint: &Option<Checkpoint>| checkpoint.as_ref().is_some_and(|latest| latest.size > done);
        let Ok(Some(checkpoint)) = latest.wait_for(newer).await.map(|latest| latest.clone()) else {
            return;
        };
        match ask(&ledger, &http, &witness, &checkpoint, &mut seen).await {
            Ok(()) => {
                done = checkpoint.size;
                pause = PAUSES.0;
            }
            Err(error) => {
                told(&error, &name, checkpoint.size);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

fn told(error: &AskError, witness: &str, size: u64) {
    let cause = error as &dyn std::error::Error;
    if error.is_alarm() {
        tracing::error!(error = cause, witness, size, "a split view of the log");
    } else {
        tracing::warn!(error = cause, witness, size, "no cosignature");
    }
}

/// Asks about one checkpoint. `seen`: the size that the witness is believed to have seen last.
async fn ask(
    ledger: &Ledger,
    http: &reqwest::Client,
    witness: &Asked,
    checkpoint: &Checkpoint,
    seen: &mut u64,
) -> Result<(), AskError> {
    let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
    for _ in 0..TRIES {
        let old = *seen;
        if old > checkpoint.size {
            let head = ledger.head().await.map_err(AskError::Log)?;
            // Another process of ours may have shown it a later checkpoint than this one.
            return Err(if old > head {
                AskError::Ahead { seen: old, head }
            } else {
                AskError::Moving
            });
        }
        let proof = ledger
            .consistency_proof(old, checkpoint.size)
            .await
            .map_err(AskError::Proof)?;
        let checkpoint_sent = checkpoint.clone();
        let request = AddCheckpoint {
            old,
            proof,
            checkpoint: checkpoint_sent,
        };
        let answer = http
            .post(&url)
            .body(request.to_string())
            .send()
            .await
            .map_err(AskError::Away)?;
        let status = answer.status().as_u16();
        let body = text_of(answer).await?;
        match status {
            200 => {
                let line = cosignature_in(&body, checkpoint, &witness.key).map_err(AskError::Cosignature)?;
                let kept = ledger.keep_cosignature(checkpoint, &witness.key, &line).await;
                kept.map_err(AskError::Keep)?;
                *seen = checkpoint.size;
                return Ok(());
            }
            409 => {
                let digits = body.trim_end_matches('\n');
                let size: u64 = digits.parse().map_err(|_| AskError::Answer)?;
                if size == old || size.to_string() != digits {
                    return Err(AskError::Answer);
                }
                *seen = size;
            }
            422 => return Err(AskError::OtherHistory),
            status => return Err(AskError::Status(status)),
        }
    }
    Err(AskError::Moving)
}

/// The answer's body, as long as it is one that a witness gives.
async fn text_of(mut answer: reqwest::Response) -> Result<String, AskError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(AskError::Away)? {
        if bytes.len() + chunk.len() > NOTE_BYTES_MAX {
            return Err(AskError::Answer);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| AskError::Answer)
}
