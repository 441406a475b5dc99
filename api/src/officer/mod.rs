//! The console in which officers work their queue.

pub mod page;
