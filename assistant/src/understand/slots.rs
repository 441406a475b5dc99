//! Particulars in a message, under the names of the `understand` verb. What they are worth is read by grammars; whose name or which
//! day it is, the tagger says.

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::LazyLock};

use super::{
    Context, Understander,
    dates::Dated,
    normal::{Token, tokens},
    numbers::{Certificate, Figures},
    tagger::Seen,
    written::Word,
};

impl Understander {
    /// `text` without addresses of pages, its words and its figures, as the message has them.
    pub(super) fn slots(
        &self,
        text: &str,
        tokens: &[Token],
        (written, figures): (&[Word], &Figures),
        context: &Context,
    ) -> BTreeMap<String, String> {
        let mut slots = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            slots.entry(name.to_owned()).or_insert(value);
        };
        if let Some(language) = language(tokens) {
            put("language", language.to_owned());
        }
        if let Some((number, _)) = &figures.application {
            put("application_number", number.to_string());
        }
        if let Some((number, _)) = &figures.certificate {
            put("certificate_number", Certificate::written(number));
        }
        if let Some((number, _)) = &figures.vehicle {
            put("vehicle_number", number.clone());
        }
        if let Some((phone, _)) = &figures.phone {
            put("phone", phone.clone());
        }
        if let Some((pin, _)) = figures
            .pin
            .as_ref()
            .filter(|(pin, _)| pin.starts_with("11") || says(tokens, &PIN))
        {
            put("pin", pin.clone());
        }
        if let Some(district) = district(tokens) {
            put("district", district.to_owned());
        }
        for (kind, place) in self.tagger.find(&Seen::of(written, figures, &self.concepts)) {
            let said = written.get(place.clone()).unwrap_or_default();
            match kind {
                "age" => age(figures, said, &place).map(|age| put(kind, age)),
                "annual_income" => income(figures, written, &place).map(|rupees| put(kind, rupees)),
                "gender" => gender(said).map(|gender| put(kind, gender)),
                "dob" | "date_of_death" | "date_of_marriage" | "date" => {
                    let day = figures.dates.iter().find_map(|(date, at)| match date {
                        Dated::Day(day) if *at == place => Some(day.to_string()),
                        _ => None,
                    });
                    // An answer to the very question is what the question was about.
                    let asked = context.awaiting.as_deref();
                    let kind = asked
                        .filter(|asked| matches!(*asked, "dob" | "date_of_death" | "date_of_marriage"))
                        .unwrap_or(kind);
                    day.map(|day| put(kind, day))
                }
                _ => as_written(text, said).map(|name| put(kind, name)),
            };
        }
        // Alone between two signs it is an answer.
        if let Some(value) = written.iter().enumerate().find_map(|(place, word)| {
            let begins = place == 0 || word.after_sign();
            let ends = written.get(place + 1).is_none_or(Word::after_sign);
            (begins && ends).then(|| gender(std::slice::from_ref(word))).flatten()
        }) {
            put("gender", value);
        }
        slots
    }
}

/// Addresses of pages blanked out: their digits are nobody's.
pub(super) fn without_addresses(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return text.into();
    }
    let blank = |word: &str| " ".repeat(word.len());
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            if word.contains("://") {
                blank(word)
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// A name as it stands there, without titles at its ends.
fn as_written(text: &str, words: &[Word]) -> Option<String> {
    let mut words = words;
    while let [first, rest @ ..] = words
        && is_title(first)
    {
        words = rest;
    }
    while let [rest @ .., last] = words
        && is_title(last)
    {
        words = rest;
    }
    let (first, last) = (words.first()?, words.last()?);
    text.get(first.start..last.end).map(str::to_owned)
}

fn is_title(word: &Word) -> bool {
    TITLES.iter().any(|title| title.text == word.token.text)
}

/// Whole years.
fn age(figures: &Figures, words: &[Word], place: &Range<usize>) -> Option<String> {
    let touches = |at: &Range<usize>| at.start < place.end && place.start < at.end;
    let amount = figures
        .amounts
        .iter()
        .find(|(_, at)| touches(at))
        .map(|(years, _)| *years);
    // "45-year-old", "32yrs".
    let digits = || {
        let word = words.iter().find(|word| word.token.has_digit())?;
        let digits: String = word.token.text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let years = amount.or_else(digits)?;
    (0..=125).contains(&years).then(|| years.to_string())
}

/// Rupees a year: what is said for a month counts twelve times.
fn income(figures: &Figures, words: &[Word], place: &Range<usize>) -> Option<String> {
    let touches = |at: &Range<usize>| at.start < place.end && place.start < at.end;
    let (amount, place) = figures.amounts.iter().find(|(_, at)| touches(at))?;
    let near = |word: &Word| -> Option<bool> {
        if MONTH.iter().any(|month| month.text == word.token.text) {
            Some(true)
        } else if YEAR.iter().any(|year| year.text == word.token.text) {
            Some(false)
        } else {
            None
        }
    };
    let after = words.iter().skip(place.start).take(place.len() + 3).find_map(near);
    let before = || {
        words
            .get(place.start.saturating_sub(3)..place.start)
            .into_iter()
            .flatten()
            .rev()
            .find_map(near)
    };
    let monthly = after.or_else(before).unwrap_or(false);
    amount
        .checked_mul(if monthly { 12 } else { 1 })
        .map(|rupees| rupees.to_string())
}

fn gender(words: &[Word]) -> Option<String> {
    let genders = [("female", &FEMALE), ("male", &MALE), ("other", &OTHER)];
    let said = |names: &LazyLock<Vec<Token>>| words.iter().any(|word| names.iter().any(|name| name.is(&word.token)));
    genders
        .into_iter()
        .find(|(_, names)| said(names))
        .map(|(gender, _)| gender.to_owned())
}

/// The language that a message names, if it names one; of two the one *in* which something is to be.
fn language(words: &[Token]) -> Option<&'static str> {
    let named = words.iter().enumerate().filter_map(|(place, word)| {
        let is = |names: &[Token]| {
            let short = |name: &Token| name.text.chars().count() <= 3;
            names
                .iter()
                .any(|name| name.text == word.text || (!short(name) && name.is(word)))
        };
        let language = if is(&ENGLISH) {
            "en"
        } else if is(&HINDI) {
            "hi"
        } else {
            return None;
        };
        let next = words
            .get(place + 1)
            .is_some_and(|next| INSIDE.iter().any(|word| word.text == next.text));
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        let into = before.is_some_and(|before| INTO.iter().any(|word| word.text == before.text));
        Some((language, next || into))
    });
    let mut first = None;
    for (language, inside) in named {
        if inside {
            return Some(language);
        }
        first = first.or(Some(language));
    }
    first
}

/// A district of Delhi, where the message says that it is one.
fn district(words: &[Token]) -> Option<&'static str> {
    let place = words
        .iter()
        .position(|word| DISTRICT.iter().any(|name| name.text == word.text))?;
    let start = place.saturating_sub(3);
    let near: Vec<&str> = words
        .iter()
        .skip(start)
        .take(7)
        .map(|word| word.text.as_str())
        .collect();
    let side = |names: &[&str]| near.iter().position(|word| names.contains(word));
    let north = side(&["north", "uttar", "uttari", "उत्तर", "उत्तरी", "nort", "n"]);
    let south = side(&["south", "dakshin", "dakshini", "दक्षिण", "दक्षिणी", "saut", "s"]);
    let east = side(&["east", "purv", "purvi", "poorvi", "पूर्व", "पूर्वी", "ist", "e"]);
    let west = side(&[
        "west",
        "pashchim",
        "pashchimi",
        "paschim",
        "paschimi",
        "पश्चिम",
        "पश्चिमी",
        "vest",
        "w",
    ]);
    Some(match (north, south, east, west) {
        _ if side(&["shahdara", "shahadra", "शाहदरा", "sahdara"]).is_some() => "Shahdara",
        (Some(_), None, Some(_), None) => "North East",
        (Some(_), None, None, Some(_)) => "North West",
        (None, Some(_), Some(_), None) => "South East",
        (None, Some(_), None, Some(_)) => "South West",
        (Some(_), None, None, None) => "North",
        (None, Some(_), None, None) => "South",
        (None, None, Some(_), None) => "East",
        (None, None, None, Some(_)) => "West",
        (None, None, None, None) if side(&["central", "madhya", "मध्य", "सेंट्रल", "sentral"]).is_some() => {
            "Central"
        }
        (None, None, None, None) if side(&["new", "nai", "नई"]).is_some() => "New Delhi",
        _ if near.contains(&"northeast") => "North East",
        _ if near.contains(&"northwest") => "North West",
        _ if near.contains(&"southeast") => "South East",
        _ if near.contains(&"southwest") => "South West",
        _ => return None,
    })
}

macro_rules! word_lists {
    ($($name:ident: $($word:literal)+;)+) => {
        $(static $name: LazyLock<Vec<Token>> =
            LazyLock::new(|| [$($word),+].iter().flat_map(|word| tokens(word)).collect());)+
    };
}

word_lists! {
    PIN: "pin" "पिन" "pincode" "पिनकोड";
    ENGLISH: "english" "angrezi" "अंग्रेज़ी" "इंग्लिश" "eng";
    HINDI: "hindi" "हिन्दी" "हिंदी";
    INSIDE: "me" "mein" "main" "mai" "में" "m" "please" "plz";
    INTO: "in" "to" "into";
    FEMALE: "female" "woman" "girl" "ladki" "लड़की" "mahila" "महिला" "aurat" "beti" "बेटी" "stri" "स्त्री" "bitiya" "bachi" "बच्ची" "औरत" "f" "daughter" "kanya" "lady" "फीमेल" "बिटिया";
    MALE: "male" "man" "boy" "ladka" "लड़का" "purush" "पुरुष" "beta" "बेटा" "mard" "मर्द" "m" "aadmi" "son" "mail" "मेल" "ldka" "gents";
    OTHER: "transgender" "ट्रांसजेंडर" "kinnar" "किन्नर" "third" "थर्ड" "other" "hijra" "trans" "ट्रांस";
    TITLES: "shri" "sri" "shree" "smt" "shrimati" "kumari" "km" "mr" "mrs" "ms" "miss" "master" "dr" "late" "ji" "jee" "sahab" "saheb" "sir" "madam" "श्री" "श्रीमती" "कुमारी" "डॉ" "स्व" "स्वर्गीय" "जी" "साहब" "मिस" "मिस्टर";
    MONTH: "mahina" "mahine" "maheena" "maheene" "month" "monthly" "pm" "mahwar" "महीना" "महीने" "माह" "प्रतिमाह" "मासिक" "mah" "mth" "pratimah" "masik";
    YEAR: "saal" "sal" "salana" "saalana" "year" "yearly" "annual" "annually" "annum" "pa" "lpa" "varsh" "varshik" "baras" "साल" "सालाना" "वार्षिक" "वर्ष" "बरस";
    DISTRICT: "district" "distt" "dist" "jila" "zila" "jile" "zile" "ज़िला" "ज़िले" "जिला" "जिले" "डिस्ट्रिक्ट" "distric" "disst";
}

fn says(words: &[Token], names: &[Token]) -> bool {
    words.iter().any(|word| names.iter().any(|name| name.is(word)))
}
