//! Dates as people write them: the day comes first.

use std::{ops::Range, sync::LazyLock};

use jiff::civil::Date;

use super::{
    normal::{Token, tokens},
    spoken,
    written::{Word, words},
};

/// What a message says about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dated {
    /// A civil day.
    Day(Date),
    /// Has the shape of a date, but no calendar has that day.
    NoSuchDay,
    /// A day and a month without a year.
    NoYear,
    /// "Yesterday", "kal": in Hindi one word for both sides of today, so it is asked back.
    Relative,
}

const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "जनवरी", "janvari", "जन"],
    &["february", "feb", "फरवरी", "फ़रवरी", "farvari", "फर"],
    &["march", "mar", "मार्च"],
    &["april", "apr", "अप्रैल", "aprail"],
    &["may", "मई", "mai"],
    &["june", "jun", "जून", "joon"],
    &["july", "jul", "जुलाई", "julai"],
    &["august", "aug", "अगस्त", "agast"],
    &["september", "sep", "sept", "सितंबर", "सितम्बर", "sitambar", "sitamber"],
    &["october", "oct", "अक्टूबर", "अक्तूबर", "aktubar", "octuber"],
    &["november", "nov", "नवंबर", "नवम्बर", "navambar"],
    &["december", "dec", "दिसंबर", "दिसम्बर", "disambar"],
];

const RELATIVE: [&str; 12] = [
    "kal",
    "कल",
    "aaj",
    "aj",
    "आज",
    "parso",
    "parson",
    "परसों",
    "today",
    "yesterday",
    "tomorrow",
    "tonight",
];

/// The first date in a text.
pub(crate) fn find(text: &str) -> Option<Dated> {
    let words = words(text);
    if let Some((found, _)) = all(&words).into_iter().next() {
        return Some(found);
    }
    words
        .iter()
        .any(|word| RELATIVE.contains(&word.token.text.as_str()))
        .then_some(Dated::Relative)
}

/// Every date among these words, and which words say it.
pub(super) fn all(words: &[Word]) -> Vec<(Dated, Range<usize>)> {
    let parts = parts(words);
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(rest) = parts.get(place..).filter(|rest| !rest.is_empty()) {
        let plain: Vec<Part> = rest.iter().take(3).map(|(part, _)| part.clone()).collect();
        match at(&plain) {
            Some((date, length)) => {
                let said = rest.get(..length).unwrap_or(rest);
                if let (Some((_, first)), Some((_, last))) = (said.first(), said.last()) {
                    found.push((date, first.start..last.end));
                }
                place += length;
            }
            None => place += 1,
        }
    }
    found
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Digits, with how many they were.
    Number(i64, usize),
    /// A number that was said, with as many digits as it would have.
    Said(i64, usize),
    Month(i8),
    Other,
}

/// Numbers, months and everything else; "15th", "15Aug1990" and "१५अगस्त" fall into their pieces, "unnis sau nabbe" is one.
fn parts(words: &[Word]) -> Vec<(Part, Range<usize>)> {
    let mut pieces: Vec<(Token, usize)> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let digits = word.token.text.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || digits == word.token.text.len() {
            pieces.push((word.token.clone(), place));
            continue;
        }
        let mut spaced = String::new();
        let mut last_was_digit = None;
        for c in word.token.text.chars() {
            let is_digit = c.is_ascii_digit();
            if last_was_digit.is_some_and(|was| was != is_digit) {
                spaced.push(' ');
            }
            last_was_digit = Some(is_digit);
            spaced.push(c);
        }
        pieces.extend(tokens(&spaced).into_iter().map(|token| (token, place)));
    }
    pieces.retain(|(token, _)| !BETWEEN.contains(&token.text.as_str()));
    let mut parts = Vec::new();
    let mut place = 0;
    while let Some((token, word)) = pieces.get(place) {
        let digits = digit_by_digit(&pieces, place);
        if digits > 0 {
            parts.push((Part::Other, *word..word + digits));
            place += digits;
            continue;
        }
        if let Ok(n) = token.text.parse::<i64>() {
            parts.push((Part::Number(n, token.text.len()), *word..word + 1));
            place += 1;
            continue;
        }
        if let Some(month) = month(token) {
            parts.push((Part::Month(month), *word..word + 1));
            place += 1;
            continue;
        }
        let rest: Vec<Token> = pieces
            .iter()
            .skip(place)
            .take(4)
            .map(|(token, _)| token.clone())
            .collect();
        match said(&rest) {
            Some((value, length)) => {
                let last = pieces.get(place + length - 1).map_or(*word, |(_, word)| *word);
                let digits = if value > 99 { 4 } else { 2 };
                parts.push((Part::Said(value, digits), *word..last + 1));
                place += length;
            }
            None => {
                parts.push((Part::Other, *word..word + 1));
                place += 1;
            }
        }
    }
    parts
}

/// Words that stand inside a date without being part of it.
const BETWEEN: [&str; 27] = [
    "st",
    "nd",
    "rd",
    "th",
    "of",
    "the",
    "को",
    "ko",
    "सन",
    "san",
    "ki",
    "की",
    "ka",
    "का",
    "tarikh",
    "तारीख",
    "date",
    "mahine",
    "mahina",
    "महीने",
    "mein",
    "me",
    "में",
    "saal",
    "sal",
    "साल",
    "year",
];

/// How many of these words say a telephone number or a PIN code, digit by digit: no date has five small numbers in a row.
fn digit_by_digit(pieces: &[(Token, usize)], from: usize) -> usize {
    let said: Vec<&str> = pieces
        .iter()
        .skip(from)
        .map_while(|(token, _)| {
            let text = token.text.as_str();
            let digit = spoken::small(token).is_some() && !token.has_digit();
            (digit || ["double", "triple", "oh", "o"].contains(&text)).then_some(text)
        })
        .collect();
    let zero = ["zero", "shunya", "sunya", "शून्य", "जीरो", "double", "oh"];
    let digits = said.len() > 4 || (said.len() == 4 && said.iter().any(|word| zero.contains(word)));
    if digits { said.len() } else { 0 }
}

/// A year that is said at the beginning of these words, and how many words say it.
pub(super) fn year_said(words: &[Word]) -> Option<(i64, usize)> {
    let tokens: Vec<Token> = words.iter().take(4).map(|word| word.token.clone()).collect();
    said(&tokens).filter(|(value, _)| *value > 1900)
}

/// A number that is said, and how many words say it: a year, or up to 99.
fn said(words: &[Token]) -> Option<(i64, usize)> {
    let small = |place: usize| words.get(place).and_then(spoken::small).map(i64::from);
    let is = |place: usize, names: &[&str]| words.get(place).is_some_and(|word| names.contains(&word.text.as_str()));
    let hundred = |place| is(place, &["sau", "so", "सौ", "hundred"]);
    let thousand = |place| {
        is(
            place,
            &["hazar", "hajar", "hazaar", "hajaar", "hzr", "हजार", "thousand"],
        )
    };
    let first = small(0)?;
    let tail = |place| small(place).map_or((0, 0), |value| (value, 1));
    if first == 19 && hundred(1) {
        // Nobody means 1900: the word that follows is a number that we do not know.
        let (value, length) = tail(2);
        return (length > 0).then_some((1900 + value, 2 + length));
    }
    if first == 2 && thousand(1) {
        let (value, length) = tail(2);
        return Some((2000 + value, 2 + length));
    }
    let pair = |tens: usize| match (small(tens), small(tens + 1)) {
        (Some(tens @ (20 | 30 | 40 | 50 | 60 | 70 | 80 | 90)), Some(unit @ 1..=9)) => Some((tens + unit, 2)),
        (Some(value), _) => Some((value, 1)),
        _ => None,
    };
    // "twenty twenty five", "nineteen eighty".
    if matches!(first, 19 | 20)
        && let Some((value @ 10..=99, length)) = pair(1)
    {
        return Some((first * 100 + value, 1 + length));
    }
    pair(0)
}

fn month(token: &Token) -> Option<i8> {
    static NAMES: LazyLock<Vec<Vec<Token>>> = LazyLock::new(|| {
        MONTHS
            .iter()
            .map(|names| names.iter().flat_map(|name| tokens(name)).collect())
            .collect()
    });
    let place = NAMES
        .iter()
        .position(|names| names.iter().any(|name| is_month(name, token)))?;
    i8::try_from(place + 1).ok()
}

fn is_month(name: &Token, token: &Token) -> bool {
    // Short names only as written: "mar" is also Hindi for "die", and sounds meet easily.
    if name.text.chars().count() <= 4 {
        name.text == token.text
    } else {
        name.is(token)
    }
}

/// The date with which these parts begin, and how many of them say it. Without a month's name the three numbers are either
/// all written or all said: "19/4 dusri manzil" is a house.
fn at(parts: &[Part]) -> Option<(Dated, usize)> {
    use Part::{Month, Number, Said};
    let found = match *parts {
        [Number(y, 4), Number(m, 1..=2), Number(d, 1..=2), ..] => day(y, m, d),
        [Number(d, 1..=2), Number(m, 1..=2), Number(y, digits @ (2 | 4)), ..]
        | [Said(d, 2), Said(m, 2), Said(y, digits @ (2 | 4)), ..] => day(year(y, digits), m, d),
        [
            Number(d, 1..=2) | Said(d, 2),
            Month(m),
            Number(y, digits @ (2 | 4)) | Said(y, digits @ (2 | 4)),
            ..,
        ]
        | [
            Month(m),
            Number(d, 1..=2) | Said(d, 2),
            Number(y, digits @ (2 | 4)) | Said(y, digits @ (2 | 4)),
            ..,
        ] => day(year(y, digits), i64::from(m), d),
        [Number(y, 4) | Said(y, 4), Month(m), Number(d, 1..=2) | Said(d, 2), ..]
        | [Number(y, 4) | Said(y, 4), Number(d, 1..=2) | Said(d, 2), Month(m), ..] => day(y, i64::from(m), d),
        [Number(n, 8), ..] => {
            let (d, m, y) = (n / 1_000_000, n / 10_000 % 100, n % 10_000);
            return (1900..=2100).contains(&y).then(|| (day(y, m, d), 1));
        }
        [Number(1..=31, 1..=2) | Said(1..=31, 2), Month(_), ..]
        | [Month(_), Number(1..=31, 1..=2) | Said(1..=31, 2), ..] => {
            return Some((Dated::NoYear, 2));
        }
        _ => return None,
    };
    Some((found, 3))
}

/// Two-digit years: 00 to 26 lie in this century, the others in the last.
const fn year(y: i64, digits: usize) -> i64 {
    match (digits, y) {
        (2, 0..=26) => 2000 + y,
        (2, _) => 1900 + y,
        _ => y,
    }
}

fn day(y: i64, m: i64, d: i64) -> Dated {
    let date = || Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok();
    date().map_or(Dated::NoSuchDay, Dated::Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(y: i16, m: i8, d: i8) -> Option<Dated> {
        Some(Dated::Day(Date::constant(y, m, d)))
    }

    #[test]
    fn a_day_in_many_dresses() {
        for text in [
            "15/08/1990",
            "15-8-90",
            "15.08.1990",
            "15 08 1990",
            "१५/०८/१९९०",
            "15 Aug 1990",
            "15th August, 1990",
            "August 15, 1990",
            "१५ अगस्त १९९०",
            "15 अगस्त 90",
            "15agast1990",
            "15 agast 1990 ko hua tha",
            "1990-08-15",
            "15081990",
            "meri janm tithi 15/8/1990 hai",
            "pandrah agast unnis sau nabbe",
            "पंद्रह अगस्त उन्नीस सौ नब्बे",
            "1990 ki 15 august",
            "15 august nabbe",
            "15 of aug nineteen ninety",
            "unnis sau nabbe mein pandrah agast",
            "pandrah agast unnees sau nabbe",
        ] {
            assert_eq!(find(text), on(1990, 8, 15), "{text}");
        }
    }

    #[test]
    fn every_month_in_both_scripts() {
        for (place, names) in MONTHS.iter().enumerate() {
            for name in *names {
                let month = i8::try_from(place + 1).unwrap();
                assert_eq!(find(&format!("3 {name} 2001")), on(2001, month, 3), "{name}");
            }
        }
    }

    #[test]
    fn centuries() {
        assert_eq!(find("1/1/26"), on(2026, 1, 1));
        assert_eq!(find("1/1/27"), on(1927, 1, 1));
        assert_eq!(find("1/1/00"), on(2000, 1, 1));
        assert_eq!(find("teis agast do hazar chaubis"), on(2024, 8, 23));
        assert_eq!(find("9th aug twenty twenty five"), on(2025, 8, 9));
    }

    #[test]
    fn what_is_no_day_is_said() {
        for text in ["31/02/2020", "29 Feb 2019", "32/01/1990", "15/13/1990", "३१ जून २००१"] {
            assert_eq!(find(text), Some(Dated::NoSuchDay), "{text}");
        }
        assert_eq!(find("29/02/2020"), on(2020, 2, 29));
        assert_eq!(find("15 Aug"), Some(Dated::NoYear));
        assert_eq!(find("kal hua tha"), Some(Dated::Relative));
        assert_eq!(find("कल"), Some(Dated::Relative));
        for text in [
            "nau aath saat chhah paanch",
            "ek ek zero zero do nau",
            "ghar no 19/4 dusri manzil",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
        for text in ["", "110001", "9876543210", "hello", "APP-2026-000123"] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
