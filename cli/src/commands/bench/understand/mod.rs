//! `praman bench understand`: what it takes to load the models, to understand a message, and to answer one. The messages are the
//! frozen test lines of the corpus, so that what is measured is what people write, mistakes and all.

mod alone;
mod turn;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use ledger::{Clock as _, SystemClock};

use super::{
    figures::{self, Report},
    machine,
};
use crate::{Answer, say};

#[derive(Args)]
pub(crate) struct Options {
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The folder with the messages, as the corpus has them.
    #[arg(long, default_value = "assistant/corpus/test")]
    lines: PathBuf,
    /// Where the temporary store goes: a folder on a disk.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Everything as JSON, instead of a table.
    #[arg(long)]
    json: bool,
    /// Put the table between the marks of this page.
    #[arg(long)]
    page: Option<PathBuf>,
}

const LONGEST: f64 = 600.0;

/// A message of the corpus.
struct Line {
    /// Which service it may be about; several where nobody could tell them apart, none where it is about none.
    services: Vec<String>,
    text: String,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Answer> {
    ensure!(
        options.seconds > 0.0 && options.seconds <= LONGEST,
        "seconds lie between 0 and {LONGEST}"
    );
    let lines = read(&options.lines)?;
    let (folder, disk) = machine::folder(options.folder.as_deref())?;
    let machine = machine::Machine::here(&disk, SystemClock.now().strftime("%Y-%m-%d").to_string());
    let seconds = options.seconds;
    // One thread, while nothing else of this process runs.
    let (lines, mut figures) =
        tokio::task::spawn_blocking(move || alone::all(&lines, seconds).map(|figures| (lines, figures))).await??;
    figures.push(turn::figure(folder.path(), &lines, seconds).await?);
    let report = Report {
        machine,
        seconds,
        figures,
    };
    if let Some(file) = &options.page {
        figures::replace(file, "understand", &report)?;
    }
    if options.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        say(figures::table(&report));
    }
    // Figures are for people to judge.
    Ok(Answer::Yes)
}

/// The messages of a folder, without the marks of their particulars.
fn read(folder: &Path) -> anyhow::Result<Vec<Line>> {
    let mut files = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "tsv"));
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("the file {}", file.display()))?;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let [_, service, marked] = line.split('\t').collect::<Vec<_>>()[..] else {
                anyhow::bail!("{} has a line that is no message", file.display());
            };
            let about = service.split('|').filter(|code| *code != "-");
            lines.push(Line {
                services: about.map(str::to_owned).collect(),
                text: unmarked(marked),
            });
        }
    }
    ensure!(!lines.is_empty(), "{} holds no message", folder.display());
    Ok(lines)
}

/// `[as written](slot=value)` as it was written.
fn unmarked(marked: &str) -> String {
    let mut text = String::with_capacity(marked.len());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let Some((written, slot)) = after.split_once("](") else {
            text.push('[');
            rest = after;
            continue;
        };
        text.push_str(written);
        rest = slot.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_away() {
        for (marked, text) in [
            ("plain", "plain"),
            (
                "beti [Asha](child_name) ka, [15/8/26](dob=2026-08-15)",
                "beti Asha ka, 15/8/26",
            ),
            ("a [ b", "a [ b"),
            ("[x](name)", "x"),
        ] {
            assert_eq!(unmarked(marked), text);
        }
    }

    #[test]
    fn the_frozen_lines_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assistant/corpus/test");
        let lines = read(&folder).unwrap();
        assert!(lines.len() >= 1200, "{}", lines.len());
        assert!(lines.iter().any(|line| line.services == ["birth_certificate"]));
        assert!(
            lines
                .iter()
                .all(|line| !line.text.trim().is_empty() && !line.text.contains("]("))
        );
    }
}
