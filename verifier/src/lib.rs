//! # verifier: who checks without asking us
//!
//! The verdict of [`certificates::verify`] for somebody who keeps the published keys and status lists and has no connection:
//! no database, no network, no PDF, no C code. The same code is built as WebAssembly for the page that works without a
//! connection; `src/wasm` is its door.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use verifier::Kept;
//!
//! let mut kept = Kept::default();
//! // What was fetched while there was a connection: /.well-known/praman-keys.json, and then /status/0 and so on.
//! # let keys = r#"{"issuer":"","keys":[],"pdf_authority":[],"pdf_signing_certificate":""}"#;
//! kept.keys(keys.as_bytes())?;
//! let answer = kept.check("HTTPS://EXAMPLE.ORG/C/2KCETIQ", "2026-11-23T07:00:00Z".parse()?, None);
//! assert_eq!(answer.verdict.code(), "unreadable");
//! # Ok(()) }
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod answer;
mod asked;
mod kept;
#[cfg(feature = "pictures")]
pub mod picture;
#[cfg(target_family = "wasm")]
mod wasm;

/// The module for pages that checks, as `verifier/build-wasm` makes it.
#[cfg(not(target_family = "wasm"))]
pub const CHECKING_MODULE: &[u8] = include_bytes!("../wasm/verifier.wasm");
/// The module for pages that reads codes in pictures, where the browser does not.
#[cfg(not(target_family = "wasm"))]
pub const READING_MODULE: &[u8] = include_bytes!("../wasm/reader.wasm");

pub use answer::{Answer, Day, Instant, OnDay, Particulars};
pub use asked::{Asked, asked};
pub use kept::{Kept, KeptList, Taken, Told};
