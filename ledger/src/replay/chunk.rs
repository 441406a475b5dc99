//! A run of events in two flat buffers, which go back to the reader when they have been used.

use crate::tree::Hash;

/// A chunk is handed over when it holds this many events,
const EVENTS_MAX: usize = 1024;
/// or about this many bytes.
const BYTES_MAX: usize = 512 << 10;
/// No field that was ever written is as large: see [`crate::BODY_BYTES_MAX`].
const FIELD_BYTES_MAX: usize = 4 << 20;

/// An event as it is stored, borrowed from where it was read. Nothing of it has been copied for you.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Place in the whole log, from 1, without gaps.
    pub position: u64,
    /// The kind of stream.
    pub aggregate_type: &'a str,
    /// Which stream of that kind.
    pub aggregate_id: &'a str,
    /// Place in the stream, from 1, without gaps.
    pub sequence: u64,
    /// The event's name.
    pub event_type: &'a str,
    /// The version of its shape.
    pub event_version: &'a str,
    /// Its content, JSON: the stored bytes, or with `open` of [`super::ReplayOptions`] the same with personal values opened.
    pub body: &'a [u8],
    /// Who asked and why, JSON: see [`crate::Context`].
    pub meta: &'a [u8],
    /// What the hash tree holds of it, as the row says; computed anew and compared unless the replay verifies nothing.
    pub leaf_hash: Hash,
    /// When the store took it in, milliseconds since 1970-01-01T00:00Z.
    pub recorded_at: i64,
}

// The body may hold a person's data.
impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("position", &self.position)
            .field("aggregate_type", &self.aggregate_type)
            .field("sequence", &self.sequence)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

/// A row as a database gives it.
pub(crate) struct RawRow<'a> {
    pub(crate) position: u64,
    /// Aggregate type, aggregate id, event type, event version.
    pub(crate) texts: [&'a [u8]; 4],
    /// Body, meta, leaf hash.
    pub(crate) blobs: [&'a [u8]; 3],
    pub(crate) sequence: u64,
    pub(crate) recorded_at: i64,
}

struct Slot {
    position: u64,
    sequence: u64,
    recorded_at: i64,
    leaf_hash: Hash,
    /// Where the first text begins and each of the four ends.
    texts: [u32; 5],
    /// Where the body begins and ends, and where the meta ends.
    blobs: [u32; 3],
    /// Why the row cannot be read.
    unreadable: Option<Box<str>>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Chunk {
    text: String,
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// All that was asked for has now been read.
    pub(crate) last: bool,
}

impl Chunk {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.bytes.clear();
        self.slots.clear();
        self.last = false;
        // One very large event must not hold its memory for the rest of the replay.
        self.bytes.shrink_to(2 * BYTES_MAX);
        self.text.shrink_to(2 * BYTES_MAX);
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.slots.len() >= EVENTS_MAX || self.bytes.len() + self.text.len() >= BYTES_MAX
    }

    pub(crate) const fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.slots.truncate(len);
    }

    pub(crate) fn push(&mut self, row: &RawRow<'_>) {
        if let Err(cause) = self.try_push(row) {
            self.push_unreadable(row.position, cause);
        }
    }

    pub(crate) fn push_unreadable(&mut self, position: u64, cause: &str) {
        self.slots.push(Slot {
            position,
            sequence: 0,
            recorded_at: 0,
            leaf_hash: [0; 32],
            texts: [0; 5],
            blobs: [0; 3],
            unreadable: Some(cause.into()),
        });
    }

    fn try_push(&mut self, row: &RawRow<'_>) -> Result<(), &'static str> {
        let [body, meta, leaf_hash] = row.blobs;
        if row
            .texts
            .iter()
            .chain(&row.blobs)
            .any(|field| field.len() > FIELD_BYTES_MAX)
        {
            return Err("a field is larger than any that was ever written");
        }
        let leaf_hash = Hash::try_from(leaf_hash).map_err(|_| "the leaf hash is not 32 bytes long")?;
        let too_much = |_| "more bytes than a chunk can hold";
        let mut texts = [u32::try_from(self.text.len()).map_err(too_much)?; 5];
        for (field, end) in row.texts.iter().zip(texts.iter_mut().skip(1)) {
            let text = std::str::from_utf8(field).map_err(|_| "a text is not UTF-8")?;
            self.text.push_str(text);
            *end = u32::try_from(self.text.len()).map_err(too_much)?;
        }
        let begin = u32::try_from(self.bytes.len()).map_err(too_much)?;
        self.bytes.extend_from_slice(body);
        let middle = u32::try_from(self.bytes.len()).map_err(too_much)?;
        self.bytes.extend_from_slice(meta);
        let end = u32::try_from(self.bytes.len()).map_err(too_much)?;
        self.slots.push(Slot {
            position: row.position,
            sequence: row.sequence,
            recorded_at: row.recorded_at,
            leaf_hash,
            texts,
            blobs: [begin, middle, end],
            unreadable: None,
        });
        Ok(())
    }

    /// The rows in order: position, and the event or why it cannot be read.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = (u64, Result<Event<'_>, &str>)> {
        self.slots.iter().map(|slot| {
            let event = match &slot.unreadable {
                Some(cause) => Err(&**cause),
                None => self.event(slot).ok_or("its bytes are not where they were put"),
            };
            (slot.position, event)
        })
    }

    fn event(&self, slot: &Slot) -> Option<Event<'_>> {
        let place = |number: u32| usize::try_from(number).ok();
        let [a, b, c, d, e] = slot.texts;
        let text = |from: u32, to: u32| self.text.get(place(from)?..place(to)?);
        let [begin, middle, end] = slot.blobs;
        let bytes = |from: u32, to: u32| self.bytes.get(place(from)?..place(to)?);
        Some(Event {
            position: slot.position,
            aggregate_type: text(a, b)?,
            aggregate_id: text(b, c)?,
            sequence: slot.sequence,
            event_type: text(c, d)?,
            event_version: text(d, e)?,
            body: bytes(begin, middle)?,
            meta: bytes(middle, end)?,
            leaf_hash: slot.leaf_hash,
            recorded_at: slot.recorded_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(position: u64, body: &'a [u8], leaf: &'a [u8]) -> RawRow<'a> {
        RawRow {
            position,
            texts: [b"a", "id-\u{915}".as_bytes(), b"", b"1"],
            blobs: [body, b"{}", leaf],
            sequence: position,
            recorded_at: -1,
        }
    }

    #[test]
    fn rows_come_out_as_they_went_in() {
        let mut chunk = Chunk::default();
        for round in 0..2 {
            chunk.clear();
            chunk.push(&row(1, b"one", &[1; 32]));
            chunk.push(&row(2, b"", &[2; 32]));
            chunk.push(&row(3, b"x", &[3; 31]));
            chunk.push(&RawRow {
                texts: [b"a", b"\xff", b"", b""],
                ..row(4, b"x", &[4; 32])
            });
            chunk.push(&row(5, b"five", &[5; 32]));
            let rows: Vec<_> = chunk.rows().collect();
            assert_eq!(rows.len(), 5, "round {round}");
            let first = rows[0].1.unwrap();
            assert_eq!(
                (first.aggregate_type, first.aggregate_id, first.event_type),
                ("a", "id-\u{915}", "")
            );
            assert_eq!(
                (first.body, first.meta, first.leaf_hash),
                (&b"one"[..], &b"{}"[..], [1; 32])
            );
            assert_eq!(rows[1].1.unwrap().body, b"");
            assert!(rows[2].1.unwrap_err().contains("32 bytes") && rows[3].1.unwrap_err().contains("UTF-8"));
            let last = rows[4].1.unwrap();
            assert_eq!(
                (rows[4].0, last.body, last.event_version, last.recorded_at),
                (5, &b"five"[..], "1", -1)
            );
        }
    }

    #[test]
    fn a_chunk_is_full_by_number_or_by_bytes_and_refuses_the_monstrous() {
        let mut chunk = Chunk::default();
        for position in 1..1024 {
            chunk.push(&row(position, b"", &[0; 32]));
        }
        assert!(!chunk.is_full());
        chunk.push(&row(1024, b"", &[0; 32]));
        assert!(chunk.is_full());
        chunk.clear();
        let large = vec![b' '; FIELD_BYTES_MAX + 1];
        chunk.push(&row(1, &large[1..], &[0; 32]));
        assert!(chunk.is_full() && chunk.rows().next().unwrap().1.is_ok());
        chunk.clear();
        chunk.push(&row(1, &large, &[0; 32]));
        assert!(!chunk.is_full() && chunk.rows().next().unwrap().1.is_err());
        assert!(chunk.bytes.capacity() <= 2 * BYTES_MAX + FIELD_BYTES_MAX);
    }
}
