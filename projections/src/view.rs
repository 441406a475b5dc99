use domain::AnyEvent;
use ledger::{Fault, Recorded, Row};
use serde::{Serialize, de::DeserializeOwned};

/// A pair to find a row by: the term's name and its value. Values are compared as text, and hold no
/// personal data, because they are not encrypted.
pub type Term = (String, String);

/// The fold of one stream into one row.
///
/// `fold` is total and has no effects: the same events give the same row, byte for byte.
pub trait View: Sized + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// The view's name, which is also the space of its rows.
    const NAME: &'static str;
    /// Raised when the shape or the meaning of a row changes; the rows are then folded anew.
    const GENERATION: u32;
    /// The aggregate whose streams are folded.
    const AGGREGATE: &'static str;

    /// The row after one more event of its stream. `None` when the event does not begin a row and there is none yet.
    fn fold(row: Option<Self>, event: &AnyEvent, recorded: &Recorded) -> Option<Self>;

    /// What the row can be found by.
    fn terms(&self) -> Vec<Term>;

    /// The space of this view's rows in this generation.
    #[must_use]
    fn space() -> String {
        format!("{}@{}", Self::NAME, Self::GENERATION)
    }
}

/// A stored row, read back. What the reader says is left out: it may quote a person's data.
pub(crate) fn decoded<V: View>(row: &Row) -> Result<V, Fault> {
    serde_json::from_slice(&row.body).map_err(|_| Fault::Corrupt {
        position: 0,
        what: format!("row {} of view {}", row.key, V::NAME),
    })
}
