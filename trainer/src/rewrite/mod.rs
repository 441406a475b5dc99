//! Harmless rewritings of a message: what is meant must not change with them.
//!
//! Each is a function of the line alone; where there is a choice (which word, which letter), a hash of the text makes it, so that
//! every run rewrites alike. What is marked in a line (names, places, numbers) and every word with a digit is left as it is by those
//! that change letters.

mod script;

use assistant::understand::Intent;

use crate::{corpus::Line, measure::Writing};

/// A way to write the same once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rewriting {
    /// Devanagari in Latin letters.
    Romanised,
    /// Frequent Hindi words of a line in Latin letters, in Devanagari.
    InDevanagari,
    Vowels,
    Consonants,
    Doubled,
    Typo,
    Greeting,
    Thanks,
    Emoji,
    Capitals,
    Unpunctuated,
    DrawnOut,
}

impl Rewriting {
    pub(crate) const ALL: [Self; 12] = [
        Self::Romanised,
        Self::InDevanagari,
        Self::Vowels,
        Self::Consonants,
        Self::Doubled,
        Self::Typo,
        Self::Greeting,
        Self::Thanks,
        Self::Emoji,
        Self::Capitals,
        Self::Unpunctuated,
        Self::DrawnOut,
    ];

    /// As the report calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Romanised => "Devanagari written in Latin letters",
            Self::InDevanagari => "frequent Hindi words in Latin letters written in Devanagari",
            Self::Vowels => "vowels spelled otherwise (aa/a, ee/i, oo/u; ि/ी, ु/ू)",
            Self::Consonants => "consonants spelled otherwise (w/v, z/j, ph/f, sh/s; श/स, nukta)",
            Self::Doubled => "doubled letters written once",
            Self::Typo => "one typo in a Latin word of five letters or more (swapped, left out or doubled)",
            Self::Greeting => "a greeting in front",
            Self::Thanks => "thanks behind",
            Self::Emoji => "an emoji behind",
            Self::Capitals => "upper case",
            Self::Unpunctuated => "no punctuation",
            Self::DrawnOut => "last letters repeated",
        }
    }

    /// The line written so; nothing where that leaves it as it is or would change what it says.
    pub(crate) fn of(self, line: &Line, writing: Writing) -> Option<String> {
        let text = line.text.as_str();
        let hindi = matches!(writing, Writing::Hinglish | Writing::Mixed);
        let social = matches!(
            line.intent,
            Intent::Greet | Intent::Thanks | Intent::Affirm | Intent::Deny
        );
        let devanagari = text.contains(is_devanagari);
        let turn = |salt, one, other| if chosen(text, salt, 2) == Some(0) { one } else { other };
        let written = match self {
            Self::Romanised if devanagari => script::romanised(text),
            Self::InDevanagari if hindi => word_by_word(line, |word| script::in_devanagari(word).map(str::to_owned)),
            Self::Vowels if hindi || devanagari => word_by_word(line, |word| respelled(word, &VOWELS)),
            Self::Consonants if hindi || devanagari => word_by_word(line, |word| respelled(word, &CONSONANTS)),
            Self::Doubled => word_by_word(line, undoubled),
            Self::Typo => typo(line)?,
            // A second greeting is a greeting still; thanks behind a yes may be either.
            Self::Greeting if line.intent == Intent::Greet => return None,
            Self::Greeting if devanagari => format!("नमस्ते, {text}"),
            Self::Greeting => format!("{}, {text}", turn(1, "namaste ji", "hello sir")),
            Self::Thanks if social => return None,
            Self::Thanks if devanagari => format!("{text} धन्यवाद"),
            Self::Thanks => format!("{text} {}", if hindi { "dhanyavad" } else { "thank you" }),
            Self::Emoji => format!("{text} {}", turn(2, "🙏", "🙂")),
            Self::Capitals => text.to_uppercase(),
            Self::Unpunctuated => unpunctuated(text),
            Self::DrawnOut => drawn_out(line)?,
            _ => return None,
        };
        (written != text && !written.trim().is_empty()).then_some(written)
    }
}

/// Letters and signs of Devanagari; not its digits, nor its full stop.
const fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{97F}')
}

/// FNV-1a: the same choice on every machine.
fn hash(text: &str, salt: u64) -> u64 {
    let start = 0xCBF2_9CE4_8422_2325_u64.wrapping_mul(2 * salt + 1);
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// A place below `count`, by the text.
fn chosen(text: &str, salt: u64, count: usize) -> Option<usize> {
    let count = u64::try_from(count).ok().filter(|count| *count > 0)?;
    // The low bits of a product are poor.
    usize::try_from((hash(text, salt) >> 20) % count).ok()
}

/// A run of letters, or what stands between two.
struct Piece<'a> {
    text: &'a str,
    /// Letters, all of them free: neither marked nor with a digit.
    free: bool,
}

fn pieces(line: &Line) -> Vec<Piece<'_>> {
    let text = line.text.as_str();
    let of_word = |c: char| c.is_alphanumeric() || is_devanagari(c) || matches!(c, '\'' | '\u{200C}' | '\u{200D}');
    let mut bounds = vec![0];
    let mut before = None;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|word| word != of_word(c)) {
            bounds.push(at);
        }
        before = Some(of_word(c));
    }
    bounds.push(text.len());
    bounds
        .iter()
        .zip(bounds.iter().skip(1))
        .filter_map(|(start, end)| {
            let piece = text.get(*start..*end)?;
            let marked = line.marks.iter().any(|mark| mark.start < *end && *start < mark.end);
            let letters = piece.chars().all(|c| of_word(c) && !c.is_numeric());
            Some(Piece {
                text: piece,
                free: letters && !marked,
            })
        })
        .collect()
}

fn word_by_word(line: &Line, change: impl Fn(&str) -> Option<String>) -> String {
    let written = |piece: Piece| match change(piece.text) {
        Some(changed) if piece.free => changed,
        _ => piece.text.to_owned(),
    };
    pieces(line).into_iter().map(written).collect()
}

const VOWELS: [(&str, &str); 7] = [
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("\u{93F}", "\u{940}"),
    ("\u{940}", "\u{93F}"),
    ("\u{941}", "\u{942}"),
    ("\u{942}", "\u{941}"),
];

const CONSONANTS: [(&str, &str); 9] = [
    ("ph", "f"),
    ("sh", "s"),
    ("w", "v"),
    ("v", "w"),
    ("z", "j"),
    ("\u{93C}", ""),
    ("ण", "न"),
    ("ष", "श"),
    ("श", "स"),
];

/// English words within Hindi that nobody spells by the habits of Hindi in Latin letters, as far as the rules would touch them.
const ENGLISH: &[&str] = &[
    "address",
    "agreement",
    "allowed",
    "apply",
    "approved",
    "bees",
    "been",
    "book",
    "booklet",
    "call",
    "college",
    "common",
    "correct",
    "deed",
    "degree",
    "delivery",
    "divorce",
    "drive",
    "driver",
    "driving",
    "duplicate",
    "employee",
    "english",
    "establishment",
    "fee",
    "fees",
    "five",
    "food",
    "free",
    "full",
    "good",
    "google",
    "have",
    "issue",
    "issued",
    "live",
    "living",
    "loss",
    "marriage",
    "married",
    "missing",
    "moved",
    "need",
    "needed",
    "neet",
    "never",
    "news",
    "office",
    "officer",
    "pass",
    "passbook",
    "passport",
    "permission",
    "phone",
    "photo",
    "photocopy",
    "private",
    "process",
    "railway",
    "receive",
    "renew",
    "renewal",
    "renewed",
    "reservation",
    "reserved",
    "room",
    "save",
    "school",
    "sell",
    "service",
    "share",
    "shift",
    "shop",
    "shops",
    "show",
    "size",
    "solvency",
    "staff",
    "street",
    "successful",
    "support",
    "surviving",
    "three",
    "two",
    "validity",
    "vehicle",
    "verification",
    "verify",
    "view",
    "visa",
    "voter",
    "week",
    "when",
    "where",
    "which",
    "whole",
    "widow",
    "wife",
    "will",
    "with",
    "without",
    "work",
    "write",
    "wrong",
    "year",
    "zero",
];

/// The first of these that fits, once. Words of fewer than four letters are too close to each other.
fn respelled(word: &str, rules: &[(&str, &str)]) -> Option<String> {
    let lower = word.to_lowercase();
    let latin = word.is_ascii();
    if (latin && word.len() < 4) || ENGLISH.contains(&lower.as_str()) {
        return None;
    }
    let (from, to) = rules.iter().find(|(from, _)| lower.contains(from))?;
    Some(if latin { lower } else { word.to_owned() }.replacen(from, to, 1))
}

/// "pakka" as "paka": every consonant doubled behind a vowel once. Abbreviations ("FSSAI") have it elsewhere.
fn undoubled(word: &str) -> Option<String> {
    if word.len() < 5 || !word.is_ascii() {
        return None;
    }
    let vowel = |c: char| "aeiou".contains(c.to_ascii_lowercase());
    let mut out = String::new();
    for c in word.chars() {
        let behind_vowel = out.chars().rev().nth(1).is_some_and(vowel);
        if !(out.ends_with(c) && !vowel(c) && behind_vowel) {
            out.push(c);
        }
    }
    Some(out)
}

/// One slip of the thumb behind the first letter of one word.
fn typo(line: &Line) -> Option<String> {
    let pieces = pieces(line);
    let long =
        |piece: &Piece| piece.free && piece.text.len() >= 5 && piece.text.bytes().all(|b| b.is_ascii_alphabetic());
    let words: Vec<usize> = (0..pieces.len())
        .filter(|at| pieces.get(*at).is_some_and(long))
        .collect();
    let at = *words.get(chosen(&line.text, 3, words.len())?)?;
    let mut letters: Vec<char> = pieces.get(at)?.text.chars().collect();
    // Two letters to swap, neither the first, and not alike.
    let place = 1 + chosen(&line.text, 4, letters.len() - 2)?;
    let alike = letters.get(place) == letters.get(place + 1);
    match chosen(&line.text, 5, 3)? {
        0 if !alike => letters.swap(place, place + 1),
        1 => {
            letters.remove(place);
        }
        _ => letters.insert(place, *letters.get(place)?),
    }
    let written = |(number, piece): (usize, &Piece)| {
        if number == at {
            letters.iter().collect()
        } else {
            piece.text.to_owned()
        }
    };
    Some(pieces.iter().enumerate().map(written).collect())
}

/// Marks between words go; those within a number or a date stay.
fn unpunctuated(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let of_word = |at: Option<usize>| {
        let c = at.and_then(|at| letters.get(at));
        c.is_some_and(|c| c.is_alphanumeric() || is_devanagari(*c))
    };
    let mut out = String::new();
    for (at, c) in letters.iter().enumerate() {
        let within = of_word(at.checked_sub(1)) && of_word(Some(at + 1));
        match c {
            ',' | '.' | '!' | '?' | ';' | ':' | '।' | '॥' | '…' | '"' | '“' | '”' | '‘' | '(' | ')' | '–' | '—'
            | '-' | '/' | '*'
                if !within => {}
            c => out.push(*c),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last letter of the last word four times: "pleaseeee".
fn drawn_out(line: &Line) -> Option<String> {
    let pieces = pieces(line);
    let vowel_sign = |c: char| matches!(c, '\u{93E}'..='\u{94C}');
    let fits = |piece: &Piece| {
        let last = piece.text.chars().next_back();
        // A letter that stands twice would be taken for one.
        let before = piece.text.chars().rev().nth(1);
        piece.free
            && before.is_some()
            && before != last
            && last.is_some_and(|c| c.is_ascii_alphabetic() || vowel_sign(c))
    };
    let at = pieces.iter().rposition(fits)?;
    let mut out = String::new();
    for (number, piece) in pieces.iter().enumerate() {
        out.push_str(piece.text);
        if number == at
            && let Some(last) = piece.text.chars().next_back()
        {
            out.extend([last; 3]);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Mark;

    fn line(text: &str, marked: &[&str]) -> Line {
        let mark = |part: &&str| {
            let start = text.find(part).unwrap();
            Mark {
                start,
                end: start + part.len(),
                slot: "name".to_owned(),
                value: (*part).to_owned(),
            }
        };
        Line {
            place: "made up".to_owned(),
            block: 1,
            intent: Intent::Apply,
            services: vec![],
            text: text.to_owned(),
            marks: marked.iter().map(mark).collect(),
        }
    }

    fn hinglish(kind: Rewriting, text: &str) -> Option<String> {
        kind.of(&line(text, &[]), Writing::Hinglish)
    }

    #[test]
    fn a_typo_leaves_names_and_numbers_alone() {
        for text in [
            "Ramesh Kumar ka janam praman patra APP-2026-000123",
            "mera naam Ramesh Kumar hai, application 98765abcde",
            "certificate chahiye Ramesh Kumar 12/08/1990",
        ] {
            let written = hinglish_marked(text);
            assert!(written.contains("Ramesh Kumar"), "{written}");
            for word in text
                .split(' ')
                .filter(|word| word.contains(|c: char| c.is_ascii_digit()))
            {
                assert!(written.contains(word), "{written}");
            }
            assert_ne!(written, text);
        }
        assert_eq!(
            Rewriting::Typo.of(
                &line("naam Ramesh Kumar 98765abcde", &["Ramesh Kumar"]),
                Writing::Hinglish
            ),
            None
        );
        assert_eq!(hinglish(Rewriting::Typo, "naam kya hai"), None);
    }

    fn hinglish_marked(text: &str) -> String {
        Rewriting::Typo
            .of(&line(text, &["Ramesh Kumar"]), Writing::Hinglish)
            .unwrap()
    }

    #[test]
    fn a_typo_is_one_slip_behind_the_first_letter() {
        let mut lengths = std::collections::BTreeSet::new();
        for number in ["ek", "do", "teen", "char", "das", "sau", "lakh", "pav", "aadh"] {
            let text = format!("{number} certificate");
            let written = hinglish(Rewriting::Typo, &text).unwrap();
            let word = written.split(' ').next_back().unwrap();
            assert!(
                word.starts_with('c') && word != "certificate" && written.starts_with(number),
                "{written}"
            );
            lengths.insert(word.len());
        }
        assert_eq!(
            lengths.into_iter().collect::<Vec<_>>(),
            [10, 11, 12],
            "each of the three slips happens"
        );
    }

    #[test]
    fn every_run_rewrites_alike_and_something_each_time() {
        let text = "shaadi ka pakka praman patra, kab milega?";
        for kind in Rewriting::ALL {
            let once = hinglish(kind, text);
            assert_eq!(once, hinglish(kind, text));
            assert_ne!(once.as_deref(), Some(text));
            assert_eq!(once.is_some(), kind != Rewriting::Romanised, "{kind:?}");
        }
        let deva = line("ज़मीन की श्रेणी का काग़ज़ चाहिए।", &[]);
        for kind in [
            Rewriting::Romanised,
            Rewriting::Vowels,
            Rewriting::Consonants,
            Rewriting::Greeting,
            Rewriting::Thanks,
        ] {
            assert!(kind.of(&deva, Writing::Devanagari).is_some(), "{kind:?}");
        }
        assert_eq!(Rewriting::Typo.of(&deva, Writing::Devanagari), None);
        assert_eq!(
            Rewriting::Capitals.of(&deva, Writing::Devanagari),
            None,
            "no upper case in Devanagari"
        );
    }

    #[test]
    fn the_text_comes_out_as_people_write_it() {
        for (kind, from, to) in [
            (Rewriting::Vowels, "shaadi ki fees teen", "shadi ki fees tin"),
            (
                Rewriting::Consonants,
                "vidhwa shaadi zameen school",
                "vidhva saadi jameen school",
            ),
            (Rewriting::Doubled, "FSSAI ka pakka office", "FSSAI ka paka ofice"),
            (Rewriting::Capitals, "kab milega", "KAB MILEGA"),
            (
                Rewriting::Unpunctuated,
                "dob 12/08/1990 , fee Rs. 1,500?",
                "dob 12/08/1990 fee Rs 1,500",
            ),
            (Rewriting::DrawnOut, "batao please", "batao pleaseeee"),
            (Rewriting::DrawnOut, "kab aayega 2026", "kab aayegaaaa 2026"),
            (Rewriting::Thanks, "kab milega", "kab milega dhanyavad"),
            (
                Rewriting::InDevanagari,
                "Mera certificate kab milega APP1",
                "मेरा सर्टिफिकेट कब मिलेगा APP1",
            ),
        ] {
            assert_eq!(hinglish(kind, from).as_deref(), Some(to), "{kind:?}");
        }
        let greeted = hinglish(Rewriting::Greeting, "kab milega").unwrap();
        assert!(["namaste ji, kab milega", "hello sir, kab milega"].contains(&greeted.as_str()));
    }

    #[test]
    fn what_would_change_the_meaning_is_not_written() {
        let mut yes = line("haan", &[]);
        yes.intent = Intent::Affirm;
        assert_eq!(Rewriting::Thanks.of(&yes, Writing::Hinglish), None);
        let mut hello = line("hello", &[]);
        hello.intent = Intent::Greet;
        assert_eq!(Rewriting::Greeting.of(&hello, Writing::English), None);
        assert_eq!(Rewriting::Unpunctuated.of(&line("???", &[]), Writing::English), None);
        assert_eq!(
            Rewriting::InDevanagari.of(&line("do the form", &[]), Writing::English),
            None
        );
    }
}
