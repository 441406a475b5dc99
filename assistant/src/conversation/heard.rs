//! What was said, brought to the place that deals with it.

use domain::{Language, catalogue::FieldKind};

use super::{
    Effect, HandoffReason, VerifyWhat,
    dialogue::Dialogue,
    state::{Act, Mode, Pending, Place},
};
use crate::{
    reply::Reply,
    said::{Paper, Said},
    understand::{Candidate, Intent, Step, Token, clean, tokens},
    words::{NOTICE_VERSION, Text, paper_problem},
};

impl Dialogue<'_> {
    pub(super) fn hear(&mut self, said: &Said) -> Option<Reply> {
        if let Said::Spoken(words) = said {
            return self.hear_spoken(words);
        }
        if let Said::Text(text) = said
            && self.assistant.understander.in_distress(text)
        {
            self.effects.push(Effect::Handoff {
                reason: HandoffReason::Distress,
            });
            let mut body = self.label(Text::Distress);
            if self.state.language.is_none() {
                body = format!("{body}\n\n{}", Text::Distress.get(Language::En));
            }
            // Where one was is kept; nothing is asked now.
            return self.text(&body);
        }
        if self.state.language.is_none() {
            return self.first_contact(said);
        }
        match said {
            Said::Text(text) => {
                let text = clean(text);
                if text.is_empty() {
                    self.first_say(Text::Empty, &[]);
                    return self.again();
                }
                self.hear_text(&text)
            }
            Said::Chose { id, .. } => match self.resolved(id) {
                Some(act) => self.act(act),
                None => {
                    self.first_say(Text::ChooseAgain, &[]);
                    self.again()
                }
            },
            Said::Paper(paper) => self.hear_paper(paper),
            Said::PaperRefused(problem) => {
                self.first_say(paper_problem(*problem), &[]);
                self.again()
            }
            other => {
                self.first_say(no_words(other), &[]);
                self.again()
            }
        }
    }

    /// The act behind a tap, if it was offered to this person and still fits.
    pub(super) fn resolved(&self, id: &str) -> Option<Act> {
        let offer = self.state.offers.iter().find(|offer| offer.id == id)?;
        let latest = self.state.latest_offers().any(|latest| latest.id == offer.id);
        let fits = match (offer.act.place(), &self.state.mode) {
            // An answer fits as long as its very question is open, whichever bubble it was tapped in.
            (
                Some((service, place)),
                Mode::Form {
                    service: s, place: p, ..
                },
            ) => s == service && *p == place,
            (Some(_), _) => false,
            (None, _) => latest || offer.act.only_leads(),
        };
        fits.then(|| offer.act.clone())
    }

    /// A button or row of the last bubble that was typed instead of tapped: its words, or its number where a number
    /// could mean nothing else.
    fn typed_choice(&self, text: &str) -> Option<Act> {
        let words = tokens(text);
        let as_written = self
            .state
            .latest_offers()
            .find(|offer| offer.title.eq_ignore_ascii_case(text.trim()));
        let offer = match as_written {
            Some(offer) => offer,
            None => {
                // Signs are no words: "A+" and "A-" sound alike, and then neither is taken.
                let mut alike = self.state.latest_offers().filter(|offer| {
                    let title = tokens(&offer.title);
                    !words.is_empty()
                        && title.len() == words.len()
                        && title.iter().zip(&words).all(|(a, b)| a.text == b.text)
                });
                match (alike.next(), alike.next()) {
                    (Some(offer), None) => offer,
                    (Some(_), Some(_)) => return None,
                    (None, _) if self.numbers_choose() => {
                        let chosen = self.assistant.phrases.chosen(&words);
                        let n = self.assistant.understander.lexicon().number(&chosen)?;
                        self.state.latest_offers().nth(n.checked_sub(1)?)?
                    }
                    (None, _) => return None,
                }
            }
        };
        // Whoever types where several may be chosen says all of them at once.
        if let Act::Pick { service, field, .. } = &offer.act
            && self
                .service(service)
                .and_then(|service| service.field(field))
                .is_some_and(|field| matches!(field.kind, FieldKind::Choices { .. }))
        {
            return None;
        }
        self.resolved(&offer.id)
    }

    fn numbers_choose(&self) -> bool {
        match &self.state.mode {
            // In a form a number is an answer, unless the last bubble asked something else: stop here? which language?
            Mode::Form { .. } => self
                .state
                .latest_offers()
                .any(|offer| matches!(offer.act, Act::Discard(_) | Act::Language(_))),
            // There a number names an answer, or belongs to what is written to the office.
            Mode::Checking { .. }
            | Mode::Confirm { .. }
            | Mode::Doubled { .. }
            | Mode::Changing { .. }
            | Mode::Answering { .. } => false,
            _ => true,
        }
    }

    fn hear_text(&mut self, text: &str) -> Option<Reply> {
        if let Some(act) = self.typed_choice(text) {
            return self.act(act);
        }
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        let (step, exact) = (lexicon.step(&words), lexicon.exact(&words));
        match self.state.mode.clone() {
            Mode::Form {
                service,
                place,
                changing,
            } => self.form_text(text, &service, &place, changing),
            Mode::Checking { service } => self.checks_text(text, &service),
            Mode::Doubled { service } => self.duplicate_text(text, &service),
            Mode::Confirm { service } | Mode::Pending(Pending::Submit { service }) => self.confirm_text(text, &service),
            Mode::Changing { service, page } => self.change_text(text, &service, page),
            Mode::Leaving { service, from } => match (exact, step) {
                (Some(Intent::Affirm | Intent::Cancel), _) | (_, Some(Step::Save)) => self.save(&service),
                (_, Some(Step::Discard)) if self.was_asked(&Act::Discard(service.clone())) => self.discard(&service),
                (Some(Intent::Deny), _) | (_, Some(Step::Resume | Step::Back)) => self.act(Act::GoOn),
                // Whoever writes on instead goes on.
                _ => {
                    self.state.mode = *from;
                    self.hear_text(text)
                }
            },
            Mode::Consent { service } => match (exact, step) {
                (Some(Intent::Affirm), _) if !self.agrees(&words, &Act::Agree(service.clone())) => self.again(),
                (Some(Intent::Affirm), _) => self.act(Act::Agree(service)),
                (Some(Intent::Deny | Intent::Cancel), _) | (_, Some(Step::Save | Step::Back | Step::Menu)) => {
                    self.act(Act::Decline)
                }
                _ if self.is_other_wish(text) => self.general(text),
                _ => {
                    self.first_say(Text::ConsentPlease, &[]);
                    self.again()
                }
            },
            Mode::Verifying => self.verify_text(text),
            Mode::Answering { application } => match (exact, step) {
                (Some(Intent::Cancel), _) | (_, Some(Step::Back | Step::Menu | Step::Save)) => {
                    self.act(Act::DropAnswer)
                }
                (Some(Intent::Help | Intent::TalkToHuman | Intent::ChangeLanguage), _) => self.general(text),
                // Something else was said between the question and these words: they may answer that.
                _ if !self.was_asked(&Act::DropAnswer) => self.again(),
                _ => self.send_answer(&application, &Said::Text(text.to_owned())),
            },
            Mode::AnswerWhat { application, .. } => match exact {
                Some(Intent::Affirm) if !self.agrees(&words, &Act::SendAnswer(application.clone())) => self.again(),
                Some(Intent::Affirm) => self.act(Act::SendAnswer(application)),
                Some(Intent::Deny | Intent::Cancel) => self.act(Act::DropAnswer),
                _ => self.general(text),
            },
            Mode::Withdrawing { application } => match exact {
                Some(Intent::Affirm) if !self.agrees(&words, &Act::Withdraw(application.clone())) => self.again(),
                Some(Intent::Affirm) => self.act(Act::Withdraw(application)),
                Some(Intent::Deny | Intent::Cancel) => self.act(Act::KeepApplication),
                _ => self.general(text),
            },
            Mode::Clarify if self.assistant.phrases.says_none_of(&words) => self.act(Act::SomethingElse),
            Mode::Clarify if exact == Some(Intent::Affirm) => self.clarify_again(),
            Mode::Handoff if step.is_none() && !self.is_other_wish(text) && !self.asks_for_a_service(text) => {
                let body = self.label(Text::HandoffWaiting);
                self.text(&body)
            }
            _ => self.general(text),
        }
    }

    fn hear_paper(&mut self, paper: &Paper) -> Option<Reply> {
        match self.state.mode.clone() {
            Mode::Form { service, place, .. } => match &place {
                Place::Paper(_) => self.take_paper(&service, &place, paper),
                Place::Field(_) => {
                    self.first_say(Text::PaperTooEarly, &[]);
                    self.again()
                }
            },
            Mode::Leaving { from, .. } => {
                self.state.mode = *from;
                self.hear_paper(paper)
            }
            Mode::Checking { .. }
            | Mode::Confirm { .. }
            | Mode::Doubled { .. }
            | Mode::Changing { .. }
            | Mode::Pending(Pending::Submit { .. }) => {
                self.first_say(Text::PaperTooLate, &[]);
                self.again()
            }
            Mode::Consent { .. } => {
                self.first_say(Text::ConsentPlease, &[]);
                self.again()
            }
            Mode::Verifying => self.verify(VerifyWhat::Paper(paper.clone())),
            Mode::Handoff => {
                let body = self.label(Text::HandoffWaiting);
                self.buttons(
                    &body,
                    vec![
                        (Act::VerifyPaper(paper.clone()), Text::ButtonVerify),
                        (Act::Menu, Text::ButtonMenu),
                    ],
                )
            }
            Mode::Answering { application } if !self.was_asked(&Act::DropAnswer) => {
                self.ask_what(&application, Said::Paper(paper.clone()))
            }
            Mode::Answering { application } => self.send_answer(&application, &Said::Paper(paper.clone())),
            _ => match self.waiting() {
                Some(application) => self.ask_what(&application, Said::Paper(paper.clone())),
                None => self.verify(VerifyWhat::Paper(paper.clone())),
            },
        }
    }

    /// A short wish for a service, though it leaves open for which: "licence banwana hai".
    fn asks_for_a_service(&self, text: &str) -> bool {
        let meaning = self.understand(text);
        let applies = |candidate: &Candidate| candidate.intent == Intent::Apply && candidate.service.is_some();
        meaning.clarify && tokens(text).len() <= 5 && meaning.candidates.iter().all(applies)
    }

    /// A yes, word for word, to the last bubble, which offered this very act.
    pub(super) fn agrees(&self, words: &[Token], act: &Act) -> bool {
        self.was_asked(act) && self.assistant.understander.lexicon().is_plain_yes(words)
    }

    /// Did the last bubble offer this very act? Only then does a yes in words mean it.
    pub(super) fn was_asked(&self, act: &Act) -> bool {
        self.state.latest_offers().any(|offer| offer.act == *act)
    }

    /// Does the text clearly wish for something else than an answer to what was asked?
    pub(super) fn is_other_wish(&self, text: &str) -> bool {
        let meaning = self.understand(text);
        meaning.confidence >= 0.7
            && !matches!(
                meaning.intent,
                Intent::OutOfScope
                    | Intent::Inform
                    | Intent::Affirm
                    | Intent::Deny
                    | Intent::Thanks
                    | Intent::Greet
                    | Intent::Help
            )
    }

    pub(super) fn act(&mut self, act: Act) -> Option<Reply> {
        match act {
            Act::Language(language) => self.choose_language(language),
            Act::Menu => {
                self.leave_form();
                self.menu()
            }
            Act::Services { event, page } => {
                self.leave_form();
                self.services(event, page)
            }
            Act::Service(service) => {
                self.leave_form_for(&service);
                self.begin(&service)
            }
            Act::Agree(service) => {
                self.state.consent = Some(NOTICE_VERSION.to_owned());
                self.effects.push(Effect::GiveConsent {
                    notice: NOTICE_VERSION.to_owned(),
                });
                self.open_form(&service)
            }
            Act::Decline => {
                self.state.mode = Mode::Idle;
                self.state.kept_back = None;
                self.first_say(Text::ConsentDeclined, &[]);
                self.menu()
            }
            Act::Pick { service, field, option } => self.picked(&service, &field, &option),
            Act::Picked { service, field } => self.picked_all(&service, &field),
            Act::Skip { service, place } => self.skip(&service, &place),
            Act::Keep { .. } => self.go_on(),
            Act::KeepPaper { service, place, paper } => self.keep_paper(&service, &place, &paper),
            Act::Continue(service) => {
                self.leave_form_for(&service);
                self.resume(&service)
            }
            Act::StartOver(service) => {
                self.state.drafts.retain(|draft| draft.service != service);
                self.open_form(&service)
            }
            Act::Discard(service) => self.discard(&service),
            Act::Drafts => self.offer_drafts(),
            Act::Checked(service) => self.confirm_screen(&service),
            Act::Submit(service) => self.submit(&service, false),
            Act::SubmitAnyway(service) => self.submit(&service, true),
            Act::ChangeList { service, page } => self.ask_change(&service, page),
            Act::ChangeAt { service, place } => self.change(&service, &place),
            Act::Save(service) => self.save(&service),
            Act::GoOn => {
                self.state.failures = 0;
                if let Mode::Leaving { from, .. } = self.state.mode.clone() {
                    self.state.mode = *from;
                }
                self.again()
            }
            Act::Track => {
                self.leave_form();
                self.track()
            }
            Act::Application(number) => {
                self.leave_form();
                self.application(&number)
            }
            Act::Answer(number) => {
                self.leave_form();
                self.ask_answer(&number)
            }
            Act::SendAnswer(number) => match self.state.mode.clone() {
                Mode::AnswerWhat { said, .. } => self.send_answer(&number, &said),
                _ => self.again(),
            },
            Act::DropAnswer => {
                self.first_say(Text::AnswerNotSent, &[]);
                self.menu()
            }
            Act::AskWithdraw(number) => {
                self.leave_form();
                self.ask_withdraw(&number)
            }
            Act::Withdraw(number) => self.withdraw(&number),
            Act::KeepApplication => {
                self.first_say(Text::WithdrawKept, &[]);
                self.menu()
            }
            Act::Download(number) => {
                self.leave_form();
                self.download(number.as_ref())
            }
            Act::Verify => {
                self.leave_form();
                self.ask_certificate()
            }
            Act::VerifyPaper(paper) => self.verify(VerifyWhat::Paper(paper)),
            Act::Person { stuck } => self.handoff(if stuck {
                HandoffReason::Stuck
            } else {
                HandoffReason::Asked
            }),
            Act::Meant { intent, service } => {
                self.leave_form();
                let said = match self.state.kept_back.take() {
                    Some(Said::Text(text)) => text,
                    _ => String::new(),
                };
                self.wish(intent, service, &said)
            }
            Act::SomethingElse => self.menu(),
        }
    }
}

const fn no_words(said: &Said) -> Text {
    match said {
        Said::Voice => Text::Voice,
        Said::VoiceRefused => Text::VoiceRefused,
        Said::Sticker => Text::Sticker,
        Said::Location => Text::Location,
        Said::Contact => Text::Contact,
        _ => Text::Unsupported,
    }
}
