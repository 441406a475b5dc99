//! What a check found, and how it is told: to a person as a page, to a program as JSON.

use certificates::{OnDay, Record, VerdictCode};
use domain::{Bilingual, CertificateNumber, catalogue::Printed};
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{
    page::{Checked, Compare, PaperPage, Shown, Tick, VerdictPage},
    why::why,
    words::{Facts, questions, shows_fields},
};
use crate::page::{Page, time};

/// What a check found.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The verdict.
    pub answer: VerdictCode,
    /// The stable key of why.
    pub reason: &'static str,
    /// The printed fields of a changed PDF that are not as they were signed, as far as that is certain: key and name of each.
    pub differs: Vec<(String, Bilingual)>,
    /// What the certificate says, as far as it was proven or looked up.
    pub certificate: Option<Held>,
    /// Everything that the paper says, where a PDF proved it.
    pub record: Option<Record>,
    /// What was looked at.
    pub checks: Checks,
    /// When the file's signature was made in the word of a time-stamp authority, and whether this verifier trusts that authority.
    pub time_stamp: Option<(Timestamp, bool)>,
    /// What was handed in.
    pub source: Source,
    /// The last day, or the day of the cancellation.
    pub date: Option<Date>,
    /// The last day of a suspension, if that is known.
    pub until: Option<Date>,
    /// The certificate that replaced it.
    pub newer: Option<CertificateNumber>,
    /// Whether it held on the day that was asked about, if one was.
    pub on: Option<OnDay>,
    /// Made with demonstration keys: it has no legal value, whatever the verdict.
    pub demo: bool,
    /// When it was checked.
    pub at: Timestamp,
}

/// What was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The credential of the printed symbol.
    Qr,
    /// A PDF with its attachments.
    Pdf,
    /// A credential in the W3C's envelope.
    Vc,
    /// A number alone.
    Number,
}

impl Source {
    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Pdf => "pdf",
            Self::Vc => "vc",
            Self::Number => "number",
        }
    }
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its number.
    pub number: CertificateNumber,
    /// The service's code.
    pub service: String,
    /// Its type.
    pub title: Bilingual,
    /// The day of issue.
    pub issued_on: Date,
    /// The last day, if any.
    pub expires_on: Option<Date>,
    /// Only a number was given: the name is masked, nothing else about the person is here.
    pub masked: bool,
    /// The particulars of the person, in printed order.
    pub lines: Vec<Line>,
}

/// One particular.
#[derive(Clone, Debug)]
pub struct Line {
    /// `name`, `guardian`, `born`, or the field's code.
    pub code: String,
    /// What it is called.
    pub label: Bilingual,
    /// What it says.
    pub value: Printed,
}

/// What was looked at.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The office's signature over the credential.
    pub signature: Tick,
    /// The digest of the full record; only a PDF carries the record.
    pub record: Tick,
    /// The PDF itself: its signature, and that it is the file that was issued.
    pub document: Tick,
    /// It stands in the log.
    pub log: Tick,
    /// Where in the log, counted from 1.
    pub log_position: Option<u64>,
    /// How many entries the signed checkpoint commits to.
    pub log_size: Option<u64>,
    /// It is in force: not cancelled, not replaced, not on hold.
    pub status: Tick,
    /// Each check that was not made, by its key, and the reason's key.
    pub not_checked: Vec<(&'static str, &'static str)>,
}

impl Checks {
    /// Nothing was looked at, for this reason.
    #[must_use]
    pub fn none(reason: &'static str) -> Self {
        Self {
            signature: Tick::NotChecked,
            record: Tick::NotChecked,
            document: Tick::NotChecked,
            log: Tick::NotChecked,
            log_position: None,
            log_size: None,
            status: Tick::NotChecked,
            not_checked: ["signature", "record", "document", "log", "status"]
                .map(|check| (check, reason))
                .to_vec(),
        }
    }
}

impl Answered {
    /// Nothing could be read: a blurred photo, a file without a code, letters that are no credential.
    #[must_use]
    pub fn unreadable(reason: &'static str, source: Source, at: Timestamp) -> Self {
        Self {
            answer: VerdictCode::Unreadable,
            reason,
            differs: vec![],
            certificate: None,
            record: None,
            checks: Checks::none(reason),
            time_stamp: None,
            source,
            date: None,
            until: None,
            newer: None,
            on: None,
            demo: false,
            at,
        }
    }

    /// What may be shown of the certificate: nothing where the answer does not allow it.
    #[must_use]
    pub fn shown(&self) -> Option<&Held> {
        let trusted =
            self.answer != VerdictCode::Unknown || self.checks.signature == Tick::Yes || self.source == Source::Number;
        self.certificate
            .as_ref()
            .filter(|_| shows_fields(self.answer) && trusted)
    }

    /// As a page.
    #[must_use]
    pub fn page(&self, p: Page) -> VerdictPage {
        let facts = self.facts();
        let certificate = self.shown().map(Held::shown);
        VerdictPage::new(p, self.answer, facts, certificate, self.ticks(), self.at)
            .because(why(self.reason))
            .naming(&self.differs)
    }

    fn facts(&self) -> Facts {
        Facts {
            date: self.date.map(time::day),
            until: self.until.map(time::day),
            newer: self.newer.as_ref().map(ToString::to_string),
        }
    }

    /// The certificate as a page, where a PDF proved every line of it and the answer may show them.
    #[must_use]
    pub fn paper(&self, p: Page) -> Option<PaperPage> {
        self.shown()?;
        let record = self.record.clone()?;
        let facts = self.facts();
        Some(PaperPage::new(p, self.answer, &facts, record, self.at))
    }

    fn ticks(&self) -> Vec<Checked> {
        let Checks {
            signature,
            document,
            log,
            log_position,
            status,
            ..
        } = &self.checks;
        let [signed, logged, listed] = questions();
        let mut ticks = vec![
            Checked {
                question: signed,
                result: *signature,
                words: None,
                detail: (self.source == Source::Number && *signature == Tick::NotChecked)
                    .then(|| Bilingual::new("a number carries no signature", "नंबर में हस्ताक्षर नहीं होता")),
            },
            Checked {
                question: logged,
                result: *log,
                words: None,
                detail: log_position.map(|at| Bilingual::new(format!("position {at}"), format!("स्थान {at}"))),
            },
            Checked {
                question: listed,
                result: *status,
                // "Not cancelled? No." would be read either way.
                words: match status {
                    Tick::Yes => Some(Bilingual::new("not on it", "इसमें नहीं है")),
                    Tick::No => Some(Bilingual::new("on it", "इसमें है")),
                    Tick::NotChecked => None,
                },
                detail: (*status != Tick::NotChecked).then(|| time::instant(self.at)),
            },
        ];
        if self.source == Source::Pdf {
            let question = Bilingual::new("The file as it was issued?", "फ़ाइल जैसी जारी हुई थी?");
            ticks.insert(
                1,
                Checked {
                    question,
                    result: *document,
                    words: None,
                    detail: self.signed_by(),
                },
            );
        }
        ticks
    }

    /// By when the file was signed, where somebody vouches for that.
    fn signed_by(&self) -> Option<Bilingual> {
        let (at, trusted) = self.time_stamp.filter(|_| self.checks.document == Tick::Yes)?;
        trusted.then(|| {
            let Bilingual { en, hi } = time::instant(at);
            Bilingual::new(
                format!("signed by {en}, as a time-stamp authority attests"),
                format!("{hi} तक हस्ताक्षरित, समय-मुहर प्राधिकरण के अनुसार"),
            )
        })
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let Checks {
            signature,
            record,
            document,
            log,
            log_position,
            log_size,
            status,
            not_checked,
        } = &self.checks;
        let certificate = self.shown().map(|held| {
            let of = |code: &str| {
                held.lines
                    .iter()
                    .find(|line| line.code == code)
                    .map(|line| line.value.clone())
            };
            let plain = |printed: Printed| printed.en.or(printed.hi);
            json!({
                "number": held.number,
                "type": held.service,
                "title": held.title,
                "name": of("name").and_then(plain),
                "guardian": of("guardian").and_then(plain),
                "issued": held.issued_on,
                "expires": held.expires_on,
                "masked": held.masked,
                "fields": held.lines.iter().map(|line| json!({
                    "code": line.code, "label": line.label, "value": line.value,
                })).collect::<Vec<_>>(),
            })
        });
        let compare: Vec<&str> = self
            .shown()
            .filter(|held| !held.masked)
            .map(|held| held.lines.iter().map(|line| line.code.as_str()).collect())
            .unwrap_or_default();
        json!({
            "verdict": self.answer.code(),
            "reason": self.reason,
            "differs": self.differs.iter().map(|(code, _)| code).collect::<Vec<_>>(),
            "date": self.date,
            "until": self.until,
            "newer": self.newer,
            "on": self.on.map(|on| json!({ "day": on.day, "held": on.held.code(), "reason": on.reason.code() })),
            "certificate": certificate,
            "checks": {
                "signature": result(*signature),
                "record": result(*record),
                "document": result(*document),
                "log": { "result": result(*log), "position": log_position, "tree_size": log_size },
                "status": { "result": result(*status), "as_of": (*status != Tick::NotChecked).then(|| time::iso(self.at)) },
            },
            "time_stamp": self.time_stamp.map(|(at, trusted)| json!({
                "at": time::iso(at), "authority": if trusted { "pass" } else { "not_checked" },
            })),
            "not_checked": not_checked.iter().map(|(check, reason)| json!({ "check": check, "reason": reason })).collect::<Vec<_>>(),
            "source": self.source.code(),
            "demo": self.demo,
            "compare_with_paper": compare,
            "checked_at": time::iso(self.at),
        })
    }
}

const fn result(tick: Tick) -> &'static str {
    match tick {
        Tick::Yes => "pass",
        Tick::No => "fail",
        Tick::NotChecked => "not_checked",
    }
}

impl Held {
    fn shown(&self) -> Shown {
        let date = |date: Date| {
            let words = time::day(date);
            Printed {
                en: Some(words.en),
                hi: Some(words.hi),
            }
        };
        let mut fields: Vec<Compare> = self
            .lines
            .iter()
            .map(|line| Compare::new(line.label.clone(), line.value.clone()))
            .collect();
        fields.push(Compare::new(
            Bilingual::new("Date of issue", "जारी होने की तिथि"),
            date(self.issued_on),
        ));
        if let Some(last) = self.expires_on {
            fields.push(Compare::new(Bilingual::new("Holds until", "कब तक मान्य"), date(last)));
        }
        Shown {
            title: self.title.clone(),
            number: self.number.to_string(),
            masked: self.masked,
            fields,
        }
    }
}
