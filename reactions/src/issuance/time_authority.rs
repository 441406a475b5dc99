//! Asking an authority for the time stamp on a signature (RFC 3161 over HTTP).
//!
//! A certificate does not wait for somebody else's machine: after a few seconds it goes out with the plain signature, and the log says
//! so. An authority that was away is left alone for a while, so that those behind in the queue do not wait as well.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use certificates::timestamp::{Asked, NONCE_BYTES, RESPONSE_BYTES_MAX, StampError, TimeStamp};
use domain::certificate::NoTimeStamp;
use keys::Entropy;
use ledger::Clock;
use tokio::time::Instant;

/// How often one signature is asked about, as long as no answer comes.
const TRIES: u32 = 3;
/// How long is waited: ten seconds in all for one certificate.
const PATIENCE: Patience = Patience {
    request: Duration::from_secs(3),
    pause: Duration::from_millis(250),
    rest: Duration::from_secs(60),
};
/// Tokens of one authority differ by a few bytes: numbers and ECDSA signatures have no fixed length.
const SLACK: usize = 32;

#[derive(Clone, Copy)]
struct Patience {
    /// For one request.
    request: Duration,
    /// Before the second request; doubled before the third.
    pause: Duration,
    /// So long nobody asks an authority that did not answer.
    rest: Duration,
}

/// An authority for time stamps.
pub struct TimeAuthority {
    url: String,
    roots: Vec<Vec<u8>>,
    http: reqwest::Client,
    entropy: Arc<dyn Entropy>,
    /// Bytes that a token of it has needed so far.
    token_bytes: AtomicUsize,
    resting_until: Mutex<Option<Instant>>,
    patience: Patience,
}

/// Why there is no time stamp.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the authority for time stamps could not be reached")]
    Away(#[source] reqwest::Error),
    #[error("the authority for time stamps answered {0}")]
    Status(u16),
    #[error("the authority's answer is longer than {RESPONSE_BYTES_MAX} bytes")]
    Long,
    #[error("the authority gave no time stamp that can be used")]
    Stamp(#[source] StampError),
}

impl Failed {
    const fn reason(&self) -> NoTimeStamp {
        match self {
            Self::Away(_) | Self::Status(_) => NoTimeStamp::Unreachable,
            Self::Stamp(StampError::Refused(_)) => NoTimeStamp::Refused,
            Self::Long | Self::Stamp(_) => NoTimeStamp::Bad,
        }
    }
}

impl TimeAuthority {
    /// The authority at this address; its tokens must lead to one of these roots (X.509, DER).
    ///
    /// # Errors
    /// There is no HTTP client.
    pub fn try_new(url: String, roots: Vec<Vec<u8>>, entropy: Arc<dyn Entropy>) -> Result<Self, reqwest::Error> {
        Self::with(url, roots, entropy, PATIENCE)
    }

    fn with(
        url: String,
        roots: Vec<Vec<u8>>,
        entropy: Arc<dyn Entropy>,
        patience: Patience,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(patience.request)
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            url,
            roots,
            entropy,
            token_bytes: AtomicUsize::new(0),
            resting_until: Mutex::new(None),
            patience,
        })
    }

    /// Who is believed.
    pub(super) fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// Room that its tokens need; 0 as long as none was seen.
    pub(super) fn room(&self) -> usize {
        self.token_bytes.load(Ordering::Relaxed)
    }

    /// Remembers that a token needed more room than there was.
    pub(super) fn needs(&self, bytes: usize) {
        self.token_bytes.fetch_max(bytes + SLACK, Ordering::Relaxed);
    }

    /// The time stamp on a signature.
    pub(super) async fn stamp(&self, signature: &[u8], clock: &dyn Clock) -> Result<TimeStamp, NoTimeStamp> {
        if self.rests() {
            return Err(NoTimeStamp::NotAsked);
        }
        let mut pause = self.patience.pause;
        for tried in 1.. {
            let error = match self.ask(signature, clock).await {
                Ok(stamp) => return Ok(stamp),
                Err(error) => error,
            };
            let reason = error.reason();
            tracing::warn!(error = &error as &dyn std::error::Error, tried, "no time stamp");
            if reason != NoTimeStamp::Unreachable {
                return Err(reason);
            }
            if tried >= TRIES {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        *self.resting() = Some(Instant::now() + self.patience.rest);
        Err(NoTimeStamp::Unreachable)
    }

    async fn ask(&self, signature: &[u8], clock: &dyn Clock) -> Result<TimeStamp, Failed> {
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let asked = Asked::about(signature, nonce).map_err(Failed::Stamp)?;
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/timestamp-query")
            .body(asked.query().to_vec());
        let mut answer = request.send().await.map_err(Failed::Away)?;
        if answer.status() != 200 {
            return Err(Failed::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Failed::Away)? {
            if bytes.len() + chunk.len() > RESPONSE_BYTES_MAX {
                return Err(Failed::Long);
            }
            bytes.extend_from_slice(&chunk);
        }
        asked.answered(&bytes, &self.roots, clock.now()).map_err(Failed::Stamp)
    }

    fn rests(&self) -> bool {
        self.resting().is_some_and(|until| Instant::now() < until)
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.resting_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use keys::SeededEntropy;
    use ledger::SystemClock;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const SHORT: Patience = Patience {
        request: Duration::from_millis(80),
        pause: Duration::from_millis(5),
        rest: Duration::from_secs(60),
    };

    /// Somebody who accepts connections, says this and then nothing more, and how many came.
    async fn says(words: Vec<u8>, patience: Patience) -> (TimeAuthority, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let came = Arc::new(AtomicUsize::new(0));
        let counted = came.clone();
        tokio::spawn(async move {
            let mut held = vec![];
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut query = [0; 64];
                let _ = stream.read(&mut query).await;
                let _ = stream.write_all(&words).await;
                // Open until the test ends.
                held.push(stream);
            }
        });
        let authority = TimeAuthority::with(url, vec![], Arc::new(SeededEntropy::new(5)), patience);
        (authority.unwrap(), came)
    }

    async fn asked(authority: &TimeAuthority) -> NoTimeStamp {
        authority.stamp(b"a signature", &SystemClock).await.unwrap_err()
    }

    #[tokio::test]
    async fn an_authority_that_hangs_is_asked_three_times_and_then_left_alone() {
        let beginning = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n0".to_vec();
        for words in [vec![], b"HTTP/1.1 ".to_vec(), beginning] {
            let (authority, came) = says(words, SHORT).await;
            assert_eq!(asked(&authority).await, NoTimeStamp::Unreachable);
            assert_eq!(came.load(Ordering::SeqCst), 3);
            assert_eq!(asked(&authority).await, NoTimeStamp::NotAsked);
            assert_eq!(came.load(Ordering::SeqCst), 3);
        }
    }

    #[tokio::test]
    async fn it_is_asked_again_after_its_rest() {
        let rest = Patience {
            rest: Duration::ZERO,
            ..SHORT
        };
        let (authority, came) = says(vec![], rest).await;
        for times in [3, 6] {
            assert_eq!(asked(&authority).await, NoTimeStamp::Unreachable);
            assert_eq!(came.load(Ordering::SeqCst), times);
        }
    }

    #[tokio::test]
    async fn nobody_there_and_another_address_named_are_no_answers() {
        let nobody = TimeAuthority::with(
            "http://127.0.0.1:1/".to_owned(),
            vec![],
            Arc::new(SeededEntropy::new(5)),
            SHORT,
        );
        assert_eq!(asked(&nobody.unwrap()).await, NoTimeStamp::Unreachable);
        let (other, followed) = says(vec![], SHORT).await;
        let moved = format!(
            "HTTP/1.1 307 Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            other.url
        );
        let (authority, came) = says(moved.into_bytes(), SHORT).await;
        assert_eq!(asked(&authority).await, NoTimeStamp::Unreachable);
        assert!(came.load(Ordering::SeqCst) >= 1);
        assert_eq!(followed.load(Ordering::SeqCst), 0, "nobody is sent elsewhere");
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_limit() {
        for (length, words) in [(RESPONSE_BYTES_MAX, 1), (RESPONSE_BYTES_MAX + 1, 1)] {
            let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
            answer.resize(answer.len() + length, 0);
            let patience = Patience {
                request: Duration::from_secs(20),
                ..SHORT
            };
            let (authority, came) = says(answer, patience).await;
            let error = authority.ask(b"a signature", &SystemClock).await.unwrap_err();
            assert_eq!(error.reason(), NoTimeStamp::Bad);
            assert_eq!(matches!(error, Failed::Long), length > RESPONSE_BYTES_MAX);
            assert_eq!(came.load(Ordering::SeqCst), words, "an answer is not asked for again");
        }
    }
}
