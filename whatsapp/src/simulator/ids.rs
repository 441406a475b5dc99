//! Ids in the shapes that Meta's have. From the seed, a counter and the virtual time: the same run gives the same
//! ids, and a later start with the same seed does not give an id that a business has already seen.

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A stream of ids.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    counter: u64,
}

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }

    fn next(&mut self, kind: &str, now: Timestamp) -> [u8; 32] {
        self.counter += 1;
        let mut digest = Sha256::new();
        digest.update(self.seed.to_be_bytes());
        digest.update(self.counter.to_be_bytes());
        digest.update(now.as_microsecond().to_be_bytes());
        digest.update(kind.as_bytes());
        digest.finalize().into()
    }

    /// `wamid.` and base64 of the peer, a direction and random hex, as in Meta's examples.
    pub(super) fn wamid(&mut self, peer: &str, from_business: bool, now: Timestamp) -> String {
        let chance = HEXUPPER.encode(&self.next("wamid", now));
        let (mark, length) = if from_business { (0x11, 18) } else { (0x12, 20) };
        let chance = chance.get(..length).unwrap_or_default();
        let peer = peer.get(..peer.len().min(120)).unwrap_or(peer);
        let mut bytes = vec![0x1c, 0x18, u8::try_from(peer.len()).unwrap_or_default()];
        bytes.extend_from_slice(peer.as_bytes());
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, mark, 0x18]);
        bytes.push(u8::try_from(chance.len()).unwrap_or_default());
        bytes.extend_from_slice(chance.as_bytes());
        bytes.push(0);
        format!("wamid.{}", BASE64.encode(&bytes))
    }

    /// Sixteen digits.
    pub(super) fn media(&mut self, now: Timestamp) -> String {
        digits(&self.next("media", now))
    }

    /// 24 hex digits: the part of a media address that cannot be guessed, and `fbtrace_id`.
    pub(super) fn token(&mut self, now: Timestamp) -> String {
        HEXLOWER
            .encode(&self.next("token", now))
            .get(..24)
            .unwrap_or_default()
            .to_owned()
    }
}

/// A business-scoped user id for a number: the same number keeps it.
pub(super) fn user_id(seed: u64, phone: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(seed.to_be_bytes());
    digest.update(phone.as_bytes());
    let country = if phone.starts_with('1') { "US" } else { "IN" };
    format!("{country}.{}", digits(&digest.finalize()))
}

fn digits(bytes: &[u8]) -> String {
    let number = bytes
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{:016}", 1_000_000_000_000_000 + number % 9_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_metas_shape_and_repeat_with_the_seed() {
        let now = Timestamp::from_second(1_760_000_000).unwrap();
        let run = || {
            let mut ids = Ids::new(7);
            (0..3).map(|_| ids.wamid("919810012345", true, now)).collect::<Vec<_>>()
        };
        let ids = run();
        assert_eq!(ids, run());
        assert_ne!(ids[0], ids[1]);
        let example = "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA";
        let decoded = BASE64
            .decode(example.strip_prefix("wamid.").unwrap().as_bytes())
            .unwrap();
        let ours = BASE64
            .decode(ids[0].strip_prefix("wamid.").unwrap().as_bytes())
            .unwrap();
        assert_eq!(ours[..2], decoded[..2]);
        assert_eq!(ours[15..21], decoded[14..20]);
        assert_ne!(Ids::new(8).wamid("919810012345", true, now), ids[0]);
        let later = Timestamp::from_second(1_760_000_001).unwrap();
        assert_ne!(Ids::new(7).wamid("919810012345", true, later), ids[0]);
        assert_eq!(Ids::new(7).media(now).len(), 16);
        assert!(user_id(7, "919810012345").starts_with("IN."));
    }
}
