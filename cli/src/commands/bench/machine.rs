//! What the machine is, and what else it is doing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::shared::process::{TICKS, fields, ticks};

/// A load average above this spoils absolute figures: something else is using a core half of the time.
pub(super) const LOAD_QUIET: f64 = 0.5;

/// Where a figure was taken.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) memory_bytes: u64,
    pub(super) system: String,
    /// Of the folder with the stores.
    pub(super) file_system: String,
    /// Of the last minute, before the start.
    pub(super) load_before: f64,
    /// UTC.
    pub(super) day: String,
    pub(super) build: &'static str,
}

impl Machine {
    pub(super) fn here(disk: &Disk, day: String) -> Self {
        let first = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.map(|rest| rest.trim_start_matches([':', '\t', ' ']).to_owned())
                .unwrap_or_default()
        };
        let kilobytes = first("/proc/meminfo", "MemTotal");
        let kilobytes = kilobytes
            .split(' ')
            .next()
            .and_then(|number| number.parse::<u64>().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: first("/proc/cpuinfo", "model name"),
            memory_bytes: kilobytes.unwrap_or_default() * 1024,
            system: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            file_system: disk.file_system.clone(),
            load_before: load(),
            day,
            build: if cfg!(debug_assertions) { "dev" } else { "release" },
        }
    }

    /// One line for a table or a picture.
    pub(super) fn line(&self) -> String {
        format!(
            "{}, {} cores {}, {:.0} GB, {}, load {:.2} before, {} build",
            self.day,
            self.cores,
            self.processor,
            self.memory_bytes as f64 / 1e9,
            self.file_system,
            self.load_before,
            self.build
        )
    }
}

fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or_default()
}

/// The disk under a folder.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    pub(super) file_system: String,
    device: String,
}

impl Disk {
    /// By the longest mount point above the folder.
    pub(super) fn under(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("the folder {}", folder.display()))?;
        let mounts = fs::read_to_string("/proc/self/mounts").context("the list of mounts")?;
        let mut best: Option<(usize, Self)> = None;
        for line in mounts.lines() {
            let mut parts = line.split(' ');
            let (Some(device), Some(point), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            let deeper = best.as_ref().is_none_or(|(length, _)| point.len() >= *length);
            if folder.starts_with(point) && deeper {
                let device = device.rsplit('/').next().unwrap_or_default().to_owned();
                let file_system = kind.to_owned();
                best = Some((point.len(), Self { file_system, device }));
            }
        }
        best.map(|(_, disk)| disk)
            .with_context(|| format!("no mount above {}", folder.display()))
    }

    /// Whether a flush reaches anything that outlives the machine.
    pub(super) fn is_real(&self) -> bool {
        !matches!(self.file_system.as_str(), "tmpfs" | "ramfs" | "overlay")
    }

    /// Flush requests that the whole device has completed since the start of the machine (`/proc/diskstats`, field 19).
    pub(super) fn flushes(&self) -> Option<u64> {
        let text = fs::read_to_string("/proc/diskstats").ok()?;
        let line = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|fields| fields.get(2) == Some(&self.device.as_str()))?;
        line.get(18)?.parse().ok()
    }
}

/// A folder for the stores, on a disk.
pub(super) fn folder(wanted: Option<&Path>) -> anyhow::Result<(tempfile::TempDir, Disk)> {
    let candidates = match wanted {
        Some(folder) => vec![folder.to_path_buf()],
        None => vec![
            std::env::temp_dir(),
            PathBuf::from("/var/tmp"),
            std::env::current_dir()?,
        ],
    };
    let mut last = None;
    for candidate in candidates {
        let Ok(disk) = Disk::under(&candidate) else { continue };
        let real = disk.is_real();
        last = Some((candidate, disk));
        if real {
            break;
        }
    }
    let (parent, disk) = last.context("no folder for the stores")?;
    let folder = tempfile::Builder::new()
        .prefix("praman-bench-")
        .tempdir_in(&parent)
        .with_context(|| format!("a folder in {}", parent.display()))?;
    Ok((folder, disk))
}

/// Seconds of CPU of the processes that this process has started and waited for.
pub(super) fn waited_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    ticks(&fields(&stat), 13)
}

/// Seconds of CPU of a process, of its children, and of those children that it has outlived.
pub(super) fn family_cpu_seconds(parent: u32) -> f64 {
    let mut seconds = 0.0;
    let Ok(processes) = fs::read_dir("/proc") else {
        return seconds;
    };
    for process in processes.flatten() {
        let name = process.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(process.path().join("stat")) else {
            continue;
        };
        let fields = fields(&stat);
        let of = fields.get(1).and_then(|field| field.parse::<u32>().ok());
        if pid == parent {
            seconds += ticks(&fields, 11) + ticks(&fields, 13);
        } else if of == Some(parent) {
            seconds += ticks(&fields, 11);
        }
    }
    seconds
}

/// Seconds of CPU that the whole machine was not idle, over all cores; time taken away by the host counts.
pub(super) fn busy_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let busy: u64 = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .enumerate()
        // 3 idle, 4 waiting for a disk.
        .filter(|(at, _)| !matches!(at, 3 | 4))
        .filter_map(|(_, field)| field.parse::<u64>().ok())
        .sum();
    busy as f64 / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_of_a_folder_is_found_and_memory_is_no_disk() {
        assert_eq!(Disk::under(Path::new("/proc/self")).unwrap().file_system, "proc");
        let disk = |file_system: &str| Disk {
            file_system: file_system.to_owned(),
            device: String::new(),
        };
        assert!(disk("ext4").is_real() && !disk("tmpfs").is_real());
    }

    #[test]
    fn work_shows_in_the_figures() {
        let (busy, own) = (busy_cpu_seconds(), family_cpu_seconds(std::process::id()));
        let mut sum = 0_u64;
        while family_cpu_seconds(std::process::id()) < own + 0.05 {
            sum = sum.wrapping_add((0..10_000_u64).fold(0, |a, b| a ^ b.rotate_left(7)));
        }
        assert!(busy_cpu_seconds() >= busy + 0.04, "{sum}");
    }
}
