//! The page: a message goes in, and how it was understood is seen.

use askama::Template;
use assistant::{
    conversation::StateView,
    jsonl::Line,
    reply::{Choice, Reply},
    understand::explain::{Explanation, Mark},
};
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use domain::{Bilingual, catalogue::Catalogue};
use serde::Deserialize;

pub use super::figures::Figure;
use super::{
    TEXT_UNITS_MAX, figures, fits,
    picture::{self, Share, Word},
    set_cookie, take,
    talks::Exchange,
    token, words,
};
use crate::{
    guard::{Peer, TRYING},
    page::{Page, html},
    problem::Problem,
    state::App,
};

/// The page's own conversation among those of a visitor.
const SESSION: &str = "page";

/// `GET` and `POST /assistant`.
#[derive(Template)]
#[template(path = "assistant.html")]
pub struct AssistantPage {
    /// The frame.
    pub p: Page,
    /// What is wrong with what was sent.
    pub problem: Option<Problem>,
    /// What was typed and could not be taken.
    pub typed: String,
    /// At most so many UTF-16 units.
    pub longest: usize,
    /// Messages to try.
    pub examples: &'static [Examples],
    /// What was understood.
    pub understood: Option<Understood>,
    /// What was said.
    pub talk: Option<Talk>,
    /// How well it understands.
    pub figures: Vec<Figure>,
}

/// Messages of one way of writing.
pub struct Examples {
    /// The way of writing.
    pub title: (&'static str, &'static str),
    /// Its tag.
    pub lang: &'static str,
    /// The messages.
    pub texts: [&'static str; 4],
}

/// Freshly made up; none stands in the corpus.
pub const EXAMPLES: [Examples; 3] = [
    Examples {
        title: ("Hindi", "हिंदी"),
        lang: "hi",
        texts: [
            "पिछले हफ़्ते घर में बिटिया हुई है, उसका जन्म वाला कागज़ बनवाना है",
            "आय प्रमाण पत्र में कितने दिन लगते हैं?",
            "दुकान नई खोली है, उसका पंजीकरण कैसे होगा",
            "मेरी फ़ाइल महीने भर से अटकी है, कोई सुनता ही नहीं",
        ],
    },
    Examples {
        title: ("Hinglish", "रोमन में हिंदी"),
        lang: "hi-Latn",
        texts: [
            "bhaiya mera learner licence banwana hai, naam Imran Ali, 12/4/2006 ka janm hai",
            "papa nahi rahe 3 june ko, death certificate ke liye kya kya lagega",
            "shadi ka certificate nikalwana hai pin 110032",
            "khana order karna hai, 2 butter naan bhej do",
        ],
    },
    Examples {
        title: ("English", "अंग्रेज़ी"),
        lang: "en-IN",
        texts: [
            "I moved to Rohini last month, how do I get the new address on my driving licence",
            "what is the fee for a caste certificate",
            "my name is spelt wrong on the certificate, it should be Sunita Devi",
            "is the certificate DLBC-7K3M-9Q2X-H4TW genuine?",
        ],
    },
];

/// What was understood of a message.
pub struct Understood {
    /// Its tag, for `lang`.
    pub lang: &'static str,
    /// Language and script.
    pub language: Bilingual,
    /// What the conversation had asked before.
    pub awaited: Option<Bilingual>,
    /// What they want.
    pub intent: Bilingual,
    /// About which service.
    pub service: Option<Bilingual>,
    /// What the conversation took it for, where its open question decided that.
    pub taken_as: Option<Bilingual>,
    /// Better ask back?
    pub asks: bool,
    /// Nothing of ours?
    pub refused: bool,
    /// The likeliest readings.
    pub candidates: Vec<Reading>,
    /// Below this it asks back.
    pub ask_below: Share,
    /// How far it is from what is done here.
    pub out_of_scope: Share,
    /// From here on it is refused.
    pub out_of_scope_from: Share,
    /// The message, cut where particulars begin and end.
    pub pieces: Vec<Piece>,
    /// The particulars.
    pub slots: Vec<Slot>,
    /// Read from a table, without weighing.
    pub by_table: bool,
    /// What each word weighed.
    pub words: Vec<Word>,
    /// The words that spoke most for it.
    pub speakers: Vec<String>,
}

/// A reading with its confidence.
pub struct Reading {
    /// What they want.
    pub intent: Bilingual,
    /// About which service.
    pub service: Option<Bilingual>,
    /// How sure.
    pub share: Share,
}

/// A piece of the message.
pub struct Piece {
    /// As it was written.
    pub text: String,
    /// What it is.
    pub slot: Option<Bilingual>,
}

/// A particular.
pub struct Slot {
    /// What it is.
    pub name: Bilingual,
    /// As it will be used.
    pub value: String,
    /// Its tag.
    pub lang: &'static str,
}

/// The conversation on the page.
pub struct Talk {
    /// Bubbles, oldest first.
    pub bubbles: Vec<Bubble>,
    /// Buttons of the last one.
    pub choices: Vec<Offered>,
    /// How it stands.
    pub mode: Bilingual,
    /// The service that is being applied for.
    pub service: Option<Bilingual>,
    /// What is awaited.
    pub awaited: Option<Bilingual>,
    /// The answers so far: the question, the answer, its tag.
    pub form: Vec<(Bilingual, String, &'static str)>,
}

/// Something that was said.
pub struct Bubble {
    /// By the person.
    pub own: bool,
    /// The words.
    pub text: String,
    /// Their tag.
    pub lang: &'static str,
}

/// A button.
pub struct Offered {
    /// Its label, which is what is said.
    pub title: String,
    /// Its tag.
    pub lang: &'static str,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    text: String,
    /// Forget what was said before.
    anew: Option<String>,
}

/// `GET /assistant`.
pub(super) async fn empty(p: Page) -> Response {
    shown(StatusCode::OK, &page(p, None, String::new()))
}

/// `POST /assistant`. The answer is the page itself: an address with the message in it would be kept and passed on.
pub(super) async fn said(
    p: Page,
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(Sent { text, anew }) = sent.map_err(|rejection| Problem::of_status(rejection.status()))?;
    if let Err(problem) = take(&app, peer) {
        return Ok(refused(p, problem, text));
    }
    if text.trim().is_empty() {
        return Ok(refused(p, Problem::no_text(), String::new()));
    }
    if let Err(problem) = fits(&text) {
        return Ok(refused(p, problem, text));
    }
    let assistant = app.state.assistant.clone();
    let line = Line::said(SESSION, text.clone());
    let heard = app
        .talks
        .hear(&assistant, token(&app.site, &headers), &line, anew.is_some());
    let Ok(heard) = heard else {
        return Ok(refused(p, Problem::talk_too_long(), text));
    };
    let (context, message) = (heard.context.clone(), text.clone());
    // A message is read once for each of its words: not beside other people's requests.
    let explaining = tokio::task::spawn_blocking(move || assistant.understander().explain(&message, &context)).await;
    let explained = explaining.map_err(|_| Problem::internal())?;
    let catalogue = app.state.assistant.catalogue();
    let service = heard
        .context
        .last_service
        .as_deref()
        .and_then(|code| catalogue.get(code));
    let awaited = heard
        .context
        .awaiting
        .as_deref()
        .map(|code| words::awaited(service, code));
    let taken = heard.answered.meaning().map(|meaning| meaning.intent);
    let taken_as = taken
        .filter(|intent| *intent != explained.meaning.intent)
        .map(words::intent);
    let answer = AssistantPage {
        understood: Some(Understood {
            taken_as,
            ..Understood::new(catalogue, &text, &explained, awaited)
        }),
        talk: Some(Talk::new(catalogue, &heard.said, heard.answered.state())),
        ..page(p, None, String::new())
    };
    let mut response = shown(StatusCode::OK, &answer);
    if let Some(token) = heard.token
        && let Ok(cookie) = HeaderValue::from_str(&set_cookie(&app.site, &token))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn refused(p: Page, problem: Problem, typed: String) -> Response {
    let (status, retry_after) = (problem.status, problem.retry_after);
    let mut response = shown(status, &page(p, Some(problem), typed));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn page(p: Page, problem: Option<Problem>, typed: String) -> AssistantPage {
    AssistantPage {
        p,
        problem,
        typed,
        longest: TEXT_UNITS_MAX,
        examples: &EXAMPLES,
        understood: None,
        talk: None,
        figures: figures::figures().to_vec(),
    }
}

fn shown(status: StatusCode, page: &AssistantPage) -> Response {
    let mut response = html(status, page);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(TRYING));
    response
}

impl Understood {
    /// How a message was understood.
    #[must_use]
    pub fn new(catalogue: &Catalogue, text: &str, explained: &Explanation, awaited: Option<Bilingual>) -> Self {
        let meaning = &explained.meaning;
        let named = |code: &Option<String>| code.as_deref().map(|code| words::service(catalogue, code));
        let candidates = meaning.candidates.iter().map(|candidate| Reading {
            intent: words::intent(candidate.intent),
            service: named(&candidate.service),
            share: picture::share(candidate.confidence),
        });
        let slots = meaning.slots.iter().map(|(slot, value)| Slot {
            name: words::slot(slot),
            value: value.clone(),
            lang: tag_of(value),
        });
        Self {
            lang: words::tag(meaning.language),
            language: words::language(meaning.language),
            awaited,
            intent: words::intent(meaning.intent),
            service: named(&meaning.service),
            taken_as: None,
            asks: meaning.clarify,
            refused: meaning.intent == assistant::understand::Intent::OutOfScope,
            candidates: candidates.collect(),
            ask_below: picture::share(explained.ask_below),
            out_of_scope: picture::share(meaning.oos_score),
            out_of_scope_from: picture::share(explained.out_of_scope_from),
            pieces: pieces(text, &explained.marks),
            slots: slots.collect(),
            by_table: explained.by_table,
            words: picture::words(text, explained),
            speakers: picture::speakers(text, explained),
        }
    }
}

impl Talk {
    fn new(catalogue: &Catalogue, said: &[Exchange], state: &StateView) -> Self {
        let mut bubbles = Vec::new();
        let mut choices: Vec<&Choice> = Vec::new();
        for exchange in said {
            bubbles.push(Bubble::new(true, &exchange.said));
            choices.clear();
            for reply in &exchange.replies {
                let body = match reply {
                    Reply::Text { body } => body,
                    Reply::Buttons { body, choices: offered } => {
                        choices.extend(offered);
                        body
                    }
                    Reply::List { body, sections, .. } => {
                        choices.extend(sections.iter().flat_map(|section| &section.choices));
                        body
                    }
                    Reply::Document { caption, .. } => caption,
                };
                bubbles.push(Bubble::new(false, body));
            }
        }
        let offered = choices.into_iter().map(|choice| Offered {
            title: choice.title.clone(),
            lang: tag_of(&choice.title),
        });
        let service = state.service.as_deref().and_then(|code| catalogue.get(code));
        let form = state.form.iter().map(|(code, value)| {
            let label = words::awaited(service, code);
            (label, value.clone(), tag_of(value))
        });
        Self {
            bubbles,
            choices: offered.collect(),
            mode: words::mode(state.mode),
            service: service.map(|service| service.name.clone()),
            awaited: state.awaiting.as_deref().map(|code| words::awaited(service, code)),
            form: form.collect(),
        }
    }
}

impl Bubble {
    fn new(own: bool, text: &str) -> Self {
        Self {
            own,
            text: text.to_owned(),
            lang: tag_of(text),
        }
    }
}

/// The tag of some words: Hindi as soon as they hold Devanagari. One in Latin letters may be either, and is read out alike.
fn tag_of(text: &str) -> &'static str {
    if text.chars().any(|c| matches!(c, '\u{900}'..='\u{97F}')) {
        "hi"
    } else {
        "en-IN"
    }
}

/// The message, cut where a mark begins or ends.
fn pieces(text: &str, marks: &[Mark]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |from: usize, to: usize, slot: Option<Bilingual>| {
        if let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) {
            pieces.push(Piece {
                text: text.to_owned(),
                slot,
            });
        }
    };
    let mut end = 0;
    for mark in marks {
        add(end, mark.place.start, None);
        add(mark.place.start, mark.place.end, Some(words::slot(&mark.slot)));
        end = mark.place.end;
    }
    add(end, text.len(), None);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_put_together_are_the_message() {
        let mark = |place, slot: &str| Mark {
            place,
            slot: slot.to_owned(),
        };
        for (text, marks, count) in [
            ("", vec![], 0),
            ("ab", vec![], 1),
            ("ab cd ef", vec![mark(3..5, "name")], 3),
            ("ab cd", vec![mark(0..2, "name"), mark(3..5, "pin")], 3),
            ("ab", vec![mark(0..2, "name")], 1),
        ] {
            let cut = pieces(text, &marks);
            assert_eq!(cut.len(), count, "{text}");
            assert_eq!(cut.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
            assert_eq!(cut.iter().filter(|piece| piece.slot.is_some()).count(), marks.len());
        }
    }

    #[test]
    fn no_example_was_trained_on_and_each_is_short() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../assistant/corpus/train");
        let mut lines = String::new();
        for file in std::fs::read_dir(corpus).unwrap() {
            lines.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
        }
        assert!(lines.lines().count() > 1000);
        for text in EXAMPLES.iter().flat_map(|group| group.texts) {
            assert!(!lines.contains(text), "{text}");
            assert!(fits(text).is_ok());
        }
    }
}
