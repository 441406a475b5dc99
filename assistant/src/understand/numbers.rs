//! Numbers of ours, telephone numbers and amounts, anywhere in a sentence.

use domain::{ApplicationNumber, CertificateNumber, NumberError};

use super::{
    normal::{Token, tokens, with_plain_digits},
    spoken,
};

/// An application number in the text.
pub(crate) fn application(text: &str) -> Option<ApplicationNumber> {
    let text = with_plain_digits(text).to_uppercase();
    for (at, _) in text.match_indices("APP") {
        let stands_alone = text
            .get(..at)
            .and_then(|head| head.chars().next_back())
            .is_none_or(|c| !c.is_alphanumeric());
        let Some(tail) = text.get(at..).filter(|_| stands_alone) else {
            continue;
        };
        // The number goes on over digits, the letter O, spaces and dashes; a following word ends it.
        let mut end = 3;
        let mut best = None;
        for c in tail.chars().skip(3) {
            if !(c.is_ascii_digit() || matches!(c, 'O' | ' ' | '-' | '–' | '/' | '.' | ':' | '#')) {
                break;
            }
            end += c.len_utf8();
            let last_of_group = tail
                .get(end..)
                .is_none_or(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
            if c.is_ascii_alphanumeric()
                && last_of_group
                && let Some(piece) = tail.get(..end)
                && let Ok(number) = piece.replace(['.', ':', '#'], "").parse::<ApplicationNumber>()
            {
                best = Some(number);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
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
    let text = with_plain_digits(text).to_uppercase();
    let pieces: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .collect();
    let mut mistyped = None;
    for start in 0..pieces.len() {
        let mut plain = String::new();
        // As it is printed: in groups of four, or all in one.
        let mut as_printed = true;
        for piece in pieces.iter().skip(start) {
            plain.push_str(piece);
            as_printed &= matches!(piece.len(), 4 | 16);
            if plain.len() >= 16 {
                break;
            }
        }
        if plain.len() != 16 || !plain.starts_with("DL") {
            continue;
        }
        // One number in a few dozen has no digit; so have words that begin with these letters.
        let digit = plain.bytes().skip(4).any(|b| b.is_ascii_digit());
        match plain.parse::<CertificateNumber>() {
            Ok(number) if digit || as_printed => return Some(Certificate::Number(number)),
            Err(NumberError::Check) if digit => mistyped = mistyped.or(Some(Certificate::Mistyped(grouped(&plain)))),
            _ => {}
        }
    }
    mistyped.or_else(|| {
        pieces
            .windows(3)
            .find(|groups| {
                groups.iter().all(|g| g.len() == 4)
                    && groups.iter().any(|g| g.bytes().any(|b| b.is_ascii_digit()))
                    && groups.iter().any(|g| g.bytes().any(|b| b.is_ascii_alphabetic()))
            })
            .map(|groups| Certificate::Mistyped(groups.join("-")))
    })
}

fn grouped(plain: &str) -> String {
    let mut out = String::new();
    for (place, c) in plain.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push('-');
        }
        out.push(c);
    }
    out
}

/// The token of a QR code: the address that it holds, or its bare text.
pub(crate) fn token(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| {
        let upper = word.to_ascii_uppercase();
        if let Some(at) = upper.find("/C/") {
            let tail = upper.get(at + 3..)?;
            let end = tail.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tail.len());
            return (end >= 20)
                .then(|| word.get(..at + 3 + end))
                .flatten()
                .map(str::to_owned);
        }
        let bare = upper.len() >= 60
            && upper
                .bytes()
                .all(|b| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7'));
        bare.then(|| word.to_owned())
    })
}

/// Six digits, a PIN code, also as "110 001".
pub(crate) fn pin(text: &str) -> Option<String> {
    digit_runs(text)
        .into_iter()
        .find(|run| run.len() == 6 && !run.starts_with('0'))
}

/// Ten digits of a mobile telephone, with or without +91 or 0 before.
pub(crate) fn phone(text: &str) -> Option<String> {
    digit_runs(text).into_iter().find_map(|run| {
        let bare = match run.len() {
            10 => run.as_str(),
            11 => run.strip_prefix('0')?,
            12 => run.strip_prefix("91")?,
            13 => run.strip_prefix("091")?,
            14 => run.strip_prefix("0091")?,
            _ => return None,
        };
        bare.starts_with(['6', '7', '8', '9']).then(|| bare.to_owned())
    })
}

/// Digits that stand together, with spaces, dashes or a plus sign between them at most. The letters that look like digits are taken
/// for digits where a word holds nothing else.
fn digit_runs(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for word in with_plain_digits(text).split_inclusive(char::is_whitespace) {
        let looks =
            |c: char| c.is_ascii_digit() || !c.is_alphanumeric() || matches!(c, 'o' | 'O' | 'i' | 'I' | 'l' | 'L');
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let mended = word.chars().all(looks) && digits >= 2;
        for c in word.chars() {
            let c = match c {
                'o' | 'O' if mended => '0',
                'i' | 'I' | 'l' | 'L' if mended => '1',
                c => c,
            };
            match c {
                c if c.is_ascii_digit() => {
                    if let Some(run) = runs.last_mut() {
                        run.push(c);
                    }
                }
                ' ' | '-' | '+' | '(' | ')' => {}
                _ => runs.push(String::new()),
            }
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// The number of a vehicle, in capitals without spaces: two letters of the state, the district's number, a series, four digits; or
/// of the Bharat series (Central Motor Vehicles Rules 1989, rule 50).
pub(super) fn vehicle(text: &str) -> Option<String> {
    let plain = with_plain_digits(text).to_uppercase();
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    for start in 0..words.len() {
        let mut joined = String::new();
        for word in words.iter().skip(start).take(4) {
            joined.push_str(word);
            if is_vehicle(&joined) {
                return Some(joined);
            }
        }
    }
    None
}

fn is_vehicle(number: &str) -> bool {
    if !number.is_ascii() {
        return false;
    }
    let runs = runs(number);
    let shape: Vec<(bool, usize)> = runs
        .iter()
        .map(|run| (run.starts_with(|c: char| c.is_ascii_digit()), run.len()))
        .collect();
    match shape.as_slice() {
        [(false, 2), (true, 1..=2), (false, 1..=3), (true, 4)] => true,
        [(true, 2), (false, 2), (true, 4), (false, 1..=2)] => runs.get(1) == Some(&"BH"),
        _ => false,
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
        let letter = !digit && (c.is_alphanumeric() || super::normal::is_devanagari(c) || c == '\u{93C}');
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_numbers_anywhere() {
        for text in [
            "APP-2026-000123",
            "mera status batao app 2026 000123 plz",
            "मेरा आवेदन APP-२०२६-०००१२३ कहाँ है",
            "app2026000123",
            "APP-2O26-OOO123?",
            "number: APP/2026/000123.",
        ] {
            assert_eq!(application(text), Some(ApplicationNumber::new(2026, 123)), "{text}");
        }
        for text in ["", "apply", "APP", "app 2026", "whatsapp 2026 000123", "application 5"] {
            assert_eq!(application(text), None, "{text}");
        }
    }

    #[test]
    fn a_certificate_number_without_a_digit_is_one() {
        let mut without = 0;
        for draw in 0..2000_u64 {
            // The low bits alone would leave most places at 0.
            let number = CertificateNumber::from_random("BC", draw.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap();
            without += u32::from(!number.plain().bytes().any(|b| b.is_ascii_digit()));
            for text in [number.to_string(), number.plain().to_lowercase()] {
                assert_eq!(certificate(&text), Some(Certificate::Number(number.clone())), "{text}");
            }
        }
        assert!(without > 10, "{without}");
    }

    #[test]
    fn certificate_numbers_anywhere() {
        let number = CertificateNumber::from_random("BC", 42).unwrap();
        let written = number.to_string();
        for text in [
            written.clone(),
            format!("check {} please", written.to_lowercase()),
            format!("ye asli hai? {}", number.plain()),
            written.replace('-', " "),
        ] {
            assert_eq!(certificate(&text), Some(Certificate::Number(number.clone())), "{text}");
        }
        let wrong = format!("{}{}", &written[..18], if written.ends_with('7') { '8' } else { '7' });
        assert_eq!(certificate(&wrong), Some(Certificate::Mistyped(wrong.clone())));
        assert_eq!(
            certificate("verify 7k3m-9q2x-h4tw").map(|c| c.written()),
            Some("7K3M-9Q2X-H4TW".to_owned())
        );
        for text in [
            "",
            "DL licence chahiye",
            "driving licence banwana",
            "2024 2025 2026",
            "APP-2026-000123",
        ] {
            assert_eq!(certificate(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_of_a_code() {
        let long = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".repeat(3);
        assert_eq!(
            token(&format!("see HTTPS://EXAMPLE.IN/C/{long} ok")),
            Some(format!("HTTPS://EXAMPLE.IN/C/{long}"))
        );
        assert_eq!(
            token(&format!("https://example.in/c/{long}?x=1")),
            Some(format!("https://example.in/c/{long}"))
        );
        assert_eq!(token(&long), Some(long));
        assert_eq!(token("https://example.in/c/short"), None);
        assert_eq!(token("hello"), None);
    }

    #[test]
    fn telephones_and_pins() {
        for text in [
            "9876543210",
            "+91 98765 43210",
            "098765-43210",
            "९८७६५४३२१०",
            "call 9876543210",
        ] {
            assert_eq!(phone(text), Some("9876543210".into()), "{text}");
        }
        for text in ["987654321", "1234567890", "98765432101"] {
            assert_eq!(phone(text), None, "{text}");
        }
        assert_eq!(pin("pin 110 001"), Some("110001".into()));
        assert_eq!(pin("११००९२"), Some("110092".into()));
        assert_eq!(pin("1100011"), None);
    }

    #[test]
    fn amounts() {
        for (text, wanted) in [
            ("45", 45),
            ("1,43,248", 143_248),
            ("₹ 500/-", 500),
            ("Rs. 500", 500),
            ("2.5 lakh", 250_000),
            ("dhai lakh", 250_000),
            ("ढाई लाख", 250_000),
            ("5lakh", 500_000),
            ("das hazar rupaye", 10_000),
            ("१ लाख २० हज़ार", 120_000),
            ("3 lakh 20 hazar 5 sau", 320_500),
            ("शून्य", 0),
            ("-5", -5),
        ] {
            assert_eq!(amount(text), Some(wanted), "{text}");
        }
        for text in ["", "abc", "2.5", "10 20", "99999999999999999999"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
