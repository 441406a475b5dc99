//! What the office has, wants and has issued: my applications, answers, withdrawals, downloads, a person.

use domain::{ApplicationNumber, CertificateNumber, Paper as NamedPaper};

use super::{
    ApplicationState, ApplicationSummary, Effect, HandoffReason, Standing,
    dialogue::{Dialogue, Row},
    state::{Act, Mode, Pending},
};
use crate::{
    reply::Reply,
    said::Said,
    words::{Text, shortened},
};

/// Longest answer to the office in characters, as the rules have it.
const ANSWER_MAX: usize = 600;
/// So much of an officer's or a citizen's words is repeated in a bubble.
const REPEATED_MAX: usize = 650;

impl Dialogue<'_> {
    fn find(&self, number: &ApplicationNumber) -> Option<&ApplicationSummary> {
        self.facts
            .applications
            .iter()
            .find(|application| application.number == *number)
    }

    /// Newest first.
    fn newest(&self) -> Vec<&ApplicationSummary> {
        let mut all: Vec<&ApplicationSummary> = self.facts.applications.iter().collect();
        all.sort_by(|a, b| (b.submitted_on, &b.number).cmp(&(a.submitted_on, &a.number)));
        all
    }

    /// The one application about which the office has asked; none when there are several.
    pub(super) fn waiting(&self) -> Option<ApplicationNumber> {
        let mut waiting = self
            .facts
            .applications
            .iter()
            .filter(|application| matches!(application.state, ApplicationState::Waiting { .. }));
        match (waiting.next(), waiting.next()) {
            (Some(one), None) => Some(one.number.clone()),
            _ => None,
        }
    }

    pub(super) fn state_word(&self, state: &ApplicationState) -> String {
        self.label(match state {
            ApplicationState::Submitted => Text::StateSubmitted,
            ApplicationState::Waiting { .. } => Text::StateWaiting,
            ApplicationState::Approved => Text::StateApproved,
            ApplicationState::Refused { .. } => Text::StateRefused,
            ApplicationState::Withdrawn => Text::StateWithdrawn,
            ApplicationState::Unknown => Text::StateUnknown,
            ApplicationState::Issued { .. } => Text::StateIssued,
        })
    }

    fn rows(&self, which: impl Fn(&ApplicationSummary) -> bool, act: impl Fn(ApplicationNumber) -> Act) -> Vec<Row> {
        self.newest()
            .into_iter()
            .filter(|application| which(application))
            .take(super::dialogue::ROWS_MAX)
            .map(|application| {
                let line = format!("{} · {}", application.number, self.state_word(&application.state));
                (
                    act(application.number.clone()),
                    self.short_of(&application.service),
                    Some(line),
                )
            })
            .collect()
    }

    pub(super) fn track(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let rows = self.rows(|_| true, Act::Application);
        match rows.as_slice() {
            [] => {
                self.first_say(Text::TrackNone, &[]);
                self.menu()
            }
            [(Act::Application(number), ..)] => {
                let number = number.clone();
                self.application(&number)
            }
            _ => {
                let body = self.label(Text::TrackList);
                self.list(&body, Text::ButtonOpen, vec![(None, rows)])
            }
        }
    }

    /// One application: what, since when, with whom, what is missing.
    pub(super) fn application(&mut self, number: &ApplicationNumber) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let Some(found) = self.find(number).cloned() else {
            return self.not_yours(number);
        };
        let name = self.name_of(&found.service);
        let submitted = self.date(found.submitted_on);
        let number_text = number.to_string();
        let mut lines = vec![self.say(
            Text::TrackHead,
            &[("service", &name), ("number", &number_text), ("date", &submitted)],
        )];
        let mut buttons: Vec<(Act, Text)> = Vec::new();
        match &found.state {
            ApplicationState::Submitted => {
                let mut stage = self.pick(&found.stage).to_owned();
                if let Some(since) = found.since {
                    let date = self.date(since);
                    stage = format!("{stage} {}", self.say(Text::Since, &[("date", &date)]));
                }
                lines.push(stage);
                if let Some(holder) = &found.holder {
                    lines.push(self.say(Text::With, &[("holder", self.pick(holder))]));
                }
                lines.extend(self.due_line(&found));
                buttons.push((Act::AskWithdraw(number.clone()), Text::ButtonWithdraw));
            }
            ApplicationState::Waiting { .. } => {
                lines.push(self.question(&found));
                lines.extend(self.due_line(&found));
                buttons.push((Act::Answer(number.clone()), Text::ButtonAnswer));
                buttons.push((Act::AskWithdraw(number.clone()), Text::ButtonWithdraw));
            }
            ApplicationState::Approved => lines.push(self.label(Text::ApprovedSoon)),
            ApplicationState::Refused { reason, words } => {
                let known = self.service(&found.service).and_then(|service| service.refusal(reason));
                let mut why = known.map_or(String::new(), |reason| self.pick(&reason.text).to_owned());
                if let Some(words) = words {
                    why = format!("{why}\n{}", shortened(words, 300)).trim().to_owned();
                }
                lines.push(self.say(Text::RefusedBecause, &[("reason", &why)]));
                lines.push(self.label(Text::RefusedNext));
                buttons.push((Act::Service(found.service.clone()), Text::ButtonNew));
            }
            ApplicationState::Withdrawn => lines.push(self.label(Text::WithdrawnByYou)),
            ApplicationState::Unknown => lines.push(self.label(Text::StandsStill)),
            ApplicationState::Issued { certificate } => {
                lines.push(self.label(Text::IssuedReady));
                let ready = certificate
                    .as_ref()
                    .filter(|number| self.facts.certificates.iter().any(|c| c.number == **number));
                if let Some(number) = ready {
                    buttons.push((Act::Download(Some(number.clone())), Text::ButtonDownload));
                }
            }
        }
        buttons.push((Act::Menu, Text::ButtonMenu));
        self.buttons(&lines.join("\n"), buttons)
    }

    /// How everything stands, in a line each, for somebody who is busy with something else.
    pub(super) fn in_short(&self) -> String {
        let newest = self.newest();
        if newest.is_empty() {
            return self.label(Text::TrackNone);
        }
        let lines: Vec<String> = newest
            .into_iter()
            .take(3)
            .map(|found| {
                let word = self.state_word(&found.state);
                format!("{} · {} · {word}", self.short_of(&found.service), found.number)
            })
            .collect();
        lines.join("\n")
    }

    fn due_line(&self, application: &ApplicationSummary) -> Option<String> {
        let due = application.due?;
        let date = self.date(due);
        let text = if due < self.facts.today {
            Text::Overdue
        } else {
            Text::DueBy
        };
        Some(self.say(text, &[("date", &date)]))
    }

    fn question(&self, application: &ApplicationSummary) -> String {
        let ApplicationState::Waiting { question, paper } = &application.state else {
            return String::new();
        };
        let mut lines = Vec::new();
        match question {
            Some(question) => {
                let question = shortened(question, REPEATED_MAX);
                lines.push(self.say(Text::OfficeAsks, &[("question", &question)]));
            }
            None => lines.push(self.label(Text::OfficeWaits)),
        }
        let document = paper
            .as_ref()
            .and_then(|code| self.service(&application.service)?.document(code));
        if let Some(document) = document {
            lines.push(self.say(Text::OfficeWantsPaper, &[("label", self.pick(&document.label))]));
        }
        lines.join("\n")
    }

    pub(super) fn not_yours(&mut self, number: &ApplicationNumber) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let body = self.say(Text::NotYours, &[("number", &number.to_string())]);
        self.buttons(
            &body,
            vec![
                (Act::Track, Text::ButtonTrack),
                (Act::Person { stuck: false }, Text::ButtonPerson),
                (Act::Menu, Text::ButtonMenu),
            ],
        )
    }

    // ---- answering ----

    pub(super) fn ask_answer(&mut self, number: &ApplicationNumber) -> Option<Reply> {
        let Some(found) = self.find(number).cloned() else {
            return self.not_yours(number);
        };
        if !matches!(found.state, ApplicationState::Waiting { .. }) {
            self.first_say(Text::NothingAsked, &[]);
            return self.application(number);
        }
        self.state.mode = Mode::Answering {
            application: number.clone(),
        };
        let question = self.question(&found);
        let body = self.say(
            Text::AnswerAsk,
            &[("number", &number.to_string()), ("question", &question)],
        );
        self.buttons(&body, vec![(Act::DropAnswer, Text::ButtonNotNow)])
    }

    /// Words or a paper out of the blue, while the office waits: is it meant for the office?
    pub(super) fn ask_what(&mut self, number: &ApplicationNumber, said: Said) -> Option<Reply> {
        self.state.mode = Mode::AnswerWhat {
            application: number.clone(),
            said: said.clone(),
        };
        let number_text = number.to_string();
        if let Said::Paper(paper) = said {
            let body = self.say(Text::AnswerWhatPaper, &[("number", &number_text)]);
            return self.buttons(
                &body,
                vec![
                    (Act::SendAnswer(number.clone()), Text::ButtonAnswerOffice),
                    (Act::VerifyPaper(paper), Text::ButtonVerify),
                    (Act::Menu, Text::ButtonMenu),
                ],
            );
        }
        let text = match &said {
            Said::Text(text) => shortened(text, REPEATED_MAX),
            _ => String::new(),
        };
        let body = self.say(Text::AnswerWhatWords, &[("number", &number_text), ("text", &text)]);
        self.buttons(
            &body,
            vec![
                (Act::SendAnswer(number.clone()), Text::ButtonSend),
                (Act::DropAnswer, Text::ButtonNo),
            ],
        )
    }

    pub(super) fn send_answer(&mut self, number: &ApplicationNumber, said: &Said) -> Option<Reply> {
        let wanted = match self.find(number).map(|found| &found.state) {
            Some(ApplicationState::Waiting { paper, .. }) => paper.clone(),
            Some(_) => {
                self.first_say(Text::NothingAsked, &[]);
                return self.application(number);
            }
            None => return self.not_yours(number),
        };
        let (text, papers) = match said {
            Said::Text(text) if text.chars().count() > ANSWER_MAX => {
                self.first_say(Text::RejectTooLong, &[]);
                return self.ask_answer(number);
            }
            Said::Text(text) => (Some(text.clone()), vec![]),
            Said::Paper(paper) => {
                if let Some(&finding) = paper.refused.first() {
                    return self.unusable_answer(number, finding, paper);
                }
                let named = NamedPaper {
                    document: wanted.unwrap_or_else(|| "answer".to_owned()),
                    digest: paper.digest.clone(),
                    media_type: paper.media_type.clone(),
                    bytes: paper.bytes,
                    notes: paper.notes.clone(),
                };
                (None, vec![named])
            }
            _ => return self.ask_answer(number),
        };
        self.state.unusable = None;
        self.effects.push(Effect::Answer {
            application: number.clone(),
            text,
            papers,
        });
        self.state.mode = Mode::Pending(Pending::Answer {
            application: number.clone(),
        });
        None
    }

    // ---- withdrawing ----

    pub(super) fn which_withdraw(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let rows = self.rows(|application| application.state.is_open(), Act::AskWithdraw);
        match rows.as_slice() {
            [] => {
                self.first_say(Text::WithdrawNone, &[]);
                self.menu()
            }
            [(Act::AskWithdraw(number), ..)] => {
                let number = number.clone();
                self.ask_withdraw(&number)
            }
            _ => {
                let body = self.label(Text::WithdrawWhich);
                self.list(&body, Text::ButtonChoose, vec![(None, rows)])
            }
        }
    }

    pub(super) fn ask_withdraw(&mut self, number: &ApplicationNumber) -> Option<Reply> {
        let Some(found) = self.find(number) else {
            return self.not_yours(number);
        };
        if !found.state.is_open() {
            self.first_say(Text::RejectAlreadyDecided, &[]);
            return self.application(number);
        }
        let name = self.short_of(&found.service);
        self.state.mode = Mode::Withdrawing {
            application: number.clone(),
        };
        let body = self.say(
            Text::WithdrawAsk,
            &[("number", &number.to_string()), ("service", &name)],
        );
        self.buttons(
            &body,
            vec![
                (Act::Withdraw(number.clone()), Text::ButtonWithdraw),
                (Act::KeepApplication, Text::ButtonKeepApplication),
            ],
        )
    }

    pub(super) fn withdraw(&mut self, number: &ApplicationNumber) -> Option<Reply> {
        if !self.find(number).is_some_and(|found| found.state.is_open()) {
            return self.ask_withdraw(number);
        }
        self.effects.push(Effect::Withdraw {
            application: number.clone(),
        });
        self.state.mode = Mode::Pending(Pending::Withdraw {
            application: number.clone(),
        });
        None
    }

    // ---- downloading ----

    pub(super) fn download(&mut self, wanted: Option<&CertificateNumber>) -> Option<Reply> {
        self.state.mode = Mode::Idle;
        let one = match (wanted, self.facts.certificates.as_slice()) {
            (_, []) => {
                self.first_say(Text::DownloadNone, &[]);
                return self.menu();
            }
            (Some(number), all) => all.iter().find(|certificate| certificate.number == *number),
            (None, [one]) => Some(one),
            (None, _) => None,
        };
        if let Some(certificate) = one {
            let number = certificate.number.clone();
            self.effects.push(Effect::SendCertificate { number: number.clone() });
            self.state.mode = Mode::Pending(Pending::Send { certificate: number });
            return None;
        }
        let rows = self
            .facts
            .certificates
            .iter()
            .map(|certificate| {
                let standing = self.label(match certificate.standing {
                    Standing::Active => Text::StandingActive,
                    Standing::Expired => Text::StandingExpired,
                    Standing::Ended => Text::StandingEnded,
                });
                let line = format!("{} · {standing}", certificate.number);
                let act = Act::Download(Some(certificate.number.clone()));
                (act, self.short_of(&certificate.service), Some(line))
            })
            .take(super::dialogue::ROWS_MAX)
            .collect();
        let body = self.label(Text::DownloadWhich);
        self.list(&body, Text::ButtonChoose, vec![(None, rows)])
    }

    // ---- a person ----

    pub(super) fn handoff(&mut self, reason: HandoffReason) -> Option<Reply> {
        self.leave_form();
        self.state.mode = Mode::Handoff;
        self.effects.push(Effect::Handoff { reason });
        let body = self.label(match reason {
            HandoffReason::Grievance => Text::HandoffGrievance,
            HandoffReason::Erasure => Text::HandoffErase,
            HandoffReason::Asked | HandoffReason::Stuck | HandoffReason::Distress => Text::Handoff,
        });
        self.buttons(&body, vec![(Act::Menu, Text::ButtonMenu)])
    }
}
