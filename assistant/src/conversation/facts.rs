//! What the caller looks up before a turn, and what it is asked to do after one.

use domain::{
    ApplicationNumber, Bilingual, CertificateNumber, Language, Paper as NamedPaper,
    catalogue::{CheckedForm, Subject},
};
use jiff::{Timestamp, civil::Date};

use super::{Conversation, Doubt, Opinion};
use crate::{
    reply::{DocumentRef, Reply},
    said::Paper,
    understand::Intent,
};

/// The facts of a turn. Nothing else from outside the conversation decides what is said.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// The civil day in India.
    pub today: Date,
    /// The channel's own name of the message that is being heard.
    pub message_id: String,
    /// The applications of this citizen, in any order.
    pub applications: Vec<ApplicationSummary>,
    /// The certificates of this citizen, in any order.
    pub certificates: Vec<CertificateSummary>,
    /// What somebody else makes of the message, where the turn without it was left in doubt ([`Turn::doubt`]).
    pub opinion: Option<Opinion>,
}

/// One application of the citizen.
#[derive(Clone, Debug)]
pub struct ApplicationSummary {
    /// Its number.
    pub number: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// What is happening, as the catalogue titles the stage.
    pub stage: Bilingual,
    /// Who has it: a designation, never a person's name. `None` when nobody has.
    pub holder: Option<Bilingual>,
    /// Since when it stands so.
    pub since: Option<Date>,
    /// When it was submitted.
    pub submitted_on: Date,
    /// The last day of the time limit, if there is one.
    pub due: Option<Date>,
    /// How it stands.
    pub state: ApplicationState,
    /// Whom it is about, while that can be read.
    pub subject: Option<Subject>,
}

/// How an application stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// With the office.
    Submitted,
    /// The office has asked the citizen.
    Waiting {
        /// What it asked; `None` once it can no longer be read.
        question: Option<String>,
        /// The code of the document that it wants again.
        paper: Option<String>,
    },
    /// Approved; the certificate is not there yet.
    Approved,
    /// Refused.
    Refused {
        /// The reason's code in the service's list.
        reason: String,
        /// The officer's words to the citizen.
        words: Option<String>,
    },
    /// Taken back by the citizen.
    Withdrawn,
    /// A record of it cannot be read, so how it stands cannot be told.
    Unknown,
    /// The certificate is there.
    Issued {
        /// Its number.
        certificate: Option<CertificateNumber>,
    },
}

impl ApplicationState {
    /// Undecided: it can be withdrawn.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Submitted | Self::Waiting { .. })
    }
}

/// One certificate of the citizen.
#[derive(Clone, Debug)]
pub struct CertificateSummary {
    /// Its number.
    pub number: CertificateNumber,
    /// The service's code.
    pub service: String,
    /// The PDF.
    pub document: DocumentRef,
    /// Does it hold?
    pub standing: Standing,
}

/// Does a certificate hold?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Active,
    /// Its time is over.
    Expired,
    /// It was put on hold, cancelled or replaced.
    Ended,
}

/// What the caller does after a turn, in this order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Record the language.
    ChooseLanguage(Language),
    /// Record the consent given with this message.
    GiveConsent {
        /// The version of the notice.
        notice: String,
    },
    /// Submit an application, then call [`super::after`].
    Submit {
        /// The checked form.
        form: Box<CheckedForm>,
    },
    /// Answer the office, then call [`super::after`].
    Answer {
        /// Which application.
        application: ApplicationNumber,
        /// In words.
        text: Option<String>,
        /// With papers.
        papers: Vec<NamedPaper>,
    },
    /// Withdraw an application, then call [`super::after`].
    Withdraw {
        /// Which.
        application: ApplicationNumber,
    },
    /// See that the PDF of this certificate is there, then call [`super::after`], which sends it.
    SendCertificate {
        /// Which.
        number: CertificateNumber,
    },
    /// Check a certificate, then call [`super::after`].
    Verify(VerifyWhat),
    /// Tell a person of the office. The words have been said already.
    Handoff {
        /// Why.
        reason: HandoffReason,
    },
}

impl Effect {
    /// Does the person hear of this only once the caller has done it and called [`super::after`]? A turn has at most one
    /// such effect, and then no reply.
    #[must_use]
    pub const fn wants_words(&self) -> bool {
        match self {
            Self::ChooseLanguage(_) | Self::GiveConsent { .. } | Self::Handoff { .. } => false,
            Self::Submit { .. }
            | Self::Answer { .. }
            | Self::Withdraw { .. }
            | Self::SendCertificate { .. }
            | Self::Verify(_) => true,
        }
    }
}

/// What is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyWhat {
    /// A certificate number whose check character fits.
    Number(CertificateNumber),
    /// The address or the text of a QR code.
    Text(String),
    /// A PDF or a photo.
    Paper(Paper),
}

/// Why a person is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffReason {
    /// The citizen asked for it.
    Asked,
    /// A question was not answered in three attempts, and the citizen chose to be helped.
    Stuck,
    /// A complaint.
    Grievance,
    /// The wish to be forgotten.
    Erasure,
    /// Words of a person in danger.
    Distress,
}

/// What became of an effect that wants words.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The application is in the ledger.
    Submitted {
        /// Its number.
        number: ApplicationNumber,
        /// The last day of the time limit, if there is one.
        due: Option<Date>,
    },
    /// The rules said no.
    Rejected {
        /// The rejection's `code()`.
        code: String,
    },
    /// A certificate was checked.
    Verified(Box<VerdictSummary>),
    /// An answer, a withdrawal is recorded; a document is ready to be sent.
    Sent,
    /// It could not be done now.
    Failed,
}

/// The result of a check, as far as a person may see it. By number alone, the caller masks the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerdictSummary {
    /// One of [`crate::words::VERDICT_CODES`].
    pub verdict: String,
    /// Why, as the verification names it.
    pub reason: Option<String>,
    /// The certificate's number.
    pub number: Option<String>,
    /// The service's code.
    pub service: Option<String>,
    /// The holder's name.
    pub name: Option<String>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// The last day on which it holds; `None` with `issued_on` means without end.
    pub expires_on: Option<Date>,
    /// Since when the verdict is so: expired, suspended, cancelled, replaced.
    pub since: Option<Date>,
    /// Until when it is suspended.
    pub until: Option<Date>,
    /// The number of the newer certificate.
    pub replaced_by: Option<String>,
    /// Made for demonstration.
    pub demo: bool,
    /// Where the whole result can be seen.
    pub url: Option<String>,
}

/// What a turn leads to.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The conversation after it. To be stored together with what the effects write.
    pub state: Conversation,
    /// What is said: one bubble at most; none when an effect wants words first, or for a reaction.
    pub replies: Vec<Reply>,
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// As what the message was taken, where an open question decided it: words alone cannot tell an answer.
    pub heard: Option<Intent>,
    /// It was not clear what was meant, and somebody else may be asked: then the same turn is made again, with the opinion as a
    /// fact. Without one this turn stands.
    pub doubt: Option<Doubt>,
}
