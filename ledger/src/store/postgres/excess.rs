//! What the service's own database role may do beyond its need.
//!
//! Asked of the server's catalogue, not of the role's name: rights reach a role directly, through every role it is a member of
//! (it can become each of them), and through `PUBLIC`.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::roles::{GRANTS, OURS, Right};
use crate::fault::Excess;

/// The roles that the session is or can become, and through whom; `via` NULL: itself.
const MEMBERS: &str = "WITH RECURSIVE me AS (SELECT oid, rolname, rolsuper FROM pg_roles WHERE rolname = session_user),
  edge (oid, via) AS (
    SELECT oid, NULL::oid FROM me
    UNION SELECT m.roleid, m.member FROM pg_auth_members m JOIN edge ON edge.oid = m.member),
  member AS (SELECT DISTINCT oid FROM edge) ";

/// The login that the session began with, and every right of it that a writer does not need, each with what takes it away.
pub(super) async fn examine(connection: &mut PgConnection) -> sqlx::Result<(String, Vec<Excess>)> {
    let role: String = sqlx::query_scalar("SELECT quote_ident(session_user)")
        .fetch_one(&mut *connection)
        .await?;
    let mut found = Vec::new();
    for sql in [ATTRIBUTES, OWNERSHIP, PREDEFINED, HANDING_ON, PLACES] {
        found.extend(ask(connection, sql).await?);
    }
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut *connection)
        .await?;
    // Older servers let nobody but a superuser have this.
    if version >= 150_000 {
        found.extend(ask(connection, PARAMETERS).await?);
    }
    found.extend(tables(connection).await?);
    Ok((role, found))
}

async fn ask(connection: &mut PgConnection, sql: &str) -> sqlx::Result<Vec<Excess>> {
    let sql = format!("{MEMBERS}{sql}");
    let rows = sqlx::query(&sql).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Excess {
                right: row.try_get(0)?,
                remedy: row.try_get(1)?,
            })
        })
        .collect()
}

/// Superuser and its lesser sisters. They do not pass to members by themselves, but a member can become the role that has them.
const ATTRIBUTES: &str = "SELECT
    CASE WHEN edge.via IS NULL THEN '' ELSE 'can become ' || quote_ident(r.rolname) || ', which ' END || a.says,
    CASE WHEN edge.via IS NULL THEN format('ALTER ROLE %I %s', r.rolname, a.without)
         ELSE format('REVOKE %I FROM %I', r.rolname, pg_get_userbyid(edge.via)) END
  FROM edge JOIN pg_roles r ON r.oid = edge.oid
  CROSS JOIN LATERAL (VALUES
    (r.rolsuper, 'is a superuser: it may do anything, and put the triggers aside', 'NOSUPERUSER'),
    (r.rolcreaterole, 'may create roles, and grant itself others', 'NOCREATEROLE'),
    (r.rolcreatedb, 'may create databases', 'NOCREATEDB'),
    (r.rolreplication, 'may read everything by replication', 'NOREPLICATION'),
    (r.rolbypassrls, 'may pass by row security', 'NOBYPASSRLS')) AS a (has, says, without)
  WHERE a.has ORDER BY r.oid, a.without";

/// Whoever owns a table can change it and its triggers.
const OWNERSHIP: &str = "SELECT DISTINCT
    CASE WHEN edge.via IS NULL THEN format('owns %s', thing.kind)
         ELSE format('is a member of %I, which owns %s', pg_get_userbyid(edge.oid), thing.kind) END,
    CASE WHEN edge.via IS NULL THEN thing.handing_over
         ELSE format('REVOKE %I FROM %I', pg_get_userbyid(edge.oid), pg_get_userbyid(edge.via)) END
  FROM edge JOIN (
    SELECT DISTINCT relowner AS owner, 'tables of the ledger' AS kind,
           'praman migrate, with the address of an administrator' AS handing_over
      FROM pg_class WHERE relnamespace = current_schema()::regnamespace
       AND (relname LIKE 'ledger\\_%' OR relname IN ('projection', 'subject_key', 'events'))
    UNION ALL
    SELECT DISTINCT proowner, 'functions of the ledger', 'praman migrate, with the address of an administrator'
      FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ledger\\_%'
    UNION ALL
    SELECT datdba, 'the database', format('ALTER DATABASE %I OWNER TO an_administrator', datname)
      FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT nspowner, format('the schema %I', nspname), format('ALTER SCHEMA %I OWNER TO an_administrator', nspname)
      FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ) AS thing ON thing.owner = edge.oid ORDER BY 1";

/// PostgreSQL's own roles, apart from those that only look at how the server is doing.
const PREDEFINED: &str = "SELECT format('is a member of %I', r.rolname),
    format('REVOKE %I FROM %I', r.rolname, pg_get_userbyid(edge.via))
  FROM edge JOIN pg_roles r ON r.oid = edge.oid
  WHERE edge.via IS NOT NULL AND r.rolname ~ '^pg_'
    AND r.rolname NOT IN ('pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables')
  ORDER BY 1";

/// A role that may be handed on may be handed to oneself.
const HANDING_ON: &str = "SELECT format('may grant the role %I', pg_get_userbyid(m.roleid)),
    format('REVOKE ADMIN OPTION FOR %I FROM %I', pg_get_userbyid(m.roleid), pg_get_userbyid(m.member))
  FROM pg_auth_members m JOIN member ON member.oid = m.member WHERE m.admin_option ORDER BY 1";

/// Where something could be made that stands before our tables, or beside them.
const PLACES: &str = "SELECT format('may create in the schema %I', n.nspname),
    format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
  FROM pg_namespace n, aclexplode(n.nspacl) a
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.privilege_type = 'CREATE'
    AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM member)) AND a.grantee <> n.nspowner
  UNION ALL
  SELECT CASE a.privilege_type WHEN 'CREATE' THEN 'may create schemas' ELSE 'may make temporary tables' END,
    format('REVOKE %s ON DATABASE %I FROM %s', a.privilege_type, d.datname,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
  FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = current_database() AND a.privilege_type IN ('CREATE', 'TEMPORARY')
    AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM member)) AND a.grantee <> d.datdba
  ORDER BY 2";

/// `session_replication_role` puts ordinary triggers aside (ours fire always); none of these settings is needed.
const PARAMETERS: &str = "SELECT format('may set the server''s parameter %s', p.parname),
    format('REVOKE %s ON PARAMETER %s FROM %s', a.privilege_type, p.parname,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
  FROM pg_parameter_acl p, aclexplode(p.paracl) a
  WHERE (a.grantee = 0 OR a.grantee IN (SELECT oid FROM member)) AND a.grantee <> 10 ORDER BY 2";

/// Rights on our tables, columns and partitions that the list of grants does not give a writer. Looking is never too much.
async fn tables(connection: &mut PgConnection) -> sqlx::Result<Vec<Excess>> {
    let sql = format!(
        "{MEMBERS}, given AS (
           SELECT c.oid, c.relname, c.relowner, c.relispartition, NULL::name AS attname, a.grantee, a.privilege_type,
                  a.is_grantable
             FROM pg_class c, aclexplode(c.relacl) a WHERE {OURS}
           UNION ALL
           SELECT c.oid, c.relname, c.relowner, c.relispartition, t.attname, a.grantee, a.privilege_type, a.is_grantable
             FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped,
                  aclexplode(t.attacl) a WHERE {OURS})
         SELECT relname::text, relispartition, attname::text, privilege_type, is_grantable,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
           FROM given
          WHERE (grantee = 0 OR grantee IN (SELECT oid FROM member)) AND grantee <> relowner
          ORDER BY 1, 3, 4, 6"
    );
    let mut found = Vec::new();
    for row in sqlx::query(&sql).fetch_all(connection).await? {
        let (table, partition): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        let (column, privilege): (Option<String>, String) = (row.try_get(2)?, row.try_get(3)?);
        let (handed_on, grantee): (bool, String) = (row.try_get(4)?, row.try_get(5)?);
        let needed: &[Right] = GRANTS
            .iter()
            .find(|grants| !partition && grants.table == table)
            .map_or(&[], |grants| grants.writer);
        let is_needed = privilege == "SELECT"
            || needed.iter().any(|right| {
                right.what == privilege
                    && (right.columns.is_empty()
                        || column.as_deref().is_some_and(|column| right.columns.contains(&column)))
            });
        if is_needed && !handed_on {
            continue;
        }
        let columns = column.map_or_else(String::new, |column| format!(" ({column})"));
        let (right, taking) = if is_needed {
            (
                format!("may hand on {privilege}{columns} on {table}"),
                format!("GRANT OPTION FOR {privilege}{columns}"),
            )
        } else {
            (
                format!("has {privilege}{columns} on {table}"),
                format!("{privilege}{columns}"),
            )
        };
        found.push(Excess {
            right,
            remedy: format!("REVOKE {taking} ON {table} FROM {grantee}"),
        });
    }
    Ok(found)
}
