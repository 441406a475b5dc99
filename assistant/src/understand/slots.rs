//! Particulars in a message, under the names of the `understand` verb. What they are worth is read by grammars; whose name or which
//! day it is, the tagger says.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use super::{
    Context, Understander, dates,
    dates::Dated,
    normal::{Token, tokens},
    numbers, spoken,
    tagger::{self, Word},
};

impl Understander {
    pub(super) fn slots(&self, text: &str, words: &[Token], context: &Context) -> BTreeMap<String, String> {
        let mut slots = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            slots.entry(name.to_owned()).or_insert(value);
        };
        if let Some(language) = language(words) {
            put("language", language.to_owned());
        }
        if let Some(number) = numbers::application(text) {
            put("application_number", number.to_string());
        }
        if let Some(number) = numbers::certificate(text) {
            put("certificate_number", number.written());
        }
        if let Some(number) = numbers::vehicle(text) {
            put("vehicle_number", number);
        }
        if let Some(phone) = numbers::phone(text) {
            put("phone", phone);
        }
        if let Some(pin) = numbers::pin(text).filter(|pin| pin.starts_with("11") || says(words, &PIN)) {
            put("pin", pin);
        }
        if let Some(district) = district(words) {
            put("district", district.to_owned());
        }
        let written = tagger::words(text);
        let tagged = self.tagger.find(&written, &self.concepts);
        for (date, place) in dates::all(&written) {
            if let Dated::Day(day) = date {
                put(which_day(&tagged, &place, words, context), day.to_string());
            }
        }
        for (kind, place) in &tagged {
            let said = written.get(place.clone()).unwrap_or_default();
            let value = match *kind {
                "age" => age(said),
                "annual_income" => income(text, &written, place),
                "gender" => gender(said),
                "dob" | "date_of_death" | "date_of_marriage" | "date" => None,
                _ => as_written(text, said),
            };
            if let Some(value) = value {
                put(kind, value);
            }
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

fn age(words: &[Word]) -> Option<String> {
    let tokens: Vec<Token> = words.iter().map(|word| word.token.clone()).collect();
    let years = tokens
        .iter()
        .find_map(|token| token.text.parse::<u32>().ok())
        .map(f64::from);
    let years = years
        .or_else(|| spoken::number(&tokens))
        .or_else(|| tokens.iter().find_map(spoken::small).map(f64::from))?;
    (0.0..=125.0).contains(&years).then(|| format!("{:.0}", years.trunc()))
}

/// Rupees a year: what is said for a month counts twelve times.
fn income(text: &str, words: &[Word], place: &Range<usize>) -> Option<String> {
    let said = words.get(place.clone())?;
    let amount = numbers::amount(text.get(said.first()?.start..said.last()?.end)?)?;
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

/// The language that a message names, if it names one.
fn language(words: &[Token]) -> Option<&'static str> {
    if says(words, &ENGLISH) {
        Some("en")
    } else if says(words, &HINDI) {
        Some("hi")
    } else {
        None
    }
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
    FEMALE: "female" "woman" "girl" "ladki" "लड़की" "mahila" "महिला" "aurat" "beti" "बेटी" "stri" "स्त्री" "bitiya" "bachi" "बच्ची" "औरत" "f" "daughter" "kanya" "lady" "फीमेल" "बिटिया";
    MALE: "male" "man" "boy" "ladka" "लड़का" "purush" "पुरुष" "beta" "बेटा" "mard" "मर्द" "m" "aadmi" "son" "mail" "मेल" "ldka" "gents";
    OTHER: "transgender" "ट्रांसजेंडर" "kinnar" "किन्नर" "third" "थर्ड" "other" "hijra" "trans" "ट्रांस";
    BIRTH: "dob" "birth" "born" "janm" "जन्म" "paida" "पैदा" "janmdin" "birthday";
    DEATH: "death" "died" "mrityu" "मृत्यु" "मौत" "dehant" "expired" "guzar" "gujar" "swargvas" "inteqal";
    MARRIAGE: "marriage" "married" "wedding" "shadi" "शादी" "विवाह" "nikah" "phere";
    TITLES: "shri" "sri" "shree" "smt" "shrimati" "kumari" "km" "mr" "mrs" "ms" "miss" "master" "dr" "late" "ji" "jee" "sahab" "saheb" "sir" "madam" "श्री" "श्रीमती" "कुमारी" "डॉ" "स्व" "स्वर्गीय" "जी" "साहब" "मिस" "मिस्टर";
    MONTH: "mahina" "mahine" "maheena" "maheene" "month" "monthly" "pm" "mahwar" "महीना" "महीने" "माह" "प्रतिमाह" "मासिक" "mah" "mth" "pratimah" "masik";
    YEAR: "saal" "sal" "salana" "saalana" "year" "yearly" "annual" "annually" "annum" "pa" "lpa" "varsh" "varshik" "baras" "साल" "सालाना" "वार्षिक" "वर्ष" "बरस";
    DISTRICT: "district" "distt" "dist" "jila" "zila" "jile" "zile" "ज़िला" "ज़िले" "जिला" "जिले" "डिस्ट्रिक्ट" "distric" "disst";
}

/// Which day it is: as the tagger says, or else by the words around it or by what is being asked.
fn which_day(
    tagged: &[(&'static str, Range<usize>)],
    place: &Range<usize>,
    words: &[Token],
    context: &Context,
) -> &'static str {
    match context.awaiting.as_deref() {
        Some("dob") => return "dob",
        Some("date_of_death") => return "date_of_death",
        Some("date_of_marriage") => return "date_of_marriage",
        _ => {}
    }
    let label = tagged.iter().find(|(kind, at)| {
        matches!(*kind, "dob" | "date_of_death" | "date_of_marriage" | "date")
            && at.start < place.end
            && place.start < at.end
    });
    if let Some((kind, _)) = label {
        kind
    } else if says(words, &DEATH) {
        "date_of_death"
    } else if says(words, &MARRIAGE) {
        "date_of_marriage"
    } else if says(words, &BIRTH) {
        "dob"
    } else {
        "date"
    }
}

fn says(words: &[Token], names: &[Token]) -> bool {
    words.iter().any(|word| names.iter().any(|name| name.is(word)))
}
