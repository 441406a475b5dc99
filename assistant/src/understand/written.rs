//! The words of a message as they stand there.

use super::normal::{Token, is_devanagari};

/// A word of a message and where it stands, in bytes.
#[derive(Clone, Debug)]
pub struct Word {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// First letter, all letters: large?
    pub(super) large: (bool, bool),
    /// The last sign between the word before and this one.
    pub(super) sign: Option<char>,
    pub(super) token: Token,
}

impl Word {
    /// Does a sign, and not only space, part it from the word before?
    pub(super) const fn after_sign(&self) -> bool {
        self.sign.is_some()
    }
}

/// The words of a text as they stand there.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<usize> = None;
    let inside = |c: char| c.is_alphanumeric() || is_devanagari(c) || matches!(c, '\u{200C}' | '\u{200D}' | '\u{93C}');
    let mut close = |start: usize, end: usize, sign: Option<char>| {
        let written = text.get(start..end).unwrap_or_default();
        let Some(token) = super::tokens(written).into_iter().next() else {
            return;
        };
        let first = written.chars().next().is_some_and(char::is_uppercase);
        let all =
            written.chars().all(|c| !c.is_lowercase()) && written.chars().filter(|c| c.is_uppercase()).count() > 1;
        words.push(Word {
            start,
            end,
            large: (first, all),
            sign,
            token,
        });
    };
    let mut sign = None;
    for (at, c) in text.char_indices() {
        match (inside(c), open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                close(start, at, sign.take());
                open = None;
            }
            _ => {}
        }
        if !inside(c) && !c.is_whitespace() {
            sign = Some(c);
        }
    }
    if let Some(start) = open {
        close(start, text.len(), sign);
    }
    words
}
