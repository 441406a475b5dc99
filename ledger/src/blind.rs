//! Keys of rows for things that can be guessed.

use data_encoding::HEXLOWER;

use crate::ledger::Ledger;

impl Ledger {
    /// A name for `value` that only this installation can compute, lower-case hex: for the key of a row that is found by
    /// something like a phone number, of which a plain digest could be tried out. `label` keeps uses apart.
    #[must_use]
    pub fn blind(&self, label: &str, value: &str) -> String {
        HEXLOWER.encode(&self.inner.vault.blind(label, value.as_bytes()))
    }
}
