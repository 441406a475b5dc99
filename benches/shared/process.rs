//! What a process costs, from `/proc` (proc(5)): no unsafe call, and the same for us and for the server.

use std::fs;

/// Clock ticks a second in `/proc/*/stat`: `USER_HZ`, 100 on every Linux that runs here.
pub(crate) const TICKS: f64 = 100.0;

/// The fields of a `stat` line after the name, from `state` on; the name may hold spaces and brackets.
pub(crate) fn fields(stat: &str) -> Vec<&str> {
    stat.rsplit_once(')')
        .map_or_else(Vec::new, |(_, rest)| rest.split_whitespace().collect())
}

/// Two neighbouring fields, user and system, in seconds.
pub(crate) fn ticks(fields: &[&str], from: usize) -> f64 {
    let one = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or_default() as f64
    };
    (one(from) + one(from + 1)) / TICKS
}

/// Seconds of CPU, user and system, that this process has used in all its threads.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    ticks(&fields(&stat), 11)
}

/// The most memory that was ever resident, in bytes (`VmHWM`).
pub(crate) fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or_default()
        * 1024
}

/// Bytes that this process has handed to `write` (`wchar`): with SQLite, its log and what is copied back from it.
pub(crate) fn written_bytes() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines()
        .find_map(|line| line.strip_prefix("wchar:"))
        .and_then(|rest| rest.trim().parse().ok())
        .unwrap_or_default()
}
