//! The auditor's pages, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use keys::Purpose;
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
