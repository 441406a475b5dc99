//! From "I need a certificate" to the first question: services, consent, forms begun before.

use domain::catalogue::{Answers, Days, LifeEvent, Service};
use jiff::ToSpan as _;

use super::{
    dialogue::{DRAFT_DAYS, Dialogue, ROWS_MAX, Row},
    state::{Act, Draft, Mode},
};
use crate::{
    reply::Reply,
    said::Said,
    words::{NOTICE_VERSION, Text, life_event},
};

const EVENTS: [LifeEvent; 7] = [
    LifeEvent::BirthAndDeath,
    LifeEvent::Family,
    LifeEvent::CasteAndIncome,
    LifeEvent::Home,
    LifeEvent::Support,
    LifeEvent::Vehicle,
    LifeEvent::Work,
];

impl Dialogue<'_> {
    fn service_rows(&self, event: Option<LifeEvent>) -> Vec<Row> {
        self.assistant
            .catalogue
            .iter()
            .filter(|service| event.is_none_or(|event| service.life_event == event))
            .map(|service| {
                (
                    Act::Service(service.code.clone()),
                    self.pick(&service.short).to_owned(),
                    Some(self.pick(&service.description).to_owned()),
                )
            })
            .collect()
    }

    /// The services: all in one list while they fit, else by the event of a life, and there by pages.
    pub(super) fn services(&mut self, event: Option<LifeEvent>, page: usize) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let all = self.service_rows(event);
        if event.is_none() && all.len() > ROWS_MAX {
            let rows = EVENTS
                .iter()
                .filter(|event| {
                    self.assistant
                        .catalogue
                        .iter()
                        .any(|service| service.life_event == **event)
                })
                .map(|event| {
                    let act = Act::Services {
                        event: Some(*event),
                        page: 0,
                    };
                    (act, self.label(life_event(*event)), None)
                })
                .collect();
            let body = self.label(Text::Events);
            return self.list(&body, Text::ButtonChoose, vec![(None, rows)]);
        }
        let body = self.label(Text::Services);
        if event.is_none() {
            let sections = EVENTS
                .iter()
                .map(|event| (Some(self.label(life_event(*event))), self.service_rows(Some(*event))))
                .collect();
            return self.list(&body, Text::ButtonServices, sections);
        }
        let rows = self.paged(all, page, |page| Act::Services { event, page });
        self.list(&body, Text::ButtonServices, vec![(None, rows)])
    }

    /// Ten rows, or nine and "More", which leads around to the first page again.
    pub(super) fn paged(&self, rows: Vec<Row>, page: usize, more: impl Fn(usize) -> Act) -> Vec<Row> {
        if rows.len() <= ROWS_MAX {
            return rows;
        }
        let size = ROWS_MAX - 1;
        let pages = rows.len().div_ceil(size);
        let page = page % pages;
        let mut shown: Vec<Row> = rows.into_iter().skip(page * size).take(size).collect();
        shown.push((more((page + 1) % pages), self.label(Text::ButtonMore), None));
        shown
    }

    /// A service was chosen.
    pub(super) fn begin(&mut self, code: &str) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            let name = self.name_of(code);
            self.first_say(Text::NotYetHere, &[("service", &name)]);
            return self.services(None, 0);
        };
        self.state.last_service = Some(code.to_owned());
        let begun = self
            .state
            .draft(code)
            .filter(|draft| !draft.answers.is_empty() || !draft.papers.is_empty())
            .map(|draft| draft.done(service));
        if let Some((n, total)) = begun {
            self.state.mode = Mode::Idle;
            let (name, n, total) = (self.name(service), n.to_string(), total.to_string());
            let body = self.say(Text::ResumeSame, &[("service", &name), ("n", &n), ("total", &total)]);
            return self.buttons(
                &body,
                vec![
                    (Act::Continue(code.to_owned()), Text::ButtonContinue),
                    (Act::StartOver(code.to_owned()), Text::ButtonStartOver),
                    (Act::Menu, Text::ButtonMenu),
                ],
            );
        }
        self.open_form(code)
    }

    /// Consent comes before the first personal particular, in a bubble of its own.
    pub(super) fn open_form(&mut self, code: &str) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            return self.services(None, 0);
        };
        if self.state.consent.as_deref() != Some(NOTICE_VERSION) {
            return self.ask_consent(code);
        }
        if self.state.draft(code).is_none() {
            self.state.drafts.push(Draft::new(code, self.facts.now));
            let intro = self.intro(service);
            self.first(intro);
        }
        // What was said along with the wish answers questions already.
        if let Some(Said::Text(text)) = self.state.kept_back.take() {
            let answers = self
                .state
                .draft(code)
                .map(|draft| draft.answers.clone())
                .unwrap_or_default();
            let found = self.particulars(&text, service, &answers, None);
            self.note(code, found.others);
        }
        self.enter(code)
    }

    pub(super) fn ask_consent(&mut self, code: &str) -> Option<Reply> {
        self.state.mode = Mode::Consent {
            service: code.to_owned(),
        };
        let body = self.label(Text::Notice);
        self.buttons(
            &body,
            vec![
                (Act::Agree(code.to_owned()), Text::ButtonAgree),
                (Act::Decline, Text::ButtonNotNow),
            ],
        )
    }

    fn intro(&self, service: &Service) -> String {
        let draft = Draft::new(&service.code, self.facts.now);
        let questions = service
            .fields
            .iter()
            .filter(|field| field.applies(&draft.answers))
            .count();
        let papers = service
            .documents
            .iter()
            .filter(|paper| paper.applies(&draft.answers))
            .count();
        let name = self.name(service);
        self.say(
            Text::FormIntro,
            &[
                ("service", &name),
                ("questions", &questions.to_string()),
                ("papers", &papers.to_string()),
                ("fee", &self.fee(service)),
                ("time", &self.time(&service.time_limit)),
            ],
        )
    }

    /// The fee before the answers are known, as sure as it is: with what a further choice adds, and what else there is to know about it.
    pub(super) fn fee(&self, service: &Service) -> String {
        let fee = &service.fee;
        let mut said = vec![self.rupees(fee.rupees, fee.confirmed)];
        let each = fee
            .each
            .as_ref()
            .and_then(|each| Some((each, service.field(&each.field)?)));
        if let Some((each, field)) = each {
            let (rupees, label) = (each.rupees.to_string(), self.pick(&field.label));
            said.push(self.say(Text::FeeEach, &[("rupees", &rupees), ("label", label)]));
        }
        said.extend(fee.note.as_ref().map(|note| self.pick(note).to_owned()));
        said.join(" ")
    }

    /// The fee for these answers.
    pub(super) fn fee_for(&self, service: &Service, answers: &Answers) -> String {
        self.rupees(service.fee.rupees(answers), service.fee.confirmed)
    }

    fn rupees(&self, rupees: Option<u32>, confirmed: bool) -> String {
        match (rupees, confirmed) {
            (None, _) => self.say(Text::FeeUnknown, &[]),
            (Some(0), true) => self.say(Text::FeeNone, &[]),
            (Some(0), false) => self.say(Text::FeeProbablyNone, &[]),
            (Some(rupees), true) => self.say(Text::FeeSure, &[("rupees", &rupees.to_string())]),
            (Some(rupees), false) => self.say(Text::FeeAbout, &[("rupees", &rupees.to_string())]),
        }
    }

    /// The time limit, as sure as it is.
    pub(super) fn time(&self, limit: &Days) -> String {
        match (limit.days, limit.confirmed) {
            (None, _) => self.say(Text::TimeUnknown, &[]),
            (Some(1), true) => self.say(Text::TimeSureDay, &[]),
            (Some(1), false) => self.say(Text::TimeAboutDay, &[]),
            (Some(days), true) => self.say(Text::TimeSure, &[("days", &days.to_string())]),
            (Some(days), false) => self.say(Text::TimeAbout, &[("days", &days.to_string())]),
        }
    }

    // ---- forms begun before ----

    pub(super) fn leave_form_for(&mut self, service: &str) {
        let same = matches!(&self.state.mode,
            Mode::Form { service: s, .. } | Mode::Checking { service: s } | Mode::Confirm { service: s } | Mode::Doubled { service: s }
            | Mode::Changing { service: s, .. } | Mode::Leaving { service: s, .. } if s == service);
        if !same {
            self.leave_form();
        }
    }

    /// On with a form, at the first place without an answer.
    pub(super) fn resume(&mut self, code: &str) -> Option<Reply> {
        if self.state.draft(code).is_none() || self.service(code).is_none() {
            self.first_say(Text::NoDraft, &[]);
            return self.menu();
        }
        self.state.last_service = Some(code.to_owned());
        self.recheck(code);
        self.open_form(code)
    }

    /// Time has passed, or the catalogue has changed: an answer that would no longer be taken is asked again.
    fn recheck(&mut self, code: &str) {
        let (Some(service), today) = (self.service(code), self.facts.today) else {
            return;
        };
        if let Some(draft) = self.state.draft_mut(code) {
            draft.answers.retain(|field, value| {
                service
                    .field(field)
                    .is_some_and(|field| field.check(value, today).is_ok())
            });
            draft.papers.retain(|paper| service.document(&paper.document).is_some());
        }
    }

    /// "Continue", "birth certificate wala form pura karna hai": with the form that is named, or the only one.
    pub(super) fn go_on_with(&mut self, text: &str) -> Option<Reply> {
        let named = self.understand(text).service;
        let mut forms = self.state.drafts.iter().map(|draft| draft.service.clone());
        let form = match (
            named.filter(|code| self.state.draft(code).is_some()),
            forms.next(),
            forms.next(),
        ) {
            (Some(named), ..) => Some(named),
            (None, Some(only), None) => Some(only),
            _ => None,
        };
        match form {
            Some(code) => {
                let name = self.name_of(&code);
                self.first_say(Text::GoingOn, &[("service", &name)]);
                self.resume(&code)
            }
            None => self.offer_drafts(),
        }
    }

    /// Hello: which form, if there is one.
    pub(super) fn offer_drafts(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let drafts: Vec<(String, usize, usize)> = self
            .state
            .drafts
            .iter()
            .filter_map(|draft| {
                let (n, total) = draft.done(self.service(&draft.service)?);
                Some((draft.service.clone(), n, total))
            })
            .collect();
        match drafts.as_slice() {
            [] => {
                self.first_say(Text::NoDraft, &[]);
                self.menu()
            }
            [(code, n, total)] => {
                let name = self.name_of(code);
                let body = self.say(
                    Text::ResumeOne,
                    &[("service", &name), ("n", &n.to_string()), ("total", &total.to_string())],
                );
                self.buttons(
                    &body,
                    vec![
                        (Act::Continue(code.clone()), Text::ButtonContinue),
                        (Act::Services { event: None, page: 0 }, Text::ButtonNew),
                        (Act::Discard(code.clone()), Text::ButtonDiscard),
                    ],
                )
            }
            several => {
                let mut rows: Vec<Row> = several
                    .iter()
                    .take(ROWS_MAX - 1)
                    .map(|(code, n, total)| {
                        let line = self.say(Text::ResumeRow, &[("n", &n.to_string()), ("total", &total.to_string())]);
                        (Act::Continue(code.clone()), self.short_of(code), Some(line))
                    })
                    .collect();
                rows.push((
                    Act::Services { event: None, page: 0 },
                    self.label(Text::ButtonNew),
                    None,
                ));
                let body = self.label(Text::ResumeMany);
                self.list(&body, Text::ButtonChoose, vec![(None, rows)])
            }
        }
    }

    pub(super) fn save(&mut self, code: &str) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        self.state.failures = 0;
        let Some(draft) = self.state.draft_mut(code) else {
            return self.menu();
        };
        draft.touched = self.facts.now;
        let name = self.name_of(code);
        let until = self.date(self.facts.today.saturating_add(DRAFT_DAYS.days()));
        self.first_say(Text::Saved, &[("service", &name), ("date", &until)]);
        self.menu()
    }

    pub(super) fn discard(&mut self, code: &str) -> Option<Reply> {
        self.state.drafts.retain(|draft| draft.service != code);
        self.state.mode = Mode::Idle;
        let name = self.name_of(code);
        self.first_say(Text::Discarded, &[("service", &name)]);
        self.menu()
    }

    pub(super) fn ask_cancel(&mut self, code: &str) -> Option<Reply> {
        let name = self.name_of(code);
        self.state.mode = Mode::Leaving {
            service: code.to_owned(),
            from: Box::new(self.state.mode.clone()),
        };
        let body = self.say(Text::CancelAsk, &[("service", &name)]);
        self.buttons(
            &body,
            vec![
                (Act::Save(code.to_owned()), Text::ButtonSave),
                (Act::Discard(code.to_owned()), Text::ButtonDiscard),
                (Act::GoOn, Text::ButtonGoOn),
            ],
        )
    }
}
