//! Inline views: one row for each stream, changed in the same transaction as the events that change it. Who has the receipt
//! of a command finds its effect in the row; no reader follows behind.

use std::error::Error;
use std::fmt;

use crate::batch::{Append, BODY_BYTES_MAX, NAME_BYTES_MAX, NewEvent};
use crate::cache::Rows;
use crate::fault::{CommitError, Fault};
use crate::ledger::Ledger;
use crate::personal;
use crate::recorded::StoredEvent;
use crate::rows;

/// A row that is changed in the same transaction as the events that change it.
///
/// The row is a function of its stream's events alone, so it can be made again at any time and need not be judged: the
/// stream's sequence is. Personal values reach the view as erased (`{"$personal": subject, "erased": true}`), so that no row holds
/// what an erasure must take away. The rows of the space belong to the ledger: a batch that touches one is refused.
pub trait InlineView: Send + Sync + 'static {
    /// The space of its rows; the key of a row is the aggregate id. No two views share a space.
    fn space(&self) -> &str;

    /// Whose streams it folds.
    fn aggregate_type(&self) -> &str;

    /// The row after these events. `row` is the stored body, `None` before the first event or where there is no row. Pure: the same
    /// stream gives the same row, whether folded in one call or in several. No position or recorded time is known yet.
    ///
    /// # Errors
    /// Whatever keeps it from taking these events in. The whole batch is then refused as [`CommitError::Invalid`].
    fn fold(
        &self,
        row: Option<&[u8]>,
        aggregate_id: &str,
        events: &[NewEvent],
    ) -> Result<Option<InlineRow>, Box<dyn Error + Send + Sync>>;
}

impl fmt::Debug for dyn InlineView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InlineView({} of {})", self.space(), self.aggregate_type())
    }
}

/// What an inline view makes of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineRow {
    /// The row's content; sealed at rest.
    pub body: Vec<u8>,
    /// Names and values under which it is found; they are not encrypted: no personal data.
    pub terms: Vec<(String, String)>,
}

/// What becomes of one view's row.
pub(crate) struct InlineChange {
    pub(crate) space: String,
    /// There was a row before.
    pub(crate) had: bool,
    pub(crate) row: Option<InlineRow>,
}

/// The event without what an erasure would take away.
fn without_personal(event: &NewEvent) -> Result<NewEvent, CommitError> {
    let mut event = event.clone();
    personal::erase(&mut event.body).map_err(|error| CommitError::Invalid {
        what: error.to_string(),
    })?;
    Ok(event)
}

fn of_stored(event: StoredEvent) -> Result<NewEvent, Fault> {
    let corrupt = |what: String| Fault::corrupt(event.position, what);
    event.checked_leaf()?;
    let mut body = serde_json::from_slice(&event.body).map_err(|_| corrupt("the body is no JSON".to_owned()))?;
    personal::erase(&mut body).map_err(|error| corrupt(error.to_string()))?;
    Ok(NewEvent {
        event_type: event.event_type,
        event_version: event.event_version,
        body,
    })
}

/// Lets the view fold, and checks what it answers.
fn fold(
    view: &dyn InlineView,
    row: Option<&[u8]>,
    aggregate_id: &str,
    events: &[NewEvent],
) -> Result<Option<InlineRow>, CommitError> {
    let invalid = |what: &str| CommitError::Invalid {
        what: format!("the inline view {} {what}", view.space()),
    };
    let folded = view.fold(row, aggregate_id, events).map_err(|error| {
        tracing::error!(
            view = view.space(),
            error,
            "an inline view cannot take in the events of a batch"
        );
        invalid("cannot take in these events")
    })?;
    if let Some(InlineRow { body, terms }) = &folded {
        if body.len() > BODY_BYTES_MAX {
            return Err(invalid("makes a row that is too large"));
        }
        let fits = |name: &str| name.len() <= NAME_BYTES_MAX && !name.contains('\0');
        if terms
            .iter()
            .any(|(name, value)| name.is_empty() || !fits(name) || !fits(value))
        {
            return Err(invalid("makes a term that is not valid"));
        }
    }
    Ok(folded)
}

impl Ledger {
    /// The row as the first `sequence` events of the stream make it, whatever is stored.
    async fn folded_anew(
        &self,
        view: &dyn InlineView,
        aggregate_id: &str,
        sequence: u64,
    ) -> Result<Option<InlineRow>, CommitError> {
        let mut stored = self.stored_stream(view.aggregate_type(), aggregate_id, 0).await?;
        stored.truncate(usize::try_from(sequence).unwrap_or(usize::MAX));
        let events: Vec<NewEvent> = self.noticed(stored.into_iter().map(of_stored).collect())?;
        if events.is_empty() {
            return Ok(None);
        }
        fold(view, None, aggregate_id, &events)
    }

    /// The body of the view's row when its stream stands at `sequence`: from the store, or folded anew where the stored row is
    /// missing or stands elsewhere (a view that was introduced or changed after the stream had begun).
    async fn inline_before(
        &self,
        view: &dyn InlineView,
        aggregate_id: &str,
        sequence: u64,
    ) -> Result<Option<Vec<u8>>, CommitError> {
        if sequence == 0 {
            return Ok(None);
        }
        let stored = self.inner.store.row(view.space(), aggregate_id).await?;
        if let Some(stored) = stored
            && stored.folded == sequence
        {
            return Ok(Some(rows::open(&self.inner.vault, view.space(), stored)?.body));
        }
        let row = self.folded_anew(view, aggregate_id, sequence).await?;
        Ok(row.map(|row| row.body))
    }

    /// What the inline views make of an append, in the order of the views. `remembered`: the rows at `expected`.
    pub(crate) async fn inline(
        &self,
        append: &Append,
        remembered: Option<&Rows>,
    ) -> Result<Vec<InlineChange>, CommitError> {
        let mut made = Vec::new();
        let (id, expected, events) = (append.aggregate_id.as_str(), append.expected, append.events.as_slice());
        let views = self.views_of(&append.aggregate_type);
        let mut without = None;
        for (index, view) in views.enumerate() {
            let read;
            let before = match remembered.and_then(|rows| rows.get(index)) {
                Some(row) => row.as_deref(),
                None => {
                    read = self.inline_before(view, id, expected).await?;
                    read.as_deref()
                }
            };
            if without.is_none() && events.iter().any(|event| personal::is_marked(&event.body)) {
                let events: Vec<NewEvent> = events.iter().map(without_personal).collect::<Result<_, _>>()?;
                without = Some(events);
            }
            let row = fold(view, before, id, without.as_deref().unwrap_or(events))?;
            made.push(InlineChange {
                space: view.space().to_owned(),
                had: before.is_some(),
                row,
            });
        }
        Ok(made)
    }

    pub(crate) fn views_of<'a>(&'a self, aggregate_type: &'a str) -> impl Iterator<Item = &'a dyn InlineView> {
        let views = self.inner.settings.inline.iter().map(AsRef::as_ref);
        views.filter(move |view| view.aggregate_type() == aggregate_type)
    }

    /// Folds the row of an inline view from its stream and stores it where it is missing or another one: for streams that were
    /// there before the view was. Answers whether anything had to be stored.
    ///
    /// # Errors
    /// [`CommitError::Invalid`] when no view has this space; [`CommitError::Conflict`] when the stream grew meanwhile (then the row has
    /// been made with it); otherwise as [`Ledger::commit`].
    pub async fn refold(&self, space: &str, aggregate_id: &str, context: crate::Context) -> Result<bool, CommitError> {
        let view = self.inner.settings.inline.iter().find(|view| view.space() == space);
        let view = view.ok_or_else(|| CommitError::Invalid {
            what: format!("there is no inline view {space}"),
        })?;
        let mut stored = self.stored_stream(view.aggregate_type(), aggregate_id, 0).await?;
        let sequence = stored.pop().map_or(0, |event| event.sequence);
        drop(stored);
        let row = self.folded_anew(view.as_ref(), aggregate_id, sequence).await?;
        let found = self.inner.store.row(space, aggregate_id).await?;
        let same = match (&row, &found) {
            (None, None) => true,
            (Some(row), Some(found)) => {
                let mut terms = row.terms.clone();
                terms.sort();
                terms.dedup();
                let folded = found.folded;
                rows::open(&self.inner.vault, space, found.clone())
                    .is_ok_and(|found| folded == sequence && found.body == row.body && found.terms == terms)
            }
            _ => false,
        };
        if same {
            return Ok(false);
        }
        let mut batch = crate::Batch::new(context, [0; 32]);
        batch.appends.push(crate::Append {
            aggregate_type: view.aggregate_type().to_owned(),
            aggregate_id: aggregate_id.to_owned(),
            expected: sequence,
            events: Vec::new(),
        });
        let change = self.inline_row(space, aggregate_id, sequence, (false, found.is_some()), row)?;
        let change: Vec<_> = change.into_iter().collect();
        self.commit_rows(&batch, &std::collections::BTreeMap::new(), &change, None)
            .await?;
        Ok(true)
    }
}
