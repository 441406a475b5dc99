//! `POST /api/v1/verify` over loopback, by a generator that does as little as HTTP allows: it shares the cores with the service.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::commands::bench::figures::{Figure, quantile};

/// An answer of ours is never longer.
const ANSWER_BYTES_MAX: usize = 1 << 16;

struct Asker {
    stream: TcpStream,
    held: Vec<u8>,
}

impl Asker {
    async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            held: Vec::new(),
        })
    }

    /// Sends one request on the kept connection and reads its answer; the body.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.stream.write_all(request).await?;
        loop {
            if let Some((body, rest)) = answered(&self.held)? {
                self.held = rest;
                return Ok(body);
            }
            ensure!(self.held.len() < ANSWER_BYTES_MAX, "an answer without end");
            let mut more = [0; 8192];
            let read = self.stream.read(&mut more).await?;
            ensure!(read > 0, "the connection was closed");
            self.held.extend_from_slice(more.get(..read).unwrap_or_default());
        }
    }
}

/// The body of a whole answer with status 200, and what follows it; `None`: there is more to come.
fn answered(held: &[u8]) -> anyhow::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(held.get(..end).unwrap_or_default()).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        bail!("answered {}", head.lines().next().unwrap_or_default());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("an answer without its length")?.trim().parse()?;
    let whole = end + 4 + length;
    Ok(held.get(end + 4..whole).map(|body| {
        let rest = held.get(whole..).unwrap_or_default();
        (body.to_vec(), rest.to_vec())
    }))
}

/// Asks over so many connections for so long; the times in seconds, sorted.
async fn pressed(
    address: SocketAddr,
    request: &[u8],
    wanted: &'static [u8],
    (connections, seconds): (usize, f64),
) -> anyhow::Result<Vec<f64>> {
    let until = Duration::from_secs_f64(seconds);
    let mut askers = JoinSet::new();
    for _ in 0..connections {
        let request = request.to_vec();
        let mut asker = Asker::connect(address).await?;
        askers.spawn(async move {
            let (begun, mut times) = (Instant::now(), Vec::new());
            while begun.elapsed() < until {
                let start = Instant::now();
                let body = asker.ask(&request).await?;
                times.push(start.elapsed().as_secs_f64());
                ensure!(
                    wanted.is_empty() || body.windows(wanted.len()).any(|part| part == wanted),
                    "answered otherwise: {}",
                    String::from_utf8_lossy(&body)
                );
            }
            anyhow::Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = askers.join_next().await {
        all.extend(times??);
    }
    all.sort_by(f64::total_cmp);
    Ok(all)
}

pub(super) async fn by_token(
    address: SocketAddr,
    url: &str,
    connections: usize,
    seconds: f64,
) -> anyhow::Result<Figure> {
    let body = serde_json::json!({ "token": url }).to_string();
    let ask = format!(
        "POST /api/v1/verify HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let idle = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let at = (connections, seconds);
    let bare = pressed(address, idle.as_bytes(), b"", (connections, seconds / 2.0));
    let bare = bare.await.context("GET /livez")?;
    // The service's memory is warm before it is measured.
    pressed(address, ask.as_bytes(), VALID, (connections, seconds / 10.0)).await?;
    let times = pressed(address, ask.as_bytes(), VALID, at).await?;
    let (rate, p99) = (times.len() as f64 / seconds, quantile(&times, 0.99));
    let idle_rate = bare.len() as f64 / (seconds / 2.0);
    Ok(Figure {
        what: "`POST /api/v1/verify` by token, asking and answering on the same cores",
        measured: format!(
            "{rate:.0}/s, p50 {:.1} ms, p99 {p99:.1} ms, {connections} connections",
            quantile(&times, 0.5)
        ),
        at_least: "3,000/s, 50 ms",
        aim: "10,000/s",
        yardstick: format!("`GET /livez` by the same: {idle_rate:.0}/s"),
        holds: rate >= 3_000.0 && p99 <= 50.0,
    })
}

const VALID: &[u8] = b"\"verdict\":\"valid\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP";
        for cut in 0..answer.len() - 4 {
            assert!(answered(&answer[..cut]).unwrap().is_none(), "{cut}");
        }
        assert_eq!(answered(answer).unwrap(), Some((b"{}".to_vec(), b"HTTP".to_vec())));
        for wrong in [
            "HTTP/1.1 429 No\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        ] {
            assert!(answered(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
