//! The symbol itself.

use qrcode::bits::Bits;
use qrcode::canvas::Canvas;
use qrcode::types::{EcLevel, QrError as Unencodable};
use qrcode::{Version, ec};

use super::{VERSION_MAX, is_alphanumeric, mask, version};

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
    let bits = bits(text, version).map_err(QrError::Encode)?;
    let form = bits.version();
    let (data, correction) = ec::construct_codewords(&bits.into_bytes(), form, EcLevel::M).map_err(QrError::Encode)?;
    let mut canvas = Canvas::new(form, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let side = 17 + 4 * u16::from(version);
    let dark = mask::best(&canvas, usize::from(side));
    Ok(Qr { version, side, dark })
}

fn bits(text: &str, version: u8) -> Result<Bits, Unencodable> {
    let mut bits = Bits::new(Version::Normal(i16::from(version)));
    bits.push_alphanumeric_data(text.as_bytes())?;
    bits.push_terminator(EcLevel::M)?;
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use qrcode::QrCode;

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

    /// Another implementation of the same choice: the encoder's own, which is many times slower.
    #[test]
    fn the_mask_is_the_one_that_the_encoder_itself_would_choose() {
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let mut draw = 1_u64;
        let mut masks = std::collections::BTreeSet::new();
        for length in (1..=CHARACTERS_MAX).step_by(3) {
            let text: String = (0..length)
                .map(|_| {
                    draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    char::from(letters[usize::try_from(draw >> 33).unwrap() % letters.len()])
                })
                .collect();
            let ours = encode(&text).unwrap();
            let theirs = QrCode::with_bits(bits(&text, ours.version).unwrap(), EcLevel::M).unwrap();
            let theirs: Vec<bool> = theirs
                .into_colors()
                .iter()
                .map(|color| *color == qrcode::Color::Dark)
                .collect();
            assert!(ours.dark == theirs, "{text}");
            // The three bits of the mask stand in the ninth row (ISO/IEC 18004, 7.9.1).
            let row = 8 * usize::from(ours.side);
            masks.insert(ours.dark[row + 2..row + 5].to_vec());
        }
        assert_eq!(masks.len(), 8, "each mask was the best of some text");
    }

    #[test]
    fn lower_case_would_need_another_mode_and_is_refused() {
        assert_eq!(encode("https://X/C/A"), Err(QrError::Character));
        assert!(encode("HTTPS://EXAMPLE.ORG:8080/C/A2").is_ok());
    }
}
