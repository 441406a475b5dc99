//! What a store, an opening and an audit find when somebody has been at the data.

use data_encoding::HEXLOWER;

use super::home::{Home, Place, TestSigner, append, personal};
use crate::audit::{Break, Report, verify};
use crate::recorded::StoredEvent;
use crate::{Bookmark, Checkpoint, CheckpointError, CommitError, Expect, Fault, Health, Ledger, NoteError, RowChange};

/// Twenty events in three streams, with checkpoints at 8 and 20.
async fn filled(home: &Home) -> Ledger {
    let ledger = home.open().await;
    for number in 0..4 {
        ledger.commit(home.append("a", number, [1])).await.unwrap();
        let mut batch = home.batch();
        batch
            .appends
            .push(append("b", number, [personal(home.entropy.uuid_v4(), "Asha")]));
        ledger.commit(batch).await.unwrap();
    }
    assert_eq!(ledger.checkpoint(&home.signer).await.unwrap().size, 8);
    ledger.commit(home.append("c", 0, 0..6)).await.unwrap();
    ledger.commit(home.append("a", 4, 0..6)).await.unwrap();
    assert_eq!(ledger.checkpoint(&home.signer).await.unwrap().size, 20);
    ledger
}

async fn audited(home: &Home, older: Option<&str>) -> Report {
    let reader = home.open_read_only().await;
    let report = verify(&reader, &home.keys(), older).await.unwrap();
    reader.close().await;
    report
}

/// The event at this position, as its row has it.
pub(super) async fn stored(ledger: &Ledger, position: u64) -> StoredEvent {
    let page = ledger.inner.store.raw_events(position, position).await;
    page.unwrap().rows.remove(0).1.unwrap()
}

/// Another body at this position, and the leaf that belongs to it.
pub(super) async fn rewrite_with_leaf(home: &Home, ledger: Ledger, position: u64) {
    let mut event = stored(&ledger, position).await;
    ledger.close().await;
    event.body = br#"{"n":1000}"#.to_vec();
    let leaf = event.computed_leaf();
    home.tamper(&format!(
        "UPDATE ledger_event SET body = {}, leaf_hash = {} WHERE position = {position}",
        blob(home, &event.body),
        blob(home, &leaf)
    ))
    .await;
}

pub(super) fn blob(home: &Home, bytes: &[u8]) -> String {
    let hex = HEXLOWER.encode(bytes);
    match home.place {
        Place::Sqlite => format!("X'{hex}'"),
        Place::Postgres { .. } => format!("'\\x{hex}'::bytea"),
    }
}

fn at(report: &Report, position: u64) -> Vec<&Break> {
    report
        .breaks
        .iter()
        .filter(|found| found.position == Some(position))
        .collect()
}

/// Takes away what came after position 14, as a copy made after the first checkpoint would lack it.
async fn roll_back(home: &Home) {
    home.tamper(
        "DELETE FROM ledger_event WHERE position > 14; DELETE FROM ledger_command WHERE last_position > 14;
         UPDATE ledger_head SET position = 14; DELETE FROM ledger_checkpoint WHERE size > 8;
         UPDATE ledger_tree SET width = 8, hashes = substr(hashes, 1, 256)",
    )
    .await;
}

pub(super) async fn checkpoints_grow_with_the_log(home: &Home) {
    let ledger = home.open().await;
    assert_eq!(ledger.latest_checkpoint().await.unwrap(), None);
    let empty = ledger.checkpoint(&home.signer).await.unwrap();
    assert_eq!(empty.size, 0);
    let mut kept = vec![empty];
    let mut sequence = 0;
    for count in [1, 254, 1, 1, 260, 3] {
        ledger.commit(home.append("a", sequence, 0..count)).await.unwrap();
        sequence += u64::try_from(count).unwrap();
        let checkpoint = ledger.checkpoint(&home.signer).await.unwrap();
        assert_eq!(checkpoint.size, sequence);
        assert_eq!(
            ledger.checkpoint(&home.signer).await.unwrap(),
            checkpoint,
            "nothing new, the same note"
        );
        assert_eq!(
            std::fs::read_to_string(home.checkpoint_file()).unwrap(),
            checkpoint.note
        );
        assert_eq!(ledger.latest_checkpoint().await.unwrap().unwrap(), checkpoint);
        assert_eq!(Checkpoint::parse(&checkpoint.note).unwrap(), checkpoint);
        checkpoint.verify(&home.keys()).unwrap();
        let stranger = [TestSigner::new(9).public];
        assert_eq!(checkpoint.verify(&stranger), Err(NoteError::Signature));
        let forged = Checkpoint::parse(&checkpoint.note.replacen(&format!("\n{sequence}\n"), "\n999\n", 1)).unwrap();
        assert_eq!(forged.verify(&home.keys()), Err(NoteError::Signature));
        kept.push(checkpoint);
    }
    for older in &kept {
        let report = verify(&ledger, &home.keys(), Some(&older.note)).await.unwrap();
        assert_eq!(report.breaks, vec![]);
        assert_eq!((report.events, report.root), (sequence, kept.last().unwrap().root));
        assert_eq!(
            report.checkpoints_checked,
            7 + 2,
            "those of the database, the file and the older one"
        );
    }
    ledger.close().await;

    // The tiles are derived: lost, they are made again from the events, and must lead to the signed root.
    home.tamper("DELETE FROM ledger_tree").await;
    let ledger = home.open().await;
    assert_eq!(ledger.health(), Health::Sound);
    ledger.commit(home.append("a", sequence, [1])).await.unwrap();
    assert_eq!(ledger.checkpoint(&home.signer).await.unwrap().size, sequence + 1);
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
}

pub(super) async fn a_changed_byte_is_found_at_its_position(home: &Home) {
    let ledger = filled(home).await;
    let event = stored(&ledger, 2).await;
    ledger.close().await;
    // Every byte of the stored body (a sealed value), every byte of meta, and each other column.
    let step = 7;
    for (column, bytes) in [
        ("body", &event.body),
        ("meta", &event.meta),
        ("leaf_hash", &event.leaf_hash),
    ] {
        for place in (0..bytes.len()).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x01;
            home.tamper(&format!(
                "UPDATE ledger_event SET {column} = {} WHERE position = 2",
                blob(home, &flipped)
            ))
            .await;
            let report = audited(home, None).await;
            assert!(!at(&report, 2).is_empty(), "{column}[{place}]: {:?}", report.breaks);
        }
        home.tamper(&format!(
            "UPDATE ledger_event SET {column} = {} WHERE position = 2",
            blob(home, bytes)
        ))
        .await;
    }
    for (change, undo) in [
        ("event_type = 'counter.taken'", "event_type = 'counter.added'"),
        ("event_version = '2'", "event_version = '1'"),
        ("recorded_at = recorded_at + 1", "recorded_at = recorded_at - 1"),
        ("aggregate_type = 'other'", "aggregate_type = 'counter'"),
        ("aggregate_id = 'bb'", "aggregate_id = 'b'"),
    ] {
        home.tamper(&format!("UPDATE ledger_event SET {change} WHERE position = 2"))
            .await;
        let report = audited(home, None).await;
        assert!(!at(&report, 2).is_empty(), "{change}: {:?}", report.breaks);
        home.tamper(&format!("UPDATE ledger_event SET {undo} WHERE position = 2"))
            .await;
    }
    assert_eq!(audited(home, None).await.breaks, vec![]);

    // Who reads it meets it too, and from then on nothing is written.
    home.tamper(&format!(
        "UPDATE ledger_event SET body = {} WHERE position = 2",
        blob(home, b"{}")
    ))
    .await;
    let ledger = home.open().await;
    assert!(matches!(
        ledger.after(0, 10).await,
        Err(Fault::Corrupt { position: 2, .. })
    ));
    assert!(matches!(ledger.health(), Health::Suspect { position: 2, .. }));
    assert!(matches!(
        ledger.commit(home.append("d", 0, [1])).await,
        Err(CommitError::Corrupt { position: 2 })
    ));
    ledger.close().await;
}

pub(super) async fn an_event_rewritten_with_its_leaf_is_found(home: &Home) {
    let ledger = filled(home).await;
    rewrite_with_leaf(home, ledger, 5).await;
    let report = audited(home, None).await;
    assert!(
        at(&report, 5)
            .iter()
            .any(|found| found.what.contains("taken into the tree")),
        "{:?}",
        report.breaks
    );
    assert!(
        at(&report, 8).iter().any(|found| found.what.contains("root")),
        "{:?}",
        report.breaks
    );
    // Without the tiles the signed roots still tell, between which two checkpoints.
    home.tamper("DELETE FROM ledger_tree").await;
    let report = audited(home, None).await;
    assert!(
        at(&report, 8).iter().any(|found| found.what.contains("root")),
        "{:?}",
        report.breaks
    );
    let ledger = home.open().await;
    assert!(matches!(ledger.health(), Health::Suspect { .. }));
    ledger.close().await;
}

pub(super) async fn a_deleted_event_is_found(home: &Home) {
    filled(home).await.close().await;
    home.tamper("DELETE FROM ledger_event WHERE position = 12").await;
    let ledger = home.open().await;
    assert!(
        matches!(ledger.health(), Health::Suspect { position: 12, .. }),
        "{:?}",
        ledger.health()
    );
    assert!(matches!(
        ledger.stream("counter", "c").await,
        Err(Fault::Corrupt { position: 13, .. })
    ));
    let report = verify(&ledger, &home.keys(), None).await.unwrap();
    assert!(
        at(&report, 12).iter().any(|found| found.what == "the event is missing"),
        "{:?}",
        report.breaks
    );
    assert!(
        at(&report, 13).iter().any(|found| found.what.contains("in its stream")),
        "{:?}",
        report.breaks
    );
    assert_eq!((report.events, report.head), (19, 20));
    assert!(!ledger.accept(&report));
    ledger.close().await;
}

pub(super) async fn swapped_events_are_found(home: &Home) {
    filled(home).await.close().await;
    home.tamper(
        "UPDATE ledger_event SET position = 1000 WHERE position = 3; UPDATE ledger_event SET position = 3 WHERE position = 4;
         UPDATE ledger_event SET position = 4 WHERE position = 1000",
    )
    .await;
    let report = audited(home, None).await;
    assert!(
        !at(&report, 3).is_empty() && !at(&report, 4).is_empty(),
        "{:?}",
        report.breaks
    );
    assert!(
        at(&report, 8).iter().any(|found| found.what.contains("root")),
        "{:?}",
        report.breaks
    );
}

pub(super) async fn a_truncated_log_is_not_written_to(home: &Home) {
    filled(home).await.close().await;
    home.tamper(
        "DELETE FROM ledger_event WHERE position > 14; DELETE FROM ledger_command WHERE last_position > 14;
         UPDATE ledger_head SET position = 14",
    )
    .await;
    let ledger = home.open().await;
    assert!(matches!(ledger.health(), Health::Suspect { position: 14, .. }));
    assert!(matches!(
        ledger.commit(home.append("d", 0, [1])).await,
        Err(CommitError::Corrupt { position: 14 })
    ));
    assert!(matches!(
        ledger
            .execute::<super::home::Counter>("d", super::home::Add(1), home.context())
            .await,
        Err(crate::ExecuteError::Corrupt { position: 14 })
    ));
    assert!(ledger.checkpoint(&home.signer).await.is_err());
    assert_eq!(ledger.after(0, 100).await.unwrap().len(), 14, "it can still be read");
    let report = verify(&ledger, &home.keys(), None).await.unwrap();
    assert!(!at(&report, 14).is_empty(), "{:?}", report.breaks);
    assert!(!ledger.accept(&report));
    ledger.close().await;
}

pub(super) async fn a_rolled_back_log_is_found_by_an_older_checkpoint(home: &Home) {
    let ledger = filled(home).await;
    let older = ledger.latest_checkpoint().await.unwrap().unwrap();
    ledger.close().await;
    // The whole database from an older day, and whoever did it thought of the file as well.
    roll_back(home).await;
    std::fs::remove_file(home.checkpoint_file()).unwrap();
    let ledger = home.open().await;
    assert_eq!(ledger.health(), Health::Sound);
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    let report = verify(&ledger, &home.keys(), Some(&older.note)).await.unwrap();
    assert!(
        at(&report, 14)[0].what.contains("older checkpoint"),
        "{:?}",
        report.breaks
    );
    // The log goes on and is signed anew, up to the same size and beyond: the old checkpoint does not fit.
    ledger.commit(home.append("d", 0, 0..12)).await.unwrap();
    ledger.checkpoint(&home.signer).await.unwrap();
    let report = verify(&ledger, &home.keys(), Some(&older.note)).await.unwrap();
    assert!(at(&report, 20)[0].what.contains("root"), "{:?}", report.breaks);
    ledger.close().await;
}

pub(super) async fn a_changed_command_is_found(home: &Home) {
    filled(home).await.close().await;
    let third = "command_id = (SELECT command_id FROM ledger_command WHERE first_position = 3)";
    for (change, undo) in [
        (
            format!("UPDATE ledger_command SET last_position = 4 WHERE {third}"),
            "UPDATE ledger_command SET last_position = 3 WHERE first_position = 3",
        ),
        (
            format!("UPDATE ledger_command SET recorded_at = recorded_at + 1 WHERE {third}"),
            "UPDATE ledger_command SET recorded_at = recorded_at - 1 WHERE first_position = 3",
        ),
        (
            "UPDATE ledger_command SET last_position = 2 WHERE first_position = 3".to_owned(),
            "UPDATE ledger_command SET last_position = 3 WHERE first_position = 3",
        ),
    ] {
        home.tamper(&change).await;
        assert_ne!(audited(home, None).await.breaks, vec![], "{change}");
        home.tamper(undo).await;
        assert_eq!(audited(home, None).await.breaks, vec![]);
    }
    home.tamper(&format!("DELETE FROM ledger_command WHERE {third}")).await;
    let report = audited(home, None).await;
    assert!(
        at(&report, 3).iter().any(|found| found.what.contains("not recorded")),
        "{:?}",
        report.breaks
    );
}

pub(super) async fn a_changed_checkpoint_is_found(home: &Home) {
    filled(home).await.close().await;
    home.tamper("UPDATE ledger_checkpoint SET signed_note = replace(signed_note, 'sample', 'other') WHERE size = 8")
        .await;
    let report = audited(home, None).await;
    assert!(
        at(&report, 8).iter().any(|found| found.what.contains("another log")),
        "{:?}",
        report.breaks
    );
    home.tamper("UPDATE ledger_checkpoint SET signed_note = replace(signed_note, 'other', 'sample') WHERE size = 8")
        .await;
    home.tamper(&format!(
        "UPDATE ledger_checkpoint SET root = {} WHERE size = 8",
        blob(home, &[0; 32])
    ))
    .await;
    let report = audited(home, None).await;
    assert!(!at(&report, 8).is_empty(), "{:?}", report.breaks);
    // A note signed by somebody else.
    let stranger = TestSigner::new(9);
    let reader = home.open_read_only().await;
    let report = verify(&reader, &[stranger.public], None).await.unwrap();
    assert_eq!(report.checkpoints_checked, 0);
    assert!(
        report.breaks.iter().any(|found| found.what.contains("signature")),
        "{:?}",
        report.breaks
    );
    reader.close().await;
}

pub(super) async fn a_damaged_tile_is_found(home: &Home) {
    filled(home).await.close().await;
    home.tamper(&format!(
        "UPDATE ledger_tree SET hashes = {} WHERE level = 0",
        blob(home, &[7; 20 * 32])
    ))
    .await;
    let ledger = home.open().await;
    assert!(matches!(ledger.health(), Health::Suspect { .. }));
    let report = verify(&ledger, &home.keys(), None).await.unwrap();
    assert!(
        at(&report, 1)
            .iter()
            .any(|found| found.what.contains("taken into the tree")),
        "{:?}",
        report.breaks
    );
    ledger.close().await;
    // Taken away, they are made again and the audit is content, so the ledger may be written to again.
    home.tamper("DELETE FROM ledger_tree").await;
    let ledger = home.open().await;
    ledger.checkpoint(&home.signer).await.unwrap();
    ledger.suspect(3, "a suspicion".to_owned());
    assert!(matches!(
        ledger.commit(home.append("d", 0, [1])).await,
        Err(CommitError::Corrupt { position: 3 })
    ));
    let report = verify(&ledger, &home.keys(), None).await.unwrap();
    assert_eq!(report.breaks, vec![]);
    assert!(ledger.accept(&report));
    ledger.commit(home.append("d", 0, [1])).await.unwrap();
    ledger.close().await;
}

pub(super) async fn a_lost_key_is_found(home: &Home) {
    filled(home).await.close().await;
    home.tamper("DELETE FROM subject_key").await;
    let report = audited(home, None).await;
    for position in [2, 4, 6, 8] {
        assert!(
            at(&report, position).iter().any(|found| found.what.contains("missing")),
            "{:?}",
            report.breaks
        );
    }
    let ledger = home.open().await;
    assert!(
        matches!(
            ledger.stream("counter", "b").await,
            Err(Fault::Corrupt { position: 2, .. })
        ),
        "lost is not erased"
    );
    ledger.close().await;
}

pub(super) async fn a_foreign_checkpoint_is_refused(home: &Home) {
    filled(home).await.close().await;
    let kept = std::fs::read_to_string(home.checkpoint_file()).unwrap();
    for note in [
        kept.replace("sample", "other"),
        "no note".to_owned(),
        String::new(),
        kept.replace("\n20\n", "\n19\n"),
    ] {
        std::fs::write(home.checkpoint_file(), &note).unwrap();
        let ledger = home.open().await;
        assert!(matches!(ledger.health(), Health::Suspect { .. }), "{note}");
        assert_ne!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
        ledger.close().await;
    }
    std::fs::write(home.checkpoint_file(), kept).unwrap();
    let ledger = home.open().await;
    assert_eq!(ledger.health(), Health::Sound);
    ledger.close().await;
}

pub(super) async fn a_checkpoint_is_never_signed_over_another_history(home: &Home) {
    let ledger = filled(home).await;
    let file = std::fs::read_to_string(home.checkpoint_file()).unwrap();
    // Under a running ledger the database becomes that of an older day, and grows again.
    roll_back(home).await;
    ledger.commit(home.append("d", 0, [1])).await.unwrap();
    assert!(matches!(
        ledger.checkpoint(&home.signer).await,
        Err(CheckpointError::Diverged { size: 20 })
    ));
    assert!(matches!(
        ledger.commit(home.append("d", 1, [1])).await,
        Err(CommitError::Corrupt { .. })
    ));
    ledger.close().await;
    let ledger = home.open().await;
    assert!(matches!(ledger.health(), Health::Suspect { .. }));
    assert!(ledger.checkpoint(&home.signer).await.is_err());
    assert_eq!(
        std::fs::read_to_string(home.checkpoint_file()).unwrap(),
        file,
        "the file is as it was"
    );
    ledger.close().await;
}

pub(super) async fn events_exchanged_behind_the_tree_are_met_by_the_next_checkpoint(home: &Home) {
    let ledger = filled(home).await;
    ledger.commit(home.append("d", 0, [1, 2, 3])).await.unwrap();
    // The tree has taken them in, but a crash came before the signature.
    ledger.grow(true, &[]).await.unwrap();
    home.tamper(
        "DELETE FROM ledger_event WHERE position > 20; DELETE FROM ledger_command WHERE last_position > 20;
         UPDATE ledger_head SET position = 20",
    )
    .await;
    let refused = ledger.checkpoint(&home.signer).await;
    assert!(
        matches!(
            refused,
            Err(CheckpointError::Store(Fault::Corrupt { position: 20, .. }))
        ),
        "{refused:?}"
    );
    ledger.close().await;
    let ledger = home.open().await;
    assert!(matches!(ledger.health(), Health::Suspect { position: 20, .. }));
    ledger.close().await;
    // The places were given out again, as by a database restored and written to by somebody else.
    home.tamper("UPDATE ledger_tree SET width = 20, hashes = substr(hashes, 1, 640)")
        .await;
    let ledger = home.open().await;
    ledger.commit(home.append("e", 0, [1, 2, 3])).await.unwrap();
    ledger.grow(true, &[]).await.unwrap();
    home.tamper("UPDATE ledger_event SET aggregate_id = 'f' WHERE aggregate_id = 'e'")
        .await;
    assert!(matches!(
        ledger.checkpoint(&home.signer).await,
        Err(CheckpointError::Store(Fault::Corrupt { position: 21, .. }))
    ));
    assert!(matches!(
        ledger.commit(home.append("g", 0, [1])).await,
        Err(CommitError::Corrupt { position: 21 })
    ));
    ledger.close().await;
}

pub(super) async fn a_changed_row_is_found(home: &Home) {
    let ledger = filled(home).await;
    let mut batch = home.batch();
    batch.rows.push(RowChange::Put {
        space: "queue".to_owned(),
        key: "k".to_owned(),
        body: b"body".to_vec(),
        terms: vec![
            ("due".to_owned(), "2026".to_owned()),
            ("kind".to_owned(), "a".to_owned()),
        ],
        expect: Expect::Absent,
    });
    batch.bookmark = Some(Bookmark {
        name: "reader".to_owned(),
        generation: 0,
        from: 0,
        to: 5,
    });
    ledger.commit(batch).await.unwrap();
    for (change, undo) in [
        (
            "ledger_row SET version = version + 1",
            "ledger_row SET version = version - 1",
        ),
        ("ledger_row SET space = 'other'", "ledger_row SET space = 'queue'"),
        (
            "ledger_row_term SET value = '2027' WHERE name = 'due'",
            "ledger_row_term SET value = '2026' WHERE name = 'due'",
        ),
        (
            "ledger_row_term SET key = 'l' WHERE name = 'due'",
            "ledger_row_term SET key = 'k' WHERE name = 'due'",
        ),
        ("projection SET position = 6", "projection SET position = 5"),
        ("projection SET generation = 1", "projection SET generation = 0"),
    ] {
        home.tamper(&format!("UPDATE {change}")).await;
        let report = verify(&ledger, &home.keys(), None).await.unwrap();
        assert!(
            report
                .breaks
                .iter()
                .any(|found| found.what.contains("that was written")),
            "{change}"
        );
        if change.contains("position") {
            assert!(matches!(ledger.bookmark("reader", 0).await, Err(Fault::Corrupt { .. })));
        } else if !change.contains("space") && !change.contains("generation") {
            assert!(
                matches!(ledger.row("queue", "k").await, Err(Fault::Corrupt { .. })),
                "{change}"
            );
        }
        home.tamper(&format!("UPDATE {undo}")).await;
    }
    assert_eq!(verify(&ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
    ledger.close().await;
}
