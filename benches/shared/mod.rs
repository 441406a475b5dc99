//! What both sides of the benchmark share, so that neither is measured by its own rule: the aggregate and its payload, the
//! closed loop that drives it, what a process costs, and the lines by which `praman bench ledger` speaks with its children.
//!
//! This folder is no crate: `praman` and `yardstick` take the same source in by path, because they cannot share a lock file.

pub(crate) mod drive;
pub(crate) mod process;
pub(crate) mod protocol;
pub(crate) mod workload;
