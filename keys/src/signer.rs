//! Signing. A signer holds one key of one purpose.

use crate::identity::{Algorithm, KeyId, Purpose};
use crate::public::PublicKey;

/// One private key, able to sign and unable to show itself.
pub trait Signer: Send + Sync {
    /// The name under which the public half stands in the directory.
    fn key_id(&self) -> KeyId {
        self.public_key().id()
    }
    /// What this key may sign.
    fn purpose(&self) -> Purpose;
    /// How it signs; fixes the form of the signature (see [`Algorithm`]).
    fn algorithm(&self) -> Algorithm {
        self.public_key().algorithm()
    }
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// Signs the message. The signature is verified before it is returned, so that a fault in memory or in a token never
    /// leaves this room as a signature.
    ///
    /// # Errors
    /// The key could not be used, or what it made does not verify.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// No signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key refused.
    #[error("the {purpose} key {key} could not sign")]
    Sign {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
    /// The fresh signature does not verify: a hardware fault or an attack. It is discarded.
    #[error("the {purpose} key {key} made a signature that does not verify")]
    Check {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
    },
}
