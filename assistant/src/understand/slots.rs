//! Particulars in a message, under the names of the `understand` verb.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    Context, dates,
    dates::Dated,
    normal::{Token, tokens},
    numbers,
};

pub(super) fn find(text: &str, words: &[Token], context: &Context) -> BTreeMap<String, String> {
    let mut slots = BTreeMap::new();
    let mut put = |name: &str, value: String| {
        slots.insert(name.to_owned(), value);
    };
    let application = numbers::application(text);
    let certificate = if application.is_none() {
        numbers::certificate(text)
    } else {
        None
    };
    if let Some(number) = &application {
        put("application_number", number.to_string());
    } else if let Some(number) = &certificate {
        put("certificate_number", number.written());
    } else {
        if let Some(Dated::Day(date)) = dates::find(text) {
            put(date_slot(words, context), date.to_string());
        }
        if let Some(phone) = numbers::phone(text) {
            put("phone", phone);
        } else if let Some(pin) = numbers::pin(text).filter(|pin| pin.starts_with("11") || says(words, &PIN)) {
            put("pin", pin);
        }
        if says(words, &INCOME)
            && let Some(amount) = numbers::amount(text)
        {
            put("annual_income", amount.to_string());
        }
    }
    let genders = [("female", &FEMALE), ("male", &MALE), ("other", &OTHER)];
    if let Some((gender, _)) = genders.into_iter().find(|(_, names)| says(words, names)) {
        put("gender", gender.to_owned());
    }
    if let Some(language) = language(words) {
        put("language", language.to_owned());
    }
    slots
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

macro_rules! word_lists {
    ($($name:ident: $($word:literal)+;)+) => {
        $(static $name: LazyLock<Vec<Token>> =
            LazyLock::new(|| [$($word),+].iter().flat_map(|word| tokens(word)).collect());)+
    };
}

word_lists! {
    PIN: "pin" "पिन";
    INCOME: "income" "salary" "aay" "आय" "kamai" "कमाई" "aamdani" "आमदनी" "lakh" "लाख";
    ENGLISH: "english" "angrezi" "अंग्रेज़ी" "इंग्लिश";
    HINDI: "hindi" "हिन्दी" "हिंदी";
    FEMALE: "female" "woman" "girl" "ladki" "लड़की" "mahila" "महिला" "aurat" "beti" "बेटी" "stri" "स्त्री";
    MALE: "male" "man" "boy" "ladka" "लड़का" "purush" "पुरुष" "beta" "बेटा";
    OTHER: "transgender" "ट्रांसजेंडर" "kinnar" "किन्नर";
    BIRTH: "dob" "birth" "born" "janm" "जन्म" "paida" "पैदा" "janmdin";
    DEATH: "death" "died" "mrityu" "मृत्यु" "मौत" "dehant";
    MARRIAGE: "marriage" "married" "wedding" "shadi" "शादी" "विवाह";
}

/// Which date it is, by the words around it or by what is being asked.
fn date_slot(words: &[Token], context: &Context) -> &'static str {
    match context.awaiting.as_deref() {
        Some("dob") => return "dob",
        Some("date_of_death") => return "date_of_death",
        Some("date_of_marriage") => return "date_of_marriage",
        _ => {}
    }
    if says(words, &DEATH) {
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
