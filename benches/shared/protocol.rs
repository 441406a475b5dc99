//! Lines of JSON between `praman bench ledger` and the processes that do the work, one process for one measurement:
//! a [`Job`] in, `{"ready":true}` out when everything is open and warm, `go` in, a [`Measured`] out, end of input, exit.
//! What must not be counted (opening, warming, checking afterwards) lies outside of `go` and the answer's clock.

use std::io::Write as _;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

/// Where the events are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// A PostgreSQL address.
    Postgres(String),
    /// A file.
    Sqlite(String),
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Commands in a closed loop.
    Write {
        writers: usize,
        seconds: f64,
        /// Connections of the stock crates.
        pool: u32,
        /// The stock crates: one `GenericQuery` view. Ours: an inline view.
        view: bool,
        /// SQLite: `synchronous = FULL`; otherwise NORMAL. Ours knows only FULL.
        full: bool,
        /// Ours: sign a checkpoint each second meanwhile.
        checkpoints: bool,
    },
    /// Fill an empty store, as fast as it goes.
    Fill { events: u64 },
    /// Ours: fill an empty store with streams that our views fold, and make the views.
    FillApplications { events: u64 },
    /// Ours: export the whole log of a filled store into a folder beside it.
    Publish,
    /// Read everything.
    Read(How),
}

/// How to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// Typed events; with ours, personal values stay sealed.
    Typed,
    /// Ours: typed events with the personal values opened.
    Opened,
    /// Ours: typed events; leaf, order and tree checked.
    Verified,
    /// Ours: `audit verify`: everything that the database holds, without decoding to types.
    Audit,
    /// Ours: leaves, tiles and root over the published log, without a database.
    Tiles,
    /// Ours: one view made anew beside the one that serves.
    Rebuild,
}

/// One measurement to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) place: Place,
    pub(crate) seed: u64,
    /// Ours: the key file of this store.
    pub(crate) keys: std::path::PathBuf,
    pub(crate) work: Work,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Commands carried out, or events read.
    pub(crate) count: u64,
    /// Commands that failed.
    pub(crate) failed: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
    /// Of this process, user and system.
    pub(crate) cpu_seconds: f64,
    /// Handed to `write` by this process.
    pub(crate) written_bytes: u64,
    /// The most memory that was ever resident.
    pub(crate) peak_memory: u64,
    /// Events that the store holds afterwards.
    pub(crate) stored: Option<u64>,
    /// Commands of the loop and its warming together: what `stored` must be.
    pub(crate) expected: Option<u64>,
    /// Ours: what the audit of the store found afterwards.
    pub(crate) breaks: Option<u64>,
    /// What the events folded to, so that two readers can be compared.
    pub(crate) fold: Option<String>,
}

/// The child's end of the conversation.
pub(crate) struct Turn {
    lines: Lines<BufReader<Stdin>>,
}

impl Turn {
    /// Reads the job.
    pub(crate) async fn begin() -> Result<(Self, Job), String> {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        let line = lines.next_line().await.map_err(|error| error.to_string())?;
        let job = serde_json::from_str(&line.ok_or("no job")?).map_err(|error| error.to_string())?;
        Ok((Self { lines }, job))
    }

    /// Says that all is ready, and waits until it may begin.
    pub(crate) async fn ready(&mut self) -> Result<(), String> {
        answer("{\"ready\":true}")?;
        match self.lines.next_line().await {
            Ok(Some(line)) if line == "go" => Ok(()),
            // The parent is gone, and nobody wants the figure.
            _ => Err("not told to go".to_owned()),
        }
    }

    /// Hands the figures out, and waits until they were taken: what follows (closing, exit) is not counted.
    pub(crate) async fn measured(&mut self, measured: &Measured) -> Result<(), String> {
        answer(&serde_json::to_string(measured).map_err(|error| error.to_string())?)?;
        // A line or the end of the input: both say that the parent has read it.
        let _ = self.lines.next_line().await;
        Ok(())
    }
}

fn answer(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())
}
