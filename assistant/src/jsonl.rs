//! The `understand` and `converse` verbs: JSON lines in, JSON lines out.
//!
//! `converse` keeps its sessions in memory and plays the office: consent counts as given, the language is that of the
//! first message (or `lang_hint`), a submission gets the next number, nothing is stored. Besides `text` a line may carry
//! `"paper": "image/jpeg"` to send a paper, because a form asks for papers.

use std::collections::BTreeMap;

use domain::{ApplicationNumber, Bilingual, Language, ist_date};
use jiff::{Timestamp, ToSpan as _};
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

#[derive(Deserialize)]
struct ConverseLine {
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

#[derive(Serialize)]
struct Answered<'a> {
    session: &'a serde_json::Value,
    #[serde(flatten)]
    heard: Heard,
    reply: String,
    state: StateView,
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

struct Session {
    conversation: Conversation,
    now: Timestamp,
    messages: u64,
    applications: Vec<ApplicationSummary>,
}

/// The sessions of one `converse` run.
pub struct Sessions<'a> {
    assistant: &'a Assistant,
    start: Timestamp,
    sessions: BTreeMap<String, Session>,
    submitted: u64,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions")
            .field("open", &self.sessions.len())
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
            sessions: BTreeMap::new(),
            submitted: 0,
        }
    }

    /// Answers one line of `converse`.
    ///
    /// # Errors
    /// [`LineError`] when the line is neither `{"session", "text"}`, `{"session", "paper"}` nor
    /// `{"session", "advance_minutes"}`.
    pub fn converse(&mut self, line: &str) -> Result<String, LineError> {
        let line: ConverseLine = serde_json::from_str(line).map_err(LineError::Read)?;
        let assistant = self.assistant;
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
        if said.is_none() && line.advance_minutes.is_none() {
            return Err(LineError::Empty);
        }
        let text = line.text.as_deref().unwrap_or_default();
        let key = line.session.to_string();
        let mut session = self.sessions.remove(&key).unwrap_or_else(|| {
            let written = assistant.understander().understand(text, &Context::default()).language;
            let language = hinted(line.lang_hint.as_deref()).unwrap_or_else(|| written.answered_in());
            Session {
                conversation: Conversation::with(Some(language), Some(NOTICE_VERSION.to_owned())),
                now: self.start,
                messages: 0,
                applications: Vec::new(),
            }
        });
        if let Some(minutes) = line.advance_minutes {
            session.now = session.now.checked_add(minutes.minutes()).unwrap_or(session.now);
        }
        let meaning = line.text.as_deref().map(|text| {
            assistant
                .understander()
                .understand(text, &session.conversation.context())
        });
        let (mut reply, mut heard) = (String::new(), None);
        if let Some(mut said) = said {
            if let Said::Paper(paper) = &mut said {
                // Each that is sent is another file.
                paper.digest = format!("{:064x}", session.messages);
            }
            (reply, heard) = self.turn(&mut session, &said);
        }
        // Time alone ends a form, too.
        let state = as_of(assistant, session.conversation.clone(), &facts(&session)).view(assistant.catalogue());
        let meaning = meaning.map(|meaning| taken_as(meaning, heard));
        let answer = Answered {
            session: &line.session,
            heard: Heard::of(meaning),
            reply,
            state,
        };
        let written = serde_json::to_string(&answer).map_err(LineError::Write);
        self.sessions.insert(key, session);
        written
    }

    fn turn(&mut self, session: &mut Session, said: &Said) -> (String, Option<Intent>) {
        session.messages += 1;
        let turn = converse(self.assistant, session.conversation.clone(), said, &facts(session));
        session.conversation = turn.state;
        let mut replies = turn.replies;
        for effect in turn.effects.iter().filter(|effect| effect.wants_words()) {
            let outcome = self.outcome(session, effect);
            let told = after(self.assistant, session.conversation.clone(), &outcome, &facts(session));
            session.conversation = told.state;
            replies.extend(told.replies);
        }
        (replies.iter().map(shown).collect::<Vec<_>>().join("\n\n"), turn.heard)
    }

    /// What the office of this play makes of an effect.
    fn outcome(&mut self, session: &mut Session, effect: &Effect) -> Outcome {
        let today = ist_date(session.now);
        let mut set = |number: &ApplicationNumber, state: ApplicationState| {
            for application in session.applications.iter_mut().filter(|a| a.number == *number) {
                application.state = state.clone();
            }
        };
        match effect {
            Effect::Submit { form } => {
                self.submitted += 1;
                let service = form.service();
                let number = ApplicationNumber::new(today.year(), self.submitted);
                let due = service
                    .time_limit
                    .days
                    .map(|days| today.saturating_add(i64::from(days).days()));
                let stage = service
                    .stages
                    .first()
                    .map(|stage| stage.title.clone())
                    .unwrap_or_default();
                session.applications.push(ApplicationSummary {
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

fn facts(session: &Session) -> Facts {
    Facts {
        opinion: None,
        now: session.now,
        today: ist_date(session.now),
        message_id: format!("m{}", session.messages),
        applications: session.applications.clone(),
        certificates: Vec::new(),
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
}
