//! A replay holds a few chunks, whatever it reads. Alone in its file: what is measured is this whole process.
#![cfg(target_os = "linux")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::sync::Arc;

use keys::{Entropy as _, SeededEntropy, Vault};
use ledger::{Append, Batch, Context, Ledger, ManualClock, NewEvent, ReplayOptions, Verify};

const BATCHES: u64 = 20;
const EVENTS: u64 = 2_500;

/// A number of kilobytes from `/proc/self/status`.
fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_events_pass_through_a_few_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(SeededEntropy::new(3));
    let vault = Vault::ephemeral(entropy.as_ref());
    let clock = Arc::new(ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap()));
    let ledger = Ledger::open_sqlite(&folder.path().join("ledger.sqlite"), vault, entropy.clone(), clock)
        .await
        .unwrap();
    let pad = "x".repeat(2_500);
    for batch_number in 0..BATCHES {
        let context = Context {
            command_id: entropy.uuid_v4(),
            actor: "officer/1".to_owned(),
            correlation_id: entropy.uuid_v4(),
            causation: None,
            commits_to: None,
        };
        let mut batch = Batch::new(context, [1; 32]);
        let events = (0..EVENTS).map(|n| NewEvent {
            event_type: "counter.added".to_owned(),
            event_version: "1".to_owned(),
            body: serde_json::json!({"n": n, "pad": pad}),
        });
        batch.appends.push(Append {
            aggregate_type: "counter".to_owned(),
            aggregate_id: batch_number.to_string(),
            expected: 0,
            events: events.collect(),
        });
        ledger.commit(batch).await.unwrap();
    }
    for verify in [Verify::Nothing, Verify::Leaves, Verify::Tree] {
        // 5: the peak begins anew (proc(5), clear_refs).
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = status("VmRSS:");
        let options = ReplayOptions {
            verify,
            ..ReplayOptions::default()
        };
        let mut bytes = 0;
        let take = |event: ledger::replay::Event<'_>| {
            bytes += event.body.len() + event.meta.len();
            Ok(())
        };
        let summary = ledger.replay(options).await.unwrap().each(take).await.unwrap();
        let grown = status("VmHWM:").saturating_sub(before);
        assert_eq!(summary.events, BATCHES * EVENTS);
        assert!(bytes > 120_000_000, "{bytes} bytes were read");
        assert!(grown < 16_000, "{grown} kB more than before, {verify:?}");
    }
    ledger.close().await;
}
