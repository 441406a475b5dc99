//! Telephone numbers and PIN codes.

use std::ops::Range;

use super::{Figures, Found, pieces::Piece};
use crate::understand::written::words;

/// Ten digits of a mobile telephone, with or without +91 or 0 before.
pub(crate) fn phone(text: &str) -> Option<String> {
    Figures::of(text, &words(text)).phone.map(|(number, _)| number)
}

/// Six digits, a PIN code, also as "110 001", "ek ek shunya shunya nau do" and, of Delhi, as "Delhi-92".
pub(crate) fn pin(text: &str) -> Option<String> {
    Figures::of(text, &words(text)).pin.map(|(pin, _)| pin)
}

/// In pieces of which no other number has taken the digits.
pub(super) fn phone_in(pieces: &[Piece]) -> Found<String> {
    runs(pieces).find_map(|(digits, run)| {
        let bare = match digits.len() {
            10 => digits.as_str(),
            11 => digits.strip_prefix('0')?,
            12 => digits.strip_prefix("91")?,
            13 => digits.strip_prefix("091")?,
            14 => digits.strip_prefix("0091")?,
            _ => return None,
        };
        let mobile = bare.starts_with(['6', '7', '8', '9']);
        mobile.then(|| Some((bare.to_owned(), words_of(pieces, run)?)))?
    })
}

/// In pieces of which no other number has taken the digits.
pub(super) fn pin_in(pieces: &[Piece]) -> Found<String> {
    let mut denied = None;
    for (digits, run) in runs(pieces) {
        if digits.len() != 6 || digits.starts_with('0') {
            continue;
        }
        let not = pieces
            .get(run.end)
            .is_some_and(|next| ["nahi", "nhi", "nahin", "not", "नहीं", "नही", "na"].contains(&next.text.as_str()));
        let found = words_of(pieces, run).map(|place| (digits, place));
        if !not {
            return found;
        }
        denied = denied.or(found);
    }
    denied.or_else(|| postal_zone(pieces))
}

/// "Delhi-92" is 110092.
fn postal_zone(pieces: &[Piece]) -> Found<String> {
    pieces.windows(2).find_map(|pair| {
        let [city, zone] = pair else { return None };
        let delhi = ["delhi", "dilli", "dehli", "दिल्ली", "देहली"].contains(&city.text.as_str());
        let dashed = matches!(zone.sign, Some('-' | '–'));
        let digits = zone
            .digits
            .as_ref()
            .filter(|digits| digits.len() == 2 && *digits == &zone.text)?;
        let real = digits.parse::<u8>().is_ok_and(|zone| (1..=97).contains(&zone));
        (delhi && dashed && real).then(|| (format!("1100{digits}"), city.words.start..zone.words.end))
    })
}

fn words_of(pieces: &[Piece], run: Range<usize>) -> Option<Range<usize>> {
    let run = pieces.get(run)?;
    Some(run.first()?.words.start..run.last()?.words.end)
}

/// Pieces of one number at most: each digit said alone, and a country's code.
const PIECES: usize = 14;

/// Digits of pieces that stand together, and which pieces: first as many as stand together, then what is written in fewer pieces.
fn runs(pieces: &[Piece]) -> impl Iterator<Item = (String, Range<usize>)> {
    let together = |place: usize| {
        let piece = pieces.get(place);
        piece.is_some_and(|piece| {
            piece.digits.is_some() && matches!(piece.sign, None | Some('-' | '+' | '.' | '–' | '(' | ')'))
        })
    };
    let goes_on = move |start: usize| (start + 1..pieces.len()).take_while(|place| together(*place)).count();
    let begins = move |start: &usize| {
        let before = start.checked_sub(1).and_then(|before| pieces.get(before));
        before.is_none_or(|before| before.digits.is_none()) || !together(*start)
    };
    let whole = (0..pieces.len())
        .filter(begins)
        .map(move |start| start..start + 1 + goes_on(start));
    let parts = (1..=PIECES).flat_map(move |length| {
        (0..pieces.len())
            .filter(move |start| goes_on(*start) + 1 >= length)
            .map(move |start| start..start + length)
    });
    whole.chain(parts).filter_map(move |run| {
        let digits: Option<String> = pieces
            .get(run.clone())?
            .iter()
            .map(|piece| piece.digits.as_deref())
            .collect();
        Some((digits?, run))
    })
}
