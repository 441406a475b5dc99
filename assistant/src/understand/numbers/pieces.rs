//! A message as pieces that may belong to a number: digits as typed, digits that are said, letters that are spelled.

use std::ops::Range;

use super::super::{
    normal::{is_devanagari, with_plain_digits},
    spoken,
    written::Word,
};

/// A word of the message, as far as it may stand in a number.
pub(super) struct Piece {
    /// Capitals and digits, when nothing else is in it. Letters of Devanagari that are spelled ("डी एल") count as theirs.
    pub(super) plain: Option<String>,
    /// Digits only: typed, said ("nau", "पचपन", "double oh" with the piece after), with O, I and L mended.
    pub(super) digits: Option<String>,
    /// Which words of the message it is made of.
    pub(super) words: Range<usize>,
    /// As it is written, in small letters.
    pub(super) text: String,
    /// The last sign between the piece before and this one.
    pub(super) sign: Option<char>,
}

/// The pieces of a message.
pub(super) fn pieces(text: &str, words: &[Word]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(words.len());
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let text = with_plain_digits(text.get(word.start..word.end).unwrap_or_default()).to_lowercase();
        let times = match text.as_str() {
            "double" | "dabal" | "डबल" | "dubble" => 2,
            "triple" | "tripal" | "ट्रिपल" => 3,
            _ => 1,
        };
        let next = words.get(place + 1);
        let repeated = (times > 1).then(|| next.and_then(one_digit)).flatten();
        let (digits, length) = match repeated {
            Some(digit) => (Some(digit.repeat(times)), 2),
            None => (typed(&text).or_else(|| said(word)), 1),
        };
        pieces.push(Piece {
            plain: (length == 1).then(|| spelled(&text)).flatten(),
            digits,
            words: place..place + length,
            text,
            sign: word.sign,
        });
        place += length;
    }
    pieces
}

/// The digits of these words belong to something else.
pub(super) fn take(pieces: &mut [Piece], words: &Range<usize>) {
    let touched = |piece: &&mut Piece| words.start < piece.words.end && piece.words.start < words.end;
    for piece in pieces.iter_mut().filter(touched) {
        piece.digits = None;
    }
}

fn said(word: &Word) -> Option<String> {
    if matches!(word.token.text.as_str(), "oh" | "o") {
        return Some("0".to_owned());
    }
    spoken::small(&word.token).map(|value| value.to_string())
}

fn one_digit(word: &Word) -> Option<String> {
    typed(&word.token.text)
        .or_else(|| said(word))
        .filter(|digits| digits.len() == 1)
}

/// Digits, and among them the letters that look like one.
fn typed(text: &str) -> Option<String> {
    let real = text.bytes().filter(u8::is_ascii_digit).count();
    if real == 0 || (real == 1 && text.len() == 2) {
        return (real == text.len() && real > 0).then(|| text.to_owned());
    }
    mended(text)
}

/// With O for 0, I and L for 1; none when another sign is among them.
pub(super) fn mended(text: &str) -> Option<String> {
    text.chars()
        .map(|c| match c {
            'o' | 'O' => Some('0'),
            'i' | 'I' | 'l' | 'L' => Some('1'),
            c if c.is_ascii_digit() => Some(c),
            _ => None,
        })
        .collect()
}

/// How the letters of the Latin alphabet are called in Hindi; longer names first where one begins with another.
const LETTERS: [(&str, char); 31] = [
    ("डब्ल्यू", 'W'),
    ("डबल्यू", 'W'),
    ("क्यू", 'Q'),
    ("एक्स", 'X'),
    ("ज़ेड", 'Z'),
    ("जेड", 'Z'),
    ("एफ", 'F'),
    ("एच", 'H'),
    ("एल", 'L'),
    ("एम", 'M'),
    ("एन", 'N'),
    ("एस", 'S'),
    ("आई", 'I'),
    ("आर", 'R'),
    ("वाई", 'Y'),
    ("ऐ", 'A'),
    ("ए", 'A'),
    ("बी", 'B'),
    ("सी", 'C'),
    ("डी", 'D'),
    ("ई", 'E'),
    ("जी", 'G'),
    ("जे", 'J'),
    ("के", 'K'),
    ("ओ", 'O'),
    ("पी", 'P'),
    ("टी", 'T'),
    ("यू", 'U'),
    ("वी", 'V'),
    ("डि", 'D'),
    ("बि", 'B'),
];

fn spelled(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphanumeric() {
            plain.push(first.to_ascii_uppercase());
            rest = rest.get(1..)?;
        } else if is_devanagari(first) {
            let (name, letter) = LETTERS.iter().find(|(name, _)| rest.starts_with(name))?;
            plain.push(*letter);
            rest = rest.get(name.len()..)?;
        } else {
            return None;
        }
    }
    (!plain.is_empty()).then_some(plain)
}
