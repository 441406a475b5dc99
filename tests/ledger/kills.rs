//! Processes that write are killed at any moment, the leading one first of all.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use harness::{DEADLINE, Database, free_port, wait_for};
use sqlx::{Connection as _, PgConnection};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::account::settle;
use crate::server::Server;

fn kills(default: usize) -> usize {
    std::env::var("PRAMAN_TEST_KILLS").map_or(default, |given| given.parse().unwrap())
}

/// One writing process; it dies with the test.
struct Hammer {
    child: Child,
    port: Option<u16>,
    log: std::path::PathBuf,
}

impl Hammer {
    fn start(store: &str, folder: &Path, run: usize, tasks: usize, port: Option<u16>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hammer"));
        command
            .arg(store)
            .arg(folder)
            .args([run.to_string(), tasks.to_string()]);
        if let Some(port) = port {
            command.arg(port.to_string());
        }
        let log = folder.join(format!("log-{run}"));
        let child = command
            .stdin(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, port, log }
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([name, &id]).status().await.unwrap();
        assert!(sent.success(), "kill {name}");
    }

    /// SIGKILL; nothing of it runs when this returns. It must not have ended by itself.
    async fn kill(&mut self) {
        let ended = self.child.try_wait().unwrap();
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        assert_eq!(ended, None, "a hammer ended by itself: {said}");
        self.child.kill().await.unwrap();
    }

    /// Lets it finish what it has begun.
    async fn finish(mut self) {
        drop(self.child.stdin.take());
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        let status = ended.expect("a hammer does not stop").unwrap();
        assert!(status.success(), "{status}");
    }
}

/// The log as another connection sees it.
struct Watcher(PgConnection);

impl Watcher {
    async fn head(&mut self) -> (i64, i64) {
        sqlx::query_as("SELECT position, epoch FROM ledger_head WHERE log_id = 1")
            .fetch_one(&mut self.0)
            .await
            .unwrap()
    }

    /// Waits until the log has grown by `more` since `position`.
    async fn grows(&mut self, position: i64, more: i64) {
        wait_for("the log to grow", DEADLINE * 2, async || {
            Ok((self.head().await.0 >= position + more).then_some(()))
        })
        .await
        .unwrap();
    }

    /// The place of the process that leads now.
    async fn leader(&mut self, hammers: &[Hammer]) -> usize {
        wait_for("somebody to lead", DEADLINE, async || {
            let address: Option<String> = sqlx::query_scalar(
                "SELECT l.address FROM ledger_leader l JOIN ledger_head h USING (log_id, epoch)
                  WHERE l.log_id = 1 AND l.until > clock_timestamp()",
            )
            .fetch_optional(&mut self.0)
            .await?;
            Ok(address.and_then(|address| {
                hammers
                    .iter()
                    .position(|hammer| hammer.port.is_some_and(|port| address.ends_with(&format!(":{port}"))))
            }))
        })
        .await
        .unwrap()
    }
}

/// Three processes on one log in PostgreSQL. Of ten blows: six kill the leader, one a follower, two freeze the leader beyond its lease and
/// let it go on, one cuts the connections that are at work.
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_leader_loses_nothing_and_doubles_nothing() {
    let Some(database) = Database::fresh().await.unwrap() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let blows = kills(200);
    let mut runs = 0;
    let mut start = |port| {
        runs += 1;
        Hammer::start(database.url(), folder.path(), runs, 6, port)
    };
    let mut hammers = Vec::new();
    for _ in 0..3 {
        hammers.push(start(Some(free_port().unwrap())));
    }
    let connection = wait_for("the tables to be made", DEADLINE, async || {
        let mut connection = PgConnection::connect(database.url()).await?;
        let there: bool = sqlx::query_scalar("SELECT to_regclass('ledger_leader') IS NOT NULL")
            .fetch_one(&mut connection)
            .await?;
        Ok(there.then_some(connection))
    });
    let mut watcher = Watcher(connection.await.unwrap());
    let (mut killed, mut frozen, mut cut, mut takeovers) = (0, 0, 0_i64, 0);
    let (mut longest, mut waited) = (Duration::ZERO, Duration::ZERO);
    for blow in 0..blows {
        let leading = watcher.leader(&hammers).await;
        let (position, epoch) = watcher.head().await;
        match blow % 10 {
            3 => {
                let follower = (leading + 1) % hammers.len();
                let port = hammers[follower].port;
                hammers[follower].kill().await;
                hammers[follower] = start(port);
                killed += 1;
            }
            5 | 8 => {
                hammers[leading].signal("-STOP").await;
                frozen += 1;
            }
            7 => {
                cut += sqlx::query_scalar::<_, i64>(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'praman ledger'
                        AND state <> 'idle'",
                )
                .fetch_one(&mut watcher.0)
                .await
                .unwrap();
            }
            _ => {
                hammers[leading].kill().await;
                killed += 1;
            }
        }
        if !matches!(blow % 10, 3 | 7) {
            let since = Instant::now();
            wait_for("another to lead", DEADLINE, async || {
                Ok((watcher.head().await.1 > epoch).then_some(()))
            })
            .await
            .unwrap();
            longest = longest.max(since.elapsed());
            waited += since.elapsed();
            takeovers += 1;
            if matches!(blow % 10, 5 | 8) {
                // It wakes in the belief that it leads.
                hammers[leading].signal("-CONT").await;
            } else {
                let port = hammers[leading].port;
                hammers[leading] = start(port);
            }
        }
        watcher.grows(position, 10).await;
    }
    for hammer in hammers {
        hammer.finish().await;
    }
    let counts = settle(database.url(), folder.path()).await;
    assert!(counts.acknowledged > blows, "{counts:?}");
    println!(
        "{killed} killed, {frozen} frozen, {cut} connections cut; {takeovers} take-overs, {:?} on average, the longest {longest:?}; {counts}",
        waited / takeovers.max(1)
    );
}

/// The one process on a SQLite file; each kill must free the file for the next.
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_only_process_on_sqlite_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("ledger.sqlite");
    let store = store.to_str().unwrap();
    let blows = kills(200) / 4;
    for run in 0..blows {
        let mut hammer = Hammer::start(store, folder.path(), run, 8, None);
        // At work, and killed in the midst of it.
        let acks = folder.path().join(format!("acks-{run}"));
        wait_for("acknowledgements", DEADLINE, async || {
            let length = std::fs::metadata(&acks).map_or(0, |found| found.len());
            Ok((length > 500).then_some(()))
        })
        .await
        .unwrap();
        hammer.kill().await;
    }
    let counts = settle(store, folder.path()).await;
    assert!(counts.acknowledged > blows, "{counts:?}");
    println!("{blows} killed; {counts}");
}

/// The server itself, with flushing on, killed as by the kernel and started again, under two processes.
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_loses_nothing() {
    let Some(server) = Server::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = server.url();
    let mut hammers = Vec::new();
    for run in 0..2 {
        hammers.push(Hammer::start(&url, folder.path(), run, 6, Some(free_port().unwrap())));
        // The first makes the tables.
        let acks = folder.path().join(format!("acks-{run}"));
        wait_for("acknowledgements", DEADLINE, async || {
            Ok(std::fs::metadata(&acks)
                .is_ok_and(|found| found.len() > 0)
                .then_some(()))
        })
        .await
        .unwrap();
    }
    for _ in 0..5 {
        server.kill_and_restart().await;
        let mut watcher = Watcher(PgConnection::connect(&url).await.unwrap());
        let (position, _) = watcher.head().await;
        watcher.grows(position, 50).await;
    }
    for hammer in hammers {
        hammer.finish().await;
    }
    let counts = settle(&url, folder.path()).await;
    assert!(counts.acknowledged > 250, "{counts:?}");
    println!("the server killed 5 times; {counts}");
}
