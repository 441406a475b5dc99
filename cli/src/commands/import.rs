//! `praman import`: what was recorded elsewhere.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use ledger::import::Table;

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Flags,
};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    flags: Flags,
    /// The address of a database with a table of postgres-es.
    #[arg(
        long,
        value_name = "URL",
        group = "source",
        env = "PRAMAN_IMPORT_URL",
        hide_env_values = true
    )]
    from_postgres_es: Option<String>,
    /// A file with a table of sqlite-es.
    #[arg(long, value_name = "FILE", group = "source")]
    from_sqlite_es: Option<PathBuf>,
    /// An export of a whole log, into an empty store of the same log.
    #[arg(long, value_name = "DIR", group = "source")]
    from_export: Option<PathBuf>,
    /// The table.
    #[arg(long, default_value = "events")]
    table: String,
    /// Take an export over though it comes without data keys: the people in it then count as erased here.
    #[arg(long, requires = "from_export")]
    without_keys: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let table = options.table;
    let table = match (options.from_postgres_es, options.from_sqlite_es) {
        (Some(url), None) => Some(Table::Postgres { url, table }),
        (None, Some(file)) => Some(Table::Sqlite { file, table }),
        _ => None,
    };
    if table.is_none() && options.from_export.is_none() {
        bail!("say what to import: --from-postgres-es, --from-sqlite-es or --from-export");
    }
    let store = Store::open(&options.flags.settle()?, Access::Write).await?;
    if let Some(table) = table {
        let imported = store.ledger.import(&table).await?;
        say(format!(
            "{} events of {} streams compared, {} of them new",
            imported.events, imported.streams, imported.appended
        ));
    } else if let Some(folder) = options.from_export {
        let keys = crate::service::checkpoint_keys(&store);
        let adopted = store.ledger.adopt(&folder, &keys, options.without_keys).await?;
        say(format!(
            "{} events taken over, root {}; {} data keys, {} people without",
            adopted.events,
            data_encoding::BASE64.encode(&adopted.root),
            adopted.keys,
            adopted.without_key
        ));
    }
    store.ledger.close().await;
    Ok(Answer::Yes)
}
