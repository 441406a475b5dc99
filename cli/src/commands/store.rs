//! Verbs over the store of a service that is not running.

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Settings,
};

/// Prints every message that was received.
pub(crate) async fn messages(settings: Settings) -> anyhow::Result<Answer> {
    let store = Store::open(&settings, Access::Read).await?;
    let mut after = None;
    loop {
        let (messages, next) = api::turn::stored_messages(&store.ledger, after.as_deref()).await?;
        for message in messages {
            say(serde_json::to_string(&message)?);
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(Answer::Yes),
        }
    }
}

/// Mends every view.
pub(crate) async fn rebuild(settings: Settings) -> anyhow::Result<Answer> {
    let store = Store::open(&settings, Access::Write).await?;
    let rebuilt = projections::rebuild(&store.ledger).await?;
    for difference in &rebuilt.differences {
        say(format!("{} {}: {}", difference.view, difference.key, difference.what));
    }
    say(format!(
        "{} events folded, {} rows compared, {} mended",
        rebuilt.events,
        rebuilt.rows,
        rebuilt.differences.len()
    ));
    store.ledger.close().await;
    Ok(Answer::Yes)
}

/// Brings the tables up to this version.
pub(crate) async fn migrate(settings: Settings) -> anyhow::Result<Answer> {
    let store = Store::open(&settings, Access::Write).await?;
    say("the store's tables are those of this version");
    store.ledger.close().await;
    Ok(Answer::Yes)
}

/// Prints the key directory.
pub(crate) fn keys(settings: &Settings) -> anyhow::Result<Answer> {
    let keys = crate::service::open_keys(settings)?;
    say(serde_json::to_string_pretty(keys.directory())?);
    Ok(Answer::Yes)
}
