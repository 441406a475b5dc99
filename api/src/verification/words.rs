//! What each verdict is called, why, and what to do: one table, its code as key, both languages.

use domain::Bilingual;

/// The eight answers of a check. Never valid by accident: an outage is `Unknown`, a blurred photo is `Unreadable`, and
/// only a failed signature or digest is `NotGenuine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is its own answer; `words` tells what it means")]
pub enum Answer {
    Valid,
    Expired,
    Suspended,
    Revoked,
    Superseded,
    NotGenuine,
    Unknown,
    Unreadable,
}

/// Facts that stand inside the words; each is used by some answers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Since when, or until when.
    pub date: Option<Bilingual>,
    /// Until when it is on hold.
    pub until: Option<Bilingual>,
    /// The number of the newer certificate.
    pub newer: Option<String>,
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

impl Answer {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 8] = [
        Self::Valid,
        Self::Expired,
        Self::Suspended,
        Self::Revoked,
        Self::Superseded,
        Self::NotGenuine,
        Self::Unknown,
        Self::Unreadable,
    ];

    /// The stable key, as in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::NotGenuine => "not_genuine",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
        }
    }

    /// May the page show particulars? A forger's text must not appear on it, and nothing was read from a blurred photo.
    #[must_use]
    pub const fn shows_fields(self) -> bool {
        !matches!(self, Self::NotGenuine | Self::Unreadable)
    }

    /// The words. A date that is not known leaves its sentence without it.
    #[must_use]
    pub fn words(self, facts: &Facts) -> Words {
        let (word, reason, next) = match self {
            Self::Valid => (
                ("Valid", "मान्य"),
                both("This certificate is genuine and valid today.", "प्रमाण पत्र असली है और आज मान्य है।"),
                both(
                    "Match the name, dates and number below with the paper. If they differ, do not accept the paper.",
                    "नीचे लिखे नाम, तिथि और नंबर को कागज़ से मिलाएँ। फ़र्क हो तो कागज़ न मानें।",
                ),
            ),
            Self::Expired => (
                ("Expired", "अवधि समाप्त"),
                dated(
                    facts.date.as_ref(),
                    ("Genuine, but its validity ended on {}.", "प्रमाण पत्र असली है, पर इसकी अवधि {} को पूरी हो गई।"),
                    ("Genuine, but its validity has ended.", "प्रमाण पत्र असली है, पर इसकी अवधि पूरी हो गई।"),
                ),
                both("Ask the holder for a new certificate.", "धारक से नया प्रमाण पत्र माँगें।"),
            ),
            Self::Suspended => (
                ("Suspended", "अभी रोका गया"),
                dated(
                    facts.date.as_ref(),
                    ("The department has put it on hold since {}.", "विभाग ने इसे {} से कुछ समय के लिए रोका है।"),
                    ("The department has put it on hold.", "विभाग ने इसे कुछ समय के लिए रोका है।"),
                ),
                dated(
                    facts.until.as_ref(),
                    ("Do not accept it now. Check again after {}.", "अभी न मानें। {} के बाद फिर जाँचें।"),
                    ("Do not accept it now. Check again later.", "अभी न मानें। बाद में फिर जाँचें।"),
                ),
            ),
            Self::Revoked => (
                ("Cancelled", "रद्द"),
                dated(
                    facts.date.as_ref(),
                    ("The department cancelled (revoked) it on {}.", "विभाग ने इसे {} को रद्द कर दिया।"),
                    ("The department has cancelled (revoked) it.", "विभाग ने इसे रद्द कर दिया है।"),
                ),
                both(
                    "Do not accept it. The holder can ask the issuing office.",
                    "इसे न मानें। धारक जारी करने वाले कार्यालय से पूछे।",
                ),
            ),
            Self::Superseded => (
                ("Replaced", "बदला गया"),
                dated(
                    facts.date.as_ref(),
                    ("A newer certificate replaced it on {}.", "{} को इसकी जगह नया प्रमाण पत्र जारी हुआ।"),
                    ("A newer certificate has replaced it.", "इसकी जगह नया प्रमाण पत्र जारी हुआ है।"),
                ),
                // The number follows as a link.
                match &facts.newer {
                    Some(_) => both("Ask for the newer one:", "धारक से नया माँगें:"),
                    None => both("Ask the holder for the newer one.", "धारक से नया माँगें।"),
                },
            ),
            Self::NotGenuine => (
                ("Not genuine", "असली नहीं"),
                both(
                    "The signature check failed: it was not issued here, or it was changed later.",
                    "जाँच में हस्ताक्षर सही नहीं निकला: यह यहाँ से जारी नहीं हुआ, या बाद में बदला गया।",
                ),
                both(
                    "Do not accept it. Ask for the original PDF, or check by number.",
                    "इसे न मानें। मूल PDF माँगें, या नंबर से जाँचें।",
                ),
            ),
            Self::Unknown => (
                ("Cannot confirm now", "अभी पक्का नहीं"),
                both(
                    "The signature is right, but the latest list of cancelled certificates could not be fetched.",
                    "हस्ताक्षर सही है, पर रद्द होने की ताज़ा सूची अभी नहीं मिली।",
                ),
                both(
                    "Try again in a little while. Until then treat it as neither valid nor fake.",
                    "थोड़ी देर बाद फिर जाँचें। तब तक इसे न मान्य समझें, न नकली।",
                ),
            ),
            Self::Unreadable => (
                ("Could not read", "पढ़ा नहीं गया"),
                both(
                    "The code is not clear. This says nothing about whether the certificate is genuine.",
                    "QR कोड साफ़ नहीं है। इससे असली या नकली का पता नहीं चलता।",
                ),
                both(
                    "Scan again in good light, or type the number.",
                    "अच्छी रोशनी में फिर स्कैन करें, या नंबर लिखकर जाँचें।",
                ),
            ),
        };
        Words { word: both(word.0, word.1), reason, next }
    }
}

fn both(en: &str, hi: &str) -> Bilingual {
    Bilingual::new(en, hi)
}

fn dated(date: Option<&Bilingual>, with: (&str, &str), without: (&str, &str)) -> Bilingual {
    match date {
        Some(date) => Bilingual::new(with.0.replacen("{}", &date.en, 1), with.1.replacen("{}", &date.hi, 1)),
        None => both(without.0, without.1),
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
        for answer in Answer::ALL {
            for facts in [&full, &Facts::default()] {
                let words = answer.words(facts);
                for text in [&words.word, &words.reason, &words.next] {
                    assert!(!text.en.is_empty() && !text.hi.is_empty(), "{answer:?}");
                    assert!(!text.en.contains('{') && !text.hi.contains('{'), "{answer:?} {text:?}");
                    assert!(text.hi.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)), "{answer:?} {text:?}");
                    for banned in ["invalid", "please", "oops", "tampered"] {
                        assert!(!text.en.to_lowercase().contains(banned), "{answer:?} says {banned}");
                    }
                }
            }
        }
        assert!(Answer::Revoked.words(&full).reason.hi.contains("31 मार्च 2026"));
        assert!(Answer::Superseded.words(&full).next.en.ends_with(':'), "the number follows");
    }
}
