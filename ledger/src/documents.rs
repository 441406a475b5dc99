//! Papers and other files: sealed, named by what they hold.
//!
//! A document is called by the SHA-256 of its content. On the disk its name is a keyed fingerprint of that digest: the digest
//! of a paper with little in it (a form, a cheque leaf) could be found by trying, and the folder may be in many backups.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use keys::{Entropy, Vault, VaultError};

use crate::leaf::sha256;

const TEMPORARY: &str = "tmp-";

/// A document could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file system failed.
    #[error("the file system failed to {doing}")]
    Files {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: std::io::Error,
    },
    /// Not 64 lower-case hexadecimal digits.
    #[error("a document is called by 64 lower-case hexadecimal digits")]
    Digest,
    /// The vault could not seal.
    #[error("the document could not be sealed")]
    Seal(#[source] VaultError),
    /// The file is not what was written, or was sealed by another vault.
    #[error("the document is damaged")]
    Damaged,
    /// The work ended without an answer.
    #[error("the work was stopped before it could answer")]
    Stopped,
}

/// A folder of sealed files. Cheap to clone.
#[derive(Clone)]
pub struct Documents(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Documents").field(&self.0.folder).finish()
    }
}

fn files(doing: &'static str) -> impl FnOnce(std::io::Error) -> DocumentError {
    move |source| DocumentError::Files { doing, source }
}

impl Documents {
    /// Opens the folder; makes it where there is none. What a crash left half-written is taken away.
    ///
    /// # Errors
    /// [`DocumentError::Files`].
    pub fn open(folder: &Path, vault: Vault, entropy: Arc<dyn Entropy>) -> Result<Self, DocumentError> {
        std::fs::create_dir_all(folder).map_err(files("make the folder"))?;
        for entry in std::fs::read_dir(folder).map_err(files("read the folder"))? {
            let entry = entry.map_err(files("read the folder"))?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                std::fs::remove_file(entry.path()).map_err(files("clear the folder"))?;
            }
        }
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            vault,
            entropy,
        })))
    }

    /// Keeps a document and answers with the hexadecimal SHA-256 of its content. When this returns it is on the disk. The same
    /// content again is the same document.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn put(&self, content: Vec<u8>) -> Result<String, DocumentError> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || inner.put(&content))
            .await
            .map_err(|_| DocumentError::Stopped)?
    }

    /// The content of a document; `None` where there is no such document.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] when the file does not hold what its name says.
    pub async fn get(&self, digest: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        let (inner, digest) = (Arc::clone(&self.0), parse(digest)?);
        tokio::task::spawn_blocking(move || inner.get(&digest))
            .await
            .map_err(|_| DocumentError::Stopped)?
    }

    /// Takes a document away; nothing happens where there is none.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn remove(&self, digest: &str) -> Result<(), DocumentError> {
        let (inner, digest) = (Arc::clone(&self.0), parse(digest)?);
        tokio::task::spawn_blocking(move || inner.remove(&digest))
            .await
            .map_err(|_| DocumentError::Stopped)?
    }
}

fn parse(digest: &str) -> Result<[u8; 32], DocumentError> {
    let bytes = HEXLOWER.decode(digest.as_bytes()).map_err(|_| DocumentError::Digest)?;
    bytes.try_into().map_err(|_| DocumentError::Digest)
}

/// Binds the sealed content to its name, so that two files cannot be exchanged.
fn associated_data(digest: &[u8; 32]) -> Vec<u8> {
    [b"praman document v1\0".as_slice(), digest].concat()
}

impl Inner {
    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        self.folder.join(HEXLOWER.encode(&self.vault.blind("document", digest)))
    }

    fn put(&self, content: &[u8]) -> Result<String, DocumentError> {
        let digest = sha256(content);
        // A damaged file is replaced by the whole one at hand.
        if !matches!(self.get(&digest), Ok(Some(_))) {
            let sealed = self
                .vault
                .seal_row(self.entropy.as_ref(), &associated_data(&digest), content)
                .map_err(DocumentError::Seal)?;
            self.write(&self.path(&digest), &sealed)?;
        }
        Ok(HEXLOWER.encode(&digest))
    }

    /// After a crash there is the whole file under its name, or none: the content is on the disk before the name, and the name
    /// before this returns. A file left under a temporary name is cleared on opening.
    fn write(&self, path: &Path, sealed: &[u8]) -> Result<(), DocumentError> {
        let mut chance = [0; 16];
        self.entropy.fill(&mut chance);
        let temporary = self.folder.join(format!("{TEMPORARY}{}", HEXLOWER.encode(&chance)));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(files("make a file"))?;
        let written = file
            .write_all(sealed)
            .and_then(|()| file.sync_all())
            .map_err(files("write a file"));
        let named = written.and_then(|()| std::fs::rename(&temporary, path).map_err(files("name a file")));
        if named.is_err() {
            // A full disk must not fill with halves; if this fails too, the next opening clears it.
            drop(std::fs::remove_file(&temporary));
        }
        named?;
        self.sync_folder()
    }

    fn get(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, DocumentError> {
        let sealed = match std::fs::read(self.path(digest)) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(DocumentError::Files {
                    doing: "read a file",
                    source,
                });
            }
        };
        let content = self
            .vault
            .open_row(&associated_data(digest), &sealed)
            .map_err(|_| DocumentError::Damaged)?;
        if sha256(&content) != *digest {
            return Err(DocumentError::Damaged);
        }
        Ok(Some(content))
    }

    fn remove(&self, digest: &[u8; 32]) -> Result<(), DocumentError> {
        match std::fs::remove_file(self.path(digest)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DocumentError::Files {
                doing: "remove a file",
                source: error,
            }),
            _ => self.sync_folder(),
        }
    }

    fn sync_folder(&self) -> Result<(), DocumentError> {
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(files("sync the folder"))
    }
}

#[cfg(test)]
mod tests {
    use keys::SeededEntropy;

    use super::*;

    fn open(folder: &Path) -> Documents {
        let entropy = Arc::new(SeededEntropy::new(5));
        let vault = Vault::ephemeral(&SeededEntropy::new(6));
        Documents::open(folder, vault, entropy).unwrap()
    }

    #[tokio::test]
    async fn a_document_comes_back_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let documents = open(folder.path());
        let content = b"%PDF-1.7 an income proof".to_vec();
        let digest = documents.put(content.clone()).await.unwrap();
        assert_eq!(digest, HEXLOWER.encode(&sha256(&content)));
        assert_eq!(documents.put(content.clone()).await.unwrap(), digest);
        assert_eq!(documents.get(&digest).await.unwrap(), Some(content));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_ne!(
            file.file_name().to_string_lossy(),
            digest,
            "the digest is not on the disk"
        );
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"income"));

        documents.remove(&digest).await.unwrap();
        documents.remove(&digest).await.unwrap();
        assert_eq!(documents.get(&digest).await.unwrap(), None);
        assert!(matches!(documents.get("../../x").await, Err(DocumentError::Digest)));
    }

    #[tokio::test]
    async fn a_changed_file_is_told_and_healed() {
        let folder = tempfile::tempdir().unwrap();
        let documents = open(folder.path());
        let digest = documents.put(b"one".to_vec()).await.unwrap();
        let path = std::fs::read_dir(folder.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            std::fs::write(&path, &flipped).unwrap();
            assert!(
                matches!(documents.get(&digest).await, Err(DocumentError::Damaged)),
                "byte {place}"
            );
        }
        let other = documents.put(b"two".to_vec()).await.unwrap();
        let other_path = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let other_path = other_path.into_iter().find(|found| *found != path).unwrap();
        std::fs::copy(&other_path, &path).unwrap();
        assert!(
            matches!(documents.get(&digest).await, Err(DocumentError::Damaged)),
            "another document under this name"
        );
        assert_eq!(documents.put(b"one".to_vec()).await.unwrap(), digest);
        assert_eq!(documents.get(&digest).await.unwrap().unwrap(), b"one");
        assert_eq!(documents.get(&other).await.unwrap().unwrap(), b"two");
    }

    #[test]
    fn what_a_crash_left_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tmp-00"), b"half").unwrap();
        open(folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
