//! What a certificate carries, taken out of it and put before others: the auditor in Go, and a verifier who has the file and the
//! published keys and no connection.

use anyhow::{Context, Result, ensure};
use harness::{DEADLINE, World, attachments, praman, wait_for};
use serde_json::Value;

#[path = "../log/auditor.rs"]
#[expect(dead_code, reason = "one question is asked of it here")]
mod auditor;

/// The file proves by itself that the log holds it.
pub(crate) async fn proves_itself(world: &World, pdf: &[u8]) -> Result<()> {
    let files = attachments(pdf)?;
    let file = |name: &str| {
        let found = files.iter().find(|(held, _)| held == name);
        found
            .map(|(_, bytes)| bytes.as_slice())
            .with_context(|| format!("no {name}"))
    };
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("certificate.pdf"), pdf)?;
    std::fs::write(at("proof.tlog-proof"), file("proof.tlog-proof")?)?;

    // The proof, to somebody who shares no code with us and reads the published log.
    if let Some(auditor) = auditor::Auditor::build()? {
        let vkey = world.verb(&["keys", "--vkey", "checkpoint"]).await?.stdout;
        let ask = auditor.with(vkey.trim()).bundles(&[at("proof.tlog-proof")]);
        let log = format!("{}/log", world.base());
        let said = wait_for("a log that covers the proof", DEADLINE, async || {
            let said = ask.address(&log)?;
            Ok((said.verdict == auditor::Verdict::Accepted).then_some(said))
        });
        ensure!(said.await?.words.contains("1 bundles"));
    }

    // The file, with the keys alone; then with its own policy taken for ours.
    let keys = world
        .http()
        .get(format!("{}/.well-known/praman-keys.json", world.base()));
    std::fs::write(at("keys.json"), keys.send().await?.error_for_status()?.bytes().await?)?;
    let verdict = async |what: &str| -> Result<Value> {
        let (file, trust) = (at("certificate.pdf"), folder.path().to_string_lossy());
        let ended = praman(&["verify", &file.to_string_lossy(), "--trust", &trust, "--json"]).await?;
        serde_json::from_str(&ended.stdout).with_context(|| format!("{what}: {}{}", ended.stdout, ended.stderr))
    };
    let told = verdict("keys alone").await?;
    ensure!(
        told["checks"]["log"] == "pass" && told["verdict"] == "unknown",
        "{told}"
    );
    ensure!(told["reason"] == "status_unavailable", "{told}");
    std::fs::write(at("policy.txt"), file("policy.txt")?)?;
    let told = verdict("with the policy").await?;
    ensure!(told["checks"]["log"] == "pass", "{told}");
    std::fs::write(at("policy.txt"), "quorum nobody\n")?;
    ensure!(verdict("with a policy that is none").await.is_err());
    Ok(())
}

/// The file, read out as a page: every line in both languages, nothing of it in an address, and nothing of a changed file.
pub(crate) async fn is_read_as_a_page(world: &World, pdf: &[u8], lines: &[&str]) -> Result<()> {
    let sent = async |bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("certificate.pdf");
        let form = reqwest::multipart::Form::new().part("file", part);
        let url = format!("{}/verify/page", world.base());
        anyhow::Ok(world.http().post(url).multipart(form).send().await?)
    };
    let answer = sent(pdf.to_vec()).await?;
    ensure!(answer.status().is_success() && answer.url().query().is_none());
    ensure!(answer.headers()["cache-control"].to_str()?.contains("no-store"));
    let page = answer.text().await?;
    for line in lines {
        ensure!(page.contains(line), "{line} is not on the page: {page}");
    }
    ensure!(page.contains("<article"), "{page}");
    let mut changed = pdf.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let page = sent(changed).await?.text().await?;
    ensure!(
        !page.contains("<article") && !lines.iter().any(|line| page.contains(line)),
        "{page}"
    );
    Ok(())
}
