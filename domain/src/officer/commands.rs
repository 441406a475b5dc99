use jiff::Timestamp;

use crate::Bilingual;

/// What is asked of an officer's record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put in office.
    Appoint {
        /// Name.
        name: Bilingual,
        /// Designation.
        designation: Bilingual,
        /// Roles of the catalogue's stages; at least one.
        roles: Vec<String>,
        /// Office.
        office: Bilingual,
        /// Now.
        at: Timestamp,
    },
    /// Take out of office.
    Relieve {
        /// Now.
        at: Timestamp,
    },
}
