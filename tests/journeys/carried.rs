//! What a certificate carries, taken out of it and put before others: the auditor in Go, and a verifier who has the file and the
//! published keys and no connection.

use anyhow::{Context, Result, ensure};
use harness::{DEADLINE, World, attachments, photo_of_code, praman, wait_for};
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

/// The file is exchanged for the same as a W3C credential, always the same bytes, and that has the same verdict: by the service, and by the
/// keys alone. Nothing is given for less than the whole file as it was issued.
pub(crate) async fn is_exchanged(world: &World, pdf: &[u8], verdict: &str) -> Result<()> {
    let exchange = async |bytes: Vec<u8>| {
        let asked = world.http().post(format!("{}/api/v1/credential", world.base()));
        let asked = asked.header("content-type", "application/pdf").body(bytes);
        anyhow::Ok(asked.send().await?)
    };
    let answer = exchange(pdf.to_vec()).await?;
    ensure!(answer.status().is_success(), "{}", answer.text().await?);
    ensure!(answer.headers()["content-type"] == "application/vc+cose");
    ensure!(answer.headers()["cache-control"].to_str()?.contains("no-store"));
    let vc = answer.bytes().await?.to_vec();
    ensure!(
        exchange(pdf.to_vec()).await?.bytes().await? == vc,
        "other bytes the second time"
    );

    let verifier = world.verifier()?;
    let told = verifier.shows(vc.clone(), "certificate.vc.cose").await?;
    ensure!(told["verdict"] == verdict && told["source"] == "vc", "{told}");
    ensure!(
        told["checks"]["signature"] == "pass" && told["checks"]["record"] == "pass",
        "{told}"
    );
    let by_file = verifier.shows(pdf.to_vec(), "certificate.pdf").await?;
    ensure!(told["certificate"] == by_file["certificate"], "{told} and {by_file}");
    let alone = world.http().post(format!("{}/api/v1/verify", world.base()));
    let alone = alone.header("content-type", "application/vc+cose").body(vc.clone());
    let alone: Value = alone.send().await?.error_for_status()?.json().await?;
    ensure!(alone["verdict"] == verdict, "{alone}");

    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("certificate.vc.cose"), &vc)?;
    let keys = world
        .http()
        .get(format!("{}/.well-known/praman-keys.json", world.base()));
    std::fs::write(at("keys.json"), keys.send().await?.error_for_status()?.bytes().await?)?;
    let (file, trust) = (at("certificate.vc.cose"), folder.path().to_string_lossy());
    let ended = praman(&["verify", &file.to_string_lossy(), "--trust", &trust, "--json"]).await?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    ensure!(
        told["reason"] == "status_unavailable" && told["checks"]["record"] == "pass",
        "{told}"
    );

    let mut changed = pdf.to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let code = harness::credential_code(pdf)?;
    let photo = photo_of_code(&format!("HTTPS://EXAMPLE.INVALID/C/{code}"))?;
    for other in [changed, code.into_bytes(), vc, photo] {
        let answer = exchange(other).await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(
            status == 422 && body.contains("credential.not_proven"),
            "{status}: {body}"
        );
    }
    let issuer = world
        .http()
        .get(format!("{}/.well-known/praman-issuer.json", world.base()));
    let issuer: Value = issuer.send().await?.error_for_status()?.json().await?;
    ensure!(
        issuer["verificationMethod"]
            .as_array()
            .is_some_and(|keys| !keys.is_empty()),
        "{issuer}"
    );
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
