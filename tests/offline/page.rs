//! The page as a person has it: opened once with a connection, then without any.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use certificates::status::{Status, StatusList};
use certificates::{Claims, Token};
use data_encoding::BASE32_NOPAD;
use domain::{CertificateNumber, Language};
use harness::{
    Applicant, Browser, DEADLINE, Need, Settings, World, credential_code, have, photo_of_code, photo_of_codes,
    pictures, wait_for,
};
use jiff::civil::Date;
use keys::{KeyDirectory, KeyStore, Purpose, SeededEntropy};
use serde_json::{Value, json};

const SUB_REGISTRAR: &str = "Sub-Registrar (Births and Deaths)";
const REGISTRAR: &str = "Registrar (Births and Deaths)";
/// What a phone fetches for all of it, as it travels.
const BYTES_MAX: usize = 500_000;
/// Lists for 20 million certificates of which one in a hundred was cancelled (docs/decisions/0032).
const LISTS_AT_SCALE: usize = 316_000;

/// What is checked.
struct Held {
    number: String,
    valid: String,
    revoked: String,
    spoiled: String,
    stranger: String,
    newcomer: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_checks_without_a_connection() -> Result<()> {
    let Some(browser) = Browser::start(390, 844).await? else {
        println!("left out: no Chromium on this machine");
        return Ok(());
    };
    let axe = if have(Need::Axe)? {
        Some(std::fs::read_to_string(std::env::var("PRAMAN_TEST_AXE")?).context("axe-core")?)
    } else {
        println!("left out: axe-core (PRAMAN_TEST_AXE is not set)");
        None
    };
    let mut world = World::start(Settings::default()).await?;
    let checked = checks(&mut world, &browser, axe.as_deref()).await;
    checked.with_context(|| world.last_words())?;
    browser.close().await?;
    world.stop().await
}

async fn checks(world: &mut World, browser: &Browser, axe: Option<&str>) -> Result<()> {
    let held = issued(world).await?;
    is_small(world).await?;
    let page = Page {
        browser,
        base: world.base().to_owned(),
        axe,
    };
    page.opens("/offline?lang=en").await?;
    page.is_kept().await?;
    page.looks("offline-ready", "en").await?;

    // The connection is cut on both sides.
    world.stop().await?;
    browser.protocol("Network.enable", json!({})).await?;
    let cut = json!({ "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.protocol("Network.emulateNetworkConditions", cut).await?;
    ensure!(
        world.http().get(world.base()).send().await.is_err(),
        "the server has ended"
    );

    page.opens("/offline?lang=en").await?;
    page.says("#state", "Ready to check without a connection.").await?;
    page.says(".strip", "Demonstration").await?;
    page.checks(&held.valid, "valid", "Valid").await?;
    page.says(".particulars", "Arohi Verma").await?;
    page.says(".ticks", "Signed by the office? yes").await?;
    page.says(".ticks", "In the log of issued certificates? not checked")
        .await?;
    page.says(".ticks", "not on it").await?;
    page.looks("offline-valid", "en").await?;
    page.checks(&held.revoked, "revoked", "Cancelled").await?;
    page.says(".verdict", "The department cancelled (revoked) it.").await?;
    page.looks("offline-revoked", "en").await?;
    page.checks(&held.spoiled, "not_genuine", "Not genuine").await?;
    page.shows_nothing("Arohi Verma").await?;
    page.looks("offline-not-genuine", "en").await?;
    page.checks(&held.stranger, "not_genuine", "Not genuine").await?;
    page.shows_nothing("Sample Stranger").await?;
    // A key that came after the kept keys may be one of the office's.
    page.checks(&held.newcomer, "unknown", "Cannot confirm now").await?;
    page.shows_nothing("Sample Stranger").await?;
    page.checks(&held.number, "unknown", "Cannot confirm now").await?;
    page.says(".verdict", "A number alone cannot be checked without a connection.")
        .await?;
    page.checks("something else", "unreadable", "Could not read").await?;
    page.looks("offline-unreadable", "en").await?;

    // A photo of the code, read by our own module: this browser has no reader of its own.
    let photo = photo_of_code(&format!("HTTPS://EXAMPLE.ORG/C/{}", held.revoked))?;
    let file = browser.keeps(&photo, "photo.jpg")?;
    page.opens("/offline?lang=en").await?;
    browser.types("#file", &file).await?;
    page.answers("revoked", "Cancelled").await?;
    // A certificate carries its credential twice: once for wallets.
    let address = format!("HTTPS://EXAMPLE.ORG/C/{}", held.valid);
    let wallet = certificates::Token::parse(&held.valid)?.to_claim_169()?;
    let photo = photo_of_codes(&[&address, &wallet])?;
    let file = browser.keeps(&photo, "photo of both.jpg")?;
    page.opens("/offline?lang=en").await?;
    browser.types("#file", &file).await?;
    page.answers("valid", "Valid").await?;

    // The address in the code, as a phone's own camera opens it.
    page.opens(&format!("/C/{}?lang=hi", held.valid)).await?;
    page.answers("valid", "मान्य").await?;
    page.looks("offline-code-valid", "hi").await?;
    page.opens(&format!("/C/{}", held.revoked)).await?;
    page.answers("revoked", "रद्द").await?;
    page.looks("offline-code-revoked", "hi").await?;

    in_a_day(&page, &held).await?;
    without_lists(&page, &held).await?;

    // With the connection the register answers again, at the same address.
    let back = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.protocol("Network.emulateNetworkConditions", back).await?;
    world.restart().await?;
    page.opens(&format!("/C/{}?lang=en", held.revoked)).await?;
    page.says(".ticks", "position").await?;
    page.opens("/offline?lang=en").await?;
    page.is_kept().await
}

/// The phone's clock is a day on, and nothing was fetched since.
async fn in_a_day(page: &Page<'_>, held: &Held) -> Result<()> {
    let later = "const now = Date.now.bind(Date); Date.now = () => now() + 25 * 3600 * 1000;";
    let script = json!({ "source": later });
    let added = page
        .browser
        .protocol("Page.addScriptToEvaluateOnNewDocument", script)
        .await?;
    for language in ["en", "hi"] {
        page.opens(&format!("/offline?lang={language}")).await?;
        let word = if language == "en" {
            "Cannot confirm now"
        } else {
            "अभी पक्का नहीं"
        };
        page.checks(&held.valid, "unknown", word).await?;
        let amber = page
            .browser
            .looks("return document.querySelector('.verdict').classList.contains('stale')")
            .await?;
        ensure!(amber == true, "an old list is told by the colour as well");
        let state = page
            .browser
            .looks("return document.getElementById('state').dataset.state")
            .await?;
        ensure!(state == "stale", "{state}");
        page.says(
            "#state",
            if language == "en" {
                "25 hours old"
            } else {
                "25 घंटे पुरानी"
            },
        )
        .await?;
        page.looks("offline-stale", language).await?;
    }
    // What is final is told however old the list is.
    page.checks(&held.revoked, "revoked", "रद्द").await?;
    page.checks(&held.spoiled, "not_genuine", "असली नहीं").await?;
    let added = json!({ "identifier": added["value"]["identifier"] });
    page.browser
        .protocol("Page.removeScriptToEvaluateOnNewDocument", added)
        .await?;
    Ok(())
}

/// Nothing is called valid without a list, nor anything else without keys.
async fn without_lists(page: &Page<'_>, held: &Held) -> Result<()> {
    let forget = async |what: &str| -> Result<()> {
        let script = "const [what, done] = arguments; caches.open('praman-kept').then(async (cache) => {\
            for (const one of await cache.keys()) if (one.url.includes(what)) await cache.delete(one); done('');\
        }, (error) => done(String(error)));";
        let said = page.browser.window().execute_async(script, vec![json!(what)]).await?;
        ensure!(said == "", "{said}");
        Ok(())
    };
    forget("/status/").await?;
    page.opens("/offline?lang=en").await?;
    page.says("#state", "There is no list of cancelled certificates yet")
        .await?;
    page.checks(&held.valid, "unknown", "Cannot confirm now").await?;
    page.looks("offline-no-list", "en").await?;
    page.checks(&held.spoiled, "not_genuine", "Not genuine").await?;
    forget("praman-keys").await?;
    page.opens("/offline?lang=en").await?;
    page.says("#state", "The office's keys are not here yet.").await?;
    for code in [&held.valid, &held.revoked, &held.spoiled, &held.stranger] {
        page.checks(code, "unknown", "Cannot confirm now").await?;
        page.shows_nothing("Arohi Verma").await?;
    }
    Ok(())
}

/// The page in the browser.
struct Page<'b> {
    browser: &'b Browser,
    base: String,
    axe: Option<&'b str>,
}

impl Page<'_> {
    async fn opens(&self, path: &str) -> Result<()> {
        self.browser.opens(&format!("{}{path}", self.base)).await?;
        self.waits(
            "return !document.getElementById('state') || document.getElementById('state').dataset.state !== undefined",
        )
        .await
    }

    async fn waits(&self, script: &str) -> Result<()> {
        wait_for(script, DEADLINE, async || {
            Ok((self.browser.looks(script).await? == true).then_some(()))
        })
        .await
    }

    /// The browser has everything, and newer lists were asked for.
    async fn is_kept(&self) -> Result<()> {
        self.waits("return document.body.dataset.kept === 'yes' && document.body.dataset.asked === 'yes'")
            .await?;
        self.waits("return document.getElementById('state').dataset.state === 'ready'")
            .await
    }

    async fn says(&self, css: &str, words: &str) -> Result<()> {
        let text = self.browser.reads(css).await?;
        ensure!(text.contains(words), "{css} has no {words:?}: {text}");
        Ok(())
    }

    async fn shows_nothing(&self, of: &str) -> Result<()> {
        let text = self.browser.reads("main").await?;
        ensure!(!text.contains(of), "{of} is shown: {text}");
        Ok(())
    }

    /// Pastes a code and asks.
    async fn checks(&self, code: &str, verdict: &str, word: &str) -> Result<()> {
        let emptied = "document.getElementById('text').value = ''; document.getElementById('result').replaceChildren()";
        self.browser.looks(emptied).await?;
        self.browser.types("#text", code).await?;
        self.browser.clicks("#by-text button").await?;
        self.answers(verdict, word).await
    }

    async fn answers(&self, verdict: &str, word: &str) -> Result<()> {
        let class = self
            .waits("return document.querySelector('#result .verdict') !== null")
            .await;
        class.with_context(|| format!("waiting for {verdict}"))?;
        let class = self
            .browser
            .looks("return document.querySelector('.verdict').className")
            .await?;
        let class = class.as_str().unwrap_or_default().to_owned();
        let heading = self.browser.reads("#verdict").await?;
        ensure!(
            class.split(' ').any(|name| name == verdict) && heading.contains(word),
            "{verdict} expected: {class}: {heading}"
        );
        let title = self.browser.looks("return document.title").await?;
        ensure!(title.as_str().is_some_and(|title| title.starts_with(word)), "{title}");
        Ok(())
    }

    /// A picture of the page, and what is wrong with it.
    async fn looks(&self, name: &str, language: &str) -> Result<()> {
        let name = format!("{name}-{language}-390");
        self.browser.picture(&pictures()?.join(format!("{name}.png"))).await?;
        let problems = self.browser.looked_over(self.axe, &name, language).await?;
        ensure!(problems.is_empty(), "{}", problems.join("\n"));
        Ok(())
    }
}

async fn get(world: &World, path: &str) -> Result<reqwest::Response> {
    let url = format!("{}{path}", world.base());
    let asked = world.http().get(url).header("accept-encoding", "gzip");
    Ok(asked.send().await?.error_for_status()?)
}

/// Everything that a browser fetches to check without a connection, as it travels.
#[expect(clippy::print_stdout, reason = "a test tells what it has measured")]
async fn is_small(world: &World) -> Result<()> {
    let worker = get(world, "/sw.js").await?.headers().get("content-encoding").cloned();
    ensure!(
        worker.is_some_and(|encoding| encoding == "gzip"),
        "measured as it travels"
    );
    let script = world
        .http()
        .get(format!("{}/sw.js", world.base()))
        .send()
        .await?
        .text()
        .await?;
    let known = script.split_once("const known = ").context("what the worker knows")?.1;
    let known: Value = serde_json::from_str(known.split(";\n").next().unwrap_or_default())?;
    let mut paths: Vec<String> = serde_json::from_value(known["shell"].clone())?;
    ensure!(paths.len() == 7, "{paths:?}");
    paths.extend(["/sw.js", "/.well-known/praman-keys.json", "/status/0"].map(str::to_owned));
    let mut all = 0;
    for path in &paths {
        let bytes = get(world, path).await?.bytes().await?.len();
        println!("{bytes:>8}  {path}");
        all += bytes;
    }
    let reader = get(world, known["reader"].as_str().context("the reader")?)
        .await?
        .bytes()
        .await?
        .len();
    println!("{all:>8}  together; {reader} more where the browser reads no codes");
    ensure!(
        all + LISTS_AT_SCALE < BYTES_MAX,
        "with the lists of 20 million certificates: {}",
        all + LISTS_AT_SCALE
    );
    ensure!(all + reader < BYTES_MAX, "with the reader of codes: {}", all + reader);
    Ok(())
}

/// Two certificates of the office, of which one is cancelled and on the published list; and forgeries.
async fn issued(world: &World) -> Result<Held> {
    let mut codes = Vec::new();
    let mut registrar = world.officer_who_is(REGISTRAR).await?;
    let mut files = Vec::new();
    for (phone, name) in [
        ("919810000031", "अरोही वर्मा / Arohi Verma"),
        ("919810000032", "इरा वर्मा / Ira Verma"),
    ] {
        let mut mother = Applicant::new(world.citizen(phone, "Meena"), Language::Hi).answers("child_name", name);
        let file = mother.applies("birth_certificate").await?;
        world
            .officer_who_is(SUB_REGISTRAR)
            .await?
            .acts(&file, "forward", &[])
            .await?;
        mother.citizen.next().await?;
        registrar.acts(&file, "approve", &[]).await?;
        let (_, pdf) = mother.citizen.receives_document().await?;
        codes.push(credential_code(&pdf)?);
        files.push(file);
    }
    let [valid, revoked] = codes.try_into().ok().context("two certificates")?;
    registrar.revokes(&files[1], "mistake").await?;
    let place = |code: &str| {
        Token::parse(code)?
            .claims()
            .status_index
            .context("a place in the lists")
    };
    let directory = KeyDirectory::from_json(&get_plain(world, "/.well-known/praman-keys.json").await?)?;
    wait_for("the list to tell it", DEADLINE, async || {
        let list = StatusList::open(&get_plain(world, "/status/0").await?, &directory)?;
        Ok((list.status_of(place(&revoked)?) == Some(Status::Invalid)).then_some(()))
    })
    .await?;
    let mut bytes = BASE32_NOPAD.decode(valid.as_bytes())?;
    let middle = bytes.len() - 80;
    bytes[middle] ^= 1;
    let mut spoiled = BASE32_NOPAD.encode(&bytes);
    if Token::parse(&spoiled).is_err() {
        // The change hit the form: one in the signature leaves that as it is.
        bytes[middle] ^= 1;
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        spoiled = BASE32_NOPAD.encode(&bytes);
    }
    let token = Token::parse(&valid)?;
    let today = token.claims().issued_on;
    Ok(Held {
        number: token.claims().number.to_string(),
        stranger: strangers(world.folder(), "2026-01-02".parse()?)?,
        newcomer: strangers(world.folder(), today.tomorrow()?)?,
        valid,
        revoked,
        spoiled,
    })
}

async fn get_plain(world: &World, path: &str) -> Result<Vec<u8>> {
    let url = format!("{}{path}", world.base());
    Ok(world
        .http()
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?
        .to_vec())
}

/// A credential by somebody whose keys nobody published.
fn strangers(folder: &Path, issued_on: Date) -> Result<String> {
    let path = folder.join(format!("stranger-{issued_on}.json"));
    let begin = "2025-01-01T00:00:00Z".parse()?;
    let store = KeyStore::create(&path, "x", &SeededEntropy::new(99), true, begin, "Stranger")?;
    let claims = Claims {
        number: CertificateNumber::from_random("BC", 77).context("a number")?,
        issued_on,
        expires_on: None,
        name: "Sample Stranger".to_owned(),
        second_name: None,
        guardian: None,
        born: None,
        particular: None,
        log_position: 1,
        status_index: Some(1),
        record_digest: [1; 16],
    };
    let signer = store.signer(Purpose::Credential)?;
    Ok(Token::sign(&claims, "verify.sample.example", &*signer)?.code())
}
