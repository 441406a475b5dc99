//! A PostgreSQL server of this test alone, which may be killed. It flushes as a real one does.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use harness::{DEADLINE, free_port, wait_for};
use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

/// Where the server's programs lie; `None`: it is not installed here.
fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    installed
        .map(|version| version.path().join("bin"))
        .chain(std::env::split_paths(&path))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
        .max()
}

impl Server {
    /// `None` where PostgreSQL is not installed and the test may be left out.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let needed = std::env::var_os("PRAMAN_TEST_EVERYTHING").is_some();
            assert!(!needed, "the programs of PostgreSQL are missing");
            return None;
        };
        let server = Self {
            folder: tempfile::tempdir().unwrap(),
            programs,
            port: free_port().unwrap(),
        };
        if is_root().await {
            // PostgreSQL refuses to run as root; its package made a user.
            let mut own = Command::new("chown");
            let own = own.arg("postgres").arg(server.folder.path());
            let owned = own.status().await.unwrap();
            assert!(owned.success());
        }
        let data = server.data();
        let data = data.to_str().unwrap();
        let made = server
            .run(
                "initdb",
                &["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"],
            )
            .await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert!(server.started().await, "the server does not start");
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let path = self.programs.join(program);
        let mut command = if is_root().await {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // A server that is started here must not keep our pipes open.
        let errors = std::fs::File::create(self.folder.path().join("errors")).unwrap();
        let status = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .status()
            .await
            .unwrap();
        let stderr = std::fs::read(self.folder.path().join("errors")).unwrap_or_default();
        Output {
            status,
            stdout: Vec::new(),
            stderr,
        }
    }

    async fn started(&self) -> bool {
        let (data, port, sockets) = (self.data(), self.port, self.folder.path().display());
        let options =
            format!("-p {port} -k {sockets} -c listen_addresses=127.0.0.1 -c max_connections=100 -c fsync=on");
        let log = self.folder.path().join("log");
        let arguments = ["-D", text(&data), "-l", text(&log), "-w", "-o", &options, "start"];
        self.run("pg_ctl", &arguments).await.status.success()
    }

    /// SIGKILL to the first process; the others notice and end; then it is started again and recovers.
    pub(crate) async fn kill_and_restart(&self) {
        let id = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let id = id.lines().next().unwrap();
        let killed = Command::new("kill").args(["-9", id]).status().await.unwrap();
        assert!(killed.success());
        // It refuses to start while a process of the old one still has the shared memory.
        wait_for("the server to start again", DEADLINE * 2, async || {
            Ok(self.started().await.then_some(()))
        })
        .await
        .unwrap();
        wait_for("the server to answer", DEADLINE, async || {
            Ok(PgConnection::connect(&self.url()).await.ok().map(drop))
        })
        .await
        .unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Ok(id) = std::fs::read_to_string(self.data().join("postmaster.pid")) else {
            return;
        };
        let Some(id) = id.lines().next() else { return };
        // SIGQUIT: at once, and its children with it.
        let _ = std::process::Command::new("kill").args(["-QUIT", id]).status();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().await.unwrap();
    output.stdout == b"0\n"
}
