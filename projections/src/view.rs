use domain::AnyEvent;
use ledger::Recorded;
use serde::{Serialize, de::DeserializeOwned};

/// A pair to find a row by: the term's name and its value. Values are compared as text, and hold no
/// personal data, because they are not encrypted.
pub type Term = (String, String);

/// What one row adds to a sum over all rows of its view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which sum row it belongs to. No personal data.
    pub key: String,
    /// Which number of it.
    pub name: String,
    /// How much.
    pub by: i64,
}

/// The fold of one stream into one row.
///
/// `fold` is total and has no effects: the same events give the same row, byte for byte.
pub trait View: Sized + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// The view's name; the space of its rows begins with it.
    const NAME: &'static str;
    /// Raised when the form or the meaning of a row changes. A service whose code has a newer shape than the stored rows folds
    /// them anew beside the old ones and switches over ([`crate::Projector`]).
    const SHAPE: u32;
    /// The oldest shape whose rows this code still reads while the new ones are made.
    const READS_FROM: u32 = Self::SHAPE;
    /// The aggregate whose streams are folded.
    const AGGREGATE: &'static str;

    /// The row after one more event of its stream. `None` when the event does not begin a row and there is none yet.
    fn fold(row: Option<Self>, event: &AnyEvent, recorded: &Recorded) -> Option<Self>;

    /// What the row can be found by.
    fn terms(&self) -> Vec<Term>;

    /// What the row adds to the view's sums.
    fn parts(&self) -> Vec<Part> {
        vec![]
    }
}
