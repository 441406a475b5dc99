use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{
    Command,
    commands::StageRecord,
    events::{Event, StagePlan},
    state::{Application, Decision, Open},
};
use crate::{
    ByOfficer, CitizenId, Paper, Personal,
    catalogue::StageKind,
    ist_date,
    text::{WORDS_MAX, checked_words},
};

/// Why the rules said no. `code()` is the one key for the problem type, the chat text and the docs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The number is taken.
    #[error("an application with this number exists")]
    NumberTaken,
    /// There is no such application.
    #[error("there is no such application")]
    Unknown,
    /// It has ended already.
    #[error("the application has been decided")]
    AlreadyDecided,
    /// It stands at another stage than the officer saw.
    #[error("the application stands at another stage")]
    OtherStage,
    /// The officer's role does not act at this stage.
    #[error("this stage is for the role {role}")]
    NotYourStage {
        /// The role that may act.
        role: String,
    },
    /// The same officer passed the stage before: four eyes, not two.
    #[error("the stage before was passed by the same officer")]
    SameOfficer,
    /// The last stage approves or refuses; it does not forward.
    #[error("the last stage decides")]
    LastStage,
    /// Only the last stage approves.
    #[error("only the last stage approves")]
    NotLastStage,
    /// This stage may not refuse.
    #[error("this stage does not refuse")]
    MayNotRefuse,
    /// The citizen has been asked; their answer comes first.
    #[error("the citizen has not answered yet")]
    WaitingForCitizen,
    /// Nobody asked anything.
    #[error("nothing was asked")]
    NothingAsked,
    /// Something that the catalogue wants recorded is missing.
    #[error("{field} has not been recorded")]
    RecordMissing {
        /// The field's code.
        field: String,
    },
    /// Something was recorded that this stage does not record.
    #[error("{field} is not recorded at this stage")]
    RecordUnknown {
        /// The field's code.
        field: String,
    },
    /// What was recorded keeps the file from moving on: a failed test.
    #[error("{field} was recorded with a value that does not let the file move on")]
    NotPassed {
        /// The field's code.
        field: String,
    },
    /// A public notice still stands.
    #[error("the public notice stands; the file may move on from {first}")]
    TooEarly {
        /// The first day on which it may.
        first: Date,
    },
    /// No reason, or one that the service does not know.
    #[error("a reason from the list is needed")]
    ReasonMissing,
    /// An empty question or answer.
    #[error("there is nothing in it")]
    Empty,
    /// Too many characters in an officer's or a citizen's words.
    #[error("more than {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// Somebody else's application.
    #[error("the application belongs to somebody else")]
    NotYours,
    /// An automatic stage is not passed by hand, nor the reverse.
    #[error("this stage is taken automatically")]
    AutomaticStage,
}

impl Error {
    /// The stable key of this rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NumberTaken => "application.number_taken",
            Self::Unknown => "application.unknown",
            Self::AlreadyDecided => "application.already_decided",
            Self::OtherStage => "application.other_stage",
            Self::NotYourStage { .. } => "application.not_your_stage",
            Self::SameOfficer => "application.same_officer",
            Self::LastStage => "application.last_stage",
            Self::NotLastStage => "application.not_last_stage",
            Self::MayNotRefuse => "application.may_not_refuse",
            Self::WaitingForCitizen => "application.waiting_for_citizen",
            Self::NothingAsked => "application.nothing_asked",
            Self::RecordMissing { .. } => "application.record_missing",
            Self::RecordUnknown { .. } => "application.record_unknown",
            Self::NotPassed { .. } => "application.not_passed",
            Self::TooEarly { .. } => "application.too_early",
            Self::ReasonMissing => "application.reason_missing",
            Self::Empty => "application.empty",
            Self::TooLong { .. } => "application.too_long",
            Self::NotYours => "application.not_yours",
            Self::AutomaticStage => "application.automatic_stage",
        }
    }
}

impl Application {
    /// Answers a command with what happens, or with why not. "Already so" is an empty answer.
    ///
    /// # Errors
    /// [`Error`], each with a stable `code()`.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Submit {
                number,
                citizen,
                language,
                form,
                due,
                at,
            } => {
                if *self != Self::New {
                    return Err(Error::NumberTaken);
                }
                let service = form.service();
                let last = service.stages.len().saturating_sub(1);
                let way = service.stages.iter().enumerate();
                let way = way.filter(|(_, stage)| stage.applies(form.answers()));
                let stages = way.map(|(place, stage)| StagePlan {
                    code: stage.code.clone(),
                    role: stage.role.clone(),
                    kind: stage.kind,
                    may_refuse: stage.may_refuse || place == last,
                    records: stage.records.iter().map(|field| field.code.clone()).collect(),
                    passes_if: stage.passes_if.clone(),
                    notice_days: stage.notice_days,
                });
                Ok(vec![Event::Submitted {
                    number,
                    service: service.code.clone(),
                    service_version: service.version,
                    citizen,
                    language,
                    answers: Personal::new(citizen, form.answers().clone()),
                    papers: form.papers().to_vec(),
                    stages: stages.collect(),
                    due,
                    at,
                }])
            }
            Command::PassAutomatically { stage, at } => self.pass_automatically(&stage, at),
            Command::Forward {
                stage,
                by,
                record,
                note,
                at,
            } => self.forward(stage, by, record, note, at),
            Command::Ask {
                stage,
                by,
                question,
                paper,
                at,
            } => self.ask(stage, by, &question, paper, at),
            Command::Answer {
                citizen,
                answer,
                papers,
                at,
            } => self.answer(citizen, answer, papers, at),
            Command::Approve {
                stage,
                by,
                record,
                note,
                at,
            } => self.approve(stage, by, record, note, at),
            Command::Refuse {
                stage,
                by,
                reason,
                words,
                at,
            } => {
                let given = reason.as_ref().map(|reason| reason.code.as_str());
                if self.was(Decision::Refused, &stage, &by, given) {
                    return Ok(vec![]);
                }
                let open = self.at_stage(&stage, &by)?;
                if !open.current().is_some_and(|plan| plan.may_refuse) {
                    return Err(Error::MayNotRefuse);
                }
                let reason = reason.ok_or(Error::ReasonMissing)?.code;
                let words = checked(words)?.map(|words| Personal::new(open.citizen, words));
                Ok(vec![Event::Refused {
                    stage,
                    by,
                    reason,
                    words,
                    at,
                }])
            }
            Command::Withdraw { citizen, at } => match self {
                Self::New => Err(Error::Unknown),
                Self::Open(open) if open.citizen == citizen => Ok(vec![Event::Withdrawn { at }]),
                Self::Decided {
                    citizen: holder,
                    decision: Decision::Withdrawn,
                    ..
                } if *holder == citizen => Ok(vec![]),
                Self::Decided { citizen: holder, .. } if *holder == citizen => Err(Error::AlreadyDecided),
                _ => Err(Error::NotYours),
            },
        }
    }

    fn pass_automatically(&self, stage: &str, at: Timestamp) -> Result<Vec<Event>, Error> {
        let open = self.open()?;
        let plan = open.current().ok_or(Error::OtherStage)?;
        if plan.code != stage {
            // The reaction that passes automatic stages may run twice; the file has moved on.
            let passed = open.stages.iter().take(open.stage).any(|p| p.code == stage);
            return if passed { Ok(vec![]) } else { Err(Error::OtherStage) };
        }
        if plan.kind != StageKind::Automatic || open.is_last() {
            return Err(Error::AutomaticStage);
        }
        Ok(vec![Event::Forwarded {
            stage: stage.to_owned(),
            by: None,
            record: StageRecord::new(),
            note: None,
            at,
        }])
    }

    fn forward(
        &self,
        stage: String,
        by: ByOfficer,
        record: StageRecord,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        if let Self::Open(open) = self
            && open.passed_by.as_ref() == Some(&by.officer)
            && open.last_by_officer().is_some_and(|plan| plan.code == stage)
        {
            return Ok(vec![]);
        }
        let open = self.at_stage(&stage, &by)?;
        if open.is_last() {
            return Err(Error::LastStage);
        }
        let record = recorded(open, record, at)?;
        Ok(vec![Event::Forwarded {
            stage,
            by: Some(by),
            record,
            note: checked(note)?.map(|note| Personal::new(open.citizen, note)),
            at,
        }])
    }

    fn ask(
        &self,
        stage: String,
        by: ByOfficer,
        question: &str,
        paper: Option<String>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let open = self.at_stage(&stage, &by)?;
        let question = checked(Some(question.to_owned()))?.ok_or(Error::Empty)?;
        Ok(vec![Event::Asked {
            stage,
            by,
            question: Personal::new(open.citizen, question),
            paper,
            at,
        }])
    }

    fn answer(
        &self,
        citizen: CitizenId,
        answer: Option<String>,
        papers: Vec<Paper>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        let open = self.open()?;
        if open.citizen != citizen {
            return Err(Error::NotYours);
        }
        if !open.waiting {
            return Err(Error::NothingAsked);
        }
        let answer = checked(answer)?;
        if answer.is_none() && papers.is_empty() {
            return Err(Error::Empty);
        }
        Ok(vec![Event::Answered {
            stage: open.current().map(|plan| plan.code.clone()).unwrap_or_default(),
            answer: answer.map(|answer| Personal::new(citizen, answer)),
            papers,
            at,
        }])
    }

    fn approve(
        &self,
        stage: String,
        by: ByOfficer,
        record: StageRecord,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Error> {
        if self.was(Decision::Approved, &stage, &by, None) {
            return Ok(vec![]);
        }
        let open = self.at_stage(&stage, &by)?;
        if !open.is_last() {
            return Err(Error::NotLastStage);
        }
        let record = recorded(open, record, at)?;
        Ok(vec![Event::Approved {
            stage,
            by,
            record,
            note: checked(note)?.map(|note| Personal::new(open.citizen, note)),
            at,
        }])
    }

    const fn open(&self) -> Result<&Open, Error> {
        match self {
            Self::New => Err(Error::Unknown),
            Self::Open(open) => Ok(open),
            Self::Decided { .. } => Err(Error::AlreadyDecided),
        }
    }

    /// The checks that every act of an officer shares, in the order in which they help most.
    fn at_stage(&self, stage: &str, by: &ByOfficer) -> Result<&Open, Error> {
        let open = self.open()?;
        let plan = open.current().ok_or(Error::OtherStage)?;
        if plan.code != stage {
            return Err(Error::OtherStage);
        }
        if plan.kind == StageKind::Automatic {
            return Err(Error::AutomaticStage);
        }
        if plan.role != by.role {
            return Err(Error::NotYourStage {
                role: plan.role.clone(),
            });
        }
        if open.passed_by.as_ref() == Some(&by.officer) {
            return Err(Error::SameOfficer);
        }
        if open.waiting {
            return Err(Error::WaitingForCitizen);
        }
        Ok(open)
    }

    /// Did this officer take this very decision before? Then asking again changes nothing.
    fn was(&self, wanted: Decision, at: &str, by: &ByOfficer, given: Option<&str>) -> bool {
        matches!(self, Self::Decided { decision, stage, by: Some(officer), reason, .. }
            if *decision == wanted && stage == at && *officer == by.officer && reason.as_deref() == given)
    }
}

/// Does what was recorded let the file move on from where it stands?
fn recorded(open: &Open, record: StageRecord, at: Timestamp) -> Result<StageRecord, Error> {
    let plan = open.current().ok_or(Error::OtherStage)?;
    if let Some(field) = plan.records.iter().find(|field| !record.contains_key(*field)) {
        return Err(Error::RecordMissing { field: field.clone() });
    }
    // A record stands readable in the ledger: nothing goes in that the catalogue did not provide for.
    if let Some(field) = record.keys().find(|field| !plan.records.contains(*field)) {
        return Err(Error::RecordUnknown { field: field.clone() });
    }
    if let Some(condition) = plan.passes_if.as_ref().filter(|c| !c.holds(&record)) {
        return Err(Error::NotPassed {
            field: condition.field.clone(),
        });
    }
    if let Some(days) = plan.notice_days {
        let first = open
            .since
            .saturating_add(i64::from(days).days())
            .saturating_add(1.day());
        if ist_date(at) < first {
            return Err(Error::TooEarly { first });
        }
    }
    Ok(record)
}

/// Words of a citizen or an officer; see [`checked_words`].
fn checked(words: Option<String>) -> Result<Option<String>, Error> {
    checked_words(words).map_err(|_| Error::TooLong { max: WORDS_MAX })
}
