//! From turns to a table: ratios within a round, medians over the rounds.

use std::fmt::Write as _;

use serde::Serialize;

use super::Options;
use super::machine::{LOAD_QUIET, Machine};
use super::measure::{Sample, Series};
use super::server::Server;
use super::variants::{
    OURS_PG, OURS_PG_REPLAY, OURS_PG_VERIFIED, OURS_SQLITE, OURS_SQLITE_REPLAY, OURS_SQLITE_VERIFIED, RAW,
    STOCK_PG_REPLAY, STOCK_PG_VIEW, STOCK_PG_VIEW_WIDE, STOCK_SQLITE, STOCK_SQLITE_ONE, STOCK_SQLITE_REPLAY,
};

/// Others may use this part of the machine before a figure is doubted.
const OTHERS_QUIET: f64 = 0.05;

/// What a reader wants to know first.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Measure {
    pub(super) what: String,
    pub(super) unit: &'static str,
    /// The bound that is promised, and the one that is wished for; smaller is better where `at_most`.
    pub(super) bound: Option<f64>,
    pub(super) aim: Option<f64>,
    pub(super) at_most: bool,
    /// Median over the rounds.
    pub(super) median: f64,
    pub(super) smallest: f64,
    pub(super) largest: f64,
}

impl Measure {
    pub(super) fn is_ratio(&self) -> bool {
        self.unit == "x"
    }

    fn verdict(&self) -> &'static str {
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

/// Everything that a run found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) postgres: String,
    pub(super) postgres_settings: Vec<(&'static str, String)>,
    pub(super) rounds: usize,
    pub(super) seconds: f64,
    pub(super) events: u64,
    pub(super) warnings: Vec<String>,
    pub(super) measures: Vec<Measure>,
    pub(super) series: Vec<Series>,
}

impl Report {
    pub(super) fn new(options: &Options, machine: Machine, server: &Server, series: Vec<Series>) -> Self {
        let warnings = warnings(options, &machine, &series);
        Self {
            postgres: server.version.clone(),
            postgres_settings: server.settings.clone(),
            rounds: options.rounds,
            seconds: options.seconds,
            events: options.events,
            warnings,
            measures: measures(&series),
            machine,
            series,
        }
    }

    /// Whether every store held what it had acknowledged, and every audit was content.
    pub(super) fn sound(&self) -> bool {
        self.series.iter().flat_map(|series| &series.rounds).all(is_sound)
    }

    /// For a terminal.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}, PostgreSQL {}\n", self.machine.line(), self.postgres);
        for warning in &self.warnings {
            let _ = writeln!(out, "! {warning}");
        }
        for (title, table) in self.tables() {
            let _ = writeln!(out, "\n{title}\n{}", aligned(&table));
        }
        out
    }

    /// Titles, and rows of cells with a head row.
    pub(super) fn tables(&self) -> Vec<(String, Vec<Vec<String>>)> {
        let mut all = Vec::new();
        let mut counts: Vec<usize> = self.series.iter().filter_map(|series| series.writers).collect();
        counts.sort_unstable();
        counts.dedup();
        for writers in counts {
            let rows: Vec<&Series> = self.of(|series| series.writers == Some(writers));
            let title = match writers {
                1 => "Writing, 1 writer".to_owned(),
                _ => format!("Writing, {writers} writers"),
            };
            all.push((title, self.writing(&rows, writers)));
        }
        let readers = self.of(|series| series.writers.is_none());
        if !readers.is_empty() {
            all.push(("Reading".to_owned(), reading(&readers)));
        }
        if !self.measures.is_empty() {
            all.push(("Against the bounds".to_owned(), against(&self.measures)));
        }
        all
    }

    fn of(&self, which: impl Fn(&Series) -> bool) -> Vec<&Series> {
        self.series.iter().filter(|series| which(series)).collect()
    }

    fn writing(&self, rows: &[&Series], writers: usize) -> Vec<Vec<String>> {
        let head = [
            "variant",
            "commands/s",
            "to raw",
            "p50 us",
            "p99 us",
            "client CPU us",
            "server CPU us",
            "CPU us",
            "flushes",
            "log bytes",
            "failed",
            "others",
        ];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for series in rows {
            let mid = |part: fn(&Sample) -> Option<f64>| median(series.rounds.iter().filter_map(part));
            let to_raw = ratio(&self.series, Some(writers), series.variant, RAW).map(|(median, ..)| median);
            let failed: u64 = series.rounds.iter().map(|sample| sample.failed).sum();
            table.push(vec![
                series.variant.to_owned(),
                number(mid(|sample| Some(sample.per_second)), 0),
                number(to_raw, 2),
                number(mid(|sample| sample.p50_us), 0),
                number(mid(|sample| sample.p99_us), 0),
                number(mid(|sample| Some(sample.client_cpu_us)), 0),
                number(mid(|sample| sample.server_cpu_us), 0),
                number(mid(|sample| Some(cpu_us(sample))), 0),
                number(mid(|sample| sample.flushes), 3),
                number(mid(|sample| sample.log_bytes), 0),
                failed.to_string(),
                percent(mid(|sample| Some(sample.others))),
            ]);
        }
        table
    }
}

fn reading(rows: &[&Series]) -> Vec<Vec<String>> {
    let head = [
        "variant",
        "events",
        "events/s",
        "client CPU us",
        "server CPU us",
        "events/s/core",
        "peak MB",
        "others",
    ];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for series in rows {
        let mid = |part: fn(&Sample) -> Option<f64>| median(series.rounds.iter().filter_map(part));
        table.push(vec![
            series.variant.to_owned(),
            number(mid(|sample| Some(sample.count as f64)), 0),
            number(mid(|sample| Some(sample.per_second)), 0),
            number(mid(|sample| Some(sample.client_cpu_us)), 2),
            number(mid(|sample| sample.server_cpu_us), 2),
            number(mid(per_core), 0),
            number(mid(|sample| Some(sample.peak_memory_bytes as f64 / 1e6)), 0),
            percent(mid(|sample| Some(sample.others))),
        ]);
    }
    table
}

fn against(measures: &[Measure]) -> Vec<Vec<String>> {
    let head = ["measure", "bound", "aim", "median", "range", ""];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for measure in measures {
        let digits = usize::from(measure.median < 1_000.0) * 2;
        let shown = |value: Option<f64>| match value {
            Some(value) if measure.is_ratio() => format!("{value:.2}x"),
            Some(value) if value >= 1_000.0 => format!("{} {}", grouped(value), measure.unit),
            Some(value) => format!("{value:.1} {}", measure.unit),
            None => String::new(),
        };
        let range = format!(
            "{}–{}",
            number(Some(measure.smallest), digits),
            number(Some(measure.largest), digits)
        );
        table.push(vec![
            measure.what.clone(),
            shown(measure.bound),
            shown(measure.aim),
            shown(Some(measure.median)),
            range,
            measure.verdict().to_owned(),
        ]);
    }
    table
}

fn is_sound(sample: &Sample) -> bool {
    // A command that failed may have been stored all the same: its outcome is unknown to the caller.
    let whole = match (sample.stored, sample.expected) {
        (Some(stored), Some(expected)) => (expected..=expected + sample.failed).contains(&stored),
        _ => true,
    };
    whole && sample.breaks.unwrap_or(0) == 0
}

fn cpu_us(sample: &Sample) -> f64 {
    sample.client_cpu_us + sample.server_cpu_us.unwrap_or(0.0)
}

/// Events for each second of one core of the reading process.
fn per_core(sample: &Sample) -> Option<f64> {
    (sample.client_cpu_us > 0.0).then(|| 1e6 / sample.client_cpu_us)
}

fn warnings(options: &Options, machine: &Machine, series: &[Series]) -> Vec<String> {
    let mut all = Vec::new();
    if machine.build != "release" {
        all.push("this is no release build: its figures mean nothing".to_owned());
    }
    if machine.load_before > LOAD_QUIET {
        all.push(format!(
            "the load average before the start was {:.2}: trust the ratios and the CPU for one command, not the rates",
            machine.load_before
        ));
    }
    let samples = || series.iter().flat_map(|series| &series.rounds);
    let disturbed = samples().filter(|sample| sample.others > OTHERS_QUIET).count();
    if disturbed > 0 {
        all.push(format!(
            "in {disturbed} of {} turns others used more than {:.0} % of the machine",
            samples().count(),
            OTHERS_QUIET * 100.0
        ));
    }
    if matches!(machine.file_system.as_str(), "tmpfs" | "ramfs" | "overlay") {
        all.push(format!(
            "the stores lie on {}, where a flush costs nothing: name a folder on a disk with --folder",
            machine.file_system
        ));
    }
    if options.yardstick.is_none() {
        all.push("no --yardstick was named: the stock crates are left out".to_owned());
    }
    for series in series {
        let failed: u64 = series.rounds.iter().map(|sample| sample.failed).sum();
        if failed > 0 {
            all.push(format!("{}: {failed} commands failed", series.variant));
        }
        for sample in series.rounds.iter().filter(|sample| !is_sound(sample)) {
            all.push(format!(
                "{}: {} events stored where {} were acknowledged, {} breaks found",
                series.variant,
                sample.stored.unwrap_or(0),
                sample.expected.unwrap_or(0),
                sample.breaks.unwrap_or(0)
            ));
        }
    }
    all
}

fn find<'a>(series: &'a [Series], writers: Option<usize>, variant: &str) -> Option<&'a Series> {
    series
        .iter()
        .find(|series| series.variant == variant && series.writers == writers)
}

/// Median, smallest and largest.
type Spread = (f64, f64, f64);

fn spread(values: Vec<f64>) -> Option<Spread> {
    let smallest = values.iter().copied().reduce(f64::min)?;
    let largest = values.iter().copied().reduce(f64::max)?;
    Some((median(values.into_iter())?, smallest, largest))
}

/// One variant's rate in another's, round by round.
pub(super) fn ratio(series: &[Series], writers: Option<usize>, variant: &str, yardstick: &str) -> Option<Spread> {
    let (ours, theirs) = (find(series, writers, variant)?, find(series, writers, yardstick)?);
    let ratios = ours.rounds.iter().zip(&theirs.rounds);
    spread(
        ratios
            .filter(|(_, theirs)| theirs.per_second > 0.0)
            .map(|(ours, theirs)| ours.per_second / theirs.per_second)
            .collect(),
    )
}

fn values(series: &[Series], variant: &str, part: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
    spread(find(series, None, variant)?.rounds.iter().filter_map(part).collect())
}

/// The table of bounds, as far as this run can fill it.
fn measures(series: &[Series]) -> Vec<Measure> {
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
    for (what, variant) in [
        ("memory while replaying from PostgreSQL", OURS_PG_REPLAY),
        ("memory while replaying from SQLite", OURS_SQLITE_REPLAY),
    ] {
        let found = values(series, variant, |sample| Some(sample.peak_memory_bytes as f64 / 1e6));
        add(what, "MB", Some(200.0), Some(64.0), true, found);
    }
    all
}

/// The middle value; of an even number, the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

fn number(value: Option<f64>, digits: usize) -> String {
    match value {
        Some(value) if digits == 0 => grouped(value),
        Some(value) => format!("{value:.digits$}"),
        None => String::new(),
    }
}

/// With a comma at each thousand.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{:.0}%", value * 100.0))
}

fn aligned(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in table {
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Names to the left, figures to the right.
            let _ = match at {
                0 => write!(out, "{cell:<width$}"),
                _ => write!(out, "  {cell:>width$}"),
            };
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(variant: &'static str, rates: &[f64]) -> Series {
        let sample = |per_second: &f64| Sample {
            per_second: *per_second,
            ..Sample::default()
        };
        Series {
            variant,
            what: "",
            writers: Some(32),
            rounds: rates.iter().map(sample).collect(),
        }
    }

    #[test]
    fn a_ratio_is_the_median_of_ratios_and_not_the_ratio_of_medians() {
        let all = [series(OURS_PG, &[100.0, 10.0, 90.0]), series(RAW, &[50.0, 10.0, 100.0])];
        assert_eq!(ratio(&all, Some(32), OURS_PG, RAW), Some((1.0, 0.9, 2.0)));
        assert_eq!(ratio(&all, Some(1), OURS_PG, RAW), None);
        let first = &measures(&all)[0];
        assert_eq!((first.median, first.verdict()), (1.0, "reached"));
    }

    #[test]
    fn a_lost_command_and_a_break_are_no_success() {
        let sample = |stored, expected, failed, breaks| Sample {
            stored: Some(stored),
            expected: Some(expected),
            failed,
            breaks: Some(breaks),
            ..Sample::default()
        };
        assert!(is_sound(&sample(9, 9, 0, 0)));
        assert!(is_sound(&sample(10, 9, 1, 0)), "it failed for its caller only");
        assert!(!is_sound(&sample(8, 9, 0, 0)));
        assert!(!is_sound(&sample(10, 9, 0, 0)));
        assert!(!is_sound(&sample(9, 9, 0, 1)));
    }

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(median([3.0, 1.0].into_iter()), Some(2.0));
        assert_eq!(median([].into_iter()), None);
        assert_eq!(
            aligned(&[vec!["a".into(), "b".into()], vec!["cc".into(), "10".into()]]),
            "a    b\ncc  10\n"
        );
    }
}
