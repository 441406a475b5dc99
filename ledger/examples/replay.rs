//! What reading the whole log costs: wall time, processor time of this process, and its peak memory.
//!
//! ```text
//! cargo run --release -p ledger --example replay -- sqlite FILE fill 200000
//! cargo run --release -p ledger --example replay -- sqlite FILE nothing|leaves|tree|audit
//! cargo run --release -p ledger --example replay -- postgres URL …
//! cargo run --release -p ledger --example replay -- published FOLDER fill|audit N
//! ```
//!
//! Each measurement is a process of its own, so that its peak memory is its own. Processor time counts every thread of this
//! process and nothing of the server; it is told in steps of 10 ms.
#![expect(clippy::print_stdout, reason = "a program that says what it measured")]

use std::path::Path;
use std::sync::Arc;

use keys::{Algorithm, PublicKey, Purpose, SeededEntropy, SignError, Signer, Vault};
use ledger::note::{NoteKind, VerifierKey};
use ledger::tiles::{Kind, TilePath, bundle};
use ledger::{Append, Batch, Context, Ledger, NewEvent, ReplayOptions, SystemClock, Tree, Verify, audit};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// About 480 bytes of JSON, as an application's event has.
#[derive(Debug, Serialize, Deserialize)]
struct Happened {
    number: String,
    service: String,
    district: String,
    officer: String,
    step: u64,
    amount: u64,
    note: String,
    checks: Vec<String>,
}

struct Key(ed25519_dalek::SigningKey, PublicKey);

impl Key {
    fn new() -> Result<Self, Failure> {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let public = PublicKey::try_new(Algorithm::Ed25519, key.verifying_key().as_bytes())?;
        Ok(Self(key, public))
    }
}

impl Signer for Key {
    fn purpose(&self) -> Purpose {
        Purpose::Checkpoint
    }

    fn public_key(&self) -> &PublicKey {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        use ed25519_dalek::Signer as _;
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

fn event(stream: u64, step: u64) -> Result<NewEvent, Failure> {
    let happened = Happened {
        number: format!("APP-2026-{stream:08}"),
        service: "certificate-of-residence".to_owned(),
        district: "South West".to_owned(),
        officer: format!("officer/{}", stream % 211),
        step,
        amount: stream * 7 % 1_000,
        note: "The address was compared with the electricity account and the register of voters. ".repeat(3),
        checks: vec!["register".to_owned(), "photo".to_owned(), "address".to_owned()],
    };
    Ok(NewEvent {
        event_type: "application.checked".to_owned(),
        event_version: "1".to_owned(),
        body: serde_json::to_value(happened)?,
    })
}

/// Streams of three events, one command each; a checkpoint every 5,000 events.
async fn fill(ledger: &Ledger, events: u64) -> Result<(), Failure> {
    let key = Key::new()?;
    let streams = events.div_ceil(3);
    let mut waiting = Vec::new();
    for stream in 0..streams {
        let context = Context {
            command_id: ledger.entropy().uuid_v4(),
            actor: format!("officer/{}", stream % 211),
            correlation_id: ledger.entropy().uuid_v4(),
            causation: None,
            commits_to: None,
        };
        let mut batch = Batch::new(context, [1; 32]);
        batch.appends.push(Append {
            aggregate_type: "application".to_owned(),
            aggregate_id: ledger.entropy().uuid_v4().to_string(),
            expected: 0,
            events: (0..3).map(|step| event(stream, step)).collect::<Result<_, _>>()?,
        });
        let ledger_of_task = ledger.clone();
        waiting.push(tokio::spawn(async move { ledger_of_task.commit(batch).await }));
        if waiting.len() == 512 || stream + 1 == streams {
            for commit in waiting.drain(..) {
                commit.await??;
            }
        }
        if stream % 1_666 == 0 || stream + 1 == streams {
            ledger.checkpoint(&key).await?;
        }
    }
    Ok(())
}

/// The leaves of a log, published in this folder.
fn publish(folder: &Path, leaves: u64) -> Result<(), Failure> {
    let leaf = |number: u64| {
        let digest = |part: u8| ledger::leaf_hash(&[&number.to_be_bytes()[..], &[part]].concat());
        let leaf = ledger::Leaf {
            stream: digest(0),
            sequence: number % 3 + 1,
            event_type: "application.checked",
            event_version: "1",
            recorded_at: 1_795_000_000_000,
            body: digest(1),
            meta: digest(2),
        };
        leaf.encode()
    };
    let write = |path: TilePath, bytes: Vec<u8>| {
        let file = folder.join(path.to_string());
        file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(file, bytes)
    };
    let mut tree = Tree::default();
    let mut tiles = Vec::new();
    for path in TilePath::all(leaves)
        .into_iter()
        .filter(|path| path.kind == Kind::Entries)
    {
        let first = path.index * 256;
        let part: Vec<Vec<u8>> = (first..first + path.width as u64).map(leaf).collect();
        for leaf in &part {
            tree.push(ledger::leaf_hash(leaf), |tile| tiles.push(tile));
        }
        write(
            path,
            bundle(part.iter().map(Vec::as_slice)).ok_or("a leaf is too long")?,
        )?;
    }
    tiles.extend(tree.partial_tiles());
    for tile in tiles {
        let kind = Kind::Hashes(tile.level);
        let (index, width) = (tile.index, tile.hashes.len());
        write(TilePath { kind, index, width }, tile.hashes.concat())?;
    }
    let body = format!(
        "sample.invalid/log/1\n{leaves}\n{}\n",
        data_encoding::BASE64.encode(&tree.root())
    );
    let key = Key::new()?;
    let verifier = VerifierKey::try_new("sample.invalid/log/1", NoteKind::Log, key.1.clone())?;
    let signature = [&verifier.key_id()[..], &key.sign(body.as_bytes())?].concat();
    let line = format!(
        "\u{2014} sample.invalid/log/1 {}\n",
        data_encoding::BASE64.encode(&signature)
    );
    Ok(std::fs::write(folder.join("checkpoint"), format!("{body}\n{line}"))?)
}

/// Processor time of this process, in milliseconds.
fn processor() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * 10)
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(String::new, |line| line.trim().to_owned())
}

async fn read(ledger: &Ledger, what: &str) -> Result<u64, Failure> {
    let verify = match what {
        "nothing" => Verify::Nothing,
        "leaves" => Verify::Leaves,
        "tree" => Verify::Tree,
        "audit" => {
            let report = audit::verify(ledger, &[Key::new()?.1], None).await?;
            if let Some(found) = report.breaks.first() {
                return Err(found.to_string().into());
            }
            return Ok(report.events);
        }
        _ => return Err("nothing, leaves, tree or audit".into()),
    };
    let options = ReplayOptions {
        verify,
        ..ReplayOptions::default()
    };
    let mut sum = 0;
    let take = |event: ledger::replay::Event<'_>| {
        let happened: Happened = event.typed()?;
        sum += happened.amount + happened.checks.len() as u64 + happened.note.len() as u64;
        Ok(())
    };
    let summary = ledger.replay(options).await?.each(take).await?;
    if sum == 0 {
        return Err("nothing was decoded".into());
    }
    Ok(summary.events)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |place: usize| arguments.get(place).map_or("", String::as_str);
    let (kind, place, what) = (text(0), text(1), text(2));
    let number = text(3).parse::<u64>();
    let (entropy, clock) = (Arc::new(SeededEntropy::new(5)), Arc::new(SystemClock));
    let vault = Vault::ephemeral(&SeededEntropy::new(6));
    let ledger = match kind {
        "sqlite" => Some(Ledger::open_sqlite(Path::new(place), vault, entropy, clock).await?),
        "postgres" => Some(Ledger::open_postgres(place, vault, entropy, clock).await?),
        _ => None,
    };
    let (begin, before) = (Instant::now(), processor().unwrap_or(0));
    let count = match (&ledger, what) {
        (Some(ledger), "fill") => {
            fill(ledger, number.clone()?).await?;
            number?
        }
        (Some(ledger), _) => read(ledger, what).await?,
        (None, "fill") => {
            publish(Path::new(place), number.clone()?)?;
            number?
        }
        (None, _) => {
            let verifier = VerifierKey::try_new("sample.invalid/log/1", NoteKind::Log, Key::new()?.1)?;
            let report = audit::published::verify(Path::new(place), &[verifier], None)?;
            if let Some(found) = report.breaks.first() {
                return Err(found.to_string().into());
            }
            report.leaves
        }
    };
    let (wall, cpu) = (begin.elapsed(), processor().unwrap_or(0) - before);
    let (events, milliseconds) = (count as f64, cpu.max(1) as f64);
    println!(
        "{kind} {what}: {count} events, {:.2} s, {:.2} us of processor an event, {:.0} events a second of processor, peak {}",
        wall.as_secs_f64(),
        milliseconds * 1_000.0 / events,
        events * 1_000.0 / milliseconds,
        peak()
    );
    if let Some(ledger) = ledger {
        ledger.close().await;
    }
    Ok(())
}
