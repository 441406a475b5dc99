//! The table, for the terminal and between two marks of a page of the documentation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::Report;

const BEGIN: &str = "<!-- bench verify: begin -->";
const END: &str = "<!-- bench verify: end -->";

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

/// Replaces what stands between the marks; the rest of the page stays as it is.
pub(super) fn replace(file: &Path, report: &Report) -> anyhow::Result<()> {
    let page = std::fs::read_to_string(file).with_context(|| format!("the page {}", file.display()))?;
    let missing = |mark| format!("{} has no mark {mark}", file.display());
    let (before, rest) = page.split_once(BEGIN).with_context(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).with_context(|| missing(END))?;
    std::fs::write(file, format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(report)))?;
    Ok(())
}
