//! The fold of one stream, which ends at the first event that cannot be read.

use domain::AnyEvent;
use jiff::Timestamp;
use ledger::{Expect, Fault, Ledger, Recorded, Row, RowChange};
use serde::{Deserialize, Serialize};

use crate::{
    kind::{Fold, Kind, Made, Sums},
    poison::{Poison, read},
    standing::{encoded, parked_of, rows_of},
    view::Term,
};

/// The term of a row that stands still, beside its own.
pub(crate) const PARKED: &str = "parked";
/// The term of a record of a parked stream: its code.
pub(crate) const CODE: &str = "code";

/// A stream whose row stands still in one generation of a view, because an event of it cannot be read. Later events of the
/// stream are counted and not folded, until all of it can be read and is folded anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Which view.
    pub view: String,
    /// The stream's id.
    pub stream: String,
    /// The event that cannot be read, by its position in the log.
    pub position: u64,
    /// And by its place in the stream.
    pub sequence: u64,
    /// Why.
    pub code: Poison,
    /// There is a row, as it was before that event.
    pub has_row: bool,
    /// Events of this stream that are not folded, that one included.
    pub waiting: u64,
    /// The position of the last of them.
    pub last: u64,
    /// When it was parked.
    pub since: Timestamp,
}

/// Where a fold stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) position: u64,
    pub(crate) sequence: u64,
    pub(crate) code: Poison,
    pub(crate) waiting: u64,
    pub(crate) last: u64,
}

impl Stop {
    const fn at(recorded: &Recorded, code: Poison) -> Self {
        Self {
            position: recorded.position,
            sequence: recorded.sequence,
            code,
            waiting: 1,
            last: recorded.position,
        }
    }
}

/// What a stream gives.
pub(crate) struct Outcome {
    pub(crate) made: Option<Made>,
    pub(crate) sums: Sums,
    pub(crate) stop: Option<Stop>,
}

/// What an outcome has not even a row for.
pub(crate) const UNNAMED: &str = "unnamed";

/// The fold of one stream, under way.
pub(crate) struct Stream {
    fold: Box<dyn Fold>,
    stop: Option<Stop>,
}

impl Stream {
    /// Begins with a stored row, or with nothing. `Err`: the row cannot be read.
    pub(crate) fn begin(kind: &Kind, stored: Option<&[u8]>) -> Result<Self, ()> {
        Ok(Self {
            fold: (kind.begin)(stored)?,
            stop: None,
        })
    }

    pub(crate) fn sums(&self) -> Sums {
        self.fold.sums()
    }

    pub(crate) fn take(&mut self, recorded: &Recorded, event: &Result<AnyEvent, Poison>) {
        match (&mut self.stop, event) {
            (Some(stop), _) => {
                stop.waiting += 1;
                stop.last = recorded.position;
            }
            (None, Ok(event)) => self.fold.take(event, recorded),
            (None, Err(code)) => self.stop = Some(Stop::at(recorded, *code)),
        }
    }

    /// `Err`: the row cannot be stored. [`refold`] says from which event on.
    pub(crate) fn outcome(&self) -> Result<Outcome, Poison> {
        Ok(Outcome {
            made: self.fold.made()?,
            sums: self.fold.sums(),
            stop: self.stop,
        })
    }
}

/// Folds one stream from its beginning up to a position of the log, looking after each event whether the row can be stored.
pub(crate) async fn refold(ledger: &Ledger, kind: &Kind, id: &str, to: u64) -> Result<Outcome, Fault> {
    let events = ledger.stream(kind.aggregate, id).await?;
    Ok(refolded(kind, events.iter().filter(|recorded| recorded.position <= to)))
}

pub(crate) fn refolded<'a>(kind: &Kind, events: impl Iterator<Item = &'a Recorded>) -> Outcome {
    let mut last = Outcome {
        made: None,
        sums: Sums::new(),
        stop: None,
    };
    // Nothing can always be begun with.
    let Ok(mut stream) = Stream::begin(kind, None) else {
        return last;
    };
    for recorded in events {
        if let Some(stop) = &mut last.stop {
            stop.waiting += 1;
            stop.last = recorded.position;
            continue;
        }
        stream.take(recorded, &read(recorded));
        match stream.outcome() {
            Ok(outcome) => last = outcome,
            Err(code) => last.stop = Some(Stop::at(recorded, code)),
        }
    }
    last
}

/// What an outcome makes of its rows in one generation: the row, which must be there as `expect` says, and the record if it
/// stands still.
pub(crate) fn changes(
    kind: &Kind,
    generation: u32,
    id: &str,
    outcome: Outcome,
    (expect, since): (Expect, Timestamp),
) -> Result<Vec<RowChange>, Fault> {
    let mut changes = Vec::with_capacity(2);
    let has_row = outcome.made.is_some();
    if let Some(made) = outcome.made {
        let terms = terms_of(made.terms, outcome.stop.is_some());
        changes.push(RowChange::Put {
            space: rows_of(kind.name, generation),
            key: id.to_owned(),
            body: made.body,
            terms,
            expect,
        });
    }
    if let Some(stop) = outcome.stop {
        changes.push(park(kind, generation, id, (&stop, has_row), since)?);
    }
    Ok(changes)
}

/// The terms of a row: its own, and one more while it stands still.
pub(crate) fn terms_of(mut terms: Vec<Term>, parked: bool) -> Vec<Term> {
    if parked {
        terms.push((PARKED.to_owned(), String::new()));
        terms.sort();
    }
    terms
}

fn park(
    kind: &Kind,
    generation: u32,
    id: &str,
    (stop, has_row): (&Stop, bool),
    since: Timestamp,
) -> Result<RowChange, Fault> {
    tracing::error!(
        view = kind.name,
        generation,
        position = stop.position,
        code = stop.code.code(),
        "an event cannot be read: its stream is parked in this view"
    );
    let parked = Parked {
        view: kind.name.to_owned(),
        stream: id.to_owned(),
        position: stop.position,
        sequence: stop.sequence,
        code: stop.code,
        has_row,
        waiting: stop.waiting,
        last: stop.last,
        since,
    };
    parked.change(generation, Expect::Any)
}

impl Parked {
    pub(crate) fn change(&self, generation: u32, expect: Expect) -> Result<RowChange, Fault> {
        let code = (CODE.to_owned(), self.code.code().to_owned());
        Ok(RowChange::Put {
            space: parked_of(&self.view, generation),
            key: self.stream.clone(),
            body: encoded(self)?,
            terms: if self.has_row {
                vec![code]
            } else {
                vec![code, (UNNAMED.to_owned(), String::new())]
            },
            expect,
        })
    }

    pub(crate) fn decoded(row: &Row) -> Result<Self, Fault> {
        serde_json::from_slice(&row.body).map_err(|_| Fault::Corrupt {
            position: 0,
            what: "the record of a parked stream".to_owned(),
        })
    }
}

/// Does this row stand still?
pub(crate) fn is_parked(row: &Row) -> bool {
    row.terms.iter().any(|(name, _)| name == PARKED)
}
