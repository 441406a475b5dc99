//! A citizen of the demonstration: a phone on the simulator.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use domain::{
    Language,
    catalogue::{Answers, Service},
};
use jiff::SignedDuration;
use ledger::ManualClock;
use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use super::paper::paper;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A phone.
pub(super) struct Citizen {
    http: Client,
    control: String,
    phone: &'static str,
    name: &'static str,
    language: Language,
    seen: u64,
    clock: Option<Arc<ManualClock>>,
}

/// What the business sent.
#[derive(Clone, Debug)]
pub(super) struct Bubble(Value);

impl Bubble {
    pub(super) fn text(&self) -> &str {
        ["/text/body", "/interactive/body/text", "/document/caption"]
            .iter()
            .find_map(|place| self.0.pointer(place)?.as_str())
            .unwrap_or_default()
    }

    /// The buttons, as (id, title).
    fn buttons(&self) -> Vec<(String, String)> {
        let buttons = self.0.pointer("/interactive/action/buttons").and_then(Value::as_array);
        let read = |button: &Value| {
            let reply = button.get("reply")?;
            Some((
                reply.get("id")?.as_str()?.to_owned(),
                reply.get("title")?.as_str()?.to_owned(),
            ))
        };
        buttons
            .map(|buttons| buttons.iter().filter_map(read).collect())
            .unwrap_or_default()
    }

    /// The media id of a document.
    pub(super) fn document(&self) -> Option<&str> {
        self.0.pointer("/document/id")?.as_str()
    }
}

impl Citizen {
    pub(super) fn new(
        http: Client,
        address: std::net::SocketAddr,
        phone: &'static str,
        name: &'static str,
        language: Language,
        clock: Option<Arc<ManualClock>>,
    ) -> Self {
        let control = format!("http://{address}/simulator/_sim/v1");
        Self {
            http,
            control,
            phone,
            name,
            language,
            seen: 0,
            clock,
        }
    }

    /// Writes a text and reads the answer.
    pub(super) async fn says(&mut self, text: &str) -> anyhow::Result<Bubble> {
        self.send(json!({"type": "text", "text": {"body": text}})).await?;
        self.next().await
    }

    /// Taps a button of a bubble, counted from 0, and reads the answer.
    pub(super) async fn taps(&mut self, bubble: &Bubble, button: usize) -> anyhow::Result<Bubble> {
        let buttons = bubble.buttons();
        let (id, title) = buttons
            .get(button)
            .with_context(|| format!("no button {button} in: {}", bubble.text()))?;
        let reply = json!({"type": "button_reply", "button_reply": {"id": id, "title": title}});
        self.send(json!({"type": "interactive", "interactive": reply})).await?;
        self.next().await
    }

    /// Sends a file and reads the answer.
    pub(super) async fn sends(&mut self, bytes: Vec<u8>, media_type: &str, filename: &str) -> anyhow::Result<Bubble> {
        let part = Part::bytes(bytes).file_name(filename.to_owned()).mime_str(media_type)?;
        let upload = self
            .http
            .post(format!("{}/media", self.control))
            .multipart(Form::new().part("file", part));
        let media: Value = upload.send().await?.error_for_status()?.json().await?;
        let id = media
            .get("id")
            .and_then(Value::as_str)
            .context("the simulator gave no media id")?;
        let kind = if media_type.starts_with("image/") {
            "image"
        } else {
            "document"
        };
        self.send(json!({"type": kind, kind: {"id": id, "mime_type": media_type, "filename": filename}}))
            .await?;
        self.next().await
    }

    /// Applies for a service, with the example answers of a person who speaks this language.
    pub(super) async fn applies(&mut self, service: &Service) -> anyhow::Result<String> {
        let hello = match self.language {
            Language::Hi => "नमस्ते",
            Language::En => "Hello",
        };
        let greeting = self.says(hello).await?;
        if greeting.buttons().iter().any(|(_, title)| title == "English") {
            self.taps(&greeting, usize::from(self.language == Language::En)).await?;
        }
        let name = service.name.get(self.language).to_owned();
        let mut bubble = self.says(&name).await?;
        if !is_question(&bubble) {
            // The notice about personal data: the first button agrees.
            bubble = self.taps(&bubble, 0).await?;
        }
        let mut answers = Answers::new();
        for field in &service.fields {
            if !field.applies(&answers) {
                continue;
            }
            if !is_question(&bubble) {
                bail!("no question came, but: {}", bubble.text());
            }
            let (said, value) = super::answers::answer(service, field, self.language);
            if let Some(value) = value {
                answers.insert(field.code.clone(), value);
            }
            bubble = self.says(&said).await?;
        }
        for document in service.documents.iter().filter(|document| document.applies(&answers)) {
            bubble = if document.optional {
                self.says(match self.language {
                    Language::Hi => "छोड़ें",
                    Language::En => "skip",
                })
                .await?
            } else {
                self.sends(paper(document)?, "image/jpeg", "paper.jpg").await?
            };
        }
        // The whole form once more; the first button hands it in.
        let receipt = self.taps(&bubble, 0).await?;
        let number = receipt.text().split_whitespace().find(|word| word.starts_with("APP-"));
        let number = number.with_context(|| format!("no receipt came, but: {}", receipt.text()))?;
        Ok(number.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned())
    }

    async fn send(&self, message: Value) -> anyhow::Result<()> {
        if let Some(clock) = &self.clock {
            clock.advance(SignedDuration::from_secs(1));
        }
        let body = json!({"from": self.phone, "profile_name": self.name, "message": message});
        self.http
            .post(format!("{}/inbound", self.control))
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// The next bubble on this phone, once it has arrived there.
    pub(super) async fn next(&mut self) -> anyhow::Result<Bubble> {
        let address = format!("{}/outbox?to={}&after={}", self.control, self.phone, self.seen);
        let look = async {
            loop {
                let outbox: Value = self.http.get(&address).send().await?.error_for_status()?.json().await?;
                let items = outbox
                    .get("items")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                if let Some(item) = items.into_iter().next() {
                    return anyhow::Ok(item);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let item = tokio::time::timeout(PATIENCE, look)
            .await
            .context("no answer came to the phone")??;
        self.seen = item
            .get("seq")
            .and_then(Value::as_u64)
            .context("a message without a place")?;
        Ok(Bubble(item.get("payload").cloned().unwrap_or_default()))
    }
}

/// Questions of a form say which of how many they are.
fn is_question(bubble: &Bubble) -> bool {
    bubble
        .text()
        .lines()
        .any(|line| line.starts_with('(') && line.contains('/'))
}
