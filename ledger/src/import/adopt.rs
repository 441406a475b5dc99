//! Taking over a whole log from an export: the same positions, times, leaves, commands and checkpoint, hence the same root.
//!
//! Only into an empty ledger of the same origin. The export is checked as a whole first; then everything is written in one
//! transaction, each line read again and hashed again on the way, and the root compared once more before the commit: a
//! file that is exchanged in between changes nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use keys::{PublicKey, WrappedKey};
use uuid::Uuid;

use super::ImportError;
use crate::checkpoint::Checkpoint;
use crate::export::{CHECKPOINT, COMMANDS, CommandLine, EVENTS, EventLine, KEYS, KeyLine, MANIFEST, Manifest, check};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::personal::{self, SubjectKey};
use crate::recorded::StoredEvent;
use crate::store::StoredCheckpoint;
use crate::tree::{Hash, Tree};

/// Lines handed to the store at a time.
const PAGE: usize = 1_000;

/// What was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adopted {
    /// Events, which is also the head.
    pub events: u64,
    /// Their root.
    pub root: Hash,
    /// People whose key came along.
    pub keys: u64,
    /// People whose key did not, or was destroyed: what is personal of them stays closed.
    pub without_key: u64,
}

/// A command of the export.
pub(crate) struct AdoptedCommand {
    pub(crate) command_id: Uuid,
    pub(crate) request_hash: Hash,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) recorded_at: i64,
}

/// The files of an export, read line by line, for a store that writes them.
pub(crate) struct Adoption {
    folder: PathBuf,
    events: Lines,
    commands: Lines,
    tree: Tree,
    pub(crate) checkpoint: StoredCheckpoint,
    pub(crate) subjects: Vec<(Uuid, SubjectKey)>,
    /// When keys that did not come are said to have been destroyed.
    pub(crate) now: i64,
}

struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
}

impl Lines {
    fn open(path: PathBuf) -> Result<Self, ImportError> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                path,
                reader: BufReader::new(file),
            }),
            Err(_) => Err(ImportError::Changed(path)),
        }
    }

    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, ImportError> {
        let mut line = Vec::new();
        let changed = || ImportError::Changed(self.path.clone());
        if self.reader.read_until(b'\n', &mut line).map_err(|_| changed())? == 0 {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(|_| changed())
    }
}

impl Adoption {
    /// The next events; none at the end. Positions follow each other and every leaf has been computed.
    pub(crate) fn events(&mut self) -> Result<Vec<StoredEvent>, ImportError> {
        let mut events = Vec::new();
        while events.len() < PAGE {
            let Some(line) = self.events.next::<EventLine>()? else {
                break;
            };
            let event = line.event().filter(|event| event.position == self.tree.size() + 1);
            let changed = || ImportError::Changed(self.events.path.clone());
            let event = event.ok_or_else(changed)?;
            self.tree.push(event.checked_leaf().map_err(|_| changed())?, |_| ());
            events.push(event);
        }
        Ok(events)
    }

    /// The next commands; none at the end.
    pub(crate) fn commands(&mut self) -> Result<Vec<AdoptedCommand>, ImportError> {
        let mut commands = Vec::new();
        while commands.len() < PAGE {
            let Some(line) = self.commands.next::<CommandLine>()? else {
                break;
            };
            let hash = HEXLOWER.decode(line.request_hash.as_bytes()).unwrap_or_default();
            commands.push(AdoptedCommand {
                command_id: line.command_id,
                request_hash: hash
                    .try_into()
                    .map_err(|_| ImportError::Changed(self.commands.path.clone()))?,
                first: line.first_position,
                last: line.last_position,
                recorded_at: line.recorded_at,
            });
        }
        Ok(commands)
    }

    /// After the last event and before the commit: whether what was written is what was signed.
    pub(crate) fn is_whole(&self) -> Result<u64, ImportError> {
        if self.tree.size() == self.checkpoint.size && self.tree.root().as_slice() == self.checkpoint.root.as_slice() {
            Ok(self.tree.size())
        } else {
            Err(ImportError::Changed(self.folder.join(EVENTS)))
        }
    }
}

/// Everybody whose sealed values stand in the export.
fn subjects_in(folder: &Path) -> Result<BTreeSet<Uuid>, ImportError> {
    let mut lines = Lines::open(folder.join(EVENTS))?;
    let mut subjects = BTreeSet::new();
    while let Some(line) = lines.next::<EventLine>()? {
        let changed = || ImportError::Changed(folder.join(EVENTS));
        let event = line.event().ok_or_else(changed)?;
        if personal::may_hold(&event.body) {
            let body = serde_json::from_slice(&event.body).map_err(|_| changed())?;
            subjects.extend(personal::subjects_to_open(&body).map_err(|_| changed())?);
        }
    }
    Ok(subjects)
}

impl Ledger {
    /// Takes over the whole log of an export into this empty ledger. `keys`: those of the log's checkpoints.
    ///
    /// What is personal can be read afterwards if the export holds the data keys and this ledger has the vault that wrapped
    /// them. With `without_keys` an export that holds none is taken all the same: then the people in it count as erased here.
    ///
    /// Commands that wrote no event are not in an export; asked again, they are decided again.
    ///
    /// # Errors
    /// [`ImportError`]; then nothing was written.
    pub async fn adopt(&self, folder: &Path, keys: &[PublicKey], without_keys: bool) -> Result<Adopted, ImportError> {
        if !self.is_writable() {
            return Err(Fault::ReadOnly.into());
        }
        let report = check(folder, keys, None)?;
        if !report.breaks.is_empty() {
            return Err(ImportError::Unsound(Box::new(report)));
        }
        let changed = |name: &str| ImportError::Changed(folder.join(name));
        let manifest = std::fs::read(folder.join(MANIFEST)).map_err(|_| changed(MANIFEST))?;
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| changed(MANIFEST))?;
        let (from, to, size) = (manifest.from, manifest.to, manifest.checkpoint_size);
        if from != 1 || to != size {
            return Err(ImportError::Partial { from, to, size });
        }
        let ours = self.settings().log_origin.clone();
        if manifest.log_origin != ours {
            let theirs = manifest.log_origin;
            return Err(ImportError::Origin { theirs, ours });
        }
        let store = &self.inner.store;
        if self.head().await? != 0 || store.latest_checkpoint().await?.is_some_and(|kept| kept.size > 0) {
            return Err(ImportError::NotEmpty);
        }
        let note = std::fs::read_to_string(folder.join(CHECKPOINT)).map_err(|_| changed(CHECKPOINT))?;
        // Read again, so judged again: the check above may have seen another file.
        let checkpoint = Checkpoint::parse(&note).map_err(|_| changed(CHECKPOINT))?;
        checkpoint.verify(keys).map_err(|_| changed(CHECKPOINT))?;
        if checkpoint.size != size || checkpoint.origin != ours {
            return Err(changed(CHECKPOINT));
        }

        let now: Timestamp = self.clock().now();
        let mut subjects: Vec<(Uuid, SubjectKey)> = Vec::new();
        let mut known = BTreeSet::new();
        if folder.join(KEYS).is_file() {
            let mut lines = Lines::open(folder.join(KEYS))?;
            while let Some(line) = lines.next::<KeyLine>()? {
                let key = match line.wrapped {
                    Some(wrapped) => {
                        let wrapped = BASE64.decode(wrapped.as_bytes()).map_err(|_| changed(KEYS))?;
                        SubjectKey::Present(WrappedKey(wrapped))
                    }
                    None => SubjectKey::Destroyed,
                };
                if known.insert(line.subject) {
                    subjects.push((line.subject, key));
                }
            }
        }
        let missing: Vec<Uuid> = subjects_in(folder)?.difference(&known).copied().collect();
        if !missing.is_empty() && !without_keys {
            return Err(ImportError::NoKeys);
        }
        subjects.extend(missing.into_iter().map(|subject| (subject, SubjectKey::Destroyed)));
        let with_key = subjects
            .iter()
            .filter(|(_, key)| matches!(key, SubjectKey::Present(_)))
            .count();
        let without = subjects.len() - with_key;

        let root = checkpoint.root;
        store
            .adopt(Adoption {
                folder: folder.to_owned(),
                events: Lines::open(folder.join(EVENTS))?,
                commands: Lines::open(folder.join(COMMANDS))?,
                tree: Tree::default(),
                checkpoint: StoredCheckpoint {
                    size,
                    root: root.to_vec(),
                    note,
                    at: now,
                },
                subjects,
                now: now.as_millisecond(),
            })
            .await?;
        // The tiles are derived; should a crash come before them, the next checkpoint makes them.
        self.grow(true, &[]).await?;
        Ok(Adopted {
            events: size,
            root,
            keys: with_key as u64,
            without_key: without as u64,
        })
    }
}
