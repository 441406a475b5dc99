//! `praman`: one binary. Wiring, settings, telemetry and verbs live here, and no rule.
//!
//! Exit codes of every verb: 0 yes, 1 no, 2 could not tell.

mod commands;
mod officers;
mod service;
mod settings;

use std::{io::IsTerminal as _, process::ExitCode};

use clap::{Parser, Subcommand};
use settings::Flags;

/// Events and views are many small JSON values: with it a command costs the ledger a fifth less CPU than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An event-sourced ledger that issues and verifies certificates over WhatsApp.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve everything at one address (the default).
    Serve(Flags),
    /// Play the whole line once in a temporary folder: apply, decide, issue, deliver, verify, replay.
    Demo(commands::demo::Options),
    /// Check the ledger against itself and against what was published of it.
    Audit {
        #[command(subcommand)]
        what: commands::audit::What,
    },
    /// Write a sealed range of the log as files that need no program of ours to be checked.
    Export(commands::export::Options),
    /// Take in what was recorded elsewhere: a table of postgres-es or sqlite-es, or an export. The service must not be running.
    Import(commands::import::Options),
    /// Say whether a certificate holds, from a file, a token or a number.
    Verify(commands::verify::Options),
    /// Check the files of the services, show a service as people meet it, or begin the file of a new one.
    Catalogue {
        #[command(subcommand)]
        what: commands::catalogue::What,
    },
    /// Say what sentences mean: JSON lines in, JSON lines out.
    Understand,
    /// Hold conversations: JSON lines in, JSON lines out.
    Converse,
    /// Say how probable it is that two spellings are of one name: JSON lines in, JSON lines out.
    MatchNames,
    /// The WhatsApp simulator alone, for any business.
    Simulator(commands::simulator::Options),
    /// Every message that was received, one JSON line each.
    Messages(Flags),
    /// Make the rows of every view anew, beside the ones in use, and switch over to them; also while the service runs.
    Rebuild(commands::rebuild::Options),
    /// Bring the store's tables up to this version; with PostgreSQL, its roles and their rights too.
    Migrate(commands::store::Migration),
    /// Show the public half of the keys, or make, change and end keys. Without a verb: the directory, as published.
    Keys(commands::keys::Options),
    /// Watch the logs of others and cosign their checkpoints.
    Witness(commands::witness::Options),
    /// Measure the ledger beside others, in turns.
    Bench {
        #[command(subcommand)]
        what: commands::bench::What,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Requests are told where they are the business; elsewhere they would drown what the verb answers.
    telemetry(match arguments.verb {
        None | Some(Verb::Serve(_)) => "warn,praman=info,api=info,tower_http=info",
        Some(_) => "warn",
    });
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match arguments.verb.unwrap_or(Verb::Serve(arguments.flags)) {
            Verb::Serve(flags) => commands::serve::run(flags.settle()?).await,
            Verb::Demo(options) => commands::demo::run(options).await,
            Verb::Audit { what } => commands::audit::run(what).await,
            Verb::Export(options) => commands::export::run(options).await,
            Verb::Import(options) => commands::import::run(options).await,
            Verb::Verify(options) => commands::verify::run(options).await,
            Verb::Catalogue { what } => commands::catalogue::run(what),
            Verb::Understand => commands::lines::understand(),
            Verb::Converse => commands::lines::converse(),
            Verb::MatchNames => commands::lines::match_names(),
            Verb::Simulator(options) => commands::simulator::run(options).await,
            Verb::Messages(flags) => commands::store::messages(flags.settle()?).await,
            Verb::Rebuild(options) => commands::rebuild::run(options).await,
            Verb::Keys(options) => commands::keys::run(options).await,
            Verb::Witness(options) => commands::witness::run(options).await,
            Verb::Migrate(migration) => commands::store::migrate(migration).await,
            Verb::Bench { what } => commands::bench::run(what).await,
        }
    });
    match outcome {
        Ok(answer) => ExitCode::from(answer as u8),
        Err(error) => fail(&error),
    }
}

/// What a verb answers with its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Answer {
    Yes = 0,
    No = 1,
    CouldNotTell = 2,
}

/// A line for the person or program that asked.
#[expect(clippy::print_stdout, reason = "what a verb answers goes to standard output")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "why a verb failed goes to standard error")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("praman: {error:#}");
    ExitCode::from(Answer::CouldNotTell as u8)
}

/// Log lines go to standard error, as text with every cause of an error, or as JSON with `PRAMAN_LOG_FORMAT=json`.
/// `RUST_LOG` chooses which, or else `otherwise`.
fn telemetry(otherwise: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(otherwise));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var_os("PRAMAN_LOG_FORMAT").is_some_and(|format| format == "json") {
        lines.json().init();
    } else {
        lines.compact().with_ansi(std::io::stderr().is_terminal()).init();
    }
}
