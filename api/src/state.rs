//! What the handlers work with. The program that composes the rooms fills [`AppState`]; nothing here has a rule.

use std::{net::IpAddr, sync::Arc, time::Duration};

use assistant::Assistant;
use axum::extract::FromRef;
use domain::catalogue::Catalogue;
use keys::{Entropy, KeyDirectory};
use ledger::{Clock, Documents, Ledger};
use projections::{Projector, Views};
use tokio::sync::Semaphore;
use whatsapp::signature::AppSecrets;

use crate::{digilocker::DigiLocker, guard::Limiter, page::Site, trying::Talks, turn::Inbox, verification::Verifier};

/// Everything the routes need from the other rooms.
pub struct AppState {
    /// The log and its rows.
    pub ledger: Ledger,
    /// Where papers are kept.
    pub documents: Documents,
    /// What can be seen.
    pub views: Views,
    /// How far it can be seen.
    pub projector: Arc<Projector>,
    /// The services.
    pub catalogue: Arc<Catalogue>,
    /// What people mean: to be tried, in the demonstration.
    pub assistant: Arc<Assistant>,
    /// Who answers whether a certificate holds.
    pub verifier: Arc<Verifier>,
    /// The public keys, as published.
    pub directory: Arc<KeyDirectory>,
    /// Where deliveries of the channel are kept before they are acknowledged.
    pub inbox: Inbox,
    /// The secrets under which deliveries may be signed.
    pub app_secrets: Vec<String>,
    /// The word with which the channel registers this address.
    pub verify_token: String,
    /// What is agreed on with DigiLocker, where it may fetch certificates.
    pub digilocker: Option<DigiLocker>,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Chance: sessions, command ids.
    pub entropy: Arc<dyn Entropy>,
    /// Proxies in front of the service: the address that they forward is believed.
    pub proxies: Vec<IpAddr>,
    /// The demonstration profile.
    pub demo: bool,
    /// The host that is printed on certificates.
    pub host: String,
}

/// How many numbers one peer may look up at once, and how long until the next one after that.
const LOOKUPS: (u32, Duration) = (30, Duration::from_secs(2));
/// The same for one account at DigiLocker.
const PULLS: (u32, Duration) = (10, Duration::from_secs(60));

/// How many messages one peer may try at once, and how long until the next one after that.
const MESSAGES: (u32, Duration) = (60, Duration::from_secs(1));

/// Files that are taken in at once to be checked: each has at most ten megabytes, and thirty seconds.
const UPLOADS: usize = 64;

/// The state as the handlers share it.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) state: Arc<AppState>,
    pub(crate) site: Arc<Site>,
    pub(crate) secrets: Option<AppSecrets>,
    pub(crate) lookups: Limiter,
    /// Messages that are tried.
    pub(crate) messages: Limiter,
    /// The conversations that are being tried.
    pub(crate) talks: Arc<Talks>,
    /// By the digest of an account at DigiLocker.
    pub(crate) lockers: Limiter<[u8; 32]>,
    /// Files that are taken in at the same time, whoever sends them.
    pub(crate) uploads: Arc<Semaphore>,
    /// One verification of the whole log at a time.
    pub(crate) audits: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(state: AppState) -> Self {
        // The demonstration runs at a loopback address without TLS; a department's host is reached by https alone.
        let site = Site {
            demo: state.demo,
            host: state.host.clone(),
            https: !state.demo,
        };
        let secrets = AppSecrets::try_new(&state.app_secrets).ok();
        Self {
            site: Arc::new(site),
            secrets,
            lookups: Limiter::new(LOOKUPS.0, LOOKUPS.1),
            messages: Limiter::new(MESSAGES.0, MESSAGES.1),
            talks: Arc::new(Talks::new(state.entropy.clone(), state.clock.clone())),
            lockers: Limiter::new(PULLS.0, PULLS.1),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            audits: Arc::new(Semaphore::new(1)),
            state: Arc::new(state),
        }
    }
}

impl FromRef<App> for Arc<Site> {
    fn from_ref(app: &App) -> Self {
        app.site.clone()
    }
}
