//! A real Chromium, driven by WebDriver. No page of ours may need anything that this cannot see.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::outside::{Need, have, on_path};
use crate::process::{Process, free_port};
use crate::wait::{DEADLINE, wait_for};

/// Chromium's windows are at least so wide, in pixels.
const NARROWEST_WINDOW: u32 = 500;

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
    /// Where the driver answers.
    address: String,
    driver: Process,
    profile: TempDir,
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
        let downloads = profile.path().join("downloads");
        std::fs::create_dir(&downloads)?;
        let mut chrome = json!({ "binary": chromium, "args": flags, "prefs": {
            "download.default_directory": downloads, "download.prompt_for_download": false,
        } });
        // No window of Chromium is as narrow as a phone; a phone's screen is.
        if width < NARROWEST_WINDOW
            && let Some(chrome) = chrome.as_object_mut()
        {
            let screen = json!({ "width": width, "height": height, "pixelRatio": 2.0, "touch": true });
            chrome.insert("mobileEmulation".to_owned(), json!({ "deviceMetrics": screen }));
        }
        let options = json!({ "goog:chromeOptions": chrome });
        let options = options.as_object().cloned().context("capabilities are an object")?;
        let client = ClientBuilder::rustls()?.capabilities(options).connect(&address).await;
        let client = client.with_context(|| driver.last_words())?;
        if width >= NARROWEST_WINDOW {
            client.set_window_size(width, height).await?;
        }
        Ok(Some(Self {
            client,
            address,
            driver,
            profile,
        }))
    }

    /// The window.
    pub fn window(&self) -> &Client {
        &self.client
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn opens(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("open {url}"))
    }

    /// Clicks on the one element that `css` names, once it can be clicked.
    ///
    /// # Errors
    /// When there is none by the deadline.
    pub async fn clicks(&self, css: &str) -> Result<()> {
        self.tries(
            &format!("{css} to be clicked"),
            async |element| element.click().await,
            css,
        )
        .await
    }

    /// Types into the one element that `css` names, or chooses a file by its path there.
    ///
    /// # Errors
    /// When there is none by the deadline.
    pub async fn types(&self, css: &str, text: &str) -> Result<()> {
        let typing = async |element: Element| element.send_keys(text).await;
        self.tries(&format!("{css} to be typed into"), typing, css).await
    }

    /// The words of the one element that `css` names.
    ///
    /// # Errors
    /// When there is none by the deadline.
    pub async fn reads(&self, css: &str) -> Result<String> {
        let text = std::cell::RefCell::new(String::new());
        let reading = async |element: Element| {
            *text.borrow_mut() = element.text().await?;
            Ok(())
        };
        self.tries(&format!("{css} to be read"), reading, css).await?;
        Ok(text.into_inner())
    }

    /// Does something with an element; again when the page put a fresh one in its place meanwhile.
    async fn tries(
        &self,
        what: &str,
        mut act: impl AsyncFnMut(Element) -> Result<(), CmdError>,
        css: &str,
    ) -> Result<()> {
        wait_for(what, DEADLINE, async || {
            let element = match self.client.find(Locator::Css(css)).await {
                Ok(element) => element,
                Err(error) if error.is_no_such_element() => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            match act(element).await {
                Ok(()) => Ok(Some(())),
                Err(error)
                    if error.is_stale_element_reference()
                        || error.is_element_not_interactable()
                        || error.to_string().contains("click intercepted") =>
                {
                    Ok(None)
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// What a script in the page returns. Pages are only looked at this way, never acted on.
    ///
    /// # Errors
    /// When the script fails.
    pub async fn looks(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }

    /// A command of Chromium's own protocol, which says what it answers.
    ///
    /// # Errors
    /// When the driver or the browser refuses.
    pub async fn protocol(&self, command: &str, parameters: Value) -> Result<Value> {
        let session = self.client.session_id().await?.context("a session")?;
        let url = format!("{}/session/{session}/goog/cdp/execute", self.address);
        let body = json!({ "cmd": command, "params": parameters });
        let answer = reqwest::Client::new().post(url).json(&body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        anyhow::ensure!(status.is_success(), "{command}: {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Waits until a file whose name ends so has been downloaded, and reads it.
    ///
    /// # Errors
    /// When none is there by the deadline.
    pub async fn downloaded(&self, ending: &str) -> Result<Vec<u8>> {
        let folder = self.profile.path().join("downloads");
        wait_for(&format!("a download *{ending}"), DEADLINE, async || {
            let files: Vec<_> = std::fs::read_dir(&folder)?
                .map(|entry| Ok(entry?.path().to_string_lossy().into_owned()))
                .collect::<Result<_>>()?;
            // The file's name is taken, empty, before its content is there.
            if files.iter().any(|file| file.ends_with(".crdownload")) {
                return Ok(None);
            }
            let Some(file) = files.iter().find(|file| file.ends_with(ending)) else {
                return Ok(None);
            };
            Ok(Some(std::fs::read(file)?).filter(|content| !content.is_empty()))
        })
        .await
    }

    /// A file that a form of a page can be given.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keeps(&self, bytes: &[u8], filename: &str) -> Result<String> {
        let path = self.profile.path().join(filename);
        std::fs::write(&path, bytes)?;
        Ok(path.display().to_string())
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
