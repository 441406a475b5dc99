//! Devanagari in Latin letters, as people in Delhi write it: "Ramesh", "Kamla", "aapka aavedan".

use crate::{
    letters::{Letter, Vowel, spoken},
    script::{is_devanagari, plain},
    table,
};

/// For what the letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A person's name: common names as they are commonly spelled, each word with a capital.
    Name,
    /// Words of a sentence, in lower case.
    Sentence,
}

/// The words in Devanagari put into Latin letters; everything else as it stands.
#[must_use]
pub fn to_latin(text: &str, style: Style) -> String {
    let plain = match style {
        // Case of what is already Latin is kept in a sentence.
        Style::Sentence => nuktas_apart(text),
        Style::Name => plain(text).into_owned(),
    };
    let mut out = String::with_capacity(plain.len());
    let mut word = String::new();
    for c in plain.chars() {
        if is_devanagari(c) && !matches!(c, '।' | '॥') || (matches!(c, '\u{200C}' | '\u{200D}') && !word.is_empty())
        {
            word.push(c);
            continue;
        }
        finish(&mut word, style, &mut out);
        match c {
            '।' | '॥' => out.push('.'),
            c => out.push(c),
        }
    }
    finish(&mut word, style, &mut out);
    match style {
        Style::Name => capitals(&out),
        Style::Sentence => out,
    }
}

fn nuktas_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_devanagari(c) {
            unicode_normalization::char::decompose_canonical(c, |part| out.push(part));
        } else {
            out.push(c);
        }
    }
    out
}

fn finish(word: &mut String, style: Style, out: &mut String) {
    if word.is_empty() {
        return;
    }
    match (style, table::spelling(word)) {
        (Style::Name, Some(spelling)) => out.push_str(spelling),
        _ => out.push_str(&written(&spoken(word), style)),
    }
    word.clear();
}

fn capitals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = !c.is_alphabetic() && c != '\'';
    }
    out
}

/// Letter for letter with long vowels doubled and spoken inherent vowels as `ə`: what the comparison of sounds reads.
pub(crate) fn fine(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for letter in spoken(word) {
        if let Some((c, nukta)) = letter.consonant {
            out.push_str(consonant(c, nukta, Style::Name));
        }
        match letter.vowel {
            Vowel::Joined | Vowel::Dropped => {}
            Vowel::Inherent | Vowel::Written('अ') => out.push('ə'),
            Vowel::Written('आ') => out.push_str("aa"),
            Vowel::Written(vowel) => out.push_str(short(vowel)),
        }
        if letter.nasal {
            out.push('n');
        }
    }
    out
}

const fn consonant(c: char, nukta: bool, style: Style) -> &'static str {
    match (c, nukta, style) {
        ('क', true, Style::Name) => "q",
        ('क', ..) => "k",
        ('ख', ..) => "kh",
        ('ग', true, Style::Name) | ('घ', ..) => "gh",
        ('ग', ..) => "g",
        ('ङ', ..) => "n",
        ('च', ..) => "ch",
        ('छ', ..) => "chh",
        ('ज', true, _) => "z",
        ('ज', ..) => "j",
        ('झ', ..) => "jh",
        ('ञ' | 'ण' | 'न' | 'ऩ', ..) => "n",
        ('ट' | 'त', ..) => "t",
        ('ठ' | 'थ', ..) => "th",
        ('ड', true, Style::Name) => "r",
        ('ड' | 'द', ..) => "d",
        ('ढ' | 'ध', ..) => "dh",
        ('प', ..) => "p",
        ('फ', true, _) => "f",
        ('फ', ..) => "ph",
        ('ब', ..) => "b",
        ('भ', ..) => "bh",
        ('म', ..) => "m",
        ('य', ..) => "y",
        ('र' | 'ऱ', ..) => "r",
        ('ल' | 'ळ' | 'ऴ', ..) => "l",
        ('व', ..) => "v",
        ('श' | 'ष', ..) => "sh",
        ('स', ..) => "s",
        ('ह', ..) => "h",
        _ => "",
    }
}

const fn short(vowel: char) -> &'static str {
    match vowel {
        'अ' | 'आ' => "a",
        'इ' | 'ई' => "i",
        'उ' | 'ऊ' => "u",
        'ऋ' => "ri",
        'ए' => "e",
        'ऐ' => "ai",
        'ओ' => "o",
        'औ' => "au",
        _ => "",
    }
}

/// The word as people write it.
fn written(letters: &[Letter], style: Style) -> String {
    let mut out = String::new();
    let at = |place: usize| letters.get(place);
    let syllables = letters
        .iter()
        .filter(|l| matches!(l.vowel, Vowel::Inherent | Vowel::Written(_)))
        .count();
    let mut spoken_so_far = 0;
    let mut place = 0;
    while let Some(letter) = at(place) {
        let next = at(place + 1);
        let is =
            |letter: Option<&Letter>, c: char| letter.and_then(|l| l.consonant).is_some_and(|(known, _)| known == c);
        if let Some((c, nukta)) = letter.consonant {
            let before_joined = place.checked_sub(1).and_then(at).filter(|l| l.vowel == Vowel::Joined);
            let joined = letter.vowel == Vowel::Joined;
            match c {
                // gy, and w after s, sh, d, t and in "-wal", "-wala".
                'ज' if joined && is(next, 'ञ') => out.push('g'),
                'ञ' if is(before_joined, 'ज') => out.push('y'),
                'व' if matches!(
                    before_joined.and_then(|l| l.consonant),
                    Some(('स' | 'श' | 'द' | 'त' | 'ख', _))
                ) || (place > 0 && letter.vowel == Vowel::Written('आ') && is(next, 'ल')) =>
                {
                    out.push('w');
                }
                // Doubled ch is written once: "accha", "baccha".
                'च' if joined && (is(next, 'च') || is(next, 'छ')) => out.push('c'),
                'छ' if is(before_joined, 'च') => out.push_str("ch"),
                c => out.push_str(consonant(c, nukta, style)),
            }
        }
        // Is the syllable closed by a consonant that ends the word?
        let closes = next.is_some_and(|n| n.consonant.is_some() && matches!(n.vowel, Vowel::Dropped | Vowel::Joined))
            && letters
                .iter()
                .skip(place + 1)
                .all(|l| matches!(l.vowel, Vowel::Dropped | Vowel::Joined));
        let alone = letter.consonant.is_none();
        let before = place.checked_sub(1).and_then(at).map(|l| l.vowel);
        match letter.vowel {
            Vowel::Joined | Vowel::Dropped => {}
            Vowel::Inherent => out.push('a'),
            Vowel::Written(vowel) => out.push_str(match (vowel, style) {
                ('आ', Style::Sentence) if alone && place == 0 => "aa",
                ('आ', Style::Sentence) if syllables == 1 && (closes || letter.nasal) => "aa",
                ('ई', Style::Name) if closes && !is(next, 'श') && !is(next, 'ष') && !is(next, 'ल') => "ee",
                ('ई', _) if spoken_so_far == 0 && next.is_some() && !alone => "ee",
                ('ऊ', Style::Sentence) if syllables == 1 && (closes || letter.nasal) => "oo",
                ('ई', Style::Sentence) if alone && before == Some(Vowel::Inherent) => "yi",
                ('ए', Style::Sentence)
                    if alone && matches!(before, Some(Vowel::Written('आ' | 'इ' | 'ई') | Vowel::Inherent)) =>
                {
                    "ye"
                }
                (vowel, _) => short(vowel),
            }),
        }
        if matches!(letter.vowel, Vowel::Inherent | Vowel::Written(_)) {
            spoken_so_far += 1;
        }
        if letter.nasal {
            let labial = matches!(next.and_then(|l| l.consonant), Some(('प' | 'फ' | 'ब' | 'भ' | 'म', _)));
            out.push(if labial { 'm' } else { 'n' });
        }
        place += 1;
    }
    out
}
