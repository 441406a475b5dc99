//! An authority stamps the time on every signature. When it does not, nobody waits, and the log says so.

use anyhow::{Context, Result, ensure};
use domain::Language;
use harness::{Applicant, Stamping, TimeAuthority, World, praman};
use serde_json::Value;

use crate::standing::{Copy, REGISTRAR, SUB_REGISTRAR, get};

async fn issued(world: &World, phone: &str, name: &str) -> Result<Copy> {
    let mut holder = Applicant::new(world.citizen(phone, name), Language::En);
    let file = holder.applies("birth_certificate").await?;
    for (officer, act) in [(SUB_REGISTRAR, "forward"), (REGISTRAR, "approve")] {
        world.officer_who_is(officer).await?.acts(&file, act, &[]).await?;
        if act == "forward" {
            holder.citizen.next().await?;
        }
    }
    let (_, pdf) = holder.citizen.receives_document().await?;
    Copy::of(holder.citizen.last()?.text(), pdf)
}

/// What the log says of the time stamps, certificate by certificate.
async fn told(world: &World) -> Result<Vec<Option<String>>> {
    let history = world.verb(&["audit", "history", "--json"]).await?;
    ensure!(history.code() == Some(0), "{}", history.stderr);
    let lines = history.stdout.lines().map(serde_json::from_str::<Value>);
    let events: Vec<Value> = lines.collect::<Result<_, _>>()?;
    let issued = events
        .iter()
        .filter(|event| event["event_type"] == "certificate.issued");
    Ok(issued.map(|event| event["why"].as_str().map(str::to_owned)).collect())
}

async fn stamp_on(world: &World, copy: &Copy) -> Result<Value> {
    let answer = world.verifier()?.shows(copy.pdf.clone(), "certificate.pdf").await?;
    assert_eq!(answer["verdict"], "valid", "{answer}");
    Ok(answer["time_stamp"].clone())
}

/// By the published keys alone, with and without the authority's root; nobody was asked whether it still holds.
async fn offline(world: &World, copy: &Copy, roots: Option<&str>) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let keys = get(world, "/.well-known/praman-keys.json").await?.bytes().await?;
    std::fs::write(folder.path().join("keys.json"), keys)?;
    if let Some(roots) = roots {
        std::fs::copy(roots, folder.path().join("time-authorities.pem"))?;
    }
    let file = folder.path().join("certificate.pdf");
    std::fs::write(&file, &copy.pdf)?;
    let (file, trust) = (file.to_string_lossy(), folder.path().to_string_lossy());
    let ended = praman(&["verify", &file, "--trust", &trust, "--json"]).await?;
    let answer: Value = serde_json::from_str(&ended.stdout).with_context(|| ended.stderr.clone())?;
    assert_eq!(answer["checks"]["document"], "pass", "{answer}");
    Ok(answer["time_stamp"].clone())
}

pub(crate) async fn journey(world: &mut World) -> Result<()> {
    let plain = issued(world, "919810000041", "Asha").await?;
    assert_eq!(stamp_on(world, &plain).await?, Value::Null);

    let authority = TimeAuthority::start(world.folder()).await?;
    world.stop().await?;
    world.set("PRAMAN_TSA_URL", authority.url());
    // An authority whose answers nobody can check is not asked.
    let refused = world.verb(&["messages"]).await?;
    assert_eq!(refused.code(), Some(2), "{}", refused.stdout);
    assert!(refused.stderr.contains("PRAMAN_TSA_ROOTS"), "{}", refused.stderr);
    world.set("PRAMAN_TSA_ROOTS", authority.roots()?);
    world.restart().await?;

    let stamped = issued(world, "919810000042", "Binu").await?;
    let stamp = stamp_on(world, &stamped).await?;
    assert_eq!(stamp["authority"], "pass", "{stamp}");
    assert_eq!(authority.asked(), 2, "the first token shows how much room it needs");
    let bytes = (plain.pdf.len(), stamped.pdf.len());
    assert!(bytes.0 < 45 * 1024 && bytes.1 < bytes.0 + 6 * 1024, "{bytes:?}");
    let at = stamp["at"].as_str().context("an instant")?;
    for (roots, expected) in [(Some(authority.roots()?), "pass"), (None, "not_checked")] {
        let told = offline(world, &stamped, roots).await?;
        assert_eq!(told["authority"], expected, "{told}");
        assert_eq!(told["at"].as_str().map(|told| &told[..19]), Some(&at[..19]));
    }
    let part = reqwest::multipart::Part::bytes(stamped.pdf.clone()).file_name("certificate.pdf");
    let form = reqwest::multipart::Form::new().part("file", part);
    let page = world
        .http()
        .post(format!("{}/verify?lang=en", world.base()))
        .multipart(form);
    let page = page.send().await?.text().await?;
    assert!(
        page.contains("a time-stamp authority attests") || page.contains("समय-मुहर"),
        "{page}"
    );
    let again = issued(world, "919810000043", "Charu").await?;
    assert_eq!(stamp_on(world, &again).await?["authority"], "pass");
    assert_eq!(authority.asked(), 3, "and the second file has it");

    // Nobody waits for an authority that gives none, and nothing that is no stamp gets into a file.
    for (count, (what, reason)) in [
        (Stamping::Refuses, "refused"),
        (Stamping::Other, "bad"),
        (Stamping::Endless, "bad"),
        (Stamping::Overloaded, "unreachable"),
        (Stamping::Right, "not_asked"),
    ]
    .into_iter()
    .enumerate()
    {
        authority.does(what);
        let copy = issued(world, &format!("91981000005{count}"), "Deepa").await?;
        assert_eq!(stamp_on(world, &copy).await?, Value::Null, "{what:?}");
        let told = told(world).await?;
        assert_eq!(told.last(), Some(&Some(format!("no time stamp: {reason}"))));
    }
    assert_eq!(
        authority.asked(),
        9,
        "one that is away is asked three times, and then has its rest"
    );
    world.is_sound().await.context("made again from the log")?;
    // The pause is in memory: after a restart it is asked again.
    world.stop().await?;
    world.restart().await?;
    let last = issued(world, "919810000060", "Esha").await?;
    assert_eq!(stamp_on(world, &last).await?["authority"], "pass");
    let told = told(world).await?;
    assert_eq!(told.len(), 9);
    let tells = |index: usize, begin: &str| told[index].as_ref().is_some_and(|why| why.starts_with(begin));
    assert!(
        !tells(0, "time stamp") && !tells(0, "no time stamp") && tells(8, "time stamp of 20"),
        "{told:?}"
    );
    world.is_sound().await
}
