use domain::{
    AnyEvent, ApplicationNumber, ByOfficer, CitizenId, Language, Paper,
    application::{Event, StagePlan, StageRecord},
    catalogue::Answers,
};
use jiff::{Timestamp, civil::Date};
use ledger::Recorded;
use serde::{Deserialize, Serialize};

use crate::view::{Part, Term, View};

/// An application as everybody who may see it sees it. Key: its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Its number.
    pub number: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// Whose it is.
    pub citizen: CitizenId,
    /// In which language they are answered.
    pub language: Language,
    /// The form; `None` once the citizen's data has been erased.
    pub answers: Option<Answers>,
    /// The papers, newest last.
    pub papers: Vec<Paper>,
    /// The way it goes.
    pub stages: Vec<StagePlan>,
    /// The stage it stands at, as a place in `stages`.
    pub stage: usize,
    /// How it stands.
    pub state: FileState,
    /// The officer who passed the last stage that an officer passed: they may not act now.
    pub passed_by: Option<ByOfficer>,
    /// The last day of the time limit, where there is one.
    pub due: Option<Date>,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// Since when it stands as it does.
    pub since: Timestamp,
    /// Everything that happened, oldest first.
    pub history: Vec<HistoryLine>,
}

/// How an application stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// With the officer of its stage.
    Open,
    /// With the citizen.
    Waiting {
        /// What was asked; `None` once erased.
        question: Option<String>,
        /// The paper to be sent again.
        paper: Option<String>,
    },
    /// Decided with yes.
    Approved {
        /// By whom.
        by: ByOfficer,
    },
    /// Decided with no.
    Refused {
        /// By whom.
        by: ByOfficer,
        /// The reason's code.
        reason: String,
        /// The officer's words; `None` if there were none, or once erased.
        words: Option<String>,
    },
    /// Taken back.
    Withdrawn,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Its place in the log.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// At which stage.
    pub stage: Option<String>,
    /// By which officer; `None` for the citizen and for automatic steps.
    pub by: Option<ByOfficer>,
    /// What was recorded.
    #[serde(default, skip_serializing_if = "StageRecord::is_empty")]
    pub record: StageRecord,
    /// Words, while they can be read.
    pub words: Option<String>,
}

/// What happened, as a stable key for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is that of its event")]
pub enum What {
    Submitted,
    Forwarded,
    Asked,
    Answered,
    Approved,
    Refused,
    Withdrawn,
}

impl File {
    /// The stage it stands at, while it is under way.
    #[must_use]
    pub fn current(&self) -> Option<&StagePlan> {
        self.is_under_way().then(|| self.stages.get(self.stage)).flatten()
    }

    /// Not yet decided?
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self.state, FileState::Open | FileState::Waiting { .. })
    }

    /// Is this the stage that decides?
    #[must_use]
    pub fn is_last_stage(&self) -> bool {
        self.stage + 1 == self.stages.len()
    }

    fn note(&mut self, position: u64, at: Timestamp, what: What) -> &mut HistoryLine {
        self.since = at;
        self.history.push(HistoryLine {
            position,
            at,
            what,
            stage: None,
            by: None,
            record: StageRecord::new(),
            words: None,
        });
        let last = self.history.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a line was pushed two lines above")]
        &mut self.history[last]
    }
}

impl View for File {
    const NAME: &'static str = "file";
    const SHAPE: u32 = 1;
    const AGGREGATE: &'static str = "application";

    fn fold(row: Option<Self>, event: &AnyEvent, recorded: &Recorded) -> Option<Self> {
        let AnyEvent::Application(event) = event else {
            return row;
        };
        let position = recorded.position;
        if let Event::Submitted {
            number,
            service,
            citizen,
            language,
            answers,
            papers,
            stages,
            due,
            at,
            ..
        } = event
        {
            let mut file = Self {
                number: number.clone(),
                service: service.clone(),
                citizen: *citizen,
                language: *language,
                answers: answers.value().cloned(),
                papers: papers.clone(),
                stages: stages.clone(),
                stage: 0,
                state: FileState::Open,
                passed_by: None,
                due: *due,
                submitted_at: *at,
                since: *at,
                history: vec![],
            };
            file.note(position, *at, What::Submitted);
            return Some(file);
        }
        let mut file = row?;
        match event {
            Event::Submitted { .. } => {}
            Event::Forwarded {
                stage,
                by,
                record,
                note,
                at,
            } => {
                file.stage += 1;
                file.state = FileState::Open;
                // An automatic stage between two officers does not make one of them two.
                file.passed_by = by.clone().or(file.passed_by);
                let line = file.note(position, *at, What::Forwarded);
                line.stage = Some(stage.clone());
                line.by = by.clone();
                line.record = record.clone();
                line.words = note.as_ref().and_then(|n| n.value().cloned());
            }
            Event::Asked {
                stage,
                by,
                question,
                paper,
                at,
            } => {
                let question = question.value().cloned();
                file.state = FileState::Waiting {
                    question: question.clone(),
                    paper: paper.clone(),
                };
                let line = file.note(position, *at, What::Asked);
                line.stage = Some(stage.clone());
                line.by = Some(by.clone());
                line.words = question;
            }
            Event::Answered {
                stage,
                answer,
                papers,
                at,
            } => {
                file.state = FileState::Open;
                file.papers.extend(papers.iter().cloned());
                let line = file.note(position, *at, What::Answered);
                line.stage = Some(stage.clone());
                line.words = answer.as_ref().and_then(|a| a.value().cloned());
            }
            Event::Approved {
                stage,
                by,
                record,
                note,
                at,
            } => {
                file.state = FileState::Approved { by: by.clone() };
                let line = file.note(position, *at, What::Approved);
                line.stage = Some(stage.clone());
                line.by = Some(by.clone());
                line.record = record.clone();
                line.words = note.as_ref().and_then(|n| n.value().cloned());
            }
            Event::Refused {
                stage,
                by,
                reason,
                words,
                at,
            } => {
                let words = words.as_ref().and_then(|w| w.value().cloned());
                file.state = FileState::Refused {
                    by: by.clone(),
                    reason: reason.clone(),
                    words: words.clone(),
                };
                let line = file.note(position, *at, What::Refused);
                line.stage = Some(stage.clone());
                line.by = Some(by.clone());
                line.words = words;
            }
            Event::Withdrawn { at } => {
                file.state = FileState::Withdrawn;
                file.note(position, *at, What::Withdrawn);
            }
        }
        Some(file)
    }

    fn parts(&self) -> Vec<Part> {
        crate::statistics::of_file(self)
    }

    fn terms(&self) -> Vec<Term> {
        let mut terms = vec![("citizen".to_owned(), format!("{} {}", self.citizen, self.submitted_at))];
        if let Some(stage) = self.current() {
            // Oldest due date first within a role; a file without a limit comes after those with one.
            let due = self.due.map_or_else(|| "9999-12-31".to_owned(), |due| due.to_string());
            terms.push((
                "queue".to_owned(),
                format!("{} {due} {}", stage.role, self.submitted_at),
            ));
        }
        terms
    }
}
