//! The storage format of applications. Names and fields here are in the ledger for ever: add events,
//! or optional fields with a default; never rename, never remove. `tests.rs` freezes the JSON.

use cqrs_es::DomainEvent;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::commands::StageRecord;
use crate::{
    ApplicationNumber, ByOfficer, CitizenId, Language, Paper, Personal,
    catalogue::{Answers, Condition, StageKind},
};

/// One stage as the catalogue described it on the day of submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlan {
    /// The stage's code.
    pub code: String,
    /// Who may act.
    pub role: String,
    /// By an officer or automatic.
    pub kind: StageKind,
    /// May it refuse?
    pub may_refuse: bool,
    /// What must be recorded before the file moves on: field codes of the stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    /// What must have been recorded with which value before the file moves on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes_if: Option<Condition>,
    /// For how many days a public notice stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u16>,
}

/// What happened to an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The citizen handed it in.
    Submitted {
        /// Its number.
        number: ApplicationNumber,
        /// The service's code.
        service: String,
        /// The version of the service's file that the form was checked against.
        service_version: u32,
        /// Who asks.
        citizen: CitizenId,
        /// In which language they are answered.
        language: Language,
        /// The form.
        answers: Personal<Answers>,
        /// The papers.
        papers: Vec<Paper>,
        /// The way it will go.
        stages: Vec<StagePlan>,
        /// The last day of the time limit, where there is one.
        due: Option<Date>,
        /// When.
        at: Timestamp,
    },
    /// A stage was passed, and the next one begins.
    Forwarded {
        /// The stage that was passed.
        stage: String,
        /// By whom; `None` for an automatic stage.
        by: Option<ByOfficer>,
        /// What was recorded.
        #[serde(default, skip_serializing_if = "StageRecord::is_empty")]
        record: StageRecord,
        /// The officer's words, for the file only.
        note: Option<Personal<String>>,
        /// When.
        at: Timestamp,
    },
    /// The citizen was asked something; the clock waits for them.
    Asked {
        /// At which stage.
        stage: String,
        /// By whom.
        by: ByOfficer,
        /// What.
        question: Personal<String>,
        /// A paper that must be sent again, if that is what was asked.
        paper: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The citizen answered; the same stage goes on.
    Answered {
        /// At which stage.
        stage: String,
        /// In words.
        answer: Option<Personal<String>>,
        /// With papers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        papers: Vec<Paper>,
        /// When.
        at: Timestamp,
    },
    /// The last stage said yes. A certificate follows.
    Approved {
        /// The stage.
        stage: String,
        /// By whom.
        by: ByOfficer,
        /// What was recorded.
        #[serde(default, skip_serializing_if = "StageRecord::is_empty")]
        record: StageRecord,
        /// The officer's words, for the file only.
        note: Option<Personal<String>>,
        /// When.
        at: Timestamp,
    },
    /// It was refused, for a reason from the list.
    Refused {
        /// The stage.
        stage: String,
        /// By whom.
        by: ByOfficer,
        /// The reason's code in the catalogue.
        reason: String,
        /// The officer's words to the citizen.
        words: Option<Personal<String>>,
        /// When.
        at: Timestamp,
    },
    /// The citizen took it back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Submitted { .. } => "application.submitted",
            Self::Forwarded { .. } => "application.forwarded",
            Self::Asked { .. } => "application.asked",
            Self::Answered { .. } => "application.answered",
            Self::Approved { .. } => "application.approved",
            Self::Refused { .. } => "application.refused",
            Self::Withdrawn { .. } => "application.withdrawn",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
