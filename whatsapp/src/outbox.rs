//! What is sent again, when, and what never: the policy of the outbox, pure. The rows are kept by another room, and
//! each step below is written before the act that it allows.
//!
//! ```text
//! queued -> sending -> sent -> delivered -> read
//!   ^          |  \      \________________________> failed
//!   |          |   `--> unknown --(status)--> sent, delivered, read
//!   `----------'           |
//!   (passing trouble)      `--(nothing for `unknown_wait`)--> queued, except one-time codes
//! ```
//!
//! The Graph API has no idempotency key. `sending` is stored before the request leaves, so a row found there after a
//! crash, like one whose answer was lost, may or may not have gone out. It waits for a status that carries its id
//! (`biz_opaque_callback_data`); if none comes, it is sent again: twice is better than never for a reply, and
//! worse for a one-time code.

use assistant::reply::Reply;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Address;
use crate::graph::{Advice, Scope, SendError, advice};
use crate::inbound::{Status, StatusState};

/// One message on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxItem {
    /// Our id, sent as `biz_opaque_callback_data`. Derived from what caused the message, so that the same turn never
    /// makes two of it.
    pub id: String,
    /// To whom.
    pub to: Address,
    /// What.
    pub reply: Reply,
    /// The wamid that this answers.
    pub reply_to: Option<String>,
    /// How it may be repeated.
    pub class: Class,
    /// The id of the uploaded document, once there is one.
    pub media_id: Option<String>,
    /// Every wamid that it was given; the last is the current one.
    pub wamids: Vec<String>,
    /// How often it was begun.
    pub attempts: u32,
    /// Since when it is known here.
    pub created_at: Timestamp,
    /// How far it got.
    pub state: State,
}

/// What a message is for. The order is the priority, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A one-time code; never sent twice.
    OneTimeCode,
    /// The answer to a person who is waiting.
    Reply,
    /// News that nobody asked for at this moment.
    Notice,
}

/// How far a message got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum State {
    /// To be sent, not before the given time.
    Queued {
        /// The time.
        not_before: Timestamp,
    },
    /// Written before the request leaves.
    Sending {
        /// When.
        since: Timestamp,
    },
    /// It may have gone out.
    Unknown {
        /// Since when nobody knows.
        since: Timestamp,
    },
    /// Taken over by WhatsApp.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// On the phone.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// Seen.
    Read {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Failed {
        /// When.
        at: Timestamp,
        /// Meta's code; none when an answer never came or the attempts ran out without one.
        code: Option<i64>,
    },
}

/// Numbers of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long an unknown message waits for a status before it is sent again.
    pub unknown_wait: SignedDuration,
    /// Attempts in all.
    pub attempts_max: u32,
    /// The first pause after passing trouble; doubled each time.
    pub pause_first: SignedDuration,
    /// The longest pause.
    pub pause_max: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            unknown_wait: SignedDuration::from_secs(60),
            attempts_max: 10,
            pause_first: SignedDuration::from_secs(2),
            pause_max: SignedDuration::from_mins(15),
        }
    }
}

/// What the sender does with an item now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// [`OutboxItem::begin`], store, send.
    Send,
    /// Nothing before this time.
    Wait {
        /// The time.
        until: Timestamp,
    },
    /// Somebody is sending it; or, after a restart, [`OutboxItem::after_crash`].
    InFlight,
    /// Nothing more; statuses may still come.
    Settled,
}

/// What a step asks of the world beside storing the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Send nothing from this number before the time.
    PauseNumber {
        /// The time.
        until: Timestamp,
    },
    /// Send nothing at all until a person mends it; the queue stays.
    StopSender {
        /// Meta's code.
        code: i64,
    },
    /// This message will not arrive this way.
    GivenUp(Advice),
}

/// An item after a step, to be stored, and what else to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The item.
    pub item: OutboxItem,
    /// What else.
    pub effect: Effect,
}

/// It may not be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this message is not due")]
pub struct NotDue;

impl OutboxItem {
    /// A message that may go out at once.
    pub const fn new(id: String, to: Address, reply: Reply, class: Class, now: Timestamp) -> Self {
        Self {
            id,
            to,
            reply,
            reply_to: None,
            class,
            media_id: None,
            wamids: Vec::new(),
            attempts: 0,
            created_at: now,
            state: State::Queued { not_before: now },
        }
    }

    /// What to do with it now.
    pub fn next(&self, now: Timestamp, policy: &Policy) -> Next {
        let due = match self.state {
            State::Queued { not_before } => not_before,
            State::Unknown { since } => later(since, policy.unknown_wait),
            State::Sending { .. } => return Next::InFlight,
            State::Sent { .. } | State::Delivered { .. } | State::Read { .. } | State::Failed { .. } => {
                return Next::Settled;
            }
        };
        if due <= now {
            Next::Send
        } else {
            Next::Wait { until: due }
        }
    }

    /// Marks it as being sent. Store the result before the request leaves.
    pub fn begin(mut self, now: Timestamp, policy: &Policy) -> Result<Self, NotDue> {
        if self.next(now, policy) != Next::Send {
            return Err(NotDue);
        }
        self.attempts += 1;
        self.state = State::Sending { since: now };
        Ok(self)
    }

    /// The document was uploaded.
    pub fn uploaded(mut self, media_id: String) -> Self {
        self.media_id = Some(media_id);
        self
    }

    /// The Graph API took it over. A status that came earlier is not undone.
    pub fn accepted(mut self, wamid: String, now: Timestamp) -> Self {
        self.remember(&wamid);
        if matches!(
            self.state,
            State::Sending { .. } | State::Unknown { .. } | State::Queued { .. }
        ) {
            self.state = State::Sent { at: now };
        }
        self
    }

    /// The Graph API refused it, or no answer came.
    pub fn refused(mut self, error: &SendError, now: Timestamp, policy: &Policy) -> Step {
        // A status that carried our id has already told how it went.
        if !matches!(self.state, State::Sending { .. }) {
            return Step {
                item: self,
                effect: Effect::None,
            };
        }
        match error {
            SendError::Unknown => {
                if self.class == Class::OneTimeCode || self.attempts >= policy.attempts_max {
                    return self.give_up(None, now);
                }
                self.state = State::Unknown { since: now };
                Step {
                    item: self,
                    effect: Effect::None,
                }
            }
            SendError::Stop { code } => {
                // Not this message's fault: it keeps its attempts and its place.
                self.attempts = self.attempts.saturating_sub(1);
                self.state = State::Queued { not_before: now };
                Step {
                    item: self,
                    effect: Effect::StopSender { code: *code },
                }
            }
            SendError::Window | SendError::Permanent { .. } => self.give_up(error.code(), now),
            SendError::Media { .. } => {
                self.media_id = None;
                self.again(error, now, policy)
            }
            SendError::Transient { .. } | SendError::Throttled { .. } => self.again(error, now, policy),
        }
    }

    /// Found in `sending` when the program starts: it may have gone out. A one-time code is given up.
    pub fn after_crash(mut self, now: Timestamp) -> Step {
        if !matches!(self.state, State::Sending { .. }) {
            return Step {
                item: self,
                effect: Effect::None,
            };
        }
        if self.class == Class::OneTimeCode {
            return self.give_up(None, now);
        }
        self.state = State::Unknown { since: now };
        Step {
            item: self,
            effect: Effect::None,
        }
    }

    /// Whether a status is about this item, by our id or by one of its wamids.
    pub fn is_meant_by(&self, status: &Status) -> bool {
        status.callback.as_deref() == Some(self.id.as_str()) || self.wamids.contains(&status.id)
    }

    /// A status came. Any order and any number of repeats end in the same state.
    pub fn status(mut self, status: &Status, now: Timestamp, policy: &Policy) -> Step {
        if !self.is_meant_by(status) {
            return Step {
                item: self,
                effect: Effect::None,
            };
        }
        if status.state == StatusState::Failed {
            return self.failed(status, now, policy);
        }
        self.remember(&status.id);
        if self.rank() < Some(status.state) {
            let at = status.at;
            self.state = match status.state {
                StatusState::Sent => State::Sent { at },
                StatusState::Delivered => State::Delivered { at },
                StatusState::Read | StatusState::Failed => State::Read { at },
            };
        }
        Step {
            item: self,
            effect: Effect::None,
        }
    }

    fn failed(mut self, status: &Status, now: Timestamp, policy: &Policy) -> Step {
        let older = self.wamids.contains(&status.id) && self.wamids.last() != Some(&status.id);
        let settled = matches!(self.state, State::Failed { .. });
        // Sent again since, or waiting for that: the failure is about the earlier attempt.
        let waiting = matches!(self.state, State::Queued { .. }) && self.wamids.contains(&status.id);
        if older || settled || waiting {
            return Step {
                item: self,
                effect: Effect::None,
            };
        }
        self.remember(&status.id);
        let code = status.errors.first().map(|error| error.code);
        let error = code.map_or(SendError::Permanent { code: 0 }, SendError::from_code);
        match error {
            SendError::Transient { .. } | SendError::Throttled { .. } if self.class != Class::OneTimeCode => {
                self.again(&error, now, policy)
            }
            SendError::Media { .. } => {
                self.media_id = None;
                self.again(&error, now, policy)
            }
            _ => self.give_up(code, now),
        }
    }

    fn again(mut self, error: &SendError, now: Timestamp, policy: &Policy) -> Step {
        if self.attempts >= policy.attempts_max {
            return self.give_up(error.code(), now);
        }
        let pause = self.pause(error, policy);
        let until = later(now, pause);
        self.state = State::Queued { not_before: until };
        let effect = match error {
            SendError::Throttled {
                scope: Scope::Number, ..
            } => Effect::PauseNumber { until },
            _ => Effect::None,
        };
        Step { item: self, effect }
    }

    /// The n-th pause: 4^n seconds for one person's limit (Meta's advice), else doubling from the first.
    fn pause(&self, error: &SendError, policy: &Policy) -> SignedDuration {
        let n = self.attempts.saturating_sub(1).min(20);
        let seconds = match error {
            SendError::Throttled {
                scope: Scope::Person, ..
            } => 4_i64.saturating_pow(n + 1),
            _ => policy.pause_first.as_secs().saturating_mul(1_i64 << n),
        };
        let capped = seconds.clamp(1, policy.pause_max.as_secs().max(1));
        // Up to a quarter more, different for each message and attempt, so that a queue does not wake as one. Taken
        // from the id, because a policy that answers differently twice cannot be tested.
        let mut digest = Sha256::new();
        digest.update(self.id.as_bytes());
        digest.update(self.attempts.to_be_bytes());
        let spread = digest.finalize().first().copied().unwrap_or_default();
        SignedDuration::from_millis(capped * 1000 + capped * 250 * i64::from(spread) / 255)
    }

    fn give_up(mut self, code: Option<i64>, now: Timestamp) -> Step {
        self.state = State::Failed { at: now, code };
        let advice = code.map_or(Advice::OtherWayForNotices, advice);
        Step {
            item: self,
            effect: Effect::GivenUp(advice),
        }
    }

    fn remember(&mut self, wamid: &str) {
        if !self.wamids.iter().any(|known| known == wamid) {
            self.wamids.push(wamid.to_owned());
        }
    }

    const fn rank(&self) -> Option<StatusState> {
        match self.state {
            State::Queued { .. } | State::Sending { .. } | State::Unknown { .. } => None,
            State::Sent { .. } => Some(StatusState::Sent),
            State::Delivered { .. } => Some(StatusState::Delivered),
            State::Read { .. } => Some(StatusState::Read),
            State::Failed { .. } => Some(StatusState::Failed),
        }
    }
}

/// Saturates at the end of time, which no message reaches.
fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::StatusError;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + seconds).unwrap()
    }

    fn item(class: Class) -> OutboxItem {
        OutboxItem::new(
            "turn-7/0".into(),
            Address::parse("919810012345").unwrap(),
            Reply::Text { body: "a".into() },
            class,
            at(0),
        )
    }

    fn sending(class: Class) -> OutboxItem {
        item(class).begin(at(0), &Policy::default()).unwrap()
    }

    fn status(id: &str, state: StatusState, code: Option<i64>) -> Status {
        Status {
            id: id.into(),
            state,
            at: at(9),
            recipient: None,
            callback: Some("turn-7/0".into()),
            errors: code.map(|code| StatusError { code, title: None }).into_iter().collect(),
            pricing: None,
        }
    }

    #[test]
    fn each_answer_of_the_graph_api_leads_to_one_state() {
        use SendError::*;
        let unknown = State::Unknown { since: at(1) };
        let failed = |code| State::Failed { at: at(1), code };
        for (class, error, expected, effect) in [
            (Class::Reply, Unknown, Some(unknown.clone()), Some(Effect::None)),
            (Class::Notice, Unknown, Some(unknown), Some(Effect::None)),
            (
                Class::OneTimeCode,
                Unknown,
                Some(failed(None)),
                Some(Effect::GivenUp(Advice::OtherWayForNotices)),
            ),
            (
                Class::Reply,
                Window,
                Some(failed(Some(131_047))),
                Some(Effect::GivenUp(Advice::UseTemplate)),
            ),
            (
                Class::Reply,
                Permanent { code: 131_009 },
                Some(failed(Some(131_009))),
                Some(Effect::GivenUp(Advice::MendProgram)),
            ),
            (
                Class::Reply,
                Permanent { code: 131_026 },
                Some(failed(Some(131_026))),
                Some(Effect::GivenUp(Advice::OtherWay)),
            ),
            (
                Class::Reply,
                Stop { code: 190 },
                Some(State::Queued { not_before: at(1) }),
                Some(Effect::StopSender { code: 190 }),
            ),
            (Class::Reply, Transient { code: None }, None, Some(Effect::None)),
            (Class::Reply, Media { code: 131_053 }, None, Some(Effect::None)),
            (
                Class::Reply,
                Throttled {
                    code: 131_056,
                    scope: Scope::Person,
                },
                None,
                Some(Effect::None),
            ),
            (
                Class::Reply,
                Throttled {
                    code: 130_429,
                    scope: Scope::Number,
                },
                None,
                None,
            ),
        ] {
            let step = sending(class)
                .uploaded("m".into())
                .refused(&error, at(1), &Policy::default());
            match expected {
                Some(expected) => assert_eq!(step.item.state, expected, "{error:?}"),
                None => assert!(
                    matches!(step.item.state, State::Queued { not_before } if not_before > at(1)),
                    "{error:?}"
                ),
            }
            match effect {
                Some(effect) => assert_eq!(step.effect, effect, "{error:?}"),
                None => assert!(matches!(step.effect, Effect::PauseNumber { until } if until > at(1))),
            }
            assert_eq!(step.item.media_id.is_none(), matches!(error, Media { .. }));
            assert_eq!(step.item.attempts, u32::from(!matches!(error, Stop { .. })));
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let policy = Policy::default();
        for (error, expected) in [
            (
                SendError::Transient { code: None },
                vec![2, 4, 8, 16, 32, 64, 128, 256, 512],
            ),
            (
                SendError::Throttled {
                    code: 131_056,
                    scope: Scope::Person,
                },
                vec![4, 16, 64, 256, 900, 900, 900, 900, 900],
            ),
        ] {
            let mut now = at(0);
            let mut item = item(Class::Reply);
            for pause in expected {
                item = item.begin(now, &policy).unwrap();
                item = item.refused(&error, now, &policy).item;
                let Next::Wait { until } = item.next(now, &policy) else {
                    panic!("{error:?}")
                };
                let waited = until.duration_since(now);
                assert!(waited >= SignedDuration::from_secs(pause), "{waited:?}");
                assert!(waited <= SignedDuration::from_millis(pause * 1250), "{waited:?}");
                assert_eq!(item.clone().begin(now, &policy), Err(NotDue));
                now = until;
            }
            let last = item.begin(now, &policy).unwrap().refused(&error, now, &policy);
            assert!(matches!(last.item.state, State::Failed { .. }));
            assert_eq!(last.item.next(now, &policy), Next::Settled);
        }
    }

    #[test]
    fn after_a_crash_it_waits_for_a_status_and_then_goes_out_again() {
        let policy = Policy::default();
        let found = sending(Class::Reply);
        assert_eq!(found.next(at(5), &policy), Next::InFlight);
        let item = found.after_crash(at(100)).item;
        assert_eq!(item.next(at(100), &policy), Next::Wait { until: at(160) });
        assert_eq!(item.next(at(160), &policy), Next::Send);

        let told = item
            .clone()
            .status(&status("wamid.A", StatusState::Delivered, None), at(110), &policy);
        assert_eq!(told.item.state, State::Delivered { at: at(9) });
        assert_eq!(told.item.next(at(999), &policy), Next::Settled);

        let twice = item.begin(at(160), &policy).unwrap();
        assert_eq!(twice.attempts, 2);
        assert_eq!(
            sending(Class::OneTimeCode).after_crash(at(100)).item.state,
            State::Failed {
                at: at(100),
                code: None
            }
        );
        let queued = self::item(Class::Reply);
        assert_eq!(queued.clone().after_crash(at(100)).item, queued);
    }

    #[test]
    fn statuses_in_any_order_and_number_end_in_the_highest() {
        use StatusState::*;
        let policy = Policy::default();
        let orders: [&[StatusState]; 7] = [
            &[Sent, Delivered, Read],
            &[Read, Delivered, Sent],
            &[Delivered, Sent, Read, Delivered],
            &[Read],
            &[Sent, Read, Sent, Sent],
            &[Delivered, Read, Delivered],
            &[Read, Read, Read],
        ];
        for order in orders {
            let mut item = sending(Class::Reply);
            for (index, state) in order.iter().enumerate() {
                if index == 1 {
                    // The HTTP answer comes after the first status.
                    item = item.accepted("wamid.A".into(), at(3));
                }
                item = item.status(&status("wamid.A", *state, None), at(4), &policy).item;
            }
            assert_eq!(item.state, State::Read { at: at(9) }, "{order:?}");
            assert_eq!(item.wamids, ["wamid.A"]);
        }
    }

    #[test]
    fn a_failure_is_final_unless_it_passes() {
        let policy = Policy::default();
        let sent = || sending(Class::Reply).accepted("wamid.A".into(), at(1));
        let closed = sent().status(&status("wamid.A", StatusState::Failed, Some(131_047)), at(2), &policy);
        assert_eq!(
            closed.item.state,
            State::Failed {
                at: at(2),
                code: Some(131_047)
            }
        );
        assert_eq!(closed.effect, Effect::GivenUp(Advice::UseTemplate));
        let late = closed
            .item
            .status(&status("wamid.A", StatusState::Delivered, None), at(3), &policy);
        assert!(
            matches!(late.item.state, State::Failed { .. }),
            "failed ranks above delivered"
        );

        let busy = sent()
            .status(&status("wamid.A", StatusState::Failed, Some(131_000)), at(2), &policy)
            .item;
        assert!(matches!(busy.state, State::Queued { .. }));
        let repeat = busy
            .clone()
            .status(&status("wamid.A", StatusState::Failed, Some(131_000)), at(2), &policy);
        assert_eq!(repeat.item, busy, "the same failure twice is one failure");

        let again = busy.begin(at(60), &policy).unwrap().accepted("wamid.B".into(), at(61));
        let old = again
            .clone()
            .status(&status("wamid.A", StatusState::Failed, Some(131_047)), at(62), &policy);
        assert_eq!(
            old.item, again,
            "a failure of the first attempt says nothing about the second"
        );
        let foreign = Status {
            callback: Some("other".into()),
            ..status("wamid.Z", StatusState::Read, None)
        };
        assert_eq!(again.clone().status(&foreign, at(63), &policy).item, again);
    }

    #[test]
    fn the_stored_form_comes_back() {
        let item = sending(Class::Reply).accepted("wamid.A".into(), at(1));
        let json = serde_json::to_string(&item).unwrap();
        assert!(
            json.contains(r#""state":{"name":"sent","at":"2025-10-09T08:53:21Z"}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<OutboxItem>(&json).unwrap(), item);
    }
}
