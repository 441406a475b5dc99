//! Hindi, Hindi in Latin letters, or English.

use domain::Language;

use super::{
    DetectedLanguage,
    lexicon::Lexicon,
    normal::{Token, is_devanagari},
};

pub(super) fn detect(words: &[Token], lexicon: &Lexicon, hint: Option<Language>) -> DetectedLanguage {
    let (mut devanagari, mut latin) = (0, 0);
    for c in words.iter().flat_map(|word| word.text.chars()) {
        if is_devanagari(c) {
            devanagari += 1;
        } else if c.is_alphabetic() {
            latin += 1;
        }
    }
    if devanagari == 0 && latin == 0 {
        return match hint {
            Some(Language::Hi) => DetectedLanguage::Hindi,
            _ => DetectedLanguage::English,
        };
    }
    // A Latin abbreviation or a loan word does not make a Hindi sentence English.
    if devanagari * 2 >= latin {
        return DetectedLanguage::Hindi;
    }
    let among = |list: &[Token]| {
        words
            .iter()
            .filter(|word| list.iter().any(|w| w.text == word.text))
            .count()
    };
    let (hindi, english) = (among(&lexicon.hindi_latin), among(&lexicon.english));
    // Hindi in Latin letters is full of English nouns; English has no Hindi words, unless they are names.
    let hinglish = hindi > english || (hindi > 0 && (hindi == english || hint == Some(Language::Hi) || devanagari > 0));
    if hinglish {
        DetectedLanguage::Hinglish
    } else {
        DetectedLanguage::English
    }
}
