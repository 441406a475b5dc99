//! The power goes between the steps of the verbs that make keys: the same verb again finishes what was begun, and there is one new key,
//! or one ceremony, whatever the point.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use harness::{Database, Ended, Settings, Store, World};
use serde_json::{Value, json};

/// In the order in which `keys new` and `keys rotate` pass them.
pub(crate) const CHANGES: &[&str] = &[
    "change.after_intent",
    "change.after_made",
    "change.after_file",
    "change.after_log",
    "change.after_answer",
];
/// From here on the key is in the file: the same verb tells of that one.
const MADE: &[&str] = &["change.after_file", "change.after_log", "change.after_answer"];

/// In the order in which `keys ceremony` passes them.
pub(crate) const CEREMONY: &[&str] = &[
    "ceremony.after_intent",
    "ceremony.after_made",
    "ceremony.after_file",
    "ceremony.after_log",
    "ceremony.after_answer",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_once_on_sqlite() -> Result<()> {
    keys_are_made_once(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_once_on_postgresql() -> Result<()> {
    Store::on_postgresql(keys_are_made_once).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ceremony_is_held_once_on_sqlite() -> Result<()> {
    for point in CEREMONY {
        a_ceremony_is_held_once(Store::Sqlite, point).await.context(*point)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ceremony_is_held_once_on_postgresql() -> Result<()> {
    for point in CEREMONY {
        let Some(database) = Database::fresh().await? else {
            println!("left out: PRAMAN_TEST_POSTGRES_URL is not set");
            return Ok(());
        };
        a_ceremony_is_held_once(Store::Postgres(database), point)
            .await
            .context(*point)?;
    }
    Ok(())
}

async fn keys_are_made_once(store: Store) -> Result<()> {
    let mut world = World::start(Settings {
        store,
        ..Settings::default()
    })
    .await?;
    world.stop().await?;
    for (verb, purpose) in [("rotate", "credential"), ("new", "checkpoint")] {
        for point in CHANGES {
            made_once(&world, verb, purpose, point)
                .await
                .with_context(|| format!("keys {verb}, killed at {point}"))?;
        }
    }
    something_else_comes_between(&world).await?;
    world.restart().await?;
    world.is_sound().await
}

async fn made_once(world: &World, verb: &str, purpose: &str, point: &str) -> Result<()> {
    let before = of(&listed(world).await?, purpose);
    let asked = ["keys", verb, "--purpose", purpose, "--json"];
    world.verb_dies_at(point, &asked).await?;
    let cut_off = listed(world).await?;
    ensure!(cut_off["begun"]["wanted"]["purpose"] == purpose, "{cut_off}");
    let answer = json_of(world.verb(&asked).await?)?;
    let after = listed(world).await?;
    let keys = of(&after, purpose);
    ensure!(keys.len() == before.len() + 1, "one key more: {after}");
    ensure!(after["begun"].is_null(), "nothing is left: {after}");
    ensure!(
        answer["changed"] == true && answer["resumed"] == MADE.contains(&point),
        "{answer}"
    );
    let new = keys.iter().find(|key| !before.iter().any(|old| old["id"] == key["id"]));
    let new = new.context("a new key")?;
    ensure!(new["id"] == answer["key"]["id"], "{answer}");
    if MADE.contains(&point) {
        ensure!(
            of(&cut_off, purpose).len() == keys.len(),
            "no second one was drawn: {cut_off}"
        );
    }
    let in_use = keys.iter().filter(|key| key["state"] == "in_use").count();
    ensure!(verb == "new" || in_use == 1, "{after}");
    // The log knows each of them, and each once.
    for key in &keys {
        let id = key["id"].as_str().context("an id")?;
        let told = events(world, &format!("signing_key/{id}")).await?;
        let of_kind = |kind: &str| told.iter().filter(|told| **told == kind).count();
        let ended = usize::from(key["state"] == "retired");
        ensure!(
            (of_kind("signing_key.activated"), of_kind("signing_key.retired")) == (1, ended),
            "{id}: {told:?}"
        );
    }
    Ok(())
}

/// What was begun by another verb stands or came to nothing; it is not taken for this one's.
async fn something_else_comes_between(world: &World) -> Result<()> {
    let rotate = ["keys", "rotate", "--purpose", "status", "--json"];
    let new = ["keys", "new", "--purpose", "witness", "--json"];
    let before = listed(world).await?;
    for (point, made) in [("change.after_made", 0), ("change.after_log", 1)] {
        world.verb_dies_at(point, &rotate).await?;
        let answer = json_of(world.verb(&new).await?)?;
        ensure!(
            answer["resumed"] == false && answer["key"]["purpose"] == "witness",
            "{answer}"
        );
        let now = listed(world).await?;
        ensure!(now["begun"].is_null(), "{now}");
        ensure!(of(&now, "status").len() == of(&before, "status").len() + made, "{now}");
    }
    // Asked for again after it was answered, it is another one: nobody had cut it off.
    let [first, second] = [json_of(world.verb(&new).await?)?, json_of(world.verb(&new).await?)?];
    ensure!(
        first["key"]["id"] != second["key"]["id"] && second["resumed"] == false,
        "{second}"
    );
    Ok(())
}

async fn a_ceremony_is_held_once(store: Store, point: &str) -> Result<()> {
    let environment = BTreeMap::from([("PRAMAN_KEY_PASSPHRASE".to_owned(), "a passphrase".to_owned())]);
    let world = World::not_started(store, environment).await?;
    let page = world.folder().join("page.txt");
    let page = page.to_str().context("a name in UTF-8")?;
    let asked = [
        "keys",
        "ceremony",
        "--issuer",
        "Office",
        "--present",
        "Registrar",
        "--present",
        "Auditor",
        "--json",
        "--out",
        page,
    ];
    world.verb_dies_at(point, &asked).await?;
    let answer = json_of(world.verb(&asked).await?)?;
    let history = world.verb(&["audit", "history", "--json"]).await?;
    ensure!(history.code() == Some(0), "{}", history.stderr);
    let lines: Vec<Value> = history
        .stdout
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let begun: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event_type"] == "key_ceremony.begun")
        .collect();
    ensure!(
        begun.len() == 1 && begun[0]["aggregate_id"] == answer["ceremony"],
        "{begun:?}"
    );
    let told = events(
        &world,
        &format!("key_ceremony/{}", answer["ceremony"].as_str().context("an id")?),
    )
    .await?;
    let made = told.iter().filter(|told| **told == "key_ceremony.key_made").count();
    let keys = listed(&world).await?;
    let keys = keys["keys"].as_array().context("keys")?;
    ensure!((made, keys.len()) == (5, 5), "{told:?}, {keys:?}");
    ensure!(
        answer["page"] == json!(std::fs::read_to_string(page)?),
        "the page is whole"
    );
    ensure!(!world.data().join("keys.ceremony.json").exists(), "something is left");
    Ok(())
}

async fn events(world: &World, stream: &str) -> Result<Vec<String>> {
    let history = world.verb(&["audit", "history", "--stream", stream, "--json"]).await?;
    ensure!(history.code() == Some(0), "{stream}: {}", history.stderr);
    let lines = history.stdout.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    Ok(lines
        .iter()
        .filter_map(|line| line["event_type"].as_str().map(str::to_owned))
        .collect())
}

async fn listed(world: &World) -> Result<Value> {
    json_of(world.verb(&["keys", "list", "--json"]).await?)
}

fn of(listed: &Value, purpose: &str) -> Vec<Value> {
    let keys = listed["keys"].as_array().into_iter().flatten();
    keys.filter(|key| key["purpose"] == purpose).cloned().collect()
}

fn json_of(ended: Ended) -> Result<Value> {
    ensure!(ended.code() == Some(0), "{}{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).with_context(|| ended.stdout.clone())
}
