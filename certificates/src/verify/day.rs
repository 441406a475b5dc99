//! "Was it valid on date D?" A second answer beside the verdict, which is always about now.

use domain::ist_date;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{Check, Logged, Reason, State, StatusAnswer, Trust, Verdict, VerdictCode};

/// Did it hold on that day?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The whole day, as far as anybody has said.
    Yes,
    /// Not, or not the whole day: a day on which it was cancelled, replaced or put on hold is not counted.
    No,
    /// Nobody can say.
    Unknown,
}

impl Held {
    /// The stable key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer about one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDay {
    /// The day, in India.
    pub day: Date,
    /// Did it hold?
    pub held: Held,
    /// Why.
    pub reason: Reason,
}

/// Whether what was presented held on a day. `verdict` is the one on the same evidence, with the same status and time.
///
/// A later revocation or replacement does not reach back: that a certificate should never have been issued is for whoever
/// reads its reason to say. An answer of the register speaks for every day before it, however old it is.
#[must_use]
pub fn held_on(day: Date, verdict: &Verdict, status: &StatusAnswer, trust: &Trust, now: Timestamp) -> OnDay {
    let (held, reason) = match decide(day, verdict, status, trust, now) {
        Ok(()) => (Held::Yes, Reason::Holds),
        Err(answer) => answer,
    };
    OnDay { day, held, reason }
}

fn decide(
    day: Date,
    verdict: &Verdict,
    status: &StatusAnswer,
    trust: &Trust,
    now: Timestamp,
) -> Result<(), (Held, Reason)> {
    let no = |reason| Err((Held::No, reason));
    let unknown = |reason| Err((Held::Unknown, reason));
    match (verdict.code, verdict.reason) {
        (VerdictCode::NotGenuine, reason) => return no(reason),
        (VerdictCode::Unreadable, reason) => return unknown(reason),
        // Without the register something can still be said; without keys, log or a way to read it nothing.
        (VerdictCode::Unknown, Reason::StatusUnavailable | Reason::StatusStale | Reason::IssuedInFuture) => {}
        (VerdictCode::Unknown, reason) => return unknown(reason),
        _ => {}
    }
    // Whatever it says today: a log that was asked and did not confirm it confirms no day.
    if verdict.checks.log == Check::Fail || verdict.log == Logged::Unavailable {
        return unknown(Reason::LogUnavailable);
    }
    if day > ist_date(now) {
        return unknown(Reason::DayInFuture);
    }
    let standing = match status {
        StatusAnswer::Known(standing) => Some(standing),
        _ => None,
    };
    let issued_on = verdict.claims.as_ref().map(|claims| claims.issued_on);
    match issued_on.or(standing.and_then(|standing| standing.issued_on)) {
        Some(issued) if day < issued => return no(Reason::NotYetIssued),
        Some(_) => {}
        None => return unknown(Reason::StatusUnavailable),
    }
    if verdict.expires.is_some_and(|last| day > last) {
        return no(Reason::Expired);
    }
    let Some(standing) = standing else {
        return unknown(Reason::StatusUnavailable);
    };
    let told = day < ist_date(standing.as_of) || trust.is_fresh(standing.as_of, now);
    let ended = |since: Option<Timestamp>, reason| match since {
        Some(since) if ist_date(since) <= day => no(reason),
        Some(_) => Ok(()),
        None => unknown(Reason::SinceUntold),
    };
    match &standing.state {
        State::Active => {}
        State::Revoked { since, .. } => ended(*since, Reason::Revoked)?,
        State::Superseded { since, .. } => ended(*since, Reason::Superseded)?,
        State::Suspended { since, until } => {
            if until.is_none_or(|last| day <= last) {
                ended(*since, Reason::Suspended)?;
            }
        }
    }
    if !told {
        return unknown(Reason::StatusStale);
    }
    match &standing.holds {
        None => unknown(Reason::HistoryUntold),
        Some(holds) if holds.iter().any(|hold| hold.from <= day && day <= hold.until) => no(Reason::Suspended),
        Some(_) => Ok(()),
    }
}
