//! Cosignatures of witnesses, and the checkpoints that they may stand under, the latest first.

use rusqlite::{OptionalExtension as _, params};

use super::{Sqlite, checkpoint_of, limit_of};
use crate::fault::Fault;
use crate::store::{Cosignature, StoredCheckpoint, signed, unsigned};

impl Sqlite {
    pub(crate) async fn checkpoints_below(
        &self,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredCheckpoint>, Fault> {
        let log_id = self.log_id;
        let below = below.map_or(i64::MAX, signed);
        self.read("read checkpoints", move |connection| {
            connection
                .prepare_cached(
                    "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = ?1 AND size < ?2
                      ORDER BY size DESC LIMIT ?3",
                )?
                .query_map(params![log_id, below, limit_of(limit)], checkpoint_of)?
                .collect()
        })
        .await
    }

    pub(crate) async fn save_cosignature(&self, cosignature: Cosignature) -> Result<(), Fault> {
        let log_id = self.log_id;
        self.write("keep a cosignature", move |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO ledger_cosignature (log_id, size, witness, line) SELECT ?1, ?2, ?3, ?4
                      WHERE NOT EXISTS (SELECT 1 FROM ledger_cosignature
                                         WHERE log_id = ?1 AND size = ?2 AND witness = ?3)",
                )?
                .execute(params![
                    log_id,
                    signed(cosignature.size),
                    cosignature.witness,
                    cosignature.line
                ])?;
            Ok(())
        })
        .await
    }

    pub(crate) async fn cosignatures(&self, from: u64, to: u64) -> Result<Vec<Cosignature>, Fault> {
        let log_id = self.log_id;
        self.read("read cosignatures", move |connection| {
            connection
                .prepare_cached(
                    "SELECT size, witness, line FROM ledger_cosignature WHERE log_id = ?1 AND size BETWEEN ?2 AND ?3
                      ORDER BY size, witness",
                )?
                .query_map(params![log_id, signed(from), signed(to)], |row| {
                    Ok(Cosignature {
                        size: row.get(0).map(unsigned)?,
                        witness: row.get(1)?,
                        line: row.get(2)?,
                    })
                })?
                .collect()
        })
        .await
    }

    pub(crate) async fn cosigned_size(&self, witness: &str) -> Result<u64, Fault> {
        let (log_id, witness) = (self.log_id, witness.to_owned());
        self.read("read cosignatures", move |connection| {
            let size: Option<i64> = connection
                .prepare_cached(
                    "SELECT size FROM ledger_cosignature WHERE log_id = ?1 AND witness = ?2 ORDER BY size DESC LIMIT 1",
                )?
                .query_row(params![log_id, witness], |row| row.get(0))
                .optional()?;
            Ok(size.map_or(0, unsigned))
        })
        .await
    }
}
