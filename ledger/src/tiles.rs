//! The log as it is published: hash tiles and entry bundles under fixed paths (C2SP tlog-tiles), and the proofs that are made
//! from the stored tiles.
//!
//! | path | bytes |
//! | --- | --- |
//! | `tile/<L>/<N>` | 256 hashes of 32 bytes |
//! | `tile/<L>/<N>.p/<W>` | the first `W` of them, 1 to 255 |
//! | `tile/entries/<N>[.p/<W>]` | leaves, each behind its length in two bytes, big-endian |
//!
//! `<N>` is written in groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`.
//!
//! Nothing is handed out that the latest checkpoint does not cover, and no proof that does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::cosignatures::Witnessing;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::proof::{self, Nodes, ProofBundle, ProofError, decimal};
use crate::tree::{Hash, TILE_WIDTH, perfect_root};

/// Levels that a path may name.
const LEVEL_MAX: u8 = 63;

/// Which piece of the published log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Hashes of this level; 0 holds leaf hashes.
    Hashes(u8),
    /// The leaves themselves.
    Entries,
}

/// The path of a tile or entry bundle, without a leading `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// Hashes or entries.
    pub kind: Kind,
    /// Place within the level, from 0.
    pub index: u64,
    /// 1 to 256; below 256 it is a partial one.
    pub width: usize,
}

/// The text is no path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes(level) => write!(f, "tile/{level}")?,
            Kind::Entries => f.write_str("tile/entries")?,
        }
        let mut divisor = 1;
        while self.index / divisor >= 1000 {
            divisor *= 1000;
        }
        while divisor > 1 {
            write!(f, "/x{:03}", self.index / divisor % 1000)?;
            divisor /= 1000;
        }
        write!(f, "/{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let read = Self::read(text).ok_or(TilePathError)?;
        // One path for one tile: a leading `x000/`, a second spelling of a number or a width of 256 is none.
        (read.to_string() == text).then_some(read).ok_or(TilePathError)
    }
}

impl TilePath {
    fn read(text: &str) -> Option<Self> {
        // 2^64 has 20 digits, that is seven groups.
        if text.len() > 64 {
            return None;
        }
        let (kind, place) = text.strip_prefix("tile/")?.split_once('/')?;
        let kind = if kind == "entries" {
            Kind::Entries
        } else {
            let level = decimal(kind).and_then(|level| u8::try_from(level).ok())?;
            Kind::Hashes(Some(level).filter(|level| *level <= LEVEL_MAX)?)
        };
        let (place, width) = match place.split_once(".p/") {
            None => (place, TILE_WIDTH),
            Some((place, width)) => (place, usize::try_from(decimal(width)?).ok()?),
        };
        let mut index: u64 = 0;
        for group in place.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        (1..=TILE_WIDTH).contains(&width).then_some(Self { kind, index, width })
    }

    /// Whether a tree of this size has it: whole, or the asked part of it.
    pub fn within(&self, size: u64) -> bool {
        let level = match self.kind {
            Kind::Hashes(level) => level,
            Kind::Entries => 0,
        };
        // Hashes of this level: one for each full subtree of 256^level leaves.
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let Ok(width) = u64::try_from(self.width) else {
            return false;
        };
        let end = self.index.checked_mul(256).and_then(|start| start.checked_add(width));
        end.is_some_and(|end| end <= hashes)
    }

    /// Every tile and bundle that a log of this size is published in: full ones, and the partial ones at its end.
    pub fn all(size: u64) -> Vec<Self> {
        let mut paths = Vec::new();
        let mut hashes = size;
        for level in 0..=LEVEL_MAX {
            if hashes == 0 {
                break;
            }
            let kinds = [Some(Kind::Hashes(level)), (level == 0).then_some(Kind::Entries)];
            for kind in kinds.into_iter().flatten() {
                let full = hashes / 256;
                let whole = (0..full).map(|index| Self {
                    kind,
                    index,
                    width: TILE_WIDTH,
                });
                paths.extend(whole);
                let width = usize::try_from(hashes % 256).unwrap_or(0);
                if width > 0 {
                    let index = full;
                    paths.push(Self { kind, index, width });
                }
            }
            hashes /= 256;
        }
        paths
    }
}

/// Leaves as an entry bundle. `None` when one is longer than its length field can say, which no leaf of ours is.
pub fn bundle<'l>(leaves: impl IntoIterator<Item = &'l [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        bytes.extend(u16::try_from(leaf.len()).ok()?.to_be_bytes());
        bytes.extend(leaf);
    }
    Some(bytes)
}

/// The leaves of an entry bundle; `None` when it ends in the middle of one.
pub fn unbundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        bytes = rest;
    }
    Some(leaves)
}

/// In which tile the root of a perfect subtree is found: level, tile, first entry, entries.
const fn tile_of(height: u8, index: u64) -> (u8, u64, u64, u64) {
    let within = height % 8;
    let first = index << within;
    (height / 8, first / 256, first % 256, 1 << within)
}

/// The tiles that a proof needs; answers every question with a hash that means nothing.
#[derive(Default)]
struct Wanted(BTreeSet<(u8, u64)>);

impl Nodes for Wanted {
    fn node(&mut self, height: u8, index: u64) -> Option<Hash> {
        let (level, tile, ..) = tile_of(height, index);
        self.0.insert((level, tile));
        Some([0; 32])
    }
}

/// What a document carries to prove that the log holds an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedProof {
    /// The proof; its extra data is the leaf.
    pub bundle: ProofBundle,
    /// The event's meta as it is stored: the leaf commits to it.
    pub meta: Vec<u8>,
    /// Whether as many witnesses have cosigned as this log asks for.
    pub witnessed: bool,
}

/// How many checkpoints behind the first that covers an event may be the one that is carried: more than witnesses are waited for.
const CHECKPOINTS_LOOKED_AT: usize = 32;

/// Tiles that were read.
struct Read(BTreeMap<(u8, u64), Vec<Hash>>);

impl Nodes for Read {
    fn node(&mut self, height: u8, index: u64) -> Option<Hash> {
        let (level, tile, first, count) = tile_of(height, index);
        let (first, count) = (usize::try_from(first).ok()?, usize::try_from(count).ok()?);
        let hashes = self.0.get(&(level, tile))?.get(first..first + count)?;
        Some(perfect_root(hashes))
    }
}

impl Ledger {
    async fn tiles_for(&self, wanted: Wanted) -> Result<Read, Fault> {
        let mut tiles = BTreeMap::new();
        for (level, index) in wanted.0 {
            if let Some(hashes) = self.inner.store.tile(level, index).await? {
                tiles.insert((level, index), hashes);
            }
        }
        Ok(Read(tiles))
    }

    /// That the event at this position is in the tree of this size, which begins with all trees of the past: the hashes from
    /// the leaf's sibling up to the child of the root. The proof is checked, against the event's own bytes, before it is handed
    /// out.
    ///
    /// # Errors
    /// [`ProofError`]; positions begin at 1.
    pub async fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
        self.reaches(size).await?;
        let index = position.checked_sub(1).filter(|index| *index < size);
        let index = index.ok_or(ProofError::OutOfRange { size })?;
        let mut wanted = Wanted::default();
        let planned = proof::inclusion(index, size, &mut wanted);
        let mut tiles = self.tiles_for(wanted).await?;
        let hashes = planned.and_then(|_| proof::inclusion(index, size, &mut tiles));
        let leaf = self.leaf_at(position).await?.1;
        let root = self.noticed(self.stored_tree(size).await)?.root();
        let holds = |hashes: &Vec<Hash>| proof::verify_inclusion(&leaf, index, size, hashes, &root).is_ok();
        let hashes = hashes.filter(holds);
        self.noticed(hashes.ok_or_else(|| Fault::corrupt(position, "the event is not the one in the tree")))
            .map_err(ProofError::Store)
    }

    /// That the tree of size `new` begins with the tree of size `old`. Checked before it is handed out.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
        self.reaches(new).await?;
        if old > new {
            return Err(ProofError::OutOfRange { size: new });
        }
        let mut wanted = Wanted::default();
        let planned = proof::consistency(old, new, &mut wanted);
        let mut tiles = self.tiles_for(wanted).await?;
        let hashes = planned.and_then(|_| proof::consistency(old, new, &mut tiles));
        let from = self.noticed(self.stored_tree(old).await)?.root();
        let to = self.noticed(self.stored_tree(new).await)?.root();
        let holds = |hashes: &Vec<Hash>| proof::verify_consistency(old, &from, new, &to, hashes).is_ok();
        let hashes = hashes.filter(holds);
        self.noticed(hashes.ok_or_else(|| Fault::corrupt(old, "the stored tree does not hold together")))
            .map_err(ProofError::Store)
    }

    /// Whether the stored tree has grown to this size.
    async fn reaches(&self, size: u64) -> Result<(), ProofError> {
        let stored = self.inner.store.tree_size().await?;
        if size > stored {
            return Err(ProofError::OutOfRange { size: stored });
        }
        Ok(())
    }

    /// The bytes of the event's leaf, and its hash, both from what is stored.
    async fn leaf_at(&self, position: u64) -> Result<(Vec<u8>, Hash), Fault> {
        let before = position.saturating_sub(1);
        let events = self.inner.store.after(before, 1).await?;
        let event = events.first().filter(|event| event.position == position);
        let event = self.noticed(event.ok_or_else(|| Fault::corrupt(position, "the event is missing")))?;
        let hash = self.noticed(event.checked_leaf())?;
        Ok((event.leaf().encode(), hash))
    }

    /// The first `width` hashes of a tile; `None` when the latest checkpoint does not reach that far.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn tile(&self, level: u8, index: u64, width: usize) -> Result<Option<Vec<Hash>>, Fault> {
        let kind = Kind::Hashes(level);
        if !self.publishes(TilePath { kind, index, width }).await? {
            return Ok(None);
        }
        let hashes = self.inner.store.tile(level, index).await?;
        let hashes = hashes.and_then(|hashes| hashes.get(..width).map(<[Hash]>::to_vec));
        let missing = || Fault::corrupt(0, format!("tile {index} of level {level} is missing or too short"));
        self.noticed(hashes.ok_or_else(missing)).map(Some)
    }

    /// The first `width` leaves of an entry bundle, as its bytes; `None` when the latest checkpoint does not reach that far.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn entries(&self, index: u64, width: usize) -> Result<Option<Vec<u8>>, Fault> {
        let kind = Kind::Entries;
        if !self.publishes(TilePath { kind, index, width }).await? {
            return Ok(None);
        }
        let before = index * 256;
        let events = self.inner.store.after(before, width).await?;
        let mut leaves = Vec::with_capacity(width);
        for (position, event) in (before + 1..).zip(&events) {
            if event.position != position {
                return self.noticed(Err(Fault::corrupt(position, "the event is missing")));
            }
            self.noticed(event.checked_leaf())?;
            leaves.push(event.leaf().encode());
        }
        let whole = (leaves.len() == width).then_some(leaves);
        let bytes = whole.and_then(|leaves| bundle(leaves.iter().map(Vec::as_slice)));
        self.noticed(bytes.ok_or_else(|| Fault::corrupt(before, "the last events are missing")))
            .map(Some)
    }

    async fn publishes(&self, path: TilePath) -> Result<bool, Fault> {
        let latest = self.latest_checkpoint().await?;
        let there = (1..=TILE_WIDTH).contains(&path.width);
        Ok(there && latest.is_some_and(|checkpoint| path.within(checkpoint.size)))
    }

    /// What a document about the event at this position carries for good: the proof under the first checkpoint that covers it and
    /// that enough witnesses have cosigned, or, while there is none, under the first that covers it. Doing this again gives the same as
    /// long as nobody has cosigned meanwhile.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] when no checkpoint covers the event yet.
    pub async fn proof_to_carry(&self, position: u64) -> Result<CarriedProof, ProofError> {
        let Witnessing { witnesses, quorum, .. } = &self.inner.settings.witnessing;
        let before = position.checked_sub(1).ok_or(ProofError::OutOfRange { size: 0 })?;
        let mut chosen: Option<(Checkpoint, bool)> = None;
        for kept in self
            .inner
            .store
            .checkpoints(Some(before), CHECKPOINTS_LOOKED_AT)
            .await?
        {
            let unreadable = |_| Fault::corrupt(kept.size, "the kept checkpoint cannot be read");
            let checkpoint = self.noticed(Checkpoint::parse(&kept.note).map_err(unreadable))?;
            let checkpoint = self.with_cosignatures(checkpoint).await?;
            let enough = checkpoint.cosignatures(witnesses).map_or(0, |signed| signed.len()) >= *quorum;
            if enough || chosen.is_none() {
                chosen = Some((checkpoint, enough));
            }
            if enough {
                break;
            }
        }
        let Some((checkpoint, witnessed)) = chosen else {
            let size = self.latest_checkpoint().await?.map_or(0, |latest| latest.size);
            return Err(ProofError::OutOfRange { size });
        };
        let bundle = self.bundle_under(position, checkpoint).await?;
        let events = self.inner.store.after(before, 1).await?;
        let event = events.first().filter(|event| event.position == position);
        let event = self.noticed(event.ok_or_else(|| Fault::corrupt(position, "the event is missing")))?;
        Ok(CarriedProof {
            bundle,
            meta: event.meta.clone(),
            witnessed,
        })
    }

    /// The proof, to be checked without asking anybody, that the event at this position is in the published tree. Its extra
    /// data is the leaf.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] when no checkpoint covers the event yet; ask again a second later.
    pub async fn proof_bundle(&self, position: u64) -> Result<ProofBundle, ProofError> {
        let covers = |checkpoint: &Checkpoint| position <= checkpoint.size;
        let mut checkpoint = self.published_checkpoint().await?.filter(covers);
        if checkpoint.is_none() {
            checkpoint = self.latest_checkpoint().await?;
        }
        let checkpoint = checkpoint.ok_or(ProofError::OutOfRange { size: 0 })?;
        self.bundle_under(position, checkpoint).await
    }

    async fn bundle_under(&self, position: u64, checkpoint: Checkpoint) -> Result<ProofBundle, ProofError> {
        let size = checkpoint.size;
        let index = position.checked_sub(1).filter(|index| *index < size);
        let index = index.ok_or(ProofError::OutOfRange { size })?;
        let hashes = self.inclusion_proof(position, size).await?;
        let (leaf, hash) = self.leaf_at(position).await?;
        let holds = proof::verify_inclusion(&hash, index, size, &hashes, &checkpoint.root);
        self.noticed(holds.map_err(|_| Fault::corrupt(position, "the tree is not the one that was signed")))?;
        Ok(ProofBundle {
            extra: Some(leaf),
            index,
            hashes,
            checkpoint,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;
    use crate::leaf::leaf_hash;
    use crate::tree::Tree;

    /// A tree with all its tiles, its leaves numbered.
    pub(crate) struct Published {
        tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    }

    impl Published {
        pub(crate) fn of(size: u64) -> Self {
            let mut tiles = BTreeMap::new();
            let mut tree = Tree::default();
            for number in 0..size {
                let leaf = leaf_hash(&number.to_be_bytes());
                tree.push(leaf, |tile| drop(tiles.insert((tile.level, tile.index), tile.hashes)));
            }
            for tile in tree.partial_tiles() {
                tiles.insert((tile.level, tile.index), tile.hashes);
            }
            Self { tiles }
        }

        /// One of 66,000 leaves, made once.
        pub(crate) fn large() -> &'static Self {
            static LARGE: OnceLock<Published> = OnceLock::new();
            LARGE.get_or_init(|| Self::of(66_000))
        }

        pub(crate) fn node(&self, height: u8, index: u64) -> Option<Hash> {
            let (level, tile, first, count) = tile_of(height, index);
            let hashes = self.tiles.get(&(level, tile))?;
            hashes.get(first as usize..(first + count) as usize).map(perfect_root)
        }

        pub(crate) fn leaf(&self, index: u64) -> Hash {
            leaf_hash(&index.to_be_bytes())
        }

        pub(crate) fn root(&self, size: u64) -> Hash {
            let tile = |level, index| self.tiles.get(&(level, index)).cloned();
            Tree::from_edge(size, tile).unwrap().root()
        }
    }

    fn path(kind: Kind, index: u64, width: usize) -> TilePath {
        TilePath { kind, index, width }
    }

    // The paths of a log of 70,000 entries are those that the specification counts.
    #[test]
    fn the_paths_of_a_log_are_those_of_the_specification() {
        let paths = TilePath::all(70_000);
        let count = |kind, whole| {
            let of_kind = paths.iter().filter(|path| path.kind == kind);
            of_kind.filter(|path| (path.width == TILE_WIDTH) == whole).count()
        };
        assert_eq!((count(Kind::Hashes(0), true), count(Kind::Hashes(0), false)), (273, 1));
        assert_eq!((count(Kind::Hashes(1), true), count(Kind::Hashes(1), false)), (1, 1));
        assert_eq!((count(Kind::Hashes(2), true), count(Kind::Hashes(2), false)), (0, 1));
        assert_eq!((count(Kind::Entries, true), count(Kind::Entries, false)), (273, 1));
        assert!(paths.iter().all(|path| path.within(70_000)));
        let golden: String = [1, 255, 256, 257, 600, 65_536]
            .into_iter()
            .flat_map(|size| {
                let paths = TilePath::all(size)
                    .into_iter()
                    .filter(|path| path.index == 0 || path.width < 256);
                std::iter::once(format!("{size}\n")).chain(paths.map(|path| format!("  {path}\n")))
            })
            .chain([
                format!("{}\n", path(Kind::Hashes(0), 1_234_067, 256)),
                format!("{}\n", path(Kind::Entries, 1_234_067, 12)),
                format!("{}\n", path(Kind::Hashes(63), u64::MAX, 256)),
            ])
            .collect();
        assert_eq!(golden, include_str!("../tests/golden/tile_paths.txt"));
    }

    #[test]
    fn a_path_has_one_spelling() {
        for bad in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/00/001",
            "tile/64/001",
            "tile/-1/001",
            "tile/+0/001",
            "tile/0/+01",
            "tile/0/001/",
            "tile/0//001",
            "/tile/0/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/0/x001/x002",
            "tile/0/X001/002",
            "tile/0/001.p",
            "tile/0/001.p/",
            "tile/0/001.p/0",
            "tile/0/001.p/00",
            "tile/0/001.p/01",
            "tile/0/001.p/256",
            "tile/0/001.p/257",
            "tile/0/001.p/1/",
            "tile/0/001.p/1.p/1",
            "tile/0/../001",
            "tile/0/%2e%2e/001",
            "tile/0/..%2f001",
            "tile/0/001\0",
            "tile/0/\u{660}\u{660}\u{661}",
            "tile/entries",
            "tile/entries/",
            "tile/Entries/001",
            "tile/data/001",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
            " tile/0/001",
            "tile/0/001 ",
        ] {
            assert_eq!(bad.parse::<TilePath>(), Err(TilePathError), "{bad:?}");
        }
        for good in ["tile/0/000", "tile/63/x001/234.p/255", "tile/entries/x001/x234/067.p/1"] {
            assert_eq!(good.parse::<TilePath>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn a_tile_is_published_when_the_tree_has_it() {
        let within = |path: &str, size| path.parse::<TilePath>().unwrap().within(size);
        assert!(within("tile/0/000.p/255", 255) && !within("tile/0/000.p/255", 254));
        assert!(within("tile/0/000", 256) && !within("tile/0/000", 255));
        assert!(within("tile/entries/001.p/1", 257) && !within("tile/entries/001.p/1", 256));
        assert!(within("tile/1/000.p/1", 256) && !within("tile/1/000.p/1", 255));
        assert!(within("tile/1/000", 65_536) && !within("tile/1/000", 65_535));
        assert!(!within("tile/0/000.p/1", 0) && !within("tile/63/000.p/1", u64::MAX));
        assert!(!path(Kind::Hashes(0), u64::MAX, 256).within(u64::MAX));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]
        #[test]
        fn paths_are_read_as_written_and_as_others_write_them(
            level in 0_u8..=63, index in 0_u64..=u64::MAX >> 8, width in 1_usize..=256, entries: bool,
        ) {
            let kind = if entries { Kind::Entries } else { Kind::Hashes(level) };
            let ours = path(kind, index, width);
            prop_assert_eq!(ours.to_string().parse::<TilePath>(), Ok(ours));
            let theirs = tlog_tiles::Tile::new(8, if entries { 0 } else { level }, index, width as u32, entries).path();
            // The checksum database's tiles have their height in the path, and its data is called so.
            let theirs = theirs.replacen("tile/8/", "tile/", 1).replacen("tile/data/", "tile/entries/", 1);
            prop_assert_eq!(ours.to_string(), theirs);
        }

        #[test]
        fn reading_a_path_never_panics(text in "(tile/)?[0-9x/.p]{0,40}", any in any::<String>()) {
            for text in [text, any] {
                if let Ok(read) = text.parse::<TilePath>() {
                    prop_assert_eq!(read.to_string(), text);
                }
            }
        }

        #[test]
        fn a_bundle_comes_back(leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let bytes = bundle(leaves.iter().map(Vec::as_slice)).unwrap();
            prop_assert_eq!(unbundle(&bytes), Some(leaves.iter().map(Vec::as_slice).collect()));
            if let Some(cut) = bytes.split_last().map(|(_, cut)| cut) {
                prop_assert_ne!(unbundle(cut).map(|read| read.len()), Some(leaves.len()));
            }
        }
    }

    #[test]
    fn a_leaf_longer_than_its_length_can_say_is_no_bundle() {
        assert!(bundle([vec![0; 65_535].as_slice()]).is_some());
        assert_eq!(bundle([vec![0; 65_536].as_slice()]), None);
    }
}
