//! Chance, injected: nothing else in the workspace asks the operating system for random bytes.

use std::sync::Mutex;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);

    /// A random identifier (RFC 9562, version 4).
    fn uuid_v4(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// An identifier that sorts by the given instant in milliseconds (RFC 9562, version 7). An instant before 1970 counts as 1970.
    fn uuid_v7(&self, at: jiff::Timestamp) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
    }
}

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for chance")]
    fn fill(&self, bytes: &mut [u8]) {
        // A key or nonce made from a slice that was not filled would be known to everybody: there is no way to go on.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A stream that repeats for the same seed: SHA-256 of the seed and a counter. For tests and repeatable demonstrations
/// only; whoever knows the seed knows every key made from it.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: [u8; 32],
    stream: Mutex<Stream>,
}

#[derive(Debug)]
struct Stream {
    block: u64,
    rest: Vec<u8>,
}

impl SeededEntropy {
    /// A stream for this seed, at its beginning.
    pub fn new(seed: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"praman seeded entropy v1");
        hash.update(seed.to_be_bytes());
        Self {
            seed: hash.finalize().into(),
            stream: Mutex::new(Stream {
                block: 0,
                rest: Vec::new(),
            }),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // A panic elsewhere while the lock was held leaves the stream usable: its state is only a counter.
        let mut stream = self.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for byte in bytes {
            if stream.rest.is_empty() {
                let mut hash = Sha256::new();
                hash.update(self.seed);
                hash.update(stream.block.to_be_bytes());
                stream.block = stream.block.wrapping_add(1);
                stream.rest = hash.finalize().to_vec();
                stream.rest.reverse();
            }
            *byte = stream.rest.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_however_it_is_cut() {
        let whole = SeededEntropy::new(7);
        let mut expected = [0; 100];
        whole.fill(&mut expected);
        let parts = SeededEntropy::new(7);
        let mut got = Vec::new();
        for length in [1, 31, 0, 33, 35] {
            let mut part = vec![0; length];
            parts.fill(&mut part);
            got.extend(part);
        }
        assert_eq!(got, expected);
        let mut other = [0; 100];
        SeededEntropy::new(8).fill(&mut other);
        assert_ne!(other, expected);
    }

    #[test]
    fn identifiers_carry_their_version_and_time() {
        let entropy = SeededEntropy::new(1);
        assert_eq!(entropy.uuid_v4().get_version_num(), 4);
        let at: jiff::Timestamp = "2026-11-22T10:00:00.123Z".parse().unwrap();
        let id = entropy.uuid_v7(at);
        assert_eq!(id.get_version_num(), 7);
        let (seconds, nanoseconds) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(
            (seconds, nanoseconds),
            (u64::try_from(at.as_second()).unwrap(), 123_000_000)
        );
    }

    #[test]
    fn the_system_generator_does_not_repeat() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        OsEntropy.fill(&mut a);
        OsEntropy.fill(&mut b);
        assert_ne!(a, b);
    }
}
