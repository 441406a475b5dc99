//! The word-glyph font: a small TrueType font made for one document, in which every distinct word is one glyph.
//!
//! PDF maps glyphs back to text one at a time, and readers disagree about everything finer: marks, reordered vowel signs,
//! `/ActualText`. A glyph that stands for the whole word leaves nothing to disagree about. Each such glyph is a composite of
//! the original outlines, so what is drawn is what the shaper placed.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::PdfError;
use super::face::{Face, i16_at, u16_at};
use super::shape::Group;

/// The most words of one weight; as many glyphs again are left for what they are made of.
const WORDS_MAX: usize = 6_399;
const ARGS_ARE_WORDS: u16 = 0x0001;
const ARGS_ARE_XY: u16 = 0x0002;
const HAS_SCALE: u16 = 0x0008;
const MORE_COMPONENTS: u16 = 0x0020;
const HAS_XY_SCALE: u16 = 0x0040;
const HAS_TWO_BY_TWO: u16 = 0x0080;
/// Components of components: the source fonts have at most three levels, ours adds one.
const DEPTH_MAX: u16 = 8;

/// Collects the groups of a document and numbers them.
pub(super) struct WordFont {
    face: &'static Face,
    groups: Vec<Group>,
    numbers: HashMap<Group, u16>,
}

/// The finished font file and what a PDF must say about it.
pub(super) struct BuiltFont {
    pub(super) bytes: Vec<u8>,
    /// Advance of each glyph that text may use, in font units.
    pub(super) widths: BTreeMap<u16, u16>,
    /// xMin, yMin, xMax, yMax over all glyphs, in font units.
    pub(super) bounds: [i16; 4],
    pub(super) ascent: i16,
    pub(super) descent: i16,
    /// `OS/2` usWeightClass.
    pub(super) weight_class: u16,
    /// Six capitals that differ where the bytes differ (ISO 32000-1, 9.6.4).
    pub(super) tag: String,
}

/// One glyph being written.
#[derive(Default)]
struct Outline {
    bytes: Vec<u8>,
    advance: u16,
    bounds: Option<[i16; 4]>,
}

/// What `maxp` must announce.
#[derive(Default, Clone, Copy)]
struct Size {
    points: u16,
    contours: u16,
    depth: u16,
    components: u16,
}

impl WordFont {
    pub(super) fn new(face: &'static Face) -> Self {
        Self {
            face,
            groups: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The glyph number of a group; the same group has the same number.
    pub(super) fn glyph(&mut self, group: &Group) -> Result<u16, PdfError> {
        if let Some(&number) = self.numbers.get(group) {
            return Ok(number);
        }
        if self.groups.len() >= WORDS_MAX {
            return Err(PdfError::Font("a document holds more different words than a font can"));
        }
        self.groups.push(group.clone());
        let number = u16::try_from(self.groups.len()).map_err(|_| PdfError::Font("too many words"))?;
        self.numbers.insert(group.clone(), number);
        Ok(number)
    }

    /// Writes the font.
    pub(super) fn build(&self) -> Result<BuiltFont, PdfError> {
        Builder::new(self)?.build()
    }
}

struct Builder<'a> {
    source: &'a WordFont,
    face: &'static Face,
    /// Original glyph to its number here. Numbers follow the words, in order of first use.
    bases: BTreeMap<u16, u16>,
    base_order: Vec<u16>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a WordFont) -> Result<Self, PdfError> {
        let mut builder = Self {
            source,
            face: source.face,
            bases: BTreeMap::new(),
            base_order: Vec::new(),
        };
        for group in &source.groups {
            if builder.copied(group)?.is_none() {
                for placed in &group.glyphs {
                    builder.need(placed.glyph)?;
                }
            }
        }
        let mut next = 0;
        while let Some(&glyph) = builder.base_order.get(next) {
            for component in components(builder.face.outline(glyph)?)? {
                builder.need(component.glyph)?;
            }
            next += 1;
        }
        Ok(builder)
    }

    fn need(&mut self, glyph: u16) -> Result<(), PdfError> {
        if self.bases.contains_key(&glyph) || self.face.outline(glyph)?.is_empty() {
            return Ok(());
        }
        let number = u16::try_from(1 + self.source.groups.len() + self.base_order.len())
            .map_err(|_| PdfError::Font("a document needs more glyphs than a font can hold"))?;
        self.bases.insert(glyph, number);
        self.base_order.push(glyph);
        Ok(())
    }

    /// The outline of a group that is one simple glyph in its place: it is copied, not referred to.
    fn copied(&self, group: &Group) -> Result<Option<&'static [u8]>, PdfError> {
        let [only] = group.glyphs.as_slice() else {
            return Ok(None);
        };
        let outline = self.face.outline(only.glyph)?;
        Ok((only.x == 0 && only.y == 0 && !is_composite(outline)).then_some(outline))
    }

    fn build(&self) -> Result<BuiltFont, PdfError> {
        let mut outlines = vec![self.original(0)?];
        let mut size = Size::default();
        for group in &self.source.groups {
            outlines.push(match self.copied(group)? {
                Some(bytes) => Outline {
                    bytes: bytes.to_vec(),
                    advance: group.advance,
                    bounds: bounds(bytes),
                },
                None => self.composite(group)?,
            });
            size = size.max(self.size_of_group(group)?);
        }
        for &glyph in &self.base_order {
            outlines.push(self.renumbered(glyph)?);
            size = size.max(self.size_of(glyph, 0)?);
        }
        self.assemble(&outlines, size)
    }

    fn original(&self, glyph: u16) -> Result<Outline, PdfError> {
        let bytes = self.face.outline(glyph)?;
        if is_composite(bytes) {
            return Err(PdfError::Font("the empty box of the font is not a simple glyph"));
        }
        Ok(Outline {
            bytes: bytes.to_vec(),
            advance: self.face.advance(glyph),
            bounds: bounds(bytes),
        })
    }

    fn composite(&self, group: &Group) -> Result<Outline, PdfError> {
        let mut outline = Outline {
            advance: group.advance,
            ..Outline::default()
        };
        let mut parts = Vec::new();
        for placed in &group.glyphs {
            let Some(own) = bounds(self.face.outline(placed.glyph)?) else {
                continue;
            };
            let number = self.base(placed.glyph)?;
            let moved = shifted(own, placed.x, placed.y)?;
            outline.bounds = Some(outline.bounds.map_or(moved, |so_far| union(so_far, moved)));
            parts.push((number, placed.x, placed.y));
        }
        let (Some(bounds), Some(last)) = (outline.bounds, parts.len().checked_sub(1)) else {
            return Ok(outline);
        };
        outline.bytes.extend((-1_i16).to_be_bytes());
        for value in bounds {
            outline.bytes.extend(value.to_be_bytes());
        }
        for (index, (number, x, y)) in parts.into_iter().enumerate() {
            let more = if index < last { MORE_COMPONENTS } else { 0 };
            outline
                .bytes
                .extend((ARGS_ARE_WORDS | ARGS_ARE_XY | more).to_be_bytes());
            outline.bytes.extend(number.to_be_bytes());
            outline.bytes.extend(x.to_be_bytes());
            outline.bytes.extend(y.to_be_bytes());
        }
        Ok(outline)
    }

    /// A base glyph as in the source font, its components named by their numbers here.
    fn renumbered(&self, glyph: u16) -> Result<Outline, PdfError> {
        let source = self.face.outline(glyph)?;
        let mut bytes = source.to_vec();
        for component in components(source)? {
            let number = self.base(component.glyph)?.to_be_bytes();
            let place = bytes.get_mut(component.at..component.at + 2);
            place.ok_or(BROKEN)?.copy_from_slice(&number);
        }
        Ok(Outline {
            bytes,
            advance: self.face.advance(glyph),
            bounds: bounds(source),
        })
    }

    fn base(&self, glyph: u16) -> Result<u16, PdfError> {
        self.bases.get(&glyph).copied().ok_or(BROKEN)
    }

    fn size_of(&self, glyph: u16, level: u16) -> Result<Size, PdfError> {
        let outline = self.face.outline(glyph)?;
        if outline.is_empty() {
            return Ok(Size::default());
        }
        if level > DEPTH_MAX {
            return Err(PdfError::Font("a glyph is nested too deeply"));
        }
        if !is_composite(outline) {
            let contours = u16_at(outline, 0).ok_or(BROKEN)?;
            let last_point = match usize::from(contours).checked_sub(1) {
                Some(last) => u16_at(outline, 10 + last * 2).ok_or(BROKEN)?,
                None => return Ok(Size::default()),
            };
            return Ok(Size {
                points: last_point.saturating_add(1),
                contours,
                ..Size::default()
            });
        }
        let mut size = Size::default();
        for component in components(outline)? {
            size.add(self.size_of(component.glyph, level + 1)?);
        }
        Ok(size)
    }

    fn size_of_group(&self, group: &Group) -> Result<Size, PdfError> {
        let mut size = Size::default();
        if self.copied(group)?.is_some() {
            for placed in &group.glyphs {
                size = self.size_of(placed.glyph, 0)?;
            }
            return Ok(size);
        }
        for placed in &group.glyphs {
            size.add(self.size_of(placed.glyph, 0)?);
        }
        Ok(size)
    }

    fn assemble(&self, outlines: &[Outline], size: Size) -> Result<BuiltFont, PdfError> {
        let count = u16::try_from(outlines.len()).map_err(|_| PdfError::Font("too many glyphs"))?;
        let mut glyf = Vec::new();
        let mut starts = Vec::with_capacity(outlines.len() + 1);
        let mut hmtx = Vec::new();
        let mut all: Option<[i16; 4]> = None;
        let (mut advance_max, mut right_min) = (0_u16, i16::MAX);
        for outline in outlines {
            starts.push(offset(glyf.len())?);
            glyf.extend(&outline.bytes);
            if glyf.len() % 2 != 0 {
                glyf.push(0);
            }
            let left = outline.bounds.map_or(0, |[x_min, ..]| x_min);
            hmtx.extend(outline.advance.to_be_bytes());
            hmtx.extend(left.to_be_bytes());
            advance_max = advance_max.max(outline.advance);
            if let Some(own) = outline.bounds {
                all = Some(all.map_or(own, |so_far| union(so_far, own)));
                let [_, _, x_max, _] = own;
                let right = i32::from(outline.advance) - i32::from(x_max);
                right_min = right_min.min(i16::try_from(right).unwrap_or(i16::MIN));
            }
        }
        starts.push(offset(glyf.len())?);
        // Offsets of two bytes name every other byte, as far as they reach.
        let halves: Option<Vec<u16>> = starts.iter().map(|start| u16::try_from(start / 2).ok()).collect();
        let (long, loca): (i16, Vec<u8>) = match halves {
            Some(halves) => (0, halves.into_iter().flat_map(u16::to_be_bytes).collect()),
            None => (1, starts.into_iter().flat_map(u32::to_be_bytes).collect()),
        };
        let bounds = all.unwrap_or_default();
        let [x_min, _, x_max, _] = bounds;

        let mut head = self.face.table(b"head")?.to_vec();
        put(&mut head, 8, &[0; 4])?;
        for (index, value) in bounds.into_iter().enumerate() {
            put(&mut head, 36 + index * 2, &value.to_be_bytes())?;
        }
        put(&mut head, 50, &long.to_be_bytes())?;

        let source_hhea = self.face.table(b"hhea")?;
        let mut hhea = source_hhea.to_vec();
        put(&mut hhea, 10, &advance_max.to_be_bytes())?;
        put(&mut hhea, 12, &x_min.to_be_bytes())?;
        put(&mut hhea, 14, &right_min.to_be_bytes())?;
        put(&mut hhea, 16, &x_max.to_be_bytes())?;
        put(&mut hhea, 34, &count.to_be_bytes())?;

        let mut maxp = self.face.table(b"maxp")?.to_vec();
        let composite_depth = size.depth.max(1);
        for (at, value) in [
            (4, count),
            (6, size.points),
            (8, size.contours),
            (10, size.points),
            (12, size.contours),
            (28, size.components),
            (30, composite_depth),
        ] {
            put(&mut maxp, at, &value.to_be_bytes())?;
        }

        // What a program that draws by glyph numbers reads (ISO 32000-1, 9.9, table 126). No `name`: its licence asks for none here.
        let tables: [(&[u8; 4], Vec<u8>); 6] = [
            (b"glyf", glyf),
            (b"head", head),
            (b"hhea", hhea),
            (b"hmtx", hmtx),
            (b"loca", loca),
            (b"maxp", maxp),
        ];
        let bytes = file(&tables)?;
        let widths = outlines
            .iter()
            .zip(0_u16..)
            .take(self.source.groups.len() + 1)
            .map(|(outline, glyph)| (glyph, outline.advance))
            .collect();
        Ok(BuiltFont {
            tag: tag(&bytes),
            bytes,
            widths,
            bounds,
            ascent: i16_at(source_hhea, 4).ok_or(BROKEN)?,
            descent: i16_at(source_hhea, 6).ok_or(BROKEN)?,
            weight_class: u16_at(self.face.table(b"OS/2")?, 4).ok_or(BROKEN)?,
        })
    }
}

impl Size {
    fn max(self, other: Self) -> Self {
        Self {
            points: self.points.max(other.points),
            contours: self.contours.max(other.contours),
            depth: self.depth.max(other.depth),
            components: self.components.max(other.components),
        }
    }

    /// Counts one more component.
    fn add(&mut self, part: Self) {
        self.points = self.points.saturating_add(part.points);
        self.contours = self.contours.saturating_add(part.contours);
        self.depth = self.depth.max(part.depth + 1);
        self.components = self.components.saturating_add(1);
    }
}

const BROKEN: PdfError = PdfError::Font("a table of an embedded font is not as expected");

/// A reference from a composite glyph to another.
struct Component {
    /// Where the glyph number stands in the outline's bytes.
    at: usize,
    glyph: u16,
}

fn is_composite(outline: &[u8]) -> bool {
    i16_at(outline, 0).is_some_and(|contours| contours < 0)
}

fn components(outline: &[u8]) -> Result<Vec<Component>, PdfError> {
    let mut components = Vec::new();
    if !is_composite(outline) {
        return Ok(components);
    }
    let mut at = 10;
    loop {
        let flags = u16_at(outline, at).ok_or(BROKEN)?;
        let glyph = u16_at(outline, at + 2).ok_or(BROKEN)?;
        components.push(Component { at: at + 2, glyph });
        at += 4 + if flags & ARGS_ARE_WORDS == 0 { 2 } else { 4 };
        at += match flags & (HAS_SCALE | HAS_XY_SCALE | HAS_TWO_BY_TWO) {
            0 => 0,
            HAS_SCALE => 2,
            HAS_XY_SCALE => 4,
            _ => 8,
        };
        if flags & MORE_COMPONENTS == 0 {
            return Ok(components);
        }
    }
}

fn bounds(outline: &[u8]) -> Option<[i16; 4]> {
    Some([
        i16_at(outline, 2)?,
        i16_at(outline, 4)?,
        i16_at(outline, 6)?,
        i16_at(outline, 8)?,
    ])
}

fn shifted([x_min, y_min, x_max, y_max]: [i16; 4], x: i16, y: i16) -> Result<[i16; 4], PdfError> {
    let add = |value: i16, by: i16| {
        value
            .checked_add(by)
            .ok_or(PdfError::Font("a shaped word is wider than a glyph can be"))
    };
    Ok([add(x_min, x)?, add(y_min, y)?, add(x_max, x)?, add(y_max, y)?])
}

fn union(a: [i16; 4], b: [i16; 4]) -> [i16; 4] {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [a0.min(b0), a1.min(b1), a2.max(b2), a3.max(b3)]
}

fn offset(length: usize) -> Result<u32, PdfError> {
    u32::try_from(length).map_err(|_| PdfError::Font("a font file is too large"))
}

fn put(table: &mut [u8], at: usize, value: &[u8]) -> Result<(), PdfError> {
    table
        .get_mut(at..at + value.len())
        .ok_or(BROKEN)?
        .copy_from_slice(value);
    Ok(())
}

/// The sum of a table's 32-bit words (OpenType, "Calculating checksums").
fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// Puts tables, which are in the order of their tags, into one file.
fn file(tables: &[(&[u8; 4], Vec<u8>)]) -> Result<Vec<u8>, PdfError> {
    let count = u16::try_from(tables.len()).map_err(|_| BROKEN)?;
    let power = count.checked_ilog2().unwrap_or(0);
    let range = 16_u16 << power;
    let mut bytes = Vec::new();
    bytes.extend(0x0001_0000_u32.to_be_bytes());
    for value in [count, range, u16::try_from(power).unwrap_or(0), count * 16 - range] {
        bytes.extend(value.to_be_bytes());
    }
    let mut at = 12 + tables.len() * 16;
    let mut head_at = None;
    for (tag, table) in tables {
        if *tag == b"head" {
            head_at = Some(at);
        }
        bytes.extend(*tag);
        bytes.extend(checksum(table).to_be_bytes());
        bytes.extend(offset(at)?.to_be_bytes());
        bytes.extend(offset(table.len())?.to_be_bytes());
        at += table.len().next_multiple_of(4);
    }
    for (_, table) in tables {
        bytes.extend(table);
        while bytes.len() % 4 != 0 {
            bytes.push(0);
        }
    }
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(checksum(&bytes));
    put(&mut bytes, head_at.ok_or(BROKEN)? + 8, &adjustment.to_be_bytes())?;
    Ok(bytes)
}

fn tag(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::face::{Weight, face};
    use crate::pdf::shape::Shaper;

    fn font_of(weight: Weight, text: &str) -> (WordFont, BuiltFont) {
        let mut shaper = Shaper::try_new().unwrap();
        let mut font = WordFont::new(face(weight).unwrap());
        for group in shaper.line(weight, text).unwrap() {
            font.glyph(&group).unwrap();
        }
        let built = font.build().unwrap();
        (font, built)
    }

    #[test]
    fn words_are_glyphs_and_equal_words_are_one() {
        let (font, built) = font_of(Weight::Regular, "जन्म प्रमाण पत्र जन्म AB A");
        let texts: Vec<&str> = font.groups.iter().map(|group| group.text.as_str()).collect();
        assert_eq!(texts, ["जन्म", " ", "प्रमाण", "पत्र", "A", "B"]);
        assert_eq!(built.widths.len(), 7);
        assert_eq!(built.weight_class, 400);
    }

    #[test]
    fn the_font_reads_back_with_the_widths_it_was_made_from() {
        let (font, built) = font_of(Weight::Bold, "क्षत्रिय कर्फ्यू, फ़ोन क़लम (ट्रान्सपोर्ट) Waste");
        let bytes: &'static [u8] = built.bytes.clone().leak();
        let again = harfrust::Font::new(bytes, 0).unwrap();
        assert!(again.num_glyphs() as usize > font.groups.len());
        let shaper = harfrust::ShaperFont::new(&again);
        for (index, group) in font.groups.iter().enumerate() {
            let glyph = u32::try_from(index + 1).unwrap().into();
            assert_eq!(shaper.glyph_h_advance(glyph), i32::from(group.advance));
        }
        assert_eq!(
            checksum(bytes),
            0xb1b0_afba,
            "the whole file sums to the constant that the specification gives"
        );
    }

    #[test]
    fn the_same_words_in_the_same_order_are_the_same_bytes() {
        let (_, one) = font_of(Weight::Regular, "नमूना नगर निगम Sample");
        let (_, two) = font_of(Weight::Regular, "नमूना नगर निगम Sample");
        let (_, other) = font_of(Weight::Regular, "नमूना नगर निगम Samples");
        assert_eq!(one.bytes, two.bytes);
        assert_ne!(one.tag, other.tag);
    }
}
