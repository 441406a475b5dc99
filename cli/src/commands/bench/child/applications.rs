//! Streams that our views fold: applications for a birth certificate, as the domain's own aggregate decides them.

use anyhow::Context as _;
use cqrs_es::{Aggregate as _, DomainEvent as _};
use domain::application::{Application, Command, StageRecord};
use domain::catalogue::{Catalogue, CheckedForm, Name, Value};
use domain::{ApplicationNumber, Bilingual, ByOfficer, CitizenId, Language, OfficerId, Paper};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use ledger::{Append, NewEvent};

use super::super::shared::workload::subject_id;

/// Events of one application: handed in, forwarded, approved.
pub(in super::super) const EVENTS: u64 = 3;

const TODAY: Date = date(2026, 11, 22);

/// What all applications have in common. Each has a number and a citizen, and so a data key, of its own.
pub(in super::super) struct Applications {
    form: CheckedForm,
    first: ByOfficer,
    last: ByOfficer,
}

fn officer(code: &str, role: &str) -> ByOfficer {
    ByOfficer {
        officer: OfficerId::new(code),
        role: role.to_owned(),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        designation: Bilingual::new("Officer", "अधिकारी"),
    }
}

impl Applications {
    /// Checks the one form that all of them hand in.
    pub(in super::super) fn new() -> anyhow::Result<Self> {
        let service = Catalogue::embedded()?
            .get("birth_certificate")
            .context("no such service in the catalogue")?;
        let name = |en: &str, hi: &str| {
            Value::Name(Name {
                en: Some(en.to_owned()),
                hi: Some(hi.to_owned()),
            })
        };
        let answers = [
            ("child_name", name("Sample Child", "नमूना शिशु")),
            ("sex", Value::Choice("male".to_owned())),
            ("date_of_birth", Value::Date(date(2026, 11, 1))),
            ("place_of_birth", Value::Choice("hospital".to_owned())),
            ("hospital", Value::Text("Sample Hospital, Karol Bagh".to_owned())),
            ("mother_name", name("Sample Mother", "नमूना माता")),
            (
                "parents_address",
                Value::Text("House 12, Gali 3, Shahdara, Delhi 110032".to_owned()),
            ),
            ("informant", Value::Choice("mother".to_owned())),
        ];
        let papers = ["birth_report", "parent_id", "address_proof"].map(|document| Paper {
            document: document.to_owned(),
            digest: "ab".repeat(32),
            media_type: "image/jpeg".to_owned(),
            bytes: 48_213,
            notes: vec![],
        });
        let answers = answers.map(|(code, value)| (code.to_owned(), value)).into();
        let form = service
            .check(answers, papers.to_vec(), TODAY)
            .ok()
            .context("the service does not take this form")?;
        Ok(Self {
            form,
            first: officer("DEMO-1", "sub_registrar"),
            last: officer("DEMO-2", "registrar"),
        })
    }

    /// The whole stream of the application with this number, counted from 0.
    pub(in super::super) fn whole(&self, seed: u64, stream: u64) -> anyhow::Result<Append> {
        let number = ApplicationNumber::new(TODAY.year(), stream + 1);
        let begin = Timestamp::from_second(1_790_000_000 + stream.cast_signed())?;
        let at = |days: i64| begin + SignedDuration::from_hours(24 * days);
        let commands = [
            Command::Submit {
                number: number.clone(),
                citizen: CitizenId::new(subject_id(seed, stream).parse()?),
                language: Language::Hi,
                form: Box::new(self.form.clone()),
                due: Some(date(2026, 11, 29)),
                at: at(0),
            },
            Command::Forward {
                stage: "scrutiny".to_owned(),
                by: self.first.clone(),
                record: StageRecord::new(),
                note: None,
                at: at(1),
            },
            Command::Approve {
                stage: "decision".to_owned(),
                by: self.last.clone(),
                record: StageRecord::new(),
                note: None,
                at: at(2),
            },
        ];
        let mut application = Application::default();
        let mut events = Vec::new();
        for command in commands {
            for event in application.decide(command)? {
                events.push(NewEvent {
                    event_type: event.event_type(),
                    event_version: event.event_version(),
                    body: serde_json::to_value(&event)?,
                });
                application.apply(event);
            }
        }
        Ok(Append {
            aggregate_type: Application::TYPE.to_owned(),
            aggregate_id: number.to_string(),
            expected: 0,
            events,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_three_events_about_a_citizen_of_its_own() {
        let all = Applications::new().unwrap();
        let [one, other] = [0, 1].map(|stream| all.whole(1, stream).unwrap());
        let types: Vec<&str> = one.events.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(
            types,
            ["application.submitted", "application.forwarded", "application.approved"]
        );
        assert_eq!(types.len() as u64, EVENTS);
        assert_ne!(one.aggregate_id, other.aggregate_id);
        assert!(one.events[0].body.to_string().contains(&subject_id(1, 0)));
        assert!(other.events[0].body.to_string().contains(&subject_id(1, 1)));
        assert_eq!(one, all.whole(1, 0).unwrap(), "the same from the same seed");
    }
}
