//! `praman demo`: the whole line once, without a browser, in a temporary folder. Two citizens, one in Hindi and one in
//! English; two services; one refusal; one revocation; five ways to verify; and three bytes flipped.

mod answers;
mod citizen;
mod office;
mod paper;
mod proof;
mod tamper;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Args;
use domain::{Language, catalogue::Catalogue};
use jiff::Timestamp;
use keys::SeededEntropy;
use ledger::ManualClock;
use tokio::{net::TcpListener, sync::oneshot};

use citizen::Citizen;
use office::Office;
use proof::Proof;

use crate::{
    Answer, say,
    service::{Ambient, Service},
    settings::{Profile, Settings, time_stamps},
};

/// The day on which a seeded demonstration takes place.
const SEEDED_DAY: &str = "2026-11-02T05:30:00Z";

#[derive(Args)]
pub(crate) struct Options {
    /// Where to put the PDFs, the public keys and what an outside verifier needs; without it, into a new temporary folder, which is kept.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Draw all chance from this seed and let time begin on a fixed day: the same seed gives the same certificates, but for the
    /// proof inside them, which is of each run's own log.
    #[arg(long)]
    seed: Option<u64>,
    /// A PostgreSQL address; without it the store is SQLite.
    #[arg(long, env = "PRAMAN_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// An authority that stamps the time on the signatures of the PDFs (RFC 3161); not with --seed, whose time is none that it knows.
    #[arg(long, conflicts_with = "seed", requires = "tsa_roots")]
    tsa_url: Option<String>,
    /// The root certificates above it, PEM or DER.
    #[arg(long)]
    tsa_roots: Option<PathBuf>,
    /// The address to serve at meanwhile; it is printed in the QR codes.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let folder = tempfile::Builder::new().prefix("praman-demo-").tempdir()?;
    let out = match &options.out {
        Some(out) => out.clone(),
        None => tempfile::Builder::new().prefix("praman-demo-files-").tempdir()?.keep(),
    };
    std::fs::create_dir_all(&out).with_context(|| format!("the folder {}", out.display()))?;

    let (ambient, clock) = match options.seed {
        Some(seed) => {
            let clock = Arc::new(ManualClock::new(SEEDED_DAY.parse::<Timestamp>()?));
            let ambient = Ambient {
                clock: clock.clone(),
                entropy: Arc::new(SeededEntropy::new(seed)),
            };
            (ambient, Some(clock))
        }
        None => (Ambient::real(), None),
    };
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let mut settings = Settings::demonstration(folder.path().to_path_buf(), address, options.database.clone());
    if options.seed.is_some() {
        // The port is chance; what is printed must not be.
        settings.public_host = Some("verify.example".to_owned());
    }
    settings.time_stamps = time_stamps(options.tsa_url.clone(), options.tsa_roots.clone())?;
    ensure!(
        settings.profile == Profile::Demo,
        "the demonstration runs with the demo profile"
    );
    let service = Service::start_with(&settings, address, ambient.clone()).await?;
    let ledger = service.store.ledger.clone();
    let directory = service.store.keys.directory().clone();
    let projector = service.projector();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(service.serve(listener, async {
        let _ = stopped.await;
    }));

    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?;
    let catalogue = Catalogue::embedded()?;
    let birth = catalogue
        .get("birth_certificate")
        .context("no birth certificate in the catalogue")?;
    let caste = catalogue
        .get("caste_obc")
        .context("no OBC certificate in the catalogue")?;
    let office = Office {
        ledger: ledger.clone(),
        projector,
        catalogue,
        clock: ambient.clock.clone(),
    };
    let mut proof = Proof::new(http.clone(), address, out.clone(), &directory)?;
    let phone = |number, name, language| Citizen::new(http.clone(), address, number, name, language, clock.clone());

    say("1. A mother writes in Hindi and applies for a birth certificate.");
    let mut mother = phone("919810000001", "Sunita", Language::Hi);
    let number = mother.applies(birth).await?;
    office.tell(&format!("submitted {number}")).await?;
    office.pass_to_decision(&number, &mut mother).await?;
    say("2. Two officers decide; the certificate is prepared, signed, and comes back in the chat.");
    office.approve(&number).await?;
    let first = proof.receive(&mut mother, &ledger, &number).await?;
    office.tell(&format!("delivered {}", first.number)).await?;
    say(format!("   {}", first.path.display()));

    say("3. A man writes in English and applies for an OBC certificate.");
    let mut man = phone("919810000002", "Ramesh", Language::En);
    let number = man.applies(caste).await?;
    office.tell(&format!("submitted {number}")).await?;
    office.pass_to_decision(&number, &mut man).await?;
    office.approve(&number).await?;
    let second = proof.receive(&mut man, &ledger, &number).await?;
    office.tell(&format!("delivered {}", second.number)).await?;
    say(format!("   {}", second.path.display()));

    say("4. The mother applies for an OBC certificate as well, and is refused with a reason.");
    let number = mother.applies(caste).await?;
    office.pass_to_decision(&number, &mut mother).await?;
    office.refuse(&number).await?;
    let told = mother.next().await?;
    office.tell(&format!("refused {number}")).await?;
    say(format!("   {}", told.text().lines().nth(2).unwrap_or_default()));

    say("5. A school verifies the birth certificate in five ways.");
    proof.expect(
        "by the QR code's token",
        proof.by_token(&first.token_url).await?,
        "valid",
    )?;
    proof.expect(
        "by the PDF",
        proof.by_file(first.pdf.clone(), "certificate.pdf").await?,
        "valid",
    )?;
    proof.expect(
        "by a photo of the QR code",
        proof.by_file(proof::photo(&first.token_url)?, "photo.jpg").await?,
        "valid",
    )?;
    proof.expect("by its number", proof.by_number(&first.number).await?, "valid")?;
    proof.expect(
        "by the W3C credential",
        proof.by_file(first.vc.clone(), "certificate.vc.cose").await?,
        "valid",
    )?;

    say("6. The OBC certificate is revoked.");
    office.revoke(&second.id).await?;
    let told = man.next().await?;
    say(format!("   {}", told.text().lines().next().unwrap_or_default()));
    proof.expect(
        "by the QR code's token",
        proof.by_token(&second.token_url).await?,
        "revoked",
    )?;
    proof.expect(
        "by the PDF",
        proof.by_file(second.pdf.clone(), "certificate.pdf").await?,
        "revoked",
    )?;
    proof.expect("by its number", proof.by_number(&second.number).await?, "revoked")?;
    proof.expect(
        "by the W3C credential",
        proof.by_file(second.vc.clone(), "certificate.vc.cose").await?,
        "revoked",
    )?;
    proof.keep_list(&directory, &first, &second).await?;

    say("7. A thief flips one byte.");
    proof.expect(
        "in the token",
        proof.by_token(&tamper::token(&first.token_url)?).await?,
        "not_genuine",
    )?;
    proof.expect(
        "in the PDF",
        proof.by_file(tamper::pdf(&first.pdf)?, "certificate.pdf").await?,
        "not_genuine",
    )?;

    say("8. The auditor replays everything.");
    let _ = stop.send(());
    serving.await??;
    drop(ledger);
    let sound = tamper::audit(&settings).await?;
    ensure!(sound.breaks.is_empty(), "the untouched store has breaks");
    say(format!(
        "   {} events, {} checkpoints checked, root {}: no breaks",
        sound.events, sound.checkpoints, sound.root
    ));
    let replayed = tamper::replay(&settings).await?;
    say(format!("   {replayed}"));
    if settings.database.is_none() {
        say("9. One byte of the store is flipped.");
        let broken = tamper::store(&settings).await?;
        ensure!(!broken.is_empty(), "the flipped byte was not found");
        for found in broken.iter().take(3) {
            say(format!("   found: {found}"));
        }
    }
    say(format!("All files are in {}", out.display()));
    Ok(Answer::Yes)
}
