//! # keys: who signs
//!
//! The one room that holds private bytes. It makes keys, keeps them in a file under a passphrase, signs with them, and
//! seals what must be unreadable at rest. No function of this room returns a private byte; what leaves is a signature, a
//! public key or a ciphertext.
//!
//! - [`Entropy`]: the only source of chance; [`OsEntropy`] in a running system, [`SeededEntropy`] where a run must repeat.
//! - [`Signer`]: one key, one [`Purpose`]. Every signature is checked before it is handed out.
//! - [`KeyDirectory`]: the public half, as published and as a verifier reads it.
//! - [`KeyStore`]: the private half, a file.
//! - [`Vault`]: authenticated encryption of personal data (a key for each subject) and of rows at rest.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod authority;
mod directory;
mod entropy;
mod identity;
mod public;
mod rsa;
mod signer;
mod store;
mod vault;

pub use authority::{AuthorityError, DemoCertificates, demo_certificates};
pub use directory::{Compromise, DirectoryError, KeyDirectory, PublicKeyEntry, VerifyError};
pub use entropy::{Entropy, OsEntropy, SeededEntropy};
pub use identity::{Algorithm, KeyId, KeyIdError, Purpose};
pub use public::{PublicKey, PublicKeyError, SignatureInvalid};
pub use rsa::{RsaKeyError, RsaSigner};
pub use signer::{SignError, Signer};
pub use store::{KeyStore, KeyStoreError};
pub use vault::{SubjectCipher, Vault, VaultError, WrappedKey};
