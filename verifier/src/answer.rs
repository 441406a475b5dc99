//! A verdict as it is told to a page: everything in it may be shown.

use certificates::{CheckName, Checks, Claims, Reason, Source, Verdict, VerdictCode};
use domain::{
    Bilingual,
    catalogue::{Printed, date_in_words, instant_in_words},
    ist_date,
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// A day, in words of both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// ISO 8601.
    pub iso: Date,
    /// As people read it.
    #[serde(flatten)]
    pub words: Bilingual,
}

impl Day {
    fn of(date: Date) -> Self {
        Self {
            iso: date,
            words: date_in_words(date),
        }
    }
}

/// An instant, in words of both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instant {
    /// RFC 3339, to the second, UTC.
    pub iso: String,
    /// As people read it, in Indian time.
    #[serde(flatten)]
    pub words: Bilingual,
}

impl Instant {
    pub(crate) fn of(at: Timestamp) -> Self {
        Self {
            iso: Timestamp::from_second(at.as_second()).unwrap_or(at).to_string(),
            words: instant_in_words(at),
        }
    }
}

/// What a credential says, once its signature is known to be good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Particulars {
    /// The certificate's number.
    pub number: String,
    /// The two letters of its service.
    pub letters: String,
    /// The particulars of the person in the order of the paper, each with its code.
    pub lines: Vec<(&'static str, Printed)>,
    /// The day of issue.
    pub issued: Day,
    /// The last day, if there is one.
    pub expires: Option<Day>,
    /// A text was shortened to fit the code.
    pub shortened: bool,
}

impl Particulars {
    fn of(claims: &Claims) -> Self {
        Self {
            number: claims.number.to_string(),
            letters: claims.number.letters().to_owned(),
            lines: claims.printed(),
            issued: Day::of(claims.issued_on),
            expires: claims.expires_on.map(Day::of),
            shortened: claims.shortened(),
        }
    }
}

/// Whether it held on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnDay {
    /// The day.
    pub day: Day,
    /// `yes`, `no` or `unknown`.
    pub held: &'static str,
    /// Why.
    pub reason: Reason,
}

/// The answer. Words for verdict and reason are the page's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Which of the eight.
    pub verdict: VerdictCode,
    /// Why.
    pub reason: Reason,
    /// What was given.
    pub source: Source,
    /// Made with demonstration keys: worth nothing, whatever the verdict.
    pub demo: bool,
    /// What the certificate says; nothing without a good signature.
    pub certificate: Option<Particulars>,
    /// What was looked at.
    pub checks: Checks,
    /// Every check that was not made, and why not.
    pub not_checked: Vec<(CheckName, Reason)>,
    /// The time of the list that was asked.
    pub status_as_of: Option<Instant>,
    /// The last day of one that has expired; since when it is suspended, revoked or superseded, which lists do not tell.
    pub date: Option<Day>,
    /// The last day of a suspension, which lists do not tell either.
    pub until: Option<Day>,
    /// Whether it held on the day that was asked about, if one was.
    pub on: Option<OnDay>,
    /// When it was checked.
    pub checked_at: Instant,
}

impl Answer {
    pub(crate) fn of(verdict: Verdict, on: Option<certificates::OnDay>, now: Timestamp) -> Self {
        let date = if verdict.code == VerdictCode::Expired {
            verdict.expires
        } else {
            verdict.since.map(ist_date)
        };
        Self {
            verdict: verdict.code,
            reason: verdict.reason,
            source: verdict.source,
            demo: verdict.demo,
            certificate: verdict.claims.as_ref().map(Particulars::of),
            checks: verdict.checks,
            not_checked: verdict.not_checked,
            status_as_of: verdict.status_as_of.map(Instant::of),
            date: date.map(Day::of),
            until: verdict.until.map(Day::of),
            on: on.map(|on| OnDay {
                day: Day::of(on.day),
                held: on.held.code(),
                reason: on.reason,
            }),
            checked_at: Instant::of(now),
        }
    }
}
