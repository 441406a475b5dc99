//! Checking an export: everything is computed again from the events' bytes, and nothing else is believed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use keys::PublicKey;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    CHECKPOINT, COMMANDS, CommandLine, EVENTS, EventLine, ExportError, FORMAT, KEYS, ListedFile, MANIFEST, Manifest,
    WIDTH, bundles_of, tile_path, tiles_of,
};
use crate::audit::Report;
use crate::batch::decode_meta;
use crate::checkpoint::Checkpoint;
use crate::leaf::{leaf_hash, stream_digest};
use crate::personal;
use crate::store::split_hashes;
use crate::tiles::unbundle;
use crate::tree::{Hash, Tile, Tree};

/// A line of events: a body and a meta of a mebibyte each, escaped or as base64.
const LINE_BYTES_MAX: u64 = 16 << 20;
/// A manifest: some eighty bytes for each of two files in 256 events.
const MANIFEST_BYTES_MAX: u64 = 1 << 30;

/// Checks an export in a folder by the keys of its log's checkpoints, and against an `older` checkpoint (the text of its note) if
/// one is at hand. [`Report::head`] is the last position of the range, [`Report::root`] the root computed from the tiles.
///
/// # Errors
/// [`ExportError::File`] where the folder or its manifest cannot be read at all; whatever is wrong inside is in the report.
pub fn check(folder: &Path, keys: &[PublicKey], older: Option<&str>) -> Result<Report, ExportError> {
    let mut check = Check {
        folder,
        report: Report::begin(""),
    };
    let path = folder.join(MANIFEST);
    let error = |source: std::io::Error| ExportError::File {
        path: path.clone(),
        doing: "read",
        source: Arc::new(source),
    };
    let mut text = Vec::new();
    let file = File::open(&path).map_err(error)?;
    file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(error)?;
    match serde_json::from_slice::<Manifest>(&text) {
        Ok(manifest) if manifest.format == FORMAT => check.run(&manifest, keys, older),
        Ok(manifest) => check.add(None, format!("the format {:?} is not known", manifest.format)),
        Err(_) => check.add(None, "the manifest cannot be read"),
    }
    Ok(check.report)
}

struct Check<'a> {
    folder: &'a Path,
    report: Report,
}

impl Check<'_> {
    fn add(&mut self, position: Option<u64>, what: impl Into<String>) {
        self.report.add(position, None, what);
    }

    fn run(&mut self, manifest: &Manifest, keys: &[PublicKey], older: Option<&str>) {
        self.report.log_origin.clone_from(&manifest.log_origin);
        self.report.head = manifest.to;
        let (from, to, size) = (manifest.from, manifest.to, manifest.checkpoint_size);
        if from == 0 || from > to || to > size {
            return self.add(
                None,
                format!("the range {from} to {to} is none of a log of {size} events"),
            );
        }
        // Before anything is computed from the size, so that a made-up one costs nothing.
        if !self.files_are_those(manifest) {
            return;
        }
        let checkpoint = match self.text(CHECKPOINT).map(|note| Checkpoint::parse(&note)) {
            Some(Ok(checkpoint)) => checkpoint,
            _ => return self.add(None, "the checkpoint cannot be read"),
        };
        if checkpoint.origin != manifest.log_origin
            || checkpoint.size != size
            || BASE64.encode(&checkpoint.root) != manifest.checkpoint_root
        {
            self.add(None, "the checkpoint is not the one that the manifest names");
        }
        match checkpoint.verify(keys) {
            Ok(_) => self.report.checkpoints_checked += 1,
            Err(error) => self.add(Some(checkpoint.size), format!("the checkpoint: {error}")),
        }
        let older = older.and_then(|note| self.older(note, &checkpoint, keys));
        let leaves = self.tiles(from, to, &checkpoint, older.as_ref());
        let entries = self.bundles(from, to, size, &leaves);
        self.events(from, to, &leaves, &entries);
    }

    /// The folder holds what the manifest lists, byte for byte, and the manifest lists what an export holds.
    fn files_are_those(&mut self, manifest: &Manifest) -> bool {
        let size = manifest.checkpoint_size;
        let listed: BTreeMap<&str, &ListedFile> =
            manifest.files.iter().map(|file| (file.path.as_str(), file)).collect();
        // A file for each 256 events: a size that is out of all proportion to the list is not expanded into a list.
        if size / WIDTH > listed.len() as u64 || listed.len() != manifest.files.len() {
            self.add(None, "the manifest does not list the files of an export of this size");
            return false;
        }
        let mut expected: BTreeSet<String> = [EVENTS, COMMANDS, CHECKPOINT].map(str::to_owned).into();
        expected.extend(
            tiles_of(size)
                .into_iter()
                .map(|(level, index, width)| tile_path(Some(level), index, width)),
        );
        let bundles = bundles_of(manifest.from, manifest.to, size);
        expected.extend(bundles.into_iter().map(|(index, width)| tile_path(None, index, width)));
        if listed.contains_key(KEYS) {
            expected.insert(KEYS.to_owned());
        }
        let before = self.report.breaks_total;
        for path in expected.iter().filter(|path| !listed.contains_key(path.as_str())) {
            self.add(None, format!("{path} is not in the manifest"));
        }
        for path in listed.keys().filter(|path| !expected.contains(**path)) {
            self.add(None, format!("{path:?} is in the manifest and no part of an export"));
        }
        let mut present = BTreeSet::new();
        if list(self.folder, Path::new(""), &mut present).is_err() {
            self.add(None, "the folder cannot be listed");
        }
        present.remove(MANIFEST);
        for path in present.difference(&expected) {
            self.add(None, format!("{path:?} is in the folder and no part of the export"));
        }
        for path in &expected {
            let Some(file) = listed.get(path.as_str()) else {
                continue;
            };
            match digest(&self.folder.join(path)) {
                Ok((bytes, hash)) if bytes == file.bytes && hash == file.sha256 => {}
                Ok(_) => self.add(None, format!("{path} is not the file that the manifest lists")),
                Err(error) => self.add(None, format!("{path} cannot be read: {}", error.kind())),
            }
        }
        self.report.breaks_total == before
    }

    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(path)).ok()
    }

    fn older(&mut self, note: &str, newer: &Checkpoint, keys: &[PublicKey]) -> Option<Checkpoint> {
        let older = match Checkpoint::parse(note) {
            Ok(older) => older,
            Err(error) => {
                self.add(None, format!("the older checkpoint: {error}"));
                return None;
            }
        };
        if older.origin != newer.origin {
            self.add(
                Some(older.size),
                format!("the older checkpoint is of another log, {}", older.origin),
            );
        } else if let Err(error) = older.verify(keys) {
            self.add(Some(older.size), format!("the older checkpoint: {error}"));
        } else if older.size > newer.size {
            let what = format!(
                "the older checkpoint has size {}, the export's {}",
                older.size, newer.size
            );
            self.add(Some(newer.size), what);
        } else {
            return Some(older);
        }
        None
    }

    fn tile(&mut self, level: u8, index: u64, width: u64) -> Vec<Hash> {
        let path = tile_path(Some(level), index, width);
        let bytes = std::fs::read(self.folder.join(&path)).unwrap_or_default();
        let hashes = split_hashes(&bytes).filter(|hashes| hashes.len() as u64 == width);
        hashes.unwrap_or_else(|| {
            self.add(None, format!("{path} is no tile of {width} hashes"));
            Vec::new()
        })
    }

    /// Grows the tree from its lowest tiles, compares all others and the roots; gives the leaf hashes of the range.
    fn tiles(
        &mut self,
        from: u64,
        to: u64,
        checkpoint: &Checkpoint,
        older: Option<&Checkpoint>,
    ) -> BTreeMap<u64, Hash> {
        let mut tree = Tree::default();
        let mut leaves = BTreeMap::new();
        let (first_bundle, last_bundle) = ((from - 1) / WIDTH, (to - 1) / WIDTH);
        let compare_older = |check: &mut Self, tree: &Tree| {
            if let Some(older) = older.filter(|older| older.size == tree.size()) {
                if older.root == tree.root() {
                    check.report.checkpoints_checked += 1;
                } else {
                    check.add(Some(older.size), "the log does not extend the older checkpoint");
                }
            }
        };
        compare_older(self, &tree);
        for index in 0..checkpoint.size.div_ceil(WIDTH) {
            let width = (checkpoint.size - index * WIDTH).min(WIDTH);
            let mut made: Vec<Tile> = Vec::new();
            for (place, leaf) in (index * WIDTH + 1..).zip(self.tile(0, index, width)) {
                if (first_bundle..=last_bundle).contains(&index) {
                    leaves.insert(place, leaf);
                }
                tree.push(leaf, |tile| made.push(tile));
                compare_older(self, &tree);
            }
            for tile in made.iter().filter(|tile| tile.level > 0) {
                self.compare_tile(tile);
            }
        }
        for tile in tree.partial_tiles().iter().filter(|tile| tile.level > 0) {
            self.compare_tile(tile);
        }
        self.report.root = tree.root();
        if tree.size() != checkpoint.size || tree.root() != checkpoint.root {
            self.add(
                Some(checkpoint.size),
                "the tiles do not have the root that the checkpoint signed",
            );
        }
        leaves
    }

    fn compare_tile(&mut self, computed: &Tile) {
        let stored = self.tile(computed.level, computed.index, computed.hashes.len() as u64);
        if stored != computed.hashes {
            let what = format!(
                "tile {} of level {} is not what its leaves give",
                computed.index, computed.level
            );
            self.add(None, what);
        }
    }

    /// The leaves of the bundles, each of which must have the hash that the tree holds.
    fn bundles(&mut self, from: u64, to: u64, size: u64, leaves: &BTreeMap<u64, Hash>) -> BTreeMap<u64, Vec<u8>> {
        let mut entries = BTreeMap::new();
        for (index, width) in bundles_of(from, to, size) {
            let path = tile_path(None, index, width);
            let bytes = std::fs::read(self.folder.join(&path)).unwrap_or_default();
            let Some(found) = unbundle(&bytes).filter(|found| found.len() as u64 == width) else {
                self.add(None, format!("{path} is no bundle of {width} entries"));
                continue;
            };
            for (position, entry) in (index * WIDTH + 1..).zip(found) {
                if leaves.get(&position) != Some(&leaf_hash(entry)) {
                    self.add(Some(position), "the entry is not the one in the tree");
                }
                entries.insert(position, entry.to_vec());
            }
        }
        entries
    }

    fn lines<T: serde::de::DeserializeOwned>(&mut self, path: &str, mut take: impl FnMut(&mut Self, T)) {
        let Ok(file) = File::open(self.folder.join(path)) else {
            return self.add(None, format!("{path} cannot be read"));
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) if line.last() == Some(&b'\n') => match serde_json::from_slice(&line) {
                    Ok(parsed) => take(self, parsed),
                    Err(_) => return self.add(None, format!("line {number} of {path} cannot be read")),
                },
                _ => return self.add(None, format!("line {number} of {path} has no end")),
            }
        }
    }

    fn events(&mut self, from: u64, to: u64, leaves: &BTreeMap<u64, Hash>, entries: &BTreeMap<u64, Vec<u8>>) {
        let mut commands: HashMap<Uuid, CommandLine> = HashMap::new();
        self.lines(COMMANDS, |check, line: CommandLine| {
            if HEXLOWER
                .decode(line.request_hash.as_bytes())
                .map_or(0, |hash| hash.len())
                != 32
            {
                check.add(Some(line.first_position), "a command has no request hash");
            }
            let id = line.command_id;
            if commands.insert(id, line).is_some() {
                check.add(None, format!("the command {id} stands there twice"));
            }
        });
        let mut used = BTreeSet::new();
        let mut sequences: HashMap<Hash, u64> = HashMap::new();
        let mut next = from;
        self.lines(EVENTS, |check, line: EventLine| {
            let Some(event) = line.event() else {
                return check.add(Some(next), "the event's line gives no bytes");
            };
            if event.position != next {
                check.add(
                    Some(event.position),
                    format!("the event at position {next} was expected"),
                );
            }
            next = event.position.saturating_add(1);
            check.report.events += 1;
            check.report.not_opened += u64::from(personal::may_hold(&event.body));
            let leaf = event.computed_leaf();
            if leaf.as_slice() != event.leaf_hash.as_slice() {
                check.add(
                    Some(event.position),
                    "the bytes do not hash to the leaf that stands beside them",
                );
            }
            if leaves.get(&event.position) != Some(&leaf) {
                check.add(Some(event.position), "the event is not the one in the tree");
            }
            if entries.get(&event.position) != Some(&event.leaf_bytes()) {
                check.add(Some(event.position), "the event's leaf is not the one in its bundle");
            }
            let stream = stream_digest(&event.aggregate_type, &event.aggregate_id);
            let last = sequences.insert(stream, event.sequence);
            // A range that begins within the log may begin within a stream.
            let fits = last.map_or(from > 1 || event.sequence == 1, |last| last + 1 == event.sequence);
            if !fits {
                check.add(
                    Some(event.position),
                    "an event of its stream before this one is missing",
                );
            }
            match decode_meta(&event.meta) {
                Ok(meta) => match commands.get(&meta.command_id) {
                    Some(command)
                        if (command.first_position..=command.last_position).contains(&event.position)
                            && command.recorded_at == event.recorded_at =>
                    {
                        used.insert(meta.command_id);
                    }
                    Some(_) => check.add(Some(event.position), "the command of this event claims others"),
                    None => check.add(Some(event.position), "the command of this event is not there"),
                },
                Err(_) => check.add(Some(event.position), "the meta cannot be read"),
            }
            if serde_json::from_slice::<serde::de::IgnoredAny>(&event.body).is_err() {
                check.add(Some(event.position), "the body is no JSON");
            }
        });
        if next != to.saturating_add(1) {
            self.add(Some(next), format!("the events end before position {to}"));
        }
        for id in commands.keys().filter(|id| !used.contains(*id)) {
            self.add(None, format!("the command {id} wrote none of these events"));
        }
    }
}

/// Length and SHA-256 of a file, lower-case hex.
fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..read).filter(|read| !read.is_empty()) else {
            return Ok((bytes, HEXLOWER.encode(&hash.finalize())));
        };
        bytes += read.len() as u64;
        hash.update(read);
    }
}

/// Every file below a folder, by its path in it. A link is listed as a file, and so found to be none of the export's.
fn list(root: &Path, below: &Path, found: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path: PathBuf = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(root, &path, found)?;
        } else {
            found.insert(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
