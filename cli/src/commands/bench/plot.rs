//! The ratios as bars, drawn for a light and a dark page. Every bar begins at nothing and says its figure in words.

use std::fmt::Write as _;

use super::report::{Measure, Report, ratio};
use super::variants::{On, RAW, WRITERS};

const WIDTH: f64 = 900.0;
/// Where bars begin, and how long the longest may be; its figure stands behind it.
const LEFT: f64 = 330.0;
const LONGEST: f64 = 440.0;
const BAR: f64 = 16.0;
const GAP: f64 = 5.0;

const STYLE: &str = "
  .page { fill: #ffffff } .text { fill: #1c2430 } .faint { fill: #5a6675 } .line { stroke: #8b96a5 }
  .ours { fill: #0b6e4f } .other { fill: #9aa5b4 } .bound { stroke: #b3261e } .aim { stroke: #1f4fbf }
  text { font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 17px } .head { font-weight: 600 }
  .small { font-size: 11.5px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #12171e } .text { fill: #e6ebf2 } .faint { fill: #a3afbe } .line { stroke: #6b7787 }
    .ours { fill: #3fbf8f } .other { fill: #5f6c7c } .bound { stroke: #ff8a80 } .aim { stroke: #8ab4ff }
  }";

struct Bar {
    label: String,
    ours: bool,
    value: f64,
    range: (f64, f64),
    bound: Option<f64>,
    aim: Option<f64>,
}

struct Picture {
    body: String,
    y: f64,
}

impl Picture {
    fn text(&mut self, class: &str, x: f64, anchor: &str, text: &str) {
        let y = self.y;
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x:.0}" y="{y:.0}" text-anchor="{anchor}">{}</text>"#,
            escaped(text)
        );
    }

    /// A head line and its bars, all on one scale.
    fn group(&mut self, head: &str, bars: &[Bar]) {
        if bars.is_empty() {
            return;
        }
        let most = bars
            .iter()
            .flat_map(|bar| [Some(bar.range.1), bar.bound, bar.aim])
            .flatten()
            .fold(1.0, f64::max);
        let at = |value: f64| LEFT + value / most * LONGEST;
        self.y += 30.0;
        self.text("text head", 24.0, "start", head);
        self.y += 12.0;
        let top = self.y;
        for bar in bars {
            let (y, middle) = (self.y, self.y + BAR / 2.0);
            let class = if bar.ours { "ours" } else { "other" };
            let _ = writeln!(
                self.body,
                r#"<rect class="{class}" x="{LEFT}" y="{y:.1}" width="{:.1}" height="{BAR}" rx="2"/>"#,
                (at(bar.value) - LEFT).max(1.0)
            );
            if bar.range.0 < bar.range.1 {
                let _ = writeln!(
                    self.body,
                    r#"<path class="line" d="M{:.1} {middle:.1}H{:.1}" stroke-width="1.5"/>"#,
                    at(bar.range.0),
                    at(bar.range.1)
                );
            }
            let mut end = at(bar.value.max(bar.range.1));
            for (mark, class) in [(bar.bound, "bound"), (bar.aim, "aim")] {
                let Some(mark) = mark else { continue };
                let dash = if class == "aim" {
                    r#" stroke-dasharray="4 2""#
                } else {
                    ""
                };
                let _ = writeln!(
                    self.body,
                    r#"<path class="{class}" d="M{:.1} {:.1}v{:.1}" stroke-width="2.5"{dash}/>"#,
                    at(mark),
                    y - 2.0,
                    BAR + 4.0
                );
                end = end.max(at(mark));
            }
            self.y = middle + 4.5;
            self.text("text", LEFT - 8.0, "end", &bar.label);
            self.text("text", end + 8.0, "start", &format!("{:.2}x", bar.value));
            self.y = y + BAR + GAP;
        }
        let _ = writeln!(
            self.body,
            r#"<path class="line" d="M{LEFT} {:.1}V{:.1}" stroke-width="1"/>"#,
            top - 3.0,
            self.y - GAP + 3.0
        );
    }
}

/// A picture of its own: title, unit, machine and day stand in it.
pub(super) fn svg(report: &Report) -> String {
    let mut picture = Picture {
        body: String::new(),
        y: 34.0,
    };
    picture.text(
        "text title",
        24.0,
        "start",
        "The ledger beside what it is measured against",
    );
    picture.y += 20.0;
    let unit = format!(
        "Ratios of rates (x times as fast), median of {} rounds in which all took turns; the thin line is the range.",
        report.rounds
    );
    picture.text("faint small", 24.0, "start", &unit);
    picture.y += 17.0;
    picture.text("faint small", 24.0, "start", &report.machine.line());
    picture.y += 17.0;
    let y = picture.y;
    let _ = writeln!(
        picture.body,
        r#"<path class="bound" d="M30 {:.0}v13" stroke-width="2.5"/><path class="aim" d="M142 {:.0}v13" stroke-width="2.5" stroke-dasharray="4 2"/>"#,
        y - 10.0,
        y - 10.0
    );
    picture.text("faint small", 38.0, "start", "at least");
    picture.text("faint small", 150.0, "start", "aim");

    let mut counts: Vec<usize> = report.series.iter().filter_map(|series| series.writers).collect();
    counts.sort_unstable();
    counts.dedup();
    for writers in counts {
        let head = format!(
            "Commands a second to a raw PostgreSQL insert, {writers} {}",
            if writers == 1 { "writer" } else { "writers" }
        );
        picture.group(&head, &to_raw(report, writers));
    }
    let others: Vec<Bar> = report
        .measures
        .iter()
        .filter(|measure| measure.is_ratio() && !measure.what.ends_with("to a raw insert"))
        .map(of_measure)
        .collect();
    picture.group("To the stock crates", &others);
    let height = picture.y + 14.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         role=\"img\" aria-label=\"Bars: how many times as fast the ledger is as a raw insert and as the stock crates\">\n\
         <style>{STYLE}\n</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{height:.0}\"/>\n{}</svg>\n",
        picture.body
    )
}

fn to_raw(report: &Report, writers: usize) -> Vec<Bar> {
    let bar = |name: &'static str| {
        let (value, smallest, largest) = ratio(&report.series, Some(writers), name, RAW)?;
        let measured = format!(
            "{writers} {}, everything on, to a raw insert",
            if writers == 1 { "writer" } else { "writers" }
        );
        let bounds = report
            .measures
            .iter()
            .find(|measure| name == super::variants::OURS_PG && measure.what == measured);
        Some(Bar {
            label: name.to_owned(),
            ours: name.starts_with("ours"),
            value,
            range: (smallest, largest),
            bound: bounds.and_then(|measure| measure.bound),
            aim: bounds.and_then(|measure| measure.aim),
        })
    };
    WRITERS
        .iter()
        .filter(|writer| writer.name != RAW && writer.on == On::Postgres)
        .filter_map(|writer| bar(writer.name))
        .collect()
}

fn of_measure(measure: &Measure) -> Bar {
    Bar {
        label: measure
            .what
            .replace("32 writers, ", "")
            .replace("SQLite FULL, ", "SQLite, "),
        ours: true,
        value: measure.median,
        range: (measure.smallest, measure.largest),
        bound: measure.bound,
        aim: measure.aim,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
