//! The HTTP client of the Graph API: Meta's, or the simulator's at another address.

mod error;

use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::{Method, RequestBuilder, StatusCode, Url, multipart};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use error::{Advice, Scope, SendError, advice};

use crate::{Address, outbound};

/// Where and as whom to call.
#[derive(Clone)]
pub struct GraphConfig {
    /// `https://graph.facebook.com`, or the simulator's address, for example `http://127.0.0.1:8080/simulator`.
    pub base_url: String,
    /// `v26.0`. Meta accepts paths without it, and then decides itself.
    pub version: Option<String>,
    /// Our number's id (not the number).
    pub phone_number_id: String,
    /// The system user's token.
    pub access_token: String,
    /// Hosts, beside the one of `base_url`, from which media may be fetched (`lookaside.fbsbx.com`).
    pub media_hosts: Vec<String>,
    /// The most that is read of one file, in bytes.
    pub media_bytes_max: u64,
    /// How long to wait for an answer.
    pub timeout: Duration,
}

impl GraphConfig {
    /// Meta's own address and habits, for a number and a token.
    pub fn new(phone_number_id: impl Into<String>, access_token: impl Into<String>) -> Self {
        Self {
            base_url: "https://graph.facebook.com".to_owned(),
            version: Some("v26.0".to_owned()),
            phone_number_id: phone_number_id.into(),
            access_token: access_token.into(),
            media_hosts: vec!["lookaside.fbsbx.com".to_owned()],
            media_bytes_max: 25 * 1024 * 1024,
            timeout: Duration::from_secs(20),
        }
    }
}

impl std::fmt::Debug for GraphConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GraphConfig")
            .field("base_url", &self.base_url)
            .field("version", &self.version)
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The base address or an id in it does not form a URL with `http` or `https`.
    #[error("the Graph API's base address or an id in it is not usable in a URL")]
    Address,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A message was taken over. It has not arrived: that is what statuses are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Meta's id for it.
    pub wamid: String,
    /// The recipient, as Meta knows them.
    pub recipient: Option<Address>,
}

/// What a media look-up tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// The id that was looked up.
    pub id: String,
    /// Where the bytes are, for five minutes, and only with the token.
    pub url: String,
    /// As announced.
    pub media_type: Option<String>,
    /// SHA-256 of the bytes, lower-case hex.
    pub digest: Option<String>,
    /// Length in bytes.
    pub bytes: Option<u64>,
}

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// WhatsApp no longer has it, or the address is over five minutes old.
    #[error("the file is gone or its address is out of date")]
    Gone,
    /// The address leads somewhere else than the Graph API and the listed hosts.
    #[error("the file's host is not on the list")]
    HostNotAllowed,
    /// Longer than the limit.
    #[error("the file is longer than {max} bytes")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// The bytes are not those that were announced.
    #[error("the file does not have the announced digest")]
    DigestMismatch,
    /// The look-up failed.
    #[error("the file could not be looked up")]
    LookUp(#[source] SendError),
    /// The transfer failed.
    #[error("the file could not be transferred")]
    Transfer,
}

impl FetchError {
    /// Whether it makes sense to try again.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Transfer => true,
            Self::LookUp(error) => matches!(
                error,
                SendError::Unknown
                    | SendError::Transient { .. }
                    | SendError::Throttled { .. }
                    | SendError::Media { .. }
                    | SendError::Stop { .. }
            ),
            Self::Gone | Self::HostNotAllowed | Self::TooLarge { .. } | Self::DigestMismatch => false,
        }
    }
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Graph {
    http: reqwest::Client,
    config: GraphConfig,
    base: Url,
}

impl Graph {
    /// Prepares the client; no call is made.
    pub fn try_new(config: GraphConfig) -> Result<Self, ConnectError> {
        let mut base = Url::parse(&config.base_url).map_err(|_| ConnectError::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(ConnectError::Address);
        }
        base.set_query(None);
        base.set_fragment(None);
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(config.timeout);
        // The built-in simulator is on this machine; a proxy would look for it on its own.
        if matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(ConnectError::Client)?,
            config,
            base,
        })
    }

    /// Sends a message that [`outbound::payload`] made.
    pub async fn send(&self, payload: &Value) -> Result<Accepted, SendError> {
        let answer = self
            .call(
                self.at(Method::POST, &[&self.config.phone_number_id, "messages"])
                    .json(payload),
            )
            .await?;
        let wamid = answer
            .pointer("/messages/0/id")
            .and_then(Value::as_str)
            .ok_or(SendError::Unknown)?;
        let contact = |key: &str| {
            answer
                .pointer("/contacts/0")
                .and_then(|contact| contact.get(key))
                .and_then(Value::as_str)
                .and_then(Address::parse)
        };
        Ok(Accepted {
            wamid: wamid.to_owned(),
            recipient: match (contact("wa_id"), contact("user_id")) {
                (Some(first), second) => Some(first.merge(second)),
                (None, second) => second,
            },
        })
    }

    /// Marks a message as read; with `typing`, shows that an answer is being written.
    pub async fn mark_read(&self, message_id: &str, typing: bool) -> Result<(), SendError> {
        let body = outbound::read_receipt(message_id, typing);
        self.call(
            self.at(Method::POST, &[&self.config.phone_number_id, "messages"])
                .json(&body),
        )
        .await
        .map(|_| ())
    }

    /// Uploads a file; the id is good for thirty days.
    pub async fn upload(&self, bytes: Vec<u8>, filename: &str, media_type: &str) -> Result<String, SendError> {
        let part = multipart::Part::bytes(bytes)
            .file_name(filename.to_owned())
            .mime_str(media_type)
            .map_err(|_| SendError::Permanent { code: 100 })?;
        let form = multipart::Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", media_type.to_owned())
            .part("file", part);
        let answer = self
            .call(
                self.at(Method::POST, &[&self.config.phone_number_id, "media"])
                    .multipart(form),
            )
            .await?;
        answer
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or(SendError::Transient { code: None })
    }

    /// Asks where a file is.
    pub async fn look_up(&self, media_id: &str) -> Result<MediaInfo, SendError> {
        let mut url = self.url(&[media_id]);
        url.query_pairs_mut()
            .append_pair("phone_number_id", &self.config.phone_number_id);
        let answer = self.call(self.request(Method::GET, url)).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(MediaInfo {
            id: media_id.to_owned(),
            url: text("url").ok_or(SendError::Transient { code: None })?,
            media_type: text("mime_type"),
            digest: text("sha256").map(|hex| hex.to_ascii_lowercase()),
            bytes: answer.get("file_size").and_then(|size| {
                size.as_u64()
                    .or_else(|| size.as_str().and_then(|text| text.parse().ok()))
            }),
        })
    }

    /// Looks a file up and reads it. `announced` is the digest (hex) that the webhook named.
    pub async fn fetch(&self, media_id: &str, announced: Option<&str>) -> Result<(MediaInfo, Vec<u8>), FetchError> {
        let info = self.look_up(media_id).await.map_err(|error| match error {
            SendError::Permanent { .. } => FetchError::Gone,
            other => FetchError::LookUp(other),
        })?;
        let bytes = self.download(&info).await?;
        let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
        let expected = [info.digest.as_deref(), announced];
        if expected.into_iter().flatten().any(|expected| expected != digest) {
            return Err(FetchError::DigestMismatch);
        }
        Ok((info, bytes))
    }

    /// Reads the bytes at a looked-up address. Nothing but the listed hosts is ever asked, and no redirect followed.
    pub async fn download(&self, info: &MediaInfo) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(&info.url).map_err(|_| FetchError::HostNotAllowed)?;
        if !self.may_fetch(&url) {
            return Err(FetchError::HostNotAllowed);
        }
        let max = self.config.media_bytes_max;
        if info.bytes.is_some_and(|bytes| bytes > max) {
            return Err(FetchError::TooLarge { max });
        }
        let mut response = self
            .http
            .get(url)
            .bearer_auth(&self.config.access_token)
            .send()
            .await
            .map_err(|_| FetchError::Transfer)?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_server_error() => return Err(FetchError::Transfer),
            _ => return Err(FetchError::Gone),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| FetchError::Transfer)? {
            if (bytes.len() + chunk.len()) as u64 > max {
                return Err(FetchError::TooLarge { max });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Removes a file at Meta, once ours is stored.
    pub async fn delete(&self, media_id: &str) -> Result<(), SendError> {
        self.call(self.at(Method::DELETE, &[media_id])).await.map(|_| ())
    }

    fn may_fetch(&self, url: &Url) -> bool {
        if url.origin() == self.base.origin() {
            return true;
        }
        url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url
                .host_str()
                .is_some_and(|host| self.config.media_hosts.iter().any(|allowed| allowed == host))
    }

    fn at(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        self.request(method, self.url(segments))
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Never fails: `try_new` refused addresses that cannot have a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&self.config.version).extend(segments);
        }
        url
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url).bearer_auth(&self.config.access_token)
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, SendError> {
        let response = request.send().await.map_err(|error| {
            if error.is_builder() {
                SendError::Permanent { code: 100 }
            } else if error.is_connect() {
                SendError::Transient { code: None }
            } else {
                SendError::Unknown
            }
        })?;
        let status = response.status();
        let body = response.bytes().await.map_err(|_| SendError::Unknown)?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        if let Some(error) = answer.as_ref().and_then(|answer| answer.get("error")) {
            let code = error.get("code").and_then(Value::as_i64);
            let error = code.map_or(SendError::Transient { code: None }, SendError::from_code);
            tracing::debug!(status = status.as_u16(), code, "the Graph API refused a call");
            return Err(error);
        }
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            _ if status == StatusCode::UNAUTHORIZED => Err(SendError::Stop { code: 190 }),
            _ if status == StatusCode::TOO_MANY_REQUESTS => Err(SendError::Throttled {
                code: 4,
                scope: Scope::Number,
            }),
            // Without Meta's own words nobody can say how far the request had come.
            _ => Err(SendError::Unknown),
        }
    }
}
