//! Names and addresses by a seeded generator: every pair of consonants as a conjunct, every class of cluster, both scripts and
//! their mixtures. The same seed and number give the same record everywhere.

/// The consonants of Hindi, with those that a nukta makes.
pub(crate) const CONSONANTS: [&str; 43] = [
    "क",
    "ख",
    "ग",
    "घ",
    "ङ",
    "च",
    "छ",
    "ज",
    "झ",
    "ञ",
    "ट",
    "ठ",
    "ड",
    "ढ",
    "ण",
    "त",
    "थ",
    "द",
    "ध",
    "न",
    "प",
    "फ",
    "ब",
    "भ",
    "म",
    "य",
    "र",
    "ल",
    "ळ",
    "व",
    "श",
    "ष",
    "स",
    "ह",
    "क\u{93c}",
    "ख\u{93c}",
    "ग\u{93c}",
    "ज\u{93c}",
    "ड\u{93c}",
    "ढ\u{93c}",
    "फ\u{93c}",
    "\u{929}",
    "\u{931}",
];
/// Vowels that stand alone.
const VOWELS: [&str; 13] = ["अ", "आ", "इ", "ई", "उ", "ऊ", "ऋ", "ए", "ऐ", "ऑ", "ओ", "औ", "ऍ"];
/// Vowels that hang on a consonant; the empty one is the inherent a.
const SIGNS: [&str; 14] = ["", "ा", "ि", "ी", "ु", "ू", "ृ", "े", "ै", "ॉ", "ो", "ौ", "ॅ", "ॄ"];
const ENDS: [&str; 6] = ["", "", "", "ं", "ँ", "ः"];
const VIRAMA: &str = "\u{94d}";

/// Words with what is hard to set, as people write them.
pub(crate) const WORDS: [&str; 72] = [
    "श्रीमती",
    "कृष्णमूर्ति",
    "क्षत्रिय",
    "ज्ञानेश्वर",
    "त्र्यंबक",
    "उज्ज्वल",
    "विद्यार्थी",
    "ब्राह्मण",
    "चिह्न",
    "शुद्धि",
    "पद्मावती",
    "दुःख",
    "हृदयनाथ",
    "ह्रास",
    "आर्द्रा",
    "धृतराष्ट्र",
    "लक्ष्मी",
    "सूक्ष्म",
    "मत्स्य",
    "वाङ्मय",
    "पङ्क्ति",
    "अङ्कित",
    "सञ्जय",
    "काञ्चन",
    "कण्ठ",
    "पाण्डेय",
    "चन्द्रप्रकाश",
    "भट्टाचार्य",
    "चट्टोपाध्याय",
    "मुखर्जी",
    "बन्द्योपाध्याय",
    "वर्त्स्य",
    "कार्त्स्न्य",
    "राष्ट्रीय",
    "ट्रान्सपोर्ट",
    "मजिस्ट्रेट",
    "रजिस्ट्रार",
    "कर्फ्यू",
    "र्कि",
    "द्वितीय",
    "ज़्यादा",
    "फ़्लैट",
    "फ़ैज़",
    "क़ुतुब",
    "ख़्वाजा",
    "ग़ाज़ियाबाद",
    "बड़ौत",
    "गढ़ी",
    "पहाड़गंज",
    "ऱ्हस्व",
    "क्‍ष",
    "क्‌ष",
    "श्‍वेता",
    "न्‍यास",
    "प्रियङ्का",
    "ऋषि",
    "ऐश्वर्या",
    "ऑफ़िस",
    "डॉक्टर",
    "सिंह",
    "ऊँचा",
    "गाँव",
    "हूँ",
    "तत्त्व",
    "सत्त्व",
    "निश्चय",
    "पश्चिम",
    "विज्ञान",
    "आह्वान",
    "प्रह्लाद",
    "जिह्वा",
    "ब्रह्म",
];
const PLACES: [&str; 24] = [
    "मकान",
    "गली",
    "ब्लॉक",
    "सेक्टर",
    "नगर",
    "विहार",
    "पुरी",
    "एन्क्लेव",
    "एक्सटेंशन",
    "मार्ग",
    "चौक",
    "बाग़",
    "गंज",
    "सराय",
    "खुर्द",
    "कलाँ",
    "मोहल्ला",
    "बस्ती",
    "पार्क",
    "कॉलोनी",
    "अपार्टमेंट्स",
    "सोसाइटी",
    "हाउस",
    "दिल्ली",
];
const LATIN: [&str; 24] = [
    "Sh", "ri", "ka", "na", "Venkat", "ra", "man", "Bha", "tta", "cha", "rya", "Kri", "sh", "Mu", "kher", "jee", "ya",
    "dav", "Fa", "iz", "Qu", "reshi", "Tho", "mas",
];

/// A record: the values of six rows, each in both scripts, or in Hindi alone.
pub(crate) struct Sample {
    /// English and Hindi values.
    pub(crate) values: Vec<(Option<String>, String)>,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.next(list.len())]
    }
}

/// Makes record after record; the pairs of consonants follow each other, so that no stretch leaves one out for long.
pub(crate) struct Generator {
    chance: Chance,
    pair: usize,
    made: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            chance: Chance(seed),
            pair: 0,
            made: 0,
        }
    }

    /// The next pair of consonants.
    fn pair(&mut self) -> (&'static str, &'static str) {
        let count = CONSONANTS.len();
        // 20 is prime to 43: the second walks through all while the first moves on.
        let (first, second) = (self.pair / count % count, self.pair * 20 % count);
        self.pair += 1;
        (CONSONANTS[first], CONSONANTS[second])
    }

    /// One syllable of a class that chance picks.
    fn syllable(&mut self) -> String {
        let class = self.chance.next(16);
        let (first, second) = match class {
            13 | 14 => (self.chance.of(&CONSONANTS), self.chance.of(&CONSONANTS)),
            _ => self.pair(),
        };
        let third = self.chance.of(&CONSONANTS);
        let sign = self.chance.of(&SIGNS);
        let end = self.chance.of(&ENDS);
        match class {
            // Conjuncts of two, the plain way.
            0..=6 => format!("{first}{VIRAMA}{second}{sign}{end}"),
            // Of three.
            7 | 8 => format!("{first}{VIRAMA}{second}{VIRAMA}{third}{sign}{end}"),
            // A ra above, with a sign on the same letter; a ra below.
            9 => format!("र{VIRAMA}{first}{VIRAMA}{second}{sign}{end}"),
            10 => format!("{first}{VIRAMA}{second}{VIRAMA}र{sign}{end}"),
            // Joiners: the half form asked for, the conjunct forbidden.
            11 => format!("{first}{VIRAMA}\u{200d}{second}{sign}{end}"),
            12 => format!("{first}{VIRAMA}\u{200c}{second}{sign}{end}"),
            // Plain letters, and a virama that is seen.
            13 => format!("{first}{sign}{second}{end}"),
            14 => format!("{first}{sign}{second}{VIRAMA}"),
            _ => format!("{}{first}{VIRAMA}{second}{sign}", self.chance.of(&VOWELS)),
        }
    }

    fn word(&mut self) -> String {
        if self.chance.next(4) == 0 {
            return self.chance.of(&WORDS).to_owned();
        }
        (0..1 + self.chance.next(3)).map(|_| self.syllable()).collect()
    }

    fn name(&mut self) -> (String, String) {
        let words: Vec<String> = (0..1 + self.chance.next(4)).map(|_| self.word()).collect();
        let latin: Vec<String> = (0..words.len()).map(|_| self.latin()).collect();
        (latin.join(" "), words.join(" "))
    }

    fn latin(&mut self) -> String {
        let parts: String = (0..1 + self.chance.next(3)).map(|_| self.chance.of(&LATIN)).collect();
        match self.chance.next(8) {
            0 => format!("O'{parts}"),
            1 => format!("{parts}-{}", self.chance.of(&LATIN)),
            2 => format!("({parts})"),
            3 => format!("{parts}."),
            _ => parts,
        }
    }

    /// As addresses are written: letters, digits of both kinds and Latin in the middle of Hindi.
    fn address(&mut self) -> (String, String) {
        let number = self.chance.next(999);
        let hindi_number: String = self
            .chance
            .next(9999)
            .to_string()
            .chars()
            .filter_map(|digit| char::from_u32(u32::from(digit) - 0x30 + 0x966))
            .collect();
        let block = self.chance.of(&["A", "B-12", "C/4", "DDA", "GH-7", "WZ"]);
        let (latin, hindi) = self.name();
        let place = self.chance.of(&PLACES);
        let other = self.chance.of(&PLACES);
        let word = self.word();
        (
            format!("{block} {number}, {latin}, Delhi 1100{:02}", number % 97),
            format!("{place} {block}-{number}, {hindi} {other}, {word}/{word} (निकट: {word}) – {hindi_number}।"),
        )
    }
}

impl Iterator for Generator {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.made += 1;
        let mut values = Vec::new();
        for _ in 0..3 {
            let (latin, hindi) = self.name();
            values.push((Some(latin), hindi));
        }
        for _ in 0..2 {
            let (latin, hindi) = self.address();
            values.push((Some(latin), hindi));
        }
        // A field that is filled in Hindi alone, and now and then a name of two hundred letters.
        let long = self.made.is_multiple_of(40);
        let mut hindi = self.name().1;
        while hindi.chars().count() < if long { 200 } else { 1 } {
            hindi.push_str(&self.syllable());
        }
        values.push((None, hindi));
        Some(Sample { values })
    }
}
