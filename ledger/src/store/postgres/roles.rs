//! Who may do what in the database: four roles without a login, and what each is granted.
//!
//! *owner* owns everything and is nobody's login. *writer* is for the service: it reads, appends, and changes exactly what is
//! meant to change. *reader* is for what only looks. *auditor* sees every table and no key material. A deployment makes its own
//! logins and grants each one of these roles; a right that nobody is granted here nobody has.

use std::str::FromStr as _;

use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::schema;
use crate::fault::Fault;

/// The names of the four roles: a prefix of their own, so that two installations can share a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleNames {
    prefix: String,
}

impl Default for RoleNames {
    /// `praman_owner`, `praman_writer`, `praman_reader`, `praman_auditor`.
    fn default() -> Self {
        Self {
            prefix: "praman".to_owned(),
        }
    }
}

impl RoleNames {
    /// Names that begin with `prefix`: small letters of ASCII, digits and `_`, a letter first, at most 48 bytes. `None` for
    /// anything else.
    pub fn with_prefix(prefix: &str) -> Option<Self> {
        let fits = prefix.len() <= 48
            && prefix.starts_with(|first: char| first.is_ascii_lowercase())
            && prefix
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            // PostgreSQL keeps this beginning for itself.
            && !prefix.starts_with("pg_");
        fits.then(|| Self {
            prefix: prefix.to_owned(),
        })
    }

    /// Owns tables and functions; nobody's login.
    pub fn owner(&self) -> String {
        format!("{}_owner", self.prefix)
    }

    /// What the service needs.
    pub fn writer(&self) -> String {
        format!("{}_writer", self.prefix)
    }

    /// What views are read with; personal values can be opened by whoever has the vault as well.
    pub fn reader(&self) -> String {
        format!("{}_reader", self.prefix)
    }

    /// Every table, without key material.
    pub fn auditor(&self) -> String {
        format!("{}_auditor", self.prefix)
    }
}

/// A right on a table. No columns: on the whole of it.
pub(super) struct Right {
    pub(super) what: &'static str,
    pub(super) columns: &'static [&'static str],
}

const SELECT: Right = all("SELECT");
const INSERT: Right = all("INSERT");
const DELETE: Right = all("DELETE");

const fn all(what: &'static str) -> Right {
    Right { what, columns: &[] }
}

const fn update(columns: &'static [&'static str]) -> Right {
    Right {
        what: "UPDATE",
        columns,
    }
}

/// What the roles may do with one table.
pub(super) struct Grants {
    pub(super) table: &'static str,
    pub(super) writer: &'static [Right],
    reader: &'static [Right],
    auditor: &'static [Right],
}

/// Every table and view of ours; partitions are reached through their parent alone.
pub(super) const GRANTS: &[Grants] = &[
    Grants {
        table: "ledger_schema",
        writer: &[SELECT],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_head",
        writer: &[SELECT, update(&["position", "revision", "epoch", "erasures"])],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_leader",
        writer: &[SELECT, INSERT, update(&["epoch", "owner", "address", "until"])],
        reader: &[],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_event",
        writer: &[SELECT, INSERT],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_command",
        writer: &[SELECT, INSERT],
        reader: &[],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_tree",
        writer: &[SELECT, INSERT, update(&["width", "hashes"])],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_checkpoint",
        writer: &[SELECT, INSERT],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_cosignature",
        writer: &[SELECT, INSERT],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "projection",
        writer: &[SELECT, INSERT, update(&["position", "tag"])],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "subject_key",
        writer: &[SELECT, INSERT, update(&["wrapped_dek", "destroyed_at"])],
        reader: &[SELECT],
        auditor: &[Right {
            what: "SELECT",
            columns: &["log_id", "subject_id", "destroyed_at"],
        }],
    },
    Grants {
        table: "ledger_row",
        writer: &[SELECT, INSERT, update(&["version", "folded", "body", "tag"]), DELETE],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "ledger_row_term",
        writer: &[SELECT, INSERT, DELETE],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
    Grants {
        table: "events",
        writer: &[],
        reader: &[SELECT],
        auditor: &[SELECT],
    },
];

/// Ours by name, in the schema that unqualified names mean.
pub(super) const OURS: &str = "relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')
    AND (relname LIKE 'ledger\\_%' OR relname IN ('projection', 'subject_key', 'events'))";

/// Makes or updates tables, roles and rights, with the login of an administrator: a superuser, or a role that may create roles
/// and owns the database. May be repeated at any time, while services run too.
///
/// Rights of the four roles, and of everybody (`PUBLIC`), on our tables are set to exactly those above. Rights that somebody
/// was given by hand stay; the service names them at its start.
///
/// # Errors
/// [`Fault`]: the server cannot be reached, the login may not do this, or the tables are newer than this program.
pub async fn migrate_postgres(url: &str, roles: &RoleNames, log_id: i32, now: Timestamp) -> Result<(), Fault> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| Fault::store("read the database address", error))?
        .application_name("praman migrate")
        .disable_statement_logging();
    schema::set_up(&connect, log_id, now)
        .await
        .map_err(|error| Fault::store("set up the database", error))?;
    grant(&connect, roles)
        .await
        .map_err(|error| Fault::store("grant the roles their rights", error))
}

async fn grant(connect: &PgConnectOptions, roles: &RoleNames) -> sqlx::Result<()> {
    let mut connection = connect.connect().await?;
    let mut transaction = connection.begin().await?;
    make_roles(&mut transaction, roles).await?;
    let place = sqlx::query("SELECT quote_ident(current_schema()), quote_ident(current_database())")
        .fetch_one(&mut *transaction)
        .await?;
    let (schema, database): (String, String) = (place.try_get(0)?, place.try_get(1)?);
    let script = format!(
        "GRANT CONNECT ON DATABASE {database} TO {groups};
         REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
         REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {groups};
         GRANT USAGE ON SCHEMA {schema} TO {groups};
         GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner};",
        groups = groups(roles),
        owner = roles.owner(),
    );
    sqlx::raw_sql(&script).execute(&mut *transaction).await?;
    own(&mut transaction, roles).await?;
    grant_tables(&mut transaction, roles).await?;
    fix_functions(&mut transaction, roles, &schema).await?;
    transaction.commit().await?;
    // What an erasure left behind in the table goes with this at the latest; see decision 0027.
    sqlx::query("VACUUM subject_key").execute(&mut connection).await?;
    connection.close().await
}

fn groups(roles: &RoleNames) -> String {
    format!("{}, {}, {}", roles.writer(), roles.reader(), roles.auditor())
}

async fn make_roles(connection: &mut PgConnection, roles: &RoleNames) -> sqlx::Result<()> {
    for name in [roles.owner(), roles.writer(), roles.reader(), roles.auditor()] {
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
            .bind(&name)
            .fetch_one(&mut *connection)
            .await?;
        if !there {
            let create = format!("CREATE ROLE {name} NOLOGIN");
            sqlx::query(&create).execute(&mut *connection).await?;
        }
    }
    // Whoever hands tables over must belong to the role that takes them.
    let member: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1::name, 'MEMBER')")
        .bind(roles.owner())
        .fetch_one(&mut *connection)
        .await?;
    if !member {
        let join = format!("GRANT {} TO CURRENT_USER", roles.owner());
        sqlx::query(&join).execute(connection).await?;
    }
    Ok(())
}

/// Hands tables, views and functions to the owner role.
async fn own(connection: &mut PgConnection, roles: &RoleNames) -> sqlx::Result<()> {
    let owner = roles.owner();
    // A partition follows nobody: each is handed over by itself.
    let sql = format!(
        "SELECT format('ALTER %s %s OWNER TO {owner}', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
           FROM pg_class WHERE {OURS} AND relowner <> '{owner}'::regrole
         UNION ALL
         SELECT format('ALTER FUNCTION %s OWNER TO {owner}', oid::regprocedure) FROM pg_proc
          WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ledger\\_%' AND proowner <> '{owner}'::regrole"
    );
    let handing_over: Vec<String> = sqlx::query_scalar(&sql).fetch_all(&mut *connection).await?;
    for statement in handing_over {
        sqlx::query(&statement).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn grant_tables(connection: &mut PgConnection, roles: &RoleNames) -> sqlx::Result<()> {
    let sql = format!("SELECT relname::text, relispartition FROM pg_class WHERE {OURS} ORDER BY relname");
    let tables = sqlx::query(&sql).fetch_all(&mut *connection).await?;
    for row in tables {
        let (table, partition): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        let mut statements = vec![format!("REVOKE ALL ON {table} FROM PUBLIC, {}", groups(roles))];
        if !partition {
            let Some(grants) = GRANTS.iter().find(|grants| grants.table == table) else {
                return Err(sqlx::Error::Configuration(
                    format!("nobody has said who may use the table {table}").into(),
                ));
            };
            for (role, rights) in [
                (roles.writer(), grants.writer),
                (roles.reader(), grants.reader),
                (roles.auditor(), grants.auditor),
            ] {
                statements.extend(rights.iter().map(|right| {
                    let columns = if right.columns.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", right.columns.join(", "))
                    };
                    format!("GRANT {}{columns} ON {table} TO {role}", right.what)
                }));
            }
        }
        for statement in statements {
            sqlx::query(&statement).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Names inside our functions mean our tables, whatever schema or temporary table a session puts before them.
async fn fix_functions(connection: &mut PgConnection, roles: &RoleNames, schema: &str) -> sqlx::Result<()> {
    let functions: Vec<String> = sqlx::query_scalar(
        "SELECT oid::regprocedure::text FROM pg_proc
          WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ledger\\_%'",
    )
    .fetch_all(&mut *connection)
    .await?;
    for function in functions {
        let script = format!(
            "ALTER FUNCTION {function} SET search_path = pg_catalog, {schema}, pg_temp;
             REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {};",
            groups(roles)
        );
        sqlx::raw_sql(&script).execute(&mut *connection).await?;
    }
    // Comparing an index with its table is an administrator's function until it is granted.
    let comparing: Option<String> = sqlx::query_scalar(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
           JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'amcheck'
          WHERE p.proname = 'bt_index_check' AND p.pronargs = 2 AND pg_has_role(current_user, p.proowner, 'MEMBER')",
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(function) = comparing {
        let statement = format!("GRANT EXECUTE ON FUNCTION {function} TO {}", roles.auditor());
        sqlx::query(&statement).execute(connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::RoleNames;

    #[test]
    fn a_prefix_is_a_plain_name() {
        for good in ["praman", "p", "delhi_2", &"a".repeat(48)] {
            assert_eq!(
                RoleNames::with_prefix(good).map(|names| names.writer()),
                Some(format!("{good}_writer"))
            );
        }
        for bad in [
            "",
            "9a",
            "_a",
            "a-b",
            "a b",
            "A",
            "é",
            "a\"; DROP",
            "pg_a",
            &"a".repeat(49),
        ] {
            assert_eq!(RoleNames::with_prefix(bad), None, "{bad}");
        }
    }
}
