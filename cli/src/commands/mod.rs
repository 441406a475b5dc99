//! The verbs.

pub(crate) mod audit;
pub(crate) mod audit_log;
pub(crate) mod bench;
pub(crate) mod catalogue;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod lines;
pub(crate) mod rebuild;
pub(crate) mod serve;
pub(crate) mod simulator;
pub(crate) mod store;
pub(crate) mod verify;
pub(crate) mod witness;
