//! Answers to the questions of a form as they are taken, left out and taken back.

use domain::{
    Paper as NamedPaper, PaperFinding,
    catalogue::{FieldKind, Value},
};

use super::{
    answer::Problem,
    dialogue::Dialogue,
    state::{Mode, Place},
};
use crate::{reply::Reply, said::Paper, understand::Intent, words::Text};

impl Dialogue<'_> {
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

    pub(super) fn store(&mut self, code: &str, field_code: &str, value: Value) -> Option<Reply> {
        let Some(field) = self.service(code).and_then(|service| service.field(field_code)) else {
            return self.again();
        };
        if let Err(problem) = field.check(&value, self.facts.today) {
            return self.failed(&Problem::Field(problem));
        }
        self.put(code, field_code, value);
        self.heard = Some(Intent::Inform);
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
        if let Some(&finding) = paper.refused.first() {
            return self.unusable_paper(code, place, finding, paper);
        }
        self.state.unusable = None;
        let now = self.facts.now;
        let mut notes = paper.notes.clone();
        if let Some(draft) = self.state.draft_mut(code) {
            draft.touched = now;
            draft.forget(place);
            if draft.papers.iter().any(|other| other.digest == paper.digest) {
                notes.push(PaperFinding::SameFile);
            }
            draft.papers.push(NamedPaper {
                document: wanted.code.clone(),
                digest: paper.digest.clone(),
                media_type: paper.media_type.clone(),
                bytes: paper.bytes,
                notes: notes.clone(),
            });
        }
        let label = self.pick(&wanted.label).to_owned();
        self.first_say(Text::PaperReceived, &[("label", &label)]);
        self.say_noted(&notes);
        self.go_on()
    }

    /// Something could not be taken: say what, and ask again; the second time with help, the third with a person.
    pub(super) fn failed(&mut self, problem: &Problem) -> Option<Reply> {
        let said = problem.said(self.language());
        self.first(said);
        self.repeat()
    }

    pub(super) fn repeat(&mut self) -> Option<Reply> {
        self.state.failures = self.state.failures.saturating_add(1);
        if self.state.failures == 2 {
            self.first_say(Text::FormHelp, &[]);
        }
        self.ask()
    }

    /// One question back; its answer is shown and asked again.
    pub(super) fn back(&mut self, code: &str, place: &Place, changing: bool) -> Option<Reply> {
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
}
