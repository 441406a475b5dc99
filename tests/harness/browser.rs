//! A real Chromium, driven by WebDriver. No page of ours may need anything that this cannot see.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use serde_json::json;
use tempfile::TempDir;

use crate::outside::{Need, have, on_path};
use crate::process::{Process, free_port};

/// The loopback flags: no call home, no sandbox of its own (test machines often run as root), nothing kept.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
];

/// A browser with one window and an empty profile. Dropping it ends it.
pub struct Browser {
    client: Client,
    driver: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts one whose window is `width` by `height` pixels; `None` where the machine has none, and the test is to end.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(width: u32, height: u32) -> Result<Option<Self>> {
        if !have(Need::Browser)? {
            return Ok(None);
        }
        let (chromium, chromedriver) = (
            on_path("chromium").context("chromium")?,
            on_path("chromedriver").context("chromedriver")?,
        );
        let profile = TempDir::with_prefix("praman-browser-")?;
        let port = free_port()?;
        let mut driver = Process::start(
            &chromedriver,
            &[&format!("--port={port}"), "--log-level=WARNING"],
            &BTreeMap::new(),
            &profile.path().join("chromedriver.log"),
        )?;
        let address = format!("http://127.0.0.1:{port}");
        driver
            .answers(&reqwest::Client::new(), &format!("{address}/status"))
            .await?;
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--window-size={width},{height}"));
        flags.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let options = json!({ "goog:chromeOptions": { "binary": chromium, "args": flags } });
        let options = options.as_object().cloned().context("capabilities are an object")?;
        let client = ClientBuilder::rustls()?.capabilities(options).connect(&address).await;
        let client = client.with_context(|| driver.last_words())?;
        client.set_window_size(width, height).await?;
        Ok(Some(Self {
            client,
            driver,
            _profile: profile,
        }))
    }

    /// The window.
    pub fn window(&self) -> &Client {
        &self.client
    }

    /// Writes what the window shows to `file`, as PNG.
    ///
    /// # Errors
    /// When the browser or the file system refuses.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        let picture = self.client.screenshot().await?;
        std::fs::write(file, picture).with_context(|| format!("write {}", file.display()))
    }

    /// Closes the window and ends the driver.
    ///
    /// # Errors
    /// When either does not end.
    pub async fn close(self) -> Result<()> {
        self.client.close().await?;
        self.driver.kill().await
    }
}
