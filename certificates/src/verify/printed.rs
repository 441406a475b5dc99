//! What a changed paper says differently from what was signed: field by field, by the words on its pages.
//!
//! A field is there as it was signed if its row, both labels and both values, stands on the page behind the row before it. Words that
//! were drawn over it are not seen by this: the answer names what is certain and leaves out the rest. Nothing of the paper's own
//! words is in it.

use domain::Bilingual;
use domain::catalogue::{Printed, date_in_words};

use super::Differing;
use crate::Record;
use crate::pdf::{NOT_RECORDED, no_end};
use crate::read::squeezed;

/// What differs, in the order of the record. `words` are those of the pages, as [`crate::read::words_of`] gives them.
pub(crate) fn differs(record: &Record, words: &str) -> Vec<Differing> {
    let both = |pair: &Bilingual| [&pair.en, &pair.hi].iter().all(|text| words.contains(&squeezed(text)));
    let ends = record.expires_on.map_or_else(|| no_end(&record.layout), date_in_words);
    let number = words.contains(&squeezed(&record.number.to_string()));
    let around = [
        ("number", number, "Certificate number", "प्रमाण पत्र संख्या"),
        ("title", both(&record.title), "Title", "शीर्षक"),
        ("issuer", both(&record.issuer), "Department", "विभाग"),
        ("office", both(&record.office), "Office", "कार्यालय"),
        ("officer", both(&record.officer), "Officer", "अधिकारी"),
        (
            "issued_on",
            both(&date_in_words(record.issued_on)),
            "Date of issue",
            "जारी करने की तिथि",
        ),
        ("expires_on", both(&ends), "Validity", "वैधता"),
    ];
    let mut found = Vec::new();
    let mut rest = words;
    for field in &record.fields {
        let row = squeezed(&format!("{}{}{}", field.label.hi, field.label.en, value(&field.value)));
        match rest.split_once(row.as_str()) {
            Some((_, after)) => rest = after,
            None => found.push(Differing {
                code: field.code.clone(),
                label: field.label.clone(),
            }),
        }
    }
    let around = around.into_iter().filter(|(_, holds, ..)| !holds);
    found.extend(around.map(|(code, _, en, hi)| Differing {
        code: code.to_owned(),
        label: Bilingual::new(en, hi),
    }));
    found
}

/// A value as its cells hold it, one after the other.
fn value(printed: &Printed) -> String {
    match (&printed.hi, &printed.en) {
        (Some(hindi), Some(english)) => format!("{hindi}{english}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => {
            let (english, hindi) = NOT_RECORDED;
            format!("{hindi}{english}")
        }
    }
}
