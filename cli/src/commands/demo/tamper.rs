//! The thief and the auditor of the demonstration.

use anyhow::{Context as _, ensure};
use data_encoding::{BASE32_NOPAD, BASE64};

use crate::{
    service::{Access, Store},
    settings::Settings,
};

/// What an audit found.
pub(super) struct Audited {
    pub(super) events: u64,
    pub(super) checkpoints: u64,
    pub(super) root: String,
    pub(super) breaks: Vec<String>,
}

/// The token of an address with one bit of its signature changed.
pub(super) fn token(url: &str) -> anyhow::Result<String> {
    let (before, code) = url.rsplit_once('/').context("no token in the address")?;
    let mut bytes = BASE32_NOPAD.decode(code.as_bytes())?;
    let last = bytes.last_mut().context("an empty token")?;
    *last ^= 1;
    Ok(format!("{before}/{}", BASE32_NOPAD.encode(&bytes)))
}

/// A PDF with one bit changed in the middle of its longest stream. Between the streams stands what makes it ours: changed there, it
/// may be no certificate at all.
pub(super) fn pdf(file: &[u8]) -> anyhow::Result<Vec<u8>> {
    let places = |word: &'static [u8]| {
        let windows = file.windows(word.len()).enumerate();
        windows.filter(move |(_, window)| *window == word).map(|(at, _)| at)
    };
    let begins = places(b">>stream");
    let longest = begins
        .zip(places(b"endstream"))
        .max_by_key(|(begin, end)| end.saturating_sub(*begin));
    let (begin, end) = longest.context("no stream in the file")?;
    let mut bytes = file.to_vec();
    let middle = bytes
        .get_mut(usize::midpoint(begin, end))
        .context("a stream in the file")?;
    *middle ^= 1;
    Ok(bytes)
}

/// `audit verify`.
pub(super) async fn audit(settings: &Settings) -> anyhow::Result<Audited> {
    let store = Store::open(settings, Access::Read).await?;
    let report = ledger::audit::verify(&store.ledger, &crate::service::checkpoint_keys(&store), None).await?;
    store.ledger.close().await;
    Ok(Audited {
        events: report.events,
        checkpoints: report.checkpoints_checked,
        root: BASE64.encode(&report.root),
        breaks: report.breaks.iter().map(ToString::to_string).collect(),
    })
}

/// `audit replay`.
pub(super) async fn replay(settings: &Settings) -> anyhow::Result<String> {
    let store = Store::open(settings, Access::Read).await?;
    let replayed = projections::replay(&store.ledger).await?;
    let documents = crate::service::remake_documents(&store).await?;
    store.ledger.close().await;
    ensure!(replayed.differences.is_empty(), "a view is not what its events give");
    ensure!(documents.different.is_empty(), "a document is not what its events give");
    ensure!(
        documents.misplaced.is_empty(),
        "two certificates have one place in the status lists"
    );
    Ok(format!(
        "{} rows and {} documents made again: all the same",
        replayed.rows, documents.made
    ))
}

/// Flips one bit inside a stored event and asks the auditor.
pub(super) async fn store(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let file = settings.data.join("praman.sqlite");
    let mut bytes = std::fs::read(&file)?;
    // Inside the body of an approval: the word that says so.
    let word = b"\"approved\":{";
    let place = bytes
        .windows(word.len())
        .position(|window| window == word)
        .context("no approval in the file")?;
    let letter = bytes.get_mut(place + 1).context("the file is cut short")?;
    *letter ^= 1;
    std::fs::write(&file, &bytes)?;
    Ok(audit(settings).await?.breaks)
}
