//! Texts: present, tidy, in their script, short enough.

use unicode_normalization::is_nfc;

use super::Report;
use crate::Bilingual;

/// Length as the channel counts it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `child_name`: a letter, then letters, digits and single underscores.
pub(super) fn is_code(code: &str) -> bool {
    code.starts_with(|c: char| c.is_ascii_lowercase())
        && !code.ends_with('_')
        && !code.contains("__")
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// What stands more than once, each once.
pub(super) fn repeated<'a>(all: &[&'a str]) -> Vec<&'a str> {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let mut twice: Vec<&str> = sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
        .collect();
    twice.dedup();
    twice
}

/// Something in it, in NFC, one line, no space at the ends, none doubled, nothing invisible but the two joiners.
pub(super) fn is_tidy(text: &str) -> bool {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{A0}' | '\u{200B}' | '\u{200E}'..='\u{202F}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    !text.is_empty() && text.trim() == text && !text.contains("  ") && !text.chars().any(invisible) && is_nfc(text)
}

const fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{97F}')
}

/// Is the text really in its script? Hindi may hold a few Latin letters (PDF, LMV), English holds no Devanagari.
pub(super) fn is_in_script(text: &str, devanagari: bool) -> bool {
    let of_hindi = text.chars().filter(|c| is_devanagari(*c)).count();
    let of_english = text.chars().filter(char::is_ascii_alphabetic).count();
    if devanagari {
        of_hindi > of_english
    } else {
        of_hindi == 0 && of_english > 0
    }
}

/// `B+`: the same in every script.
fn is_symbol(text: &Bilingual) -> bool {
    text.en == text.hi && units(&text.en) <= 4
}

impl Report<'_> {
    /// A text in both languages, each of at most `max` units.
    pub(super) fn text(&mut self, what: &str, text: &Bilingual, max: usize) {
        for (language, words, devanagari) in [("en", &text.en, false), ("hi", &text.hi, true)] {
            if words.trim().is_empty() {
                self.find("empty", format!("{what}.{language}"));
                continue;
            }
            self.unless(is_tidy(words), "tidy", || format!("{what}.{language}: {words:?}"));
            self.unless(is_in_script(words, devanagari) || is_symbol(text), "script", || {
                format!("{what}.{language}: {words}")
            });
            let length = units(words);
            self.unless(length <= max, "length", || {
                format!("{what}.{language}: {length} of {max}: {words}")
            });
        }
    }
}
