//! How what this room makes is kept by those who have a store: names of spaces, keys and the terms to find rows by. Keys
//! and terms are stored unencrypted, so they hold digests where the thing itself would tell who somebody is.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::outbox::{OutboxItem, State};

/// The space of messages on their way out; the key is [`OutboxItem::id`].
pub const OUTBOX: &str = "outbox";
/// Term of messages that have still to go out, oldest first.
pub const OPEN: &str = "open";
/// Term that finds a message by a wamid that it was given; the value is [`name_digest`] of it.
pub const WAMID: &str = "wamid";

/// The terms of an outgoing message.
#[must_use]
pub fn outbox_terms(item: &OutboxItem) -> Vec<(String, String)> {
    let mut terms: Vec<_> = item
        .wamids
        .iter()
        .map(|wamid| (WAMID.to_owned(), name_digest(wamid)))
        .collect();
    if matches!(
        item.state,
        State::Queued { .. } | State::Sending { .. } | State::Unknown { .. }
    ) {
        terms.push((
            OPEN.to_owned(),
            format!("{:020} {}", item.created_at.as_millisecond(), item.id),
        ));
    }
    terms
}

/// A name for something whose own name may not stand unencrypted: a wamid holds the phone number in base64.
#[must_use]
pub fn name_digest(name: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(name.as_bytes()))
}
