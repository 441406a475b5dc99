//! Numbers of vehicles and of driving licences: the one way in which they are kept, and what can be one.

use jiff::civil::Date;

/// Upper case, digits of Devanagari as ASCII, without what `apart` says stands between the parts.
fn joined(text: &str, apart: fn(char) -> bool) -> String {
    text.chars()
        .filter(|c| !apart(*c))
        .filter_map(|c| match c {
            '\u{966}'..='\u{96F}' => char::from_digit(u32::from(c) - 0x966, 10),
            _ => Some(c),
        })
        .flat_map(char::to_uppercase)
        .collect()
}

/// `dl 3c-ab 1234` as it is kept: `DL3CAB1234`.
pub(super) fn vehicle(text: &str) -> String {
    joined(text, |c| c.is_whitespace() || matches!(c, '-' | '–' | '.'))
}

/// `DL-04 2011 0149646` as it is kept: `DL0420110149646`. A number of an older shape keeps its hyphens and slashes, because they are
/// part of it.
pub(super) fn licence(text: &str) -> String {
    let bare = joined(text, |c| c.is_whitespace() || matches!(c, '-' | '–' | '/' | '.'));
    if is_of_today(&bare) {
        return bare;
    }
    joined(text, |c| c.is_whitespace() || c == '.').replace('–', "-")
}

/// Two letters of the state and thirteen digits: two for the office, four for the year, seven for the licence.
fn is_of_today(number: &str) -> bool {
    let (letters, digits) = number.as_bytes().split_at(number.len().min(2));
    digits.len() == 13 && letters.iter().all(u8::is_ascii_uppercase) && digits.iter().all(u8::is_ascii_digit)
}

/// Before that year no licence was given under a law that is still spoken of: the Motor Vehicles Act 1939.
const FIRST_YEAR: i16 = 1939;

/// Can this, as it is kept, be the number of a driving licence on the day `today`?
///
/// Today's shape (Sarathi): see [`is_of_today`], the year neither before the law nor yet to come. Licences written by hand carry other numbers,
/// of which no list exists: any five to twenty letters, digits, hyphens and slashes with at least four digits are let pass, and an
/// officer compares them with the paper.
pub(super) fn is_licence(number: &str, today: Date) -> bool {
    if is_of_today(number) {
        let year = number.get(4..8).and_then(|year| year.parse::<i16>().ok());
        return year.is_some_and(|year| (FIRST_YEAR..=today.year()).contains(&year));
    }
    (5..=20).contains(&number.len())
        && number
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'/'))
        && number.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Can this, as it is kept, be the registration mark of a vehicle?
///
/// Two letters of the state, one or two digits of the office, up to three letters, four digits (Central Motor Vehicles Rules 1989, rule 50);
/// or the Bharat series: year, `BH`, four digits, one or two letters (rule 47(1B), GSR 594(E) of 26 August 2021).
pub(super) fn is_vehicle(number: &str) -> bool {
    let letters = |n: &str, least: usize, most: usize| {
        (least..=most).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_uppercase())
    };
    let digits = |n: &str, count: usize| n.len() == count && n.bytes().all(|b| b.is_ascii_digit());
    if !number.is_ascii() {
        return false;
    }
    if let Some((year, rest)) = number.split_once("BH")
        && digits(year, 2)
        && let Some((count, series)) = rest.split_at_checked(4)
    {
        return digits(count, 4) && letters(series, 1, 2);
    }
    let Some((state, rest)) = number.split_at_checked(2) else {
        return false;
    };
    let Some((middle, count)) = rest.len().checked_sub(4).and_then(|at| rest.split_at_checked(at)) else {
        return false;
    };
    let office = middle.bytes().take_while(u8::is_ascii_digit).count();
    let Some((_, series)) = middle.split_at_checked(office) else {
        return false;
    };
    letters(state, 2, 2) && (1..=2).contains(&office) && letters(series, 0, 3) && digits(count, 4)
}
