//! The words of the eight answers, from the one table that chat and pages share; and those that the page with a connection
//! and the page without one share.

use assistant::words::{fill, verdict};
use certificates::VerdictCode;
use domain::{Bilingual, Language};

/// Facts that stand inside the words; each is used by some answers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Since when, or until when.
    pub date: Option<Bilingual>,
    /// Until when it is on hold.
    pub until: Option<Bilingual>,
    /// The number of the newer certificate; a page shows it as a link after the words.
    pub newer: Option<String>,
}

pub(crate) use super::held::{labels, title};
pub(crate) use super::why::why;

/// What every check of a credential asks: the signature, the log, the list.
pub(crate) fn questions() -> [Bilingual; 3] {
    [
        Bilingual::new("Signed by the office?", "कार्यालय का हस्ताक्षर?"),
        Bilingual::new("In the log of issued certificates?", "जारी प्रमाण पत्रों के लॉग में?"),
        Bilingual::new(
            "List of cancelled or replaced certificates:",
            "रद्द या बदले गए प्रमाण पत्रों की सूची:",
        ),
    ]
}

/// Sentences without a day, for what does not tell one: a signed list.
fn undated(answer: VerdictCode) -> Option<(Bilingual, Bilingual)> {
    let (reason, next) = match answer {
        VerdictCode::Suspended => (
            ("The department has put it on hold.", "विभाग ने इसे कुछ समय के लिए रोका है।"),
            ("Do not accept it now. Check again later.", "अभी न मानें। बाद में फिर जाँचें।"),
        ),
        VerdictCode::Revoked => (
            ("The department cancelled (revoked) it.", "विभाग ने इसे रद्द कर दिया है।"),
            (
                "Do not accept it. The holder can ask the issuing office.",
                "इसे न मानें। धारक जारी करने वाले कार्यालय से पूछे।",
            ),
        ),
        VerdictCode::Superseded => (
            ("A newer certificate replaced it.", "इसकी जगह नया प्रमाण पत्र जारी हुआ है।"),
            ("Ask for the newer one.", "धारक से नया माँगें।"),
        ),
        _ => return None,
    };
    let both = |(en, hi)| Bilingual::new(en, hi);
    Some((both(reason), both(next)))
}

/// The words of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The one word that is read first.
    pub word: Bilingual,
    /// Why.
    pub reason: Bilingual,
    /// What to do now.
    pub next: Bilingual,
}

/// May the page show particulars? A forger's text must not appear on it, and nothing was read from a blurred photo.
#[must_use]
pub const fn shows_fields(answer: VerdictCode) -> bool {
    !matches!(answer, VerdictCode::NotGenuine | VerdictCode::Unreadable)
}

/// The words of an answer. A date that is not told is said to be not told.
#[must_use]
pub fn words(answer: VerdictCode, facts: &Facts) -> Words {
    if facts == &Facts::default()
        && let Some((reason, next)) = undated(answer)
    {
        let of = |language| verdict(answer.code(), language).map_or("", |words| words.word);
        return Words {
            word: Bilingual::new(of(Language::En), of(Language::Hi)),
            reason,
            next,
        };
    }
    let untold = Bilingual::new("(date not told)", "(तिथि नहीं बताई गई)");
    let date = facts.date.as_ref().unwrap_or(&untold);
    let until = facts.until.as_ref().unwrap_or(&untold);
    let say = |pick: fn(assistant::words::VerdictWords) -> &'static str| {
        let one = |language: Language| {
            // Every code of ours is in the table; a test holds that.
            let text = verdict(answer.code(), language).map_or("", pick);
            let values = [
                ("date", date.get(language)),
                ("until", until.get(language)),
                ("number", ""),
            ];
            fill(text, &values).trim_end().to_owned()
        };
        Bilingual {
            en: one(Language::En),
            hi: one(Language::Hi),
        }
    };
    Words {
        word: say(|words| words.word),
        reason: say(|words| words.reason),
        next: say(|words| words.advice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_all_its_words_with_and_without_facts() {
        let full = Facts {
            date: Some(Bilingual::new("31 March 2026", "31 मार्च 2026")),
            until: Some(Bilingual::new("1 May 2026", "1 मई 2026")),
            newer: Some("DLBC-7K3M-9Q2X-H4TW".into()),
        };
        for answer in VerdictCode::ALL {
            for facts in [&full, &Facts::default()] {
                let told = words(answer, facts);
                for text in [&told.word, &told.reason, &told.next] {
                    assert!(!text.en.is_empty() && !text.hi.is_empty(), "{answer:?}");
                    assert!(!text.en.contains('{') && !text.hi.contains('{'), "{answer:?} {text:?}");
                    assert!(
                        text.hi.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)),
                        "{answer:?} {text:?}"
                    );
                }
            }
        }
        assert!(words(VerdictCode::Revoked, &full).reason.hi.contains("31 मार्च 2026"));
        assert!(
            words(VerdictCode::Superseded, &full).next.en.ends_with(':'),
            "the number follows as a link"
        );
    }
}
