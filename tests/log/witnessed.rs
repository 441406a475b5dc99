//! Two installations that watch each other.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::{DEADLINE, wait_for};
use keys::Purpose;
use ledger::note::{NoteKind, VerifierKey};
use ledger::witness::{AddCheckpoint, REQUEST_BYTES_MAX, Witness, origin_hash};
use ledger::{Checkpoint, Ledger, Settings, SystemClock, Witnessing};
use reactions::Asked;
use reactions::publication::{Publication, run};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::auditor::{Auditor, Verdict};
use crate::made::{Installation, append, publish};

/// A task that ends with the test.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    /// Ends it, and waits until it has.
    async fn end(mut self) {
        self.0.abort();
        let _ = (&mut self.0).await;
    }
}

struct Site {
    installation: Installation,
    witness_key: VerifierKey,
    folder: tempfile::TempDir,
}

impl Site {
    fn new(name: &str, seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let installation = Installation::new(&folder.path().join("log"), seed)?.named(&format!("{name}.invalid/log/1"));
        let key = installation.keys.signer(Purpose::Witness)?.public_key().clone();
        let witness_key = VerifierKey::try_new(&format!("{name}.invalid/witness"), NoteKind::Witness, key)?;
        Ok(Self {
            installation,
            witness_key,
            folder,
        })
    }

    /// Watches the other's log.
    fn witness(&self, other: &Self) -> Result<Witness> {
        Ok(Witness::open(
            &self.folder.path().join("witness"),
            self.witness_key.name(),
            vec![other.installation.vkey()],
            self.installation.keys.signer(Purpose::Witness)?,
            Arc::new(SystemClock),
            self.installation.entropy(),
        )?)
    }

    fn serve(&self, other: &Self, listener: TcpListener) -> Result<Running> {
        let router = api::witness::router(self.witness(other)?);
        Ok(Running(tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        })))
    }

    async fn log(&self, watched_by: &Self) -> Result<Ledger> {
        let witnessing = Witnessing {
            witnesses: vec![watched_by.witness_key.clone()],
            quorum: 1,
            // Only a cosignature publishes.
            patience: Duration::from_secs(3600),
        };
        let settings = Settings {
            witnessing,
            ..Settings::default()
        };
        self.installation.open(settings, Arc::new(SystemClock)).await
    }

    fn publish(&self, ledger: &Ledger, asks: &Self, url: &str) -> Result<Running> {
        let publication = Publication {
            ledger: ledger.clone(),
            signer: self.installation.keys.signer(Purpose::Checkpoint)?,
            witnesses: vec![Asked {
                url: url.to_owned(),
                key: asks.witness_key.clone(),
            }],
        };
        Ok(Running(tokio::spawn(run(publication))))
    }
}

async fn published(ledger: &Ledger, size: u64) -> Result<Checkpoint> {
    wait_for(
        &format!("a published checkpoint of size {size}"),
        DEADLINE,
        async || {
            let published = ledger.published_checkpoint().await?;
            Ok(published.filter(|checkpoint| checkpoint.size >= size))
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_installations_watch_each_other() -> Result<()> {
    let (one, two) = (Site::new("one", 11)?, Site::new("two", 12)?);
    let (at_one, at_two) = (
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
    );
    let (address_one, address_two) = (at_one.local_addr()?, at_two.local_addr()?);
    let url_of = |address: std::net::SocketAddr| format!("http://{address}/");
    let _witness_one = one.serve(&two, at_one)?;
    let witness_two = two.serve(&one, at_two)?;
    let (log_one, log_two) = (one.log(&two).await?, two.log(&one).await?);
    let running_one = one.publish(&log_one, &two, &url_of(address_two))?;
    let _running_two = two.publish(&log_two, &one, &url_of(address_one))?;

    for place in 1..=20 {
        append(&log_one, place, place).await?;
        append(&log_two, place, place + 500).await?;
    }
    for (site, watcher, ledger) in [(&one, &two, &log_one), (&two, &one, &log_two)] {
        let checkpoint = published(ledger, 20).await?;
        checkpoint.verify_log(&site.installation.vkey())?;
        let signed = checkpoint
            .cosignatures(std::slice::from_ref(&watcher.witness_key))?
            .len();
        assert_eq!(signed, 1);
        if let Some(auditor) = Auditor::build()? {
            let folder = tempfile::tempdir()?;
            publish(ledger, &checkpoint, folder.path()).await?;
            let ask = auditor.with(&site.installation.log_key());
            let said = ask
                .witnesses(&[watcher.witness_key.to_string()], 1)
                .folder(folder.path())?;
            assert_eq!(said.verdict, Verdict::Accepted, "{said}");
            let said = ask
                .witnesses(&[site.witness_key.to_string()], 1)
                .folder(folder.path())?;
            assert_eq!(said.verdict, Verdict::Rejected, "nobody is their own witness: {said}");
        }
    }

    // Without its witness the log goes on, and shows what is cosigned; with the witness back it catches up.
    witness_two.end().await;
    append(&log_one, 21, 21).await?;
    let signed = async || Ok(log_one.latest_checkpoint().await?.filter(|latest| latest.size == 21));
    wait_for("a checkpoint without a witness", DEADLINE, signed).await?;
    assert_eq!(published(&log_one, 20).await?.size, 20);
    let at_two = wait_for("the address", DEADLINE, async || {
        Ok(TcpListener::bind(address_two).await.ok())
    })
    .await?;
    let witness_two = wait_for("the witness's folder", DEADLINE, async || Ok(two.witness(&one).ok())).await?;
    let router = api::witness::router(witness_two);
    let _witness_two = Running(tokio::spawn(async move {
        axum::serve(at_two, router).await.unwrap();
    }));
    let honest = published(&log_one, 21).await?;
    running_one.end().await;
    log_one.close().await;

    // Another history under the same name and key: the witness has seen the first one.
    let thief = one.installation.thief(&one.folder.path().join("thief"))?;
    let other = thief.open(Settings::default(), Arc::new(SystemClock)).await?;
    for place in 1..=30 {
        append(&other, place, place + 1).await?;
    }
    let signer = one.installation.keys.signer(Purpose::Checkpoint)?;
    let forged = other.checkpoint(&*signer).await?;
    let url = format!("{}add-checkpoint", url_of(address_two));
    let http = reqwest::Client::new();
    let post = async |body: String| http.post(&url).body(body).send().await.context("ask the witness");
    let asking = |old, proof, checkpoint: &Checkpoint| {
        AddCheckpoint {
            old,
            proof,
            checkpoint: checkpoint.clone(),
        }
        .to_string()
    };
    let answer = post(asking(0, vec![], &forged)).await?;
    assert_eq!(answer.status(), 409, "it tells what it has seen");
    assert_eq!(answer.headers()["content-type"], "text/x.tlog.size");
    assert_eq!(answer.text().await?, "21\n");
    let proof = other.consistency_proof(21, 30).await?;
    assert_eq!(post(asking(21, proof, &forged)).await?.status(), 422);
    assert_eq!(post(asking(21, vec![], &forged)).await?.status(), 422);
    // Back to a smaller tree of the true history: neither.
    assert_eq!(post(asking(20, vec![], &honest)).await?.status(), 409);
    assert_eq!(post(asking(22, vec![], &honest)).await?.status(), 400);
    let renamed = honest.note.replace("one.invalid", "none.invalid");
    assert_eq!(
        post(asking(21, vec![], &Checkpoint::parse(&renamed)?)).await?.status(),
        404
    );
    let resized = honest.note.replacen("\n21\n", "\n22\n", 1);
    assert_eq!(
        post(asking(21, vec![], &Checkpoint::parse(&resized)?)).await?.status(),
        403
    );
    assert_eq!(post("x".to_owned()).await?.status(), 400);
    assert_eq!(post("x".repeat(REQUEST_BYTES_MAX + 1)).await?.status(), 413);
    let again = post(asking(21, vec![], &honest)).await?;
    assert_eq!(again.status(), 200, "all that changed nothing");
    assert!(again.text().await?.starts_with("\u{2014} two.invalid/witness "));

    // What it has seen last is there for everybody to compare.
    let digest = origin_hash("one.invalid/log/1");
    let seen = http
        .get(format!("{}{digest}/checkpoint", url_of(address_two)))
        .send()
        .await?;
    assert_eq!(seen.status(), 200);
    let seen = Checkpoint::parse(&seen.text().await?)?;
    assert_eq!((seen.size, seen.root), (21, honest.root));
    let unknown = http
        .get(format!("{}{}/checkpoint", url_of(address_two), "0".repeat(64)))
        .send()
        .await?;
    assert_eq!(unknown.status(), 404);
    other.close().await;
    log_two.close().await;
    Ok(())
}
