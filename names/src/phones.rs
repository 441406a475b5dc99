//! A word as sounds, and how far two words are apart by sound and by the slips of those who type.

/// One sound, as a byte: consonants as in Latin letters with the aspirated ones in upper case (`C` chh, `P` ph and f, `S` sh,
/// `R` the flap); vowels `@` short a, `A` long a, `a` either, `i`, `u`, `e`, `o`, `E` ai, `O` au.
pub(crate) type Phone = u8;

pub(crate) const fn is_vowel(phone: Phone) -> bool {
    matches!(phone, b'@' | b'A' | b'a' | b'i' | b'u' | b'e' | b'o' | b'E' | b'O')
}

/// The sounds of a word in lower-case Latin letters (`ə` for a known short a).
pub(crate) fn phones(word: &str) -> Vec<Phone> {
    let letters: Vec<char> = word.chars().collect();
    let mut out: Vec<Phone> = Vec::with_capacity(letters.len());
    let mut place = 0;
    while let Some(&c) = letters.get(place) {
        let rest = letters.get(place..).unwrap_or_default();
        let (taken, sounds) = next(c, rest, place == 0);
        for sound in sounds {
            add(&mut out, *sound);
        }
        place += taken;
    }
    // "-nder" is "-ndra".
    if let [.., first, b'e', b'r'] = out.as_slice()
        && matches!(first, b'd' | b't')
        && out.len() > 4
    {
        let end = out.len() - 2;
        out.remove(end);
    }
    out
}

const fn latin_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'ə')
}

/// How many letters are read, and what they sound like.
fn next(c: char, rest: &[char], first: bool) -> (usize, &'static [Phone]) {
    let at = |place: usize| rest.get(place).copied().unwrap_or(' ');
    let (second, third) = (at(1), at(2));
    let open = latin_vowel(third);
    match (c, second, third) {
        ('k', 's', 'h') => (3, b"kS"),
        ('c', 'h', 'h') => (3, b"C"),
        ('t', 'c', 'h') => (3, b"c"),
        ('s', 'c', 'h') => (3, b"S"),
        ('c', 'h', _) => (2, b"c"),
        ('s', 'h', _) => (2, b"S"),
        ('k', 'h', _) => (2, b"K"),
        ('g', 'h', _) => (2, b"G"),
        ('j', 'h', _) => (2, b"J"),
        ('t', 'h', _) => (2, b"T"),
        ('d', 'h', _) => (2, b"D"),
        ('p', 'h', _) => (2, b"P"),
        ('b', 'h', _) => (2, b"B"),
        ('z', 'h', _) => (2, b"z"),
        ('r', 'h', _) => (2, b"R"),
        ('c', 'k', _) => (2, b"k"),
        ('j' | 'g', 'n', v) if latin_vowel(v) && c == 'j' => (2, b"gy"),
        ('d' | 'g' | 'j', 'n', 'y') if latin_vowel(at(3)) => (3, b"gy"),
        ('x', ..) => (1, if first { b"j" } else { b"kS" }),
        ('q', 'u', v) if latin_vowel(v) => (2, b"k"),
        ('q', ..) => (1, b"k"),
        ('c', 'e' | 'i' | 'y', _) => (1, b"s"),
        ('c', ..) => (1, b"k"),
        ('w', ..) => (1, b"v"),
        ('f', ..) => (1, b"P"),
        ('a', 'a', _) => (2, b"A"),
        ('a', 'i', v) if !latin_vowel(v) => (2, b"E"),
        ('a' | 'ə', 'y', _) if !open => (2, b"E"),
        ('e', 'i' | 'y', _) if !open => (2, b"E"),
        ('a', 'e', _) => (2, b"E"),
        ('a' | 'o', 'u', _) => (2, b"O"),
        ('o', 'w', _) if !open => (2, b"O"),
        ('a', 'o', _) => (2, b"Av"),
        ('e', 'e', _) | ('i', 'e' | 'i', _) if !latin_vowel(third) => (2, b"i"),
        ('o', 'o', _) | ('u', 'u', _) => (2, b"u"),
        ('i', 'a' | 'o' | 'u' | 'ə', _) => (1, b"iy"),
        ('i', 'y', _) if open => (2, b"iy"),
        ('y', v, _) if latin_vowel(v) => (1, b"y"),
        ('y', ..) => (1, b"i"),
        ('ə', ..) => (1, b"@"),
        ('n', 'p' | 'b' | 'f', _) => (1, b"m"),
        ('a', ..) => (1, b"a"),
        ('b', ..) => (1, b"b"),
        ('d', ..) => (1, b"d"),
        ('e', ..) => (1, b"e"),
        ('g', ..) => (1, b"g"),
        ('h', ..) => (1, b"h"),
        ('i', ..) => (1, b"i"),
        ('j', ..) => (1, b"j"),
        ('k', ..) => (1, b"k"),
        ('l', ..) => (1, b"l"),
        ('m', ..) => (1, b"m"),
        ('n', ..) => (1, b"n"),
        ('o', ..) => (1, b"o"),
        ('p', ..) => (1, b"p"),
        ('r', ..) => (1, b"r"),
        ('s', ..) => (1, b"s"),
        ('t', ..) => (1, b"t"),
        ('u', ..) => (1, b"u"),
        ('v', ..) => (1, b"v"),
        ('z', ..) => (1, b"z"),
        _ => (1, b""),
    }
}

/// Doubled sounds are one, the aspirated one if either is.
fn add(out: &mut Vec<Phone>, sound: Phone) {
    match out.last_mut() {
        Some(last) if *last == sound && sound != b'a' => {}
        Some(last)
            if is_vowel(sound)
                || !last.eq_ignore_ascii_case(&sound)
                || is_vowel(*last)
                || sound.eq_ignore_ascii_case(&b's') =>
        {
            out.push(sound);
        }
        Some(last) => *last = last.to_ascii_uppercase(),
        None => out.push(sound),
    }
}

/// What it costs to take one sound for another: 0 for no difference, 1 for a different sound.
fn substitution(a: Phone, b: Phone) -> f32 {
    if a == b {
        return 0.0;
    }
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    match (is_vowel(a), is_vowel(b)) {
        (true, true) => match (a, b) {
            (b'@' | b'A', b'a') => 0.0,
            (b'E', b'e') | (b'O', b'o') => 0.1,
            (b'e', b'i') | (b'o', b'u') => 0.2,
            (b'@', b'e') => 0.25,
            (b'E' | b'a', b'a' | b'e') | (b'O', b'a') | (b'O', b'u') => 0.3,
            (b'@', b'A' | b'o' | b'u') => 0.35,
            (b'@', b'E' | b'O' | b'i') | (b'A', b'O') | (b'E', b'i') | (b'a', b'o' | b'u') => 0.4,
            (b'A', b'E') | (b'a', b'i') => 0.5,
            (b'A', b'e' | b'o') => 0.6,
            _ => 0.8,
        },
        (false, false) => match (a, b) {
            (b'J', b'z') | (b'j', b'z') => 0.05,
            (b'C', b'c') | (b'R', b'd' | b'r') | (b'D', b'R') | (b'S', b's') => 0.1,
            (b'K', b'k') | (b'G', b'g') | (b'J', b'j') | (b'T', b't') | (b'D', b'd') | (b'B', b'b') => 0.15,
            (b'P', b'p') => 0.25,
            (b'b' | b'B', b'v') | (b'j', b'y') => 0.35,
            (b'g', b'j') | (b's', b'z') => 0.45,
            (b'B', b'P') | (b'b', b'p') | (b'd', b't') | (b'D', b'T') | (b'g', b'k') => 0.6,
            (b'c', b's') | (b'S', b'c') | (b'C', b'S') => 0.6,
            (b'm', b'n') => 0.85,
            _ => 1.0,
        },
        _ => match (a, b) {
            (b'u', b'v') => 0.2,
            (b'i', b'y') => 0.15,
            (b'o', b'v') => 0.3,
            _ => 1.2,
        },
    }
}

/// What it costs to leave a sound out, or put one in.
fn omission(word: &[Phone], place: usize) -> f32 {
    let at = |place: Option<usize>| place.and_then(|place| word.get(place)).copied();
    let Some(phone) = at(Some(place)) else { return 0.0 };
    let before = at(place.checked_sub(1));
    let last = place + 1 == word.len();
    let cluster = before.is_some_and(|b| !is_vowel(b))
        && place
            .checked_sub(2)
            .and_then(|p| at(Some(p)))
            .is_some_and(|b| !is_vowel(b));
    if last && place > 0 {
        return match phone {
            b'@' => 0.08,
            b'a' if cluster => 0.08,
            b'A' if cluster => 0.25,
            b'h' => 0.1,
            b'e' => 0.25,
            b'a' => 0.75,
            b'A' => 0.85,
            b'i' => 0.75,
            phone if is_vowel(phone) => 0.65,
            _ => 0.8,
        };
    }
    let cost = match phone {
        b'@' => 0.08,
        b'a' => 0.15,
        b'h' => 0.3,
        b'y' => 0.35,
        b'A' | b'i' | b'u' | b'e' => 0.45,
        b'o' | b'n' => 0.5,
        b'E' | b'O' | b'v' => 0.6,
        b'r' => 0.7,
        _ => 0.8,
    };
    if place == 0 { cost * 1.5 } else { cost }
}

/// Two neighbouring sounds in the wrong order.
const SWAPPED: f32 = 0.2;
/// A word that begins otherwise is more often another word.
const FIRST: f32 = 1.35;

/// How far two words are apart: 0 for alike, about 0.3 for one sound of a common name, 1 and more for others. Symmetric.
#[expect(clippy::cast_precision_loss, reason = "lengths of words")]
pub(crate) fn distance(a: &[Phone], b: &[Phone]) -> f32 {
    if a == b {
        return 0.0;
    }
    // Three rows of the table: two before, one before, this one.
    let mut row: Vec<f32> = Vec::with_capacity(b.len() + 1);
    row.push(0.0);
    for place in 0..b.len() {
        let before = row.last().copied().unwrap_or_default();
        row.push(before + omission(b, place));
    }
    let mut earlier: Vec<f32> = Vec::new();
    for (i, &x) in a.iter().enumerate() {
        let get = |row: &[f32], place: usize| row.get(place).copied().unwrap_or(f32::MAX);
        let left_out = omission(a, i);
        let mut this = Vec::with_capacity(b.len() + 1);
        this.push(get(&row, 0) + left_out);
        for (j, &y) in b.iter().enumerate() {
            let weight = if i == 0 && j == 0 { FIRST } else { 1.0 };
            let mut best = get(&row, j) + substitution(x, y) * weight;
            best = best.min(get(&row, j + 1) + left_out);
            best = best.min(get(&this, j) + omission(b, j));
            if let (Some(p), Some(q)) = (i.checked_sub(1), j.checked_sub(1))
                && a.get(p) == Some(&y)
                && b.get(q) == Some(&x)
            {
                let weight = if p == 0 && q == 0 { 2.0 } else { 1.0 };
                best = best.min(get(&earlier, q) + SWAPPED * weight);
            }
            this.push(best);
        }
        earlier = row;
        row = this;
    }
    let cost = row.last().copied().unwrap_or_default();
    cost / 0.35f32.mul_add(a.len().max(b.len()) as f32, 1.5)
}

/// Is one the other with an a or i at its end? In the names of Hindi that is the man's name and the woman's.
pub(crate) fn ends_otherwise(a: &[Phone], b: &[Phone]) -> bool {
    let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
    match long {
        [stem @ .., before, last] => {
            let cluster = stem.last().is_some_and(|first| !is_vowel(*first)) && !is_vowel(*before);
            let marks = *last == b'i' || (matches!(*last, b'a' | b'A') && !cluster);
            marks
                && !is_vowel(*before)
                && long
                    .get(..long.len() - 1)
                    .is_some_and(|stem| distance(stem, short) < 0.1)
        }
        _ => false,
    }
}
