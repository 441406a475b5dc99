//! A real Chromium: a learner applies in the chat page, two officers decide at the console, the PDF is downloaded from the
//! chat and checked on the page for it. Every page is then photographed in both languages, wide and narrow, and looked
//! over by axe-core. The pictures lie in `target/pictures`.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod pictures;

use anyhow::{Context, Result};
use domain::Language;
use harness::{
    Applicant, Browser, Chat, DEADLINE, Need, Phone as _, Settings, World, application_number, certificate_number,
    credential_code, have, officers, service, wait_for,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_chat_to_the_check() -> Result<()> {
    let Some(browser) = Browser::start(1280, 900).await? else {
        println!("left out: no Chromium on this machine");
        return Ok(());
    };
    let checker = if have(Need::Axe)? {
        Some(std::fs::read_to_string(std::env::var("PRAMAN_TEST_AXE")?).context("axe-core")?)
    } else {
        println!("left out: axe-core (PRAMAN_TEST_AXE is not set)");
        None
    };
    let mut world = World::start(Settings::default()).await?;
    let journey = journey(&world, &browser).await;
    let held = journey.with_context(|| world.last_words())?;
    let looked_over = pictures::of_every_page(&world, &browser, &held, checker.as_deref()).await;
    looked_over.with_context(|| world.last_words())?;
    browser.close().await?;
    world.is_sound().await?;
    world.stop().await
}

/// What the pictures show.
struct Held {
    /// A decided file.
    decided: String,
    /// A file that waits.
    waiting: String,
    /// The credential's code of the certificate.
    code: String,
    /// Where its PDF lies.
    file: String,
}

async fn journey(world: &World, browser: &Browser) -> Result<Held> {
    browser.opens(&format!("{}/simulator?lang=en", world.base())).await?;
    let mut learner = Applicant::new(Chat::new(browser, "citizen"), Language::En)
        .answers("applicant_name", "Imran Ali / इमरान अली")
        .answers("vehicle_classes", "mcwg,lmv");
    learner.greets().await?;
    let licence = service("learner_licence")?;
    learner.chooses(licence).await?;
    learner.fills_in(licence).await?;
    let receipt = learner.citizen.taps("Submit").await?;
    let number = application_number(receipt.text()).with_context(|| receipt.text().to_owned())?;

    let passed = [("test_date", "02-06-2025"), ("marks", "13")];
    signs_in(world, browser, "Test Examiner").await?;
    browser.clicks(&format!("#queue a[href$=\"{number}\"]")).await?;
    assert!(browser.reads("main").await?.contains("Imran Ali"));
    browser.clicks("#act-forward").await?;
    for (field, value) in passed {
        // Day, month and year in the order of an Indian browser; the field itself holds an ISO date.
        let typed = if field == "test_date" {
            typed_date(browser, field, value).await?
        } else {
            value.to_owned()
        };
        browser.types(&format!("#input_{field}"), &typed).await?;
    }
    browser.clicks("input[name=record_result][value=passed]").await?;
    browser.clicks("#act button").await?;
    let done = browser.reads(".done").await?;
    assert!(done.contains("Passed on to the next stage."), "{done}");

    signs_in(world, browser, "Motor Licensing Officer").await?;
    browser.clicks(&format!("#queue a[href$=\"{number}\"]")).await?;
    browser.clicks("#act-approve").await?;
    browser.clicks("#act button").await?;
    // What every page has would still be read on the page before.
    browser.reads("ul.sentences.lead").await?;
    let check = browser.reads("main").await?;
    assert!(
        check.contains("Approve this application?") && check.contains("Imran Ali"),
        "{check}"
    );
    browser.clicks("main form button").await?;
    let done = browser.reads(".done").await?;
    assert!(done.contains("Approved."), "{done}");

    browser.opens(&format!("{}/simulator?lang=en", world.base())).await?;
    let issued = |bubble: &harness::Bubble| bubble.text().contains("Your document is ready");
    let bubble = learner.citizen.waits_for("the certificate", issued).await?;
    let certificate = certificate_number(bubble.text()).context("the caption names the number")?;
    learner.citizen.downloads().await?;
    let pdf = browser.downloaded(".pdf").await?;
    assert!(pdf.starts_with(b"%PDF-"));

    let code = credential_code(&pdf)?;
    let file = browser.keeps(&pdf, "shown.pdf")?;
    browser.opens(&format!("{}/verify?lang=en", world.base())).await?;
    browser.types("#file", &file).await?;
    browser.clicks("#by-file button").await?;
    verdict(browser, &certificate).await?;
    browser.opens(&format!("{}/C/{code}?lang=en", world.base())).await?;
    verdict(browser, &certificate).await?;

    // The second phone of the page belongs to somebody who was sent the PDF.
    browser.opens(&format!("{}/simulator?lang=en", world.base())).await?;
    let mut school = Applicant::new(Chat::new(browser, "verifier"), Language::En);
    school.greets().await?;
    let told = school.citizen.uploads(pdf, "sent.pdf", "application/pdf").await?;
    assert!(
        told.text().starts_with("Valid:") && told.text().contains(&certificate),
        "{}",
        told.text()
    );

    let mut mother = Applicant::new(world.citizen("919810000021", "Sunita"), Language::Hi);
    let waiting = mother.applies("birth_certificate").await?;
    Ok(Held {
        decided: number,
        waiting,
        code,
        file,
    })
}

async fn signs_in(world: &World, browser: &Browser, designation: &str) -> Result<()> {
    let officer = officers(world.base(), designation).await?.remove(0);
    browser
        .opens(&format!("{}/officer/sign-in?lang=en", world.base()))
        .await?;
    browser.clicks(&format!("input[name=officer][value={officer}]")).await?;
    browser.clicks("main form button").await?;
    wait_for("the queue", DEADLINE, async || {
        Ok((browser.window().current_url().await?.path() == "/officer/queue").then_some(()))
    })
    .await
}

/// A date as the keys for Chromium's date field, whose order follows the browser's own language.
async fn typed_date(browser: &Browser, field: &str, day_first: &str) -> Result<String> {
    let month_first = browser
        .looks("return new Intl.DateTimeFormat().formatToParts(new Date()).find(p => p.type !== 'literal').type === 'month'")
        .await?;
    let parts: Vec<&str> = day_first.split('-').collect();
    assert_eq!(parts.len(), 3, "{field}");
    Ok(if month_first == true {
        format!("{}{}{}", parts[1], parts[0], parts[2])
    } else {
        parts.concat()
    })
}

async fn verdict(browser: &Browser, certificate: &str) -> Result<()> {
    let verdict = browser.reads("#verdict").await?;
    assert!(verdict.contains("Valid") && verdict.contains("मान्य"), "{verdict}");
    let page = browser.reads("main").await?;
    assert!(page.contains(certificate) && page.contains("Imran Ali"), "{page}");
    Ok(())
}
