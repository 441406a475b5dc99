//! One turn in the making: what is known, what has been decided, and how a bubble is put together.

use domain::{
    Bilingual, Language,
    catalogue::{Service, date_in_words},
};
use jiff::{ToSpan as _, civil::Date};

use super::{
    Conversation, Doubt, Effect, Facts, Turn,
    state::{Act, Mode, Offer, Pending},
};
use crate::{
    Assistant,
    reply::{Choice, Reply, Section},
    understand::{Context, Intent, Meaning},
    words::{Text, fill, shortened, units},
};

/// Longest body of a bubble with buttons, in UTF-16 units (Cloud API, interactive messages).
const BODY_MAX: usize = 1024;
/// Longest line of news.
const NEWS_MAX: usize = 600;
const ROW_MAX: usize = 24;
const ROW_DESCRIPTION_MAX: usize = 72;
const BUTTON_MAX: usize = 20;
/// Rows of a list, over all its sections.
pub(super) const ROWS_MAX: usize = 10;

/// How many days an untouched form is kept.
pub(super) const DRAFT_DAYS: i64 = 30;

pub(super) struct Dialogue<'a> {
    pub(super) assistant: &'a Assistant,
    pub(super) facts: &'a Facts,
    pub(super) state: Conversation,
    pub(super) effects: Vec<Effect>,
    /// As what the message was taken, where the question that was open decides it.
    pub(super) heard: Option<Intent>,
    /// The form that was open has just ended because of its age.
    pub(super) expired: bool,
    pub(super) doubt: Option<Doubt>,
    /// Lines that must be told, in this bubble or in a later one: which form is gone.
    news: Vec<String>,
    /// Lines that go before whatever is said next.
    preface: Vec<String>,
}

/// What a turn had come to at some point.
pub(super) struct Mark {
    pub(super) state: Conversation,
    preface: Vec<String>,
}

/// A row: what it does, its title, a line below.
pub(super) type Row = (Act, String, Option<String>);

impl<'a> Dialogue<'a> {
    pub(super) fn new(assistant: &'a Assistant, mut state: Conversation, facts: &'a Facts) -> Self {
        let mut dialogue = Self {
            assistant,
            facts,
            news: std::mem::take(&mut state.untold),
            preface: Vec::new(),
            state,
            effects: Vec::new(),
            heard: None,
            expired: false,
            doubt: None,
        };
        dialogue.state.turn += 1;
        dialogue.clear_expired_drafts();
        dialogue
    }

    pub(super) fn finish(mut self, reply: Option<Reply>) -> Turn {
        self.state.forget_old_offers();
        // What had no room waits for the next bubble. A turn whose words follow a deed, or that has none: what was to be said
        // first is said with the next ones.
        self.state.untold = std::mem::take(&mut self.news);
        if reply.is_none() {
            self.state.untold.append(&mut self.preface);
        }
        Turn {
            state: self.state,
            replies: reply.into_iter().collect(),
            effects: self.effects,
            heard: self.heard,
            doubt: self.doubt,
        }
    }

    /// How it stands, to come back to.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            state: self.state.clone(),
            preface: self.preface.clone(),
        }
    }

    /// As if nothing had been heard since.
    pub(super) fn back_to_mark(&mut self, mark: Mark) {
        self.state = mark.state;
        self.preface = mark.preface;
        self.effects.clear();
        self.heard = None;
        self.doubt = None;
    }

    /// A form is never lost silently: what is deleted because of its age, or because its service is gone, is said.
    fn clear_expired_drafts(&mut self) {
        let now = self.facts.now;
        let oldest = now.checked_sub((DRAFT_DAYS * 24).hours()).unwrap_or(now);
        let drafts = std::mem::take(&mut self.state.drafts);
        let (kept, gone): (Vec<_>, Vec<_>) = drafts
            .into_iter()
            .partition(|draft| draft.touched >= oldest && self.assistant.catalogue.get(&draft.service).is_some());
        self.state.drafts = kept;
        for draft in gone {
            let line = match self.service(&draft.service) {
                Some(service) => {
                    let name = self.name(service);
                    self.say(Text::DraftExpired, &[("service", &name)])
                }
                None => self.say(Text::DraftClosed, &[]),
            };
            if !self.news.contains(&line) {
                self.news.push(line);
            }
        }
        let gone = match &self.state.mode {
            Mode::Consent { service } => self.service(service).is_none(),
            Mode::Form { service, .. }
            | Mode::Checking { service }
            | Mode::Confirm { service }
            | Mode::Doubled { service }
            | Mode::Changing { service, .. }
            | Mode::Leaving { service, .. } => self.state.draft(service).is_none(),
            _ => false,
        };
        if gone {
            self.expired = true;
            self.state.mode = Mode::Idle;
        }
    }

    // ---- words ----

    pub(super) fn language(&self) -> Language {
        self.state.language.unwrap_or_default()
    }

    pub(super) fn say(&self, text: Text, values: &[(&str, &str)]) -> String {
        fill(text.get(self.language()), values)
    }

    pub(super) fn label(&self, text: Text) -> String {
        text.get(self.language()).to_owned()
    }

    pub(super) fn pick<'b>(&self, text: &'b Bilingual) -> &'b str {
        text.get(self.language())
    }

    pub(super) fn date(&self, date: Date) -> String {
        self.pick(&date_in_words(date)).to_owned()
    }

    pub(super) fn service(&self, code: &str) -> Option<&'a Service> {
        self.assistant.catalogue.get(code)
    }

    pub(super) fn name(&self, service: &Service) -> String {
        self.pick(&service.name).to_owned()
    }

    /// The full name of a service; its code where the catalogue no longer offers it.
    pub(super) fn name_of(&self, code: &str) -> String {
        self.service(code)
            .map_or_else(|| code.to_owned(), |service| self.name(service))
    }

    /// The name of a service for a row.
    pub(super) fn short_of(&self, code: &str) -> String {
        match self.service(code) {
            Some(service) => self.pick(&service.short).to_owned(),
            None => shortened(&self.name_of(code), ROW_MAX),
        }
    }

    pub(super) fn first_say(&mut self, text: Text, values: &[(&str, &str)]) {
        let line = self.say(text, values);
        self.first(line);
    }

    pub(super) fn first(&mut self, line: String) {
        if !line.is_empty() && !self.preface.contains(&line) {
            self.preface.push(line);
        }
    }

    pub(super) fn understand(&self, text: &str) -> Meaning {
        self.assistant.understander.understand(
            text,
            &Context {
                language: self.state.language,
                awaiting: None,
                last_service: self.state.last_service.clone(),
            },
        )
    }

    // ---- bubbles ----

    /// News, preface and body as one text that fits. What is asked is never cut, news is told whole or waits for the next
    /// bubble, and of what else was said before a part may go.
    fn body(&mut self, body: &str) -> String {
        let body = shortened(body, BODY_MAX);
        let mut left = BODY_MAX.saturating_sub(units(&body) + 2);
        let mut lines = Vec::new();
        self.news.retain(|line| {
            // Longer than any bubble has room for, it would wait for ever.
            let line = shortened(line, NEWS_MAX);
            match left.checked_sub(units(&line) + 1) {
                Some(rest) => {
                    left = rest;
                    lines.push(line);
                    false
                }
                None => true,
            }
        });
        let preface = std::mem::take(&mut self.preface).join("\n");
        if !preface.is_empty() && left >= 20 {
            lines.push(shortened(&preface, left));
        }
        if lines.is_empty() {
            return body;
        }
        format!("{}\n\n{body}", lines.join("\n"))
    }

    fn offer(&mut self, place: usize, act: Act, title: &str) -> String {
        let id = format!("t{}.{}", self.state.turn, place + 1);
        self.state.offers.push(Offer {
            turn: self.state.turn,
            id: id.clone(),
            title: title.to_owned(),
            act,
        });
        id
    }

    pub(super) fn text(&mut self, body: &str) -> Option<Reply> {
        Some(Reply::Text { body: self.body(body) })
    }

    /// One to three buttons; with none, plain words.
    pub(super) fn buttons(&mut self, body: &str, buttons: Vec<(Act, Text)>) -> Option<Reply> {
        let titled = buttons.into_iter().map(|(act, text)| (act, self.label(text))).collect();
        self.titled_buttons(body, titled)
    }

    pub(super) fn titled_buttons(&mut self, body: &str, buttons: Vec<(Act, String)>) -> Option<Reply> {
        if buttons.is_empty() {
            return self.text(body);
        }
        let body = self.body(body);
        let choices = buttons
            .into_iter()
            .take(3)
            .enumerate()
            .map(|(place, (act, title))| {
                let title = shortened(&title, BUTTON_MAX);
                Choice {
                    id: self.offer(place, act, &title),
                    title,
                    description: None,
                }
            })
            .collect();
        Some(Reply::Buttons { body, choices })
    }

    /// A list in sections; at most ten rows in all.
    pub(super) fn list(
        &mut self,
        body: &str,
        button: Text,
        sections: Vec<(Option<String>, Vec<Row>)>,
    ) -> Option<Reply> {
        let sections: Vec<_> = sections.into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
        if sections.is_empty() {
            return self.text(body);
        }
        let body = self.body(body);
        let titles_needed = sections.len() > 1;
        let mut place = 0;
        let sections = sections
            .into_iter()
            .map(|(title, rows)| Section {
                title: title.filter(|_| titles_needed).map(|title| shortened(&title, ROW_MAX)),
                choices: rows
                    .into_iter()
                    .map(|(act, title, description)| {
                        let title = shortened(&title, ROW_MAX);
                        let id = self.offer(place, act, &title);
                        place += 1;
                        Choice {
                            id,
                            title,
                            description: description
                                .filter(|d| !d.is_empty())
                                .map(|d| shortened(&d.replace('\n', " "), ROW_DESCRIPTION_MAX)),
                        }
                    })
                    .collect(),
            })
            .collect();
        Some(Reply::List {
            body,
            button: self.label(button),
            sections,
        })
    }

    // ---- where one lands ----

    pub(super) fn menu(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        self.state.failures = 0;
        let body = self.label(Text::Menu);
        self.menu_with(&body)
    }

    pub(super) fn menu_with(&mut self, body: &str) -> Option<Reply> {
        self.buttons(
            body,
            vec![
                (Act::Services { event: None, page: 0 }, Text::ButtonApply),
                (Act::Track, Text::ButtonTrack),
                (Act::Verify, Text::ButtonVerify),
            ],
        )
    }

    /// Out of a form that has been begun: say that it is kept.
    pub(super) fn leave_form(&mut self) {
        let service = match &self.state.mode {
            Mode::Form { service, .. }
            | Mode::Checking { service }
            | Mode::Confirm { service }
            | Mode::Doubled { service }
            | Mode::Changing { service, .. }
            | Mode::Leaving { service, .. } => service.clone(),
            _ => return,
        };
        self.state.mode = Mode::Idle;
        self.state.failures = 0;
        let begun = self
            .state
            .draft(&service)
            .is_some_and(|draft| !draft.answers.is_empty() || !draft.papers.is_empty());
        if begun {
            let name = self.name_of(&service);
            self.first_say(Text::DraftKept, &[("service", &name)]);
        }
    }

    /// The last question once more.
    pub(super) fn again(&mut self) -> Option<Reply> {
        match self.state.mode.clone() {
            Mode::Fresh | Mode::Language => self.ask_language(),
            Mode::Idle | Mode::Handoff | Mode::Clarify => self.menu(),
            Mode::Consent { service } => self.ask_consent(&service),
            Mode::Form { .. } => self.ask(),
            Mode::Checking { service } => self.ask_checks(&service),
            // Asked about a duplicate and then interrupted: from the answers on.
            Mode::Confirm { service } | Mode::Doubled { service } | Mode::Pending(Pending::Submit { service }) => {
                self.confirm_screen(&service)
            }
            Mode::Changing { service, page } => self.ask_change(&service, page),
            Mode::Leaving { service, from } => {
                self.state.mode = *from;
                self.ask_cancel(&service)
            }
            Mode::Verifying => self.ask_certificate(),
            Mode::Answering { application } => self.ask_answer(&application),
            Mode::AnswerWhat { application, said } => self.ask_what(&application, said),
            Mode::Withdrawing { application } => self.ask_withdraw(&application),
            Mode::Pending(_) => self.menu(),
        }
    }
}
