//! The auditor's pages, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use keys::Purpose;
use ledger::note::{NoteKind, VerifierKey};
use server::Server;

#[tokio::test]
async fn every_event_has_its_page_and_nothing_personal_is_on_it() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let head = server.ledger.head().await.unwrap();
    let log = server.get("/auditor").await.text();
    for position in 1..=head {
        assert!(log.contains(&format!("href=\"/auditor/events/{position}\"")));
        let event = server.get(&format!("/auditor/events/{position}")).await;
        assert_eq!(event.status, StatusCode::OK);
        for personal in ["Asha", "आशा", "Sunita", "Karol Bagh"] {
            assert!(!event.text().contains(personal), "position {position} shows {personal}");
        }
    }
    let event = server.get(&format!("/auditor/events/{head}")).await.text();
    assert!(
        event.contains("application.submitted") && event.contains("&quot;sealed&quot;")
            || event.contains("&#34;sealed&#34;"),
        "{event}"
    );
    let leaf = server.ledger.after(head - 1, 1).await.unwrap()[0].leaf_hash;
    assert!(event.contains(&data_encoding::HEXLOWER.encode(&leaf)));
    let found = server.get(&format!("/auditor?file={number}")).await;
    assert_eq!(found.header("location"), "/auditor/streams/application/APP-2026-000001");
    assert!(
        server
            .get(found.header("location"))
            .await
            .text()
            .contains("An application was handed in")
    );
    for nowhere in [
        format!("/auditor/events/{}", head + 1),
        "/auditor/events/0".into(),
        "/auditor/events/x".into(),
        "/auditor/streams/application/none".into(),
    ] {
        assert_eq!(server.get(&nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

#[tokio::test]
async fn the_log_is_paged_by_position() {
    let server = Server::start(true).await;
    for count in 1..=60 {
        server.submit(count).await;
    }
    let head = server.ledger.head().await.unwrap();
    let latest = server.get("/auditor").await.text();
    assert!(latest.contains(&format!("href=\"/auditor/events/{head}\"")) && latest.contains("The latest event"));
    let first = server.get("/auditor?from=1").await.text();
    assert!(first.contains("href=\"/auditor/events/1\"") && first.contains("href=\"/auditor?from=51\""));
    let beyond = server.get("/auditor?from=9999").await.text();
    assert!(
        beyond.contains(&format!("The log ends at position {head}.")),
        "{beyond}"
    );
}

#[tokio::test]
async fn verifying_counts_every_event_and_checkpoint() {
    let server = Server::start(true).await;
    server.submit(1).await;
    server
        .ledger
        .checkpoint(&*server.keys.signer(Purpose::Checkpoint).unwrap())
        .await
        .unwrap();
    server.submit(2).await;
    let head = server.ledger.head().await.unwrap();
    assert!(server.get("/auditor/verify").await.text().contains("Verify now"));
    let run = Request::post("/auditor/verify")
        .header("accept-language", "en")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    let report = server.send(run).await;
    assert_eq!(report.status, StatusCode::OK);
    let text = report.text();
    assert!(text.contains("<title>Nothing was changed"), "{text}");
    assert!(text.contains(&format!("<dt>Events read</dt><dd>{head}</dd>")), "{text}");
    assert_eq!(server.ledger.head().await.unwrap(), head, "it writes nothing");
    let checkpoint = server.get("/auditor/checkpoint").await.text();
    assert!(checkpoint.contains("praman.invalid/log/1"), "{checkpoint}");
}

#[tokio::test]
async fn what_was_true_then_is_shown_by_day_and_by_position() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let head = server.ledger.head().await.unwrap();
    let now = server.get("/auditor/as-of").await;
    assert_eq!(now.status, StatusCode::OK);
    assert!(
        now.text().contains(&format!("<dt>Events</dt><dd>{head}</dd>")),
        "{}",
        now.text()
    );
    let file = server.get(&format!("/auditor/as-of?what={number}")).await.text();
    assert!(file.contains("under way") && !file.contains("Sunita"), "{file}");
    let before = server
        .get(&format!("/auditor/as-of?what={number}&when={}", head - 1))
        .await
        .text();
    assert!(before.contains("There was nothing of that name"), "{before}");
    let day_before = server.get("/auditor/as-of?when=2026-11-21").await.text();
    assert!(day_before.contains("<dt>Events</dt><dd>0</dd>"), "{day_before}");
    for wrong in ["when=yesterday", "what=nothing", "what=citizen/x", "when=2026-13-01"] {
        let answer = server.get(&format!("/auditor/as-of?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.text().contains("aria-invalid"), "{wrong}");
    }
}

#[tokio::test]
async fn the_difference_of_two_positions_is_shown_and_taken_away() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let head = server.ledger.head().await.unwrap();
    let page = server
        .get(&format!("/auditor/difference?from={}&to={head}", head - 1))
        .await;
    let text = page.text();
    assert!(
        text.contains("not there yet") && text.contains("under way") && text.contains(&number.to_string()),
        "{text}"
    );
    let link = format!("/auditor/export?from={head}&#38;to={head}");
    assert!(text.contains(&link), "{text}");
    let lines = server.get(&format!("/auditor/export?from={head}&to={head}")).await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let line: serde_json::Value = serde_json::from_str(lines.text().trim_end()).unwrap();
    assert_eq!(line["position"], head);
    assert!(line["body"].as_str().unwrap().contains("sealed") && !lines.text().contains("Sunita"));
    let none = server
        .get(&format!("/auditor/difference?from={head}&to={head}"))
        .await
        .text();
    assert!(none.contains("No events between them"));
    for wrong in ["from=9&to=1", "from=x"] {
        let answer = server.get(&format!("/auditor/difference?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    for wrong in [
        "from=1",
        "from=0&to=1",
        "from=2&to=1",
        "from=1&to=1001",
        "from=9999&to=9999",
    ] {
        let answer = server.get(&format!("/auditor/export?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_proof_can_be_taken_away_and_holds_without_us() {
    let server = Server::start(true).await;
    server.submit(1).await;
    let head = server.ledger.head().await.unwrap();
    let proof = format!("/auditor/events/{head}/proof");
    assert_eq!(
        server.get(&proof).await.status,
        StatusCode::NOT_FOUND,
        "no checkpoint covers it yet"
    );
    let signer = server.keys.signer(Purpose::Checkpoint).unwrap();
    server.ledger.checkpoint(&*signer).await.unwrap();
    let answer = server.get(&proof).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-disposition").contains(".tlog-proof"));
    let bundle = ledger::proof::ProofBundle::parse(&answer.text()).unwrap();
    assert_eq!(bundle.index, head - 1);
    let leaf = server.ledger.after(head - 1, 1).await.unwrap()[0].leaf_hash;
    let log = VerifierKey::try_new(&bundle.checkpoint.origin, NoteKind::Log, signer.public_key().clone()).unwrap();
    bundle.verify(&leaf, &log, &[]).unwrap();
    assert!(bundle.verify(&[0; 32], &log, &[]).is_err());
    assert_eq!(
        server.get(&format!("/auditor/events/{}/proof", head + 1)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        server.get("/auditor/events/0/proof").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_officers_and_a_citizens_history_have_pages() {
    let server = Server::start(true).await;
    server.submit(1).await;
    let officer = server.get("/auditor/officers/DEMO-101").await;
    assert_eq!(officer.status, StatusCode::OK);
    assert!(
        officer.text().contains("An officer was appointed"),
        "{}",
        officer.text()
    );
    let recorded = server.ledger.after(0, 1_000).await.unwrap().pop().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&recorded.body).unwrap();
    let citizen = body["submitted"]["citizen"].as_str().unwrap();
    let page = server.get(&format!("/auditor/citizens/{citizen}")).await.text();
    assert!(
        page.contains("An application was handed in") && !page.contains("Sunita"),
        "{page}"
    );
    for nowhere in [
        "/auditor/officers/nobody",
        "/auditor/citizens/x",
        "/auditor/citizens/6f1c6a52-1f0e-4a4b-9d0e-5d5c5a3b2a11",
    ] {
        assert_eq!(server.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

#[tokio::test]
async fn an_older_checkpoint_is_pasted_and_judged() {
    let server = Server::start(true).await;
    server.submit(1).await;
    let signer = server.keys.signer(Purpose::Checkpoint).unwrap();
    let older = server.ledger.checkpoint(&*signer).await.unwrap().note;
    server.submit(2).await;
    let post = |older: &str| {
        let older: String = older.bytes().map(|byte| format!("%{byte:02X}")).collect();
        Request::post("/auditor/verify")
            .header("accept-language", "en")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("older={older}")))
            .unwrap()
    };
    let pasted = older.trim_end().replace('\n', "\r\n");
    for good in [older.as_str(), pasted.as_str(), "", "  \n"] {
        let text = server.send(post(good)).await.text();
        assert!(text.contains("<title>Nothing was changed"), "{good:?} {text}");
    }
    for bad in [
        older.replacen("praman", "other", 1),
        older.replacen('\n', "\n9", 1),
        "hello".to_owned(),
    ] {
        let text = server.send(post(&bad)).await.text();
        assert!(text.contains("<title>The log does not hold"), "{bad:?} {text}");
    }
}
