//! The leaf: what the hash tree holds of one event. It commits to the stored bytes and shows nothing of them.
//!
//! Deterministic CBOR (RFC 8949, section 4.2.1), a map of eight entries in ascending order of their keys:
//!
//! | key | value |
//! | --- | --- |
//! | 1 | 1, the version of this format |
//! | 2 | SHA-256(aggregate type, 0x00, aggregate id); never the id itself: it may name a person |
//! | 3 | sequence |
//! | 4 | event type |
//! | 5 | event version |
//! | 6 | recorded at, milliseconds since 1970-01-01T00:00Z |
//! | 7 | SHA-256(stored body) |
//! | 8 | SHA-256(stored meta) |
//!
//! The leaf hash is SHA-256(0x00 || leaf) (RFC 6962, section 2.1). The position is not in the leaf: it is the leaf's place in the
//! tree. Erasing a person's key changes no stored byte, so every leaf and every proof stays as it is.

use sha2::{Digest, Sha256};

use crate::tree::Hash;

/// One event's leaf, before it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// See [`stream_digest`].
    pub stream: Hash,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// The event's name.
    pub event_type: &'a str,
    /// The version of its shape.
    pub event_version: &'a str,
    /// Milliseconds since 1970-01-01T00:00Z.
    pub recorded_at: i64,
    /// SHA-256 of the stored body.
    pub body: Hash,
    /// SHA-256 of the stored meta.
    pub meta: Hash,
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// What stands for a stream in a leaf. Both names hold no 0x00 (the ledger refuses it), so no two streams share a digest.
pub fn stream_digest(aggregate_type: &str, aggregate_id: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(aggregate_type.as_bytes());
    hash.update([0]);
    hash.update(aggregate_id.as_bytes());
    hash.finalize().into()
}

/// The hash of a leaf of these bytes: SHA-256(0x00 || leaf) (RFC 6962, section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

impl Leaf<'_> {
    /// The leaf's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        self.encode_into(&mut out);
        out
    }

    /// Appends the leaf's bytes.
    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        head(out, MAP, 8);
        // Key and value by turns; each key is below 24 and so its own head.
        out.extend([1, 1, 2]);
        string(out, BYTES, &self.stream);
        out.push(3);
        head(out, UNSIGNED, self.sequence);
        out.push(4);
        string(out, TEXT, self.event_type.as_bytes());
        out.push(5);
        string(out, TEXT, self.event_version.as_bytes());
        out.push(6);
        if self.recorded_at < 0 {
            // CBOR's negative integers hold -1 - n; `!` is that for two's complement.
            head(out, NEGATIVE, (!self.recorded_at).unsigned_abs());
        } else {
            head(out, UNSIGNED, self.recorded_at.unsigned_abs());
        }
        out.push(7);
        string(out, BYTES, &self.body);
        out.push(8);
        string(out, BYTES, &self.meta);
    }

    /// SHA-256(0x00 || leaf).
    pub fn hash(&self) -> Hash {
        self.hash_with(&mut Vec::with_capacity(192))
    }

    /// As [`Self::hash`], in a buffer that is used again and again.
    pub(crate) fn hash_with(&self, buffer: &mut Vec<u8>) -> Hash {
        buffer.clear();
        buffer.push(0);
        self.encode_into(buffer);
        sha256(buffer)
    }
}

/// Leaf hashes of event after event. What follows in one command or one stream shares meta or stream: those digests are kept
/// until the next one differs.
#[derive(Debug, Default)]
pub(crate) struct LeafHasher {
    buffer: Vec<u8>,
    /// Aggregate type, 0x00, aggregate id.
    stream: Vec<u8>,
    stream_digest: Hash,
    meta: Vec<u8>,
    meta_digest: Hash,
}

impl LeafHasher {
    /// The digest that stands for this stream, and the leaf hash of this event, from its stored bytes.
    pub(crate) fn hash(&mut self, event: &crate::replay::Event<'_>) -> (Hash, Hash) {
        let (kind, id) = (event.aggregate_type.as_bytes(), event.aggregate_id.as_bytes());
        let same = self
            .stream
            .split_at_checked(kind.len())
            .is_some_and(|(before, after)| before == kind && after.split_first() == Some((&0, id)));
        if !same {
            self.stream.clear();
            self.stream.extend_from_slice(kind);
            self.stream.push(0);
            self.stream.extend_from_slice(id);
            self.stream_digest = sha256(&self.stream);
        }
        if self.meta != event.meta || self.meta.is_empty() {
            self.meta.clear();
            self.meta.extend_from_slice(event.meta);
            self.meta_digest = sha256(event.meta);
        }
        let leaf = Leaf {
            stream: self.stream_digest,
            sequence: event.sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            recorded_at: event.recorded_at,
            body: sha256(event.body),
            meta: self.meta_digest,
        };
        (self.stream_digest, leaf.hash_with(&mut self.buffer))
    }
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const MAP: u8 = 5;

/// A CBOR head in its shortest form, which is what makes the encoding deterministic.
fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    if let Ok(small) = u8::try_from(number) {
        if small < 24 {
            out.push(major | small);
        } else {
            out.extend([major | 24, small]);
        }
    } else if let Ok(number) = u16::try_from(number) {
        out.push(major | 25);
        out.extend(number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        out.push(major | 26);
        out.extend(number.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend(number.to_be_bytes());
    }
}

fn string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn sample(recorded_at: i64, sequence: u64) -> (Vec<u8>, Hash) {
        let leaf = Leaf {
            stream: stream_digest("application", "0192f6a0-0000-7000-8000-000000000001"),
            sequence,
            event_type: "application.submitted",
            event_version: "1",
            recorded_at,
            body: sha256(b"{\"number\":\"APP-2026-000001\"}"),
            meta: sha256(b"{}"),
        };
        (leaf.encode(), leaf.hash())
    }

    // These bytes are in signed trees for ever. The test may gain lines; a line that changes breaks every ledger there is.
    #[test]
    fn the_encoding_is_frozen() {
        let lines: Vec<String> = [
            (0, 1),
            (23, 24),
            (-1, 255),
            (1_795_000_000_123, 65_536),
            (i64::MIN, u64::MAX),
        ]
        .into_iter()
        .map(|(at, sequence)| {
            let (leaf, hash) = sample(at, sequence);
            format!("{} {}\n", HEXLOWER.encode(&leaf), HEXLOWER.encode(&hash))
        })
        .collect();
        let golden = include_str!("../tests/golden/leaf.txt");
        assert_eq!(lines.concat(), golden);
    }

    #[test]
    fn kept_digests_are_those_of_the_event_at_hand() {
        let mut hasher = LeafHasher::default();
        for (kind, id, meta) in [
            ("a", "bc", "{}"),
            ("a", "bc", "{}"),
            ("ab", "c", "{}"),
            ("ab", "c", "{\"x\":1}"),
            ("", "", ""),
            ("a", "bc", "{}"),
            ("a", "bcd", "{}"),
            ("a", "b", "{}"),
        ] {
            let event = crate::replay::Event {
                position: 9,
                aggregate_type: kind,
                aggregate_id: id,
                sequence: 3,
                event_type: "happened",
                event_version: "1",
                body: b"{\"n\":1}",
                meta: meta.as_bytes(),
                leaf_hash: [0; 32],
                recorded_at: 5,
            };
            let alone = Leaf {
                stream: stream_digest(kind, id),
                sequence: 3,
                event_type: "happened",
                event_version: "1",
                recorded_at: 5,
                body: sha256(b"{\"n\":1}"),
                meta: sha256(meta.as_bytes()),
            };
            assert_eq!(hasher.hash(&event), (stream_digest(kind, id), alone.hash()));
        }
    }

    #[test]
    fn every_field_counts() {
        let (_, one) = sample(0, 1);
        assert_ne!(one, sample(1, 1).1);
        assert_ne!(one, sample(0, 2).1);
        assert_ne!(stream_digest("a", "b"), stream_digest("ab", ""));
    }
}
