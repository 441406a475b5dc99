//! The log in the order of its streams: for whoever folds each stream as a whole, with bounded memory.

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::recorded::Recorded;

/// Events of one page, at most.
const PAGE_MAX: usize = 10_000;

/// A piece of the log in the order of (stream, sequence).
#[derive(Debug, Clone, Copy)]
pub struct InStreams<'a> {
    /// Streams of this type.
    pub aggregate_type: &'a str,
    /// Begin behind this stream and sequence; `("", 0)` for the beginning. `(id, u64::MAX)` is behind the stream `id`.
    pub after: (&'a str, u64),
    /// The last stream that belongs to the piece, by its id; `None`: all that follow.
    pub until: Option<&'a str>,
    /// The last position that belongs to it.
    pub to: u64,
}

/// The events of a stream beyond a sequence.
#[derive(Debug, Clone)]
pub(crate) struct StreamAfter {
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: u64,
}

impl Ledger {
    /// Events of a piece of the log, in the order of stream and sequence, at most `limit` (and at most 10,000). Each one's leaf
    /// has been checked. Ids are ordered by their bytes, as the keys of rows are.
    ///
    /// # Errors
    /// [`Fault`]; one damaged event fails the page, with its position, and so does a hole within a stream.
    pub async fn in_streams(&self, piece: InStreams<'_>, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let events = self.inner.store.in_streams(piece, limit.min(PAGE_MAX)).await?;
        let (mut id, mut sequence) = piece.after;
        for event in &events {
            if event.aggregate_id != id {
                (id, sequence) = (&event.aggregate_id, 0);
            }
            if event.sequence != sequence.saturating_add(1) {
                let what = "an event before this one is missing in its stream";
                return self.noticed(Err(Fault::corrupt(event.position, what)));
            }
            sequence = event.sequence;
        }
        self.opened(events).await
    }

    /// Ids of streams that cut all streams of a type into `parts` ranges of about the same number of events: each is the last
    /// one of its range. Fewer than `parts - 1` where there are few streams.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn cut_streams(&self, aggregate_type: &str, parts: usize) -> Result<Vec<String>, Fault> {
        let mut cuts = self.inner.store.cut_streams(aggregate_type, parts).await?;
        cuts.dedup();
        Ok(cuts)
    }
}
