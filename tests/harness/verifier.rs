//! Anybody who was shown a certificate: a page with no account, or the public interface.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::session::{Page, Session};

/// A person or a machine that checks a certificate.
#[derive(Debug, Clone)]
pub struct Verifier {
    session: Session,
    http: reqwest::Client,
    base: String,
}

impl Verifier {
    /// A verifier who comes to the server at `base` from an address of its own: the server counts what each address asks.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn new(base: &str) -> Result<Self> {
        static ADDRESSES: AtomicU16 = AtomicU16::new(1);
        let [high, low] = ADDRESSES.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let own = IpAddr::V4(Ipv4Addr::new(127, 1, high, low));
        Ok(Self {
            session: Session::from_address(base, own)?,
            http: reqwest::Client::builder().local_address(own).build()?,
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Opens what a camera reads from the printed symbol, `HTTPS://HOST/C/TOKEN`, on the server under test.
    ///
    /// # Errors
    /// When it is no such address, or the server does not answer.
    pub async fn scans(&mut self, symbol: &str) -> Result<Page> {
        let token = symbol
            .rsplit_once("/C/")
            .with_context(|| format!("{symbol} is no certificate's address"))?
            .1;
        self.session.open(&format!("/C/{token}")).await
    }

    /// Opens a page of the server.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn opens(&mut self, address: &str) -> Result<Page> {
        self.session.open(address).await
    }

    /// The visit itself, for forms.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Puts a JSON question to the public interface, and gives the answer back.
    ///
    /// # Errors
    /// When the answer is no success or no JSON.
    pub async fn asks(&self, question: &Value) -> Result<Value> {
        let answer = self
            .http
            .post(format!("{}/api/v1/verify", self.base))
            .json(question)
            .send()
            .await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "verify {question}: {status}: {body}");
        serde_json::from_str(&body).with_context(|| format!("verify {question}: {body}"))
    }

    /// Puts a file to the public interface, and gives the answer back.
    ///
    /// # Errors
    /// When the answer is no success or no JSON.
    pub async fn shows(&self, bytes: Vec<u8>, filename: &str) -> Result<Value> {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(filename.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let answer = self
            .http
            .post(format!("{}/api/v1/verify", self.base))
            .multipart(form)
            .send()
            .await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "verify {filename}: {status}: {body}");
        serde_json::from_str(&body).with_context(|| format!("verify {filename}: {body}"))
    }
}
