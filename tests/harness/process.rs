//! A program started by a test: it dies with the test, and what it said can be read.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::wait::{DEADLINE, wait_for};

/// Lines of a log that are shown when something went wrong.
const LOG_LINES_SHOWN: usize = 40;

/// A port of the loopback address that nobody listens on.
///
/// Taken below the range from which the system gives out ports by itself, so that no outgoing connection takes it
/// between this look and the program's start, and spread by process number, since test programs run side by side.
///
/// # Errors
/// When no port is free.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() * 37 % u32::from(COUNT))?;
    for _ in 0..COUNT {
        let offset = (spread + TAKEN.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if TcpListener::bind(("127.0.0.1", FIRST + offset)).is_ok() {
            return Ok(FIRST + offset);
        }
    }
    bail!("no free port between {FIRST} and {}", FIRST + COUNT)
}

/// What a program that ended by itself left behind.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Ended {
    /// The exit code; `None` when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// Where in the log its own words begin: an earlier process may have written before it.
    log_from: u64,
}

impl Process {
    /// Starts `program` with nothing of `PRAMAN_…` in its environment but `settings`; both its outputs go to `log`,
    /// behind what is there already.
    ///
    /// # Errors
    /// When the log cannot be opened or the program cannot be started.
    pub fn start(program: &Path, arguments: &[&str], settings: &BTreeMap<String, String>, log: &Path) -> Result<Self> {
        let name = program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned();
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("open {}", log.display()))?;
        let mut command = command(program, arguments, settings);
        let log_from = out.metadata()?.len();
        command.stdout(Stdio::from(out.try_clone()?)).stderr(Stdio::from(out));
        let child = command
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        Ok(Self {
            name,
            child,
            log: log.to_owned(),
            log_from,
        })
    }

    /// Runs `program` to its end.
    ///
    /// # Errors
    /// When it cannot be started, or has not ended by the deadline.
    pub async fn run(program: &Path, arguments: &[&str], settings: &BTreeMap<String, String>) -> Result<Ended> {
        let output = tokio::time::timeout(DEADLINE * 4, command(program, arguments, settings).output());
        let output = output
            .await
            .with_context(|| format!("{} {arguments:?} does not end", program.display()))?;
        let output = output.with_context(|| format!("start {}", program.display()))?;
        Ok(Ended {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Waits until `url` answers 200.
    ///
    /// # Errors
    /// When the program ends first or the deadline passes; the error carries the end of its log.
    pub async fn answers(&mut self, http: &reqwest::Client, url: &str) -> Result<()> {
        let what = format!("{} to answer at {url}", self.name);
        let waited = wait_for(&what, DEADLINE, async || {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended: {status}", self.name);
            }
            let answer = http.get(url).send().await;
            Ok(answer.is_ok_and(|answer| answer.status().is_success()).then_some(()))
        });
        let waited = waited.await;
        waited.with_context(|| self.last_words())
    }

    /// Waits until `words` stand in what it has written since it was started.
    ///
    /// # Errors
    /// When they never come; the error carries the end of its log.
    pub async fn says(&self, words: &str) -> Result<()> {
        let waited = wait_for(&format!("{} to say {words:?}", self.name), DEADLINE, async || {
            let log = std::fs::read(&self.log)?;
            let own = log.get(usize::try_from(self.log_from)?..).unwrap_or_default();
            Ok(String::from_utf8_lossy(own).contains(words).then_some(()))
        })
        .await;
        waited.with_context(|| self.last_words())
    }

    /// Ends it as a power cut does (SIGKILL): nothing of it runs any more when this returns.
    ///
    /// # Errors
    /// When it had already ended by itself.
    pub async fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} was to be killed, but had ended: {status}\n{}",
                self.name,
                self.last_words()
            );
        }
        self.child.kill().await.with_context(|| format!("kill {}", self.name))
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Errors
    /// When it does not end by the deadline, or not with 0.
    pub async fn stop(mut self) -> Result<()> {
        let id = self
            .child
            .id()
            .with_context(|| format!("{} had ended\n{}", self.name, self.last_words()))?;
        let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
        anyhow::ensure!(asked.success(), "kill -TERM {id}: {asked}");
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        let status = ended.with_context(|| format!("{} does not stop\n{}", self.name, self.last_words()))??;
        anyhow::ensure!(
            status.success(),
            "{} stopped with {status}\n{}",
            self.name,
            self.last_words()
        );
        Ok(())
    }

    /// The end of what it wrote.
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_else(|error| error.to_string());
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines
            .get(lines.len().saturating_sub(LOG_LINES_SHOWN)..)
            .unwrap_or_default();
        format!("the last lines of {}:\n{}", self.log.display(), shown.join("\n"))
    }
}

fn command(program: &Path, arguments: &[&str], settings: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PRAMAN_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs(settings)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
