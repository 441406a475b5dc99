//! Writes to a ledger until it is killed, and keeps an account of it outside: what it asked before it asked, what was
//! acknowledged (flushed to the disk) after it was. It ends by itself when its standard input closes.
//!
//! `hammer STORE FOLDER RUN TASKS [PORT]`: STORE is a PostgreSQL address or the path of a SQLite file; RUN numbers the processes of
//! one test; with PORT it takes part in leading.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use keys::{Entropy as _, OsEntropy, SeededEntropy, Vault};
use ledger::{Context, LeadershipSettings, Ledger, Receipt, Settings, SystemClock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Streams that all tasks of all processes write to; each task has one of its own besides.
const SHARED: u128 = 4;
/// How long a leader that is killed stays leader.
const LEASE: Duration = Duration::from_millis(500);
/// How often the store is tried to be opened.
const OPENINGS_MAX: u32 = 20;

/// Takes every mark.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Tally {
    marks: u64,
}

#[derive(Debug, Clone)]
struct Mark(Uuid);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marked {
    mark: Uuid,
}

impl DomainEvent for Marked {
    fn event_type(&self) -> String {
        "tally.marked".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Tally {
    const TYPE: &'static str = "tally";
    type Command = Mark;
    type Event = Marked;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, Mark(mark): Mark, (): &(), sink: &EventSink<Self>) -> Result<(), Infallible> {
        sink.write(Marked { mark }, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Marked) {
        self.marks += 1;
    }
}

/// What happened outside the ledger: lines of two files.
#[derive(Clone)]
struct Account {
    asked: Arc<File>,
    acknowledged: mpsc::Sender<String>,
}

impl Account {
    fn open(folder: &Path, run: &str) -> Result<Self> {
        let file = |kind: &str| {
            let path = folder.join(format!("{kind}-{run}"));
            File::options()
                .create_new(true)
                .append(true)
                .open(&path)
                .with_context(|| format!("make {}", path.display()))
        };
        let (asked, mut acks) = (file("asked")?, file("acks")?);
        let (acknowledged, lines) = mpsc::channel::<String>();
        std::thread::spawn(move || {
            while let Ok(mut text) = lines.recv() {
                text.extend(lines.try_iter());
                // Without its account the process is of no use.
                if acks.write_all(text.as_bytes()).and_then(|()| acks.sync_data()).is_err() {
                    std::process::abort();
                }
            }
        });
        Ok(Self {
            asked: Arc::new(asked),
            acknowledged,
        })
    }

    /// Before it is asked for the first time. One write: a kill leaves a whole line or none.
    fn asks(&self, command: Uuid, stream: &str) -> Result<()> {
        Ok((&*self.asked).write_all(format!("{command} {stream}\n").as_bytes())?)
    }

    fn acknowledges(&self, command: Uuid, stream: &str, receipt: &Receipt) -> Result<()> {
        let leaf = receipt.leaf_hashes.first().context("a receipt without a leaf")?;
        let leaf: String = leaf.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("{command} {stream} {} {leaf}\n", receipt.first_position);
        self.acknowledged.send(line).context("the account is closed")
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (store, folder, run, tasks, port) = match arguments.as_slice() {
        [store, folder, run, tasks] => (store, folder, run, tasks, None),
        [store, folder, run, tasks, port] => (store, folder, run, tasks, Some(port.parse::<u16>()?)),
        _ => anyhow::bail!("hammer STORE FOLDER RUN TASKS [PORT]"),
    };
    let folder = Path::new(folder);
    let settings = Settings {
        checkpoint_file: Some(folder.join("checkpoint")),
        write_deadline: Duration::from_secs(5),
        leadership: port.map(|port| LeadershipSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            advertise: None,
            lease: LEASE,
        }),
        ..Settings::default()
    };
    // All processes of a test share a vault, as those of an installation do.
    let vault = Vault::ephemeral(&SeededEntropy::new(1));
    let (entropy, clock) = (Arc::new(OsEntropy), Arc::new(SystemClock));
    // A connection may be cut while the store is opened: a service would be started again.
    let mut left = OPENINGS_MAX;
    let ledger = loop {
        let (settings, vault, entropy, clock) = (settings.clone(), vault.clone(), entropy.clone(), clock.clone());
        let opened = if store.starts_with("postgres") {
            Ledger::open_postgres_with(store, settings, vault, entropy, clock).await
        } else {
            Ledger::open_sqlite_with(Path::new(store), settings, vault, entropy, clock).await
        };
        left -= 1;
        match opened {
            Err(_) if left > 0 => {}
            answer => break answer?,
        }
    };
    let account = Account::open(folder, run)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    std::thread::spawn(move || {
        let mut nothing = Vec::new();
        // Closed on purpose or by the parent's end: the same.
        let _ = std::io::stdin().read_to_end(&mut nothing);
        let _ = stop.send(true);
    });
    let mut working = tokio::task::JoinSet::new();
    for task in 0..tasks.parse::<u32>()? {
        let own = format!("own-{run}-{task}");
        working.spawn(hammer(ledger.clone(), account.clone(), own, stopped.clone()));
    }
    while let Some(ended) = working.join_next().await {
        ended??;
    }
    ledger.close().await;
    Ok(())
}

/// One client: command after command, to its own stream and to those of all; it often goes away before the answer and asks again.
async fn hammer(
    ledger: Ledger,
    account: Account,
    own: String,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> Result<()> {
    while !*stopped.borrow() {
        let command = OsEntropy.uuid_v4();
        let dice = OsEntropy.uuid_v4().as_u128();
        let stream = if dice.is_multiple_of(3) {
            format!("shared-{}", dice / 3 % SHARED)
        } else {
            own.clone()
        };
        account.asks(command, &stream)?;
        let context = || Context {
            command_id: command,
            actor: "hammer".to_owned(),
            correlation_id: command,
            causation: None,
            commits_to: None,
        };
        let patience = Duration::from_micros(u64::try_from(dice / 12 % 20_000)?);
        if (dice / 1_000_003).is_multiple_of(4) {
            let leaving = ledger.execute::<Tally>(&stream, Mark(command), context());
            // Dropped wherever it stands; what became of it is not known here.
            drop(tokio::time::timeout(patience, leaving).await);
            if (dice / 7_000_003).is_multiple_of(2) {
                continue;
            }
        }
        while !*stopped.borrow() {
            // Any failure leaves the outcome unknown; the same id asked again settles it.
            if let Ok(receipt) = ledger.execute::<Tally>(&stream, Mark(command), context()).await {
                account.acknowledges(command, &stream, &receipt)?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(())
}
