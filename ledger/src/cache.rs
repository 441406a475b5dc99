//! What the ledger keeps in memory so that a hot command reads nothing: aggregates with the rows of their inline views, and data keys.
//!
//! Nothing here is believed without proof: a decision on a cached state is only stored if its stream still stands at the cached
//! sequence, and a key is only sealed under if the writer finds it unchanged. What is found to be stale is dropped. Whatever concerns a
//! person is dropped as soon as any key is destroyed anywhere.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keys::{SubjectCipher, WrappedKey};
use uuid::Uuid;

use crate::batch::NewEvent;
use crate::tree::Hash;

/// Entries at most.
const ENTRIES_MAX: usize = 20_000;
/// Bytes at most, as the entries state them.
const BYTES_MAX: usize = 64 << 20;
/// What an entry costs besides its content.
const ENTRY_BYTES: usize = 200;

/// A subject's key, ready for use.
#[derive(Clone)]
pub(crate) struct SubjectInUse {
    pub(crate) wrapped: WrappedKey,
    pub(crate) cipher: SubjectCipher,
}

/// An aggregate of some type.
pub(crate) trait Remembered: Send + Sync {
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;

    /// The aggregate after these events; `None` when they are not its own.
    fn advanced(&self, events: &[NewEvent]) -> Option<Arc<dyn Remembered>>;
}

/// An aggregate as its stream tells it up to a sequence.
#[derive(Clone)]
pub(crate) struct Cached {
    pub(crate) sequence: u64,
    /// The aggregate, of the type that asked for it.
    pub(crate) state: Option<Arc<dyn Remembered>>,
    /// The body of each inline view's row, in the order of the settings' views of this type.
    pub(crate) rows: Option<Rows>,
    /// Bytes of the events that it is made of: about what it holds at most.
    pub(crate) bytes: usize,
    /// Personal values were read for it.
    pub(crate) personal: bool,
}

/// An aggregate as a decision leaves it, and what the state that it was taken on rests on.
pub(crate) struct After {
    pub(crate) state: Arc<dyn Remembered>,
    pub(crate) bytes: usize,
    pub(crate) personal: bool,
    pub(crate) as_of: u64,
}

/// Bodies of inline rows; `None`: no row.
pub(crate) type Rows = Arc<[Option<Vec<u8>>]>;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Stream(Hash),
    Subject(Uuid),
}

enum Content {
    Stream(Cached),
    Subject(SubjectInUse),
}

impl Content {
    fn bytes(&self) -> usize {
        ENTRY_BYTES
            + match self {
                Self::Stream(cached) => {
                    let rows = cached.rows.iter().flat_map(|rows| rows.iter().flatten());
                    cached.bytes + rows.map(Vec::len).sum::<usize>()
                }
                // An expanded AES key.
                Self::Subject(_) => 1000,
            }
    }
}

struct Slot {
    content: Content,
    bytes: usize,
    /// When it was last of use.
    used: u64,
}

#[derive(Default)]
struct Kept {
    slots: HashMap<Key, Slot>,
    /// Each use of each key, the oldest first; only a slot's last use counts.
    uses: VecDeque<(u64, Key)>,
    bytes: usize,
    clock: u64,
    /// As far as erasures have been followed.
    erasures: u64,
}

impl Kept {
    fn touch(&mut self, key: Key) -> Option<&Slot> {
        self.clock += 1;
        let slot = self.slots.get_mut(&key)?;
        slot.used = self.clock;
        self.uses.push_back((self.clock, key));
        // Passed-over uses are let go before they outgrow what is kept.
        if self.uses.len() > 2 * self.slots.len() + 1000 {
            let slots = &self.slots;
            self.uses
                .retain(|(used, key)| slots.get(key).is_some_and(|slot| slot.used == *used));
        }
        self.slots.get(&key)
    }

    fn put(&mut self, key: Key, content: Content) {
        let bytes = content.bytes();
        self.remove(key);
        if bytes > BYTES_MAX / 16 {
            return;
        }
        self.bytes += bytes;
        let slot = Slot {
            content,
            bytes,
            used: 0,
        };
        self.slots.insert(key, slot);
        self.touch(key);
        while self.bytes > BYTES_MAX || self.slots.len() > ENTRIES_MAX {
            let Some((used, oldest)) = self.uses.pop_front() else {
                break;
            };
            if self.slots.get(&oldest).is_some_and(|slot| slot.used == used) {
                self.remove(oldest);
            }
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(slot) = self.slots.remove(&key) {
            self.bytes -= slot.bytes;
        }
    }

    fn forget_people(&mut self) {
        self.slots.retain(|_, slot| match &slot.content {
            Content::Stream(cached) => !cached.personal,
            Content::Subject(_) => false,
        });
        self.bytes = self.slots.values().map(|slot| slot.bytes).sum();
    }
}

/// See the head of this file.
pub(crate) struct Cache {
    kept: Mutex<Kept>,
    erasures: Arc<AtomicU64>,
}

impl Cache {
    /// `erasures` grows with each destroyed key.
    pub(crate) fn new(erasures: Arc<AtomicU64>) -> Self {
        Self {
            kept: Mutex::default(),
            erasures,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let erasures = self.erasures.load(Ordering::SeqCst);
        if kept.erasures != erasures {
            kept.erasures = erasures;
            kept.forget_people();
        }
        kept
    }

    /// Before something is read that will be put here.
    pub(crate) fn erasures(&self) -> u64 {
        self.erasures.load(Ordering::SeqCst)
    }

    pub(crate) fn stream(&self, stream: Hash) -> Option<Cached> {
        let mut kept = self.kept();
        match &kept.touch(Key::Stream(stream))?.content {
            Content::Stream(cached) => Some(cached.clone()),
            Content::Subject(_) => None,
        }
    }

    /// `as_of`: [`Cache::erasures`] before it was read; where a key was destroyed since then, it is not kept.
    pub(crate) fn put_stream(&self, stream: Hash, cached: Cached, as_of: u64) {
        let mut kept = self.kept();
        let newer = matches!(
            kept.slots.get(&Key::Stream(stream)),
            Some(Slot { content: Content::Stream(there), .. }) if there.sequence > cached.sequence
        );
        if !newer && (kept.erasures == as_of || !cached.personal) {
            kept.put(Key::Stream(stream), Content::Stream(cached));
        }
    }

    pub(crate) fn drop_stream(&self, stream: Hash) {
        self.kept().remove(Key::Stream(stream));
    }

    pub(crate) fn subject(&self, subject: Uuid) -> Option<SubjectInUse> {
        let mut kept = self.kept();
        match &kept.touch(Key::Subject(subject))?.content {
            Content::Subject(key) => Some(key.clone()),
            Content::Stream(_) => None,
        }
    }

    pub(crate) fn put_subject(&self, subject: Uuid, key: SubjectInUse, as_of: u64) {
        let mut kept = self.kept();
        if kept.erasures == as_of {
            kept.put(Key::Subject(subject), Content::Subject(key));
        }
    }

    pub(crate) fn drop_subject(&self, subject: Uuid) {
        self.kept().remove(Key::Subject(subject));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached(sequence: u64, bytes: usize, personal: bool) -> Cached {
        Cached {
            sequence,
            state: None,
            rows: None,
            bytes,
            personal,
        }
    }

    fn stream(number: usize) -> Hash {
        crate::leaf::sha256(&number.to_be_bytes())
    }

    #[test]
    fn it_stays_within_its_bounds_and_keeps_what_is_used() {
        let cache = Cache::new(Arc::default());
        for number in 0..ENTRIES_MAX + 10 {
            cache.put_stream(stream(number), cached(1, 10, false), 0);
            assert!(cache.stream(stream(0)).is_some(), "used all the time");
        }
        assert_eq!(cache.kept().slots.len(), ENTRIES_MAX);
        assert!(cache.stream(stream(1)).is_none() && cache.stream(stream(ENTRIES_MAX + 9)).is_some());
        for number in 0..100 {
            cache.put_stream(stream(number), cached(1, BYTES_MAX / 20, false), 0);
        }
        let kept = cache.kept();
        assert!(
            kept.bytes <= BYTES_MAX && kept.slots.len() >= 19,
            "{}",
            kept.slots.len()
        );
        assert_eq!(kept.bytes, kept.slots.values().map(|slot| slot.bytes).sum::<usize>());
        drop(kept);
        cache.put_stream(stream(7), cached(1, BYTES_MAX, false), 0);
        assert!(cache.stream(stream(7)).is_none(), "too large to be kept");
    }

    #[test]
    fn an_older_state_does_not_replace_a_newer_one() {
        let cache = Cache::new(Arc::default());
        cache.put_stream(stream(1), cached(5, 1, false), 0);
        cache.put_stream(stream(1), cached(4, 1, false), 0);
        assert_eq!(cache.stream(stream(1)).unwrap().sequence, 5);
        cache.drop_stream(stream(1));
        assert!(cache.stream(stream(1)).is_none());
    }

    #[test]
    fn an_erasure_drops_what_concerns_people() {
        let erasures = Arc::new(AtomicU64::new(0));
        let cache = Cache::new(Arc::clone(&erasures));
        cache.put_stream(stream(1), cached(1, 1, true), 0);
        cache.put_stream(stream(2), cached(1, 1, false), 0);
        erasures.store(1, Ordering::SeqCst);
        assert!(cache.stream(stream(1)).is_none() && cache.stream(stream(2)).is_some());
        // Read before the erasure, brought after it.
        cache.put_stream(stream(3), cached(1, 1, true), 0);
        cache.put_stream(stream(4), cached(1, 1, false), 0);
        assert!(cache.stream(stream(3)).is_none() && cache.stream(stream(4)).is_some());
        assert_eq!(cache.kept().bytes, 2 * (ENTRY_BYTES + 1));
    }
}
