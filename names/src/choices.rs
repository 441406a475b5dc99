//! A name in Latin letters put into Devanagari. Latin spelling leaves open which a is long, which t is which; so there are choices.

use crate::{
    script::plain,
    table::{self, sounds},
};

/// Spellings kept on the way, a word.
const KEPT: usize = 24;
/// The most choices that are given.
const MOST: usize = 10;

/// A beginning of a word, and how unlikely it is.
type Spelling = (String, f32);

/// Up to `most` (at most 10) spellings in Devanagari, the likeliest first; empty if there is no Latin letter in the name. Words that are
/// not in Latin letters stay.
#[must_use]
pub fn to_devanagari(name: &str, most: usize) -> Vec<String> {
    let most = most.min(MOST);
    let plain = plain(name);
    if name.chars().nth(crate::MAX_CHARS).is_some() || !plain.bytes().any(|b| b.is_ascii_alphabetic()) {
        return Vec::new();
    }
    let mut whole: Vec<Spelling> = vec![(String::new(), 0.0)];
    for word in plain.split_whitespace() {
        let choices = if word.bytes().any(|b| b.is_ascii_alphabetic()) {
            self::word(word)
        } else {
            vec![(word.to_owned(), 0.0)]
        };
        let mut longer = Vec::new();
        for (before, cost) in &whole {
            for (word, more) in choices.iter().take(MOST) {
                let space = if before.is_empty() { "" } else { " " };
                longer.push((format!("{before}{space}{word}"), cost + more));
            }
        }
        whole = best(longer, MOST);
    }
    whole.into_iter().take(most).map(|(spelling, _)| spelling).collect()
}

/// The likeliest, each once; the order of equals is that of the letters.
fn best(mut all: Vec<Spelling>, most: usize) -> Vec<Spelling> {
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let mut out: Vec<Spelling> = Vec::with_capacity(most);
    for spelling in all {
        if out.len() == most {
            break;
        }
        if out.iter().all(|(known, _)| *known != spelling.0) {
            out.push(spelling);
        }
    }
    out
}

/// Words that are no names and yet stand in them.
const ALONGSIDE: [(&str, &str); 22] = [
    ("kumar", "कुमार"),
    ("kumari", "कुमारी"),
    ("devi", "देवी"),
    ("lal", "लाल"),
    ("chand", "चंद"),
    ("singh", "सिंह"),
    ("kaur", "कौर"),
    ("bai", "बाई"),
    ("begum", "बेगम"),
    ("bano", "बानो"),
    ("khatoon", "ख़ातून"),
    ("bibi", "बीबी"),
    ("shri", "श्री"),
    ("sri", "श्री"),
    ("smt", "श्रीमती"),
    ("dr", "डॉ."),
    ("md", "मो."),
    ("mohd", "मोहम्मद"),
    ("bhai", "भाई"),
    ("ben", "बेन"),
    ("ji", "जी"),
    ("uddin", "उद्दीन"),
];

fn word(word: &str) -> Vec<Spelling> {
    let bare: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let mut out: Vec<Spelling> = Vec::new();
    if let Some((_, written)) = ALONGSIDE.iter().find(|(latin, _)| *latin == bare) {
        out.push(((*written).to_owned(), 0.0));
    }
    if bare.len() == 1 {
        return vec![(format!("{}.", letter_name(&bare)), 0.0)];
    }
    let rows = table::rows(&sounds(&bare));
    let mut exact: Vec<&str> = rows.iter().filter_map(|row| table::devanagari(*row)).collect();
    // Spelled just so before spelled alike.
    exact.sort_by_key(|written| {
        let spelled = table::spelling(&plain(written)).unwrap_or_default();
        !spelled.eq_ignore_ascii_case(&bare)
    });
    for (rank, written) in exact.into_iter().enumerate() {
        out.push((written.to_owned(), if rank == 0 { 0.1 } else { 0.5 }));
    }
    let known = if out.is_empty() { 0.0 } else { 1.0 };
    out.extend(
        spelled(&bare)
            .into_iter()
            .map(|(written, cost)| (written, cost + known)),
    );
    best(out, MOST)
}

fn letter_name(letter: &str) -> &'static str {
    match letter {
        "a" => "ए",
        "b" => "बी",
        "c" => "सी",
        "d" => "डी",
        "e" => "ई",
        "f" => "एफ",
        "g" => "जी",
        "h" => "एच",
        "i" => "आई",
        "j" => "जे",
        "k" => "के",
        "l" => "एल",
        "m" => "एम",
        "n" => "एन",
        "o" => "ओ",
        "p" => "पी",
        "q" => "क्यू",
        "r" => "आर",
        "s" => "एस",
        "t" => "टी",
        "u" => "यू",
        "v" => "वी",
        "w" => "डब्ल्यू",
        "x" => "एक्स",
        "y" => "वाई",
        _ => "ज़ेड",
    }
}

#[derive(Clone, Copy)]
enum Piece {
    /// As Latin letters.
    Consonant(&'static str),
    Vowel(&'static str),
}

const CONSONANTS: [&str; 35] = [
    "ksh", "chh", "kh", "gh", "ch", "jh", "th", "dh", "ph", "bh", "sh", "gy", "ck", "k", "g", "c", "j", "t", "d", "n",
    "p", "b", "m", "y", "r", "l", "v", "w", "s", "h", "f", "z", "q", "x", "tch",
];
const VOWELS: [&str; 14] = [
    "aa", "ee", "oo", "ai", "ei", "au", "ou", "ow", "ii", "a", "e", "i", "o", "u",
];

fn pieces(word: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let opens = |after: &str| after.starts_with(['a', 'e', 'i', 'o', 'u']);
        let consonant = CONSONANTS.iter().find(|c| rest.starts_with(**c));
        let vowel = VOWELS.iter().find(|v| {
            // "ow" before a vowel is o and v.
            rest.strip_prefix(**v).is_some_and(|after| **v != "ow" || !opens(after))
        });
        let (piece, taken) = match (vowel, consonant) {
            (Some(v), _) => (Piece::Vowel(v), v.len()),
            // y is a vowel where none follows.
            (None, Some(&"y")) if !out.is_empty() && !opens(rest.get(1..).unwrap_or_default()) => match out.last() {
                Some(Piece::Vowel(_)) => (Piece::Consonant("y"), 1),
                _ => (Piece::Vowel("y"), 1),
            },
            (None, Some(c)) => (Piece::Consonant(c), c.len()),
            (None, None) => (Piece::Consonant(""), 1),
        };
        out.push(piece);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

fn spelled(word: &str) -> Vec<Spelling> {
    let pieces = pieces(word);
    let at = |place: usize| pieces.get(place).copied();
    let mut all: Vec<Spelling> = vec![(String::new(), 0.0)];
    for (place, piece) in pieces.iter().enumerate() {
        let before = place.checked_sub(1).and_then(at);
        let options: Vec<(&str, f32)> = match piece {
            Piece::Consonant(c) => consonant(c, place, at(place + 1), &pieces),
            Piece::Vowel(v) => vowel(v, matches!(before, Some(Piece::Consonant(_))), place, &pieces),
        };
        let joins: &[(&str, f32)] = match (piece, at(place + 1)) {
            (Piece::Consonant(c), Some(Piece::Consonant(next))) => joins(c, next),
            _ => &[("", 0.0)],
        };
        let mut longer = Vec::with_capacity(all.len() * options.len() * joins.len());
        for (so_far, cost) in &all {
            for (letters, more) in &options {
                for (join, joining) in joins {
                    // A nasal sign is joined as it is.
                    let join = if *letters == "ं" || letters.is_empty() {
                        ""
                    } else {
                        join
                    };
                    longer.push((format!("{so_far}{letters}{join}"), cost + more + joining));
                }
            }
        }
        all = best(longer, KEPT);
    }
    all
}

fn consonant(c: &str, place: usize, next: Option<Piece>, pieces: &[Piece]) -> Vec<(&'static str, f32)> {
    let first = place == 0;
    let had_r = pieces.iter().take(place).any(|p| matches!(p, Piece::Consonant("r")));
    let stop = matches!(
        next,
        Some(Piece::Consonant(
            "k" | "kh" | "g" | "gh" | "c" | "ch" | "chh" | "j" | "jh" | "t" | "th" | "d" | "dh" | "s" | "sh"
        ))
    );
    match c {
        "k" | "ck" => vec![("क", 0.0), ("क़", 1.6)],
        "kh" => vec![("ख", 0.0), ("ख़", 0.9)],
        "g" => vec![("ग", 0.0)],
        "gh" => vec![("घ", 0.0), ("ग़", 1.0)],
        "c" if matches!(next, Some(Piece::Vowel("e" | "i" | "y"))) => vec![("स", 0.0)],
        "c" => vec![("क", 0.0)],
        "ch" | "tch" => vec![("च", 0.0), ("छ", 1.1)],
        "chh" => vec![("छ", 0.0)],
        "j" => vec![("ज", 0.0), ("ज़", 1.3)],
        "jh" => vec![("झ", 0.0)],
        "t" => vec![("त", 0.0), ("ट", 1.0)],
        "th" => vec![("थ", 0.1), ("ठ", 1.0), ("त", 1.2)],
        "d" if first => vec![("द", 0.0), ("ड", 1.0)],
        "d" => vec![("द", 0.1), ("ड", 1.0), ("ड़", 1.2)],
        "dh" => vec![("ध", 0.0), ("ढ", 1.1)],
        "n" if stop => vec![("ं", 0.0), ("न", 0.8)],
        "n" if had_r => vec![("न", 0.2), ("ण", 0.7)],
        "n" => vec![("न", 0.0), ("ण", 1.4)],
        "p" => vec![("प", 0.0)],
        "ph" => vec![("फ", 0.0), ("फ़", 0.9)],
        "f" => vec![("फ़", 0.0), ("फ", 0.6)],
        "b" => vec![("ब", 0.0)],
        "bh" => vec![("भ", 0.0)],
        "m" if matches!(next, Some(Piece::Consonant("p" | "b" | "bh" | "ph"))) => vec![("ं", 0.2), ("म", 0.3)],
        "m" => vec![("म", 0.0)],
        "y" => vec![("य", 0.0)],
        "r" if first => vec![("र", 0.0)],
        "r" => vec![("र", 0.0), ("ड़", 1.5)],
        "l" => vec![("ल", 0.0)],
        "v" | "w" => vec![("व", 0.0)],
        "s" => vec![("स", 0.0), ("श", 1.4)],
        "sh" => vec![("श", 0.0), ("ष", 1.1)],
        "h" => vec![("ह", 0.0)],
        "z" => vec![("ज़", 0.0), ("ज", 0.7)],
        "q" => vec![("क़", 0.1), ("क", 0.6)],
        "x" => vec![("क्स", 0.2), ("क्ष", 0.5)],
        "ksh" => vec![("क्ष", 0.0)],
        "gy" => vec![("ज्ञ", 0.2), ("ग्य", 0.7)],
        _ => vec![("", 0.0)],
    }
}

const JOINED: &[(&str, f32)] = &[("्", 0.1), ("", 1.1)];
const RATHER_JOINED: &[(&str, f32)] = &[("्", 0.3), ("", 0.7)];
const EITHER: &[(&str, f32)] = &[("", 0.5), ("्", 0.6)];
const APART: &[(&str, f32)] = &[("", 0.1), ("्", 1.1)];

fn joins(c: &str, next: &str) -> &'static [(&'static str, f32)] {
    match (c, next) {
        (a, b) if a == b => JOINED,
        ("t", "th") | ("d", "dh") | ("k", "kh") | ("b", "bh") | ("c", "ch" | "chh") | ("ch", "ch" | "chh") => JOINED,
        ("m" | "n" | "l" | "h" | "z" | "f", "r") => EITHER,
        (_, "r" | "y") => JOINED,
        ("r", _) => RATHER_JOINED,
        ("s" | "sh", "t" | "th" | "k" | "p" | "m" | "n" | "w" | "v" | "l") => JOINED,
        ("k" | "p", "t") | ("t" | "d", "v" | "w" | "m") | ("n", "n" | "h" | "v" | "w") => RATHER_JOINED,
        ("h", "m" | "n" | "l") => EITHER,
        _ => APART,
    }
}

fn vowel(v: &str, after_consonant: bool, place: usize, pieces: &[Piece]) -> Vec<(&'static str, f32)> {
    let last = place + 1 == pieces.len();
    let consonants = pieces
        .iter()
        .skip(place + 1)
        .take_while(|p| matches!(p, Piece::Consonant(_)))
        .count();
    let closes = place + 1 + consonants == pieces.len();
    let gliding = matches!(pieces.get(place + 1), Some(Piece::Consonant("y"))) && closes;
    if !after_consonant {
        return match v {
            "a" if place > 0 => vec![("या", 0.2), ("आ", 0.6)],
            "a" => vec![("अ", 0.3), ("आ", 0.5)],
            "aa" => vec![("आ", 0.0)],
            "i" | "y" => vec![("इ", 0.1), ("ई", if last { 0.0 } else { 0.9 })],
            "ee" | "ii" => vec![("ई", 0.0), ("इ", 0.9)],
            "u" => vec![("उ", 0.1), ("ऊ", 1.0)],
            "oo" => vec![("ऊ", 0.1), ("उ", 0.9)],
            "e" => vec![("ए", 0.0), ("इ", 1.0)],
            "ai" | "ei" => vec![("ऐ", 0.1), ("ए", 0.7)],
            "o" => vec![("ओ", 0.0)],
            _ => vec![("औ", 0.1), ("ओ", 0.7)],
        };
    }
    match v {
        "a" if last => vec![("ा", 0.0), ("", 1.3)],
        // Before two consonants, and in "-ay", a is short.
        "a" if gliding || (consonants >= 2 && !closes) => vec![("", 0.1), ("ा", 1.0)],
        "a" if closes && consonants == 1 => vec![("", 0.4), ("ा", 0.6)],
        "a" => vec![("", 0.4), ("ा", 0.6)],
        "aa" => vec![("ा", 0.0)],
        "i" | "y" if last => vec![("ी", 0.0), ("ि", 0.8)],
        "i" | "y" => vec![("ि", 0.1), ("ी", 0.8)],
        "ee" | "ii" => vec![("ी", 0.0), ("ि", 1.1)],
        "u" if last => vec![("ू", 0.3), ("ु", 0.4)],
        "u" => vec![("ु", 0.1), ("ू", 0.8)],
        "oo" => vec![("ू", 0.1), ("ु", 0.8)],
        "e" => vec![("े", 0.0), ("ि", 1.3)],
        "ai" | "ei" => vec![("ै", 0.1), ("े", 0.7), ("ाइ", 1.2)],
        "o" => vec![("ो", 0.0)],
        _ => vec![("ौ", 0.1), ("ो", 0.7)],
    }
}
