//! A view without its type: what following, rebuilding and comparing need of it.

use std::collections::BTreeMap;

use domain::AnyEvent;
use ledger::{NAME_BYTES_MAX, Recorded};

use crate::{
    Entry, File, OfficerView, Person,
    poison::Poison,
    view::{Term, View},
};

/// What a row may weigh; larger ones cannot be sealed and read in one piece without harm to everybody else.
pub(crate) const ROW_BYTES_MAX: usize = 4 << 20;

/// Numbers by the key of their sum row and their own name.
pub(crate) type Sums = BTreeMap<String, BTreeMap<String, i64>>;

/// A row as its stream gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) body: Vec<u8>,
    pub(crate) terms: Vec<Term>,
}

/// The fold of one stream, under way.
pub(crate) trait Fold: Send + Sync {
    fn take(&mut self, event: &AnyEvent, recorded: &Recorded);
    /// The row as it is now; `None` while no event has begun one.
    fn made(&self) -> Result<Option<Made>, Poison>;
    /// What the row as it is now adds to the view's sums.
    fn sums(&self) -> Sums;
}

/// Begins a fold with a stored row, or with nothing. `Err`: the row cannot be read.
type Begin = fn(Option<&[u8]>) -> Result<Box<dyn Fold>, ()>;

/// One of the views.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) shape: u32,
    pub(crate) aggregate: &'static str,
    pub(crate) begin: Begin,
}

/// Every view, in the order of their names.
pub(crate) static KINDS: [Kind; 4] = [
    Kind::of::<File>(),
    Kind::of::<OfficerView>(),
    Kind::of::<Person>(),
    Kind::of::<Entry>(),
];

impl Kind {
    pub(crate) const fn of<V: View>() -> Self {
        Self {
            name: V::NAME,
            shape: V::SHAPE,
            aggregate: V::AGGREGATE,
            begin: begin::<V>,
        }
    }

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

struct Folding<V>(Option<V>);

fn begin<V: View>(stored: Option<&[u8]>) -> Result<Box<dyn Fold>, ()> {
    let row: Option<V> = stored.map(serde_json::from_slice).transpose().map_err(drop)?;
    Ok(Box::new(Folding(row)))
}

impl<V: View> Fold for Folding<V> {
    fn take(&mut self, event: &AnyEvent, recorded: &Recorded) {
        self.0 = V::fold(self.0.take(), event, recorded);
    }

    fn made(&self) -> Result<Option<Made>, Poison> {
        let Some(row) = &self.0 else { return Ok(None) };
        let body = serde_json::to_vec(row).map_err(|_| Poison::RowUnfit)?;
        let mut terms = row.terms();
        terms.sort();
        terms.dedup();
        let fits = |text: &str| text.len() <= NAME_BYTES_MAX && !text.contains('\0');
        if body.len() > ROW_BYTES_MAX || !terms.iter().all(|(name, value)| fits(name) && fits(value)) {
            return Err(Poison::RowUnfit);
        }
        Ok(Some(Made { body, terms }))
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums::new();
        for part in self.0.iter().flat_map(View::parts) {
            *sums.entry(part.key).or_default().entry(part.name).or_default() += part.by;
        }
        sums
    }
}

/// `sums += sign * more`; what has become 0 is left out.
pub(crate) fn add(sums: &mut Sums, more: &Sums, sign: i64) {
    for (key, numbers) in more {
        let row = sums.entry(key.clone()).or_default();
        for (name, by) in numbers {
            let number = row.entry(name.clone()).or_default();
            *number += sign * by;
            if *number == 0 {
                row.remove(name);
            }
        }
        if row.is_empty() {
            sums.remove(key);
        }
    }
}
