//! The power goes between the steps by which one certificate takes the place of another: whatever the point, there are never
//! two that hold, and after the next start the old one is superseded and the holder has the new one once.

use anyhow::{Context, Result, ensure};
use domain::{CertificateId, Language};
use harness::{
    Applicant, Citizen, DEADLINE, Settings, Simulator, Store, TimeAuthority, World, certificate_number, officers,
    wait_for,
};
use serde_json::json;

use super::{UNKNOWN_WAIT_SECONDS, documents};

/// Where the process is held and killed, in the order in which a replacement passes them. What comes after the message is
/// queued is the same for every message.
pub(crate) const POINTS: &[&str] = &[
    "issuance.before_prepared",
    "issuance.before_superseded",
    "issuance.after_prepared",
    "issuance.after_checkpoint",
    "issuance.after_signing",
    "issuance.before_issued",
    "issuance.after_issued",
    "notices.before_queueing",
    "notices.after_queueing",
];

/// Up to here the old one still holds.
const OLD_HOLDS: &[&str] = &["issuance.before_prepared", "issuance.before_superseded"];
/// From here on the new one does.
const NEW_HOLDS: &[&str] = &[
    "issuance.after_issued",
    "notices.before_queueing",
    "notices.after_queueing",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_on_sqlite() -> Result<()> {
    at_every_point(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_on_postgresql() -> Result<()> {
    Store::on_postgresql(at_every_point).await
}

async fn at_every_point(store: Store) -> Result<()> {
    let mut world = World::start(Settings {
        store,
        simulator: Simulator::Apart,
        ..Settings::default()
    })
    .await?;
    // A file that is made again after a crash has another stamp; the first one was seen by nobody.
    let authority = TimeAuthority::start(world.folder()).await?;
    world.stop().await?;
    world.set("PRAMAN_TSA_URL", authority.url());
    world.set("PRAMAN_TSA_ROOTS", authority.roots()?);
    // The kill may fall into a sending that nobody held: its fate is unknown then, and waited for.
    world.set("PRAMAN_WHATSAPP_UNKNOWN_WAIT_SECONDS", UNKNOWN_WAIT_SECONDS);
    world.restart().await?;
    let mut mother = Applicant::new(world.citizen("919820000077", "Sunita"), Language::Hi);
    let file = mother.applies("birth_certificate").await?;
    world
        .officer_who_is("Sub-Registrar (Births and Deaths)")
        .await?
        .acts(&file, "forward", &[])
        .await?;
    let mut citizen = mother.citizen;
    citizen.next().await?;
    world
        .officer_who_is("Registrar (Births and Deaths)")
        .await?
        .acts(&file, "approve", &[])
        .await?;
    citizen.receives_document().await?;
    let mut number = certificate_number(citizen.last()?.text()).context("a number")?;
    for (turn, point) in POINTS.iter().enumerate() {
        number = dies_at(&mut world, point, &mut citizen, (&file, turn, number))
            .await
            .with_context(|| world.last_words())
            .with_context(|| format!("killed at {point}"))?;
    }
    ensure!(documents(&citizen).await? == POINTS.len() + 1, "a document came twice");
    world.stop().await?;
    world.is_sound().await
}

/// Corrects the newest certificate and kills the process on the way. Answers the new number.
async fn dies_at(
    world: &mut World,
    point: &str,
    citizen: &mut Citizen,
    (file, turn, old): (&str, usize, String),
) -> Result<String> {
    world.stop().await?;
    world.restart_to_hold_at(point).await?;
    let both = officers(world.base(), "Registrar (Births and Deaths)").await?;
    let [one, other] = both.get(..2).context("two registrars")? else {
        anyhow::bail!("two registrars");
    };
    let letter = char::from(b'a' + u8::try_from(turn)?);
    let name = format!("Aarohi {}", letter.to_string().repeat(3));
    let wrong = [("reason", "clerical_error"), ("record_child_name", name.as_str())];
    world
        .officer(one)
        .await?
        .does(file, "correct", &wrong, "propose")
        .await?;
    world
        .officer(other)
        .await?
        .does(file, "correction", &[], "correct")
        .await?;
    world.holds().await?;
    // Never two that hold. What nobody has been told of has no number to ask by; the log says what became of it.
    let id = CertificateId::for_version(&file.parse()?, u32::try_from(turn)? + 2).to_string();
    let stands = world.verifier()?.asks(&json!({ "number": old })).await?;
    let expected = if OLD_HOLDS.contains(&point) {
        "valid"
    } else {
        "superseded"
    };
    ensure!(
        stands["verdict"] == expected,
        "{expected} expected while it holds: {stands}"
    );
    let new = world.auditor()?.history("certificate", &id).await.unwrap_or_default();
    let is_issued = new.contains(&"certificate.issued".to_owned());
    ensure!(is_issued == NEW_HOLDS.contains(&point), "{new:?}");
    world.kill().await?;
    world.restart().await?;
    world.simulator_skips(1).await?;

    let (_, pdf) = citizen.receives_document().await?;
    let caption = citizen.last()?.text().to_owned();
    let number = certificate_number(&caption).context("the caption names the number")?;
    ensure!(number != old && caption.contains(&old), "{caption}");
    let answer = world.verifier()?.shows(pdf, "certificate.pdf").await?;
    ensure!(answer["verdict"] == "valid", "{answer}");
    ensure!(answer["time_stamp"]["authority"] == "pass", "{answer}");
    ensure!(answer.to_string().contains(&name), "the correction is in it: {answer}");
    let answer = world.verifier()?.asks(&json!({ "number": old })).await?;
    ensure!(answer["verdict"] == "superseded", "{answer}");
    ensure!(answer["newer"] == json!(number), "{answer}");
    let told = ["certificate.prepared", "certificate.issued", "certificate.delivered"];
    wait_for("the delivery to be recorded", DEADLINE, async || {
        let history = world.auditor()?.history("certificate", &id).await?;
        ensure!(history.len() <= told.len(), "something happened twice: {history:?}");
        Ok((history == told).then_some(()))
    })
    .await?;
    world.is_sound().await?;
    Ok(number)
}
