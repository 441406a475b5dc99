//! The hash tree of RFC 6962, kept in tiles of 256 hashes as C2SP tlog-tiles lays them out.
//!
//! [`Tree`] is the right edge: the unfinished tile of every level. That is all that is needed to take another leaf and to
//! know the root, at most 256 hashes a level whatever the size of the log.

pub use proofs::hash::{Hash, node_hash};
use sha2::{Digest, Sha256};

/// Entries in a full tile.
pub const TILE_WIDTH: usize = 256;

/// A piece of the tree: `hashes[i]` is the root of the subtree of 256^level leaves that begins at leaf
/// `(index * 256 + i) * 256^level`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// 0 holds leaf hashes.
    pub level: u8,
    /// Place within the level, from 0.
    pub index: u64,
    /// 1 to 256 of them.
    pub hashes: Vec<Hash>,
}

/// The tree's right edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The unfinished tile of each level, lowest first; fewer than 256 entries each.
    edge: Vec<Vec<Hash>>,
}

impl Tree {
    /// How many leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next leaf. Tiles that become full are handed to `full`, lowest level first.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(Tile)) {
        self.size += 1;
        let mut hash = leaf;
        let mut done = self.size;
        for level in 0_u8.. {
            let at = usize::from(level);
            if self.edge.len() <= at {
                self.edge.push(Vec::new());
            }
            let Some(entries) = self.edge.get_mut(at) else { return };
            entries.push(hash);
            if entries.len() < TILE_WIDTH {
                return;
            }
            let hashes = std::mem::take(entries);
            hash = perfect_root(&hashes);
            done /= 256;
            full(Tile {
                level,
                index: done.saturating_sub(1),
                hashes,
            });
        }
    }

    /// The unfinished tiles, lowest level first.
    pub fn partial_tiles(&self) -> Vec<Tile> {
        let mut tiles = Vec::new();
        let mut entries_in_level = self.size;
        for (level, hashes) in (0_u8..).zip(&self.edge) {
            if !hashes.is_empty() {
                tiles.push(Tile {
                    level,
                    index: entries_in_level / 256,
                    hashes: hashes.clone(),
                });
            }
            entries_in_level /= 256;
        }
        tiles
    }

    /// The root hash (RFC 6962, section 2.1). The empty tree's is SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for entries in &self.edge {
            let mut rest = entries.as_slice();
            // The entries fall into perfect subtrees, the largest first; the root joins them from the smallest, at the right.
            let mut peaks = Vec::new();
            while !rest.is_empty() {
                let width = 1_usize << rest.len().ilog2();
                let (peak, smaller) = rest.split_at(width);
                peaks.push(perfect_root(peak));
                rest = smaller;
            }
            for peak in peaks.iter().rev() {
                right = Some(right.map_or(*peak, |right| node_hash(peak, &right)));
            }
        }
        right.unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The tiles whose beginnings make the right edge of the tree of this size: (level, index, width).
    pub fn edge_of(size: u64) -> Vec<(u8, u64, usize)> {
        let mut wanted = Vec::new();
        let mut entries = size;
        for level in 0_u8.. {
            if entries == 0 {
                break;
            }
            let width = usize::try_from(entries % 256).unwrap_or(0);
            wanted.push((level, entries / 256, width));
            entries /= 256;
        }
        wanted
    }

    /// The tree of this size from the tiles of [`Tree::edge_of`]; `tile` is asked for those of width above 0 and may answer
    /// with a longer one. `None` when one is missing or too short.
    pub fn from_edge(size: u64, mut tile: impl FnMut(u8, u64) -> Option<Vec<Hash>>) -> Option<Self> {
        let mut edge = Vec::new();
        for (level, index, width) in Self::edge_of(size) {
            let hashes = if width == 0 {
                Vec::new()
            } else {
                tile(level, index)?.get(..width)?.to_vec()
            };
            edge.push(hashes);
        }
        Some(Self { size, edge })
    }
}

/// The root over a power of two of hashes.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node_hash(left, right),
                [single] => *single,
                _ => [0; 32],
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn leaf(number: u64) -> Hash {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(number.to_be_bytes());
        hash.finalize().into()
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition() {
        let leaves: Vec<Hash> = (0..600).map(leaf).collect();
        let mut tree = Tree::default();
        assert_eq!(tree.root(), mth(&[]));
        for (count, hash) in leaves.iter().enumerate() {
            tree.push(*hash, |_| ());
            assert_eq!(tree.root(), mth(&leaves[..=count]), "size {}", count + 1);
        }
    }

    #[test]
    fn every_size_comes_back_from_the_tiles() {
        let size = 65_536 + 256 * 3 + 5;
        let mut tiles: HashMap<(u8, u64), Vec<Hash>> = HashMap::new();
        let mut tree = Tree::default();
        let mut roots = HashMap::new();
        for number in 0..size {
            tree.push(leaf(number), |tile| {
                tiles.insert((tile.level, tile.index), tile.hashes);
            });
            if number % 1_000 == 0 || number > 65_000 {
                roots.insert(number + 1, tree.clone());
            }
        }
        for tile in tree.partial_tiles() {
            tiles.insert((tile.level, tile.index), tile.hashes);
        }
        for (size, expected) in roots {
            let found = Tree::from_edge(size, |level, index| tiles.get(&(level, index)).cloned()).unwrap();
            assert_eq!(found.root(), expected.root(), "size {size}");
            let mut grown = found;
            let mut other = expected;
            grown.push(leaf(1), |_| ());
            other.push(leaf(1), |_| ());
            assert_eq!(grown.root(), other.root());
        }
        assert_eq!(Tree::from_edge(9, |_, _| None), None);
    }

    // RFC 6962 has no vectors; these are those of Certificate Transparency's reference code (also in Go's sumdb tests).
    #[test]
    fn the_published_vectors_hold() {
        let inputs: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
            ],
        ];
        let mut tree = Tree::default();
        for input in inputs {
            let mut hash = Sha256::new();
            hash.update([0]);
            hash.update(input);
            tree.push(hash.finalize().into(), |_| ());
        }
        assert_eq!(
            data_encoding::HEXLOWER.encode(&tree.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }
}
