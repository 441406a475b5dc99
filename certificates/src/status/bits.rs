//! The bits of a status list (draft-ietf-oauth-status-list, section 4): place 0 in the lowest bits of the first byte.

use std::io::Write as _;

use flate2::{Compression, Decompress, FlushDecompress, Status as Inflated, write::ZlibEncoder};

/// Places of a list.
pub const PLACES: u64 = 1 << 20;
/// Bits of a place.
pub(super) const BITS: i64 = 2;
/// Bytes of all places.
const BYTES: usize = 1 << 18;

/// How a certificate stands, as a list tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nothing is said against it, or there is no certificate at this place.
    Valid,
    /// It never holds again.
    Invalid,
    /// It does not hold for now.
    Suspended,
    /// Another one took its place. (The draft leaves this value to the application.)
    Superseded,
}

impl Status {
    const fn bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Superseded => 3,
        }
    }

    const fn of(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            _ => Self::Superseded,
        }
    }
}

/// The places of one list.
#[derive(Clone, PartialEq, Eq)]
pub struct Statuses(Vec<u8>);

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![0; BYTES])
    }
}

// 2^18 bytes tell nobody anything.
impl std::fmt::Debug for Statuses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statuses(..)")
    }
}

fn split(place: u64) -> Option<(usize, u32)> {
    let byte = usize::try_from(place / 4).ok()?;
    let shift = u32::try_from(place % 4).ok()? * 2;
    Some((byte, shift))
}

impl Statuses {
    /// Writes one place; nothing happens beyond the last one.
    pub fn set(&mut self, place: u64, status: Status) {
        if let Some((byte, shift)) = split(place)
            && let Some(byte) = self.0.get_mut(byte)
        {
            *byte = (*byte & !(3 << shift)) | (status.bits() << shift);
        }
    }

    /// One place; `None` beyond the last one.
    #[must_use]
    pub fn get(&self, place: u64) -> Option<Status> {
        let (byte, shift) = split(place)?;
        Some(Status::of(self.0.get(byte)? >> shift))
    }

    /// As zlib (RFC 1950), as small as it gets.
    pub(super) fn deflated(&self) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        // A vector takes whatever it is given.
        let written = encoder.write_all(&self.0).and_then(|()| encoder.finish());
        written.unwrap_or_default()
    }

    /// The places again; `None` unless it is one zlib stream, with nothing behind it, of exactly the bytes of all places.
    pub(super) fn inflate(packed: &[u8]) -> Option<Self> {
        let bytes = inflated(packed, BYTES)?;
        (bytes.len() == BYTES).then_some(Self(bytes))
    }
}

/// At most `max` bytes; a stream that holds more is refused before it is unpacked.
pub(super) fn inflated(packed: &[u8], max: usize) -> Option<Vec<u8>> {
    // One byte more, so that a stream which ends just at the limit is told from one that goes on.
    let mut out = Vec::with_capacity(max + 1);
    let mut decompress = Decompress::new(true);
    let status = decompress
        .decompress_vec(packed, &mut out, FlushDecompress::Finish)
        .ok()?;
    let all = u64::try_from(packed.len()).ok()? == decompress.total_in();
    (status == Inflated::StreamEnd && all && out.len() <= max).then_some(out)
}
