//! Proofs from the stored tree, the published form, cosignatures.

use std::sync::Arc;
use std::time::Duration;

use keys::PublicKey;

use super::home::{Home, Place, TestSigner};
use crate::note::{NoteKind, VerifierKey};
use crate::proof::{ProofBundle, ProofError, verify_consistency, verify_inclusion};
use crate::tiles::{Kind, TilePath, unbundle};
use crate::witness::{AddCheckpoint, Refusal, Witness, WitnessError, cosignature_in};
use crate::{Checkpoint, CosignatureError, Fault, Health, Ledger, Tree, Witnessing, audit, leaf_hash};

const ORIGIN: &str = "sample.invalid/log/1";
const NAME: &str = "witness.invalid/w1";

fn log_key(home: &Home) -> VerifierKey {
    VerifierKey::try_new(ORIGIN, NoteKind::Log, home.signer.public.clone()).unwrap()
}

/// A log of 600 events with checkpoints at 300 and 600.
async fn grown(home: &Home) -> (Ledger, Checkpoint, Checkpoint) {
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, 1..=300)).await.unwrap();
    let first = ledger.checkpoint(&home.signer).await.unwrap();
    ledger.commit(home.append("b", 0, 1..=300)).await.unwrap();
    let second = ledger.checkpoint(&home.signer).await.unwrap();
    (ledger, first, second)
}

pub(super) async fn proofs_come_from_the_stored_tree(home: &Home) {
    let (ledger, first, second) = grown(home).await;
    let events = ledger.after(0, 1_000).await.unwrap();
    for position in [1_u64, 2, 255, 256, 257, 300, 301, 512, 513, 600] {
        let leaf = events[position as usize - 1].leaf_hash;
        for checkpoint in [&first, &second]
            .into_iter()
            .filter(|checkpoint| position <= checkpoint.size)
        {
            let proof = ledger.inclusion_proof(position, checkpoint.size).await.unwrap();
            verify_inclusion(&leaf, position - 1, checkpoint.size, &proof, &checkpoint.root).unwrap();
        }
        let bundle = ledger.proof_bundle(position).await.unwrap();
        assert_eq!(ProofBundle::parse(&bundle.to_string()).unwrap(), bundle);
        assert_eq!((bundle.index + 1, bundle.leaf_of_extra()), (position, Some(leaf)));
        bundle.verify(&leaf, &log_key(home), &[]).unwrap();
        assert!(bundle.verify(&[7; 32], &log_key(home), &[]).is_err());
        // The same key in the name of another log: a checkpoint of that log is none of this.
        let other = VerifierKey::try_new("other.invalid/log", NoteKind::Log, home.signer.public.clone()).unwrap();
        assert!(bundle.verify(&leaf, &other, &[]).is_err());
    }
    for (old, new) in [
        (0, 600),
        (1, 600),
        (255, 300),
        (256, 257),
        (300, 600),
        (600, 600),
        (1, 2),
    ] {
        let root = |size: u64| {
            let mut tree = Tree::default();
            events
                .iter()
                .take(size as usize)
                .for_each(|event| tree.push(event.leaf_hash, |_| ()));
            tree.root()
        };
        let proof = ledger.consistency_proof(old, new).await.unwrap();
        verify_consistency(old, &root(old), new, &root(new), &proof).unwrap();
    }
    let out = |result| matches!(result, Err(ProofError::OutOfRange { .. }));
    assert!(out(ledger.inclusion_proof(0, 600).await) && out(ledger.inclusion_proof(601, 600).await));
    assert!(out(ledger.inclusion_proof(1, 601).await) && out(ledger.inclusion_proof(1, 0).await));
    assert!(out(ledger.consistency_proof(301, 300).await) && out(ledger.consistency_proof(0, 601).await));
    for nowhere in [0, 601, u64::MAX] {
        assert!(matches!(
            ledger.proof_bundle(nowhere).await,
            Err(ProofError::OutOfRange { size: 600 })
        ));
    }

    // Everything that is published, and nothing beyond the checkpoint.
    ledger.commit(home.append("c", 0, 1..=10)).await.unwrap();
    for path in TilePath::all(600) {
        match path.kind {
            Kind::Hashes(level) => {
                let tile = ledger.tile(level, path.index, path.width).await.unwrap().unwrap();
                assert_eq!(tile.len(), path.width);
                assert_eq!(
                    ledger.tile(level, path.index, path.width + 1).await.unwrap(),
                    None,
                    "{path}"
                );
            }
            Kind::Entries => {
                let bytes = ledger.entries(path.index, path.width).await.unwrap().unwrap();
                let hashes = ledger.tile(0, path.index, path.width).await.unwrap().unwrap();
                let leaves: Vec<_> = unbundle(&bytes).unwrap().into_iter().map(leaf_hash).collect();
                assert_eq!(leaves, hashes, "{path}");
                assert_eq!(
                    ledger.entries(path.index, path.width + 1).await.unwrap(),
                    None,
                    "{path}"
                );
            }
        }
    }
    assert_eq!(ledger.entries(u64::MAX, 1).await.unwrap(), None);
    assert_eq!(ledger.tile(63, 0, 1).await.unwrap(), None);
    assert_eq!(ledger.tile(0, 0, 0).await.unwrap(), None);
    assert_eq!(ledger.health(), Health::Sound);
    ledger.close().await;
}

pub(super) async fn no_proof_is_made_from_a_flipped_tile(home: &Home) {
    let (ledger, ..) = grown(home).await;
    let broken = if matches!(home.place, Place::Sqlite) {
        "zeroblob(32) || substr(hashes, 33)"
    } else {
        "decode(repeat('00', 32), 'hex') || substr(hashes, 33)"
    };
    home.tamper(&format!(
        "UPDATE ledger_tree SET hashes = CAST({broken} AS {}) WHERE level = 0 AND tile = 0",
        if matches!(home.place, Place::Sqlite) {
            "BLOB"
        } else {
            "bytea"
        }
    ))
    .await;
    let refused = ledger.inclusion_proof(2, 600).await;
    assert!(
        matches!(refused, Err(ProofError::Store(Fault::Corrupt { .. }))),
        "{refused:?}"
    );
    assert!(matches!(ledger.health(), Health::Suspect { .. }));
    ledger.close().await;
}

pub(super) async fn cosignatures_are_kept_and_published(home: &Home) {
    let signers = [TestSigner::witness(21), TestSigner::witness(22)];
    let key = |name: &str, key: &PublicKey| VerifierKey::try_new(name, NoteKind::Witness, key.clone()).unwrap();
    let keys = [
        key(NAME, &signers[0].public),
        key("witness.invalid/w2", &signers[1].public),
    ];
    let mut settings = home.settings();
    settings.witnessing = Witnessing {
        witnesses: keys.to_vec(),
        quorum: 2,
        patience: Duration::from_secs(60),
    };
    let ledger = home.open_with(settings).await;
    ledger.commit(home.append("a", 0, 1..=3)).await.unwrap();
    let checkpoint = ledger.checkpoint(&home.signer).await.unwrap();
    assert_eq!(
        ledger.published_checkpoint().await.unwrap(),
        None,
        "it waits for its witnesses"
    );

    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for (place, signer) in signers.into_iter().enumerate() {
        let witness = Witness::open(
            &folder.path().join(place.to_string()),
            keys[place].name(),
            vec![log_key(home)],
            Arc::new(signer),
            home.clock.clone(),
            home.entropy.clone(),
        )
        .unwrap();
        let request = AddCheckpoint {
            old: 0,
            proof: vec![],
            checkpoint: checkpoint.clone(),
        };
        let answer = witness.add_checkpoint(&request.to_string()).unwrap().unwrap();
        lines.push(cosignature_in(&answer, &checkpoint, &keys[place]).unwrap());
    }
    let invalid = |result| matches!(result, Err(CosignatureError::Invalid(_)));
    assert!(
        invalid(ledger.keep_cosignature(&checkpoint, &keys[0], &lines[1]).await),
        "another's line"
    );
    assert!(
        invalid(ledger.keep_cosignature(&checkpoint, &log_key(home), &lines[0]).await),
        "not a witness"
    );
    ledger.keep_cosignature(&checkpoint, &keys[0], &lines[0]).await.unwrap();
    ledger.keep_cosignature(&checkpoint, &keys[0], &lines[0]).await.unwrap();
    assert_eq!(ledger.cosigned_size(&keys[0]).await.unwrap(), 3);
    assert_eq!(ledger.cosigned_size(&keys[1]).await.unwrap(), 0);
    assert_eq!(ledger.published_checkpoint().await.unwrap(), None, "one of two");
    ledger.keep_cosignature(&checkpoint, &keys[1], &lines[1]).await.unwrap();
    let published = ledger.published_checkpoint().await.unwrap().unwrap();
    assert_eq!(published.cosignatures(&keys).unwrap().len(), 2);
    assert_eq!(published.root, checkpoint.root);
    assert_eq!(ledger.proof_bundle(3).await.unwrap().checkpoint, published);
    assert_eq!(std::fs::read_to_string(home.checkpoint_file()).unwrap(), published.note);
    // Nothing was appended: the file keeps what it has.
    ledger.checkpoint(&home.signer).await.unwrap();
    assert_eq!(std::fs::read_to_string(home.checkpoint_file()).unwrap(), published.note);

    // The next one waits, and is published without them in the end.
    ledger.commit(home.append("a", 3, [4])).await.unwrap();
    let next = ledger.checkpoint(&home.signer).await.unwrap();
    assert_eq!(ledger.published_checkpoint().await.unwrap().unwrap(), published);
    home.clock.set("2026-11-22T10:00:59Z".parse().unwrap());
    assert_eq!(ledger.published_checkpoint().await.unwrap().unwrap(), published);
    home.clock.set("2026-11-22T10:01:01Z".parse().unwrap());
    assert_eq!(ledger.published_checkpoint().await.unwrap().unwrap(), next);

    let mut refused = vec![
        "UPDATE ledger_cosignature SET line = ''",
        "DELETE FROM ledger_cosignature",
    ];
    refused.push(match home.place {
        Place::Sqlite => "REPLACE INTO ledger_cosignature SELECT log_id, size, witness, 'x' FROM ledger_cosignature",
        Place::Postgres { .. } => "TRUNCATE ledger_cosignature",
    });
    for statement in refused {
        assert!(home.sql(statement).await.is_err(), "{statement}");
    }
    assert_eq!(audit::verify(&ledger, &home.keys(), None).await.unwrap().breaks, []);
    for spoil in [
        "UPDATE ledger_cosignature SET line = replace(line, '=', 'A') WHERE witness LIKE '%w1%'",
        "UPDATE ledger_cosignature SET line = replace(line, 'A', '='), witness = replace(witness, 'w1', 'w3')",
        "UPDATE ledger_cosignature SET size = 2 WHERE witness LIKE '%w2%'",
        "UPDATE ledger_cosignature SET size = 9 WHERE witness LIKE '%w2%'",
    ] {
        home.tamper(spoil).await;
        let report = audit::verify(&ledger, &home.keys(), None).await.unwrap();
        assert!(
            report
                .breaks
                .iter()
                .any(|found| found.what.contains("a cosignature of size")),
            "{spoil}: {:?}",
            report.breaks
        );
    }
    // What does not hold is not published: it would spoil the note.
    home.clock.set("2026-11-22T10:00:00Z".parse().unwrap());
    let published = ledger.published_checkpoint().await.unwrap().unwrap();
    assert_eq!(published.cosignatures(&keys).unwrap().len(), 0);
    ledger.close().await;
}

/// What a log would send: its checkpoint of this many of the leaves, and the proof from `old` of them.
fn request(origin: &str, signer: &TestSigner, leaves: &[u8], old: u64) -> AddCheckpoint {
    use crate::proof::consistency;
    let mut tree = Tree::default();
    let mut hashes = Vec::new();
    for leaf in leaves {
        hashes.push(leaf_hash(&[*leaf]));
        tree.push(leaf_hash(&[*leaf]), |_| ());
    }
    let size = leaves.len() as u64;
    let mut node = |height: u8, index: u64| {
        let width = 1_usize << height;
        let first = index as usize * width;
        Some(crate::tree::perfect_root(&hashes[first..first + width]))
    };
    let proof = if old <= size {
        consistency(old, size, &mut node).unwrap()
    } else {
        vec![]
    };
    AddCheckpoint {
        old,
        proof,
        checkpoint: Checkpoint::sign(origin, size, tree.root(), signer).unwrap(),
    }
}

fn witness(home: &Home, folder: &std::path::Path) -> Result<Witness, WitnessError> {
    let signer = Arc::new(TestSigner::witness(21));
    Witness::open(
        folder,
        NAME,
        vec![log_key(home)],
        signer,
        home.clock.clone(),
        home.entropy.clone(),
    )
}

#[test]
fn a_witness_sees_every_step_and_agrees_to_one_history() {
    let home = Home::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let log = TestSigner::new(7);
    let ask = |witness: &Witness, leaves: &[u8], old| {
        witness
            .add_checkpoint(&request(ORIGIN, &log, leaves, old).to_string())
            .unwrap()
    };
    let first = witness(&home, folder.path()).unwrap();
    let hash = data_encoding::HEXLOWER.encode(&crate::leaf::sha256(ORIGIN.as_bytes()));
    assert_eq!(first.checkpoint(&hash).unwrap(), None);
    assert_eq!(ask(&first, &[1, 2, 3], 1), Err(Refusal::Stale { size: 0 }));
    let line = ask(&first, &[1, 2, 3], 0).unwrap();
    let asked = request(ORIGIN, &log, &[1, 2, 3], 0).checkpoint;
    cosignature_in(&line, &asked, first.key()).unwrap();
    assert!(cosignature_in(&line, &request(ORIGIN, &log, &[1, 2, 4], 0).checkpoint, first.key()).is_err());
    assert!(cosignature_in("", &asked, first.key()).is_err());
    assert!(cosignature_in("\u{2014} stranger AAAAAAAA\n", &asked, first.key()).is_err());
    let twice = format!("\u{2014} stranger AAAAAAAA\n{line}");
    cosignature_in(&twice, &asked, first.key()).unwrap();

    // Back, aside, or without a proof: never.
    assert_eq!(ask(&first, &[1, 2], 0), Err(Refusal::Stale { size: 3 }));
    assert_eq!(ask(&first, &[1, 2], 2), Err(Refusal::Stale { size: 3 }));
    assert_eq!(ask(&first, &[1, 2], 3), Err(Refusal::OldAboveNew));
    assert_eq!(
        ask(&first, &[1, 2, 4], 3),
        Err(Refusal::Inconsistent { size: 3 }),
        "two roots of one size"
    );
    assert_eq!(
        ask(&first, &[1, 9, 3, 4, 5], 3),
        Err(Refusal::Inconsistent { size: 3 }),
        "another history"
    );
    let mut bare = request(ORIGIN, &log, &[1, 2, 3, 4, 5], 3);
    bare.proof.pop();
    assert_eq!(
        first.add_checkpoint(&bare.to_string()).unwrap(),
        Err(Refusal::Inconsistent { size: 3 })
    );
    assert!(ask(&first, &[1, 2, 3], 3).is_ok(), "the same once more");
    assert!(ask(&first, &[1, 2, 3, 4, 5], 3).is_ok());

    // Strangers.
    let refused = |body: &str| first.add_checkpoint(body).unwrap().unwrap_err();
    assert_eq!(
        refused(&request("other.invalid/log", &log, &[1], 0).to_string()),
        Refusal::UnknownLog
    );
    assert_eq!(
        refused(&request(ORIGIN, &TestSigner::new(8), &[1], 0).to_string()),
        Refusal::Signature
    );
    let good = request(ORIGIN, &log, &[1, 2, 3, 4, 5, 6], 5).to_string();
    // The last signature byte, the size, another log's name in the body of a signed note.
    assert_eq!(refused(&good.replacen("\n6\n", "\n7\n", 1)), Refusal::Signature);
    for malformed in [
        String::new(),
        "old 5".to_owned(),
        good.replacen("old 5", "old 05", 1),
        good.replacen("old 5", "old -5", 1),
        good.replacen("old ", "new ", 1),
        good.replacen("old 5\n", "old 5\nnot a hash\n", 1),
        good.replacen(
            "old 5\n",
            &format!(
                "old 5\n{}",
                format!("{}\n", data_encoding::BASE64.encode(&[0; 32])).repeat(64)
            ),
            1,
        ),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        "x".repeat(crate::witness::REQUEST_BYTES_MAX + 1),
    ] {
        assert_eq!(refused(&malformed), Refusal::Malformed, "{malformed:.80?}");
    }
    assert_eq!(
        [
            Refusal::Malformed,
            Refusal::OldAboveNew,
            Refusal::Signature,
            Refusal::UnknownLog,
            Refusal::Stale { size: 1 },
            Refusal::Inconsistent { size: 1 }
        ]
        .map(Refusal::status),
        [400, 400, 403, 404, 409, 422]
    );

    // One process at a time; and what was seen outlives it.
    assert!(matches!(witness(&home, folder.path()), Err(WitnessError::InUse { .. })));
    drop(first);
    let second = witness(&home, folder.path()).unwrap();
    let seen = second.checkpoint(&hash).unwrap().unwrap();
    assert_eq!(seen.size, 5);
    seen.verify_log(&log_key(&home)).unwrap();
    assert_eq!(seen.cosignatures(std::slice::from_ref(second.key())).unwrap().len(), 1);
    assert_eq!(second.checkpoint("../../lock").unwrap(), None);
    assert_eq!(ask(&second, &[1, 2, 3], 0), Err(Refusal::Stale { size: 5 }));
    drop(second);

    // What is remembered is believed under the witness's own key only: nobody makes it forget by writing a file.
    let file = folder.path().join(format!("{hash}.checkpoint"));
    let kept = std::fs::read_to_string(&file).unwrap();
    for damaged in [
        kept.replacen("\n5\n", "\n4\n", 1),
        request(ORIGIN, &log, &[1], 0).checkpoint.note,
        String::new(),
    ] {
        std::fs::write(&file, damaged).unwrap();
        assert!(matches!(
            witness(&home, folder.path()),
            Err(WitnessError::Remembered { .. })
        ));
    }
    std::fs::write(&file, kept).unwrap();
    assert!(witness(&home, folder.path()).is_ok());
    let wrong = Witness::open(
        folder.path(),
        NAME,
        vec![],
        Arc::new(TestSigner::new(7)),
        home.clock.clone(),
        home.entropy.clone(),
    );
    assert!(
        matches!(wrong, Err(WitnessError::WrongKey)),
        "a log's key does not cosign"
    );
}

#[test]
fn requests_at_the_same_moment_are_answered_one_after_another() {
    let home = Home::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let log = TestSigner::new(7);
    let witness = witness(&home, folder.path()).unwrap();
    let leaves: Vec<u8> = (0..16).collect();
    let agreed = std::thread::scope(|scope| {
        let ask = |size: usize| {
            let body = request(ORIGIN, &log, &leaves[..size], 0).to_string();
            let witness = &witness;
            scope.spawn(move || witness.add_checkpoint(&body).unwrap().is_ok().then_some(size as u64))
        };
        let asked: Vec<_> = (1..=16).map(ask).collect();
        asked
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .collect::<Vec<u64>>()
    });
    assert_eq!(agreed.len(), 1, "all said they came first");
    let hash = data_encoding::HEXLOWER.encode(&crate::leaf::sha256(ORIGIN.as_bytes()));
    assert_eq!(witness.checkpoint(&hash).unwrap().unwrap().size, agreed[0]);
}

/// Two implementations that are not ours read what we sign, and the bytes are frozen.
#[test]
fn a_cosigned_checkpoint_and_a_bundle_are_frozen() {
    use crate::tiles::tests::Published;
    let log = TestSigner::new(7);
    let witness = TestSigner::witness(21);
    let tree = Published::of(600);
    let checkpoint = Checkpoint::sign(ORIGIN, 600, tree.root(600), &log).unwrap();
    let text = checkpoint
        .note
        .split_inclusive("\n\n")
        .next()
        .unwrap()
        .trim_end_matches('\n');
    let line = crate::note::cosign(
        NAME,
        &format!("{text}\n"),
        "2026-11-22T10:00:00Z".parse().unwrap(),
        &witness,
    );
    let cosigned = checkpoint.with_lines([line.unwrap().unwrap().as_str()]);
    let keys = [
        VerifierKey::try_new(ORIGIN, NoteKind::Log, log.public.clone()).unwrap(),
        VerifierKey::try_new(NAME, NoteKind::Witness, witness.public.clone()).unwrap(),
    ];
    assert_eq!(cosigned.cosignatures(&keys).unwrap().len(), 1);
    let golden = format!("{}\n{}\n\n{}", keys[0], keys[1], cosigned.note);
    same(
        "cosigned_checkpoint.txt",
        &golden,
        include_str!("../../tests/golden/cosigned_checkpoint.txt"),
    );
    let bundle = ProofBundle {
        extra: Some(300_u64.to_be_bytes().to_vec()),
        index: 300,
        hashes: crate::proof::inclusion(300, 600, &mut |height, index| tree.node(height, index)).unwrap(),
        checkpoint: cosigned.clone(),
    };
    assert_eq!(bundle.verify(&tree.leaf(300), &keys[0], &keys[1..]).unwrap().len(), 1);
    same(
        "proof.tlog-proof",
        &bundle.to_string(),
        include_str!("../../tests/golden/proof.tlog-proof"),
    );

    let theirs = signed_note::Note::from_bytes(cosigned.note.as_bytes()).unwrap();
    let verifier = signed_note::StandardVerifier::new(&keys[0].to_string()).unwrap();
    let (known, unknown) = theirs
        .verify(&signed_note::VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 1));
    let read = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(
        (read.origin(), read.size(), read.hash().0),
        (ORIGIN, 600, cosigned.root)
    );
}

fn same(name: &str, found: &str, golden: &str) {
    assert_eq!(found, golden, "tests/golden/{name}");
}
