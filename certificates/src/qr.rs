//! The QR code (ISO/IEC 18004): one segment in alphanumeric mode, error correction M, never above version 13, so that a
//! photo of a whole page still has two pixels for a module.

use qrcode::bits::Bits;
use qrcode::types::{EcLevel, QrError as Unencodable};
use qrcode::{QrCode, Version};

/// The largest version that is printed: 69 modules on a side.
pub const VERSION_MAX: u8 = 13;

/// Characters that fit into it.
pub const CHARACTERS_MAX: usize = 483;

/// Characters that versions 1 to 13 hold in alphanumeric mode at level M (ISO/IEC 18004, table 7).
const CAPACITY: [usize; 13] = [20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483];

/// A symbol without its quiet zone, which is four modules wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// 1 to 13.
    pub version: u8,
    /// Modules on one side: 21 for version 1, four more for each further one.
    pub side: u16,
    /// Row by row from the top left; `true` is dark. `side * side` long.
    pub dark: Vec<bool>,
}

/// No symbol was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// A character that alphanumeric mode has not.
    #[error("the text holds a character that a QR code in alphanumeric mode has not")]
    Character,
    /// More than version 13 holds at level M: 483 characters.
    #[error("the text needs a QR code above version {VERSION_MAX}")]
    TooLong,
    /// The encoder refused.
    #[error("the QR code could not be encoded")]
    Encode(#[source] Unencodable),
}

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

/// Makes the symbol of a text.
///
/// # Errors
/// [`QrError`].
pub fn encode(text: &str) -> Result<Qr, QrError> {
    if !text.bytes().all(is_alphanumeric) {
        return Err(QrError::Character);
    }
    let version = version(text.len()).ok_or(QrError::TooLong)?;
    let mut bits = Bits::new(Version::Normal(i16::from(version)));
    bits.push_alphanumeric_data(text.as_bytes()).map_err(QrError::Encode)?;
    bits.push_terminator(EcLevel::M).map_err(QrError::Encode)?;
    let code = QrCode::with_bits(bits, EcLevel::M).map_err(QrError::Encode)?;
    let side = u16::try_from(code.width()).map_err(|_| QrError::TooLong)?;
    let dark = code
        .to_colors()
        .into_iter()
        .map(|color| color == qrcode::Color::Dark)
        .collect();
    Ok(Qr { version, side, dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capacity_is_the_standards_on_both_sides() {
        for (index, capacity) in CAPACITY.into_iter().enumerate() {
            let expected = u8::try_from(index + 1).unwrap();
            let full = encode(&"A".repeat(capacity)).unwrap();
            assert_eq!((full.version, full.side), (expected, 17 + 4 * u16::from(expected)));
            assert_eq!(full.dark.len(), usize::from(full.side).pow(2));
            match encode(&"A".repeat(capacity + 1)) {
                Ok(next) => assert_eq!(next.version, expected + 1),
                Err(error) => assert_eq!((expected, error), (VERSION_MAX, QrError::TooLong)),
            }
            assert!(capacity <= CHARACTERS_MAX);
            // The encoder itself agrees that one more would not fit.
            let mut bits = Bits::new(Version::Normal(i16::from(expected)));
            bits.push_alphanumeric_data("A".repeat(capacity + 1).as_bytes())
                .unwrap();
            assert!(bits.push_terminator(EcLevel::M).is_err(), "version {expected}");
        }
    }

    #[test]
    fn lower_case_would_need_another_mode_and_is_refused() {
        assert_eq!(encode("https://X/C/A"), Err(QrError::Character));
        assert!(encode("HTTPS://EXAMPLE.ORG:8080/C/A2").is_ok());
    }
}
