//! What belongs to a person is taken out of a message before it leaves the house.
//!
//! Too much is taken out rather than too little: every word with a digit goes, whatever the grammars make of it, for what a person
//! wants is not said in digits. A name has no shape; it goes where the tagger sees one, after the words that announce one, and
//! wherever a word of an answer that this person gave before comes up again.

use std::{ops::Range, sync::LazyLock};

use super::{
    Understander, dates,
    normal::{Token, clean, tokens, with_plain_digits},
    numbers,
    numbers::Figures,
    spoken,
    tagger::Seen,
    written::{self, Word},
};

/// What stands in the place of something personal. The earlier wins where two overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Email,
    Link,
    Certificate,
    Application,
    Vehicle,
    Date,
    Phone,
    Identity,
    Pin,
    Amount,
    Age,
    Number,
    Name,
    Place,
}

impl Kind {
    const fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[EMAIL]",
            Self::Link => "[LINK]",
            Self::Certificate => "[CERTIFICATE]",
            Self::Application => "[APPLICATION]",
            Self::Vehicle => "[VEHICLE]",
            Self::Date => "[DATE]",
            Self::Phone => "[PHONE]",
            Self::Identity => "[ID]",
            Self::Pin => "[PIN]",
            Self::Amount => "[AMOUNT]",
            Self::Age => "[AGE]",
            Self::Number => "[NUMBER]",
            Self::Name => "[NAME]",
            Self::Place => "[PLACE]",
        }
    }
}

type Span = (Kind, Range<usize>);

/// So many words after "my name is" may be the name.
const NAME_WORDS: usize = 3;
/// So many numbers said one after the other are a number of somebody's.
const SAID_DIGITS: usize = 4;

macro_rules! words {
    ($($name:ident: $($word:literal)+;)+) => {
        $(static $name: LazyLock<Vec<Token>> = LazyLock::new(|| [$($word),+].iter().flat_map(|word| tokens(word)).collect());)+
    };
}

words! {
    // After these comes a name.
    ANNOUNCES: "naam" "name" "नाम" "named" "namely" "shri" "shree" "smt" "shrimati" "kumari" "mr" "mrs" "miss" "late" "swargiya" "श्री"
        "श्रीमती" "कुमारी" "स्वर्गीय" "son" "daughter" "wife" "putra" "putri" "पुत्र" "पुत्री" "suputra" "beta" "beti" "pati" "patni" "husband"
        "pita" "mata" "father" "mother" "पिता" "माता" "पति" "पत्नी" "बेटा" "बेटी";
    // And these are no part of it.
    COMMON: "is" "hai" "h" "he" "tha" "thi" "the" "hain" "hoon" "hu" "ho" "ki" "ka" "ke" "ko" "se" "me" "mein" "main" "in" "on" "of" "my" "mera"
        "meri" "mere" "aur" "and" "or" "ya" "bhi" "to" "for" "liye" "galat" "wrong" "sahi" "badal" "badalna" "change" "theek" "thik" "karna"
        "karwana" "karo" "spelling" "par" "pe" "per" "wala" "wali" "a" "an" "do" "kya" "what" "how" "kaise" "chahiye" "printed" "likha" "likhi"
        "hua" "nahi" "not" "no" "it" "was" "has" "have" "हैं" "है" "था" "थी" "का" "की" "के" "को" "से" "में" "मेरा" "मेरी" "मेरे" "और" "भी" "गलत"
        "सही" "बदलना" "लिए" "चाहिए" "कैसे" "क्या" "नहीं";
    MAIL: "gmail" "yahoo" "hotmail" "outlook" "rediffmail" "rediff" "icloud" "जीमेल" "याहू";
}

impl Understander {
    /// The message with a placeholder in the place of everything that belongs to a person: telephone, PIN and Aadhaar-like numbers,
    /// numbers of applications, certificates and vehicles, dates, e-mail addresses, links, amounts, ages, names, places, and every
    /// other word with a digit. `known` are names from this person's earlier answers. Digits of every script are read.
    #[must_use]
    pub fn without_personal<'k>(&self, text: &str, known: impl IntoIterator<Item = &'k str>) -> String {
        let text = with_plain_digits(text);
        let mut spans = grammars(&text);
        spans.extend(self.names(&text));
        let known: Vec<Token> = known.into_iter().flat_map(tokens).collect();
        for word in written::words(&text) {
            if known.iter().any(|name| name.is(&word.token)) {
                spans.push((Kind::Name, word.start..word.end));
            }
        }
        replaced(&text, spans)
    }

    fn names(&self, text: &str) -> Vec<Span> {
        let words = written::words(text);
        let span = |kind: Kind, at: &Range<usize>| -> Option<Span> {
            let said = words.get(at.clone())?;
            Some((kind, said.first()?.start..said.last()?.end))
        };
        let mut spans: Vec<Span> = Vec::new();
        let figures = Figures::of(text, &words);
        for (kind, place) in self.tagger.find(&Seen::of(&words, &figures, &self.concepts)) {
            let kind = match kind {
                "gender" => continue,
                "locality" => Kind::Place,
                "age" => Kind::Age,
                "annual_income" => Kind::Amount,
                "dob" | "date_of_death" | "date_of_marriage" | "date" => Kind::Date,
                _ => Kind::Name,
            };
            spans.extend(span(kind, &place));
        }
        for (_, place) in dates::all(&words) {
            spans.extend(span(Kind::Date, &place));
        }
        for place in figures.numbers() {
            spans.extend(span(Kind::Number, place));
        }
        spans.extend(self.announced(&words));
        let mut run = 0;
        for place in 0..=words.len() {
            let said = words
                .get(place)
                .is_some_and(|word| word.token.has_digit() || spoken::small(&word.token).is_some());
            if said {
                run += 1;
            } else {
                if run >= SAID_DIGITS {
                    spans.extend(span(Kind::Number, &(place - run..place)));
                }
                run = 0;
            }
        }
        spans
    }

    /// Words after one that announces a name, as long as they stand for nothing that we know.
    fn announced(&self, words: &[Word]) -> Vec<Span> {
        let in_list = |word: &Word, list: &[Token]| list.iter().any(|known| known.text == word.token.text);
        let plain: Vec<Token> = words.iter().map(|word| word.token.clone()).collect();
        let stands_for = self.concepts.find(&plain);
        // Names of persons and localities are the last of the concepts.
        let is_word_of_ours = |place: usize| {
            stands_for
                .iter()
                .any(|(at, concept)| *at == place && !self.concepts.is_name_or_place(*concept))
        };
        let mut spans = Vec::new();
        for place in 0..words.len() {
            if !words.get(place).is_some_and(|word| in_list(word, &ANNOUNCES)) {
                continue;
            }
            let mut taken = 0;
            for (at, word) in words.iter().enumerate().skip(place + 1) {
                if word.token.has_digit() || in_list(word, &ANNOUNCES) || is_word_of_ours(at) {
                    break;
                }
                if in_list(word, &COMMON) {
                    // "my name is …": the word between; after the name: its end.
                    if taken > 0 {
                        break;
                    }
                    continue;
                }
                spans.push((Kind::Name, word.start..word.end));
                taken += 1;
                if taken == NAME_WORDS {
                    break;
                }
            }
        }
        spans
    }
}

/// The pieces between spaces, with where each stands.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    for (at, c) in text.char_indices() {
        match (c.is_whitespace(), open) {
            (false, None) => open = Some(at),
            (true, Some(start)) => {
                found.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    if let Some(start) = open {
        found.push(start..text.len());
    }
    found
}

/// What the grammars of numbers and addresses find.
fn grammars(text: &str) -> Vec<Span> {
    let pieces = pieces(text);
    let said = |at: &Range<usize>| text.get(at.clone()).unwrap_or_default();
    let mut spans: Vec<Span> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let word = said(piece);
        let lower = word.to_lowercase();
        if word.contains('@') {
            // "name @ host": the sign alone has its parts on both sides.
            let alone = |word: &str| !word.chars().any(char::is_alphanumeric);
            let first = if word.starts_with('@') {
                place.saturating_sub(1)
            } else {
                place
            };
            let last = if word.ends_with('@') || alone(word) {
                place + 1
            } else {
                place
            };
            let last = last.min(pieces.len().saturating_sub(1));
            if let (Some(first), Some(last)) = (pieces.get(first), pieces.get(last)) {
                spans.push((Kind::Email, first.start..last.end));
            }
        } else if lower.contains("://") || lower.starts_with("www.") || lower.contains("/c/") {
            spans.push((Kind::Link, piece.clone()));
        }
        // "ramesh at gmail dot com".
        if tokens(word)
            .iter()
            .any(|word| MAIL.iter().any(|host| host.text == word.text))
        {
            let from = place.saturating_sub(2);
            let until = (place + 2).min(pieces.len().saturating_sub(1));
            if let (Some(first), Some(last)) = (pieces.get(from), pieces.get(until)) {
                spans.push((Kind::Email, first.start..last.end));
            }
        }
    }
    let mut windows = |kind: Kind, longest: usize, is_one: &dyn Fn(&str) -> bool| {
        let mut from = 0;
        for end in 0..pieces.len() {
            // The narrowest that ends here.
            let start = (from.max((end + 1).saturating_sub(longest))..=end).rev().find(|start| {
                let (Some(first), Some(last)) = (pieces.get(*start), pieces.get(end)) else {
                    return false;
                };
                is_one(text.get(first.start..last.end).unwrap_or_default())
            });
            if let Some(start) = start
                && let (Some(first), Some(last)) = (pieces.get(start), pieces.get(end))
            {
                spans.push((kind, first.start..last.end));
                from = end + 1;
            }
        }
    };
    windows(Kind::Certificate, 5, &|text| match numbers::certificate(text) {
        Some(numbers::Certificate::Number(_)) => true,
        // Three groups of four may reach into the words behind a number.
        Some(numbers::Certificate::Mistyped(_)) => text
            .split_whitespace()
            .all(|word| word.chars().any(char::is_numeric) || !word.chars().any(char::is_lowercase)),
        None => false,
    });
    windows(Kind::Application, 5, &|text| numbers::application(text).is_some());
    windows(Kind::Vehicle, 4, &|text| numbers::vehicle(text).is_some());
    spans.extend(digits(text, &pieces));
    spans
}

/// Every run of pieces with digits in them, with the letters that are taken for digits between.
fn digits(text: &str, pieces: &[Range<usize>]) -> Vec<Span> {
    let said = |at: &Range<usize>| text.get(at.clone()).unwrap_or_default();
    let has_digit = |word: &str| word.chars().any(char::is_numeric);
    let looks = |word: &str| {
        word.chars()
            .all(|c| !c.is_alphanumeric() || matches!(c, 'o' | 'O' | 'i' | 'I' | 'l' | 'L' | 'x' | 'X'))
    };
    let mut spans = Vec::new();
    let mut place = 0;
    while let Some(first) = pieces.get(place) {
        if !has_digit(said(first)) {
            place += 1;
            continue;
        }
        let mut start = place;
        while start > 0
            && pieces
                .get(start - 1)
                .is_some_and(|before| looks(said(before)) && said(before).chars().any(char::is_alphanumeric))
        {
            start -= 1;
        }
        let mut end = place;
        while let Some(next) = pieces.get(end + 1)
            && (has_digit(said(next)) || looks(said(next)))
        {
            end += 1;
        }
        if let (Some(first), Some(last)) = (pieces.get(start), pieces.get(end)) {
            let all = first.start..last.end;
            let run = said(&all);
            let count = run.chars().filter(char::is_ascii_digit).count();
            let kind = if numbers::phone(run).is_some() {
                Kind::Phone
            } else if count == 12 || count == 16 {
                Kind::Identity
            } else if numbers::pin(run).is_some() {
                Kind::Pin
            } else {
                Kind::Number
            };
            spans.push((kind, all));
        }
        place = end + 1;
    }
    spans
}

/// The text with its spans replaced; those that touch or overlap become one.
fn replaced(text: &str, mut spans: Vec<Span>) -> String {
    spans.sort_by_key(|(kind, at)| (at.start, at.end, *kind));
    let mut merged: Vec<Span> = Vec::new();
    for (kind, at) in spans {
        match merged.last_mut() {
            Some((before, last)) if at.start < last.end => {
                last.end = last.end.max(at.end);
                *before = kind.min(*before);
            }
            _ => merged.push((kind, at)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut last: Option<Kind> = None;
    for (kind, at) in merged {
        let between = text.get(done..at.start).unwrap_or_default();
        // The parts of one name are one placeholder.
        if last != Some(kind) || !between.trim().is_empty() {
            out.push_str(between);
            out.push_str(kind.placeholder());
        }
        (done, last) = (at.end, Some(kind));
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Words from outside as one line, without what nobody sees.
#[must_use]
pub fn one_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// Do these words stand in the text, one after the other, as far as spelling of digits, case and signs goes?
#[must_use]
pub fn stands_in(value: &str, text: &str) -> bool {
    let (value, text) = (tokens(value), tokens(text));
    !value.is_empty()
        && text
            .windows(value.len())
            .any(|part| part.iter().zip(&value).all(|(a, b)| a.text == b.text))
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Catalogue;

    use super::*;

    fn masked(text: &str) -> String {
        static READER: LazyLock<Understander> =
            LazyLock::new(|| Understander::new(Catalogue::embedded().unwrap()).unwrap());
        READER.without_personal(text, [])
    }

    /// Both digit scripts.
    fn both(text: &str) -> [String; 2] {
        let hindi = text
            .chars()
            .map(|c| c.to_digit(10).and_then(|d| char::from_u32(0x966 + d)).unwrap_or(c))
            .collect();
        [text.to_owned(), hindi]
    }

    #[test]
    fn numbers_and_addresses_of_every_kind_go_in_both_digit_scripts() {
        let number = domain::CertificateNumber::from_random("BC", 42).unwrap().to_string();
        let bare = number.replace('-', " ");
        for (said, placeholder) in [
            ("9876543210", "[PHONE]"),
            ("+91 98765 43210", "[PHONE]"),
            ("098765-43210", "[PHONE]"),
            ("98765 4321O", "[PHONE]"),
            ("110092", "[PIN]"),
            ("110 092", "[PIN]"),
            ("1234 5678 9012", "[ID]"),
            ("234567890123", "[ID]"),
            // As it is printed on a masked card.
            ("XXXX XXXX 9012", "[NUMBER]"),
            ("APP-2026-000123", "[APPLICATION]"),
            ("app 2026 000123", "[APPLICATION]"),
            (number.as_str(), "[CERTIFICATE]"),
            (bare.as_str(), "[CERTIFICATE]"),
            ("7K3M-9Q2X-H4TW", "[CERTIFICATE]"),
            ("DL 8C AB 1234", "[VEHICLE]"),
            ("DL8CAB1234", "[VEHICLE]"),
            ("22 BH 6517 A", "[VEHICLE]"),
            ("15/08/1990", "[DATE]"),
            ("15 august 1990", "[DATE]"),
            ("5-3-85", "[DATE]"),
            ("ABCDE1234F", "[NUMBER]"),
            ("DL-0420110012345", "[NUMBER]"),
            ("ramesh.kumar85@example.in", "[EMAIL]"),
            ("ramesh@okaxis", "[EMAIL]"),
            ("ramesh @ example.in", "[EMAIL]"),
            ("https://example.in/c/abc", "[LINK]"),
        ] {
            for said in both(said) {
                for text in [
                    format!("{said} wala certificate kaise banega"),
                    format!("iska kya karna padega {said} batao"),
                    format!("mujhe bataiye {said}"),
                ] {
                    let masked = masked(&text);
                    assert!(masked.contains(placeholder), "{text} -> {masked}");
                    assert!(!masked.chars().any(char::is_numeric), "{text} -> {masked}");
                    for piece in said.split([' ', '-', '@', '.']).filter(|piece| piece.len() > 3) {
                        assert!(!masked.contains(piece), "{text} -> {masked}");
                    }
                }
            }
        }
    }

    #[test]
    fn names_go_and_what_is_wanted_stays() {
        for (text, names, stays) in [
            (
                "mera naam Ramesh Kumar Sharma hai aur mujhe aay praman patra chahiye",
                &["Ramesh", "Kumar", "Sharma"][..],
                &["aay praman patra chahiye"][..],
            ),
            (
                "मेरा नाम सुनीता देवी है, विधवा पेंशन चाहिए",
                &["सुनीता", "देवी"],
                &["विधवा पेंशन चाहिए"],
            ),
            (
                "my father Shri Mohan Lal died, what papers do I need",
                &["Mohan", "Lal"],
                &["what papers do I need"],
            ),
            (
                "certificate for Ayesha Siddiqui d/o Imran Siddiqui",
                &["Ayesha", "Imran"],
                &["certificate for"],
            ),
            ("naam Xqzwvly Brmpft", &["Xqzwvly", "Brmpft"], &["naam"]),
        ] {
            let masked = masked(text);
            for name in names {
                assert!(!masked.contains(name), "{text} -> {masked}");
            }
            for words in stays {
                assert!(masked.contains(words), "{text} -> {masked}");
            }
            assert!(masked.contains("[NAME]"), "{text} -> {masked}");
        }
        for text in [
            "mera naam galat hai kaise badle",
            "jati praman patra ke liye kya kya chahiye",
            "दुकान का लाइसेंस बनवाना है",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_name_that_was_given_before_goes_wherever_it_comes_up() {
        let reader = Understander::new(Catalogue::embedded().unwrap()).unwrap();
        let text = "aur gungun ka certificate kab tak banega";
        assert!(!reader.without_personal(text, ["Gungun Rawat"]).contains("gungun"));
    }

    #[test]
    fn numbers_that_are_said_go() {
        let masked = masked("nau aath saat chhe paanch chaar teen do ek shunya par phone kar lo");
        let said = masked.split(" par ").next().unwrap_or_default();
        assert!(
            said.starts_with('[') && said.ends_with(']') && !said.contains(' '),
            "{masked}"
        );
    }

    #[test]
    fn what_is_said_to_stand_in_a_text_stands_there() {
        let text = "मेरा नाम [NAME] है, PIN ११००९२.";
        for (value, stands) in [
            ("110092", true),
            ("pin 110092", true),
            ("[name]", true),
            ("110093", false),
            ("", false),
            ("…", false),
            ("है नाम", false),
        ] {
            assert_eq!(stands_in(value, text), stands, "{value}");
        }
    }
}
