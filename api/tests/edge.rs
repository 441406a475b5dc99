//! What stands before every route.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use keys::Purpose;
use server::{SECRET, Server, form};
use whatsapp::signature::sign;

#[tokio::test]
async fn every_answer_carries_its_protections() {
    let server = Server::start(true).await;
    for path in [
        "/",
        "/verify",
        "/C/NOTACODE",
        "/officer/sign-in",
        "/auditor",
        "/nowhere",
        "/livez",
        "/api/v1/openapi.json",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("x-robots-tag"), "noindex", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let camera = if path == "/verify" {
            "camera=(self)"
        } else {
            "camera=()"
        };
        assert!(answer.header("permissions-policy").starts_with(camera), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        assert!(
            answer.header("strict-transport-security").is_empty(),
            "{path}: the demonstration has no https"
        );
    }
    assert!(
        !server
            .get("/C/NOTACODE")
            .await
            .header("content-security-policy")
            .contains("script-src")
    );
    let production = Server::start(false).await;
    assert_eq!(
        production.get("/").await.header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[tokio::test]
async fn files_of_ours_are_kept_for_ever_under_their_hash() {
    let server = Server::start(true).await;
    let page = server.get("/").await.text();
    let address = page
        .split_once("rel=\"stylesheet\" href=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let file = server.get(address).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(file.header("content-type").starts_with("text/css"));
    assert_eq!(
        server.get("/static/praman.0000000000000000.css").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn people_get_a_page_and_programs_a_problem() {
    let server = Server::start(true).await;
    let page = server.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("There is nothing at this address") && page.text().contains("इस पते पर कुछ नहीं है"));
    let problem = server.get("/api/v1/nowhere").await;
    assert_eq!(problem.status, StatusCode::NOT_FOUND);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["code"], "page.not_found");
    let method = server
        .send(Request::delete("/verify").body(Body::empty()).unwrap())
        .await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.text().contains("This cannot be done here") || method.text().contains("यह यहाँ नहीं हो सकता"));
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let server = Server::start(true).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://elsewhere.example"),
    ] {
        let mut request = form("/officer/sign-in", "", &[("officer", server::CLERK)]);
        request
            .headers_mut()
            .insert("host", "verify.sample.example".parse().unwrap());
        request.headers_mut().insert(name, value.parse().unwrap());
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        assert!(answer.header("set-cookie").is_empty(), "{name}");
        assert!(
            answer.text().contains("request.cross_site"),
            "{name}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn the_language_is_chosen_and_kept() {
    let server = Server::start(true).await;
    let hindi = server.get("/?lang=hi").await;
    assert!(hindi.text().contains("<html lang=\"hi\">"));
    let cookie = hindi.header("set-cookie").to_owned();
    assert!(cookie.starts_with("lang=hi;") && cookie.contains("HttpOnly"));
    let again = Request::get("/")
        .header("cookie", "lang=hi")
        .header("accept-language", "en")
        .body(Body::empty())
        .unwrap();
    assert!(server.send(again).await.text().contains("<html lang=\"hi\">"));
    assert!(server.get("/").await.text().contains("<html lang=\"en-IN\">"));
}

#[tokio::test]
async fn a_delivery_is_stored_before_it_is_acknowledged() {
    let server = Server::start(true).await;
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    let post = |signature: Option<String>, body: Vec<u8>| {
        let mut request = Request::post("/webhooks/whatsapp").header(header::CONTENT_TYPE, "application/json");
        if let Some(signature) = signature {
            request = request.header("x-hub-signature-256", signature);
        }
        request.body(Body::from(body)).unwrap()
    };
    let good = sign(SECRET.as_bytes(), body).unwrap();
    for (signature, body) in [
        (None, body.to_vec()),
        (Some("sha256=00".into()), body.to_vec()),
        (Some(sign(b"another", body).unwrap()), body.to_vec()),
        (Some(good.clone()), [body.as_slice(), b" "].concat()),
    ] {
        let refused = server.send(post(signature, body)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.json()["code"], "webhook.signature");
    }
    assert!(
        server.ledger.rows("webhook", None, 10).await.unwrap().is_empty(),
        "nothing refused is kept"
    );
    for _ in 0..2 {
        assert_eq!(
            server.send(post(Some(good.clone()), body.to_vec())).await.status,
            StatusCode::OK
        );
    }
    let kept = server.ledger.rows("webhook", None, 10).await.unwrap();
    assert_eq!(kept.len(), 1, "a repeat is the same row");
    assert_eq!(kept[0].body, body);

    let limit = 4 * 1024 * 1024;
    let at_the_limit = vec![b' '; limit];
    let signature = sign(SECRET.as_bytes(), &at_the_limit).unwrap();
    assert_ne!(
        server.send(post(Some(signature), at_the_limit)).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let above = vec![b' '; limit + 1];
    let signature = sign(SECRET.as_bytes(), &above).unwrap();
    let refused = server.send(post(Some(signature), above)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.json()["code"], "request.too_large");
}

#[tokio::test]
async fn the_handshake_answers_the_right_token_only() {
    let server = Server::start(true).await;
    let right = server
        .get("/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=verify%20token&hub.challenge=12345")
        .await;
    assert_eq!((right.status, right.text().as_str()), (StatusCode::OK, "12345"));
    let wrong = server
        .get("/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=other&hub.challenge=12345")
        .await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(!wrong.text().contains("12345"));
}

#[tokio::test]
async fn machines_that_watch_are_told_how_it_is() {
    let server = Server::start(true).await;
    assert_eq!(server.get("/livez").await.text(), "ok\n");
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text());
    assert_eq!(ready.json()["ready"], true);
    let metrics = server.get("/metrics").await.text();
    let head = server.ledger.head().await.unwrap();
    assert!(metrics.contains(&format!("\npraman_log_head {head}\n")), "{metrics}");
    assert!(
        metrics.contains("praman_view_position{view=\"officer\"}") && metrics.contains("\npraman_outbox_waiting 0\n")
    );
    for gauge in ["lag_events", "lag_seconds", "parked"] {
        assert!(
            metrics.contains(&format!("\npraman_view_{gauge}{{view=\"register\"}} 0\n")),
            "{metrics}"
        );
    }
    assert_eq!(ready.json()["degraded"], false);
    let statistics = server.get("/api/v1/statistics?days=7").await;
    assert_eq!(
        (statistics.status, statistics.json()["services"].is_array()),
        (StatusCode::OK, true)
    );
    for refused in ["0", "367", "x"] {
        let answer = server.get(&format!("/api/v1/statistics?days={refused}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{refused}");
    }
    let views = server.get("/auditor/views").await;
    assert!(
        views.status == StatusCode::OK && views.text().contains("register"),
        "{}",
        views.text()
    );
    // Before the first one there is no checkpoint to serve.
    let signer = server.keys.signer(Purpose::Checkpoint).unwrap();
    server.ledger.checkpoint(&*signer).await.unwrap();
    server.keep_list(0, vec![1]).await;
    let described = server.get("/api/v1/openapi.json").await.json();
    for path in described["paths"].as_object().unwrap().keys() {
        // A tile's name is strict: the one that holds all events so far.
        let named = path
            .replace("{path}", &format!("0/000.p/{}", server.ledger.head().await.unwrap()))
            .replace("{list}", "0");
        assert_ne!(
            server.get(&named).await.status,
            StatusCode::NOT_FOUND,
            "{path} is described but not served"
        );
    }
}
