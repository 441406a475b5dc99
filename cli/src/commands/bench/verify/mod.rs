//! `praman bench verify`: a certificate issued by the real service, and then what it takes to make and to check one. Each figure
//! stands beside its bound and, where there is one, beside a yardstick that was measured in the same run.

mod alone;
mod load;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use domain::{
    CertificateId,
    certificate::{Event, LogProof},
    citizen::{self, Citizen},
};
use ledger::{Batch, Clock as _, Context, Ledger, SystemClock};
use reactions::Issuer;
use tokio::{net::TcpListener, sync::oneshot};
use uuid::Uuid;

use super::{
    child::applications::Applications,
    figures::{self, Report},
    machine,
    shared::workload::subject_id,
};
use crate::{
    Answer, say,
    service::{self, Ambient, Service},
    settings::Settings,
};

#[derive(Args)]
pub(crate) struct Options {
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Connections that ask at once over loopback.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Certificates in the status lists.
    #[arg(long, default_value_t = 20_000_000)]
    certificates: u64,
    /// Everything as JSON, instead of a table.
    #[arg(long)]
    json: bool,
    /// Put the table between the marks of this page.
    #[arg(long)]
    page: Option<PathBuf>,
}

/// A certificate that the service has issued, and what it was made from.
struct Sample {
    prepared: Event,
    position: u64,
    proof: LogProof,
    credential: Vec<u8>,
    pdf: Vec<u8>,
}

const LONGEST: f64 = 600.0;
const CONNECTIONS_MAX: usize = 256;
/// The service has issued long before.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(options: Options) -> anyhow::Result<Answer> {
    ensure!(
        options.seconds > 0.0 && options.seconds <= LONGEST,
        "seconds lie between 0 and {LONGEST}"
    );
    ensure!(
        (1..=CONNECTIONS_MAX).contains(&options.connections),
        "connections lie between 1 and {CONNECTIONS_MAX}"
    );
    ensure!(options.certificates > 0, "there is nothing to list");
    let (folder, disk) = machine::folder(None)?;
    let machine = machine::Machine::here(&disk, SystemClock.now().strftime("%Y-%m-%d").to_string());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut settings = Settings::demonstration(folder.path().join("data"), address, None);
    // As long as those of real hosts are.
    settings.public_host = Some("verify.example".to_owned());
    let service = Service::start_with(&settings, address, Ambient::real()).await?;
    let (ledger, keys) = (service.store.ledger.clone(), service::open_keys(&settings)?);
    let issuer = service::issuer(&keys, "verify.example", true, SystemClock.now())?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(service.serve(listener, async {
        let _ = stopped.await;
    }));
    let sample = issued(&ledger).await?;
    let token = certificates::Token::from_bytes(&sample.credential)?;
    let url = token.url("verify.example");
    let status_signer = keys.signer(keys::Purpose::Status)?;

    // What one core does by itself comes first, while the service has nothing to do.
    let (seconds, certificates) = (options.seconds, options.certificates);
    let alone_issuer = Arc::new(issuer);
    let work = move || alone::all(&sample, &token, &alone_issuer, &*status_signer, (seconds, certificates));
    let mut measured = tokio::task::spawn_blocking(work).await??;
    measured.insert(1, load::by_token(address, &url, options.connections, seconds).await?);
    let _ = stop.send(());
    serving.await??;
    ledger.close().await;

    let report = Report {
        machine,
        seconds,
        figures: measured,
    };
    if let Some(file) = &options.page {
        figures::replace(file, "verify", &report)?;
    }
    if options.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        say(figures::table(&report));
    }
    // Figures are for people to judge; that everything asked was answered rightly has been ensured on the way.
    Ok(Answer::Yes)
}

/// Hands in, decides, and waits until the service has issued.
async fn issued(ledger: &Ledger) -> anyhow::Result<Sample> {
    let citizen = subject_id(1, 0).parse()?;
    let at = SystemClock.now();
    let context = |name: &str| Context {
        command_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
        actor: "bench".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let met = citizen::Command::Register {
        citizen,
        address: "919810000001".to_owned(),
        at,
    };
    ledger.execute::<Citizen>(citizen, met, context("met")).await?;
    let append = Applications::new()?.whole(1, 0)?;
    let id = CertificateId::for_application(&append.aggregate_id.parse()?).to_string();
    let mut batch = Batch::new(context("applied"), [1; 32]);
    batch.appends.push(append);
    ledger.commit(batch).await?;
    let mut head = ledger.watch();
    tokio::time::timeout(PATIENCE, async {
        loop {
            let _ = head.borrow_and_update();
            if let Some(sample) = sample(ledger, &id).await? {
                return Ok(sample);
            }
            head.changed().await.context("the ledger is closed")?;
        }
    })
    .await
    .context("no certificate was issued")?
}

async fn sample(ledger: &Ledger, id: &str) -> anyhow::Result<Option<Sample>> {
    let mut intent = None;
    for recorded in ledger.stream("certificate", id).await? {
        let event: Event = serde_json::from_slice(&recorded.body)?;
        match (event, intent.take()) {
            (prepared @ Event::Prepared { .. }, _) => intent = Some((prepared, recorded.position)),
            (Event::Issued { credential, proof, .. }, Some((prepared, position))) => {
                let credential = credential.value().context("a credential")?;
                let reactions::Reissued::Same(pdf) = reactions::remake(ledger, id).await? else {
                    bail!("the file is not what its events give");
                };
                return Ok(Some(Sample {
                    prepared,
                    position,
                    proof: proof.context("a proof")?,
                    credential: data_encoding::BASE64URL_NOPAD.decode(credential.as_bytes())?,
                    pdf,
                }));
            }
            (_, before) => intent = before,
        }
    }
    Ok(None)
}

/// The issuer with which the samples are made.
type Hand = Arc<Issuer>;
