//! The thread that writes: group commit.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use keys::Vault;
use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior, params};
use tokio::sync::mpsc;

use super::{
    APPLICATION_ID, BUSY_TIMEOUT, EVENT_COLUMNS, Work, migrate, read_bookmark, read_command, read_head, read_subject,
    unknown_schema,
};
use crate::fault::Fault;
use crate::rows::{command_tag, head_tag, subject_tag};
use crate::store::plan::{KnownRow, Plan, Prepared, State, SubjectWrite, Unknown, Verdict, plan};
use crate::store::{Options, Submission, by_size, signed, unsigned};

/// Pages in memory: what a group touches lies scattered over the indexes, and should not be read from the file each time. Not more,
/// because SQLite walks through the whole table of its cache at the end of each transaction that has split a page.
const CACHE_KIBIBYTES: i64 = 16 << 10;
/// Pages in the write-ahead log after which it is moved into the file (64 MiB): a page that many groups change is moved once.
const LOG_PAGES: i64 = 16_384;

/// The one who holds the writing connection.
pub(super) struct Writer {
    connection: Connection,
    options: Options,
    /// What is known of the store, and SQLite's `data_version` at that time: it changes when anybody else writes to the file.
    state: Option<(State, i64)>,
    /// A key was destroyed and may still stand in the write-ahead log.
    must_scrub: bool,
    /// Held for as long as this process may write; the system lets go of it when the process dies.
    _lock: File,
}

impl Writer {
    pub(super) fn open(path: &Path, options: Options) -> Result<Self, Fault> {
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let create = |path: &Path| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)
        };
        let lock = create(Path::new(&lock_path)).map_err(|error| Fault::store("open the lock file", error))?;
        lock.try_lock()
            .map_err(|error| Fault::store("lock the store (another process writes to it)", error))?;
        // Made here, so that nobody else can read it; the log and index files of SQLite take over its mode.
        drop(create(path).map_err(|error| Fault::store("open the database file", error))?);
        // A new name must survive a crash as well as what is written under it.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Fault::store("sync the folder", error))?;

        let connection = Self::connect(path, &options).map_err(|error| Fault::store("open the database", error))?;
        Ok(Self {
            connection,
            options,
            state: None,
            must_scrub: false,
            _lock: lock,
        })
    }

    fn connect(path: &Path, options: &Options) -> rusqlite::Result<Connection> {
        let mut connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if tables > 0 && application != APPLICATION_ID {
            return Err(unknown_schema());
        }
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            // A file system without shared memory (some network ones): our promises do not hold there.
            let what = "the file system does not support the write-ahead log";
            return Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Text, what.into()));
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        // FULL: COMMIT returns only after the write-ahead log is on the disk.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        migrate(&mut connection)?;
        connection.execute(
            "INSERT INTO ledger_head (log_id, position, revision, epoch, tag) VALUES (?1, 0, 0, 0, ?2)
             ON CONFLICT DO NOTHING",
            params![options.log_id, head_tag(&options.vault, 0, 0)],
        )?;
        // What a crash left in the log goes into the file now; among it there may be keys destroyed just before the crash.
        scrub(&connection)?;
        Ok(connection)
    }

    pub(super) fn run(mut self, mut work: mpsc::Receiver<Work>) {
        // A task that met the end of a group waits here.
        let mut next = None;
        while let Some(item) = next.take().or_else(|| work.blocking_recv()) {
            match item {
                Work::Close => break,
                Work::Task(task) => {
                    // `data_version` does not tell of writes through this connection.
                    self.state = None;
                    task(&mut self.connection);
                }
                Work::Append(first) => {
                    let mut group = vec![first];
                    while group.len() < self.options.group_max {
                        match work.try_recv() {
                            Ok(Work::Append(more)) => group.push(more),
                            Ok(other) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.serve(group);
                }
            }
        }
        // Whoever still waits in the queue is told by the dropped reply; nothing of theirs was begun.
        drop(scrub(&self.connection));
    }

    fn serve(&mut self, mut group: Vec<Submission>) {
        // Nobody waits for these any more and nothing of them has begun: leave them undone.
        group.retain(|submission| !submission.reply.is_closed());
        let batches: Vec<Arc<Prepared>> = group.iter().map(|submission| Arc::clone(&submission.batch)).collect();
        let answers = by_size(&batches)
            .into_iter()
            .flat_map(|batches| self.carry_out(batches));
        let answers: Vec<_> = answers.collect();
        // A crash here: all is stored, nobody knows; each caller asks again with the same command id.
        for (submission, answer) in group.into_iter().zip(answers) {
            // An error means that the caller has gone; what is stored stays stored.
            drop(submission.reply.send(answer));
        }
        if self.must_scrub {
            self.must_scrub = !matches!(scrub(&self.connection), Ok(true));
        }
    }

    /// One transaction for all. When the database itself refuses a batch (a trigger, a limit), the group is halved until
    /// that one stands alone, so that its neighbours commit.
    fn carry_out(&mut self, batches: &[Arc<Prepared>]) -> Vec<Result<Verdict, Fault>> {
        if batches.is_empty() {
            return Vec::new();
        }
        match self.transact(batches) {
            Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
            Err(error) if batches.len() > 1 && is_refusal(&error) => {
                let (left, right) = batches.split_at(batches.len() / 2);
                let mut answers = self.carry_out(left);
                answers.extend(self.carry_out(right));
                answers
            }
            // Also when COMMIT itself failed: it may yet prove durable, so nobody is told that nothing happened. Busy is the
            // same to a caller: ask again with the same command id.
            Err(error) => {
                let fault = Fault::store("commit", error);
                batches.iter().map(|_| Err(fault.clone())).collect()
            }
        }
    }

    fn transact(&mut self, batches: &[Arc<Prepared>]) -> rusqlite::Result<Vec<Verdict>> {
        let batches: Vec<&Prepared> = batches.iter().map(Arc::as_ref).collect();
        if let Some(verdicts) = self.attempt(&batches, true)? {
            return Ok(verdicts);
        }
        self.attempt(&batches, false).map(Option::unwrap_or_default)
    }

    /// One transaction. When `assuming`, what appears to be new is not looked up; `None` then means that it has to be, and that
    /// nothing was written.
    fn attempt(&mut self, batches: &[&Prepared], assuming: bool) -> rusqlite::Result<Option<Vec<Verdict>>> {
        let log_id = self.options.log_id;
        // Taken, so that nothing is left to believe in wherever this ends early.
        let remembered = self.state.take().filter(|_| assuming);
        // Dropped without a commit, the transaction rolls back, positions included.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let data_version: i64 = transaction
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        let mut state = match remembered {
            Some((state, version)) if version == data_version => state,
            _ => {
                let (head, revision) = read_head(&transaction, log_id)?;
                State {
                    head,
                    revision,
                    ..State::default()
                }
            }
        };
        if assuming {
            state.assume(batches.iter().copied());
        }
        let unknown = Unknown::to(&state, batches, !assuming);
        load(&transaction, log_id, &mut state, &unknown)?;
        let now = self.options.clock.now().as_millisecond();
        let plan = plan(&mut state, batches, now, &self.options.vault);
        // Its command was not looked up: it may be a repeat.
        if assuming && plan.refuses() {
            return Ok(None);
        }
        if !plan.is_empty() {
            match write(&transaction, log_id, now, &plan, &self.options.vault) {
                // Perhaps only what was assumed is not so.
                Err(error) if assuming && is_refusal(&error) => return Ok(None),
                written => written?,
            }
            transaction.commit()?;
        }
        if plan.erases() {
            self.must_scrub = true;
            self.options.erasures.fetch_add(1, Ordering::SeqCst);
        }
        self.options.saw(plan.head, 0);
        let verdicts = plan.verdicts;
        state.trim();
        self.state = Some((state, data_version));
        Ok(Some(verdicts))
    }
}

/// Moves the write-ahead log into the file and empties it. False when a reader still holds it.
fn scrub(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
        .map(|busy| busy == 0)
}

/// The database refused this content, and would again: not a lock, a full disk or a failing one.
fn is_refusal(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(
                failure.code,
                ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch
            )
        }
        rusqlite::Error::ToSqlConversionFailure(_) => true,
        _ => false,
    }
}

/// Reads what is not known into the state; what is not found is known to be absent.
fn load(connection: &Connection, log_id: i32, state: &mut State, unknown: &Unknown<'_>) -> rusqlite::Result<()> {
    for id in &unknown.commands {
        if let Some(command) = read_command(connection, log_id, *id)? {
            state.commands.insert(*id, command);
        }
    }
    let mut sequence = connection.prepare_cached(
        "SELECT max(sequence) FROM ledger_event WHERE log_id = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3",
    )?;
    for append in &unknown.streams {
        let last: Option<i64> = sequence
            .query_row(params![log_id, append.aggregate_type, append.aggregate_id], |row| {
                row.get(0)
            })?;
        state.streams.insert(append.stream, last.map_or(0, unsigned));
    }
    for subject in &unknown.subjects {
        let key = read_subject(connection, log_id, *subject)?;
        state.subjects.insert(*subject, key);
    }
    let mut version =
        connection.prepare_cached("SELECT version FROM ledger_row WHERE log_id = ?1 AND space = ?2 AND key = ?3")?;
    let mut terms = connection.prepare_cached(
        "SELECT name, value FROM ledger_row_term WHERE log_id = ?1 AND space = ?2 AND key = ?3 ORDER BY name, value",
    )?;
    for row in &unknown.rows {
        let found: Option<i64> = version
            .query_row(params![log_id, row.space, row.key], |row| row.get(0))
            .optional()?;
        let known = match found {
            None => None,
            Some(version) => Some(KnownRow {
                version: unsigned(version),
                terms: terms
                    .query_map(params![log_id, row.space, row.key], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?
                    .collect::<rusqlite::Result<_>>()?,
            }),
        };
        state.rows.insert(row.place, known);
    }
    for (name, generation) in &unknown.bookmarks {
        let position = read_bookmark(connection, log_id, name, *generation)?.map_or(0, |(position, _)| position);
        state.bookmarks.insert(((*name).to_owned(), *generation), position);
    }
    Ok(())
}

fn write(connection: &Connection, log_id: i32, now: i64, plan: &Plan<'_>, vault: &Vault) -> rusqlite::Result<()> {
    let mut event = connection.prepare_cached(&format!(
        "INSERT INTO ledger_event (log_id, {EVENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?;
    for new in &plan.writes.events {
        event.execute(params![
            log_id,
            signed(new.position),
            new.aggregate_type,
            new.aggregate_id,
            signed(new.sequence),
            new.event.event_type,
            new.event.event_version,
            new.event.body,
            new.event.meta,
            new.leaf_hash,
            now
        ])?;
    }
    let mut command = connection.prepare_cached(
        "INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at, tag)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for new in &plan.writes.commands {
        let (id, hash) = (new.command_id.as_bytes(), new.request_hash);
        let tag = command_tag(vault, new.command_id, &hash, (new.first, new.last), now);
        command.execute(params![log_id, id, hash, signed(new.first), signed(new.last), now, tag])?;
    }
    for (subject, change) in &plan.writes.subjects {
        let gone = || subject_tag(vault, *subject, None, Some(now));
        let id = subject.as_bytes();
        match change {
            SubjectWrite::Insert(key) => connection
                .prepare_cached(
                    "INSERT INTO subject_key (log_id, subject_id, wrapped_dek, tag) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    log_id,
                    id,
                    key.0,
                    subject_tag(vault, *subject, Some(&key.0), None)
                ])?,
            SubjectWrite::InsertDestroyed => connection
                .prepare_cached(
                    "INSERT INTO subject_key (log_id, subject_id, destroyed_at, tag) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![log_id, id, now, gone()])?,
            SubjectWrite::Destroy => connection
                .prepare_cached(
                    "UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = ?3, tag = ?4
                      WHERE log_id = ?1 AND subject_id = ?2",
                )?
                .execute(params![log_id, id, now, gone()])?,
        };
    }
    write_rows(connection, log_id, plan)?;
    for ((name, generation), (position, tag)) in &plan.writes.bookmarks {
        connection
            .prepare_cached(
                "INSERT INTO projection (name, generation, log_id, position, tag) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (name, generation, log_id) DO UPDATE SET position = excluded.position, tag = excluded.tag",
            )?
            .execute(params![name, generation, log_id, signed(*position), tag])?;
    }
    connection
        .prepare_cached("UPDATE ledger_head SET position = ?2, revision = ?3, tag = ?4 WHERE log_id = ?1")?
        .execute(params![
            log_id,
            signed(plan.head),
            signed(plan.revision),
            // No leader ever writes here, so the epoch stays 0.
            head_tag(vault, plan.revision, 0)
        ])?;
    Ok(())
}

fn write_rows(connection: &Connection, log_id: i32, plan: &Plan<'_>) -> rusqlite::Result<()> {
    let mut gone = connection.prepare_cached("DELETE FROM ledger_row WHERE log_id = ?1 AND space = ?2 AND key = ?3")?;
    // Without ON CONFLICT: that there was no such row may be assumed only, and is proven here.
    let mut new = connection.prepare_cached(
        "INSERT INTO ledger_row (log_id, space, key, version, folded, body, tag) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut changed = connection.prepare_cached(
        "UPDATE ledger_row SET version = ?4, folded = ?5, body = ?6, tag = ?7 WHERE log_id = ?1 AND space = ?2 AND key = ?3",
    )?;
    let mut term_gone = connection.prepare_cached(
        "DELETE FROM ledger_row_term WHERE log_id = ?1 AND space = ?2 AND name = ?3 AND value = ?4 AND key = ?5",
    )?;
    let mut term_new = connection
        .prepare_cached("INSERT INTO ledger_row_term (log_id, space, name, value, key) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for row in plan.writes.rows.values() {
        let (space, key) = (row.space, row.key);
        match (&row.before, &row.after) {
            (None, None) => continue,
            (Some(_), None) => gone.execute(params![log_id, space, key])?,
            (before, Some(after)) => {
                let statement = if before.is_none() { &mut new } else { &mut changed };
                let (version, folded) = (signed(after.version), signed(after.content.folded));
                statement.execute(params![
                    log_id,
                    space,
                    key,
                    version,
                    folded,
                    after.content.sealed,
                    after.tag
                ])?
            }
        };
        let (coming, going) = row.terms();
        for (name, value) in going {
            term_gone.execute(params![log_id, space, name, value, key])?;
        }
        for (name, value) in coming {
            term_new.execute(params![log_id, space, name, value, key])?;
        }
    }
    Ok(())
}
