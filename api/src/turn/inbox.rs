use jiff::Timestamp;
use ledger::{Batch, CommitError, Context, Expect, Fault, Ledger, RowChange};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;
use whatsapp::{
    inbound::{self, Message},
    kept::name_digest,
};

use super::{Setup, TurnError, status};

/// Deliveries as they came; key: SHA-256 of the bytes.
const WEBHOOK: &str = "webhook";
/// Messages; key: digest of the message's id.
pub(super) const MESSAGE: &str = "message";
/// Term of what has still to be looked at, oldest first.
pub(super) const PENDING: &str = "pending";

const PAGE: usize = 100;

/// Takes deliveries in. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    ledger: Ledger,
    arrived: Arc<Notify>,
}

/// A message as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) message: Message,
    pub(super) received_at: Timestamp,
    /// How many turns it has led to: 0 or 1.
    pub(super) handled: u8,
}

/// A message that was received, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handled {
    /// The channel's own name for it.
    pub id: String,
    /// When.
    pub received_at: Timestamp,
    /// How many turns it has led to: 0 or 1.
    pub handled: u8,
}

impl Inbox {
    /// Over a ledger's rows.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            arrived: Arc::new(Notify::new()),
        }
    }

    /// Keeps a delivery whose signature was checked, byte for byte. It is durable when this returns; the same bytes
    /// once more change nothing.
    ///
    /// # Errors
    /// [`CommitError`]: then the sender must be told to come again.
    pub async fn store(&self, raw: &[u8]) -> Result<(), CommitError> {
        let key = digest(raw);
        let stored = self
            .ledger
            .commit(batch(
                &format!("receive {key}"),
                vec![RowChange::Put {
                    space: WEBHOOK.to_owned(),
                    terms: vec![(
                        PENDING.to_owned(),
                        format!("{:020} {key}", self.ledger.clock().now().as_millisecond()),
                    )],
                    key,
                    body: raw.to_vec(),
                    expect: Expect::Absent,
                }],
            ))
            .await;
        match stored {
            Ok(_) => {
                self.arrived.notify_one();
                Ok(())
            }
            Err(CommitError::RowConflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until a delivery has come in since the last call.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }
}

/// Every message that was received, oldest name first.
///
/// # Errors
/// [`TurnError`] when the store cannot be read.
pub async fn stored_messages(
    ledger: &Ledger,
    after: Option<&str>,
) -> Result<(Vec<Handled>, Option<String>), TurnError> {
    let rows = ledger.rows(MESSAGE, after, PAGE).await?;
    let next = rows.last().map(|row| row.key.clone());
    let messages = rows.iter().map(|row| {
        kept(&row.body).map(|kept| Handled {
            id: kept.message.id,
            received_at: kept.received_at,
            handled: kept.handled,
        })
    });
    Ok((messages.collect::<Result<_, _>>()?, next))
}

/// Splits every delivery that came in. A delivery that cannot be read is kept and left aside.
pub(super) async fn split(setup: &Setup) -> Result<(), TurnError> {
    loop {
        let rows = setup
            .ledger
            .find(WEBHOOK, PENDING, "", "\u{10FFFF}", None, false, PAGE)
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let received_at = row
                .terms
                .iter()
                .find(|(name, _)| name == PENDING)
                .and_then(|(_, value)| value.split(' ').next()?.parse().ok())
                .and_then(|at| Timestamp::from_millisecond(at).ok())
                .unwrap_or(setup.ledger.clock().now());
            let mut changes = vec![];
            let mut terms = vec![];
            match inbound::parse(&row.body, &setup.phone_number_id, received_at) {
                Ok(delivery) => {
                    for skipped in &delivery.skipped {
                        tracing::warn!(reason = ?skipped.reason, "a part of a delivery was skipped");
                    }
                    for status in &delivery.statuses {
                        match status::apply(setup, status).await {
                            Err(error) if error.is_final() => tracing::error!(
                                error = &error as &dyn std::error::Error,
                                "a status says nothing to what is stored; it is kept with its delivery"
                            ),
                            applied => applied?,
                        }
                    }
                    for (place, message) in delivery.messages.into_iter().enumerate() {
                        changes.extend(keep(&setup.ledger, message, received_at, place, &changes).await?);
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a delivery cannot be read; it is kept"
                    );
                    terms.push(("unreadable".to_owned(), row.key.clone()));
                }
            }
            let split = format!("split {} {}", row.key, row.version);
            changes.push(RowChange::Put {
                space: WEBHOOK.to_owned(),
                key: row.key,
                body: row.body,
                terms,
                expect: Expect::Version(row.version),
            });
            setup.ledger.commit(batch(&split, changes)).await?;
        }
    }
}

/// The row of a message that is not known yet.
async fn keep(
    ledger: &Ledger,
    message: Message,
    received_at: Timestamp,
    place: usize,
    before: &[RowChange],
) -> Result<Option<RowChange>, TurnError> {
    let key = name_digest(&message.id);
    let known = ledger.row(MESSAGE, &key).await?.is_some()
        || before
            .iter()
            .any(|change| matches!(change, RowChange::Put { key: other, .. } if *other == key));
    if known {
        return Ok(None);
    }
    let order = format!(
        "{:020} {:020} {place:04}",
        message.at.as_millisecond(),
        received_at.as_millisecond()
    );
    let kept = Kept {
        message,
        received_at,
        handled: 0,
    };
    Ok(Some(RowChange::Put {
        space: MESSAGE.to_owned(),
        key,
        body: encode(&kept)?,
        terms: vec![(PENDING.to_owned(), order)],
        expect: Expect::Absent,
    }))
}

/// Keeps a message that no turn can be made of, out of the way of those after it.
pub(super) async fn put_aside(setup: &Setup, row: &ledger::Row) -> Result<(), TurnError> {
    let change = RowChange::Put {
        space: MESSAGE.to_owned(),
        key: row.key.clone(),
        body: row.body.clone(),
        terms: vec![("aside".to_owned(), row.key.clone())],
        expect: Expect::Version(row.version),
    };
    setup
        .ledger
        .commit(batch(&format!("put aside {} {}", row.key, row.version), vec![change]))
        .await?;
    Ok(())
}

pub(super) fn kept(body: &[u8]) -> Result<Kept, TurnError> {
    serde_json::from_slice(body).map_err(|reader| TurnError::Decode {
        what: "message",
        reader,
    })
}

pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, TurnError> {
    serde_json::to_vec(value).map_err(|reader| TurnError::Decode { what: "row", reader })
}

fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_7475_726e_7300);

/// A batch that is recognised when it is made again.
pub(super) fn batch(doing: &str, rows: Vec<RowChange>) -> Batch {
    let context = Context {
        command_id: Uuid::new_v5(&NAMESPACE, doing.as_bytes()),
        actor: "channel".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, Sha256::digest(doing.as_bytes()).into());
    batch.rows = rows;
    batch
}

/// Is there still something to do?
pub(super) async fn pending(ledger: &Ledger, limit: usize) -> Result<Vec<ledger::Row>, Fault> {
    ledger
        .find(MESSAGE, PENDING, "", "\u{10FFFF}", None, false, limit)
        .await
}
