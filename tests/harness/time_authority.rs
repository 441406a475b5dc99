//! A time-stamp authority at an address of its own, which may misbehave.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use keys::{KeyStore, Purpose as KeyPurpose, SeededEntropy};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::rfc3161::{Authority, Purpose, Twist};

/// What the authority does with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamping {
    /// Stamps it.
    Right,
    /// Says no.
    Refuses,
    /// Stamps something else.
    Other,
    /// Answers with more than anybody reads.
    Endless,
    /// Answers 503.
    Overloaded,
}

/// A running authority.
#[derive(Debug)]
pub struct TimeAuthority {
    url: String,
    roots: PathBuf,
    does: Arc<Mutex<(Stamping, usize)>>,
    serving: JoinHandle<()>,
}

impl TimeAuthority {
    /// Starts it; its root's certificate is written into the folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(folder: &Path) -> Result<Self> {
        let begin: Timestamp = "2026-01-01T00:00:00Z".parse()?;
        // Only a demonstration's store has two P-256 keys.
        let (file, entropy) = (folder.join("time-authority.json"), SeededEntropy::new(77));
        let keys = KeyStore::create(&file, "sample", &entropy, true, begin, "Sample")?;
        let root = keys.signer(KeyPurpose::Authority)?;
        let key = keys.signer(KeyPurpose::Pdf)?;
        let authority = Arc::new(Authority::new(key, &*root, Purpose::TimeStamping, begin));
        let roots = folder.join("time-root.der");
        std::fs::write(&roots, &authority.root)?;
        let does = Arc::new(Mutex::new((Stamping::Right, 0)));
        let now = does.clone();
        let router = Router::new().route(
            "/stamp",
            post(move |query: Bytes| async move {
                let what = {
                    let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                    now.1 += 1;
                    now.0
                };
                answer(&authority, what, &query)
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/stamp", listener.local_addr()?);
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url,
            roots,
            does,
            serving,
        })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file with its root's certificate.
    ///
    /// # Errors
    /// When its name is no text.
    pub fn roots(&self) -> Result<&str> {
        self.roots.to_str().context("a name in UTF-8")
    }

    /// What it does from now on.
    pub fn does(&self, what: Stamping) {
        self.does.lock().unwrap_or_else(PoisonError::into_inner).0 = what;
    }

    /// How many queries have come.
    pub fn asked(&self) -> usize {
        self.does.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl Drop for TimeAuthority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "an authority has a clock of its own")]
fn answer(authority: &Authority, what: Stamping, query: &[u8]) -> Response {
    let now = Timestamp::now();
    let answer = |twist| authority.answers(query, now, twist).into_response();
    match what {
        Stamping::Right => answer(Twist::Nothing),
        Stamping::Refuses => answer(Twist::Status(2)),
        Stamping::Other => answer(Twist::OtherImprint),
        Stamping::Endless => {
            let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[0; 4096]));
            Body::from_stream(futures_util::stream::repeat_with(chunk)).into_response()
        }
        Stamping::Overloaded => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
