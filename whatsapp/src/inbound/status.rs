use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SkipReason, address, time, walk};
use crate::Address;

/// What became of a message that we sent. Repeated, unordered, and `delivered` may never come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The wamid that the Graph API gave to our message.
    pub id: String,
    /// How far it got.
    pub state: StatusState,
    /// When, by Meta's clock.
    pub at: Timestamp,
    /// Whom it concerns.
    pub recipient: Option<Address>,
    /// `biz_opaque_callback_data`: the id of our outbox item. It matches a status that outruns the HTTP answer.
    pub callback: Option<String>,
    /// Why it failed.
    pub errors: Vec<StatusError>,
    /// Kept as it came: what a paid reply shows here is not settled.
    pub pricing: Option<Value>,
}

/// How far a message got, lowest first: the order of the variants is the rank, and a status of a lower rank never
/// undoes a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// Taken over by WhatsApp.
    Sent,
    /// On the phone.
    Delivered,
    /// Seen; only when the person's read receipts are on. A voice note that was `played` counts as read.
    Read,
    /// Not delivered, and it never will be.
    Failed,
}

/// One error of a failed message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusError {
    /// Meta's code; decisions depend on it alone.
    pub code: i64,
    /// Meta's words, for the operator.
    pub title: Option<String>,
}

pub(super) fn read(status: &Value, received_at: Timestamp) -> Result<Status, SkipReason> {
    if walk::text(status, "type").is_some_and(|kind| kind != "message") {
        return Err(SkipReason::OtherStatus);
    }
    if walk::text(status, "recipient_type").is_some_and(|kind| kind == "group") {
        return Err(SkipReason::Group);
    }
    let id = walk::text(status, "id")
        .filter(|id| id.len() <= 512)
        .ok_or(SkipReason::NoId)?;
    let state = match walk::text(status, "status").as_deref() {
        Some("sent") => StatusState::Sent,
        Some("delivered") => StatusState::Delivered,
        Some("read" | "played") => StatusState::Read,
        Some("failed") => StatusState::Failed,
        _ => return Err(SkipReason::OtherStatus),
    };
    let errors = status
        .get("errors")
        .and_then(Value::as_array)
        .map(|errors| {
            errors
                .iter()
                .filter_map(|error| {
                    Some(StatusError {
                        code: walk::number(error, "code")?,
                        title: walk::text(error, "title"),
                    })
                })
                .collect()
        })
        .unwrap_or_default();
    Ok(Status {
        id,
        state,
        at: time(status, received_at),
        recipient: address(status, "recipient_id", "recipient_user_id"),
        callback: walk::text(status, "biz_opaque_callback_data"),
        errors,
        pricing: status.get("pricing").filter(|value| value.is_object()).cloned(),
    })
}
