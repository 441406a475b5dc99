//! `praman demo`: the whole line without a browser, and the same certificates from the same seed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use harness::{Database, praman};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_files_in_two_processes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let (first, second) = tokio::join!(demo(&one, &[]), demo(&other, &[]));
    let (first, second) = (first?, second?);
    assert!(
        first.len() >= 6,
        "PDFs with their facts, keys and authority: {:?}",
        first.keys()
    );
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    for (name, bytes) in &first {
        let again = second.get(name).context("the same names")?;
        if name.ends_with(".pdf") {
            // Each run has a log of its own, and the file carries a proof of it; what it proves a place of is the same.
            assert!(
                beside_the_proof(bytes)? == beside_the_proof(again)?,
                "{name} differs between two runs"
            );
        } else {
            assert!(again == bytes, "{name} differs between two runs");
        }
    }
    Ok(())
}

/// Names and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// Credential, record and policy, and the words on the pages.
fn beside_the_proof(pdf: &[u8]) -> Result<(Files, String)> {
    let mut files = harness::attachments(pdf)?;
    files.retain(|(name, _)| !["proof.tlog-proof", "entry.json"].contains(&name.as_str()));
    let document = lopdf::Document::load_mem(pdf)?;
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let words = document.extract_text(&pages)?;
    anyhow::ensure!(files.len() == 3 && !words.is_empty(), "{} files", files.len());
    Ok((files, words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_makes_no_difference() -> Result<()> {
    let Some(database) = Database::fresh().await? else {
        println!("left out: PRAMAN_TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let files = demo(&folder.path().join("out"), &["--database", database.url()]).await?;
    assert!(
        files.keys().filter(|name| name.ends_with(".pdf")).count() >= 2,
        "{:?}",
        files.keys()
    );
    Ok(())
}

/// Plays it into `out`; the files that it wrote.
async fn demo(out: &Path, more: &[&str]) -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = out.to_string_lossy();
    let ended = praman(&[&["demo", "--seed", "7", "--out", &folder], more].concat()).await?;
    assert_eq!(ended.code(), Some(0), "{}{}", ended.stdout, ended.stderr);
    for verdict in ["valid", "revoked", "not_genuine"] {
        assert!(ended.stdout.contains(verdict), "{verdict}: {}", ended.stdout);
    }
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(out).with_context(|| format!("{}", out.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            // The status list names the second of its signing.
            continue;
        }
        let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
        files.insert(name, std::fs::read(path)?);
    }
    Ok(files)
}
