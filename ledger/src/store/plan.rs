//! What a group of batches does, decided in memory: the one set of rules that both stores carry out.
//!
//! A store's writer takes the waiting batches, makes sure that what they touch is in its [`State`], asks [`plan`], writes the
//! [`Writes`] and commits once for all. Each batch is judged against the state that the batches before it leave, and contributes
//! everything or nothing.
//!
//! The state is kept from group to group: it holds for as long as nobody else has written, which the store finds out when it
//! writes (PostgreSQL: the head is where it was left) or before (SQLite: `data_version`). What is new by all appearance is *assumed*
//! to be absent instead of being looked up, where a key of the database would refuse the write otherwise; a command always is. When
//! a key does refuse, or the plan refuses a batch (which may be a repeat that was taken for new), the store forgets everything and
//! judges the group on a state that it reads under its lock.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use keys::{Vault, WrappedKey};
use uuid::Uuid;

use crate::batch::{Bookmark, Expect, Receipt};
use crate::fault::CommitError;
use crate::leaf::Leaf;
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
    /// Those of them that were made for this batch: nobody was found to have one. Only a hint.
    pub(crate) fresh: BTreeSet<Uuid>,
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
    /// [`crate::leaf::stream_digest`] of the two.
    pub(crate) stream: Hash,
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
    /// [`crate::leaf::stream_digest`] of the two.
    pub(crate) place: Hash,
    pub(crate) expect: Expect,
    /// No such row is believed to exist. Only a hint.
    pub(crate) new: bool,
    /// `None` takes the row away.
    pub(crate) content: Option<RowContent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowContent {
    pub(crate) folded: u64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) terms: Terms,
}

/// A row's terms, sorted, each once.
pub(crate) type Terms = Arc<[(String, String)]>;

pub(crate) fn sorted_terms(terms: impl IntoIterator<Item = (String, String)>) -> Terms {
    let mut terms: Vec<_> = terms.into_iter().collect();
    terms.sort_unstable();
    terms.dedup();
    terms.into()
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

/// A row as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownRow {
    pub(crate) version: u64,
    pub(crate) terms: Terms,
}

/// What is known of the store. What a map does not hold is not known; commands alone are known only where they are held.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) head: u64,
    pub(crate) revision: u64,
    pub(crate) epoch: u64,
    pub(crate) commands: HashMap<Uuid, StoredCommand>,
    /// 0: no event yet.
    pub(crate) streams: HashMap<Hash, u64>,
    pub(crate) subjects: HashMap<Uuid, Option<SubjectKey>>,
    pub(crate) rows: HashMap<Hash, Option<KnownRow>>,
    pub(crate) bookmarks: BTreeMap<(String, u32), u64>,
}

/// Entries of one map of the state. To forget is always right, and costs a look at the store.
const KNOWN_MAX: usize = 50_000;

impl State {
    /// Keeps the memory bounded between two groups.
    pub(crate) fn trim(&mut self) {
        fn limit<K, V>(map: &mut HashMap<K, V>) {
            if map.len() > KNOWN_MAX {
                *map = HashMap::new();
            }
        }
        limit(&mut self.commands);
        limit(&mut self.streams);
        limit(&mut self.subjects);
        limit(&mut self.rows);
        if self.bookmarks.len() > KNOWN_MAX {
            self.bookmarks.clear();
        }
    }

    /// Takes for absent what appears to be new and what a unique key would refuse otherwise. No refusal may rest on that.
    pub(crate) fn assume<'a>(&mut self, batches: impl IntoIterator<Item = &'a Prepared>) {
        for batch in batches {
            for append in &batch.appends {
                // Without an event nothing would be written that the key could refuse.
                if append.expected == 0 && !append.events.is_empty() {
                    self.streams.entry(append.stream).or_insert(0);
                }
            }
            for subject in &batch.fresh {
                self.subjects.entry(*subject).or_insert(None);
            }
            for row in &batch.rows {
                if (row.new || row.expect == Expect::Absent) && row.content.is_some() {
                    self.rows.entry(row.place).or_insert(None);
                }
            }
        }
    }
}

/// What is not known yet and must be read before these batches can be judged.
#[derive(Debug, Default)]
pub(crate) struct Unknown<'a> {
    pub(crate) commands: BTreeSet<Uuid>,
    pub(crate) streams: Vec<&'a PreparedAppend>,
    pub(crate) subjects: BTreeSet<Uuid>,
    pub(crate) rows: Vec<&'a PreparedRow>,
    pub(crate) bookmarks: BTreeSet<(&'a str, u32)>,
}

impl<'a> Unknown<'a> {
    /// `commands`: whether commands are looked up as well, or left to their unique key.
    pub(crate) fn to(state: &State, batches: &[&'a Prepared], commands: bool) -> Self {
        let mut unknown = Self::default();
        let (mut streams, mut rows) = (HashSet::new(), HashSet::new());
        for batch in batches {
            if commands && !state.commands.contains_key(&batch.command_id) {
                unknown.commands.insert(batch.command_id);
            }
            for append in &batch.appends {
                if !state.streams.contains_key(&append.stream) && streams.insert(append.stream) {
                    unknown.streams.push(append);
                }
            }
            for subject in batch.subjects.keys().chain(&batch.destroy) {
                if !state.subjects.contains_key(subject) {
                    unknown.subjects.insert(*subject);
                }
            }
            for row in &batch.rows {
                if !state.rows.contains_key(&row.place) && rows.insert(row.place) {
                    unknown.rows.push(row);
                }
            }
            if let Some(Bookmark { name, generation, .. }) = &batch.bookmark
                && !state.bookmarks.contains_key(&(name.clone(), *generation))
            {
                unknown.bookmarks.insert((name, *generation));
            }
        }
        unknown
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty()
            && self.streams.is_empty()
            && self.subjects.is_empty()
            && self.rows.is_empty()
            && self.bookmarks.is_empty()
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

/// What becomes of a row.
#[derive(Debug)]
pub(crate) struct RowWrite<'a> {
    pub(crate) space: &'a str,
    pub(crate) key: &'a str,
    /// What the store holds before the group.
    pub(crate) before: Option<KnownRow>,
    /// `None`: the row goes.
    pub(crate) after: Option<RowAfter<'a>>,
}

#[derive(Debug)]
pub(crate) struct RowAfter<'a> {
    pub(crate) version: u64,
    pub(crate) content: &'a RowContent,
    pub(crate) tag: Hash,
}

type TermRefs<'a> = Vec<&'a (String, String)>;

impl RowWrite<'_> {
    /// The terms that come and those that go; most changes leave most of them alone.
    pub(crate) fn terms(&self) -> (TermRefs<'_>, TermRefs<'_>) {
        let before: &[(String, String)] = self.before.as_ref().map_or(&[], |row| &row.terms);
        let after: &[(String, String)] = self.after.as_ref().map_or(&[], |row| &row.content.terms);
        let without = |all: &'_ [(String, String)], other: &[(String, String)]| -> Vec<usize> {
            (0..all.len())
                .filter(|index| all.get(*index).is_some_and(|term| other.binary_search(term).is_err()))
                .collect()
        };
        let come = without(after, before).into_iter().filter_map(|index| after.get(index));
        let go = without(before, after).into_iter().filter_map(|index| before.get(index));
        (come.collect(), go.collect())
    }
}

/// What a group writes. Maps hold the last word on each thing.
#[derive(Debug, Default)]
pub(crate) struct Writes<'a> {
    pub(crate) events: Vec<EventWrite<'a>>,
    pub(crate) commands: Vec<CommandWrite>,
    pub(crate) subjects: BTreeMap<Uuid, SubjectWrite>,
    pub(crate) rows: HashMap<Hash, RowWrite<'a>>,
    /// Position and tag.
    pub(crate) bookmarks: BTreeMap<(&'a str, u32), (u64, Hash)>,
}

pub(crate) struct Plan<'a> {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) writes: Writes<'a>,
    /// Where the head stood.
    pub(crate) from: (u64, u64),
    pub(crate) head: u64,
    pub(crate) revision: u64,
}

impl Plan<'_> {
    /// Nothing to write: every batch was refused or is a repeat.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.commands.is_empty()
    }

    /// How many keys are destroyed by it, not counting those that were never stored.
    pub(crate) fn erases(&self) -> bool {
        let mut writes = self.writes.subjects.values();
        writes.any(|write| !matches!(write, SubjectWrite::Insert(_)))
    }

    pub(crate) fn refuses(&self) -> bool {
        self.verdicts.iter().any(Result::is_err)
    }
}

/// Judges the batches in their order and moves the state on. `now` is the one instant of the whole group, in milliseconds.
/// Everything that they touch must be known ([`Unknown`]).
pub(crate) fn plan<'a>(state: &mut State, batches: &[&'a Prepared], now: i64, vault: &Vault) -> Plan<'a> {
    let from = (state.head, state.revision);
    let mut writes = Writes::default();
    let mut verdicts = Vec::with_capacity(batches.len());
    for batch in batches {
        verdicts.push(match judge(state, batch) {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) => Ok(take(state, &mut writes, batch, now, vault)),
            Err(refusal) => Err(refusal),
        });
    }
    // Whoever commits moves the head: that is how the others notice.
    if !writes.commands.is_empty() && from == (state.head, state.revision) {
        state.revision += 1;
    }
    Plan {
        verdicts,
        writes,
        from,
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
        let actual = state.streams.get(&append.stream).copied().unwrap_or(0);
        if actual != append.expected {
            let (aggregate_type, aggregate_id) = (append.aggregate_type.clone(), append.aggregate_id.clone());
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
            None | Some(None) => {}
            Some(Some(SubjectKey::Present(stored))) if stored == key => {}
            Some(Some(SubjectKey::Present(_) | SubjectKey::Withheld)) => return Err(Refusal::Reseal),
            Some(Some(SubjectKey::Destroyed)) => {
                return Err(Refusal::Commit(CommitError::SubjectErased { subject: *subject }));
            }
        }
    }
    for row in &batch.rows {
        let version = state
            .rows
            .get(&row.place)
            .and_then(Option::as_ref)
            .map(|row| row.version);
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
        let mut sequence = append.expected;
        for event in &append.events {
            sequence += 1;
            state.head += 1;
            let leaf_hash = Leaf {
                stream: append.stream,
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
        state.streams.insert(append.stream, sequence);
    }
    for (subject, key) in &batch.subjects {
        let known = state.subjects.entry(*subject).or_default();
        if known.is_none() {
            *known = Some(SubjectKey::Present(key.clone()));
            writes.subjects.insert(*subject, SubjectWrite::Insert(key.clone()));
        }
    }
    for subject in &batch.destroy {
        let stored = state.subjects.insert(*subject, Some(SubjectKey::Destroyed)).flatten();
        let write = match (writes.subjects.get(subject), stored) {
            // Made by this very group, so the key never reaches the disk; or never made at all.
            (Some(SubjectWrite::Insert(_)), _) | (_, None) => SubjectWrite::InsertDestroyed,
            (_, Some(SubjectKey::Present(_) | SubjectKey::Withheld)) => SubjectWrite::Destroy,
            (_, Some(SubjectKey::Destroyed)) => continue,
        };
        writes.subjects.insert(*subject, write);
    }
    for row in &batch.rows {
        let known = state.rows.entry(row.place).or_default();
        let write = writes.rows.entry(row.place).or_insert_with(|| RowWrite {
            space: &row.space,
            key: &row.key,
            before: known.clone(),
            after: None,
        });
        write.after = row.content.as_ref().map(|content| {
            state.revision += 1;
            let versions = (state.revision, content.folded);
            RowAfter {
                version: state.revision,
                content,
                tag: row_tag(
                    vault,
                    (&row.space, &row.key),
                    versions,
                    &content.sealed,
                    &*content.terms,
                ),
            }
        });
        *known = write.after.as_ref().map(|after| KnownRow {
            version: after.version,
            terms: Arc::clone(&after.content.terms),
        });
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
