//! Keys come and go under certificates that people hold: what was signed before stays good, also by a key that is stolen
//! later; what the log had not by then is void, whatever it says of itself.

use anyhow::{Context, Result, ensure};
use certificates::{Token, status::StatusList};
use domain::Language;
use harness::{Applicant, World, praman};
use keys::KeyDirectory;
use serde_json::{Value, json};

use crate::standing::{Copy, REGISTRAR, SUB_REGISTRAR, get};

async fn issued(world: &World, phone: &str, name: &str) -> Result<Copy> {
    let mut holder = Applicant::new(world.citizen(phone, name), Language::En);
    let file = holder.applies("birth_certificate").await?;
    for (officer, act) in [(SUB_REGISTRAR, "forward"), (REGISTRAR, "approve")] {
        world.officer_who_is(officer).await?.acts(&file, act, &[]).await?;
        if act == "forward" {
            holder.citizen.next().await?;
        }
    }
    let (_, pdf) = holder.citizen.receives_document().await?;
    Copy::of(holder.citizen.last()?.text(), pdf)
}

/// What the verb answers, while the service stands still.
async fn keys(world: &World, arguments: &[&str]) -> Result<Value> {
    let ended = world.verb(&[&["keys"][..], arguments, &["--json"]].concat()).await?;
    ensure!(
        ended.code() == Some(0),
        "{arguments:?}: {}{}",
        ended.stdout,
        ended.stderr
    );
    serde_json::from_str(&ended.stdout).with_context(|| ended.stdout.clone())
}

/// By file and by code, each with its reason.
async fn judged(world: &World, copy: &Copy) -> Result<[Value; 2]> {
    let verifier = world.verifier()?;
    let by_file = verifier.shows(copy.pdf.clone(), "certificate.pdf").await?;
    let by_code = verifier.asks(&json!({ "token": copy.code })).await?;
    Ok([by_file, by_code])
}

/// By the published keys and lists, without a connection.
async fn offline(world: &World, copy: &Copy) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("status"))?;
    for (path, name) in [
        ("/.well-known/praman-keys.json", "keys.json"),
        ("/status/0", "status/0"),
    ] {
        std::fs::write(folder.path().join(name), get(world, path).await?.bytes().await?)?;
    }
    let trust = folder.path().to_string_lossy();
    let ended = praman(&["verify", &copy.code, "--trust", &trust, "--json"]).await?;
    serde_json::from_str(&ended.stdout).with_context(|| ended.stderr.clone())
}

pub(crate) async fn journey(world: &mut World) -> Result<()> {
    let first = issued(world, "919810000031", "Asha").await?;
    let old = Token::parse(&first.code)?.key_id().to_string();
    first.is("valid", world).await?;

    // Not under a service, which would go on signing with what it has read.
    let before = world.verb(&["keys", "list", "--json"]).await?.stdout;
    for what in ["rotate", "new"] {
        let refused = world.verb(&["keys", what, "--purpose", "credential"]).await?;
        ensure!(
            refused.code() == Some(2) && refused.stderr.contains("keys are changed while no service runs"),
            "{what}: {:?}: {}{}",
            refused.code(),
            refused.stdout,
            refused.stderr
        );
    }
    assert_eq!(world.verb(&["keys", "list", "--json"]).await?.stdout, before);

    // Changed in the ordinary way, the log's key by a change-over.
    world.stop().await?;
    let rotated = keys(world, &["rotate", "--purpose", "credential"]).await?;
    let meanwhile = rotated["key"]["not_before"].as_str().context("an instant")?;
    let status = keys(world, &["rotate", "--purpose", "status"]).await?;
    keys(world, &["new", "--purpose", "checkpoint"]).await?;
    world.restart().await?;
    let second = issued(world, "919810000032", "Binu").await?;
    let new = Token::parse(&second.code)?.key_id().to_string();
    assert_ne!(old, new, "the new key signs after a restart");
    for copy in [&first, &second] {
        copy.is("valid", world).await?;
        let told = offline(world, copy).await?;
        assert_eq!(told["verdict"], "valid", "{told}");
    }
    // The list was signed anew at the start: were the old key stolen, its lists would say nothing.
    let directory = get(world, "/.well-known/praman-keys.json").await?.bytes().await?;
    let list = StatusList::open(
        &get(world, "/status/0").await?.bytes().await?,
        &KeyDirectory::from_json(&directory)?,
    )?;
    assert_eq!(list.key_id().to_string(), status["key"]["id"], "{status}");
    let note = get(world, "/log/checkpoint").await?.text().await?;
    assert_eq!(
        note.lines().filter(|line| line.starts_with('\u{2014}')).count(),
        2,
        "{note}"
    );

    // The old key is found to have been stolen when it was retired: the log had the certificate before.
    world.stop().await?;
    let told = keys(world, &["compromised", &old, "--since", meanwhile]).await?;
    assert_eq!(
        (&told["void"], &told["successor"]),
        (&json!([]), &json!(true)),
        "{told}"
    );
    world.restart().await?;
    first.is("valid", world).await?;
    let told = offline(world, &first).await?;
    assert_eq!(
        (&told["verdict"], &told["reason"]),
        (&json!("unknown"), &json!("key_doubtful")),
        "{told}"
    );
    assert_eq!(offline(world, &second).await?["verdict"], "valid");

    // It was stolen long ago: nothing that it signed counts. What is signed by others does.
    world.stop().await?;
    let told = keys(world, &["compromised", &old, "--since", "2020-01-01T00:00:00Z"]).await?;
    assert_eq!(told["void"].as_array().map(Vec::len), Some(1), "{told}");
    world.restart().await?;
    for answer in judged(world, &first).await? {
        assert_eq!(
            (&answer["verdict"], &answer["reason"]),
            (&json!("not_genuine"), &json!("key_compromised")),
            "{answer}"
        );
        assert!(
            !answer.to_string().contains(&first.number),
            "nothing of it is shown: {answer}"
        );
    }
    second.is("valid", world).await?;
    let history = world
        .verb(&["audit", "history", "--stream", &format!("signing_key/{old}"), "--json"])
        .await?;
    assert!(history.stdout.contains("signing_key.compromised"), "{}", history.stdout);
    world.is_sound().await
}
