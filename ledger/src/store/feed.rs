//! The log as a stream of chunks, read ahead by a thread or task of its own.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::fault::Fault;
use crate::replay::chunk::Chunk;

/// Chunks that wait for their reader; one more is being filled and one is being used.
const AHEAD: usize = 2;

/// What is to be read: the positions `from..=to`.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// Streams of this kind only.
    pub(crate) aggregate_type: Option<String>,
}

/// The reading end. Dropped, it ends the reading.
pub(crate) struct Feed {
    chunks: mpsc::Receiver<Result<Chunk, Fault>>,
    used: Used,
    ended: bool,
    task: Option<AbortHandle>,
}

/// The writing end.
pub(super) struct Filler {
    pub(super) chunks: mpsc::Sender<Result<Chunk, Fault>>,
    used: Used,
}

type Used = Arc<Mutex<Vec<Chunk>>>;

pub(super) fn feed() -> (Filler, Feed) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let used = Used::default();
    let filler = Filler {
        chunks: sender,
        used: Arc::clone(&used),
    };
    let feed = Feed {
        chunks: receiver,
        used,
        ended: false,
        task: None,
    };
    (filler, feed)
}

impl Filler {
    /// An empty chunk, one that was used before if there is one.
    pub(super) fn chunk(&self) -> Chunk {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).pop();
        used.unwrap_or_default()
    }
}

impl Feed {
    pub(super) fn aborting(mut self, task: AbortHandle) -> Self {
        self.task = Some(task);
        self
    }

    /// The next chunk; `None` once all that was asked for has been read. A reader that ends before that, however it ends,
    /// is a fault: a history is never cut short in silence.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let next = self.chunks.recv().await.unwrap_or(Err(Fault::Stopped));
        self.ended = next.as_ref().map_or(true, |chunk| chunk.last);
        next.map(Some)
    }

    /// Gives a chunk back to be filled again.
    pub(crate) fn give_back(&self, mut chunk: Chunk) {
        chunk.clear();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() <= AHEAD {
            used.push(chunk);
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
