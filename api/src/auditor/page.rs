//! The pages an auditor sees.

use askama::Template;
use domain::Bilingual;

use crate::page::Page;

/// One event in a list.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Place in the log.
    pub position: u64,
    /// What happened.
    pub what: Bilingual,
    /// The event's name.
    pub event_type: String,
    /// The stream, as people know it.
    pub stream: String,
    /// The stream's own page.
    pub stream_href: String,
    /// Place in the stream.
    pub sequence: u64,
    /// Who asked.
    pub who: String,
    /// When.
    pub at: Bilingual,
    /// When, for machines.
    pub iso: String,
    /// The beginning of the leaf hash.
    pub leaf: String,
}

/// `GET /auditor` and one stream's history.
#[derive(Template)]
#[template(path = "auditor/log.html")]
pub struct LogPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// The heading.
    pub title: Bilingual,
    /// The stream, if it is one stream's history.
    pub stream: Option<String>,
    /// The position asked for.
    pub from: String,
    /// The file asked for.
    pub file: String,
    /// The table's caption.
    pub caption: Bilingual,
    /// What to do where there is nothing.
    pub empty: Bilingual,
    /// The events.
    pub rows: Vec<EventRow>,
    /// Address of the events before.
    pub earlier: Option<String>,
    /// Address of the events after.
    pub later: Option<String>,
}

/// `GET /auditor/events/{position}`.
#[derive(Template)]
#[template(path = "auditor/event.html")]
pub struct EventPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// Place in the log.
    pub position: u64,
    /// What happened.
    pub what: Bilingual,
    /// Who asked.
    pub who: String,
    /// When.
    pub at: Bilingual,
    /// When, for machines.
    pub iso: String,
    /// The stream.
    pub stream: String,
    /// The stream's own page.
    pub stream_href: String,
    /// Place in the stream.
    pub sequence: u64,
    /// The event's name.
    pub event_type: String,
    /// The version of its shape.
    pub event_version: String,
    /// The leaf hash, hex.
    pub leaf: String,
    /// The command's id.
    pub command: String,
    /// The body as stored, indented.
    pub body: String,
    /// The event before.
    pub previous: Option<u64>,
    /// The event after.
    pub next: Option<u64>,
}

/// A signed checkpoint.
#[derive(Clone, Debug)]
pub struct CheckpointView {
    /// How many events it covers.
    pub size: u64,
    /// The root hash, base64 as in the note.
    pub root: String,
    /// The signed note.
    pub note: String,
}

/// `GET /auditor/checkpoint`.
#[derive(Template)]
#[template(path = "auditor/checkpoint.html")]
pub struct CheckpointPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// The latest one.
    pub checkpoint: Option<CheckpointView>,
}

/// One place that does not hold.
#[derive(Clone, Debug)]
pub struct BreakView {
    /// Where in the log.
    pub position: Option<u64>,
    /// In which stream.
    pub stream: Option<String>,
    /// What does not fit.
    pub what: String,
}

/// What a verification found.
#[derive(Clone, Debug)]
pub struct ReportView {
    /// Events read.
    pub events: u64,
    /// Signed checkpoints compared.
    pub checkpoints: u64,
    /// The root hash, hex.
    pub root: String,
    /// When it ended.
    pub at: Bilingual,
    /// Places that do not hold.
    pub breaks: Vec<BreakView>,
}

/// `GET|POST /auditor/verify`.
#[derive(Template)]
#[template(path = "auditor/verify.html")]
pub struct VerifyLogPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// What was found, if it ran.
    pub report: Option<ReportView>,
    /// An older checkpoint that the log had to contain, as pasted.
    pub older: String,
}

/// A name and what belongs to it.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The name.
    pub name: Bilingual,
    /// What belongs to it.
    pub value: Bilingual,
}

/// `GET /auditor/as-of`.
#[derive(Template)]
#[template(path = "auditor/as_of.html")]
pub struct AsOfPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// The day or position asked for, as typed.
    pub when: String,
    /// What was asked for, as typed.
    pub what: String,
    /// Both could be read.
    pub understood: bool,
    /// What is told about.
    pub title: Bilingual,
    /// Up to where, and on which day.
    pub then: Bilingual,
    /// What was true.
    pub facts: Vec<Fact>,
}

/// One event of a history.
#[derive(Clone, Debug)]
pub struct LineRow {
    /// Place in the log.
    pub position: u64,
    /// What happened.
    pub what: Bilingual,
    /// The stream, as people know it.
    pub stream: String,
    /// The stream's own page.
    pub stream_href: String,
    /// Who asked.
    pub who: String,
    /// The officer who acted, and as what.
    pub by: Option<String>,
    /// Why, as far as it is a fact.
    pub why: Option<String>,
    /// When.
    pub at: Bilingual,
    /// When, for machines.
    pub iso: String,
}

/// A stream that stood otherwise before.
#[derive(Clone, Debug)]
pub struct ChangedRow {
    /// What it is about.
    pub kind: Bilingual,
    /// Which one.
    pub id: String,
    /// Its own page.
    pub href: String,
    /// How it stood.
    pub before: Bilingual,
    /// How it stood afterwards.
    pub after: Bilingual,
}

/// `GET /auditor/difference`.
#[derive(Template)]
#[template(path = "auditor/difference.html")]
pub struct DifferencePage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// Behind which position.
    pub from: String,
    /// Up to which.
    pub to: String,
    /// The end of the log.
    pub head: u64,
    /// Both could be read, and in this order.
    pub understood: bool,
    /// The events.
    pub rows: Vec<LineRow>,
    /// There are more events than are listed.
    pub more: bool,
    /// What stands otherwise.
    pub changed: Vec<ChangedRow>,
    /// Too many streams were touched to compare them here.
    pub too_many: bool,
    /// Where these events can be had as lines, when they are few.
    pub export: Option<String>,
}

/// `GET /auditor/officers/{id}` and `GET /auditor/citizens/{id}`.
#[derive(Template)]
#[template(path = "auditor/history.html")]
pub struct HistoryPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// The heading.
    pub title: Bilingual,
    /// What to ask the page of states for.
    pub as_of: String,
    /// The events.
    pub rows: Vec<LineRow>,
    /// There are more events than are listed.
    pub more: bool,
}

/// How one view stands.
#[derive(Clone, Debug)]
pub struct ViewLine {
    /// Its name.
    pub view: &'static str,
    /// Which generation of rows readers use; 0 while the first is being made.
    pub generation: u32,
    /// Another generation is being made.
    pub building: bool,
    /// The position that it has reached.
    pub position: u64,
    /// Events that it is behind.
    pub behind: u64,
    /// And for how many seconds.
    pub seconds: i64,
}

/// One stream that stands still in a view.
#[derive(Clone, Debug)]
pub struct ParkedLine {
    /// Which view.
    pub view: String,
    /// The event that cannot be read.
    pub position: u64,
    /// Why, as a stable code.
    pub code: &'static str,
    /// How many events of the stream wait.
    pub waiting: u64,
}

/// What one service did.
#[derive(Clone, Debug)]
pub struct CountLine {
    /// Its name.
    pub service: Bilingual,
    /// The counts.
    pub counts: projections::Counts,
    /// Within which time half of the decisions came.
    pub half: Option<Bilingual>,
    /// And 95 of 100.
    pub most: Option<Bilingual>,
}

/// `GET /auditor/views`.
#[derive(Template)]
#[template(path = "auditor/views.html")]
pub struct ViewsPage {
    /// The frame.
    pub p: Page,
    /// Where we are.
    pub here: &'static str,
    /// Where the log ends.
    pub head: u64,
    /// Every view.
    pub views: Vec<ViewLine>,
    /// What stands still.
    pub parked: Vec<ParkedLine>,
    /// Every service with something to count.
    pub counts: Vec<CountLine>,
}
