//! Verifiers at the page and at the interface for programs, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod issued;
mod server;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use certificates::{Claims, Token};
use domain::{
    CertificateId, CertificateNumber,
    certificate::{Certificate, Command, RevocationReason, SuspensionReason},
};
use issued::{ask, by, claims, issued, signed};
use keys::Purpose;
use serde_json::{Value, json};
use server::{Answer, Server, form};

async fn registered(server: &Server, count: u64, expires_on: Option<&str>) -> CertificateNumber {
    issued(server, count, expires_on).await.0
}

fn multipart(path: &str, name: &str, content: &[u8]) -> Request<Body> {
    let mut body =
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n").into_bytes();
    body.extend(content);
    body.extend(b"\r\n--edge--\r\n");
    Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn a_number_alone_answers_with_a_masked_name() {
    let server = Server::start(true).await;
    let number = registered(&server, 1, None).await;
    let typed = number.to_string().to_lowercase().replace('-', " ");
    for page in [
        server.get(&format!("/verify?number={number}")).await,
        server.send(form("/verify", "", &[("number", &typed)])).await,
        server.send(multipart("/verify", "number", typed.as_bytes())).await,
    ] {
        let text = page.text();
        assert_eq!(page.status, StatusCode::OK, "{text}");
        assert!(
            text.contains("<title>Valid:") && text.contains("A••• K•••") && text.contains("आ••• कु•••"),
            "{text}"
        );
        assert!(
            !text.contains("Asha") && !text.contains("Sunita") && !text.contains("Karol"),
            "{text}"
        );
        assert!(text.contains(server::HOST));
    }
    let answer = ask(&server, &json!({ "number": number.to_string() })).await.json();
    assert_eq!(
        (&answer["verdict"], &answer["source"]),
        (&json!("valid"), &json!("number"))
    );
    assert_eq!(answer["certificate"]["name"], "A••• K•••");
    assert_eq!(answer["checks"]["signature"], "not_checked");
    assert_eq!(answer["checks"]["status"]["result"], "pass");
    assert_eq!(answer["compare_with_paper"], json!([]));
    assert!(!answer.to_string().contains("Asha"));
}

#[tokio::test]
async fn a_scanned_code_shows_what_to_compare() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    for path in [
        format!("/C/{}", token.code()),
        format!("/c/{}", token.code().to_lowercase()),
    ] {
        let page = server.get(&path).await;
        let text = page.text();
        assert!(text.contains("<title>Valid:"), "{text}");
        for shown in [
            "Asha Kumari",
            "आशा कुमारी",
            "Sunita Devi",
            "10 November 2026",
            &number.to_string(),
            "Name of the child",
        ] {
            assert!(text.contains(shown), "{shown} is not in {text}");
        }
        assert!(page.body.len() < 12 * 1024, "{} bytes", page.body.len());
    }
    for question in [
        json!({ "token": token.code() }),
        json!({ "token": token.url(server::HOST) }),
    ] {
        let answer = ask(&server, &question).await.json();
        assert_eq!(
            (&answer["verdict"], &answer["source"]),
            (&json!("valid"), &json!("qr")),
            "{answer}"
        );
        assert_eq!(answer["certificate"]["name"], "Asha Kumari");
        assert_eq!(answer["compare_with_paper"], json!(["name", "guardian", "born"]));
        for check in ["signature", "status", "log"] {
            let result = answer["checks"][check]
                .as_str()
                .or(answer["checks"][check]["result"].as_str());
            assert_eq!(result, Some("pass"), "{check} of {answer}");
        }
        assert_eq!(answer["checks"]["record"], "not_checked");
        assert_eq!(answer["demo"], true);
    }
}

#[tokio::test]
async fn a_forgery_shows_nothing_of_what_it_says() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    // One bit of the signature; a certificate that the office's key signed and the register never issued; another one
    // under an issued number.
    let mut bytes = token.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let flipped = Token::from_bytes(&bytes).unwrap();
    let nobody = signed(
        &server,
        &claims(&CertificateNumber::from_random("BC", 9).unwrap(), 1, None),
    );
    let other = signed(
        &server,
        &Claims {
            name: "Forged Name".into(),
            ..claims(&number, 3, None)
        },
    );
    for (token, reason) in [
        (flipped, "signature_bad"),
        (nobody, "not_in_register"),
        (other, "credential_not_issued"),
    ] {
        let page = server.get(&format!("/C/{}", token.code())).await.text();
        assert!(page.contains("<title>Not genuine:"), "{reason}: {page}");
        for written in ["Asha", "आशा", "Forged", "Sunita"] {
            assert!(!page.contains(written), "{reason}: the page repeats {written}");
        }
        let answer = ask(&server, &json!({ "token": token.code() })).await.json();
        assert_eq!(
            (&answer["verdict"], &answer["reason"]),
            (&json!("not_genuine"), &json!(reason))
        );
        assert_eq!(
            (&answer["certificate"], &answer["compare_with_paper"]),
            (&Value::Null, &json!([]))
        );
    }
}

#[tokio::test]
async fn a_certificate_ends_after_its_last_day() {
    let server = Server::start(true).await;
    let number = registered(&server, 1, Some("2026-12-31")).await;
    let verdict = async || ask(&server, &json!({ "number": number.to_string() })).await.json();
    server.clock.set("2026-12-31T18:29:59Z".parse().unwrap());
    assert_eq!(
        verdict().await["verdict"],
        "valid",
        "the last second of the last day in India"
    );
    server.clock.set("2026-12-31T18:30:00Z".parse().unwrap());
    let answer = verdict().await;
    assert_eq!(
        (&answer["verdict"], &answer["date"]),
        (&json!("expired"), &json!("2026-12-31"))
    );
}

#[tokio::test]
async fn an_officer_cancels_and_every_check_says_so() {
    let server = Server::start(true).await;
    let number = registered(&server, 1, None).await;
    let registrar = server.sign_in(server::REGISTRAR).await;
    let path = "/officer/files/APP-2026-000001/revoke";
    let form = registrar.get(path).await;
    assert!(form.text().contains(&number.to_string()), "{}", form.text());
    let fields = |page: &Answer, more: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        let mut all = vec![("csrf", page.field("csrf")), ("command_id", page.field("command_id"))];
        all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    let post = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        registrar.post(path, &fields).await
    };
    let without = post(fields(&form, &[])).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let check = post(fields(&form, &[("reason", RevocationReason::Mistake.code())])).await;
    assert!(
        check.text().contains("You cancel") && check.text().contains("Issued by mistake"),
        "{}",
        check.text()
    );
    let done = post(fields(&check, &[("reason", "mistake"), ("confirmed", "yes")])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = server.get(&format!("/verify?number={number}")).await.text();
    assert!(
        page.contains("<title>Cancelled:") && page.contains("22 November 2026"),
        "{page}"
    );
    let again = post(fields(&form, &[("reason", "order")])).await;
    assert!(again.text().contains("certificate.revoked"), "{}", again.text());
    let clerk = server.sign_in(server::CLERK).await;
    assert_eq!(
        clerk.get(path).await.status,
        StatusCode::FORBIDDEN,
        "the role that decided, no other"
    );
}

#[tokio::test]
async fn a_number_that_nobody_has_is_no_verdict() {
    let server = Server::start(true).await;
    let nobody = CertificateNumber::from_random("BC", 42).unwrap().to_string();
    let page = server.get(&format!("/verify?number={nobody}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("Number not found") && page.text().contains("नंबर नहीं मिला"));
    assert!(!page.text().contains("class=\"verdict"), "no verdict is drawn");
    assert_eq!(
        ask(&server, &json!({ "number": nobody })).await.json()["code"],
        "certificate.number_unknown"
    );
    // One character mistyped: the check character tells.
    let mut wrong = nobody.clone();
    wrong.replace_range(5..6, if wrong.as_bytes()[5] == b'7' { "8" } else { "7" });
    let page = server.get(&format!("/verify?number={wrong}")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text().contains("Number mistyped") && page.text().contains(&format!("value=\"{wrong}\"")),
        "what was typed stays"
    );
    assert_eq!(
        ask(&server, &json!({ "number": wrong })).await.json()["code"],
        "certificate.number_mistyped"
    );
    for question in [
        json!({}),
        json!({ "number": "1" }),
        json!({ "token": "A", "number": nobody }),
        json!({ "other": 1 }),
    ] {
        assert_eq!(
            ask(&server, &question).await.status,
            StatusCode::BAD_REQUEST,
            "{question}"
        );
    }
}

#[tokio::test]
async fn numbers_cannot_be_tried_out() {
    let server = Server::start(true).await;
    let (_, token) = issued(&server, 1, None).await;
    let nobody = CertificateNumber::from_random("BC", 42).unwrap().to_string();
    let mut last = None;
    for _ in 0..40 {
        let answer = server.get(&format!("/verify?number={nobody}")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            last = Some(answer);
            break;
        }
    }
    let page = last.expect("the limit is reached");
    assert!(page.text().contains("Wait a little") && page.text().contains("थोड़ा रुकें"));
    assert!(page.header("retry-after").parse::<u64>().unwrap() >= 1);
    let answer = ask(&server, &json!({ "number": nobody })).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("rate.too_many"))
    );
    assert_eq!(
        server.get("/verify").await.status,
        StatusCode::OK,
        "the form itself is not limited"
    );
    // Nor in place of a code, by itself or in a batch.
    assert_eq!(
        server.get(&format!("/C/{nobody}")).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        ask(&server, &json!({ "token": nobody })).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    let batch = ask(&server, &json!({ "certificates": [{ "token": nobody }] }))
        .await
        .json();
    assert!(batch.to_string().contains("rate.too_many"), "{batch}");
    // A code proves what it says, and is not counted.
    assert_eq!(server.get(&format!("/C/{}", token.code())).await.status, StatusCode::OK);
}

/// Whoever has asked too often is told before a byte of the file is taken in.
#[tokio::test]
async fn a_file_above_the_limit_is_not_waited_for() {
    let server = Server::start(true).await;
    let nobody = CertificateNumber::from_random("BC", 42).unwrap().to_string();
    while server.get(&format!("/verify?number={nobody}")).await.status != StatusCode::TOO_MANY_REQUESTS {}
    for (path, kind) in [
        ("/verify", "multipart/form-data; boundary=edge"),
        ("/verify/page", "multipart/form-data; boundary=edge"),
        ("/api/v1/verify", "multipart/form-data; boundary=edge"),
        ("/api/v1/verify", "application/pdf"),
    ] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from_stream(never()))
            .unwrap();
        assert_eq!(
            server.send(request).await.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{path}, {kind}"
        );
    }
}

/// A body that never comes.
fn never() -> impl futures_util::Stream<Item = std::io::Result<Vec<u8>>> + Send {
    futures_util::stream::pending()
}

#[tokio::test]
async fn what_is_no_code_could_not_be_read_in_either_case_of_the_path() {
    let server = Server::start(true).await;
    for path in ["/C/NOTACODE", "/c/notacode", "/C/%F0%9F%98%80", "/C/AAAAAAAA"] {
        let page = server.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            page.text().contains("<title>Could not read:"),
            "{path}: {}",
            page.text()
        );
        assert!(
            !page.text().contains("<dd><span class=\"number\""),
            "{path} shows particulars"
        );
    }
}

#[tokio::test]
async fn uploads_have_a_limit_and_a_kind() {
    let server = Server::start(true).await;
    let above = multipart("/verify", "file", &vec![0; 10_000_001]);
    let page = server.send(above).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text().contains("The file is too large"), "{}", page.text());
    let far_above = multipart("/api/v1/verify", "file", &vec![0; 12 * 1024 * 1024]);
    let problem = server.send(far_above).await;
    assert_eq!(
        (problem.status, &problem.json()["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("request.too_large"))
    );
    let page = server.send(multipart("/verify", "file", b"MZ\xff\xfe a program")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("This file cannot be checked"), "{}", page.text());
    let problem = server
        .send(multipart("/api/v1/verify", "file", b"MZ\xff\xfe a program"))
        .await;
    assert_eq!(problem.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let empty = server.send(multipart("/verify", "file", b"")).await;
    assert_eq!(
        empty.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a file that was not chosen"
    );
    let text = Request::post("/api/v1/verify")
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("x"))
        .unwrap();
    assert_eq!(server.send(text).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn the_public_keys_are_published() {
    let server = Server::start(true).await;
    let answer = server.get("/.well-known/praman-keys.json").await;
    let directory = keys::KeyDirectory::from_json(&answer.body).unwrap();
    assert_eq!(directory.keys().len(), server.keys.directory().keys().len());
    assert!(!answer.text().contains("PRIVATE"));
    // Whoever keeps them knows how old they are.
    assert_eq!(directory.as_of(), Some(ledger::Clock::now(&*server.clock)));
}

#[tokio::test]
async fn a_certificate_is_proven_to_be_in_the_log() {
    use ledger::proof::ProofBundle;
    let server = Server::start(true).await;
    assert_eq!(server.get("/log/checkpoint").await.status, StatusCode::NOT_FOUND);
    let (number, token) = issued(&server, 1, None).await;
    let path = format!("/api/v1/certificates/{number}/proof");
    let early = server.get(&path).await;
    assert_eq!(
        (early.status, early.json()["code"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("proof.not_yet"))
    );
    assert_eq!(early.header("retry-after"), "1");
    let signer = server.keys.signer(Purpose::Checkpoint).unwrap();
    server.ledger.checkpoint(&*signer).await.unwrap();
    server.clock.advance(jiff::SignedDuration::from_secs(1));
    let origin = &server.ledger.settings().log_origin;
    let key = ledger::note::VerifierKey::try_new(origin, ledger::note::NoteKind::Log, signer.public_key().clone());
    let key = key.unwrap();
    let mut streams = Vec::new();
    for (query, kind) in [
        ("", "certificate.issued"),
        ("?event=issued", "certificate.issued"),
        ("?event=prepared", "certificate.prepared"),
    ] {
        let answer = server.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        let bundle = ProofBundle::parse(&answer.text()).unwrap();
        bundle.verify(&bundle.leaf_of_extra().unwrap(), &key, &[]).unwrap();
        let leaf = bundle.extra.clone().unwrap();
        assert!(leaf.windows(kind.len()).any(|part| part == kind.as_bytes()), "{kind}");
        for personal in ["Asha", "Sunita", number.plain()] {
            assert!(
                !answer.text().contains(personal)
                    && !leaf.windows(personal.len()).any(|part| part == personal.as_bytes())
            );
        }
        if kind == "certificate.prepared" {
            // What the credential signs: its place in the log.
            assert_eq!(bundle.index + 1, token.claims().log_position);
        }
        // Map of eight, version, then the stream's digest: both events are of one certificate.
        streams.push(leaf[4..38].to_vec());
    }
    assert!(streams.iter().all(|stream| *stream == streams[0]));

    let code = async |path: &str| {
        let answer = server.get(path).await;
        (
            answer.status.as_u16(),
            answer.json()["code"].as_str().unwrap().to_owned(),
        )
    };
    let nobody = CertificateNumber::from_random("BC", 4_242).unwrap();
    assert_eq!(
        code(&format!("/api/v1/certificates/{nobody}/proof")).await,
        (404, "certificate.number_unknown".to_owned())
    );
    assert_eq!(code("/api/v1/certificates/x/proof").await.0, 400);
    assert_eq!(code(&format!("{path}?event=revoked")).await.0, 400);
}

#[tokio::test]
async fn a_suspended_certificate_says_until_when_and_holds_again_when_that_day_is_over() {
    let server = Server::start(true).await;
    let (number, token) = issued(&server, 1, None).await;
    let id = CertificateId::for_application(&domain::ApplicationNumber::new(2026, 1));
    let until = domain::ist_date(server.now());
    let command = Command::Suspend {
        reason: SuspensionReason::Inquiry,
        until,
        note: None,
        by: by(),
        at: server.now(),
    };
    server
        .ledger
        .execute::<Certificate>(id, command, server.context())
        .await
        .unwrap();
    for question in [json!({"token": token.code()}), json!({"number": number})] {
        let answer = ask(&server, &question).await.json();
        assert_eq!(answer["verdict"], "suspended", "{answer}");
    }
    let page = server.get(&format!("/C/{}", token.code())).await.text();
    let words = domain::catalogue::date_in_words(until);
    assert!(page.contains(&words.en) || page.contains(&words.hi), "{page}");
    // Nothing happens but that a day passes in India.
    server.wait(24 * 60);
    for question in [json!({"token": token.code()}), json!({"number": number})] {
        let answer = ask(&server, &question).await.json();
        assert_eq!(answer["verdict"], "valid", "{answer}");
    }
}

#[tokio::test]
async fn a_status_list_is_served_as_it_is_kept() {
    let server = Server::start(true).await;
    let missing = server.get("/status/0").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "no list is no empty list");
    let list = vec![0xD2, 0x84, 0, 1, 2, 3];
    server.keep_list(12, list.clone()).await;
    let answer = server.get("/status/12").await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &list));
    assert_eq!(answer.header("content-type"), "application/statuslist+cwt");
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let tag = answer.header("etag").to_owned();
    let again = Request::get("/status/12").header(header::IF_NONE_MATCH, tag);
    let again = server.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for wrong in ["012", "+12", "-1", "13", "x", "", "12/", "18446744073709551616"] {
        let answer = server.get(&format!("/status/{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}
