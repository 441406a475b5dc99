//! A name as words: which are titles, which are initials, which only go along with the name, and which are the name.

use crate::{
    MAX_CHARS, NameError,
    phones::Phone,
    script::{is_devanagari, plain},
    sound::Key,
    table::{self, Row, sounds},
};

/// Said of a person by a title or a byword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gender {
    Female,
    Male,
}

use Gender::{Female, Male};

/// Words before or behind a name that are no part of it.
const TITLES: &[(&str, Option<Gender>)] = &[
    (
        "shri shree sri sh shriman mr mister sardar janab श्री श्रीमान मि मिस्टर सरदार जनाब",
        Some(Male),
    ),
    (
        "smt shrimati srimati shreemati mrs ms miss sushri km kum mohtarma sardarni श्रीमती सुश्री मिस मोहतरमा सरदारनी कु",
        Some(Female),
    ),
    (
        "dr prof er adv advocate late swargiya haji hazi hafiz maulana maulvi pandit pt ji jee saheb sahab sahib fr rev capt col \
         डॉ डा प्रो स्व स्वर्गीय हाजी हाफ़िज़ मौलाना पंडित पं जी साहब साहेब मरहूम",
        None,
    ),
];

/// A word that goes along with a name and is often left out or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Byword {
    /// Its place in the list; those that stand behind women's names and change through life share one.
    pub(crate) number: usize,
    pub(crate) gender: Option<Gender>,
}

impl Byword {
    /// Kumari before and Devi after a wedding, Bano or Khatoon or Begum: one person uses several.
    fn new(number: usize, gender: Option<Gender>) -> Self {
        Self {
            number: if COURTESY.contains(&number) {
                *COURTESY.start()
            } else {
                number
            },
            gender,
        }
    }
}

/// From kumari to rani in the list.
const COURTESY: std::ops::RangeInclusive<usize> = 3..=10;

const BYWORDS: &[(&str, Option<Gender>)] = &[
    (
        "mohammad mohammed muhammad mohamed mohamad mohammd mohmmad mohmad muhammed muhamad mohd md muhd मोहम्मद मुहम्मद मो मौहम्मद मोहमद",
        Some(Male),
    ),
    ("syed sayed sayyed saiyad saiyed sayyad सैयद सय्यद", None),
    ("kumar kr kumaar koomar कुमार", Some(Male)),
    ("kumari kumaari kumaree कुमारी", Some(Female)),
    ("devi devee debi देवी", Some(Female)),
    ("bai baai बाई", Some(Female)),
    ("begum begam बेगम", Some(Female)),
    ("bano banu बानो", Some(Female)),
    ("khatoon khatun khatoun ख़ातून खातून", Some(Female)),
    ("bibi beebi बीबी", Some(Female)),
    ("rani रानी", Some(Female)),
    ("lal laal लाल", Some(Male)),
    ("chand चंद चन्द चाँद", Some(Male)),
    ("singh sing sinh singhji सिंह सिंघ सिह", Some(Male)),
    ("kaur kour kor कौर", Some(Female)),
    ("ben behn बेन", Some(Female)),
    ("bhai bhaai भाई", Some(Male)),
    ("parveen parvin परवीन", Some(Female)),
];

/// From here on stand words about a relative, not of the name.
const RELATIVE: [&str; 18] = [
    " s/o",
    " d/o",
    " w/o",
    " c/o",
    " h/o",
    " son of ",
    " daughter of ",
    " wife of ",
    " पुत्र ",
    " सुपुत्र ",
    " पुत्री ",
    " सुपुत्री ",
    " पत्नी ",
    " s\\o",
    " d\\o",
    " w\\o",
    " पति ",
    " पिता ",
];

/// Between a name and another name of the same person.
const OTHERWISE: [&str; 6] = ["urf", "alias", "उर्फ", "@", "aka", "उर्फ़"];

/// Bywords that are often written as one word with the name.
const ENDINGS: [&str; 15] = [
    "kumar",
    "kumari",
    "lal",
    "chand",
    "singh",
    "kaur",
    "devi",
    "begum",
    "कुमार",
    "कुमारी",
    "लाल",
    "चंद",
    "चन्द",
    "सिंह",
    "देवी",
];

/// Pieces of Arabic names that bind what stands before and behind them.
const BINDERS: [&str; 12] = ["ud", "ul", "ur", "us", "uz", "al", "el", "un", "उद", "उल", "उर", "अल"];
const BOUND: [&str; 6] = ["uddin", "ullah", "ulla", "उद्दीन", "उल्लाह", "उल्ला"];

/// The names of the Latin letters in Devanagari.
const SPELLED: &[(&str, u8)] = &[
    ("ए", b'a'),
    ("बी", b'b'),
    ("सी", b'c'),
    ("डी", b'd'),
    ("ई", b'e'),
    ("एफ", b'f'),
    ("जी", b'g'),
    ("एच", b'h'),
    ("आई", b'i'),
    ("जे", b'j'),
    ("के", b'k'),
    ("एल", b'l'),
    ("एम", b'm'),
    ("एन", b'n'),
    ("ओ", b'o'),
    ("पी", b'p'),
    ("क्यू", b'q'),
    ("आर", b'r'),
    ("एस", b's'),
    ("टी", b't'),
    ("यू", b'u'),
    ("वी", b'v'),
    ("डब्ल्यू", b'w'),
    ("वाई", b'y'),
];

/// A word of the name itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) sounds: Vec<Phone>,
    pub(crate) rows: &'static [Row],
    /// Set if the word is a byword that has to stand for the name.
    pub(crate) byword: Option<usize>,
}

impl Word {
    fn new(plain: &str, byword: Option<usize>) -> Self {
        Self::heard(sounds(plain), byword)
    }

    pub(crate) fn heard(sounds: Vec<Phone>, byword: Option<usize>) -> Self {
        let rows = table::rows(&sounds);
        Self { sounds, rows, byword }
    }

    /// Is it known as a family name and as nothing else?
    pub(crate) fn is_family(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| table::is_family(*row))
    }
}

/// One way in which a person is called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Form {
    pub(crate) words: Vec<Word>,
    /// Lower-case Latin letters.
    pub(crate) initials: Vec<u8>,
    pub(crate) bywords: Vec<Byword>,
    pub(crate) gender: Option<Gender>,
    /// The words as they were compared, for the key.
    plain: Vec<String>,
}

/// A name, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub(crate) forms: Vec<Form>,
    pub(crate) plain: String,
    /// Whose child or spouse the person is, if that stands behind the name.
    pub(crate) relative: Option<Box<Name>>,
}

impl Name {
    /// Reads a name in any script.
    ///
    /// # Errors
    /// [`NameError`] if it has no letter, or more than [`MAX_CHARS`] characters.
    pub fn read(text: &str) -> Result<Self, NameError> {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(NameError::TooLong);
        }
        let plain = plain(text);
        let mark = RELATIVE
            .iter()
            .filter_map(|mark| {
                plain
                    .find(mark)
                    .filter(|place| *place > 0)
                    .map(|place| (place, place + mark.len()))
            })
            .min();
        let own = mark.and_then(|(place, _)| plain.get(..place)).unwrap_or(&plain);
        let relative = mark
            .and_then(|(_, behind)| plain.get(behind..))
            .and_then(|rest| Self::read(rest).ok());
        let tokens = tokens(own);
        let forms: Vec<Form> = tokens
            .split(|token| OTHERWISE.contains(&token.letters.as_str()))
            .filter(|part| !part.is_empty())
            .take(3)
            .map(Form::of)
            .filter(|form| !form.words.is_empty() || !form.initials.is_empty())
            .collect();
        if forms.is_empty() {
            return Err(NameError::NoLetters);
        }
        let plain = tokens
            .iter()
            .map(|token| token.letters.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Ok(Self {
            forms,
            plain,
            relative: relative.map(Box::new),
        })
    }

    /// See [`crate::key`].
    #[must_use]
    pub fn key(&self) -> String {
        let mut words: Vec<String> = self.forms.first().map_or_else(Vec::new, Form::keys);
        words.sort_unstable();
        words.join(" ") + "."
    }
}

impl Form {
    fn of(tokens: &[Token]) -> Self {
        let mut form = Self::default();
        let mut aside: Vec<(Byword, &str, usize)> = Vec::new();
        let several = tokens.len() > 1;
        for (place, token) in tokens.iter().enumerate() {
            let letters = token.letters.as_str();
            if let Some(letter) = initial(token, several) {
                form.initials.push(letter);
            } else if let Some(gender) = found(TITLES, letters).map(|(_, gender)| gender).filter(|_| several) {
                form.gender = form.gender.or(gender);
            } else if let Some((number, gender)) = found(BYWORDS, letters) {
                aside.push((Byword::new(number, gender), letters, place));
            } else if several && initials(letters) {
                form.initials.extend(letters.bytes());
            } else if let Some((name, ending)) = ending(letters) {
                form.push(name, None);
                if let Some((number, gender)) = found(BYWORDS, ending) {
                    aside.push((Byword::new(number, gender), ending, place));
                }
            } else {
                form.push(letters, None);
            }
        }
        // A byword stands for the name where nothing else does.
        if form.words.iter().all(Word::is_family) && form.initials.is_empty() && !aside.is_empty() {
            let (byword, letters, _) = aside.remove(0);
            form.words.insert(0, Word::new(letters, Some(byword.number)));
            form.plain.insert(0, letters.to_owned());
        }
        for (byword, ..) in aside {
            form.gender = form.gender.or(byword.gender);
            form.bywords.push(byword);
        }
        form
    }

    fn push(&mut self, letters: &str, byword: Option<usize>) {
        let word = Word::new(letters, byword);
        if !word.sounds.is_empty() {
            self.words.push(word);
            self.plain.push(letters.to_owned());
        }
    }

    fn keys(&self) -> Vec<String> {
        if self.words.is_empty() {
            return self
                .initials
                .iter()
                .map(|letter| char::from(*letter).to_string())
                .collect();
        }
        self.words
            .iter()
            .zip(&self.plain)
            .map(
                |(word, plain)| match word.rows.first().and_then(|row| table::latin(*row)) {
                    Some(latin) => Key::of(&latin.to_lowercase()).coarse,
                    None => Key::of(&plain.replace('ə', "")).coarse,
                },
            )
            .collect()
    }
}

struct Token {
    letters: String,
    dotted: bool,
}

fn tokens(plain: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut open = false;
    for c in plain.chars() {
        let letter = c.is_alphabetic() || is_devanagari(c) || c == '\u{93C}';
        if letter {
            match out.last_mut().filter(|_| open) {
                Some(token) => token.letters.push(c),
                None => out.push(Token {
                    letters: c.to_string(),
                    dotted: false,
                }),
            }
            open = true;
        } else if c == '@' {
            out.push(Token {
                letters: "@".to_owned(),
                dotted: false,
            });
            open = false;
        } else if !matches!(c, '\'' | '’' | '`' | '-' | '\u{200C}' | '\u{200D}') {
            if matches!(c, '.' | '०' | '॰')
                && open
                && let Some(token) = out.last_mut()
            {
                token.dotted = true;
            }
            open = false;
        }
    }
    bound(out)
}

/// "Nizam ud din" is one word.
fn bound(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut binding = false;
    let count = tokens.len();
    for (place, token) in tokens.into_iter().enumerate() {
        let letters = token.letters.as_str();
        let binder = place > 0 && place + 1 < count && BINDERS.contains(&letters);
        match out.last_mut().filter(|_| binding || binder || BOUND.contains(&letters)) {
            Some(last) => last.letters.push_str(letters),
            None => out.push(token),
        }
        binding = binder;
    }
    out
}

fn found(list: &[(&str, Option<Gender>)], letters: &str) -> Option<(usize, Option<Gender>)> {
    list.iter()
        .position(|(words, _)| words.split_ascii_whitespace().any(|word| word == letters))
        .and_then(|number| list.get(number).map(|(_, gender)| (number, *gender)))
}

fn initial(token: &Token, several: bool) -> Option<u8> {
    let letters = token.letters.as_str();
    if let [letter] = letters.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Some(*letter);
    }
    if !several || letters.is_ascii() || (letters == "जी" && !token.dotted) {
        return None;
    }
    let spelled = SPELLED
        .iter()
        .find(|(name, _)| *name == letters)
        .map(|(_, letter)| *letter);
    let mut chars = letters.chars();
    match (spelled, chars.next(), chars.next()) {
        (Some(letter), ..) => Some(letter),
        // A letter of Devanagari for itself, with a point.
        (None, Some(_), None) if token.dotted => Key::of(letters).fine.bytes().next().filter(u8::is_ascii_alphabetic),
        _ => None,
    }
}

/// "RK": two or three letters and no vowel.
fn initials(letters: &str) -> bool {
    (2..=3).contains(&letters.len())
        && letters
            .bytes()
            .all(|b| b.is_ascii_alphabetic() && !b"aeiouy".contains(&b))
}

fn ending(letters: &str) -> Option<(&str, &str)> {
    let shortest = if letters.is_ascii() { 3 } else { 2 };
    ENDINGS.iter().find_map(|ending| {
        let name = letters.strip_suffix(ending)?;
        (name.chars().count() >= shortest && table::rows(&sounds(letters)).is_empty()).then_some((name, *ending))
    })
}
