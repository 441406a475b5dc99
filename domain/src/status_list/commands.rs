use jiff::Timestamp;

/// What is asked of a status list.
#[derive(Clone, Debug)]
pub enum Command {
    /// Let this be the list; meanings as in the event.
    Publish {
        /// SHA-256 of the signed list, lower-case hex.
        digest: String,
        /// Its length in bytes.
        bytes: u64,
        /// Everything up to this position of the log is in it.
        upto: u64,
        /// The key that signed it, eight hex digits.
        key: String,
        /// From when it counts.
        issued_at: Timestamp,
        /// The first instant at which it counts no more.
        expires_at: Timestamp,
    },
}
