//! The `understand` and `converse` verbs: JSON lines in, JSON lines out.
//!
//! `converse` keeps its sessions in memory and plays the office: consent counts as given, the language is that of the
//! first message (or `lang_hint`), a submission gets the next number, nothing is stored. Besides `text` a line may carry
//! `"paper": "image/jpeg"` to send a paper, because a form asks for papers.

use std::collections::BTreeMap;

use domain::{ApplicationNumber, Bilingual, Language, ist_date};
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::{
    Assistant,
    conversation::{
        ApplicationState, ApplicationSummary, Conversation, Effect, Facts, Outcome, StateView, VerdictSummary,
        VerifyWhat, after, as_of, converse,
    },
    reply::Reply,
    said::{Paper, Said},
    understand::{Context, Intent, Meaning, Understander},
    words::NOTICE_VERSION,
};

/// Why a line got no answer.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not JSON of the expected shape.
    #[error("the line is not JSON of the expected shape")]
    Read(#[source] serde_json::Error),
    /// Neither text, paper nor minutes.
    #[error("the line holds neither text nor a paper nor minutes to pass")]
    Empty,
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Write(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct UnderstandLine {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    lang_hint: Option<String>,
}

#[derive(Serialize)]
struct Understood<'a> {
    id: &'a serde_json::Value,
    #[serde(flatten)]
    meaning: Meaning,
}

fn hinted(hint: Option<&str>) -> Option<Language> {
    match hint? {
        "en" => Some(Language::En),
        "hi" | "hi-Latn" => Some(Language::Hi),
        _ => None,
    }
}

/// Answers one line of `understand`.
///
/// # Errors
/// [`LineError`] when the line is not `{"id", "text", "lang_hint"}`.
pub fn understand(understander: &Understander, line: &str) -> Result<String, LineError> {
    let line: UnderstandLine = serde_json::from_str(line).map_err(LineError::Read)?;
    let context = Context {
        language: hinted(line.lang_hint.as_deref()),
        ..Context::default()
    };
    let answer = Understood {
        id: &line.id,
        meaning: understander.understand(&line.text, &context),
    };
    serde_json::to_string(&answer).map_err(LineError::Write)
}

/// One line of `converse`, read.
#[derive(Deserialize)]
pub struct Line {
    session: serde_json::Value,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    paper: Option<String>,
    #[serde(default)]
    advance_minutes: Option<i64>,
    #[serde(default)]
    lang_hint: Option<String>,
}

// What somebody writes must not reach a log by way of `{:?}`.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    /// Reads `{"session", "text"}`, `{"session", "paper"}` or `{"session", "advance_minutes"}`.
    ///
    /// # Errors
    /// [`LineError`] for anything else.
    pub fn read(line: &str) -> Result<Self, LineError> {
        let line: Self = serde_json::from_str(line).map_err(LineError::Read)?;
        if line.text.is_none() && line.paper.is_none() && line.advance_minutes.is_none() {
            return Err(LineError::Empty);
        }
        Ok(line)
    }

    /// Words in a session, from no JSON.
    #[must_use]
    pub fn said(session: &str, text: String) -> Self {
        Self {
            session: session.into(),
            text: Some(text),
            paper: None,
            advance_minutes: None,
            lang_hint: None,
        }
    }

    /// The name that the session was given.
    #[must_use]
    pub const fn session(&self) -> &serde_json::Value {
        &self.session
    }

    /// The words, if it has any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// What a line of `converse` is answered with.
#[derive(Serialize)]
pub struct Answered {
    session: serde_json::Value,
    #[serde(flatten)]
    heard: Heard,
    reply: String,
    state: StateView,
    #[serde(skip)]
    replies: Vec<Reply>,
}

/// What was understood; the same fields with nothing in them where nothing was said.
#[derive(Serialize)]
#[serde(untagged)]
enum Heard {
    Meaning(Box<Meaning>),
    Nothing {
        intent: Option<Intent>,
        service: Option<String>,
        slots: BTreeMap<String, String>,
        confidence: f32,
        language: Option<String>,
        oos_score: f32,
        clarify: bool,
        candidates: Vec<Meaning>,
    },
}

impl Heard {
    fn of(meaning: Option<Meaning>) -> Self {
        meaning.map_or_else(
            || Self::Nothing {
                intent: None,
                service: None,
                slots: BTreeMap::new(),
                confidence: 0.0,
                language: None,
                oos_score: 0.0,
                clarify: false,
                candidates: Vec::new(),
            },
            |meaning| Self::Meaning(Box::new(meaning)),
        )
    }
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answered").finish_non_exhaustive()
    }
}

impl Answered {
    /// The JSON line.
    ///
    /// # Errors
    /// [`LineError::Write`] when there is none.
    pub fn written(&self) -> Result<String, LineError> {
        serde_json::to_string(self).map_err(LineError::Write)
    }

    /// What the words were taken for; none where there were none.
    #[must_use]
    pub const fn meaning(&self) -> Option<&Meaning> {
        match &self.heard {
            Heard::Meaning(meaning) => Some(meaning),
            Heard::Nothing { .. } => None,
        }
    }

    /// The bubbles.
    #[must_use]
    pub fn replies(&self) -> &[Reply] {
        &self.replies
    }

    /// How the conversation stands.
    #[must_use]
    pub const fn state(&self) -> &StateView {
        &self.state
    }
}

/// One conversation of `converse`, with the office that it plays to.
pub struct Talk {
    conversation: Conversation,
    now: Timestamp,
    messages: u64,
    applications: Vec<ApplicationSummary>,
}

impl std::fmt::Debug for Talk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Talk")
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

impl Talk {
    /// A conversation that begins with this line, at `start`.
    #[must_use]
    pub fn begin(assistant: &Assistant, line: &Line, start: Timestamp) -> Self {
        let text = line.text().unwrap_or_default();
        let written = assistant.understander().understand(text, &Context::default()).language;
        let language = hinted(line.lang_hint.as_deref()).unwrap_or_else(|| written.answered_in());
        Self {
            conversation: Conversation::with(Some(language), Some(NOTICE_VERSION.to_owned())),
            now: start,
            messages: 0,
            applications: Vec::new(),
        }
    }

    /// With what the next message will be read.
    #[must_use]
    pub fn context(&self) -> Context {
        self.conversation.context()
    }

    /// Hears a line. `submitted` counts the applications that were handed in; the next one gets the next number.
    pub fn hear(&mut self, assistant: &Assistant, line: &Line, submitted: &mut u64) -> Answered {
        let said = match (&line.text, &line.paper) {
            (Some(text), _) => Some(Said::Text(text.clone())),
            (None, Some(media_type)) => Some(Said::Paper(Paper {
                digest: String::new(),
                media_type: media_type.clone(),
                bytes: 1,
                filename: None,
                refused: vec![],
                notes: vec![],
            })),
            (None, None) => None,
        };
        // Minutes beyond all calendars move nothing.
        if let Some(minutes) = line.advance_minutes
            && let Ok(span) = Span::new().try_minutes(minutes)
        {
            self.now = self.now.checked_add(span).unwrap_or(self.now);
        }
        let meaning = line
            .text()
            .map(|text| assistant.understander().understand(text, &self.context()));
        let said = said.map(|said| match said {
            // Each that is sent is another file.
            Said::Paper(paper) => Said::Paper(Paper {
                digest: format!("{:064x}", self.messages),
                ..paper
            }),
            other => other,
        });
        let (replies, heard) = said.map_or_else(Default::default, |said| self.turn(assistant, &said, submitted));
        // Time alone ends a form, too.
        let state = as_of(assistant, self.conversation.clone(), &facts(self)).view(assistant.catalogue());
        Answered {
            session: line.session.clone(),
            heard: Heard::of(meaning.map(|meaning| taken_as(meaning, heard))),
            reply: replies.iter().map(shown).collect::<Vec<_>>().join("\n\n"),
            state,
            replies,
        }
    }

    /// So many bytes it takes to keep the conversation.
    ///
    /// # Errors
    /// [`LineError::Write`] when it cannot be told.
    pub fn size(&self) -> Result<usize, LineError> {
        let kept = serde_json::to_vec(&self.conversation).map_err(LineError::Write)?;
        Ok(kept.len() + self.applications.len() * size_of::<ApplicationSummary>())
    }

    fn turn(&mut self, assistant: &Assistant, said: &Said, submitted: &mut u64) -> (Vec<Reply>, Option<Intent>) {
        self.messages += 1;
        let turn = converse(assistant, self.conversation.clone(), said, &facts(self));
        self.conversation = turn.state;
        let mut replies = turn.replies;
        for effect in turn.effects.iter().filter(|effect| effect.wants_words()) {
            let outcome = self.outcome(effect, submitted);
            let told = after(assistant, self.conversation.clone(), &outcome, &facts(self));
            self.conversation = told.state;
            replies.extend(told.replies);
        }
        (replies, turn.heard)
    }

    /// What the office of this play makes of an effect.
    fn outcome(&mut self, effect: &Effect, submitted: &mut u64) -> Outcome {
        let today = ist_date(self.now);
        let mut set = |number: &ApplicationNumber, state: ApplicationState| {
            for application in self.applications.iter_mut().filter(|a| a.number == *number) {
                application.state = state.clone();
            }
        };
        match effect {
            Effect::Submit { form } => {
                *submitted += 1;
                let service = form.service();
                let number = ApplicationNumber::new(today.year(), *submitted);
                let due = service
                    .time_limit
                    .days
                    .map(|days| today.saturating_add(i64::from(days).days()));
                let stage = service
                    .stages
                    .first()
                    .map(|stage| stage.title.clone())
                    .unwrap_or_default();
                self.applications.push(ApplicationSummary {
                    number: number.clone(),
                    service: service.code.clone(),
                    stage,
                    holder: None::<Bilingual>,
                    since: Some(today),
                    submitted_on: today,
                    due,
                    state: ApplicationState::Submitted,
                    subject: service.subject(form.answers()),
                });
                Outcome::Submitted { number, due }
            }
            Effect::Answer { application, .. } => {
                set(application, ApplicationState::Submitted);
                Outcome::Sent
            }
            Effect::Withdraw { application } => {
                set(application, ApplicationState::Withdrawn);
                Outcome::Sent
            }
            Effect::Verify(VerifyWhat::Number(number)) => Outcome::Verified(Box::new(VerdictSummary {
                verdict: "not_found".to_owned(),
                number: Some(number.to_string()),
                ..VerdictSummary::default()
            })),
            Effect::Verify(_) => Outcome::Verified(Box::new(VerdictSummary {
                verdict: "unreadable".to_owned(),
                ..VerdictSummary::default()
            })),
            Effect::SendCertificate { .. }
            | Effect::ChooseLanguage(_)
            | Effect::GiveConsent { .. }
            | Effect::Handoff { .. } => Outcome::Sent,
        }
    }
}

/// An open question decides what words mean that answer it or correct an answer.
fn taken_as(mut meaning: Meaning, heard: Option<Intent>) -> Meaning {
    let Some(intent) = heard else { return meaning };
    let says_yes_or_no = matches!(meaning.intent, Intent::Affirm | Intent::Deny) && intent == Intent::Inform;
    if meaning.intent != intent && !says_yes_or_no {
        meaning.intent = intent;
        meaning.service = None;
        meaning.clarify = false;
    }
    meaning
}

fn facts(talk: &Talk) -> Facts {
    Facts {
        opinion: None,
        now: talk.now,
        today: ist_date(talk.now),
        message_id: format!("m{}", talk.messages),
        applications: talk.applications.clone(),
        certificates: Vec::new(),
    }
}

/// The sessions of one `converse` run.
pub struct Sessions<'a> {
    assistant: &'a Assistant,
    start: Timestamp,
    talks: BTreeMap<String, Talk>,
    submitted: u64,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions")
            .field("open", &self.talks.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Sessions<'a> {
    /// No session yet; every session's clock begins at `start`.
    #[must_use]
    pub const fn new(assistant: &'a Assistant, start: Timestamp) -> Self {
        Self {
            assistant,
            start,
            talks: BTreeMap::new(),
            submitted: 0,
        }
    }

    /// Answers one line of `converse`.
    ///
    /// # Errors
    /// [`LineError`] when the line is none, see [`Line::read`].
    pub fn converse(&mut self, line: &str) -> Result<String, LineError> {
        let line = Line::read(line)?;
        let (assistant, start) = (self.assistant, self.start);
        let talk = self
            .talks
            .entry(line.session.to_string())
            .or_insert_with(|| Talk::begin(assistant, &line, start));
        talk.hear(assistant, &line, &mut self.submitted).written()
    }
}

/// A bubble as text: its words, then each button or row in brackets.
fn shown(reply: &Reply) -> String {
    let (body, choices): (&str, Vec<&str>) = match reply {
        Reply::Text { body } => (body, vec![]),
        Reply::Buttons { body, choices } => (body, choices.iter().map(|c| c.title.as_str()).collect()),
        Reply::List { body, sections, .. } => {
            let rows = sections.iter().flat_map(|section| &section.choices);
            (body, rows.map(|c| c.title.as_str()).collect())
        }
        Reply::Document { caption, document } => (caption, vec![document.filename.as_str()]),
    };
    choices
        .iter()
        .fold(body.to_owned(), |text, title| format!("{text}\n[{title}]"))
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Catalogue;
    use serde_json::Value;

    use super::*;

    fn assistant() -> Assistant {
        Assistant::new(Catalogue::embedded().unwrap()).unwrap()
    }

    fn start() -> Timestamp {
        "2026-11-22T06:30:00Z".parse().unwrap()
    }

    #[test]
    fn understand_answers_with_the_id() {
        let assistant = assistant();
        let line = r#"{"id":"a1","text":"janam praman patra banwana hai","lang_hint":null}"#;
        let answer: Value = serde_json::from_str(&understand(assistant.understander(), line).unwrap()).unwrap();
        assert_eq!(answer["id"], "a1");
        assert_eq!(answer["intent"], "apply");
        assert_eq!(answer["service"], "birth_certificate");
        assert_eq!(answer["language"], "hi-Latn");
        for wrong in ["", "{}", "[]", r#"{"id":1}"#] {
            assert!(understand(assistant.understander(), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_session_remembers_and_time_passes() {
        let assistant = assistant();
        let mut sessions = Sessions::new(&assistant, start());
        let mut say = |line: &str| -> Value { serde_json::from_str(&sessions.converse(line).unwrap()).unwrap() };
        let answer = say(r#"{"session":"s","text":"birth certificate chahiye","lang_hint":"en"}"#);
        assert_eq!(answer["state"]["mode"], "form");
        assert_eq!(answer["state"]["service"], "birth_certificate");
        let first = answer["state"]["awaiting"].as_str().unwrap().to_owned();
        let answer = say(r#"{"session":"s","text":"Aarav Sharma"}"#);
        assert_ne!(answer["state"]["awaiting"], first.as_str());
        assert_eq!(answer["state"]["form"][&first], "Aarav Sharma");
        let answer = say(r#"{"session":"s","advance_minutes":44640}"#);
        assert_eq!(answer["reply"], "");
        let answer = say(r#"{"session":"s","text":"hello"}"#);
        assert_eq!(answer["state"]["mode"], "menu");
        assert!(answer["reply"].as_str().unwrap().contains("30 days"), "{answer}");
        assert_eq!(say(r#"{"session":"other","text":"hello"}"#)["state"]["mode"], "menu");
        assert!(sessions.converse(r#"{"session":"s"}"#).is_err());
    }

    #[test]
    fn time_that_no_calendar_has_passes_for_nobody() {
        let assistant = assistant();
        let mut sessions = Sessions::new(&assistant, start());
        for minutes in [i64::MAX, i64::MIN, 10_518_456_960, -10_518_456_960, 4_000_000_000] {
            let line = format!(r#"{{"session":"s","advance_minutes":{minutes},"text":"birth certificate chahiye"}}"#);
            let answer: Value = serde_json::from_str(&sessions.converse(&line).unwrap()).unwrap();
            assert_eq!(answer["state"]["mode"], "form", "{minutes}");
        }
    }
}
