//! Rows of cells, for a terminal and for a page alike.

use std::fmt::Write as _;

use super::super::measure::{Sample, Series};
use super::super::variants::RAW;
use super::Report;
use super::figures::{median, per_core, ratio};
use super::measures::Measure;

impl Report {
    /// Titles, and rows of cells with a head row.
    pub(in crate::commands::bench) fn tables(&self) -> Vec<(String, Vec<Vec<String>>)> {
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
        "seconds",
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
            number(mid(|sample| Some(sample.seconds)), 2),
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

fn cpu_us(sample: &Sample) -> f64 {
    sample.client_cpu_us + sample.server_cpu_us.unwrap_or(0.0)
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

pub(super) fn aligned(table: &[Vec<String>]) -> String {
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

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(
            aligned(&[vec!["a".into(), "b".into()], vec!["cc".into(), "10".into()]]),
            "a    b\ncc  10\n"
        );
    }
}
