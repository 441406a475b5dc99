//! The auditor in Go: built from `tests/outside/auditor` with the library that Debian packages.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use harness::{Need, have};

/// Where Debian's `golang-golang-x-mod-dev` puts sources.
const GOPATH: &str = "/usr/share/gocode";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Rejected,
    CouldNotTell,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) verdict: Verdict,
    pub(crate) words: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.verdict, self.words)
    }
}

/// The program. It lies in a folder that goes away with it.
pub(crate) struct Auditor {
    folder: tempfile::TempDir,
}

impl Auditor {
    /// Builds it; `None` where the machine has no Go and may go without.
    pub(crate) fn build() -> Result<Option<Self>> {
        if !have(Need::Go)? {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let built = Command::new("go")
            .args(["build", "-o"])
            .arg(folder.path().join("auditor"))
            .arg(".")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/outside/auditor"))
            // Nothing is downloaded: no modules, only what the package manager installed.
            .envs([
                ("GO111MODULE", "off"),
                ("GOPATH", GOPATH),
                ("GOFLAGS", ""),
                ("CGO_ENABLED", "0"),
            ])
            .env("GOCACHE", std::env::temp_dir().join("praman-go-cache"))
            .output()
            .context("start go")?;
        ensure!(
            built.status.success(),
            "go build: {}",
            String::from_utf8_lossy(&built.stderr)
        );
        Ok(Some(Self { folder }))
    }

    /// A question to it: who signs this log.
    pub(crate) fn with(&self, log_key: &str) -> Question {
        Question {
            program: self.folder.path().join("auditor"),
            arguments: vec!["-vkey".to_owned(), log_key.to_owned()],
        }
    }
}

/// A question that is being put together.
#[derive(Clone)]
pub(crate) struct Question {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Question {
    fn files(&self, flag: &str, files: &[PathBuf]) -> Self {
        let mut more = self.clone();
        for file in files {
            more.arguments.extend([flag.to_owned(), file.display().to_string()]);
        }
        more
    }

    /// With older checkpoints at hand.
    pub(crate) fn older(&self, files: &[PathBuf]) -> Self {
        self.files("-older", files)
    }

    /// With proof bundles at hand.
    pub(crate) fn bundles(&self, files: &[PathBuf]) -> Self {
        self.files("-bundle", files)
    }

    /// So many of these witnesses must have cosigned.
    pub(crate) fn witnesses(&self, keys: &[String], count: usize) -> Self {
        let mut more = self.clone();
        for key in keys {
            more.arguments.extend(["-witness".to_owned(), key.clone()]);
        }
        more.arguments.extend(["-cosignatures".to_owned(), count.to_string()]);
        more
    }

    pub(crate) fn folder(&self, folder: &Path) -> Result<Said> {
        self.run(&["-dir", &folder.display().to_string()])
    }

    pub(crate) fn address(&self, url: &str) -> Result<Said> {
        self.run(&["-url", url])
    }

    fn run(&self, place: &[&str]) -> Result<Said> {
        let output = Command::new(&self.program).args(&self.arguments).args(place).output()?;
        let verdict = match output.status.code() {
            Some(0) => Verdict::Accepted,
            Some(1) => Verdict::Rejected,
            Some(2) => Verdict::CouldNotTell,
            other => bail!(
                "the auditor ended with {other:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        };
        let words = [output.stdout, output.stderr].concat();
        Ok(Said {
            verdict,
            words: String::from_utf8_lossy(&words).trim().to_owned(),
        })
    }
}
