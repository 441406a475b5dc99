use jiff::Timestamp;

use crate::{CitizenId, Language};

/// What is asked of a citizen's record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Meet.
    Register {
        /// Who: the identifier of this very record, which is also the name of the data key.
        citizen: CitizenId,
        /// Where they can be reached.
        address: String,
        /// Now.
        at: Timestamp,
    },
    /// Choose a language.
    ChooseLanguage {
        /// Which.
        language: Language,
        /// Now.
        at: Timestamp,
    },
    /// Agree to a notice.
    GiveConsent {
        /// Which version.
        notice: String,
        /// In which language.
        language: Language,
        /// The message in which they agreed.
        message: String,
        /// Now.
        at: Timestamp,
    },
}
