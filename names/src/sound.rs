//! One key by sound for Devanagari and Latin letters, so that जन्म, janam and janm are one word.
//!
//! Short *a* is dropped everywhere but at the beginning. That makes deletion of the inherent vowel, which
//! Hindi does by rule and Latin spelling by habit, a matter of course.

/// The three views of a word, from exact to coarse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Consonants and the vowels e, i, o, u.
    pub fine: String,
    /// The same with e and i, o and u taken together.
    pub coarse: String,
    /// Consonants alone, with the first letter.
    pub skeleton: String,
}

impl Key {
    /// The key of one word, in Devanagari or Latin letters.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let fine = fold(&romanised(word));
        let coarse = squeezed(fine.chars().map(|c| match c {
            'e' => 'i',
            'o' => 'u',
            c => c,
        }));
        let skeleton = squeezed(
            fine.chars()
                .enumerate()
                .filter(|(place, c)| *place == 0 || !is_vowel(*c))
                .map(|(_, c)| c),
        );
        Self { fine, coarse, skeleton }
    }

    /// Do both sound alike? The shorter a word, the closer it must be: short words collide.
    #[must_use]
    pub fn sounds_like(&self, other: &Self) -> bool {
        (self.fine.len() >= 3 && self.fine == other.fine)
            || (self.coarse.len() >= 4 && self.coarse == other.coarse)
            || (self.skeleton.len() >= 5 && self.skeleton == other.skeleton)
    }
}

const fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn squeezed(letters: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in letters {
        if !out.ends_with(c) || c.is_ascii_digit() {
            out.push(c);
        }
    }
    out
}

/// Devanagari letter by letter in Latin letters; everything else as it is, in lower case.
#[must_use]
pub fn romanised(word: &str) -> String {
    let mut out = String::new();
    let mut letters = word.chars().peekable();
    while let Some(c) = letters.next() {
        if let Some(consonant) = consonant(c) {
            out.push_str(consonant);
            // The nukta makes k to q or d to r; people do not tell them apart in writing.
            while letters.peek() == Some(&'\u{93C}') {
                letters.next();
            }
            let bare = letters
                .peek()
                .is_some_and(|next| *next == '\u{94D}' || matra(*next).is_some());
            if !bare {
                out.push('a');
            }
        } else if let Some(vowel) = matra(c).or_else(|| vowel(c)) {
            out.push_str(vowel);
        } else {
            match c {
                '\u{902}' | '\u{901}' => out.push('n'),
                '\u{94D}' | '\u{93C}' | '\u{903}' => {}
                c => out.extend(c.to_lowercase()),
            }
        }
    }
    out
}

const fn consonant(c: char) -> Option<&'static str> {
    Some(match c {
        'क' | '\u{958}' => "k",
        'ख' | '\u{959}' => "kh",
        'ग' | '\u{95A}' => "g",
        'घ' => "gh",
        'च' => "ch",
        'छ' => "chh",
        'ज' | '\u{95B}' => "j",
        'झ' => "jh",
        'ट' | 'त' => "t",
        'ठ' | 'थ' => "th",
        'ड' | 'द' | '\u{95C}' => "d",
        'ढ' | 'ध' | '\u{95D}' => "dh",
        'ङ' | 'ञ' | 'ण' | 'न' => "n",
        'प' => "p",
        'फ' | '\u{95E}' => "ph",
        'ब' => "b",
        'भ' => "bh",
        'म' => "m",
        'य' | '\u{95F}' => "y",
        'र' => "r",
        'ल' | 'ळ' => "l",
        'व' => "v",
        'श' | 'ष' => "sh",
        'स' => "s",
        'ह' => "h",
        _ => return None,
    })
}

const fn matra(c: char) -> Option<&'static str> {
    Some(match c {
        'ा' => "aa",
        'ि' => "i",
        'ी' => "ee",
        'ु' => "u",
        'ू' => "oo",
        'ृ' => "ri",
        'े' => "e",
        'ै' => "ai",
        'ो' | 'ॉ' => "o",
        'ौ' => "au",
        _ => return None,
    })
}

const fn vowel(c: char) -> Option<&'static str> {
    Some(match c {
        'अ' => "a",
        'आ' => "aa",
        'इ' => "i",
        'ई' => "ee",
        'उ' => "u",
        'ऊ' => "oo",
        'ऋ' => "ri",
        'ए' => "e",
        'ऐ' => "ai",
        'ओ' | 'ऑ' => "o",
        'औ' => "au",
        _ => return None,
    })
}

/// Digraphs first, then single letters, then what people leave out.
fn fold(latin: &str) -> String {
    let mut word = latin.to_owned();
    for (from, to) in [
        ("tion", "sn"),
        ("ssion", "sn"),
        ("sion", "sn"),
        ("ph", "f"),
        ("ck", "k"),
        ("x", "ks"),
        ("q", "k"),
        ("w", "v"),
        ("z", "j"),
        ("ee", "i"),
        ("oo", "u"),
        ("aa", "a"),
        ("ai", "e"),
        ("ay", "e"),
        ("ei", "e"),
        ("ey", "e"),
        ("au", "o"),
        ("ou", "o"),
    ] {
        if word.contains(from) {
            word = word.replace(from, to);
        }
    }
    let letters: Vec<char> = word.chars().collect();
    let at = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied();
    let mut out = String::new();
    for (place, &c) in letters.iter().enumerate() {
        let before = at(place.checked_sub(1));
        let after = at(place.checked_add(1));
        match c {
            'a' if place > 0 => {}
            'h' if before.is_some_and(|b| b.is_ascii_alphabetic() && !is_vowel(b)) => {}
            // `ch` keeps its own letter; c alone is s before e, i, y and else k.
            'c' if after == Some('h') => out.push('c'),
            'c' if matches!(after, Some('e' | 'i' | 'y')) => out.push('s'),
            'c' => out.push('k'),
            'y' if place > 0 && (before.is_some_and(|b| matches!(b, 'i' | 'e')) || !after.is_some_and(is_vowel)) => {
                out.push('i');
            }
            'n' if matches!(after, Some('p' | 'b')) => out.push('m'),
            c => out.push(c),
        }
    }
    let mut out = squeezed(out.chars());
    if out.len() > 3 && out.ends_with('e') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        a.to_lowercase() == b.to_lowercase() || Key::of(a).sounds_like(&Key::of(b))
    }

    #[test]
    fn one_word_in_two_scripts_and_many_spellings() {
        for group in [
            &["जन्म", "janm", "janam", "janma"][..],
            &["प्रमाण", "praman", "pramaan", "parman"],
            &["पत्र", "patra", "patr", "ptr"],
            &["विधवा", "vidhwa", "vidhva", "widhwa"],
            &["पेंशन", "pension", "pention", "penshan"],
            &["ड्राइविंग", "driving", "draiving"],
            &["लाइसेंस", "licence", "license", "laisens"],
            &["सर्टिफिकेट", "certificate", "certifikate"],
            &["राशन", "rashan", "raashan", "ration"],
            &["आवेदन", "aavedan", "avedan", "awedan"],
            &["शिकायत", "shikayat", "shikaayat", "sikayat"],
            &["शादी", "shadi", "shaadi", "shaadee"],
            &["चाहिए", "chahiye", "chahie", "चाहिये"],
            &["कैसे", "kaise", "kese"],
            &["फीस", "फ़ीस", "fees", "phees"],
            &["दस्तावेज़", "दस्तावेज", "dastavej", "dastaavez"],
            &["बनवाना", "banwana", "banvana", "banwaana"],
            &["विवाह", "vivah", "vivaah"],
            &["ज़मीन", "jameen", "zameen", "jamin"],
        ] {
            for word in group {
                assert!(
                    alike(group[0], word),
                    "{} / {word}: {:?} {:?}",
                    group[0],
                    Key::of(group[0]),
                    Key::of(word)
                );
            }
        }
    }

    #[test]
    fn different_words_stay_apart() {
        for (a, b) in [
            ("sc", "st"),
            ("sc", "rc"),
            ("din", "dena"),
            ("jati", "jate"),
            ("birth", "death"),
            ("mata", "pita"),
            ("hi", "ha"),
            ("kab", "kaun"),
            ("obc", "ews"),
            ("ek", "aur"),
            ("delhi", "hi"),
            ("fee", "free"),
            ("nahi", "naam"),
        ] {
            assert!(!alike(a, b), "{a} / {b}: {:?} {:?}", Key::of(a), Key::of(b));
        }
    }
}
