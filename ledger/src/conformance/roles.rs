//! Who may do what on a server.

use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::home::{Home, append, personal};
use crate::audit::verify;
use crate::{Clock as _, CommitError, Fault, Ledger, Privileges, Settings, migrate_postgres};

impl Home {
    async fn migrate(&self) {
        migrate_postgres(&self.url(), &self.roles(), 1, self.clock.now())
            .await
            .unwrap();
    }

    async fn open_as(&self, url: &str, privileges: Privileges) -> Result<Ledger, Fault> {
        let settings = Settings {
            privileges,
            ..self.settings()
        };
        Ledger::open_postgres_with(
            url,
            settings,
            self.vault.clone(),
            self.entropy.clone(),
            self.clock.clone(),
        )
        .await
    }

    async fn read_as(&self, url: &str) -> Ledger {
        Ledger::open_postgres_read_only(
            url,
            self.settings(),
            self.vault.clone(),
            self.entropy.clone(),
            self.clock.clone(),
        )
        .await
        .unwrap()
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnectOptions::from_str(url).unwrap().connect().await.unwrap()
}

/// The SQLSTATE of the refusal; "" where there was none. Nothing stays of what was tried.
async fn tried(connection: &mut PgConnection, statement: &str) -> String {
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await.unwrap();
    let outcome = sqlx::raw_sql(statement).execute(&mut *connection).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.unwrap();
    match outcome {
        Ok(_) => String::new(),
        Err(sqlx::Error::Database(error)) => error.code().unwrap_or_default().into_owned(),
        Err(error) => panic!("{statement}: {error}"),
    }
}

/// A ledger with a little of everything in it.
async fn filled(home: &Home) {
    let ledger = home.open().await;
    let subject = home.entropy.uuid_v4();
    let mut batch = home.append("a", 0, [1, 2]);
    batch.appends.push(append("b", 0, [personal(subject, "Asha")]));
    batch.rows.push(crate::RowChange::Put {
        space: "queue".to_owned(),
        key: "a".to_owned(),
        body: b"{}".to_vec(),
        terms: vec![("stage".to_owned(), "new".to_owned())],
        expect: crate::Expect::Any,
    });
    batch.bookmark = Some(crate::Bookmark {
        name: "queue".to_owned(),
        generation: 1,
        from: 0,
        to: 0,
    });
    ledger.commit(batch).await.unwrap();
    ledger.checkpoint(&home.signer).await.unwrap();
    ledger.close().await;
}

const APPEND_ONLY: [&str; 3] = ["ledger_event", "ledger_command", "ledger_checkpoint"];
const EVENT: &str = "(log_id, position, aggregate_type, aggregate_id, sequence, event_type, event_version, body, meta,
    leaf_hash, recorded_at) VALUES (1, 4, 't', 'z', 1, 'e', '1', '{}', '{}', decode(repeat('00', 32), 'hex'), 0)";

/// What no role may do, the owner included: triggers refuse it (or it is not there to be done).
fn refused_to_all() -> Vec<String> {
    let mut acts = Vec::new();
    for table in APPEND_ONLY {
        acts.push(format!("UPDATE {table} SET log_id = log_id"));
        acts.push(format!("DELETE FROM {table}"));
        acts.push(format!("TRUNCATE {table}"));
        acts.push(format!("DELETE FROM {table} WHERE log_id = 1"));
    }
    for partition in 0..8 {
        acts.push(format!("TRUNCATE ledger_event_{partition}"));
    }
    // Log 1 lies in one of the partitions; where nothing lies, nothing fires and nothing is done.
    acts.push("TRUNCATE ledger_head".to_owned());
    acts.push("TRUNCATE subject_key".to_owned());
    acts.push("DELETE FROM ledger_head".to_owned());
    acts.push("DELETE FROM subject_key".to_owned());
    acts.push("UPDATE ledger_head SET position = position - 1".to_owned());
    acts.push("UPDATE ledger_head SET log_id = 9".to_owned());
    acts.push("UPDATE subject_key SET wrapped_dek = '\\x00'".to_owned());
    acts.push("UPDATE subject_key SET subject_id = '00000000-0000-0000-0000-000000000000'".to_owned());
    acts
}

/// What only an owner or a superuser may do.
fn refused_to_logins(schema_owner: &str) -> Vec<String> {
    let mut acts = Vec::new();
    for table in APPEND_ONLY
        .into_iter()
        .chain(["ledger_head", "subject_key", "ledger_event_0"])
    {
        acts.push(format!("ALTER TABLE {table} DISABLE TRIGGER ALL"));
        acts.push(format!("ALTER TABLE {table} DISABLE TRIGGER ledger_no_truncate"));
        acts.push(format!("DROP TRIGGER ledger_no_truncate ON {table}"));
        acts.push(format!("ALTER TABLE {table} ADD COLUMN x int"));
        acts.push(format!("DROP TABLE {table} CASCADE"));
        acts.push(format!("CREATE TRIGGER x BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"));
        acts.push(format!("CREATE RULE x AS ON INSERT TO {table} DO INSTEAD NOTHING"));
        acts.push(format!("CREATE INDEX x ON {table} (log_id)"));
    }
    for table in [
        "projection",
        "ledger_row",
        "ledger_row_term",
        "ledger_tree",
        "ledger_schema",
    ] {
        acts.push(format!("TRUNCATE {table}"));
        acts.push(format!("DROP TABLE {table}"));
        acts.push(format!("ALTER TABLE {table} RENAME TO x"));
    }
    for partition in 0..8 {
        acts.push(format!("INSERT INTO ledger_event_{partition} {EVENT}"));
        acts.push(format!("SELECT FROM ledger_event_{partition}"));
        acts.push(format!(
            "ALTER TABLE ledger_event DETACH PARTITION ledger_event_{partition}"
        ));
    }
    acts.extend(
        [
            "SET session_replication_role = replica",
            "CREATE TABLE x (n int)",
            "CREATE TEMPORARY TABLE ledger_event (log_id int, position bigint)",
            "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "ALTER FUNCTION ledger_refuse_change() RESET search_path",
            "DROP FUNCTION ledger_refuse_change() CASCADE",
            "CREATE SCHEMA x",
            "CREATE OR REPLACE VIEW events AS SELECT 1 AS aggregate_type",
            "DELETE FROM ledger_tree",
            "DELETE FROM projection",
            "INSERT INTO ledger_head VALUES (2, 0, 0, 0)",
            "INSERT INTO ledger_schema VALUES (2, 0)",
            "UPDATE ledger_head SET log_id = 1",
            "UPDATE ledger_tree SET tile = tile",
            "CREATE ROLE x",
            "COPY ledger_event TO PROGRAM 'cat'",
            "COPY (SELECT 1) TO '/tmp/x'",
            "SELECT pg_read_file('PG_VERSION')",
        ]
        .map(str::to_owned),
    );
    acts.push(format!("SET ROLE {schema_owner}"));
    acts.push(format!("GRANT {schema_owner} TO CURRENT_USER"));
    acts
}

const WRITES: [&str; 12] = [
    "INSERT INTO ledger_command VALUES (1, '00000000-0000-0000-0000-000000000001', decode(repeat('00', 32), 'hex'), 0, 0, 0)",
    "INSERT INTO ledger_checkpoint VALUES (1, 100, decode(repeat('00', 32), 'hex'), '', 0)",
    "INSERT INTO ledger_tree VALUES (1, 5, 5, 1, decode(repeat('00', 32), 'hex'))",
    "INSERT INTO projection (name, generation, log_id, position, tag) VALUES ('x', 1, 1, 0, decode(repeat('00', 32), 'hex'))",
    "INSERT INTO subject_key VALUES (1, '00000000-0000-0000-0000-000000000001', '\\x00', NULL)",
    "INSERT INTO ledger_row VALUES (1, 's', 'k', 1, 0, '', decode(repeat('00', 32), 'hex'))",
    "INSERT INTO ledger_row_term VALUES (1, 's', 'n', 'v', 'k')",
    "UPDATE ledger_head SET revision = revision + 1",
    "UPDATE ledger_row SET version = version + 1",
    "DELETE FROM ledger_row_term",
    "DELETE FROM ledger_row",
    "UPDATE subject_key SET wrapped_dek = NULL, destroyed_at = 0",
];

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_what_it_is_for_and_nothing_else() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    let roles = home.roles();
    filled(&home).await;
    let writer = format!("{}_login", roles.writer());
    let reader = home.login(&roles.reader()).await;
    let auditor = home.login(&roles.auditor()).await;
    let forbidden = refused_to_logins(&roles.owner());
    for login in [&writer, &reader, &auditor] {
        let mut connection = connect(&home.url_of(login)).await;
        for act in refused_to_all().iter().chain(&forbidden) {
            assert_eq!(tried(&mut connection, act).await, "42501", "{login}: {act}");
        }
        let expected = if *login == writer { "" } else { "42501" };
        let insert = format!("INSERT INTO ledger_event {EVENT}");
        for act in WRITES.into_iter().chain([insert.as_str()]) {
            assert_eq!(tried(&mut connection, act).await, expected, "{login}: {act}");
        }
    }
    // What each may look at.
    for (login, hidden) in [
        (&writer, &["SELECT FROM events"][..]),
        (&reader, &["SELECT FROM ledger_command"][..]),
        (
            &auditor,
            &[
                "SELECT wrapped_dek FROM subject_key",
                "SELECT * FROM subject_key",
                "SELECT FROM subject_key FOR UPDATE",
            ][..],
        ),
    ] {
        let mut connection = connect(&home.url_of(login)).await;
        for act in hidden {
            assert_eq!(tried(&mut connection, act).await, "42501", "{login}: {act}");
        }
        for table in [
            "ledger_head",
            "ledger_event",
            "ledger_checkpoint",
            "ledger_tree",
            "ledger_row",
            "ledger_row_term",
            "projection",
            "ledger_schema",
        ] {
            let look = format!("SELECT * FROM {table}");
            assert_eq!(tried(&mut connection, &look).await, "", "{login}: {look}");
        }
        assert_eq!(tried(&mut connection, "SELECT subject_id FROM subject_key").await, "");
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_and_a_superuser_meet_the_triggers_whatever_the_session_says() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    filled(&home).await;
    let mut connection = home.connect().await;
    for session in [
        format!("SET ROLE {}", home.roles().owner()),
        "RESET ROLE".to_owned(),
        "SET session_replication_role = replica".to_owned(),
    ] {
        sqlx::raw_sql(&session).execute(&mut connection).await.unwrap();
        for act in refused_to_all() {
            assert_eq!(tried(&mut connection, &act).await, "42501", "{session}: {act}");
        }
        // A hole in the positions and in a sequence, and a checkpoint that shrinks.
        for (act, code) in [
            (
                format!("INSERT INTO ledger_event {}", EVENT.replace("(1, 4,", "(1, 5,")),
                "23000",
            ),
            (
                format!("INSERT INTO ledger_event {}", EVENT.replace("'z', 1,", "'z', 2,")),
                "23000",
            ),
            (
                format!("INSERT INTO ledger_event {}", EVENT.replace("(1, 4,", "(1, 3,")),
                "23505",
            ),
            (
                "INSERT INTO ledger_checkpoint VALUES (1, 2, decode(repeat('00', 32), 'hex'), '', 0)".to_owned(),
                "23000",
            ),
        ] {
            assert_eq!(tried(&mut connection, &act).await, code, "{session}: {act}");
        }
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_the_same_name_does_not_stand_before_ours() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    filled(&home).await;
    let mut connection = home.connect().await;
    // A session that may make such a table: the triggers look at ours all the same.
    let masked = format!(
        "CREATE TEMPORARY TABLE ledger_event (log_id int, position bigint, aggregate_type text, aggregate_id text, sequence bigint);
         INSERT INTO pg_temp.ledger_event VALUES (1, 900, 't', 'z', 900);
         CREATE TEMPORARY TABLE ledger_checkpoint (log_id int, size bigint);
         INSERT INTO public.ledger_event {};",
        EVENT.replace("(1, 4,", "(1, 901,").replace("'z', 1,", "'z', 901,")
    );
    assert_eq!(tried(&mut connection, &masked).await, "23000");
    let masked = "CREATE TEMPORARY TABLE ledger_checkpoint (log_id int, size bigint);
         INSERT INTO public.ledger_checkpoint VALUES (1, 2, decode(repeat('00', 32), 'hex'), '', 0);";
    assert_eq!(tried(&mut connection, masked).await, "23000");
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_is_refused_where_least_is_asked_and_taken_elsewhere() {
    let Some(home) = Home::postgres().await else { return };
    // Without its tables nothing is opened, and nothing is made.
    let refused = home.open_as(&home.url(), Privileges::Least).await;
    assert!(matches!(refused, Err(Fault::NotMigrated)), "{refused:?}");
    let made: bool = sqlx::query_scalar("SELECT to_regclass('ledger_schema') IS NOT NULL")
        .fetch_one(&mut home.connect().await)
        .await
        .unwrap();
    assert!(!made);
    home.migrate().await;
    let refused = home.open_as(&home.url(), Privileges::Least).await;
    let Err(fault @ Fault::Excess { .. }) = refused else {
        panic!("{refused:?}")
    };
    let told = fault.to_string();
    assert!(
        told.contains("is a superuser") && told.contains("NOSUPERUSER"),
        "{told}"
    );
    home.open_as(&home.url(), Privileges::Any).await.unwrap().close().await;
    home.end().await;
}

/// Each right alone is seen, and the command that is named takes it away.
#[tokio::test(flavor = "multi_thread")]
async fn each_excess_right_is_named_with_the_command_that_removes_it() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    let roles = home.roles();
    let login = format!("{}_login", roles.writer());
    let database = home.url().rsplit('/').next().unwrap().to_owned();
    let (writer, owner, other) = (roles.writer(), roles.owner(), format!("{database}_other"));
    home.sql(&format!("CREATE ROLE {other}; GRANT {other} TO {writer}"))
        .await
        .unwrap();
    let url = home.url_of(&login);
    home.open_as(&url, Privileges::Least).await.unwrap().close().await;
    for (given, seen) in [
        (format!("ALTER ROLE {login} CREATEROLE"), "may create roles"),
        (format!("ALTER ROLE {login} CREATEDB"), "may create databases"),
        (format!("ALTER ROLE {login} REPLICATION"), "by replication"),
        (format!("ALTER ROLE {login} BYPASSRLS"), "row security"),
        (format!("ALTER ROLE {other} SUPERUSER"), "can become"),
        (format!("GRANT {owner} TO {login}"), "which owns tables of the ledger"),
        (
            format!("GRANT {owner} TO {writer}"),
            "which owns functions of the ledger",
        ),
        (format!("GRANT pg_write_all_data TO {login}"), "pg_write_all_data"),
        (
            format!("GRANT pg_execute_server_program TO {writer}"),
            "pg_execute_server_program",
        ),
        (
            format!("GRANT {other} TO {login} WITH ADMIN OPTION"),
            "may grant the role",
        ),
        (
            format!("GRANT CREATE ON SCHEMA public TO {login}"),
            "may create in the schema public",
        ),
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC".to_owned(),
            "may create in the schema public",
        ),
        (
            format!("GRANT CREATE ON DATABASE {database} TO {other}"),
            "may create schemas",
        ),
        (
            format!("GRANT TEMPORARY ON DATABASE {database} TO PUBLIC"),
            "temporary tables",
        ),
        (
            format!("GRANT UPDATE ON ledger_event TO {login}"),
            "has UPDATE on ledger_event",
        ),
        (
            "GRANT DELETE ON ledger_command TO PUBLIC".to_owned(),
            "has DELETE on ledger_command",
        ),
        (
            format!("GRANT TRUNCATE ON ledger_checkpoint TO {writer}"),
            "has TRUNCATE on ledger_checkpoint",
        ),
        (
            format!("GRANT TRIGGER ON ledger_row TO {other}"),
            "has TRIGGER on ledger_row",
        ),
        (
            format!("GRANT INSERT ON ledger_event_3 TO {login}"),
            "has INSERT on ledger_event_3",
        ),
        (
            format!("GRANT UPDATE (body) ON ledger_event TO {login}"),
            "has UPDATE (body) on ledger_event",
        ),
        (
            format!("GRANT UPDATE ON ledger_head TO {login}"),
            "has UPDATE on ledger_head",
        ),
        (
            format!("GRANT INSERT ON ledger_event TO {login} WITH GRANT OPTION"),
            "may hand on INSERT on ledger_event",
        ),
        (
            format!("GRANT SET ON PARAMETER session_replication_role TO {login}"),
            "session_replication_role",
        ),
        (
            format!("ALTER DATABASE {database} OWNER TO {login}"),
            "owns the database",
        ),
        (
            format!("ALTER TABLE ledger_row OWNER TO {login}"),
            "owns tables of the ledger",
        ),
    ] {
        home.sql(&given).await.unwrap();
        let refused = home.open_as(&url, Privileges::Least).await;
        let Err(Fault::Excess { role, excess }) = refused else {
            panic!("{given}: {refused:?}")
        };
        assert_eq!(role, login);
        assert!(excess.iter().any(|one| one.right.contains(seen)), "{given}: {excess:?}");
        for one in excess {
            if one.remedy.starts_with("praman migrate") {
                home.migrate().await;
            } else {
                let administrator = "(SELECT current_user)";
                let mut remedy = one.remedy.clone();
                if remedy.contains("an_administrator") {
                    let name: String = sqlx::query_scalar(administrator)
                        .fetch_one(&mut home.connect().await)
                        .await
                        .unwrap();
                    remedy = remedy.replace("an_administrator", &name);
                }
                home.sql(&remedy)
                    .await
                    .unwrap_or_else(|error| panic!("{given}: {remedy}: {error}"));
            }
        }
        let mended = home.open_as(&url, Privileges::Least).await;
        mended.unwrap_or_else(|fault| panic!("{given}: {fault}")).close().await;
        // What a superuser's membership took away is given back for the next.
        home.sql(&format!("ALTER ROLE {other} NOSUPERUSER; GRANT {other} TO {writer}"))
            .await
            .unwrap();
    }
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_without_superuser_migrates_and_again() {
    let Some(home) = Home::postgres().await else { return };
    let database = home.url().rsplit('/').next().unwrap().to_owned();
    let administrator = format!("{database}_administrator");
    home.sql(&format!(
        "CREATE ROLE {administrator} LOGIN CREATEROLE PASSWORD 'only-for-tests'; ALTER DATABASE {database} OWNER TO {administrator}"
    ))
    .await
    .unwrap();
    let url = home.url_of(&administrator);
    for _ in 0..2 {
        migrate_postgres(&url, &home.roles(), 1, home.clock.now())
            .await
            .unwrap();
    }
    let login = home.login(&home.roles().writer()).await;
    let ledger = home.open_as(&home.url_of(&login), Privileges::Least).await.unwrap();
    ledger.commit(home.append("a", 0, [1])).await.unwrap();
    // Once more, with a service at work and something in the tables.
    migrate_postgres(&url, &home.roles(), 1, home.clock.now())
        .await
        .unwrap();
    ledger.commit(home.append("a", 1, [1])).await.unwrap();
    ledger.close().await;
    // Who may not make roles is told so, and nothing is half done.
    let refused = migrate_postgres(&home.url_of(&login), &home.roles(), 1, home.clock.now()).await;
    assert!(matches!(refused, Err(Fault::Store { .. })), "{refused:?}");
    home.sql(&format!("ALTER DATABASE {database} OWNER TO CURRENT_USER"))
        .await
        .unwrap();
    home.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_without_the_keys_finds_no_damage_and_says_what_was_not_opened() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    filled(&home).await;
    let ledger = home.open().await;
    let gone = home.entropy.uuid_v4();
    let mut batch = home.batch();
    batch.appends.push(append("c", 0, [personal(gone, "Ravi")]));
    ledger.commit(batch).await.unwrap();
    let mut batch = home.batch();
    batch.destroy_subjects.push(gone);
    ledger.commit(batch).await.unwrap();
    ledger.checkpoint(&home.signer).await.unwrap();
    let auditor = home.login(&home.roles().auditor()).await;
    let reading = home.read_as(&home.url_of(&auditor)).await;
    let report = verify(&reading, &home.keys(), None).await.unwrap();
    assert_eq!(
        (report.breaks.clone(), report.events, report.not_opened),
        (vec![], 4, 1)
    );
    let full = verify(&ledger, &home.keys(), None).await.unwrap();
    assert_eq!((full.breaks, full.not_opened, full.root), (vec![], 0, report.root));
    // The one stays sealed, the other is erased; neither shows what it held.
    let events = reading.after(0, 10).await.unwrap();
    let bodies: Vec<String> = events
        .iter()
        .map(|event| String::from_utf8(event.body.clone()).unwrap())
        .collect();
    assert!(
        bodies[2].contains("sealed") && !bodies[2].contains("Asha"),
        "{bodies:?}"
    );
    assert!(
        bodies[3].contains("erased") && !bodies[3].contains("Ravi"),
        "{bodies:?}"
    );
    assert!(matches!(
        reading.commit(home.append("d", 0, [1])).await,
        Err(CommitError::Unavailable(Fault::ReadOnly))
    ));
    // A key that is gone without a tombstone is damage for an auditor too.
    home.tamper("DELETE FROM subject_key WHERE destroyed_at IS NULL;").await;
    let report = verify(&reading, &home.keys(), None).await.unwrap();
    assert_eq!(report.breaks.len(), 1, "{:?}", report.breaks);
    reading.close().await;

    // A reader opens personal values, when it has the vault.
    let reader = home.login(&home.roles().reader()).await;
    let reading = home.read_as(&home.url_of(&reader)).await;
    assert_eq!(reading.stream("counter", "a").await.unwrap().len(), 2);
    assert_eq!(reading.rows("queue", None, 10).await.unwrap().len(), 1);
    assert_eq!(
        reading
            .find("queue", "stage", "new", "new", None, false, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(reading.bookmark("queue", 1).await.unwrap(), 0);
    reading.close().await;
    ledger.close().await;
    home.end().await;
}

/// An erasure by a role that may not vacuum neither fails nor warns: the server is told to clean up by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_is_cleaned_up_by_the_server() {
    let Some(home) = Home::postgres_as_writer().await else {
        return;
    };
    let options: Vec<String> =
        sqlx::query_scalar("SELECT unnest(reloptions) FROM pg_class WHERE oid = 'subject_key'::regclass")
            .fetch_all(&mut home.connect().await)
            .await
            .unwrap();
    assert_eq!(
        options,
        ["autovacuum_vacuum_threshold=0", "autovacuum_vacuum_scale_factor=0"]
    );
    home.end().await;
}
