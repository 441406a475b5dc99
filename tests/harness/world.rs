//! One running product with its own data, and the doors through which people come to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::auditor::Auditor;
use crate::citizen::Citizen;
use crate::officer::{Officer, officers};
use crate::postgres::Database;
use crate::process::{Ended, Process, free_port};
use crate::verifier::Verifier;

/// Where the ledger lives.
#[derive(Debug, Clone)]
pub enum Store {
    /// In the world's own folder.
    Sqlite,
    /// In a database of its own.
    Postgres(Database),
}

impl Store {
    /// Goes through the test in a PostgreSQL database of its own, where the machine has a server.
    ///
    /// # Errors
    /// What the test says; and when PostgreSQL must be there and is not.
    #[expect(clippy::print_stdout, reason = "a test tells what it has left out")]
    pub async fn on_postgresql(test: impl AsyncFnOnce(Self) -> Result<()>) -> Result<()> {
        match Database::fresh().await? {
            Some(database) => test(Self::Postgres(database)).await,
            None => {
                println!("left out: PRAMAN_TEST_POSTGRES_URL is not set");
                Ok(())
            }
        }
    }
}

/// Where the simulator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simulator {
    /// Inside the server, as a newcomer has it. It forgets everything when the server ends.
    Inside,
    /// In a process of its own, which outlives the server: for tests that kill the server.
    Apart,
}

/// How a world is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the ledger lives.
    pub store: Store,
    /// Where the simulator runs.
    pub simulator: Simulator,
    /// Further settings of the server, as environment.
    pub environment: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: Store::Sqlite,
            simulator: Simulator::Inside,
            environment: BTreeMap::new(),
        }
    }
}

/// The secrets that server and simulator share in a test; they protect nothing.
const APP_SECRET: &str = "test-app-secret";
const VERIFY_TOKEN: &str = "test-verify-token";
const ACCESS_TOKEN: &str = "test-access-token";
const PHONE_NUMBER_ID: &str = "100000000000001";

/// The running product. Dropping it kills every process of it and removes its data.
#[derive(Debug)]
pub struct World {
    program: PathBuf,
    folder: TempDir,
    http: reqwest::Client,
    base: String,
    listen: String,
    store: Store,
    environment: BTreeMap<String, String>,
    simulator_base: String,
    simulator: Option<Process>,
    server: Option<Process>,
}

impl World {
    /// Starts the server on a free port with new data, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready; the error carries its last words.
    pub async fn start(settings: Settings) -> Result<Self> {
        let program = program().await?;
        let folder = TempDir::with_prefix("praman-world-")?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let base = format!("http://{listen}");
        let mut environment: BTreeMap<String, String> = [
            ("PRAMAN_WHATSAPP_APP_SECRET", APP_SECRET),
            ("PRAMAN_WHATSAPP_VERIFY_TOKEN", VERIFY_TOKEN),
            ("PRAMAN_WHATSAPP_ACCESS_TOKEN", ACCESS_TOKEN),
            ("PRAMAN_WHATSAPP_PHONE_NUMBER_ID", PHONE_NUMBER_ID),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut world = Self {
            program,
            http: reqwest::Client::new(),
            simulator_base: format!("{base}/simulator"),
            simulator: None,
            server: None,
            store: settings.store,
            environment: BTreeMap::new(),
            folder,
            base,
            listen,
        };
        if settings.simulator == Simulator::Apart {
            let base = world.start_simulator().await?;
            environment.insert("PRAMAN_WHATSAPP_GRAPH_URL".to_owned(), base);
        }
        environment.extend(settings.environment);
        world.environment = environment;
        world.restart().await?;
        Ok(world)
    }

    async fn start_simulator(&mut self) -> Result<String> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let webhook = format!("{}/webhooks/whatsapp", self.base);
        let arguments = [
            "simulator",
            "--listen",
            &listen,
            "--webhook",
            &webhook,
            "--app-secret",
            APP_SECRET,
            "--verify-token",
            VERIFY_TOKEN,
            "--token",
            ACCESS_TOKEN,
            "--phone-id",
            PHONE_NUMBER_ID,
            "--seed",
            "1",
        ];
        let log = self.folder.path().join("simulator.log");
        let mut simulator = Process::start(&self.program, &arguments, &BTreeMap::new(), &log)?;
        let base = format!("http://{listen}/simulator");
        simulator
            .answers(&self.http, &format!("{base}/_sim/v1/webhook-log"))
            .await?;
        self.simulator = Some(simulator);
        self.simulator_base.clone_from(&base);
        Ok(base)
    }

    /// Starts the server again on the same address and the same data, and waits until it is ready.
    ///
    /// # Errors
    /// When it still runs, or does not become ready.
    pub async fn restart(&mut self) -> Result<()> {
        self.restart_with(&[]).await
    }

    /// Another setting of the server, from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Starts the same program beside the server, with settings of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn beside(&self, arguments: &[&str], settings: &BTreeMap<String, String>, log: &Path) -> Result<Process> {
        Process::start(&self.program, arguments, settings, log)
    }

    /// As [`World::restart`], holding at a named point between two steps: see [`World::holds`].
    ///
    /// # Errors
    /// As [`World::restart`].
    pub async fn restart_to_hold_at(&mut self, point: &str) -> Result<()> {
        self.restart_with(&["--hold-at", point]).await
    }

    /// As [`World::restart`], with a store that the server does not trust: it answers, and is never ready.
    ///
    /// # Errors
    /// When it still runs, does not answer, or calls itself ready.
    pub async fn restart_in_doubt(&mut self) -> Result<()> {
        self.restart_until("/livez", &[]).await?;
        let ready = self.http.get(format!("{}/readyz", self.base)).send().await?;
        ensure!(
            ready.status() == reqwest::StatusCode::SERVICE_UNAVAILABLE,
            "it is ready: {}",
            ready.status()
        );
        Ok(())
    }

    async fn restart_with(&mut self, more: &[&str]) -> Result<()> {
        self.restart_until("/readyz", more).await
    }

    async fn restart_until(&mut self, answers: &str, more: &[&str]) -> Result<()> {
        ensure!(self.server.is_none(), "the server still runs");
        let arguments = self.with_store(&[&["serve", "--listen", &self.listen], more].concat());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut server = Process::start(
            &self.program,
            &arguments,
            &self.environment,
            &self.folder.path().join("server.log"),
        )?;
        server.answers(&self.http, &format!("{}{answers}", self.base)).await?;
        self.server = Some(server);
        Ok(())
    }

    /// Waits until the server holds at the point that it was started with: it does nothing more there, and waits to be
    /// killed.
    ///
    /// # Errors
    /// When it never comes there.
    pub async fn holds(&self) -> Result<()> {
        self.server
            .as_ref()
            .context("no server runs")?
            .says("holding here until killed")
            .await
    }

    /// Ends the server as a power cut does.
    ///
    /// # Errors
    /// When it had already ended.
    pub async fn kill(&mut self) -> Result<()> {
        self.server.take().context("no server runs")?.kill().await
    }

    /// Asks the server to end, and waits until it has, with 0.
    ///
    /// # Errors
    /// When it does not.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.take().context("no server runs")?.stop().await
    }

    /// Runs another verb over the same data, to its end.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn verb(&self, arguments: &[&str]) -> Result<Ended> {
        let arguments = self.with_store(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Process::run(&self.program, &arguments, &self.environment).await
    }

    /// Starts another verb over the same data that holds at a named point between two steps, and kills it there.
    ///
    /// # Errors
    /// When it ends by itself, or never comes there.
    pub async fn verb_dies_at(&self, point: &str, arguments: &[&str]) -> Result<()> {
        let arguments = self.with_store(&[arguments, &["--hold-at", point]].concat());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let log = self.folder.path().join("verb.log");
        let verb = Process::start(&self.program, &arguments, &self.environment, &log)?;
        verb.says("holding here until killed").await?;
        verb.kill().await
    }

    /// The same data without a service: nothing is made in the folder yet.
    ///
    /// # Errors
    /// When the program cannot be built.
    pub async fn not_started(store: Store, environment: BTreeMap<String, String>) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let base = format!("http://{listen}");
        Ok(Self {
            program: program().await?,
            folder: TempDir::with_prefix("praman-world-")?,
            http: reqwest::Client::new(),
            simulator_base: format!("{base}/simulator"),
            base,
            listen,
            store,
            environment,
            simulator: None,
            server: None,
        })
    }

    fn with_store(&self, arguments: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        all.extend(["--data".to_owned(), self.data().display().to_string()]);
        if let Store::Postgres(database) = &self.store {
            all.extend(["--database".to_owned(), database.url().to_owned()]);
        }
        all
    }

    /// The folder with the store (where it is SQLite), the documents and the keys.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for what the test itself writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the server answers, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where the simulator is mounted.
    pub fn simulator(&self) -> &str {
        &self.simulator_base
    }

    /// The client that all actors share.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The end of the server's log.
    pub fn last_words(&self) -> String {
        self.server
            .as_ref()
            .map_or_else(|| "no server runs".to_owned(), Process::last_words)
    }

    /// Posts a delivery to the webhook as WhatsApp does, with the signature over its bytes; answers the status.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn delivers(&self, delivery: &Value) -> Result<reqwest::StatusCode> {
        let raw = serde_json::to_vec(delivery)?;
        let signature = whatsapp::signature::sign(APP_SECRET.as_bytes(), &raw)?;
        let answer = self.posts_to_webhook(raw, Some(&signature)).await?;
        Ok(answer.status())
    }

    /// Posts any bytes under any signature to the webhook.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn posts_to_webhook(&self, raw: Vec<u8>, signature: Option<&str>) -> Result<reqwest::Response> {
        let post = self
            .http
            .post(format!("{}/webhooks/whatsapp", self.base))
            .header("content-type", "application/json");
        let post = match signature {
            Some(signature) => post.header("x-hub-signature-256", signature),
            None => post,
        };
        Ok(post.body(raw).send().await?)
    }

    /// Lets time pass on the simulator; a webhook that it is going to repeat is repeated at once.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub async fn simulator_skips(&self, seconds: u64) -> Result<()> {
        self.control("clock", &json!({ "advance_seconds": seconds })).await
    }

    /// Arms trouble on the simulator, as `POST fault` of its control interface wants it.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub async fn simulator_fails(&self, fault: &Value) -> Result<()> {
        self.control("fault", fault).await
    }

    async fn control(&self, what: &str, body: &Value) -> Result<()> {
        let url = format!("{}/_sim/v1/{what}", self.simulator_base);
        let answer = self.http.post(url).json(body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{what}: {status}: {}", answer.text().await?);
        Ok(())
    }

    /// A delivery with these messages of one person, as the channel writes it.
    pub fn delivery(phone: &str, messages: &[Value]) -> Value {
        json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": "100000000000001", "changes": [{ "field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "911140000000", "phone_number_id": PHONE_NUMBER_ID },
                "contacts": [{ "profile": { "name": "Somebody" }, "wa_id": phone }],
                "messages": messages,
            } }] }],
        })
    }

    /// Every message that the server has stored: its id and how often it was handled, as `praman messages` tells.
    ///
    /// # Errors
    /// When the verb fails or says something else.
    pub async fn messages(&self) -> Result<BTreeMap<String, u64>> {
        let ended = self.verb(&["messages"]).await?;
        ensure!(ended.code() == Some(0), "messages: {}{}", ended.stdout, ended.stderr);
        let read = ended.stdout.lines().map(|line| {
            let message: Value = serde_json::from_str(line)?;
            let text = |key| message.get(key).and_then(Value::as_str).map(str::to_owned);
            text("received_at").context("no received_at")?;
            let handled = message.get("handled").and_then(Value::as_u64).context("no handled")?;
            Ok((text("id").context("no id")?, handled))
        });
        read.collect()
    }

    /// A person with a phone.
    pub fn citizen(&self, phone: &str, name: &str) -> Citizen {
        Citizen::new(self.http.clone(), &self.simulator_base, ACCESS_TOKEN, phone, name)
    }

    /// An officer who signs in at the console, by id.
    ///
    /// # Errors
    /// When the console refuses.
    pub async fn officer(&self, id: &str) -> Result<Officer> {
        Officer::signs_in(&self.base, id).await
    }

    /// The first officer of a designation (English), signed in.
    ///
    /// # Errors
    /// When there is none, or the console refuses.
    pub async fn officer_who_is(&self, designation: &str) -> Result<Officer> {
        let all = officers(&self.base, designation).await?;
        self.officer(all.first().context("an officer")?).await
    }

    /// Somebody who reads the log.
    ///
    /// # Errors
    /// Never, for a server that runs.
    pub fn auditor(&self) -> Result<Auditor> {
        Auditor::new(&self.base)
    }

    /// The ledger holds, as `praman audit verify` and `praman audit replay` find.
    ///
    /// # Errors
    /// When it does not; the error is what they say.
    pub async fn is_sound(&self) -> Result<()> {
        for what in ["verify", "replay"] {
            let ended = self.verb(&["audit", what]).await?;
            ensure!(
                ended.code() == Some(0),
                "audit {what}: {:?}: {}{}",
                ended.code(),
                ended.stdout,
                ended.stderr
            );
        }
        Ok(())
    }

    /// Anybody who was shown a certificate.
    ///
    /// # Errors
    /// Never, for a server that runs.
    pub fn verifier(&self) -> Result<Verifier> {
        Verifier::new(&self.base)
    }
}

/// Runs a verb of the real binary that needs no world of its own, to its end.
///
/// # Errors
/// When it cannot be started or does not end.
pub async fn praman(arguments: &[&str]) -> Result<Ended> {
    Process::run(&program().await?, arguments, &BTreeMap::new()).await
}

/// The real binary, as it is now: built by cargo on the first call of a test program, which takes a moment when nothing
/// has changed. With the whole workspace, so that features and thus dependencies are those of the tests.
///
/// `PRAMAN_TEST_BINARY` names one that is built already; `./tests/run` sets it.
///
/// # Errors
/// When it cannot be built.
pub async fn program() -> Result<PathBuf> {
    static BUILT: tokio::sync::OnceCell<PathBuf> = tokio::sync::OnceCell::const_new();
    if let Some(named) = std::env::var_os("PRAMAN_TEST_BINARY") {
        return Ok(named.into());
    }
    BUILT.get_or_try_init(build).await.cloned()
}

async fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = tokio::process::Command::new(cargo)
        .args([
            "build",
            "--workspace",
            "--bins",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .await
        .context("start cargo build")?;
    ensure!(
        output.status.success(),
        "cargo build: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = String::from_utf8(output.stdout)?;
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs = artifacts.filter(|artifact| artifact.pointer("/target/name") == Some(&json!("praman")));
    let paths: Vec<String> = programs
        .filter_map(|artifact| Some(artifact.get("executable")?.as_str()?.to_owned()))
        .collect();
    paths
        .last()
        .map(PathBuf::from)
        .context("cargo build says where the binary lies")
}
