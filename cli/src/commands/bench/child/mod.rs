//! Our side of the work, in a process of its own so that its CPU and its memory are its own.

pub(super) mod applications;
mod fill;
mod read;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use keys::{Entropy as _, KeyStore, OsEntropy, PublicKey, Purpose, Signer, Vault};
use ledger::{Clock as _, Context, Ledger, Settings, SystemClock};

use super::shared::protocol::{Job, Place, Turn, Work};

const PASSPHRASE: &str = "a benchmark has no secrets";

pub(super) async fn run() -> anyhow::Result<()> {
    let (mut turn, job) = Turn::begin().await.map_err(|error| anyhow!(error))?;
    let measured = match job.work {
        Work::Write { .. } => write::write(&job, &mut turn).await?,
        Work::Fill { events } => fill::filings(&job, events, &mut turn).await?,
        Work::FillApplications { events } => fill::applications(&job, events, &mut turn).await?,
        Work::Publish => fill::publish(&job, &mut turn).await?,
        Work::Read(how) => read::read(&job, how, &mut turn).await?,
    };
    turn.measured(&measured).await.map_err(|error| anyhow!(error))
}

/// The log's key and the vault of one store.
struct Keys {
    vault: Vault,
    signer: Arc<dyn Signer>,
}

impl Keys {
    fn at(path: &Path) -> anyhow::Result<Self> {
        let store = if path.exists() {
            KeyStore::open(path, PASSPHRASE)?
        } else {
            KeyStore::create(path, PASSPHRASE, &OsEntropy, true, SystemClock.now(), "Benchmark")?
        };
        Ok(Self {
            vault: store.vault(),
            signer: store.signer(Purpose::Checkpoint)?,
        })
    }

    fn public(&self) -> Vec<PublicKey> {
        vec![self.signer.public_key().clone()]
    }
}

async fn open(job: &Job, vault: Vault, settings: Settings, writable: bool) -> anyhow::Result<Ledger> {
    let (entropy, clock) = (Arc::new(OsEntropy), Arc::new(SystemClock));
    let ledger = match (&job.place, writable) {
        (Place::Postgres(url), true) => Ledger::open_postgres_with(url, settings, vault, entropy, clock).await,
        (Place::Postgres(url), false) => Ledger::open_postgres_read_only(url, settings, vault, entropy, clock).await,
        (Place::Sqlite(path), true) => Ledger::open_sqlite_with(Path::new(path), settings, vault, entropy, clock).await,
        (Place::Sqlite(path), false) => {
            Ledger::open_sqlite_read_only(Path::new(path), settings, vault, entropy, clock).await
        }
    };
    ledger.context("the ledger does not open")
}

fn request(actor: &str) -> Context {
    Context {
        command_id: OsEntropy.uuid_v4(),
        actor: actor.to_owned(),
        correlation_id: OsEntropy.uuid_v4(),
        causation: None,
        commits_to: None,
    }
}

/// Where the keys of a store are.
pub(super) fn keys_beside(folder: &Path, store: &str) -> PathBuf {
    folder.join(format!("{store}.keys"))
}

/// Where the log of a store is exported to.
fn published_beside(place: &Place) -> anyhow::Result<PathBuf> {
    match place {
        Place::Sqlite(path) => Ok(format!("{path}.published").into()),
        Place::Postgres(_) => Err(anyhow!("only a store that is a file has a folder beside it")),
    }
}
