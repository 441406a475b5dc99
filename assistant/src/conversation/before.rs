//! Before a form is handed in: what an officer would probably stop at, and whether the same was handed in already.

use domain::{
    Paper,
    catalogue::{Answers, CheckedForm, Concern, Service, Weight},
};

use super::{
    ApplicationState, ApplicationSummary, Standing,
    dialogue::Dialogue,
    people::same_person,
    state::{Act, Draft, Mode, Place},
};
use crate::{
    reply::Reply,
    understand::{Intent, Step, tokens},
    words::{self, Text, units},
};

/// Longest bubble about concerns, less room for a line before it.
const ROOM: usize = 940;

impl Dialogue<'_> {
    /// What an officer would probably stop at in this draft.
    pub(super) fn concerns<'s>(&self, service: &'s Service, draft: &Draft) -> Vec<Concern<'s>> {
        self.concerns_of(service, &draft.answers, &draft.papers)
    }

    fn concerns_of<'s>(&self, service: &'s Service, answers: &Answers, papers: &[Paper]) -> Vec<Concern<'s>> {
        service.concerns(answers, papers, self.facts.today, &same_person)
    }

    /// The concerns under the heading of their weight; nothing where there are none.
    pub(super) fn listed(&self, concerns: &[Concern<'_>]) -> String {
        let mut said = String::new();
        let mut weight = None;
        for concern in concerns {
            if weight != Some(concern.weight()) {
                weight = Some(concern.weight());
                let mark = if concern.weight() == Weight::Told { "ℹ" } else { "⚠" };
                said.push_str(&format!("{mark} {}\n", self.label(words::heading(concern.weight()))));
            }
            said.push_str(&format!("• {}\n", words::concern(concern, self.language())));
        }
        said
    }

    /// The concerns in a bubble of their own: there are too many to stand beside the answers.
    pub(super) fn ask_checks(&mut self, code: &str) -> Option<Reply> {
        let (Some(service), Some(draft)) = (self.service(code), self.state.draft(code).cloned()) else {
            return self.menu();
        };
        if draft.next(service).is_some() {
            return self.enter(code);
        }
        let concerns = self.concerns(service, &draft);
        self.state.mode = Mode::Checking {
            service: code.to_owned(),
        };
        let name = self.name(service);
        let head = self.say(Text::ChecksHead, &[("service", &name)]);
        let foot = self.label(Text::ChecksFoot);
        let written = |shown: usize| {
            let listed = self.listed(concerns.get(..shown).unwrap_or_default());
            let left = concerns.len() - shown;
            let more = match left {
                0 => String::new(),
                left => format!("{}\n", self.say(Text::ChecksMore, &[("n", &left.to_string())])),
            };
            format!("{head}\n\n{listed}{more}\n{foot}")
        };
        let shown = (1..=concerns.len()).rev().find(|shown| units(&written(*shown)) <= ROOM);
        let body = written(shown.unwrap_or(0));
        self.buttons(
            &body,
            vec![
                (
                    Act::ChangeList {
                        service: code.to_owned(),
                        page: 0,
                    },
                    Text::ButtonChange,
                ),
                (Act::Checked(code.to_owned()), Text::ButtonGoOn),
                (Act::Save(code.to_owned()), Text::ButtonSave),
            ],
        )
    }

    pub(super) fn checks_text(&mut self, text: &str, code: &str) -> Option<Reply> {
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        match (lexicon.step(&words), lexicon.exact(&words)) {
            // A yes here goes on to the answers; those are what is handed in.
            (Some(Step::Submit | Step::Resume | Step::Done), _) | (_, Some(Intent::Affirm)) => {
                self.confirm_screen(code)
            }
            _ => self.confirm_text(text, code),
        }
    }

    /// The places of a draft where an officer would probably stop.
    pub(super) fn doubtful(&self, service: &Service, draft: &Draft) -> Vec<Place> {
        self.concerns(service, draft)
            .iter()
            .filter(|concern| concern.weight() != Weight::Told)
            .flat_map(Concern::places)
            .map(|code| match service.field(code) {
                Some(_) => Place::Field(code.to_owned()),
                None => Place::Paper(code.to_owned()),
            })
            .collect()
    }

    // ---- the same once more ----

    /// The newest application of this citizen for the same service and the same person that is under way, or whose certificate holds.
    fn earlier(&self, form: &CheckedForm) -> Option<&ApplicationSummary> {
        let service = form.service();
        let subject = service.subject(form.answers())?;
        let lives = |application: &&ApplicationSummary| match &application.state {
            ApplicationState::Submitted | ApplicationState::Waiting { .. } | ApplicationState::Approved => true,
            ApplicationState::Issued { certificate } => self
                .facts
                .certificates
                .iter()
                .any(|known| Some(&known.number) == certificate.as_ref() && known.standing == Standing::Active),
            ApplicationState::Refused { .. } | ApplicationState::Withdrawn | ApplicationState::Unknown => false,
        };
        self.facts
            .applications
            .iter()
            .filter(|application| application.service == service.code)
            .filter(lives)
            .filter(|application| {
                let about = application.subject.as_ref();
                about.is_some_and(|about| about.is(&subject, &same_person))
            })
            .max_by(|a, b| (a.submitted_on, &a.number).cmp(&(b.submitted_on, &b.number)))
    }

    /// Asks about an earlier application like this form; none where there is none.
    pub(super) fn ask_duplicate(&mut self, form: &CheckedForm) -> Option<Reply> {
        let found = self.earlier(form)?.clone();
        let code = form.service().code.clone();
        let name = self.name(form.service());
        let (number, date) = (found.number.to_string(), self.date(found.submitted_on));
        let which = match &found.state {
            ApplicationState::Issued {
                certificate: Some(certificate),
            } => self.say(
                Text::DuplicateHeld,
                &[
                    ("service", &name),
                    ("number", &number),
                    ("date", &date),
                    ("certificate", &certificate.to_string()),
                ],
            ),
            state => {
                let stage = match state {
                    ApplicationState::Submitted if !found.stage.en.is_empty() => self.pick(&found.stage).to_owned(),
                    state => self.state_word(state),
                };
                self.say(
                    Text::DuplicateOpen,
                    &[
                        ("service", &name),
                        ("number", &number),
                        ("date", &date),
                        ("stage", &stage),
                    ],
                )
            }
        };
        self.state.mode = Mode::Doubled { service: code.clone() };
        let body = format!("{which}\n\n{}", self.label(Text::DuplicateAsk));
        self.buttons(
            &body,
            vec![
                (Act::Application(found.number), Text::ButtonStatus),
                (Act::SubmitAnyway(code.clone()), Text::ButtonSubmitAnyway),
                (Act::Save(code), Text::ButtonDoNotSubmit),
            ],
        )
    }

    pub(super) fn duplicate_text(&mut self, text: &str, code: &str) -> Option<Reply> {
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        match (lexicon.step(&words), lexicon.exact(&words)) {
            (Some(Step::Submit), _) | (_, Some(Intent::Affirm))
                if self.agrees(&words, &Act::SubmitAnyway(code.to_owned())) =>
            {
                self.submit(code, true)
            }
            (Some(Step::Submit), _) | (_, Some(Intent::Affirm)) => self.confirm_screen(code),
            (_, Some(Intent::Deny | Intent::Cancel)) => self.save(code),
            _ => self.confirm_text(text, code),
        }
    }
}
