//! One way out: a request to a host of the settings, and its answer up to a limit.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use data_encoding::HEXLOWER;
use reqwest::{
    StatusCode, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// So long an engine that did not answer in time is left alone, so that those behind in the queue do not wait as well.
const REST: Duration = Duration::from_secs(20);

/// An engine cannot be asked with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not an address with `https://`, or with `http://` on this machine or in a private network; or one with a name and password in it.
    #[error(
        "the engine's address must be https, or http on this machine or in a private network, without a password in it"
    )]
    Address,
    /// A key has characters that no header may hold.
    #[error("a key of the engine cannot stand in a header")]
    Key,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// Why there is no answer. Nothing of what was asked or answered is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("it took too long")]
    Late,
    #[error("it could not be reached")]
    Away(#[source] reqwest::Error),
    #[error("it answered {0}")]
    Status(u16),
    #[error("its answer is too long")]
    Long,
    #[error("its answer is not what was asked for: {0}")]
    Shape(&'static str),
    #[error("it names a host that is not on the list")]
    Host,
}

/// Where an engine is asked, and how long.
pub(crate) struct Door {
    http: reqwest::Client,
    /// What the log calls it.
    name: &'static str,
    /// For everything that one question takes.
    time: Duration,
    resting_until: Mutex<Option<Instant>>,
}

impl Door {
    pub(crate) fn try_new(name: &'static str, time: Duration, address: &Url) -> Result<Self, ConnectError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(time);
        // A proxy would look for this machine on its own.
        if is_near(address) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(ConnectError::Client)?,
            name,
            time,
            resting_until: Mutex::new(None),
        })
    }

    /// Carries out a whole question within the time, or says in the log that there is no answer. `about` is told as a digest.
    pub(crate) async fn within<T>(&self, about: &[u8], asking: impl Future<Output = Result<T, NoAnswer>>) -> Option<T> {
        if self.resting().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let answer = tokio::time::timeout(self.time, asking)
            .await
            .unwrap_or(Err(NoAnswer::Late));
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                if matches!(&error, NoAnswer::Late | NoAnswer::Away(_)) {
                    *self.resting() = Some(Instant::now() + REST);
                }
                let digest = HEXLOWER.encode(Sha256::digest(about).get(..8).unwrap_or_default());
                tracing::warn!(
                    engine = self.name,
                    about = digest,
                    error = &error as &dyn std::error::Error,
                    "an engine gave no answer"
                );
                None
            }
        }
    }

    /// Asks once, and reads up to `max` bytes.
    pub(crate) async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: &(impl Serialize + Sync),
        max: usize,
    ) -> Result<Vec<u8>, NoAnswer> {
        let away = |error: reqwest::Error| {
            if error.is_timeout() {
                NoAnswer::Late
            } else {
                NoAnswer::Away(error.without_url())
            }
        };
        let request = self.http.post(url).headers(headers).json(body);
        let mut answer = request.send().await.map_err(away)?;
        if answer.status() != StatusCode::OK {
            return Err(NoAnswer::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            if bytes.len() + chunk.len() > max {
                return Err(NoAnswer::Long);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.resting_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address that may be asked: https, or http where nobody outside can listen.
pub(crate) fn address(text: &str) -> Result<Url, ConnectError> {
    let url = Url::parse(text.trim()).map_err(|_| ConnectError::Address)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.host_str().is_some_and(|h| !h.is_empty());
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_near(&url));
    (bare && safe).then_some(url).ok_or(ConnectError::Address)
}

/// On this machine or in a private network (RFC 1918, RFC 4193)?
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare.parse::<IpAddr>().is_ok_and(|ip| match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
        })
}

/// A header that is kept out of every log.
pub(crate) fn secret_header(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), ConnectError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| ConnectError::Key)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_no_further_than_the_own_network() {
        for allowed in [
            "https://engine.example/v1",
            "https://engine.example:8443/v1",
            "http://127.0.0.1:8000/v1",
            "http://localhost:8000",
            "http://[::1]:8000/v1",
            "http://10.1.2.3/v1",
            "http://192.168.1.5:8000/v1",
            "http://[fd00::1]/v1",
        ] {
            assert!(address(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "",
            "engine.example",
            "http://engine.example/v1",
            "http://8.8.8.8/v1",
            "http://localhost.engine.example/v1",
            "http://10.1.2.3.engine.example/",
            "https://user:password@engine.example/v1",
            "https://user@engine.example/v1",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            assert!(address(refused).is_err(), "{refused}");
        }
    }
}
