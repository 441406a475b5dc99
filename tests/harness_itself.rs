//! The harness, tried before anything is believed of it: it must wait for states, notice what died, keep cookies,
//! send forms as a browser does, and really drive a browser.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::Form;
use axum::http::HeaderMap;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use harness::{Browser, Database, Process, Session, free_port, wait_for};

#[tokio::test]
async fn a_wait_ends_with_the_state_or_names_what_never_came() -> Result<()> {
    let mut looks = 0;
    let third = wait_for("the third look", Duration::from_secs(5), async || {
        looks += 1;
        Ok((looks == 3).then_some(looks))
    });
    assert_eq!(third.await?, 3);
    let never = wait_for::<()>("a state that never comes", Duration::from_millis(60), async || Ok(None)).await;
    assert!(format!("{:#}", never.unwrap_err()).contains("a state that never comes"));
    let broken = wait_for::<()>("anything", Duration::from_secs(5), async || {
        anyhow::bail!("the look failed")
    })
    .await;
    assert!(format!("{:#}", broken.unwrap_err()).contains("the look failed"));
    Ok(())
}

#[test]
fn ports_are_free_and_not_given_twice() {
    let ports: Vec<u16> = (0..20).map(|_| free_port().unwrap()).collect();
    let mut unique = ports.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ports.len(), "{ports:?}");
}

#[tokio::test]
async fn a_program_that_dies_before_it_answers_is_noticed_with_its_last_words() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let script = ["-c", "echo the disk is full >&2; exit 3"];
    let mut process = Process::start(Path::new("/bin/sh"), &script, &BTreeMap::new(), &log)?;
    let url = format!("http://127.0.0.1:{}/", free_port()?);
    let error = format!(
        "{:#}",
        process.answers(&reqwest::Client::new(), &url).await.unwrap_err()
    );
    assert!(
        error.contains("exit status: 3") && error.contains("the disk is full"),
        "{error}"
    );
    assert!(process.kill().await.is_err(), "what has ended cannot be killed");
    Ok(())
}

#[tokio::test]
async fn stop_is_asked_and_kill_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let polite = [
        "-c",
        "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done",
    ];
    let start = || Process::start(Path::new("/bin/sh"), &polite, &BTreeMap::new(), &log);
    let process = start()?;
    process.says("up").await?;
    process.stop().await?;
    assert_eq!(std::fs::read_to_string(&log)?, "up\nbye\n");
    let process = start()?;
    // Only its own words count, not those of the process before it in the same log.
    process.says("up").await?;
    process.kill().await?;
    assert_eq!(
        std::fs::read_to_string(&log)?,
        "up\nbye\nup\n",
        "a kill leaves no time for a word"
    );
    Ok(())
}

#[tokio::test]
async fn nothing_of_the_callers_settings_reaches_a_program() -> Result<()> {
    let settings = BTreeMap::from([("PRAMAN_GIVEN".to_owned(), "yes".to_owned())]);
    let ended = Process::run(Path::new("/usr/bin/env"), &[], &settings).await?;
    let ours: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("PRAMAN_"))
        .collect();
    assert_eq!(ours, ["PRAMAN_GIVEN=yes"]);
    assert_eq!(ended.code(), Some(0));
    Ok(())
}

/// A page with a form that signs in, and one behind it that only the cookie opens.
async fn small_site() -> Result<String> {
    async fn entrance() -> Html<&'static str> {
        Html(
            r#"<!doctype html><html lang="en"><title>Entrance</title><form method="post">
            <input type="hidden" name="ticket" value="a&amp;b"><label>Name <input name="login"></label>
            <button name="go" value="1">Sign in</button></form></html>"#,
        )
    }
    async fn sign_in(headers: HeaderMap, Form(fields): Form<BTreeMap<String, String>>) -> impl IntoResponse {
        let origin = headers.contains_key("origin") && headers["sec-fetch-site"] == "same-origin";
        let complete = fields["ticket"] == "a&b" && fields["go"] == "1";
        let cookie = format!("visit={}-{origin}-{complete}; HttpOnly; Path=/", fields["login"]);
        (
            axum::http::StatusCode::SEE_OTHER,
            [(SET_COOKIE, cookie), (LOCATION, "inside".to_owned())],
        )
    }
    async fn inside(headers: HeaderMap) -> String {
        headers
            .get("cookie")
            .map_or("nobody".to_owned(), |cookie| cookie.to_str().unwrap().to_owned())
    }
    let site = Router::new()
        .route("/entrance", get(entrance).post(sign_in))
        .route("/inside", get(inside));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, site).await });
    Ok(base)
}

#[tokio::test]
async fn a_session_signs_in_as_a_browser_does() -> Result<()> {
    let mut session = Session::new(&small_site().await?)?;
    assert_eq!(session.open("/inside").await?.html(), "nobody");
    let page = session.open("/entrance").await?;
    let mut form = page.form_with_button("Sign in")?;
    form.fill("login", "asha")?;
    let page = session.send(&page, &form, Some("Sign in")).await?;
    assert_eq!(
        (page.url.path(), page.html().as_str()),
        ("/inside", "visit=asha-true-true")
    );
    assert_eq!(
        session.open("/inside").await?.html(),
        "visit=asha-true-true",
        "the cookie stays"
    );
    Ok(())
}

#[tokio::test]
async fn a_real_browser_sees_what_a_session_sees() -> Result<()> {
    let Some(browser) = Browser::start(800, 600).await? else {
        println!("left out: no Chromium on this machine");
        return Ok(());
    };
    let window = browser.window();
    window.goto(&format!("{}/entrance", small_site().await?)).await?;
    assert_eq!(window.title().await?, "Entrance");
    window
        .find(fantoccini::Locator::Css("input[name=login]"))
        .await?
        .send_keys("asha")
        .await?;
    window.find(fantoccini::Locator::Css("button")).await?.click().await?;
    wait_for("the page behind the form", harness::DEADLINE, async || {
        Ok((window.current_url().await?.path() == "/inside").then_some(()))
    })
    .await?;
    let text = window.find(fantoccini::Locator::Css("body")).await?.text().await?;
    assert_eq!(text, "visit=asha-true-true");
    let folder = tempfile::tempdir()?;
    let picture = folder.path().join("page.png");
    browser.picture(&picture).await?;
    assert!(std::fs::read(&picture)?.starts_with(b"\x89PNG"));
    browser.close().await
}

#[tokio::test]
async fn every_database_is_new() -> Result<()> {
    let Some(first) = Database::fresh().await? else {
        println!("left out: PRAMAN_TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    let second = Database::fresh().await?.expect("the server is still there");
    assert_ne!(first.url(), second.url());
    Ok(())
}
