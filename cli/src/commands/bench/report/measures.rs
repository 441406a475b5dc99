//! The bounds that are promised, and what a run found for each.

use serde::Serialize;

use super::super::measure::Series;
use super::super::variants::{
    OURS_LOG_AUDIT, OURS_PG, OURS_PG_REBUILD, OURS_PG_REPLAY, OURS_PG_VERIFIED, OURS_SQLITE, OURS_SQLITE_REBUILD,
    OURS_SQLITE_REPLAY, OURS_SQLITE_VERIFIED, RAW, STOCK_PG_REPLAY, STOCK_PG_VIEW, STOCK_PG_VIEW_WIDE, STOCK_SQLITE,
    STOCK_SQLITE_ONE, STOCK_SQLITE_REPLAY,
};
use super::figures::{Spread, per_core, ratio, values};

/// The events over which the time of making a view anew is promised.
const REBUILD_EVENTS: u64 = 1_000_000;

/// What a reader wants to know first.
#[derive(Debug, Clone, Serialize)]
pub(in crate::commands::bench) struct Measure {
    pub(in crate::commands::bench) what: String,
    pub(in crate::commands::bench) unit: &'static str,
    /// The bound that is promised, and the one that is wished for; smaller is better where `at_most`.
    pub(in crate::commands::bench) bound: Option<f64>,
    pub(in crate::commands::bench) aim: Option<f64>,
    pub(in crate::commands::bench) at_most: bool,
    /// Median over the rounds.
    pub(in crate::commands::bench) median: f64,
    pub(in crate::commands::bench) smallest: f64,
    pub(in crate::commands::bench) largest: f64,
}

impl Measure {
    pub(in crate::commands::bench) fn is_ratio(&self) -> bool {
        self.unit == "x"
    }

    pub(super) fn verdict(&self) -> &'static str {
        let reached = |bound: f64| {
            if self.at_most {
                self.median <= bound
            } else {
                self.median >= bound
            }
        };
        match (self.bound, self.aim) {
            (_, Some(aim)) if reached(aim) => "aim reached",
            (Some(bound), _) if reached(bound) => "reached",
            (Some(_), _) => "missed",
            _ => "",
        }
    }
}

/// The table of bounds, as far as this run can fill it: with `events` in the stores that were read.
pub(super) fn measures(series: &[Series], events: u64) -> Vec<Measure> {
    let mut all = Vec::new();
    let mut add = |what: &str, unit, bound: Option<f64>, aim: Option<f64>, at_most, found: Option<Spread>| {
        if let Some((median, smallest, largest)) = found {
            all.push(Measure {
                what: what.to_owned(),
                unit,
                bound,
                aim,
                at_most,
                median,
                smallest,
                largest,
            });
        }
    };
    let many = Some(32);
    add(
        "32 writers, everything on, to a raw insert",
        "x",
        Some(1.0),
        Some(1.8),
        false,
        ratio(series, many, OURS_PG, RAW),
    );
    add(
        "1 writer, everything on, to a raw insert",
        "x",
        Some(0.6),
        Some(0.9),
        false,
        ratio(series, Some(1), OURS_PG, RAW),
    );
    add(
        "32 writers, to postgres-es with a view, pool of 10",
        "x",
        Some(4.0),
        Some(8.0),
        false,
        ratio(series, many, OURS_PG, STOCK_PG_VIEW),
    );
    add(
        "32 writers, to postgres-es with a view, pool of 32",
        "x",
        None,
        None,
        false,
        ratio(series, many, OURS_PG, STOCK_PG_VIEW_WIDE),
    );
    add(
        "SQLite FULL, 32 writers, to sqlite-es FULL, pool of 10",
        "x",
        Some(10.0),
        Some(20.0),
        false,
        ratio(series, many, OURS_SQLITE, STOCK_SQLITE),
    );
    add(
        "SQLite FULL, 32 writers, to sqlite-es FULL, one connection",
        "x",
        None,
        None,
        false,
        ratio(series, many, OURS_SQLITE, STOCK_SQLITE_ONE),
    );
    add(
        "typed replay on PostgreSQL, to postgres-es",
        "x",
        Some(4.0),
        Some(15.0),
        false,
        ratio(series, None, OURS_PG_REPLAY, STOCK_PG_REPLAY),
    );
    add(
        "typed replay on SQLite, to sqlite-es",
        "x",
        None,
        None,
        false,
        ratio(series, None, OURS_SQLITE_REPLAY, STOCK_SQLITE_REPLAY),
    );
    for (what, variant) in [
        (
            "verified replay on PostgreSQL, of the reading process",
            OURS_PG_VERIFIED,
        ),
        ("verified replay on SQLite", OURS_SQLITE_VERIFIED),
    ] {
        let found = values(series, variant, per_core);
        add(what, "events/s/core", Some(200_000.0), Some(400_000.0), false, found);
    }
    let found = values(series, OURS_LOG_AUDIT, per_core);
    add(
        "log audit alone: leaves, tiles, root",
        "events/s/core",
        Some(500_000.0),
        Some(1_500_000.0),
        false,
        found,
    );
    // The bound is for that many, and what fewer take says nothing about it.
    if events == REBUILD_EVENTS {
        for (what, variant) in [
            ("one view made anew over 1 M events, PostgreSQL", OURS_PG_REBUILD),
            ("one view made anew over 1 M events, SQLite", OURS_SQLITE_REBUILD),
        ] {
            let found = values(series, variant, |sample| Some(sample.seconds));
            add(what, "s", Some(60.0), Some(10.0), true, found);
        }
    }
    for (what, variant) in [
        ("memory while replaying from PostgreSQL", OURS_PG_REPLAY),
        ("memory while replaying from SQLite", OURS_SQLITE_REPLAY),
    ] {
        let found = values(series, variant, |sample| Some(sample.peak_memory_bytes as f64 / 1e6));
        add(what, "MB", Some(200.0), Some(64.0), true, found);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::super::measure::Sample;
    use super::*;

    fn series(variant: &'static str, rounds: Vec<Sample>) -> Series {
        Series {
            variant,
            what: "",
            writers: None,
            rounds,
        }
    }

    #[test]
    fn the_log_audit_is_judged_by_what_one_core_does() {
        let sample = |client_cpu_us| Sample {
            client_cpu_us,
            ..Sample::default()
        };
        for (each, verdict) in [(2.1, "missed"), (2.0, "reached"), (0.5, "aim reached")] {
            let found = measures(&[series(OURS_LOG_AUDIT, vec![sample(each)])], 3_000);
            let [measure] = &found[..] else { panic!("{found:?}") };
            assert_eq!((measure.unit, measure.verdict()), ("events/s/core", verdict));
            assert!((measure.median - 1e6 / each).abs() < 1e-6);
        }
    }

    #[test]
    fn making_a_view_anew_is_judged_over_a_million_events_only() {
        let sample = |seconds| Sample {
            seconds,
            ..Sample::default()
        };
        for (seconds, verdict) in [(60.1, "missed"), (60.0, "reached"), (10.0, "aim reached")] {
            for variant in [OURS_PG_REBUILD, OURS_SQLITE_REBUILD] {
                let all = [series(variant, vec![sample(1.0), sample(seconds), sample(100.0)])];
                let found = measures(&all, 1_000_000);
                let [measure] = &found[..] else { panic!("{found:?}") };
                assert_eq!((measure.median, measure.unit), (seconds, "s"));
                assert_eq!(measure.verdict(), verdict);
                for other in [999_999, 1_000_001, 3_000] {
                    assert!(measures(&all, other).is_empty(), "{other} events");
                }
            }
        }
    }
}
