//! Dates as people write them: the day comes first.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::normal::{Token, tokens, with_plain_digits};

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
    let parts = parts(text);
    for (place, _) in parts.iter().enumerate() {
        let rest = parts.get(place..).unwrap_or_default();
        if let Some(found) = at(rest) {
            return Some(found);
        }
    }
    let words = tokens(text);
    words
        .iter()
        .any(|word| RELATIVE.contains(&word.text.as_str()))
        .then_some(Dated::Relative)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Digits, with how many they were.
    Number(i64, usize),
    Month(i8),
    Other,
}

/// Numbers, months and everything else; "15th", "15Aug1990" and "१५अगस्त" fall into their pieces.
fn parts(text: &str) -> Vec<Part> {
    let mut spaced = String::new();
    let mut last_was_digit = None;
    for c in with_plain_digits(text).chars() {
        let is_digit = c.is_ascii_digit();
        if last_was_digit.is_some_and(|was| was != is_digit) {
            spaced.push(' ');
        }
        last_was_digit = Some(is_digit);
        spaced.push(c);
    }
    tokens(&spaced)
        .iter()
        .filter(|token| {
            !matches!(
                token.text.as_str(),
                "st" | "nd" | "rd" | "th" | "of" | "को" | "ko" | "सन" | "san"
            )
        })
        .map(|token| {
            if let Ok(n) = token.text.parse::<i64>() {
                Part::Number(n, token.text.len())
            } else {
                month(token).map_or(Part::Other, Part::Month)
            }
        })
        .collect()
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

fn at(parts: &[Part]) -> Option<Dated> {
    match *parts {
        [Part::Number(y, 4), Part::Number(m, 1..=2), Part::Number(d, 1..=2), ..] => Some(day(y, m, d)),
        [
            Part::Number(d, 1..=2),
            Part::Number(m, 1..=2),
            Part::Number(y, digits @ (2 | 4)),
            ..,
        ] => Some(day(year(y, digits), m, d)),
        [
            Part::Number(d, 1..=2),
            Part::Month(m),
            Part::Number(y, digits @ (2 | 4)),
            ..,
        ]
        | [
            Part::Month(m),
            Part::Number(d, 1..=2),
            Part::Number(y, digits @ (2 | 4)),
            ..,
        ] => Some(day(year(y, digits), i64::from(m), d)),
        [Part::Number(y, 4), Part::Month(m), Part::Number(d, 1..=2), ..] => Some(day(y, i64::from(m), d)),
        [Part::Number(n, 8), ..] => {
            let (d, m, y) = (n / 1_000_000, n / 10_000 % 100, n % 10_000);
            (1900..=2100).contains(&y).then(|| day(y, m, d))
        }
        [Part::Number(1..=31, 1..=2), Part::Month(_), ..] | [Part::Month(_), Part::Number(1..=31, 1..=2), ..] => {
            Some(Dated::NoYear)
        }
        _ => None,
    }
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
        for text in ["", "110001", "9876543210", "hello", "APP-2026-000123"] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
