//! Inline views.

use std::error::Error;
use std::sync::Arc;

use serde_json::json;

use super::home::{Add, Counter, Home, append, personal};
use crate::{CommitError, Expect, InlineRow, InlineView, Ledger, NewEvent, Row, RowChange, Settings, audit};

/// Counts a stream's events and adds their numbers up; shows what it was handed of personal values. No row at a sum of zero.
pub(super) struct Tally {
    pub(super) space: &'static str,
}

impl InlineView for Tally {
    fn space(&self) -> &str {
        self.space
    }

    fn aggregate_type(&self) -> &str {
        "counter"
    }

    fn fold(
        &self,
        row: Option<&[u8]>,
        aggregate_id: &str,
        events: &[NewEvent],
    ) -> Result<Option<InlineRow>, Box<dyn Error + Send + Sync>> {
        let mut seen = row.map_or(Ok(json!({"times": 0, "total": 0})), serde_json::from_slice)?;
        for event in events {
            let n = event.body["n"].as_i64().ok_or("no number")?;
            seen["times"] = json!(seen["times"].as_i64().unwrap_or(0) + 1);
            seen["total"] = json!(seen["total"].as_i64().unwrap_or(0) + n);
            seen["who"] = event.body["who"].clone();
            seen["id"] = json!(aggregate_id);
            if seen["total"] == 0 {
                seen = json!({"times": 0, "total": 0});
            }
        }
        if seen["total"] == 0 {
            return Ok(None);
        }
        let terms = vec![
            (
                "total".to_owned(),
                format!("{:05}", seen["total"].as_i64().unwrap_or(0)),
            ),
            ("kind".to_owned(), "tally".to_owned()),
        ];
        let body = serde_json::to_vec(&seen)?;
        Ok(Some(InlineRow { body, terms }))
    }
}

fn settings(home: &Home, spaces: &[&'static str]) -> Settings {
    let views = spaces
        .iter()
        .map(|space| -> Arc<dyn InlineView> { Arc::new(Tally { space }) });
    Settings {
        inline: views.collect(),
        ..home.settings()
    }
}

/// Times and total.
async fn tally(ledger: &Ledger, space: &str, id: &str) -> Option<(i64, i64)> {
    let row = ledger.row(space, id).await.unwrap()?;
    let body: serde_json::Value = serde_json::from_slice(&row.body).unwrap();
    assert_eq!(body["id"], id);
    Some((body["times"].as_i64().unwrap(), body["total"].as_i64().unwrap()))
}

async fn assert_clean(ledger: &Ledger, home: &Home) {
    assert_eq!(audit::verify(ledger, &home.keys(), None).await.unwrap().breaks, vec![]);
}

pub(super) async fn an_inline_row_changes_with_its_events(home: &Home) {
    let ledger = home.open_with(settings(home, &["tally", "second"])).await;
    ledger.commit(home.append("a", 0, [1, 2])).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "a").await, Some((2, 3)));
    ledger.execute::<Counter>("a", Add(4), home.context()).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "a").await, Some((3, 7)));
    assert_eq!(tally(&ledger, "second", "a").await, Some((3, 7)));
    let decided = ledger.decide::<Counter>("a", Add(5)).await.unwrap();
    let mut batch = home.batch();
    batch.appends.push(decided.append());
    batch.appends.push(append("b", 0, [json!({"n": 1})]));
    ledger.commit(batch.clone()).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "a").await, Some((4, 12)));
    assert_eq!(tally(&ledger, "tally", "b").await, Some((1, 1)));
    // A repeat, a conflict and a rejection leave the row as it is.
    assert!(ledger.commit(batch).await.unwrap().repeated);
    assert!(ledger.commit(home.append("a", 1, [9])).await.is_err());
    assert!(ledger.execute::<Counter>("a", Add(99), home.context()).await.is_err());
    assert_eq!(tally(&ledger, "tally", "a").await, Some((4, 12)));
    // Found by its terms as they are now, and no more as they were.
    let find = async |from: &str, to: &str| {
        let rows = ledger.find("tally", "total", from, to, None, false, 9).await.unwrap();
        rows.into_iter().map(|row: Row| row.key).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(find("00000", "99999").await, "b a");
    assert_eq!(find("00002", "00011").await, "");
    assert_eq!(ledger.count("tally", "kind", "tally", "tally").await.unwrap(), 2);
    // A view may take its row away and make it again.
    ledger.commit(home.append("b", 1, [-1])).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "b").await, None);
    assert_eq!(ledger.count("tally", "kind", "tally", "tally").await.unwrap(), 1);
    ledger.commit(home.append("b", 2, [6])).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "b").await, Some((1, 6)));
    // Other streams than its own are none of its business.
    let mut other = home.batch();
    let mut appended = append("a", 0, [json!({"text": "no number"})]);
    appended.aggregate_type = "other".to_owned();
    other.appends.push(appended);
    ledger.commit(other).await.unwrap();
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn an_inline_view_heals_itself(home: &Home) {
    let ledger = home.open().await;
    ledger.commit(home.append("a", 0, [1, 2])).await.unwrap();
    ledger.commit(home.append("quiet", 0, [3])).await.unwrap();
    ledger.close().await;
    // The view is new; its row is made from the whole stream.
    let ledger = home.open_with(settings(home, &["tally"])).await;
    assert_eq!(tally(&ledger, "tally", "a").await, None);
    ledger.commit(home.append("a", 2, [4])).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "a").await, Some((3, 7)));
    ledger.close().await;
    // Somebody who does not know the view lets its stream go on.
    let ledger = home.open().await;
    ledger.commit(home.append("a", 3, [5, 6])).await.unwrap();
    ledger.close().await;
    let ledger = home.open_with(settings(home, &["tally"])).await;
    ledger.execute::<Counter>("a", Add(1), home.context()).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "a").await, Some((6, 19)));
    // A stream that stays quiet is folded when asked for.
    assert!(ledger.refold("tally", "quiet", home.context()).await.unwrap());
    assert_eq!(tally(&ledger, "tally", "quiet").await, Some((1, 3)));
    for id in ["quiet", "a", "none"] {
        assert!(!ledger.refold("tally", id, home.context()).await.unwrap(), "{id}");
    }
    assert!(matches!(
        ledger.refold("nothing", "a", home.context()).await,
        Err(CommitError::Invalid { .. })
    ));
    // And what stands there wrongly is put right.
    home.sql("UPDATE ledger_row SET folded = folded - 1 WHERE key = 'quiet'")
        .await
        .unwrap();
    assert!(
        ledger.row("tally", "quiet").await.is_err(),
        "the sequence is part of what is fingerprinted"
    );
    ledger.commit(home.append("quiet", 1, [1])).await.unwrap();
    assert_eq!(tally(&ledger, "tally", "quiet").await, Some((2, 4)));
    assert_clean(&ledger, home).await;
    ledger.close().await;
}

pub(super) async fn an_inline_row_holds_no_personal_value(home: &Home) {
    let ledger = home.open_with(settings(home, &["tally"])).await;
    let subject = home.entropy.uuid_v4();
    let mut batch = home.batch();
    batch
        .appends
        .push(append("a", 0, [personal(subject, "Asha"), personal(subject, "Ravi")]));
    ledger.commit(batch).await.unwrap();
    let live = ledger.row("tally", "a").await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&live.body).unwrap();
    assert_eq!(body["who"], json!({"$personal": subject, "erased": true}));
    // Folded anew it is the same, before and after an erasure.
    assert!(!ledger.refold("tally", "a", home.context()).await.unwrap());
    let mut erase = home.batch();
    erase.destroy_subjects.push(subject);
    ledger.commit(erase).await.unwrap();
    assert!(!ledger.refold("tally", "a", home.context()).await.unwrap());
    assert_eq!(ledger.row("tally", "a").await.unwrap().unwrap(), live);
    ledger.close().await;
}

pub(super) async fn an_inline_view_that_cannot_fold_refuses_the_batch(home: &Home) {
    let ledger = home.open_with(settings(home, &["tally"])).await;
    let mut batch = home.batch();
    batch
        .appends
        .push(append("a", 0, [json!({"n": 1}), json!({"text": "no number"})]));
    batch.appends.push(append("b", 0, [json!({"n": 1})]));
    let answer = ledger.commit(batch).await;
    assert!(
        matches!(&answer, Err(CommitError::Invalid { what }) if what.contains("tally")),
        "{answer:?}"
    );
    assert_eq!(ledger.head().await.unwrap(), 0);
    // Its rows are not for others to touch.
    let touching = [
        RowChange::Put {
            space: "tally".to_owned(),
            key: "a".to_owned(),
            body: vec![],
            terms: vec![],
            expect: Expect::Any,
        },
        RowChange::Delete {
            space: "tally".to_owned(),
            key: "a".to_owned(),
            expect: Expect::Any,
        },
    ];
    for change in touching {
        let mut batch = home.append("a", 0, [1]);
        batch.rows.push(change);
        let answer = ledger.commit(batch).await;
        assert!(matches!(answer, Err(CommitError::Invalid { .. })), "{answer:?}");
    }
    assert_eq!(ledger.head().await.unwrap(), 0);
    ledger.close().await;
}
