//! What is asked of the database role that writes.

/// What is asked of the PostgreSQL role that a ledger is opened for writing with.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Privileges {
    /// Any role will do. Tables that are missing are made, if it may; rights beyond a writer's need are logged once. For demonstrations and
    /// tests.
    #[default]
    Any,
    /// No right beyond a writer's need: otherwise opening fails with [`crate::Fault::Excess`]. Nothing is made: without its tables it fails
    /// with [`crate::Fault::NotMigrated`]. See [`crate::migrate_postgres`].
    Least,
}
