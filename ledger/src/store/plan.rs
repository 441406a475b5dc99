//! What a group of batches does, decided in memory: the one set of rules that both stores carry out.
//!
//! A store's writer takes the waiting batches, locks the head, loads what they touch into a [`State`], asks [`plan`], writes
//! the [`Writes`] and commits once for all. Each batch is judged against the state that the batches before it leave, and
//! contributes everything or nothing. Since every writer locks the head first, the state cannot change in between.

use std::collections::{BTreeMap, BTreeSet};

use keys::{Vault, WrappedKey};
use uuid::Uuid;

use crate::batch::{Bookmark, Expect, Receipt};
use crate::fault::CommitError;
use crate::leaf::{Leaf, stream_digest};
use crate::personal::SubjectKey;
use crate::recorded::instant;
use crate::rows::{bookmark_tag, row_tag};
use crate::tree::Hash;

/// A batch, sealed and hashed, ready for the writer.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) command_id: Uuid,
    pub(crate) request_hash: Hash,
    pub(crate) appends: Vec<PreparedAppend>,
    /// The keys under which this batch's personal values were sealed.
    pub(crate) subjects: BTreeMap<Uuid, WrappedKey>,
    pub(crate) rows: Vec<PreparedRow>,
    pub(crate) bookmark: Option<Bookmark>,
    pub(crate) destroy: Vec<Uuid>,
}

impl Prepared {
    /// Roughly how much it adds to a transaction; never 0.
    pub(crate) fn bytes(&self) -> usize {
        let events = self.appends.iter().flat_map(|append| &append.events);
        let events: usize = events.map(|event| event.body.len() + event.meta.len()).sum();
        let rows: usize = self
            .rows
            .iter()
            .filter_map(|row| row.content.as_ref())
            .map(|row| row.sealed.len())
            .sum();
        events + rows + 100
    }
}

#[derive(Debug)]
pub(crate) struct PreparedAppend {
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) expected: u64,
    pub(crate) events: Vec<PreparedEvent>,
}

#[derive(Debug)]
pub(crate) struct PreparedEvent {
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) body: Vec<u8>,
    pub(crate) body_hash: Hash,
    pub(crate) meta: Vec<u8>,
    pub(crate) meta_hash: Hash,
}

#[derive(Debug, Clone)]
pub(crate) struct PreparedRow {
    pub(crate) space: String,
    pub(crate) key: String,
    pub(crate) expect: Expect,
    /// `None` takes the row away.
    pub(crate) content: Option<RowContent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowContent {
    pub(crate) folded: u64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) terms: BTreeSet<(String, String)>,
}

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredCommand {
    pub(crate) request_hash: Vec<u8>,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) recorded_at: i64,
    pub(crate) leaf_hashes: Vec<Hash>,
}

impl StoredCommand {
    /// The receipt of that time, unless the request is another one.
    pub(crate) fn answer(&self, request_hash: &Hash) -> Result<Receipt, Refusal> {
        if self.request_hash.as_slice() != request_hash.as_slice() {
            return Err(Refusal::Commit(CommitError::CommandReused));
        }
        Ok(Receipt {
            first_position: self.first,
            last_position: self.last,
            leaf_hashes: self.leaf_hashes.clone(),
            recorded_at: instant(self.recorded_at).unwrap_or_default(),
            repeated: true,
        })
    }
}

/// What the batches of a group touch, as stored; what is absent is not stored.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) head: u64,
    pub(crate) revision: u64,
    pub(crate) commands: BTreeMap<Uuid, StoredCommand>,
    pub(crate) streams: BTreeMap<(String, String), u64>,
    pub(crate) subjects: BTreeMap<Uuid, SubjectKey>,
    pub(crate) rows: BTreeMap<(String, String), u64>,
    pub(crate) bookmarks: BTreeMap<(String, u32), u64>,
}

/// What must be loaded into the state for these batches.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) commands: BTreeSet<Uuid>,
    pub(crate) streams: BTreeSet<(String, String)>,
    pub(crate) subjects: BTreeSet<Uuid>,
    pub(crate) rows: BTreeSet<(String, String)>,
    pub(crate) bookmarks: BTreeSet<(String, u32)>,
}

impl Touched {
    pub(crate) fn by<'a>(batches: impl Iterator<Item = &'a Prepared>) -> Self {
        let mut touched = Self::default();
        for batch in batches {
            touched.commands.insert(batch.command_id);
            for append in &batch.appends {
                touched
                    .streams
                    .insert((append.aggregate_type.clone(), append.aggregate_id.clone()));
            }
            touched.subjects.extend(batch.subjects.keys());
            touched.subjects.extend(&batch.destroy);
            for row in &batch.rows {
                touched.rows.insert((row.space.clone(), row.key.clone()));
            }
            if let Some(bookmark) = &batch.bookmark {
                touched.bookmarks.insert((bookmark.name.clone(), bookmark.generation));
            }
        }
        touched
    }
}

/// Why a batch was not taken.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// For the caller.
    Commit(CommitError),
    /// Another batch made this subject's key first: seal under the stored key and come again.
    Reseal,
}

pub(crate) type Verdict = Result<Receipt, Refusal>;

#[derive(Debug)]
pub(crate) struct EventWrite<'a> {
    pub(crate) position: u64,
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: &'a str,
    pub(crate) sequence: u64,
    pub(crate) event: &'a PreparedEvent,
    pub(crate) leaf_hash: Hash,
}

#[derive(Debug)]
pub(crate) struct CommandWrite {
    pub(crate) command_id: Uuid,
    pub(crate) request_hash: Hash,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// What happens to a subject's key row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubjectWrite {
    /// A new row with this key.
    Insert(WrappedKey),
    /// A new row that is a tombstone from the start.
    InsertDestroyed,
    /// The stored key is destroyed.
    Destroy,
}

#[derive(Debug)]
pub(crate) struct RowWrite<'a> {
    pub(crate) version: u64,
    pub(crate) content: &'a RowContent,
    pub(crate) tag: Hash,
}

/// What a group writes. Maps hold the last word on each thing.
#[derive(Debug, Default)]
pub(crate) struct Writes<'a> {
    pub(crate) events: Vec<EventWrite<'a>>,
    pub(crate) commands: Vec<CommandWrite>,
    pub(crate) subjects: BTreeMap<Uuid, SubjectWrite>,
    /// `None`: the row goes.
    pub(crate) rows: BTreeMap<(&'a str, &'a str), Option<RowWrite<'a>>>,
    /// Position and tag.
    pub(crate) bookmarks: BTreeMap<(&'a str, u32), (u64, Hash)>,
}

pub(crate) struct Plan<'a> {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) writes: Writes<'a>,
    pub(crate) head: u64,
    pub(crate) revision: u64,
}

impl Plan<'_> {
    /// Nothing to write: every batch was refused or is a repeat.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.commands.is_empty()
    }
}

/// Judges the batches in their order. `now` is the one instant of the whole group, in milliseconds.
pub(crate) fn plan<'a>(mut state: State, batches: &[&'a Prepared], now: i64, vault: &Vault) -> Plan<'a> {
    let mut writes = Writes::default();
    let mut verdicts = Vec::with_capacity(batches.len());
    for batch in batches {
        verdicts.push(match judge(&state, batch) {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) => Ok(take(&mut state, &mut writes, batch, now, vault)),
            Err(refusal) => Err(refusal),
        });
    }
    Plan {
        verdicts,
        writes,
        head: state.head,
        revision: state.revision,
    }
}

/// Every condition, before anything is changed. `Some`: the command was carried out before.
fn judge(state: &State, batch: &Prepared) -> Result<Option<Receipt>, Refusal> {
    // First of all: a repeat gets its receipt even where the conditions of the first time no longer hold.
    if let Some(stored) = state.commands.get(&batch.command_id) {
        return stored.answer(&batch.request_hash).map(Some);
    }
    for append in &batch.appends {
        let key = (append.aggregate_type.clone(), append.aggregate_id.clone());
        let actual = state.streams.get(&key).copied().unwrap_or(0);
        if actual != append.expected {
            let (aggregate_type, aggregate_id) = key;
            let expected = append.expected;
            return Err(Refusal::Commit(CommitError::Conflict {
                aggregate_type,
                aggregate_id,
                expected,
                actual,
            }));
        }
    }
    for (subject, key) in &batch.subjects {
        match state.subjects.get(subject) {
            None => {}
            Some(SubjectKey::Present(stored)) if stored == key => {}
            Some(SubjectKey::Present(_) | SubjectKey::Withheld) => return Err(Refusal::Reseal),
            Some(SubjectKey::Destroyed) => {
                return Err(Refusal::Commit(CommitError::SubjectErased { subject: *subject }));
            }
        }
    }
    for row in &batch.rows {
        let version = state.rows.get(&(row.space.clone(), row.key.clone())).copied();
        let holds = match row.expect {
            Expect::Any => true,
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version == Some(expected),
        };
        if !holds {
            let (space, key) = (row.space.clone(), row.key.clone());
            return Err(Refusal::Commit(CommitError::RowConflict { space, key }));
        }
    }
    if let Some(bookmark) = &batch.bookmark {
        let stored = state
            .bookmarks
            .get(&(bookmark.name.clone(), bookmark.generation))
            .copied()
            .unwrap_or(0);
        if stored != bookmark.from {
            let (name, from) = (bookmark.name.clone(), bookmark.from);
            return Err(Refusal::Commit(CommitError::BookmarkMoved { name, from, stored }));
        }
        // A reader cannot have read what is not there; a bookmark beyond the head would skip what comes.
        if bookmark.to > state.head {
            let what = "a bookmark beyond the head of the log".to_owned();
            return Err(Refusal::Commit(CommitError::Invalid { what }));
        }
    }
    Ok(None)
}

/// Takes the batch, all of it.
fn take<'a>(state: &mut State, writes: &mut Writes<'a>, batch: &'a Prepared, now: i64, vault: &Vault) -> Receipt {
    let before = state.head;
    let recorded_at = instant(now).unwrap_or_default();
    let mut leaf_hashes = Vec::new();
    for append in &batch.appends {
        let stream = stream_digest(&append.aggregate_type, &append.aggregate_id);
        let mut sequence = append.expected;
        for event in &append.events {
            sequence += 1;
            state.head += 1;
            let leaf_hash = Leaf {
                stream,
                sequence,
                event_type: &event.event_type,
                event_version: &event.event_version,
                recorded_at: now,
                body: event.body_hash,
                meta: event.meta_hash,
            }
            .hash();
            leaf_hashes.push(leaf_hash);
            writes.events.push(EventWrite {
                position: state.head,
                aggregate_type: &append.aggregate_type,
                aggregate_id: &append.aggregate_id,
                sequence,
                event,
                leaf_hash,
            });
        }
        state
            .streams
            .insert((append.aggregate_type.clone(), append.aggregate_id.clone()), sequence);
    }
    for (subject, key) in &batch.subjects {
        if !state.subjects.contains_key(subject) {
            state.subjects.insert(*subject, SubjectKey::Present(key.clone()));
            writes.subjects.insert(*subject, SubjectWrite::Insert(key.clone()));
        }
    }
    for subject in &batch.destroy {
        let stored = state.subjects.insert(*subject, SubjectKey::Destroyed);
        let write = match (writes.subjects.get(subject), stored) {
            // Made by this very group, so the key never reaches the disk; or never made at all.
            (Some(SubjectWrite::Insert(_)), _) | (_, None) => SubjectWrite::InsertDestroyed,
            (_, Some(SubjectKey::Present(_) | SubjectKey::Withheld)) => SubjectWrite::Destroy,
            (_, Some(SubjectKey::Destroyed)) => continue,
        };
        writes.subjects.insert(*subject, write);
    }
    for row in &batch.rows {
        let place = (row.space.as_str(), row.key.as_str());
        let owned = (row.space.clone(), row.key.clone());
        match &row.content {
            Some(content) => {
                state.revision += 1;
                state.rows.insert(owned, state.revision);
                let tag = row_tag(
                    vault,
                    place,
                    (state.revision, content.folded),
                    &content.sealed,
                    &content.terms,
                );
                writes.rows.insert(
                    place,
                    Some(RowWrite {
                        version: state.revision,
                        content,
                        tag,
                    }),
                );
            }
            None => {
                state.rows.remove(&owned);
                writes.rows.insert(place, None);
            }
        }
    }
    if let Some(bookmark) = &batch.bookmark {
        state
            .bookmarks
            .insert((bookmark.name.clone(), bookmark.generation), bookmark.to);
        let tag = bookmark_tag(vault, &bookmark.name, bookmark.generation, bookmark.to);
        writes
            .bookmarks
            .insert((&bookmark.name, bookmark.generation), (bookmark.to, tag));
    }
    let (first, last) = if state.head == before {
        (0, 0)
    } else {
        (before + 1, state.head)
    };
    state.commands.insert(
        batch.command_id,
        StoredCommand {
            request_hash: batch.request_hash.to_vec(),
            first,
            last,
            recorded_at: now,
            leaf_hashes: leaf_hashes.clone(),
        },
    );
    writes.commands.push(CommandWrite {
        command_id: batch.command_id,
        request_hash: batch.request_hash,
        first,
        last,
    });
    Receipt {
        first_position: first,
        last_position: last,
        leaf_hashes,
        recorded_at,
        repeated: false,
    }
}
