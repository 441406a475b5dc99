//! The audit: everything is computed again from the stored bytes and compared with what was signed.
//!
//! It needs no trust in the store: the leaves are hashed from body and meta, the tree is grown from the leaves, and each
//! checkpoint that was kept, in the database, in the file outside it and in the auditor's hand, must be a root of that tree
//! with a valid signature. It streams through the log as a replay does; what it cannot read it reports and steps over.
//!
//! [`published`] does the same with the log as it is published, without a database.
//!
//! What it cannot find by itself: a log rewritten as a whole and signed again with the log's own key. Whoever holds one older
//! checkpoint, kept anywhere outside, finds that too: pass it as `older`.

pub mod published;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use keys::PublicKey;
use serde::de::IgnoredAny;
use serde_json::Value;
use uuid::Uuid;

use crate::batch::decode_meta;
use crate::checkpoint::{Checkpoint, read_file};
use crate::fault::Fault;
use crate::leaf::LeafHasher;
use crate::ledger::Ledger;
use crate::personal::{self, SubjectKey};
use crate::replay::Event;
use crate::replay::chunk::{Chunk, RawRow};
use crate::replay::verify::{Followed, Sequences};
use crate::rows;
use crate::store::StoredCheckpoint;
use crate::store::feed::Wanted;
use crate::tree::{Hash, Tile, Tree};

/// How the checkpoint outside the database is called in a finding.
const CHECKPOINT_FILE: &str = "the checkpoint file";
/// Events read one by one behind a place where the database could not read on.
const STEPS: u64 = 512;
/// Subjects whose keys are remembered.
const KEYS_MAX: usize = 4096;
/// Rows read at a time.
const ROWS_PAGE: usize = 512;
/// Breaks that are listed; further ones are counted.
const BREAKS_LISTED_MAX: usize = 1_000;

/// One thing that is not as it was stored or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Where in the log, if it is at one place.
    pub position: Option<u64>,
    /// In which stream (`type/id`), where that could be read.
    pub stream: Option<String>,
    /// What is wrong. No personal data.
    pub what: String,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(position) = self.position {
            write!(f, "position {position}: ")?;
        }
        if let Some(stream) = &self.stream {
            write!(f, "{stream}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which log.
    pub log_origin: String,
    /// Events read.
    pub events: u64,
    /// Up to which position: the head when the audit began.
    pub head: u64,
    /// The root over all leaves, computed from the stored bytes.
    pub root: Hash,
    /// Checkpoints whose signature and root hold.
    pub checkpoints_checked: u64,
    /// Events with sealed values whose keys the store does not show to this role: hashed and compared, not opened.
    pub not_opened: u64,
    /// What is wrong, in the order of finding; the first 1,000.
    pub breaks: Vec<Break>,
    /// How many there are.
    pub breaks_total: u64,
}

/// Takes a break down: the first 1,000 are listed, all are counted.
pub(crate) fn note(breaks: &mut Vec<Break>, total: &mut u64, found: Break) {
    *total += 1;
    if breaks.len() < BREAKS_LISTED_MAX {
        breaks.push(found);
    }
}

impl Report {
    /// Before anything was read.
    pub(crate) fn begin(log_origin: &str) -> Self {
        Self {
            log_origin: log_origin.to_owned(),
            events: 0,
            head: 0,
            root: Tree::default().root(),
            checkpoints_checked: 0,
            not_opened: 0,
            breaks: Vec::new(),
            breaks_total: 0,
        }
    }

    pub(crate) fn add(&mut self, position: Option<u64>, stream: Option<String>, what: impl Into<String>) {
        let what = what.into();
        note(
            &mut self.breaks,
            &mut self.breaks_total,
            Break { position, stream, what },
        );
    }
}

/// Whether a fault tells of a damaged database, rather than of one that cannot be reached.
pub(crate) fn is_damage(fault: &Fault) -> bool {
    let Fault::Store { source, .. } = fault else {
        return matches!(fault, Fault::Corrupt { .. });
    };
    if let Some(error) = source.downcast_ref::<rusqlite::Error>() {
        return match error {
            rusqlite::Error::SqliteFailure(failure, _) => {
                matches!(
                    failure.code,
                    rusqlite::ErrorCode::DatabaseCorrupt
                        | rusqlite::ErrorCode::NotADatabase
                        | rusqlite::ErrorCode::Unknown
                )
            }
            // Also a statement that no longer fits the tables: a byte of their definition may have changed.
            rusqlite::Error::SqlInputError { .. }
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::QueryReturnedNoRows => true,
            _ => false,
        };
    }
    match source.downcast_ref::<sqlx::Error>() {
        // XX000 internal error, XX001 data corrupted, XX002 index corrupted; 42P01 and 42703: a table or column is gone.
        Some(sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| code.starts_with("XX") || code == "42P01" || code == "42703"),
        Some(sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound) => true,
        _ => false,
    }
}

/// Walks through the whole log.
///
/// `keys` are the log's public keys, present and past; `older` is the text of a checkpoint that the auditor kept from before.
///
/// # Errors
/// [`Fault`] only where the store cannot be reached; damage is in the report.
pub async fn verify(ledger: &Ledger, keys: &[PublicKey], older: Option<&str>) -> Result<Report, Fault> {
    let mut audit = Audit {
        ledger,
        keys,
        tree: Tree::default(),
        hasher: LeafHasher::default(),
        sequences: Sequences::default(),
        subjects: BTreeMap::new(),
        kept: Kept::default(),
        outside: Vec::new(),
        last_good: None,
        first_bad: None,
        report: Report::begin(&ledger.settings().log_origin),
    };
    audit.run(older).await?;
    Ok(audit.report)
}

/// The command that an event says it comes from.
fn command_id(meta: &[u8]) -> Result<Uuid, serde_json::Error> {
    decode_meta(meta).map(|context| context.command_id)
}

struct Audit<'a> {
    ledger: &'a Ledger,
    keys: &'a [PublicKey],
    tree: Tree,
    hasher: LeafHasher,
    sequences: Sequences,
    subjects: BTreeMap<Uuid, SubjectKey>,
    kept: Kept,
    /// Checkpoints from outside the database: name and content.
    outside: Vec<(&'static str, Checkpoint)>,
    /// Size of the last checkpoint whose root holds.
    last_good: Option<u64>,
    /// Size of the first whose root does not. All later ones fail with it and are not told again.
    first_bad: Option<u64>,
    report: Report,
}

/// The checkpoints of the database, read as the walk comes to them.
#[derive(Default)]
struct Kept {
    waiting: VecDeque<StoredCheckpoint>,
    read_up_to: Option<u64>,
    all_read: bool,
}

impl Audit<'_> {
    fn add(&mut self, position: Option<u64>, stream: Option<String>, what: impl Into<String>) {
        self.report.add(position, stream, what);
    }

    fn add_at(&mut self, event: &Event<'_>, what: impl Into<String>) {
        let stream = format!("{}/{}", event.aggregate_type, event.aggregate_id);
        self.add(Some(event.position), Some(stream), what);
    }

    /// Damage becomes a break; an unreachable store ends the audit.
    fn or_break<T>(&mut self, result: Result<T, Fault>, position: Option<u64>) -> Result<Option<T>, Fault> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(fault) if is_damage(&fault) => {
                let cause = std::error::Error::source(&fault)
                    .map(|cause| format!(": {cause}"))
                    .unwrap_or_default();
                self.add(position, None, format!("{fault}{cause}"));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    async fn run(&mut self, older: Option<&str>) -> Result<(), Fault> {
        let store = &self.ledger.inner.store;
        // First the checkpoints, then the head: a log that grows meanwhile can only be longer than they say.
        self.collect_outside(older)?;
        let latest = self
            .or_break(store.latest_checkpoint().await, None)?
            .flatten()
            .map_or(0, |latest| latest.size);
        let head = self.or_break(store.head().await, None)?.unwrap_or(0);
        self.report.head = head;
        // A checkpoint is kept in the database first, then in the file.
        let in_file = self.outside.iter().find(|(name, _)| *name == CHECKPOINT_FILE);
        if let Some(size) = in_file
            .map(|(_, checkpoint)| checkpoint.size)
            .filter(|size| *size > latest)
        {
            let what =
                format!("{CHECKPOINT_FILE} has size {size}, the latest kept checkpoint {latest}: commits were lost");
            self.add(Some(latest), None, what);
        }
        for finding in store.integrity().await? {
            self.add(None, None, format!("the database reports: {finding}"));
        }
        self.compare_here().await?;
        // Not up to where the head says: a damaged head may say anything, and each missing event costs a hash. That the two
        // differ is told below.
        let last = self.or_break(store.last_event().await, None)?.unwrap_or(head).min(head);
        while self.tree.size() < last {
            self.walk(self.tree.size() + 1, last).await?;
        }
        self.compare_edge().await?;
        if latest > head {
            self.add(
                Some(head),
                None,
                format!("the log ends at {head}, a checkpoint of size {latest} was signed"),
            );
        }
        for (name, checkpoint) in std::mem::take(&mut self.outside) {
            // What the walk met has been taken out; these lie beyond the end.
            let what = format!("the log ends at {head}, {name} has size {}", checkpoint.size);
            self.add(Some(head), None, what);
        }
        self.report.root = self.tree.root();
        self.judge_rows().await?;
        self.sum_up(head).await
    }

    fn collect_outside(&mut self, older: Option<&str>) -> Result<(), Fault> {
        let file = self
            .ledger
            .settings()
            .checkpoint_file
            .as_deref()
            .map(read_file)
            .transpose()?
            .flatten();
        for (name, note) in [
            (CHECKPOINT_FILE, file),
            ("the older checkpoint", older.map(str::to_owned)),
        ] {
            let Some(note) = note else { continue };
            let checkpoint = match Checkpoint::parse(&note) {
                Ok(checkpoint) => checkpoint,
                Err(error) => {
                    self.add(None, None, format!("{name}: {error}"));
                    continue;
                }
            };
            if self.judge_note(name, &checkpoint) {
                self.outside.push((name, checkpoint));
            }
        }
        Ok(())
    }

    /// Origin and signature.
    fn judge_note(&mut self, name: &str, checkpoint: &Checkpoint) -> bool {
        if checkpoint.origin != self.report.log_origin {
            self.add(
                Some(checkpoint.size),
                None,
                format!("{name} is of another log, {}", checkpoint.origin),
            );
            return false;
        }
        if let Err(error) = checkpoint.verify(self.keys) {
            self.add(Some(checkpoint.size), None, format!("{name}: {error}"));
            return false;
        }
        true
    }

    fn judge_root(&mut self, name: &str, checkpoint: &Checkpoint) {
        if checkpoint.root == self.tree.root() {
            self.report.checkpoints_checked += 1;
            self.last_good = Some(checkpoint.size);
        } else if self.first_bad.is_none() {
            self.first_bad = Some(checkpoint.size);
            let since = self
                .last_good
                .map_or_else(String::new, |good| format!("; the one of size {good} still fits"));
            let what = format!(
                "the first {} leaves do not have the root that {name} signed{since}",
                checkpoint.size
            );
            self.add(Some(checkpoint.size), None, what);
        }
    }

    /// Compares the tree with every checkpoint of its present size.
    async fn compare_here(&mut self) -> Result<(), Fault> {
        let size = self.tree.size();
        while let Some(kept) = self.next_kept(size).await? {
            let name = "the kept checkpoint";
            match Checkpoint::parse(&kept.note) {
                Ok(checkpoint)
                    if checkpoint.size == kept.size && checkpoint.root.as_slice() == kept.root.as_slice() =>
                {
                    if self.judge_note(name, &checkpoint) {
                        self.judge_root(name, &checkpoint);
                    }
                }
                Ok(_) => self.add(
                    Some(kept.size),
                    None,
                    "the kept checkpoint does not say what its row says",
                ),
                Err(error) => self.add(Some(kept.size), None, format!("{name}: {error}")),
            }
        }
        while let Some(place) = self.outside.iter().position(|(_, checkpoint)| checkpoint.size == size) {
            let (name, checkpoint) = self.outside.swap_remove(place);
            self.judge_root(name, &checkpoint);
        }
        Ok(())
    }

    async fn next_kept(&mut self, size: u64) -> Result<Option<StoredCheckpoint>, Fault> {
        if self.kept.waiting.is_empty() && !self.kept.all_read {
            let page = self.ledger.inner.store.checkpoints(self.kept.read_up_to, 100).await;
            let page = self.or_break(page, Some(size))?.unwrap_or_default();
            self.kept.all_read = page.is_empty();
            let from = self.kept.read_up_to.map_or(0, |size| size + 1);
            let spoiled = self.ledger.spoiled_cosignatures(from, &page).await;
            for size in self.or_break(spoiled, Some(size))?.unwrap_or_default() {
                self.add(Some(size), None, format!("a cosignature of size {size} does not hold"));
            }
            self.kept.read_up_to = page.last().map(|last| last.size).or(self.kept.read_up_to);
            self.kept.waiting.extend(page);
        }
        Ok(self.kept.waiting.pop_front_if(|kept| kept.size <= size))
    }

    /// The log from here on, up to the head or to a place where the database cannot read on; that place is stepped over.
    async fn walk(&mut self, from: u64, head: u64) -> Result<(), Fault> {
        let wanted = Wanted {
            from,
            to: head,
            aggregate_type: None,
        };
        let mut feed = self.ledger.inner.store.feed(wanted).await?;
        loop {
            match feed.next().await {
                Ok(Some(chunk)) => {
                    self.take(&chunk).await?;
                    feed.give_back(chunk);
                }
                Ok(None) => return self.take_gap(head + 1).await,
                Err(fault) if is_damage(&fault) => {
                    let cause = std::error::Error::source(&fault)
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let what = format!("the database cannot read on: {cause}");
                    self.add(Some(self.tree.size() + 1), None, what);
                    return self.step_over(head).await;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// One by one, so that a damaged page of the database hides no more than what lies on it.
    async fn step_over(&mut self, head: u64) -> Result<(), Fault> {
        let from = self.tree.size() + 1;
        let to = head.min(from.saturating_add(STEPS - 1));
        let mut chunk = Chunk::default();
        for position in from..=to {
            let single = self.ledger.inner.store.raw_events(position, position).await;
            let single = self.or_break(single, Some(position))?.unwrap_or_default();
            if let Some(cause) = single.broken_off {
                chunk.push_unreadable(position, &cause);
            }
            for (position, row) in &single.rows {
                match row {
                    Ok(event) => chunk.push(&RawRow {
                        position: *position,
                        texts: [
                            event.aggregate_type.as_bytes(),
                            event.aggregate_id.as_bytes(),
                            event.event_type.as_bytes(),
                            event.event_version.as_bytes(),
                        ],
                        blobs: [&event.body, &event.meta, &event.leaf_hash],
                        sequence: event.sequence,
                        recorded_at: event.recorded_at,
                    }),
                    Err(cause) => chunk.push_unreadable(*position, cause),
                }
            }
        }
        self.take(&chunk).await?;
        self.take_gap(to + 1).await
    }

    /// A run of events.
    async fn take(&mut self, chunk: &Chunk) -> Result<(), Fault> {
        let mut tiles = Vec::new();
        let mut commands = Vec::with_capacity(chunk.len());
        let mut sealed = Vec::new();
        // Positions whose place in their stream the database must tell.
        let mut doubtful: Option<(u64, u64)> = None;
        let from = self.tree.size() + 1;
        for (position, row) in chunk.rows() {
            if position > self.tree.size() + 1 {
                self.fill_gap(position, &mut tiles).await?;
            }
            if position != self.tree.size() + 1 {
                self.add(Some(position), None, "this position stands in the log twice");
                continue;
            }
            let leaf = match row {
                Ok(event) => {
                    self.report.events += 1;
                    let (stream, leaf) = self.hasher.hash(&event);
                    if self.sequences.follow(&stream, event.sequence, true) != Followed::Yes {
                        doubtful = Some((doubtful.map_or(position, |(first, _)| first), position));
                    }
                    self.judge_event(event, leaf, &mut commands, &mut sealed);
                    leaf
                }
                Err(cause) => {
                    self.add(Some(position), None, format!("the event cannot be read: {cause}"));
                    [0; 32]
                }
            };
            self.grow(leaf, &mut tiles).await?;
        }
        for tile in tiles {
            self.compare_tile(&tile).await?;
        }
        if let Some((first, last)) = doubtful {
            self.judge_sequences(first, last).await?;
        }
        self.judge_commands(from, commands).await?;
        self.judge_sealed(from, sealed).await
    }

    async fn take_gap(&mut self, before: u64) -> Result<(), Fault> {
        let mut tiles = Vec::new();
        self.fill_gap(before, &mut tiles).await?;
        for tile in tiles {
            self.compare_tile(&tile).await?;
        }
        Ok(())
    }

    async fn judge_sequences(&mut self, from: u64, to: u64) -> Result<(), Fault> {
        let broken = self.ledger.inner.store.broken_sequences(from, to).await;
        for position in self.or_break(broken, Some(from))?.unwrap_or_default() {
            self.add(
                Some(position),
                None,
                "the event before this one is missing in its stream, or stands after it",
            );
        }
        Ok(())
    }

    /// Missing positions keep their place in the tree with a hash that nothing has, so that what follows stays comparable.
    async fn fill_gap(&mut self, position: u64, tiles: &mut Vec<Tile>) -> Result<(), Fault> {
        let next = self.tree.size() + 1;
        if next < position {
            let what = if next + 1 == position {
                "the event is missing".to_owned()
            } else {
                format!("the events {next} to {} are missing", position - 1)
            };
            self.add(Some(next), None, what);
        }
        while self.tree.size() + 1 < position {
            self.grow([0; 32], tiles).await?;
        }
        Ok(())
    }

    async fn grow(&mut self, leaf: Hash, tiles: &mut Vec<Tile>) -> Result<(), Fault> {
        self.tree.push(leaf, |tile| tiles.push(tile));
        let size = self.tree.size();
        let ahead = self
            .kept
            .waiting
            .front()
            .map_or(self.kept.all_read, |kept| kept.size > size);
        if ahead && self.outside.iter().all(|(_, checkpoint)| checkpoint.size != size) {
            return Ok(());
        }
        self.compare_here().await
    }

    fn judge_event<'e>(
        &mut self,
        event: Event<'e>,
        leaf: Hash,
        commands: &mut Vec<(Uuid, u64, i64)>,
        sealed: &mut Vec<(Event<'e>, Value)>,
    ) {
        if leaf != event.leaf_hash {
            self.add_at(&event, "the stored bytes do not hash to the stored leaf");
        }
        match command_id(event.meta) {
            Ok(id) => commands.push((id, event.position, event.recorded_at)),
            Err(_) => self.add_at(&event, "the meta cannot be read"),
        }
        if personal::may_hold(event.body) {
            match serde_json::from_slice(event.body) {
                Ok(body) => sealed.push((event, body)),
                Err(_) => self.add_at(&event, "the body is no JSON"),
            }
        } else if serde_json::from_slice::<IgnoredAny>(event.body).is_err() {
            self.add_at(&event, "the body is no JSON");
        }
    }

    /// Each sealed value must open, or its subject's key must have been destroyed. A key that is lost or damaged takes content
    /// away without an erasure on record.
    async fn judge_sealed(&mut self, from: u64, events: Vec<(Event<'_>, Value)>) -> Result<(), Fault> {
        let mut subjects = BTreeSet::new();
        for (event, body) in &events {
            match personal::subjects_to_open(body) {
                Ok(found) => subjects.extend(found),
                Err(error) => self.add_at(event, error.to_string()),
            }
        }
        if self.subjects.len() > KEYS_MAX {
            self.subjects.clear();
        }
        subjects.retain(|subject| !self.subjects.contains_key(subject));
        let keys = self.ledger.inner.store.subject_keys(subjects).await;
        let Some(keys) = self.or_break(keys, Some(from))? else {
            return Ok(());
        };
        self.subjects.extend(keys);
        for (event, mut body) in events {
            let of_event = personal::subjects_to_open(&body).unwrap_or_default();
            if of_event
                .iter()
                .any(|subject| self.subjects.get(subject) == Some(&SubjectKey::Withheld))
            {
                self.report.not_opened += 1;
            }
            let opened = personal::open(&mut body, &event.place(), &self.subjects, &self.ledger.inner.vault);
            if let Err(error) = opened {
                self.add_at(&event, error.to_string());
            }
        }
        Ok(())
    }

    /// Each event must lie in the range of its own command.
    async fn judge_commands(&mut self, from: u64, commands: Vec<(Uuid, u64, i64)>) -> Result<(), Fault> {
        let ids = commands.iter().map(|(id, _, _)| *id).collect();
        let ranges = self.ledger.inner.store.command_ranges(ids).await;
        let Some(ranges) = self.or_break(ranges, Some(from))? else {
            return Ok(());
        };
        for (id, position, recorded_at) in commands {
            match ranges.get(&id) {
                None => self.add(Some(position), None, "the command of this event is not recorded"),
                Some((first, last, _)) if position < *first || position > *last => {
                    self.add(Some(position), None, "the command of this event claims other positions");
                }
                Some((_, _, at)) if *at != recorded_at => {
                    self.add(
                        Some(position),
                        None,
                        "the command of this event was recorded at another time",
                    );
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// A full tile must be stored as computed, or not at all yet.
    async fn compare_tile(&mut self, computed: &Tile) -> Result<(), Fault> {
        let span = 256_u64.saturating_pow(u32::from(computed.level));
        let first = computed.index.saturating_mul(256).saturating_mul(span) + 1;
        let stored = self.ledger.inner.store.tile(computed.level, computed.index).await;
        let Some(Some(stored)) = self.or_break(stored, Some(first))? else {
            return Ok(());
        };
        let differing = stored
            .iter()
            .zip(&computed.hashes)
            .position(|(stored, computed)| stored != computed);
        if let Some(place) = differing {
            let position = first + u64::try_from(place).unwrap_or(0).saturating_mul(span);
            let what = if computed.level == 0 {
                "the event is not the one that was taken into the tree".to_owned()
            } else {
                format!("the stored tree differs at level {}", computed.level)
            };
            self.add(Some(position), None, what);
        }
        Ok(())
    }

    /// The unfinished tiles, and whether the stored tree reaches as far as what was signed.
    async fn compare_edge(&mut self) -> Result<(), Fault> {
        for tile in self.tree.partial_tiles() {
            self.compare_tile(&tile).await?;
        }
        let stored = self.ledger.inner.store.tree_size().await;
        let stored = self.or_break(stored, None)?.unwrap_or(0);
        let signed = self.last_good.max(self.first_bad).unwrap_or(0);
        if stored < signed {
            self.add(
                Some(stored),
                None,
                format!("the stored tree has {stored} leaves, {signed} were signed"),
            );
        }
        Ok(())
    }

    /// The rows beside the log: each must be the one that was written.
    async fn judge_rows(&mut self) -> Result<(), Fault> {
        let vault = &self.ledger.inner.vault;
        let mut after = (String::new(), String::new());
        loop {
            let page = self.ledger.inner.store.all_rows((&after.0, &after.1), ROWS_PAGE).await;
            let page = self.or_break(page, None)?.unwrap_or_default();
            let Some((space, row)) = page.last() else { return Ok(()) };
            after = (space.clone(), row.key.clone());
            for (space, row) in page {
                if !rows::is_whole(vault, &space, &row) {
                    self.add(None, None, format!("a row of {space} is not the one that was written"));
                }
            }
        }
    }

    async fn sum_up(&mut self, head: u64) -> Result<(), Fault> {
        let totals = self.ledger.inner.store.totals(head).await;
        let Some(totals) = self.or_break(totals, None)? else {
            return Ok(());
        };
        if totals.head != totals.last_event {
            let what = format!("the head says {}, the last event is {}", totals.head, totals.last_event);
            self.add(Some(totals.last_event.min(totals.head)), None, what);
        }
        if totals.events != self.report.events {
            let what = format!(
                "the index shows {} events, the table {}",
                self.report.events, totals.events
            );
            self.add(None, None, what);
        }
        if totals.claimed != head {
            self.add(
                None,
                None,
                format!("the commands claim {} positions of {head}", totals.claimed),
            );
        }
        if totals.senseless_commands > 0 {
            let what = format!("{} commands claim positions that cannot be", totals.senseless_commands);
            self.add(None, None, what);
        }
        for (name, generation, position, tag) in totals.bookmarks {
            let expected = rows::bookmark_tag(&self.ledger.inner.vault, &name, generation, position);
            if tag.as_slice() != expected.as_slice() {
                self.add(
                    None,
                    None,
                    format!("the bookmark of {name} is not the one that was written"),
                );
            }
        }
        for name in totals.bookmarks_beyond {
            self.add(Some(head), None, format!("the reader {name} stands beyond the head"));
        }
        Ok(())
    }
}
