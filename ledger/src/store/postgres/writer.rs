//! The task that writes: group commit.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::leader::Leadership;
use super::statement::Statement;
use super::{generation_of, select_commands, select_subjects};
use crate::fault::Fault;
use crate::store::plan::{KnownRow, Plan, Prepared, State, SubjectWrite, Unknown, Verdict, plan};
use crate::store::{Options, Submission, by_size, unsigned};

const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// The one who holds the writing connection.
pub(super) struct Writer {
    connect: PgConnectOptions,
    options: Options,
    leadership: Leadership,
    connection: Option<PgConnection>,
    statement: Statement,
    /// What is known of the store as long as the head is where this writer left it.
    state: Option<State>,
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
    pub(super) fn new(connect: PgConnectOptions, options: Options, leadership: Leadership) -> Self {
        Self {
            connect,
            options,
            leadership,
            connection: None,
            statement: Statement::default(),
            state: None,
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
                // What is written is found by its keys, row by row; a plan made while a table was small must not become a scan of
                // a large one. One plan for each statement, made once.
                sqlx::query(
                    "SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false),
                            set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
                            set_config('enable_mergejoin', 'off', false)",
                )
                .execute(&mut connection)
                .await?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    async fn transact(&mut self, batches: &[Arc<Prepared>]) -> Result<Vec<Verdict>, Failure> {
        let batches: Vec<&Prepared> = batches.iter().map(Arc::as_ref).collect();
        // Taken, so that nothing is left to believe in wherever this ends early.
        if let Some(state) = self.state.take()
            && batches.iter().all(|batch| batch.destroy.is_empty())
            && let Some(verdicts) = self.at_once(state, &batches).await?
        {
            return Ok(verdicts);
        }
        self.under_lock(&batches).await
    }

    /// In one statement, on what is remembered. `None`: nothing was written, because somebody else has written, a key of the
    /// database spoke against it, or a batch would be refused while its command was not looked up: it may be a repeat.
    async fn at_once(&mut self, mut state: State, batches: &[&Prepared]) -> Result<Option<Vec<Verdict>>, Failure> {
        let (log_id, now) = (self.options.log_id, self.options.clock.now().as_millisecond());
        let vault = self.options.vault.clone();
        state.assume(batches.iter().copied());
        let unknown = Unknown::to(&state, batches, false);
        if !unknown.is_empty() {
            // Read without a lock: if somebody writes meanwhile, the head moves and the statement writes nothing.
            let connection = self.connection().await?;
            load(connection, log_id, &mut state, &unknown).await?;
        }
        let plan = plan(&mut state, batches, now, &vault);
        if plan.is_empty() || plan.refuses() {
            return Ok(None);
        }
        let epoch = state.epoch;
        self.connection().await?;
        let Some(connection) = &mut self.connection else {
            return Ok(None);
        };
        match self.statement.of(log_id, now, epoch, &plan).fetch_one(connection).await {
            Ok(1) => {}
            Ok(_) => return Ok(None),
            Err(error) => {
                return match Failure::from(error) {
                    // Under the lock it is found out whose fault it is.
                    Failure::Refused(_) => Ok(None),
                    again @ Failure::Again(_) => Err(again),
                };
            }
        }
        self.options.saw(plan.head, 0);
        let verdicts = plan.verdicts;
        state.trim();
        self.state = Some(state);
        Ok(Some(verdicts))
    }

    /// With the head locked first: always right, whatever is remembered.
    async fn under_lock(&mut self, batches: &[&Prepared]) -> Result<Vec<Verdict>, Failure> {
        let (log_id, now) = (self.options.log_id, self.options.clock.now().as_millisecond());
        let vault = self.options.vault.clone();
        self.connection().await?;
        let Some(connection) = &mut self.connection else {
            return Err(Failure::Again(sqlx::Error::PoolClosed));
        };
        sqlx::query("BEGIN").execute(&mut *connection).await?;
        let head =
            sqlx::query("SELECT position, revision, epoch, erasures FROM ledger_head WHERE log_id = $1 FOR UPDATE")
                .bind(log_id)
                .fetch_one(&mut *connection)
                .await?;
        let mut state = State {
            head: unsigned(head.try_get(0)?),
            revision: unsigned(head.try_get(1)?),
            epoch: unsigned(head.try_get(2)?),
            ..State::default()
        };
        let erasures: i64 = head.try_get(3)?;
        self.leadership.saw_epoch(state.epoch);
        self.options.saw(state.head, unsigned(erasures));
        let unknown = Unknown::to(&state, batches, true);
        load(connection, log_id, &mut state, &unknown).await?;
        let plan = plan(&mut state, batches, now, &vault);
        if plan.is_empty() {
            sqlx::query("ROLLBACK").execute(&mut *connection).await?;
            self.state = Some(state);
            return Ok(plan.verdicts);
        }
        if plan.erases() {
            destroy(connection, log_id, now, &plan).await?;
        }
        let statement = self.statement.of(log_id, now, state.epoch, &plan);
        if statement.fetch_one(&mut *connection).await? != 1 {
            // The head is locked and was just read: this does not happen on a server that keeps its word.
            return Err(Failure::Again(sqlx::Error::RowNotFound));
        }
        // From here to the answer the outcome is unknown to us; see the head of this file.
        sqlx::query("COMMIT").execute(&mut *connection).await?;
        if plan.erases() {
            self.must_scrub = true;
            self.options.saw(plan.head, unsigned(erasures) + 1);
        }
        self.options.saw(plan.head, 0);
        let verdicts = plan.verdicts;
        state.trim();
        self.state = Some(state);
        Ok(verdicts)
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

/// Reads what is not known into the state; what is not found is known to be absent.
async fn load(
    connection: &mut PgConnection,
    log_id: i32,
    state: &mut State,
    unknown: &Unknown<'_>,
) -> sqlx::Result<()> {
    if !unknown.commands.is_empty() {
        let commands: Vec<Uuid> = unknown.commands.iter().copied().collect();
        state
            .commands
            .extend(select_commands(connection, log_id, &commands).await?);
    }
    if !unknown.streams.is_empty() {
        let (types, ids): (Vec<&str>, Vec<&str>) = unknown
            .streams
            .iter()
            .map(|append| (append.aggregate_type.as_str(), append.aggregate_id.as_str()))
            .unzip();
        let sequences: Vec<Option<i64>> = sqlx::query_scalar(
            "SELECT (SELECT max(e.sequence) FROM ledger_event e
                      WHERE e.log_id = $1 AND e.aggregate_type = t.kind AND e.aggregate_id = t.id)
               FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t (kind, id, number) ORDER BY t.number",
        )
        .bind(log_id)
        .bind(types)
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
        for (append, sequence) in unknown.streams.iter().zip(sequences) {
            state.streams.insert(append.stream, sequence.map_or(0, unsigned));
        }
    }
    if !unknown.subjects.is_empty() {
        let subjects: Vec<Uuid> = unknown.subjects.iter().copied().collect();
        let mut found = select_subjects(connection, log_id, &subjects).await?;
        for subject in subjects {
            state.subjects.insert(subject, found.remove(&subject));
        }
    }
    if !unknown.rows.is_empty() {
        let (spaces, keys): (Vec<&str>, Vec<&str>) = unknown
            .rows
            .iter()
            .map(|row| (row.space.as_str(), row.key.as_str()))
            .unzip();
        let rows = sqlx::query(
            "SELECT (SELECT r.version FROM ledger_row r WHERE r.log_id = $1 AND r.space = t.space AND r.key = t.key),
                    ARRAY(SELECT m.name FROM ledger_row_term m WHERE m.log_id = $1 AND m.space = t.space
                             AND m.key = t.key ORDER BY m.name, m.value),
                    ARRAY(SELECT m.value FROM ledger_row_term m WHERE m.log_id = $1 AND m.space = t.space
                             AND m.key = t.key ORDER BY m.name, m.value)
               FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t (space, key, number) ORDER BY t.number",
        )
        .bind(log_id)
        .bind(spaces)
        .bind(keys)
        .fetch_all(&mut *connection)
        .await?;
        for (row, found) in unknown.rows.iter().zip(rows) {
            let (names, values): (Vec<String>, Vec<String>) = (found.try_get(1)?, found.try_get(2)?);
            let version: Option<i64> = found.try_get(0)?;
            let known = version.map(|version| KnownRow {
                version: unsigned(version),
                terms: names.into_iter().zip(values).collect(),
            });
            state.rows.insert(row.place, known);
        }
    }
    for (name, generation) in &unknown.bookmarks {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT position FROM projection WHERE name = $1 AND generation = $2 AND log_id = $3")
                .bind(name)
                .bind(generation_of(*generation))
                .bind(log_id)
                .fetch_optional(&mut *connection)
                .await?;
        state
            .bookmarks
            .insert(((*name).to_owned(), *generation), found.map_or(0, unsigned));
    }
    Ok(())
}

/// Destroys data keys, and leaves tombstones of those that never were.
async fn destroy(connection: &mut PgConnection, log_id: i32, now: i64, plan: &Plan<'_>) -> sqlx::Result<()> {
    let of = |wanted: SubjectWrite| -> Vec<Uuid> {
        let subjects = plan.writes.subjects.iter();
        subjects
            .filter(|(_, write)| **write == wanted)
            .map(|(subject, _)| *subject)
            .collect()
    };
    sqlx::query(
        "INSERT INTO subject_key (log_id, subject_id, wrapped_dek, destroyed_at)
         SELECT $1, t.id, NULL, $3 FROM unnest($2::uuid[]) AS t (id)",
    )
    .bind(log_id)
    .bind(of(SubjectWrite::InsertDestroyed))
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = $3 WHERE log_id = $1 AND subject_id = ANY ($2)",
    )
    .bind(log_id)
    .bind(of(SubjectWrite::Destroy))
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE ledger_head SET erasures = erasures + 1 WHERE log_id = $1")
        .bind(log_id)
        .execute(connection)
        .await
        .map(drop)
}
