//! The bytes of the key file: read, sealed, and written so that there is always a whole one.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::KeyInit as _;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeyStoreError;
use crate::directory::KeyDirectory;
use crate::entropy::Entropy;
use crate::identity::{Algorithm, KeyId, Purpose};
use crate::software::SoftwareSigner;
use crate::vault::{self, Vault};

const FORMAT: &str = "praman-key-store";
const VERSION: u32 = 1;
const CIPHER: &str = "aes-256-gcm-siv";
/// A key file is a few kilobytes; a larger one is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A key file, opened to be changed. Nothing is changed on the disk before [`KeyFile::save`].
pub struct KeyFile {
    pub(super) path: PathBuf,
    pub(super) head: Head,
    pub(super) secrets: Secrets,
    key: Zeroizing<[u8; 32]>,
    /// SHA-256 of the file as it was read, and the file itself, held under a lock.
    read: Option<([u8; 32], fs::File)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    head: Head,
    /// `nonce | ciphertext | tag` of [`Secrets`] in JSON, base64.
    sealed: String,
}

/// Everything in clear. Its compact JSON is the associated data; it holds only strings, whole numbers and lists in a fixed
/// order, so that it is written the same way whatever features of the JSON library are on.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    format: String,
    version: u32,
    pub(super) demo: bool,
    created_at: Timestamp,
    derivation: Derivation,
    cipher: String,
    pub(super) directory: KeyDirectory,
    /// Keys of the directory that are in a token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) token_keys: Vec<TokenKey>,
    /// Certificates between the PDF key's own and its authority's, DER in base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pdf_intermediates: Vec<String>,
}

/// A key that never was in this file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenKey {
    pub(super) id: KeyId,
    /// How the token names it (`CKA_ID`), hexadecimal.
    pub(super) object: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derivation {
    algorithm: String,
    version: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    /// Sixteen bytes, base64.
    salt: String,
    /// Tells a wrong passphrase from a changed file: SHA-256 over a label and the derived key, hexadecimal. Guessing against
    /// it costs as much Argon2id as guessing against the sealed part.
    check: String,
}

/// What is sealed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    master: String,
    pub(super) keys: Vec<SecretKey>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretKey {
    #[zeroize(skip)]
    pub(super) id: KeyId,
    #[zeroize(skip)]
    pub(super) purpose: Purpose,
    #[zeroize(skip)]
    pub(super) algorithm: Algorithm,
    pub(super) secret: String,
}

impl KeyFile {
    /// A key file without a key, not written yet: it has a vault and nothing else.
    ///
    /// # Errors
    /// [`KeyStoreError::EmptyPassphrase`], [`KeyStoreError::Exists`].
    pub fn begin(
        path: &Path,
        passphrase: &str,
        entropy: &dyn Entropy,
        demo: bool,
        now: Timestamp,
        issuer_name: &str,
    ) -> Result<Self, KeyStoreError> {
        if passphrase.is_empty() && !demo {
            return Err(KeyStoreError::EmptyPassphrase);
        }
        if path.exists() {
            return Err(KeyStoreError::Exists {
                path: path.to_path_buf(),
            });
        }
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let mut master = Zeroizing::new([0; 32]);
        entropy.fill(master.as_mut());
        let mut derivation = Derivation::choose(demo, &salt);
        let key = derivation.derive(passphrase, &salt)?;
        derivation.check = check_value(&key);
        let directory = KeyDirectory::try_new(issuer_name.to_owned(), Vec::new(), Vec::new(), Vec::new())
            .map_err(KeyStoreError::Directory)?;
        Ok(Self {
            path: path.to_path_buf(),
            head: Head {
                format: FORMAT.to_owned(),
                version: VERSION,
                demo,
                created_at: now,
                derivation,
                cipher: CIPHER.to_owned(),
                directory,
                token_keys: Vec::new(),
                pdf_intermediates: Vec::new(),
            },
            secrets: Secrets {
                master: BASE64.encode(master.as_ref()),
                keys: Vec::new(),
            },
            key,
            read: None,
        })
    }

    /// Opens a key file to change it. Until this is dropped, nobody else can.
    ///
    /// # Errors
    /// As [`super::KeyStore::open`], and [`KeyStoreError::Busy`].
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
        let at = || path.to_path_buf();
        let held = fs::File::open(path).map_err(|source| KeyStoreError::Read { path: at(), source })?;
        held.try_lock().map_err(|_| KeyStoreError::Busy { path: at() })?;
        let mut file = Self::read(path, passphrase)?;
        file.read = Some((digest_of(path)?, held));
        Ok(file)
    }

    pub(super) fn read(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
        let at = || path.to_path_buf();
        let unsupported = |what| KeyStoreError::Unsupported { path: at(), what };
        let altered = || KeyStoreError::Altered { path: at() };
        let read = |source| KeyStoreError::Read { path: at(), source };
        if fs::metadata(path).map_err(read)?.len() > FILE_BYTES_MAX {
            return Err(unsupported("the file is too large"));
        }
        let json = fs::read(path).map_err(read)?;
        let File { head, sealed } =
            serde_json::from_slice(&json).map_err(|source| KeyStoreError::Parse { path: at(), source })?;
        if head.format != FORMAT || head.version != VERSION || head.cipher != CIPHER {
            return Err(unsupported("format, version or cipher"));
        }
        let salt = head.derivation.accepted_salt().map_err(unsupported)?;
        let key = head.derivation.derive(passphrase, &salt)?;
        if !bool::from(check_value(&key).as_bytes().ct_eq(head.derivation.check.as_bytes())) {
            return Err(KeyStoreError::Passphrase { path: at() });
        }
        let sealed = BASE64.decode(sealed.as_bytes()).map_err(|_| altered())?;
        let cipher = Aes256GcmSiv::new(&(*key).into());
        let plain = Zeroizing::new(vault::open(&cipher, &head.bytes()?, &sealed).ok_or_else(altered)?);
        let secrets: Secrets = serde_json::from_slice(&plain).map_err(|_| altered())?;
        Ok(Self {
            path: at(),
            head,
            secrets,
            key,
            read: None,
        })
    }

    fn altered(&self) -> KeyStoreError {
        KeyStoreError::Altered {
            path: self.path.clone(),
        }
    }

    /// The keys that are in the file, each compared with its entry.
    pub(super) fn signers(&self) -> Result<Vec<SoftwareSigner>, KeyStoreError> {
        let mut signers = Vec::new();
        for key in &self.secrets.keys {
            let secret = decode_secret(&key.secret).ok_or_else(|| self.altered())?;
            let signer =
                SoftwareSigner::from_secret(key.purpose, key.algorithm, &secret).ok_or_else(|| self.altered())?;
            if crate::Signer::key_id(&signer) != key.id || self.head.directory.entry(key.purpose, key.id).is_none() {
                return Err(self.altered());
            }
            signers.push(signer);
        }
        Ok(signers)
    }

    pub(super) fn elsewhere(&self) -> Result<Vec<(KeyId, Vec<u8>)>, KeyStoreError> {
        let keys = self.head.token_keys.iter();
        keys.map(|key| match HEXLOWER.decode(key.object.as_bytes()) {
            Ok(object) => Ok((key.id, object)),
            Err(_) => Err(self.altered()),
        })
        .collect()
    }

    pub(super) fn pdf_intermediates(&self) -> Result<Vec<Vec<u8>>, KeyStoreError> {
        let certificates = self.head.pdf_intermediates.iter();
        certificates
            .map(|text| BASE64.decode(text.as_bytes()).map_err(|_| self.altered()))
            .collect()
    }

    pub(super) fn vault(&self) -> Result<Vault, KeyStoreError> {
        let master = decode_secret(&self.secrets.master).ok_or_else(|| self.altered())?;
        Ok(Vault::from_master(&master))
    }

    /// The public half, with what was changed so far.
    pub const fn directory(&self) -> &KeyDirectory {
        &self.head.directory
    }

    /// Whether it is a demonstration's.
    pub const fn is_demo(&self) -> bool {
        self.head.demo
    }

    /// The whole file, sealed with a fresh nonce.
    fn bytes(&self, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyStoreError> {
        let plain = Zeroizing::new(
            serde_json::to_vec(&self.secrets).map_err(|_| KeyStoreError::Seal("the keys could not be encoded"))?,
        );
        let cipher = Aes256GcmSiv::new(&(*self.key).into());
        let sealed = vault::seal(&cipher, entropy, &self.head.bytes()?, &plain)
            .map_err(|_| KeyStoreError::Seal("the keys could not be encrypted"))?;
        let file = Written {
            head: &self.head,
            sealed: BASE64.encode(&sealed),
        };
        let mut json =
            serde_json::to_vec_pretty(&file).map_err(|_| KeyStoreError::Seal("the key file could not be encoded"))?;
        json.push(b'\n');
        Ok(json)
    }

    /// Writes a file that was begun; nothing may have its name yet (mode 0600, complete or not there at all).
    ///
    /// # Errors
    /// [`KeyStoreError::Exists`], [`KeyStoreError::Write`].
    pub fn create(&self, entropy: &dyn Entropy) -> Result<(), KeyStoreError> {
        write_new(&self.path, &self.bytes(entropy)?, entropy)
    }

    /// Puts the changed file in the place of the old one: whole and on the disk under another name first, checked by reading
    /// it back, then renamed. Whatever ends the process in between leaves the old file or the new one.
    ///
    /// # Errors
    /// [`KeyStoreError::Busy`] when the file is no longer the one that was read; see [`KeyStoreError`].
    pub fn save(self, entropy: &dyn Entropy) -> Result<(), KeyStoreError> {
        self.save_with(entropy, |_| Ok(()))
    }

    /// `before` is asked before each step, and may end it there as a crash would.
    pub(super) fn save_with(
        self,
        entropy: &dyn Entropy,
        mut before: impl FnMut(Step) -> io::Result<()>,
    ) -> Result<(), KeyStoreError> {
        let failed = |source| KeyStoreError::Write {
            path: self.path.clone(),
            source,
        };
        let bytes = self.bytes(entropy)?;
        let temporary = beside(&self.path, entropy);
        before(Step::Write).map_err(failed)?;
        let written = write_private(&temporary, &bytes).and_then(|()| before(Step::ReadBack));
        let renamed = written.map_err(failed).and_then(|()| {
            if fs::read(&temporary).map_err(failed)? != bytes {
                return Err(failed(io::Error::other("what was read back is not what was written")));
            }
            if let Some((digest, _)) = &self.read
                && digest_of(&self.path)? != *digest
            {
                return Err(KeyStoreError::Busy {
                    path: self.path.clone(),
                });
            }
            before(Step::Rename).map_err(failed)?;
            fs::rename(&temporary, &self.path).map_err(failed)
        });
        if renamed.is_err() {
            // It holds sealed keys and nothing else; but nothing depends on it either.
            drop(fs::remove_file(&temporary));
        }
        renamed?;
        before(Step::Folder).map_err(failed)?;
        sync_folder(&self.path).map_err(failed)
    }
}

/// The steps of [`KeyFile::save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Write,
    ReadBack,
    Rename,
    Folder,
}

/// [`File`] as it is written, without owning its parts.
#[derive(Serialize)]
struct Written<'k> {
    head: &'k Head,
    sealed: String,
}

fn digest_of(path: &Path) -> Result<[u8; 32], KeyStoreError> {
    let bytes = fs::read(path).map_err(|source| KeyStoreError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(Sha256::digest(bytes).into())
}

fn decode_secret(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

fn check_value(key: &[u8; 32]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"praman key store check v1");
    hash.update(key);
    HEXLOWER.encode(&hash.finalize())
}

impl Head {
    fn bytes(&self) -> Result<Vec<u8>, KeyStoreError> {
        serde_json::to_vec(self).map_err(|_| KeyStoreError::Seal("the head could not be encoded"))
    }
}

impl Derivation {
    /// 64 MiB and three passes (RFC 9106, section 4, second choice, on one lane). A demonstration's keys protect nothing and
    /// are opened often: 19 MiB and two passes, the least that is still advised for passwords.
    fn choose(demo: bool, salt: &[u8; 16]) -> Self {
        let (memory_kib, passes) = if demo { (19 * 1024, 2) } else { (64 * 1024, 3) };
        Self {
            algorithm: "argon2id".to_owned(),
            version: 0x13,
            memory_kib,
            passes,
            lanes: 1,
            salt: BASE64.encode(salt),
            check: String::new(),
        }
    }

    /// The salt, if the parameters are neither weaker than we write nor so large that opening a file becomes an attack.
    fn accepted_salt(&self) -> Result<[u8; 16], &'static str> {
        if self.algorithm != "argon2id" || self.version != 0x13 {
            return Err("key derivation");
        }
        if !(19 * 1024..=1024 * 1024).contains(&self.memory_kib)
            || !(2..=16).contains(&self.passes)
            || !(1..=16).contains(&self.lanes)
        {
            return Err("key derivation parameters");
        }
        let salt = BASE64.decode(self.salt.as_bytes()).map_err(|_| "salt")?;
        salt.try_into().map_err(|_| "salt")
    }

    fn derive(&self, passphrase: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        let parameters = argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| KeyStoreError::Seal("key derivation parameters"))?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
        let mut key = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
            .map_err(|_| KeyStoreError::Seal("key derivation"))?;
        Ok(key)
    }
}

/// Writes beside the target, flushes, and gives it its name only then, without replacing anything.
fn write_new(path: &Path, bytes: &[u8], entropy: &dyn Entropy) -> Result<(), KeyStoreError> {
    let failed = |source: io::Error| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            KeyStoreError::Exists {
                path: path.to_path_buf(),
            }
        } else {
            KeyStoreError::Write {
                path: path.to_path_buf(),
                source,
            }
        }
    };
    let temporary = beside(path, entropy);
    let written = write_private(&temporary, bytes).and_then(|()| fs::hard_link(&temporary, path));
    // Whether the link was made or not, the temporary name is of no further use; a leftover harms nobody.
    let removed = fs::remove_file(&temporary);
    written.and(removed).map_err(failed)?;
    sync_folder(path).map_err(failed)
}

/// A name of its own in the same folder.
fn beside(path: &Path, entropy: &dyn Entropy) -> PathBuf {
    let mut suffix = [0; 8];
    entropy.fill(&mut suffix);
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", HEXLOWER.encode(&suffix)));
    PathBuf::from(temporary)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder)?.sync_all()
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
