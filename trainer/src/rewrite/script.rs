//! From one script to the other, as people do it on a telephone. The table is its own: what is measured with it must not lean on the one by
//! which the understanding reads.

use std::fmt::Write as _;

use super::is_devanagari;

/// Devanagari in a usual Latin spelling; everything else as it is.
pub(super) fn romanised(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars() {
        match c {
            '\u{200C}' | '\u{200D}' => {}
            c if is_devanagari(c) => word.push(c),
            c => {
                out.push_str(&latin(&std::mem::take(&mut word)));
                match c {
                    '।' | '॥' => out.push('.'),
                    c => match u32::from(c).checked_sub(0x966).filter(|digit| *digit < 10) {
                        Some(digit) => {
                            let _written = write!(out, "{digit}");
                        }
                        None => out.push(c),
                    },
                }
            }
        }
    }
    out + &latin(&word)
}

/// One consonant with the vowel behind it, or a vowel alone.
#[derive(Clone, Copy, Default)]
struct Syllable {
    consonant: &'static str,
    vowel: Vowel,
    nasal: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Vowel {
    /// Struck out by a virama.
    #[default]
    None,
    /// Not written.
    Short,
    Written(char),
}

fn latin(word: &str) -> String {
    let mut syllables = syllables(word);
    drop_short_vowels(&mut syllables);
    let sounded = syllables
        .iter()
        .filter(|syllable| syllable.vowel != Vowel::None)
        .count();
    let ends_in_vowel = syllables
        .last()
        .is_some_and(|last| last.vowel != Vowel::None && !last.nasal);
    let closed = sounded == 1 && !ends_in_vowel;
    let mut out = String::new();
    for (place, syllable) in syllables.iter().enumerate() {
        let next = syllables.get(place + 1);
        out.push_str(match (syllable.consonant, syllable.vowel) {
            ("chh", _) if place > 0 => "ch",
            // "wala", "vidhwa", but "vivah", "viklang".
            ("v", Vowel::Written('\u{93E}')) => "w",
            ("v", _)
                if place > 0
                    && syllables
                        .get(place - 1)
                        .is_some_and(|before| before.vowel == Vowel::None) =>
            {
                "w"
            }
            // "chchh" is written "cch".
            ("ch", Vowel::None) if next.is_some_and(|next| next.consonant == "chh") => "c",
            (consonant, _) => consonant,
        });
        out.push_str(match syllable.vowel {
            Vowel::None => "",
            Vowel::Short | Vowel::Written('अ') => "a",
            // Long where nothing else tells: "naam", but "praman"; "teen", but "beti".
            Vowel::Written('\u{93E}' | 'आ') => {
                if closed || (place == 0 && syllable.consonant.is_empty() && sounded <= 2) {
                    "aa"
                } else {
                    "a"
                }
            }
            Vowel::Written('\u{940}' | 'ई') => {
                if closed && !syllable.nasal {
                    "ee"
                } else {
                    "i"
                }
            }
            Vowel::Written('\u{942}' | 'ऊ') => {
                if closed && !syllable.nasal {
                    "oo"
                } else {
                    "u"
                }
            }
            Vowel::Written('\u{93F}' | 'इ') => {
                // "chahiye": a glide before the next vowel.
                if next.is_some_and(|next| next.consonant.is_empty()) {
                    "iy"
                } else {
                    "i"
                }
            }
            Vowel::Written('\u{941}' | 'उ') => "u",
            Vowel::Written('\u{943}' | 'ऋ') => "ri",
            Vowel::Written('\u{947}' | 'ए') => "e",
            Vowel::Written('\u{948}' | 'ऐ') => "ai",
            Vowel::Written('\u{94B}' | '\u{949}' | 'ओ' | 'ऑ') => "o",
            Vowel::Written('\u{94C}' | 'औ') => "au",
            Vowel::Written(_) => "e",
        });
        if syllable.nasal {
            let lips = next.is_some_and(|next| matches!(next.consonant, "p" | "b" | "bh" | "m"));
            out.push_str(if lips { "m" } else { "n" });
        }
    }
    out
}

fn syllables(word: &str) -> Vec<Syllable> {
    let mut out: Vec<Syllable> = Vec::new();
    for c in word.chars() {
        if let Some(consonant) = consonant(c) {
            out.push(Syllable {
                consonant,
                vowel: Vowel::Short,
                nasal: false,
            });
            continue;
        }
        match (c, out.last_mut()) {
            ('\u{94D}', Some(last)) => last.vowel = Vowel::None,
            // People write the nukta of z alone.
            ('\u{93C}', Some(last)) if last.consonant == "j" => last.consonant = "z",
            ('\u{901}' | '\u{902}', Some(last)) => last.nasal = true,
            ('\u{93E}'..='\u{94C}', Some(last)) => last.vowel = Vowel::Written(c),
            ('\u{904}'..='\u{914}', _) => out.push(Syllable {
                consonant: "",
                vowel: Vowel::Written(c),
                nasal: false,
            }),
            _ => {}
        }
    }
    out
}

/// The short vowel goes at the end of a word, but behind y, r, l and v after another consonant ("patra"), and between two syllables
/// that have theirs ("banwana"), from right to left.
fn drop_short_vowels(syllables: &mut [Syllable]) {
    let vowel = |syllables: &[Syllable], place: Option<usize>| {
        place
            .and_then(|place| syllables.get(place))
            .map(|syllable| syllable.vowel)
    };
    let Some(end) = syllables.len().checked_sub(1) else {
        return;
    };
    let behind_another = vowel(syllables, end.checked_sub(1)) == Some(Vowel::None);
    if let Some(last) = syllables.last_mut()
        && end > 0
        && last.vowel == Vowel::Short
        && !last.nasal
        && !(behind_another && matches!(last.consonant, "y" | "r" | "l" | "v"))
    {
        last.vowel = Vowel::None;
    }
    for place in (1..end).rev() {
        let bare = syllables
            .get(place)
            .is_some_and(|s| s.vowel == Vowel::Short && !s.nasal && !s.consonant.is_empty());
        let before = syllables
            .get(place - 1)
            .is_some_and(|s| s.vowel != Vowel::None && !s.nasal);
        let after = syllables
            .get(place + 1)
            .is_some_and(|s| s.vowel != Vowel::None && !s.consonant.is_empty());
        if bare
            && before
            && after
            && let Some(syllable) = syllables.get_mut(place)
        {
            syllable.vowel = Vowel::None;
        }
    }
}

const fn consonant(c: char) -> Option<&'static str> {
    Some(match c {
        'क' | '\u{958}' => "k",
        'ख' | '\u{959}' => "kh",
        'ग' | '\u{95A}' => "g",
        'घ' => "gh",
        'च' => "ch",
        'छ' => "chh",
        'ज' => "j",
        '\u{95B}' => "z",
        'झ' => "jh",
        'ट' | 'त' => "t",
        'ठ' | 'थ' => "th",
        'ड' | 'द' | '\u{95C}' => "d",
        'ढ' | 'ध' | '\u{95D}' => "dh",
        'ङ' | 'ञ' | 'ण' | 'न' => "n",
        'प' => "p",
        'फ' | '\u{95E}' => "f",
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

/// The Devanagari of a frequent word of Hindi in Latin letters, whatever its case.
pub(super) fn in_devanagari(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    FREQUENT
        .iter()
        .find(|(latin, _)| *latin == word)
        .map(|(_, devanagari)| *devanagari)
}

/// The words that lines in Latin letters use most, without those that have two readings (*di*, *le*).
const FREQUENT: &[(&str, &str)] = &[
    ("hai", "है"),
    ("ka", "का"),
    ("me", "में"),
    ("mein", "में"),
    ("ki", "की"),
    ("ke", "के"),
    ("certificate", "सर्टिफिकेट"),
    ("se", "से"),
    ("nahi", "नहीं"),
    ("nhi", "नहीं"),
    ("to", "तो"),
    ("kya", "क्या"),
    ("do", "दो"),
    ("card", "कार्ड"),
    ("licence", "लाइसेंस"),
    ("license", "लाइसेंस"),
    ("naam", "नाम"),
    ("wala", "वाला"),
    ("wale", "वाले"),
    ("wali", "वाली"),
    ("ho", "हो"),
    ("hain", "हैं"),
    ("liye", "लिए"),
    ("kagaz", "कागज़"),
    ("gaya", "गया"),
    ("gayi", "गई"),
    ("gaye", "गए"),
    ("form", "फॉर्म"),
    ("pension", "पेंशन"),
    ("tha", "था"),
    ("thi", "थी"),
    ("pe", "पे"),
    ("mera", "मेरा"),
    ("mere", "मेरे"),
    ("meri", "मेरी"),
    ("ko", "को"),
    ("ne", "ने"),
    ("bhi", "भी"),
    ("ab", "अब"),
    ("praman", "प्रमाण"),
    ("patra", "पत्र"),
    ("aur", "और"),
    ("kitne", "कितने"),
    ("kitna", "कितना"),
    ("kitni", "कितनी"),
    ("raha", "रहा"),
    ("rahi", "रही"),
    ("rahe", "रहे"),
    ("chahiye", "चाहिए"),
    ("hua", "हुआ"),
    ("hui", "हुई"),
    ("wo", "वो"),
    ("diya", "दिया"),
    ("din", "दिन"),
    ("saal", "साल"),
    ("ghar", "घर"),
    ("dilli", "दिल्ली"),
    ("delhi", "दिल्ली"),
    ("ek", "एक"),
    ("ji", "जी"),
    ("hu", "हूँ"),
    ("hun", "हूँ"),
    ("hoon", "हूँ"),
    ("koi", "कोई"),
    ("galat", "गलत"),
    ("ya", "या"),
    ("kar", "कर"),
    ("ye", "ये"),
    ("yeh", "यह"),
    ("hi", "ही"),
    ("jo", "जो"),
    ("kab", "कब"),
    ("kaise", "कैसे"),
    ("kahan", "कहाँ"),
    ("kaun", "कौन"),
    ("de", "दे"),
    ("bhai", "भाई"),
    ("wapas", "वापस"),
    ("school", "स्कूल"),
    ("hum", "हम"),
    ("papa", "पापा"),
    ("mahine", "महीने"),
    ("mahina", "महीना"),
    ("par", "पर"),
    ("pehle", "पहले"),
    ("fees", "फीस"),
    ("bank", "बैंक"),
    ("tak", "तक"),
    ("sarkari", "सरकारी"),
    ("beta", "बेटा"),
    ("beti", "बेटी"),
    ("bete", "बेटे"),
    ("mil", "मिल"),
    ("bana", "बना"),
    ("ban", "बन"),
    ("dukaan", "दुकान"),
    ("dukan", "दुकान"),
    ("rashan", "राशन"),
    ("ration", "राशन"),
    ("karo", "करो"),
    ("karna", "करना"),
    ("likha", "लिखा"),
    ("likh", "लिख"),
    ("aaya", "आया"),
    ("yahan", "यहाँ"),
    ("shaadi", "शादी"),
    ("shadi", "शादी"),
    ("gaadi", "गाड़ी"),
    ("baad", "बाद"),
    ("banwana", "बनवाना"),
    ("banwani", "बनवानी"),
    ("abhi", "अभी"),
    ("kuch", "कुछ"),
    ("sab", "सब"),
    ("uska", "उसका"),
    ("uski", "उसकी"),
    ("mujhe", "मुझे"),
    ("aay", "आय"),
    ("sakta", "सकता"),
    ("sakte", "सकते"),
    ("niwas", "निवास"),
    ("janm", "जन्म"),
    ("janam", "जन्म"),
    ("gaon", "गाँव"),
    ("bachche", "बच्चे"),
    ("milega", "मिलेगा"),
    ("milegi", "मिलेगी"),
    ("asli", "असली"),
    ("pati", "पति"),
    ("lena", "लेना"),
    ("dena", "देना"),
    ("kaam", "काम"),
    ("bina", "बिना"),
    ("zameen", "ज़मीन"),
    ("umar", "उम्र"),
    ("pata", "पता"),
    ("police", "पुलिस"),
    ("gya", "गया"),
    ("chalega", "चलेगा"),
    ("paise", "पैसे"),
    ("paisa", "पैसा"),
    ("baar", "बार"),
    ("paas", "पास"),
    ("haan", "हाँ"),
    ("bhejo", "भेजो"),
    ("naya", "नया"),
    ("karwana", "करवाना"),
    ("vidhwa", "विधवा"),
    ("hoga", "होगा"),
    ("makan", "मकान"),
    ("lagega", "लगेगा"),
    ("lagenge", "लगेंगे"),
    ("jati", "जाति"),
    ("sahi", "सही"),
    ("theek", "ठीक"),
    ("kal", "कल"),
    ("maa", "माँ"),
    ("pita", "पिता"),
    ("shikayat", "शिकायत"),
    ("aavedan", "आवेदन"),
    ("avedan", "आवेदन"),
    ("batao", "बताओ"),
    ("dobara", "दोबारा"),
    ("office", "ऑफिस"),
    ("mrityu", "मृत्यु"),
    ("vivah", "विवाह"),
    ("driving", "ड्राइविंग"),
    ("iska", "इसका"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devanagari_comes_out_as_people_write_it() {
        for (devanagari, latin) in [
            ("जन्म प्रमाण पत्र बनवाना है", "janm praman patra banwana hai"),
            ("मेरा नाम क्या है", "mera naam kya hai"),
            ("आय का सर्टिफिकेट चाहिए।", "aay ka sartifiket chahiye."),
            ("विधवा पेंशन", "vidhwa penshan"),
            ("लड़की बदलना सरकार समय", "ladki badalna sarkar samay"),
            ("बच्चे अच्छा छोटा", "bachche accha chhota"),
            ("ज़मीन ज\u{93C}मीन फ़ीस", "zamin zamin fees"),
            ("तीन बेटी दूर", "teen beti door"),
            ("१५/०८/२०१९ तक", "15/08/2019 tak"),
            ("हाँ, PAN दिया", "haan, PAN diya"),
        ] {
            assert_eq!(romanised(devanagari), latin);
        }
    }

    #[test]
    fn each_word_of_the_table_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (latin, devanagari) in FREQUENT {
            assert!(seen.insert(latin), "{latin}");
            assert!(
                latin.bytes().all(|b| b.is_ascii_lowercase()) && devanagari.chars().all(is_devanagari),
                "{latin}"
            );
        }
        assert_eq!(in_devanagari("Shaadi"), Some("शादी"));
        assert_eq!(in_devanagari("delay"), None);
    }
}
