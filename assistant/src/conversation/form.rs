//! The form: one question a bubble, then the papers one by one.

use domain::{
    Paper as NamedPaper,
    catalogue::{FieldKind, FieldProblem, Service, Value},
};

use super::{
    HandoffReason,
    answer::{self, Problem},
    dialogue::{Dialogue, ROWS_MAX, Row},
    state::{Act, Mode, Place},
};
use crate::{
    reply::Reply,
    said::Paper,
    understand::{Intent, Step, has_question_mark, tokens},
    words::Text,
};

/// So many characters of an earlier answer are shown beside its question.
const SHOWN_MAX: usize = 120;

impl Dialogue<'_> {
    /// To the first place without an answer, or to the confirm screen.
    pub(super) fn enter(&mut self, code: &str) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            return self.menu();
        };
        self.state.failures = 0;
        let next = self.state.draft(code).and_then(|draft| draft.next(service));
        match next {
            Some(place) => {
                self.state.mode = Mode::Form {
                    service: code.to_owned(),
                    place,
                    changing: false,
                };
                self.ask()
            }
            None => self.confirm(code),
        }
    }

    /// On from the place where one is, whatever happened to it.
    pub(super) fn go_on(&mut self) -> Option<Reply> {
        match self.state.mode.clone() {
            Mode::Form { service, .. } => self.enter(&service),
            _ => self.again(),
        }
    }

    /// The open question, with what has to be said first.
    pub(super) fn ask(&mut self) -> Option<Reply> {
        let Mode::Form {
            service: code,
            place,
            changing,
        } = self.state.mode.clone()
        else {
            return self.menu();
        };
        let Some(service) = self.service(&code) else {
            return self.menu();
        };
        let Some(draft) = self.state.draft(&code) else {
            return self.menu();
        };
        let places = draft.places(service);
        let n = places
            .iter()
            .position(|p| *p == place)
            .map_or(1, |at| at + 1)
            .to_string();
        let total = places.len().to_string();
        let earlier = match &place {
            Place::Field(field) => service
                .field(field)
                .zip(draft.answers.get(field))
                .map(|(field, value)| answer::shown(field, value, self.language())),
            Place::Paper(_) => None,
        };
        let picked = draft.picked.clone();
        let stuck = self.state.failures >= 3;
        let mut body;
        let mut extra: Vec<(Act, Text)> = Vec::new();
        let mut rows: Vec<Row> = Vec::new();
        if let Some(field) = place.field(service) {
            body = self.say(
                Text::Question,
                &[("n", &n), ("total", &total), ("ask", self.pick(&field.ask))],
            );
            rows = self.options(&code, field, &picked);
            if rows.is_empty() {
                let example = self.say(Text::Example, &[("example", self.pick(&field.example))]);
                body = format!("{body}\n{example}");
            }
            if !picked.is_empty() {
                let labels = answer::shown(field, &Value::Choices(picked), self.language());
                self.first_say(Text::Picked, &[("value", &labels)]);
            }
            if field.optional {
                extra.push((
                    Act::Skip {
                        service: code.clone(),
                        place: place.clone(),
                    },
                    Text::ButtonSkip,
                ));
            }
        } else if let Some(paper) = place.paper(service) {
            body = self.say(
                Text::AskPaper,
                &[
                    ("n", &n),
                    ("total", &total),
                    ("label", self.pick(&paper.label)),
                    ("help", &self.paper_help(paper)),
                ],
            );
            if paper.optional {
                extra.push((
                    Act::Skip {
                        service: code.clone(),
                        place: place.clone(),
                    },
                    Text::ButtonSkip,
                ));
            }
            let how = self.label(Text::PaperHow);
            body = format!("{body}\n{how}");
        } else {
            return self.enter(&code);
        }
        if let Some(value) = earlier {
            let value = crate::words::shortened(&value, SHOWN_MAX);
            self.first_say(Text::AnswerSoFar, &[("value", &value)]);
        }
        if changing && self.state.draft(&code).is_some_and(|draft| draft.is_done(&place)) {
            extra.push((
                Act::Keep {
                    service: code.clone(),
                    place: place.clone(),
                },
                Text::ButtonKeep,
            ));
        }
        if stuck {
            self.first_say(Text::ThirdTime, &[]);
            return self.buttons(
                &body,
                vec![
                    (Act::Person { stuck: true }, Text::ButtonPerson),
                    (Act::Save(code), Text::ButtonSave),
                    (Act::GoOn, Text::ButtonAgain),
                ],
            );
        }
        self.offered(&body, rows, extra)
    }

    /// Which papers do, then how to send them.
    fn paper_help(&self, paper: &domain::catalogue::Document) -> String {
        let help = self.pick(&paper.help);
        match self.assistant.catalogue.accepted(paper) {
            Some(papers) => {
                let papers = self.say(Text::AnyOneOf, &[("papers", self.pick(&papers))]);
                format!("{papers}\n{help}")
            }
            None => help.to_owned(),
        }
    }

    /// Buttons while there are at most three in all, else a list.
    fn offered(&mut self, body: &str, rows: Vec<Row>, extra: Vec<(Act, Text)>) -> Option<Reply> {
        if rows.is_empty() {
            return self.buttons(body, extra);
        }
        let extra: Vec<Row> = extra
            .into_iter()
            .map(|(act, text)| (act, self.label(text), None))
            .collect();
        if rows.len() + extra.len() <= 3 {
            let all = rows
                .into_iter()
                .chain(extra)
                .map(|(act, title, _)| (act, title))
                .collect();
            return self.titled_buttons(body, all);
        }
        let mut body = body.to_owned();
        let mut rows = rows;
        for row in extra {
            if rows.len() < ROWS_MAX {
                rows.push(row);
            } else if matches!(row.0, Act::Skip { .. }) {
                let line = self.label(Text::MayWriteSkip);
                body = format!("{body}\n{line}");
            }
        }
        self.list(&body, Text::ButtonChoose, vec![(None, rows)])
    }

    fn options(&self, code: &str, field: &domain::catalogue::Field, picked: &[String]) -> Vec<Row> {
        let act = |option: &str| Act::Pick {
            service: code.to_owned(),
            field: field.code.clone(),
            option: option.to_owned(),
        };
        match &field.kind {
            FieldKind::YesNo => vec![
                (act("yes"), self.label(Text::ButtonYes), None),
                (act("no"), self.label(Text::ButtonNo), None),
            ],
            FieldKind::Choice { options } | FieldKind::Choices { options } => {
                let mut rows: Vec<Row> = options
                    .iter()
                    .filter(|option| !picked.contains(&option.code))
                    .map(|option| (act(&option.code), self.pick(&option.label).to_owned(), None))
                    .collect();
                if !picked.is_empty() {
                    let done = Act::Picked {
                        service: code.to_owned(),
                        field: field.code.clone(),
                    };
                    rows.push((done, self.label(Text::ButtonDone), None));
                }
                rows
            }
            _ => Vec::new(),
        }
    }

    // ---- answers ----

    /// A tap on an option.
    pub(super) fn picked(&mut self, code: &str, field_code: &str, option: &str) -> Option<Reply> {
        let Some(field) = self.service(code).and_then(|service| service.field(field_code)) else {
            return self.again();
        };
        let value = match &field.kind {
            FieldKind::YesNo => Value::Yes(option == "yes"),
            FieldKind::Choices { options } => {
                let all = options.len();
                let Some(draft) = self.state.draft_mut(code) else {
                    return self.again();
                };
                if !draft.picked.iter().any(|p| p == option) {
                    draft.picked.push(option.to_owned());
                }
                if draft.picked.len() < all {
                    self.state.failures = 0;
                    return self.ask();
                }
                return self.picked_all(code, field_code);
            }
            _ => Value::Choice(option.to_owned()),
        };
        self.store(code, field_code, value)
    }

    /// "These are all."
    pub(super) fn picked_all(&mut self, code: &str, field: &str) -> Option<Reply> {
        let picked = self
            .state
            .draft_mut(code)
            .map(|draft| std::mem::take(&mut draft.picked));
        self.store(code, field, Value::Choices(picked.unwrap_or_default()))
    }

    fn store(&mut self, code: &str, field_code: &str, value: Value) -> Option<Reply> {
        let Some(field) = self.service(code).and_then(|service| service.field(field_code)) else {
            return self.again();
        };
        if let Err(problem) = field.check(&value, self.facts.today) {
            return self.failed(&Problem::Field(problem));
        }
        let now = self.facts.now;
        if let Some(draft) = self.state.draft_mut(code) {
            draft.touched = now;
            draft.picked.clear();
            draft.skipped.remove(&Place::Field(field_code.to_owned()));
            draft.answers.insert(field_code.to_owned(), value);
        }
        self.go_on()
    }

    pub(super) fn skip(&mut self, code: &str, place: &Place) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            return self.menu();
        };
        let optional = place.field(service).is_some_and(|field| field.optional)
            || place.paper(service).is_some_and(|paper| paper.optional);
        if !optional {
            self.first_say(Text::CannotSkip, &[]);
            return self.repeat();
        }
        let now = self.facts.now;
        if let Some(draft) = self.state.draft_mut(code) {
            draft.touched = now;
            draft.picked.clear();
            draft.forget(place);
            draft.skipped.insert(place.clone());
        }
        self.go_on()
    }

    pub(super) fn take_paper(&mut self, code: &str, place: &Place, paper: &Paper) -> Option<Reply> {
        let Some(wanted) = self.service(code).and_then(|service| place.paper(service)) else {
            return self.again();
        };
        if !matches!(
            paper.media_type.as_str(),
            "image/jpeg" | "image/png" | "application/pdf"
        ) {
            self.first_say(Text::PaperWrongType, &[]);
            return self.repeat();
        }
        if paper.bytes == 0 {
            self.first_say(Text::PaperEmpty, &[]);
            return self.repeat();
        }
        let now = self.facts.now;
        if let Some(draft) = self.state.draft_mut(code) {
            draft.touched = now;
            draft.forget(place);
            draft.papers.push(NamedPaper {
                document: wanted.code.clone(),
                digest: paper.digest.clone(),
                media_type: paper.media_type.clone(),
                bytes: paper.bytes,
            });
        }
        let label = self.pick(&wanted.label).to_owned();
        self.first_say(Text::PaperReceived, &[("label", &label)]);
        self.go_on()
    }

    /// Something could not be taken: say what, and ask again; the second time with help, the third with a person.
    fn failed(&mut self, problem: &Problem) -> Option<Reply> {
        let said = problem.said(self.language());
        self.first(said);
        self.repeat()
    }

    fn repeat(&mut self) -> Option<Reply> {
        self.state.failures = self.state.failures.saturating_add(1);
        if self.state.failures == 2 {
            self.first_say(Text::FormHelp, &[]);
        }
        self.ask()
    }

    /// One question back; its answer is shown and asked again.
    fn back(&mut self, code: &str, place: &Place, changing: bool) -> Option<Reply> {
        self.state.failures = 0;
        if changing {
            return self.confirm(code);
        }
        let Some(service) = self.service(code) else {
            return self.menu();
        };
        let earlier = self.state.draft(code).and_then(|draft| draft.before(service, place));
        let Some(earlier) = earlier else {
            self.first_say(Text::FirstQuestion, &[]);
            return self.ask();
        };
        self.state.mode = Mode::Form {
            service: code.to_owned(),
            place: earlier.clone(),
            changing: false,
        };
        // Its answer is shown beside the question, then undone.
        let reply = self.ask();
        if let Some(draft) = self.state.draft_mut(code) {
            draft.picked.clear();
            draft.forget(&earlier);
        }
        reply
    }

    // ---- typed words ----

    pub(super) fn form_text(&mut self, text: &str, code: &str, place: &Place, changing: bool) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            return self.menu();
        };
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        let (step, exact) = (lexicon.step(&words), lexicon.exact(&words));
        let field = place.field(service);
        // "Nahi hai" is an answer where yes or no is asked, and leaves out what may be left out everywhere else.
        let yes_or_no = field.is_some_and(|field| matches!(field.kind, FieldKind::YesNo));
        match step {
            Some(Step::Skip) if !yes_or_no => return self.skip(code, place),
            Some(Step::Back) => return self.back(code, place, changing),
            Some(Step::Save) => return self.save(code),
            Some(Step::Menu) => return self.act(Act::Menu),
            Some(Step::Resume) => return self.ask(),
            Some(Step::Done) if self.state.draft(code).is_some_and(|draft| !draft.picked.is_empty()) => {
                if let Place::Field(field) = place {
                    return self.picked_all(code, field);
                }
            }
            Some(Step::Discard) => return self.ask_cancel(code),
            _ => {}
        }
        match exact {
            Some(Intent::Cancel) => return self.ask_cancel(code),
            Some(Intent::Help) => {
                self.first_say(Text::FormHelp, &[]);
                return self.ask();
            }
            Some(Intent::Greet) => {
                self.first_say(Text::Hello, &[]);
                return self.ask();
            }
            Some(Intent::Thanks) => {
                self.first_say(Text::Welcomed, &[]);
                return self.ask();
            }
            Some(Intent::TalkToHuman) => return self.handoff(HandoffReason::Asked),
            Some(
                Intent::ChangeLanguage
                | Intent::Grievance
                | Intent::EraseMyData
                | Intent::ListServices
                | Intent::Withdraw
                | Intent::TrackStatus
                | Intent::Download
                | Intent::Verify
                | Intent::Apply
                | Intent::AskDocuments
                | Intent::AskFee
                | Intent::AskTime,
            ) => return self.aside(text, service),
            _ => {}
        }
        let Some(field) = field else {
            // A paper is awaited.
            if self.is_other_wish(text) {
                return self.aside(text, service);
            }
            self.first_say(Text::PaperExpected, &[]);
            return self.repeat();
        };
        if answer::is_free(&field.kind) {
            if matches!(exact, Some(Intent::Deny)) && field.optional {
                return self.skip(code, place);
            }
            if matches!(exact, Some(Intent::Affirm | Intent::Deny)) {
                return self.failed(&Problem::Field(FieldProblem::Kind));
            }
            let asks = has_question_mark(text) || lexicon.asks(&words);
            // Nobody is called "birth certificate", and no name is a sentence with a wish in it.
            let no_name =
                matches!(field.kind, FieldKind::Name) && (words.len() >= 3 || self.understand(text).service.is_some());
            if (asks || no_name) && self.is_other_wish(text) {
                return self.aside(text, service);
            }
        }
        match answer::read(field, text, &self.assistant.understander) {
            // Anything can be read as a number on a plate; what cannot be one may be another wish.
            Ok(value)
                if matches!(field.kind, FieldKind::VehicleNumber | FieldKind::LicenceNumber)
                    && field.check(&value, self.facts.today).is_err()
                    && self.is_other_wish(text) =>
            {
                self.aside(text, service)
            }
            Ok(value) => self.store(code, &field.code, value),
            Err(_) if !answer::is_free(&field.kind) && self.is_other_wish(text) => self.aside(text, service),
            Err(problem) => self.failed(&problem),
        }
    }

    /// Something else in the middle of a form. A question about this service is answered and the form's question
    /// repeated in the same bubble; another wish leads out, and the form is kept.
    pub(super) fn aside(&mut self, text: &str, service: &Service) -> Option<Reply> {
        let meaning = self.understand(text);
        let here = meaning.service.as_deref().is_none_or(|code| code == service.code);
        if here && let Some(answer) = self.about(meaning.intent, service) {
            self.first(answer);
            return self.again();
        }
        match meaning.intent {
            // The form itself is what is being applied for.
            Intent::Apply if here => self.ask(),
            Intent::ChangeLanguage | Intent::CorrectDetails | Intent::Help => self.general(text),
            _ => {
                self.leave_form();
                self.general(text)
            }
        }
    }
}
