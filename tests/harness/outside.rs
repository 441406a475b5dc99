//! What a test needs of the machine, and what it does when that is missing.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Something outside the workspace that a test needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A PostgreSQL server at `PRAMAN_TEST_POSTGRES_URL`, with the right to create databases.
    PostgreSql,
    /// Chromium and its driver.
    Browser,
    /// Go, and golang.org/x/mod as Debian packages it.
    Go,
    /// axe-core, the accessibility checker, as one script at `PRAMAN_TEST_AXE`.
    Axe,
}

/// Whether the machine has `need`. A test that hears `false` says so and ends: a newcomer's plain `cargo test` works.
/// Under `./tests/run`, which installs everything first and sets `PRAMAN_TEST_EVERYTHING`, a lack is a failure, so
/// that nothing is left out unseen.
///
/// # Errors
/// When it is missing and may not be.
pub fn have(need: Need) -> Result<bool> {
    let there = match need {
        Need::PostgreSql => std::env::var_os("PRAMAN_TEST_POSTGRES_URL").is_some(),
        Need::Axe => std::env::var_os("PRAMAN_TEST_AXE").is_some(),
        Need::Go => on_path("go").is_some() && Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").is_dir(),
        Need::Browser => on_path("chromium").is_some() && on_path("chromedriver").is_some(),
    };
    if !there && std::env::var_os("PRAMAN_TEST_EVERYTHING").is_some() {
        bail!("{need:?} is missing, and PRAMAN_TEST_EVERYTHING is set");
    }
    Ok(there)
}

/// Where `program` lies.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| Path::is_file(file))
}
