//! The state as it is printed.

use domain::catalogue::Catalogue;
use serde::Serialize;

use super::state::{Act, Conversation, Mode, Pending, Place};

/// The state as the `converse` verb prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// `idle`, `menu`, `form`, `confirm`, `clarify` or `handoff`.
    pub mode: &'static str,
    /// The service that is being applied for.
    pub service: Option<String>,
    /// The code of the field or paper asked for, or what else is awaited.
    pub awaiting: Option<String>,
    /// The answers so far, as text.
    pub form: std::collections::BTreeMap<String, String>,
}

impl Conversation {
    /// Does the last bubble list things to choose from, rather than end something?
    fn shows_a_menu(&self) -> bool {
        self.offers.iter().filter(|offer| offer.turn == self.turn).any(|offer| {
            matches!(
                offer.act,
                Act::Services { .. } | Act::Service(_) | Act::Application(_) | Act::Meant { .. } | Act::Continue(_)
            )
        })
    }

    /// The state in the shape of the `converse` verb.
    #[must_use]
    pub fn view(&self, catalogue: &Catalogue) -> StateView {
        let (mode, service, awaiting) = match &self.mode {
            Mode::Idle if self.shows_a_menu() => ("menu", None, None),
            Mode::Fresh | Mode::Idle => ("idle", None, None),
            Mode::Language => ("menu", None, Some("language".to_owned())),
            Mode::Consent { service } => ("form", Some(service), Some("consent".to_owned())),
            Mode::Form { service, place, .. } => {
                let (Place::Field(code) | Place::Paper(code)) = place;
                ("form", Some(service), Some(code.clone()))
            }
            Mode::Confirm { service } | Mode::Pending(Pending::Submit { service }) => ("confirm", Some(service), None),
            Mode::Checking { service } => ("confirm", Some(service), Some("check".to_owned())),
            Mode::Doubled { service } => ("confirm", Some(service), Some("duplicate".to_owned())),
            Mode::Changing { service, .. } => ("confirm", Some(service), Some("change".to_owned())),
            Mode::Leaving { service, .. } => ("confirm", Some(service), Some("cancel".to_owned())),
            Mode::Verifying => ("menu", None, Some("certificate".to_owned())),
            Mode::Answering { .. } | Mode::AnswerWhat { .. } => ("menu", None, Some("answer".to_owned())),
            Mode::Withdrawing { .. } => ("confirm", None, Some("withdraw".to_owned())),
            Mode::Clarify => ("clarify", None, None),
            Mode::Handoff => ("handoff", None, None),
            Mode::Pending(_) => ("idle", None, None),
        };
        let mut form = std::collections::BTreeMap::new();
        if let Some(service) = service
            && let (Some(draft), Some(known)) = (self.draft(service), catalogue.get(service))
        {
            for (code, value) in &draft.answers {
                if let Some(field) = known.field(code) {
                    form.insert(code.clone(), super::answer::as_data(field, value));
                }
            }
        }
        StateView {
            mode,
            service: service.cloned(),
            awaiting,
            form,
        }
    }
}
