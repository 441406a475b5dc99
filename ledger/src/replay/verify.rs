//! What a replay checks on the way.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use keys::PublicKey;

use super::{Event, Verify};
use crate::checkpoint::Checkpoint;
use crate::fault::Fault;
use crate::leaf::LeafHasher;
use crate::ledger::Ledger;
use crate::tree::{Hash, TILE_WIDTH, Tree, perfect_root};

/// Streams whose last sequence is remembered, about 24 bytes each.
const STREAMS_MAX: usize = 900_000;
/// Kept checkpoints read at a time.
const CHECKPOINTS_PAGE: usize = 256;

/// The state of the checks; see [`Verify`].
pub(super) struct Check {
    verify: Verify,
    /// The next position; 0 when positions are not followed.
    next: u64,
    first: u64,
    hasher: LeafHasher,
    sequences: Sequences,
    tree: Option<TreeCheck>,
}

struct TreeCheck {
    tree: Tree,
    keys: Vec<PublicKey>,
    /// The latest checkpoint of the database, and the one of the file.
    newest: Vec<Checkpoint>,
    /// Kept ones ahead, in the order of their sizes.
    ahead: VecDeque<Checkpoint>,
    /// Up to which size kept checkpoints were read.
    read_up_to: Option<u64>,
    /// The size at which the next one is due.
    due: u64,
}

impl Check {
    pub(super) async fn begin(
        ledger: &Ledger,
        verify: Verify,
        known: Vec<Checkpoint>,
        keys: Vec<PublicKey>,
        from: u64,
        head: u64,
    ) -> Result<Self, Fault> {
        let mut next = from;
        let tree = if verify == Verify::Tree {
            for checkpoint in &known {
                judge_note(ledger, checkpoint, &keys)?;
                if checkpoint.size > head {
                    let size = checkpoint.size;
                    let what = format!("the log ends at {head}, a checkpoint of size {size} was signed");
                    return Err(Fault::corrupt(head, what));
                }
            }
            // The leaves before `from` are taken from the stored tiles as far as these reach. Wrong ones lead to a wrong root.
            let stored = ledger.inner.store.tree_size().await?;
            let tree = ledger.stored_tree((from - 1).min(stored)).await?;
            next = tree.size() + 1;
            let mut check = TreeCheck {
                read_up_to: Some(tree.size()),
                tree,
                keys,
                newest: known,
                ahead: VecDeque::new(),
                due: 0,
            };
            check.read_ahead(ledger).await?;
            Some(check)
        } else {
            None
        };
        Ok(Self {
            verify,
            next,
            first: next,
            hasher: LeafHasher::default(),
            sequences: Sequences::default(),
            tree,
        })
    }

    /// The position to read from.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Judges the next event. Where the store picks out a kind of stream, `next` only orders.
    pub(super) fn judge(&mut self, event: &Event<'_>, picked: bool) -> Result<(), Fault> {
        if event.position < self.next {
            return Err(Fault::corrupt(event.position, "this position stands in the log twice"));
        }
        if !picked && event.position > self.next {
            return Err(missing(self.next, event.position));
        }
        self.next = event.position + 1;
        if self.verify == Verify::Nothing {
            return Ok(());
        }
        let (stream, leaf) = self.hasher.hash(event);
        if leaf != event.leaf_hash {
            let what = "the stored bytes do not hash to the stored leaf";
            return Err(Fault::corrupt(event.position, what));
        }
        if self.sequences.follow(&stream, event.sequence, self.first == 1) == Followed::Broken {
            let what = "the event before this one is missing in its stream, or stands after it";
            return Err(Fault::corrupt(event.position, what));
        }
        if let Some(check) = &mut self.tree {
            check.tree.push(leaf, |_| ());
        }
        Ok(())
    }

    /// Whether a checkpoint was signed at the present size.
    pub(super) fn is_due(&self) -> bool {
        self.tree.as_ref().is_some_and(|check| check.tree.size() == check.due)
    }

    pub(super) async fn compare_here(&mut self, ledger: &Ledger) -> Result<(), Fault> {
        match &mut self.tree {
            Some(check) => check.compare_here(ledger).await,
            None => Ok(()),
        }
    }

    /// After the last event: nothing may be missing at the end, and the tree must be a part of the newest signed one. Answers
    /// with the root and the size of that one.
    pub(super) async fn finish(
        &mut self,
        ledger: &Ledger,
        to: u64,
        picked: bool,
    ) -> Result<(Option<Hash>, u64), Fault> {
        if !picked && self.next <= to {
            return Err(missing(self.next, to + 1));
        }
        let Some(check) = &self.tree else { return Ok((None, 0)) };
        for newest in &check.newest {
            if newest.size > check.tree.size() {
                extends(ledger, &check.tree, newest).await?;
            } else if newest.size == check.tree.size() && newest.root != check.tree.root() {
                return Err(wrong_root(newest.size));
            }
        }
        let signed = check.newest.iter().map(|newest| newest.size).max().unwrap_or(0);
        Ok((Some(check.tree.root()), signed))
    }
}

fn missing(from: u64, before: u64) -> Fault {
    if from + 1 == before {
        Fault::corrupt(from, "the event is missing")
    } else {
        Fault::corrupt(from, format!("the events {from} to {} are missing", before - 1))
    }
}

fn wrong_root(size: u64) -> Fault {
    let what = format!("the first {size} leaves do not have the root that the checkpoint signed");
    Fault::corrupt(size, what)
}

fn judge_note(ledger: &Ledger, checkpoint: &Checkpoint, keys: &[PublicKey]) -> Result<(), Fault> {
    if checkpoint.origin != ledger.settings().log_origin {
        let what = format!("the checkpoint is of {}, not of this log", checkpoint.origin);
        return Err(Fault::corrupt(checkpoint.size, what));
    }
    if !keys.is_empty() {
        checkpoint
            .verify(keys)
            .map_err(|error| Fault::corrupt(checkpoint.size, error.to_string()))?;
    }
    Ok(())
}

impl TreeCheck {
    async fn compare_here(&mut self, ledger: &Ledger) -> Result<(), Fault> {
        let size = self.tree.size();
        while let Some(kept) = self.ahead.pop_front_if(|kept| kept.size <= size) {
            judge_note(ledger, &kept, &self.keys)?;
            if kept.root != self.tree.root() {
                return Err(wrong_root(size));
            }
        }
        self.read_ahead(ledger).await
    }

    async fn read_ahead(&mut self, ledger: &Ledger) -> Result<(), Fault> {
        if self.ahead.is_empty() {
            let page = ledger
                .inner
                .store
                .checkpoints(self.read_up_to, CHECKPOINTS_PAGE)
                .await?;
            for kept in page {
                self.read_up_to = Some(kept.size);
                let parsed = Checkpoint::parse(&kept.note)
                    .ok()
                    .filter(|parsed| parsed.size == kept.size && parsed.root.as_slice() == kept.root.as_slice())
                    .ok_or_else(|| Fault::corrupt(kept.size, "the kept checkpoint does not say what its row says"))?;
                self.ahead.push_back(parsed);
            }
            // The file's may lie between two of the database's, for instance after a restore.
            for outside in &self.newest {
                let known = self.ahead.iter().any(|kept| kept == outside);
                if !known && outside.size > self.tree.size() {
                    let place = self.ahead.partition_point(|kept| kept.size < outside.size);
                    self.ahead.insert(place, outside.clone());
                }
            }
        }
        self.due = self.ahead.front().map_or(0, |kept| kept.size);
        Ok(())
    }
}

/// Whether the tree is the beginning of the larger signed one, told by the stored tiles: the tree's unfinished tiles must be
/// prefixes of the stored ones, each stored one that is full must be the entry above it, and the right edge must have the
/// signed root. The stored tiles need not be trusted: whatever they say, they must lead to that root.
async fn extends(ledger: &Ledger, tree: &Tree, signed: &Checkpoint) -> Result<(), Fault> {
    let store = &ledger.inner.store;
    if store.tree_size().await? < signed.size {
        let what = format!("the stored tree is shorter than the checkpoint of size {}", signed.size);
        return Err(Fault::corrupt(signed.size, what));
    }
    if ledger.stored_tree(signed.size).await?.root() != signed.root {
        return Err(wrong_root(signed.size));
    }
    let differs = |level: u8| {
        let what = format!(
            "the tree over the first {} leaves is not the one that was signed (level {level})",
            tree.size()
        );
        Fault::corrupt(tree.size(), what)
    };
    let own: HashMap<u8, Vec<Hash>> = tree
        .partial_tiles()
        .into_iter()
        .map(|tile| (tile.level, tile.hashes))
        .collect();
    let mut below: Option<Hash> = None;
    let signed_edge = Tree::edge_of(signed.size);
    let own_edge = Tree::edge_of(tree.size());
    for (level, edge_index, edge_width) in signed_edge {
        let place = own_edge.iter().find(|(own_level, _, _)| *own_level == level);
        let (index, width) = place.map_or((0, 0), |(_, index, width)| (*index, *width));
        let on_edge = index == edge_index;
        let reach = if on_edge { edge_width } else { TILE_WIDTH };
        if reach == 0 {
            // The signed tree ends with the tile before this one.
            below = None;
            continue;
        }
        let stored = store.tile(level, index).await?.ok_or_else(|| differs(level))?;
        let stored = stored.get(..reach).ok_or_else(|| differs(level))?;
        let prefix = own.get(&level).map_or(&[][..], Vec::as_slice);
        if stored.get(..width) != Some(prefix) {
            return Err(differs(level));
        }
        if let Some(below) = below.take()
            && stored.get(width) != Some(&below)
        {
            return Err(differs(level));
        }
        below = (!on_edge).then(|| perfect_root(stored));
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The event stands one after its predecessor, or is the first of its stream.
    Yes,
    /// It does not.
    Broken,
    /// Its predecessor was not met here.
    Unknown,
}

/// The last sequence of each stream, by the first eight bytes of its digest. Two streams that share them would show a break
/// where none is, once in about 2^64 / streams^2; the writer of the log could bring it about and gains nothing by it.
#[derive(Default)]
pub(crate) struct Sequences(HashMap<u64, u64, BuildHasherDefault<AsItIs>>);

impl Sequences {
    /// `whole`: all events from the first position on pass here.
    pub(crate) fn follow(&mut self, stream: &Hash, sequence: u64, whole: bool) -> Followed {
        let key = stream.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        if let Some(last) = self.0.get_mut(&key) {
            let followed = if *last + 1 == sequence {
                Followed::Yes
            } else {
                Followed::Broken
            };
            *last = sequence;
            return followed;
        }
        let room = self.0.len() < STREAMS_MAX;
        if room {
            self.0.insert(key, sequence);
        }
        match sequence {
            0 => Followed::Broken,
            1 => Followed::Yes,
            _ if whole && room => Followed::Broken,
            _ => Followed::Unknown,
        }
    }
}

/// A hash is its own hash.
#[derive(Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf::stream_digest;

    #[test]
    fn a_stream_goes_up_by_one() {
        let mut sequences = Sequences::default();
        let (a, b, c) = (
            stream_digest("t", "a"),
            stream_digest("t", "b"),
            stream_digest("t", "c"),
        );
        assert_eq!(sequences.follow(&a, 1, true), Followed::Yes);
        assert_eq!(sequences.follow(&b, 1, true), Followed::Yes);
        assert_eq!(sequences.follow(&a, 2, true), Followed::Yes);
        assert_eq!(sequences.follow(&a, 2, true), Followed::Broken);
        assert_eq!(sequences.follow(&b, 3, true), Followed::Broken);
        assert_eq!(sequences.follow(&b, 4, true), Followed::Yes, "one break is told once");
        assert_eq!(sequences.follow(&c, 2, true), Followed::Broken);
        let mut from_the_middle = Sequences::default();
        assert_eq!(from_the_middle.follow(&c, 7, false), Followed::Unknown);
        assert_eq!(from_the_middle.follow(&c, 8, false), Followed::Yes);
        assert_eq!(from_the_middle.follow(&a, 0, false), Followed::Broken);
    }
}
