//! Proofs over the hash tree: that an event is in it, that a later tree extends an earlier one. RFC 6962, sections 2.1.1 and
//! 2.1.2, checked as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says; and the bundle that carries one away (C2SP tlog-proof).

use std::fmt::Write as _;

use data_encoding::BASE64;

use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, node_hash};
use crate::leaf::leaf_hash;
use crate::note::{NoteError, Signed, VerifierKey};

/// The first line of a proof bundle.
const BUNDLE: &str = "c2sp.org/tlog-proof@v1";
/// Hashes of a proof, at most: the height of a tree of 2^63 leaves.
pub const PROOF_HASHES_MAX: usize = 63;
/// Bytes of a proof bundle, at most.
pub const BUNDLE_BYTES_MAX: usize = 256 * 1024;

/// The proof does not show what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct ProofInvalid;

/// Checks that the leaf stands at `index` (from 0) of the tree of `size` leaves with this root.
///
/// # Errors
/// [`ProofInvalid`].
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofInvalid> {
    if index >= size {
        return Err(ProofInvalid);
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofInvalid);
        }
        if place % 2 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place % 2 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root {
        Ok(())
    } else {
        Err(ProofInvalid)
    }
}

/// Checks that the tree of `new` leaves begins with the tree of `old` leaves. The empty tree is the beginning of every tree and
/// needs an empty proof; of it, `old_root` is not looked at.
///
/// # Errors
/// [`ProofInvalid`].
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofInvalid> {
    let holds = |holds: bool| if holds { Ok(()) } else { Err(ProofInvalid) };
    if old > new {
        return Err(ProofInvalid);
    }
    if old == new {
        return holds(proof.is_empty() && (old == 0 || old_root == new_root));
    }
    if old == 0 {
        return holds(proof.is_empty());
    }
    let (mut place, mut last) = (old - 1, new - 1);
    while place % 2 == 1 {
        place >>= 1;
        last >>= 1;
    }
    // Where the old tree is one perfect subtree of the new one, its root is the first hash and is not sent.
    let (first, rest) = if old.is_power_of_two() {
        (*old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofInvalid)?;
        (*first, rest)
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofInvalid);
        }
        if place % 2 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while place % 2 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    holds(last == 0 && old_hash == *old_root && new_hash == *new_root)
}

/// A proof that can be checked without asking anybody (C2SP tlog-proof): the entry's place, the path to the root, and the signed
/// checkpoint with that root. Ours carry the entry itself as extra data; whoever does not believe it, and nobody should before
/// the proof holds, makes the entry's hash from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofBundle {
    /// What the application adds: the bytes of the leaf.
    pub extra: Option<Vec<u8>>,
    /// From 0: one less than the position.
    pub index: u64,
    /// From the leaf's sibling up to the child of the root.
    pub hashes: Vec<Hash>,
    /// The tree that it is a proof for.
    pub checkpoint: Checkpoint,
}

impl std::fmt::Display for ProofBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{BUNDLE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", BASE64.encode(hash))?;
        }
        f.write_char('\n')?;
        f.write_str(&self.checkpoint.note)
    }
}

/// A decimal number without a sign and without leading zeroes.
pub fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A hash in base64.
pub fn hash_line(line: &str) -> Option<Hash> {
    BASE64.decode(line.as_bytes()).ok()?.try_into().ok()
}

impl ProofBundle {
    /// Reads a bundle without judging it.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        Self::read(text).ok_or(NoteError::Form)
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > BUNDLE_BYTES_MAX {
            return None;
        }
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        if lines.next()? != BUNDLE {
            return None;
        }
        let mut extra = None;
        if let Some(encoded) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            extra = Some(BASE64.decode(encoded.as_bytes()).ok()?);
            lines.next();
        }
        let index = decimal(lines.next()?.strip_prefix("index ")?)?;
        let hashes: Vec<Hash> = lines.map(hash_line).collect::<Option<_>>()?;
        if hashes.len() > PROOF_HASHES_MAX {
            return None;
        }
        let checkpoint = Checkpoint::parse(note).ok()?;
        Some(Self {
            extra,
            index,
            hashes,
            checkpoint,
        })
    }

    /// Checks that this log has signed the checkpoint and that the leaf of this hash is in its tree at [`ProofBundle::index`].
    /// Answers with every signature of the given keys that the checkpoint carries, cosignatures of witnesses among them; how
    /// many of those are enough is the caller's policy.
    ///
    /// # Errors
    /// [`NoteError::Signature`] when the log did not sign or the path does not lead to the signed root.
    pub fn verify<'k>(
        &self,
        leaf: &Hash,
        log: &VerifierKey,
        witnesses: &'k [VerifierKey],
    ) -> Result<Vec<Signed<'k>>, NoteError> {
        self.checkpoint.verify_log(log)?;
        let signed = self.checkpoint.cosignatures(witnesses)?;
        let Checkpoint { size, root, .. } = &self.checkpoint;
        verify_inclusion(leaf, self.index, *size, &self.hashes, root).map_err(|_| NoteError::Signature)?;
        Ok(signed)
    }

    /// The leaf hash that the extra data gives, if there is any.
    pub fn leaf_of_extra(&self) -> Option<Hash> {
        self.extra.as_deref().map(leaf_hash)
    }
}
