//! Dates and times as people read them: day first, month in words, IST.

use domain::{
    Bilingual,
    catalogue::{date_in_words, instant_in_words},
};
use jiff::{Timestamp, civil::Date};

/// `31 March 2026` / `31 मार्च 2026`.
#[must_use]
pub fn day(date: Date) -> Bilingual {
    date_in_words(date)
}

/// `31 March 2026, 17:04 IST` / `31 मार्च 2026, 17:04 IST`.
#[must_use]
pub fn instant(at: Timestamp) -> Bilingual {
    instant_in_words(at)
}

/// The attribute of a `time` element: RFC 3339, to the second, UTC.
#[must_use]
pub fn iso(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// How much of a time limit is left, as a tag: its words, its class, its date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// "2 days left", "1 day late".
    pub words: Bilingual,
    /// `ok`, `warn` or `bad`; the words say the same.
    pub class: &'static str,
    /// The last day.
    pub date: Bilingual,
}

impl Limit {
    /// As seen on the civil day `today`.
    #[must_use]
    pub fn on(due: Date, today: Date) -> Self {
        let left = (due - today).get_days();
        let days = |n: i32| if n == 1 { "day" } else { "days" };
        let (words, class) = match left {
            ..0 => (
                Bilingual::new(
                    format!("! {} {} late", -left, days(-left)),
                    format!("! {} दिन की देरी", -left),
                ),
                "bad",
            ),
            0 => (Bilingual::new("! due today", "! आज आख़िरी दिन"), "warn"),
            1..=2 => (
                Bilingual::new(format!("{left} {} left", days(left)), format!("{left} दिन बाकी")),
                "warn",
            ),
            _ => (
                Bilingual::new(format!("{left} days left"), format!("{left} दिन बाकी")),
                "ok",
            ),
        };
        Self {
            words,
            class,
            date: day(due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_indian_time() {
        let at: Timestamp = "2026-11-22T18:31:09Z".parse().unwrap();
        assert_eq!(instant(at).en, "23 November 2026, 00:01 IST");
        assert_eq!(instant(at).hi, "23 नवंबर 2026, 00:01 IST");
        assert_eq!(iso("2026-11-22T18:31:09.123Z".parse().unwrap()), "2026-11-22T18:31:09Z");
    }

    #[test]
    fn a_limit_is_late_only_after_its_last_day() {
        let today: Date = "2026-11-22".parse().unwrap();
        let on = |due: &str| Limit::on(due.parse().unwrap(), today);
        assert_eq!(
            (on("2026-11-21").words.en.as_str(), on("2026-11-21").class),
            ("! 1 day late", "bad")
        );
        assert_eq!(
            (on("2026-11-22").words.en.as_str(), on("2026-11-22").class),
            ("! due today", "warn")
        );
        assert_eq!(
            (on("2026-11-23").words.en.as_str(), on("2026-11-23").class),
            ("1 day left", "warn")
        );
        assert_eq!(
            (on("2027-01-22").words.en.as_str(), on("2027-01-22").class),
            ("61 days left", "ok")
        );
    }
}
