//! A sealed range of the log as files that need no program of ours to be checked.
//!
//! ```text
//! DIR/manifest.json           format, log, range, checkpoint, and every other file with its length and SHA-256
//! DIR/events.jsonl            the events of the range as stored, one line each; personal values are ciphertext
//! DIR/commands.jsonl          the commands that wrote them
//! DIR/keys.jsonl              only when asked for: the wrapped data keys of the people in the range
//! DIR/log/checkpoint          the smallest kept checkpoint that covers the range
//! DIR/log/tile/<L>/<N>        the hash tree of that size (C2SP tlog-tiles), so that every proof can be computed
//! DIR/log/tile/entries/<N>    the leaves of the range, in whole bundles of 256
//! ```
//!
//! The same range gives the same bytes, whenever it is exported and from whichever store: the checkpoint is the smallest
//! one that covers the range, and no time of the export is written down. The whole log up to the checkpoint is read and its root
//! compared with the signed one before anything is handed out.
//!
//! Everything is written into `DIR.part`, made durable and then renamed. A run that died is begun anew; an existing `DIR` is
//! never touched.

mod check;
mod write;

use std::path::PathBuf;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Fault;
use crate::note::NoteError;
use crate::recorded::StoredEvent;
use crate::tiles::{Kind, TilePath};
use crate::tree::TILE_WIDTH;

pub use check::check;
pub use write::Exported;

pub(crate) const FORMAT: &str = "praman export 1";
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const EVENTS: &str = "events.jsonl";
pub(crate) const COMMANDS: &str = "commands.jsonl";
pub(crate) const KEYS: &str = "keys.jsonl";
pub(crate) const CHECKPOINT: &str = "log/checkpoint";
/// Leaves in a full tile and in a full bundle.
pub(crate) const WIDTH: u64 = 256;

/// Which part of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The first position; 1 where it is not said.
    pub from: Option<u64>,
    /// The last position; the size of the latest kept checkpoint where it is not said.
    pub to: Option<u64>,
    /// Also the wrapped data keys, so that an installation with the same vault can read what is personal. Such an export is as
    /// confidential as the database.
    pub keys: bool,
}

/// Why nothing was exported, or an export could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExportError {
    /// The target exists; an export is never written over another.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Another run is writing to the same place.
    #[error("another export is being written to {0}")]
    Busy(PathBuf),
    /// Something that is no unfinished export stands where the unfinished one would be written.
    #[error("{0} is in the way and is no unfinished export")]
    InTheWay(PathBuf),
    /// No such range.
    #[error("there is no range from {from} to {to}")]
    Range {
        /// First position asked for.
        from: u64,
        /// Last position asked for.
        to: u64,
    },
    /// Only what a checkpoint covers is sealed.
    #[error("no kept checkpoint covers position {0}; the next one is a second away")]
    NotSealed(u64),
    /// The checkpoint is not signed by a key of this log.
    #[error("the kept checkpoint of size {size} is not to be believed")]
    Checkpoint {
        /// Its size.
        size: u64,
        /// Why.
        #[source]
        source: NoteError,
    },
    /// The stored events do not have the root that was signed.
    #[error("the log does not have the root that its checkpoint of size {0} signed")]
    Root(u64),
    /// A file could not be read or written.
    #[error("{path} could not be {doing}")]
    File {
        /// Which.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::sync::Arc<std::io::Error>,
    },
    /// Data keys were asked for, and this role of the database may not read them.
    #[error("the data keys may not be read by this role of the database")]
    KeysWithheld,
    /// The store failed.
    #[error("the log could not be read")]
    Store(#[from] Fault),
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: String,
    pub(crate) log_origin: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) checkpoint_size: u64,
    /// Base64, as in the note.
    pub(crate) checkpoint_root: String,
    pub(crate) files: Vec<ListedFile>,
}

/// One file of an export; the list is sorted by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListedFile {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

/// One line of `events.jsonl`. Bytes that are text stand as text, which keeps them exactly; others as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine {
    position: u64,
    aggregate_type: String,
    aggregate_id: String,
    sequence: u64,
    event_type: String,
    event_version: String,
    /// Milliseconds since 1970-01-01T00:00Z.
    recorded_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_base64: Option<String>,
    /// Lower-case hex.
    leaf_hash: String,
}

fn text_or_base64(bytes: &[u8]) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(BASE64.encode(bytes))),
    }
}

fn bytes_of(text: Option<String>, base64: Option<String>) -> Option<Vec<u8>> {
    match (text, base64) {
        (Some(text), None) => Some(text.into_bytes()),
        (None, Some(base64)) => BASE64.decode(base64.as_bytes()).ok(),
        _ => None,
    }
}

impl EventLine {
    pub(crate) fn of(event: &StoredEvent) -> Self {
        let (body, body_base64) = text_or_base64(&event.body);
        let (meta, meta_base64) = text_or_base64(&event.meta);
        Self {
            position: event.position,
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            recorded_at: event.recorded_at,
            body,
            body_base64,
            meta,
            meta_base64,
            leaf_hash: HEXLOWER.encode(&event.leaf_hash),
        }
    }

    /// The stored event; `None` where the line gives no bytes or two.
    pub(crate) fn event(self) -> Option<StoredEvent> {
        Some(StoredEvent {
            position: self.position,
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            event_type: self.event_type,
            event_version: self.event_version,
            body: bytes_of(self.body, self.body_base64)?,
            meta: bytes_of(self.meta, self.meta_base64)?,
            leaf_hash: HEXLOWER.decode(self.leaf_hash.as_bytes()).ok()?,
            recorded_at: self.recorded_at,
        })
    }
}

/// One line of `commands.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandLine {
    pub(crate) command_id: Uuid,
    /// Lower-case hex.
    pub(crate) request_hash: String,
    pub(crate) first_position: u64,
    pub(crate) last_position: u64,
    pub(crate) recorded_at: i64,
}

/// One line of `keys.jsonl`: a wrapped key, or the mark of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyLine {
    pub(crate) subject: Uuid,
    /// Base64; absent: the key was destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wrapped: Option<String>,
}

/// Where a tile lies in an export: `level` is `None` for a bundle of entries.
pub(crate) fn tile_path(level: Option<u8>, index: u64, width: u64) -> String {
    let kind = level.map_or(Kind::Entries, Kind::Hashes);
    // A width is 256 at most.
    let width = usize::try_from(width).unwrap_or(TILE_WIDTH);
    format!("log/{}", TilePath { kind, index, width })
}

/// The tiles of a tree of this size: level, index, width.
pub(crate) fn tiles_of(size: u64) -> Vec<(u8, u64, u64)> {
    let mut tiles = Vec::new();
    let mut entries = size;
    for level in 0_u8.. {
        if entries == 0 {
            break;
        }
        tiles.extend((0..entries.div_ceil(WIDTH)).map(|index| (level, index, (entries - index * WIDTH).min(WIDTH))));
        entries /= WIDTH;
    }
    tiles
}

/// The bundles that hold the leaves of positions `from..=to`, in a tree of this size: index and width.
pub(crate) fn bundles_of(from: u64, to: u64, size: u64) -> Vec<(u64, u64)> {
    ((from - 1) / WIDTH..to.div_ceil(WIDTH))
        .map(|index| (index, (size - index * WIDTH).min(WIDTH)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_these_tiles() {
        assert_eq!(tiles_of(0), vec![]);
        assert_eq!(tiles_of(1), vec![(0, 0, 1)]);
        assert_eq!(tiles_of(256), vec![(0, 0, 256), (1, 0, 1)]);
        assert_eq!(tiles_of(257), vec![(0, 0, 256), (0, 1, 1), (1, 0, 1)]);
        assert_eq!(tiles_of(65_536).len(), 256 + 1 + 1);
        assert_eq!(tile_path(None, 1, 44), "log/tile/entries/001.p/44");
        assert_eq!(bundles_of(1, 256, 300), vec![(0, 256)]);
        assert_eq!(bundles_of(256, 257, 300), vec![(0, 256), (1, 44)]);
    }
}
