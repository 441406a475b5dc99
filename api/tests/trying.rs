//! Trying the assistant: what is taken in and what is not, and whose conversation it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use server::{Answer, Server};

const UNDERSTAND: &str = "/api/v1/understand";
const CONVERSE: &str = "/api/v1/converse";
const PAGE: &str = "/assistant";

async fn sent(server: &Server, path: &str, kind: &str, cookie: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::CONTENT_TYPE, kind);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    server.send(request.body(body.into()).unwrap()).await
}

async fn asks(server: &Server, path: &str, line: &Value) -> Answer {
    sent(server, path, "application/json", None, line.to_string()).await
}

async fn types(server: &Server, cookie: Option<&str>, text: &str, anew: bool) -> Answer {
    let mut form = String::from("text=");
    for byte in text.bytes() {
        form.push_str(&format!("%{byte:02X}"));
    }
    if anew {
        form.push_str("&anew=yes");
    }
    sent(
        server,
        "/assistant?lang=en",
        "application/x-www-form-urlencoded",
        cookie,
        form,
    )
    .await
}

fn code(answer: &Answer) -> String {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text()
    );
    answer.json()["code"].as_str().unwrap().to_owned()
}

/// The cookie of an answer, as it is sent back.
fn cookie(answer: &Answer) -> Option<String> {
    let set = answer.headers.get_all(header::SET_COOKIE).iter();
    let set = set
        .map(|value| value.to_str().unwrap())
        .find(|value| value.starts_with("praman-talk="));
    set.map(|value| value.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn production_has_none_of_it() {
    let server = Server::start(false).await;
    for path in [UNDERSTAND, CONVERSE] {
        let answer = asks(&server, path, &json!({"id": 1, "session": "s", "text": "namaste"})).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (StatusCode::NOT_FOUND, "page.not_found"),
            "{path}"
        );
    }
    assert_eq!(server.get(PAGE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        types(&server, None, "namaste", false).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(
        !server.get("/?lang=en").await.text().contains(PAGE),
        "nor does the front door lead there"
    );
    let demo = Server::start(true).await;
    assert!(demo.get("/?lang=en").await.text().contains("href=\"/assistant\""));
}

#[tokio::test]
async fn the_same_line_as_the_verbs() {
    let server = Server::start(true).await;
    let line = json!({"id": {"any": ["thing"]}, "text": "janam praman patra", "lang_hint": null});
    let answer = asks(&server, UNDERSTAND, &line).await;
    let assistant = assistant::Assistant::new(&server.catalogue).unwrap();
    let verb = assistant::jsonl::understand(assistant.understander(), &line.to_string()).unwrap();
    assert_eq!(answer.text(), verb);
    assert_eq!(answer.header("content-type"), "application/json");

    let line = json!({"session": "s", "text": "birth certificate chahiye", "lang_hint": "en"});
    let answer = asks(&server, CONVERSE, &line).await;
    let now = ledger::Clock::now(&*server.clock);
    let verb = assistant::jsonl::Sessions::new(&assistant, now)
        .converse(&line.to_string())
        .unwrap();
    assert_eq!(answer.text(), verb);
}

#[tokio::test]
async fn what_is_no_line_or_too_long_is_refused() {
    let server = Server::start(true).await;
    for (path, key) in [(UNDERSTAND, "id"), (CONVERSE, "session")] {
        for wrong in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"text":1}"#,
            r#"{"id":1}"#,
            r#"{"session":"s"}"#,
            "{\"session\":\"s\",\"text\":\"\u{0}",
        ] {
            let answer = sent(&server, path, "application/json", None, wrong).await;
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (StatusCode::BAD_REQUEST, "request.malformed"),
                "{wrong}"
            );
        }
        let line = |text: String| json!({key: "s", "text": text});
        for (units, status) in [(4096, StatusCode::OK), (4097, StatusCode::UNPROCESSABLE_ENTITY)] {
            for letter in ["क", "a"] {
                let answer = asks(&server, path, &line(letter.repeat(units))).await;
                assert_eq!(answer.status, status, "{units} of {letter}");
                if status != StatusCode::OK {
                    assert_eq!(code(&answer), "assistant.text_too_long");
                }
            }
        }
        // A line whose bytes are few enough, and one with one more; the words are as before.
        let bare = line("namaste".to_owned()).to_string();
        for (bytes, status) in [
            (32 * 1024, StatusCode::OK),
            (32 * 1024 + 1, StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let body = format!("{bare}{}", " ".repeat(bytes - bare.len()));
            let answer = sent(&server, path, "application/json", None, body).await;
            assert_eq!(answer.status, status, "{bytes}: {}", answer.text());
            if status != StatusCode::OK {
                assert_eq!(code(&answer), "request.too_large");
            }
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let answer = sent(&server, path, kind, None, bare.clone()).await;
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.media_type")
            );
        }
        let answer = sent(&server, path, "Application/JSON; charset=utf-8", None, bare).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    for (length, status) in [(64, StatusCode::OK), (65, StatusCode::BAD_REQUEST)] {
        let line = json!({"session": "s".repeat(length - 2), "text": "namaste"});
        assert_eq!(asks(&server, CONVERSE, &line).await.status, status, "{length}");
    }
    let far = asks(&server, CONVERSE, &json!({"session": "s", "advance_minutes": i64::MAX})).await;
    assert_eq!(far.status, StatusCode::OK);
}

#[tokio::test]
async fn one_place_asks_so_often_and_no_more() {
    let server = Server::start(true).await;
    let line = json!({"id": 1, "session": "s", "text": "namaste"});
    let mut answered = 0;
    let refused = loop {
        let answer = asks(&server, UNDERSTAND, &line).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        answered += 1;
    };
    // A bucket of sixty, and a little more where the machine is slow.
    assert!((60..90).contains(&answered), "{answered}");
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "rate.too_many")
    );
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn nobody_reads_anothers_conversation() {
    let server = Server::start(true).await;
    let says = async |cookie: Option<&str>, text: &str| {
        let line = json!({"session": "s", "text": text}).to_string();
        sent(&server, CONVERSE, "application/json", cookie, line).await
    };
    let first = says(None, "birth certificate chahiye").await;
    let mine = cookie(&first).expect("a cookie");
    assert_eq!(mine.len(), "praman-talk=".len() + 43, "256 bits");
    let set = first.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(
        set.contains("; HttpOnly") && set.contains("; SameSite=Strict") && set.contains("; Path=/"),
        "{set}"
    );
    let second = says(Some(&mine), "Aarav Sharma").await;
    assert_eq!(cookie(&second), None);
    assert!(second.text().contains("Aarav Sharma"));

    // With no cookie, with one that was made up, and with one of another's own.
    let made_up = format!("praman-talk={}", "A".repeat(43));
    let others = cookie(&says(None, "namaste").await).unwrap();
    for stranger in [
        None,
        Some(made_up.as_str()),
        Some("praman-talk="),
        Some(others.as_str()),
    ] {
        let answer = says(stranger, "mera form dikhao").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            !answer.text().contains("Aarav") && answer.json()["state"]["form"] == json!({}),
            "{}",
            answer.text()
        );
        assert_ne!(cookie(&answer).as_deref(), stranger, "nobody chooses their own");
    }
    let third = says(Some(&mine), "namaste").await;
    assert_eq!(
        third.json()["state"]["form"],
        second.json()["state"]["form"],
        "and nobody else spoke in mine"
    );

    // The page and the address are one visitor's under one cookie; their conversations are two.
    let page = types(&server, Some(&mine), "namaste", false).await;
    assert!(!page.text().contains("Aarav"));
}

#[tokio::test]
async fn nothing_is_stored_and_nothing_happens() {
    let server = Server::start(true).await;
    let before = server.ledger.head().await.unwrap();
    let rows = async || {
        let mut found = Vec::new();
        for space in ["conversation", "outbox", "message", "webhook", "counter", "handoff"] {
            found.push(server.ledger.rows(space, None, 10).await.unwrap().len());
        }
        found
    };
    let kept = rows().await;
    let mut jar = None;
    for text in [
        "adhikari se baat karni hai",
        "birth certificate chahiye",
        "Aarav Sharma",
        "English",
        "mera data mita do",
        "haan",
    ] {
        let line = json!({"session": "s", "text": text}).to_string();
        let answer = sent(&server, CONVERSE, "application/json", jar.as_deref(), line).await;
        assert_eq!(answer.status, StatusCode::OK);
        jar = jar.or(cookie(&answer));
        assert_eq!(types(&server, jar.as_deref(), text, false).await.status, StatusCode::OK);
    }
    assert_eq!(server.ledger.head().await.unwrap(), before);
    assert_eq!(rows().await, kept);
}

#[tokio::test]
async fn the_page_shows_what_was_understood_and_goes_on() {
    let server = Server::start(true).await;
    let empty = server.get("/assistant?lang=en").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert_eq!(cookie(&empty), None, "whoever only looks gets no cookie");
    let policy = empty.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("connect-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains('*'));

    let text = "mere bete ka janam praman patra banwana hai, pin 110059";
    let answer = types(&server, None, text, true).await;
    let page = answer.text();
    assert_eq!(answer.status, StatusCode::OK);
    for shown in [
        "<title>wants to apply: ",
        "Birth certificate",
        "<mark>110059<span",
        "PIN code",
        "Which words decided it",
        "fills in a form",
    ] {
        assert!(page.contains(shown), "{shown} is missing: {page}");
    }
    assert!(
        page.matches("<svg class=\"bar\"").count() >= 2 && page.contains("class=\"for second\""),
        "{page}"
    );
    let jar = cookie(&answer).unwrap();
    let next = types(&server, Some(&jar), "Aarav Sharma", false).await.text();
    assert!(
        next.contains("Had been asked for") && next.contains("janam praman patra"),
        "{next}"
    );
    let anew = types(&server, Some(&jar), "namaste", true).await.text();
    assert!(
        !anew.contains("Had been asked for") && !anew.contains("Aarav"),
        "{anew}"
    );
    assert!(anew.contains("None was weighed"), "{anew}");
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_on_the_page() {
    let server = Server::start(true).await;
    for (text, title) in [
        ("", "There is nothing to read"),
        (" \n ", "There is nothing to read"),
        (&"क".repeat(4097)[..], "The message is too long"),
    ] {
        let answer = types(&server, None, text, false).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text();
        assert!(
            page.contains(title) && page.contains("role=\"alert\"") && page.contains("<title>Error: "),
            "{title}: {page}"
        );
    }
    assert_eq!(
        types(&server, None, &"क".repeat(4096), false).await.status,
        StatusCode::OK
    );
    let hostile = "<script>alert(1)</script>\" onload=\"x\" {{ 7*7 }} 110059";
    let page = types(&server, None, hostile, false).await.text();
    assert!(
        !page.contains("<script>alert") && !page.contains("\" onload=\"x"),
        "{page}"
    );
    // From another site's form.
    let form = Request::builder()
        .method("POST")
        .uri(PAGE)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://elsewhere.example")
        .body(Body::from("text=namaste"))
        .unwrap();
    assert_eq!(server.send(form).await.status, StatusCode::FORBIDDEN);
}
