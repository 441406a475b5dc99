//! `praman understand` and `praman converse`: JSON lines in, JSON lines out.

use std::io::{BufRead as _, Write as _};

use assistant::{Assistant, jsonl};
use domain::catalogue::Catalogue;
use ledger::{Clock as _, SystemClock};

use crate::Answer;

/// Says what sentences mean.
pub(crate) fn understand() -> anyhow::Result<Answer> {
    let assistant = Assistant::new(Catalogue::embedded()?)?;
    each_line(|line| jsonl::understand(assistant.understander(), line))
}

/// Holds conversations.
pub(crate) fn converse() -> anyhow::Result<Answer> {
    let assistant = Assistant::new(Catalogue::embedded()?)?;
    let mut sessions = jsonl::Sessions::new(&assistant, SystemClock.now());
    each_line(|line| sessions.converse(line))
}

fn each_line(mut answer: impl FnMut(&str) -> Result<String, jsonl::LineError>) -> anyhow::Result<Answer> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            writeln!(out, "{}", answer(&line)?)?;
            // Whoever talks through a pipe waits for the answer before they go on.
            out.flush()?;
        }
    }
    Ok(Answer::Yes)
}
