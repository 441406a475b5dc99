//! Programs at `POST /api/v1/verify`: days in the past, batches, what is not told, and what happens when something that a
//! verification depends on is out of order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod issued;
mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use certificates::Token;
use domain::CertificateNumber;
use issued::{ask, issued, prepared};
use keys::{KeyDirectory, Purpose};
use serde_json::{Value, json};
use server::{Answer, Server};

fn result<'v>(answer: &'v Value, check: &str) -> &'v str {
    let check = &answer["checks"][check];
    check.as_str().or(check["result"].as_str()).unwrap()
}

/// The reason why a check was not made.
fn not_checked<'v>(answer: &'v Value, check: &str) -> Option<&'v str> {
    let list = answer["not_checked"].as_array().unwrap();
    let found = list.iter().find(|one| one["check"] == check);
    assert_eq!(
        found.is_some(),
        result(answer, check) == "not_checked",
        "{check} of {answer}"
    );
    found.map(|one| one["reason"].as_str().unwrap())
}

#[tokio::test]
async fn an_answer_says_what_was_checked_and_what_was_not() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    let answer = ask(&server, &json!({ "token": token.code() })).await.json();
    assert_eq!(answer["verdict"], "valid");
    let log = &answer["checks"]["log"];
    assert_eq!(
        (&log["result"], &log["position"]),
        (&json!("pass"), &json!(token.claims().log_position))
    );
    assert!(log["tree_size"].as_u64() >= log["position"].as_u64(), "{answer}");
    for (check, reason) in [
        ("signature", None),
        ("record", Some("not_presented")),
        ("document", Some("not_presented")),
        ("log", None),
        ("status", None),
    ] {
        assert_eq!(not_checked(&answer, check), reason, "{check}");
    }
    let answer = ask(&server, &json!({ "number": number.to_string() })).await.json();
    assert_eq!(not_checked(&answer, "signature"), Some("not_presented"));
    assert_eq!(not_checked(&answer, "status"), None);
    // The form for wallets holds the same.
    let wallet = token.to_claim_169().unwrap();
    let answer = ask(&server, &json!({ "token": wallet })).await.json();
    assert_eq!((&answer["verdict"], &answer["source"]), (&json!("valid"), &json!("qr")));
}

#[tokio::test]
async fn a_day_may_be_asked_about() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, Some("2026-12-31")).await;
    server.clock.set("2026-12-01T06:00:00Z".parse().unwrap());
    for question in [
        json!({ "token": token.code(), "on": "2026-11-22" }),
        json!({ "number": number.to_string(), "on": "2026-11-22" }),
    ] {
        let on = async |day: &str| {
            let mut question = question.clone();
            question["on"] = json!(day);
            let answer = ask(&server, &question).await.json();
            assert_eq!(
                (&answer["verdict"], &answer["on"]["day"]),
                (&json!("valid"), &json!(day))
            );
            format!(
                "{} {}",
                answer["on"]["held"].as_str().unwrap(),
                answer["on"]["reason"].as_str().unwrap()
            )
        };
        assert_eq!(on("2026-11-21").await, "no not_yet_issued");
        assert_eq!(on("2026-11-22").await, "yes holds");
        assert_eq!(on("2026-12-01").await, "yes holds");
        assert_eq!(on("2026-12-02").await, "unknown day_in_future");
    }
    let answer = ask(&server, &json!({ "token": token.code() })).await.json();
    assert_eq!(answer["on"], Value::Null);
    let wrong = ask(&server, &json!({ "token": token.code(), "on": "22.11.2026" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_thousand_are_answered_at_once_and_no_more() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    let mut spoiled = token.bytes().to_vec();
    *spoiled.last_mut().unwrap() ^= 1;
    let forged = Token::from_bytes(&spoiled).unwrap().code();
    let kinds = [
        (json!({ "token": token.url(server::HOST) }), "valid"),
        (json!({ "token": forged }), "not_genuine"),
        (json!({ "token": "WHATEVER" }), "unreadable"),
    ];
    let batch = |count: usize| {
        let certificates: Vec<&Value> = kinds.iter().map(|(question, _)| question).cycle().take(count).collect();
        json!({ "certificates": certificates })
    };
    let whole = ask(&server, &batch(1000)).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    let whole = whole.json();
    let answers = whole["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 1000);
    for (answer, (_, verdict)) in answers.iter().zip(kinds.iter().cycle()) {
        assert_eq!(answer["verdict"], *verdict);
    }
    let one_more = ask(&server, &batch(1001)).await;
    assert_eq!(
        (one_more.status, &one_more.json()["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("request.batch_too_long"))
    );
    assert_eq!(ask(&server, &batch(0)).await.json()["answers"], json!([]));

    // Each has its own answer: a wrong one spoils no other, and each number counts as one look-up.
    let nobody = CertificateNumber::from_random("BC", 42).unwrap();
    let mut certificates = vec![
        json!({ "number": nobody.to_string() }),
        json!({ "number": number.to_string() }),
        json!({ "number": "x" }),
        json!({}),
        json!({ "token": token.code(), "number": number.to_string() }),
    ];
    certificates.extend(std::iter::repeat_n(json!({ "number": nobody.to_string() }), 40));
    let mixed = ask(&server, &json!({ "certificates": certificates })).await.json();
    let code = |place: usize| mixed["answers"][place]["problem"]["code"].as_str();
    assert_eq!(code(0), Some("certificate.number_unknown"));
    assert_eq!(mixed["answers"][1]["verdict"], "valid");
    assert_eq!([code(2), code(3), code(4)], [Some("request.malformed"); 3]);
    assert_eq!(code(44), Some("rate.too_many"));
    // Whoever holds the certificates themselves is not slowed down by that.
    assert_eq!(
        ask(&server, &json!({ "token": token.code() })).await.json()["verdict"],
        "valid"
    );
}

#[tokio::test]
async fn questions_have_a_limit_in_bytes() {
    let server = Server::start(true).await;
    let of = |bytes: usize| {
        let frame = json!({ "token": "" }).to_string().len();
        json!({ "token": "A".repeat(bytes - frame) })
    };
    const MAX: usize = 2 * 1024 * 1024;
    assert_eq!(ask(&server, &of(MAX)).await.json()["verdict"], "unreadable");
    assert_eq!(ask(&server, &of(MAX + 1)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for other in [
        "[]",
        "1",
        "{\"certificates\":{}}",
        "{\"certificates\":[],\"token\":\"A\"}",
        "{\"certificates\":[[]]}",
        "{",
    ] {
        let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, "application/json");
        let answer = server.send(request.body(Body::from(other)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{other}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_file_may_be_sent_as_what_it_is() {
    let server = Server::start(true).await;
    let send = async |kind: &str, bytes: Vec<u8>| {
        let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, kind);
        server.send(request.body(Body::from(bytes)).unwrap()).await
    };
    let answer = send("application/pdf", b"%PDF-1.7\nnothing".to_vec()).await.json();
    assert_eq!(
        (&answer["verdict"], &answer["reason"], &answer["source"]),
        (&json!("unreadable"), &json!("damaged_file"), &json!("pdf"))
    );
    let answer = send("image/png", b"\x89PNG\r\n\x1a\nnothing".to_vec()).await.json();
    assert_eq!(
        (&answer["verdict"], &answer["source"]),
        (&json!("unreadable"), &json!("qr"))
    );
    assert_eq!(not_checked(&answer, "signature"), Some("damaged_file"));
    let program = send("application/octet-stream", b"MZ\xff\xfe a program".to_vec()).await;
    assert_eq!(program.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        send("image/png", vec![0; 10_000_001]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

/// What is not to be told is answered, byte for byte, like what is not there.
#[tokio::test]
async fn absent_and_forbidden_are_one_answer() {
    let server = Server::start(true).await;
    let (forbidden, _) = prepared(&server, 1, None).await;
    let absent = CertificateNumber::from_random("BC", 42).unwrap();
    let plain = |answer: &Answer| {
        let headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        (answer.status, headers, answer.text())
    };
    let by_number =
        async |number: &CertificateNumber| plain(&ask(&server, &json!({ "number": number.to_string() })).await);
    assert_eq!(by_number(&forbidden).await.0, StatusCode::NOT_FOUND);
    assert_eq!(by_number(&forbidden).await, by_number(&absent).await);
    for path in [
        "/api/v1/certificates/{}/proof",
        "/api/v1/certificates/{}/proof?event=prepared",
    ] {
        let get = async |number: &CertificateNumber| plain(&server.get(&path.replace("{}", &number.to_string())).await);
        assert_eq!(get(&forbidden).await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&forbidden).await, get(&absent).await, "{path}");
    }
}

/// What a verification depends on, out of order: (what, the reason that is given, the check that was not made).
async fn spoiled(server: &Server, token: &Token, reason: &str, check: Option<&str>) {
    let answer = ask(server, &json!({ "token": token.code(), "on": "2026-11-22" })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["verdict"], &answer["reason"]),
        (&json!("unknown"), &json!(reason)),
        "{answer}"
    );
    if let Some(check) = check {
        assert_eq!(not_checked(&answer, check), Some(reason), "{answer}");
    }
    assert_ne!(answer["on"]["held"], "yes", "{answer}");
    let page = server.get(&format!("/C/{}", token.code())).await.text();
    assert!(page.contains("<title>Cannot confirm now:"), "{page}");
}

#[tokio::test]
async fn a_database_that_does_not_answer_makes_nothing_valid_and_nobody_a_forger() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    server.ledger.close().await;
    spoiled(&server, &token, "status_unavailable", Some("status")).await;
    let by_number = ask(&server, &json!({ "number": number.to_string() })).await;
    assert_eq!(
        by_number.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "an outage is not \"there is none\""
    );
}

#[tokio::test]
async fn without_a_checkpoint_nothing_is_valid() {
    let server = Server::start(true).await;
    let (number, token) = issued::issued_unlogged(&server, 1).await;
    spoiled(&server, &token, "log_unavailable", Some("log")).await;
    let by_number = ask(&server, &json!({ "number": number.to_string() })).await.json();
    assert_eq!(
        (&by_number["verdict"], &by_number["reason"]),
        (&json!("unknown"), &json!("log_unavailable"))
    );
    // It comes, and all is well.
    server.checkpoint().await;
    assert_eq!(
        ask(&server, &json!({ "token": token.code() })).await.json()["verdict"],
        "valid"
    );
}

#[tokio::test]
async fn a_checkpoint_from_before_the_certificate_proves_nothing_of_it() {
    let server = Server::start(true).await;
    server.checkpoint().await;
    let (_, token) = issued::issued_unlogged(&server, 1).await;
    spoiled(&server, &token, "log_behind", None).await;
}

fn without(directory: &KeyDirectory, purpose: Purpose) -> KeyDirectory {
    let kept = directory.keys().iter().filter(|key| key.purpose != purpose).cloned();
    KeyDirectory::try_new(
        directory.issuer().to_owned(),
        kept.collect(),
        directory.pdf_authority().to_vec(),
        directory.pdf_signing_certificate().to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_checkpoint_that_nobody_known_has_signed_is_none() {
    let server = Server::start_trusting(true, |directory| without(directory, Purpose::Checkpoint)).await;
    let (_, token) = issued(&server, 1, None).await;
    spoiled(&server, &token, "log_unavailable", Some("log")).await;
}

#[tokio::test]
async fn a_verifier_without_keys_calls_nobody_a_forger() {
    let server = Server::start_trusting(true, |directory| without(directory, Purpose::Credential)).await;
    let (_, token) = issued(&server, 1, None).await;
    spoiled(&server, &token, "keys_unavailable", Some("signature")).await;
    let answer = ask(&server, &json!({ "token": token.code() })).await.json();
    assert_eq!(answer["certificate"], Value::Null, "what is not proven is not shown");
}

#[tokio::test]
async fn a_clock_at_the_beginning_of_time_makes_nothing_valid() {
    let server = Server::start(true).await;
    let (_, token) = issued(&server, 1, None).await;
    server.clock.set("1970-01-01T00:00:00Z".parse().unwrap());
    spoiled(&server, &token, "issued_in_future", None).await;
}
