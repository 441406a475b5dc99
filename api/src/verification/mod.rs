//! Is this certificate genuine, and does it hold?
//!
//! The verdict itself comes from one pure function in `certificates`; here are the facts it needs (which number, which
//! standing), the addresses, and the words.

mod answered;
mod envelope;
mod handed;
mod handlers;
mod held;
mod mask;
pub mod page;
mod verifier;
mod why;
pub mod words;

pub use answered::{Answered, Checks, Held, Line, Source};
pub(crate) use handlers::routes;
pub use verifier::Verifier;
#[cfg(test)]
pub(crate) use {
    envelope::{EXCHANGE, ISSUER},
    handlers::{API, KEYS},
};
