//! What stands before every route: headers, limits, names of requests, and a page for people where something fails.

mod headers;
mod limit;
mod people;
mod trace;

pub(crate) use headers::{CONSOLE, PAPER, SCANNING, TRYING, security_headers};
pub(crate) use limit::{Limiter, Peer};
pub(crate) use people::pages_for_people;
pub(crate) use trace::{RequestIds, name_the_answer, trace_layer};
