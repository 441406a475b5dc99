//! A learner's licence is renewed: not too early, by one officer, and the one before then points to the new one, on paper, in
//! the lists and in the log.

use anyhow::{Context, Result, ensure};
use certificates::status::Status;
use domain::{CertificateId, Language};
use harness::{Applicant, DEADLINE, World, wait_for};
use serde_json::{Value, json};

use crate::standing::{Copy, listed};

const DAY: u64 = 24 * 3600;

/// Days of one form sort as time does.
fn last_day(answer: &Value) -> Result<&str> {
    let last = answer["certificate"]["expires"].as_str();
    last.with_context(|| format!("a last day: {answer}"))
}

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut learner = Applicant::new(world.citizen("919810000031", "Farah"), Language::En);
    let file = learner.applies("learner_licence").await?;
    let passed = [
        ("record_test_date", "2025-06-02"),
        ("record_marks", "13"),
        ("record_result", "passed"),
    ];
    world
        .officer_who_is("Test Examiner")
        .await?
        .acts(&file, "forward", &passed)
        .await?;
    learner.citizen.next().await?;
    let mut officer = world.officer_who_is("Motor Licensing Officer").await?;
    officer.acts(&file, "approve", &[]).await?;
    let (_, pdf) = learner.citizen.receives_document().await?;
    let first = Copy::of(learner.citizen.last()?.text(), pdf)?;
    let answer = first.is("valid", world).await?;
    let ends = last_day(&answer)?.to_owned();

    let early = officer.does(&file, "renew", &[], "renew").await;
    let error = early.unwrap_err().to_string();
    ensure!(
        error.contains("422") && error.contains("certificate.renewal_too_early"),
        "{error}"
    );

    // Six months less ninety days later it may be renewed.
    world.simulator_skips(100 * DAY).await?;
    learner.greets().await?;
    let mut officer = world.officer_who_is("Motor Licensing Officer").await?;
    officer.does(&file, "renew", &[], "renew").await?;
    let (_, pdf) = learner.citizen.receives_document().await?;
    let caption = learner.citizen.last()?.text().to_owned();
    ensure!(caption.contains(&first.number), "the old number is told: {caption}");
    let second = Copy::of(&caption, pdf)?;
    ensure!(second.number != first.number, "another number");
    let answer = second.is("valid", world).await?;
    ensure!(last_day(&answer)? > ends.as_str(), "its end is new: {answer}");
    let old = first.is("superseded", world).await?;
    ensure!(old["newer"] == json!(second.number), "{old}");
    listed(world, first.place()?, Status::Superseded).await?;
    listed(world, second.place()?, Status::Valid).await?;

    // One officer was enough, and the log says who.
    let id = CertificateId::for_version(&file.parse()?, 2).to_string();
    wait_for("the second to be delivered", DEADLINE, async || {
        let told = world.auditor()?.history("certificate", &id).await?;
        let new = ["prepared", "issued", "delivered"];
        Ok((told == new.map(|event| format!("certificate.{event}"))).then_some(()))
    })
    .await?;
    let told = world.auditor()?.certificate_of(&file).await?;
    ensure!(
        told.ends_with(&[
            "certificate.replacement_ordered".to_owned(),
            "certificate.superseded".to_owned()
        ]),
        "{told:?}"
    );

    // What is not renewed again runs out by itself; nothing is written for that.
    world.simulator_skips(200 * DAY).await?;
    second.is("expired", world).await?;
    first.is("superseded", world).await?;
    Ok(())
}
