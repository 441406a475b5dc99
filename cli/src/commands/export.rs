//! `praman export`: a sealed range of the log as files.

use std::path::PathBuf;

use clap::Args;
use ledger::export::Range;

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Flags,
};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    flags: Flags,
    /// The first position [default: 1].
    #[arg(long)]
    from: Option<u64>,
    /// The last position [default: all that the latest checkpoint covers].
    #[arg(long)]
    to: Option<u64>,
    /// The folder to make; it must not be there.
    #[arg(long)]
    out: PathBuf,
    /// Also the wrapped data keys, for an installation with the same keys.json. Such an export is as confidential as the store.
    #[arg(long)]
    keys: bool,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let store = Store::open(&options.flags.settle()?, Access::Read).await?;
    let range = Range {
        from: options.from,
        to: options.to,
        keys: options.keys,
    };
    let keys = crate::service::checkpoint_keys(&store);
    let exported = store.ledger.export(&options.out, range, &keys).await?;
    let root = data_encoding::BASE64.encode(&exported.root);
    if options.json {
        say(serde_json::json!({
            "out": options.out, "from": exported.from, "to": exported.to, "checkpoint": exported.checkpoint_size,
            "root": root, "files": exported.files,
        }));
    } else {
        say(format!(
            "positions {} to {}, sealed by the checkpoint of size {} with root {root}: {} files in {}",
            exported.from,
            exported.to,
            exported.checkpoint_size,
            exported.files,
            options.out.display()
        ));
    }
    Ok(Answer::Yes)
}
