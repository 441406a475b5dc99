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
        let mut out = Vec::with_capacity(160);
        head(&mut out, MAP, 8);
        for (key, value) in [
            (1, Value::Unsigned(1)),
            (2, Value::Bytes(&self.stream)),
            (3, Value::Unsigned(self.sequence)),
            (4, Value::Text(self.event_type)),
            (5, Value::Text(self.event_version)),
            (6, Value::Signed(self.recorded_at)),
            (7, Value::Bytes(&self.body)),
            (8, Value::Bytes(&self.meta)),
        ] {
            head(&mut out, UNSIGNED, key);
            match value {
                Value::Unsigned(number) => head(&mut out, UNSIGNED, number),
                // CBOR's negative integers hold -1 - n; `!` is that for two's complement.
                Value::Signed(number) if number < 0 => head(&mut out, NEGATIVE, (!number).unsigned_abs()),
                Value::Signed(number) => head(&mut out, UNSIGNED, number.unsigned_abs()),
                Value::Bytes(bytes) => string(&mut out, BYTES, bytes),
                Value::Text(text) => string(&mut out, TEXT, text.as_bytes()),
            }
        }
        out
    }

    /// SHA-256(0x00 || leaf).
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }
}

enum Value<'a> {
    Unsigned(u64),
    Signed(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
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
    fn every_field_counts() {
        let (_, one) = sample(0, 1);
        assert_ne!(one, sample(1, 1).1);
        assert_ne!(one, sample(0, 2).1);
        assert_ne!(stream_digest("a", "b"), stream_digest("ab", ""));
    }
}
