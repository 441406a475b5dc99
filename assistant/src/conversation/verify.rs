//! Checking a certificate for anybody who asks.

use super::{
    Effect, VerdictSummary, VerifyWhat,
    dialogue::Dialogue,
    state::{Act, Mode, Pending},
};
use crate::{
    reply::Reply,
    understand::{self, Certificate, Intent, Step, tokens},
    words::{self, Text, fill, shortened},
};

impl Dialogue<'_> {
    pub(super) fn ask_certificate(&mut self) -> Option<Reply> {
        self.state.mode = Mode::Verifying;
        let body = self.label(Text::VerifyAsk);
        self.buttons(&body, vec![(Act::Menu, Text::ButtonMenu)])
    }

    pub(super) fn verify(&mut self, what: VerifyWhat) -> Option<Reply> {
        self.leave_form();
        self.effects.push(Effect::Verify(what));
        self.state.mode = Mode::Pending(Pending::Verify);
        None
    }

    /// A number or a code's text that is to be checked, if there is one in the message.
    pub(super) fn verify_found(&mut self, text: &str) -> Option<Option<Reply>> {
        if let Some(token) = understand::token(text) {
            return Some(self.verify(VerifyWhat::Text(token)));
        }
        match understand::certificate(text)? {
            Certificate::Number(number) => Some(self.verify(VerifyWhat::Number(number))),
            Certificate::Mistyped(number) => {
                self.leave_form();
                self.state.mode = Mode::Verifying;
                let summary = VerdictSummary {
                    verdict: "mistyped".to_owned(),
                    number: Some(number),
                    ..VerdictSummary::default()
                };
                Some(self.verdict(&summary))
            }
        }
    }

    pub(super) fn verify_text(&mut self, text: &str) -> Option<Reply> {
        if let Some(reply) = self.verify_found(text) {
            return reply;
        }
        let words = tokens(text);
        let lexicon = self.assistant.understander.lexicon();
        let leaves = matches!(lexicon.step(&words), Some(Step::Back | Step::Menu | Step::Resume))
            || matches!(lexicon.exact(&words), Some(intent) if !matches!(intent, Intent::Verify | Intent::Affirm));
        if leaves || self.is_other_wish(text) {
            return self.general(text);
        }
        self.state.failures = self.state.failures.saturating_add(1);
        if self.state.failures >= 3 {
            self.state.failures = 0;
            self.first_say(Text::VerifyNotThat, &[]);
            let body = self.label(Text::VerifyAsk);
            return self.buttons(
                &body,
                vec![
                    (Act::Person { stuck: true }, Text::ButtonPerson),
                    (Act::Menu, Text::ButtonMenu),
                ],
            );
        }
        self.first_say(Text::VerifyNotThat, &[]);
        self.ask_certificate()
    }

    /// A verdict in words. What a forger may have written is not repeated: only a genuine certificate shows its fields.
    pub(super) fn verdict(&mut self, summary: &VerdictSummary) -> Option<Reply> {
        let language = self.language();
        // A code that this table does not know is told as what it is: we cannot say.
        let Some(said) = words::verdict(&summary.verdict, language).or_else(|| words::verdict("unknown", language))
        else {
            return self.menu();
        };
        let date = |date: Option<jiff::civil::Date>| date.map_or_else(|| "-".to_owned(), |date| self.date(date));
        let (since, until) = (date(summary.since), date(summary.until));
        let newer = summary.replaced_by.clone().unwrap_or_else(|| "-".to_owned());
        let values = [
            ("date", since.as_str()),
            ("until", until.as_str()),
            ("number", newer.as_str()),
        ];
        let mut lines = vec![format!("{}: {}", said.word, fill(said.reason, &values))];
        if summary.demo {
            lines.push(self.label(Text::DemoCertificate));
        }
        // The advice speaks of what stands below it.
        lines.push(String::new());
        lines.push(fill(said.advice, &values));
        let shows_fields = matches!(
            summary.verdict.as_str(),
            "valid" | "expired" | "suspended" | "revoked" | "superseded" | "unknown"
        );
        if shows_fields {
            lines.push(String::new());
            if let Some(service) = &summary.service {
                lines.push(self.name_of(service));
            }
            if let Some(number) = &summary.number {
                lines.push(self.say(Text::FieldNumber, &[("value", number)]));
            }
            if let Some(name) = &summary.name {
                let name = shortened(name, 200);
                lines.push(self.say(Text::FieldName, &[("value", &name)]));
            }
            if let Some(issued) = summary.issued_on {
                lines.push(self.say(Text::FieldIssued, &[("value", &self.date(issued))]));
                lines.push(match summary.expires_on {
                    Some(last) => self.say(Text::FieldUntil, &[("value", &self.date(last))]),
                    None => self.label(Text::FieldNoEnd),
                });
            }
        } else if matches!(summary.verdict.as_str(), "mistyped" | "not_found")
            && let Some(number) = &summary.number
        {
            lines.push(self.say(Text::FieldNumber, &[("value", number)]));
        }
        if let Some(url) = &summary.url {
            let url = shortened(url, 300);
            lines.push(self.say(Text::MoreAt, &[("url", &url)]));
        }
        self.buttons(
            &lines.join("\n"),
            vec![(Act::Verify, Text::ButtonVerifyAnother), (Act::Menu, Text::ButtonMenu)],
        )
    }
}
