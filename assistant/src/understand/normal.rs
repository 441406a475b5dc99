//! A message made comparable: which characters it has is one thing, which words another.

use std::borrow::Cow;

use names::sound::Key;
use unicode_normalization::UnicodeNormalization as _;

/// A word, as written and by its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Lower case, digits 0-9, no nukta, runs of three and more letters as one.
    pub(crate) text: String,
    key: Key,
}

impl Token {
    fn new(text: String) -> Self {
        let key = Key::of(&text);
        Self { text, key }
    }

    /// The same word: written alike or, from three letters on, sounding alike. Words with digits only as written.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.text == other.text || (!self.has_digit() && !other.has_digit() && self.key.sounds_like(&other.key))
    }

    /// A number as it stands, point and sign included.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(text.to_owned())
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn is_devanagari(&self) -> bool {
        self.text.chars().any(is_devanagari)
    }

    pub(crate) fn has_digit(&self) -> bool {
        self.text.bytes().any(|b| b.is_ascii_digit())
    }
}

/// The ten digits of every Indian script, and the Arabic ones, as 0-9.
pub(crate) fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 11] = [
        0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0x660, 0x6F0,
    ];
    let code = u32::from(c);
    ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))
        .and_then(|zero| char::from_digit(code - zero, 10))
}

/// What a person typed, without what nobody sees: NFC, no zero-width or direction marks (but for the two joiners
/// inside Devanagari, which change its shapes), no control characters, single spaces, lines kept.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // ASCII is as it is; composing costs more than all else here.
    let composed: Cow<'_, str> = if text.is_ascii() {
        text.into()
    } else {
        text.nfc().collect()
    };
    for c in composed.chars() {
        let c = match c {
            '\r' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
            '\u{200C}' | '\u{200D}' if out.ends_with(is_devanagari) => c,
            '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{AD}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{20E3}' => continue,
            '\n' => c,
            c if c.is_control() => continue,
            c => c,
        };
        if (c == ' ' || c == '\n') && (out.is_empty() || out.ends_with('\n') || (c == ' ' && out.ends_with(' '))) {
            continue;
        }
        if c == '\n' && out.ends_with(' ') {
            out.pop();
        }
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// As [`clean`], with every digit as 0-9: for numbers and dates.
pub(crate) fn with_plain_digits(text: &str) -> String {
    let clean = clean(text);
    if clean.is_ascii() {
        return clean;
    }
    // Compatibility forms: full-width digits, superscripts.
    clean.nfkc().map(|c| digit(c).unwrap_or(c)).collect()
}

/// Is this a letter or sign of Devanagari?
pub(crate) const fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{97F}')
}

/// The words of a message, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for c in with_plain_digits(text).chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '’' | '\u{93C}' | '\u{200C}' | '\u{200D}' => {}
            c if c.is_alphanumeric() || is_devanagari(c) => {
                if open && let Some(word) = words.last_mut() {
                    word.push(c);
                } else {
                    words.push(c.to_string());
                    open = true;
                }
            }
            // Skin tones and joiners belong to the sign before.
            '\u{1F3FB}'..='\u{1F3FF}' => {}
            '\u{1F300}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B50}' => {
                words.push(c.to_string());
                open = false;
            }
            _ => open = false,
        }
    }
    // A nukta inside a composed letter (क़) has to go as well.
    words
        .into_iter()
        .map(|word| {
            let plain = if word.is_ascii() {
                word
            } else {
                word.nfd().filter(|c| *c != '\u{93C}').nfc().collect()
            };
            Token::new(without_stutter(&plain))
        })
        .collect()
}

/// "hiiii" is "hi": three of the same letter and more are one. Digits stay.
fn without_stutter(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    let mut place = 0;
    while let Some(&c) = letters.get(place) {
        let run = letters.iter().skip(place).take_while(|next| **next == c).count();
        let kept = if run >= 3 && !c.is_numeric() { 1 } else { run };
        out.extend(std::iter::repeat_n(c, kept));
        place += run;
    }
    out
}

/// Does the message ask something, by its mark?
pub(crate) fn has_question_mark(text: &str) -> bool {
    text.contains(['?', '？'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_come_out_bare() {
        assert_eq!(
            words("  Hiiii!!! \u{200B}कृपया, ज़रा १५/०८/1990 👍🏽"),
            ["hi", "कृपया", "जरा", "15", "08", "1990", "👍"]
        );
        assert_eq!(words("2\u{FE0F}\u{20E3}"), ["2"]);
        assert_eq!(words("learner's don’t"), ["learners", "dont"]);
        assert!(words("… \u{200E}").is_empty());
    }

    #[test]
    fn what_is_kept_of_a_name_is_what_was_typed() {
        assert_eq!(
            clean(" \u{FEFF}राज\u{93C}िया\u{A0} क्\u{200D}ष \u{202E}"),
            "राज\u{93C}िया क्\u{200D}ष"
        );
        assert_eq!(clean("a\r\n\r\n  b\tc\u{0}"), "a\nb c");
        assert_eq!(clean("\u{200D}x"), "x");
    }

    #[test]
    fn long_numbers_keep_every_digit() {
        assert_eq!(words("APP-2026-000123"), ["app", "2026", "000123"]);
        assert_eq!(with_plain_digits("२०२६ ２"), "2026 2");
    }
}
