//! Every page in both languages, wide and narrow.

use anyhow::{Context, Result, ensure};
use harness::{Browser, World, officers, pictures};

use crate::Held;

/// The pages, by the name of their picture; `{…}` is filled in.
const PAGES: &[(&str, &str)] = &[
    ("front", "/"),
    ("assistant", "/assistant"),
    ("chat", "/simulator"),
    ("sign-in", "/officer/sign-in"),
    ("queue", "/officer/queue"),
    ("file", "/officer/files/{waiting}"),
    ("decided", "/officer/files/{decided}"),
    ("hold", "/officer/files/{decided}/suspend"),
    ("correct", "/officer/files/{decided}/correct"),
    ("verify", "/verify"),
    ("verdict", "/C/{code}"),
    ("answers", "/verify/answers"),
    ("log", "/auditor"),
    ("audit", "/auditor/verify"),
    ("as-of", "/auditor/as-of?what={decided}"),
    ("as-of-all", "/auditor/as-of"),
    ("difference", "/auditor/difference?from=5"),
    ("officer-history", "/auditor/officers/DEMO-101"),
    ("event", "/auditor/events/5"),
    ("stream", "/auditor/streams/application/{decided}"),
    ("checkpoint", "/auditor/checkpoint"),
    ("views", "/auditor/views"),
    ("about", "/about"),
];

/// Photographs every page, and has axe-core, as a script, look it over.
pub(crate) async fn of_every_page(world: &World, wide: &Browser, held: &Held, checker: Option<&str>) -> Result<()> {
    let folder = pictures()?;
    let narrow = Browser::start(390, 844)
        .await?
        .context("the browser that was there a moment ago")?;
    let mut problems = Vec::new();
    for (browser, width) in [(wide, 1280), (&narrow, 390)] {
        let mut signed_in = "";
        for (name, address) in PAGES {
            let who = if address.starts_with("/officer/files/{decided}") {
                "Motor Licensing Officer"
            } else {
                "Sub-Registrar (Births and Deaths)"
            };
            if (address.starts_with("/officer/files/") || *name == "queue") && signed_in != who {
                signs_in(world, browser, who).await?;
                signed_in = who;
            }
            for language in ["en", "hi"] {
                let address = address
                    .replace("{waiting}", &held.waiting)
                    .replace("{decided}", &held.decided)
                    .replace("{code}", &held.code);
                let and = if address.contains('?') { '&' } else { '?' };
                browser
                    .opens(&format!("{}{address}{and}lang={language}", world.base()))
                    .await?;
                let picture = format!("{name}-{language}-{width}");
                browser.picture(&folder.join(format!("{picture}.png"))).await?;
                problems.extend(browser.looked_over(checker, &picture, language).await?);
            }
        }
        for language in ["en", "hi"] {
            let picture = format!("paper-{language}-{width}");
            let address = format!("{}/verify?lang={language}", world.base());
            browser.opens(&address).await?;
            browser.types("#file", &held.file).await?;
            browser.clicks("button[formaction=\"/verify/page\"]").await?;
            browser.reads("article").await?;
            browser.picture(&folder.join(format!("{picture}.png"))).await?;
            problems.extend(browser.looked_over(checker, &picture, language).await?);
        }
    }
    for (browser, width) in [(wide, 1280), (&narrow, 390)] {
        for language in ["en", "hi"] {
            let picture = format!("assistant-heard-{language}-{width}");
            tries(world, browser, language).await?;
            browser.picture(&folder.join(format!("{picture}.png"))).await?;
            problems.extend(browser.looked_over(checker, &picture, language).await?);
        }
    }
    narrow.close().await?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Tries the assistant twice: the second answer takes the place of the first one in the page.
async fn tries(world: &World, browser: &Browser, language: &str) -> Result<()> {
    browser
        .opens(&format!("{}/assistant?lang={language}", world.base()))
        .await?;
    for (words, shown) in [
        ("mere bete ka janam praman patra banwana hai, pin 110059", ".meant"),
        ("Aarav Sharma", ".talk li:nth-child(4)"),
    ] {
        browser.looks("window.stays = (window.stays ?? 0) + 1").await?;
        browser.types("#text", words).await?;
        browser.clicks(".compose button").await?;
        browser.reads(shown).await?;
    }
    let stayed = browser.looks("return window.stays").await?;
    ensure!(stayed == 2, "the page was loaded anew: {stayed}");
    let heard = browser.reads(".talk").await?;
    ensure!(heard.contains("Aarav Sharma") && heard.contains("110059"), "{heard}");
    Ok(())
}

async fn signs_in(world: &World, browser: &Browser, designation: &str) -> Result<()> {
    let officer = officers(world.base(), designation).await?.remove(0);
    browser.opens(&format!("{}/officer/sign-in", world.base())).await?;
    browser.clicks(&format!("input[name=officer][value={officer}]")).await?;
    browser.clicks("main form button").await?;
    browser.reads("form[action=\"/officer/sign-out\"]").await?;
    Ok(())
}
