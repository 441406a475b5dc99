//! The accounts that the processes kept outside, held against the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use keys::{OsEntropy, SeededEntropy, Vault};
use ledger::{Ledger, Recorded, Settings, SystemClock, audit};
use uuid::Uuid;

/// Opens the store as the processes did, to look.
pub(crate) async fn open(store: &str) -> Ledger {
    let settings = Settings {
        checkpoint_file: None,
        read_deadline: std::time::Duration::from_secs(60),
        ..Settings::default()
    };
    let vault = Vault::ephemeral(&SeededEntropy::new(1));
    let (entropy, clock) = (Arc::new(OsEntropy), Arc::new(SystemClock));
    if store.starts_with("postgres") {
        Ledger::open_postgres_read_only(store, settings, vault, entropy, clock).await
    } else {
        Ledger::open_sqlite_read_only(Path::new(store), settings, vault, entropy, clock).await
    }
    .unwrap()
}

/// Every event, by position.
pub(crate) async fn all(ledger: &Ledger) -> Vec<Recorded> {
    let mut found: Vec<Recorded> = Vec::new();
    loop {
        let last = found.last().map_or(0, |event| event.position);
        let page = ledger.after(last, 5_000).await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

/// The lines of all files of a kind; a last line that a kill cut off is not one.
fn lines(folder: &Path, kind: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with(kind) {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            found.extend(
                text.split_inclusive('\n')
                    .filter_map(|line| line.strip_suffix('\n'))
                    .map(|line| line.split(' ').map(str::to_owned).collect()),
            );
        }
    }
    found
}

/// What was counted.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) events: usize,
    pub(crate) acknowledged: usize,
    pub(crate) ambiguous: usize,
    pub(crate) ambiguous_stored: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} events, {} acknowledged; of {} commands with unknown outcome {} were stored",
            self.events, self.acknowledged, self.ambiguous, self.ambiguous_stored
        )
    }
}

/// Every acknowledged event is there, once, where it was said to be; no gap, no command twice, nothing that nobody asked for.
pub(crate) async fn settle(store: &str, folder: &Path) -> Counts {
    let ledger = open(store).await;
    let report = audit::verify(&ledger, &[], None).await.unwrap();
    assert_eq!(report.breaks, vec![]);
    let events = all(&ledger).await;
    ledger.close().await;
    assert_eq!(report.events, u64::try_from(events.len()).unwrap());

    let asked: BTreeMap<Uuid, String> = lines(folder, "asked-")
        .into_iter()
        .map(|line| (line[0].parse().unwrap(), line[1].clone()))
        .collect();
    let mut by_command = BTreeMap::new();
    let mut sequences: BTreeMap<&str, u64> = BTreeMap::new();
    for (position, event) in (1..).zip(&events) {
        assert_eq!(event.position, position, "a gap in the positions");
        let sequence = sequences.entry(&event.aggregate_id).or_default();
        *sequence += 1;
        assert_eq!(event.sequence, *sequence, "a gap in {}", event.aggregate_id);
        let command = event.meta.command_id;
        assert_eq!(
            asked.get(&command),
            Some(&event.aggregate_id),
            "position {position} was asked for by nobody, or for another stream"
        );
        assert!(
            String::from_utf8_lossy(&event.body).contains(&command.to_string()),
            "position {position} holds another command's mark"
        );
        let before = by_command.insert(command, event);
        assert!(before.is_none(), "the command {command} is in the log twice");
    }
    let mut acknowledged = BTreeSet::new();
    for line in lines(folder, "acks-") {
        let command: Uuid = line[0].parse().unwrap();
        let event = by_command
            .get(&command)
            .unwrap_or_else(|| panic!("acknowledged and lost: {line:?}"));
        let leaf: String = event.leaf_hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (&event.aggregate_id, event.position.to_string(), leaf),
            (&line[1], line[2].clone(), line[3].clone()),
            "acknowledged as something else"
        );
        assert!(
            acknowledged.insert(command),
            "acknowledged twice by one process: {line:?}"
        );
    }
    let ambiguous = asked.len() - acknowledged.len();
    Counts {
        events: events.len(),
        acknowledged: acknowledged.len(),
        ambiguous,
        ambiguous_stored: events.len() - acknowledged.len(),
    }
}
