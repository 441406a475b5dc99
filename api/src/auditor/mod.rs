//! The log as an auditor reads it.

pub mod page;
