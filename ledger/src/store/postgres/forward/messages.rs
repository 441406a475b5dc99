//! What two processes say to each other, as bytes. One value has one encoding.
//!
//! Numbers are big-endian; bytes and text stand behind their length (4), lists behind their count (4), a choice behind its number
//! (1). Hashes of bodies and meta are not sent: whoever reads makes them anew, so that no leaf can differ from its bytes.

use std::collections::{BTreeMap, BTreeSet};

use keys::WrappedKey;
use uuid::Uuid;

use crate::batch::{Bookmark, Expect, Receipt};
use crate::fault::CommitError;
use crate::leaf::{sha256, stream_digest};
use crate::recorded::instant;
use crate::store::plan::{Prepared, PreparedAppend, PreparedEvent, PreparedRow, Refusal, RowContent, Verdict};

/// From a follower to the leader.
pub(super) enum Request {
    /// Nothing to say; only that the connection is alive.
    Here,
    /// To be committed. The number names it in the answer.
    Batch(u64, Prepared),
}

/// From the leader to a follower.
pub(super) enum Answer {
    Verdict(u64, Verdict),
    /// The leader's writer failed, or has ended; the outcome is unknown.
    Failed(u64),
}

const HERE: u8 = 0;
const BATCH: u8 = 1;
const VERDICT: u8 = 1;
const FAILED: u8 = 2;

pub(super) fn here() -> Vec<u8> {
    vec![HERE]
}

pub(super) fn batch(number: u64, batch: &Prepared) -> Vec<u8> {
    // Exhaustive, so that what is added to a batch cannot be forgotten here.
    let Prepared {
        command_id,
        request_hash,
        appends,
        subjects,
        // Only a hint: the leader looks for itself.
        fresh: _,
        rows,
        bookmark,
        destroy,
    } = batch;
    let mut out = Writer(Vec::with_capacity(batch.bytes() + 512));
    out.byte(BATCH);
    out.number(number);
    out.raw(command_id.as_bytes());
    out.raw(request_hash);
    out.count(appends.len());
    for append in appends {
        let PreparedAppend {
            aggregate_type,
            aggregate_id,
            // Follows from the two.
            stream: _,
            expected,
            events,
        } = append;
        out.text(aggregate_type);
        out.text(aggregate_id);
        out.number(*expected);
        out.count(events.len());
        for event in events {
            let PreparedEvent {
                event_type,
                event_version,
                body,
                body_hash: _,
                meta,
                meta_hash: _,
            } = event;
            out.text(event_type);
            out.text(event_version);
            out.bytes(body);
            out.bytes(meta);
        }
    }
    out.count(subjects.len());
    for (subject, WrappedKey(key)) in subjects {
        out.raw(subject.as_bytes());
        out.bytes(key);
    }
    out.count(rows.len());
    for row in rows {
        let PreparedRow {
            space,
            key,
            // Follows from the two.
            place: _,
            expect,
            // Only a hint.
            new: _,
            content,
        } = row;
        out.text(space);
        out.text(key);
        match expect {
            Expect::Any => out.byte(0),
            Expect::Absent => out.byte(1),
            Expect::Version(version) => {
                out.byte(2);
                out.number(*version);
            }
        }
        let Some(RowContent { folded, sealed, terms }) = content else {
            out.byte(0);
            continue;
        };
        out.byte(1);
        out.number(*folded);
        out.bytes(sealed);
        out.count(terms.len());
        for (name, value) in terms.iter() {
            out.text(name);
            out.text(value);
        }
    }
    match bookmark {
        None => out.byte(0),
        Some(Bookmark {
            name,
            generation,
            from,
            to,
        }) => {
            out.byte(1);
            out.text(name);
            out.number((*generation).into());
            out.number(*from);
            out.number(*to);
        }
    }
    out.count(destroy.len());
    for subject in destroy {
        out.raw(subject.as_bytes());
    }
    out.0
}

/// `None`: not what [`batch`] or [`here`] writes.
pub(super) fn read_request(payload: &[u8]) -> Option<Request> {
    let mut reader = Reader(payload);
    let request = match reader.byte()? {
        HERE => Request::Here,
        BATCH => Request::Batch(reader.number()?, reader.prepared()?),
        _ => return None,
    };
    reader.0.is_empty().then_some(request)
}

pub(super) fn answer(answer: &Answer) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(128));
    match answer {
        Answer::Failed(number) => {
            out.byte(FAILED);
            out.number(*number);
        }
        Answer::Verdict(number, verdict) => {
            out.byte(VERDICT);
            out.number(*number);
            out.verdict(verdict);
        }
    }
    out.0
}

/// `None`: not what [`answer`] writes.
pub(super) fn read_answer(payload: &[u8]) -> Option<Answer> {
    let mut reader = Reader(payload);
    let answer = match reader.byte()? {
        VERDICT => Answer::Verdict(reader.number()?, reader.verdict()?),
        FAILED => Answer::Failed(reader.number()?),
        _ => return None,
    };
    reader.0.is_empty().then_some(answer)
}

struct Writer(Vec<u8>);

impl Writer {
    fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    fn raw(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
    }

    fn number(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// What is longer than a frame is never sent, so a length that does not fit is only written, not read.
    fn count(&mut self, value: usize) {
        self.raw(&u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.raw(value);
    }

    fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let error = match verdict {
            Ok(receipt) => {
                let Receipt {
                    first_position,
                    last_position,
                    leaf_hashes,
                    recorded_at,
                    repeated,
                } = receipt;
                self.byte(0);
                self.number(*first_position);
                self.number(*last_position);
                self.count(leaf_hashes.len());
                for hash in leaf_hashes {
                    self.raw(hash);
                }
                self.raw(&recorded_at.as_millisecond().to_be_bytes());
                self.byte((*repeated).into());
                return;
            }
            Err(Refusal::Reseal) => return self.byte(1),
            Err(Refusal::Commit(error)) => error,
        };
        match error {
            CommitError::Conflict {
                aggregate_type,
                aggregate_id,
                expected,
                actual,
            } => {
                self.byte(2);
                self.text(aggregate_type);
                self.text(aggregate_id);
                self.number(*expected);
                self.number(*actual);
            }
            CommitError::RowConflict { space, key } => {
                self.byte(3);
                self.text(space);
                self.text(key);
            }
            CommitError::BookmarkMoved { name, from, stored } => {
                self.byte(4);
                self.text(name);
                self.number(*from);
                self.number(*stored);
            }
            CommitError::CommandReused => self.byte(5),
            CommitError::SubjectErased { subject } => {
                self.byte(6);
                self.raw(subject.as_bytes());
            }
            CommitError::Invalid { what } => {
                self.byte(7);
                self.text(what);
            }
            CommitError::Corrupt { position } => {
                self.byte(8);
                self.number(*position);
            }
            // No writer gives this as a verdict; read back it is nonsense, and the connection ends.
            CommitError::Unavailable(_) => self.byte(u8::MAX),
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.array().map(u32::from_be_bytes)?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn uuid(&mut self) -> Option<Uuid> {
        self.array().map(Uuid::from_bytes)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.array().map(u32::from_be_bytes)?;
        // Not reserved: the count is a claim until the items are there.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn prepared(&mut self) -> Option<Prepared> {
        Some(Prepared {
            command_id: self.uuid()?,
            request_hash: self.array()?,
            appends: self.list(Self::append)?,
            subjects: {
                let subjects = self.list(|reader| Some((reader.uuid()?, WrappedKey(reader.bytes()?.to_vec()))))?;
                ascending(&subjects, |(subject, _)| subject)?;
                BTreeMap::from_iter(subjects)
            },
            fresh: BTreeSet::new(),
            rows: self.list(Self::row)?,
            bookmark: match self.byte()? {
                0 => None,
                1 => Some(Bookmark {
                    name: self.text()?,
                    generation: u32::try_from(self.number()?).ok()?,
                    from: self.number()?,
                    to: self.number()?,
                }),
                _ => return None,
            },
            destroy: self.list(Self::uuid)?,
        })
    }

    fn append(&mut self) -> Option<PreparedAppend> {
        let (aggregate_type, aggregate_id) = (self.text()?, self.text()?);
        Some(PreparedAppend {
            stream: stream_digest(&aggregate_type, &aggregate_id),
            aggregate_type,
            aggregate_id,
            expected: self.number()?,
            events: self.list(|reader| {
                let (event_type, event_version) = (reader.text()?, reader.text()?);
                let (body, meta) = (reader.bytes()?.to_vec(), reader.bytes()?.to_vec());
                Some(PreparedEvent {
                    event_type,
                    event_version,
                    body_hash: sha256(&body),
                    body,
                    meta_hash: sha256(&meta),
                    meta,
                })
            })?,
        })
    }

    fn row(&mut self) -> Option<PreparedRow> {
        let (space, key) = (self.text()?, self.text()?);
        let expect = match self.byte()? {
            0 => Expect::Any,
            1 => Expect::Absent,
            2 => Expect::Version(self.number()?),
            _ => return None,
        };
        let content = match self.byte()? {
            0 => None,
            1 => {
                let (folded, sealed) = (self.number()?, self.bytes()?.to_vec());
                let terms = self.list(|reader| Some((reader.text()?, reader.text()?)))?;
                ascending(&terms, |term| term)?;
                let terms = terms.into();
                Some(RowContent { folded, sealed, terms })
            }
            _ => return None,
        };
        Some(PreparedRow {
            place: stream_digest(&space, &key),
            space,
            key,
            expect,
            new: false,
            content,
        })
    }

    fn verdict(&mut self) -> Option<Verdict> {
        let error = match self.byte()? {
            0 => {
                return Some(Ok(Receipt {
                    first_position: self.number()?,
                    last_position: self.number()?,
                    leaf_hashes: self.list(Self::array)?,
                    recorded_at: instant(self.array().map(i64::from_be_bytes)?)?,
                    repeated: match self.byte()? {
                        0 => false,
                        1 => true,
                        _ => return None,
                    },
                }));
            }
            1 => return Some(Err(Refusal::Reseal)),
            2 => CommitError::Conflict {
                aggregate_type: self.text()?,
                aggregate_id: self.text()?,
                expected: self.number()?,
                actual: self.number()?,
            },
            3 => CommitError::RowConflict {
                space: self.text()?,
                key: self.text()?,
            },
            4 => CommitError::BookmarkMoved {
                name: self.text()?,
                from: self.number()?,
                stored: self.number()?,
            },
            5 => CommitError::CommandReused,
            6 => CommitError::SubjectErased { subject: self.uuid()? },
            7 => CommitError::Invalid { what: self.text()? },
            8 => CommitError::Corrupt {
                position: self.number()?,
            },
            _ => return None,
        };
        Some(Err(Refusal::Commit(error)))
    }
}

/// A set has one order.
fn ascending<T, K: Ord>(items: &[T], key: impl Fn(&T) -> &K) -> Option<()> {
    items.is_sorted_by(|one, next| key(one) < key(next)).then_some(())
}
