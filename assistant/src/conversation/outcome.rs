//! The words after an effect.

use super::{
    Outcome, Standing,
    dialogue::Dialogue,
    state::{Act, Mode, Pending},
};
use crate::{
    reply::Reply,
    words::{self, Text},
};

impl Dialogue<'_> {
    pub(super) fn tell(&mut self, outcome: &Outcome) -> Option<Reply> {
        let pending = match std::mem::take(&mut self.state.mode) {
            Mode::Pending(pending) => Some(pending),
            _ => None,
        };
        self.state.mode = Mode::Idle;
        match outcome {
            Outcome::Submitted { number, due } => {
                let service = match &pending {
                    Some(Pending::Submit { service }) => service.clone(),
                    _ => String::new(),
                };
                self.state.drafts.retain(|draft| draft.service != service);
                let name = self.name_of(&service);
                let due = match due {
                    Some(date) => self.say(Text::ReceiptDue, &[("date", &self.date(*date))]),
                    None => self.label(Text::ReceiptNoDue),
                };
                let body = self.say(
                    Text::Receipt,
                    &[("service", &name), ("number", &number.to_string()), ("due", &due)],
                );
                self.buttons(
                    &body,
                    vec![(Act::Track, Text::ButtonTrack), (Act::Menu, Text::ButtonMenu)],
                )
            }
            Outcome::Verified(summary) => self.verdict(summary),
            Outcome::Sent => self.sent(pending),
            Outcome::Rejected { code } => {
                let line = words::rejection(code, self.language()).to_owned();
                self.first(line);
                self.back_to(pending)
            }
            Outcome::Failed => {
                if let Some(Pending::Submit { service }) = pending {
                    self.first_say(Text::SubmitFailed, &[]);
                    return self.confirm_screen(&service);
                }
                self.first_say(Text::Failed, &[]);
                self.back_to(pending)
            }
        }
    }

    fn sent(&mut self, pending: Option<Pending>) -> Option<Reply> {
        match pending {
            Some(Pending::Answer { .. }) => {
                let body = self.label(Text::AnswerSent);
                self.buttons(
                    &body,
                    vec![(Act::Track, Text::ButtonTrack), (Act::Menu, Text::ButtonMenu)],
                )
            }
            Some(Pending::Withdraw { application }) => {
                let body = self.say(Text::WithdrawDone, &[("number", &application.to_string())]);
                self.buttons(&body, vec![(Act::Menu, Text::ButtonMenu)])
            }
            Some(Pending::Send { certificate }) => {
                let found = self.facts.certificates.iter().find(|c| c.number == certificate);
                let Some(found) = found else {
                    self.first_say(Text::Failed, &[]);
                    return self.menu();
                };
                let name = self.name_of(&found.service);
                let text = if found.standing == Standing::Active {
                    Text::Caption
                } else {
                    Text::CaptionNotValid
                };
                Some(Reply::Document {
                    caption: self.say(text, &[("service", &name), ("number", &certificate.to_string())]),
                    document: found.document.clone(),
                })
            }
            Some(Pending::Submit { service }) => self.confirm_screen(&service),
            Some(Pending::Verify) | None => self.menu(),
        }
    }

    /// Where one was before the effect, as far as there is something to go back to.
    fn back_to(&mut self, pending: Option<Pending>) -> Option<Reply> {
        match pending {
            Some(Pending::Submit { service }) => self.confirm_screen(&service),
            Some(Pending::Answer { application } | Pending::Withdraw { application }) => {
                let known = self.facts.applications.iter().any(|a| a.number == application);
                if known {
                    self.application(&application)
                } else {
                    self.menu()
                }
            }
            Some(Pending::Send { .. } | Pending::Verify) | None => self.menu(),
        }
    }
}
