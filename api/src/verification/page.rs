//! The pages a verifier sees.

use askama::Template;
use assistant::words::{VerdictWords, verdict};
use certificates::{Record, VerdictCode};
use domain::{
    Bilingual, Language,
    catalogue::{Printed, date_in_words},
};

use super::words::{Facts, Words, shows_fields, words};
use crate::page::Page;

/// Was it so?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Nobody looked, or could.
    NotChecked,
}

impl Tick {
    /// The class of the list item and of its sign.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotChecked => "unchecked",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(&self, p: &Page) -> &'static str {
        match self {
            Self::Yes => p.t("yes", "हाँ"),
            Self::No => p.t("no", "नहीं"),
            Self::NotChecked => p.t("not checked", "जाँचा नहीं गया"),
        }
    }
}

/// One line of "what was checked".
#[derive(Clone, Debug)]
pub struct Checked {
    /// The question.
    pub question: Bilingual,
    /// Its answer.
    pub result: Tick,
    /// The answer in other words than yes and no.
    pub words: Option<Bilingual>,
    /// As of when, where in the log.
    pub detail: Option<Bilingual>,
}

/// One line to compare with the paper.
#[derive(Clone, Debug)]
pub struct Compare {
    /// What it is called.
    pub label: Bilingual,
    /// In Hindi.
    pub hi: Option<String>,
    /// In English or Latin letters.
    pub en: Option<String>,
}

impl Compare {
    /// A line from a printed value.
    #[must_use]
    pub fn new(label: Bilingual, printed: Printed) -> Self {
        // The same characters twice would be read twice.
        let en = printed.en.filter(|en| printed.hi.as_ref() != Some(en));
        Self {
            label,
            hi: printed.hi,
            en,
        }
    }
}

/// What the page shows of a certificate.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its type.
    pub title: Bilingual,
    /// Its number.
    pub number: String,
    /// Only a part of the name is shown, because only the number was given.
    pub masked: bool,
    /// The lines to compare.
    pub fields: Vec<Compare>,
}

/// `GET /C/{token}`, and the answer of `/verify`.
#[derive(Template)]
#[template(path = "verdict.html")]
pub struct VerdictPage {
    p: Page,
    code: &'static str,
    word: Bilingual,
    reason: Bilingual,
    next: Bilingual,
    newer: Option<String>,
    certificate: Option<Shown>,
    ticks: Vec<Checked>,
    checked_iso: String,
    checked_at: String,
    typed: String,
    number_wrong: bool,
}

impl VerdictPage {
    /// The page of an answer. Particulars are dropped where the answer may not show them, whatever is handed in.
    /// The first of `ticks` is the signature.
    #[must_use]
    pub fn new(
        p: Page,
        answer: VerdictCode,
        facts: Facts,
        certificate: Option<Shown>,
        ticks: Vec<Checked>,
        at: jiff::Timestamp,
    ) -> Self {
        let Words { word, reason, next } = words(answer, &facts);
        Self {
            code: answer.code(),
            word,
            reason,
            next,
            newer: facts.newer.filter(|_| answer == VerdictCode::Superseded),
            // "Cannot confirm" shows what it read only if the signature over it is right.
            certificate: certificate.filter(|_| {
                let signed = ticks.first().is_some_and(|tick| tick.result == Tick::Yes);
                shows_fields(answer) && (answer != VerdictCode::Unknown || signed)
            }),
            ticks,
            checked_iso: crate::page::time::iso(at),
            checked_at: p.b(&crate::page::time::instant(at)).to_owned(),
            p,
            typed: String::new(),
            number_wrong: false,
        }
    }

    /// With another sentence of why, where the verdict's own would be untrue.
    #[must_use]
    pub fn because(mut self, why: Option<Bilingual>) -> Self {
        self.reason = why.unwrap_or(self.reason);
        self
    }

    /// Names the printed fields that are not as they were signed: by their labels, never by what the paper says.
    #[must_use]
    pub fn naming(mut self, differs: &[(String, Bilingual)]) -> Self {
        if differs.is_empty() {
            return self;
        }
        let list = |text: fn(&Bilingual) -> &str| {
            let labels: Vec<&str> = differs.iter().map(|(_, label)| text(label)).collect();
            labels.join(", ")
        };
        let (en, hi) = (list(|label| &label.en), list(|label| &label.hi));
        self.reason = Bilingual::new(
            format!("{} Not as it was issued: {en}.", self.reason.en),
            format!("{} जैसा जारी हुआ था वैसा नहीं: {hi}।", self.reason.hi),
        );
        self
    }
}

/// The answer of `/verify/page`: what the paper says, for those who cannot read paper or a PDF well. It is made from the record that
/// the file proved, and says at its top how the certificate stands, so that it is never read without.
#[derive(Template)]
#[template(path = "paper.html")]
pub struct PaperPage {
    p: Page,
    code: &'static str,
    word: Bilingual,
    reason: Bilingual,
    record: Record,
    issued_on: Bilingual,
    valid_until: Bilingual,
    checked_iso: String,
    checked_at: String,
}

impl PaperPage {
    /// The page of a record that was proven.
    #[must_use]
    pub fn new(p: Page, answer: VerdictCode, facts: &Facts, record: Record, at: jiff::Timestamp) -> Self {
        let Words { word, reason, .. } = words(answer, facts);
        Self {
            code: answer.code(),
            word,
            reason,
            issued_on: date_in_words(record.issued_on),
            valid_until: record
                .expires_on
                .map_or_else(|| certificates::pdf::no_end(&record.layout), date_in_words),
            record,
            checked_iso: crate::page::time::iso(at),
            checked_at: p.b(&crate::page::time::instant(at)).to_owned(),
            p,
        }
    }
}

/// Why there is no verdict.
#[derive(Clone, Debug)]
pub struct NoVerdict {
    /// In a few words.
    pub title: Bilingual,
    /// What it means.
    pub what: Bilingual,
    /// What to do.
    pub next: Bilingual,
}

impl NoVerdict {
    /// From the table that chat and pages share.
    fn of(code: &str) -> Self {
        let say = |pick: fn(VerdictWords) -> &'static str| {
            let one = |language| verdict(code, language).map_or("", pick);
            Bilingual::new(one(Language::En), one(Language::Hi))
        };
        Self {
            title: say(|words| words.word),
            what: say(|words| words.reason),
            next: say(|words| words.advice),
        }
    }

    /// A number that nobody has.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of("not_found")
    }

    /// A number whose check character does not fit.
    #[must_use]
    pub fn mistyped() -> Self {
        Self::of("mistyped")
    }

    /// Nothing was given, or something that is no number at all.
    #[must_use]
    pub fn no_number() -> Self {
        Self {
            title: Bilingual::new("This is not a certificate number", "यह प्रमाण पत्र का नंबर नहीं है"),
            what: Bilingual::new(
                "A number has sixteen characters and begins with DL.",
                "नंबर में सोलह अक्षर होते हैं और वह DL से शुरू होता है।",
            ),
            next: Bilingual::new(
                "It is printed at the top right of the paper.",
                "वह कागज़ पर ऊपर दाईं ओर छपा है।",
            ),
        }
    }

    /// A file that is too large.
    #[must_use]
    pub fn too_large() -> Self {
        Self {
            title: Bilingual::new("The file is too large", "फ़ाइल बहुत बड़ी है"),
            what: Bilingual::new(
                "A photo or PDF may have up to 10 MB.",
                "फ़ोटो या PDF 10 MB तक की हो सकती है।",
            ),
            next: Bilingual::new(
                "Choose a smaller file, or type the number.",
                "छोटी फ़ाइल चुनें, या नंबर लिखें।",
            ),
        }
    }

    /// A file that is neither a picture nor a PDF, or none.
    #[must_use]
    pub fn wrong_type() -> Self {
        Self {
            title: Bilingual::new("This file cannot be checked", "यह फ़ाइल नहीं जाँची जा सकती"),
            what: Bilingual::new(
                "Only JPEG and PNG pictures and PDF files can be read.",
                "केवल JPEG और PNG फ़ोटो और PDF फ़ाइल पढ़ी जा सकती है।",
            ),
            next: Bilingual::new("Choose another file, or type the number.", "दूसरी फ़ाइल चुनें, या नंबर लिखें।"),
        }
    }

    /// Too many checks by number.
    #[must_use]
    pub fn wait(seconds: u64) -> Self {
        Self {
            title: Bilingual::new("Wait a little", "थोड़ा रुकें"),
            what: Bilingual::new("Too many checks from this phone.", "इस फ़ोन से बहुत जाँचें हुईं।"),
            next: Bilingual::new(
                format!("Try again in {seconds} seconds."),
                format!("{seconds} सेकंड बाद फिर कोशिश करें।"),
            ),
        }
    }
}

/// `GET /verify`, and what it answers when there is no verdict.
#[derive(Template)]
#[template(path = "verify.html")]
pub struct VerifyPage {
    /// The frame.
    pub p: Page,
    /// Why there is no verdict.
    pub problem: Option<NoVerdict>,
    /// What was typed.
    pub typed: String,
    /// Mark the number as wrong.
    pub number_wrong: bool,
}

/// One answer, explained.
pub struct Explained {
    code: &'static str,
    word: Bilingual,
    reason: Bilingual,
}

/// `GET /verify/answers`.
#[derive(Template)]
#[template(path = "answers.html")]
pub struct AnswersPage {
    p: Page,
    answers: Vec<Explained>,
}

impl AnswersPage {
    /// All eight.
    #[must_use]
    pub fn new(p: Page) -> Self {
        let answers = VerdictCode::ALL.map(|answer| {
            let date = Bilingual::new("(date)", "(तिथि)");
            let facts = Facts {
                date: Some(date.clone()),
                until: Some(date),
                newer: None,
            };
            let Words { word, reason, .. } = words(answer, &facts);
            Explained {
                code: answer.code(),
                word,
                reason,
            }
        });
        Self {
            p,
            answers: answers.into(),
        }
    }
}
