//! The tables, between two marks of a page of the documentation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::report::Report;
use super::variants::{READERS, WRITERS};

const BEGIN: &str = "<!-- bench ledger: begin -->";
const END: &str = "<!-- bench ledger: end -->";

/// Replaces what stands between the marks; the rest of the page stays as it is.
pub(super) fn replace(file: &Path, report: &Report) -> anyhow::Result<()> {
    let page = std::fs::read_to_string(file).with_context(|| format!("the page {}", file.display()))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .with_context(|| format!("{} has no mark {BEGIN}", file.display()))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("{} has no mark {END}", file.display()))?;
    std::fs::write(file, format!("{before}{BEGIN}\n{}{END}{after}", block(report)))?;
    Ok(())
}

fn block(report: &Report) -> String {
    let mut out = String::new();
    let settings: Vec<String> = report
        .postgres_settings
        .iter()
        .map(|(name, value)| format!("`{name}={value}`"))
        .collect();
    let _ = writeln!(
        out,
        "\n{}. PostgreSQL {} with {}. {} rounds, {} s a turn; read: {} events.\n",
        report.machine.line(),
        report.postgres,
        settings.join(", "),
        report.rounds,
        report.seconds,
        report.events
    );
    for warning in &report.warnings {
        let _ = writeln!(out, "- Caution: {warning}.");
    }
    // The bounds first: the rest is where they come from.
    let mut tables = report.tables();
    tables.rotate_right(usize::from(!report.measures.is_empty()));
    for (title, table) in tables {
        let _ = writeln!(out, "\n### {title}\n");
        for (at, row) in table.iter().enumerate() {
            let _ = writeln!(out, "| {} |", row.join(" | "));
            if at == 0 {
                let rule = row
                    .iter()
                    .enumerate()
                    .map(|(at, _)| if at == 0 { "---" } else { "---:" });
                let _ = writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "));
            }
        }
    }
    let _ = writeln!(out, "\n| variant | what it is |\n| --- | --- |");
    let run = |name: &str| report.series.iter().any(|series| series.variant == name);
    let all = WRITERS
        .iter()
        .map(|writer| (writer.name, writer.what))
        .chain(READERS.iter().map(|reader| (reader.name, reader.what)));
    for (name, what) in all.filter(|(name, _)| run(name)) {
        let _ = writeln!(out, "| {name} | {what} |");
    }
    out.push('\n');
    out
}
