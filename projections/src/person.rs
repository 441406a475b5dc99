use domain::{AnyEvent, Language, citizen::Event};
use ledger::Recorded;
use serde::{Deserialize, Serialize};

use crate::view::{Term, View};

/// A citizen as the channel needs them. Key: the citizen's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Where they can be reached; `None` once erased.
    pub address: Option<String>,
    /// The language chosen, if any.
    pub language: Option<Language>,
    /// The notice agreed to, if any.
    pub notice: Option<String>,
}

impl View for Person {
    const NAME: &'static str = "person";
    const SHAPE: u32 = 1;
    const AGGREGATE: &'static str = "citizen";

    fn fold(row: Option<Self>, event: &AnyEvent, _: &Recorded) -> Option<Self> {
        let AnyEvent::Citizen(event) = event else {
            return row;
        };
        match event {
            Event::Registered { address, .. } => Some(Self {
                address: address.value().cloned(),
                language: None,
                notice: None,
            }),
            Event::LanguageChosen { language, .. } => row.map(|person| Self {
                language: Some(*language),
                ..person
            }),
            Event::ConsentGiven { notice, .. } => row.map(|person| Self {
                notice: Some(notice.clone()),
                ..person
            }),
        }
    }

    fn terms(&self) -> Vec<Term> {
        vec![]
    }
}
