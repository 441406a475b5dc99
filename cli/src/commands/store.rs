//! Verbs over the store of a service that is not running.

use anyhow::bail;
use clap::Args;
use ledger::RoleNames;

use crate::{
    Answer, say,
    service::{Access, Ambient, Store},
    settings::{Flags, Settings},
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

#[derive(Args)]
pub(crate) struct Migration {
    #[command(flatten)]
    flags: Flags,
    /// What the names of the database's roles begin with: PREFIX_owner, _writer, _reader and _auditor.
    #[arg(long, default_value = "praman")]
    role_prefix: String,
}

/// Brings the tables up to this version; with PostgreSQL the roles and their rights as well. There it needs no keys: only the address
/// of an administrator.
pub(crate) async fn migrate(migration: Migration) -> anyhow::Result<Answer> {
    let settings = migration.flags.settle()?;
    let Some(url) = &settings.database else {
        let store = Store::open(&settings, Access::Write).await?;
        store.ledger.close().await;
        say("the store's tables are those of this version");
        return Ok(Answer::Yes);
    };
    let Some(roles) = RoleNames::with_prefix(&migration.role_prefix) else {
        bail!("--role-prefix takes small letters, digits and _, a letter first, at most 48 of them");
    };
    let log_id = ledger::Settings::default().log_id;
    ledger::migrate_postgres(url, &roles, log_id, Ambient::real().clock.now()).await?;
    say("the store's tables are those of this version");
    say(format!(
        "grant your logins one each of {}, {} and {}; {} is for none",
        roles.writer(),
        roles.reader(),
        roles.auditor(),
        roles.owner()
    ));
    Ok(Answer::Yes)
}
