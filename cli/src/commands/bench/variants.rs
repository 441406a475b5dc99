//! What is measured.

use super::shared::protocol::How;

/// Connections that `default_postgress_pool` and `default_sqlite_pool` make.
pub(super) const POOL_DEFAULT: u32 = 10;

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// pgbench.
    Raw,
    /// This program.
    Ours,
    /// The stock crates, in a program of their own.
    Stock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Postgres,
    Sqlite,
}

/// One way to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    pub(super) name: &'static str,
    pub(super) by: By,
    pub(super) on: On,
    pub(super) pool: u32,
    pub(super) view: bool,
    pub(super) full: bool,
    pub(super) checkpoints: bool,
    /// Only with at least so many writers; below, it would be the same as another.
    pub(super) writers_min: usize,
    pub(super) what: &'static str,
}

const PLAIN: Writer = Writer {
    name: "",
    by: By::Ours,
    on: On::Postgres,
    pool: POOL_DEFAULT,
    view: false,
    full: true,
    checkpoints: false,
    writers_min: 1,
    what: "",
};

pub(super) const RAW: &str = "raw";
pub(super) const OURS_PG: &str = "ours-pg";
pub(super) const STOCK_PG_VIEW: &str = "stock-pg-view";
pub(super) const STOCK_PG_VIEW_WIDE: &str = "stock-pg-view-32";
pub(super) const OURS_SQLITE: &str = "ours-sqlite";
pub(super) const STOCK_SQLITE: &str = "stock-sqlite";
pub(super) const STOCK_SQLITE_ONE: &str = "stock-sqlite-1";

/// In the order in which a round runs them.
pub(super) const WRITERS: &[Writer] = &[
    Writer {
        name: RAW,
        by: By::Raw,
        what: "pgbench, one prepared single-row INSERT a transaction",
        ..PLAIN
    },
    Writer {
        name: OURS_PG,
        view: true,
        what: "ours on PostgreSQL: position, leaf, command id, inline view, encryption",
        ..PLAIN
    },
    Writer {
        name: "ours-pg-tree",
        view: true,
        checkpoints: true,
        writers_min: 32,
        what: "the same, and a signed checkpoint each second",
        ..PLAIN
    },
    Writer {
        name: "stock-pg",
        by: By::Stock,
        what: "postgres-es, no view, pool of 10",
        ..PLAIN
    },
    Writer {
        name: "stock-pg-32",
        by: By::Stock,
        pool: 32,
        writers_min: 11,
        what: "postgres-es, no view, pool of 32",
        ..PLAIN
    },
    Writer {
        name: STOCK_PG_VIEW,
        by: By::Stock,
        view: true,
        what: "postgres-es, one GenericQuery view, pool of 10",
        ..PLAIN
    },
    Writer {
        name: STOCK_PG_VIEW_WIDE,
        by: By::Stock,
        view: true,
        pool: 32,
        writers_min: 11,
        what: "postgres-es, one GenericQuery view, pool of 32",
        ..PLAIN
    },
    Writer {
        name: OURS_SQLITE,
        on: On::Sqlite,
        view: true,
        what: "ours on SQLite, FULL: the same as on PostgreSQL",
        ..PLAIN
    },
    Writer {
        name: STOCK_SQLITE,
        by: By::Stock,
        on: On::Sqlite,
        what: "sqlite-es, FULL, no view, pool of 10",
        ..PLAIN
    },
    Writer {
        name: STOCK_SQLITE_ONE,
        by: By::Stock,
        on: On::Sqlite,
        pool: 1,
        writers_min: 2,
        what: "sqlite-es, FULL, no view, one connection",
        ..PLAIN
    },
    Writer {
        name: "stock-sqlite-normal",
        by: By::Stock,
        on: On::Sqlite,
        full: false,
        what: "sqlite-es, NORMAL (its default: may lose what it has acknowledged), no view, pool of 10",
        ..PLAIN
    },
];

/// One way to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) by: By,
    pub(super) on: On,
    pub(super) how: How,
    pub(super) what: &'static str,
}

pub(super) const STOCK_PG_REPLAY: &str = "stock-pg-replay";
pub(super) const OURS_PG_REPLAY: &str = "ours-pg-replay";
pub(super) const OURS_PG_VERIFIED: &str = "ours-pg-verified";
pub(super) const STOCK_SQLITE_REPLAY: &str = "stock-sqlite-replay";
pub(super) const OURS_SQLITE_REPLAY: &str = "ours-sqlite-replay";
pub(super) const OURS_SQLITE_VERIFIED: &str = "ours-sqlite-verified";
pub(super) const OURS_LOG_AUDIT: &str = "ours-log-audit";
pub(super) const OURS_PG_REBUILD: &str = "ours-pg-rebuild";
pub(super) const OURS_SQLITE_REBUILD: &str = "ours-sqlite-rebuild";

pub(super) const READERS: &[Reader] = &[
    Reader {
        name: STOCK_PG_REPLAY,
        by: By::Stock,
        on: On::Postgres,
        how: How::Typed,
        what: "postgres-es, stream_all_events, typed and folded",
    },
    Reader {
        name: OURS_PG_REPLAY,
        by: By::Ours,
        on: On::Postgres,
        how: How::Typed,
        what: "ours on PostgreSQL, typed and folded",
    },
    Reader {
        name: "ours-pg-opened",
        by: By::Ours,
        on: On::Postgres,
        how: How::Opened,
        what: "the same, leaves checked and personal values opened",
    },
    Reader {
        name: OURS_PG_VERIFIED,
        by: By::Ours,
        on: On::Postgres,
        how: How::Verified,
        what: "the same, leaves, order and tree checked",
    },
    Reader {
        name: "ours-pg-audit",
        by: By::Ours,
        on: On::Postgres,
        how: How::Audit,
        what: "audit verify on PostgreSQL: everything the database holds",
    },
    Reader {
        name: OURS_PG_REBUILD,
        by: By::Ours,
        on: On::Postgres,
        how: How::Rebuild,
        what: "the view of applications made anew on PostgreSQL, compared with the old rows, which are swept",
    },
    Reader {
        name: STOCK_SQLITE_REPLAY,
        by: By::Stock,
        on: On::Sqlite,
        how: How::Typed,
        what: "sqlite-es, stream_all_events, typed and folded",
    },
    Reader {
        name: OURS_SQLITE_REPLAY,
        by: By::Ours,
        on: On::Sqlite,
        how: How::Typed,
        what: "ours on SQLite, typed and folded",
    },
    Reader {
        name: "ours-sqlite-opened",
        by: By::Ours,
        on: On::Sqlite,
        how: How::Opened,
        what: "the same, leaves checked and personal values opened",
    },
    Reader {
        name: OURS_SQLITE_VERIFIED,
        by: By::Ours,
        on: On::Sqlite,
        how: How::Verified,
        what: "the same, leaves, order and tree checked",
    },
    Reader {
        name: "ours-sqlite-audit",
        by: By::Ours,
        on: On::Sqlite,
        how: How::Audit,
        what: "audit verify on SQLite: everything the database holds",
    },
    Reader {
        name: OURS_LOG_AUDIT,
        by: By::Ours,
        on: On::Sqlite,
        how: How::Tiles,
        what: "audit verify --log: leaves, tiles and root of the log as it is published, without a database, on one thread",
    },
    Reader {
        name: OURS_SQLITE_REBUILD,
        by: By::Ours,
        on: On::Sqlite,
        how: How::Rebuild,
        what: "the view of applications made anew on SQLite, compared with the old rows, which are swept",
    },
];

/// Whether a variant is wanted: by its name, or by `write` or `read`; everything where nothing was said.
pub(super) fn wanted(only: &[String], name: &str, kind: &str) -> bool {
    only.is_empty() || only.iter().any(|said| said == name || said == kind)
}

/// The first word that names no variant.
pub(super) fn unknown(only: &[String]) -> Option<&String> {
    let known = |said: &str| {
        matches!(said, "write" | "read")
            || WRITERS.iter().any(|writer| writer.name == said)
            || READERS.iter().any(|reader| reader.name == said)
    };
    only.iter().find(|said| !known(said))
}
