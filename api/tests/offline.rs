//! What a browser is given to check without a connection.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::http::StatusCode;
use serde_json::Value;
use server::{HOST, Server};

#[tokio::test]
async fn the_page_may_run_our_module_and_ask_nobody_else() {
    let server = Server::start(true).await;
    let page = server.get("/offline?lang=en").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert!(page.header("permissions-policy").starts_with("camera=(self)"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    for path in ["/", "/verify", "/C/NOTACODE", "/verify/answers"] {
        let policy = server.get(path).await.header("content-security-policy").to_owned();
        assert!(!policy.contains("wasm"), "{path}: {policy}");
    }
    let text = page.text();
    assert!(text.contains(HOST), "the page names the host");
    assert!(text.contains("Demonstration · no legal value"));
    let production = Server::start(false).await;
    let text = production.get("/offline?lang=en").await.text();
    assert!(!text.contains("Demonstration"), "{text}");
}

/// The words that stand in the page.
fn words(page: &str) -> Value {
    let (_, json) = page
        .split_once("<script type=\"application/json\" id=\"words\">")
        .unwrap();
    let (json, _) = json.split_once("</script>").unwrap();
    assert!(!json.contains('<'), "it ends where it should");
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn the_words_are_those_of_the_page_with_a_connection() {
    let server = Server::start(true).await;
    let words = words(&server.get("/offline").await.text());
    let answers = server.get("/verify/answers?lang=en").await.text();
    for answer in certificates::VerdictCode::ALL {
        let told = &words["verdicts"][answer.code()];
        let word = told["word"]["en"].as_str().unwrap();
        assert!(answers.contains(word), "{word}");
        for part in ["word", "reason", "next"] {
            for language in ["en", "hi"] {
                let text = told[part][language].as_str().unwrap();
                assert!(
                    !text.is_empty() && !text.contains("not told") && !text.ends_with(':'),
                    "{text}"
                );
                let placed = part == "reason" && answer.code() == "expired";
                assert_eq!(text.contains("{date}"), placed, "{text}");
            }
        }
    }
    for service in server.catalogue.iter() {
        let told = &words["services"][&service.letters];
        assert_eq!(told["title"]["en"], service.certificate.title.en, "{}", service.code);
        for code in ["name", "guardian", "born", "particular"] {
            assert!(
                told["labels"][code]["hi"]
                    .as_str()
                    .is_some_and(|label| !label.is_empty())
            );
        }
    }
}

#[tokio::test]
async fn the_worker_keeps_what_there_is_and_is_another_when_that_is() {
    let server = Server::start(true).await;
    let worker = server.get("/sw.js").await;
    assert_eq!(worker.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(worker.header("cache-control"), "no-cache");
    let text = worker.text();
    let known = text
        .split_once("const known = ")
        .unwrap()
        .1
        .split_once(";\n")
        .unwrap()
        .0;
    let known: Value = serde_json::from_str(known).unwrap();
    let shell = known["shell"].as_array().unwrap();
    assert_eq!(shell.len(), 7);
    for path in shell.iter().chain([&known["reader"]]) {
        let file = server.get(path.as_str().unwrap()).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        if path.as_str().unwrap().ends_with(".wasm") {
            assert_eq!(file.header("content-type"), "application/wasm");
            assert!(file.body.starts_with(b"\0asm"));
        }
    }
    assert_eq!(
        server.get("/sw.js").await.body,
        worker.body,
        "the same as long as nothing changes"
    );
    let production = Server::start(false).await;
    assert_ne!(
        production.get("/sw.js").await.body,
        worker.body,
        "its page has no strip"
    );
}

#[tokio::test]
async fn the_page_can_be_installed() {
    let server = Server::start(true).await;
    let answer = server.get("/offline.webmanifest").await;
    assert_eq!(answer.header("content-type"), "application/manifest+json");
    let manifest = answer.json();
    assert_eq!(manifest["start_url"], "/offline");
    assert_eq!(manifest["scope"], "/");
    assert!(manifest["name"].as_str().unwrap().contains("demonstration"));
    let icon = server.get(manifest["icons"][0]["src"].as_str().unwrap()).await;
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    let page = server.get("/offline").await.text();
    assert!(page.contains("<link rel=\"manifest\" href=\"/offline.webmanifest\">"));
}
