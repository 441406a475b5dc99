//! Is this certificate genuine, and does it hold?
//!
//! The verdict itself comes from one pure function in `certificates`; here are the facts it needs (which number, which
//! standing), the addresses, and the words.

mod answered;
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
#[cfg(test)]
pub(crate) use handlers::{API, KEYS};
pub use verifier::Verifier;
