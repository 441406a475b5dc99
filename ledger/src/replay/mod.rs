//! Reading the log from one position to another, fast and with bounded memory.
//!
//! A thread (SQLite) or task (PostgreSQL) of its own reads ahead into a few chunks that are used again and again; the events
//! are borrowed from them, and their content is decoded straight from the stored bytes ([`Event::typed`]).
//!
//! ```text
//! let mut replay = ledger.replay(ReplayOptions::default()).await?;
//! while let Some(page) = replay.next().await? {
//!     for event in page.events() {
//!         let decoded: MyEvent = event.typed()?;
//!     }
//! }
//! // Only here, after `None`, does what [`Verify::Tree`] promises hold.
//! let summary = replay.summary();
//! ```
//!
//! A replay ends with `None` when everything that was asked for has been handed out, and with an error in every other case: a
//! connection that breaks never looks like a short history. [`ReplayError::reached`] says where to go on.

pub(crate) mod chunk;
pub(crate) mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keys::PublicKey;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::batch::{Context, decode_meta};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::personal::{self, Place, SubjectKey};
use crate::recorded::{Recorded, instant};
use crate::store::feed::{Feed, Wanted};
use crate::tree::Hash;
use chunk::Chunk;
pub use chunk::Event;
use verify::Check;

/// Subjects whose keys a replay remembers.
const KEYS_MAX: usize = 4096;

/// How much is checked on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Only that no position is missing or out of order; with `aggregate_type` not even that.
    Nothing,
    /// Each leaf hash is computed from the stored bytes and compared with the row; no position is missing; the events of a
    /// stream follow each other (as far as its events lie in this replay, and for the first 900,000 streams met).
    #[default]
    Leaves,
    /// As `Leaves`; and the hash tree grown from these leaves has the root of every checkpoint kept for a size in the range,
    /// and is a part of the newest one's tree. What was handed out counts as verified once the replay has ended with `None`.
    Tree,
}

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The first position; 1 is the beginning (0 means the same).
    pub from: u64,
    /// The last position. `None`, or beyond the head: the head as it is when the replay begins.
    pub to: Option<u64>,
    /// What to check.
    pub verify: Verify,
    /// Hand out only streams of this kind. What is verified is verified over all events.
    pub aggregate_type: Option<String>,
    /// Open personal values, as [`Ledger::after`] does. Otherwise they stay sealed, and nothing is asked of the vault.
    pub open: bool,
    /// With [`Verify::Tree`]: the log's public keys; each checkpoint that is compared must be signed by one of them. Empty:
    /// roots are compared with what this store keeps, whoever has signed it.
    pub keys: Vec<PublicKey>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            from: 1,
            to: None,
            verify: Verify::default(),
            aggregate_type: None,
            open: false,
            keys: Vec::new(),
        }
    }
}

/// The replay did not come to its end.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the replay broke off after position {reached}")]
pub struct ReplayError {
    /// Everything up to this position was handed out; a replay from the next one goes on where this one stopped.
    pub reached: u64,
    /// Why.
    #[source]
    pub source: Fault,
}

/// What a replay has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Events handed out.
    pub events: u64,
    /// The position up to which the log was read and, as asked, verified.
    pub reached: u64,
    /// With [`Verify::Tree`], at the end: the root over the first `reached` leaves.
    pub root: Option<Hash>,
    /// With [`Verify::Tree`], at the end: size of the newest checkpoint. Events beyond it no signature covers yet.
    pub signed: u64,
}

/// A replay under way. Dropped, it ends.
pub struct Replay {
    ledger: Ledger,
    feed: Feed,
    check: Check,
    /// Events before this position are read for the tree alone.
    from: u64,
    to: u64,
    aggregate_type: Option<String>,
    /// The store hands over that kind alone.
    picked: bool,
    open: bool,
    keys: BTreeMap<Uuid, SubjectKey>,
    chunk: Option<Chunk>,
    opened: BTreeMap<u64, Vec<u8>>,
    /// Met in the rest of the chunk whose beginning was good.
    pending: Option<Fault>,
    summary: Summary,
    ended: bool,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay")
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

/// A run of events, valid until the next one is asked for.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    chunk: Option<&'a Chunk>,
    opened: &'a BTreeMap<u64, Vec<u8>>,
    from: u64,
    aggregate_type: Option<&'a str>,
    reached: u64,
}

impl std::fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("reached", &self.reached)
            .finish_non_exhaustive()
    }
}

impl<'a> Page<'a> {
    /// The events, in the order of their positions. May be none where a kind of stream was asked for.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let Self {
            chunk,
            opened,
            from,
            aggregate_type,
            ..
        } = *self;
        let rows = chunk.into_iter().flat_map(Chunk::rows);
        let wanted = rows.filter_map(|(_, event)| event.ok()).filter(move |event| {
            event.position >= from && aggregate_type.is_none_or(|kind| kind == event.aggregate_type)
        });
        wanted.map(move |mut event| {
            if !opened.is_empty()
                && let Some(body) = opened.get(&event.position)
            {
                event.body = body;
            }
            event
        })
    }

    /// The position up to which the log has been read with this page. A reader that has taken the page in may keep this as its
    /// place, also where the last events were of other kinds.
    pub const fn reached(&self) -> u64 {
        self.reached
    }
}

impl<'a> Event<'a> {
    /// The content as this type, straight from the bytes.
    ///
    /// # Errors
    /// [`Fault::Decode`].
    pub fn typed<T: Deserialize<'a>>(&self) -> Result<T, Fault> {
        serde_json::from_slice(self.body).map_err(|reader| Fault::Decode {
            position: self.position,
            wanted: std::any::type_name::<T>(),
            reader: Arc::new(reader),
        })
    }

    /// Who asked and why.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn context(&self) -> Result<Context, Fault> {
        decode_meta(self.meta).map_err(|_| Fault::corrupt(self.position, "the meta cannot be read"))
    }

    /// A copy that stands by itself.
    ///
    /// # Errors
    /// [`Fault::Corrupt`]: the meta or the time cannot be read.
    pub fn to_recorded(&self) -> Result<Recorded, Fault> {
        let out_of_range = || Fault::corrupt(self.position, "the time is out of range");
        Ok(Recorded {
            position: self.position,
            aggregate_type: self.aggregate_type.to_owned(),
            aggregate_id: self.aggregate_id.to_owned(),
            sequence: self.sequence,
            event_type: self.event_type.to_owned(),
            event_version: self.event_version.to_owned(),
            body: self.body.to_vec(),
            meta: self.context()?,
            leaf_hash: self.leaf_hash,
            recorded_at: instant(self.recorded_at).ok_or_else(out_of_range)?,
        })
    }

    pub(crate) const fn place(&self) -> Place<'a> {
        Place {
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            event_type: self.event_type,
        }
    }
}

impl Ledger {
    /// Begins to read the log by position. See [`crate::replay`].
    ///
    /// # Errors
    /// [`ReplayError`]: the store cannot be reached, or does not match its checkpoints.
    pub async fn replay(&self, options: ReplayOptions) -> Result<Replay, ReplayError> {
        let from = options.from.max(1);
        let begun = self.begin_replay(from, options).await;
        self.noticed(begun).map_err(|source| ReplayError {
            reached: from - 1,
            source,
        })
    }

    async fn begin_replay(&self, from: u64, options: ReplayOptions) -> Result<Replay, Fault> {
        // First the checkpoints, then the head: a log that grows meanwhile can only be longer than they say.
        let known = match options.verify {
            Verify::Tree => self.known_checkpoints().await?,
            Verify::Leaves | Verify::Nothing => Vec::new(),
        };
        let head = self.inner.store.head().await?;
        let to = options.to.unwrap_or(head).min(head);
        let check = Check::begin(self, options.verify, known, options.keys, from, head).await?;
        let at_store = match options.verify {
            Verify::Nothing => options.aggregate_type.clone(),
            Verify::Leaves | Verify::Tree => None,
        };
        let picked = at_store.is_some();
        let wanted = Wanted {
            from: check.next(),
            to,
            aggregate_type: at_store,
        };
        let feed = self.inner.store.feed(wanted).await?;
        Ok(Replay {
            ledger: self.clone(),
            feed,
            check,
            from,
            to,
            aggregate_type: options.aggregate_type,
            picked,
            open: options.open,
            keys: BTreeMap::new(),
            chunk: None,
            opened: BTreeMap::new(),
            pending: None,
            summary: Summary {
                reached: from - 1,
                ..Summary::default()
            },
            ended: false,
        })
    }
}

impl Replay {
    /// The next events; `None` when all that was asked for has been handed out and verified.
    ///
    /// # Errors
    /// [`ReplayError`]. After an error, and after `None`, the answer is `None`.
    pub async fn next(&mut self) -> Result<Option<Page<'_>>, ReplayError> {
        if self.ended {
            return Ok(None);
        }
        match self.step().await {
            Ok(true) => {}
            Ok(false) => {
                self.ended = true;
                return Ok(None);
            }
            Err(fault) => {
                self.ended = true;
                let source = self.ledger.noticed(Err::<(), _>(fault)).err().unwrap_or(Fault::Stopped);
                let reached = self.summary.reached;
                return Err(ReplayError { reached, source });
            }
        }
        let page = Page {
            chunk: self.chunk.as_ref(),
            opened: &self.opened,
            from: self.from,
            aggregate_type: self.aggregate_type.as_deref(),
            reached: self.summary.reached,
        };
        Ok(Some(page))
    }

    /// Hands every remaining event to `take` and answers with the summary of the whole replay.
    ///
    /// # Errors
    /// [`ReplayError`]; what `take` refuses ends the replay, which then has reached the event before.
    pub async fn each(mut self, mut take: impl FnMut(Event<'_>) -> Result<(), Fault>) -> Result<Summary, ReplayError> {
        let mut reached = self.summary.reached;
        while let Some(page) = self.next().await? {
            for event in page.events() {
                take(event).map_err(|source| ReplayError { reached, source })?;
                reached = event.position;
            }
            reached = page.reached();
        }
        Ok(self.summary)
    }

    /// What has been done so far.
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    /// The position at which this replay ends.
    pub const fn to(&self) -> u64 {
        self.to
    }

    /// Whether there is a page to hand out.
    async fn step(&mut self) -> Result<bool, Fault> {
        self.opened.clear();
        if let Some(chunk) = self.chunk.take() {
            self.feed.give_back(chunk);
        }
        loop {
            if let Some(fault) = self.pending.take() {
                return Err(fault);
            }
            let Some(mut chunk) = self.feed.next().await? else {
                let picked = self.picked;
                (self.summary.root, self.summary.signed) = self.check.finish(&self.ledger, self.to, picked).await?;
                self.summary.reached = self.summary.reached.max(self.to);
                return Ok(false);
            };
            let picked = self.picked;
            let mut good = 0;
            for (position, row) in chunk.rows() {
                let judged = match row {
                    Ok(event) => self.check.judge(&event, picked),
                    Err(cause) => Err(Fault::corrupt(position, format!("the event cannot be read: {cause}"))),
                };
                if let Err(fault) = judged {
                    self.pending = Some(fault);
                    break;
                }
                good += 1;
                if self.check.is_due() {
                    // A root is due here: it is compared before anything behind it is handed out.
                    if let Err(fault) = self.check.compare_here(&self.ledger).await {
                        self.pending = Some(fault);
                        break;
                    }
                }
            }
            chunk.truncate(good);
            if self.open {
                self.open_personal(&chunk).await?;
            }
            if let Some((position, _)) = chunk.rows().last() {
                self.summary.reached = self.summary.reached.max(position);
            }
            let page = Page {
                chunk: Some(&chunk),
                opened: &self.opened,
                from: self.from,
                aggregate_type: self.aggregate_type.as_deref(),
                reached: 0,
            };
            let count = match &self.aggregate_type {
                None if chunk.rows().next().is_none_or(|(position, _)| position >= self.from) => chunk.len(),
                _ => page.events().count(),
            };
            self.summary.events += u64::try_from(count).unwrap_or(u64::MAX);
            if count > 0 {
                self.chunk = Some(chunk);
                return Ok(true);
            }
            self.feed.give_back(chunk);
        }
    }

    async fn open_personal(&mut self, chunk: &Chunk) -> Result<(), Fault> {
        let events = chunk.rows().filter_map(|(_, event)| event.ok());
        let wanted = events.filter(|event| {
            event.position >= self.from
                && self
                    .aggregate_type
                    .as_ref()
                    .is_none_or(|kind| kind == event.aggregate_type)
                && personal::may_hold(event.body)
        });
        let mut parsed = Vec::new();
        let mut subjects = BTreeSet::new();
        for event in wanted {
            let corrupt = |what: String| Fault::Corrupt {
                position: event.position,
                what,
            };
            let body: Value =
                serde_json::from_slice(event.body).map_err(|_| corrupt("the body is no JSON".to_owned()))?;
            subjects.extend(personal::subjects_to_open(&body).map_err(|error| corrupt(error.to_string()))?);
            parsed.push((event, body));
        }
        if self.keys.len() > KEYS_MAX {
            self.keys.clear();
        }
        subjects.retain(|subject| !self.keys.contains_key(subject));
        self.keys.extend(self.ledger.inner.store.subject_keys(subjects).await?);
        for (event, mut body) in parsed {
            let position = event.position;
            personal::open(&mut body, &event.place(), &self.keys, &self.ledger.inner.vault)
                .map_err(|error| Fault::corrupt(position, error.to_string()))?;
            let body = serde_json::to_vec(&body)
                .map_err(|_| Fault::corrupt(position, "the body cannot be written as JSON"))?;
            self.opened.insert(position, body);
        }
        Ok(())
    }
}
