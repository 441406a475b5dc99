//! The power goes at every point between the officer's approval and the delivery, on both stores. Whatever the point,
//! after the next start there is one certificate, the citizen has it once, and the ledger holds.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod keys;
mod replacement;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::Language;
use futures_util::future::try_join_all;
use harness::{Applicant, Citizen, DEADLINE, Settings, Simulator, Store, World, wait_for};

/// Where the process is held and killed, in the order in which a certificate passes them.
const POINTS: &[&str] = &[
    "issuance.before_prepared",
    "issuance.after_prepared",
    "issuance.after_checkpoint",
    "issuance.after_signing",
    "issuance.before_issued",
    "issuance.after_issued",
    "notices.before_queueing",
    "notices.after_queueing",
    "sender.before_sending",
    "sender.before_upload",
    "sender.before_post",
    "sender.after_post",
];

/// How long a message whose fate nobody knows waits for a status: longer than the simulator's repeat after a skip takes.
const UNKNOWN_WAIT_SECONDS: &str = "4";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() -> Result<()> {
    at_every_point(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() -> Result<()> {
    Store::on_postgresql(at_every_point).await
}

/// A point that is added to the program is tried here as well.
#[test]
fn every_point_of_the_program_is_tried() -> Result<()> {
    let mut found = BTreeSet::new();
    let mut folders = ["../reactions/src", "../cli/src/commands/keys"]
        .map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let named = text.split(".pass(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(named.map(str::to_owned));
        }
    }
    let tried = POINTS.iter().chain(replacement::POINTS);
    let tried = tried.chain(keys::CHANGES).chain(keys::CEREMONY);
    assert_eq!(found, tried.map(|point| (*point).to_owned()).collect());
    assert!(POINTS.len() >= 10);
    Ok(())
}

async fn at_every_point(store: Store) -> Result<()> {
    let environment = [(
        "PRAMAN_WHATSAPP_UNKNOWN_WAIT_SECONDS".to_owned(),
        UNKNOWN_WAIT_SECONDS.to_owned(),
    )];
    let simulator = Simulator::Apart;
    let mut world = World::start(Settings {
        store,
        simulator,
        environment: environment.into(),
    })
    .await?;
    let mut waiting = up_to_the_decision(&world).await?;
    for (point, (citizen, number)) in POINTS.iter().zip(&mut waiting) {
        dies_at(&mut world, point, citizen, number)
            .await
            .with_context(|| world.last_words())
            .with_context(|| format!("killed at {point}"))?;
    }
    for (citizen, number) in &waiting {
        assert_eq!(documents(citizen).await?, 1, "{number} once more at the end");
    }
    let messages = world.messages().await?;
    assert!(messages.values().all(|handled| *handled == 1), "{messages:?}");
    world.stop().await?;
    world.is_sound().await.context("after twelve crashes")
}

/// As many applications as there are points, each passed by the first officer; who applied, and under which number.
async fn up_to_the_decision(world: &World) -> Result<Vec<(Citizen, String)>> {
    let applying = (0..POINTS.len()).map(async |place| {
        let language = if place % 2 == 0 { Language::Hi } else { Language::En };
        let mut mother = Applicant::new(world.citizen(&format!("9198200000{place:02}"), "Sunita"), language);
        let number = mother.applies("birth_certificate").await?;
        anyhow::Ok((mother.citizen, number))
    });
    let applied = try_join_all(applying).await?;
    let mut first = world.officer_who_is("Sub-Registrar (Births and Deaths)").await?;
    let mut waiting = Vec::new();
    for (mut citizen, number) in applied {
        first.acts(&number, "forward", &[]).await?;
        citizen.next().await.context("the news that it moved on")?;
        waiting.push((citizen, number));
    }
    Ok(waiting)
}

async fn dies_at(world: &mut World, point: &str, citizen: &mut Citizen, number: &str) -> Result<()> {
    world.stop().await?;
    world.restart_to_hold_at(point).await?;
    let mut registrar = world.officer_who_is("Registrar (Births and Deaths)").await?;
    registrar.acts(number, "approve", &[]).await?;
    world.holds().await?;
    world.kill().await?;
    world.restart().await?;
    world.simulator_skips(1).await?;

    let (_, pdf) = citizen.receives_document().await?;
    ensure!(pdf.starts_with(b"%PDF-"), "no PDF");
    let expected = ["certificate.prepared", "certificate.issued", "certificate.delivered"];
    wait_for("the delivery to be recorded", DEADLINE, async || {
        let history = world.auditor()?.certificate_of(number).await?;
        ensure!(history.len() <= expected.len(), "something happened twice: {history:?}");
        Ok((history == expected).then_some(()))
    })
    .await?;
    let answer = world.verifier()?.shows(pdf, "certificate.pdf").await?;
    ensure!(answer["verdict"] == "valid", "{answer}");
    world.is_sound().await?;
    let sent = documents(citizen).await?;
    ensure!(sent == 1, "{sent} documents reached the citizen");
    Ok(())
}

async fn documents(citizen: &Citizen) -> Result<usize> {
    let bubbles = citizen.all_bubbles().await?;
    Ok(bubbles.iter().filter(|bubble| bubble.document().is_some()).count())
}
