use serde::{Deserialize, Serialize};

use super::Event;
use crate::Bilingual;

/// What the rules remember of an officer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Officer {
    /// Nobody yet.
    #[default]
    Unknown,
    /// In office.
    InOffice {
        /// Name.
        name: Bilingual,
        /// Designation.
        designation: Bilingual,
        /// Roles.
        roles: Vec<String>,
        /// Office.
        office: Bilingual,
    },
    /// Out of office.
    Relieved,
}

impl Officer {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Appointed {
                name,
                designation,
                roles,
                office,
                ..
            } => Self::InOffice {
                name,
                designation,
                roles,
                office,
            },
            Event::Relieved { .. } => Self::Relieved,
        }
    }
}
