//! From a batch to its receipt: all that is done on the caller's side of the writer's queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::batch::{self, Append, BODY_BYTES_MAX, Batch, Expect, Receipt, RowChange};
use crate::cache::{After, Cached, Rows, SubjectInUse};
use crate::fault::{CommitError, Fault};
use crate::inline::{InlineChange, InlineRow};
use crate::leaf::{sha256, stream_digest};
use crate::ledger::{Health, Inner, Ledger};
use crate::personal::{self, Place, SubjectKey};
use crate::rows;
use crate::store::plan::{Prepared, PreparedAppend, PreparedEvent, PreparedRow, Refusal, RowContent, sorted_terms};
use crate::tree::Hash;

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
        self.commit_rows(batch, extra, &[], None).await
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

    /// As [`Ledger::commit_here`], with further rows that are prepared already; `after`: the aggregate as the only append leaves
    /// it.
    pub(crate) async fn commit_rows(
        &self,
        batch: &Batch,
        extra: &BTreeMap<String, String>,
        further: &[PreparedRow],
        after: Option<After>,
    ) -> Result<Receipt, CommitError> {
        if !self.inner.writable {
            return Err(CommitError::Unavailable(Fault::ReadOnly));
        }
        if let Health::Suspect { position, .. } = self.health() {
            return Err(CommitError::Corrupt { position });
        }
        batch::check(batch)?;
        for _ in 0..RESEALS_MAX {
            let (prepared, made) = match self.prepare(batch, extra).await {
                Ok((mut prepared, made)) => {
                    prepared.rows.extend_from_slice(further);
                    (prepared, made)
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
            match self.noticed(answer) {
                Ok(Ok(receipt)) => {
                    if !receipt.repeated {
                        self.remember(batch, made, after);
                    }
                    return Ok(receipt);
                }
                Ok(Err(Refusal::Reseal)) => {
                    for subject in made.used {
                        self.inner.cache.drop_subject(subject);
                    }
                }
                Ok(Err(Refusal::Commit(error))) => {
                    self.forget(made);
                    return Err(error);
                }
                // Nobody knows what became of it.
                Err(fault) => {
                    self.forget(made);
                    return Err(fault.into());
                }
            }
        }
        Err(CommitError::Unavailable(Fault::Deadline))
    }

    /// What was stored is what the next command begins with.
    fn remember(&self, batch: &Batch, made: Made, mut after: Option<After>) {
        let cache = &self.inner.cache;
        for (subject, key) in made.fresh {
            cache.put_subject(subject, key, made.as_of);
        }
        for (append, (stream, rows)) in batch.appends.iter().zip(made.streams) {
            if append.events.is_empty() {
                continue;
            }
            let marked = append.events.iter().any(|event| personal::is_marked(&event.body));
            let (state, bytes, personal, as_of) = match after.take() {
                Some(after) => (Some(after.state), after.bytes, after.personal, after.as_of),
                None => match cache.stream(stream).filter(|cached| cached.sequence == append.expected) {
                    Some(cached) => {
                        let state = cached.state.and_then(|state| state.advanced(&append.events));
                        (state, cached.bytes, cached.personal, made.as_of)
                    }
                    None => (None, 0, false, made.as_of),
                },
            };
            if state.is_none() && rows.is_empty() {
                cache.drop_stream(stream);
                continue;
            }
            let cached = Cached {
                sequence: sequence_after(append),
                state,
                rows: Some(rows),
                bytes: bytes + made.bytes / batch.appends.len().max(1),
                personal: personal || marked,
            };
            cache.put_stream(stream, cached, as_of.min(made.as_of));
        }
    }

    fn forget(&self, made: Made) {
        for (stream, _) in made.streams {
            self.inner.cache.drop_stream(stream);
        }
        for subject in made.used {
            self.inner.cache.drop_subject(subject);
        }
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
    async fn prepare(&self, batch: &Batch, extra: &BTreeMap<String, String>) -> Result<(Prepared, Made), CommitError> {
        let Inner {
            vault, entropy, cache, ..
        } = self.inner.as_ref();
        let as_of = cache.erasures();
        let entropy = entropy.as_ref();
        let invalid = |what: String| CommitError::Invalid { what };
        let vault_fault = |doing| move |source| CommitError::Unavailable(Fault::Vault { doing, source });

        let mut wanted = BTreeSet::new();
        for event in batch.appends.iter().flat_map(|append| &append.events) {
            personal::subjects_to_seal(&event.body, &mut wanted).map_err(|error| invalid(error.to_string()))?;
        }
        if batch.destroy_subjects.iter().any(|subject| wanted.contains(subject)) {
            return Err(invalid(
                "personal data of a subject whose key the same batch destroys".to_owned(),
            ));
        }
        let (keys, fresh) = self.subjects_in_use(&wanted, as_of).await?;

        let meta = batch::encode_meta(&batch.context, extra);
        if meta.len() > BODY_BYTES_MAX {
            return Err(invalid(format!("the context is larger than {BODY_BYTES_MAX} bytes")));
        }
        let meta_hash = sha256(&meta);
        let (mut streams, mut bytes) = (Vec::with_capacity(batch.appends.len()), 0);
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
                personal::seal(&mut body, &place, &keys, entropy).map_err(|error| invalid(error.to_string()))?;
                // The same bytes whatever order the maps of this build keep (serde_json's feature `preserve_order`).
                body.sort_all_objects();
                let body = serde_json::to_vec(&body).map_err(|error| invalid(error.to_string()))?;
                if body.len() > BODY_BYTES_MAX {
                    return Err(invalid(format!("an event is larger than {BODY_BYTES_MAX} bytes")));
                }
                bytes += body.len();
                events.push(PreparedEvent {
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    body_hash: sha256(&body),
                    body,
                    meta: meta.clone(),
                    meta_hash,
                });
            }
            let stream = stream_digest(&append.aggregate_type, &append.aggregate_id);
            let mut rows: Vec<Option<Vec<u8>>> = Vec::new();
            if !append.events.is_empty() {
                let cached = cache.stream(stream).filter(|cached| cached.sequence == append.expected);
                let remembered = cached.and_then(|cached| cached.rows);
                let sequence = sequence_after(append);
                for InlineChange { space, had, row } in self.inline(append, remembered.as_ref()).await? {
                    rows.push(row.as_ref().map(|row| row.body.clone()));
                    let expected = (append.expected == 0, had);
                    changes.extend(self.inline_row(&space, &append.aggregate_id, sequence, expected, row)?);
                }
            }
            streams.push((stream, Rows::from(rows)));
            appends.push(PreparedAppend {
                aggregate_type: append.aggregate_type.clone(),
                aggregate_id: append.aggregate_id.clone(),
                stream,
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
        let prepared = Prepared {
            command_id: batch.command_id,
            request_hash: batch.request_hash,
            appends,
            subjects: keys
                .iter()
                .map(|(subject, key)| (*subject, key.wrapped.clone()))
                .collect(),
            fresh: fresh.clone(),
            rows: changes,
            bookmark: batch.bookmark.clone(),
            destroy: batch.destroy_subjects.clone(),
        };
        let made = Made {
            as_of,
            streams,
            bytes,
            used: wanted,
            fresh: keys
                .into_iter()
                .filter(|(subject, _)| fresh.contains(subject))
                .collect(),
        };
        Ok((prepared, made))
    }

    /// The keys of these subjects, and whose of them were made just now.
    async fn subjects_in_use(
        &self,
        wanted: &BTreeSet<Uuid>,
        as_of: u64,
    ) -> Result<(BTreeMap<Uuid, SubjectInUse>, BTreeSet<Uuid>), CommitError> {
        let Inner {
            vault,
            entropy,
            store,
            cache,
            subjects,
            ..
        } = self.inner.as_ref();
        let fault = |doing| move |source| CommitError::Unavailable(Fault::Vault { doing, source });
        let (mut keys, mut missing, mut fresh) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for subject in wanted {
            match cache.subject(*subject) {
                Some(key) => drop(keys.insert(*subject, key)),
                None => drop(missing.insert(*subject)),
            }
        }
        let stored = if missing.is_empty() {
            BTreeMap::new()
        } else {
            let ask = async |sets: Vec<BTreeSet<Uuid>>| {
                let keys = store.subject_keys(sets.iter().flatten().copied().collect()).await?;
                let of = |set: &BTreeSet<Uuid>| {
                    let found = set
                        .iter()
                        .filter_map(|subject| Some((*subject, keys.get(subject)?.clone())));
                    found.collect()
                };
                Ok(sets.iter().map(of).collect())
            };
            subjects.ask(missing.clone(), ask).await?
        };
        for subject in missing {
            let (wrapped, found) = match stored.get(&subject) {
                Some(SubjectKey::Present(key)) => (key.clone(), true),
                Some(SubjectKey::Destroyed) => return Err(CommitError::SubjectErased { subject }),
                Some(SubjectKey::Withheld) => return Err(CommitError::Unavailable(Fault::ReadOnly)),
                None => {
                    fresh.insert(subject);
                    let key = vault
                        .new_subject_key(entropy.as_ref())
                        .map_err(fault("make a data key"))?;
                    (key, false)
                }
            };
            let cipher = vault.subject(&wrapped).map_err(fault("open a data key"))?;
            let key = SubjectInUse { wrapped, cipher };
            if found {
                cache.put_subject(subject, key.clone(), as_of);
            }
            keys.insert(subject, key);
        }
        Ok((keys, fresh))
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

/// What preparing a batch has brought that the cache may keep once the batch is stored.
struct Made {
    as_of: u64,
    /// Of each append: its stream, and the rows of the inline views after it.
    streams: Vec<(Hash, Rows)>,
    /// Of the events.
    bytes: usize,
    used: BTreeSet<Uuid>,
    fresh: BTreeMap<Uuid, SubjectInUse>,
}

/// Where the stream stands after the append.
fn sequence_after(append: &Append) -> u64 {
    append.expected + u64::try_from(append.events.len()).unwrap_or(u64::MAX)
}
