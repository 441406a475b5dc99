//! The QR code (ISO/IEC 18004): one segment in alphanumeric mode, error correction M, never above version 13, so that a
//! photo of a whole page still has two pixels for a module.

#[cfg(feature = "papers")]
mod mask;
#[cfg(feature = "papers")]
mod symbol;

#[cfg(feature = "papers")]
pub use symbol::{Qr, QrError, encode};

/// The largest version that is printed: 69 modules on a side.
pub const VERSION_MAX: u8 = 13;

/// Characters that fit into it.
pub const CHARACTERS_MAX: usize = 483;

/// Characters that versions 1 to 13 hold in alphanumeric mode at level M (ISO/IEC 18004, table 7).
const CAPACITY: [usize; 13] = [20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483];

/// The smallest version that holds so many characters, if it may be printed.
#[must_use]
pub fn version(characters: usize) -> Option<u8> {
    let index = CAPACITY.iter().position(|capacity| characters <= *capacity)?;
    u8::try_from(index + 1).ok()
}

/// Whether alphanumeric mode has this character.
#[must_use]
pub const fn is_alphanumeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':')
}
