//! Text into glyphs. Text is shaped word by word; a word with Devanagari in it becomes one group of glyphs, because only a
//! glyph that stands for a whole word comes back as that word from every PDF reader (see [`super::word_font`]).

use std::collections::HashMap;
use std::rc::Rc;

use harfrust::{Buffer, Direction, Language, Script, ShapeOptions, ShapePlan, ShaperFont, shape};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::PdfError;
use super::face::{Face, Weight, face};

/// Font units of one em, in both fonts.
pub(super) const UNITS_PER_EM: f64 = 1000.0;
/// More than these in one composite glyph and some renderer meets a limit of its own; a long word is then several groups.
const GROUP_GLYPHS_MAX: usize = 40;
/// Coordinates of a glyph are 16-bit; a group stays well within.
const GROUP_ADVANCE_MAX: i32 = 20_000;
/// A `bfchar` target may hold 512 bytes (Adobe technical note 5411), but poppler reads tokens of 255 characters at most: two
/// brackets and four digits for each of 63 UTF-16 units.
const GROUP_CHARACTERS_MAX: usize = 60;

/// A glyph of the original font, displaced from the origin of its group, in font units.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PlacedGlyph {
    pub(super) glyph: u16,
    pub(super) x: i16,
    pub(super) y: i16,
}

/// What will be one glyph of the word-glyph font: outlines, advance and the text that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) glyphs: Vec<PlacedGlyph>,
    pub(super) advance: u16,
    pub(super) text: String,
}

/// Shapes and measures, and remembers every word.
pub(super) struct Shaper {
    faces: [&'static Face; 2],
    plans: HashMap<(Weight, bool), ShapePlan>,
    words: HashMap<(Weight, String), Rc<[Group]>>,
    languages: [Option<Language>; 2],
}

/// One cluster of a shaped run: glyphs with offsets from the cluster's own origin.
struct Cluster {
    glyphs: Vec<(u16, i32, i32)>,
    advance: i32,
    text: String,
}

impl Shaper {
    pub(super) fn try_new() -> Result<Self, PdfError> {
        Ok(Self {
            faces: [face(Weight::Regular)?, face(Weight::Bold)?],
            plans: HashMap::new(),
            words: HashMap::new(),
            languages: [Language::new("en"), Language::new("hi")],
        })
    }

    fn face(&self, weight: Weight) -> &'static Face {
        let [regular, bold] = self.faces;
        match weight {
            Weight::Regular => regular,
            Weight::Bold => bold,
        }
    }

    /// Brings a text into the form that is drawn: NFC, one space for any white space, none at the ends. The joiners U+200C
    /// and U+200D stay: they change the shape of a conjunct.
    ///
    /// # Errors
    /// A character that the fonts lack, a sign without its letter, or a text longer than `characters_max`.
    pub(super) fn clean(&mut self, field: &str, text: &str, characters_max: usize) -> Result<String, PdfError> {
        let cleaned = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cleaned: String = cleaned.nfc().collect();
        let characters = cleaned.chars().count();
        if characters > characters_max {
            return Err(PdfError::TooLong {
                field: field.to_owned(),
                characters,
                characters_max,
            });
        }
        let regular = self.face(Weight::Regular);
        let missing = cleaned
            .chars()
            .find(|&character| !is_joiner(character) && !regular.has(character));
        if let Some(character) = missing {
            return Err(PdfError::MissingCharacter {
                field: field.to_owned(),
                character,
            });
        }
        if let Some(character) = invisible(&cleaned) {
            return Err(PdfError::InvisibleCharacter {
                field: field.to_owned(),
                character,
            });
        }
        for word in cleaned.split(' ').filter(|word| !word.is_empty()) {
            let lonely = self.lonely_sign(word)?;
            if let Some(character) = lonely {
                return Err(PdfError::LonelySign {
                    field: field.to_owned(),
                    character,
                });
            }
        }
        Ok(cleaned)
    }

    /// The first character of a syllable that the shaper could only draw on a dotted circle.
    fn lonely_sign(&mut self, word: &str) -> Result<Option<char>, PdfError> {
        if word.contains('\u{25cc}') {
            return Ok(None);
        }
        let circle = self.face(Weight::Regular).dotted_circle;
        let clusters = self.clusters(Weight::Regular, word)?;
        let bad = clusters
            .iter()
            .find(|cluster| cluster.glyphs.iter().any(|(glyph, ..)| *glyph == circle));
        Ok(bad.and_then(|cluster| cluster.text.chars().next()))
    }

    /// The groups of a line. Each space is a group of its own.
    pub(super) fn line(&mut self, weight: Weight, text: &str) -> Result<Vec<Group>, PdfError> {
        let mut groups = Vec::new();
        for piece in text.split_inclusive(' ') {
            let word = piece.strip_suffix(' ').unwrap_or(piece);
            if !word.is_empty() {
                groups.extend(self.word(weight, word)?.iter().cloned());
            }
            if word.len() < piece.len() {
                groups.extend(self.word(weight, " ")?.iter().cloned());
            }
        }
        Ok(groups)
    }

    /// The width of a line in font units.
    pub(super) fn width(&mut self, weight: Weight, text: &str) -> Result<f64, PdfError> {
        let mut total = 0_u32;
        for piece in text.split_inclusive(' ') {
            let word = piece.strip_suffix(' ').unwrap_or(piece);
            for part in [word, piece.get(word.len()..).unwrap_or_default()] {
                if !part.is_empty() {
                    let groups = self.word(weight, part)?;
                    total += groups.iter().map(|group| u32::from(group.advance)).sum::<u32>();
                }
            }
        }
        Ok(f64::from(total))
    }

    fn word(&mut self, weight: Weight, word: &str) -> Result<Rc<[Group]>, PdfError> {
        let key = (weight, word.to_owned());
        if let Some(groups) = self.words.get(&key) {
            return Ok(Rc::clone(groups));
        }
        let whole = word.chars().any(is_devanagari_letter);
        let clusters = self.clusters(weight, word)?;
        let groups: Rc<[Group]> = group(clusters, whole)?.into();
        self.words.insert(key, Rc::clone(&groups));
        Ok(groups)
    }

    fn clusters(&mut self, weight: Weight, word: &str) -> Result<Vec<Cluster>, PdfError> {
        let mut clusters = Vec::new();
        for (devanagari, run) in runs(word) {
            self.shape_run(weight, devanagari, run, &mut clusters)?;
        }
        Ok(clusters)
    }

    fn shape_run(
        &mut self,
        weight: Weight,
        devanagari: bool,
        run: &str,
        clusters: &mut Vec<Cluster>,
    ) -> Result<(), PdfError> {
        let face = self.face(weight);
        let script = Some(if devanagari { Script::DEVANAGARI } else { Script::LATIN });
        let [english, hindi] = &self.languages;
        let language = if devanagari { hindi } else { english };
        let plan = self
            .plans
            .entry((weight, devanagari))
            .or_insert_with(|| ShapePlan::new(&face.font, Direction::LeftToRight, script, language.as_ref(), &[]));
        let mut buffer = Buffer::new();
        buffer.push_str(run);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script);
        buffer.set_language(language.clone());
        let font = ShaperFont::new(&face.font);
        shape(&font, &mut buffer, ShapeOptions::new().plan(Some(plan)))
            .map_err(|_| PdfError::Font("shaping failed"))?;

        let mut starts: Vec<usize> = buffer.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.dedup();
        let mut ends = starts.clone();
        ends.push(run.len());
        let mut glyphs = buffer.glyph_infos().iter().zip(buffer.glyph_positions()).peekable();
        for (&start, &end) in starts.iter().zip(ends.iter().skip(1)) {
            let text = run
                .get(start..end)
                .ok_or(PdfError::Font("the shaper answered with clusters out of order"))?;
            let mut cluster = Cluster {
                glyphs: Vec::new(),
                advance: 0,
                text: text.to_owned(),
            };
            while let Some((info, position)) = glyphs.next_if(|(info, _)| info.cluster as usize == start) {
                let glyph = u16::try_from(info.glyph_id).unwrap_or(0);
                if glyph == 0 {
                    return Err(PdfError::Font("the shaper answered with a missing glyph"));
                }
                cluster
                    .glyphs
                    .push((glyph, cluster.advance + position.x_offset, position.y_offset));
                cluster.advance += position.x_advance;
            }
            clusters.push(cluster);
        }
        Ok(())
    }
}

/// Joins clusters to groups: each by itself, or all of a word. A word beyond the limits becomes several groups of about the
/// same size, because pdf.js puts a space before a last one that is small.
fn group(clusters: Vec<Cluster>, whole: bool) -> Result<Vec<Group>, PdfError> {
    if !whole {
        return clusters.into_iter().map(finish).collect();
    }
    let glyphs: usize = clusters.iter().map(|cluster| cluster.glyphs.len()).sum();
    let count = clusters
        .iter()
        .fold((0, Size::default()), |(count, open), cluster| {
            let next = Size::of(cluster);
            match open.with(next).fits() && count > 0 {
                true => (count, open.with(next)),
                false => (count + 1, next),
            }
        })
        .0;
    // A group ends where its share of the whole word does.
    let mut done = 0;
    let mut groups: Vec<Group> = Vec::new();
    let mut open: Option<Cluster> = None;
    for cluster in clusters {
        let share = (glyphs * (groups.len() + 1)).div_ceil(count.max(1));
        open = match open.take() {
            Some(mut word) if done + word.glyphs.len() < share && Size::of(&word).with(Size::of(&cluster)).fits() => {
                let shift = word.advance;
                word.glyphs
                    .extend(cluster.glyphs.into_iter().map(|(glyph, x, y)| (glyph, x + shift, y)));
                word.advance += cluster.advance;
                word.text.push_str(&cluster.text);
                Some(word)
            }
            Some(word) => {
                done += word.glyphs.len();
                groups.push(finish(word)?);
                Some(cluster)
            }
            None => Some(cluster),
        };
    }
    if let Some(word) = open {
        groups.push(finish(word)?);
    }
    Ok(groups)
}

/// What a group may not have too much of.
#[derive(Clone, Copy, Default)]
struct Size {
    glyphs: usize,
    advance: i32,
    characters: usize,
}

impl Size {
    fn of(cluster: &Cluster) -> Self {
        Self {
            glyphs: cluster.glyphs.len(),
            advance: cluster.advance,
            characters: cluster.text.encode_utf16().count(),
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            glyphs: self.glyphs + other.glyphs,
            advance: self.advance + other.advance,
            characters: self.characters + other.characters,
        }
    }

    fn fits(self) -> bool {
        self.glyphs <= GROUP_GLYPHS_MAX && self.advance <= GROUP_ADVANCE_MAX && self.characters <= GROUP_CHARACTERS_MAX
    }
}

fn finish(cluster: Cluster) -> Result<Group, PdfError> {
    let out_of_range = |_| PdfError::Font("a shaped word is wider than a glyph can be");
    let glyphs = cluster
        .glyphs
        .into_iter()
        .map(|(glyph, x, y)| {
            Ok(PlacedGlyph {
                glyph,
                x: i16::try_from(x).map_err(out_of_range)?,
                y: i16::try_from(y).map_err(out_of_range)?,
            })
        })
        .collect::<Result<Vec<_>, PdfError>>()?;
    Ok(Group {
        glyphs,
        advance: u16::try_from(cluster.advance).map_err(out_of_range)?,
        text: cluster.text,
    })
}

/// Cuts a word where the script changes. A character of no script (digits, punctuation, joiners) stays with what precedes it.
fn runs(word: &str) -> Vec<(bool, &str)> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut script: Option<bool> = None;
    for (at, character) in word.char_indices() {
        let own = if ('\u{900}'..='\u{97f}').contains(&character) || ('\u{a8e0}'..='\u{a8ff}').contains(&character) {
            Some(true)
        } else if character.is_alphabetic() {
            Some(false)
        } else {
            None
        };
        match (script, own) {
            (Some(now), Some(next)) if now != next => {
                runs.extend(word.get(start..at).map(|run| (now, run)));
                start = at;
                script = own;
            }
            (None, Some(_)) => script = own,
            _ => {}
        }
    }
    runs.extend(
        word.get(start..)
            .filter(|run| !run.is_empty())
            .map(|run| (script.unwrap_or(false), run)),
    );
    runs
}

/// Letters, vowel signs and other marks of Devanagari; not its digits and not the danda, which extract well alone.
fn is_devanagari_letter(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{963}' | '\u{971}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}')
}

/// The first character that leaves no mark on paper, where it does not shape the letter before it.
fn invisible(text: &str) -> Option<char> {
    let mut before = ' ';
    text.chars().find(|&character| {
        let joins = is_joiner(character) && is_devanagari_letter(before);
        before = character;
        !joins && (is_joiner(character) || matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'))
    })
}

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

impl Shaper {
    /// Breaks a text into lines no wider than `width` font units: at spaces, and inside a word only where the word alone is
    /// too wide, and then never inside a syllable.
    pub(super) fn wrap(&mut self, weight: Weight, text: &str, width: f64) -> Result<Vec<String>, PdfError> {
        let space = self.width(weight, " ")?;
        let mut lines = Vec::new();
        let mut line = String::new();
        let mut used = 0.0;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            for piece in self.pieces(weight, word, width)? {
                let wide = self.width(weight, &piece)?;
                let gap = if line.is_empty() { 0.0 } else { space };
                if !line.is_empty() && used + gap + wide > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                if !line.is_empty() {
                    line.push(' ');
                    used += space;
                }
                line.push_str(&piece);
                used += wide;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        Ok(lines)
    }

    /// A word that fits, or the pieces of one that does not.
    fn pieces(&mut self, weight: Weight, word: &str, width: f64) -> Result<Vec<String>, PdfError> {
        if self.width(weight, word)? <= width {
            return Ok(vec![word.to_owned()]);
        }
        let mut pieces = Vec::new();
        let mut piece = String::new();
        for syllable in word.graphemes(true) {
            let longer = format!("{piece}{syllable}");
            if !piece.is_empty() && self.width(weight, &longer)? > width {
                pieces.push(std::mem::replace(&mut piece, syllable.to_owned()));
            } else {
                piece = longer;
            }
        }
        pieces.push(piece);
        Ok(pieces)
    }
}

#[cfg(test)]
#[path = "../../../examples/campaign/records.rs"]
mod records;

#[cfg(test)]
mod tests;
