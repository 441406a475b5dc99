//! The log as the service hands it out, and `praman witness` beside it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use harness::{DEADLINE, Settings, World, wait_for};
use reqwest::{Method, StatusCode};

use crate::auditor::{Auditor, Verdict};

#[tokio::test(flavor = "multi_thread")]
async fn the_service_publishes_its_log_and_a_witness_cosigns_it() -> Result<()> {
    let mut world = World::start(Settings::default()).await?;
    let http = world.http().clone();
    let log = format!("{}/log", world.base());
    let size_of = |note: &str| {
        note.lines()
            .nth(1)
            .and_then(|size| size.parse::<u64>().ok())
            .unwrap_or(0)
    };
    let checkpoint =
        async || -> Result<String> { Ok(http.get(format!("{log}/checkpoint")).send().await?.text().await?) };
    let first = wait_for("a published checkpoint", DEADLINE, async || {
        let note = checkpoint().await?;
        Ok((size_of(&note) > 0).then_some(note))
    })
    .await?;

    let vkey = world
        .verb(&["keys", "--vkey", "checkpoint"])
        .await?
        .stdout
        .trim()
        .to_owned();
    let auditor = Auditor::build()?;
    let folder = tempfile::tempdir()?;
    let older = folder.path().join("older");
    std::fs::write(&older, &first)?;
    if let Some(auditor) = &auditor {
        let said = auditor.with(&vkey).older(std::slice::from_ref(&older)).address(&log)?;
        assert_eq!(said.verdict, Verdict::Accepted, "{said}");
    }

    // As static files: typed, named by their content, to be kept; nothing beyond the checkpoint, no way around the path.
    let get = async |path: &str| http.get(format!("{log}/{path}")).send().await.context("get");
    let answer = get("checkpoint").await?;
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=1");
    let answer = get("tile/0/000.p/1").await?;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    assert!(answer.headers()["cache-control"].to_str()?.contains("immutable"));
    let tag = answer.headers()["etag"].clone();
    assert_eq!(answer.bytes().await?.len(), 32);
    let url = format!("{log}/tile/0/000.p/1");
    let same = http.get(&url).header("if-none-match", tag).send().await?;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let other = http.get(&url).header("if-none-match", "\"other\"").send().await?;
    assert_eq!(other.status(), StatusCode::OK);
    let head = http.request(Method::HEAD, &url).send().await?;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.bytes().await?.len(), 0);
    for nowhere in [
        "tile/0/999",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/entries/x001/000",
        "tile/9/000",
        "tile/0/x000/000",
        "tile/0/%30%30%30.p/1",
        "tile/0/000%2Ep/1",
        "tile/0/000.p%2F1",
        "tile/..%2f..%2fkeys.json",
        "tile/0/000.p/1/",
        "tile/entries/../0/000.p/1%00",
        "tile//0/000.p/1",
        "tile/0/000.p/1%20",
        "../data/keys.json",
        "keys.json",
    ] {
        let url = reqwest::Url::parse(&format!("{log}/{nowhere}"))?;
        let answer = http.get(url).send().await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{nowhere}");
    }

    // A witness in a process of its own; the service is told of it at its next start.
    let state = folder.path().join("witness");
    let listen = format!("127.0.0.1:{}", harness::free_port()?);
    let name = "witness.invalid/w1";
    let arguments = [
        "witness",
        "--listen",
        &listen,
        "--key",
        &folder.path().join("witness.json").display().to_string(),
        "--name",
        name,
        "--state",
        &state.display().to_string(),
        "--log",
        &vkey,
    ];
    let passphrase = BTreeMap::from([("PRAMAN_KEY_PASSPHRASE".to_owned(), "words for a test".to_owned())]);
    let mut witness = world.beside(&arguments, &passphrase, &folder.path().join("witness.log"))?;
    let hash = ledger::witness::origin_hash(vkey.split('+').next().unwrap());
    witness.says("The witness listens").await?;
    let words = std::fs::read_to_string(folder.path().join("witness.log"))?;
    let witness_key = words
        .lines()
        .find(|line| line.starts_with(name))
        .context("the witness's key")?
        .to_owned();
    let never = http.get(format!("http://{listen}/{hash}/checkpoint")).send().await?;
    assert_eq!(never.status(), StatusCode::NOT_FOUND, "it has seen nothing yet");
    world.stop().await?;
    world.set("PRAMAN_WITNESSES", &format!("{witness_key} http://{listen}"));
    world.restart().await?;
    let cosigned = wait_for("a cosigned checkpoint", DEADLINE, async || {
        let note = checkpoint().await?;
        Ok(note.contains(&format!("\u{2014} {name} ")).then_some(note))
    })
    .await?;
    ensure!(size_of(&cosigned) >= size_of(&first));
    witness
        .answers(&http, &format!("http://{listen}/{hash}/checkpoint"))
        .await?;
    if let Some(auditor) = &auditor {
        let ask = auditor.with(&vkey).older(&[older]).witnesses(&[witness_key], 1);
        let said = ask.address(&log)?;
        assert_eq!(said.verdict, Verdict::Accepted, "{said}");
    }
    world.is_sound().await?;
    witness.stop().await?;
    Ok(())
}
