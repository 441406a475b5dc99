//! The outbox: queued messages go out in order, one citizen's after another. What to do with each is decided by
//! [`whatsapp::outbox`]; here it is stored before it is done.

use std::time::Duration;

use ledger::{Expect, Row, RowChange};
use whatsapp::{
    Address,
    graph::SendError,
    kept,
    outbound::{self, Outgoing},
    outbox::{Effect, Next, OutboxItem, State, Step},
};

use crate::{Setup, follow};

/// How many open messages are looked at in one round.
const ROUND: usize = 200;
/// How long to wait when nothing is due. New messages commit rows, not events, so there is no channel to wait on.
const IDLE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_secs(2);

/// Why a round of sending was broken off.
#[derive(Debug, thiserror::Error)]
enum SenderError {
    #[error("the outbox could not be read")]
    Read(#[from] ledger::Fault),
    #[error("the outbox could not be written")]
    Write(#[from] ledger::CommitError),
    /// What the reader said may quote a person's words, so it is left out.
    #[error("a message in the outbox cannot be read or written")]
    Shape,
    #[error("WhatsApp refuses this account or token (code {0})")]
    Stopped(i64),
}

impl From<serde_json::Error> for SenderError {
    fn from(_: serde_json::Error) -> Self {
        Self::Shape
    }
}

pub(crate) async fn run(setup: Setup) {
    let mut interrupted = true;
    loop {
        let outcome = round(&setup, interrupted).await;
        interrupted = outcome.is_err();
        match outcome {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(IDLE).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the sender waits");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Sends what is due; `true` if anything was. After a start and after a round that was broken off, what stands in
/// `sending` was interrupted: it may have gone out.
async fn round(setup: &Setup, interrupted: bool) -> Result<bool, SenderError> {
    let open = setup
        .ledger
        .find(kept::OUTBOX, kept::OPEN, "", "\u{10FFFF}", None, false, ROUND)
        .await?;
    let mut held_up: Vec<Address> = vec![];
    let mut sent = false;
    for row in open {
        let item: OutboxItem = match serde_json::from_slice(&row.body) {
            Ok(item) => item,
            Err(error) => {
                tracing::error!(
                    item = row.key,
                    column = error.column(),
                    "a message in the outbox cannot be read and is put aside"
                );
                put_aside(setup, &row).await?;
                continue;
            }
        };
        let now = setup.clock.now();
        let item = if interrupted && matches!(item.state, State::Sending { .. }) {
            let step = item.after_crash(now);
            put(setup, &row.key, &step.item, row.version).await?;
            continue_or_hold(&mut held_up, &step.item);
            continue;
        } else {
            item
        };
        let to = item.to.clone();
        if held_up.iter().any(|address| address.meets(&to)) {
            continue;
        }
        if item.next(now, &setup.policy) != Next::Send {
            held_up.push(to);
            continue;
        }
        sent = true;
        let after = send(setup, row, item).await?;
        continue_or_hold(&mut held_up, &after);
    }
    Ok(sent)
}

/// A message that has not gone out holds up the later ones of the same person, and nobody else's.
fn continue_or_hold(held_up: &mut Vec<Address>, item: &OutboxItem) {
    if matches!(
        item.state,
        State::Queued { .. } | State::Sending { .. } | State::Unknown { .. }
    ) {
        held_up.push(item.to.clone());
    }
}

async fn send(setup: &Setup, row: Row, item: OutboxItem) -> Result<OutboxItem, SenderError> {
    setup.pauses.pass("sender.before_sending").await;
    let now = setup.clock.now();
    let Ok(item) = item.clone().begin(now, &setup.policy) else {
        return Ok(item);
    };
    put(setup, &row.key, &item, row.version).await?;
    let Some(row) = setup.ledger.row(kept::OUTBOX, &row.key).await? else {
        return Ok(item);
    };
    let (item, version): (OutboxItem, u64) = (serde_json::from_slice(&row.body)?, row.version);
    if !matches!(item.state, State::Sending { .. }) {
        // A late status of an earlier attempt has just told that it arrived.
        return Ok(item);
    }
    setup.pauses.pass("sender.before_upload").await;

    let item = match upload(setup, item).await {
        Ok(item) => item,
        Err((item, error)) => return finish(setup, &row.key, item, version, Err(error)).await,
    };
    setup.pauses.pass("sender.before_post").await;
    let answer = match outbound::payload(&Outgoing {
        to: &item.to,
        reply: &item.reply,
        reply_to: item.reply_to.as_deref(),
        media_id: item.media_id.as_deref(),
        callback: Some(&item.id),
    }) {
        Ok(payload) => setup.graph.send(&payload).await.map(|accepted| accepted.wamid),
        Err(error) => {
            tracing::error!(
                item = item.id,
                error = &error as &dyn std::error::Error,
                "a message cannot be sent"
            );
            Err(SendError::Permanent { code: 100 })
        }
    };
    setup.pauses.pass("sender.after_post").await;
    finish(setup, &row.key, item, version, answer).await
}

async fn upload(setup: &Setup, item: OutboxItem) -> Result<OutboxItem, (OutboxItem, SendError)> {
    let Some(document) = outbound::document(&item.reply).filter(|_| item.media_id.is_none()) else {
        return Ok(item);
    };
    let bytes = match setup.documents.get(&document.digest).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) | Err(_) => {
            tracing::error!(item = item.id, "the document of a message cannot be read");
            return Err((item, SendError::Transient { code: None }));
        }
    };
    match setup
        .graph
        .upload(bytes, &document.filename, &document.media_type)
        .await
    {
        Ok(media_id) => Ok(item.uploaded(media_id)),
        // An upload that may have happened sends nothing to anybody: it is simply made again.
        Err(SendError::Unknown) => Err((item, SendError::Transient { code: None })),
        Err(error) => Err((item, error)),
    }
}

/// Keeps what became of it. A status may have come in between and changed the row: then the answer is folded into
/// what the row says now.
async fn finish(
    setup: &Setup,
    key: &str,
    mut item: OutboxItem,
    mut version: u64,
    answer: Result<String, SendError>,
) -> Result<OutboxItem, SenderError> {
    loop {
        let now = setup.clock.now();
        let step = match &answer {
            Ok(wamid) => Step {
                item: item.clone().accepted(wamid.clone(), now),
                effect: Effect::None,
            },
            Err(error) => item.clone().refused(error, now, &setup.policy),
        };
        match put(setup, key, &step.item, version).await {
            Ok(()) => {
                if let Effect::StopSender { code } = step.effect {
                    return Err(SenderError::Stopped(code));
                }
                return Ok(step.item);
            }
            Err(SenderError::Write(ledger::CommitError::RowConflict { .. })) => {
                let Some(row) = setup.ledger.row(kept::OUTBOX, key).await? else {
                    return Ok(step.item);
                };
                let media_id = item.media_id.take();
                item = serde_json::from_slice(&row.body)?;
                item.media_id = item.media_id.or(media_id);
                version = row.version;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A message that cannot be read must not hold up the others.
async fn put_aside(setup: &Setup, row: &Row) -> Result<(), SenderError> {
    let change = RowChange::Put {
        space: kept::OUTBOX.to_owned(),
        key: row.key.clone(),
        body: row.body.clone(),
        terms: vec![("aside".to_owned(), row.key.clone())],
        expect: Expect::Version(row.version),
    };
    let doing = format!("put aside {} {}", row.key, row.version);
    setup.ledger.commit(follow::batch(&doing, vec![change])).await?;
    Ok(())
}

async fn put(setup: &Setup, key: &str, item: &OutboxItem, version: u64) -> Result<(), SenderError> {
    let change = RowChange::Put {
        space: kept::OUTBOX.to_owned(),
        key: key.to_owned(),
        body: serde_json::to_vec(item)?,
        terms: kept::outbox_terms(item),
        expect: Expect::Version(version),
    };
    setup
        .ledger
        .commit(follow::batch(&format!("outbox {key} {version}"), vec![change]))
        .await?;
    Ok(())
}
