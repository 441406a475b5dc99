//! Taking over a whole log, in one transaction.

use rusqlite::{Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::{EVENT_COLUMNS, Sqlite, Task, Work};
use crate::fault::Fault;
use crate::import::{Adoption, ImportError};
use crate::personal::SubjectKey;
use crate::rows::{checkpoint_tag, command_tag, head_tag, subject_tag};
use crate::store::signed;

impl Sqlite {
    /// Takes as long as it takes: a whole log is written.
    pub(crate) async fn adopt(&self, mut adoption: Adoption) -> Result<(), ImportError> {
        let queue = self.queue.as_ref().ok_or(Fault::ReadOnly)?;
        let (log_id, vault) = (self.log_id, self.vault.clone());
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |connection| {
            let failed = |error| ImportError::from(Fault::store("take the log over", error));
            let mut work = || {
                let transaction = connection
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .map_err(failed)?;
                let head = take(&transaction, log_id, &vault, &mut adoption)?;
                let changed = transaction
                    .execute(
                        "UPDATE ledger_head SET position = ?2, tag = ?3 WHERE log_id = ?1 AND position = 0 AND revision = 0",
                        params![log_id, signed(head), head_tag(&vault, 0, 0)],
                    )
                    .map_err(failed)?;
                if changed != 1 {
                    return Err(ImportError::NotEmpty);
                }
                transaction.commit().map_err(failed)
            };
            drop(reply.send(work()));
        });
        queue.send(Work::Task(task)).await.map_err(|_| Fault::Closed)?;
        answer.await.map_err(|_| Fault::Closed)?
    }
}

fn take(
    transaction: &Transaction<'_>,
    log_id: i32,
    vault: &keys::Vault,
    adoption: &mut Adoption,
) -> Result<u64, ImportError> {
    let failed = |error| ImportError::from(Fault::store("take the log over", error));
    let mut insert = transaction
        .prepare(&format!(
            "INSERT INTO ledger_event (log_id, {EVENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        ))
        .map_err(failed)?;
    loop {
        let events = adoption.events()?;
        if events.is_empty() {
            break;
        }
        for event in events {
            insert
                .execute(params![
                    log_id,
                    signed(event.position),
                    event.aggregate_type,
                    event.aggregate_id,
                    signed(event.sequence),
                    event.event_type,
                    event.event_version,
                    event.body,
                    event.meta,
                    event.leaf_hash,
                    event.recorded_at
                ])
                .map_err(failed)?;
        }
    }
    let head = adoption.is_whole()?;
    let mut insert = transaction
        .prepare(
            "INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at, tag)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .map_err(failed)?;
    loop {
        let commands = adoption.commands()?;
        if commands.is_empty() {
            break;
        }
        for new in commands {
            let range = (new.first, new.last);
            let tag = command_tag(vault, new.command_id, &new.request_hash, range, new.recorded_at);
            insert
                .execute(params![
                    log_id,
                    new.command_id.as_bytes(),
                    new.request_hash,
                    signed(new.first),
                    signed(new.last),
                    new.recorded_at,
                    tag
                ])
                .map_err(failed)?;
        }
    }
    let mut insert = transaction
        .prepare(
            "INSERT INTO subject_key (log_id, subject_id, wrapped_dek, destroyed_at, tag) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .map_err(failed)?;
    for (subject, key) in &adoption.subjects {
        let (wrapped, gone) = match key {
            SubjectKey::Present(key) => (Some(&key.0), None),
            SubjectKey::Destroyed => (None, Some(adoption.now)),
            SubjectKey::Withheld => return Err(ImportError::NoKeys),
        };
        let tag = subject_tag(vault, *subject, wrapped.map(Vec::as_slice), gone);
        insert
            .execute(params![log_id, subject.as_bytes(), wrapped, gone, tag])
            .map_err(failed)?;
    }
    let kept = &adoption.checkpoint;
    let at = kept.at.as_millisecond();
    transaction
        .execute("DELETE FROM ledger_tree WHERE log_id = ?1", [log_id])
        .map_err(failed)?;
    transaction
        .execute(
            "INSERT INTO ledger_checkpoint (log_id, size, root, signed_note, at, tag) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                log_id,
                signed(kept.size),
                kept.root,
                kept.note,
                at,
                checkpoint_tag(vault, kept.size, at)
            ],
        )
        .map_err(failed)?;
    Ok(head)
}
