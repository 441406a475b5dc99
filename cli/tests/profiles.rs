//! What `praman serve` refuses before it serves anybody, and what the production profile does not offer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use keys::{KeyStore, SeededEntropy, Vault};
use ledger::{Clock as _, Ledger, SystemClock};

const PASSPHRASE: &str = "a passphrase of the department";

fn praman(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_praman"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PRAMAN_")) {
        command.env_remove(name);
    }
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
}

/// With everything that the production profile needs.
fn production(data: &Path) -> Command {
    let mut command = praman(data);
    command.args(["--profile", "production"]).envs([
        ("PRAMAN_PUBLIC_HOST", "verify.example"),
        ("PRAMAN_KEY_PASSPHRASE", PASSPHRASE),
        ("PRAMAN_WHATSAPP_GRAPH_URL", "http://127.0.0.1:1"),
        ("PRAMAN_WHATSAPP_PHONE_NUMBER_ID", "1"),
        ("PRAMAN_WHATSAPP_ACCESS_TOKEN", "token"),
        ("PRAMAN_WHATSAPP_APP_SECRET", "secret"),
        ("PRAMAN_WHATSAPP_VERIFY_TOKEN", "word"),
    ]);
    command
}

fn make_keys(data: &Path, demo: bool) {
    let (entropy, now) = (SeededEntropy::new(1), SystemClock.now());
    KeyStore::create(&data.join("keys.json"), PASSPHRASE, &entropy, demo, now, "Sample").unwrap();
}

fn refused(mut command: Command, why: &str) {
    let Output { status, stderr, .. } = command.output().unwrap();
    let told = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(2), "{told}");
    assert!(told.contains(why), "{told}");
}

#[test]
fn production_refuses_demonstration_keys() {
    let data = tempfile::tempdir().unwrap();
    make_keys(data.path(), true);
    refused(production(data.path()), "holds demonstration keys");
}

#[test]
fn production_makes_no_keys_by_itself() {
    let data = tempfile::tempdir().unwrap();
    refused(production(data.path()), "keys.json");
    assert!(!data.path().join("keys.json").exists());
}

#[test]
fn production_names_the_setting_that_is_missing() {
    for name in [
        "PRAMAN_PUBLIC_HOST",
        "PRAMAN_KEY_PASSPHRASE",
        "PRAMAN_WHATSAPP_PHONE_NUMBER_ID",
        "PRAMAN_WHATSAPP_ACCESS_TOKEN",
        "PRAMAN_WHATSAPP_APP_SECRET",
        "PRAMAN_WHATSAPP_VERIFY_TOKEN",
    ] {
        let data = tempfile::tempdir().unwrap();
        make_keys(data.path(), false);
        let mut command = production(data.path());
        command.env_remove(name);
        refused(command, name);
    }
}

#[test]
fn production_is_held_at_no_point() {
    let data = tempfile::tempdir().unwrap();
    let mut command = production(data.path());
    command.args(["--hold-at", "sender.before_post"]);
    refused(command, "--hold-at is for tests");
}

#[tokio::test]
async fn a_second_process_is_told_that_another_one_writes() {
    let data = tempfile::tempdir().unwrap();
    let (entropy, clock) = (Arc::new(SeededEntropy::new(1)), Arc::new(SystemClock));
    let vault = Vault::ephemeral(&*entropy);
    let first = Ledger::open_sqlite(&data.path().join("praman.sqlite"), vault, entropy, clock)
        .await
        .unwrap();
    refused(praman(data.path()), "another process writes to it");
    first.close().await;
}

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn production_has_no_simulator_and_lets_nobody_in_without_a_proof() {
    let data = tempfile::tempdir().unwrap();
    make_keys(data.path(), false);
    let mut running = Running(production(data.path()).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("Praman serves at ").unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["simulator", "simulator/v26.0/1/messages", "simulator/_sim/v1/outbox"] {
        let answer = client.get(format!("{address}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let sign_in = client
        .post(format!("{address}officer/sign-in"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("officer=DEMO-101");
    assert_eq!(sign_in.send().await.unwrap().status(), 403);
    let auditor = client.get(format!("{address}auditor")).send().await.unwrap();
    assert_eq!(auditor.status(), 403);
}
