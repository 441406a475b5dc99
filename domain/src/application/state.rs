use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::events::{Event, StagePlan};
use crate::{CitizenId, OfficerId, catalogue::StageKind, ist_date};

/// What the rules remember of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Application {
    /// Nothing yet.
    #[default]
    New,
    /// Under way.
    Open(Open),
    /// Ended.
    Decided {
        /// Whose it is.
        citizen: CitizenId,
        /// How it ended.
        decision: Decision,
        /// At which stage; empty for a withdrawal.
        stage: String,
        /// By whom; `None` for a withdrawal.
        by: Option<OfficerId>,
        /// The reason's code, of a refusal.
        reason: Option<String>,
    },
}

/// An application under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Whose it is.
    pub citizen: CitizenId,
    /// The way it goes.
    pub stages: Vec<StagePlan>,
    /// The stage it stands at, as a place in `stages`.
    pub stage: usize,
    /// The day on which it came to this stage.
    pub since: Date,
    /// The officer who passed the last stage that an officer passed. An automatic stage between two officers
    /// does not make one of them two.
    pub passed_by: Option<OfficerId>,
    /// The citizen has been asked and has not answered.
    pub waiting: bool,
}

impl Open {
    /// The stage it stands at.
    #[must_use]
    pub fn current(&self) -> Option<&StagePlan> {
        self.stages.get(self.stage)
    }

    /// The last stage before this one that an officer passed.
    #[must_use]
    pub fn last_by_officer(&self) -> Option<&StagePlan> {
        let before = self.stages.iter().take(self.stage);
        before.rev().find(|plan| plan.kind == StageKind::Officer)
    }

    /// Is this the stage that decides?
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.stage + 1 == self.stages.len()
    }
}

/// How an application ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// With yes.
    Approved,
    /// With no.
    Refused,
    /// Taken back.
    Withdrawn,
}

impl Application {
    /// Folds one event in. Total, and without rules: what is in the ledger has happened.
    #[must_use]
    pub fn evolve(self, event: Event) -> Self {
        match event {
            Event::Submitted {
                citizen, stages, at, ..
            } => Self::Open(Open {
                citizen,
                stages,
                stage: 0,
                since: ist_date(at),
                passed_by: None,
                waiting: false,
            }),
            Event::Forwarded { by, at, .. } => self.while_open(|open| {
                open.stage += 1;
                open.since = ist_date(at);
                if let Some(by) = by {
                    open.passed_by = Some(by.officer);
                }
                open.waiting = false;
            }),
            Event::Asked { .. } => self.while_open(|open| open.waiting = true),
            Event::Answered { .. } => self.while_open(|open| open.waiting = false),
            Event::Approved { stage, by, .. } => self.decided(Decision::Approved, stage, Some(by.officer), None),
            Event::Refused { stage, by, reason, .. } => {
                self.decided(Decision::Refused, stage, Some(by.officer), Some(reason))
            }
            Event::Withdrawn { .. } => self.decided(Decision::Withdrawn, String::new(), None, None),
        }
    }

    fn while_open(mut self, change: impl FnOnce(&mut Open)) -> Self {
        if let Self::Open(open) = &mut self {
            change(open);
        }
        self
    }

    fn decided(self, decision: Decision, stage: String, by: Option<OfficerId>, reason: Option<String>) -> Self {
        match self {
            Self::Open(Open { citizen, .. }) => Self::Decided {
                citizen,
                decision,
                stage,
                by,
                reason,
            },
            other => other,
        }
    }
}
