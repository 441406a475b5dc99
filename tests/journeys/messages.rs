//! Deliveries: forged ones are refused, repeated ones count once, several messages in one are answered in their order.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, DEADLINE, World, wait_for};
use serde_json::{Value, json};

pub(crate) async fn journey(world: &World) -> Result<()> {
    forged(world).await?;
    repeated(world).await?;
    in_order(world).await?;
    handshake(world).await
}

fn text(id: &str, phone: &str, words: &str) -> Value {
    json!({ "from": phone, "id": id, "timestamp": "1750000000", "type": "text", "text": { "body": words } })
}

async fn forged(world: &World) -> Result<()> {
    let phone = "919810000007";
    let delivery = World::delivery(phone, &[text("wamid.FORGED", phone, "Hello")]);
    let raw = serde_json::to_vec(&delivery)?;
    let right = whatsapp::signature::sign(b"test-app-secret", &raw)?;
    let other = whatsapp::signature::sign(b"another-secret", &raw)?;
    let mut changed = raw.clone();
    changed.push(b' ');
    for (what, body, signature) in [
        ("no signature", raw.clone(), None),
        ("nonsense", raw.clone(), Some("sha256=zz")),
        ("another secret", raw.clone(), Some(other.as_str())),
        ("other bytes", changed, Some(right.as_str())),
        ("another digest", raw.clone(), Some("sha1=0000")),
    ] {
        let answer = world.posts_to_webhook(body, signature).await?;
        assert_eq!(answer.status(), 401, "{what}");
        let problem: Value = answer.json().await?;
        assert_eq!(problem["code"], "webhook.signature", "{what}: {problem}");
    }
    // Longer than any delivery: the connection may be cut before all of it is sent.
    if let Ok(huge) = world.posts_to_webhook(vec![b' '; 5 * 1024 * 1024], Some(&right)).await {
        assert_eq!(huge.status(), 413);
    }
    assert!(
        !world.messages().await?.contains_key("wamid.FORGED"),
        "nothing forged is kept"
    );
    Ok(())
}

async fn repeated(world: &World) -> Result<()> {
    let mut writer = Applicant::new(world.citizen("919810000008", "Meera"), Language::En);
    writer.greets().await?;
    let before = writer.citizen.all_bubbles().await?.len();
    let hello = json!({ "type": "text", "text": { "body": "menu" } });
    let id = writer.citizen.send(hello.clone()).await?;
    writer.citizen.next().await?;
    for _ in 0..3 {
        writer.citizen.repeats(&id, hello.clone()).await?;
    }
    let delivery = World::delivery(
        writer.citizen.phone(),
        &[text("wamid.THRICE", writer.citizen.phone(), "help")],
    );
    for _ in 0..3 {
        assert_eq!(
            world.delivers(&delivery).await?,
            200,
            "a repeat is taken like the first"
        );
    }
    // In other bytes, as when the channel packs anew.
    let mut packed = delivery.clone();
    packed["entry"][0]["id"] = json!("100000000000002");
    assert_eq!(world.delivers(&packed).await?, 200);
    writer
        .citizen
        .send(json!({ "type": "text", "text": { "body": "English" } }))
        .await?;
    // Whatever else was going to be answered is answered before it.
    writer
        .citizen
        .waits_for("the last answer", |bubble| {
            bubble.text().contains("From now on in English")
        })
        .await?;
    let bubbles = writer.citizen.all_bubbles().await?;
    let texts: Vec<&str> = bubbles.iter().skip(before).map(harness::Bubble::text).collect();
    let begins = ["What would you like", "You can apply", "From now on in English"];
    assert_eq!(
        texts.len(),
        begins.len(),
        "one answer each for menu, help and English: {texts:#?}"
    );
    let in_order = texts.iter().zip(begins).all(|(text, begins)| text.starts_with(begins));
    assert!(in_order, "{texts:#?}");
    let messages = world.messages().await?;
    assert_eq!((messages.get(&id), messages.get("wamid.THRICE")), (Some(&1), Some(&1)));
    Ok(())
}

/// A phone that was without network delivers everything at once.
async fn in_order(world: &World) -> Result<()> {
    let mut writer = Applicant::new(world.citizen("919810000009", "Farah"), Language::En);
    writer.greets().await?;
    let phone = writer.citizen.phone().to_owned();
    let before = writer.citizen.all_bubbles().await?.len();
    let said = [
        "learner's licence",
        "I agree",
        "Imran Ali",
        "Yusuf Ali",
        "15/08/2000",
        "B+",
    ];
    let messages: Vec<Value> = said
        .iter()
        .enumerate()
        .map(|(place, words)| text(&format!("wamid.BURST{place}"), &phone, words))
        .collect();
    assert_eq!(world.delivers(&World::delivery(&phone, &messages)).await?, 200);
    let bubbles = wait_for("six answers", DEADLINE, async || {
        let bubbles = writer.citizen.all_bubbles().await?;
        Ok((bubbles.len() >= before + said.len()).then_some(bubbles))
    })
    .await?;
    let places: Vec<Option<&str>> = bubbles
        .iter()
        .skip(before)
        .map(|bubble| {
            bubble
                .text()
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix('(')?.split('/').next())
        })
        .collect();
    assert_eq!(
        places,
        [None, Some("1"), Some("2"), Some("3"), Some("4"), Some("5")],
        "{bubbles:#?}"
    );
    Ok(())
}

async fn handshake(world: &World) -> Result<()> {
    let ask = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        world
            .http()
            .get(format!("{}/webhooks/whatsapp?{query}", world.base()))
            .send()
    };
    let answer = ask("test-verify-token").await?;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await?.as_str()),
        (200, "1158201444")
    );
    assert_eq!(ask("guessed").await?.status(), 403);
    Ok(())
}
