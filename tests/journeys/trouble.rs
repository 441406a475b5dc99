//! Trouble on the channel: what was said is answered once all the same, and nobody waits for what has long arrived.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World, paper};
use serde_json::json;

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut writer = Applicant::new(world.citizen("919810000010", "Joseph"), Language::En);
    writer.greets().await?;
    let phone = &mut writer.citizen;
    for (what, fault) in [
        (
            "a send that is refused for the moment",
            json!({ "match": "messages", "times": 1, "http": 503, "code": 131_000 }),
        ),
        (
            "a send whose answer is lost",
            json!({ "match": "messages", "times": 1, "mode": "lose_answer" }),
        ),
        (
            "a delivery that comes three times",
            json!({ "match": "webhook", "times": 3, "mode": "duplicate", "n": 3 }),
        ),
        (
            "a delivery that is refused first",
            json!({ "match": "webhook", "times": 1, "http": 500 }),
        ),
    ] {
        world.simulator_fails(&fault).await?;
        let before = phone.all_bubbles().await?.len();
        let menu = phone.says("menu").await?;
        assert!(
            menu.text().contains("What would you like to do?"),
            "{what}: {}",
            menu.text()
        );
        let next = phone.says("check a certificate").await?;
        assert!(
            next.text().contains("Which certificate shall I check?"),
            "{what}: {}",
            next.text()
        );
        let came = phone.all_bubbles().await?.len() - before;
        assert_eq!(came, 2, "{what}: one answer each");
    }
    for (what, fault) in [
        (
            "the paper's address",
            json!({ "match": "node", "times": 1, "http": 500 }),
        ),
        ("the paper itself", json!({ "match": "media", "times": 1, "http": 503 })),
    ] {
        // The file is on the phone already when the trouble begins.
        let bytes = paper(what)?;
        world.simulator_fails(&fault).await?;
        let verdict = phone.uploads(bytes, "photo.jpg", "image/jpeg").await?;
        assert!(
            verdict.text().starts_with("Could not read:"),
            "{what}: {}",
            verdict.text()
        );
        phone.taps("Check another").await?;
    }
    Ok(())
}
