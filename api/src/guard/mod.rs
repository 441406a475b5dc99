//! What stands before every route: headers, limits, names of requests, and a page for people where something fails.

mod headers;
mod limit;
mod people;
mod trace;

pub use headers::{CONSOLE, PAPER, READING, SCANNING, security_headers};
pub use limit::{Limiter, Peer};
pub use people::pages_for_people;
pub use trace::{RequestIds, trace_layer};
