//! What does it say? A webhook's raw bytes as messages, statuses and a list of what was left out.
//!
//! Meta batches several entries, changes and messages into one body, changes the format without notice, and sends
//! numbers as strings, objects without their parts and fields in places where they do not belong. So each message
//! is read by itself: one that cannot be read is listed in [`Delivery::skipped`] and never hides its neighbours.

mod message;
mod status;
mod walk;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Address;
pub use message::{Context, Kind, Meaning, Media, MediaKind, Message, SystemChange};
pub use status::{Status, StatusError, StatusState};

/// Above this a body is not read. Meta's own limit is 3 MB.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A body that cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// Above [`BODY_BYTES_MAX`].
    #[error("the webhook body has {bytes} bytes, more than the limit")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not a JSON object.
    #[error("the webhook body is not a JSON object")]
    NotJson,
}

/// Everything that one body held for one phone number of ours.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivery {
    /// In the order of the body, which says nothing about the order of sending.
    pub messages: Vec<Message>,
    /// In the order of the body.
    pub statuses: Vec<Status>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

/// A part that was left out. Holds no words of the sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Why.
    pub reason: SkipReason,
    /// The message's id, when it could be read.
    pub id: Option<String>,
}

/// Why a part was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// `object` is not `whatsapp_business_account`.
    OtherObject,
    /// The change is about another field than `messages`.
    OtherField(String),
    /// The value belongs to another phone number than ours.
    OtherNumber,
    /// Not the shape that belongs in this place, or nested beyond all reason.
    Malformed,
    /// A message without an id cannot be told from its own repeat.
    NoId,
    /// Neither a phone number nor a user id could be read.
    NoSender,
    /// Written in a group. Personal data never goes to a group.
    Group,
    /// A status whose name is unknown, or which is not about a message (`payment`).
    OtherStatus,
    /// An error that concerns no single message; Meta's code.
    Error(i64),
}

/// Reads one body.
///
/// `phone_number_id` is ours; values of another are skipped. `received_at` stands in where a message carries no
/// usable time. Check the signature first ([`crate::signature`]).
pub fn parse(raw: &[u8], phone_number_id: &str, received_at: Timestamp) -> Result<Delivery, InboundError> {
    if raw.len() > BODY_BYTES_MAX {
        return Err(InboundError::TooLarge { bytes: raw.len() });
    }
    let text = walk::scrub(raw);
    let body = walk::members(&text).ok_or(InboundError::NotJson)?;
    let mut delivery = Delivery::default();
    let object = body.get("object").map(|raw| raw.get());
    if object != Some("\"whatsapp_business_account\"") {
        delivery.skip(SkipReason::OtherObject, None);
        return Ok(delivery);
    }
    for entry in delivery.items(body.get("entry").copied()) {
        let Some(entry) = walk::members(entry.get()) else {
            delivery.skip(SkipReason::Malformed, None);
            continue;
        };
        for change in delivery.items(entry.get("changes").copied()) {
            delivery.change(change, phone_number_id, received_at);
        }
    }
    Ok(delivery)
}

impl Delivery {
    fn skip(&mut self, reason: SkipReason, id: Option<String>) {
        self.skipped.push(Skipped { reason, id });
    }

    fn items<'a>(&mut self, raw: Option<&'a RawValue>) -> Vec<&'a RawValue> {
        let Some(raw) = raw else { return Vec::new() };
        walk::items(raw.get()).unwrap_or_else(|| {
            self.skip(SkipReason::Malformed, None);
            Vec::new()
        })
    }

    fn change(&mut self, change: &RawValue, phone_number_id: &str, received_at: Timestamp) {
        let parts = walk::members(change.get());
        let Some(value) = parts
            .as_ref()
            .and_then(|parts| parts.get("value"))
            .and_then(|value| walk::members(value.get()))
        else {
            return self.skip(SkipReason::Malformed, None);
        };
        let field = parts
            .as_ref()
            .and_then(|parts| parts.get("field"))
            .and_then(|field| serde_json::from_str::<String>(field.get()).ok());
        if let Some(other) = field.filter(|field| field != "messages") {
            return self.skip(SkipReason::OtherField(other), None);
        }
        let number = value
            .get("metadata")
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .and_then(|metadata| walk::text(&metadata, "phone_number_id"));
        if number.as_deref() != Some(phone_number_id) {
            return self.skip(SkipReason::OtherNumber, None);
        }
        let contacts: Vec<serde_json::Value> = self
            .items(value.get("contacts").copied())
            .into_iter()
            .filter_map(|raw| serde_json::from_str(raw.get()).ok())
            .collect();
        for raw in self.items(value.get("messages").copied()) {
            match serde_json::from_str(raw.get()) {
                Ok(message) => match message::read(&message, &contacts, received_at) {
                    Ok(message) => self.messages.push(message),
                    Err(reason) => self.skip(reason, walk::text(&message, "id")),
                },
                Err(_) => self.skip(SkipReason::Malformed, None),
            }
        }
        for raw in self.items(value.get("statuses").copied()) {
            match serde_json::from_str(raw.get()) {
                Ok(status) => match status::read(&status, received_at) {
                    Ok(status) => self.statuses.push(status),
                    Err(reason) => self.skip(reason, walk::text(&status, "id")),
                },
                Err(_) => self.skip(SkipReason::Malformed, None),
            }
        }
        for raw in self.items(value.get("errors").copied()) {
            let code = serde_json::from_str(raw.get())
                .ok()
                .and_then(|error| walk::number(&error, "code"));
            self.skip(code.map_or(SkipReason::Malformed, SkipReason::Error), None);
        }
    }
}

/// Meta's times are seconds since 1970, as a string or a number.
fn time(value: &serde_json::Value, received_at: Timestamp) -> Timestamp {
    walk::number(value, "timestamp")
        .filter(|seconds| *seconds > 0)
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(received_at)
}

/// The address under two keys of one object, of which either may hold either kind.
fn address(value: &serde_json::Value, phone: &str, user_id: &str) -> Option<Address> {
    let first = walk::text(value, phone).and_then(|text| Address::parse(&text));
    let second = walk::text(value, user_id).and_then(|text| Address::parse(&text));
    match (first, second) {
        (Some(first), second) => Some(first.merge(second)),
        (None, second) => second,
    }
}
