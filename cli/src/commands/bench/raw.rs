//! The bare insert, by PostgreSQL's own pgbench.

use std::path::Path;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use super::machine::waited_cpu_seconds;
use super::measure::{Before, Bench, SEED, Sample, difference};
use super::shared::drive::percentile;
use super::shared::workload::event;

/// The raw insert: a number, and the payload of one event as the one parameter.
const RAW_TABLE: &str = "CREATE TABLE raw_insert (id bigserial PRIMARY KEY, payload text NOT NULL)";
const RAW_INSERT: &str = "INSERT INTO raw_insert (payload) VALUES (:payload);\n";

impl Bench<'_> {
    /// pgbench, whose processes we wait for and so know the CPU of.
    pub(super) async fn raw(&self, writers: usize, seconds: f64, name: &str) -> anyhow::Result<Sample> {
        self.server.ask(name, RAW_TABLE)?;
        let script = self.folder.join("raw.sql");
        std::fs::write(&script, RAW_INSERT)?;
        let payload = serde_json::to_string(&event(SEED, 0, 1))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(writers);
        let seconds = (seconds.round() as u64).max(1);
        let log = self.folder.join(format!("{name}.latency"));
        let mut pgbench = self.server.program("pgbench");
        pgbench
            .args(["-n", "-M", "prepared", "-l", "--sampling-rate=0.1"])
            .args([
                "-c",
                &writers.to_string(),
                "-j",
                &threads.to_string(),
                "-T",
                &seconds.to_string(),
            ])
            .args(["-D", &format!("payload={payload}")])
            .arg(format!("--log-prefix={}", log.display()))
            .arg("-f")
            .arg(&script)
            .arg(name);
        let flushes = self.server.flushes().await?;
        let bytes = self.server.log_bytes()?;
        let before = Before::read(self);
        let waited = waited_cpu_seconds();
        let said = Command::from(pgbench)
            .kill_on_drop(true)
            .output()
            .await
            .context("pgbench")?;
        let client = waited_cpu_seconds() - waited;
        let outside = before.until_now(self, client);
        let bytes = self.server.log_bytes()? - bytes;
        let flushes = difference(self.server.flushes().await?, flushes);
        let text = String::from_utf8_lossy(&said.stdout);
        ensure!(
            said.status.success(),
            "pgbench: {}",
            String::from_utf8_lossy(&said.stderr).trim()
        );
        let after = |mark: &str| text.lines().find_map(|line| line.trim().strip_prefix(mark));
        let per_second: f64 = after("tps = ")
            .and_then(|rest| rest.split(' ').next()?.parse().ok())
            .context("pgbench told no rate")?;
        let count: u64 = after("number of transactions actually processed: ")
            .and_then(|rest| rest.split('/').next()?.trim().parse().ok())
            .context("pgbench told no count")?;
        let latencies = latencies(self.folder, &format!("{name}.latency"))?;
        let each = |total: f64| total / count.max(1) as f64;
        Ok(Sample {
            count,
            seconds: count as f64 / per_second,
            per_second,
            p50_us: percentile(&latencies, 50),
            p99_us: percentile(&latencies, 99),
            client_cpu_us: each(client * 1e6),
            server_cpu_us: Some(each(outside.server * 1e6)),
            flushes: flushes.map(|flushes| each(flushes as f64)),
            log_bytes: Some(each(bytes as f64)),
            others: outside.others,
            stored: Some(self.server.ask(name, "SELECT count(*) FROM raw_insert")?.parse()?),
            expected: Some(count),
            ..Sample::default()
        })
    }
}

/// The third field of each line that pgbench has logged: microseconds, sorted.
fn latencies(folder: &Path, prefix: &str) -> anyhow::Result<Vec<u32>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let text = std::fs::read_to_string(entry.path())?;
            all.extend(
                text.lines()
                    .filter_map(|line| line.split(' ').nth(2)?.parse::<u32>().ok()),
            );
            std::fs::remove_file(entry.path())?;
        }
    }
    all.sort_unstable();
    Ok(all)
}
