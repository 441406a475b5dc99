//! An event as it is stored and as it is read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use keys::Vault;
use serde_json::Value;
use uuid::Uuid;

use crate::batch::{Context, decode_meta};
use crate::fault::Fault;
use crate::leaf::{Leaf, sha256, stream_digest};
use crate::personal::{self, Place, SubjectKey};
use crate::tree::Hash;

/// An event, read from the log: leaf checked, personal values opened (or marked as erased).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the whole log, from 1, without gaps.
    pub position: u64,
    /// The kind of stream.
    pub aggregate_type: String,
    /// Which stream of that kind.
    pub aggregate_id: String,
    /// Place in the stream, from 1, without gaps.
    pub sequence: u64,
    /// The event's name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// Its content, JSON.
    pub body: Vec<u8>,
    /// Who asked and why.
    pub meta: Context,
    /// What the hash tree holds of it.
    pub leaf_hash: Hash,
    /// When the store took it in. Clocks may go back; the position never does, and it alone tells the order.
    pub recorded_at: Timestamp,
}

/// The row of the log, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEvent {
    pub(crate) position: u64,
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: u64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) body: Vec<u8>,
    pub(crate) meta: Vec<u8>,
    pub(crate) leaf_hash: Vec<u8>,
    pub(crate) recorded_at: i64,
}

impl StoredEvent {
    /// The leaf that these bytes have, whatever the row says.
    pub(crate) fn leaf(&self) -> Leaf<'_> {
        Leaf {
            stream: stream_digest(&self.aggregate_type, &self.aggregate_id),
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            recorded_at: self.recorded_at,
            body: sha256(&self.body),
            meta: sha256(&self.meta),
        }
    }

    /// Its bytes: the entry of the log as it is published.
    pub(crate) fn leaf_bytes(&self) -> Vec<u8> {
        self.leaf().encode()
    }

    /// The hash of that leaf.
    pub(crate) fn computed_leaf(&self) -> Hash {
        self.leaf().hash()
    }

    /// The leaf hash, if bytes and row agree.
    pub(crate) fn checked_leaf(&self) -> Result<Hash, Fault> {
        let leaf = self.computed_leaf();
        if leaf.as_slice() == self.leaf_hash.as_slice() {
            Ok(leaf)
        } else {
            Err(Fault::corrupt(
                self.position,
                "the stored bytes do not hash to the stored leaf",
            ))
        }
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
        }
    }
}

/// An instant from stored milliseconds.
pub(crate) fn instant(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The bodies that must be parsed, and the subjects whose keys are needed to open them.
pub(crate) fn parse_personal(events: &[StoredEvent]) -> Result<(Vec<Option<Value>>, BTreeSet<Uuid>), Fault> {
    let mut subjects = BTreeSet::new();
    let mut bodies = Vec::with_capacity(events.len());
    for event in events {
        if !personal::may_hold(&event.body) {
            bodies.push(None);
            continue;
        }
        let body: Value =
            serde_json::from_slice(&event.body).map_err(|_| Fault::corrupt(event.position, "the body is no JSON"))?;
        let found =
            personal::subjects_to_open(&body).map_err(|error| Fault::corrupt(event.position, error.to_string()))?;
        subjects.extend(found);
        bodies.push(Some(body));
    }
    Ok((bodies, subjects))
}

/// Checks and opens one event. `parsed` is its body where it may hold personal values.
pub(crate) fn open(
    event: StoredEvent,
    parsed: Option<Value>,
    keys: &BTreeMap<Uuid, SubjectKey>,
    vault: &Vault,
) -> Result<Recorded, Fault> {
    let position = event.position;
    let leaf_hash = event.checked_leaf()?;
    let corrupt = |what: String| Fault::Corrupt { position, what };
    let meta = decode_meta(&event.meta).map_err(|_| corrupt("the meta cannot be read".to_owned()))?;
    let recorded_at = instant(event.recorded_at).ok_or_else(|| corrupt("the time is out of range".to_owned()))?;
    let body = match parsed {
        None => event.body,
        Some(mut body) => {
            personal::open(&mut body, &event.place(), keys, vault).map_err(|error| corrupt(error.to_string()))?;
            serde_json::to_vec(&body).map_err(|_| corrupt("the body cannot be written as JSON".to_owned()))?
        }
    };
    Ok(Recorded {
        position,
        aggregate_type: event.aggregate_type,
        aggregate_id: event.aggregate_id,
        sequence: event.sequence,
        event_type: event.event_type,
        event_version: event.event_version,
        body,
        meta,
        leaf_hash,
        recorded_at,
    })
}
