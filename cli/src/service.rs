//! The composition root: which part gets which.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use api::digilocker::DigiLocker;
use assistant::Assistant;
use axum::Router;
use certificates::{SigningChain, Trust};
use domain::{
    OfficerId,
    catalogue::Catalogue,
    certificate::status_index_in,
    officer::Officer,
    signing_key::{self, SigningKey},
};
use engines::{OpinionSettings, SecondOpinion, Speech};
use jiff::{SignedDuration, Timestamp};
use keys::{
    Algorithm, ChangeOver, Compromise, Entropy, KeyDirectory, KeyStore, OsEntropy, PublicKey, Purpose, Signer, Token,
};
use ledger::{Clock, Context, Documents, Health, Ledger, Presence, SystemClock};
use projections::{Projector, Views};
use reactions::{Issuer, PausePoints, Reactions, Reissued, TimeAuthority};
use tokio::net::TcpListener;
use uuid::Uuid;
use whatsapp::{
    graph::{Graph, GraphConfig},
    outbox::Policy,
    simulator::{Simulator, SimulatorConfig},
};

use crate::{
    officers,
    settings::{DigilockerSettings, Profile, Settings, TimeStamps, TokenSettings},
};

/// The passphrase of demonstration keys. It protects nothing and is not meant to: they sign "not valid".
const DEMO_PASSPHRASE: &str = "demonstration";
const DEMO_ISSUER: &str = "Praman demonstration";
pub(crate) const DEMO_TOKEN: &str = "demonstration-token";
pub(crate) const DEMO_PHONE_ID: &str = "100000000000001";
const DEMO_PHONE: &str = "911140000000";

/// Time and chance, from outside: the one place where the real ones come in.
#[derive(Clone)]
pub(crate) struct Ambient {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Ambient {
    pub(crate) fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        }
    }
}

/// The simulator's clock, which can be moved.
struct Simulated(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock for Simulated {
    fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// How a store is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// For looking; a running service is not disturbed.
    Read,
    /// For writing; nobody else may.
    Write,
}

/// The log and its keys.
pub(crate) struct Store {
    pub(crate) ledger: Ledger,
    pub(crate) keys: KeyStore,
}

impl Store {
    pub(crate) async fn open(settings: &Settings, access: Access) -> anyhow::Result<Self> {
        let keys = open_keys(settings)?;
        Self::open_with(settings, access, keys, &Ambient::real()).await
    }

    pub(crate) async fn open_with(
        settings: &Settings,
        access: Access,
        keys: KeyStore,
        ambient: &Ambient,
    ) -> anyhow::Result<Self> {
        let Ambient { clock, entropy } = ambient.clone();
        let options = ledger::Settings {
            log_origin: settings.log_origin.clone(),
            checkpoint_file: Some(settings.data.join("checkpoint")),
            upcasters: ledger::Upcasters::new(domain::upcasters()),
            witnessing: ledger::Witnessing {
                witnesses: settings.witnesses.iter().map(|witness| witness.key.clone()).collect(),
                quorum: settings.witness_quorum,
                patience: settings.witness_patience,
            },
            inline: vec![Arc::new(projections::StatusView)],
            leadership: settings.leadership.clone(),
            privileges: match settings.profile {
                Profile::Demo => ledger::Privileges::Any,
                Profile::Production => ledger::Privileges::Least,
            },
            ..ledger::Settings::default()
        };
        let (vault, chance, file) = (keys.vault(), entropy, store_file(settings));
        let ledger = match (&settings.database, access) {
            (Some(url), Access::Write) => Ledger::open_postgres_with(url, options, vault, chance, clock).await,
            (Some(url), Access::Read) => Ledger::open_postgres_read_only(url, options, vault, chance, clock).await,
            (None, Access::Write) => Ledger::open_sqlite_with(&file, options, vault, chance, clock).await,
            (None, Access::Read) => Ledger::open_sqlite_read_only(&file, options, vault, chance, clock).await,
        }
        .context("the store could not be opened")?;
        Ok(Self { ledger, keys })
    }
}

fn store_file(settings: &Settings) -> std::path::PathBuf {
    settings.data.join("praman.sqlite")
}

/// Where the keys are.
pub(crate) fn key_file(settings: &Settings) -> std::path::PathBuf {
    settings.data.join("keys.json")
}

/// What opens the key file.
pub(crate) fn passphrase(settings: &Settings) -> anyhow::Result<&str> {
    match (&settings.key_passphrase, settings.profile) {
        (Some(given), _) => Ok(given),
        (None, Profile::Demo) => Ok(DEMO_PASSPHRASE),
        (None, Profile::Production) => {
            bail!("the key file needs a passphrase: set PRAMAN_KEY_PASSPHRASE_FILE to a file that holds it")
        }
    }
}

/// Nobody serves from the store while its keys are changed, and nobody begins to. SQLite's own lock says so; of a database others are
/// asked.
pub(crate) async fn alone(settings: &Settings) -> anyhow::Result<Option<Presence>> {
    let Some(url) = &settings.database else { return Ok(None) };
    match Presence::alone(url).await? {
        Some(presence) => Ok(Some(presence)),
        None => {
            bail!("keys are changed while no service runs: one does with this database, here or on another machine")
        }
    }
}

/// Tells whoever would change keys that a service has read them.
async fn serving(settings: &Settings) -> anyhow::Result<Option<Presence>> {
    let Some(url) = &settings.database else { return Ok(None) };
    match Presence::serving(url).await? {
        Some(presence) => Ok(Some(presence)),
        None => bail!("keys are being changed: start again when that is done"),
    }
}

/// Opens the key file of an installation.
pub(crate) fn open_keys(settings: &Settings) -> anyhow::Result<KeyStore> {
    let path = key_file(settings);
    let keys = KeyStore::open(&path, passphrase(settings)?)?;
    if settings.profile == Profile::Production && keys.directory().has_demo_keys() {
        bail!(
            "{} holds demonstration keys; what they sign is not valid, and the production profile refuses them",
            path.display()
        );
    }
    Ok(keys)
}

/// The same, with the keys that are in a token: for whoever signs.
pub(crate) fn open_signing_keys(settings: &Settings) -> anyhow::Result<KeyStore> {
    let mut keys = open_keys(settings)?;
    attach_token(settings, &mut keys)?;
    Ok(keys)
}

/// Logs in to the token that the settings name.
pub(crate) fn open_token(settings: &TokenSettings) -> anyhow::Result<Token> {
    Token::open(&settings.module, &settings.label, &settings.pin)
        .with_context(|| format!("the token \"{}\"", settings.label))
}

/// Brings the keys that are in a token. Without settings for one they stay unusable, which is told when one must sign.
fn attach_token(settings: &Settings, keys: &mut KeyStore) -> anyhow::Result<()> {
    let Some(token) = &settings.token else { return Ok(()) };
    let inside: Vec<_> = keys
        .in_tokens()
        .map(|(entry, object)| (entry.clone(), object.to_vec()))
        .collect();
    if inside.is_empty() {
        return Ok(());
    }
    let token = open_token(token)?;
    for (entry, object) in inside {
        match token.signer(entry.purpose, entry.public_key.clone(), &object) {
            Ok(signer) => keys.attach(Arc::new(signer))?,
            // One that was retired may have been taken out of the token.
            Err(problem) if entry.not_after.is_some() || entry.compromised.is_some() => {
                tracing::info!(key = %entry.id(), %problem, "a key that is no longer in use is not in the token");
            }
            Err(problem) => {
                return Err(problem).with_context(|| format!("the {} key {} of the token", entry.purpose, entry.id()));
            }
        }
    }
    Ok(())
}

/// What this installation's own verifier trusts.
pub(crate) fn trust(settings: &Settings, keys: &KeyStore) -> Trust {
    Trust {
        time_authorities: settings.time_stamps.roots.clone(),
        ..Trust::new(keys.directory().clone())
    }
}

/// Who is asked about messages in doubt: nobody, unless the settings name somebody.
fn second_opinion(
    settings: Option<&OpinionSettings>,
    assistant: &Arc<Assistant>,
) -> anyhow::Result<Option<Arc<SecondOpinion>>> {
    let engine = settings.map(|settings| SecondOpinion::try_new(settings, assistant.clone()));
    Ok(engine.transpose().context("PRAMAN_OPINION_URL")?.map(Arc::new))
}

/// Who puts voice notes into words: nobody, unless the settings name somebody.
fn speech(settings: &Settings) -> anyhow::Result<Option<Arc<Speech>>> {
    let engine = settings.speech.as_ref().map(Speech::try_new);
    Ok(engine.transpose().context("PRAMAN_SPEECH_URL")?.map(Arc::new))
}

fn time_authority(settings: &Settings, ambient: &Ambient) -> anyhow::Result<Option<Arc<TimeAuthority>>> {
    let TimeStamps { url, roots } = &settings.time_stamps;
    let Some(url) = url else { return Ok(None) };
    let authority = TimeAuthority::try_new(url.clone(), roots.clone(), ambient.entropy.clone())?;
    Ok(Some(Arc::new(authority)))
}

/// Opens the key file to look at its public half, whatever the profile.
pub(crate) fn open_public(settings: &Settings) -> anyhow::Result<KeyStore> {
    Ok(KeyStore::open(&key_file(settings), passphrase(settings)?)?)
}

/// Opens the key file, or makes demonstration keys on the first run.
fn keys_for_service(settings: &Settings, ambient: &Ambient) -> anyhow::Result<KeyStore> {
    let path = key_file(settings);
    if settings.profile == Profile::Demo && !path.exists() {
        let passphrase = settings.key_passphrase.as_deref().unwrap_or(DEMO_PASSPHRASE);
        return Ok(KeyStore::create(
            &path,
            passphrase,
            &*ambient.entropy,
            true,
            ambient.clock.now(),
            DEMO_ISSUER,
        )?);
    }
    open_signing_keys(settings)
}

/// The running service.
pub(crate) struct Service {
    pub(crate) store: Store,
    router: Router,
    demo: bool,
    turns: api::turn::Turns,
    reactions: Reactions,
    projector: Arc<Projector>,
    /// Carries out what the verb `rebuild` asks for.
    rebuilds: tokio::task::JoinHandle<()>,
    checkpoint_signer: Arc<dyn Signer>,
    /// Held as long as it signs with the keys that it has read.
    presence: Option<Presence>,
}

impl Service {
    /// Starts everything but the listener. `address` is where it will be reached.
    pub(crate) async fn start(settings: &Settings, address: SocketAddr) -> anyhow::Result<Self> {
        Self::start_with(settings, address, Ambient::real()).await
    }

    /// The same with given time and chance.
    pub(crate) async fn start_with(settings: &Settings, address: SocketAddr, ambient: Ambient) -> anyhow::Result<Self> {
        private_folder(&settings.data)?;
        let demo = settings.profile == Profile::Demo;
        let channel = channel(settings, address, demo, &ambient)?;
        // With the built-in simulator all live in its time, so that "next day" is the next day everywhere.
        let ambient = match &channel.simulator {
            Some(simulator) => Ambient {
                clock: Arc::new(Simulated(simulator.clock())),
                ..ambient
            },
            None => ambient,
        };
        // Before the keys are read, which happens once.
        let presence = serving(settings).await?;
        let keys = keys_for_service(settings, &ambient)?;
        let store = Store::open_with(settings, Access::Write, keys, &ambient).await?;
        let documents = Documents::open(
            &settings.data.join("documents"),
            store.keys.vault(),
            ambient.entropy.clone(),
        )
        .context("the folder of documents could not be opened")?;
        let catalogue = Arc::new(Catalogue::embedded()?.clone());

        let projector = Arc::new(Projector::start(&store.ledger));
        let views = Views::new(store.ledger.clone(), catalogue.clone());
        // A store in doubt takes no writes, and is still there to be looked into.
        if store.ledger.health() == Health::Sound {
            record_keys(&store.ledger, store.keys.directory(), &ambient).await?;
            if demo {
                appoint_demonstration(&store, &catalogue, &ambient).await?;
            }
        }
        let head = store.ledger.head().await?;
        if !projector.reached(head, Duration::from_secs(30)).await {
            tracing::warn!("the views are still catching up with the log");
        }

        let host = public_host(settings, address)?;
        let graph = Graph::try_new(channel.graph.clone())?;
        let trust = Arc::new(trust(settings, &store.keys));
        let issuer = Arc::new(issuer(&store.keys, &host, demo, ambient.clock.now())?);

        let verifier = Arc::new(api::verification::Verifier::new(
            views.clone(),
            store.ledger.clone(),
            trust,
            catalogue.clone(),
            ambient.clock.clone(),
            host.clone(),
        ));
        let following = reactions::Setup {
            ledger: store.ledger.clone(),
            documents: documents.clone(),
            catalogue: catalogue.clone(),
            clock: ambient.clock.clone(),
            issuer,
            time_authority: time_authority(settings, &ambient)?,
            checkpoint_signer: checkpoint_signer(&store.keys, ambient.clock.now())?,
            witnesses: settings.witnesses.clone(),
            status_signer: store.keys.signer_at(Purpose::Status, ambient.clock.now())?,
            graph: graph.clone(),
            policy: Policy {
                unknown_wait: SignedDuration::from_secs(settings.whatsapp.unknown_wait_seconds),
                ..Policy::default()
            },
            pauses: settings
                .hold_at
                .as_deref()
                .map_or_else(PausePoints::none, PausePoints::hold_at),
        };
        // Whoever asks for the first list finds one from the first moment on.
        if let Err(error) = reactions::status_lists::first(&following).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "no status list yet");
        }
        let reactions = Reactions::start(&following);
        let inbox = api::turn::Inbox::new(store.ledger.clone());
        let assistant = Arc::new(Assistant::new(&catalogue)?);
        let turns = api::turn::Turns::start(
            api::turn::Setup {
                ledger: store.ledger.clone(),
                documents: documents.clone(),
                views: views.clone(),
                projector: projector.clone(),
                second_opinion: second_opinion(settings.opinion.as_ref(), &assistant)?,
                speech: speech(settings)?,
                assistant: assistant.clone(),
                catalogue: catalogue.clone(),
                verifier: verifier.clone(),
                graph,
                phone_number_id: channel.graph.phone_number_id.clone(),
                clock: ambient.clock.clone(),
                entropy: ambient.entropy.clone(),
                demo,
            },
            inbox.clone(),
        );
        let digilocker = settings.digilocker.as_ref().map(|agreed| {
            let DigilockerSettings {
                org_id,
                issuer_id,
                api_key,
                doc_types,
            } = agreed;
            DigiLocker::try_new(org_id.clone(), issuer_id.clone(), api_key, doc_types, &catalogue)
        });
        let digilocker = digilocker.transpose().context("the settings of DigiLocker")?;
        let mut router = api::router(api::AppState {
            ledger: store.ledger.clone(),
            documents: documents.clone(),
            views,
            projector: projector.clone(),
            catalogue,
            assistant,
            verifier,
            directory: Arc::new(store.keys.directory().clone()),
            digilocker,
            inbox,
            app_secrets: vec![channel.app_secret.clone()],
            verify_token: channel.verify_token.clone(),
            clock: ambient.clock.clone(),
            entropy: ambient.entropy.clone(),
            proxies: settings.proxies.clone(),
            demo,
            host,
        });
        if let Some(simulator) = &channel.simulator {
            router = router.merge(simulator.router());
        }
        let requests = crate::commands::rebuild::serve_requests(store.ledger.clone(), settings.data.clone());
        let rebuilds = tokio::spawn(requests);
        Ok(Self {
            store,
            router,
            demo,
            turns,
            reactions,
            projector,
            rebuilds,
            checkpoint_signer: following.checkpoint_signer,
            presence,
        })
    }

    /// What has to be said loudly at the start, if anything.
    pub(crate) const fn banner(&self) -> Option<&'static str> {
        if self.demo {
            Some(
                "DEMONSTRATION – not valid / प्रदर्शन – मान्य नहीं: demonstration keys, simulated WhatsApp, sample offices.",
            )
        } else {
            None
        }
    }

    /// How far the views have come.
    pub(crate) fn projector(&self) -> Arc<Projector> {
        self.projector.clone()
    }

    /// Serves until told to stop, then ends in order: no new requests, no new turns or effects, then the store.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        // Event streams of open pages never end by themselves; the rest gets a moment to finish.
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            stop.await;
            let _ = stopping.send(());
        });
        tokio::select! {
            ended = serving => ended?,
            () = async {
                let _ = stopped.await;
                tokio::time::sleep(Duration::from_secs(3)).await;
            } => {}
        }
        drop(self.turns);
        drop(self.reactions);
        drop(self.projector);
        self.rebuilds.abort();
        let ledger = &self.store.ledger;
        // What was acknowledged before the end is committed to: a database put back to before it is noticed at the next start.
        if ledger.is_leader()
            && let Err(error) = ledger.checkpoint(&*self.checkpoint_signer).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "no last checkpoint");
        }
        ledger.close().await;
        drop(self.presence);
        Ok(())
    }
}

/// The data folder holds keys and personal data: nobody else may look in.
pub(crate) fn private_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("the data folder {}", path.display()))
}

/// What the directory says of its keys stands in the log: that they may sign, that they were retired, that they are
/// compromised. Whatever was changed in the key file before a crash is put down here, at the next start or the next verb.
///
/// A key file that knows less than the log (one from a backup, where a key was retired or compromised since) is refused: it
/// would sign with that key.
pub(crate) async fn record_keys(ledger: &Ledger, directory: &KeyDirectory, ambient: &Ambient) -> anyhow::Result<()> {
    use signing_key::Command;
    let now = ambient.clock.now();
    for entry in directory.keys() {
        let id = entry.id().to_string();
        let (recorded, _) = ledger.load::<SigningKey>(&id).await?;
        let activate = Command::Activate {
            purpose: entry.purpose.to_string(),
            algorithm: algorithm(entry.public_key.algorithm()).to_owned(),
            public_key: data_encoding::BASE64.encode(&entry.public_key.to_bytes()),
            demo: entry.demo,
            at: now,
        };
        let ended = entry.not_after.filter(|end| *end <= now);
        let mut commands = vec![];
        match &recorded {
            SigningKey::Unknown => {
                commands.push((format!("activate {id}"), activate));
                commands.extend(ended.map(|at| (format!("retire {id}"), Command::Retire { at })));
            }
            SigningKey::Active { .. } => {
                // Asked of the rules and not of the log: it answers a command that it knows without looking.
                recorded
                    .decide(activate)
                    .with_context(|| format!("the log and the key file do not agree on the key {id}"))?;
                commands.extend(ended.map(|at| (format!("retire {id}"), Command::Retire { at })));
            }
            SigningKey::Retired if ended.is_some() || entry.compromised.is_some() => {}
            SigningKey::Compromised { .. } if entry.compromised.is_some() => {}
            SigningKey::Retired | SigningKey::Compromised { .. } => bail!(
                "the log and the key file do not agree on the key {id}: the log knows that it was retired or compromised, and \
                 the file would sign with it; is it from a backup?"
            ),
        }
        if let Some(Compromise {
            since,
            last_good_position,
        }) = entry.compromised
        {
            commands.push((
                format!("compromise {id} {since} {last_good_position}"),
                Command::Compromise {
                    since,
                    last_good_position,
                    at: now,
                },
            ));
        }
        for (doing, command) in commands {
            ledger
                .execute::<SigningKey>(&id, command, by_system(&doing))
                .await
                .with_context(|| format!("the log and the key file do not agree on the key {id}"))?;
        }
    }
    Ok(())
}

/// The log's key; during a change-over all of them, each signing its line.
pub(crate) fn checkpoint_signer(keys: &KeyStore, now: Timestamp) -> anyhow::Result<Arc<dyn Signer>> {
    let signers = keys.signers_at(Purpose::Checkpoint, now)?;
    let all = ChangeOver::new(signers).context("the key store has no checkpoint key")?;
    Ok(Arc::new(all))
}

pub(crate) const fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "ed25519",
        Algorithm::P256 => "p256",
        Algorithm::Rsa2048 => "rsa2048",
    }
}

async fn appoint_demonstration(store: &Store, catalogue: &Catalogue, ambient: &Ambient) -> anyhow::Result<()> {
    for officer in officers::demonstration(catalogue, ambient.clock.now()) {
        let id: &OfficerId = &officer.id;
        store
            .ledger
            .execute::<Officer>(id.as_str(), officer.command, by_system(&format!("appoint {id}")))
            .await
            .with_context(|| format!("officer {id} could not be appointed"))?;
    }
    Ok(())
}

/// A command of the program itself, named after what it does, so that doing it at every start does it once.
pub(crate) fn by_system(doing: &str) -> Context {
    const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_7374_6172_7400);
    Context {
        command_id: Uuid::new_v5(&NAMESPACE, doing.as_bytes()),
        actor: "system".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    }
}

fn public_host(settings: &Settings, address: SocketAddr) -> anyhow::Result<String> {
    match (&settings.public_host, settings.profile) {
        (Some(host), _) => Ok(host.clone()),
        (None, Profile::Demo) => Ok(address.to_string()),
        (None, Profile::Production) => {
            bail!("the production profile needs the host name that is printed on certificates: set PRAMAN_PUBLIC_HOST")
        }
    }
}

/// How WhatsApp is reached.
struct Channel {
    graph: GraphConfig,
    app_secret: String,
    verify_token: String,
    simulator: Option<Simulator>,
}

fn channel(settings: &Settings, address: SocketAddr, demo: bool, ambient: &Ambient) -> anyhow::Result<Channel> {
    let given = &settings.whatsapp;
    let needed = |value: &Option<String>, name: &str, demonstration: &str| match (value, demo) {
        (Some(value), _) => Ok(value.clone()),
        (None, true) => Ok(demonstration.to_owned()),
        (None, false) => bail!("the production profile needs {name}"),
    };
    let access_token = needed(&given.access_token, "PRAMAN_WHATSAPP_ACCESS_TOKEN", DEMO_TOKEN)?;
    let app_secret = needed(&given.app_secret, "PRAMAN_WHATSAPP_APP_SECRET", "demonstration-secret")?;
    let verify_token = needed(
        &given.verify_token,
        "PRAMAN_WHATSAPP_VERIFY_TOKEN",
        "demonstration-verify",
    )?;
    let phone_number_id = needed(&given.phone_number_id, "PRAMAN_WHATSAPP_PHONE_NUMBER_ID", DEMO_PHONE_ID)?;

    let mut graph = GraphConfig::new(phone_number_id.clone(), access_token.clone());
    let mut built_in = None;
    match &given.graph_url {
        Some(url) => graph.base_url.clone_from(url),
        None if demo => {
            graph.base_url = format!("http://{address}/simulator");
            let clock = ambient.clock.clone();
            built_in = Some(Simulator::start(SimulatorConfig {
                display_phone_number: DEMO_PHONE.to_owned(),
                webhook_url: Some(format!("http://{address}/webhooks/whatsapp")),
                public_url: Some(format!("http://{address}/simulator")),
                // Whoever tries things out writes faster than a person on a phone.
                pair_limit: None,
                ..SimulatorConfig::new(
                    phone_number_id,
                    access_token,
                    app_secret.clone(),
                    verify_token.clone(),
                    Arc::new(move || clock.now()),
                )
            })?);
        }
        None => {}
    }
    if let Some(version) = &given.graph_version {
        graph.version = Some(version.clone());
    }
    Ok(Channel {
        graph,
        app_secret,
        verify_token,
        simulator: built_in,
    })
}

/// Who signs certificates at this time, with these keys.
pub(crate) fn issuer(keys: &KeyStore, host: &str, demo: bool, now: Timestamp) -> anyhow::Result<Issuer> {
    let directory = keys.directory();
    let pdf = keys.signer_at(Purpose::Pdf, now)?;
    let mut certificates = vec![directory.pdf_signing_certificate().to_vec()];
    certificates.extend(keys.pdf_intermediates().iter().cloned());
    certificates.extend(directory.pdf_authority().iter().cloned());
    // Authorities of earlier keys are trusted on, but do not belong into a new signature.
    match SigningChain::find(&certificates, pdf.public_key(), now) {
        Ok(chain) => certificates = chain.whole(),
        Err(problem) => tracing::error!(
            error = &problem as &dyn std::error::Error,
            "no certificate of an authority fits the PDF key: nothing can be issued until `praman keys certificate` has one"
        ),
    }
    Ok(Issuer {
        credential: keys.signer_at(Purpose::Credential, now)?,
        pdf,
        pdf_certificates: certificates,
        vault: keys.vault(),
        directory: directory.clone(),
        host: host.to_owned(),
        contact: demo.then(|| format!("+{DEMO_PHONE}")),
        demo,
    })
}

/// What came of making every issued document again.
pub(crate) struct Remade {
    pub(crate) made: u64,
    pub(crate) erased: u64,
    pub(crate) different: Vec<String>,
    /// Certificates whose place in the status lists is that of an earlier one.
    pub(crate) misplaced: Vec<String>,
}

/// The places in the status lists that were met, 64 of them in a word.
#[derive(Default)]
struct Places(BTreeMap<u64, u64>);

impl Places {
    /// `false`: it was met before.
    fn meets(&mut self, place: u64) -> bool {
        let (word, bit) = (self.0.entry(place / 64).or_default(), 1 << (place % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

/// Makes every issued document again from its events and compares digests; looks at the places in the status lists as well.
pub(crate) async fn remake_documents(store: &Store) -> anyhow::Result<Remade> {
    let mut remade = Remade {
        made: 0,
        erased: 0,
        different: vec![],
        misplaced: vec![],
    };
    let (mut position, mut places) = (0, Places::default());
    loop {
        let page = store.ledger.after(position, 500).await?;
        let Some(last) = page.last() else { return Ok(remade) };
        position = last.position;
        for prepared in page.iter().filter(|r| r.event_type == "certificate.prepared") {
            if status_index_in(&prepared.body).is_some_and(|place| !places.meets(place)) {
                remade.misplaced.push(prepared.aggregate_id.clone());
            }
        }
        for recorded in page.iter().filter(|r| r.event_type == "certificate.issued") {
            if !reactions::vc_holds(&store.ledger, store.keys.directory(), &recorded.aggregate_id).await? {
                remade.different.push(recorded.aggregate_id.clone());
                continue;
            }
            match reactions::remake(&store.ledger, &recorded.aggregate_id).await? {
                Reissued::Same(_) => remade.made += 1,
                Reissued::Erased => remade.erased += 1,
                Reissued::Different => remade.different.push(recorded.aggregate_id.clone()),
            }
        }
    }
}

/// The keys that may sign checkpoints.
pub(crate) fn checkpoint_keys(store: &Store) -> Vec<PublicKey> {
    let keys = store.keys.directory().keys().iter();
    keys.filter(|entry| entry.purpose == Purpose::Checkpoint)
        .map(|entry| entry.public_key.clone())
        .collect()
}
