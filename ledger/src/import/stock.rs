//! From a stock table into the log.
//!
//! An event keeps its stream, sequence, type, version and the exact bytes of its payload. `meta` holds the fields of its metadata
//! where they are text, and under `imported_metadata` the metadata's exact text; the command is one of the import's own. Position
//! and time are those of the import: the tables have neither.
//!
//! Each batch is one commit. Whatever the ledger holds already is compared and left, so that a second run finds nothing to do, and a
//! run that was broken off goes on where it stopped. At the end the source is read once more and every event compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::source::{Rows, StockRow};
use super::{ImportError, Table};
use crate::batch::{BODY_BYTES_MAX, Context, NAME_BYTES_MAX, encode_meta};
use crate::fault::CommitError;
use crate::leaf::{sha256, stream_digest};
use crate::ledger::{Health, Ledger};
use crate::personal;
use crate::recorded::StoredEvent;
use crate::store::plan::{Prepared, PreparedAppend, PreparedEvent, Refusal};

/// Events in one commit, about.
const BATCH: usize = 500;
/// Command ids of imports are made under this name from what they import.
const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_696d_706f_7274);
/// The field of `meta` that holds the metadata as it was.
const KEPT: &str = "imported_metadata";
/// Fields of `meta` that are the ledger's own.
const RESERVED: [&str; 6] = ["command_id", "actor", "correlation_id", "causation", "commits_to", KEPT];

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Streams in the source.
    pub streams: u64,
    /// Events in the source; each was compared with the ledger's at the end.
    pub events: u64,
    /// Events that were new.
    pub appended: u64,
}

/// The events of one stream that wait to be committed.
struct Waiting {
    aggregate_type: String,
    aggregate_id: String,
    expected: u64,
    rows: Vec<StockRow>,
}

/// One pass over the source.
struct Pass<'a> {
    ledger: &'a Ledger,
    /// Without it, what is missing is an error.
    append: bool,
    done: Imported,
    /// The stream that is being read: its name, what the ledger holds of it, and the sequence reached.
    stream: Option<(String, String)>,
    held: Vec<StoredEvent>,
    reached: u64,
    waiting: Vec<Waiting>,
    waiting_events: usize,
    waiting_bytes: usize,
}

impl Pass<'_> {
    async fn run(mut self, table: &Table) -> Result<Imported, ImportError> {
        let mut rows = Rows::open(table).await?;
        loop {
            let page = rows.next().await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                self.take(row).await?;
            }
        }
        self.flush().await?;
        Ok(self.done)
    }

    async fn take(&mut self, row: StockRow) -> Result<(), ImportError> {
        self.done.events += 1;
        let number = self.done.events;
        let unfit = |what| ImportError::Row {
            row: number,
            aggregate_type: row.aggregate_type.clone(),
            sequence: row.sequence,
            what,
        };
        check(&row).map_err(unfit)?;
        let stream = (row.aggregate_type.clone(), row.aggregate_id.clone());
        if self.stream.as_ref() != Some(&stream) {
            self.done.streams += 1;
            self.reached = 0;
            let held = self.ledger.stored_stream(&stream.0, &stream.1, 0).await?;
            self.held = held;
            self.stream = Some(stream);
        }
        self.reached += 1;
        if u64::try_from(row.sequence) != Ok(self.reached) {
            return Err(unfit("its stream has a gap or begins above 1"));
        }
        let place = usize::try_from(self.reached - 1).unwrap_or(usize::MAX);
        if let Some(held) = self.held.get(place) {
            return if is_same(held, &row) {
                Ok(())
            } else {
                Err(ImportError::Differs {
                    row: number,
                    aggregate_type: row.aggregate_type,
                    sequence: self.reached,
                })
            };
        }
        if !self.append {
            return Err(ImportError::Missing {
                row: number,
                aggregate_type: row.aggregate_type,
                sequence: self.reached,
            });
        }
        self.waiting_events += 1;
        self.waiting_bytes += row.payload.len() + row.metadata.len();
        match self.waiting.last_mut() {
            Some(last) if last.aggregate_type == row.aggregate_type && last.aggregate_id == row.aggregate_id => {
                last.rows.push(row);
            }
            _ => self.waiting.push(Waiting {
                aggregate_type: row.aggregate_type.clone(),
                aggregate_id: row.aggregate_id.clone(),
                expected: self.reached - 1,
                rows: vec![row],
            }),
        }
        if self.waiting_events >= BATCH || self.waiting_bytes >= BODY_BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), ImportError> {
        let waiting = std::mem::take(&mut self.waiting);
        let events = std::mem::take(&mut self.waiting_events);
        self.waiting_bytes = 0;
        if waiting.is_empty() {
            return Ok(());
        }
        self.ledger.take_stock(&waiting).await?;
        self.done.appended += u64::try_from(events).unwrap_or(u64::MAX);
        Ok(())
    }
}

/// Whether the row can be an event here; why not.
fn check(row: &StockRow) -> Result<(), &'static str> {
    for name in [
        &row.aggregate_type,
        &row.aggregate_id,
        &row.event_type,
        &row.event_version,
    ] {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
            return Err("a name is empty, too long, or holds a zero byte");
        }
    }
    if row.payload.len() > BODY_BYTES_MAX || meta_of(row, Uuid::nil()).len() > BODY_BYTES_MAX {
        return Err("the payload or the metadata is too large");
    }
    if serde_json::from_str::<serde_json::Value>(&row.payload).is_err() {
        return Err("the payload is no JSON");
    }
    if serde_json::from_str::<serde_json::Value>(&row.metadata).is_err() {
        return Err("the metadata is no JSON");
    }
    if personal::may_hold(row.payload.as_bytes()) {
        return Err("the payload holds the mark of sealed personal data, which only this ledger sets");
    }
    Ok(())
}

fn meta_of(row: &StockRow, command_id: Uuid) -> Vec<u8> {
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&row.metadata).unwrap_or_default();
    let text = |name: &str| fields.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let mut extra: BTreeMap<String, String> = fields
        .iter()
        .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    extra.insert(KEPT.to_owned(), row.metadata.clone());
    let context = Context {
        command_id,
        actor: text("actor").unwrap_or_else(|| "import".to_owned()),
        correlation_id: text("correlation_id")
            .and_then(|id| Uuid::try_parse(&id).ok())
            .unwrap_or_default(),
        causation: text("causation"),
        commits_to: None,
    };
    encode_meta(&context, &extra)
}

fn is_same(held: &StoredEvent, row: &StockRow) -> bool {
    let kept = serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(&held.meta)
        .ok()
        .and_then(|fields| Some(fields.get(KEPT)?.as_str()? == row.metadata));
    held.event_type == row.event_type
        && held.event_version == row.event_version
        && held.body == row.payload.as_bytes()
        && held.checked_leaf().is_ok()
        && kept == Some(true)
}

impl Ledger {
    /// Takes a table of postgres-es or sqlite-es in, in the order and form that the head of this module's file describes, and
    /// compares every event afterwards. Safe to be broken off and to be repeated; streams of other names are left alone.
    ///
    /// # Errors
    /// [`ImportError`]; what was committed before it stays, and a later run goes on from there.
    pub async fn import(&self, table: &Table) -> Result<Imported, ImportError> {
        let pass = |append| Pass {
            ledger: self,
            append,
            done: Imported::default(),
            stream: None,
            held: Vec::new(),
            reached: 0,
            waiting: Vec::new(),
            waiting_events: 0,
            waiting_bytes: 0,
        };
        let taken = pass(true).run(table).await?;
        let compared = pass(false).run(table).await?;
        // The source may have grown between the two: then the second met an event that was missing.
        Ok(Imported {
            appended: taken.appended,
            ..compared
        })
    }

    async fn take_stock(&self, waiting: &[Waiting]) -> Result<(), ImportError> {
        if !self.is_writable() {
            return Err(crate::Fault::ReadOnly.into());
        }
        if let Health::Suspect { position, .. } = self.health() {
            return Err(CommitError::Corrupt { position }.into());
        }
        // The same rows make the same command.
        let mut content = Vec::new();
        for row in waiting.iter().flat_map(|stream| &stream.rows) {
            for part in [
                &row.aggregate_type,
                &row.aggregate_id,
                &row.sequence.to_string(),
                &row.event_type,
                &row.event_version,
                &row.payload,
                &row.metadata,
            ] {
                content.extend((part.len() as u64).to_be_bytes());
                content.extend_from_slice(part.as_bytes());
            }
        }
        let request_hash = sha256(&content);
        let command_id = Uuid::new_v5(&NAMESPACE, &request_hash);
        let appends = waiting.iter().map(|stream| PreparedAppend {
            aggregate_type: stream.aggregate_type.clone(),
            aggregate_id: stream.aggregate_id.clone(),
            stream: stream_digest(&stream.aggregate_type, &stream.aggregate_id),
            expected: stream.expected,
            events: stream.rows.iter().map(|row| prepared(row, command_id)).collect(),
        });
        let prepared = Prepared {
            command_id,
            request_hash,
            appends: appends.collect(),
            subjects: BTreeMap::new(),
            fresh: BTreeSet::new(),
            rows: Vec::new(),
            bookmark: None,
            destroy: Vec::new(),
        };
        let answer = self
            .inner
            .store
            .submit(Arc::new(prepared), self.settings().write_deadline);
        match self.noticed(answer.await)? {
            Ok(_) => Ok(()),
            Err(Refusal::Commit(error)) => Err(error.into()),
            // Nothing was sealed, so nothing can ask for it.
            Err(Refusal::Reseal) => Err(crate::Fault::Stopped.into()),
        }
    }
}

fn prepared(row: &StockRow, command_id: Uuid) -> PreparedEvent {
    let (body, meta) = (row.payload.clone().into_bytes(), meta_of(row, command_id));
    PreparedEvent {
        event_type: row.event_type.clone(),
        event_version: row.event_version.clone(),
        body_hash: sha256(&body),
        body,
        meta_hash: sha256(&meta),
        meta,
    }
}
