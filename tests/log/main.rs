//! The published log, judged by others: an auditor in Go that shares no code with us, and witnesses.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod auditor;
mod made;
mod served;
mod witnessed;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use auditor::{Auditor, Verdict};
use ledger::tiles::{Kind, TilePath};
use made::{Installation, SIZES};

const LAST: u64 = SIZES[SIZES.len() - 1];

/// The published log in a folder that a test may spoil.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn of(published: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for path in TilePath::all(LAST)
            .iter()
            .map(ToString::to_string)
            .chain(["checkpoint".to_owned()])
        {
            let to = folder.path().join(&path);
            fs::create_dir_all(to.parent().unwrap())?;
            fs::copy(published.join(&path), to)?;
        }
        Ok(Self { folder })
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        let mut bytes = fs::read(self.file(path))?;
        change(&mut bytes);
        Ok(fs::write(self.file(path), bytes)?)
    }

    /// Exchanges the entries of a bundle.
    fn entries(&self, path: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<()> {
        self.change(path, |bytes| {
            let mut leaves: Vec<Vec<u8>> = ledger::tiles::unbundle(bytes)
                .unwrap()
                .into_iter()
                .map(<[u8]>::to_vec)
                .collect();
            change(&mut leaves);
            *bytes = ledger::tiles::bundle(leaves.iter().map(Vec::as_slice)).unwrap();
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_who_shares_no_code_with_us_accepts_our_log_and_nothing_else() -> Result<()> {
    let Some(auditor) = Auditor::build()? else {
        println!("left out: Go or golang.org/x/mod is not installed");
        return Ok(());
    };
    let home = tempfile::tempdir()?;
    let honest = Installation::new(&home.path().join("honest"), 1)?;
    let published = home.path().join("published");
    let made = honest.make(&published, |event| event).await?;
    let older: Vec<PathBuf> = SIZES
        .iter()
        .map(|size| published.join(format!("checkpoint-{size}")))
        .collect();
    let mut bundles = Vec::new();
    for position in [1, 2, 255, 256, 257, 512, 513, LAST - 1, LAST] {
        let file = home.path().join(format!("{position}.tlog-proof"));
        fs::write(&file, made.proof_bundle(position).await?.to_string())?;
        bundles.push(file);
    }
    made.close().await;
    let ask = auditor.with(&honest.log_key()).older(&older).bundles(&bundles);
    let said = ask.folder(&published)?;
    assert_eq!(said.verdict, Verdict::Accepted, "{said}");
    assert!(said.words.contains(&format!("{LAST} entries, {LAST} proven")), "{said}");

    let fresh = auditor.with(&honest.log_key());
    let rejected = |said: auditor::Said, words: &str| {
        assert_eq!(said.verdict, Verdict::Rejected, "{said}");
        assert!(said.words.contains(words), "wanted \"{words}\": {said}");
    };
    // One byte of one entry, wherever; a deleted, a truncated, a swapped entry: told without any older checkpoint.
    for (bundle, place) in [
        ("tile/entries/000", 0),
        ("tile/entries/001", 77),
        ("tile/entries/002.p/101", 100),
    ] {
        let copy = Copy::of(&published)?;
        copy.entries(bundle, |leaves| *leaves[place].last_mut().unwrap() ^= 1)?;
        let index = bundle.split(['/', '.']).nth(2).unwrap().parse::<usize>()? * 256 + place;
        rejected(
            fresh.folder(copy.folder.path())?,
            &format!("entry {index} is not the one in the tree"),
        );
    }
    let copy = Copy::of(&published)?;
    copy.entries("tile/entries/001", |leaves| drop(leaves.remove(9)))?;
    rejected(fresh.folder(copy.folder.path())?, "ends before entry 511");
    let copy = Copy::of(&published)?;
    copy.entries("tile/entries/001", |leaves| {
        let length = leaves[9].len();
        leaves[9].truncate(length - 1);
    })?;
    rejected(
        fresh.folder(copy.folder.path())?,
        "entry 265 is not the one in the tree",
    );
    let copy = Copy::of(&published)?;
    copy.change("tile/entries/002.p/101", |bytes| bytes.truncate(bytes.len() - 1))?;
    rejected(fresh.folder(copy.folder.path())?, "ends before entry 612");
    let copy = Copy::of(&published)?;
    copy.entries("tile/entries/000", |leaves| leaves.swap(3, 4))?;
    rejected(fresh.folder(copy.folder.path())?, "entry 3 is not the one in the tree");
    let copy = Copy::of(&published)?;
    copy.change("tile/entries/000", |bytes| bytes.extend([0, 0]))?;
    rejected(fresh.folder(copy.folder.path())?, "more than its 256 entries");

    // Every tile, flipped once; and gone.
    for path in TilePath::all(LAST)
        .iter()
        .filter(|path| path.kind != Kind::Entries)
        .map(ToString::to_string)
    {
        let copy = Copy::of(&published)?;
        copy.change(&path, |bytes| bytes[31] ^= 0x80)?;
        rejected(fresh.folder(copy.folder.path())?, "");
        let copy = Copy::of(&published)?;
        fs::remove_file(copy.file(&path))?;
        rejected(fresh.folder(copy.folder.path())?, "missing");
    }

    // The checkpoint: another size, another root, another log, another key.
    for (from, to) in [
        ("\n613\n", "\n612\n"),
        ("sample.invalid/log/1\n", "sample.invalid/log/2\n"),
        ("=\n\n", "=\nmore\n\n"),
    ] {
        let copy = Copy::of(&published)?;
        copy.change("checkpoint", |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text.replacen(from, to, 1).into_bytes();
        })?;
        rejected(fresh.folder(copy.folder.path())?, "checkpoint");
    }
    let stranger = Installation::new(&home.path().join("stranger"), 2)?;
    rejected(auditor.with(&stranger.log_key()).folder(&published)?, "not signed");

    // A proof of one thing shown for another.
    let text = fs::read_to_string(&bundles[3])?;
    for (from, to) in [
        ("index 255", "index 254"),
        ("extra q", "extra r"),
        ("\n613\n", "\n614\n"),
    ] {
        let file = home.path().join("forged.tlog-proof");
        assert!(text.contains(from), "{from} in {text}");
        fs::write(&file, text.replacen(from, to, 1))?;
        rejected(fresh.bundles(&[file]).folder(&published)?, "");
    }

    // Whoever has stolen the log's key makes a whole log of another history and signs it. By itself it looks sound:
    // whoever has seen an older checkpoint, or holds one proof, knows.
    let rewritten = home.path().join("rewritten");
    let thief = honest.thief(&home.path().join("thief"))?;
    let made = thief
        .make(&rewritten, |number| if number == 150 { 1_000_150 } else { number })
        .await?;
    made.close().await;
    assert_eq!(
        fresh.folder(&rewritten)?.verdict,
        Verdict::Accepted,
        "which is why older checkpoints are kept"
    );
    assert_eq!(
        fresh.older(&older[..1]).folder(&rewritten)?.verdict,
        Verdict::Accepted,
        "it agrees up to 100"
    );
    rejected(fresh.older(&older[1..2]).folder(&rewritten)?, "does not extend");
    rejected(fresh.older(&older[2..]).folder(&rewritten)?, "does not extend");
    rejected(fresh.bundles(&bundles[3..4]).folder(&rewritten)?, "");
    // Two checkpoints of one size, both truly signed: equivocation, and the proof of it is the pair.
    rejected(
        fresh.older(&[rewritten.join("checkpoint")]).folder(&published)?,
        "does not extend its own checkpoint of 613",
    );

    // One entry left out, and signed anew; the log cut off, and signed anew.
    for (name, thief_makes, older, words) in [
        ("deleted", 99_u64, &older[1..2], "does not extend"),
        ("cut", u64::MAX, &older[2..], "613 was signed before"),
    ] {
        let folder = home.path().join(name);
        let thief = honest.thief(&home.path().join(format!("{name}-store")))?;
        let made = if thief_makes == u64::MAX {
            thief.make_up_to(&folder, 400, |number| number).await?
        } else {
            thief
                .make(&folder, |number| if number < thief_makes { number } else { number + 1 })
                .await?
        };
        made.close().await;
        assert_eq!(fresh.folder(&folder)?.verdict, Verdict::Accepted);
        rejected(fresh.older(older).folder(&folder)?, words);
    }

    // What cannot be found out is neither yes nor no.
    assert_eq!(
        fresh.folder(&home.path().join("nowhere"))?.verdict,
        Verdict::CouldNotTell
    );
    assert_eq!(
        auditor.with("not a key").folder(&published)?.verdict,
        Verdict::CouldNotTell
    );
    assert_eq!(fresh.address("http://127.0.0.1:1/log")?.verdict, Verdict::CouldNotTell);
    Ok(())
}
