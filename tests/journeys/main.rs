//! Whole journeys through the real binary, on both stores: citizens on the simulated WhatsApp, officers at the console,
//! verifiers and auditors at theirs. Each only goes through the door that they have in life.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod asked_and_refused;
mod bad_input;
mod birth;
mod carried;
mod demonstration;
mod digilocker;
mod engines;
mod household;
mod keys_over_time;
mod licence;
mod messages;
mod poor_papers;
mod put_back;
mod renewal;
mod rules;
mod stamped;
mod standing;
mod trouble;

use anyhow::{Context, Result};
use harness::{Settings, Simulator, Store, World, wait_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() -> Result<()> {
    all(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() -> Result<()> {
    Store::on_postgresql(all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_and_go_on_sqlite() -> Result<()> {
    keys_come_and_go(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_and_go_on_postgresql() -> Result<()> {
    Store::on_postgresql(keys_come_and_go).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_put_back_calls_nothing_valid() -> Result<()> {
    let mut world = World::start(Settings {
        store: Store::Sqlite,
        simulator: Simulator::Inside,
        ..Settings::default()
    })
    .await?;
    let done = put_back::journey(&mut world).await;
    done.with_context(|| world.last_words())
}

async fn keys_come_and_go(store: Store) -> Result<()> {
    let mut world = World::start(Settings {
        store,
        simulator: Simulator::Inside,
        ..Settings::default()
    })
    .await?;
    let done = keys_over_time::journey(&mut world).await;
    done.with_context(|| world.last_words())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_stamps_the_time_on_sqlite() -> Result<()> {
    an_authority_stamps_the_time(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_stamps_the_time_on_postgresql() -> Result<()> {
    Store::on_postgresql(an_authority_stamps_the_time).await
}

async fn an_authority_stamps_the_time(store: Store) -> Result<()> {
    let mut world = World::start(Settings {
        store,
        simulator: Simulator::Inside,
        ..Settings::default()
    })
    .await?;
    let done = stamped::journey(&mut world).await;
    done.with_context(|| world.last_words())
}

/// One after another in one world, so that the last finds the traces of all before it.
async fn all(store: Store) -> Result<()> {
    let mut world = World::start(Settings {
        store,
        simulator: Simulator::Inside,
        environment: digilocker::AGREED
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    })
    .await?;
    let journeys = async {
        birth::journey(&world).await.context("a birth certificate, in Hindi")?;
        asked_and_refused::journey(&world)
            .await
            .context("asked back and refused, in English")?;
        licence::journey(&world).await.context("a licence with a test")?;
        household::journey(&world)
            .await
            .context("a ration card for a household")?;
        rules::journey(&world).await.context("officers and the rules")?;
        bad_input::journey(&world).await.context("bad input")?;
        poor_papers::journey(&world)
            .await
            .context("papers that cannot be read")?;
        messages::journey(&world).await.context("webhooks")?;
        trouble::journey(&world).await.context("trouble on the channel")?;
        standing::journey(&world)
            .await
            .context("holds, corrections and their end")?;
        renewal::journey(&world).await.context("a licence is renewed")?;
        anyhow::Ok(())
    };
    journeys.await.with_context(|| world.last_words())?;
    everything_was_handled_once(&world).await?;
    world.is_sound().await.context("while the service runs")?;
    let page = world.auditor()?.verifies().await?;
    assert!(
        page.text().contains("Nothing was changed") || page.text().contains("कुछ नहीं बदला"),
        "{}",
        page.text()
    );
    world.stop().await?;
    world.is_sound().await.context("after the service has stopped")?;
    let rebuilt = world.verb(&["rebuild"]).await?;
    assert_eq!(
        (rebuilt.code(), rebuilt.stdout.contains("0 ")),
        (Some(0), true),
        "{}{}",
        rebuilt.stdout,
        rebuilt.stderr
    );
    world.restart().await.context("the same data once more")?;
    world.is_sound().await
}

async fn everything_was_handled_once(world: &World) -> Result<()> {
    let messages = wait_for("every message to be handled", harness::DEADLINE, async || {
        let messages = world.messages().await?;
        Ok(messages.values().all(|handled| *handled > 0).then_some(messages))
    })
    .await?;
    assert!(messages.len() > 60, "only {} messages", messages.len());
    let twice: Vec<_> = messages.iter().filter(|(_, handled)| **handled != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    Ok(())
}
