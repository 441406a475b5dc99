//! Leaves ([`proofs::Leaf`]) of event after event, as the replay and the audit make them.

use proofs::Hash;
pub(crate) use proofs::hash::sha256;
pub use proofs::{Leaf, leaf_hash, stream_digest};

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
