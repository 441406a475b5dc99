//! Settings: flags over environment over one commented file.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use data_encoding::BASE64;
use engines::{OpinionSettings, SpeechSettings};
use ledger::LeadershipSettings;
use ledger::note::{NoteKind, VerifierKey};
use reactions::Asked;
use serde::Deserialize;

/// A name that no host has (RFC 2606), for a log that is not published.
const LOG_ORIGIN: &str = "praman.invalid/log/1";
/// How long the public waits for the witnesses of a checkpoint.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longer than a pause of the program or a flush of a busy disk, short enough that nobody waits for a person.
const LEASE_SECONDS: u64 = 5;

/// Every setting of the service. Each can stand in the file (`praman.toml`), in the environment, or on the command line;
/// the later wins. A secret may also be given as the name of a file that holds it.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Flags {
    /// The settings file; the default is praman.toml in the data folder, if there is one.
    #[arg(long, env = "PRAMAN_SETTINGS")]
    settings: Option<PathBuf>,
    /// The address to serve at [default: 127.0.0.1:8080].
    #[arg(long, env = "PRAMAN_LISTEN")]
    listen: Option<SocketAddr>,
    /// The address of a proxy in front of the service, whose X-Forwarded-For is believed; once for each, or with commas between.
    #[arg(long = "proxy", env = "PRAMAN_PROXIES", value_delimiter = ',')]
    proxies: Vec<IpAddr>,
    /// The folder for the store, documents and keys [default: data].
    #[arg(long, env = "PRAMAN_DATA")]
    data: Option<PathBuf>,
    /// A PostgreSQL address; without it the store is SQLite in the data folder.
    #[arg(long, env = "PRAMAN_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// demo: simulator, demonstration officers and keys, a loud banner. production: refuses all of these.
    #[arg(long, env = "PRAMAN_PROFILE")]
    profile: Option<Profile>,
    /// The host name that is printed on certificates and in QR codes, without https://.
    #[arg(long, env = "PRAMAN_PUBLIC_HOST")]
    public_host: Option<String>,
    /// The log's name in its checkpoints, a host and path without https://; the same for the life of the log [default:
    /// praman.invalid/log/1].
    #[arg(long, env = "PRAMAN_LOG_ORIGIN")]
    log_origin: Option<String>,
    /// A witness to ask for cosignatures, as "VERIFIER-KEY ADDRESS"; once for each, or with commas between.
    #[arg(long = "witness", env = "PRAMAN_WITNESSES", value_delimiter = ',')]
    witnesses: Vec<String>,
    /// So many of the witnesses must have cosigned a checkpoint before it is published [default: more than half of them].
    #[arg(long, env = "PRAMAN_WITNESS_QUORUM")]
    witness_quorum: Option<usize>,
    /// After so many seconds a checkpoint is published without them [default: 5].
    #[arg(long, env = "PRAMAN_WITNESS_PATIENCE_SECONDS")]
    witness_patience_seconds: Option<u64>,
    /// The address of an authority that stamps the time on the signatures of PDFs (RFC 3161).
    #[arg(long, env = "PRAMAN_TSA_URL")]
    tsa_url: Option<String>,
    /// A file with the root certificates above time-stamp authorities that are trusted, PEM or DER.
    #[arg(long, env = "PRAMAN_TSA_ROOTS")]
    tsa_roots: Option<PathBuf>,
    /// Take part in leading the log with other processes on the same PostgreSQL, and take their batches in here while leading.
    #[arg(long, env = "PRAMAN_LEADER_LISTEN")]
    leader_listen: Option<SocketAddr>,
    /// Host and port at which the other processes reach that address [default: the address itself].
    #[arg(long, env = "PRAMAN_LEADER_ADVERTISE")]
    leader_advertise: Option<String>,
    /// How long a leader that is not heard of stays leader, in seconds [default: 5].
    #[arg(long, env = "PRAMAN_LEADER_LEASE_SECONDS")]
    leader_lease_seconds: Option<u64>,
    /// Hold at a named point between two steps, to be killed there. Tests use it; only in the demo profile.
    #[arg(long, hide = true)]
    hold_at: Option<String>,
    #[command(flatten)]
    whatsapp: WhatsappFlags,
    #[command(flatten)]
    digilocker: DigilockerFlags,
    #[command(flatten)]
    opinion: OpinionFlags,
    #[command(flatten)]
    speech: SpeechFlags,
    /// The passphrase of the key file.
    #[arg(long, env = "PRAMAN_KEY_PASSPHRASE", hide_env_values = true, hide = true)]
    key_passphrase: Option<String>,
    /// The PKCS #11 module of the token that holds keys, as its maker supplies it.
    #[arg(long, env = "PRAMAN_PKCS11_MODULE")]
    pkcs11_module: Option<PathBuf>,
    /// The label of the token.
    #[arg(long, env = "PRAMAN_PKCS11_TOKEN")]
    pkcs11_token: Option<String>,
    /// The PIN of the token's user.
    #[arg(long, env = "PRAMAN_PKCS11_PIN", hide_env_values = true, hide = true)]
    pkcs11_pin: Option<String>,
}

#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
struct WhatsappFlags {
    /// The base address of the Graph API; the demo profile uses the built-in simulator.
    #[arg(long, env = "PRAMAN_WHATSAPP_GRAPH_URL")]
    whatsapp_graph_url: Option<String>,
    /// The version in Graph API paths [default: v26.0].
    #[arg(long, env = "PRAMAN_WHATSAPP_GRAPH_VERSION")]
    whatsapp_graph_version: Option<String>,
    /// Our number, as the Graph API names it.
    #[arg(long, env = "PRAMAN_WHATSAPP_PHONE_NUMBER_ID")]
    whatsapp_phone_number_id: Option<String>,
    /// The system user's token.
    #[arg(long, env = "PRAMAN_WHATSAPP_ACCESS_TOKEN", hide_env_values = true)]
    whatsapp_access_token: Option<String>,
    /// The app secret, which signs webhooks.
    #[arg(long, env = "PRAMAN_WHATSAPP_APP_SECRET", hide_env_values = true)]
    whatsapp_app_secret: Option<String>,
    /// The token of the webhook handshake.
    #[arg(long, env = "PRAMAN_WHATSAPP_VERIFY_TOKEN", hide_env_values = true)]
    whatsapp_verify_token: Option<String>,
    /// How long a message whose fate is unknown waits for a status before it is sent again, in seconds [default: 60].
    #[arg(long, env = "PRAMAN_WHATSAPP_UNKNOWN_WAIT_SECONDS")]
    whatsapp_unknown_wait_seconds: Option<i64>,
}

/// All of it or nothing: without it DigiLocker finds nobody here.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
struct DigilockerFlags {
    /// What DigiLocker calls itself in its requests, as agreed.
    #[arg(long, env = "PRAMAN_DIGILOCKER_ORG_ID")]
    digilocker_org_id: Option<String>,
    /// The office's issuer id at DigiLocker, with which the addresses of its documents begin.
    #[arg(long, env = "PRAMAN_DIGILOCKER_ISSUER_ID")]
    digilocker_issuer_id: Option<String>,
    /// The key under which DigiLocker signs its requests.
    #[arg(long, env = "PRAMAN_DIGILOCKER_API_KEY", hide_env_values = true, hide = true)]
    digilocker_api_key: Option<String>,
    /// A service whose certificates may be fetched, and its type of document, as "SERVICE=TYPE"; once for each, or with commas
    /// between.
    #[arg(
        long = "digilocker-doc-type",
        env = "PRAMAN_DIGILOCKER_DOC_TYPES",
        value_delimiter = ','
    )]
    digilocker_doc_types: Vec<String>,
}

/// The address and the model or nothing: without them nobody is asked about a message in doubt.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
struct OpinionFlags {
    /// Where a language model is asked what a message in doubt means: an API as OpenAI's, up to /chat/completions.
    #[arg(long, env = "PRAMAN_OPINION_URL")]
    opinion_url: Option<String>,
    /// The model's name there.
    #[arg(long, env = "PRAMAN_OPINION_MODEL")]
    opinion_model: Option<String>,
    /// The key for it, where one is needed.
    #[arg(long, env = "PRAMAN_OPINION_API_KEY", hide_env_values = true, hide = true)]
    opinion_api_key: Option<String>,
}

/// All of it (but for the hosts) or nothing: without it nobody puts voice notes into words.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
struct SpeechFlags {
    /// Where a speech engine tells its pipeline, as Bhashini does: the whole address of getModelsPipeline.
    #[arg(long, env = "PRAMAN_SPEECH_URL")]
    speech_url: Option<String>,
    /// The pipeline's id there.
    #[arg(long, env = "PRAMAN_SPEECH_PIPELINE_ID")]
    speech_pipeline_id: Option<String>,
    /// Our user id there.
    #[arg(long, env = "PRAMAN_SPEECH_USER_ID")]
    speech_user_id: Option<String>,
    /// Our key there.
    #[arg(long, env = "PRAMAN_SPEECH_API_KEY", hide_env_values = true, hide = true)]
    speech_api_key: Option<String>,
    /// A host beside that of the address to which the engine may send us on with the sound; once for each, or with commas between.
    #[arg(long = "speech-host", env = "PRAMAN_SPEECH_HOSTS", value_delimiter = ',')]
    speech_hosts: Vec<String>,
}

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// To be looked at.
    Demo,
    /// To be relied upon.
    Production,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    proxies: Vec<IpAddr>,
    data: Option<PathBuf>,
    database_url: Option<String>,
    database_url_file: Option<PathBuf>,
    profile: Option<Profile>,
    public_host: Option<String>,
    log_origin: Option<String>,
    witnesses: Vec<String>,
    witness_quorum: Option<usize>,
    witness_patience_seconds: Option<u64>,
    tsa_url: Option<String>,
    tsa_roots: Option<PathBuf>,
    leader_listen: Option<SocketAddr>,
    leader_advertise: Option<String>,
    leader_lease_seconds: Option<u64>,
    key_passphrase_file: Option<PathBuf>,
    pkcs11_module: Option<PathBuf>,
    pkcs11_token: Option<String>,
    pkcs11_pin_file: Option<PathBuf>,
    whatsapp: WhatsappFile,
    digilocker: DigilockerFile,
    opinion: OpinionFile,
    speech: SpeechFile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DigilockerFile {
    org_id: Option<String>,
    issuer_id: Option<String>,
    api_key_file: Option<PathBuf>,
    doc_types: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OpinionFile {
    url: Option<String>,
    model: Option<String>,
    api_key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SpeechFile {
    url: Option<String>,
    pipeline_id: Option<String>,
    user_id: Option<String>,
    api_key_file: Option<PathBuf>,
    hosts: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WhatsappFile {
    graph_url: Option<String>,
    graph_version: Option<String>,
    phone_number_id: Option<String>,
    access_token_file: Option<PathBuf>,
    app_secret_file: Option<PathBuf>,
    verify_token_file: Option<PathBuf>,
    unknown_wait_seconds: Option<i64>,
}

/// The settings that hold.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) data: PathBuf,
    pub(crate) database: Option<String>,
    pub(crate) profile: Profile,
    pub(crate) public_host: Option<String>,
    pub(crate) log_origin: String,
    pub(crate) witnesses: Vec<Asked>,
    pub(crate) witness_quorum: usize,
    pub(crate) witness_patience: Duration,
    pub(crate) time_stamps: TimeStamps,
    pub(crate) leadership: Option<LeadershipSettings>,
    pub(crate) hold_at: Option<String>,
    pub(crate) key_passphrase: Option<String>,
    pub(crate) token: Option<TokenSettings>,
    pub(crate) whatsapp: Whatsapp,
    pub(crate) digilocker: Option<DigilockerSettings>,
    pub(crate) opinion: Option<OpinionSettings>,
    pub(crate) speech: Option<SpeechSettings>,
}

/// What is agreed on with DigiLocker.
#[derive(Clone)]
pub(crate) struct DigilockerSettings {
    pub(crate) org_id: String,
    pub(crate) issuer_id: String,
    pub(crate) api_key: String,
    pub(crate) doc_types: Vec<String>,
}

/// Where the keys are that are not in the key file.
#[derive(Clone)]
pub(crate) struct TokenSettings {
    pub(crate) module: PathBuf,
    pub(crate) label: String,
    pub(crate) pin: String,
}

/// Who stamps the time on signatures, and whose stamps are believed.
#[derive(Clone, Default)]
pub(crate) struct TimeStamps {
    pub(crate) url: Option<String>,
    /// X.509, DER.
    pub(crate) roots: Vec<Vec<u8>>,
}

/// The settings of the channel.
#[derive(Clone)]
pub(crate) struct Whatsapp {
    pub(crate) graph_url: Option<String>,
    pub(crate) graph_version: Option<String>,
    pub(crate) phone_number_id: Option<String>,
    pub(crate) access_token: Option<String>,
    pub(crate) app_secret: Option<String>,
    pub(crate) verify_token: Option<String>,
    pub(crate) unknown_wait_seconds: i64,
}

impl Settings {
    /// A demonstration in a folder of its own.
    pub(crate) fn demonstration(data: PathBuf, listen: SocketAddr, database: Option<String>) -> Self {
        Self {
            listen,
            proxies: Vec::new(),
            data,
            database,
            profile: Profile::Demo,
            public_host: None,
            log_origin: LOG_ORIGIN.to_owned(),
            witnesses: Vec::new(),
            witness_quorum: 0,
            witness_patience: PATIENCE,
            time_stamps: TimeStamps::default(),
            leadership: None,
            hold_at: None,
            key_passphrase: None,
            token: None,
            digilocker: None,
            opinion: None,
            speech: None,
            whatsapp: Whatsapp {
                graph_url: None,
                graph_version: None,
                phone_number_id: None,
                access_token: None,
                app_secret: None,
                verify_token: None,
                unknown_wait_seconds: 60,
            },
        }
    }
}

impl Flags {
    /// Puts flags, environment and file together.
    pub(crate) fn settle(self) -> anyhow::Result<Settings> {
        let folder = self.data.clone().unwrap_or_else(|| PathBuf::from("data"));
        let named = self.settings.is_some();
        let path = self.settings.unwrap_or_else(|| folder.join("praman.toml"));
        let file: File = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("the settings file {}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => File::default(),
            Err(error) => {
                return Err(error).with_context(|| format!("the settings file {}", path.display()));
            }
        };
        let flags = self.whatsapp;
        let digilocker = self.digilocker.settle(file.digilocker)?;
        let opinion = self.opinion.settle(file.opinion)?;
        let speech = self.speech.settle(file.speech)?;
        let profile = self.profile.or(file.profile).unwrap_or(Profile::Demo);
        if profile == Profile::Production && self.hold_at.is_some() {
            bail!("--hold-at is for tests; the production profile refuses it");
        }
        let named = if self.witnesses.is_empty() {
            file.witnesses
        } else {
            self.witnesses
        };
        let witnesses = named
            .iter()
            .map(|text| witness(text))
            .collect::<anyhow::Result<Vec<Asked>>>()?;
        let quorum = self.witness_quorum.or(file.witness_quorum);
        let majority = if witnesses.is_empty() {
            0
        } else {
            witnesses.len() / 2 + 1
        };
        if quorum.is_some_and(|quorum| quorum > witnesses.len()) {
            bail!("the quorum is larger than the number of witnesses");
        }
        let patience = self.witness_patience_seconds.or(file.witness_patience_seconds);
        let leadership = self
            .leader_listen
            .or(file.leader_listen)
            .map(|listen| LeadershipSettings {
                listen,
                advertise: self.leader_advertise.or(file.leader_advertise),
                lease: Duration::from_secs(
                    self.leader_lease_seconds
                        .or(file.leader_lease_seconds)
                        .unwrap_or(LEASE_SECONDS)
                        .max(1),
                ),
            });
        Ok(Settings {
            witnesses,
            witness_quorum: quorum.unwrap_or(majority),
            witness_patience: patience.map_or(PATIENCE, Duration::from_secs),
            time_stamps: time_stamps(self.tsa_url.or(file.tsa_url), self.tsa_roots.or(file.tsa_roots))?,
            listen: self
                .listen
                .or(file.listen)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            proxies: if self.proxies.is_empty() {
                file.proxies
            } else {
                self.proxies
            },
            data: self.data.or(file.data).unwrap_or(folder),
            database: secret(
                self.database.or(file.database_url),
                "PRAMAN_DATABASE_URL",
                file.database_url_file,
            )?,
            profile,
            public_host: self.public_host.or(file.public_host),
            log_origin: self
                .log_origin
                .or(file.log_origin)
                .unwrap_or_else(|| LOG_ORIGIN.to_owned()),
            leadership,
            hold_at: self.hold_at,
            key_passphrase: secret(self.key_passphrase, "PRAMAN_KEY_PASSPHRASE", file.key_passphrase_file)?,
            token: token(
                self.pkcs11_module.or(file.pkcs11_module),
                self.pkcs11_token.or(file.pkcs11_token),
                secret(self.pkcs11_pin, "PRAMAN_PKCS11_PIN", file.pkcs11_pin_file)?,
            )?,
            digilocker,
            opinion,
            speech,
            whatsapp: Whatsapp {
                graph_url: flags.whatsapp_graph_url.or(file.whatsapp.graph_url),
                graph_version: flags.whatsapp_graph_version.or(file.whatsapp.graph_version),
                phone_number_id: flags.whatsapp_phone_number_id.or(file.whatsapp.phone_number_id),
                access_token: secret(
                    flags.whatsapp_access_token,
                    "PRAMAN_WHATSAPP_ACCESS_TOKEN",
                    file.whatsapp.access_token_file,
                )?,
                app_secret: secret(
                    flags.whatsapp_app_secret,
                    "PRAMAN_WHATSAPP_APP_SECRET",
                    file.whatsapp.app_secret_file,
                )?,
                verify_token: secret(
                    flags.whatsapp_verify_token,
                    "PRAMAN_WHATSAPP_VERIFY_TOKEN",
                    file.whatsapp.verify_token_file,
                )?,
                unknown_wait_seconds: flags
                    .whatsapp_unknown_wait_seconds
                    .or(file.whatsapp.unknown_wait_seconds)
                    .unwrap_or(60),
            },
        })
    }
}

impl DigilockerFlags {
    fn settle(self, file: DigilockerFile) -> anyhow::Result<Option<DigilockerSettings>> {
        let key = secret(self.digilocker_api_key, "PRAMAN_DIGILOCKER_API_KEY", file.api_key_file)?;
        let doc_types = if self.digilocker_doc_types.is_empty() {
            file.doc_types
        } else {
            self.digilocker_doc_types
        };
        let (org, issuer) = (
            self.digilocker_org_id.or(file.org_id),
            self.digilocker_issuer_id.or(file.issuer_id),
        );
        match (org, issuer, key) {
            (Some(org_id), Some(issuer_id), Some(api_key)) if !doc_types.is_empty() => Ok(Some(DigilockerSettings {
                org_id,
                issuer_id,
                api_key,
                doc_types,
            })),
            (None, None, None) if doc_types.is_empty() => Ok(None),
            _ => bail!(
                "DigiLocker needs PRAMAN_DIGILOCKER_ORG_ID, PRAMAN_DIGILOCKER_ISSUER_ID, PRAMAN_DIGILOCKER_API_KEY_FILE and \
                 PRAMAN_DIGILOCKER_DOC_TYPES"
            ),
        }
    }
}

impl OpinionFlags {
    fn settle(self, file: OpinionFile) -> anyhow::Result<Option<OpinionSettings>> {
        let api_key = secret(self.opinion_api_key, "PRAMAN_OPINION_API_KEY", file.api_key_file)?;
        match (self.opinion_url.or(file.url), self.opinion_model.or(file.model)) {
            (Some(url), Some(model)) => Ok(Some(OpinionSettings { url, model, api_key })),
            (None, None) if api_key.is_none() => Ok(None),
            _ => bail!("a second opinion needs PRAMAN_OPINION_URL and PRAMAN_OPINION_MODEL"),
        }
    }
}

impl SpeechFlags {
    fn settle(self, file: SpeechFile) -> anyhow::Result<Option<SpeechSettings>> {
        let api_key = secret(self.speech_api_key, "PRAMAN_SPEECH_API_KEY", file.api_key_file)?;
        let hosts = if self.speech_hosts.is_empty() {
            file.hosts
        } else {
            self.speech_hosts
        };
        let (url, pipeline_id, user_id) = (
            self.speech_url.or(file.url),
            self.speech_pipeline_id.or(file.pipeline_id),
            self.speech_user_id.or(file.user_id),
        );
        match (url, pipeline_id, user_id, api_key) {
            (Some(url), Some(pipeline_id), Some(user_id), Some(api_key)) => Ok(Some(SpeechSettings {
                url,
                user_id,
                api_key,
                pipeline_id,
                hosts,
            })),
            (None, None, None, None) if hosts.is_empty() => Ok(None),
            _ => bail!(
                "a speech engine needs PRAMAN_SPEECH_URL, PRAMAN_SPEECH_PIPELINE_ID, PRAMAN_SPEECH_USER_ID and \
                 PRAMAN_SPEECH_API_KEY_FILE"
            ),
        }
    }
}

/// All of it or nothing: half a token would be found out when a key is needed.
fn token(module: Option<PathBuf>, label: Option<String>, pin: Option<String>) -> anyhow::Result<Option<TokenSettings>> {
    match (module, label, pin) {
        (Some(module), Some(label), Some(pin)) => Ok(Some(TokenSettings { module, label, pin })),
        (None, None, _) => Ok(None),
        _ => bail!("a token needs PRAMAN_PKCS11_MODULE, PRAMAN_PKCS11_TOKEN and PRAMAN_PKCS11_PIN_FILE"),
    }
}

/// An authority is asked only where its answers can be checked. Roots alone make the stamps of earlier days believed.
pub(crate) fn time_stamps(url: Option<String>, roots: Option<PathBuf>) -> anyhow::Result<TimeStamps> {
    if url.is_some() && roots.is_none() {
        bail!(
            "an authority for time stamps needs PRAMAN_TSA_ROOTS: its answers must lead to a certificate that is trusted"
        );
    }
    if let Some(url) = &url
        && !url.starts_with("https://")
        && !url.starts_with("http://")
    {
        bail!("PRAMAN_TSA_URL: an address with http:// or https:// is needed");
    }
    let roots = roots.as_deref().map(time_roots).transpose()?.unwrap_or_default();
    Ok(TimeStamps { url, roots })
}

/// The root certificates in a file.
pub(crate) fn time_roots(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let roots = certificates_in(path)?;
    for (index, root) in roots.iter().enumerate() {
        certificates::timestamp::check_root(root)
            .with_context(|| format!("{}: certificate {}", path.display(), index + 1))?;
    }
    Ok(roots)
}

/// Every certificate in a file: PEM, with whatever stands around, or DER.
pub(crate) fn certificates_in(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(vec![bytes]);
    };
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let mut found = vec![];
    for part in text.split(BEGIN).skip(1) {
        let (body, _) = part
            .split_once("-----END CERTIFICATE-----")
            .with_context(|| format!("{}: a certificate has no end", path.display()))?;
        let letters: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = BASE64.decode(letters.as_bytes());
        found.push(der.with_context(|| format!("{}: a certificate is not base64", path.display()))?);
    }
    if found.is_empty() {
        bail!("{}: no certificate in it", path.display());
    }
    Ok(found)
}

/// A witness and its address.
fn witness(text: &str) -> anyhow::Result<Asked> {
    let (key, url) = text
        .trim()
        .split_once(' ')
        .with_context(|| format!("the witness \"{text}\": a verifier key, a space and an address are needed"))?;
    let key: VerifierKey = key.parse().with_context(|| format!("the witness \"{text}\""))?;
    if key.kind() != NoteKind::Witness {
        bail!("the witness \"{text}\": this is the verifier key of a log");
    }
    let url = url.trim().to_owned();
    Ok(Asked { url, key })
}

/// A secret: given itself, or as `NAME_FILE` in the environment, or as a file in the settings.
pub(crate) fn secret(given: Option<String>, name: &str, file: Option<PathBuf>) -> anyhow::Result<Option<String>> {
    if given.is_some() {
        return Ok(given);
    }
    let named = std::env::var_os(format!("{name}_FILE")).map(PathBuf::from);
    let Some(path) = named.or(file) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("the secret file {}", path.display()))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
