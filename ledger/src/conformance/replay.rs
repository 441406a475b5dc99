//! Replay: everything in order, and every break an error at its place.

use serde_json::json;

use super::home::{Added, Home, append, personal};
use crate::replay::{Replay, ReplayError, ReplayOptions, Summary, Verify};
use crate::{Fault, Ledger, Recorded};

const LEVELS: [Verify; 3] = [Verify::Nothing, Verify::Leaves, Verify::Tree];

fn options(from: u64, to: Option<u64>, verify: Verify) -> ReplayOptions {
    ReplayOptions {
        from,
        to,
        verify,
        ..ReplayOptions::default()
    }
}

/// What comes out until the end or the break.
async fn drained(mut replay: Replay) -> (Vec<Recorded>, Result<Summary, ReplayError>) {
    let mut events = Vec::new();
    loop {
        match replay.next().await {
            Ok(Some(page)) => {
                assert!(page.events().count() > 0, "no page is empty");
                assert!(page.reached() >= page.events().last().unwrap().position);
                events.extend(page.events().map(|event| event.to_recorded().unwrap()));
            }
            Ok(None) => {
                assert!(replay.next().await.unwrap().is_none(), "the end stays the end");
                assert_eq!(replay.summary().events, events.len() as u64);
                return (events, Ok(replay.summary()));
            }
            Err(error) => {
                assert!(replay.next().await.unwrap().is_none(), "an error is told once");
                assert_eq!(error.reached, events.last().map_or(error.reached, |last| last.position));
                return (events, Err(error));
            }
        }
    }
}

async fn run(ledger: &Ledger, options: ReplayOptions) -> (Vec<Recorded>, Result<Summary, ReplayError>) {
    match ledger.replay(options).await {
        Ok(replay) => drained(replay).await,
        Err(error) => (Vec::new(), Err(error)),
    }
}

fn corrupt_at(result: &Result<Summary, ReplayError>) -> u64 {
    match result {
        Err(ReplayError {
            source: Fault::Corrupt { position, .. },
            ..
        }) => *position,
        other => panic!("no damage was found: {other:?}"),
    }
}

/// 2,600 events in three streams of two kinds, checkpoints at 700, 1,900 and 2,500.
async fn filled(home: &Home) -> Ledger {
    let ledger = home.open().await;
    for (round, sizes) in [(0_u64, [200, 500]), (1, [700, 500]), (2, [300, 300])] {
        let before = [[0, 0], [200, 500], [900, 1000]][usize::try_from(round).unwrap()];
        ledger.commit(home.append("a", before[0], 0..sizes[0])).await.unwrap();
        let mut batch = home.batch();
        batch.appends.push(append(
            "b",
            before[1],
            (0..sizes[1]).map(|n| json!({"n": n, "pad": "x".repeat(700)})),
        ));
        if let [one] = batch.appends.as_mut_slice() {
            one.aggregate_type = "meter".to_owned();
        }
        ledger.commit(batch).await.unwrap();
        ledger.checkpoint(&home.signer).await.unwrap();
    }
    ledger.commit(home.append("c", 0, 0..100)).await.unwrap();
    ledger
}

pub(super) async fn a_replay_hands_out_what_was_stored_in_order(home: &Home) {
    let ledger = filled(home).await;
    let all = ledger.after(0, 10_000).await.unwrap();
    assert_eq!(all.len(), 2_600);
    for verify in LEVELS {
        let (events, end) = run(&ledger, options(0, None, verify)).await;
        assert_eq!(events, all, "{verify:?}");
        let end = end.unwrap();
        assert_eq!((end.events, end.reached), (2_600, 2_600));
        assert_eq!(end.signed, if verify == Verify::Tree { 2_500 } else { 0 });
        // Ranges: at the ends, over the edges of pages, tiles and checkpoints, beyond the head, empty, turned round.
        for (from, to) in [
            (1, 1),
            (1, 256),
            (2, 257),
            (255, 700),
            (700, 1_024),
            (701, 1_900),
            (1_025, 2_500),
            (2_501, 2_600),
            (2_600, 9_999),
            (2_601, 9_999),
            (9, 8),
            (1, 0),
            (257, 512),
        ] {
            let (events, end) = run(&ledger, options(from, Some(to), verify)).await;
            let expected: Vec<_> = all
                .iter()
                .filter(|event| (from..=to).contains(&event.position))
                .cloned()
                .collect();
            assert_eq!(events, expected, "{from} to {to}, {verify:?}");
            assert_eq!(end.unwrap().events, expected.len() as u64);
        }
        let (events, end) = run(
            &ledger,
            ReplayOptions {
                aggregate_type: Some("meter".to_owned()),
                ..options(300, Some(2_000), verify)
            },
        )
        .await;
        let expected: Vec<_> = all
            .iter()
            .filter(|event| event.aggregate_type == "meter" && (300..=2_000).contains(&event.position))
            .cloned()
            .collect();
        assert_eq!(events, expected);
        assert_eq!(end.unwrap().reached, 2_000);
        let none = ReplayOptions {
            aggregate_type: Some("'; --".to_owned()),
            ..options(1, None, verify)
        };
        let (events, end) = run(&ledger, none).await;
        assert_eq!((events.len(), end.unwrap().reached), (0, 2_600));
    }
    let root = run(&ledger, options(1, Some(2_500), Verify::Tree))
        .await
        .1
        .unwrap()
        .root;
    assert_eq!(root, Some(ledger.latest_checkpoint().await.unwrap().unwrap().root));

    // Typed, by the other way in; and what the caller refuses stops it there.
    let mut sum = 0;
    let take = |event: crate::replay::Event<'_>| {
        sum += event.typed::<Added>()?.n;
        assert_eq!(event.context().unwrap().actor, "officer/1");
        if event.position == 1_500 {
            Err(Fault::Stopped)
        } else {
            Ok(())
        }
    };
    let refused = ledger
        .replay(ReplayOptions::default())
        .await
        .unwrap()
        .each(take)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            ReplayError {
                reached: 1_499,
                source: Fault::Stopped
            }
        ),
        "{refused:?}"
    );
    let expected: i64 = all
        .iter()
        .take(1_500)
        .map(|event| serde_json::from_slice::<Added>(&event.body).unwrap().n)
        .sum();
    assert_eq!(sum, expected);
    let refused = ledger
        .replay(options(5, None, Verify::Leaves))
        .await
        .unwrap()
        .each(|event| event.typed::<Vec<u8>>().map(drop))
        .await;
    assert!(matches!(
        refused,
        Err(ReplayError {
            reached: 4,
            source: Fault::Decode { position: 5, .. }
        })
    ));
    ledger.close().await;
}

pub(super) async fn a_replay_of_an_empty_log_ends_at_once(home: &Home) {
    let ledger = home.open().await;
    for verify in LEVELS {
        let (events, end) = run(&ledger, options(1, None, verify)).await;
        assert_eq!((events.len(), end.unwrap().reached), (0, 0));
    }
    // It can be the work of a task: its futures go from thread to thread.
    let of_task = ledger.clone();
    let work = tokio::spawn(async move {
        let mut replay = of_task.replay(ReplayOptions::default()).await.unwrap();
        replay.next().await.unwrap().is_none()
    });
    assert!(work.await.unwrap());
    ledger.close().await;
}

pub(super) async fn a_replay_dropped_half_way_lets_go(home: &Home) {
    let ledger = filled(home).await;
    for verify in LEVELS {
        let mut replay = ledger.replay(options(1, None, verify)).await.unwrap();
        assert!(replay.next().await.unwrap().is_some());
        drop(replay);
        drop(ledger.replay(options(1, None, verify)).await.unwrap());
    }
    // Nothing is held: the log still takes events and is closed.
    ledger.commit(home.append("d", 0, [1])).await.unwrap();
    ledger.close().await;
}

pub(super) async fn a_replay_finds_an_edited_event_at_its_position(home: &Home) {
    let ledger = filled(home).await;
    ledger.close().await;
    for position in [1, 1_024, 1_025, 2_600] {
        for (change, undo) in [
            (
                "event_type = event_type || 'x'",
                "event_type = substr(event_type, 1, length(event_type) - 1)",
            ),
            ("recorded_at = recorded_at + 1", "recorded_at = recorded_at - 1"),
            ("sequence = sequence + 5000", "sequence = sequence - 5000"),
        ] {
            home.tamper(&format!("UPDATE ledger_event SET {change} WHERE position = {position}"))
                .await;
            let reader = home.open_read_only().await;
            for verify in [Verify::Leaves, Verify::Tree] {
                let (events, end) = run(&reader, options(1, None, verify)).await;
                assert_eq!(corrupt_at(&end), position, "{change}, {verify:?}");
                assert_eq!(end.unwrap_err().reached, position - 1);
                assert_eq!(events.len() as u64, position - 1, "what is before it is handed out");
            }
            assert!(
                run(&reader, options(1, None, Verify::Nothing)).await.1.is_ok(),
                "nothing was to be checked"
            );
            reader.close().await;
            home.tamper(&format!("UPDATE ledger_event SET {undo} WHERE position = {position}"))
                .await;
        }
    }
    let reader = home.open_read_only().await;
    assert!(run(&reader, options(1, None, Verify::Tree)).await.1.is_ok());
    reader.close().await;
}

pub(super) async fn a_replay_finds_a_missing_event_even_when_it_verifies_nothing(home: &Home) {
    filled(home).await.close().await;
    home.tamper("DELETE FROM ledger_event WHERE position IN (1024, 2600)")
        .await;
    let reader = home.open_read_only().await;
    for verify in LEVELS {
        let (events, end) = run(&reader, options(1, None, verify)).await;
        assert_eq!((corrupt_at(&end), events.len()), (1_024, 1_023));
        // At the very end nothing follows that would show the gap.
        let (events, end) = run(&reader, options(2_501, None, verify)).await;
        assert_eq!((corrupt_at(&end), events.len()), (2_600, 99));
    }
    reader.close().await;
}

pub(super) async fn a_replay_finds_another_order_by_the_tree(home: &Home) {
    filled(home).await.close().await;
    // Two streams' events change places: each leaf holds, each stream is in order.
    home.tamper(
        "UPDATE ledger_event SET position = 9000 WHERE position = 900; UPDATE ledger_event SET position = 900 WHERE position = 1401;
         UPDATE ledger_event SET position = 1401 WHERE position = 9000",
    )
    .await;
    let reader = home.open_read_only().await;
    let (_, end) = run(&reader, options(1, None, Verify::Tree)).await;
    assert!(corrupt_at(&end) >= 900, "{end:?}");
    reader.close().await;
}

pub(super) async fn a_replay_finds_a_rewritten_event_by_the_tree(home: &Home) {
    let ledger = filled(home).await;
    super::damage::rewrite_with_leaf(home, ledger, 1_200).await;
    let reader = home.open_read_only().await;
    assert!(
        run(&reader, options(1, None, Verify::Leaves)).await.1.is_ok(),
        "the row fits itself"
    );
    // The whole log, a range that ends at the next checkpoint, and ranges that end before it and are bound by the tiles.
    for (from, to) in [
        (1, None),
        (1_101, Some(1_900)),
        (1_101, Some(1_300)),
        (1_200, Some(1_200)),
        (1_200, Some(1_279)),
        (1_200, Some(1_280)),
        (1_000, Some(2_550)),
    ] {
        let (_, end) = run(&reader, options(from, to, Verify::Tree)).await;
        corrupt_at(&end);
    }
    assert!(
        run(&reader, options(1_281, Some(1_500), Verify::Tree)).await.1.is_ok(),
        "another part of the tree"
    );
    reader.close().await;
    // The tiles are changed with it: the signed root is what nobody can change.
    home.tamper("DELETE FROM ledger_tree").await;
    let reader = home.open_read_only().await;
    for to in [None, Some(1_300)] {
        let (_, end) = run(&reader, options(1, to, Verify::Tree)).await;
        corrupt_at(&end);
    }
    reader.close().await;
}

pub(super) async fn a_replay_asks_who_signed(home: &Home) {
    let ledger = filled(home).await;
    let keys = |keys| ReplayOptions {
        keys,
        ..options(1, None, Verify::Tree)
    };
    assert!(run(&ledger, keys(home.keys())).await.1.is_ok());
    let stranger = vec![super::home::TestSigner::new(9).public];
    assert_eq!(corrupt_at(&run(&ledger, keys(stranger)).await.1), 2_500);
    ledger.close().await;
}

pub(super) async fn a_replay_opens_personal_values_only_when_asked(home: &Home) {
    let ledger = home.open().await;
    let (asha, ravi) = (home.entropy.uuid_v4(), home.entropy.uuid_v4());
    let mut batch = home.batch();
    batch.appends.push(append(
        "a",
        0,
        [personal(asha, "Asha"), json!({"n": 2}), personal(ravi, "Ravi")],
    ));
    ledger.commit(batch).await.unwrap();
    let mut batch = home.batch();
    batch.destroy_subjects.push(ravi);
    ledger.commit(batch).await.unwrap();
    for verify in LEVELS {
        let open = ReplayOptions {
            open: true,
            ..options(1, None, verify)
        };
        let (events, end) = run(&ledger, open).await;
        end.unwrap();
        assert_eq!(events, ledger.after(0, 10).await.unwrap());
        assert!(String::from_utf8_lossy(&events[0].body).contains("Asha"));
        assert!(String::from_utf8_lossy(&events[2].body).contains("erased"));
        let (events, end) = run(&ledger, options(1, None, verify)).await;
        end.unwrap();
        for place in [0, 2] {
            let body: serde_json::Value = serde_json::from_slice(&events[place].body).unwrap();
            assert!(body["who"]["sealed"].is_string() && !body.to_string().contains("Asha"));
        }
    }
    ledger.close().await;
    home.tamper("DELETE FROM subject_key WHERE wrapped_dek IS NOT NULL")
        .await;
    let ledger = home.open().await;
    let open = ReplayOptions {
        open: true,
        ..ReplayOptions::default()
    };
    assert_eq!(corrupt_at(&run(&ledger, open).await.1), 1, "lost is not erased");
    assert!(
        run(&ledger, ReplayOptions::default()).await.1.is_ok(),
        "sealed, nobody asks for the key"
    );
    ledger.close().await;
}
