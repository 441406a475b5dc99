//! Numbers that we gave out ourselves, and the numbers of vehicles.

use std::ops::Range;

use domain::{ApplicationNumber, CertificateNumber, NumberError};

use super::super::{
    dates,
    written::{Word, words},
};
use super::{
    Found,
    pieces::{Piece, mended, pieces},
};

/// An application number in the text.
pub(crate) fn application(text: &str) -> Option<ApplicationNumber> {
    let words = words(text);
    application_in(&words, &pieces(text, &words)).map(|(number, _)| number)
}

pub(super) fn application_in(words: &[Word], pieces: &[Piece]) -> Found<ApplicationNumber> {
    (0..pieces.len()).find_map(|start| {
        let (glued, after) = prefix(pieces, start)?;
        let (number, end) = numbered(words, pieces, glued, after).or_else(|| bare(pieces, start))?;
        let first = pieces.get(start)?.words.start;
        let last = pieces.get(end.checked_sub(1)?)?.words.end;
        Some((number, first..last))
    })
}

/// What an application number begins with; "aap" and "ap" are what it is heard as.
const PREFIXES: [&str; 12] = [
    "app",
    "aap",
    "ap",
    "aapp",
    "appl",
    "एपीपी",
    "ऐप",
    "एप",
    "अप्प",
    "ऐप्प",
    "एप्प",
    "आप",
];
/// Words between the prefix and the year, or between year and number.
const BETWEEN: [&str; 15] = [
    "no",
    "num",
    "number",
    "nambar",
    "nmbr",
    "id",
    "ka",
    "ki",
    "ke",
    "का",
    "की",
    "के",
    "नंबर",
    "नम्बर",
    "नं",
];

/// Digits that hang on the prefix, and the piece after it. A number without a prefix has an empty one.
fn prefix(pieces: &[Piece], start: usize) -> Option<(String, usize)> {
    let text = pieces.get(start)?.text.as_str();
    let single = |offset: usize, letter: &str| {
        let piece = pieces.get(start + offset);
        piece.is_some_and(|piece| piece.plain.as_deref() == Some(letter))
    };
    if PREFIXES.contains(&text) {
        return Some((String::new(), start + 1));
    }
    if single(0, "A") && single(1, "P") && single(2, "P") {
        return Some((String::new(), start + 3));
    }
    for name in ["app", "aap"] {
        let glued = text.strip_prefix(name).filter(|tail| tail.starts_with('2'));
        if let Some(digits) = glued.and_then(mended) {
            return Some((digits, start + 1));
        }
    }
    // "2026-003120": a year, a dash, six digits.
    (text.len() == 4 && text.starts_with("20")).then(|| (String::new(), pieces.len()))
}

fn bare(pieces: &[Piece], start: usize) -> Option<(ApplicationNumber, usize)> {
    let (year, number) = (pieces.get(start)?, pieces.get(start + 1)?);
    let written = matches!(number.sign, Some('-' | '/' | '–')) && number.text.len() == 6;
    let year = year.text.parse().ok().filter(|year| (2020..2100).contains(year))?;
    let number = number.text.parse().ok().filter(|_| written)?;
    Some((ApplicationNumber::new(year, number), start + 2))
}

/// Digits of the number at most.
const DIGITS: usize = 6;

fn numbered(words: &[Word], pieces: &[Piece], glued: String, after: usize) -> Option<(ApplicationNumber, usize)> {
    let mut place = after;
    let filler = |place: usize| {
        pieces
            .get(place)
            .is_some_and(|piece| BETWEEN.contains(&piece.text.as_str()))
    };
    let (year, mut digits) = if glued.is_empty() {
        while place < after + 2 && filler(place) {
            place += 1;
        }
        let piece = pieces.get(place)?;
        let typed = piece.digits.clone()?;
        match typed.len() {
            4.. if typed.starts_with("20") => {
                place += 1;
                let (year, rest) = typed.split_at(4);
                (year.parse::<i64>().ok()?, rest.to_owned())
            }
            2 if typed.starts_with('2') && piece.text.starts_with(|c: char| c.is_ascii_digit()) => {
                place += 1;
                (2000 + typed.parse::<i64>().ok()?, String::new())
            }
            _ => {
                let (year, length) = dates::year_said(words.get(piece.words.start..)?)?;
                let end = piece.words.start + length;
                place = pieces.iter().position(|piece| piece.words.start >= end)?;
                (year, String::new())
            }
        }
    } else {
        let (year, rest) = glued.split_at_checked(4)?;
        (year.parse().ok()?, rest.to_owned())
    };
    if !(2020..2100).contains(&year) {
        return None;
    }
    if digits.is_empty() && filler(place) {
        place += 1;
    }
    while let Some(more) = pieces.get(place).and_then(|piece| piece.digits.as_ref()) {
        if digits.len() + more.len() > DIGITS {
            break;
        }
        digits.push_str(more);
        place += 1;
    }
    let number = digits.parse().ok().filter(|number| *number > 0)?;
    Some((ApplicationNumber::new(year.try_into().ok()?, number), place))
}

/// A certificate number, or something that wants to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Its check character fits.
    Number(CertificateNumber),
    /// Has the shape, but a character is mistyped. As typed, in groups of four.
    Mistyped(String),
}

impl Certificate {
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Mistyped(typed) => typed.clone(),
        }
    }
}

/// A certificate number in the text. Three groups of four are taken as a number with its first group left out.
pub(crate) fn certificate(text: &str) -> Option<Certificate> {
    certificate_in(&pieces(text, &words(text))).map(|(number, _)| number)
}

pub(super) fn certificate_in(pieces: &[Piece]) -> Found<Certificate> {
    let (mut mistyped, mut loosely) = (None, None);
    for start in 0..pieces.len() {
        let mut plain = String::new();
        let mut lengths = Vec::new();
        let mut end = start;
        while let Some(letters) = pieces.get(end).and_then(|piece| piece.plain.as_deref()) {
            plain.push_str(letters);
            lengths.push(letters.len());
            end += 1;
            if plain.len() >= 16 {
                break;
            }
        }
        if plain.len() != 16 || !plain.starts_with("DL") {
            continue;
        }
        let place = place(pieces, start, end)?;
        // As it is printed, in groups of four or all in one; or letter by letter.
        let in_fours = lengths.iter().all(|length| matches!(length, 4 | 8 | 12 | 16));
        let as_printed = in_fours
            || matches!(lengths.as_slice(), [2, 2, ..]) && lengths.iter().skip(2).all(|length| length % 4 == 0)
            || lengths.iter().all(|length| *length <= 2);
        // One number in a few dozen has no digit; so have words that begin with these letters.
        let digit = plain.bytes().skip(4).any(|b| b.is_ascii_digit());
        match plain.parse::<CertificateNumber>() {
            Ok(number) if digit || as_printed => return Some((Certificate::Number(number), place)),
            Err(NumberError::Check) if digit && as_printed => {
                let into = if in_fours { &mut mistyped } else { &mut loosely };
                into.get_or_insert((Certificate::Mistyped(grouped(&plain)), place));
            }
            _ => {}
        }
    }
    mistyped.or(loosely).or_else(|| {
        (0..pieces.len()).find_map(|start| {
            let groups = pieces.get(start..start + 3)?;
            let plain: Option<Vec<&str>> = groups.iter().map(|piece| piece.plain.as_deref()).collect();
            let plain = plain?;
            let digit = |group: &&str| group.bytes().any(|b| b.is_ascii_digit());
            let letter = |group: &&str| group.bytes().any(|b| b.is_ascii_alphabetic());
            let dashed = groups
                .iter()
                .skip(1)
                .all(|piece| matches!(piece.sign, Some('-' | '–' | '—')));
            let shape = if dashed {
                plain.iter().any(digit) && plain.iter().any(letter)
            } else {
                plain.iter().all(digit) && plain.iter().all(letter)
            };
            // The alphabet has no U (Crockford).
            let alphabet = plain.iter().all(|group| group.len() == 4 && !group.contains('U'));
            let typed = || plain.iter().map(|group| as_digits(group)).collect::<Vec<_>>().join("-");
            (shape && alphabet).then(|| Some((Certificate::Mistyped(typed()), place(pieces, start, start + 3)?)))?
        })
    })
}

fn place(pieces: &[Piece], start: usize, end: usize) -> Option<Range<usize>> {
    Some(pieces.get(start)?.words.start..pieces.get(end.checked_sub(1)?)?.words.end)
}

/// O for 0, I and L for 1: the alphabet has none of these letters.
fn as_digits(group: &str) -> String {
    group.replace('O', "0").replace(['I', 'L'], "1")
}

fn grouped(plain: &str) -> String {
    let (service, rest) = plain.split_at_checked(4).unwrap_or((plain, ""));
    let mut out = service.to_owned();
    for (place, c) in as_digits(rest).chars().enumerate() {
        if place % 4 == 0 {
            out.push('-');
        }
        out.push(c);
    }
    out
}

/// The codes of states and territories on number plates (notifications under the Motor Vehicles Act 1988, section 41(6)).
const STATES: [&str; 40] = [
    "AN", "AP", "AR", "AS", "BR", "CG", "CH", "DD", "DL", "DN", "GA", "GJ", "HP", "HR", "JH", "JK", "KA", "KL", "LA",
    "LD", "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "OR", "PB", "PY", "RJ", "SK", "TG", "TN", "TR", "TS", "UA", "UK",
    "UP", "WB",
];
/// Words that stand between two figures in a sentence.
const WORDS: [&str; 22] = [
    "KO", "KA", "KI", "KE", "SE", "ME", "TO", "NE", "OR", "OF", "IN", "ON", "AT", "BY", "HI", "HO", "TH", "ST", "ND",
    "RD", "KM", "RS",
];

/// The number of a vehicle, in capitals without spaces: two letters of the state, the district's number, a series, four digits; or
/// of the Bharat series (Central Motor Vehicles Rules 1989, rule 48).
pub(in crate::understand) fn vehicle(text: &str) -> Option<String> {
    vehicle_in(&pieces(text, &words(text))).map(|(number, _)| number)
}

/// In pieces of which no other number has taken the digits.
pub(super) fn vehicle_in(pieces: &[Piece]) -> Found<String> {
    (0..pieces.len()).find_map(|start| {
        let mut joined = String::new();
        for (last, piece) in pieces.iter().enumerate().skip(start) {
            let plain = piece.plain.as_deref()?;
            // A word of three letters between two figures is a month or another word, but for Delhi's own series.
            let word = WORDS.contains(&plain)
                || (plain.len() == 3 && plain.bytes().all(|b| b.is_ascii_alphabetic()) && !joined.starts_with("DL"));
            if (word && joined.len() > 2) || joined.len() + plain.len() > 11 {
                return None;
            }
            joined.push_str(plain);
            if let Some(number) = as_vehicle(&joined) {
                return Some((number, place(pieces, start, last + 1)?));
            }
        }
        None
    })
}

fn as_vehicle(joined: &str) -> Option<String> {
    if !joined.is_ascii() {
        return None;
    }
    let (head, tail) = joined.split_at_checked(joined.len().checked_sub(4)?)?;
    // What ends in four digits, with a letter for a digit among them at most.
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    let number = match mended(tail) {
        Some(tail) if digits >= 2 => format!("{head}{tail}"),
        _ => joined.to_owned(),
    };
    let runs = runs(&number);
    let shape: Vec<(bool, usize)> = runs
        .iter()
        .map(|run| (run.starts_with(|c: char| c.is_ascii_digit()), run.len()))
        .collect();
    let state = |place: usize| runs.get(place).is_some_and(|run| STATES.contains(run));
    match shape.as_slice() {
        [(false, 2), (true, 1..=2), (false, 1..=3), (true, 4)] if state(0) => Some(number),
        [(true, 2), (false, 2), (true, 4), (false, 1..=2)] if runs.get(1) == Some(&"BH") => Some(number),
        _ => None,
    }
}

/// Letters and digits apart.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        runs.push(run);
        rest = tail;
    }
    runs
}
