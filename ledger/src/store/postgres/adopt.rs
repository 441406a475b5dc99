//! Taking over a whole log, in one transaction.

use sqlx::postgres::PgConnection;

use super::Postgres;
use crate::fault::Fault;
use crate::import::{Adoption, ImportError};
use crate::personal::SubjectKey;
use crate::store::signed;

impl Postgres {
    /// Takes as long as it takes: a whole log is written.
    pub(crate) async fn adopt(&self, mut adoption: Adoption) -> Result<(), ImportError> {
        if !self.writable {
            return Err(Fault::ReadOnly.into());
        }
        let failed = |error| ImportError::from(Fault::store("take the log over", error));
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        // An acknowledgement waits for the flush, whatever the server's default.
        sqlx::raw_sql("SET LOCAL synchronous_commit = on")
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        // Locks the head, so that no writer comes between.
        let empty: Option<i64> =
            sqlx::query_scalar("SELECT position FROM ledger_head WHERE log_id = $1 AND position = 0 FOR UPDATE")
                .bind(self.log_id)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed)?;
        if empty.is_none() {
            return Err(ImportError::NotEmpty);
        }
        let head = take_events(&mut transaction, self.log_id, &mut adoption).await?;
        take_rest(&mut transaction, self.log_id, &mut adoption).await?;
        sqlx::query("UPDATE ledger_head SET position = $2 WHERE log_id = $1")
            .bind(self.log_id)
            .bind(signed(head))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

async fn take_events(connection: &mut PgConnection, log_id: i32, adoption: &mut Adoption) -> Result<u64, ImportError> {
    loop {
        let events = adoption.events()?;
        if events.is_empty() {
            return adoption.is_whole();
        }
        let column = |get: &dyn Fn(&crate::recorded::StoredEvent) -> String| events.iter().map(get).collect::<Vec<_>>();
        let positions: Vec<i64> = events.iter().map(|event| signed(event.position)).collect();
        let sequences: Vec<i64> = events.iter().map(|event| signed(event.sequence)).collect();
        let times: Vec<i64> = events.iter().map(|event| event.recorded_at).collect();
        let bodies: Vec<&[u8]> = events.iter().map(|event| event.body.as_slice()).collect();
        let metas: Vec<&[u8]> = events.iter().map(|event| event.meta.as_slice()).collect();
        let leaves: Vec<&[u8]> = events.iter().map(|event| event.leaf_hash.as_slice()).collect();
        sqlx::query(
            "INSERT INTO ledger_event (log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                                       body, meta, leaf_hash, recorded_at)
             SELECT $1, t.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                                        $8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[]) AS t (p, a, i, s, e, v, b, m, l, r)
              ORDER BY t.p",
        )
        .bind(log_id)
        .bind(positions)
        .bind(column(&|event| event.aggregate_type.clone()))
        .bind(column(&|event| event.aggregate_id.clone()))
        .bind(sequences)
        .bind(column(&|event| event.event_type.clone()))
        .bind(column(&|event| event.event_version.clone()))
        .bind(bodies)
        .bind(metas)
        .bind(leaves)
        .bind(times)
        .execute(&mut *connection)
        .await
        .map_err(|error| Fault::store("take the events over", error))?;
    }
}

async fn take_rest(connection: &mut PgConnection, log_id: i32, adoption: &mut Adoption) -> Result<(), ImportError> {
    let failed = |error| ImportError::from(Fault::store("take the log over", error));
    loop {
        let commands = adoption.commands()?;
        if commands.is_empty() {
            break;
        }
        let ids: Vec<uuid::Uuid> = commands.iter().map(|new| new.command_id).collect();
        let hashes: Vec<&[u8]> = commands.iter().map(|new| new.request_hash.as_slice()).collect();
        let firsts: Vec<i64> = commands.iter().map(|new| signed(new.first)).collect();
        let lasts: Vec<i64> = commands.iter().map(|new| signed(new.last)).collect();
        let times: Vec<i64> = commands.iter().map(|new| new.recorded_at).collect();
        sqlx::query(
            "INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at)
             SELECT $1, t.* FROM unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[]) AS t (i, h, f, l, r)",
        )
        .bind(log_id)
        .bind(ids)
        .bind(hashes)
        .bind(firsts)
        .bind(lasts)
        .bind(times)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    for (subject, key) in &adoption.subjects {
        let (wrapped, gone) = match key {
            SubjectKey::Present(key) => (Some(key.0.as_slice()), None),
            SubjectKey::Destroyed => (None, Some(adoption.now)),
            SubjectKey::Withheld => return Err(ImportError::NoKeys),
        };
        sqlx::query("INSERT INTO subject_key (log_id, subject_id, wrapped_dek, destroyed_at) VALUES ($1, $2, $3, $4)")
            .bind(log_id)
            .bind(subject)
            .bind(wrapped)
            .bind(gone)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    let kept = &adoption.checkpoint;
    sqlx::query("INSERT INTO ledger_checkpoint (log_id, size, root, signed_note, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(log_id)
        .bind(signed(kept.size))
        .bind(&kept.root)
        .bind(&kept.note)
        .bind(kept.at.as_millisecond())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    Ok(())
}
