//! Cosignatures of witnesses, and the checkpoints that they may stand under, the latest first.

use sqlx::Row as _;

use super::{Postgres, checkpoint_of, limit_of};
use crate::fault::Fault;
use crate::store::{Cosignature, StoredCheckpoint, signed, unsigned};

impl Postgres {
    pub(crate) async fn checkpoints_below(
        &self,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredCheckpoint>, Fault> {
        self.read("read checkpoints", async {
            let rows = sqlx::query(
                "SELECT size, root, signed_note, at FROM ledger_checkpoint WHERE log_id = $1 AND size < $2
                  ORDER BY size DESC LIMIT $3",
            )
            .bind(self.log_id)
            .bind(below.map_or(i64::MAX, signed))
            .bind(limit_of(limit))
            .fetch_all(&self.pool)
            .await?;
            rows.iter().map(checkpoint_of).collect()
        })
        .await
    }

    pub(crate) async fn save_cosignature(&self, cosignature: Cosignature) -> Result<(), Fault> {
        self.write("keep a cosignature", async {
            sqlx::query(
                "INSERT INTO ledger_cosignature (log_id, size, witness, line) VALUES ($1, $2, $3, $4)
                 ON CONFLICT DO NOTHING",
            )
            .bind(self.log_id)
            .bind(signed(cosignature.size))
            .bind(&cosignature.witness)
            .bind(&cosignature.line)
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }

    pub(crate) async fn cosignatures(&self, from: u64, to: u64) -> Result<Vec<Cosignature>, Fault> {
        self.read("read cosignatures", async {
            let rows = sqlx::query(
                "SELECT size, witness, line FROM ledger_cosignature WHERE log_id = $1 AND size BETWEEN $2 AND $3
                  ORDER BY size, witness",
            )
            .bind(self.log_id)
            .bind(signed(from))
            .bind(signed(to))
            .fetch_all(&self.pool)
            .await?;
            let read = |row: &sqlx::postgres::PgRow| {
                Ok(Cosignature {
                    size: unsigned(row.try_get(0)?),
                    witness: row.try_get(1)?,
                    line: row.try_get(2)?,
                })
            };
            rows.iter().map(read).collect()
        })
        .await
    }

    pub(crate) async fn cosigned_size(&self, witness: &str) -> Result<u64, Fault> {
        self.read("read cosignatures", async {
            let size: Option<i64> = sqlx::query_scalar(
                "SELECT size FROM ledger_cosignature WHERE log_id = $1 AND witness = $2 ORDER BY size DESC LIMIT 1",
            )
            .bind(self.log_id)
            .bind(witness)
            .fetch_optional(&self.pool)
            .await?;
            Ok(size.map_or(0, unsigned))
        })
        .await
    }
}
