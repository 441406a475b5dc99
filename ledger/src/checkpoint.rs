//! Checkpoints ([`proofs::Checkpoint`]) of this log, made and kept.
//!
//! A checkpoint is kept in the database and the latest one in a file outside it. The order of [`Ledger::checkpoint`] is: tiles
//! durable, then signed, then kept in the database, then in the file, then handed out. A crash between any two of these leaves
//! a checkpoint that is older than the log and fits it; the next call goes on from there. Before each signature the tree is
//! compared with both kept checkpoints, so that a database which was rolled back or exchanged is never signed over.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use keys::{SignError, Signer};
pub(crate) use proofs::Checkpoint;
use proofs::SignCheckpointError;

use crate::fault::Fault;
use crate::ledger::{Health, Ledger};
use crate::store::StoredCheckpoint;
use crate::tree::{Hash, Tile, Tree};

/// Events read at a time while the tree grows.
const PAGE: usize = 1024;
/// Leaves in a full tile of the lowest level.
const TILE: u64 = 256;

/// No checkpoint was made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CheckpointError {
    /// Only an Ed25519 key of purpose `checkpoint` signs tree heads.
    #[error("the key is not an Ed25519 key for checkpoints")]
    WrongKey,
    /// The origin cannot stand in a note: empty, or with white space or `+`.
    #[error("the log's origin cannot name a key")]
    Origin,
    /// The log does not extend a checkpoint that was signed before. Nothing is signed; an audit must tell why.
    #[error("the log does not extend its checkpoint of size {size}")]
    Diverged {
        /// Size of the checkpoint that does not fit.
        size: u64,
    },
    /// The key did not sign.
    #[error("the checkpoint could not be signed")]
    Sign(#[source] SignError),
    /// The store failed.
    #[error("the log could not be read or the checkpoint not be kept")]
    Store(#[source] Fault),
}

impl From<SignCheckpointError> for CheckpointError {
    fn from(error: SignCheckpointError) -> Self {
        match error {
            SignCheckpointError::WrongKey => Self::WrongKey,
            SignCheckpointError::Origin => Self::Origin,
            SignCheckpointError::Sign(error) => Self::Sign(error),
        }
    }
}

impl From<Fault> for CheckpointError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// What is kept outside the database, if anything.
pub(crate) fn read_file(path: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(path) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::store("read the checkpoint file", error)),
    }
}

/// Replaces the file, unless it holds a later checkpoint already. After a crash it holds the old note or the new one, never a
/// part: the new content is on the disk before the name points to it, and the name is on the disk before this returns. Two
/// processes may still cross here and leave the older of two notes that both fit; the next checkpoint mends that.
fn write_file(path: &Path, checkpoint: &Checkpoint, chance: [u8; 8]) -> std::io::Result<()> {
    let held = std::fs::read_to_string(path)
        .ok()
        .and_then(|note| Checkpoint::parse(&note).ok());
    if held.is_some_and(|held| held.size > checkpoint.size) {
        return Ok(());
    }
    replace_file(path, checkpoint.note.as_bytes(), chance)
}

/// Replaces a file whole or not at all, durably.
pub(crate) fn replace_file(path: &Path, content: &[u8], chance: [u8; 8]) -> std::io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    // A name of its own: other processes, and other ledgers of this one, may be writing as well.
    temporary.push(format!(".tmp-{}", HEXLOWER.encode(&chance)));
    let temporary = PathBuf::from(temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let named = written.and_then(|()| std::fs::rename(&temporary, path));
    if named.is_err() {
        // Nothing depends on it; it would only lie about.
        drop(std::fs::remove_file(&temporary));
    }
    named?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

impl Ledger {
    /// Brings the tree up to the head, signs it, keeps the checkpoint in the database and in the file outside it, and hands it
    /// out. When nothing was appended since the last one, that one is the answer.
    ///
    /// # Errors
    /// See [`CheckpointError`]. After [`CheckpointError::Diverged`] the ledger takes no more writes (see [`Ledger::health`]).
    pub async fn checkpoint(&self, signer: &dyn Signer) -> Result<Checkpoint, CheckpointError> {
        let _alone = self.inner.signing.lock().await;
        if let Health::Suspect { position, what } = self.health() {
            return Err(Fault::Corrupt { position, what }.into());
        }
        let known = self.noticed(self.known_checkpoints().await)?;
        let targets: Vec<u64> = known.iter().map(|checkpoint| checkpoint.size).collect();
        let (tree, roots) = self.noticed(self.grow(true, &targets).await)?;
        for checkpoint in &known {
            if roots.get(&checkpoint.size) != Some(&checkpoint.root) {
                let what = format!("the log does not extend its checkpoint of size {}", checkpoint.size);
                self.suspect(checkpoint.size.min(tree.size()), what);
                return Err(CheckpointError::Diverged { size: checkpoint.size });
            }
        }
        let same = known.iter().find(|checkpoint| checkpoint.size == tree.size());
        let checkpoint = match same {
            Some(kept) => kept.clone(),
            // Made by another process, which crashed before it could keep it anywhere? Then nobody has seen it.
            None => Checkpoint::sign(&self.inner.settings.log_origin, tree.size(), tree.root(), signer)?,
        };
        let kept = self.inner.store.save_checkpoint(StoredCheckpoint {
            size: checkpoint.size,
            root: checkpoint.root.to_vec(),
            note: checkpoint.note.clone(),
            at: self.inner.clock.now(),
        });
        // Another process may have kept a later one meanwhile; that one is as good.
        let kept = kept.await?;
        let checkpoint = Checkpoint::parse(&kept.note)
            .map_err(|_| Fault::corrupt(kept.size, "the kept checkpoint cannot be read"))?;
        let cosigned = self.with_cosignatures(checkpoint.clone()).await?;
        self.keep_outside(cosigned).await?;
        Ok(checkpoint)
    }

    /// Writes the checkpoint into the file outside the database, if there is to be one.
    pub(crate) async fn keep_outside(&self, checkpoint: Checkpoint) -> Result<(), Fault> {
        let Some(path) = self.inner.settings.checkpoint_file.clone() else {
            return Ok(());
        };
        let mut chance = [0; 8];
        self.inner.entropy.fill(&mut chance);
        tokio::task::spawn_blocking(move || write_file(&path, &checkpoint, chance))
            .await
            .map_err(|_| Fault::Stopped)?
            .map_err(|error| Fault::store("write the checkpoint file", error))
    }

    /// The latest checkpoint in the database.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        let kept = self.inner.store.latest_checkpoint().await?;
        kept.map(|kept| {
            Checkpoint::parse(&kept.note).map_err(|_| Fault::corrupt(kept.size, "the kept checkpoint cannot be read"))
        })
        .transpose()
    }

    /// The checkpoints that the log must extend: the database's latest and the file's.
    pub(crate) async fn known_checkpoints(&self) -> Result<Vec<Checkpoint>, Fault> {
        let mut known = Vec::new();
        if let Some(kept) = self.inner.store.latest_checkpoint().await? {
            let parsed = Checkpoint::parse(&kept.note)
                .ok()
                .filter(|parsed| parsed.size == kept.size && parsed.root.as_slice() == kept.root.as_slice())
                .ok_or_else(|| Fault::corrupt(kept.size, "the kept checkpoint does not say what its row says"))?;
            known.push(parsed);
        }
        if let Some(path) = &self.inner.settings.checkpoint_file
            && let Some(note) = read_file(path)?
        {
            let outside = Checkpoint::parse(&note)
                .map_err(|_| Fault::corrupt(0, "the checkpoint file cannot be read as a checkpoint"))?;
            known.push(outside);
        }
        Ok(known)
    }

    /// The stored tree, grown to the head from the stored events, and its roots at the wanted sizes as far as it reaches
    /// them. Each new leaf is computed from the stored bytes, and so is the last tile once more: only what can be read is ever
    /// signed, and events that were exchanged behind the tree's back are met here.
    pub(crate) async fn grow(&self, keep: bool, wanted: &[u64]) -> Result<(Tree, BTreeMap<u64, Hash>), Fault> {
        let store = &self.inner.store;
        let stored = store.tree_size().await?;
        let known = self.stored_tree(stored).await?;
        let mut roots = BTreeMap::new();
        for size in wanted.iter().filter(|size| **size <= stored) {
            roots.insert(*size, self.stored_tree(*size).await?.root());
        }
        let mut tree = self.stored_tree(stored - stored % TILE).await?;
        loop {
            let events = store.after(tree.size(), PAGE).await?;
            if events.is_empty() {
                break;
            }
            let mut tiles = Vec::new();
            for event in events {
                if event.position != tree.size() + 1 {
                    return Err(Fault::corrupt(tree.size() + 1, "the event is missing"));
                }
                tree.push(event.checked_leaf()?, |tile| tiles.push(tile));
                if tree.size() == stored && tree != known {
                    return Err(Fault::corrupt(stored, "the last events are not those in the tree"));
                }
                if wanted.contains(&tree.size()) {
                    roots.insert(tree.size(), tree.root());
                }
            }
            if keep && tree.size() > stored {
                // All levels in one transaction: whatever crash, the stored tiles are a whole tree of some size.
                tiles.extend(tree.partial_tiles());
                store.save_tiles(tiles.clone()).await?;
                self.read_again(&tiles).await?;
            }
        }
        if tree.size() < stored {
            let what = format!("the log ends at {}, its tree has {stored} leaves", tree.size());
            return Err(Fault::corrupt(tree.size(), what));
        }
        Ok((tree, roots))
    }

    /// Reads back what was just kept and compares it with what was computed: a hash that changed on its way to the disk would
    /// otherwise be met only after the root over the right one was signed, and no log comes back from that.
    async fn read_again(&self, tiles: &[Tile]) -> Result<(), Fault> {
        for tile in tiles {
            let kept = self.inner.store.tile(tile.level, tile.index).await?;
            // Another process may have kept a longer one meanwhile.
            if kept.as_deref().and_then(|kept| kept.get(..tile.hashes.len())) != Some(tile.hashes.as_slice()) {
                let what = format!("tile {} of level {} is not what was just kept", tile.index, tile.level);
                return Err(Fault::corrupt(0, what));
            }
        }
        Ok(())
    }

    /// The tree of this size, from the stored tiles.
    pub(crate) async fn stored_tree(&self, size: u64) -> Result<Tree, Fault> {
        let mut tiles = BTreeMap::new();
        for (level, index, width) in Tree::edge_of(size) {
            if width > 0
                && let Some(tile) = self.inner.store.tile(level, index).await?
            {
                tiles.insert((level, index), tile);
            }
        }
        Tree::from_edge(size, |level, index| tiles.remove(&(level, index)))
            .ok_or_else(|| Fault::corrupt(size, "a tile of the tree is missing or too short"))
    }

    /// Compares the store with its signed history, as far as that is quick: sizes, roots, and the last tile against the
    /// events' bytes. What lies further back is for the audit.
    pub(crate) async fn compare_with_checkpoints(&self) -> Result<(), Fault> {
        let store = &self.inner.store;
        let known = self.known_checkpoints().await?;
        let head = store.head().await?;
        let stored = store.tree_size().await?;
        if stored > head {
            return Err(Fault::corrupt(
                head,
                format!("the log ends at {head}, its tree has {stored} leaves"),
            ));
        }
        for checkpoint in &known {
            if checkpoint.origin != self.inner.settings.log_origin {
                let what = format!("the checkpoint is of {}, not of this log", checkpoint.origin);
                return Err(Fault::corrupt(checkpoint.size, what));
            }
            if checkpoint.size > head {
                let what = format!(
                    "the log ends at {head}, a checkpoint of size {} was signed",
                    checkpoint.size
                );
                return Err(Fault::corrupt(head, what));
            }
        }
        let Some(furthest) = known.iter().map(|checkpoint| checkpoint.size).max() else {
            return Ok(());
        };
        let targets: Vec<u64> = known.iter().map(|checkpoint| checkpoint.size).collect();
        let roots = if furthest > stored {
            // The tiles are behind a checkpoint: they were lost, or restored from elsewhere. The events still can tell.
            self.grow(false, &targets).await?.1
        } else {
            let mut roots = BTreeMap::new();
            for size in targets {
                roots.insert(size, self.stored_tree(size).await?.root());
            }
            roots
        };
        for checkpoint in &known {
            if roots.get(&checkpoint.size) != Some(&checkpoint.root) {
                let what = format!("the log does not extend its checkpoint of size {}", checkpoint.size);
                return Err(Fault::corrupt(checkpoint.size, what));
            }
        }
        let Some(last_tile) = stored.checked_sub(1).map(|last| last / TILE) else {
            return Ok(());
        };
        let leaves = store.tile(0, last_tile).await?.unwrap_or_default();
        let events = store.after(last_tile * TILE, leaves.len()).await?;
        for (place, leaf) in (last_tile * TILE + 1..).zip(leaves) {
            let event = events.iter().find(|event| event.position == place);
            let event = event.ok_or_else(|| Fault::corrupt(place, "the event is missing"))?;
            if event.checked_leaf()? != leaf {
                return Err(Fault::corrupt(place, "the event is not the one in the tree"));
            }
        }
        Ok(())
    }
}
