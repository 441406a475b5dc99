//! The module that is in the repository answers in a browser, byte for byte, what the library answers here: for good and spoiled
//! credentials, good and spoiled lists, at many times.

use anyhow::{Context, Result};
use certificates::{
    Claims, Token,
    status::{Status, StatusList, Statuses},
};
use data_encoding::{BASE32_NOPAD, BASE64};
use domain::CertificateNumber;
use harness::Browser;
use jiff::SignedDuration;
use keys::Purpose;
use serde_json::{Value, json};
use verifier::{CHECKING_MODULE, Kept, asked};

use crate::chance::Chance;
use crate::issuer::{self, HOST, World};
use crate::spoil::{KINDS, Spoiled};

/// `PRAMAN_TEST_ALIKE` makes the campaign longer.
const QUESTIONS_BY_DEFAULT: usize = 6_000;

/// Loads the module and keeps it for the next script.
const LOAD: &str = "const done = arguments[arguments.length - 1];\
    const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));\
    WebAssembly.instantiate(bytes, {}).then(({ instance }) => { window.kept = instance.exports; done('loaded'); },\
        (error) => done(String(error)));";

/// Calls it: a list of `[call, input in base64 or a text]`; the answers as texts.
const CALL: &str = "const { memory, input, output, ...calls } = window.kept;\
    return arguments[0].map(([name, given, binary]) => {\
        const bytes = binary ? Uint8Array.from(atob(given), (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(given);\
        const place = input(bytes.length);\
        new Uint8Array(memory.buffer, place, bytes.length).set(bytes);\
        const length = calls[name]();\
        return new TextDecoder().decode(new Uint8Array(memory.buffer, output(), length));\
    });";

#[tokio::test]
async fn the_module_answers_as_the_library_does() -> Result<()> {
    let Some(browser) = Browser::start(1280, 900).await? else {
        println!("left out: no Chromium on this machine");
        return Ok(());
    };
    let window = browser.window();
    browser.opens("about:blank").await?;
    let loaded = window
        .execute_async(LOAD, vec![json!(BASE64.encode(CHECKING_MODULE))])
        .await?;
    assert_eq!(loaded, "loaded");

    let world = World::new();
    let mut chance = Chance::new(0x6f66_666c);
    let directory = world.trust().directory.made_at(issuer::now()).to_json()?;
    let (mut kept, mut lists) = (Kept::default(), lists(&world)?);
    // Spoiled lists stand between the good ones.
    for list in lists.clone() {
        for _ in 0..40 {
            let mut spoiled = list.clone();
            let place = chance.below(spoiled.len());
            spoiled[place] ^= 1 << chance.below(8);
            let cut = chance.below(spoiled.len());
            lists.push(if chance.below(4) == 0 {
                spoiled[..cut].to_vec()
            } else {
                spoiled
            });
        }
    }
    let mut calls = vec![
        json!(["list", BASE64.encode(&lists[0]), true]),
        json!(["keys", &directory[..directory.len() / 2], false]),
        json!(["keys", directory, false]),
    ];
    calls.extend(lists.iter().map(|list| json!(["list", BASE64.encode(list), true])));
    let answers = call(&browser, &calls).await?;
    assert!(
        answers[0].contains("error") && answers[1].contains("error"),
        "{:?}",
        &answers[..2]
    );
    assert_eq!(answers[2], "{}");
    kept.keys(directory.as_bytes())?;
    let mut accepted = 0;
    for (list, answer) in lists.iter().zip(&answers[3..]) {
        match kept.list(list.clone()) {
            Ok(taken) => {
                accepted += 1;
                assert_eq!(answer, &serde_json::to_string(&taken)?);
            }
            Err(error) => assert_eq!(answer, &json!({ "error": error.to_string() }).to_string()),
        }
    }
    assert_eq!(accepted, 3, "a spoiled list is none");

    let questions = questions(&world, &mut chance)?;
    let mut verdicts = std::collections::BTreeMap::<String, usize>::new();
    for some in questions.chunks(500) {
        let calls: Vec<Value> = some.iter().map(|question| json!(["check", question, false])).collect();
        for (question, answer) in some.iter().zip(call(&browser, &calls).await?) {
            assert_eq!(answer, asked(&kept, question.as_bytes()), "{question}");
            let told: Value = serde_json::from_str(&answer)?;
            let verdict = told["verdict"].as_str().unwrap_or("error");
            *verdicts
                .entry(format!("{verdict} ({})", told["reason"].as_str().unwrap_or_default()))
                .or_default() += 1;
        }
    }
    println!("{} questions, answered alike: {verdicts:#?}", questions.len());
    for seen in [
        "valid (holds)",
        "revoked (revoked)",
        "suspended (suspended)",
        "superseded (superseded)",
        "expired (expired)",
        "not_genuine (signature_bad)",
        "not_genuine (kid_unknown)",
        "unknown (status_stale)",
        "unknown (status_unavailable)",
        "unknown (keys_stale)",
        "unreadable (not_ours)",
        "unreadable (damaged_code)",
        "error ()",
    ] {
        assert!(verdicts.contains_key(seen), "{seen} is never asked for: {verdicts:?}");
    }
    browser.close().await
}

async fn call(browser: &Browser, calls: &[Value]) -> Result<Vec<String>> {
    let answers = browser.window().execute(CALL, vec![json!(calls)]).await?;
    serde_json::from_value(answers).context("a text for each call")
}

fn status(place: u64) -> Status {
    match place % 5 {
        1 => Status::Invalid,
        2 => Status::Suspended,
        3 => Status::Superseded,
        _ => Status::Valid,
    }
}

/// Three lists of one issuer: a fresh one, one whose time is nearly over, and one that nobody asks for.
fn lists(world: &World) -> Result<Vec<Vec<u8>>> {
    let signer = world.stores[0].signer(Purpose::Status)?;
    let mut statuses = Statuses::default();
    for place in 0..64 {
        statuses.set(place, status(place));
    }
    let at = issuer::now();
    let old = at - SignedDuration::from_hours(23);
    Ok(vec![
        StatusList::sign(0, HOST, &statuses, at, &*signer)?,
        StatusList::sign(1, HOST, &statuses, old, &*signer)?,
        StatusList::sign(7, HOST, &Statuses::default(), at, &*signer)?,
    ])
}

/// Credentials on every list, with and without an end, of known and unknown keys, and spoiled in every known way; with times
/// before, within and after all that.
fn questions(world: &World, chance: &mut Chance) -> Result<Vec<String>> {
    let wanted = std::env::var("PRAMAN_TEST_ALIKE").map_or(Ok(QUESTIONS_BY_DEFAULT), |given| given.parse())?;
    let mut texts: Vec<String> = world.tokens.iter().map(Token::code).collect();
    for turn in 0..200_u64 {
        // Some of the third issuer, whose keys nobody knows.
        let store = &world.stores[usize::try_from(turn % 7 / 5 * 2)?];
        let signer = store.signer(Purpose::Credential)?;
        let day = |text: &str| text.parse();
        let claims = Claims {
            number: CertificateNumber::from_random("BC", 0x3_0000_0001 * (turn + 1)).context("a number")?,
            issued_on: if turn % 3 == 0 {
                day("2026-11-23")?
            } else {
                day("2026-06-01")?
            },
            expires_on: (turn % 4 == 0).then(|| day("2026-11-23")).transpose()?,
            name: "नमूना Sample".to_owned(),
            second_name: (turn % 2 == 0).then(|| "दूसरा नाम".to_owned()),
            guardian: None,
            born: None,
            particular: None,
            log_position: turn + 1,
            status_index: (turn % 11 != 10).then_some((turn % 3) * (1 << 20) + turn % 70),
            record_digest: [7; 16],
        };
        let token = Token::sign(&claims, HOST, &*signer)?;
        texts.push(if turn % 2 == 0 {
            token.url(HOST)
        } else {
            token.to_claim_169()?
        });
    }
    texts.extend(
        [
            "",
            "hello",
            "DLBC-7K3M-9Q2X-H4TW",
            "DLBC-7K3M-9Q2X-H4TX",
            "2KCETIQBE4CE",
            "HTTPS://X/C/2KCETIQBE4CE",
        ]
        .map(str::to_owned),
    );
    let good = texts.len();
    for attempt in 0.. {
        if texts.len() >= wanted {
            break;
        }
        let kind = &KINDS[usize::try_from(attempt)? % KINDS.len()];
        texts.push(
            match (kind.make)(world, attempt / u64::try_from(KINDS.len())?, chance) {
                Spoiled::Bytes(bytes) => BASE32_NOPAD.encode(&bytes),
                Spoiled::Text(text) => text,
            },
        );
    }
    let at = issuer::now();
    let hours = [0, 0, 0, 1, 2, 26, 24 * 400, -48, -24 * 365];
    let mut questions = Vec::new();
    for (turn, text) in texts.iter().enumerate() {
        // Each good one at each time.
        let times = if turn < good {
            &hours[2..]
        } else {
            &hours[turn % hours.len()..=turn % hours.len()]
        };
        for hour in times {
            let now = (at + SignedDuration::from_hours(*hour)).as_millisecond();
            let on = [json!(null), json!("2026-11-22"), json!("2026-01-01")][turn % 3].clone();
            questions.push(json!({ "text": text, "now": now, "on": on }).to_string());
        }
    }
    questions.extend(
        [
            "",
            "{}",
            "{\"text\":\"\",\"now\":1e30,\"on\":null}",
            "{\"text\":\"\",\"now\":9223372036854775807,\"on\":null}",
        ]
        .map(str::to_owned),
    );
    Ok(questions)
}
