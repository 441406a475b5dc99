//! The audit of a log as it is published (C2SP tlog-tiles), from its files alone: every leaf is hashed, every tile computed again
//! and compared, and the root compared with the checkpoint. No database, no key of ours but the log's public one.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::{Break, note};
use crate::checkpoint::Checkpoint;
use crate::leaf::sha256;
use crate::note::VerifierKey;
use crate::tiles::{Kind, TilePath};
use crate::tree::{Hash, TILE_WIDTH, Tile, Tree};

/// The checkpoint's name in the folder.
const CHECKPOINT: &str = "checkpoint";
/// A bundle holds 256 leaves of at most 65,535 bytes, each behind two bytes of length.
const FILE_BYTES_MAX: u64 = 256 * (2 + 65_535);

/// After so many bundles in a row that are not there, the rest is taken to be missing as well.
const MISSING_MAX: u32 = 64;

/// What the audit of a published log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log's name, as its checkpoint says.
    pub log_origin: String,
    /// Leaves hashed.
    pub leaves: u64,
    /// Hash tiles compared, the partial ones included.
    pub tiles: u64,
    /// The root over all leaves, computed.
    pub root: Hash,
    /// Checkpoints whose signature and root hold: the published one, and the older one where it was given.
    pub checkpoints_checked: u64,
    /// What is wrong, in the order of finding; the first 1,000.
    pub breaks: Vec<Break>,
    /// How many there are.
    pub breaks_total: u64,
}

/// The files could not be read at all. What is damaged or missing among them is in the report.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be read")]
pub struct ReadError {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Walks through the published log in this folder: `checkpoint`, `tile/…` and `tile/entries/…`, as the static files of the log
/// are laid out. Reads on the calling thread, in memory that does not grow with the log.
///
/// `keys` are the log's keys; the checkpoint must be signed by one of them, in its name. `older` is the text of a checkpoint that
/// was kept from before; it must be signed likewise and be the root of a beginning of this log.
///
/// # Errors
/// [`ReadError`] where the folder or a file in it cannot be read for a reason other than being missing.
pub fn verify(folder: &Path, keys: &[VerifierKey], older: Option<&str>) -> Result<Report, ReadError> {
    let mut audit = Audit {
        folder,
        buffer: Vec::new(),
        missing: 0,
        tree: Tree::default(),
        report: Report {
            log_origin: String::new(),
            leaves: 0,
            tiles: 0,
            root: Tree::default().root(),
            checkpoints_checked: 0,
            breaks: Vec::new(),
            breaks_total: 0,
        },
    };
    audit.run(keys, older)?;
    Ok(audit.report)
}

struct Audit<'a> {
    folder: &'a Path,
    /// The file at hand.
    buffer: Vec<u8>,
    /// Bundles in a row that were not there.
    missing: u32,
    tree: Tree,
    report: Report,
}

impl Audit<'_> {
    fn add(&mut self, position: Option<u64>, what: impl Into<String>) {
        let (stream, what) = (None, what.into());
        let Report {
            breaks, breaks_total, ..
        } = &mut self.report;
        note(breaks, breaks_total, Break { position, stream, what });
    }

    /// Reads a file into the buffer; `false` when there is none.
    fn read(&mut self, name: &str) -> Result<bool, ReadError> {
        self.buffer.clear();
        let path = self.folder.join(name);
        let read = File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut self.buffer));
        match read {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(ReadError { path, source }),
        }
    }

    /// A tile or bundle of this width: the partial one of the checkpoint's own size, or a longer one that a grown log has put in
    /// its place. Answers with the width of what was read; 0 when there is none.
    fn read_tile(&mut self, path: TilePath) -> Result<usize, ReadError> {
        for width in [path.width, TILE_WIDTH] {
            if self.read(&TilePath { width, ..path }.to_string())? {
                return Ok(width);
            }
        }
        Ok(0)
    }

    fn run(&mut self, keys: &[VerifierKey], older: Option<&str>) -> Result<(), ReadError> {
        if !self.read(CHECKPOINT)? {
            self.add(None, "there is no checkpoint");
            return Ok(());
        }
        let note = String::from_utf8_lossy(&self.buffer).into_owned();
        let Some(signed) = self.judge_note("the checkpoint", &note, keys) else {
            return Ok(());
        };
        self.report.log_origin.clone_from(&signed.origin);
        let older = older.and_then(|note| self.judge_note("the older checkpoint", note, keys));
        if let Some(older) = &older
            && older.size > signed.size
        {
            let what = format!(
                "the log ends at {}, the older checkpoint has size {}",
                signed.size, older.size
            );
            self.add(Some(signed.size), what);
        }
        let mut tiles = Vec::new();
        self.compare_root("the older checkpoint", older.as_ref());
        while self.tree.size() < signed.size {
            if self.missing > MISSING_MAX {
                let what = format!("no entries are here; {} were signed", signed.size);
                self.add(Some(self.tree.size() + 1), what);
                self.report.root = self.tree.root();
                return Ok(());
            }
            self.take_bundle(signed.size, older.as_ref(), &mut tiles)?;
            for tile in tiles.drain(..) {
                self.compare_tile(&tile)?;
            }
        }
        for tile in self.tree.partial_tiles() {
            self.compare_tile(&tile)?;
        }
        self.compare_root("the checkpoint", Some(&signed));
        self.report.root = self.tree.root();
        Ok(())
    }

    fn judge_note(&mut self, name: &str, note: &str, keys: &[VerifierKey]) -> Option<Checkpoint> {
        let checkpoint = match Checkpoint::parse(note) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.add(None, format!("{name}: {error}"));
                return None;
            }
        };
        if keys.iter().any(|key| checkpoint.verify_log(key).is_ok()) {
            return Some(checkpoint);
        }
        let origin = &checkpoint.origin;
        let what = format!("{name} of {origin} carries no valid signature of a known key of that log");
        self.add(Some(checkpoint.size), what);
        // What nobody has signed says nothing, not even how long the log is.
        None
    }

    fn compare_root(&mut self, name: &str, signed: Option<&Checkpoint>) {
        let Some(signed) = signed.filter(|signed| signed.size == self.tree.size()) else {
            return;
        };
        if signed.root == self.tree.root() {
            self.report.checkpoints_checked += 1;
        } else {
            let what = format!(
                "the first {} leaves do not have the root that {name} signed",
                signed.size
            );
            self.add(Some(signed.size), what);
        }
    }

    /// The next bundle, up to 256 leaves.
    fn take_bundle(&mut self, size: u64, older: Option<&Checkpoint>, tiles: &mut Vec<Tile>) -> Result<(), ReadError> {
        let begin = self.tree.size();
        let width = usize::try_from(size - begin).map_or(TILE_WIDTH, |left| left.min(TILE_WIDTH));
        let path = TilePath {
            kind: Kind::Entries,
            index: begin / 256,
            width,
        };
        let found = self.read_tile(path)?;
        self.missing = if found == 0 { self.missing + 1 } else { 0 };
        let mut bytes = std::mem::take(&mut self.buffer);
        let mut at = 0;
        let mut read = 0;
        while found > 0 && read < width {
            let Some(leaf) = leaf_at(&mut bytes, at) else { break };
            at += 1 + leaf.len();
            let hash = sha256(leaf);
            self.grow(hash, older, tiles);
            read += 1;
            self.report.leaves += 1;
        }
        if read < width {
            let what = if found > 0 {
                "the bundle of entries ends here"
            } else {
                "the bundle of entries is missing"
            };
            self.add(Some(self.tree.size() + 1), format!("{what} ({path})"));
            // What is missing keeps its place with a hash that nothing has, so that what follows stays comparable.
            for _ in read..width {
                self.grow([0; 32], older, tiles);
            }
        } else if found == width && at < bytes.len() {
            self.add(
                Some(self.tree.size()),
                format!("bytes follow the last entry of the bundle ({path})"),
            );
        }
        self.buffer = bytes;
        Ok(())
    }

    fn grow(&mut self, leaf: Hash, older: Option<&Checkpoint>, tiles: &mut Vec<Tile>) {
        self.tree.push(leaf, |tile| tiles.push(tile));
        if older.is_some_and(|older| older.size == self.tree.size()) {
            self.compare_root("the older checkpoint", older);
        }
    }

    fn compare_tile(&mut self, computed: &Tile) -> Result<(), ReadError> {
        let span = 256_u64.saturating_pow(u32::from(computed.level));
        let first = computed.index.saturating_mul(256).saturating_mul(span) + 1;
        let path = TilePath {
            kind: Kind::Hashes(computed.level),
            index: computed.index,
            width: computed.hashes.len(),
        };
        let found = self.read_tile(path)?;
        if found == 0 {
            self.add(Some(first), format!("a tile is missing ({path})"));
            return Ok(());
        }
        self.report.tiles += 1;
        let (stored, rest) = self.buffer.as_chunks::<32>();
        let whole = rest.is_empty() && stored.len() == found;
        let differing = stored
            .iter()
            .zip(&computed.hashes)
            .position(|(stored, computed)| stored != computed);
        if !whole {
            let bytes = self.buffer.len();
            self.add(Some(first), format!("a tile has {bytes} bytes ({path})"));
        } else if let Some(place) = differing {
            let position = first + u64::try_from(place).unwrap_or(0).saturating_mul(span);
            self.add(Some(position), format!("a tile is not that of the entries ({path})"));
        }
        Ok(())
    }
}

/// The leaf whose length field begins at `at`, with 0x00 before it, which is what is hashed (RFC 6962, section 2.1). That byte is
/// written over the second one of the length, so the leaf need not be moved. `None` where the bundle ends before the leaf does.
fn leaf_at(bundle: &mut [u8], at: usize) -> Option<&[u8]> {
    let (length, rest) = bundle.get_mut(at..)?.split_first_chunk_mut::<2>()?;
    let length_of_leaf = usize::from(u16::from_be_bytes(*length));
    rest.get(..length_of_leaf)?;
    *length = [length[0], 0];
    bundle.get(at + 1..at + 2 + length_of_leaf)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use data_encoding::BASE64;
    use keys::{Algorithm, PublicKey};
    use tempfile::TempDir;

    use super::*;
    use crate::conformance::TestSigner;
    use crate::note::NoteKind;
    use crate::tiles::bundle;

    const ORIGIN: &str = "sample.invalid/log/1";

    fn leaf(number: u64) -> Vec<u8> {
        // Of different lengths, the empty one among them.
        number.to_be_bytes().repeat(usize::try_from(number % 40).unwrap())
    }

    fn key(seed: u8) -> VerifierKey {
        let public: PublicKey = TestSigner::new(seed).public;
        assert_eq!(public.algorithm(), Algorithm::Ed25519);
        VerifierKey::try_new(ORIGIN, NoteKind::Log, public).unwrap()
    }

    fn note(size: u64, root: &Hash) -> String {
        let body = format!("{ORIGIN}\n{size}\n{}\n", BASE64.encode(root));
        format!(
            "{body}\n{}\n",
            crate::note::sign(ORIGIN, &body, &TestSigner::new(7)).unwrap()
        )
    }

    /// A published log of this size, and the notes of all its beginnings that a test asks for.
    struct Published {
        folder: TempDir,
        notes: BTreeMap<u64, String>,
    }

    fn publish(size: u64, beginnings: &[u64]) -> Published {
        let folder = tempfile::tempdir().unwrap();
        let leaves: Vec<Vec<u8>> = (0..size).map(leaf).collect();
        let mut tree = Tree::default();
        let mut hashes: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
        let mut notes = BTreeMap::new();
        for number in 0..=size {
            if beginnings.contains(&number) || number == size {
                notes.insert(number, note(number, &tree.root()));
            }
            if let Some(leaf) = leaves.get(usize::try_from(number).unwrap()) {
                tree.push(crate::leaf::leaf_hash(leaf), |tile| {
                    hashes.insert((tile.level, tile.index), tile.hashes);
                });
            }
        }
        for tile in tree.partial_tiles() {
            hashes.insert((tile.level, tile.index), tile.hashes);
        }
        std::fs::write(folder.path().join("checkpoint"), &notes[&size]).unwrap();
        for path in TilePath::all(size) {
            let bytes = match path.kind {
                Kind::Hashes(level) => hashes[&(level, path.index)].concat(),
                Kind::Entries => {
                    let begin = usize::try_from(path.index).unwrap() * 256;
                    bundle(leaves[begin..begin + path.width].iter().map(Vec::as_slice)).unwrap()
                }
            };
            let file = folder.path().join(path.to_string());
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        Published { folder, notes }
    }

    fn run(published: &Published, older: Option<&str>) -> Report {
        verify(published.folder.path(), &[key(7)], older).unwrap()
    }

    #[test]
    fn a_published_log_of_any_size_holds() {
        for size in [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_793] {
            let published = publish(size, &[0, 1, 256, 300]);
            for older in published.notes.values() {
                let report = run(&published, Some(older));
                assert_eq!(report.breaks, vec![], "size {size}");
                assert_eq!((report.leaves, report.checkpoints_checked), (size, 2));
                assert_eq!(report.log_origin, ORIGIN);
            }
            assert_eq!(
                run(&published, None).tiles,
                TilePath::all(size)
                    .iter()
                    .filter(|path| path.kind != Kind::Entries)
                    .count() as u64
            );
        }
    }

    #[test]
    fn a_log_that_has_grown_is_checked_up_to_its_older_checkpoint() {
        let published = publish(600, &[300]);
        std::fs::write(published.folder.path().join("checkpoint"), &published.notes[&300]).unwrap();
        // Partial tiles may go once the full one is there (C2SP tlog-tiles): of level 0 and of the entries only that is left.
        let upper = published.folder.path().join("tile/1");
        let hashes = std::fs::read(upper.join("000.p/2")).unwrap();
        std::fs::write(upper.join("000.p/1"), &hashes[..32]).unwrap();
        let report = run(&published, None);
        assert_eq!((report.breaks, report.leaves), (vec![], 300));
    }

    #[test]
    fn every_flipped_byte_of_every_file_is_found() {
        let published = publish(517, &[]);
        let mut files: Vec<String> = TilePath::all(517).iter().map(ToString::to_string).collect();
        files.push("checkpoint".to_owned());
        for file in files {
            let path = published.folder.path().join(&file);
            let bytes = std::fs::read(&path).unwrap();
            let step = if file == "checkpoint" { 1 } else { 97 };
            for place in (0..bytes.len()).step_by(step) {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1;
                std::fs::write(&path, &flipped).unwrap();
                assert_ne!(run(&published, None).breaks_total, 0, "{file}[{place}]");
            }
            for changed in [&bytes[..bytes.len() - 1], &[&bytes[..], b"\0"].concat(), b""] {
                std::fs::write(&path, changed).unwrap();
                assert_ne!(
                    run(&published, None).breaks_total,
                    0,
                    "{file} with {} bytes",
                    changed.len()
                );
            }
            std::fs::remove_file(&path).unwrap();
            assert_ne!(run(&published, None).breaks_total, 0, "{file} taken away");
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(run(&published, None).breaks, vec![]);
    }

    #[test]
    fn an_edited_entry_is_found_at_its_position() {
        let published = publish(700, &[]);
        let file = published.folder.path().join("tile/entries/001");
        let mut leaves: Vec<Vec<u8>> = (256..512).map(leaf).collect();
        leaves[44][0] ^= 1;
        std::fs::write(&file, bundle(leaves.iter().map(Vec::as_slice)).unwrap()).unwrap();
        let report = run(&published, None);
        assert_eq!(report.breaks[0].position, Some(301), "{:?}", report.breaks);
        assert!(
            report
                .breaks
                .iter()
                .any(|found| found.position == Some(700) && found.what.contains("root"))
        );
        // Swapped, and one left out: what stands behind it is shifted, and the bundle ends early.
        leaves[44][0] ^= 1;
        leaves.swap(3, 4);
        std::fs::write(&file, bundle(leaves.iter().map(Vec::as_slice)).unwrap()).unwrap();
        assert_eq!(run(&published, None).breaks[0].position, Some(260));
        leaves.swap(3, 4);
        leaves.remove(3);
        std::fs::write(&file, bundle(leaves.iter().map(Vec::as_slice)).unwrap()).unwrap();
        assert_eq!(run(&published, None).breaks[0].position, Some(512));
    }

    #[test]
    fn a_log_rebuilt_and_signed_with_its_own_key_is_found_by_an_older_checkpoint() {
        let honest = publish(600, &[500]);
        let rebuilt = publish(600, &[]);
        let mut tree = Tree::default();
        for number in 0..600 {
            tree.push(crate::leaf::leaf_hash(&leaf(number)), |_| ());
        }
        assert_eq!(run(&rebuilt, Some(&honest.notes[&500])).breaks, vec![]);
        // The same, but with another entry 17, tiles and signature to match.
        let folder = rebuilt.folder.path();
        let mut leaves: Vec<Vec<u8>> = (0..600).map(leaf).collect();
        leaves[16] = b"another".to_vec();
        let mut tree = Tree::default();
        let mut tiles = Vec::new();
        for leaf in &leaves {
            tree.push(crate::leaf::leaf_hash(leaf), |tile| tiles.push(tile));
        }
        tiles.extend(tree.partial_tiles());
        for tile in tiles {
            let path = TilePath {
                kind: Kind::Hashes(tile.level),
                index: tile.index,
                width: tile.hashes.len(),
            };
            std::fs::write(folder.join(path.to_string()), tile.hashes.concat()).unwrap();
        }
        std::fs::write(
            folder.join("tile/entries/000"),
            bundle(leaves[..256].iter().map(Vec::as_slice)).unwrap(),
        )
        .unwrap();
        std::fs::write(folder.join("checkpoint"), note(600, &tree.root())).unwrap();
        assert_eq!(run(&rebuilt, None).breaks, vec![], "by itself it looks sound");
        let report = run(&rebuilt, Some(&honest.notes[&500]));
        assert!(
            report.breaks.iter().any(|found| found.position == Some(500)),
            "{:?}",
            report.breaks
        );
        // And one that was cut back.
        let short = publish(400, &[]);
        assert!(
            run(&short, Some(&honest.notes[&500])).breaks[0]
                .what
                .contains("ends at 400")
        );
    }

    #[test]
    fn nobody_elses_signature_counts() {
        let published = publish(3, &[]);
        for keys in [
            vec![],
            vec![key(9)],
            vec![VerifierKey::try_new("other.invalid", NoteKind::Log, TestSigner::new(7).public).unwrap()],
        ] {
            let report = verify(published.folder.path(), &keys, None).unwrap();
            assert!(report.breaks[0].what.contains("signature"), "{:?}", report.breaks);
            assert_eq!(report.breaks_total, 1);
        }
        // A signed size of which nothing is there does not keep the audit busy for ever.
        std::fs::write(
            published.folder.path().join("checkpoint"),
            note(u64::MAX / 512, &[1; 32]),
        )
        .unwrap();
        let report = run(&published, None);
        assert!(
            report.breaks.iter().any(|found| found.what.contains("no entries")),
            "{:?}",
            report.breaks.last()
        );
        std::fs::write(published.folder.path().join("checkpoint"), &published.notes[&3]).unwrap();
        assert_eq!(
            verify(published.folder.path(), &[key(9), key(7)], None).unwrap().breaks,
            vec![]
        );
        assert_eq!(
            verify(&published.folder.path().join("nowhere"), &[key(7)], None)
                .unwrap()
                .breaks_total,
            1
        );
        assert!(
            verify(&published.folder.path().join("checkpoint"), &[key(7)], None).is_err(),
            "a file is no folder"
        );
    }
}
