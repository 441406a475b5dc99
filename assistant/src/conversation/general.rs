//! Wishes in free text, wherever they are said, and questions about a service.

use domain::{Language, catalogue::Service};

use super::{
    HandoffReason,
    dialogue::{Dialogue, ROWS_MAX, Row},
    state::{Act, Mode},
};
use crate::{
    reply::Reply,
    said::Said,
    understand::{self, Candidate, Intent, Step, has_question_mark, tokens},
    words::{self, Text},
};

/// From this score on a message is none of ours.
const FOREIGN: f32 = 0.9;

impl Dialogue<'_> {
    /// Free text that no open question has taken.
    pub(super) fn general(&mut self, text: &str) -> Option<Reply> {
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        match lexicon.step(&words) {
            Some(Step::Menu | Step::Back) => return self.act(Act::Menu),
            Some(Step::Resume) => {
                self.heard = Some(Intent::Affirm);
                return self.go_on_with(text);
            }
            _ if self.assistant.phrases.goes_on(&words) && !self.state.drafts.is_empty() => {
                return self.go_on_with(text);
            }
            _ => {}
        }
        if words.is_empty() && has_question_mark(text) {
            return self.wish(Intent::Help, None, text);
        }
        if let Some(code) = self.named(text) {
            return self.wish(Intent::Apply, Some(code), text);
        }
        let meaning = self.understand(text);
        // A number of ours says more than the words around it.
        let with_number = matches!(
            meaning.intent,
            Intent::Verify | Intent::OutOfScope | Intent::Inform | Intent::Help | Intent::Apply
        );
        if with_number && let Some(reply) = self.verify_found(text) {
            return reply;
        }
        // Which of their own papers is meant, their own list tells better than a guess at the service.
        let of_their_own = matches!(
            meaning.intent,
            Intent::TrackStatus | Intent::Download | Intent::Withdraw
        ) && meaning.service.is_none()
            && meaning.candidates.iter().all(|other| other.intent == meaning.intent);
        if of_their_own {
            return self.wish(meaning.intent, None, text);
        }
        let nothing = matches!(meaning.intent, Intent::Inform | Intent::OutOfScope);
        let in_doubt =
            meaning.clarify || (nothing && !self.expired && meaning.oos_score <= FOREIGN && self.waiting().is_none());
        if in_doubt && let Some(reply) = self.heed(text, &meaning) {
            return reply;
        }
        if meaning.clarify {
            self.state.kept_back = Some(Said::Text(text.to_owned()));
            return self.clarify(&meaning.candidates);
        }
        self.wish(meaning.intent, meaning.service, text)
    }

    /// The service whose name, as we write it ourselves, is the whole message: whatever else its words could mean.
    fn named(&self, text: &str) -> Option<String> {
        let text = text.trim().to_lowercase();
        let is_it = |name: &domain::Bilingual| [&name.en, &name.hi].iter().any(|name| name.to_lowercase() == text);
        let mut services = self.assistant.catalogue.iter();
        let service = services.find(|service| is_it(&service.name) || is_it(&service.short))?;
        Some(service.code.clone())
    }

    /// "Did you mean …?", with a way out.
    pub(super) fn clarify(&mut self, candidates: &[Candidate]) -> Option<Reply> {
        self.leave_form();
        let mut rows: Vec<Row> = candidates
            .iter()
            .filter_map(|candidate| {
                let wish = self.label(words::intent(candidate.intent)?);
                let act = Act::Meant {
                    intent: candidate.intent,
                    service: candidate.service.clone(),
                };
                Some(match &candidate.service {
                    Some(code) => (
                        act,
                        self.short_of(code),
                        Some(format!("{}: {wish}", self.name_of(code))),
                    ),
                    None => (act, wish, None),
                })
            })
            .collect();
        if rows.is_empty() {
            self.first_say(Text::NotUnderstood, &[]);
            return self.not_understood();
        }
        // Two services may share their short name's beginning, never the whole row.
        rows.dedup_by(|a, b| a.1 == b.1);
        rows.push((Act::SomethingElse, self.label(Text::RowSomethingElse), None));
        self.state.mode = Mode::Clarify;
        let body = self.label(Text::Clarify);
        self.list(&body, Text::ButtonChoose, vec![(None, rows)])
    }

    /// A yes to "which of these?".
    pub(super) fn clarify_again(&mut self) -> Option<Reply> {
        let rows: Vec<Row> = self
            .state
            .latest_offers()
            .map(|offer| (offer.act.clone(), offer.title.clone(), None))
            .collect();
        match rows.as_slice() {
            [] => self.menu(),
            [(act, ..)] | [(act, ..), (Act::SomethingElse, ..)] => {
                let act = act.clone();
                self.act(act)
            }
            _ => {
                let body = self.label(Text::Clarify);
                self.list(&body, Text::ButtonChoose, vec![(None, rows)])
            }
        }
    }

    pub(super) fn wish(&mut self, intent: Intent, service: Option<String>, text: &str) -> Option<Reply> {
        if let Some(code) = &service {
            self.state.last_service = Some(code.clone());
        }
        if !matches!(intent, Intent::ChangeLanguage) {
            self.leave_form();
        }
        if !matches!(intent, Intent::Inform | Intent::OutOfScope) {
            self.state.failures = 0;
        }
        match intent {
            Intent::Apply => match service {
                Some(code) => {
                    self.state.kept_back = (!text.is_empty()).then(|| Said::Text(text.to_owned()));
                    self.begin(&code)
                }
                None => self.services(None, 0),
            },
            Intent::ListServices => self.services(None, 0),
            Intent::TrackStatus => match understand::application(text) {
                Some(number) => self.application(&number),
                None => self.track(),
            },
            Intent::Download => match understand::certificate(text) {
                Some(understand::Certificate::Number(number)) => self.download(Some(&number)),
                _ => self.download(None),
            },
            Intent::Verify => self.ask_certificate(),
            Intent::AskDocuments | Intent::AskFee | Intent::AskTime | Intent::AskEligibility => {
                self.answer_about(intent, service)
            }
            Intent::CorrectDetails => self.correct(),
            Intent::Withdraw => match understand::application(text) {
                Some(number) => self.ask_withdraw(&number),
                None => self.which_withdraw(),
            },
            Intent::Grievance => self.handoff(HandoffReason::Grievance),
            Intent::TalkToHuman => self.handoff(HandoffReason::Asked),
            Intent::EraseMyData => self.handoff(HandoffReason::Erasure),
            Intent::ChangeLanguage => {
                let named = self.understand(text).slots.get("language").cloned();
                match named.as_deref() {
                    Some("en") => self.act(Act::Language(Language::En)),
                    Some(_) => self.act(Act::Language(Language::Hi)),
                    None => self.ask_language(),
                }
            }
            Intent::Greet => {
                self.first_say(Text::Hello, &[]);
                if self.state.drafts.is_empty() {
                    self.menu()
                } else {
                    self.offer_drafts()
                }
            }
            Intent::Thanks => {
                self.first_say(Text::Welcomed, &[]);
                self.menu()
            }
            Intent::Help => {
                self.state.mode = Mode::Idle;
                let body = self.label(Text::Help);
                self.menu_with(&body)
            }
            // "Yes" to an answer that offered to apply.
            Intent::Affirm => {
                let offered = self
                    .state
                    .latest_offers()
                    .find(|offer| matches!(offer.act, Act::Service(_) | Act::Continue(_) | Act::Meant { .. }));
                match offered.map(|offer| offer.act.clone()) {
                    Some(act) if self.state.latest_offers().count() <= 3 => self.act(act),
                    _ => self.menu(),
                }
            }
            Intent::Deny | Intent::Cancel => self.menu(),
            Intent::Inform | Intent::OutOfScope => {
                let waiting = self.waiting();
                match waiting {
                    Some(number) if !text.is_empty() => self.ask_what(&number, Said::Text(text.to_owned())),
                    _ => {
                        if !self.expired {
                            let foreign = intent == Intent::OutOfScope;
                            self.first_say(if foreign { Text::OutOfScope } else { Text::NotUnderstood }, &[]);
                        }
                        self.not_understood()
                    }
                }
            }
        }
    }

    /// The first time it is asked in other words, the second time with buttons, the third time a person is offered.
    fn not_understood(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        self.state.failures = self.state.failures.saturating_add(1);
        match self.state.failures {
            // An answer to a form that is no longer there.
            _ if self.expired => self.menu(),
            1 => {
                let body = self.label(Text::AskOtherwise);
                self.text(&body)
            }
            2 => {
                let body = self.label(Text::Menu);
                self.menu_with(&body)
            }
            _ => {
                let body = self.label(Text::StillNot);
                self.buttons(
                    &body,
                    vec![
                        (Act::Person { stuck: true }, Text::ButtonPerson),
                        (Act::Services { event: None, page: 0 }, Text::ButtonServices),
                        (Act::Menu, Text::ButtonMenu),
                    ],
                )
            }
        }
    }

    fn correct(&mut self) -> Option<Reply> {
        if !self.state.drafts.is_empty() {
            return self.offer_drafts();
        }
        self.state.mode = Mode::Idle;
        let body = self.label(Text::CorrectSubmitted);
        self.buttons(
            &body,
            vec![
                (Act::Track, Text::ButtonTrack),
                (Act::Person { stuck: false }, Text::ButtonPerson),
                (Act::Menu, Text::ButtonMenu),
            ],
        )
    }

    /// A question about a service, or about which one.
    fn answer_about(&mut self, intent: Intent, service: Option<String>) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        match service {
            Some(code) => match self.service(&code) {
                Some(service) => {
                    let answer = self.about(intent, service).unwrap_or_default();
                    self.buttons(
                        &answer,
                        vec![(Act::Service(code), Text::ButtonApply), (Act::Menu, Text::ButtonMenu)],
                    )
                }
                None => self.begin(&code),
            },
            None => {
                let rows = self
                    .assistant
                    .catalogue
                    .iter()
                    .take(ROWS_MAX)
                    .map(|service| {
                        let act = Act::Meant {
                            intent,
                            service: Some(service.code.clone()),
                        };
                        (act, self.pick(&service.short).to_owned(), None)
                    })
                    .collect();
                let body = self.label(Text::WhichServiceMeant);
                self.list(&body, Text::ButtonServices, vec![(None, rows)])
            }
        }
    }

    /// The catalogue's answer to a question about a service; none when it is no such question.
    pub(super) fn about(&self, intent: Intent, service: &Service) -> Option<String> {
        let name = self.name(service);
        Some(match intent {
            Intent::AskFee => self.fee(service),
            Intent::AskTime => self.time(&service.time_limit),
            Intent::AskDocuments if service.documents.is_empty() => {
                self.say(Text::DocumentsNone, &[("service", &name)])
            }
            Intent::AskDocuments => {
                let mut lines = vec![self.say(Text::Documents, &[("service", &name)])];
                for document in &service.documents {
                    let label = self.pick(&document.label);
                    lines.push(if document.only_if.is_some() {
                        format!("• {}", self.say(Text::DocumentIfApplies, &[("label", label)]))
                    } else if document.optional {
                        format!("• {}", self.say(Text::DocumentIfAny, &[("label", label)]))
                    } else {
                        format!("• {label}")
                    });
                }
                lines.join("\n")
            }
            Intent::AskEligibility if service.eligibility.is_empty() => self.say(
                Text::Eligibility,
                &[("service", &name), ("office", self.pick(&service.office))],
            ),
            Intent::AskEligibility => {
                let mut lines = vec![self.say(Text::EligibilityHead, &[("service", &name)])];
                let (sure, unsure): (Vec<_>, Vec<_>) = service.eligibility.iter().partition(|rule| rule.confirmed);
                lines.extend(sure.iter().map(|rule| format!("• {}", self.pick(&rule.text))));
                if !unsure.is_empty() {
                    lines.push(self.label(Text::EligibilityUnconfirmed));
                    lines.extend(unsure.iter().map(|rule| format!("• {}", self.pick(&rule.text))));
                }
                lines.push(self.say(Text::EligibilityFoot, &[("office", self.pick(&service.office))]));
                lines.join("\n")
            }
            _ => return None,
        })
    }
}
