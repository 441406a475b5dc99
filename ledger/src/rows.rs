//! Rows: small mutable records beside the log (views, conversations, inbox, outbox, sessions), changed in the same
//! transaction as events. Their bodies are sealed at rest; their spaces, keys and terms are not.

use keys::{Entropy, Vault, VaultError};
use uuid::Uuid;

use crate::fault::Fault;
use crate::tree::Hash;

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
    /// For the row of an inline view: the sequence of its stream up to which it is folded; otherwise 0.
    pub(crate) folded: u64,
    pub(crate) sealed: Vec<u8>,
    /// Sorted by name and value.
    pub(crate) terms: Vec<(String, String)>,
    pub(crate) tag: Vec<u8>,
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

/// Fingerprints that only the holder of the vault can make: a byte that turns over on the disk, or a row that is touched from
/// outside, is told when it is read. They do not tell an old row that was put back as a whole; what must not be rolled back
/// belongs into the log.
fn tag(vault: &Vault, label: &str, parts: &[&[u8]]) -> Hash {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    vault.blind(label, &bytes)
}

/// `terms` sorted by name and value.
pub(crate) fn row_tag<'a>(
    vault: &Vault,
    (space, key): (&str, &str),
    (version, folded): (u64, u64),
    sealed: &[u8],
    terms: impl IntoIterator<Item = &'a (String, String)>,
) -> Hash {
    let (version, folded) = (version.to_be_bytes(), folded.to_be_bytes());
    let mut parts = vec![space.as_bytes(), key.as_bytes(), &version, &folded, sealed];
    for (name, value) in terms {
        parts.extend([name.as_bytes(), value.as_bytes()]);
    }
    tag(vault, "praman row v1", &parts)
}

pub(crate) fn bookmark_tag(vault: &Vault, name: &str, generation: u32, position: u64) -> Hash {
    let parts = [name.as_bytes(), &generation.to_be_bytes(), &position.to_be_bytes()];
    tag(vault, "praman bookmark v1", &parts)
}

/// Of what the head says beside its position, which the events tell.
pub(crate) fn head_tag(vault: &Vault, revision: u64, epoch: u64) -> Hash {
    tag(
        vault,
        "praman head v1",
        &[&revision.to_be_bytes(), &epoch.to_be_bytes()],
    )
}

/// Of a command that was carried out.
pub(crate) fn command_tag(
    vault: &Vault,
    id: Uuid,
    request_hash: &[u8],
    (first, last): (u64, u64),
    recorded_at: i64,
) -> Hash {
    let (first, last) = (first.to_be_bytes(), last.to_be_bytes());
    let parts = [id.as_bytes(), request_hash, &first, &last, &recorded_at.to_be_bytes()];
    tag(vault, "praman command v1", &parts)
}

/// Of when a checkpoint was kept; the note has its signature.
pub(crate) fn checkpoint_tag(vault: &Vault, size: u64, at: i64) -> Hash {
    tag(vault, "praman checkpoint v1", &[&size.to_be_bytes(), &at.to_be_bytes()])
}

/// Of a subject's wrapped key, or of its tombstone.
pub(crate) fn subject_tag(vault: &Vault, subject: Uuid, wrapped: Option<&[u8]>, destroyed_at: Option<i64>) -> Hash {
    let at = destroyed_at.map(i64::to_be_bytes);
    let parts = [
        subject.as_bytes().as_slice(),
        wrapped.unwrap_or_default(),
        at.as_ref().map_or(&[], <[u8; 8]>::as_slice),
    ];
    tag(vault, "praman subject v1", &parts)
}

/// Whether the row is the one that was written.
pub(crate) fn is_whole(vault: &Vault, space: &str, stored: &StoredRow) -> bool {
    let expected = row_tag(
        vault,
        (space, &stored.key),
        (stored.version, stored.folded),
        &stored.sealed,
        &stored.terms,
    );
    stored.tag.as_slice() == expected.as_slice()
}

pub(crate) fn open(vault: &Vault, space: &str, stored: StoredRow) -> Result<Row, Fault> {
    if !is_whole(vault, space, &stored) {
        return Err(Fault::corrupt(
            0,
            format!("a row of {space} is not the one that was written"),
        ));
    }
    let body = vault
        .open_row(&associated_data(space, &stored.key), &stored.sealed)
        .map_err(|source| Fault::Vault {
            doing: "open a row",
            source,
        })?;
    Ok(Row {
        space: space.to_owned(),
        key: stored.key,
        version: stored.version,
        body,
        terms: stored.terms,
    })
}
