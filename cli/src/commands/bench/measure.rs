//! The rounds: who takes a turn, and what is read before and after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::time::Instant;

use super::Options;
use super::machine::{Disk, busy_cpu_seconds, family_cpu_seconds};
use super::server::Server;
use super::shared::protocol::{How, Job, Measured, Place, Work};
use super::variants::{By, On, READERS, Reader, WRITERS, Writer, wanted};

/// The stock readers get this part of the events: they are slow, and their rate does not depend on it.
const STOCK_PART: u64 = 5;
pub(super) const SEED: u64 = 1;

/// One turn of one variant.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Sample {
    /// Commands carried out, or events read.
    pub(super) count: u64,
    pub(super) failed: u64,
    pub(super) seconds: f64,
    pub(super) per_second: f64,
    pub(super) p50_us: Option<f64>,
    pub(super) p99_us: Option<f64>,
    /// Microseconds of CPU for one command or event, in the process that asked.
    pub(super) client_cpu_us: f64,
    /// In PostgreSQL's processes.
    pub(super) server_cpu_us: Option<f64>,
    /// Flushes for one command. PostgreSQL: of its log, told by itself, with those of opening; SQLite: of the whole disk.
    pub(super) flushes: Option<f64>,
    /// Bytes for one command. PostgreSQL: of its log; SQLite: all that the process wrote.
    pub(super) log_bytes: Option<f64>,
    /// The part of the machine's CPU time that others used meanwhile.
    pub(super) others: f64,
    pub(super) peak_memory_bytes: u64,
    /// Events that the store held afterwards, and must hold.
    pub(super) stored: Option<u64>,
    pub(super) expected: Option<u64>,
    /// What the audit found afterwards.
    pub(super) breaks: Option<u64>,
    pub(super) fold: Option<String>,
}

/// All turns of one variant with so many writers.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Series {
    pub(super) variant: &'static str,
    pub(super) what: &'static str,
    /// `None` for a reader.
    pub(super) writers: Option<usize>,
    pub(super) rounds: Vec<Sample>,
}

pub(super) struct Bench<'a> {
    pub(super) folder: &'a Path,
    pub(super) disk: &'a Disk,
    pub(super) server: &'a Server,
    pub(super) ours: PathBuf,
    pub(super) yardstick: Option<PathBuf>,
    pub(super) told: bool,
}

impl Bench<'_> {
    pub(super) async fn run(&self, options: &Options) -> anyhow::Result<Vec<Series>> {
        let mut all = self.write(options).await?;
        all.extend(self.read(options).await?);
        Ok(all)
    }

    #[expect(clippy::print_stderr, reason = "progress goes beside the answer")]
    fn tell(&self, line: std::fmt::Arguments<'_>) {
        if self.told {
            eprintln!("{line}");
        }
    }

    fn can(&self, by: By) -> bool {
        by != By::Stock || self.yardstick.is_some()
    }

    async fn write(&self, options: &Options) -> anyhow::Result<Vec<Series>> {
        let mut all: BTreeMap<(usize, usize), Series> = BTreeMap::new();
        for round in 1..=options.rounds {
            for (row, &writers) in options.writers.iter().enumerate() {
                for (column, writer) in WRITERS.iter().enumerate() {
                    if !wanted(&options.only, writer.name, "write")
                        || !self.can(writer.by)
                        || writers < writer.writers_min
                    {
                        continue;
                    }
                    let name = format!("w{round}_{row}_{column}");
                    let sample = self
                        .one_write(writer, writers, options.seconds, &name)
                        .await
                        .with_context(|| format!("{} with {writers} writers", writer.name))?;
                    self.tell(format_args!(
                        "round {round}, {writers:>3} writers, {:<20} {:>9.0} commands/s",
                        writer.name, sample.per_second
                    ));
                    let series = all.entry((row, column)).or_insert_with(|| Series {
                        variant: writer.name,
                        what: writer.what,
                        writers: Some(writers),
                        rounds: Vec::new(),
                    });
                    series.rounds.push(sample);
                }
            }
        }
        Ok(all.into_values().collect())
    }

    async fn one_write(&self, writer: &Writer, writers: usize, seconds: f64, name: &str) -> anyhow::Result<Sample> {
        let place = match writer.on {
            On::Postgres => Place::Postgres(self.server.database(name)?),
            On::Sqlite => Place::Sqlite(self.folder.join(name).display().to_string()),
        };
        if writer.by == By::Raw {
            return self.raw(writers, seconds, name).await;
        }
        let work = Work::Write {
            writers,
            seconds,
            pool: writer.pool,
            view: writer.view,
            full: writer.full,
            checkpoints: writer.checkpoints,
        };
        let sample = self.child(writer.by, place, name, work).await?;
        // The room is needed for the next; a database is dropped with the server.
        if writer.on == On::Sqlite {
            for entry in std::fs::read_dir(self.folder)?.flatten() {
                if entry.file_name().to_string_lossy().starts_with(name) {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(sample)
    }

    async fn read(&self, options: &Options) -> anyhow::Result<Vec<Series>> {
        let readers: Vec<&Reader> = READERS
            .iter()
            .filter(|reader| wanted(&options.only, reader.name, "read") && self.can(reader.by))
            .collect();
        let mut stores: BTreeMap<String, Filled> = BTreeMap::new();
        for reader in &readers {
            let name = store_of(reader);
            if !stores.contains_key(&name) {
                let filled = self.fill(reader, &name, options.events).await;
                let filled = filled.with_context(|| format!("filling {name}"))?;
                stores.insert(name.clone(), filled);
            }
            if let (How::Tiles, Some(store)) = (reader.how, stores.get(&name)) {
                let published = self.child(By::Ours, store.place.clone(), &name, Work::Publish).await;
                let published = published.with_context(|| format!("publishing {name}"))?;
                self.tell(format_args!("published {name} in {:.1} s", published.seconds));
            }
        }
        let mut all: Vec<Series> = readers
            .iter()
            .map(|reader| Series {
                variant: reader.name,
                what: reader.what,
                writers: None,
                rounds: Vec::new(),
            })
            .collect();
        for round in 1..=options.rounds {
            for (reader, series) in readers.iter().zip(&mut all) {
                let name = store_of(reader);
                let Some(store) = stores.get(&name) else { continue };
                let mut sample = self
                    .child(reader.by, store.place.clone(), &name, Work::Read(reader.how))
                    .await
                    .with_context(|| reader.name)?;
                // Of a reader that tells how much the store holds.
                sample.expected = sample.stored.and(Some(store.events));
                self.tell(format_args!(
                    "round {round}, {:<20} {:>9.0} events/s",
                    reader.name, sample.per_second
                ));
                series.rounds.push(sample);
            }
        }
        Ok(all)
    }

    /// A store with so many events in it.
    async fn fill(&self, reader: &Reader, name: &str, events: u64) -> anyhow::Result<Filled> {
        let place = match reader.on {
            On::Postgres => Place::Postgres(self.server.database(name)?),
            On::Sqlite => Place::Sqlite(self.folder.join(name).display().to_string()),
        };
        let work = match (reader.by, reader.how) {
            (By::Stock, _) => Work::Fill {
                events: (events / STOCK_PART).max(3),
            },
            (_, How::Rebuild) => Work::FillApplications { events },
            _ => Work::Fill { events },
        };
        let filled = self.child(reader.by, place.clone(), name, work).await?;
        if reader.on == On::Postgres {
            // Warm, and with the statistics that a server in use would have.
            self.server.ask(name, "VACUUM ANALYZE")?;
        }
        self.tell(format_args!(
            "filled {name} with {} events in {:.1} s",
            filled.count, filled.seconds
        ));
        Ok(Filled {
            place,
            events: filled.count,
        })
    }

    /// One measurement in a process of its own.
    async fn child(&self, by: By, place: Place, name: &str, work: Work) -> anyhow::Result<Sample> {
        let mut command = match by {
            By::Stock => Command::new(self.yardstick.as_ref().context("no yardstick")?),
            By::Ours | By::Raw => {
                let mut ours = Command::new(&self.ours);
                ours.args(["bench", "ledger", "--child"]);
                ours
            }
        };
        let on_server = matches!(place, Place::Postgres(_));
        let writing = matches!(work, Work::Write { .. });
        let job = Job {
            place,
            seed: SEED,
            keys: super::child::keys_beside(self.folder, name),
            work,
        };
        let flushes = match on_server {
            true => self.server.flushes().await?,
            false => None,
        };
        if std::env::var_os("RUST_LOG").is_none() {
            // It writes as the owner of a server that lives for minutes, and would be told each time what that owner may do.
            command.env("RUST_LOG", "error");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the measuring process does not start")?;
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a process without pipes");
        };
        let mut from = BufReader::new(from).lines();
        to.write_all(format!("{}\n", serde_json::to_string(&job)?).as_bytes())
            .await?;
        let Some(ready) = from.next_line().await? else {
            bail!("the measuring process ended early: {}", child.wait().await?);
        };
        ensure!(ready == "{\"ready\":true}", "not ready: {ready}");
        let bytes = self.server.log_bytes()?;
        let before = Before::read(self);
        to.write_all(b"go\n").await?;
        let line = from.next_line().await?;
        let after = before.until_now(self, 0.0);
        let Some(line) = line else {
            bail!("the measuring process ended early: {}", child.wait().await?);
        };
        let bytes = self.server.log_bytes()? - bytes;
        let measured: Measured = serde_json::from_str(&line)?;
        drop(to);
        let status = child.wait().await?;
        ensure!(status.success(), "the measuring process ended with {status}");
        let count = measured.count.max(1) as f64;
        let opened = measured.expected.unwrap_or(measured.count).max(1) as f64;
        let (flushes, log_bytes) = match (writing, on_server) {
            (false, _) => (None, None),
            (true, true) => {
                let flushes = difference(self.server.flushes().await?, flushes);
                (
                    flushes.map(|flushes| flushes as f64 / opened),
                    Some(bytes as f64 / count),
                )
            }
            (true, false) => (
                after.disk_flushes.map(|flushes| flushes as f64 / count),
                Some(measured.written_bytes as f64 / count),
            ),
        };
        Ok(Sample {
            count: measured.count,
            failed: measured.failed,
            seconds: measured.seconds,
            per_second: measured.count as f64 / measured.seconds.max(1e-9),
            p50_us: measured.p50_us,
            p99_us: measured.p99_us,
            client_cpu_us: measured.cpu_seconds * 1e6 / count,
            server_cpu_us: on_server.then_some(after.server * 1e6 / count),
            flushes,
            log_bytes,
            others: (after.others - measured.cpu_seconds / after.capacity).clamp(0.0, 1.0),
            peak_memory_bytes: measured.peak_memory,
            stored: measured.stored,
            expected: measured.expected,
            breaks: measured.breaks,
            fold: measured.fold,
        })
    }
}

/// A store that is read.
struct Filled {
    place: Place,
    events: u64,
}

fn store_of(reader: &Reader) -> String {
    let by = match (reader.by, reader.how) {
        (By::Stock, _) => "stock",
        (_, How::Rebuild) => "views",
        _ => "ours",
    };
    let on = if reader.on == On::Postgres { "pg" } else { "sqlite" };
    format!("{by}_{on}")
}

pub(super) fn difference(after: Option<u64>, before: Option<u64>) -> Option<u64> {
    Some(after?.saturating_sub(before?))
}

/// What is read outside the measuring process when it begins.
pub(super) struct Before {
    at: Instant,
    server: f64,
    busy: f64,
    disk_flushes: Option<u64>,
}

/// What happened since.
pub(super) struct Outside {
    /// Seconds of CPU of PostgreSQL.
    pub(super) server: f64,
    /// The part of the machine's CPU time that was neither the server's nor `known`.
    pub(super) others: f64,
    /// Seconds of CPU that the machine could have given.
    capacity: f64,
    disk_flushes: Option<u64>,
}

impl Before {
    pub(super) fn read(bench: &Bench<'_>) -> Self {
        Self {
            disk_flushes: bench.disk.flushes(),
            server: family_cpu_seconds(bench.server.pid()),
            busy: busy_cpu_seconds(),
            at: Instant::now(),
        }
    }

    pub(super) fn until_now(&self, bench: &Bench<'_>, known: f64) -> Outside {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let capacity = (self.at.elapsed().as_secs_f64() * cores as f64).max(1e-9);
        let server = family_cpu_seconds(bench.server.pid()) - self.server;
        let busy = busy_cpu_seconds() - self.busy;
        Outside {
            server,
            others: ((busy - server - known) / capacity).clamp(0.0, 1.0),
            capacity,
            disk_flushes: difference(bench.disk.flushes(), self.disk_flushes),
        }
    }
}
