//! A PostgreSQL server of our own, in a temporary folder, for as long as the benchmark runs.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

/// Who owns the server when we are root, which PostgreSQL refuses to run as.
const ACCOUNT: &str = "postgres";

/// Running until it is dropped.
pub(super) struct Server {
    folder: PathBuf,
    bin: PathBuf,
    postmaster: std::process::Child,
    pub(super) version: String,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // An immediate shutdown: nothing of it is kept. The signal is sent by a program, for we have no unsafe code.
        let _ = Command::new("kill")
            .args(["-QUIT", &self.postmaster.id().to_string()])
            .status();
        let _ = self.postmaster.wait();
    }
}

/// The folder with `initdb` and `pgbench`: what was said, what `pg_config` says, Debian's place, or the path.
fn bin(wanted: Option<&Path>) -> anyhow::Result<PathBuf> {
    let mut candidates: Vec<PathBuf> = wanted.map(Path::to_path_buf).into_iter().collect();
    if wanted.is_none() {
        if let Ok(said) = Command::new("pg_config").arg("--bindir").output() {
            candidates.push(String::from_utf8_lossy(&said.stdout).trim().into());
        }
        if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
            let mut debian: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
            debian.sort();
            candidates.extend(debian.into_iter().rev());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        candidates.extend(std::env::split_paths(&path));
    }
    let whole = |folder: &PathBuf| {
        ["initdb", "postgres", "pgbench", "psql"]
            .iter()
            .all(|program| folder.join(program).is_file())
    };
    candidates
        .into_iter()
        .find(whole)
        .context("no folder with initdb, postgres, psql and pgbench; name it with --postgres-bin")
}

impl Server {
    /// Makes a cluster below `folder` and starts it, with flushes on: what is measured is durable.
    pub(super) async fn start(folder: &Path, wanted: Option<&Path>, memory_bytes: u64) -> anyhow::Result<Self> {
        let bin = bin(wanted)?;
        let folder = folder.join("postgres");
        std::fs::create_dir(&folder)?;
        let root = folder.metadata()?.uid() == 0;
        if root {
            let id = |flag: &str| -> anyhow::Result<u32> {
                let said = Command::new("id").args([flag, ACCOUNT]).output().context("id")?;
                String::from_utf8_lossy(&said.stdout)
                    .trim()
                    .parse()
                    .with_context(|| format!("as root, PostgreSQL runs as {ACCOUNT}, and there is no such account"))
            };
            chown(&folder, Some(id("-u")?), Some(id("-g")?))?;
            // The account must be able to walk in.
            if let Some(above) = folder.parent() {
                std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o711))?;
            }
        }
        let command = |program: &str| {
            // setpriv (util-linux): if we are killed, so is the server.
            let mut command = Command::new("setpriv");
            if root {
                command.args([
                    &format!("--reuid={ACCOUNT}"),
                    &format!("--regid={ACCOUNT}"),
                    "--init-groups",
                ]);
            }
            command.args(["--pdeathsig=QUIT", "--"]).arg(bin.join(program));
            command.current_dir(&folder).stdin(Stdio::null());
            command
        };
        let made = command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(folder.join("data"))
            .output()
            .context("initdb")?;
        ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr).trim()
        );
        let megabytes = (memory_bytes / 8 / (1 << 20)).clamp(64, 1024);
        let settings = vec![
            ("fsync", "on".to_owned()),
            ("synchronous_commit", "on".to_owned()),
            ("shared_buffers", format!("{megabytes}MB")),
            ("max_wal_size", "4GB".to_owned()),
            ("checkpoint_timeout", "30min".to_owned()),
            ("max_connections", "200".to_owned()),
            // Its rounds would fall on one variant and spare the next.
            ("autovacuum", "off".to_owned()),
        ];
        let log = std::fs::File::create(folder.join("log"))?;
        let mut start = command("postgres");
        start.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder);
        start.args(["-p", "5432", "-c", "listen_addresses="]);
        for (name, value) in &settings {
            start.args(["-c", &format!("{name}={value}")]);
        }
        let postmaster = start.stdout(log.try_clone()?).stderr(log).spawn().context("postgres")?;
        let mut server = Self {
            folder,
            bin,
            postmaster,
            version: String::new(),
            settings,
        };
        for _ in 0..600 {
            if let Some(status) = server.postmaster.try_wait()? {
                let log = std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
                bail!(
                    "postgres ended with {status}: {}",
                    log.lines().last().unwrap_or_default()
                );
            }
            if let Ok(version) = server.ask("postgres", "SHOW server_version") {
                server.version = version;
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("postgres did not answer within 30 s")
    }

    /// Its process, whose children do the work.
    pub(super) fn pid(&self) -> u32 {
        self.postmaster.id()
    }

    /// A program of the server's, aimed at it.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", "5432", "-U", "postgres"])
            // Whatever the caller's environment says of another server must not matter.
            .env_remove("PGOPTIONS")
            .env_remove("PGDATABASE")
            .env_remove("PGSERVICE")
            .stdin(Stdio::null());
        command
    }

    /// One statement or several; the answer as psql prints it, unaligned.
    pub(super) fn ask(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let said = self
            .program("psql")
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql])
            .output()
            .context("psql")?;
        ensure!(
            said.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&said.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    /// A database of its own, and its address. None is dropped before the end: that would force a checkpoint of all.
    pub(super) fn database(&self, name: &str) -> anyhow::Result<String> {
        self.ask("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }

    pub(super) fn url(&self, name: &str) -> String {
        format!(
            "postgres://postgres@localhost:5432/{name}?host={}",
            self.folder.display()
        )
    }

    /// Where the write-ahead log ends, in bytes.
    pub(super) fn log_bytes(&self) -> anyhow::Result<u64> {
        let said = self.ask("postgres", "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")?;
        Ok(said.parse()?)
    }

    /// How often the log was flushed; waits until every other connection is gone, for a backend tells its share at its end.
    /// `None` where this version counts elsewhere (18 and later).
    pub(super) async fn flushes(&self) -> anyhow::Result<Option<u64>> {
        const OTHERS: &str =
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        for _ in 0..200 {
            if self.ask("postgres", OTHERS)? == "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(self
            .ask("postgres", "SELECT wal_sync FROM pg_stat_wal")
            .ok()
            .and_then(|said| said.parse().ok()))
    }
}
