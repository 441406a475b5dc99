//! The key file: one JSON document, its public part in clear and its private part under a passphrase.
//!
//! A key of AES-256-GCM-SIV is derived from the passphrase by Argon2id (RFC 9106) with the parameters and salt in the file.
//! Everything in clear is bound to the sealed part as associated data, so that no line of it can be changed unnoticed: not
//! the demo mark, not a public key, not a period of use.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::KeyInit as _;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::authority::{self, AuthorityError};
use crate::directory::{DirectoryError, KeyDirectory, PublicKeyEntry};
use crate::entropy::Entropy;
use crate::identity::{Algorithm, KeyId, Purpose};
use crate::signer::Signer;
use crate::software::{SoftwareSigner, draw_secret};
use crate::vault::{self, Vault};

const FORMAT: &str = "praman-key-store";
const VERSION: u32 = 1;
const CIPHER: &str = "aes-256-gcm-siv";
/// A key file is a few kilobytes; a larger one is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// All keys of one installation, opened.
pub struct KeyStore {
    demo: bool,
    directory: KeyDirectory,
    signers: Vec<Arc<SoftwareSigner>>,
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

#[derive(Serialize, Deserialize)]
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
struct Head {
    format: String,
    version: u32,
    demo: bool,
    created_at: Timestamp,
    derivation: Derivation,
    cipher: String,
    directory: KeyDirectory,
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
struct Secrets {
    master: String,
    keys: Vec<SecretKey>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct SecretKey {
    #[zeroize(skip)]
    id: KeyId,
    #[zeroize(skip)]
    purpose: Purpose,
    #[zeroize(skip)]
    algorithm: Algorithm,
    secret: String,
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

        let mut secrets = Secrets {
            master: BASE64.encode(master.as_ref()),
            keys: Vec::new(),
        };
        let mut signers = Vec::new();
        let mut entries = Vec::new();
        for (purpose, algorithm) in key_plan(demo) {
            let secret = draw_secret(algorithm, entropy);
            let signer = SoftwareSigner::from_secret(purpose, algorithm, &secret)
                .ok_or(KeyStoreError::Seal("a drawn key is not usable"))?;
            secrets.keys.push(SecretKey {
                id: signer.key_id(),
                purpose,
                algorithm,
                secret: BASE64.encode(secret.as_ref()),
            });
            entries.push(PublicKeyEntry {
                purpose,
                public_key: signer.public_key().clone(),
                not_before: now,
                not_after: None,
                demo,
                compromised: None,
            });
            signers.push(Arc::new(signer));
        }
        let (authority, signing) = if demo {
            let pdf = newest(&signers, Purpose::Pdf)?;
            let authority = newest(&signers, Purpose::Authority)?;
            let made = authority::demo_certificates(&*authority, pdf.public_key(), issuer_name, now, entropy)
                .map_err(KeyStoreError::Authority)?;
            (vec![made.authority], made.signing)
        } else {
            (Vec::new(), Vec::new())
        };
        let directory = KeyDirectory::try_new(issuer_name.to_owned(), entries, authority, signing)
            .map_err(KeyStoreError::Directory)?;

        let mut derivation = Derivation::choose(demo, &salt);
        let key = derivation.derive(passphrase, &salt)?;
        derivation.check = check_value(&key);
        let head = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            demo,
            created_at: now,
            derivation,
            cipher: CIPHER.to_owned(),
            directory,
        };
        let plain = Zeroizing::new(
            serde_json::to_vec(&secrets).map_err(|_| KeyStoreError::Seal("the keys could not be encoded"))?,
        );
        let cipher = Aes256GcmSiv::new(&(*key).into());
        let sealed = vault::seal(&cipher, entropy, &head.bytes()?, &plain)
            .map_err(|_| KeyStoreError::Seal("the keys could not be encrypted"))?;
        let file = File {
            head,
            sealed: BASE64.encode(&sealed),
        };
        let mut json =
            serde_json::to_vec_pretty(&file).map_err(|_| KeyStoreError::Seal("the key file could not be encoded"))?;
        json.push(b'\n');
        write_new(path, &json, entropy)?;
        Ok(Self {
            demo,
            directory: file.head.directory,
            signers,
            vault: Vault::from_master(&master),
        })
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// See [`KeyStoreError`]; a wrong passphrase, a truncated file and an edited one are told apart.
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
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

        let mut signers = Vec::new();
        for key in &secrets.keys {
            let secret = decode_secret(&key.secret).ok_or_else(altered)?;
            let signer = SoftwareSigner::from_secret(key.purpose, key.algorithm, &secret).ok_or_else(altered)?;
            if signer.key_id() != key.id || head.directory.entry(key.purpose, key.id).is_none() {
                return Err(altered());
            }
            signers.push(Arc::new(signer));
        }
        let master = decode_secret(&secrets.master).ok_or_else(altered)?;
        Ok(Self {
            demo: head.demo,
            directory: head.directory,
            signers,
            vault: Vault::from_master(&master),
        })
    }

    /// The key that signs for this purpose: the newest one.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`].
    pub fn signer(&self, purpose: Purpose) -> Result<Arc<dyn Signer>, KeyStoreError> {
        let signer: Arc<dyn Signer> = newest(&self.signers, purpose)?;
        Ok(signer)
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

fn newest(signers: &[Arc<SoftwareSigner>], purpose: Purpose) -> Result<Arc<SoftwareSigner>, KeyStoreError> {
    let signer = signers.iter().rev().find(|signer| signer.purpose() == purpose);
    Ok(Arc::clone(signer.ok_or(KeyStoreError::Missing(purpose))?))
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
    let mut suffix = [0; 8];
    entropy.fill(&mut suffix);
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", HEXLOWER.encode(&suffix)));
    let temporary = PathBuf::from(temporary);
    let written = write_private(&temporary, bytes).and_then(|()| fs::hard_link(&temporary, path));
    // Whether the link was made or not, the temporary name is of no further use; a leftover harms nobody.
    let removed = fs::remove_file(&temporary);
    written.and(removed).map_err(failed)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
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
