//! A person with a telephone, and an office that does what the conversation asks for.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use assistant::{
    Assistant,
    conversation::{
        ApplicationState, ApplicationSummary, CertificateSummary, Conversation, Doubt, Effect, Facts, Opinion, Outcome,
        VerdictSummary, VerifyWhat, after, converse,
    },
    reply::{Choice, Reply},
    said::{Paper, Said},
    words::units,
};
use domain::{
    ApplicationNumber, Language,
    catalogue::{Catalogue, Field, FieldKind},
    ist_date,
};
use jiff::{Timestamp, ToSpan as _};

pub(crate) static ASSISTANT: LazyLock<Assistant> =
    LazyLock::new(|| Assistant::new(Catalogue::embedded().unwrap()).unwrap());

pub(crate) struct Person {
    pub(crate) conversation: Conversation,
    pub(crate) now: Timestamp,
    pub(crate) applications: Vec<ApplicationSummary>,
    pub(crate) certificates: Vec<CertificateSummary>,
    /// What the office answers instead of doing what it is asked for.
    pub(crate) refuses: Option<Outcome>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) last: Option<Reply>,
    pub(crate) transcript: String,
    pub(crate) messages: u64,
    /// What somebody else makes of the next messages.
    pub(crate) opinion: Option<Opinion>,
    /// What the last turn left in doubt.
    pub(crate) doubt: Option<Doubt>,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self {
            conversation: Conversation::new(),
            now: "2026-11-22T06:30:00Z".parse().unwrap(),
            applications: vec![],
            certificates: vec![],
            refuses: None,
            effects: vec![],
            last: None,
            transcript: String::new(),
            messages: 0,
            opinion: None,
            doubt: None,
        }
    }

    /// Met before, in this language, consent given.
    pub(crate) fn known(language: Language) -> Self {
        let mut person = Self::new();
        person.conversation = Conversation::with(Some(language), Some(assistant::words::NOTICE_VERSION.to_owned()));
        person
    }

    pub(crate) fn facts(&self) -> Facts {
        Facts {
            opinion: self.opinion.clone(),
            now: self.now,
            today: ist_date(self.now),
            message_id: format!("m{}", self.messages),
            applications: self.applications.clone(),
            certificates: self.certificates.clone(),
        }
    }

    pub(crate) fn says(&mut self, text: &str) -> &mut Self {
        self.transcript.push_str(&format!("> {text}\n"));
        self.turn(&Said::Text(text.to_owned()))
    }

    /// Taps the choice with this title in the last bubble.
    pub(crate) fn taps(&mut self, title: &str) -> &mut Self {
        let choice = self
            .choices()
            .into_iter()
            .find(|choice| choice.title == title)
            .unwrap_or_else(|| panic!("no choice {title:?} in {:?}", self.last));
        self.transcript.push_str(&format!("> [{title}]\n"));
        self.turn(&Said::Chose {
            id: choice.id,
            title: choice.title,
        })
    }

    pub(crate) fn sends(&mut self, media_type: &str) -> &mut Self {
        self.transcript.push_str(&format!("> ({media_type})\n"));
        let mut sent = paper(media_type);
        if let Said::Paper(paper) = &mut sent {
            // Each file is another one.
            paper.digest = format!("{:064x}", self.messages);
        }
        self.turn(&sent)
    }

    pub(crate) fn waits_days(&mut self, days: i64) -> &mut Self {
        self.now = self.now.checked_add((days * 24).hours()).unwrap();
        self
    }

    pub(crate) fn turn(&mut self, said: &Said) -> &mut Self {
        self.messages += 1;
        let turn = converse(&ASSISTANT, self.conversation.clone(), said, &self.facts());
        // What is kept survives being stored.
        let stored = serde_json::to_string(&turn.state).unwrap();
        self.conversation = serde_json::from_str(&stored).unwrap();
        assert_eq!(self.conversation, turn.state);
        let wanting: Vec<&Effect> = turn.effects.iter().filter(|effect| effect.wants_words()).collect();
        assert!(wanting.len() <= 1, "{:?}", turn.effects);
        let mut replies = turn.replies.clone();
        if let Some(effect) = wanting.first() {
            assert!(replies.is_empty(), "words before the deed: {replies:?}");
            let outcome = self.outcome(effect);
            let told = after(&ASSISTANT, self.conversation.clone(), &outcome, &self.facts());
            assert!(told.effects.is_empty());
            self.conversation = told.state;
            replies = told.replies;
        }
        self.effects = turn.effects;
        self.doubt = turn.doubt;
        let expected = usize::from(*said != Said::Reaction);
        assert_eq!(replies.len(), expected, "one bubble a turn");
        if let Some(reply) = replies.pop() {
            check(&reply);
            self.transcript.push_str(&format!("{}\n", shown(&reply)));
            self.last = Some(reply);
        }
        self
    }

    fn outcome(&mut self, effect: &Effect) -> Outcome {
        if let Some(outcome) = self.refuses.take() {
            return outcome;
        }
        let today = ist_date(self.now);
        match effect {
            Effect::Submit { form } => {
                let number = ApplicationNumber::new(2026, u64::try_from(self.applications.len()).unwrap() + 1);
                let service = form.service();
                let due = service
                    .time_limit
                    .days
                    .map(|days| today.saturating_add(i64::from(days).days()));
                self.applications.push(ApplicationSummary {
                    number: number.clone(),
                    service: service.code.clone(),
                    stage: service.stages[0].title.clone(),
                    holder: None,
                    since: Some(today),
                    submitted_on: today,
                    due,
                    state: ApplicationState::Submitted,
                    subject: service.subject(form.answers()),
                });
                Outcome::Submitted { number, due }
            }
            Effect::Answer { application, .. } => {
                self.set(application, ApplicationState::Submitted);
                Outcome::Sent
            }
            Effect::Withdraw { application } => {
                self.set(application, ApplicationState::Withdrawn);
                Outcome::Sent
            }
            Effect::Verify(VerifyWhat::Number(number)) => verified("valid", Some(number.to_string())),
            Effect::Verify(_) => verified("valid", None),
            _ => Outcome::Sent,
        }
    }

    pub(crate) fn set(&mut self, number: &ApplicationNumber, state: ApplicationState) {
        for application in self.applications.iter_mut().filter(|a| a.number == *number) {
            application.state = state.clone();
        }
    }

    pub(crate) fn body(&self) -> &str {
        match self.last.as_ref().unwrap() {
            Reply::Text { body } | Reply::Buttons { body, .. } | Reply::List { body, .. } => body,
            Reply::Document { caption, .. } => caption,
        }
    }

    pub(crate) fn choices(&self) -> Vec<Choice> {
        self.last.as_ref().map(choices).unwrap_or_default()
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        self.choices().into_iter().map(|choice| choice.title).collect()
    }

    pub(crate) fn mode(&self) -> &'static str {
        self.conversation.view(ASSISTANT.catalogue()).mode
    }

    pub(crate) fn awaiting(&self) -> Option<String> {
        self.conversation.view(ASSISTANT.catalogue()).awaiting
    }

    pub(crate) fn answered(&self, field: &str) -> Option<String> {
        self.conversation.view(ASSISTANT.catalogue()).form.get(field).cloned()
    }

    pub(crate) fn submitted(&self) -> Option<&domain::catalogue::CheckedForm> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Submit { form } => Some(&**form),
            _ => None,
        })
    }

    /// Answers every question of the open form with its own example, sends every paper, until the confirm screen.
    pub(crate) fn fills_in(&mut self, language: Language) -> &mut Self {
        self.fills_in_with(language, &[])
    }

    /// As [`Person::fills_in`], with other answers to some of the questions.
    pub(crate) fn fills_in_with(&mut self, language: Language, answers: &[(&str, &str)]) -> &mut Self {
        for _ in 0..60 {
            let view = self.conversation.view(ASSISTANT.catalogue());
            if view.mode == "confirm" {
                return self;
            }
            assert_eq!(view.mode, "form", "{}", self.transcript);
            let service = ASSISTANT.catalogue().get(view.service.as_deref().unwrap()).unwrap();
            let awaiting = view.awaiting.unwrap();
            if let Some(field) = service.field(&awaiting) {
                let other = answers.iter().find(|(code, _)| *code == field.code);
                self.says(other.map_or(field.example.get(language), |(_, answer)| answer));
                // One of several answers: that is all.
                let done = if language == Language::En {
                    "Done"
                } else {
                    "बस इतना"
                };
                if self.titles().iter().any(|title| title == done) {
                    self.taps(done);
                }
            } else {
                assert!(service.document(&awaiting).is_some(), "{awaiting}");
                self.sends("image/jpeg");
            }
            let moved = self.awaiting();
            assert!(
                moved.as_deref() != Some(&awaiting),
                "{awaiting} was not taken:\n{}",
                self.transcript
            );
        }
        panic!("the form does not end:\n{}", self.transcript);
    }
}

/// The catalogue's example; for what is chosen, the first option.
pub(crate) fn good_answer(field: &Field, language: Language) -> String {
    match &field.kind {
        FieldKind::Choice { options } | FieldKind::Choices { options } => options[0].label.get(language).to_owned(),
        FieldKind::YesNo => match language {
            Language::En => "yes".to_owned(),
            Language::Hi => "हाँ".to_owned(),
        },
        _ => field.example.get(language).to_owned(),
    }
}

/// Another file each time.
pub(crate) fn paper(media_type: &str) -> Said {
    static FILES: AtomicU64 = AtomicU64::new(0);
    Said::Paper(Paper {
        digest: format!("{:064x}", FILES.fetch_add(1, Ordering::Relaxed)),
        media_type: media_type.to_owned(),
        bytes: 1000,
        filename: None,
        refused: vec![],
        notes: vec![],
    })
}

pub(crate) fn verified(verdict: &str, number: Option<String>) -> Outcome {
    Outcome::Verified(Box::new(VerdictSummary {
        verdict: verdict.to_owned(),
        number,
        service: Some("birth_certificate".to_owned()),
        name: Some("Aarav Sharma".to_owned()),
        issued_on: Some(jiff::civil::date(2026, 11, 1)),
        since: Some(jiff::civil::date(2026, 11, 20)),
        until: Some(jiff::civil::date(2026, 12, 20)),
        replaced_by: Some("DLBC-0000-0000-0000".to_owned()),
        demo: true,
        url: Some("https://example.in/verify".to_owned()),
        ..VerdictSummary::default()
    }))
}

pub(crate) fn choices(reply: &Reply) -> Vec<Choice> {
    match reply {
        Reply::Buttons { choices, .. } => choices.clone(),
        Reply::List { sections, .. } => sections.iter().flat_map(|section| section.choices.clone()).collect(),
        _ => vec![],
    }
}

/// The limits of the narrowest channel, and that nothing was left unfilled.
pub(crate) fn check(reply: &Reply) {
    let all = choices(reply);
    let mut ids: Vec<&str> = all.iter().map(|choice| choice.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "ids repeat: {reply:?}");
    let (body, title_max) = match reply {
        Reply::Text { body } => (body, 0),
        Reply::Buttons { body, choices } => {
            assert!((1..=3).contains(&choices.len()), "{reply:?}");
            let mut titles: Vec<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), choices.len(), "titles repeat: {reply:?}");
            (body, 20)
        }
        Reply::List { body, button, sections } => {
            assert!((1..=20).contains(&units(button)), "{reply:?}");
            assert!((1..=10).contains(&all.len()), "{reply:?}");
            for section in sections {
                assert!(!section.choices.is_empty());
                assert!(sections.len() == 1 || section.title.as_ref().is_some_and(|t| (1..=24).contains(&units(t))));
            }
            (body, 24)
        }
        Reply::Document { caption, .. } => (caption, 0),
    };
    for choice in &all {
        assert!((1..=title_max).contains(&units(&choice.title)), "{choice:?}");
        assert!(
            choice.description.as_ref().is_none_or(|d| (1..=72).contains(&units(d))),
            "{choice:?}"
        );
        assert!(choice.id.starts_with('t') && choice.id[1..].chars().all(|c| c.is_ascii_digit() || c == '.'));
    }
    assert!((1..=1024).contains(&units(body)), "{} units: {body}", units(body));
    for place in [
        "{service}",
        "{n}",
        "{total}",
        "{ask}",
        "{number}",
        "{date}",
        "{label}",
        "{value}",
        "{due}",
    ] {
        assert!(!body.contains(place), "{body}");
    }
}

pub(crate) fn shown(reply: &Reply) -> String {
    let mut text = match reply {
        Reply::Text { body } | Reply::Buttons { body, .. } | Reply::List { body, .. } => body.clone(),
        Reply::Document { caption, document } => format!("<{}>\n{caption}", document.filename),
    };
    if let Reply::List { button, sections, .. } = reply {
        text.push_str(&format!("\n  ({button})"));
        for section in sections {
            if let Some(title) = &section.title {
                text.push_str(&format!("\n  # {title}"));
            }
            for choice in &section.choices {
                text.push_str(&format!("\n  - {}", choice.title));
                if let Some(description) = &choice.description {
                    text.push_str(&format!(" | {description}"));
                }
            }
        }
    } else {
        for choice in choices(reply) {
            text.push_str(&format!("\n  [{}]", choice.title));
        }
    }
    text.lines().map(|line| format!("  {line}\n")).collect()
}
