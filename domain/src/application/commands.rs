use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    ApplicationNumber, ByOfficer, CitizenId, Language, Paper,
    catalogue::{CheckedForm, RefusalReason, Value},
};

/// What an officer must write down at a stage: a test result, a visit's finding. No personal data.
pub type StageRecord = BTreeMap<String, Value>;

/// What is asked of an application. Time, numbers and look-ups are facts inside.
#[derive(Clone, Debug)]
pub enum Command {
    /// Hand it in.
    Submit {
        /// The number drawn for it.
        number: ApplicationNumber,
        /// Who asks.
        citizen: CitizenId,
        /// In which language they are answered.
        language: Language,
        /// The checked form.
        form: Box<CheckedForm>,
        /// The last day of the time limit, where there is one.
        due: Option<Date>,
        /// Now.
        at: Timestamp,
    },
    /// Pass a stage that Praman takes by itself.
    PassAutomatically {
        /// Which stage is meant; a repeat that comes late changes nothing.
        stage: String,
        /// Now.
        at: Timestamp,
    },
    /// Pass the stage on to the next one.
    Forward {
        /// Which stage the officer saw on the screen.
        stage: String,
        /// Who.
        by: ByOfficer,
        /// What is recorded.
        record: StageRecord,
        /// Words for the file.
        note: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// Ask the citizen.
    Ask {
        /// Which stage the officer saw.
        stage: String,
        /// Who.
        by: ByOfficer,
        /// What, in the officer's words.
        question: String,
        /// A paper to be sent again.
        paper: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// Answer the officer.
    Answer {
        /// Who answers.
        citizen: CitizenId,
        /// In words.
        answer: Option<String>,
        /// With papers.
        papers: Vec<Paper>,
        /// Now.
        at: Timestamp,
    },
    /// Say yes, at the last stage.
    Approve {
        /// Which stage the officer saw.
        stage: String,
        /// Who.
        by: ByOfficer,
        /// What is recorded.
        record: StageRecord,
        /// Words for the file.
        note: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// Refuse.
    Refuse {
        /// Which stage the officer saw.
        stage: String,
        /// Who.
        by: ByOfficer,
        /// The reason, as looked up in the service's list.
        reason: Option<RefusalReason>,
        /// Words to the citizen.
        words: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// Take it back.
    Withdraw {
        /// Who.
        citizen: CitizenId,
        /// Now.
        at: Timestamp,
    },
}
