//! A person on WhatsApp, through the simulator's control contract (`/_sim/v1`).

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wait::{DEADLINE, wait_for};

/// One message that the business sent to the person's phone.
#[derive(Debug, Clone, Deserialize)]
pub struct Bubble {
    /// Its place among all that the simulator sent or would have sent.
    pub seq: u64,
    /// Its message id.
    pub id: String,
    /// The body of the send call, as the business wrote it.
    pub payload: Value,
    /// How far it came: `sent`, `delivered`, `read` or `failed`.
    #[serde(default)]
    pub status: Option<String>,
}

impl Bubble {
    /// A bubble as it is seen on a page: its words, the titles of its choices, and whether these are a list.
    pub fn seen(seq: u64, text: &str, titles: &[String], list: bool) -> Self {
        let choice = |title: &String| json!({ "id": title, "title": title });
        let action = if list {
            json!({ "sections": [{ "rows": titles.iter().map(choice).collect::<Vec<_>>() }] })
        } else {
            json!({ "buttons": titles.iter().map(|title| json!({ "reply": choice(title) })).collect::<Vec<_>>() })
        };
        Self {
            seq,
            id: format!("m{seq}"),
            payload: json!({ "text": { "body": text }, "interactive": { "action": action } }),
            status: None,
        }
    }

    fn at(&self, pointer: &str) -> Option<&str> {
        self.payload.pointer(pointer).and_then(Value::as_str)
    }

    /// The words of the bubble: its text, the body of its buttons or list, or its caption.
    pub fn text(&self) -> &str {
        [
            "/text/body",
            "/interactive/body/text",
            "/document/caption",
            "/image/caption",
        ]
        .iter()
        .find_map(|pointer| self.at(pointer))
        .unwrap_or_default()
    }

    /// What can be tapped: `(id, title)` of the buttons or of all rows of the list.
    pub fn choices(&self) -> Vec<(String, String)> {
        let pair = |choice: &Value| {
            Some((
                choice.get("id")?.as_str()?.to_owned(),
                choice.get("title")?.as_str()?.to_owned(),
            ))
        };
        let list = |pointer: &str| {
            self.payload
                .pointer(pointer)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let buttons = list("/interactive/action/buttons")
            .iter()
            .filter_map(|button| pair(button.get("reply")?))
            .collect();
        let sections = list("/interactive/action/sections");
        let rows = sections
            .iter()
            .filter_map(|section| section.get("rows")?.as_array())
            .flatten();
        let rows: Vec<_> = rows.filter_map(pair).collect();
        if rows.is_empty() { buttons } else { rows }
    }

    /// The document that it carries: `(media id, file name)`.
    pub fn document(&self) -> Option<(String, String)> {
        Some((
            self.at("/document/id")?.to_owned(),
            self.at("/document/filename")?.to_owned(),
        ))
    }
}

/// A person with a phone.
#[derive(Debug, Clone)]
pub struct Citizen {
    http: Client,
    /// Where the simulator is mounted; `/_sim/v1` and the Graph paths lie below.
    simulator: String,
    token: String,
    phone: String,
    name: String,
    /// The last bubble that the person has seen.
    seen: u64,
    last: Option<Bubble>,
}

#[derive(Deserialize)]
struct Outbox {
    items: Vec<Bubble>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

impl Citizen {
    /// A person called `name` with the number `phone` (digits with the country code) at `simulator`, whose Graph paths
    /// want `token`.
    pub fn new(http: Client, simulator: &str, token: &str, phone: &str, name: &str) -> Self {
        let (simulator, token) = (simulator.trim_end_matches('/').to_owned(), token.to_owned());
        Self {
            http,
            simulator,
            token,
            phone: phone.to_owned(),
            name: name.to_owned(),
            seen: 0,
            last: None,
        }
    }

    /// The number.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// The newest bubble that the person has seen.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn last(&self) -> Result<&Bubble> {
        self.last.as_ref().context("no bubble has come yet")
    }

    /// Sends a text and waits for the answer.
    ///
    /// # Errors
    /// When nothing comes back by the deadline.
    pub async fn says(&mut self, text: &str) -> Result<Bubble> {
        self.send(json!({ "type": "text", "text": { "body": text } })).await?;
        self.next().await.with_context(|| format!("said {text}"))
    }

    /// Taps the one choice of the newest bubble whose title contains `wanted`, or whose id it is, and waits for the
    /// answer.
    ///
    /// # Errors
    /// When no choice or more than one fits, or nothing comes back by the deadline.
    pub async fn taps(&mut self, wanted: &str) -> Result<Bubble> {
        let bubble = self.last()?.clone();
        let choices = bubble.choices();
        let exact: Vec<_> = choices
            .iter()
            .filter(|(id, title)| id == wanted || title == wanted)
            .collect();
        let near: Vec<_> = choices.iter().filter(|(_, title)| title.contains(wanted)).collect();
        let (id, title) = match (exact.as_slice(), near.as_slice()) {
            ([one], _) | ([], [one]) => (&one.0, &one.1),
            _ => bail!(
                "{wanted} does not name one choice of {choices:?} under: {}",
                bubble.text()
            ),
        };
        let kind = if bubble.payload.pointer("/interactive/type") == Some(&json!("list")) {
            "list_reply"
        } else {
            "button_reply"
        };
        self.send(json!({
            "type": "interactive",
            "context": { "id": bubble.id },
            "interactive": { "type": kind, kind: { "id": id, "title": title } },
        }))
        .await?;
        self.next().await.with_context(|| format!("tapped {title}"))
    }

    /// Sends a file, as a photo when `media_type` is a picture, as a voice note when it is sound and as a document else, and waits
    /// for the answer.
    ///
    /// # Errors
    /// When the simulator refuses it or nothing comes back by the deadline.
    pub async fn uploads(&mut self, bytes: Vec<u8>, filename: &str, media_type: &str) -> Result<Bubble> {
        self.attach(bytes, filename, media_type).await?;
        self.next().await.with_context(|| format!("sent {filename}"))
    }

    /// As [`Citizen::uploads`], without waiting; gives back the message id.
    ///
    /// # Errors
    /// When the simulator refuses it.
    pub async fn attach(&self, bytes: Vec<u8>, filename: &str, media_type: &str) -> Result<String> {
        let part = Part::bytes(bytes).file_name(filename.to_owned()).mime_str(media_type)?;
        let form = Form::new().part("file", part);
        let answer = self
            .http
            .post(format!("{}/_sim/v1/media", self.simulator))
            .multipart(form)
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "media: {}: {}",
            answer.status(),
            answer.text().await?
        );
        let Identified { id } = answer.json().await?;
        let kind = if media_type.starts_with("image/") {
            "image"
        } else if media_type.starts_with("audio/") {
            "audio"
        } else {
            "document"
        };
        let mut media = json!({ "id": id, "mime_type": media_type });
        if kind == "document"
            && let Some(media) = media.as_object_mut()
        {
            media.insert("filename".to_owned(), json!(filename));
        }
        self.send(json!({ "type": kind, kind: media })).await
    }

    /// Sends a message of any kind, without waiting; gives back its id.
    ///
    /// # Errors
    /// When the simulator refuses it.
    pub async fn send(&self, message: Value) -> Result<String> {
        let body = json!({ "from": self.phone, "profile_name": self.name, "message": message });
        let answer = self
            .http
            .post(format!("{}/_sim/v1/inbound", self.simulator))
            .json(&body)
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "inbound: {}: {}",
            answer.status(),
            answer.text().await?
        );
        let Identified { id } = answer.json().await?;
        Ok(id)
    }

    /// Sends the same message again under the same id, as a webhook that is delivered twice.
    ///
    /// # Errors
    /// When the simulator refuses it.
    pub async fn repeats(&self, id: &str, message: Value) -> Result<()> {
        let body = json!({ "from": self.phone, "profile_name": self.name, "id": id, "message": message });
        let answer = self
            .http
            .post(format!("{}/_sim/v1/inbound", self.simulator))
            .json(&body)
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "inbound: {}: {}",
            answer.status(),
            answer.text().await?
        );
        Ok(())
    }

    /// Waits for the next bubble.
    ///
    /// # Errors
    /// When none comes by the deadline.
    pub async fn next(&mut self) -> Result<Bubble> {
        self.waits_for("a bubble", |_| true).await
    }

    /// Waits for a bubble that `wanted` accepts; those before it count as seen.
    ///
    /// # Errors
    /// When none comes by the deadline; the error shows what came instead.
    pub async fn waits_for(&mut self, what: &str, wanted: impl Fn(&Bubble) -> bool) -> Result<Bubble> {
        let mut passed = Vec::new();
        let (this, mut seen) = (self.clone(), self.seen);
        let found = wait_for(&format!("{what} on {}", self.phone), DEADLINE, async || {
            for bubble in this.bubbles_after(seen).await? {
                seen = bubble.seq;
                if wanted(&bubble) {
                    return Ok(Some(bubble));
                }
                passed.push(bubble.text().to_owned());
            }
            Ok(None)
        })
        .await;
        let found = found.with_context(|| format!("came instead: {passed:#?}"))?;
        (self.seen, self.last) = (found.seq, Some(found.clone()));
        Ok(found)
    }

    /// Waits for a document and downloads it as the phone does: `(file name, bytes)`.
    ///
    /// # Errors
    /// When none comes by the deadline or it cannot be downloaded.
    pub async fn receives_document(&mut self) -> Result<(String, Vec<u8>)> {
        let bubble = self
            .waits_for("a document", |bubble| bubble.document().is_some())
            .await?;
        let (media, filename) = bubble.document().context("a document")?;
        Ok((filename, self.media(&media).await?))
    }

    /// All bubbles that ever came, oldest first.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn all_bubbles(&self) -> Result<Vec<Bubble>> {
        self.bubbles_after(0).await
    }

    async fn bubbles_after(&self, seq: u64) -> Result<Vec<Bubble>> {
        let url = format!("{}/_sim/v1/outbox?to={}&after={seq}", self.simulator, self.phone);
        let answer = self.http.get(url).send().await?;
        ensure!(
            answer.status().is_success(),
            "outbox: {}: {}",
            answer.status(),
            answer.text().await?
        );
        let Outbox { items } = answer.json().await?;
        // Read marks and typing signs go the same way and are no bubbles.
        Ok(items
            .into_iter()
            .filter(|item| item.payload.get("type").is_some())
            .collect())
    }

    async fn media(&self, id: &str) -> Result<Vec<u8>> {
        #[derive(Deserialize)]
        struct Media {
            url: String,
        }
        let graph = format!("{}/v26.0/{id}", self.simulator);
        let answer = self.http.get(graph).bearer_auth(&self.token).send().await?;
        ensure!(
            answer.status().is_success(),
            "media {id}: {}: {}",
            answer.status(),
            answer.text().await?
        );
        let Media { url } = answer.json().await?;
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        ensure!(answer.status().is_success(), "bytes of media {id}: {}", answer.status());
        Ok(answer.bytes().await?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Bubble;

    fn bubble(payload: Value) -> Bubble {
        Bubble {
            seq: 1,
            id: "wamid.1".to_owned(),
            payload,
            status: None,
        }
    }

    #[test]
    fn words_and_choices_of_each_kind_are_found() {
        let text = bubble(json!({ "type": "text", "text": { "body": "नमस्ते" } }));
        assert_eq!((text.text(), text.choices().len()), ("नमस्ते", 0));
        let buttons = bubble(
            json!({ "type": "interactive", "interactive": { "type": "button", "body": { "text": "?" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": "a", "title": "Apply" } }] } } }),
        );
        assert_eq!(buttons.choices(), [("a".to_owned(), "Apply".to_owned())]);
        let list = bubble(
            json!({ "type": "interactive", "interactive": { "type": "list", "body": { "text": "which" },
            "action": { "button": "Open", "sections": [{ "rows": [{ "id": "1", "title": "Birth" }] },
                { "rows": [{ "id": "2", "title": "Marriage" }] }] } } }),
        );
        assert_eq!(list.choices().len(), 2);
        assert_eq!(list.text(), "which");
        let document =
            bubble(json!({ "type": "document", "document": { "id": "9", "filename": "b.pdf", "caption": "Here" } }));
        assert_eq!(document.document(), Some(("9".to_owned(), "b.pdf".to_owned())));
        assert_eq!(document.text(), "Here");
    }
}
