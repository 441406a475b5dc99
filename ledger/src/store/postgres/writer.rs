//! The task that writes: group commit.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::leader::Leadership;
use super::{generation_of, select_commands, select_subjects};
use crate::fault::Fault;
use crate::store::plan::{Plan, Prepared, RowWrite, State, SubjectWrite, Touched, Verdict, plan};
use crate::store::{Options, Submission, by_size, signed, unsigned};

const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// The one who holds the writing connection.
pub(super) struct Writer {
    connect: PgConnectOptions,
    options: Options,
    leadership: Leadership,
    connection: Option<PgConnection>,
    /// A key was destroyed and its old row version still lies in the table.
    must_scrub: bool,
}

/// Why a group was not committed.
enum Failure {
    /// The connection or the server is at fault, or another transaction was in the way: the same group may pass now.
    Again(sqlx::Error),
    /// The database refuses something in this group, and would again.
    Refused(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                let again = matches!(
                    code.as_ref(),
                    "40001" | "40P01" | "55P03" | "25006" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03"
                ) || code.starts_with("08")
                    || code.starts_with("53")
                    || code.starts_with("58");
                if again {
                    Self::Again(error)
                } else {
                    Self::Refused(error)
                }
            }
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                Self::Refused(error)
            }
            _ => Self::Again(error),
        }
    }
}

impl Writer {
    pub(super) const fn new(connect: PgConnectOptions, options: Options, leadership: Leadership) -> Self {
        Self {
            connect,
            options,
            leadership,
            connection: None,
            must_scrub: false,
        }
    }

    pub(super) async fn run(mut self, mut work: mpsc::Receiver<Submission>) {
        let mut group = Vec::new();
        while work.recv_many(&mut group, self.options.group_max.max(1)).await > 0 {
            // Nobody waits for these any more and nothing of them has begun: leave them undone.
            group.retain(|submission: &Submission| !submission.reply.is_closed());
            let batches: Vec<Arc<Prepared>> = group.iter().map(|submission| Arc::clone(&submission.batch)).collect();
            let deadline = Instant::now() + self.options.write_deadline;
            let mut answers = Vec::with_capacity(batches.len());
            for batches in by_size(&batches) {
                answers.extend(self.carry_out(batches, deadline).await);
            }
            // A crash here: all is stored, nobody knows; each caller asks again with the same command id.
            for (submission, answer) in group.drain(..).zip(answers) {
                // An error means that the caller has gone; what is stored stays stored.
                drop(submission.reply.send(answer));
            }
            if self.must_scrub {
                self.scrub(deadline).await;
            }
        }
        if let Some(connection) = self.connection.take() {
            // The server ends the session by itself if this fails.
            drop(connection.close().await);
        }
    }

    /// One transaction for all, tried again until the deadline where trying can help. When the database refuses something, the
    /// group is halved until that one stands alone, so that its neighbours commit.
    async fn carry_out(&mut self, batches: &[Arc<Prepared>], deadline: Instant) -> Vec<Result<Verdict, Fault>> {
        if batches.is_empty() {
            return Vec::new();
        }
        loop {
            let fault = match timeout_at(deadline, self.transact(batches)).await {
                Ok(Ok(verdicts)) => return verdicts.into_iter().map(Ok).collect(),
                Ok(Err(Failure::Refused(error))) => {
                    // The transaction is broken; ending it belongs to the connection, which may be gone as well.
                    self.give_up_transaction(deadline).await;
                    if batches.len() > 1 {
                        let (left, right) = batches.split_at(batches.len() / 2);
                        let mut answers = Box::pin(self.carry_out(left, deadline)).await;
                        answers.extend(Box::pin(self.carry_out(right, deadline)).await);
                        return answers;
                    }
                    Fault::store("commit", error)
                }
                Ok(Err(Failure::Again(error))) => {
                    // The connection goes with it: what it had open, the server rolls back, or commits if COMMIT had arrived.
                    self.connection = None;
                    if Instant::now() + RETRY_PAUSE < deadline {
                        tokio::time::sleep(RETRY_PAUSE).await;
                        continue;
                    }
                    Fault::store("commit", error)
                }
                Err(_) => {
                    self.connection = None;
                    Fault::Deadline
                }
            };
            return batches.iter().map(|_| Err(fault.clone())).collect();
        }
    }

    async fn give_up_transaction(&mut self, deadline: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let rolled_back = timeout_at(deadline, sqlx::query("ROLLBACK").execute(connection)).await;
        if !matches!(rolled_back, Ok(Ok(_))) {
            self.connection = None;
        }
    }

    async fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.connect.connect().await?;
                // Each statement must see what was committed before the head row was ours.
                sqlx::query("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
                    .execute(&mut connection)
                    .await?;
                // A server that acknowledges before it has flushed would lose acknowledged commands.
                sqlx::query(
                    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                )
                .execute(&mut connection)
                .await?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    async fn transact(&mut self, batches: &[Arc<Prepared>]) -> Result<Vec<Verdict>, Failure> {
        let log_id = self.options.log_id;
        let batches: Vec<&Prepared> = batches.iter().map(Arc::as_ref).collect();
        let now = self.options.clock.now().as_millisecond();
        let vault = self.options.vault.clone();
        let leadership = self.leadership.clone();
        let connection = self.connection().await?;
        sqlx::query("BEGIN").execute(&mut *connection).await?;
        let (state, epoch) = load(connection, log_id, &Touched::by(batches.iter().copied())).await?;
        leadership.saw_epoch(epoch);
        let plan = plan(state, &batches, now, &vault);
        if plan.is_empty() {
            sqlx::query("ROLLBACK").execute(&mut *connection).await?;
            return Ok(plan.verdicts);
        }
        write(connection, log_id, now, &plan).await?;
        // From here to the answer the outcome is unknown to us; see the head of this file.
        sqlx::query("COMMIT").execute(&mut *connection).await?;
        self.must_scrub |= plan
            .writes
            .subjects
            .values()
            .any(|write| *write == SubjectWrite::Destroy);
        self.options.head.send_if_modified(|head| {
            let moved = plan.head > *head;
            *head = plan.head.max(*head);
            moved
        });
        Ok(plan.verdicts)
    }

    /// Removes the old row versions of destroyed keys at once, where the role owns the table. A role that may only write leaves it
    /// to the server's autovacuum, which the table asks for after each such change. What stands in the server's own log and
    /// in backups ends with them.
    async fn scrub(&mut self, deadline: Instant) {
        let cleaning = async {
            let connection = self.connection().await?;
            let owns: bool = sqlx::query_scalar(
                "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'subject_key'::regclass",
            )
            .fetch_one(&mut *connection)
            .await?;
            if owns {
                sqlx::query("VACUUM subject_key").execute(connection).await?;
            }
            Ok::<(), sqlx::Error>(())
        };
        match timeout_at(deadline, cleaning).await {
            Ok(Ok(())) => self.must_scrub = false,
            // The next group tries again.
            Ok(Err(_)) | Err(_) => self.connection = None,
        }
    }
}

async fn load(connection: &mut PgConnection, log_id: i32, touched: &Touched) -> sqlx::Result<(State, u64)> {
    let head = sqlx::query("SELECT position, revision, epoch FROM ledger_head WHERE log_id = $1 FOR UPDATE")
        .bind(log_id)
        .fetch_one(&mut *connection)
        .await?;
    let mut state = State {
        head: unsigned(head.try_get(0)?),
        revision: unsigned(head.try_get(1)?),
        ..State::default()
    };
    let epoch = unsigned(head.try_get(2)?);
    let commands: Vec<Uuid> = touched.commands.iter().copied().collect();
    state.commands = select_commands(connection, log_id, &commands).await?;
    if !touched.streams.is_empty() {
        let (types, ids): (Vec<&str>, Vec<&str>) = touched
            .streams
            .iter()
            .map(|(kind, id)| (kind.as_str(), id.as_str()))
            .unzip();
        let rows = sqlx::query(
            "SELECT t.kind, t.id, (SELECT max(e.sequence) FROM ledger_event e
                      WHERE e.log_id = $1 AND e.aggregate_type = t.kind AND e.aggregate_id = t.id)
               FROM unnest($2::text[], $3::text[]) AS t (kind, id)",
        )
        .bind(log_id)
        .bind(types)
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            if let Some(sequence) = row.try_get::<Option<i64>, _>(2)? {
                state
                    .streams
                    .insert((row.try_get(0)?, row.try_get(1)?), unsigned(sequence));
            }
        }
    }
    if !touched.subjects.is_empty() {
        let subjects: Vec<Uuid> = touched.subjects.iter().copied().collect();
        state.subjects = select_subjects(connection, log_id, &subjects).await?;
    }
    if !touched.rows.is_empty() {
        let (spaces, keys): (Vec<&str>, Vec<&str>) = touched
            .rows
            .iter()
            .map(|(space, key)| (space.as_str(), key.as_str()))
            .unzip();
        let rows = sqlx::query(
            "SELECT r.space, r.key, r.version FROM unnest($2::text[], $3::text[]) AS t (space, key)
               JOIN ledger_row r ON r.log_id = $1 AND r.space = t.space AND r.key = t.key",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            state
                .rows
                .insert((row.try_get(0)?, row.try_get(1)?), unsigned(row.try_get(2)?));
        }
    }
    for (name, generation) in &touched.bookmarks {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT position FROM projection WHERE name = $1 AND generation = $2 AND log_id = $3")
                .bind(name)
                .bind(generation_of(*generation))
                .bind(log_id)
                .fetch_optional(&mut *connection)
                .await?;
        if let Some(position) = found {
            state.bookmarks.insert((name.clone(), *generation), unsigned(position));
        }
    }
    Ok((state, epoch))
}

async fn write(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    write_events(connection, log_id, now, plan).await?;
    let commands = &plan.writes.commands;
    sqlx::query(
        "INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at)
         SELECT $1, t.id, t.hash, t.first, t.last, $6
           FROM unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::bigint[]) AS t (id, hash, first, last)",
    )
    .bind(log_id)
    .bind(commands.iter().map(|command| command.command_id).collect::<Vec<_>>())
    .bind(
        commands
            .iter()
            .map(|command| command.request_hash.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(commands.iter().map(|command| signed(command.first)).collect::<Vec<_>>())
    .bind(commands.iter().map(|command| signed(command.last)).collect::<Vec<_>>())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    write_subjects(connection, log_id, now, plan).await?;
    write_rows(connection, log_id, plan).await?;
    for ((name, generation), (position, tag)) in &plan.writes.bookmarks {
        sqlx::query(
            "INSERT INTO projection (name, generation, log_id, position, tag) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name, generation, log_id) DO UPDATE SET position = excluded.position, tag = excluded.tag",
        )
        .bind(name)
        .bind(generation_of(*generation))
        .bind(log_id)
        .bind(signed(*position))
        .bind(tag.as_slice())
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("UPDATE ledger_head SET position = $2, revision = $3 WHERE log_id = $1")
        .bind(log_id)
        .bind(signed(plan.head))
        .bind(signed(plan.revision))
        .execute(connection)
        .await
        .map(drop)
}

async fn write_events(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    let events = &plan.writes.events;
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO ledger_event (log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body,
                                   meta, leaf_hash, recorded_at)
         SELECT $1, t.position, t.aggregate_type, t.aggregate_id, t.sequence, t.event_type, t.event_version, t.body, t.meta,
                t.leaf_hash, $11
           FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::bytea[],
                       $10::bytea[])
             AS t (position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta, leaf_hash)
          ORDER BY t.position",
    )
    .bind(log_id)
    .bind(events.iter().map(|event| signed(event.position)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_type).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| signed(event.sequence)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.event_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.event_version.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.body.as_slice()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event.meta.as_slice()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.leaf_hash.as_slice()).collect::<Vec<_>>())
    .bind(now)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_subjects(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    let (mut new, mut destroyed) = (Vec::new(), Vec::new());
    for (subject, change) in &plan.writes.subjects {
        match change {
            SubjectWrite::Insert(key) => new.push((*subject, Some(key.0.as_slice()), None)),
            SubjectWrite::InsertDestroyed => new.push((*subject, None, Some(now))),
            SubjectWrite::Destroy => destroyed.push(*subject),
        }
    }
    if !new.is_empty() {
        sqlx::query(
            "INSERT INTO subject_key (log_id, subject_id, wrapped_dek, destroyed_at)
             SELECT $1, t.id, t.key, t.at FROM unnest($2::uuid[], $3::bytea[], $4::bigint[]) AS t (id, key, at)",
        )
        .bind(log_id)
        .bind(new.iter().map(|(subject, _, _)| *subject).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, key, _)| *key).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, _, at)| *at).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    }
    if !destroyed.is_empty() {
        sqlx::query(
            "UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = $3 WHERE log_id = $1 AND subject_id = ANY ($2)",
        )
        .bind(log_id)
        .bind(destroyed)
        .bind(now)
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn write_rows(connection: &mut PgConnection, log_id: i32, plan: &Plan<'_>) -> sqlx::Result<()> {
    let rows = &plan.writes.rows;
    if rows.is_empty() {
        return Ok(());
    }
    let (spaces, keys): (Vec<&str>, Vec<&str>) = rows.keys().copied().unzip();
    sqlx::query(
        "DELETE FROM ledger_row_term m USING unnest($2::text[], $3::text[]) AS t (space, key)
          WHERE m.log_id = $1 AND m.space = t.space AND m.key = t.key",
    )
    .bind(log_id)
    .bind(spaces)
    .bind(keys)
    .execute(&mut *connection)
    .await?;
    let gone: Vec<(&str, &str)> = rows
        .iter()
        .filter(|(_, change)| change.is_none())
        .map(|(place, _)| *place)
        .collect();
    if !gone.is_empty() {
        let (spaces, keys): (Vec<&str>, Vec<&str>) = gone.into_iter().unzip();
        sqlx::query(
            "DELETE FROM ledger_row r USING unnest($2::text[], $3::text[]) AS t (space, key)
              WHERE r.log_id = $1 AND r.space = t.space AND r.key = t.key",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .execute(&mut *connection)
        .await?;
    }
    let (mut spaces, mut keys, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut folded, mut bodies, mut tags) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of_space, mut of_key, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((space, key), change) in rows {
        let Some(RowWrite { version, content, tag }) = change else {
            continue;
        };
        spaces.push(*space);
        keys.push(*key);
        versions.push(signed(*version));
        folded.push(signed(content.folded));
        bodies.push(content.sealed.as_slice());
        tags.push(tag.as_slice());
        for (name, value) in &content.terms {
            of_space.push(*space);
            of_key.push(*key);
            names.push(name.as_str());
            values.push(value.as_str());
        }
    }
    if !keys.is_empty() {
        sqlx::query(
            "INSERT INTO ledger_row (log_id, space, key, version, folded, body, tag)
             SELECT $1, t.space, t.key, t.version, t.folded, t.body, t.tag
               FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[])
                 AS t (space, key, version, folded, body, tag)
             ON CONFLICT (log_id, space, key)
             DO UPDATE SET version = excluded.version, folded = excluded.folded, body = excluded.body, tag = excluded.tag",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .bind(versions)
        .bind(folded)
        .bind(bodies)
        .bind(tags)
        .execute(&mut *connection)
        .await?;
    }
    if !names.is_empty() {
        sqlx::query(
            "INSERT INTO ledger_row_term (log_id, space, name, value, key)
             SELECT $1, t.space, t.name, t.value, t.key
               FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS t (space, name, value, key)",
        )
        .bind(log_id)
        .bind(of_space)
        .bind(names)
        .bind(values)
        .bind(of_key)
        .execute(connection)
        .await?;
    }
    Ok(())
}
