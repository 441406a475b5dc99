//! The program with the roles of a deployment: who may migrate, who may serve, who may audit.

use std::collections::BTreeMap;
use std::path::Path;

use harness::{Database, Ended, Process, free_port};
use keys::{KeyStore, SeededEntropy};
use ledger::{Clock as _, SystemClock};
use sqlx::{Connection as _, Executor as _, PgConnection};

const PASSPHRASE: &str = "a passphrase of the department";

fn settings(database: &str) -> BTreeMap<String, String> {
    [
        ("PRAMAN_DATABASE_URL", database),
        ("PRAMAN_PUBLIC_HOST", "verify.example"),
        ("PRAMAN_KEY_PASSPHRASE", PASSPHRASE),
        ("PRAMAN_WHATSAPP_GRAPH_URL", "http://127.0.0.1:1"),
        ("PRAMAN_WHATSAPP_PHONE_NUMBER_ID", "1"),
        ("PRAMAN_WHATSAPP_ACCESS_TOKEN", "token"),
        ("PRAMAN_WHATSAPP_APP_SECRET", "secret"),
        ("PRAMAN_WHATSAPP_VERIFY_TOKEN", "word"),
        ("PRAMAN_PROFILE", "production"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn praman(data: &Path, database: &str, arguments: &[&str]) -> Ended {
    let mut settings = settings(database);
    settings.insert("PRAMAN_DATA".to_owned(), data.to_str().unwrap().to_owned());
    Process::run(&harness::program().await.unwrap(), arguments, &settings)
        .await
        .unwrap()
}

fn as_login(url: &str, login: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let at = rest.split_once('@').map_or(rest, |(_, at)| at);
    format!("{scheme}://{login}:only-for-tests@{at}")
}

#[tokio::test(flavor = "multi_thread")]
async fn production_serves_as_a_writer_and_not_as_a_superuser() {
    let Some(database) = Database::fresh().await.unwrap() else {
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let (entropy, now) = (SeededEntropy::new(1), SystemClock.now());
    KeyStore::create(
        &data.path().join("keys.json"),
        PASSPHRASE,
        &entropy,
        false,
        now,
        "Sample",
    )
    .unwrap();
    let listen = format!("127.0.0.1:{}", free_port().unwrap());
    let serve = ["serve", "--listen", listen.as_str()];

    let refused = praman(data.path(), database.url(), &serve).await;
    assert_eq!(refused.code(), Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("must migrate it first"), "{}", refused.stderr);

    let prefix = database.url().rsplit('/').next().unwrap().to_owned();
    let migrated = praman(data.path(), database.url(), &["migrate", "--role-prefix", &prefix]).await;
    assert_eq!(migrated.code(), Some(0), "{}", migrated.stderr);
    assert!(
        migrated.stdout.contains(&format!("{prefix}_writer")),
        "{}",
        migrated.stdout
    );

    let refused = praman(data.path(), database.url(), &serve).await;
    assert_eq!(refused.code(), Some(2), "{}", refused.stderr);
    for words in ["may do more than a writer needs", "is a superuser", "NOSUPERUSER"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }

    let mut administrator = PgConnection::connect(database.url()).await.unwrap();
    for role in ["writer", "auditor"] {
        let create =
            format!("CREATE ROLE {prefix}_{role}_login LOGIN PASSWORD 'only-for-tests' IN ROLE {prefix}_{role}");
        administrator.execute(create.as_str()).await.unwrap();
    }
    let mut environment = settings(&as_login(database.url(), &format!("{prefix}_writer_login")));
    environment.insert("PRAMAN_DATA".to_owned(), data.path().to_str().unwrap().to_owned());
    let log = data.path().join("log");
    let mut serving = Process::start(&harness::program().await.unwrap(), &serve, &environment, &log).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    serving.answers(&http, &format!("http://{listen}/livez")).await.unwrap();

    // Beside it, with a role that is shown no key material.
    let auditor = as_login(database.url(), &format!("{prefix}_auditor_login"));
    let audited = praman(data.path(), &auditor, &["audit", "verify"]).await;
    assert_eq!(audited.code(), Some(0), "{}{}", audited.stdout, audited.stderr);
    assert!(audited.stdout.contains("0 breaks"), "{}", audited.stdout);
    serving.stop().await.unwrap();
    for name in ["writer_login", "auditor_login"] {
        administrator
            .execute(format!("DROP ROLE {prefix}_{name}").as_str())
            .await
            .unwrap();
    }
}
