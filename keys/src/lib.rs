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
//!
//! Without the feature `private` only the public half is here, for whoever checks signatures and makes none: no private byte,
//! no chance, no C code. An RSA key is then known and verifies nothing; it is for the PDF alone.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(feature = "private")]
mod authority;
mod directory;
#[cfg(feature = "private")]
mod entropy;
mod identity;
mod public;
#[cfg(feature = "private")]
mod request;
mod rsa;
mod signer;
#[cfg(feature = "private")]
mod software;
#[cfg(feature = "private")]
mod store;
#[cfg(feature = "private")]
mod token;
#[cfg(feature = "private")]
mod vault;

#[cfg(feature = "private")]
pub use authority::{AuthorityError, DemoCertificates, demo_certificates};
pub use directory::{Compromise, DirectoryError, KeyDirectory, PublicKeyEntry, VerifyError};
#[cfg(feature = "private")]
pub use entropy::{Entropy, OsEntropy, SeededEntropy};
pub use identity::{Algorithm, KeyId, KeyIdError, Purpose};
pub use public::{PublicKey, PublicKeyError, SignatureInvalid};
#[cfg(feature = "private")]
pub use request::{RequestError, Subject, certificate_request};
#[cfg(feature = "private")]
pub use rsa::{RsaKeyError, RsaSigner};
pub use signer::{ChangeOver, SignError, Signer, TokenProblem};
#[cfg(feature = "private")]
pub use store::{KeyFile, KeyStore, KeyStoreError};
#[cfg(feature = "private")]
pub use token::{MadeInToken, Token, TokenSigner};
#[cfg(feature = "private")]
pub use vault::{SubjectCipher, Vault, VaultError, WrappedKey};
