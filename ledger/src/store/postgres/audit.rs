//! What the audit asks of the server.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;
use uuid::Uuid;

use super::{EVENT_COLUMNS, Postgres, TERMS, event_of, limit_of, row_of};
use crate::fault::Fault;
use crate::rows::StoredRow;
use crate::store::{CommandRange, RawPage, Totals, signed, unsigned};

/// Triggers that the migrations install on our tables, partitions included; all must be there and fire always.
const TRIGGERS: i64 = 38;

impl Postgres {
    pub(crate) async fn raw_events(&self, from: u64, to: u64) -> Result<RawPage, Fault> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM ledger_event WHERE log_id = $1 AND position BETWEEN $2 AND $3 ORDER BY position"
        );
        self.read("read events", async {
            let query = sqlx::query(&sql).bind(self.log_id).bind(signed(from)).bind(signed(to));
            let mut page = RawPage::default();
            match query.fetch_all(&self.pool).await {
                Ok(rows) => {
                    for row in &rows {
                        let position = unsigned(row.try_get(0)?);
                        page.rows
                            .push((position, event_of(row).map_err(|error| error.to_string())));
                    }
                }
                // A damaged page is the server's answer about these rows; anything else is no answer.
                Err(sqlx::Error::Database(error)) => page.broken_off = Some(error.to_string()),
                Err(error) => return Err(error),
            }
            Ok(page)
        })
        .await
    }

    pub(crate) async fn last_event(&self) -> Result<u64, Fault> {
        self.read("read the last event", async {
            let last: i64 = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM ledger_event WHERE log_id = $1")
                .bind(self.log_id)
                .fetch_one(&self.pool)
                .await?;
            Ok(unsigned(last))
        })
        .await
    }

    pub(crate) async fn first_recorded_from(&self, millisecond: i64) -> Result<Option<u64>, Fault> {
        self.read("look for a time", async {
            let found: Option<i64> = sqlx::query_scalar(
                "SELECT position FROM ledger_event WHERE log_id = $1 AND recorded_at >= $2 ORDER BY position LIMIT 1",
            )
            .bind(self.log_id)
            .bind(millisecond)
            .fetch_optional(&self.pool)
            .await?;
            Ok(found.map(unsigned))
        })
        .await
    }

    pub(crate) async fn broken_sequences(&self, from: u64, to: u64) -> Result<Vec<u64>, Fault> {
        self.read("check sequences", async {
            let found: Vec<i64> = sqlx::query_scalar(
                "SELECT e.position FROM ledger_event e
                  WHERE e.log_id = $1 AND e.position BETWEEN $2 AND $3 AND (e.sequence < 1 OR e.sequence > 1 AND NOT EXISTS (
                    SELECT 1 FROM ledger_event p WHERE p.log_id = e.log_id AND p.aggregate_type = e.aggregate_type
                       AND p.aggregate_id = e.aggregate_id AND p.sequence = e.sequence - 1 AND p.position < e.position))
                  ORDER BY e.position",
            )
            .bind(self.log_id)
            .bind(signed(from))
            .bind(signed(to))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(unsigned).collect())
        })
        .await
    }

    pub(crate) async fn command_ranges(&self, ids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, CommandRange>, Fault> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        self.read("check commands", async {
            let rows = sqlx::query(
                "SELECT command_id, first_position, last_position, recorded_at FROM ledger_command
                  WHERE log_id = $1 AND command_id = ANY ($2)",
            )
            .bind(self.log_id)
            .bind(&ids)
            .fetch_all(&self.pool)
            .await?;
            rows.iter()
                .map(|row| {
                    let range = (unsigned(row.try_get(1)?), unsigned(row.try_get(2)?), row.try_get(3)?);
                    Ok((row.try_get(0)?, range))
                })
                .collect()
        })
        .await
    }

    pub(crate) async fn all_rows(&self, after: (&str, &str), limit: usize) -> Result<Vec<(String, StoredRow)>, Fault> {
        let sql = format!(
            "SELECT r.key, r.version, r.folded, r.body, r.tag, {TERMS}, r.space FROM ledger_row r
              WHERE r.log_id = $1 AND (r.space, r.key) > ($2, $3) ORDER BY r.space, r.key LIMIT $4"
        );
        self.read("check rows", async {
            let query = sqlx::query(&sql)
                .bind(self.log_id)
                .bind(after.0)
                .bind(after.1)
                .bind(limit_of(limit));
            let rows = query.fetch_all(&self.pool).await?;
            rows.iter().map(|row| Ok((row.try_get(7)?, row_of(row)?))).collect()
        })
        .await
    }

    pub(crate) async fn totals(&self, head: u64) -> Result<Totals, Fault> {
        // Longer than a read may take: the tables are counted.
        let counting = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .execute(&mut *transaction)
                .await?;
            // The table itself is counted, not its index.
            sqlx::raw_sql("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off")
                .execute(&mut *transaction)
                .await?;
            let sums = sqlx::query(
                "SELECT (SELECT position FROM ledger_head WHERE log_id = $1),
                        (SELECT coalesce(max(position), 0) FROM ledger_event WHERE log_id = $1),
                        (SELECT count(*) FROM ledger_event WHERE log_id = $1 AND position <= $2),
                        (SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM ledger_command
                          WHERE log_id = $1 AND first_position > 0 AND last_position <= $2),
                        (SELECT count(*) FROM ledger_command WHERE log_id = $1
                          AND (first_position > last_position OR (first_position < 1) <> (last_position < 1)
                               OR last_position > (SELECT position FROM ledger_head WHERE log_id = $1)))",
            )
            .bind(self.log_id)
            .bind(signed(head))
            .fetch_one(&mut *transaction)
            .await?;
            let bookmarks_beyond = sqlx::query_scalar(
                "SELECT name FROM projection WHERE log_id = $1
                  AND position > (SELECT position FROM ledger_head WHERE log_id = $1)",
            )
            .bind(self.log_id)
            .fetch_all(&mut *transaction)
            .await?;
            let bookmarks = sqlx::query("SELECT name, generation, position, tag FROM projection WHERE log_id = $1")
                .bind(self.log_id)
                .fetch_all(&mut *transaction)
                .await?
                .iter()
                .map(|row| {
                    let generation = u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(u32::MAX);
                    Ok((row.try_get(0)?, generation, unsigned(row.try_get(2)?), row.try_get(3)?))
                })
                .collect::<sqlx::Result<_>>()?;
            transaction.rollback().await?;
            Ok(Totals {
                bookmarks,
                head: unsigned(sums.try_get(0)?),
                last_event: unsigned(sums.try_get(1)?),
                events: unsigned(sums.try_get(2)?),
                claimed: unsigned(sums.try_get(3)?),
                senseless_commands: unsigned(sums.try_get(4)?),
                bookmarks_beyond,
            })
        };
        counting
            .await
            .map_err(|error: sqlx::Error| Fault::store("sum up", error))
    }

    pub(crate) async fn integrity(&self) -> Result<Vec<String>, Fault> {
        let looking = async {
            let mut found = Vec::new();
            let firing: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                  WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND t.tgname LIKE 'ledger\\_%'
                    AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'ledger_event'::regclass)",
            )
            .fetch_one(&self.pool)
            .await?;
            if firing != TRIGGERS {
                found.push(format!("{firing} of {TRIGGERS} protecting triggers are in force"));
            }
            // Index against table needs the extension amcheck, which only an administrator can install, and the right to
            // call it, which `migrate` gives to auditors.
            let amcheck: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e'
                   JOIN pg_proc p ON p.oid = d.objid AND p.proname = 'bt_index_check' AND p.pronargs = 2
                  WHERE e.extname = 'amcheck' AND has_function_privilege(p.oid, 'EXECUTE'))",
            )
            .fetch_one(&self.pool)
            .await?;
            if amcheck {
                let indexes: Vec<String> = sqlx::query_scalar(
                    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                       JOIN pg_class x ON x.oid = i.indexrelid
                      WHERE x.relkind = 'i' AND (c.relname LIKE 'ledger\\_%' OR c.relname IN ('projection', 'subject_key'))
                        AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'ledger_event'::regclass)",
                )
                .fetch_all(&self.pool)
                .await?;
                for index in indexes {
                    let checked = sqlx::query("SELECT bt_index_check($1::regclass, true)")
                        .bind(&index)
                        .execute(&self.pool)
                        .await;
                    match checked {
                        Ok(_) => {}
                        Err(sqlx::Error::Database(error)) => found.push(format!("{index}: {error}")),
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(found)
        };
        looking
            .await
            .map_err(|error: sqlx::Error| Fault::store("check the database", error))
    }
}
