//! Everything the simulator remembers, and its rules. No network and no clock: the time is handed in.

use std::collections::{BTreeMap, VecDeque};

use data_encoding::{BASE64, HEXLOWER};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::ids::{self, Ids};
use super::refusal::{self, Refusal};
use super::{Ladder, SimulatorConfig};
use crate::Address;
use crate::inbound::StatusState;

/// What the person's last message, or the reading of it, opens: 24 hours for free words.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// How long a file of a person, and one of the business, is kept.
const KEPT_FOR_PERSON: SignedDuration = SignedDuration::from_hours(7 * 24);
const KEPT_FOR_BUSINESS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a media address is good.
const ADDRESS_LIVES: SignedDuration = SignedDuration::from_mins(5);
/// How long "is writing" shows.
const TYPING: SignedDuration = SignedDuration::from_secs(25);
/// Calls that are kept to be looked at.
const CALLS_MAX: usize = 20_000;

pub(super) struct State {
    pub(super) ids: Ids,
    pub(super) offset: SignedDuration,
    /// Counts resets, so that what was on its way before one is dropped.
    pub(super) generation: u64,
    sequence: u64,
    pub(super) people: Vec<Person>,
    pub(super) messages: Vec<Stored>,
    pub(super) media: BTreeMap<String, StoredMedia>,
    pub(super) faults: Vec<Fault>,
    pub(super) calls: VecDeque<Call>,
    /// Held back by the fault "reorder" until the next one has gone.
    pub(super) held: Option<Event>,
}

/// A phone.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) phone: Option<String>,
    pub(super) user_id: String,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) hide_phone: bool,
    pub(super) last_inbound: Option<Timestamp>,
    pub(super) typing_until: Option<Timestamp>,
    /// Until when the pair limit is used up.
    used_until: Option<Timestamp>,
}

impl Person {
    /// How the Graph API names the person.
    pub(super) fn key(&self) -> &str {
        match &self.phone {
            Some(phone) if !self.hide_phone => phone,
            _ => &self.user_id,
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    Person,
    Business,
    /// Another phone, outside of the business's chat.
    Peer(usize),
}

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Accepted,
    Reached(StatusState, Option<i64>),
}

impl Progress {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Reached(StatusState::Sent, _) => "sent",
            Self::Reached(StatusState::Delivered, _) => "delivered",
            Self::Reached(StatusState::Read, _) => "read",
            Self::Reached(StatusState::Failed, _) => "failed",
        }
    }

    const fn rank(self) -> Option<StatusState> {
        match self {
            Self::Accepted => None,
            Self::Reached(state, _) => Some(state),
        }
    }
}

/// A bubble.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) id: String,
    pub(super) person: usize,
    pub(super) author: Author,
    pub(super) at: Timestamp,
    /// The message object: of the webhook when a person wrote, of the Graph call when the business did.
    pub(super) content: Value,
    pub(super) to: String,
    pub(super) progress: Progress,
    pub(super) callback: Option<String>,
}

pub(super) struct StoredMedia {
    pub(super) bytes: axum::body::Bytes,
    pub(super) media_type: String,
    pub(super) filename: Option<String>,
    pub(super) digest: [u8; 32],
    from_business: bool,
    at: Timestamp,
    /// The business deleted it; the phones still have it.
    pub(super) deleted: bool,
    addresses: Vec<(String, Timestamp)>,
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) number: u64,
    pub(super) generation: u64,
    /// Events of one person go out one after another.
    pub(super) person: usize,
    pub(super) message_id: String,
    /// `message`, or `status: delivered` and the like.
    pub(super) label: String,
    pub(super) body: String,
    pub(super) at: Timestamp,
}

/// One call between the business and the simulator, in either direction.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) kind: CallKind,
    pub(super) label: String,
    pub(super) message_id: Option<String>,
    /// The answer's code; none when there was none.
    pub(super) http: Option<u16>,
    pub(super) milliseconds: u64,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) request: String,
    pub(super) response: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallKind {
    /// The business called the Graph API.
    Graph,
    /// The simulator called the webhook.
    Webhook { event: u64, attempt: u32, url: String },
    /// The simulator checked the webhook's address.
    Handshake,
}

/// What `POST /_sim/v1/inbound` asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Inbound {
    pub(super) phone: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) hide_phone: bool,
    pub(super) id: Option<String>,
    pub(super) message: Value,
}

impl State {
    pub(super) fn new(config: &SimulatorConfig) -> Self {
        let mut state = Self {
            ids: Ids::new(config.seed),
            offset: SignedDuration::ZERO,
            generation: 0,
            sequence: 0,
            people: Vec::new(),
            messages: Vec::new(),
            media: BTreeMap::new(),
            faults: Vec::new(),
            calls: VecDeque::new(),
            held: None,
        };
        state.meet_personas(config);
        state
    }

    /// Everything is forgotten but the time, which never runs backwards, and the ids that were given out.
    pub(super) fn reset(&mut self, config: &SimulatorConfig) {
        self.generation += 1;
        self.people.clear();
        self.messages.clear();
        self.media.clear();
        self.faults.clear();
        self.calls.clear();
        self.held = None;
        self.meet_personas(config);
    }

    fn meet_personas(&mut self, config: &SimulatorConfig) {
        for persona in [&config.citizen, &config.verifier] {
            let index = self.person(config, Some(&persona.phone), None);
            if let Some(person) = self.people.get_mut(index) {
                person.name = Some(persona.name.clone());
            }
        }
    }

    pub(super) const fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The place of a person, who is made when not known. One of the two ids is given.
    pub(super) fn person(&mut self, config: &SimulatorConfig, phone: Option<&str>, user_id: Option<&str>) -> usize {
        let found = self.people.iter().position(|person| {
            phone.is_some_and(|phone| person.phone.as_deref() == Some(phone))
                || user_id.is_some_and(|user_id| person.user_id == user_id)
        });
        if let Some(index) = found {
            return index;
        }
        let user_id = user_id.map_or_else(|| ids::user_id(config.seed, phone.unwrap_or_default()), str::to_owned);
        self.people.push(Person {
            phone: phone.map(str::to_owned),
            user_id,
            name: None,
            username: None,
            hide_phone: phone.is_none(),
            last_inbound: None,
            typing_until: None,
            used_until: None,
        });
        self.people.len() - 1
    }

    /// A person writes. Returns the message's id and the webhooks: earlier messages are read by this.
    pub(super) fn inbound(
        &mut self,
        config: &SimulatorConfig,
        inbound: Inbound,
        now: Timestamp,
    ) -> (String, Vec<Event>) {
        let index = self.person(config, inbound.phone.as_deref(), inbound.user_id.as_deref());
        if let Some(person) = self.people.get_mut(index) {
            person.name = inbound.name.or(person.name.take());
            person.username = inbound.username.or(person.username.take());
            person.hide_phone = inbound.hide_phone || person.phone.is_none();
            if let Some(user_id) = inbound.user_id {
                person.user_id = user_id;
            }
            person.last_inbound = Some(now);
        }
        let Some(person) = self.people.get(index).cloned() else {
            return (String::new(), Vec::new());
        };
        let mut events = self.read_all(config, index, now);
        let id = inbound.id.unwrap_or_else(|| self.ids.wamid(person.key(), false, now));
        let mut message = Map::new();
        if let Some(phone) = person.phone.as_ref().filter(|_| !person.hide_phone) {
            message.insert("from".to_owned(), json!(phone));
        }
        message.insert("from_user_id".to_owned(), json!(person.user_id));
        message.insert("id".to_owned(), json!(id));
        message.insert("timestamp".to_owned(), json!(now.as_second().to_string()));
        let mut content = inbound.message;
        self.complete_media(&mut content);
        if let Value::Object(parts) = content {
            // What is asked for may replace any part, so that every oddity of the field can be played.
            message.extend(parts);
        }
        let message = Value::Object(message);
        let is_system = message.get("type") == Some(&json!("system"));
        let mut value = self.value(config);
        if !is_system {
            let mut contact = json!({"profile": {}, "user_id": person.user_id});
            if let Some(name) = &person.name {
                set(&mut contact, "/profile", "name", json!(name));
            }
            if let Some(username) = &person.username {
                set(&mut contact, "/profile", "username", json!(username));
            }
            if let Some(phone) = person.phone.as_ref().filter(|_| !person.hide_phone) {
                set(&mut contact, "", "wa_id", json!(phone));
            }
            set(&mut value, "", "contacts", json!([contact]));
        }
        set(&mut value, "", "messages", json!([message]));
        if !self.messages.iter().any(|known| known.id == id) {
            let sequence = self.next_sequence();
            self.messages.push(Stored {
                sequence,
                id: id.clone(),
                person: index,
                author: Author::Person,
                at: now,
                content: message,
                to: config.phone_number_id.clone(),
                progress: Progress::Reached(StatusState::Sent, None),
                callback: None,
            });
        }
        events.push(self.event(config, index, &id, "message", &value, now));
        (id, events)
    }

    /// Fills what the phone knows about a file that is named by its id only.
    fn complete_media(&self, content: &mut Value) {
        let Some(kind) = content.get("type").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        let Some(part) = content.get_mut(&kind).and_then(Value::as_object_mut) else {
            return;
        };
        let known = part.get("id").and_then(Value::as_str).and_then(|id| self.media.get(id));
        let Some(media) = known else { return };
        part.entry("mime_type").or_insert_with(|| json!(media.media_type));
        let hex = HEXLOWER.encode(&media.digest);
        if part.get("sha256").is_none_or(|given| *given == json!(hex)) {
            // Base64 in webhooks, hex in look-ups: that is how Meta does it.
            part.insert("sha256".to_owned(), json!(BASE64.encode(&media.digest)));
        }
        if kind == "document"
            && let Some(filename) = &media.filename
        {
            part.entry("filename").or_insert_with(|| json!(filename));
        }
        if kind == "audio" {
            part.entry("voice").or_insert(json!(true));
        }
    }

    /// The person opens the chat: what was delivered is read.
    fn read_all(&mut self, config: &SimulatorConfig, person: usize, now: Timestamp) -> Vec<Event> {
        if config.ladder == Ladder::Manual {
            return Vec::new();
        }
        let ids: Vec<String> = self
            .messages
            .iter()
            .filter(|message| {
                message.person == person
                    && message.author == Author::Business
                    && message.progress.rank() == Some(StatusState::Delivered)
            })
            .map(|message| message.id.clone())
            .collect();
        ids.iter()
            .filter_map(|id| self.report(config, id, StatusState::Read, None, now))
            .collect()
    }

    /// A status for a message of the business. `None` when there is no such message.
    pub(super) fn report(
        &mut self,
        config: &SimulatorConfig,
        id: &str,
        state: StatusState,
        error: Option<Value>,
        now: Timestamp,
    ) -> Option<Event> {
        let message = self
            .messages
            .iter_mut()
            .find(|message| message.id == id && message.author == Author::Business)?;
        let code = error
            .as_ref()
            .and_then(|error| error.get("code"))
            .and_then(Value::as_i64);
        // As on a phone: a later word of a lower rank undoes nothing.
        if message.progress.rank() < Some(state) {
            message.progress = Progress::Reached(state, code);
        }
        let message = message.clone();
        let person = self.people.get(message.person)?.clone();
        let word = Progress::Reached(state, None).word();
        let mut status = json!({
            "id": id, "status": word, "timestamp": now.as_second().to_string(),
            "recipient_user_id": person.user_id,
        });
        if let Some(phone) = person.phone.as_ref().filter(|_| !person.hide_phone) {
            set(&mut status, "", "recipient_id", json!(phone));
        }
        if let Some(callback) = &message.callback {
            set(&mut status, "", "biz_opaque_callback_data", json!(callback));
        }
        if let Some(error) = error {
            set(&mut status, "", "errors", json!([error]));
        } else if state != StatusState::Read {
            set(
                &mut status,
                "",
                "pricing",
                json!({"billable": true, "pricing_model": "PMP", "category": "service", "type": "regular"}),
            );
        }
        let mut value = self.value(config);
        set(&mut value, "", "statuses", json!([status]));
        let label = format!("status: {word}");
        Some(self.event(config, message.person, id, &label, &value, now))
    }

    /// `POST /{phone_number_id}/messages`.
    pub(super) fn accept(
        &mut self,
        config: &SimulatorConfig,
        body: &Value,
        now: Timestamp,
    ) -> Result<(Value, Option<String>, Vec<Event>), Refusal> {
        if body.get("messaging_product") != Some(&json!("whatsapp")) {
            return Err(Refusal::parameter("The parameter messaging_product is required."));
        }
        if body.get("status") == Some(&json!("read")) {
            return self.mark_read(body, now).map(|answer| (answer, None, Vec::new()));
        }
        let given = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let input = given("to")
            .or_else(|| given("recipient"))
            .ok_or_else(|| Refusal::parameter("The parameter to is required."))?;
        let address = Address::parse(input)
            .filter(|address| given("to").is_none() || address.phone.is_some())
            .ok_or_else(|| Refusal::value("Recipient is not a valid phone number or user id"))?;
        if address.phone.as_deref() == Some(config.display_phone_number.as_str()) {
            return Err(Refusal {
                details: Some("Sender and recipient phone number is the same.".to_owned()),
                ..Refusal::new(400, 131_021, "(#131021) Recipient cannot be sender")
            });
        }
        refusal::check(body, &|id| self.usable_media(id, now).is_some())?;
        let index = self.person(config, address.phone.as_deref(), address.user_id.as_deref());
        self.pair_limit(config, index, now)?;
        let Some(person) = self.people.get_mut(index) else {
            return Err(Refusal::of_code(None, 131_000));
        };
        person.typing_until = None;
        let open = person
            .last_inbound
            .is_some_and(|last| now.duration_since(last) < WINDOW);
        let person = person.clone();
        let id = self.ids.wamid(person.key(), true, now);
        let sequence = self.next_sequence();
        self.messages.push(Stored {
            sequence,
            id: id.clone(),
            person: index,
            author: Author::Business,
            at: now,
            content: body.clone(),
            to: input.to_owned(),
            progress: Progress::Accepted,
            callback: given("biz_opaque_callback_data").map(str::to_owned),
        });
        let events = self.climb(config, &id, open, now);
        let contact = match address.phone {
            Some(phone) => json!({"input": input, "wa_id": phone}),
            None => json!({"input": input, "user_id": person.user_id}),
        };
        let answer = json!({
            "messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": id}],
        });
        Ok((answer, Some(id), events))
    }

    /// The statuses that follow at once.
    fn climb(&mut self, config: &SimulatorConfig, id: &str, open: bool, now: Timestamp) -> Vec<Event> {
        if !open {
            let error = json!({
                "code": 131_047, "title": "Re-engagement message", "message": "Re-engagement message",
                "error_data": {"details": "Message failed to send because more than 24 hours have passed since the customer last replied to this number."},
            });
            return self
                .report(config, id, StatusState::Failed, Some(error), now)
                .into_iter()
                .collect();
        }
        let ladder: &[StatusState] = match config.ladder {
            Ladder::Manual => &[],
            Ladder::Delivered => &[StatusState::Sent, StatusState::Delivered],
            // Who has the chat open reads at once, and then "delivered" is never told.
            Ladder::ReadAtOnce => &[StatusState::Sent, StatusState::Read],
        };
        ladder
            .iter()
            .filter_map(|state| self.report(config, id, *state, None, now))
            .collect()
    }

    fn pair_limit(&mut self, config: &SimulatorConfig, person: usize, now: Timestamp) -> Result<(), Refusal> {
        let (Some(limit), Some(person)) = (&config.pair_limit, self.people.get_mut(person)) else {
            return Ok(());
        };
        let start = person.used_until.filter(|until| *until > now).unwrap_or(now);
        let until = start.checked_add(limit.interval).unwrap_or(Timestamp::MAX);
        let borrowed = SignedDuration::from_secs(limit.interval.as_secs().saturating_mul(i64::from(limit.burst)));
        if until.duration_since(now) > borrowed {
            return Err(Refusal::of_code(None, 131_056));
        }
        person.used_until = Some(until);
        Ok(())
    }

    fn mark_read(&mut self, body: &Value, now: Timestamp) -> Result<Value, Refusal> {
        let id = body.get("message_id").and_then(Value::as_str).unwrap_or_default();
        let found = self
            .messages
            .iter()
            .find(|message| message.id == id && message.author == Author::Person)
            .map(|message| (message.person, message.sequence));
        let Some((person, upto)) = found else {
            return Err(Refusal::value(
                "Message id does not belong to a message that was received",
            ));
        };
        for message in &mut self.messages {
            if message.person == person && message.author == Author::Person && message.sequence <= upto {
                message.progress = Progress::Reached(StatusState::Read, None);
            }
        }
        if body.get("typing_indicator").is_some()
            && let Some(person) = self.people.get_mut(person)
        {
            person.typing_until = now.checked_add(TYPING).ok();
        }
        Ok(json!({"success": true}))
    }

    /// Keeps a file and gives it an id.
    pub(super) fn keep(
        &mut self,
        bytes: axum::body::Bytes,
        media_type: String,
        filename: Option<String>,
        from_business: bool,
        now: Timestamp,
    ) -> String {
        let id = self.ids.media(now);
        let digest = Sha256::digest(&bytes).into();
        self.media.insert(
            id.clone(),
            StoredMedia {
                bytes,
                media_type,
                filename,
                digest,
                from_business,
                at: now,
                deleted: false,
                addresses: Vec::new(),
            },
        );
        id
    }

    fn usable_media(&self, id: &str, now: Timestamp) -> Option<&StoredMedia> {
        self.media.get(id).filter(|media| {
            let kept = if media.from_business {
                KEPT_FOR_BUSINESS
            } else {
                KEPT_FOR_PERSON
            };
            !media.deleted && now.duration_since(media.at) < kept
        })
    }

    /// `GET /{media_id}`: an address that lives for five minutes.
    pub(super) fn look_up(&mut self, id: &str, base: &str, now: Timestamp) -> Result<Value, Refusal> {
        if self.usable_media(id, now).is_none() {
            return Err(Refusal::object(id));
        }
        let token = self.ids.token(now);
        let until = now.checked_add(ADDRESS_LIVES).unwrap_or(Timestamp::MAX);
        let Some(media) = self.media.get_mut(id) else {
            return Err(Refusal::object(id));
        };
        media.addresses.retain(|(_, end)| *end > now);
        media.addresses.push((token.clone(), until));
        Ok(json!({
            "messaging_product": "whatsapp",
            "url": format!("{base}/_media/{id}?ext={}&hash={token}", until.as_second()),
            "mime_type": media.media_type,
            "sha256": HEXLOWER.encode(&media.digest),
            "file_size": media.bytes.len(),
            "id": id,
        }))
    }

    /// The bytes behind an address, while it lives.
    pub(super) fn download(&self, id: &str, token: &str, now: Timestamp) -> Option<&StoredMedia> {
        self.usable_media(id, now)
            .filter(|media| media.addresses.iter().any(|(known, end)| known == token && *end > now))
    }

    /// `DELETE /{media_id}`.
    pub(super) fn delete(&mut self, id: &str, now: Timestamp) -> Result<Value, Refusal> {
        if self.usable_media(id, now).is_none() {
            return Err(Refusal::object(id));
        }
        if let Some(media) = self.media.get_mut(id) {
            media.deleted = true;
        }
        Ok(json!({"success": true}))
    }

    /// A document goes from one phone to another, past the business.
    pub(super) fn pass_on(&mut self, sequence: u64, now: Timestamp) -> bool {
        let Some(message) = self
            .messages
            .iter()
            .find(|message| message.sequence == sequence)
            .cloned()
        else {
            return false;
        };
        let to = usize::from(message.person == 0);
        let sequence = self.next_sequence();
        self.messages.push(Stored {
            sequence,
            id: format!("peer-{sequence}"),
            person: to,
            author: Author::Peer(message.person),
            at: now,
            ..message
        });
        true
    }

    pub(super) fn log(&mut self, call: Call) {
        if self.calls.len() >= CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    fn value(&self, config: &SimulatorConfig) -> Value {
        json!({"messaging_product": "whatsapp", "metadata": {
            "display_phone_number": config.display_phone_number,
            "phone_number_id": config.phone_number_id,
        }})
    }

    fn event(
        &mut self,
        config: &SimulatorConfig,
        person: usize,
        message_id: &str,
        label: &str,
        value: &Value,
        now: Timestamp,
    ) -> Event {
        let body = json!({"object": "whatsapp_business_account", "entry": [
            {"id": config.account_id, "changes": [{"value": value, "field": "messages"}]}]});
        Event {
            number: self.next_sequence(),
            generation: self.generation,
            person,
            message_id: message_id.to_owned(),
            label: label.to_owned(),
            body: as_meta_writes(&body),
            at: now,
        }
    }
}

fn set(value: &mut Value, place: &str, key: &str, part: Value) {
    if let Some(object) = value.pointer_mut(place).and_then(Value::as_object_mut) {
        object.insert(key.to_owned(), part);
    }
}

/// JSON as Meta sends it: ASCII, with `\uXXXX` in lower case and `\/`. Both only ever stand inside strings.
fn as_meta_writes(value: &Value) -> String {
    let plain = value.to_string();
    let mut out = String::with_capacity(plain.len() * 2);
    let mut units = [0_u16; 2];
    for c in plain.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_are_written_as_meta_does() {
        let value = json!({"body": "\u{0928}/\u{1f600}\"\n"});
        let written = as_meta_writes(&value);
        assert_eq!(written, r#"{"body":"\u0928\/\ud83d\ude00\"\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
    }
}
