//! What is asked of the ledger, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fault::CommitError;
use crate::tree::Hash;

/// A stored body or meta may have at most this many bytes; what is larger belongs into [`crate::Documents`].
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Names (types, ids, spaces, keys, terms) may have at most this many bytes.
pub const NAME_BYTES_MAX: usize = 512;

/// Who asks and why; stored with each event as `meta`. It is not encrypted and stays after an erasure: no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The request. The same id asks the same thing again and gets the same receipt.
    pub command_id: Uuid,
    /// Who acts, for instance `officer/…` or `citizen/…` with an opaque id.
    #[serde(default)]
    pub actor: String,
    /// The conversation or journey that this belongs to.
    #[serde(default)]
    pub correlation_id: Uuid,
    /// What caused it: a message's id, or the position of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<String>,
    /// What the event commits to in the public log, as SHA-256 in lower-case hex: whoever holds what was hashed, this meta and
    /// the leaf can check it without the body. It must say nothing to those who do not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commits_to: Option<String>,
}

/// Events for one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// The kind of stream.
    pub aggregate_type: String,
    /// Which stream of that kind.
    pub aggregate_id: String,
    /// The sequence of the stream's last event when this was decided; 0 for a stream without events.
    pub expected: u64,
    /// What happened, in order. Without events the append only demands that the stream still stands at `expected`.
    pub events: Vec<NewEvent>,
}

/// An event before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// Its content; `{"$personal": subject, "value": …}` inside is sealed under the subject's key before it is stored.
    pub body: Value,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// Makes or replaces a row.
    Put {
        /// Which table-like family of rows.
        space: String,
        /// Which row.
        key: String,
        /// Its content; sealed at rest.
        body: Vec<u8>,
        /// Names and values under which it is found again; they are not encrypted: no personal data.
        terms: Vec<(String, String)>,
        /// What must be there now.
        expect: Expect,
    },
    /// Takes a row away; nothing happens where there is none.
    Delete {
        /// Which family.
        space: String,
        /// Which row.
        key: String,
        /// What must be there now.
        expect: Expect,
    },
}

impl RowChange {
    pub(crate) fn place(&self) -> (&str, &str) {
        match self {
            Self::Put { space, key, .. } | Self::Delete { space, key, .. } => (space, key),
        }
    }
}

/// What must be true of a row before it is changed; otherwise the whole batch fails with [`CommitError::RowConflict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever.
    Any,
    /// No such row.
    Absent,
    /// The row, at this version.
    Version(u64),
}

/// A reader's place in the log, moved together with what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// The reader.
    pub name: String,
    /// Which of its builds: a rebuild reads into a new generation beside the old one.
    pub generation: u32,
    /// Where the reader believes to be; must equal what is stored (0 at first).
    pub from: u64,
    /// The position of the last event it has taken in.
    pub to: u64,
}

/// Everything in it is stored in one transaction, or nothing is.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The request; equal to `context.command_id`.
    pub command_id: Uuid,
    /// SHA-256 of what was asked, so that a command id is not used for two different requests. What differs between two
    /// attempts of one request (the time, say) must stay out of it.
    pub request_hash: [u8; 32],
    /// Who asks and why.
    pub context: Context,
    /// Events; each stream at most once.
    pub appends: Vec<Append>,
    /// Rows; each at most once.
    pub rows: Vec<RowChange>,
    /// A reader's place.
    pub bookmark: Option<Bookmark>,
    /// People whose data key is destroyed by this.
    pub destroy_subjects: Vec<Uuid>,
}

impl Batch {
    /// A batch that does nothing yet.
    pub const fn new(context: Context, request_hash: [u8; 32]) -> Self {
        Self {
            command_id: context.command_id,
            request_hash,
            context,
            appends: Vec::new(),
            rows: Vec::new(),
            bookmark: None,
            destroy_subjects: Vec::new(),
        }
    }
}

/// What was stored. `first_position` and `last_position` are 0 when the batch held no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Position of the first event.
    pub first_position: u64,
    /// Position of the last event. A batch's events follow each other without a gap.
    pub last_position: u64,
    /// The leaf hash of each event, in order.
    pub leaf_hashes: Vec<Hash>,
    /// When the store took it in (a millisecond's precision).
    pub recorded_at: Timestamp,
    /// The command had been carried out before; this is the receipt of that time.
    pub repeated: bool,
}

impl Receipt {
    /// Whether the command wrote no event.
    pub const fn is_empty(&self) -> bool {
        self.last_position == 0
    }
}

fn invalid(what: impl Into<String>) -> CommitError {
    CommitError::Invalid { what: what.into() }
}

/// A name must be there, be short, and hold no 0x00: PostgreSQL cannot store it and stream digests separate by it.
fn check_name(what: &str, name: &str) -> Result<(), CommitError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err(invalid(format!(
            "{what} is empty, longer than {NAME_BYTES_MAX} bytes, or holds a zero byte"
        )));
    }
    Ok(())
}

/// Refuses what no store could make sense of. What depends on stored state is judged by the writer (`store/plan.rs`).
pub(crate) fn check(batch: &Batch) -> Result<(), CommitError> {
    if batch.command_id != batch.context.command_id {
        return Err(invalid("the batch and its context name different commands"));
    }
    let mut streams = BTreeSet::new();
    for append in &batch.appends {
        check_name("an aggregate type", &append.aggregate_type)?;
        check_name("an aggregate id", &append.aggregate_id)?;
        if !streams.insert((&append.aggregate_type, &append.aggregate_id)) {
            return Err(invalid("one stream twice in a batch"));
        }
        for event in &append.events {
            check_name("an event type", &event.event_type)?;
            check_name("an event version", &event.event_version)?;
        }
    }
    let mut rows = BTreeSet::new();
    for row in &batch.rows {
        let (space, key) = row.place();
        check_name("a row's space", space)?;
        check_name("a row's key", key)?;
        if !rows.insert((space, key)) {
            return Err(invalid("one row twice in a batch"));
        }
        if let RowChange::Put { terms, .. } = row {
            for (name, value) in terms {
                check_name("a term's name", name)?;
                if value.len() > NAME_BYTES_MAX || value.contains('\0') {
                    return Err(invalid(format!(
                        "a term's value is longer than {NAME_BYTES_MAX} bytes or holds a zero byte"
                    )));
                }
            }
        }
    }
    if let Some(bookmark) = &batch.bookmark {
        check_name("a bookmark's name", &bookmark.name)?;
        if bookmark.to < bookmark.from {
            return Err(invalid("a bookmark that goes back"));
        }
    }
    let mut destroyed = BTreeSet::new();
    if !batch.destroy_subjects.iter().all(|subject| destroyed.insert(subject)) {
        return Err(invalid("one subject destroyed twice in a batch"));
    }
    Ok(())
}

/// The bytes of `meta`: one flat JSON object of strings, which is what cqrs-es calls metadata.
pub(crate) fn encode_meta(context: &Context, extra: &BTreeMap<String, String>) -> Vec<u8> {
    let mut fields: BTreeMap<&str, String> = extra
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    fields.insert("command_id", context.command_id.to_string());
    fields.insert("actor", context.actor.clone());
    fields.insert("correlation_id", context.correlation_id.to_string());
    if let Some(causation) = &context.causation {
        fields.insert("causation", causation.clone());
    }
    if let Some(commits_to) = &context.commits_to {
        fields.insert("commits_to", commits_to.clone());
    }
    // A map of strings is always JSON.
    serde_json::to_vec(&fields).unwrap_or_default()
}

/// Reads `meta` back; further fields are left aside.
pub(crate) fn decode_meta(meta: &[u8]) -> Result<Context, serde_json::Error> {
    serde_json::from_slice(meta)
}
