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

use crate::hash::{Hash, sha256};

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

impl<'a> Leaf<'a> {
    /// Reads a leaf back. Nothing but the one encoding of a leaf is taken.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let input = &mut rest;
        expect(input, MAP, 8)?;
        let key = |input: &mut &'a [u8], key| expect(input, UNSIGNED, key);
        key(input, 1)?;
        expect(input, UNSIGNED, 1)?;
        key(input, 2)?;
        let stream = take_hash(input)?;
        key(input, 3)?;
        let sequence = expect_any(input, UNSIGNED)?;
        key(input, 4)?;
        let event_type = take_text(input)?;
        key(input, 5)?;
        let event_version = take_text(input)?;
        key(input, 6)?;
        let (major, number) = take_head(input)?;
        let number = i64::try_from(number).ok()?;
        let recorded_at = match major {
            UNSIGNED => number,
            NEGATIVE => !number,
            _ => return None,
        };
        key(input, 7)?;
        let body = take_hash(input)?;
        key(input, 8)?;
        let meta = take_hash(input)?;
        let leaf = Self {
            stream,
            sequence,
            event_type,
            event_version,
            recorded_at,
            body,
            meta,
        };
        (leaf.encode() == bytes).then_some(leaf)
    }

    /// The leaf's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        self.encode_into(&mut out);
        out
    }

    /// Appends the leaf's bytes.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
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
    pub fn hash_with(&self, buffer: &mut Vec<u8>) -> Hash {
        buffer.clear();
        buffer.push(0);
        self.encode_into(buffer);
        sha256(buffer)
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

/// Major type, as in the first byte, and the number beside it.
fn take_head(input: &mut &[u8]) -> Option<(u8, u64)> {
    let (&first, rest) = input.split_first()?;
    let (major, short) = (first >> 5, first & 0x1f);
    let width = match short {
        0..=23 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(width)?;
    *input = rest;
    let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Some((major, if width == 0 { u64::from(short) } else { number }))
}

fn expect_any(input: &mut &[u8], major: u8) -> Option<u64> {
    let (found, number) = take_head(input)?;
    (found == major).then_some(number)
}

fn expect(input: &mut &[u8], major: u8, number: u64) -> Option<()> {
    (expect_any(input, major)? == number).then_some(())
}

fn take_string<'a>(input: &mut &'a [u8], major: u8) -> Option<&'a [u8]> {
    let length = usize::try_from(expect_any(input, major)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

fn take_hash(input: &mut &[u8]) -> Option<Hash> {
    take_string(input, BYTES)?.try_into().ok()
}

fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_string(input, TEXT)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(sequence: u64, recorded_at: i64) -> Vec<u8> {
        Leaf {
            stream: [1; 32],
            sequence,
            event_type: "prepared",
            event_version: "1",
            recorded_at,
            body: [2; 32],
            meta: [3; 32],
        }
        .encode()
    }

    #[test]
    fn what_was_written_is_read() {
        for sequence in [
            0,
            1,
            23,
            24,
            255,
            256,
            65_535,
            65_536,
            u64::from(u32::MAX) + 1,
            u64::MAX,
        ] {
            for at in [0, 1, -1, 1_795_000_000_123, i64::MAX, i64::MIN] {
                let bytes = leaf(sequence, at);
                let read = Leaf::decode(&bytes).unwrap();
                assert_eq!(
                    (read.sequence, read.recorded_at, read.event_type),
                    (sequence, at, "prepared")
                );
                assert_eq!(read.encode(), bytes);
            }
        }
    }

    #[test]
    fn every_changed_byte_is_another_leaf_or_none() {
        let good = leaf(7, 1_795_000_000_123);
        for place in 0..good.len() {
            assert_eq!(Leaf::decode(&good[..place]), None, "cut at {place}");
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[place] ^= 1 << bit;
                if let Some(read) = Leaf::decode(&bad) {
                    assert_eq!(read.encode(), bad);
                }
            }
        }
        assert_eq!(Leaf::decode(&[good.as_slice(), &[0]].concat()), None);
    }
}
