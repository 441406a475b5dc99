//! Proofs, made: the hashes come from the tiles (`tiles.rs`). How they are checked is in [`proofs`]; everything here is pure.

use crate::fault::Fault;
use crate::tree::{Hash, node_hash};

pub use proofs::bundle::{
    BUNDLE_BYTES_MAX, PROOF_HASHES_MAX, ProofBundle, ProofInvalid, decimal, hash_line, verify_consistency,
    verify_inclusion,
};

/// No proof was made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProofError {
    /// There is no such event, or no tree of that size yet: the tree grows when a checkpoint is made.
    #[error("the tree of size {size} does not reach that far")]
    OutOfRange {
        /// How many leaves the asked tree would have, or the tree has.
        size: u64,
    },
    /// The store failed, or is not what was signed.
    #[error("the tree could not be read")]
    Store(#[source] Fault),
}

impl From<Fault> for ProofError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// The root of a perfect subtree: of 2^height leaves, the `index`-th of its height.
pub(crate) trait Nodes {
    fn node(&mut self, height: u8, index: u64) -> Option<Hash>;
}

impl<F: FnMut(u8, u64) -> Option<Hash>> Nodes for F {
    fn node(&mut self, height: u8, index: u64) -> Option<Hash> {
        self(height, index)
    }
}

/// The largest power of two below `count`; `count` is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root over the leaves from `from` up to, not including, `to`. `from` is a multiple of every power of two up to the
/// length, as it is wherever RFC 6962 splits a tree.
fn root_over(from: u64, to: u64, nodes: &mut impl Nodes) -> Option<Hash> {
    let count = to - from;
    if count.is_power_of_two() {
        let height = count.ilog2();
        return nodes.node(u8::try_from(height).ok()?, from >> height);
    }
    let middle = from + split(count);
    let left = root_over(from, middle, nodes)?;
    Some(node_hash(&left, &root_over(middle, to, nodes)?))
}

/// PATH of RFC 6962, section 2.1.1; `index` is below `size`. `None` when a node is missing.
pub(crate) fn inclusion(index: u64, size: u64, nodes: &mut impl Nodes) -> Option<Vec<Hash>> {
    let (mut from, mut to) = (0, size);
    let mut hashes = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            hashes.push(root_over(middle, to, nodes)?);
            to = middle;
        } else {
            hashes.push(root_over(from, middle, nodes)?);
            from = middle;
        }
    }
    hashes.reverse();
    Some(hashes)
}

/// PROOF of RFC 6962, section 2.1.2; `old` is not above `new`. `None` when a node is missing.
pub(crate) fn consistency(old: u64, new: u64, nodes: &mut impl Nodes) -> Option<Vec<Hash>> {
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut from, mut to) = (0, new);
    let mut hashes = Vec::new();
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            hashes.push(root_over(middle, to, nodes)?);
            to = middle;
        } else {
            hashes.push(root_over(from, middle, nodes)?);
            from = middle;
        }
    }
    // The part of the old tree that remains; when it is the whole old tree, the verifier has its root.
    if from != 0 {
        hashes.push(root_over(from, to, nodes)?);
    }
    hashes.reverse();
    Some(hashes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::{HashReader, tlog};

    use super::*;
    use crate::note::NoteError;
    use crate::tiles::tests::Published;

    const BUNDLE: &str = "c2sp.org/tlog-proof@v1";

    /// The sizes at which a level begins or ends, and their neighbours.
    const EDGES: &[u64] = &[
        0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537,
    ];

    /// The second opinion reads our tree by its own numbering of nodes.
    struct Theirs<'p>(&'p Published);

    impl HashReader for Theirs<'_> {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
            let read = |index: &u64| {
                let (height, place) = tlog::split_stored_hash_index(*index);
                tlog::Hash(self.0.node(height, place).unwrap())
            };
            Ok(indexes.iter().map(read).collect())
        }
    }

    fn theirs(hashes: Vec<tlog::Hash>) -> Vec<Hash> {
        hashes.into_iter().map(|hash| hash.0).collect()
    }

    fn inclusion_holds(tree: &Published, index: u64, size: u64) {
        let proof = inclusion(index, size, &mut |h, i| tree.node(h, i)).unwrap();
        let (leaf, root) = (tree.leaf(index), tree.root(size));
        verify_inclusion(&leaf, index, size, &proof, &root).unwrap();
        let other = tlog::prove_record(size, index, &Theirs(tree)).unwrap();
        tlog::check_record(&other, size, tlog::Hash(root), index, tlog::Hash(leaf)).unwrap();
        assert_eq!(proof, theirs(other), "index {index} of {size}");

        // Each thing it speaks of, exchanged.
        let refused = |leaf: &Hash, index, size, proof: &[Hash], root: &Hash| {
            assert_eq!(verify_inclusion(leaf, index, size, proof, root), Err(ProofInvalid));
        };
        refused(&[7; 32], index, size, &proof, &root);
        refused(&leaf, index, size, &proof, &[7; 32]);
        refused(&leaf, size, size, &proof, &root);
        let longer = [proof.as_slice(), &[[7; 32]]].concat();
        refused(&leaf, index, size, &longer, &root);
        if let Some((_, shorter)) = proof.split_last() {
            refused(&leaf, index, size, shorter, &root);
            refused(&leaf, (index + 1) % size, size, &proof, &root);
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place][31] ^= 1;
                refused(&leaf, index, size, &changed, &root);
            }
        }
    }

    fn consistency_holds(tree: &Published, old: u64, new: u64) {
        let proof = consistency(old, new, &mut |h, i| tree.node(h, i)).unwrap();
        let (from, to) = (tree.root(old), tree.root(new));
        verify_consistency(old, &from, new, &to, &proof).unwrap();
        if old > 0 {
            let other = tlog::prove_tree(new, old, &Theirs(tree)).unwrap();
            tlog::check_tree(&other, new, tlog::Hash(to), old, tlog::Hash(from)).unwrap();
            assert_eq!(proof, theirs(other), "{old} to {new}");
        }
        let refused = |old, from: &Hash, new, to: &Hash, proof: &[Hash]| {
            assert_eq!(verify_consistency(old, from, new, to, proof), Err(ProofInvalid));
        };
        let longer = [proof.as_slice(), &[[7; 32]]].concat();
        refused(old, &from, new, &to, &longer);
        if old > 0 {
            refused(old, &[7; 32], new, &to, &proof);
            refused(old, &from, new, &[7; 32], &proof);
        }
        if old < new {
            refused(new, &to, old, &from, &proof);
        }
        for place in 0..proof.len() {
            let mut changed = proof.clone();
            changed[place][0] ^= 1;
            refused(old, &from, new, &to, &changed);
        }
        if let Some((_, shorter)) = proof.split_last() {
            refused(old, &from, new, &to, shorter);
        }
    }

    #[test]
    fn every_small_tree_is_proven_whole() {
        let tree = Published::of(70);
        for size in 1..=70 {
            for index in 0..size {
                inclusion_holds(&tree, index, size);
            }
            for old in 0..=size {
                consistency_holds(&tree, old, size);
            }
        }
    }

    #[test]
    fn proofs_hold_where_tiles_begin_and_end() {
        let tree = Published::large();
        for &size in EDGES {
            for &other in EDGES.iter().filter(|other| **other <= size) {
                consistency_holds(tree, other, size);
                if other < size {
                    inclusion_holds(tree, other, size);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
        #[test]
        fn proofs_hold_anywhere(size in 1_u64..=66_000, other in any::<u64>()) {
            inclusion_holds(Published::large(), other % size, size);
            consistency_holds(Published::large(), other % (size + 1), size);
        }

        #[test]
        fn made_up_proofs_are_refused_and_nothing_panics(
            index in any::<u64>(), size in any::<u64>(),
            proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70), root in any::<[u8; 32]>(),
        ) {
            prop_assert_eq!(verify_inclusion(&[1; 32], index, size, &proof, &root), Err(ProofInvalid));
            let made_up = verify_consistency(index, &[1; 32], size, &root, &proof);
            prop_assert!(made_up.is_err() || index == 0 && proof.is_empty());
        }

        #[test]
        fn reading_a_bundle_never_panics(text in any::<String>()) {
            let _ = ProofBundle::parse(&text);
            let _ = ProofBundle::parse(&format!("{BUNDLE}\n{text}"));
        }
    }

    #[test]
    fn what_is_no_bundle_is_refused() {
        let note =
            "example.com/log\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} example.com/log AAAAAAA=\n";
        let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let good = format!("{BUNDLE}\nextra AQ==\nindex 8\n{hash}\n\n{note}");
        let bundle = ProofBundle::parse(&good).unwrap();
        assert_eq!(
            (bundle.index, bundle.extra.as_deref(), bundle.hashes.len()),
            (8, Some(&[1][..]), 1)
        );
        assert_eq!(bundle.to_string(), good);
        let without = good.replace("extra AQ==\n", "");
        assert_eq!(ProofBundle::parse(&without).unwrap().to_string(), without);
        let many = |count: usize| {
            good.replace(
                &format!("{hash}\n\n"),
                &format!("{}\n", format!("{hash}\n").repeat(count)),
            )
        };
        assert!(ProofBundle::parse(&many(PROOF_HASHES_MAX)).is_ok());
        for bad in [
            good.replace("@v1", "@v2"),
            good.replace("index 8", "index 08"),
            good.replace("index 8", "index +8"),
            good.replace("index 8\n", ""),
            good.replace("extra AQ==", "extra AQ"),
            good.replace("index 8", "index 18446744073709551616"),
            good.replace(&format!("\n{hash}\n\n"), &format!("\n{}\n\n", &hash[4..])),
            good.replace("\n9\n", "\n09\n"),
            many(PROOF_HASHES_MAX + 1),
        ] {
            assert_eq!(ProofBundle::parse(&bad), Err(NoteError::Form), "{bad}");
        }
    }
}
