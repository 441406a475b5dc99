//! What a verb has begun: told beside the key file from before a key is made until the answer was given, so that the same verb again
//! finishes it and draws no second key. Nothing secret is in it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use keys::{Algorithm, KeyDirectory, KeyId, Purpose};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    service,
    settings::{Settings, TokenSettings},
};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) verb: Verb,
    pub(super) purpose: Purpose,
    pub(super) algorithm: Algorithm,
    /// As it was given.
    pub(super) from: Option<Timestamp>,
    pub(super) in_token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verb {
    New,
    Rotate,
}

impl Verb {
    pub(super) const fn done(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Rotate => "rotated",
        }
    }
}

/// A change of keys that is under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) wanted: Wanted,
    pub(super) at: Timestamp,
    /// How the token names the key, where it is made in one; drawn before it is made, so that it can be found.
    pub(super) object: Option<String>,
    /// The key, once it is made.
    pub(super) key: Option<KeyId>,
}

impl Begun {
    fn file(data: &Path) -> PathBuf {
        data.join("keys.change.json")
    }

    pub(super) fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        read(&Self::file(data))
    }

    pub(super) fn keep(&self, data: &Path) -> anyhow::Result<()> {
        keep(self, &Self::file(data))
    }

    pub(super) fn end(data: &Path) -> anyhow::Result<()> {
        remove(&Self::file(data))
    }

    /// Its key, if the key file has it: then everything is done but for the answer.
    pub(super) fn made(&self, directory: &KeyDirectory) -> Option<KeyId> {
        self.key
            .filter(|key| directory.keys().iter().any(|entry| entry.id() == *key))
    }

    /// Takes out of the token what was made there and entered nowhere.
    pub(super) fn undo(&self, settings: &Settings) -> anyhow::Result<()> {
        take_out(self.object.as_slice(), settings.token.as_ref())
    }
}

/// Destroys objects of the token that no key file names.
pub(super) fn take_out(objects: &[String], token: Option<&TokenSettings>) -> anyhow::Result<()> {
    if objects.is_empty() {
        return Ok(());
    }
    let settings = token
        .context("a key was begun in a token that the settings no longer name: name it, or remove the key there")?;
    let token = service::open_token(settings)?;
    for object in objects {
        let object = HEXLOWER.decode(object.as_bytes()).context("the name of an object")?;
        token.destroy(&object)?;
    }
    Ok(())
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is not whole: take it away if it tells of nothing of yours",
                path.display()
            )
        })?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// Whole or not at all, and on the disk when this returns.
pub(super) fn keep<T: Serialize>(what: &T, path: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    let new = path.with_extension("new");
    let mut file = std::fs::File::create(&new).with_context(|| format!("write {}", new.display()))?;
    file.write_all(&serde_json::to_vec(what)?)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    flush_folder(path)
}

pub(super) fn remove(path: &Path) -> anyhow::Result<()> {
    std::fs::remove_file(path).with_context(|| format!("remove {}", path.display()))?;
    flush_folder(path)
}

fn flush_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().context("a file in a folder")?;
    Ok(std::fs::File::open(folder)?.sync_all()?)
}
