//! The pages an officer sees.

use askama::Template;
use domain::{Bilingual, Language};

use crate::page::{Page, time::Limit};

/// The officer who is signed in, for the head of the page.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Name.
    pub name: Bilingual,
    /// Designation.
    pub designation: Bilingual,
    /// The hidden word that each form of this session carries.
    pub csrf: String,
    /// The keyboard shortcuts are switched on.
    pub shortcuts: bool,
}

/// A sample officer to sign in as.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Service code.
    pub id: String,
    /// Name.
    pub name: Bilingual,
    /// Designation.
    pub designation: Bilingual,
    /// Office.
    pub office: Bilingual,
    /// Files that wait for their roles.
    pub waiting: u64,
}

/// `GET /officer` without a session.
#[derive(Template)]
#[template(path = "officer/sign_in.html")]
pub struct SignInPage {
    /// The frame.
    pub p: Page,
    /// Nobody yet.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// Why we are here again: the session ended.
    pub notice: Option<Bilingual>,
    /// Whom one can be.
    pub officers: Vec<Candidate>,
}

/// One choice of a list.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its value.
    pub code: String,
    /// Its words.
    pub label: Bilingual,
    /// Chosen now.
    pub chosen: bool,
}

/// One filter in use.
#[derive(Clone, Debug)]
pub struct Chip {
    /// In words.
    pub words: String,
    /// The queue without it.
    pub without: String,
}

/// One file in the queue.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Its number.
    pub number: String,
    /// The service's name.
    pub service: Bilingual,
    /// Whom it is about.
    pub applicant: Option<String>,
    /// The stage's title.
    pub stage: Bilingual,
    /// It waits for the citizen.
    pub waiting: bool,
    /// It stands still: what is shown may no longer be so.
    pub parked: bool,
    /// When it came, for machines.
    pub received_iso: String,
    /// When it came.
    pub received: Bilingual,
    /// The time limit.
    pub limit: Option<Limit>,
}

/// `GET /officer/queue`.
#[derive(Template)]
#[template(path = "officer/queue.html")]
pub struct QueuePage {
    /// The frame.
    pub p: Page,
    /// Who is signed in.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// The number that is looked for.
    pub q: String,
    /// Services to filter by.
    pub services: Vec<Choice>,
    /// States to filter by.
    pub states: Vec<Choice>,
    /// Filters in use.
    pub chips: Vec<Chip>,
    /// The files.
    pub rows: Vec<QueueRow>,
    /// There are more than are shown.
    pub more: bool,
}

/// What went wrong with an act, above the file.
#[derive(Clone, Debug)]
pub struct ActProblem {
    /// In a few words.
    pub title: Bilingual,
    /// The rule's words.
    pub what: Bilingual,
    /// The id of the field to mend.
    pub field: Option<String>,
    /// The stable key.
    pub code: String,
}

/// A tag: words and a class.
#[derive(Clone, Debug)]
pub struct Tag {
    /// In words.
    pub words: Bilingual,
    /// `ok`, `warn`, `bad`, `info` or `plain`.
    pub class: &'static str,
}

/// One answer of the citizen.
#[derive(Clone, Debug)]
pub struct AnswerRow {
    /// The field's label.
    pub label: Bilingual,
    /// In Hindi.
    pub hi: Option<String>,
    /// In English.
    pub en: Option<String>,
}

/// One paper.
#[derive(Clone, Debug)]
pub struct PaperView {
    /// What it is meant as.
    pub title: Bilingual,
    /// Which papers do, any one of them, where the service names some.
    pub accepted: Option<Bilingual>,
    /// Where its bytes are.
    pub href: String,
    /// A picture, else a PDF.
    pub picture: bool,
    /// JPEG, PNG or PDF.
    pub kind: &'static str,
    /// Its size, as read by people.
    pub size: String,
    /// What was noticed when it was taken in.
    pub notes: Vec<Bilingual>,
}

/// One voice note.
#[derive(Clone, Debug)]
pub struct VoiceView {
    /// When it was received.
    pub when: Bilingual,
    /// Where its bytes are.
    pub href: String,
    /// How long, where that is known, as `0:42`.
    pub length: Option<String>,
    /// Its size, as read by people.
    pub size: String,
    /// What an engine heard in it.
    pub words: Option<String>,
}

impl VoiceView {
    /// The language in which the words are to be read aloud: that of their script.
    pub(super) fn script(&self) -> &'static str {
        let devanagari = |c: char| ('\u{900}'..='\u{97F}').contains(&c);
        match &self.words {
            Some(words) if words.chars().any(devanagari) => Language::Hi.tag(),
            _ => Language::En.tag(),
        }
    }
}

/// One stage on the way.
#[derive(Clone, Debug)]
pub struct StageView {
    /// Its title.
    pub title: Bilingual,
    /// `passed`, `here` or `ahead`.
    pub class: &'static str,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct HistoryView {
    /// What.
    pub what: Bilingual,
    /// By whom.
    pub by: Option<Bilingual>,
    /// When.
    pub at: Bilingual,
    /// When, for machines.
    pub iso: String,
    /// Where in the log.
    pub position: u64,
    /// What was recorded at the stage.
    pub record: Vec<(Bilingual, Bilingual)>,
    /// Words.
    pub words: Option<String>,
}

/// The certificate that answered the file.
#[derive(Clone, Debug)]
pub struct CertificateView {
    /// Its number.
    pub number: String,
    /// How it stands.
    pub standing: Bilingual,
    /// The tag's class.
    pub class: &'static str,
    /// From when, until when.
    pub dates: Bilingual,
    /// A correction that waits for another officer.
    pub waiting: Option<Bilingual>,
    /// A correction that another officer declined, and why.
    pub declined: Option<(Bilingual, Option<String>)>,
    /// What this officer may do with it: address and words.
    pub acts: Vec<(String, Bilingual)>,
}

/// One thing to be recorded at a stage.
#[derive(Clone, Debug)]
pub struct RecordInput {
    /// The field's code.
    pub code: String,
    /// Its label.
    pub label: Bilingual,
    /// May be left out.
    pub optional: bool,
    /// The kind of input: `text`, `number`, `date`, `textarea`, `radio`, `checkbox`.
    pub input: &'static str,
    /// What was typed.
    pub value: String,
    /// The choices of a list.
    pub choices: Vec<Choice>,
    /// What is wrong with it.
    pub problem: Option<Bilingual>,
}

/// The form with which an officer acts.
#[derive(Clone, Debug)]
pub struct ActForm {
    /// The stage's title.
    pub title: Bilingual,
    /// The session's hidden word.
    pub csrf: String,
    /// The command's id: sending twice does once.
    pub command_id: String,
    /// The stage the officer saw.
    pub stage: String,
    /// What may be done.
    pub acts: Vec<Choice>,
    /// What must be recorded.
    pub records: Vec<RecordInput>,
    /// Reasons for refusal.
    pub reasons: Vec<Choice>,
    /// Papers that may be asked for again.
    pub papers: Vec<Choice>,
    /// Words typed so far.
    pub words: String,
}

/// `GET /officer/files/{number}`.
#[derive(Template)]
#[template(path = "officer/file.html")]
pub struct FilePage {
    /// The frame.
    pub p: Page,
    /// Who is signed in.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// The file's number.
    pub number: String,
    /// The service's name.
    pub service: Bilingual,
    /// Whom it is about.
    pub applicant: Option<String>,
    /// How it stands.
    pub state: Tag,
    /// The time limit.
    pub limit: Option<Limit>,
    /// What was just done.
    pub done: Option<Bilingual>,
    /// The next file of the queue.
    pub following: Option<String>,
    /// What went wrong.
    pub problem: Option<ActProblem>,
    /// The answers; empty once erased.
    pub answers: Vec<AnswerRow>,
    /// Who gave them, when, where in the log.
    pub answers_set: Option<Bilingual>,
    /// The papers.
    pub papers: Vec<PaperView>,
    /// The voice notes that belong to it.
    pub voices: Vec<VoiceView>,
    /// The form, where this officer may act.
    pub form: Option<ActForm>,
    /// Why they may not.
    pub no_act: Option<Bilingual>,
    /// The certificate that followed.
    pub certificate: Option<CertificateView>,
    /// The way.
    pub stages: Vec<StageView>,
    /// The history, newest first.
    pub history: Vec<HistoryView>,
}

/// The page before a grave act: what will happen, in sentences.
#[derive(Template)]
#[template(path = "officer/check.html")]
pub struct CheckPage {
    /// The frame.
    pub p: Page,
    /// Who is signed in.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// The file's number.
    pub number: String,
    /// The question.
    pub title: Bilingual,
    /// What will happen.
    pub sentences: Vec<Bilingual>,
    /// Whose words these are.
    pub words_label: Bilingual,
    /// The officer's words.
    pub words: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// The session's hidden word.
    pub csrf: String,
    /// What the form carries on.
    pub hidden: Vec<(String, String)>,
    /// It takes something away from somebody.
    pub grave: bool,
    /// The button.
    pub confirm: Bilingual,
}

/// `GET /officer/files/{number}/suspend`, `…/revoke` and `…/correct`: why, until when, what is to change.
#[derive(Template)]
#[template(path = "officer/standing.html")]
pub struct StandingPage {
    /// The frame.
    pub p: Page,
    /// Who is signed in.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// The file's number.
    pub number: String,
    /// What this is about.
    pub title: Bilingual,
    /// What follows from it.
    pub lead: Option<Bilingual>,
    /// The service's name.
    pub service: Bilingual,
    /// The certificate's number.
    pub certificate: String,
    /// What went wrong.
    pub problem: Option<ActProblem>,
    /// Where the form goes.
    pub action: String,
    /// The session's hidden word.
    pub csrf: String,
    /// The command's id.
    pub command_id: String,
    /// What can be changed.
    pub inputs: Vec<RecordInput>,
    /// Above the reasons.
    pub why: Bilingual,
    /// The register's reasons.
    pub reasons: Vec<Choice>,
    /// The last day: what was typed, the first and the last that is accepted.
    pub until: Option<(String, String, String)>,
    /// What is sent along unseen: names and values.
    pub hidden: Vec<(String, String)>,
    /// Words typed so far.
    pub words: String,
}

/// One key of the list.
#[derive(Clone, Debug)]
pub struct Key {
    /// What to press.
    pub keys: &'static [&'static str],
    /// What it does.
    pub does: Bilingual,
}

/// `GET /officer/shortcuts`.
#[derive(Template)]
#[template(path = "officer/shortcuts.html")]
pub struct ShortcutsPage {
    /// The frame.
    pub p: Page,
    /// Who is signed in.
    pub desk: Option<Desk>,
    /// Where we are.
    pub here: &'static str,
    /// The session's hidden word.
    pub csrf: String,
    /// Switched on?
    pub shortcuts: bool,
    /// The list.
    pub keys: Vec<Key>,
}
