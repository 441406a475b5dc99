//! The closed loop: so many tasks, each waiting for its command before it gives the next.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::process;
use super::protocol::{Measured, Turn};
use super::workload::STEPS;

/// The task in its number: no two tasks ever touch the same stream.
const STREAMS_OF_A_TASK: u64 = 1 << 32;

struct Done {
    commands: u64,
    failed: u64,
    /// Microseconds.
    latencies: Vec<u32>,
    first_error: Option<String>,
}

/// Each task carries out one stream to warm itself, all wait for `go`, and then carry out streams until the time is over; a stream is
/// left where the time ends. `command` is given the stream's number and the step.
pub(crate) async fn closed_loop<C, F>(
    turn: &mut Turn,
    writers: usize,
    length: Duration,
    command: C,
) -> Result<Measured, String>
where
    C: Fn(u64, u64) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), String>> + Send,
{
    let command = Arc::new(command);
    let (start, started) = watch::channel(None::<Instant>);
    let (warm, mut warmed) = watch::channel(0_usize);
    let mut tasks = JoinSet::new();
    for task in 0..writers {
        let (command, mut started, warm) = (Arc::clone(&command), started.clone(), warm.clone());
        tasks.spawn(async move {
            let mut stream = task as u64 * STREAMS_OF_A_TASK;
            let mut done = Done {
                commands: 0,
                failed: 0,
                latencies: Vec::with_capacity(1 << 16),
                first_error: None,
            };
            for step in 0..STEPS {
                command(stream, step).await?;
            }
            warm.send_modify(|count| *count += 1);
            let begun = *started
                .wait_for(Option::is_some)
                .await
                .map_err(|error| error.to_string())?;
            let end = begun.unwrap_or_else(Instant::now) + length;
            'time: loop {
                stream += 1;
                for step in 0..STEPS {
                    let before = Instant::now();
                    if before >= end {
                        break 'time;
                    }
                    match command(stream, step).await {
                        Ok(()) => {
                            done.commands += 1;
                            let taken = before.elapsed().as_micros();
                            done.latencies.push(u32::try_from(taken).unwrap_or(u32::MAX));
                        }
                        Err(error) => {
                            done.failed += 1;
                            done.first_error.get_or_insert(error);
                            continue 'time;
                        }
                    }
                }
            }
            Ok::<_, String>(done)
        });
    }
    // A task that fails while it warms itself would be waited for in vain.
    loop {
        tokio::select! {
            answer = warmed.wait_for(|count| *count == writers) => {
                answer.map_err(|error| error.to_string())?;
                break;
            }
            Some(early) = tasks.join_next() => {
                early.map_err(|error| error.to_string())??;
            }
        }
    }
    turn.ready().await?;
    let (cpu, written) = (process::cpu_seconds(), process::written_bytes());
    let begin = Instant::now();
    start.send_replace(Some(begin));
    let mut all = Done {
        commands: 0,
        failed: 0,
        latencies: Vec::new(),
        first_error: None,
    };
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|error| error.to_string())??;
        all.commands += done.commands;
        all.failed += done.failed;
        all.latencies.extend(done.latencies);
        all.first_error = all.first_error.or(done.first_error);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let cpu_seconds = process::cpu_seconds() - cpu;
    let written_bytes = process::written_bytes().saturating_sub(written);
    if let Some(error) = all.first_error {
        let mut out = std::io::stderr().lock();
        let _ = std::io::Write::write_fmt(
            &mut out,
            format_args!("{} commands failed, the first: {error}\n", all.failed),
        );
    }
    all.latencies.sort_unstable();
    Ok(Measured {
        count: all.commands,
        failed: all.failed,
        seconds,
        p50_us: percentile(&all.latencies, 50),
        p99_us: percentile(&all.latencies, 99),
        cpu_seconds,
        written_bytes,
        peak_memory: process::peak_memory(),
        expected: Some(all.commands + writers as u64 * STEPS),
        ..Measured::default()
    })
}

/// The nearest rank of sorted values.
pub(crate) fn percentile(sorted: &[u32], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).map(|value| f64::from(*value))
}
