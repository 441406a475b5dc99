//! An officer's session: a 256-bit random token in a cookie, its hash in a row of the ledger. The token itself is nowhere
//! stored, so whoever reads the database cannot take a session over.
//!
//! A session ends after 15 minutes without a step and after 8 hours in any case (OWASP ASVS 7.3), at sign-out, and at once
//! when the officer is no longer in office.

mod signed_in;
mod store;

use domain::OfficerId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use signed_in::SignedIn;
pub(crate) use store::{Sessions, cookie_name, set_cookie, unset_cookie};

/// Without a step for so long, it ends.
const IDLE_MAX: SignedDuration = SignedDuration::from_mins(15);
/// So long after sign-in, it ends.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(8);
/// A step is written down at most so often: not every page view is a write.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) officer: OfficerId,
    pub(crate) began_at: Timestamp,
    pub(crate) seen_at: Timestamp,
}

impl Session {
    const fn begin(officer: OfficerId, now: Timestamp) -> Self {
        Self {
            officer,
            began_at: now,
            seen_at: now,
        }
    }

    /// Does it hold? A clock that went back ends it: nobody may gain time by that.
    fn holds(&self, now: Timestamp) -> bool {
        let idle = now.duration_since(self.seen_at);
        let age = now.duration_since(self.began_at);
        let positive = |span: SignedDuration| !span.is_negative();
        // `seen_at` may be up to a step ahead of another machine's clock.
        (positive(idle) || -idle < NOTED_EVERY) && positive(age) && idle < IDLE_MAX && age < AGE_MAX
    }

    /// Is this step to be written down?
    fn to_be_noted(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) >= NOTED_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_ends_when_idle_for_fifteen_minutes() {
        let session = Session::begin(OfficerId::new("DEMO-101"), at(0));
        assert!(session.holds(at(0)));
        assert!(session.holds(at(15 * 60 - 1)));
        assert!(!session.holds(at(15 * 60)));
    }

    #[test]
    fn it_ends_after_eight_hours_however_busy() {
        let session = Session {
            officer: OfficerId::new("DEMO-101"),
            began_at: at(0),
            seen_at: at(8 * 3600 - 30),
        };
        assert!(session.holds(at(8 * 3600 - 1)));
        assert!(!session.holds(at(8 * 3600)));
    }

    #[test]
    fn a_clock_that_goes_back_ends_it() {
        let session = Session::begin(OfficerId::new("DEMO-101"), at(0));
        assert!(!session.holds(at(-1)));
    }

    #[test]
    fn not_every_step_is_a_write() {
        let session = Session::begin(OfficerId::new("DEMO-101"), at(0));
        assert!(!session.to_be_noted(at(59)));
        assert!(session.to_be_noted(at(60)));
    }
}
