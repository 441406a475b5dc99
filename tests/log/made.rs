//! Logs made for a test, and published into a folder as any web server would hand them out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use keys::{Entropy, KeyStore, Purpose, SeededEntropy};
use ledger::note::{NoteKind, VerifierKey};
use ledger::tiles::{Kind, TilePath};
use ledger::{Append, Batch, Checkpoint, Clock, Context, Ledger, ManualClock, NewEvent, Settings};
use serde_json::json;

/// Where checkpoints are made.
pub(crate) const SIZES: [u64; 3] = [100, 300, 613];
/// Streams that the events are spread over.
const STREAMS: u64 = 20;
pub(crate) const ORIGIN: &str = "sample.invalid/log/1";

/// A store's folder and the keys that sign for it.
pub(crate) struct Installation {
    folder: PathBuf,
    pub(crate) keys: Arc<KeyStore>,
    origin: String,
    entropy: Arc<dyn Entropy>,
}

impl Installation {
    pub(crate) fn new(folder: &Path, seed: u64) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        let now = clock().now();
        let keys = KeyStore::create(&folder.join("keys.json"), "test", &*entropy, true, now, "Sample")?;
        Ok(Self {
            folder: folder.to_owned(),
            keys: Arc::new(keys),
            origin: ORIGIN.to_owned(),
            entropy,
        })
    }

    /// The same keys over another store.
    pub(crate) fn thief(&self, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            keys: self.keys.clone(),
            origin: self.origin.clone(),
            entropy: self.entropy.clone(),
        })
    }

    pub(crate) fn named(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    pub(crate) fn entropy(&self) -> Arc<dyn Entropy> {
        self.entropy.clone()
    }

    pub(crate) fn vkey(&self) -> VerifierKey {
        let key = self.keys.signer(Purpose::Checkpoint).unwrap().public_key().clone();
        VerifierKey::try_new(&self.origin, NoteKind::Log, key).unwrap()
    }

    pub(crate) fn log_key(&self) -> String {
        self.vkey().to_string()
    }

    pub(crate) async fn open(&self, settings: Settings, clock: Arc<dyn Clock>) -> Result<Ledger> {
        let settings = Settings {
            log_origin: self.origin.clone(),
            ..settings
        };
        let file = self.folder.join("ledger.sqlite");
        Ok(Ledger::open_sqlite_with(&file, settings, self.keys.vault(), self.entropy.clone(), clock).await?)
    }

    /// A log of [`SIZES`]' last size, published with its older checkpoints. `number` may put another event in a place.
    pub(crate) async fn make(&self, published: &Path, number: impl Fn(u64) -> u64) -> Result<Ledger> {
        self.make_up_to(published, u64::MAX, number).await
    }

    pub(crate) async fn make_up_to(&self, published: &Path, end: u64, number: impl Fn(u64) -> u64) -> Result<Ledger> {
        let ledger = self.open(Settings::default(), Arc::new(clock())).await?;
        let signer = self.keys.signer(Purpose::Checkpoint)?;
        fs::create_dir_all(published)?;
        let mut made = 0;
        for size in SIZES {
            let size = size.min(end);
            while made < size {
                made += 1;
                append(&ledger, made, number(made)).await?;
            }
            let checkpoint = ledger.checkpoint(&*signer).await?;
            assert_eq!(checkpoint.size, size);
            fs::write(published.join(format!("checkpoint-{size}")), &checkpoint.note)?;
            publish(&ledger, &checkpoint, published).await?;
        }
        Ok(ledger)
    }
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap())
}

/// The event that stands at this place: the same bytes for the same number, whoever makes it.
pub(crate) async fn append(ledger: &Ledger, place: u64, number: u64) -> Result<()> {
    let context = Context {
        command_id: uuid_of(place),
        actor: "test".to_owned(),
        correlation_id: uuid_of(0),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, [1; 32]);
    let stream = format!("s{}", place % STREAMS);
    let expected = u64::try_from(ledger.stream("sample", &stream).await?.len())?;
    batch.appends.push(Append {
        aggregate_type: "sample".to_owned(),
        aggregate_id: stream,
        expected,
        events: vec![NewEvent {
            event_type: "sample.happened".to_owned(),
            event_version: "1".to_owned(),
            body: json!({ "number": number }),
        }],
    });
    ledger.commit(batch).await?;
    Ok(())
}

fn uuid_of(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::from(number) | 0x5_0000 << 64)
}

/// Writes the checkpoint and every tile and bundle of its tree.
pub(crate) async fn publish(ledger: &Ledger, checkpoint: &Checkpoint, folder: &Path) -> Result<()> {
    for path in TilePath::all(checkpoint.size) {
        let bytes = match path.kind {
            Kind::Hashes(level) => ledger
                .tile(level, path.index, path.width)
                .await?
                .map(|hashes| hashes.concat()),
            Kind::Entries => ledger.entries(path.index, path.width).await?,
        };
        let file = folder.join(path.to_string());
        fs::create_dir_all(file.parent().unwrap())?;
        fs::write(file, bytes.unwrap())?;
    }
    Ok(fs::write(folder.join("checkpoint"), &checkpoint.note)?)
}
