//! Reading an event, and what makes one unreadable.

use domain::{AnyEvent, UnknownEvent};
use ledger::Recorded;
use serde::{Deserialize, Serialize};

/// Why an event stops its stream's row: a stable code, without a word of the event's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Poison {
    /// No event of this aggregate has this name.
    UnknownType,
    /// The name is known, the version of its shape is not.
    UnknownVersion,
    /// The body is not of the shape that its name and version promise.
    UnreadableBody,
    /// The event belongs to another aggregate than the stream that it stands in.
    WrongAggregate,
    /// The name that the event is stored under is not the name of what its body holds.
    WrongName,
    /// The row that the events give cannot be stored: it is too large, or so is what it would be found by.
    RowUnfit,
    /// The stored row cannot be read back.
    RowUnreadable,
}

impl Poison {
    /// The code as it stands in rows, logs and answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown_type",
            Self::UnknownVersion => "unknown_version",
            Self::UnreadableBody => "unreadable_body",
            Self::WrongAggregate => "wrong_aggregate",
            Self::WrongName => "wrong_name",
            Self::RowUnfit => "row_unfit",
            Self::RowUnreadable => "row_unreadable",
        }
    }
}

/// The event, if this program understands all of it: its name, the version of its shape and its body.
pub(crate) fn read(recorded: &Recorded) -> Result<AnyEvent, Poison> {
    let foreign = || {
        let of = recorded.event_type.split_once('.').map(|(aggregate, _)| aggregate);
        of.is_some_and(|aggregate| aggregate != recorded.aggregate_type)
    };
    match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
        Ok(event) => {
            let (name, version) = event.name_and_version();
            if name != recorded.event_type {
                Err(if foreign() {
                    Poison::WrongAggregate
                } else {
                    Poison::WrongName
                })
            } else if version != recorded.event_version {
                Err(Poison::UnknownVersion)
            } else {
                Ok(event)
            }
        }
        Err(_) if foreign() => Err(Poison::WrongAggregate),
        Err(UnknownEvent::Aggregate(_)) => Err(Poison::WrongAggregate),
        Err(UnknownEvent::Body { reader, .. }) => {
            // The reader's text may quote the body: its beginning alone is looked at, and nothing of it is passed on.
            if reader.to_string().starts_with("unknown variant") {
                Err(Poison::UnknownType)
            } else {
                Err(Poison::UnreadableBody)
            }
        }
    }
}
