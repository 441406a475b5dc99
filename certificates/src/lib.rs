//! # certificates: what is issued
//!
//! Record, credential, QR code and PDF, and what a verifier makes of them. No database and no network: what the register
//! says comes in as a fact.
//!
//! Without the feature `papers` it is the verifier alone: tokens, status lists and the verdict on them, in Rust without C, small
//! enough for a page that checks without a connection.
//!
//! - [`Record`]: everything a certificate says, as deterministic CBOR with a salted digest.
//! - [`Token`]: the signed credential in the QR code.
//! - `pdf`: the printed page and its signature.
//! - `timestamp`: an authority's word for when that signature was made.
//! - [`read`]: from an upload or a text to evidence.
//! - [`status`]: the signed lists of what was revoked, suspended or replaced.
//! - `vc`: the same record and credential in an envelope of the W3C.
//! - [`verify`]: from evidence, trust and the register's answer to a verdict.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod cbor;
mod cose;
mod credential;
#[cfg(feature = "papers")]
pub mod pdf;
pub mod qr;
pub mod read;
mod record;
pub mod status;
#[cfg(feature = "papers")]
pub mod timestamp;
#[cfg(feature = "papers")]
pub mod vc;
pub mod verify;
#[cfg(feature = "papers")]
mod x509;

pub use credential::{CLAIM_169_CHARACTERS_MAX, Claims, CredentialError, TOKEN_BYTES_MAX, Token};
pub use domain::catalogue::Printed;
#[cfg(feature = "papers")]
pub use qr::{Qr, QrError};
pub use record::{
    RECORD_BYTES_MAX, Record, RecordError, RecordField, SALT_BYTES, read_attachment, record_attachment, record_digest,
};
#[cfg(feature = "papers")]
pub use verify::{BrokenPages, ChainProblem, PdfEvidence, PdfProblem, SigningChain, Stamped, check_before_release};
pub use verify::{
    Check, CheckName, Checks, Differing, Evidence, Held, Hold, Logged, OnDay, Proven, Reason, Source, Standing, State,
    StatusAnswer, Trust, Verdict, VerdictCode, held_on, verify,
};
