//! Amounts of money and other whole numbers, in figures and in words.

use std::ops::Range;

use super::super::{
    normal::{Token, is_devanagari, tokens, with_plain_digits},
    spoken,
    written::Word,
};

/// Every amount among these words, and which words say it: the longest runs of words that stand in a number.
pub(super) fn spans(text: &str, words: &[Word]) -> Vec<(i64, Range<usize>)> {
    let part = |word: &Word| {
        let written = word.token.text.as_str();
        // "no income" is not nine.
        if written == "no" {
            return false;
        }
        let letters = written.trim_start_matches(|c: char| c.is_ascii_digit());
        letters.is_empty() || spoken::stands_in_number(&Token::plain(letters))
    };
    let goes_on = |before: &Word, word: &Word| match word.sign {
        None => true,
        // Inside a number: "4.5", "2,40,000".
        Some('.' | ',') => before.end + 1 == word.start && word.token.has_digit() && before.token.has_digit(),
        Some(_) => false,
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for (place, word) in words.iter().enumerate().filter(|(_, word)| part(word)) {
        match found.last_mut() {
            Some(range) if range.end == place && words.get(place - 1).is_some_and(|before| goes_on(before, word)) => {
                range.end = place + 1;
            }
            _ => found.push(place..place + 1),
        }
    }
    let value = |range: &Range<usize>| {
        let said = words.get(range.clone())?;
        amount(text.get(said.first()?.start..said.last()?.end)?)
    };
    found
        .into_iter()
        .filter_map(|range| Some((value(&range)?, range)))
        .collect()
}

/// A whole number: 45, 1,43,248, "2.5 lakh", "dhai lakh", "das hazar", "₹ 500/-".
pub(crate) fn amount(text: &str) -> Option<i64> {
    let plain = with_plain_digits(text)
        .to_lowercase()
        .replace("/-", " ")
        .replace(',', "");
    // A point within a number stays: "2.5"; "5lakh" is two words.
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut rest = plain.chars().peekable();
    while let Some(c) = rest.next() {
        let digit = c.is_ascii_digit()
            || (c == '.' && before.is_ascii_digit() && rest.peek().is_some_and(char::is_ascii_digit))
            || (c == '-' && !before.is_alphanumeric() && rest.peek().is_some_and(char::is_ascii_digit));
        let letter = !digit && (c.is_alphanumeric() || is_devanagari(c) || c == '\u{93C}');
        let goes_on = match words.last() {
            Some(last) if digit => {
                last.ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-') && before != ' '
            }
            Some(last) if letter => !last.ends_with(|c: char| c.is_ascii_digit()) && before != ' ',
            _ => false,
        };
        if digit || letter {
            match words.last_mut() {
                Some(last) if goes_on => last.push(c),
                _ => words.push(c.to_string()),
            }
        }
        before = if digit || letter { c } else { ' ' };
    }
    let mut best: Option<f64> = None;
    let mut place = 0;
    while place < words.len() {
        // The longest run of words that is one number.
        let longest = (1..=words.len() - place).rev().find_map(|length| {
            let run: Vec<Token> = words
                .iter()
                .skip(place)
                .take(length)
                .flat_map(|word| number_word(word))
                .collect();
            Some((spoken::number(&run)?, length))
        });
        match longest {
            Some((value, length)) => {
                if best.is_some() {
                    return None; // two numbers are not one amount
                }
                best = Some(value);
                place += length;
            }
            None => place += 1,
        }
    }
    let value = best?;
    // Whole rupees; above this a float no longer counts by ones.
    ((value - value.trunc()).abs() < 1e-6 && value.abs() < 9.0e15).then_some(())?;
    format!("{value:.0}").parse().ok()
}

fn number_word(word: &str) -> Vec<Token> {
    let numeric = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if numeric {
        vec![Token::plain(word)]
    } else {
        tokens(word)
    }
}
