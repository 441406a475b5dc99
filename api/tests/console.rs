//! Officers at their console, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod server;

use axum::http::StatusCode;
use domain::{ApplicationNumber, application::Application};
use server::{Answer, CLERK, REGISTRAR, Server, Session, form};

/// Fills in and sends the acts form of a file.
async fn act(session: &Session<'_>, number: &ApplicationNumber, fields: &[(&str, &str)]) -> Answer {
    let page = session.get(&format!("/officer/files/{number}")).await;
    send(session, number, &page, fields).await
}

async fn send(session: &Session<'_>, number: &ApplicationNumber, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let hidden: Vec<(&str, String)> = ["csrf", "command_id", "stage"]
        .into_iter()
        .map(|name| (name, page.field(name)))
        .collect();
    let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend(fields);
    session.post(&format!("/officer/files/{number}/acts"), &all).await
}

#[tokio::test]
async fn a_file_goes_from_the_clerk_to_the_registrar_and_is_approved() {
    let server = Server::start(true).await;
    let number = server.submit(123).await;
    let clerk = server.sign_in(CLERK).await;
    let queue = clerk.get("/officer/queue").await;
    assert!(
        queue.text().contains("APP-2026-000123") && queue.text().contains("Asha Kumari"),
        "{}",
        queue.text()
    );
    let page = clerk.get(&format!("/officer/files/{number}")).await;
    assert!(
        page.text().contains("आशा कुमारी") && page.text().contains("Lok Seva Hospital"),
        "answers in both scripts"
    );

    let forwarded = act(&clerk, &number, &[("act", "forward"), ("words", "papers agree")]).await;
    assert_eq!(forwarded.status, StatusCode::SEE_OTHER, "{}", forwarded.text());
    assert_eq!(
        forwarded.header("location"),
        "/officer/files/APP-2026-000123?done=forward"
    );
    assert!(
        !clerk
            .get("/officer/queue")
            .await
            .text()
            .contains("/officer/files/APP-2026-000123")
    );
    let seen = clerk.get(forwarded.header("location")).await.text();
    assert!(
        seen.contains("Passed on to the next stage.") && seen.contains("papers agree"),
        "{seen}"
    );

    let registrar = server.sign_in(REGISTRAR).await;
    let asked = act(&registrar, &number, &[("act", "approve")]).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(
        asked.text().contains("You approve APP-2026-000123") && asked.text().contains("Asha Kumari"),
        "{}",
        asked.text()
    );
    let before = server.ledger.head().await.unwrap();
    let approved = send(&registrar, &number, &asked, &[("act", "approve"), ("confirmed", "yes")]).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text());
    assert_eq!(server.ledger.head().await.unwrap(), before + 1);
    // The same form once more: the same receipt, nothing more in the log.
    let again = send(&registrar, &number, &asked, &[("act", "approve"), ("confirmed", "yes")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(server.ledger.head().await.unwrap(), before + 1);
    let (state, _) = server.ledger.load::<Application>(&number).await.unwrap();
    assert!(matches!(state, Application::Decided { .. }));
}

#[tokio::test]
async fn one_person_does_not_pass_two_stages() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let both = server.sign_in("DEMO-103").await;
    let page = both.get(&format!("/officer/files/{number}")).await;
    assert_eq!(
        send(&both, &number, &page, &[("act", "forward")]).await.status,
        StatusCode::SEE_OTHER
    );
    let next = both.get(&format!("/officer/files/{number}")).await.text();
    assert!(!next.contains("name=\"act\""), "no form is drawn in vain");
    assert!(next.contains("the same officer"), "{next}");
    // Whoever makes the form up meets the rule.
    let csrf = page.field("csrf");
    let stage = server
        .catalogue
        .get("birth_certificate")
        .unwrap()
        .stages
        .last()
        .unwrap()
        .code
        .clone();
    let made_up = [
        ("csrf", csrf.as_str()),
        ("command_id", "6f1c6a52-1f0e-4a4b-9d0e-5d5c5a3b2a11"),
        ("stage", &stage),
        ("act", "approve"),
        ("confirmed", "yes"),
    ];
    let refused = both.post(&format!("/officer/files/{number}/acts"), &made_up).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("application.same_officer"));
}

#[tokio::test]
async fn a_lost_race_is_told_with_who_was_faster() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let clerk = server.sign_in(CLERK).await;
    let other = server.sign_in("DEMO-103").await;
    let stale = clerk.get(&format!("/officer/files/{number}")).await;
    assert_eq!(
        act(&other, &number, &[("act", "forward")]).await.status,
        StatusCode::SEE_OTHER
    );
    let head = server.ledger.head().await.unwrap();
    let late = send(&clerk, &number, &stale, &[("act", "forward")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
    assert!(
        late.text().contains("Meanwhile this happened: Passed on") && late.text().contains("DEMO-103"),
        "{}",
        late.text()
    );
    assert_eq!(server.ledger.head().await.unwrap(), head);
}

#[tokio::test]
async fn the_same_form_with_other_content_is_another_command() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let clerk = server.sign_in(CLERK).await;
    let page = clerk.get(&format!("/officer/files/{number}")).await;
    assert_eq!(
        send(&clerk, &number, &page, &[("act", "ask"), ("words", "Which hospital?")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    // Back, and another act with the form of before: it is not taken for the question, the rule judges it.
    let other = send(&clerk, &number, &page, &[("act", "forward")]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        other.text().contains("application.waiting_for_citizen"),
        "{}",
        other.text()
    );
}

#[tokio::test]
async fn refusing_needs_a_reason_and_is_checked_first() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    act(&server.sign_in(CLERK).await, &number, &[("act", "forward")]).await;
    let registrar = server.sign_in(REGISTRAR).await;
    let without = act(&registrar, &number, &[("act", "refuse"), ("words", "no papers")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        without.text().contains("application.reason_missing") && without.text().contains("no papers"),
        "what was typed stays"
    );
    let asked = act(
        &registrar,
        &number,
        &[("act", "refuse"), ("reason", "papers_do_not_match")],
    )
    .await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text().contains("You refuse APP-2026-000001"));
    let done = send(
        &registrar,
        &number,
        &asked,
        &[
            ("act", "refuse"),
            ("reason", "papers_do_not_match"),
            ("confirmed", "yes"),
        ],
    )
    .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

#[tokio::test]
async fn without_the_hidden_word_nothing_is_done() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let clerk = server.sign_in(CLERK).await;
    let page = clerk.get(&format!("/officer/files/{number}")).await;
    let (id, stage) = (page.field("command_id"), page.field("stage"));
    let head = server.ledger.head().await.unwrap();
    let others = server
        .sign_in(REGISTRAR)
        .await
        .get("/officer/shortcuts")
        .await
        .field("csrf");
    for csrf in ["", "wrong", &others] {
        let refused = clerk
            .post(
                &format!("/officer/files/{number}/acts"),
                &[
                    ("csrf", csrf),
                    ("command_id", &id),
                    ("stage", &stage),
                    ("act", "forward"),
                ],
            )
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(server.ledger.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_session_ends_by_rest_by_age_and_by_leaving() {
    let server = Server::start(true).await;
    let clerk = server.sign_in(CLERK).await;
    let inside = |answer: &Answer| answer.status == StatusCode::OK;
    server.wait(14);
    assert!(inside(&clerk.get("/officer/queue").await));
    server.wait(14);
    assert!(inside(&clerk.get("/officer/queue").await), "each step counts");
    server.wait(15);
    let ended = clerk.get("/officer/queue").await;
    assert_eq!(ended.header("location"), "/officer/sign-in?ended=yes");
    let late = clerk.post("/officer/shortcuts", &[("on", "no")]).await;
    assert_eq!(
        late.status,
        StatusCode::UNAUTHORIZED,
        "a form that came too late is told so"
    );
    assert!(late.text().contains("session.none"));

    let clerk = server.sign_in(CLERK).await;
    for _ in 0..34 {
        server.wait(14);
        assert!(inside(&clerk.get("/officer/queue").await));
    }
    server.wait(4);
    assert_eq!(
        clerk.get("/officer/queue").await.status,
        StatusCode::SEE_OTHER,
        "eight hours are over"
    );

    let clerk = server.sign_in(CLERK).await;
    let csrf = clerk.get("/officer/queue").await.field("csrf");
    let left = clerk.post("/officer/sign-out", &[("csrf", &csrf)]).await;
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        clerk.get("/officer/queue").await.status,
        StatusCode::SEE_OTHER,
        "the token itself is worth nothing now"
    );
}

#[tokio::test]
async fn whoever_leaves_office_is_out_at_once() {
    let server = Server::start(true).await;
    let clerk = server.sign_in(CLERK).await;
    assert_eq!(clerk.get("/officer/queue").await.status, StatusCode::OK);
    let relieve = domain::officer::Command::Relieve { at: server.now() };
    server
        .ledger
        .execute::<domain::officer::Officer>(CLERK, relieve, server.context())
        .await
        .unwrap();
    server.settled().await;
    assert_eq!(clerk.get("/officer/queue").await.status, StatusCode::SEE_OTHER);
    let again = server.send(form("/officer/sign-in", "", &[("officer", CLERK)])).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_token_is_not_stored() {
    let server = Server::start(true).await;
    let clerk = server.sign_in(CLERK).await;
    let token = clerk.cookie.split_once('=').unwrap().1;
    assert_eq!(token.len(), 43, "256 bits in base64url");
    let rows = server.ledger.rows("session", None, 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].key.contains(token) && !String::from_utf8_lossy(&rows[0].body).contains(token));
}

#[tokio::test]
async fn in_production_nobody_signs_in_without_a_proof() {
    let server = Server::start(false).await;
    let page = server.get("/officer/sign-in").await.text();
    assert!(page.contains("Sign-in is not available here yet.") && !page.contains("name=\"officer\""));
    let refused = server.send(form("/officer/sign-in", "", &[("officer", CLERK)])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("/auditor").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn papers_are_shown_and_run_nothing() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    let clerk = server.sign_in(CLERK).await;
    let paper = clerk.get(&format!("/officer/files/{number}/papers/1")).await;
    assert_eq!(paper.status, StatusCode::OK);
    assert_eq!(paper.header("content-type"), "image/png");
    assert_eq!(paper.header("x-content-type-options"), "nosniff");
    assert!(paper.header("content-security-policy").contains("sandbox"));
    assert!(paper.body.starts_with(b"\x89PNG"));
    for place in ["0", "99"] {
        assert_eq!(
            clerk
                .get(&format!("/officer/files/{number}/papers/{place}"))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(
        server.get(&format!("/officer/files/{number}/papers/1")).await.status,
        StatusCode::SEE_OTHER,
        "signed out"
    );
}

#[tokio::test]
async fn a_file_is_open_to_its_own_roles_only() {
    let server = Server::start(true).await;
    let number = server.submit(1).await;
    server.appoint("DEMO-900", vec!["test_examiner".into()]).await;
    server.settled().await;
    let stranger = server.sign_in("DEMO-900").await;
    assert_eq!(
        stranger.get(&format!("/officer/files/{number}")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        stranger.get(&format!("/officer/files/{number}/papers/1")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        stranger.get("/officer/files/APP-2026-999999").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        stranger.get("/officer/files/nonsense").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn filters_narrow_the_queue_and_can_be_taken_off() {
    let server = Server::start(true).await;
    server.submit(1).await;
    server.submit(2).await;
    let clerk = server.sign_in(CLERK).await;
    let all = clerk.get("/officer/queue").await.text();
    assert!(all.contains("APP-2026-000001") && all.contains("APP-2026-000002"));
    let none = clerk.get("/officer/queue?state=late").await.text();
    assert!(
        none.contains("No file fits these filters") && none.contains("href=\"/officer/queue\""),
        "{none}"
    );
    server.clock.set("2027-01-05T05:00:00Z".parse().unwrap());
    let clerk = server.sign_in(CLERK).await;
    assert!(
        clerk
            .get("/officer/queue?state=late&service=birth_certificate")
            .await
            .text()
            .contains("! 14 days late")
    );
    let found = clerk.get("/officer/queue?q=app%202026%202").await;
    assert_eq!(found.header("location"), "/officer/files/APP-2026-000002");
}

#[tokio::test]
async fn the_shortcuts_can_be_switched_off_for_good() {
    let server = Server::start(true).await;
    let clerk = server.sign_in(CLERK).await;
    let csrf = clerk.get("/officer/shortcuts").await.field("csrf");
    clerk.post("/officer/shortcuts", &[("csrf", &csrf), ("on", "no")]).await;
    assert!(
        server
            .sign_in(CLERK)
            .await
            .get("/officer/queue")
            .await
            .text()
            .contains("data-shortcuts=\"off\"")
    );
    assert!(
        !server
            .sign_in(REGISTRAR)
            .await
            .get("/officer/queue")
            .await
            .text()
            .contains("data-shortcuts=\"off\"")
    );
}
