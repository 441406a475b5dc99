//! Signing. A signer holds one key of one purpose.

use std::sync::Arc;

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
    /// Others that sign the same beside it while a key is changed over, where the signed form has room for several: a
    /// checkpoint has. Whoever knows the old key alone, or the new one alone, then still finds a signature.
    fn beside(&self) -> &[Arc<dyn Signer>] {
        &[]
    }
}

/// Several keys of one purpose during a change-over, the oldest first. It acts as the first.
pub struct ChangeOver {
    first: Arc<dyn Signer>,
    others: Vec<Arc<dyn Signer>>,
}

impl ChangeOver {
    /// `None` without a key.
    pub fn new(signers: Vec<Arc<dyn Signer>>) -> Option<Self> {
        let mut signers = signers.into_iter();
        Some(Self {
            first: signers.next()?,
            others: signers.collect(),
        })
    }
}

impl Signer for ChangeOver {
    fn purpose(&self) -> Purpose {
        self.first.purpose()
    }

    fn public_key(&self) -> &PublicKey {
        self.first.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.first.sign(message)
    }

    fn beside(&self) -> &[Arc<dyn Signer>] {
        &self.others
    }
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
    /// The token that holds the key did not do it.
    #[error("the {purpose} key {key} could not be used")]
    Token {
        /// Its purpose.
        purpose: Purpose,
        /// Its name.
        key: KeyId,
        /// Why.
        #[source]
        problem: TokenProblem,
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

/// Why a token did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// The PKCS #11 module cannot be loaded or does not start.
    #[error("the PKCS #11 module cannot be loaded")]
    Module,
    /// No token of this name is there: never was, or was pulled out.
    #[error("the token is not there")]
    Gone,
    /// The PIN was refused. It is not tried again by this process, for a token locks itself after a few tries.
    #[error("the token refuses the PIN")]
    Pin,
    /// The token has locked itself, or never got a PIN.
    #[error("the token is locked, or has no PIN yet")]
    Locked,
    /// The session was lost, and a new one as well.
    #[error("the session with the token was lost")]
    Session,
    /// The token has no such key, or more than one.
    #[error("the token does not hold the key")]
    Key,
    /// The token makes or uses no key of this kind.
    #[error("the token has no keys of this kind")]
    Kind,
    /// The token made a key that can be taken out of it.
    #[error("the token made a key that can be taken out of it")]
    Extractable,
    /// The token answered something else.
    #[error("the token failed")]
    Failed,
}
