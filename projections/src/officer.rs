use domain::{AnyEvent, Bilingual, ByOfficer, OfficerId, officer::Event};
use ledger::Recorded;
use serde::{Deserialize, Serialize};

use crate::view::{Term, View};

/// An officer. Key: the service code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerView {
    /// The service code.
    pub id: OfficerId,
    /// Name.
    pub name: Bilingual,
    /// Designation.
    pub designation: Bilingual,
    /// Roles.
    pub roles: Vec<String>,
    /// Office.
    pub office: Bilingual,
    /// In office now?
    pub in_office: bool,
}

impl OfficerView {
    /// The officer acting in one of their roles; `None` when out of office or without that role.
    #[must_use]
    pub fn acting_as(&self, role: &str) -> Option<ByOfficer> {
        (self.in_office && self.roles.iter().any(|held| held == role)).then(|| ByOfficer {
            officer: self.id.clone(),
            role: role.to_owned(),
            office: self.office.clone(),
            designation: self.designation.clone(),
        })
    }
}

impl View for OfficerView {
    const NAME: &'static str = "officer";
    const SHAPE: u32 = 1;
    const AGGREGATE: &'static str = "officer";

    fn fold(row: Option<Self>, event: &AnyEvent, recorded: &Recorded) -> Option<Self> {
        let AnyEvent::Officer(event) = event else {
            return row;
        };
        match event {
            Event::Appointed {
                name,
                designation,
                roles,
                office,
                ..
            } => Some(Self {
                id: OfficerId::new(recorded.aggregate_id.clone()),
                name: name.clone(),
                designation: designation.clone(),
                roles: roles.clone(),
                office: office.clone(),
                in_office: true,
            }),
            Event::Relieved { .. } => row.map(|officer| Self {
                in_office: false,
                ..officer
            }),
        }
    }

    fn terms(&self) -> Vec<Term> {
        vec![]
    }
}
