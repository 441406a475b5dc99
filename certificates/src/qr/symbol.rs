//! The symbol itself.

use qrcode::bits::Bits;
use qrcode::types::{EcLevel, QrError as Unencodable};
use qrcode::{QrCode, Version};

use super::{VERSION_MAX, is_alphanumeric, version};

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
    use super::super::{CAPACITY, CHARACTERS_MAX};
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
