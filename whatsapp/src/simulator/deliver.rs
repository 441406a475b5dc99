//! Webhooks on their way: signed, in order for each person, repeated until 200.

use std::sync::Weak;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::fault::{self, Target, Trouble};
use super::state::{Call, CallKind, Event};
use super::{Inner, Receivers, Simulator};
use crate::signature::{SIGNATURE_HEADER, sign};

/// Meta repeats for a week.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// People are spread over so many queues.
const LANES: usize = 8;
/// What of an answer is kept.
const ANSWER_CHARS_MAX: usize = 2000;

pub(super) struct Lanes(Vec<mpsc::UnboundedSender<Event>>);

impl Lanes {
    pub(super) fn new() -> (Self, Receivers) {
        let (senders, receivers) = (0..LANES).map(|_| mpsc::unbounded_channel()).unzip();
        (Self(senders), receivers)
    }

    pub(super) fn push(&self, event: Event) {
        if let Some(lane) = self.0.get(event.person % LANES) {
            // A closed lane means that the runtime is going down, and the event with it.
            let _ = lane.send(event);
        }
    }
}

/// Delivers one after another until the simulator is dropped.
pub(super) async fn lane(inner: Weak<Inner>, mut receiver: mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = receiver.recv().await {
        let Some(inner) = inner.upgrade() else { return };
        let simulator = Simulator { inner };
        simulator.first(event).await;
        simulator
            .inner
            .pending
            .send_modify(|pending| *pending = pending.saturating_sub(1));
        simulator.changed();
    }
}

impl Simulator {
    /// The first delivery, with whatever fault is armed.
    async fn first(&self, event: Event) {
        self.inner.handshake.get_or_init(|| self.handshake()).await;
        let (trouble, held) = {
            let mut state = self.state();
            if state.generation != event.generation {
                return;
            }
            let trouble = fault::take(&mut state.faults, Target::Webhook);
            if trouble == Some(Trouble::Reorder) && state.held.is_none() {
                state.held = Some(event);
                return;
            }
            (trouble, state.held.take())
        };
        match trouble {
            Some(Trouble::Drop) => self.note(&event, 1, None, "never sent (fault: drop)"),
            Some(Trouble::Delay(seconds)) => {
                let simulator = self.clone();
                let event = event.clone();
                tokio::spawn(async move {
                    simulator.pause(Duration::from_secs(seconds)).await;
                    simulator.attempt_until_done(event, 1).await;
                });
            }
            Some(Trouble::Refuse { http, .. }) => {
                self.note(&event, 1, Some(http.unwrap_or(500)), "not delivered (fault: error)");
                self.retry(event.clone(), 2);
            }
            Some(Trouble::Repeat(times)) => {
                for copy in 1..=times {
                    if !self.attempt(&event, copy).await && copy == times {
                        self.retry(event.clone(), copy + 1);
                    }
                }
            }
            Some(Trouble::Reorder | Trouble::LoseAnswer) | None => {
                if !self.attempt(&event, 1).await {
                    self.retry(event, 2);
                }
            }
        }
        if let Some(held) = held
            && !self.attempt(&held, 1).await
        {
            self.retry(held, 2);
        }
    }

    fn retry(&self, event: Event, attempt: u32) {
        if self.inner.config.webhook_url.is_none() {
            return;
        }
        let simulator = self.clone();
        tokio::spawn(async move {
            let gap = simulator.gap(attempt);
            simulator.pause(gap).await;
            simulator.attempt_until_done(event, attempt).await;
        });
    }

    async fn attempt_until_done(&self, event: Event, first: u32) {
        let mut attempt = first;
        loop {
            let age = self.now().duration_since(event.at);
            let forgotten = self.state().generation != event.generation;
            if forgotten || age > GIVE_UP_AFTER || self.attempt(&event, attempt).await {
                break;
            }
            if self.inner.config.webhook_url.is_none() {
                break;
            }
            attempt = attempt.saturating_add(1);
            self.pause(self.gap(attempt)).await;
        }
        self.changed();
    }

    /// The gap before an attempt: the first one before the second attempt, then twice as long each time.
    fn gap(&self, attempt: u32) -> Duration {
        let retry = &self.inner.config.retry;
        let factor = 1_u32 << attempt.saturating_sub(2).min(20);
        retry.first.saturating_mul(factor).min(retry.max)
    }

    /// Waits, or until somebody skips time.
    async fn pause(&self, gap: Duration) {
        let mut skips = self.inner.skips.subscribe();
        // Running out of time is the usual end here.
        let _ = tokio::time::timeout(gap, skips.changed()).await;
    }

    /// One POST. True when it was answered 200.
    async fn attempt(&self, event: &Event, attempt: u32) -> bool {
        let config = &self.inner.config;
        let Some(url) = &config.webhook_url else {
            self.note(event, attempt, None, "no webhook address is set");
            return false;
        };
        let Ok(signature) = sign(config.app_secret.as_bytes(), event.body.as_bytes()) else {
            self.note(event, attempt, None, "no app secret is set");
            return false;
        };
        let started = Instant::now();
        let answer = self
            .inner
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "facebookexternalua")
            .header(SIGNATURE_HEADER, &signature)
            .body(event.body.clone())
            .send()
            .await;
        let (http, response) = match answer {
            Ok(response) => {
                let http = response.status().as_u16();
                (Some(http), shorten(response.text().await.unwrap_or_default()))
            }
            Err(error) => (None, error.without_url().to_string()),
        };
        self.log_attempt(event, attempt, http, &response, started, signature);
        self.changed();
        http == Some(200)
    }

    fn note(&self, event: &Event, attempt: u32, http: Option<u16>, response: &str) {
        self.log_attempt(event, attempt, http, response, Instant::now(), String::new());
    }

    fn log_attempt(
        &self,
        event: &Event,
        attempt: u32,
        http: Option<u16>,
        response: &str,
        started: Instant,
        signature: String,
    ) {
        let at = self.now();
        let mut state = self.state();
        if state.generation != event.generation {
            return;
        }
        let sequence = state.next_sequence();
        let mut headers = vec![("Content-Type", "application/json".to_owned())];
        if !signature.is_empty() {
            headers.push(("X-Hub-Signature-256", signature));
        }
        state.log(Call {
            sequence,
            at,
            kind: CallKind::Webhook {
                event: event.number,
                attempt,
                url: self.inner.config.webhook_url.clone().unwrap_or_default(),
            },
            label: event.label.clone(),
            message_id: Some(event.message_id.clone()),
            http,
            milliseconds: milliseconds(started),
            headers,
            request: event.body.clone(),
            response: response.to_owned(),
        });
    }

    /// Meta checks an address before it sends anything there. A receiver that does not answer is told in the log and
    /// still gets its webhooks: it may only be late.
    async fn handshake(&self) {
        let config = &self.inner.config;
        let Some(url) = config
            .webhook_url
            .as_ref()
            .and_then(|url| reqwest::Url::parse(url).ok())
        else {
            return;
        };
        let now = self.now();
        let challenge = {
            let mut state = self.state();
            state.ids.media(now)
        };
        let mut with_query = url;
        with_query
            .query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", &config.verify_token);
        let started = Instant::now();
        let (http, answer) = match self.inner.http.get(with_query).send().await {
            Ok(response) => {
                let http = response.status().as_u16();
                (Some(http), response.text().await.unwrap_or_default())
            }
            Err(error) => (None, error.without_url().to_string()),
        };
        let right = http == Some(200) && answer == challenge;
        let mut state = self.state();
        let sequence = state.next_sequence();
        state.log(Call {
            sequence,
            at: now,
            kind: CallKind::Handshake,
            label: if right { "handshake" } else { "handshake refused" }.to_owned(),
            message_id: None,
            http,
            milliseconds: milliseconds(started),
            headers: Vec::new(),
            request: format!("hub.mode=subscribe&hub.challenge={challenge}"),
            response: shorten(answer),
        });
    }
}

impl Simulator {
    /// Sends a logged webhook again, as it was.
    pub(super) fn replay(&self, sequence: u64) -> bool {
        let at = self.now();
        let (found, generation) = {
            let state = self.state();
            let found = state.calls.iter().find(|call| call.sequence == sequence).cloned();
            (found, state.generation)
        };
        let Some(Call {
            kind: CallKind::Webhook { event, attempt, .. },
            label,
            message_id,
            request,
            ..
        }) = found
        else {
            return false;
        };
        let event = Event {
            number: event,
            generation,
            person: 0,
            message_id: message_id.unwrap_or_default(),
            label,
            body: request,
            at,
        };
        let simulator = self.clone();
        tokio::spawn(async move { simulator.attempt(&event, attempt.saturating_add(1)).await });
        true
    }
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(ANSWER_CHARS_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

fn milliseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
