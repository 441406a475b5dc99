//! # proofs: what anybody can check
//!
//! The formats of the public log, and how they are checked: leaves, checkpoints in signed notes, cosignatures, proofs that
//! can be carried away, and the policy that says whose signatures are believed. Pure: no store, no clock, no network. The
//! ledger makes them; a verifier who has never seen the ledger checks them.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod bundle;
pub mod checkpoint;
pub mod hash;
mod leaf;
pub mod note;
mod policy;

pub use bundle::ProofBundle;
pub use checkpoint::{Checkpoint, SignCheckpointError};
pub use hash::Hash;
pub use leaf::{Leaf, leaf_hash, stream_digest};
pub use note::{NoteError, NoteKind, VerifierKey};
pub use policy::{POLICY_BYTES_MAX, Policy, PolicyError};
