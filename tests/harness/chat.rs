//! A phone on the simulator's page: what a person sees and clicks there.

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use serde::Deserialize;

use crate::applicant::Phone;
use crate::browser::Browser;
use crate::citizen::Bubble;
use crate::wait::{DEADLINE, wait_for};

/// One of the two phones of the page that is open in a browser.
pub struct Chat<'b> {
    browser: &'b Browser,
    /// Which phone: `citizen` or `verifier`.
    key: &'static str,
    seen: u64,
    last: Option<Bubble>,
}

/// A bubble of the office, as the page shows it.
#[derive(Deserialize)]
struct Shown {
    seq: u64,
    text: String,
    titles: Vec<String>,
    list: bool,
}

impl<'b> Chat<'b> {
    /// The phone `key` on the page that is open in `browser`.
    pub const fn new(browser: &'b Browser, key: &'static str) -> Self {
        Self {
            browser,
            key,
            seen: 0,
            last: None,
        }
    }

    async fn shown(&self) -> Result<Vec<Shown>> {
        let script = format!(
            "return [...document.querySelectorAll('#{}-thread article.theirs')].map(bubble => ({{
                seq: Number(bubble.id.slice(1)),
                text: bubble.querySelector('p.text')?.textContent ?? '',
                titles: [...bubble.querySelectorAll('button[name=choice]')].map(
                    button => (button.querySelector('span') ?? button).textContent.trim()),
                list: bubble.querySelector('details.list') !== null,
            }}));",
            self.key
        );
        Ok(serde_json::from_value(self.browser.looks(&script).await?)?)
    }

    /// Waits for the next bubble of the office that `wanted` accepts.
    ///
    /// # Errors
    /// When none comes by the deadline.
    pub async fn waits_for(&mut self, what: &str, wanted: impl Fn(&Bubble) -> bool) -> Result<Bubble> {
        let bubble = wait_for(&format!("{what} on the {}'s phone", self.key), DEADLINE, async || {
            let shown = self.shown().await?.into_iter().filter(|shown| shown.seq > self.seen);
            let mut bubbles = shown.map(|shown| Bubble::seen(shown.seq, &shown.text, &shown.titles, shown.list));
            Ok(bubbles.find(|bubble| wanted(bubble)))
        })
        .await?;
        (self.seen, self.last) = (bubble.seq, Some(bubble.clone()));
        Ok(bubble)
    }

    async fn next(&mut self) -> Result<Bubble> {
        self.waits_for("a bubble", |_| true).await
    }

    /// Clicks on "download" in the newest bubble that carries a file.
    ///
    /// # Errors
    /// When there is none.
    pub async fn downloads(&self) -> Result<()> {
        let bubble = self.last()?;
        self.browser
            .clicks(&format!("#m{} a.button[download]", bubble.seq))
            .await
    }
}

impl Phone for Chat<'_> {
    async fn says(&mut self, text: &str) -> Result<Bubble> {
        let (field, button) = (
            format!("#{}-text", self.key),
            format!("#{} form.write button", self.key),
        );
        self.browser.types(&field, text).await?;
        self.browser.clicks(&button).await?;
        self.next().await.with_context(|| format!("wrote {text}"))
    }

    async fn taps(&mut self, title: &str) -> Result<Bubble> {
        let bubble = self.last()?.clone();
        let place = bubble.choices().iter().position(|(_, offered)| offered == title);
        let place = place.with_context(|| format!("no {title} among {:?}: {}", bubble.choices(), bubble.text()))?;
        let article = format!("#m{}", bubble.seq);
        let list = format!("{article}-list");
        let what = format!("{title} to be tapped");
        let choice = wait_for(&what, DEADLINE, async || {
            let window = self.browser.window();
            if let Ok(list) = window.find(Locator::Css(&list)).await
                && list.attr("open").await?.is_none()
            {
                self.browser.clicks(&format!("{article}-list > summary")).await?;
            }
            let buttons = window
                .find_all(Locator::Css(&format!("{article} button[name=choice]")))
                .await?;
            let Some(button) = buttons.get(place) else {
                return Ok(None);
            };
            // The page puts fresh elements in place of the old ones whenever something changes.
            Ok(button.click().await.is_ok().then_some(()))
        });
        choice.await?;
        self.next().await.with_context(|| format!("tapped {title}"))
    }

    async fn uploads(&mut self, bytes: Vec<u8>, filename: &str, _: &str) -> Result<Bubble> {
        let path = self.browser.keeps(&bytes, filename)?;
        let extra = format!("#{}-extra", self.key);
        let open = format!("return document.querySelector({extra:?}).open");
        if self.browser.looks(&open).await? == false {
            self.browser.clicks(&format!("{extra} > summary")).await?;
        }
        self.browser.types(&format!("#{}-file", self.key), &path).await?;
        self.browser
            .clicks(&format!("{extra} form[action=\"/simulator/attach\"] button"))
            .await?;
        let bubble = self.next().await.with_context(|| format!("sent {filename}"))?;
        ensure!(!bubble.text().is_empty(), "an empty bubble after {filename}");
        Ok(bubble)
    }

    fn last(&self) -> Result<&Bubble> {
        self.last.as_ref().context("no bubble has come yet")
    }
}
