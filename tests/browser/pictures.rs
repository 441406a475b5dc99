//! Every page in both languages, wide and narrow.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use harness::{Browser, World, officers};
use serde_json::Value;

use crate::Held;

/// The pages, by the name of their picture; `{…}` is filled in.
const PAGES: &[(&str, &str)] = &[
    ("front", "/"),
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
    let folder = folder()?;
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
                problems.extend(looked_over(browser, checker, &picture, language).await?);
            }
        }
    }
    narrow.close().await?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

fn folder() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let folder = target.join("pictures");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

async fn signs_in(world: &World, browser: &Browser, designation: &str) -> Result<()> {
    let officer = officers(world.base(), designation).await?.remove(0);
    browser.opens(&format!("{}/officer/sign-in", world.base())).await?;
    browser.clicks(&format!("input[name=officer][value={officer}]")).await?;
    browser.clicks("main form button").await?;
    browser.reads("form[action=\"/officer/sign-out\"]").await?;
    Ok(())
}

/// What is wrong with the page that is open.
async fn looked_over(browser: &Browser, checker: Option<&str>, picture: &str, language: &str) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let lang = browser.looks("return document.documentElement.lang").await?;
    if !lang.as_str().is_some_and(|lang| lang.starts_with(language)) {
        problems.push(format!("{picture}: the page is in {lang}"));
    }
    let beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    if browser.looks(beyond).await?.as_f64().is_some_and(|pixels| pixels > 0.0) {
        problems.push(format!("{picture}: the page is wider than the window"));
    }
    let outside = "return performance.getEntriesByType('resource').map(entry => entry.name)\
        .filter(name => !name.startsWith(location.origin))";
    let outside = browser.looks(outside).await?;
    if outside.as_array().is_some_and(|names| !names.is_empty()) {
        problems.push(format!("{picture}: asks others: {outside}"));
    }
    let Some(checker) = checker else { return Ok(problems) };
    let window = browser.window();
    window.execute(checker, vec![]).await.context("load axe-core")?;
    let run = "const done = arguments[arguments.length - 1];\
        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })\
            .then(found => done(found.passes.length < 10 ? `only ${found.passes.length} rules were tried`\
                : found.violations.map(violation => ({ id: violation.id, help: violation.help,\
                    nodes: violation.nodes.slice(0, 3).map(node => node.html.slice(0, 200)) }))),\
                error => done(String(error)));";
    let found = window.execute_async(run, vec![]).await.context("run axe-core")?;
    match found {
        Value::Array(found) => problems.extend(found.iter().map(|one| format!("{picture}: {one}"))),
        other => problems.push(format!("{picture}: axe-core says {other}")),
    }
    Ok(problems)
}
