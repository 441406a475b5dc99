//! The form: one question a bubble, then the papers one by one.

use domain::catalogue::{FieldKind, Value};

use super::{
    answer,
    dialogue::{Dialogue, ROWS_MAX, Row},
    state::{Act, Mode, Place},
};
use crate::{reply::Reply, words::Text};

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
            extra.extend(self.keep_offer(&code, &place));
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
}
