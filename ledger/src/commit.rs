//! From a batch to its receipt: all that is done on the caller's side of the writer's queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::batch::{self, Append, BODY_BYTES_MAX, Batch, Expect, Receipt, RowChange};
use crate::fault::{CommitError, Fault};
use crate::inline::InlineRow;
use crate::leaf::{sha256, stream_digest};
use crate::ledger::{Health, Inner, Ledger};
use crate::personal::{self, Place, SubjectKey};
use crate::rows;
use crate::store::plan::{Prepared, PreparedAppend, PreparedEvent, PreparedRow, Refusal, RowContent, sorted_terms};

/// How often a batch is sealed anew because somebody else made a subject's key first. Each time that key is there to stay,
/// so a second attempt can only fail by another subject's race.
const RESEALS_MAX: usize = 8;

impl Ledger {
    /// Stores the batch in one transaction: all of it, or nothing. Runs to its end even when the caller is dropped.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Unavailable`] the outcome is unknown; the same batch again is safe.
    pub async fn commit(&self, batch: Batch) -> Result<Receipt, CommitError> {
        self.commit_with(batch, BTreeMap::new()).await
    }

    /// As [`Ledger::commit`], with further fields for `meta`.
    pub(crate) async fn commit_with(
        &self,
        batch: Batch,
        extra: BTreeMap<String, String>,
    ) -> Result<Receipt, CommitError> {
        let ledger = self.clone();
        // A task of its own: an HTTP handler is dropped when its client hangs up, and must not take the commit with it.
        let work = tokio::spawn(async move { ledger.commit_here(&batch, &extra).await });
        work.await.unwrap_or(Err(CommitError::Unavailable(Fault::Stopped)))
    }

    pub(crate) async fn commit_here(
        &self,
        batch: &Batch,
        extra: &BTreeMap<String, String>,
    ) -> Result<Receipt, CommitError> {
        self.check_inline(batch)?;
        self.commit_rows(batch, extra, &[]).await
    }

    /// The rows of an inline view are made of its streams, by the ledger alone.
    fn check_inline(&self, batch: &Batch) -> Result<(), CommitError> {
        let views = &self.inner.settings.inline;
        let touched = batch.rows.iter().map(|row| row.place().0);
        match touched
            .into_iter()
            .find(|space| views.iter().any(|view| view.space() == *space))
        {
            None => Ok(()),
            Some(space) => Err(CommitError::Invalid {
                what: format!("the rows of the inline view {space} cannot be changed by a batch"),
            }),
        }
    }

    /// As [`Ledger::commit_here`], with further rows that are prepared already.
    pub(crate) async fn commit_rows(
        &self,
        batch: &Batch,
        extra: &BTreeMap<String, String>,
        further: &[PreparedRow],
    ) -> Result<Receipt, CommitError> {
        if !self.inner.writable {
            return Err(CommitError::Unavailable(Fault::ReadOnly));
        }
        if let Health::Suspect { position, .. } = self.health() {
            return Err(CommitError::Corrupt { position });
        }
        batch::check(batch)?;
        for _ in 0..RESEALS_MAX {
            let prepared = match self.prepare(batch, extra).await {
                Ok(mut prepared) => {
                    prepared.rows.extend_from_slice(further);
                    prepared
                }
                // The key may have been destroyed after this very command was carried out: then the answer is its receipt.
                Err(CommitError::SubjectErased { subject }) => {
                    let repeated = self.repeated(batch.command_id, &batch.request_hash).await?;
                    return repeated.ok_or(CommitError::SubjectErased { subject });
                }
                Err(error) => return Err(error),
            };
            let answer = self
                .inner
                .store
                .submit(Arc::new(prepared), self.inner.settings.write_deadline)
                .await;
            match self.noticed(answer)? {
                Ok(receipt) => return Ok(receipt),
                Err(Refusal::Commit(error)) => return Err(error),
                Err(Refusal::Reseal) => {}
            }
        }
        Err(CommitError::Unavailable(Fault::Deadline))
    }

    /// The receipt of a command that was carried out before.
    pub(crate) async fn repeated(
        &self,
        command_id: Uuid,
        request_hash: &[u8; 32],
    ) -> Result<Option<Receipt>, CommitError> {
        let Some(stored) = self.inner.store.command(command_id).await? else {
            return Ok(None);
        };
        match stored.answer(request_hash) {
            Ok(receipt) => Ok(Some(receipt)),
            Err(Refusal::Commit(error)) => Err(error),
            Err(Refusal::Reseal) => Ok(None),
        }
    }

    /// Seals, encodes and hashes: all that can be done on the caller's side of the queue.
    async fn prepare(&self, batch: &Batch, extra: &BTreeMap<String, String>) -> Result<Prepared, CommitError> {
        let Inner {
            vault, entropy, store, ..
        } = self.inner.as_ref();
        let entropy = entropy.as_ref();
        let invalid = |what: String| CommitError::Invalid { what };
        let vault_fault = |doing| move |source| CommitError::Unavailable(Fault::Vault { doing, source });

        let mut wanted = BTreeSet::new();
        for event in batch.appends.iter().flat_map(|append| &append.events) {
            wanted.extend(personal::subjects_to_seal(&event.body).map_err(|error| invalid(error.to_string()))?);
        }
        if batch.destroy_subjects.iter().any(|subject| wanted.contains(subject)) {
            return Err(invalid(
                "personal data of a subject whose key the same batch destroys".to_owned(),
            ));
        }
        let stored = store.subject_keys(wanted.clone()).await?;
        let (mut subjects, mut fresh) = (BTreeMap::new(), BTreeSet::new());
        for subject in wanted {
            let key = match stored.get(&subject) {
                Some(SubjectKey::Present(key)) => key.clone(),
                Some(SubjectKey::Destroyed) => return Err(CommitError::SubjectErased { subject }),
                Some(SubjectKey::Withheld) => return Err(CommitError::Unavailable(Fault::ReadOnly)),
                None => {
                    fresh.insert(subject);
                    vault.new_subject_key(entropy).map_err(vault_fault("make a data key"))?
                }
            };
            subjects.insert(subject, key);
        }

        let meta = batch::encode_meta(&batch.context, extra);
        if meta.len() > BODY_BYTES_MAX {
            return Err(invalid(format!("the context is larger than {BODY_BYTES_MAX} bytes")));
        }
        let meta_hash = sha256(&meta);
        let mut appends = Vec::with_capacity(batch.appends.len());
        let mut changes = Vec::with_capacity(batch.rows.len());
        for append in &batch.appends {
            let mut events = Vec::with_capacity(append.events.len());
            for (sequence, event) in (append.expected + 1..).zip(&append.events) {
                let place = Place {
                    aggregate_type: &append.aggregate_type,
                    aggregate_id: &append.aggregate_id,
                    sequence,
                    event_type: &event.event_type,
                };
                let mut body = event.body.clone();
                personal::seal(&mut body, &place, &subjects, vault, entropy)
                    .map_err(|error| invalid(error.to_string()))?;
                // The same bytes whatever order the maps of this build keep (serde_json's feature `preserve_order`).
                body.sort_all_objects();
                let body = serde_json::to_vec(&body).map_err(|error| invalid(error.to_string()))?;
                if body.len() > BODY_BYTES_MAX {
                    return Err(invalid(format!("an event is larger than {BODY_BYTES_MAX} bytes")));
                }
                events.push(PreparedEvent {
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    body_hash: sha256(&body),
                    body,
                    meta: meta.clone(),
                    meta_hash,
                });
            }
            if !append.events.is_empty() {
                let Append {
                    aggregate_type: kind,
                    aggregate_id: id,
                    expected,
                    events,
                } = append;
                for (space, had, row) in self.inline(kind, id, *expected, events).await? {
                    changes.extend(self.inline_row(&space, id, sequence_after(append), (*expected == 0, had), row)?);
                }
            }
            appends.push(PreparedAppend {
                aggregate_type: append.aggregate_type.clone(),
                aggregate_id: append.aggregate_id.clone(),
                stream: stream_digest(&append.aggregate_type, &append.aggregate_id),
                expected: append.expected,
                events,
            });
        }

        for row in &batch.rows {
            changes.push(match row {
                RowChange::Put {
                    space,
                    key,
                    body,
                    terms,
                    expect,
                } => {
                    let sealed = rows::seal(vault, entropy, space, key, body).map_err(vault_fault("seal a row"))?;
                    let content = Some(RowContent {
                        folded: 0,
                        sealed,
                        terms: sorted_terms(terms.iter().cloned()),
                    });
                    PreparedRow {
                        space: space.clone(),
                        key: key.clone(),
                        place: stream_digest(space, key),
                        expect: *expect,
                        new: false,
                        content,
                    }
                }
                RowChange::Delete { space, key, expect } => PreparedRow {
                    space: space.clone(),
                    key: key.clone(),
                    place: stream_digest(space, key),
                    expect: *expect,
                    new: false,
                    content: None,
                },
            });
        }
        Ok(Prepared {
            command_id: batch.command_id,
            request_hash: batch.request_hash,
            appends,
            subjects,
            fresh,
            rows: changes,
            bookmark: batch.bookmark.clone(),
            destroy: batch.destroy_subjects.clone(),
        })
    }

    /// The change of an inline view's row. The stream's sequence is judged, so the row need not be.
    pub(crate) fn inline_row(
        &self,
        space: &str,
        aggregate_id: &str,
        folded: u64,
        (new, had): (bool, bool),
        row: Option<InlineRow>,
    ) -> Result<Option<PreparedRow>, CommitError> {
        let Inner { vault, entropy, .. } = self.inner.as_ref();
        let content = match row {
            None if !had => return Ok(None),
            None => None,
            Some(InlineRow { body, terms }) => {
                let sealed = rows::seal(vault, entropy.as_ref(), space, aggregate_id, &body).map_err(|source| {
                    CommitError::Unavailable(Fault::Vault {
                        doing: "seal a row",
                        source,
                    })
                })?;
                Some(RowContent {
                    folded,
                    sealed,
                    terms: sorted_terms(terms),
                })
            }
        };
        Ok(Some(PreparedRow {
            space: space.to_owned(),
            key: aggregate_id.to_owned(),
            place: stream_digest(space, aggregate_id),
            expect: Expect::Any,
            new,
            content,
        }))
    }
}

/// Where the stream stands after the append.
fn sequence_after(append: &Append) -> u64 {
    append.expected + u64::try_from(append.events.len()).unwrap_or(u64::MAX)
}
