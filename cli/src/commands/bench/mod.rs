//! `praman bench`: figures that can be taken again. `ledger` is here: the ledger beside the stock crates it grew from and beside a bare insert, all in one run.
//!
//! Absolute figures of a machine say little; ratios of variants that took turns on it say more. So each round runs every
//! variant once, a ratio is taken within its round, and the median over the rounds is told. docs/decisions/0026 says what is measured
//! against what, and what is unfair.

mod child;
mod figures;
mod machine;
mod measure;
mod page;
mod plot;
mod raw;
mod report;
mod server;
#[path = "../../../../benches/shared/mod.rs"]
mod shared;
mod understand;
mod variants;
mod verify;

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use ledger::{Clock as _, SystemClock};
use tokio::signal::unix::{SignalKind, signal};

use crate::{Answer, say};

#[derive(Subcommand)]
pub(crate) enum What {
    /// Write and read the ledger, the stock crates and a bare PostgreSQL table in turns. Starts its own PostgreSQL; Linux only.
    Ledger(Options),
    /// Issue a certificate, and measure what it takes to make and to check one. Starts the service on loopback for itself.
    Verify(verify::Options),
    /// Load the models, and understand and answer the frozen test lines of the corpus, on one core and over a store.
    Understand(understand::Options),
}

#[derive(Args)]
pub(crate) struct Options {
    /// How often every variant takes its turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each writing turn lasts; pgbench knows whole seconds, 1 at least.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Tasks that write at once, one table for each number.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    writers: Vec<usize>,
    /// Events in our stores that are read; the stock crates read a fifth of it.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Only these variants, by name, or `write` or `read`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Everything as JSON, instead of tables.
    #[arg(long)]
    json: bool,
    /// Draw the ratios into this SVG file.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Put the tables between the marks of this page.
    #[arg(long)]
    page: Option<PathBuf>,
    /// The program that drives the stock crates, built from benches/yardstick; without it they are left out.
    #[arg(long)]
    yardstick: Option<PathBuf>,
    /// The folder with PostgreSQL's programs.
    #[arg(long)]
    postgres_bin: Option<PathBuf>,
    /// Where the temporary stores go: a folder on a disk.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Do one measurement, told on standard input, in this process.
    #[arg(long, hide = true)]
    child: bool,
}

pub(crate) async fn run(what: What) -> anyhow::Result<Answer> {
    match what {
        What::Ledger(options) => ledger(options).await,
        What::Verify(options) => verify::run(options).await,
        What::Understand(options) => understand::run(options).await,
    }
}

async fn ledger(options: Options) -> anyhow::Result<Answer> {
    if options.child {
        child::run().await?;
        return Ok(Answer::Yes);
    }
    ensure!(
        options.rounds > 0 && options.seconds > 0.0 && options.events >= 3 && options.writers.iter().all(|n| *n > 0),
        "rounds, seconds, writers and events must be more than nothing"
    );
    if let Some(word) = variants::unknown(&options.only) {
        bail!("{word} is no variant: see docs/PERFORMANCE.md");
    }
    let mut terminated = signal(SignalKind::terminate())?;
    // Whatever ends this future drops the server, the children and the folder.
    tokio::select! {
        answer = all(&options) => answer,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminated.recv() => bail!("terminated"),
    }
}

async fn all(options: &Options) -> anyhow::Result<Answer> {
    let (folder, disk) = machine::folder(options.folder.as_deref())?;
    let day = SystemClock.now().strftime("%Y-%m-%d").to_string();
    let machine = machine::Machine::here(&disk, day);
    let server = server::Server::start(folder.path(), options.postgres_bin.as_deref(), machine.memory_bytes).await?;
    let bench = measure::Bench {
        folder: folder.path(),
        disk: &disk,
        server: &server,
        ours: std::env::current_exe().context("the path of this program")?,
        yardstick: options.yardstick.clone(),
        // So that a person sees that it goes on; the answer itself goes to standard output.
        told: !options.json,
    };
    let results = bench.run(options).await?;
    let report = report::Report::new(options, machine, &server, results);
    if let Some(file) = &options.plot {
        std::fs::write(file, plot::svg(&report)).with_context(|| format!("the picture {}", file.display()))?;
    }
    if let Some(file) = &options.page {
        page::replace(file, &report)?;
    }
    if options.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        say(report.text());
    }
    // Whether every command that was acknowledged is there: the one thing about which a benchmark may say no.
    Ok(if report.sound() { Answer::Yes } else { Answer::No })
}
