//! Is this certificate genuine, and does it hold?

pub mod page;
pub mod words;
