//! `praman audit verify --log FOLDER`: the log as it is published, without a database.

use std::path::Path;

use anyhow::Context as _;
use ledger::audit::published;
use ledger::note::VerifierKey;

use crate::{Answer, say};

/// `keys` are verifier keys as C2SP signed-note writes them: name+key id+base64.
pub(crate) fn verify(folder: &Path, keys: &[String], older: Option<&str>, json: bool) -> anyhow::Result<Answer> {
    let keys: Vec<VerifierKey> = keys
        .iter()
        .map(|key| key.parse().with_context(|| format!("the verifier key {key}")))
        .collect::<anyhow::Result<_>>()?;
    anyhow::ensure!(!keys.is_empty(), "--log needs the log's verifier key (--log-key)");
    let report = published::verify(folder, &keys, older)?;
    if json {
        let breaks: Vec<_> = report
            .breaks
            .iter()
            .map(|b| serde_json::json!({"position": b.position, "what": b.what}))
            .collect();
        say(serde_json::json!({
            "log": report.log_origin, "leaves": report.leaves, "tiles": report.tiles,
            "root": data_encoding::BASE64.encode(&report.root),
            "checkpoints_checked": report.checkpoints_checked,
            "breaks": breaks, "breaks_total": report.breaks_total,
        }));
    } else {
        for broken in &report.breaks {
            say(broken);
        }
        say(format!(
            "{} leaves, {} tiles, {} checkpoints checked, {} breaks",
            report.leaves, report.tiles, report.checkpoints_checked, report.breaks_total
        ));
    }
    Ok(if report.breaks.is_empty() {
        Answer::Yes
    } else {
        Answer::No
    })
}
