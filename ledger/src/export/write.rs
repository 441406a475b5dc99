//! Writing an export.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use keys::PublicKey;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    CHECKPOINT, COMMANDS, CommandLine, EVENTS, EventLine, ExportError, FORMAT, KEYS, KeyLine, ListedFile, MANIFEST,
    Manifest, Range, WIDTH, tile_path,
};
use crate::batch::decode_meta;
use crate::checkpoint::Checkpoint;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::personal::{self, SubjectKey};
use crate::recorded::StoredEvent;
use crate::tree::{Hash, Tile, Tree};

/// Events read at a time.
const PAGE: usize = 1024;
/// Marks a folder as an unfinished export of ours, and is locked while it is written.
const MARK: &str = "unfinished-praman-export";

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// First position.
    pub from: u64,
    /// Last position.
    pub to: u64,
    /// Size of the checkpoint that seals it.
    pub checkpoint_size: u64,
    /// Its root.
    pub root: Hash,
    /// Files, the manifest among them.
    pub files: usize,
}

fn file_error(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::File {
        path,
        doing,
        source: Arc::new(source),
    }
}

/// A folder that becomes `target` only when it is whole.
struct Folder {
    target: PathBuf,
    part: PathBuf,
    files: Vec<ListedFile>,
    mark: File,
}

/// A file that is hashed while it is written.
struct Growing {
    path: String,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Growing {
    fn line(&mut self, line: &impl serde::Serialize) -> std::io::Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(std::io::Error::other)?;
        bytes.push(b'\n');
        self.hash.update(&bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(&bytes)
    }
}

impl Folder {
    fn begin(target: &Path) -> Result<Self, ExportError> {
        if target.symlink_metadata().is_ok() {
            return Err(ExportError::Exists(target.to_owned()));
        }
        let mut part = target.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mark_path = part.join(MARK);
        let open_mark = || {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&mark_path)
        };
        if part.symlink_metadata().is_ok() {
            // Only what carries our mark is taken away, and only when nobody is writing to it.
            if !mark_path.is_file() {
                return Err(ExportError::InTheWay(part));
            }
            let mark = open_mark().map_err(file_error(&mark_path, "opened"))?;
            mark.try_lock().map_err(|_| ExportError::Busy(part.clone()))?;
            std::fs::remove_dir_all(&part).map_err(file_error(&part, "taken away"))?;
        }
        private_folder(&part).map_err(file_error(&part, "made"))?;
        let mark = open_mark().map_err(file_error(&mark_path, "made"))?;
        mark.try_lock().map_err(|_| ExportError::Busy(part.clone()))?;
        Ok(Self {
            target: target.to_owned(),
            part,
            files: Vec::new(),
            mark,
        })
    }

    fn create(&self, path: &str) -> Result<Growing, ExportError> {
        let full = self.part.join(path);
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder).map_err(file_error(folder, "made"))?;
        }
        let file = File::create_new(&full).map_err(file_error(&full, "made"))?;
        Ok(Growing {
            path: path.to_owned(),
            file: BufWriter::new(file),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    fn finish(&mut self, growing: Growing) -> Result<(), ExportError> {
        let full = self.part.join(&growing.path);
        let file = growing
            .file
            .into_inner()
            .map_err(|error| file_error(&full, "written")(error.into_error()))?;
        file.sync_all().map_err(file_error(&full, "written"))?;
        self.files.push(ListedFile {
            path: growing.path,
            bytes: growing.bytes,
            sha256: HEXLOWER.encode(&growing.hash.finalize()),
        });
        Ok(())
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let mut growing = self.create(path)?;
        growing.hash.update(bytes);
        growing.bytes = bytes.len() as u64;
        growing
            .file
            .write_all(bytes)
            .map_err(file_error(&self.part.join(path), "written"))?;
        self.finish(growing)
    }

    /// Names the folder. After a crash it stands under its name, whole, or not at all.
    fn end(mut self, mut manifest: Manifest) -> Result<usize, ExportError> {
        self.files.sort();
        manifest.files = std::mem::take(&mut self.files);
        let listed = manifest.files.len() + 1;
        let mut text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| file_error(&self.part, "written")(std::io::Error::other(error)))?;
        text.push(b'\n');
        self.write(MANIFEST, &text)?;
        std::fs::remove_file(self.part.join(MARK)).map_err(file_error(&self.part, "finished"))?;
        sync_folders(&self.part).map_err(file_error(&self.part, "made durable"))?;
        if self.target.symlink_metadata().is_ok() {
            return Err(ExportError::Exists(self.target));
        }
        std::fs::rename(&self.part, &self.target).map_err(file_error(&self.target, "named"))?;
        let above = self.target.parent().filter(|above| !above.as_os_str().is_empty());
        let above = above.unwrap_or_else(|| Path::new("."));
        File::open(above)
            .and_then(|above| above.sync_all())
            .map_err(file_error(above, "made durable"))?;
        drop(self.mark);
        Ok(listed)
    }
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(path)
}

fn sync_folders(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// What the walk through the log gathers.
struct Walk<'a> {
    ledger: &'a Ledger,
    range: (u64, u64),
    keys: bool,
    folder: Folder,
    tree: Tree,
    events: Growing,
    commands: Growing,
    last_command: Option<Uuid>,
    subjects: BTreeSet<Uuid>,
    bundle: Vec<u8>,
}

impl Walk<'_> {
    async fn take(&mut self, event: &StoredEvent, size: u64) -> Result<(), ExportError> {
        if event.position != self.tree.size() + 1 {
            return Err(Fault::corrupt(self.tree.size() + 1, "the event is missing").into());
        }
        let leaf = event.checked_leaf()?;
        let mut full = Vec::new();
        self.tree.push(leaf, |tile| full.push(tile));
        for tile in full {
            self.tile(&tile)?;
        }
        let (from, to) = self.range;
        let index = (event.position - 1) / WIDTH;
        if index >= (from - 1) / WIDTH && index < to.div_ceil(WIDTH) {
            let entry = event.leaf_bytes();
            // A leaf is a few hundred bytes: names are bounded (NAME_BYTES_MAX).
            let length =
                u16::try_from(entry.len()).map_err(|_| Fault::corrupt(event.position, "the leaf is too long"))?;
            self.bundle.extend(length.to_be_bytes());
            self.bundle.extend(entry);
            let width = event.position - index * WIDTH;
            if width == WIDTH || event.position == size {
                let bundle = std::mem::take(&mut self.bundle);
                self.folder.write(&tile_path(None, index, width), &bundle)?;
            }
        }
        if (from..=to).contains(&event.position) {
            self.in_range(event).await?;
        }
        Ok(())
    }

    async fn in_range(&mut self, event: &StoredEvent) -> Result<(), ExportError> {
        let written = self.events.line(&EventLine::of(event));
        written.map_err(file_error(Path::new(EVENTS), "written"))?;
        if self.keys && personal::may_hold(&event.body) {
            let body = serde_json::from_slice(&event.body)
                .map_err(|_| Fault::corrupt(event.position, "the body is no JSON"))?;
            let found =
                personal::subjects_to_open(&body).map_err(|error| Fault::corrupt(event.position, error.to_string()))?;
            self.subjects.extend(found);
        }
        let command = decode_meta(&event.meta)
            .map_err(|_| Fault::corrupt(event.position, "the meta cannot be read"))?
            .command_id;
        // A command's events follow each other.
        if self.last_command != Some(command) {
            self.last_command = Some(command);
            let stored = self.ledger.inner.store.command(command).await?;
            let stored =
                stored.ok_or_else(|| Fault::corrupt(event.position, "the command of this event is not recorded"))?;
            let written = self.commands.line(&CommandLine {
                command_id: command,
                request_hash: HEXLOWER.encode(&stored.request_hash),
                first_position: stored.first,
                last_position: stored.last,
                recorded_at: stored.recorded_at,
            });
            written.map_err(file_error(Path::new(COMMANDS), "written"))?;
        }
        Ok(())
    }

    fn tile(&mut self, tile: &Tile) -> Result<(), ExportError> {
        let width = tile.hashes.len() as u64;
        let path = tile_path(Some(tile.level), tile.index, width);
        self.folder.write(&path, &tile.hashes.concat())
    }

    async fn end(mut self, checkpoint: Checkpoint) -> Result<Exported, ExportError> {
        for tile in self.tree.partial_tiles() {
            self.tile(&tile)?;
        }
        if self.tree.root() != checkpoint.root {
            return Err(ExportError::Root(checkpoint.size));
        }
        let mut folder = self.folder;
        folder.finish(self.events)?;
        folder.finish(self.commands)?;
        if self.keys {
            let mut lines = folder.create(KEYS)?;
            let stored = self.ledger.inner.store.subject_keys(self.subjects.clone()).await?;
            for subject in self.subjects {
                let wrapped = match stored.get(&subject) {
                    Some(SubjectKey::Present(key)) => Some(BASE64.encode(&key.0)),
                    Some(SubjectKey::Destroyed) => None,
                    Some(SubjectKey::Withheld) => return Err(ExportError::KeysWithheld),
                    None => return Err(Fault::corrupt(0, format!("the key of subject {subject} is missing")).into()),
                };
                let written = lines.line(&KeyLine { subject, wrapped });
                written.map_err(file_error(Path::new(KEYS), "written"))?;
            }
            folder.finish(lines)?;
        }
        folder.write(CHECKPOINT, checkpoint.note.as_bytes())?;
        let (from, to) = self.range;
        let files = folder.end(Manifest {
            format: FORMAT.to_owned(),
            log_origin: checkpoint.origin,
            from,
            to,
            checkpoint_size: checkpoint.size,
            checkpoint_root: BASE64.encode(&checkpoint.root),
            files: Vec::new(),
        })?;
        Ok(Exported {
            from,
            to,
            checkpoint_size: checkpoint.size,
            root: checkpoint.root,
            files,
        })
    }
}

impl Ledger {
    /// Writes a sealed range of the log into a new folder, in the form that [`crate::export`] describes. `keys`: those of
    /// this log's checkpoints. The files are written on the calling task.
    ///
    /// # Errors
    /// [`ExportError`]; then no folder of the target's name exists.
    pub async fn export(&self, target: &Path, range: Range, keys: &[PublicKey]) -> Result<Exported, ExportError> {
        let store = &self.inner.store;
        let kept = match range.to {
            Some(to) => store.checkpoints(Some(to.saturating_sub(1)), 1).await?.pop(),
            None => store.latest_checkpoint().await?,
        };
        let kept = kept.filter(|kept| kept.size > 0);
        let kept = kept.ok_or(ExportError::NotSealed(range.to.unwrap_or(1)))?;
        let (from, to) = (range.from.unwrap_or(1), range.to.unwrap_or(kept.size));
        if from == 0 || from > to {
            return Err(ExportError::Range { from, to });
        }
        let untrue = |source| ExportError::Checkpoint {
            size: kept.size,
            source,
        };
        let checkpoint = Checkpoint::parse(&kept.note).map_err(untrue)?;
        checkpoint.verify(keys).map_err(untrue)?;
        let size = checkpoint.size;
        let folder = Folder::begin(target)?;
        let mut walk = Walk {
            ledger: self,
            range: (from, to),
            keys: range.keys,
            events: folder.create(EVENTS)?,
            commands: folder.create(COMMANDS)?,
            folder,
            tree: Tree::default(),
            last_command: None,
            subjects: BTreeSet::new(),
            bundle: Vec::new(),
        };
        while walk.tree.size() < size {
            let left = usize::try_from(size - walk.tree.size()).unwrap_or(PAGE).min(PAGE);
            let page = store.after(walk.tree.size(), left).await?;
            if page.is_empty() {
                return Err(Fault::corrupt(walk.tree.size() + 1, "the event is missing").into());
            }
            for event in &page {
                walk.take(event, size).await?;
            }
        }
        walk.end(checkpoint).await
    }

    /// The events of a small range as the lines of an export's `events.jsonl`; at most 10,000 of them. Each leaf has been
    /// checked; personal values are ciphertext.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn event_lines(&self, from: u64, to: u64) -> Result<String, Fault> {
        let count = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(usize::MAX);
        let events = self
            .inner
            .store
            .after(from.saturating_sub(1), count.min(10_000))
            .await?;
        let mut lines = String::new();
        for event in events.iter().filter(|event| event.position <= to) {
            event.checked_leaf()?;
            // Strings and numbers are always JSON.
            lines.push_str(&serde_json::to_string(&EventLine::of(event)).unwrap_or_default());
            lines.push('\n');
        }
        Ok(lines)
    }
}
