//! The Cloud API from the other side: a WhatsApp that runs in memory, strict like the real one, with two phones to
//! look at and a control interface for tests.
//!
//! It refuses what Meta refuses with Meta's codes, signs its webhooks over ASCII-escaped JSON, repeats them until it
//! gets 200, hides phone numbers on demand, closes the 24-hour window and loses answers when told to. An unmodified
//! client runs against it. Time is virtual (the injected clock plus what was skipped), ids come from a seed.
//!
//! | path (under `/simulator`; [`Simulator::standalone`] serves all of it without the prefix too) | what |
//! | --- | --- |
//! | `/` | the page with the two phones |
//! | `/{version}/{phone_number_id}/messages`, `/{phone_number_id}/media`, `/{media_id}` | the Graph API, version optional |
//! | `/_sim/v1/inbound`, `media`, `outbox`, `status`, `fault`, `clock`, `reset`, `webhook-log` | control |
//!
//! It holds no secrets worth having and must not be reachable in production.

mod control;
mod deliver;
mod fault;
mod graph;
mod ids;
mod page;
mod refusal;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OnceCell, mpsc, watch};

use deliver::Lanes;
use state::{Event, State};

/// The longest body that is read: a document of 100 MB and what surrounds it.
const BODY_BYTES_MAX: usize = 101 * 1024 * 1024;

/// Tells the time that the virtual clock starts from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One of the two phones on the page.
#[derive(Debug, Clone)]
pub struct Persona {
    /// Digits with country code.
    pub phone: String,
    /// The profile name.
    pub name: String,
}

/// Which statuses follow a message by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ladder {
    /// None; only those that the control interface asks for.
    Manual,
    /// `sent` and `delivered` at once, `read` when the person writes next.
    Delivered,
    /// `sent` and `read` at once; `delivered` is skipped, as Meta does when the chat is open.
    ReadAtOnce,
}

/// How often the business may write to one person (131056).
#[derive(Debug, Clone)]
pub struct PairLimit {
    /// One message in this time on average.
    pub interval: SignedDuration,
    /// So many may be borrowed from the future.
    pub burst: u32,
}

impl Default for PairLimit {
    fn default() -> Self {
        Self {
            interval: SignedDuration::from_secs(6),
            burst: 45,
        }
    }
}

/// How webhooks are repeated until the receiver answers 200.
#[derive(Debug, Clone)]
pub struct Retry {
    /// The first gap; each next one is twice as long.
    pub first: Duration,
    /// The longest gap. A skip of the virtual clock ends any gap at once.
    pub max: Duration,
    /// How long one answer is waited for.
    pub timeout: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            max: Duration::from_secs(60),
            timeout: Duration::from_secs(20),
        }
    }
}

/// Everything that the simulator has to be told.
#[derive(Clone)]
pub struct SimulatorConfig {
    /// The business number's id, part of the Graph paths.
    pub phone_number_id: String,
    /// The business number, digits only.
    pub display_phone_number: String,
    /// The business account (`entry[].id`).
    pub account_id: String,
    /// The token that the Graph paths want.
    pub access_token: String,
    /// Signs the webhooks.
    pub app_secret: String,
    /// For the handshake with the webhook.
    pub verify_token: String,
    /// Where webhooks go; without it they are only logged.
    pub webhook_url: Option<String>,
    /// The address under which clients reach `/simulator`, for media addresses. Without it, taken from each call's
    /// `Host`.
    pub public_url: Option<String>,
    /// For ids.
    pub seed: u64,
    /// The clock; skips are added to it.
    pub now: Now,
    /// Which statuses follow by themselves.
    pub ladder: Ladder,
    /// The pair limit; `None` switches it off.
    pub pair_limit: Option<PairLimit>,
    /// The repetition of webhooks.
    pub retry: Retry,
    /// The first phone.
    pub citizen: Persona,
    /// The second phone.
    pub verifier: Persona,
}

impl SimulatorConfig {
    /// A business number with everything usual: statuses by themselves, Meta's pair limit, no webhook yet.
    pub fn new(
        phone_number_id: impl Into<String>,
        access_token: impl Into<String>,
        app_secret: impl Into<String>,
        verify_token: impl Into<String>,
        now: Now,
    ) -> Self {
        Self {
            phone_number_id: phone_number_id.into(),
            display_phone_number: "911140000000".to_owned(),
            account_id: "100000000000001".to_owned(),
            access_token: access_token.into(),
            app_secret: app_secret.into(),
            verify_token: verify_token.into(),
            webhook_url: None,
            public_url: None,
            seed: 1,
            now,
            ladder: Ladder::Delivered,
            pair_limit: Some(PairLimit::default()),
            retry: Retry::default(),
            citizen: Persona {
                phone: "919999900001".to_owned(),
                name: "Citizen".to_owned(),
            },
            verifier: Persona {
                phone: "919999900002".to_owned(),
                name: "Verifier".to_owned(),
            },
        }
    }
}

/// The simulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The HTTP client for webhooks could not be set up.
    #[error("the HTTP client for webhooks could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A running simulator. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    config: SimulatorConfig,
    state: Mutex<State>,
    lanes: Lanes,
    http: reqwest::Client,
    /// Counts changes; the page follows it.
    changes: watch::Sender<u64>,
    /// Webhooks whose first delivery has not ended.
    pending: watch::Sender<u64>,
    /// Counts skips of the clock and resets: whoever waits for a time looks again.
    skips: watch::Sender<u64>,
    handshake: OnceCell<()>,
}

/// Starts a simulator and gives its routes under `/simulator`. Must be called inside a Tokio runtime.
pub fn router(config: SimulatorConfig) -> Result<(Router, Simulator), SimulatorError> {
    let simulator = Simulator::start(config)?;
    Ok((simulator.router(), simulator))
}

impl Simulator {
    /// Starts the tasks that deliver webhooks. Must be called inside a Tokio runtime.
    pub fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(config.retry.timeout);
        if config
            .webhook_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost"))
        {
            builder = builder.no_proxy();
        }
        let (lanes, receivers) = Lanes::new();
        let simulator = Self {
            inner: Arc::new(Inner {
                state: Mutex::new(State::new(&config)),
                http: builder.build().map_err(SimulatorError::Client)?,
                config,
                lanes,
                changes: watch::Sender::new(0),
                pending: watch::Sender::new(0),
                skips: watch::Sender::new(0),
                handshake: OnceCell::new(),
            }),
        };
        for receiver in receivers {
            tokio::spawn(deliver::lane(Arc::downgrade(&simulator.inner), receiver));
        }
        Ok(simulator)
    }

    /// The routes, all under `/simulator`.
    pub fn router(&self) -> Router {
        self.routes("/simulator").with_state(self.clone())
    }

    /// The same routes, under `/simulator` and also without it, for a simulator that is the whole server.
    pub fn standalone(&self) -> Router {
        self.routes("/simulator")
            .merge(self.routes(""))
            .with_state(self.clone())
    }

    fn routes(&self, prefix: &str) -> Router<Self> {
        let at = |path: &str| format!("{prefix}{path}");
        let mut routes = Router::new()
            .route(&at("/_sim/v1/inbound"), post(control::inbound))
            .route(&at("/_sim/v1/media"), post(control::media))
            .route(&at("/_sim/v1/outbox"), get(control::outbox))
            .route(&at("/_sim/v1/status"), post(control::status))
            .route(&at("/_sim/v1/fault"), post(control::fault).get(control::faults))
            .route(&at("/_sim/v1/clock"), post(control::clock).get(control::time))
            .route(&at("/_sim/v1/reset"), post(control::reset))
            .route(&at("/_sim/v1/webhook-log"), get(control::webhook_log))
            .route(&at("/_media/{id}"), get(graph::download))
            .route(&at("/"), get(page::show))
            .route(&at("/{*path}"), any(graph::call));
        if !prefix.is_empty() {
            routes = routes.route(prefix, get(page::show)).merge(page::routes(prefix));
        }
        routes.layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
    }

    /// The virtual time: the injected clock and what was skipped.
    pub fn now(&self) -> Timestamp {
        let real = (self.inner.config.now)();
        real.checked_add(self.state().offset).unwrap_or(real)
    }

    /// The virtual clock as a function, so that the business can live in the same time.
    pub fn clock(&self) -> Now {
        let simulator = self.clone();
        Arc::new(move || simulator.now())
    }

    /// Skips time. Whatever waits for a time is looked at again.
    pub fn advance(&self, by: SignedDuration) {
        {
            let mut state = self.state();
            state.offset = state.offset.saturating_add(by);
        }
        self.inner.skips.send_modify(|count| *count += 1);
        self.changed();
    }

    /// Forgets people, messages, files, faults and logs; the time stays.
    pub fn reset(&self) {
        {
            let mut state = self.state();
            state.reset(&self.inner.config);
        }
        self.inner.skips.send_modify(|count| *count += 1);
        self.changed();
    }

    /// Waits until every webhook was delivered once or has failed once and waits for its repetition.
    pub async fn idle(&self) {
        // The sender lives in `inner`, so the channel cannot be closed here.
        let _ = self.inner.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a state that is still a state.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.inner.changes.send_modify(|count| *count += 1);
    }

    fn send(&self, events: Vec<Event>) {
        for event in events {
            self.inner.pending.send_modify(|pending| *pending += 1);
            self.inner.lanes.push(event);
        }
        self.changed();
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("phone_number_id", &self.inner.config.phone_number_id)
            .finish_non_exhaustive()
    }
}

type Receivers = Vec<mpsc::UnboundedReceiver<Event>>;
