//! `praman witness`: watch the logs of others.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use clap::Args;
use keys::{KeyStore, OsEntropy, Purpose};
use ledger::{Clock as _, SystemClock, note::VerifierKey, witness::Witness};
use tokio::net::TcpListener;

use crate::{Answer, say, settings::secret};

#[derive(Args)]
pub(crate) struct Options {
    /// The address to listen at.
    #[arg(long, default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
    /// The key file; made where there is none. Its passphrase is PRAMAN_KEY_PASSPHRASE, or stands in the file that
    /// PRAMAN_KEY_PASSPHRASE_FILE names.
    #[arg(long)]
    key: PathBuf,
    /// The witness's name in its cosignatures, a host and path without https://.
    #[arg(long)]
    name: String,
    /// The folder in which it remembers what it has seen; it must outlive every restart.
    #[arg(long, default_value = "witness")]
    state: PathBuf,
    /// The verifier key of a log to watch; once for each.
    #[arg(long = "log", required = true)]
    logs: Vec<String>,
    #[arg(long, env = "PRAMAN_KEY_PASSPHRASE", hide_env_values = true, hide = true)]
    key_passphrase: Option<String>,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let mut logs = Vec::new();
    for log in &options.logs {
        let key: VerifierKey = log.parse().with_context(|| format!("--log {log}"))?;
        logs.push(key);
    }
    let passphrase = secret(options.key_passphrase, "PRAMAN_KEY_PASSPHRASE", None)?;
    let Some(passphrase) = passphrase.filter(|passphrase| !passphrase.is_empty()) else {
        bail!("the key file needs a passphrase: set PRAMAN_KEY_PASSPHRASE_FILE to a file that holds it");
    };
    let entropy = Arc::new(OsEntropy);
    let keys = if options.key.exists() {
        KeyStore::open(&options.key, &passphrase)?
    } else {
        KeyStore::create(
            &options.key,
            &passphrase,
            &*entropy,
            false,
            SystemClock.now(),
            &options.name,
        )?
    };
    let signer = keys.signer(Purpose::Witness)?;
    let clock = Arc::new(SystemClock);
    let witness = Witness::open(&options.state, &options.name, logs, signer, clock, entropy)?;
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("the address {} cannot be listened at", options.listen))?;
    say(format!("The witness listens at http://{}/", listener.local_addr()?));
    say(witness.key());
    axum::serve(listener, api::witness::router(witness))
        .with_graceful_shutdown(super::serve::stop())
        .await?;
    Ok(Answer::Yes)
}
