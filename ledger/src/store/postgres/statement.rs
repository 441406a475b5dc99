//! The one statement that writes a group: it moves the head, if the head is where it is expected, and hangs everything else on that.

use std::collections::HashMap;

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;

use super::generation_of;
use crate::store::plan::{Plan, RowAfter, RowWrite, SubjectWrite};
use crate::store::signed;

/// What may hang on the head besides the commands. Each combination is a statement of its own, prepared once, so that a group pays
/// only for what it brings.
const PARTS: [(Part, &str); 8] = [
    (
        Part::Events,
        "INSERT INTO ledger_event (log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta,
                                   leaf_hash, recorded_at)
         SELECT $1, t.position, t.kind, t.id, t.sequence, t.event_type, t.event_version, t.body, t.meta, t.leaf_hash, $7
           FROM head, unnest($12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::text[], $17::text[], $18::bytea[],
                             $19::bytea[], $20::bytea[])
             AS t (position, kind, id, sequence, event_type, event_version, body, meta, leaf_hash)",
    ),
    (
        Part::Subjects,
        "INSERT INTO subject_key (log_id, subject_id, wrapped_dek)
         SELECT $1, t.id, t.key FROM head, unnest($21::uuid[], $22::bytea[]) AS t (id, key)",
    ),
    // Without ON CONFLICT: that there was no such row may be assumed only, and is proven here.
    (
        Part::RowsNew,
        "INSERT INTO ledger_row (log_id, space, key, version, folded, body, tag)
         SELECT $1, t.space, t.key, t.version, t.folded, t.body, t.tag
           FROM head, unnest($23::text[], $24::text[], $25::bigint[], $26::bigint[], $27::bytea[], $28::bytea[])
             AS t (space, key, version, folded, body, tag)",
    ),
    // ON CONFLICT names the index: a join's plan, made while the table was empty, would walk through all rows for ever.
    (
        Part::RowsChanged,
        "INSERT INTO ledger_row (log_id, space, key, version, folded, body, tag)
         SELECT $1, t.space, t.key, t.version, t.folded, t.body, t.tag
           FROM head, unnest($29::text[], $30::text[], $31::bigint[], $32::bigint[], $33::bytea[], $34::bytea[])
             AS t (space, key, version, folded, body, tag)
         ON CONFLICT (log_id, space, key)
         DO UPDATE SET version = excluded.version, folded = excluded.folded, body = excluded.body, tag = excluded.tag",
    ),
    // What goes is looked up one by one and removed by its place, for the same reason: OFFSET 0 keeps it from becoming a join.
    (
        Part::RowsGone,
        "DELETE FROM ledger_row WHERE ctid = ANY (ARRAY(
           SELECT r.ctid FROM head, unnest($35::text[], $36::text[]) AS t (space, key),
                  LATERAL (SELECT g.ctid FROM ledger_row g WHERE g.log_id = $1 AND g.space = t.space AND g.key = t.key OFFSET 0) r))",
    ),
    (
        Part::TermsNew,
        "INSERT INTO ledger_row_term (log_id, space, key, name, value)
         SELECT $1, t.space, t.key, t.name, t.value
           FROM head, unnest($37::text[], $38::text[], $39::text[], $40::text[]) AS t (space, key, name, value)",
    ),
    (
        Part::TermsGone,
        "DELETE FROM ledger_row_term WHERE ctid = ANY (ARRAY(
           SELECT m.ctid FROM head, unnest($41::text[], $42::text[], $43::text[], $44::text[]) AS t (space, key, name, value),
                  LATERAL (SELECT g.ctid FROM ledger_row_term g WHERE g.log_id = $1 AND g.space = t.space AND g.name = t.name
                              AND g.value = t.value AND g.key = t.key OFFSET 0) m))",
    ),
    (
        Part::Bookmarks,
        "INSERT INTO projection (name, generation, log_id, position, tag)
         SELECT t.name, t.generation, $1, t.position, t.tag
           FROM head, unnest($45::text[], $46::integer[], $47::bigint[], $48::bytea[]) AS t (name, generation, position, tag)
         ON CONFLICT (name, generation, log_id) DO UPDATE SET position = excluded.position, tag = excluded.tag",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Events,
    Subjects,
    RowsNew,
    RowsChanged,
    RowsGone,
    TermsNew,
    TermsGone,
    Bookmarks,
}

impl Part {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// `$2`, `$3`: the new head; `$4` to `$6`: the one that is expected. A group always holds a command.
fn text(parts: u8) -> String {
    let mut sql = String::from(
        "WITH head AS (
           UPDATE ledger_head SET position = $2, revision = $3
            WHERE log_id = $1 AND position = $4 AND revision = $5 AND epoch = $6 RETURNING log_id),
         commands AS (
           INSERT INTO ledger_command (log_id, command_id, request_hash, first_position, last_position, recorded_at)
           SELECT $1, t.id, t.hash, t.first, t.last, $7
             FROM head, unnest($8::uuid[], $9::bytea[], $10::bigint[], $11::bigint[]) AS t (id, hash, first, last))",
    );
    for (part, statement) in PARTS.iter().filter(|(part, _)| parts & part.bit() != 0) {
        sql.push_str(&format!(", part_{} AS ({statement})", *part as u8));
    }
    sql.push_str(" SELECT count(*) FROM head");
    sql
}

/// The texts that were needed so far.
#[derive(Debug, Default)]
pub(super) struct Statement {
    texts: HashMap<u8, String>,
}

#[derive(Default)]
struct Rows<'a> {
    spaces: Vec<&'a str>,
    keys: Vec<&'a str>,
    versions: Vec<i64>,
    folded: Vec<i64>,
    bodies: Vec<&'a [u8]>,
    tags: Vec<&'a [u8]>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, row: &'a RowWrite<'_>, after: &'a RowAfter<'_>) {
        self.spaces.push(row.space);
        self.keys.push(row.key);
        self.versions.push(signed(after.version));
        self.folded.push(signed(after.content.folded));
        self.bodies.push(&after.content.sealed);
        self.tags.push(&after.tag);
    }
}

#[derive(Default)]
struct TermColumns<'a> {
    spaces: Vec<&'a str>,
    keys: Vec<&'a str>,
    names: Vec<&'a str>,
    values: Vec<&'a str>,
}

impl<'a> TermColumns<'a> {
    fn extend(&mut self, row: &'a RowWrite<'_>, terms: Vec<&'a (String, String)>) {
        for (name, value) in terms {
            self.spaces.push(row.space);
            self.keys.push(row.key);
            self.names.push(name);
            self.values.push(value);
        }
    }
}

impl Statement {
    /// The statement that writes the plan, keys that are destroyed apart. Its answer is 1; 0 when the head is not where the plan
    /// begins, and then nothing was written.
    pub(super) fn of<'q>(
        &'q mut self,
        log_id: i32,
        now: i64,
        epoch: u64,
        plan: &'q Plan<'_>,
    ) -> QueryScalar<'q, Postgres, i64, PgArguments> {
        let writes = &plan.writes;
        let (mut new, mut changed, mut gone) = (Rows::default(), Rows::default(), Rows::default());
        let (mut come, mut go) = (TermColumns::default(), TermColumns::default());
        for row in writes.rows.values() {
            match (&row.before, &row.after) {
                (None, None) => continue,
                (None, Some(after)) => new.push(row, after),
                (Some(_), Some(after)) => changed.push(row, after),
                (Some(_), None) => {
                    gone.spaces.push(row.space);
                    gone.keys.push(row.key);
                }
            }
            let (coming, going) = row.terms();
            come.extend(row, coming);
            go.extend(row, going);
        }
        let mut subjects = (Vec::new(), Vec::new());
        for (subject, write) in &writes.subjects {
            if let SubjectWrite::Insert(key) = write {
                subjects.0.push(*subject);
                subjects.1.push(key.0.as_slice());
            }
        }
        let parts = [
            (Part::Events, writes.events.is_empty()),
            (Part::Subjects, subjects.0.is_empty()),
            (Part::RowsNew, new.keys.is_empty()),
            (Part::RowsChanged, changed.keys.is_empty()),
            (Part::RowsGone, gone.keys.is_empty()),
            (Part::TermsNew, come.keys.is_empty()),
            (Part::TermsGone, go.keys.is_empty()),
            (Part::Bookmarks, writes.bookmarks.is_empty()),
        ];
        let parts = parts.iter().filter(|(_, empty)| !empty);
        let parts = parts.fold(0, |bits, (part, _)| bits | part.bit());
        let sql = self.texts.entry(parts).or_insert_with(|| text(parts));

        let (events, commands) = (&writes.events, &writes.commands);
        sqlx::query_scalar(sql)
            .bind(log_id)
            .bind(signed(plan.head))
            .bind(signed(plan.revision))
            .bind(signed(plan.from.0))
            .bind(signed(plan.from.1))
            .bind(signed(epoch))
            .bind(now)
            .bind(commands.iter().map(|command| command.command_id).collect::<Vec<_>>())
            .bind(
                commands
                    .iter()
                    .map(|command| command.request_hash.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(commands.iter().map(|command| signed(command.first)).collect::<Vec<_>>())
            .bind(commands.iter().map(|command| signed(command.last)).collect::<Vec<_>>())
            .bind(events.iter().map(|event| signed(event.position)).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.aggregate_type).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.aggregate_id).collect::<Vec<_>>())
            .bind(events.iter().map(|event| signed(event.sequence)).collect::<Vec<_>>())
            .bind(
                events
                    .iter()
                    .map(|event| event.event.event_type.as_str())
                    .collect::<Vec<_>>(),
            )
            .bind(
                events
                    .iter()
                    .map(|event| event.event.event_version.as_str())
                    .collect::<Vec<_>>(),
            )
            .bind(
                events
                    .iter()
                    .map(|event| event.event.body.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(
                events
                    .iter()
                    .map(|event| event.event.meta.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(
                events
                    .iter()
                    .map(|event| event.leaf_hash.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(subjects.0)
            .bind(subjects.1)
            .bind(new.spaces)
            .bind(new.keys)
            .bind(new.versions)
            .bind(new.folded)
            .bind(new.bodies)
            .bind(new.tags)
            .bind(changed.spaces)
            .bind(changed.keys)
            .bind(changed.versions)
            .bind(changed.folded)
            .bind(changed.bodies)
            .bind(changed.tags)
            .bind(gone.spaces)
            .bind(gone.keys)
            .bind(come.spaces)
            .bind(come.keys)
            .bind(come.names)
            .bind(come.values)
            .bind(go.spaces)
            .bind(go.keys)
            .bind(go.names)
            .bind(go.values)
            .bind(writes.bookmarks.keys().map(|(name, _)| *name).collect::<Vec<_>>())
            .bind(
                writes
                    .bookmarks
                    .keys()
                    .map(|(_, generation)| generation_of(*generation))
                    .collect::<Vec<_>>(),
            )
            .bind(
                writes
                    .bookmarks
                    .values()
                    .map(|(position, _)| signed(*position))
                    .collect::<Vec<_>>(),
            )
            .bind(
                writes
                    .bookmarks
                    .values()
                    .map(|(_, tag)| tag.as_slice())
                    .collect::<Vec<_>>(),
            )
    }
}
