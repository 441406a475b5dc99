use serde::{Deserialize, Serialize};

use super::Event;

/// What the rules remember of an officer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Officer {
    /// Nobody yet.
    #[default]
    Unknown,
    /// In office.
    InOffice {
        /// Roles.
        roles: Vec<String>,
    },
    /// Out of office.
    Relieved,
}

impl Officer {
    /// Folds one event in.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Appointed { roles, .. } => Self::InOffice { roles },
            Event::Relieved { .. } => Self::Relieved,
        }
    }
}
