use jiff::Timestamp;

/// What is asked of a signing key's record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Let it sign; meanings as in the event.
    Activate {
        /// For what.
        purpose: String,
        /// How.
        algorithm: String,
        /// The public key, base64.
        public_key: String,
        /// A demonstration key?
        demo: bool,
        /// Now.
        at: Timestamp,
    },
    /// Let it sign no more.
    Retire {
        /// Now.
        at: Timestamp,
    },
    /// It is in other hands; meanings as in the event.
    Compromise {
        /// Since when, at the earliest.
        since: Timestamp,
        /// The last position that counts on.
        last_good_position: u64,
        /// Now.
        at: Timestamp,
    },
}
