//! Figures beside their bounds: a table for the terminal and between two marks of a page of the documentation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::machine::Machine;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) what: &'static str,
    pub(super) measured: String,
    /// The bound; nothing for a figure that is only told.
    pub(super) at_least: &'static str,
    pub(super) aim: &'static str,
    /// The same run's measure of something else, to compare with.
    pub(super) yardstick: String,
    /// Within the bound?
    pub(super) holds: bool,
}

/// What a run measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) seconds: f64,
    pub(super) figures: Vec<Figure>,
}

pub(super) fn table(report: &Report) -> String {
    let mut out = format!("{}. {} s a measurement.\n\n", report.machine.line(), report.seconds);
    out.push_str(
        "| measure | here | at least | aim | yardstick in the same run | |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for figure in &report.figures {
        let holds = match (figure.at_least.is_empty(), figure.holds) {
            (true, _) => "",
            (false, true) => "held",
            (false, false) => "missed",
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {holds} |",
            figure.what, figure.measured, figure.at_least, figure.aim, figure.yardstick
        );
    }
    out
}

/// Replaces what stands between the marks of the benchmark `name`; the rest of the page stays as it is.
pub(super) fn replace(file: &Path, name: &str, report: &Report) -> anyhow::Result<()> {
    let (begin, end) = (
        format!("<!-- bench {name}: begin -->"),
        format!("<!-- bench {name}: end -->"),
    );
    let page = std::fs::read_to_string(file).with_context(|| format!("the page {}", file.display()))?;
    let missing = |mark: &str| format!("{} has no mark {mark}", file.display());
    let (before, rest) = page.split_once(&begin).with_context(|| missing(&begin))?;
    let (_, after) = rest.split_once(&end).with_context(|| missing(&end))?;
    std::fs::write(file, format!("{before}{begin}\n\n{}\n{end}{after}", table(report)))?;
    Ok(())
}

/// The part of sorted times below which `share` of them lie, in milliseconds.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = ((last as f64) * share).round() as usize;
    sorted.get(at.min(last)).copied().unwrap_or_default() * 1e3
}
