//! The confirm screen: every answer once more, numbered; then submit, change or save.

use domain::catalogue::{Concern, FormProblem, Service, Weight};

use super::{
    Effect, HandoffReason, answer,
    dialogue::{Dialogue, Row},
    state::{Act, Draft, Mode, Pending, Place},
};
use crate::{
    reply::Reply,
    understand::{Intent, Step, Token, tokens},
    words::{Text, shortened, units},
};

/// Longest body with buttons, less some room for a line before it.
const ROOM: usize = 900;
/// The same where a warning stands in it: the answers beside it must be read as well, and the line before it may go.
const ROOM_WARNED: usize = 1000;
/// How labels and values are shortened, step by step, until all fits.
const SHORTENED: [(usize, usize); 10] = [
    (60, 200),
    (60, 120),
    (60, 80),
    (40, 60),
    (40, 40),
    (30, 32),
    (24, 24),
    (20, 18),
    (16, 12),
    (12, 8),
];

impl Dialogue<'_> {
    /// The whole form once more; before it, where they do not fit beside the answers, the points that an officer would stop at.
    pub(super) fn confirm(&mut self, code: &str) -> Option<Reply> {
        let (Some(service), Some(draft)) = (self.service(code), self.state.draft(code).cloned()) else {
            return self.menu();
        };
        if draft.next(service).is_none() && self.summary(service, &draft).is_none() {
            self.state.failures = 0;
            return self.ask_checks(code);
        }
        self.confirm_screen(code)
    }

    /// Every answer, and the question whether it is to be submitted.
    pub(super) fn confirm_screen(&mut self, code: &str) -> Option<Reply> {
        let (Some(service), Some(draft)) = (self.service(code), self.state.draft(code).cloned()) else {
            return self.menu();
        };
        if draft.next(service).is_some() {
            return self.enter(code);
        }
        self.state.failures = 0;
        self.state.mode = Mode::Confirm {
            service: code.to_owned(),
        };
        let body = match self.summary(service, &draft) {
            Some(body) => body,
            None => {
                let n = self.concerns(service, &draft).len().to_string();
                let stand = self.say(Text::ChecksStand, &[("n", &n)]);
                self.shortened(service, &draft, &format!("⚠ {stand}\n\n"), ROOM_WARNED)
            }
        };
        self.buttons(
            &body,
            vec![
                (Act::Submit(code.to_owned()), Text::ButtonSubmit),
                (
                    Act::ChangeList {
                        service: code.to_owned(),
                        page: 0,
                    },
                    Text::ButtonChange,
                ),
                (Act::Save(code.to_owned()), Text::ButtonSave),
            ],
        )
    }

    /// Every place with its label and what was given.
    fn lines(&self, service: &Service, draft: &Draft) -> Vec<(Place, String, String)> {
        draft
            .places(service)
            .into_iter()
            .map(|place| {
                let (label, given) = if let Some(field) = place.field(service) {
                    let given = match &place {
                        Place::Field(code) => draft.answers.get(code),
                        Place::Paper(_) => None,
                    };
                    let given = given.map(|value| answer::shown(field, value, self.language()));
                    (self.pick(&field.label), given)
                } else if let Some(paper) = place.paper(service) {
                    let there = draft.papers.iter().any(|p| p.document == paper.code);
                    (self.pick(&paper.label), there.then(|| self.label(Text::ConfirmPaper)))
                } else {
                    ("", None)
                };
                let given = given.unwrap_or_else(|| self.label(Text::ConfirmSkipped));
                (place, label.to_owned(), given)
            })
            .collect()
    }

    /// The screen's words; none where what an officer would stop at does not fit beside the answers. What is only good to know goes first.
    fn summary(&self, service: &Service, draft: &Draft) -> Option<String> {
        let concerns = self.concerns(service, draft);
        let grave = concerns.iter().take_while(|concern| concern.weight() != Weight::Told);
        let grave = concerns.get(..grave.count()).unwrap_or_default();
        let beside = |concerns: &[Concern<'_>]| match self.listed(concerns) {
            listed if listed.is_empty() => listed,
            listed => format!("{listed}\n"),
        };
        if grave.is_empty() {
            // What is only good to know shortens no answer.
            let whole = self.screen(service, draft, &beside(&concerns), None);
            return Some(if units(&whole) <= ROOM {
                whole
            } else {
                self.shortened(service, draft, "", ROOM)
            });
        }
        let whole = self.screen(service, draft, &beside(&concerns), None);
        if units(&whole) <= ROOM {
            return Some(whole);
        }
        let body = self.shortened(service, draft, &beside(grave), ROOM);
        (units(&body) <= ROOM_WARNED).then_some(body)
    }

    /// The screen with its answers shortened as little as the room needs. The shortest may still be too long.
    fn shortened(&self, service: &Service, draft: &Draft, concerns: &str, room: usize) -> String {
        let all = std::iter::once(None).chain(SHORTENED.into_iter().map(Some));
        let mut last = String::new();
        for most in all {
            last = self.screen(service, draft, concerns, most);
            if units(&last) <= room {
                break;
            }
        }
        last
    }

    /// Head, answers with labels and values of at most so many units, fee and time, concerns, the question.
    fn screen(&self, service: &Service, draft: &Draft, concerns: &str, most: Option<(usize, usize)>) -> String {
        let name = self.name(service);
        let mut body = format!("{}\n", self.say(Text::ConfirmHead, &[("service", &name)]));
        let (label_max, value_max) = most.unwrap_or((usize::MAX, usize::MAX));
        let lines = self.lines(service, draft);
        // Beside concerns the papers need no line each.
        let together = most.is_some() && !concerns.is_empty();
        let papers = lines
            .iter()
            .filter(|(place, ..)| together && matches!(place, Place::Paper(_)))
            .count();
        let answers = lines.len() - papers;
        for (n, (_, label, value)) in lines.iter().take(answers).enumerate() {
            let (label, value) = (shortened(label, label_max), shortened(value, value_max));
            body.push_str(&format!("{}. {label}: {value}\n", n + 1));
        }
        if papers > 0 {
            let n = draft
                .papers
                .iter()
                .filter(|paper| {
                    service
                        .document(&paper.document)
                        .is_some_and(|document| document.applies(&draft.answers))
                })
                .count()
                .to_string();
            let papers = self.say(Text::ConfirmPapers, &[("n", &n)]);
            body.push_str(&format!("{}–{}. {papers}\n", answers + 1, lines.len()));
        }
        if most.is_some() {
            body.push_str(&format!("{}\n", self.label(Text::ConfirmShortened)));
        }
        let (fee, time) = (self.fee_for(service, &draft.answers), self.time(&service.time_limit));
        body.push_str(&format!("{fee} {time}\n\n{concerns}{}", self.label(Text::ConfirmFoot)));
        body
    }

    /// Which answer is to be changed, as a list in pages.
    pub(super) fn ask_change(&mut self, code: &str, page: usize) -> Option<Reply> {
        let (Some(service), Some(draft)) = (self.service(code), self.state.draft(code)) else {
            return self.menu();
        };
        let doubtful = self.doubtful(service, draft);
        let rows: Vec<Row> = self
            .lines(service, draft)
            .into_iter()
            .enumerate()
            .map(|(n, (place, label, value))| {
                let mark = if doubtful.contains(&place) { "⚠ " } else { "" };
                let act = Act::ChangeAt {
                    service: code.to_owned(),
                    place,
                };
                (act, format!("{}. {mark}{label}", n + 1), Some(value))
            })
            .collect();
        self.state.mode = Mode::Changing {
            service: code.to_owned(),
            page,
        };
        let rows = self.paged(rows, page, |page| Act::ChangeList {
            service: code.to_owned(),
            page,
        });
        let body = self.label(Text::ChangeWhich);
        self.list(&body, Text::ButtonChoose, vec![(None, rows)])
    }

    /// Asks one place again; its answer stays until another is given.
    pub(super) fn change(&mut self, code: &str, place: &Place) -> Option<Reply> {
        let known = self
            .service(code)
            .zip(self.state.draft(code))
            .is_some_and(|(service, draft)| draft.places(service).contains(place));
        if !known {
            return self.again();
        }
        self.state.failures = 0;
        self.state.mode = Mode::Form {
            service: code.to_owned(),
            place: place.clone(),
            changing: true,
        };
        self.ask()
    }

    pub(super) fn confirm_text(&mut self, text: &str, code: &str) -> Option<Reply> {
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        let (step, exact, number) = (lexicon.step(&words), lexicon.exact(&words), lexicon.number(&words));
        if let Some(n) = number {
            return self.change_number(code, n, None);
        }
        match (step, exact) {
            (Some(Step::Submit), _) | (_, Some(Intent::Affirm)) => self.agreed(code, &words),
            (Some(Step::Change | Step::Back), _) | (_, Some(Intent::Deny)) => self.ask_change(code, 0),
            (Some(Step::Save), _) => self.save(code),
            (Some(Step::Menu), _) => self.act(Act::Menu),
            (Some(Step::Resume), _) => self.confirm_screen(code),
            (Some(Step::Discard), _) | (_, Some(Intent::Cancel)) => self.ask_cancel(code),
            (_, Some(Intent::TalkToHuman)) => self.handoff(HandoffReason::Asked),
            (_, Some(Intent::Help | Intent::Greet | Intent::Thanks)) => self.again(),
            _ => match self.service(code) {
                Some(service) => self.confirm_sentence(text, &words, service),
                None => self.menu(),
            },
        }
    }

    /// A correction, a question, another wish, or the name of an answer.
    fn confirm_sentence(&mut self, text: &str, words: &[Token], service: &Service) -> Option<Reply> {
        let code = service.code.as_str();
        if self.assistant.phrases.asks_why(words) {
            return self.confirm(code);
        }
        if let Some(reply) = self.corrected(text, words, service, None) {
            return reply;
        }
        if self.is_other_wish(text) {
            return self.aside_confirm(text, code, service);
        }
        match self.named_label(code, words) {
            Some(place) => self.change(code, &place),
            None => {
                self.first_say(Text::NotUnderstood, &[]);
                self.again()
            }
        }
    }

    fn aside_confirm(&mut self, text: &str, code: &str, service: &Service) -> Option<Reply> {
        if self.understand(text).intent == Intent::CorrectDetails {
            return match self.named_label(code, &tokens(text)) {
                Some(place) => self.change(code, &place),
                None => self.ask_change(code, 0),
            };
        }
        self.aside(text, service)
    }

    pub(super) fn change_text(&mut self, text: &str, code: &str, page: usize) -> Option<Reply> {
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        match (lexicon.step(&words), lexicon.exact(&words)) {
            (Some(Step::Back | Step::Done), _) | (_, Some(Intent::Deny | Intent::Cancel)) => self.confirm(code),
            (Some(Step::More), _) => self.ask_change(code, page + 1),
            // A yes here answers nothing that was asked; the whole form is shown again before anything is submitted.
            (Some(Step::Submit | Step::Resume), _) | (_, Some(Intent::Affirm)) => self.confirm(code),
            _ => self.confirm_text(text, code),
        }
    }

    /// "change the mother's name": a label in the sentence.
    fn named_label(&self, code: &str, words: &[Token]) -> Option<Place> {
        let (service, draft) = self.service(code).zip(self.state.draft(code))?;
        let mut fitting = draft.places(service).into_iter().filter(|place| {
            let label = place
                .field(service)
                .map(|field| &field.label)
                .or_else(|| place.paper(service).map(|paper| &paper.label));
            label.is_some_and(|label| {
                [&label.en, &label.hi].iter().any(|label| {
                    let label = tokens(label);
                    !label.is_empty() && label.iter().all(|l| words.iter().any(|word| word.is(l)))
                })
            })
        });
        match (fitting.next(), fitting.next()) {
            (Some(place), None) => Some(place),
            _ => None,
        }
    }

    /// A yes in words submits only where the last bubble was the confirm screen; otherwise that comes first.
    fn agreed(&mut self, code: &str, words: &[Token]) -> Option<Reply> {
        if self.agrees(words, &Act::Submit(code.to_owned())) {
            self.submit(code, false)
        } else {
            self.confirm_screen(code)
        }
    }

    /// Submits what stands on the confirm screen; what the catalogue does not accept is asked again instead, and one like it that was
    /// submitted before is spoken of first.
    pub(super) fn submit(&mut self, code: &str, although: bool) -> Option<Reply> {
        let (Some(service), Some(draft)) = (self.service(code), self.state.draft(code)) else {
            self.first_say(Text::AlreadySubmitted, &[]);
            return self.menu();
        };
        match service.check(draft.answers.clone(), draft.papers.clone(), self.facts.today) {
            Ok(form) => {
                if !although && let Some(reply) = self.ask_duplicate(&form) {
                    return Some(reply);
                }
                self.effects.push(Effect::Submit { form: Box::new(form) });
                self.state.mode = Mode::Pending(Pending::Submit {
                    service: code.to_owned(),
                });
                None
            }
            Err(problems) => {
                self.first_say(Text::SomethingMissing, &[]);
                let place = problems.into_iter().find_map(|problem| match problem {
                    FormProblem::Field { field, problem } => {
                        self.first(crate::words::field_problem(&problem, self.language()));
                        Some(Place::Field(field))
                    }
                    FormProblem::PaperMissing(paper) => Some(Place::Paper(paper)),
                    FormProblem::UnknownField(_) | FormProblem::UnknownPaper(_) => None,
                });
                match place {
                    Some(place) => {
                        if let Some(draft) = self.state.draft_mut(code) {
                            draft.forget(&place);
                        }
                        self.change(code, &place)
                    }
                    // Only remains of an older catalogue are in the way.
                    None => self.resume(code),
                }
            }
        }
    }
}
