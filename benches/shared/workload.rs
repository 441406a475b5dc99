//! One workload for all: streams of three events with about 485 bytes of JSON each, one personal value in every event.

use std::fmt;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// Events in a stream, and commands that make it.
pub(crate) const STEPS: u64 = 3;

/// A value about a person, marked as the ledger expects it (`ledger/src/personal.rs`). The stock crates store it as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Marked {
    #[serde(rename = "$personal")]
    pub(crate) subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erased: Option<bool>,
}

/// What every event carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) service: String,
    pub(crate) office: String,
    pub(crate) officer: String,
    pub(crate) at: i64,
    pub(crate) fee: u64,
    pub(crate) holder: Marked,
    pub(crate) papers: Vec<String>,
    pub(crate) remarks: String,
}

/// What happened to a filing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Filed(Content),
    Examined(Content),
    Decided(Content),
}

impl Event {
    const fn name(&self) -> &'static str {
        match self {
            Self::Filed(_) => "filing.filed",
            Self::Examined(_) => "filing.examined",
            Self::Decided(_) => "filing.decided",
        }
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Takes a filing one step on.
#[derive(Clone, Debug)]
pub(crate) struct Advance(pub(crate) Content);

/// The rule said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    Backwards,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the filing is closed",
            Self::Backwards => "a step before the one that was taken last",
        })
    }
}

impl std::error::Error for Refused {}

/// A filing: the state that a command is judged against.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filing {
    pub(crate) steps: u64,
    pub(crate) fees: u64,
    pub(crate) last_at: i64,
    pub(crate) officer: String,
    pub(crate) papers: u64,
}

impl Filing {
    /// What a reader's fold comes to, in one line.
    pub(crate) fn sum(&self) -> String {
        format!("{} steps, {} fees, {} papers", self.steps, self.fees, self.papers)
    }
}

impl Aggregate for Filing {
    const TYPE: &'static str = "filing";
    type Command = Advance;
    type Event = Event;
    type Error = Refused;
    type Services = ();

    async fn handle(&mut self, Advance(content): Advance, (): &(), sink: &EventSink<Self>) -> Result<(), Refused> {
        if content.at < self.last_at {
            return Err(Refused::Backwards);
        }
        let event = match self.steps {
            0 => Event::Filed(content),
            1 => Event::Examined(content),
            2 => Event::Decided(content),
            _ => return Err(Refused::Closed),
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        let (Event::Filed(content) | Event::Examined(content) | Event::Decided(content)) = event;
        self.steps += 1;
        self.fees += content.fee;
        self.last_at = content.at;
        self.papers += content.papers.len() as u64;
        self.officer = content.officer;
    }
}

/// splitmix64 (Steele, Lea, Flood 2014): the same streams from the same seed on every side, without a crate.
const fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 128 bits in the form of a random UUID (RFC 9562, version 4): scattered over the index as real ids are.
fn id(seed: u64, stream: u64, kind: u64) -> String {
    let high = mix(mix(mix(seed) ^ stream) ^ kind);
    let low = mix(high);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// The aggregate id of the stream with this number.
pub(crate) fn stream_id(seed: u64, stream: u64) -> String {
    id(seed, stream, 1)
}

/// The person of the stream with this number: one for each stream, so that each stream needs a data key of its own.
pub(crate) fn subject_id(seed: u64, stream: u64) -> String {
    id(seed, stream, 2)
}

/// What happens in this step of this stream.
pub(crate) fn content(seed: u64, stream: u64, step: u64) -> Content {
    let chance = mix(seed ^ mix(stream) ^ step);
    Content {
        service: "income_certificate".to_owned(),
        office: format!("sub-division {:02}", chance % 33),
        officer: format!("officer/{:016x}", mix(chance)),
        at: 1_790_000_000_000 + i64::try_from(stream % 1_000_000_000).unwrap_or_default() * 1_000 + step.cast_signed(),
        fee: chance % 100,
        holder: Marked {
            subject: subject_id(seed, stream),
            value: Some(format!("Holder {:012x}, house {}", chance >> 16, chance % 999)),
            sealed: None,
            erased: None,
        },
        papers: vec![
            format!("{:032x}", u128::from(chance) << 32),
            format!("{:032x}", u128::from(mix(stream)) << 16),
        ],
        remarks: "The entries were compared with the register of the ward; the papers are in order and complete."
            .to_owned(),
    }
}

/// The event of this step of this stream, as the aggregate would make it.
pub(crate) fn event(seed: u64, stream: u64, step: u64) -> Event {
    let content = content(seed, stream, step);
    match step {
        0 => Event::Filed(content),
        1 => Event::Examined(content),
        _ => Event::Decided(content),
    }
}
