//! The two embedded fonts, read once: table access, glyph outlines, advances, and the shaper's own view.

use std::sync::LazyLock;

use harfrust::{Font, ShaperFont};

use super::PdfError;

/// Noto Sans Devanagari 2.006, Regular.
pub(super) const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSansDevanagari-Regular.ttf");
/// Noto Sans Devanagari 2.006, Bold.
pub(super) const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSansDevanagari-Bold.ttf");

/// Which of the two fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// One font, with what building a word-glyph font needs at hand.
pub(super) struct Face {
    pub(super) font: Font,
    bytes: &'static [u8],
    offsets: Vec<u32>,
    outlines: &'static [u8],
    advances: Vec<u16>,
    /// The glyph that a shaper inserts under a vowel sign without a letter; 0 if the font has none.
    pub(super) dotted_circle: u16,
}

static FACES: LazyLock<Option<[Face; 2]>> = LazyLock::new(|| Some([Face::read(REGULAR)?, Face::read(BOLD)?]));

/// The font of a weight.
pub(super) fn face(weight: Weight) -> Result<&'static Face, PdfError> {
    let [regular, bold] = FACES
        .as_ref()
        .ok_or(PdfError::Font("an embedded font cannot be read"))?;
    Ok(match weight {
        Weight::Regular => regular,
        Weight::Bold => bold,
    })
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes, 0)?;
        let glyphs = usize::from(u16_at(table(bytes, b"maxp")?, 4)?);
        let long = u16_at(table(bytes, b"head")?, 50)? != 0;
        let loca = table(bytes, b"loca")?;
        let offsets = (0..=glyphs)
            .map(|index| {
                if long {
                    u32_at(loca, index * 4)
                } else {
                    u16_at(loca, index * 2).map(|half| u32::from(half) * 2)
                }
            })
            .collect::<Option<Vec<u32>>>()?;
        let metrics = usize::from(u16_at(table(bytes, b"hhea")?, 34)?);
        let hmtx = table(bytes, b"hmtx")?;
        let last = metrics.checked_sub(1)?;
        let advances = (0..glyphs)
            .map(|glyph| u16_at(hmtx, glyph.min(last) * 4))
            .collect::<Option<Vec<u16>>>()?;
        let dotted_circle = ShaperFont::new(&font)
            .nominal_glyph(0x25cc)
            .and_then(|glyph| u16::try_from(glyph.to_u32()).ok())
            .unwrap_or(0);
        Some(Self {
            font,
            bytes,
            offsets,
            outlines: table(bytes, b"glyf")?,
            advances,
            dotted_circle,
        })
    }

    /// A table of the font file.
    pub(super) fn table(&self, tag: &[u8; 4]) -> Result<&'static [u8], PdfError> {
        table(self.bytes, tag).ok_or(PdfError::Font("a table of an embedded font is missing"))
    }

    /// The outline of a glyph as it stands in `glyf`; empty for a glyph that draws nothing.
    pub(super) fn outline(&self, glyph: u16) -> Result<&'static [u8], PdfError> {
        let index = usize::from(glyph);
        let range = self.offsets.get(index).zip(self.offsets.get(index + 1));
        range
            .and_then(|(&start, &end)| self.outlines.get(start as usize..end as usize))
            .ok_or(PdfError::Font("a glyph of an embedded font is missing"))
    }

    /// The advance width of a glyph in font units.
    pub(super) fn advance(&self, glyph: u16) -> u16 {
        self.advances.get(usize::from(glyph)).copied().unwrap_or(0)
    }

    /// Whether the font can draw this character by itself.
    pub(super) fn has(&self, character: char) -> bool {
        ShaperFont::new(&self.font)
            .nominal_glyph(u32::from(character))
            .is_some_and(|glyph| glyph.to_u32() != 0)
    }
}

fn table(bytes: &'static [u8], tag: &[u8; 4]) -> Option<&'static [u8]> {
    let count = usize::from(u16_at(bytes, 4)?);
    (0..count).find_map(|index| {
        let record = bytes.get(12 + index * 16..28 + index * 16)?;
        if record.get(..4)? != tag {
            return None;
        }
        let start = u32_at(record, 8)? as usize;
        let length = u32_at(record, 12)? as usize;
        bytes.get(start..start.checked_add(length)?)
    })
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at.checked_add(2)?)
        .and_then(|two| <[u8; 2]>::try_from(two).ok())
        .map(u16::from_be_bytes)
}

pub(super) fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    u16_at(bytes, at).map(u16::cast_signed)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)
        .and_then(|four| <[u8; 4]>::try_from(four).ok())
        .map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn digest(bytes: &[u8]) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
    }

    #[test]
    fn the_fonts_are_the_ones_that_the_layouts_were_made_with() {
        assert_eq!(
            digest(REGULAR),
            "084a94d89eb54aafb93a056e15425c34fd859f6342875165d304837b3bcfc2d2"
        );
        assert_eq!(
            digest(BOLD),
            "67f1ec9e2ac30b261090e32953b2df0adf6c942ab26ac47efb490fa7315bddab"
        );
    }

    #[test]
    fn the_whole_devanagari_block_ascii_and_the_rupee_sign_can_be_drawn() {
        for weight in [Weight::Regular, Weight::Bold] {
            let face = face(weight).unwrap();
            let wanted = (0x20..0x7f).chain(0x900..0x980).chain([0x20b9, 0x2013, 0xb7]);
            for character in wanted.filter_map(char::from_u32) {
                assert!(face.has(character), "U+{:04X}", u32::from(character));
            }
            assert!(!face.has('中'));
            assert_ne!(face.dotted_circle, 0);
        }
    }
}
