//! The key file: one JSON document, its public part in clear and its private part under a passphrase.
//!
//! A key of AES-256-GCM-SIV is derived from the passphrase by Argon2id (RFC 9106) with the parameters and salt in the file.
//! Everything in clear is bound to the sealed part as associated data, so that no line of it can be changed unnoticed: not
//! the demo mark, not a public key, not a period of use.

//!
//! Of one purpose there may be several keys: the newest one that is in use signs, the others stay for what they have signed. A
//! change writes the whole file anew beside the old one, which is there until the new one is on the disk; see [`KeyFile`].

mod changes;
mod file;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::authority::AuthorityError;
use crate::directory::{DirectoryError, KeyDirectory, PublicKeyEntry};
use crate::entropy::Entropy;
use crate::identity::{Algorithm, KeyId, Purpose};
use crate::signer::Signer;
use crate::software::SoftwareSigner;
use crate::vault::Vault;

pub use file::KeyFile;

/// All keys of one installation, opened.
pub struct KeyStore {
    demo: bool,
    directory: KeyDirectory,
    signers: Vec<Arc<dyn Signer>>,
    /// Keys that are in a token: their names, and how the token names them.
    elsewhere: Vec<(KeyId, Vec<u8>)>,
    pdf_intermediates: Vec<Vec<u8>>,
    vault: Vault,
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// The key file was not made or not opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// There is a key file already; it is never overwritten.
    #[error("the key file {} exists already", .path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("the key file {} could not be read", .path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("the key file {} could not be written", .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a key file, or not whole.
    #[error("the key file {} is cut short or not a key file", .path.display())]
    Parse {
        /// Where.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The file is a key file of a kind that this version does not read, or its parameters are outside what it accepts.
    #[error("the key file {} has a format or parameters that are not supported: {what}", .path.display())]
    Unsupported {
        /// Where.
        path: PathBuf,
        /// What.
        what: &'static str,
    },
    /// The passphrase is wrong (or the salt or the parameters were changed, which looks the same).
    #[error("the passphrase does not open the key file {}", .path.display())]
    Passphrase {
        /// Where.
        path: PathBuf,
    },
    /// The passphrase is right, but the file was changed after it was written.
    #[error("the key file {} was altered", .path.display())]
    Altered {
        /// Where.
        path: PathBuf,
    },
    /// The store has no key for this purpose.
    #[error("the key store has no {0} key")]
    Missing(Purpose),
    /// The store has keys for this purpose, and none that is in use at this time.
    #[error("no {0} key of the key store is in use now")]
    NoneInUse(Purpose),
    /// The key that would sign is in a token, and no token was given.
    #[error("the {purpose} key {key} is in a token; none is set up")]
    Elsewhere {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
    /// The store has no key of this name.
    #[error("the key store has no key {0}")]
    Unknown(KeyId),
    /// Another process is changing the file, or has changed it since it was read.
    #[error("the key file {} is being changed by another process, or was since it was read", .path.display())]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// A key of this algorithm is not made in the file, or not for this purpose.
    #[error("a {purpose} key of this kind is not made here")]
    Kind {
        /// The purpose.
        purpose: Purpose,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// A change that would make void certificates good again.
    #[error("an earlier compromise of the key {0} is on record")]
    CompromisedEarlier(KeyId),
    /// An empty passphrase was given for a store that is not a demonstration.
    #[error("a key store needs a passphrase")]
    EmptyPassphrase,
    /// The public half does not hold together.
    #[error("the public keys do not make a directory")]
    Directory(#[source] DirectoryError),
    /// The demonstration's signing certificates could not be made.
    #[error("the demonstration's signing certificates could not be made")]
    Authority(#[source] AuthorityError),
    /// Deriving, sealing or encoding failed inside.
    #[error("the key store could not be sealed: {0}")]
    Seal(&'static str),
}

impl KeyStore {
    /// Makes a fresh set of keys and writes it to a file that must not exist (mode 0600, complete or not there at all).
    ///
    /// With `demo`, all keys are marked as demonstration keys, and an authority key and the two PDF certificates are made as
    /// well. Without, the PDF certificate comes from a licensed authority. The witness key is for watching the logs of others.
    ///
    /// # Errors
    /// See [`KeyStoreError`].
    pub fn create(
        path: &Path,
        passphrase: &str,
        entropy: &dyn Entropy,
        demo: bool,
        now: Timestamp,
        issuer_name: &str,
    ) -> Result<Self, KeyStoreError> {
        let mut file = KeyFile::begin(path, passphrase, entropy, demo, now, issuer_name)?;
        for (purpose, algorithm) in key_plan(demo) {
            file.add(purpose, algorithm, now, entropy)?;
        }
        if demo {
            file.certify_demonstration(now, entropy)?;
        }
        file.create(entropy)?;
        Self::of(&file)
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// See [`KeyStoreError`]; a wrong passphrase, a truncated file and an edited one are told apart.
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
        Self::of(&KeyFile::read(path, passphrase)?)
    }

    /// What a key file holds, ready to sign.
    ///
    /// # Errors
    /// [`KeyStoreError::Altered`].
    pub fn of(file: &KeyFile) -> Result<Self, KeyStoreError> {
        let signers = file.signers()?.into_iter();
        Ok(Self {
            demo: file.is_demo(),
            directory: file.directory().clone(),
            signers: signers
                .map(|signer: SoftwareSigner| Arc::new(signer) as Arc<dyn Signer>)
                .collect(),
            elsewhere: file.elsewhere()?,
            pdf_intermediates: file.pdf_intermediates()?,
            vault: file.vault()?,
        })
    }

    /// The key that signs for this purpose: the newest one that is neither retired nor compromised.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`], [`KeyStoreError::NoneInUse`], [`KeyStoreError::Elsewhere`].
    pub fn signer(&self, purpose: Purpose) -> Result<Arc<dyn Signer>, KeyStoreError> {
        self.newest(purpose, |entry| {
            entry.not_after.is_none() && entry.compromised.is_none()
        })
    }

    /// The key that signs for this purpose at this time: the newest one that has begun and has not ended. For PDFs, the one
    /// to which an authority gave the certificate that the directory names, as long as it is in use; a newer one waits for
    /// its own.
    ///
    /// # Errors
    /// As [`KeyStore::signer`].
    pub fn signer_at(&self, purpose: Purpose, now: Timestamp) -> Result<Arc<dyn Signer>, KeyStoreError> {
        if purpose == Purpose::Pdf
            && let Some(certified) = self.directory.certified_pdf_key()
            && let Some(entry) = self.directory.entry(purpose, certified)
            && entry.is_in_use(now)
        {
            return self.by_name(entry);
        }
        self.newest(purpose, |entry| entry.is_in_use(now))
    }

    /// All keys that may sign for this purpose at this time, oldest first.
    ///
    /// # Errors
    /// As [`KeyStore::signer`].
    pub fn signers_at(&self, purpose: Purpose, now: Timestamp) -> Result<Vec<Arc<dyn Signer>>, KeyStoreError> {
        let entries = self.directory.keys().iter();
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.purpose == purpose && entry.is_in_use(now))
            .collect();
        entries.sort_by_key(|entry| entry.not_before);
        if entries.is_empty() {
            return Err(self.none_of(purpose));
        }
        entries.into_iter().map(|entry| self.by_name(entry)).collect()
    }

    fn newest(
        &self,
        purpose: Purpose,
        may: impl Fn(&PublicKeyEntry) -> bool,
    ) -> Result<Arc<dyn Signer>, KeyStoreError> {
        let entries = self.directory.keys().iter();
        let newest = entries
            .filter(|entry| entry.purpose == purpose && may(entry))
            .max_by_key(|entry| entry.not_before);
        self.by_name(newest.ok_or_else(|| self.none_of(purpose))?)
    }

    fn none_of(&self, purpose: Purpose) -> KeyStoreError {
        if self.directory.keys().iter().any(|entry| entry.purpose == purpose) {
            KeyStoreError::NoneInUse(purpose)
        } else {
            KeyStoreError::Missing(purpose)
        }
    }

    /// The private half of an entry, also of one that is not in use.
    ///
    /// # Errors
    /// [`KeyStoreError::Elsewhere`].
    pub fn by_name(&self, entry: &PublicKeyEntry) -> Result<Arc<dyn Signer>, KeyStoreError> {
        let found = self.signers.iter().find(|signer| signer.key_id() == entry.id());
        found.cloned().ok_or(KeyStoreError::Elsewhere {
            purpose: entry.purpose,
            key: entry.id(),
        })
    }

    /// Keys that are not in the file but in a token: their entries, and the token's own name of each.
    pub fn in_tokens(&self) -> impl Iterator<Item = (&PublicKeyEntry, &[u8])> {
        self.elsewhere.iter().filter_map(|(id, object)| {
            let entry = self.directory.keys().iter().find(|entry| entry.id() == *id)?;
            Some((entry, object.as_slice()))
        })
    }

    /// Takes a key in that is in a token. One that does not fit its entry in the directory is not taken.
    ///
    /// # Errors
    /// [`KeyStoreError::Unknown`].
    pub fn attach(&mut self, signer: Arc<dyn Signer>) -> Result<(), KeyStoreError> {
        let id = signer.key_id();
        let fits = |entry: &&PublicKeyEntry| entry.public_key == *signer.public_key();
        let known = self.directory.entry(signer.purpose(), id).filter(fits).is_some();
        if !known || !self.elsewhere.iter().any(|(elsewhere, _)| *elsewhere == id) {
            return Err(KeyStoreError::Unknown(id));
        }
        self.signers.push(signer);
        Ok(())
    }

    /// Certificates between the PDF key's own and its authority's, in DER.
    pub fn pdf_intermediates(&self) -> &[Vec<u8>] {
        &self.pdf_intermediates
    }

    /// The vault of this installation.
    pub fn vault(&self) -> Vault {
        self.vault.clone()
    }

    /// The public half.
    pub const fn directory(&self) -> &KeyDirectory {
        &self.directory
    }

    /// Whether this store is a demonstration's.
    pub const fn is_demo(&self) -> bool {
        self.demo
    }
}

/// Which keys a fresh store holds.
fn key_plan(demo: bool) -> Vec<(Purpose, Algorithm)> {
    let mut plan = vec![
        (Purpose::Credential, Algorithm::Ed25519),
        (Purpose::Checkpoint, Algorithm::Ed25519),
        (Purpose::Status, Algorithm::Ed25519),
        (Purpose::Pdf, Algorithm::P256),
    ];
    if demo {
        plan.push((Purpose::Authority, Algorithm::P256));
    }
    plan.push((Purpose::Witness, Algorithm::Ed25519));
    plan
}
