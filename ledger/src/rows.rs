//! Rows: small mutable records beside the log (views, conversations, inbox, outbox, sessions), changed in the same
//! transaction as events. Their bodies are sealed at rest; their spaces, keys and terms are not.

use keys::{Entropy, Vault, VaultError};

/// A row as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which family.
    pub space: String,
    /// Which row of it.
    pub key: String,
    /// Grows with each change and never comes again, not even after the row was deleted and made anew. Not consecutive.
    pub version: u64,
    /// Its content.
    pub body: Vec<u8>,
    /// Names and values under which it is found, sorted.
    pub terms: Vec<(String, String)>,
}

/// A row as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredRow {
    pub(crate) key: String,
    pub(crate) version: u64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) terms: Vec<(String, String)>,
}

/// Where a look-up by term goes on: behind this value and key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TermQuery<'a> {
    pub(crate) space: &'a str,
    pub(crate) term: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) after: Option<(&'a str, &'a str)>,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
}

/// Binds a body to its row. Neither name holds 0x00.
fn associated_data(space: &str, key: &str) -> Vec<u8> {
    let mut out = b"praman row v1\0".to_vec();
    out.extend_from_slice(space.as_bytes());
    out.push(0);
    out.extend_from_slice(key.as_bytes());
    out
}

pub(crate) fn seal(
    vault: &Vault,
    entropy: &dyn Entropy,
    space: &str,
    key: &str,
    body: &[u8],
) -> Result<Vec<u8>, VaultError> {
    vault.seal_row(entropy, &associated_data(space, key), body)
}

pub(crate) fn open(vault: &Vault, space: &str, stored: StoredRow) -> Result<Row, VaultError> {
    let body = vault.open_row(&associated_data(space, &stored.key), &stored.sealed)?;
    Ok(Row {
        space: space.to_owned(),
        key: stored.key,
        version: stored.version,
        body,
        terms: stored.terms,
    })
}
