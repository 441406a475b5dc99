//! Words typed while a form is open: an answer, several answers, a step, a question, another wish.

use domain::catalogue::{Field, FieldKind, FieldProblem, Service, Value};

use super::{
    HandoffReason,
    answer::{self, Problem},
    dialogue::Dialogue,
    particulars::Particulars,
    state::{Act, Place},
};
use crate::{
    reply::Reply,
    understand::{Intent, Step, Token, has_question_mark, tokens},
    words::Text,
};

/// From this confidence on a wish is heard even where any words could be the answer.
const SURE: f32 = 0.9;
/// From this confidence on a question is heard where a sentence cannot be the answer.
const LIKELY: f32 = 0.35;
/// So many words around a particular only carry it: "mere papa ka naam … hai ji".
const CARRIERS: usize = 6;

impl Dialogue<'_> {
    pub(super) fn form_text(&mut self, text: &str, code: &str, place: &Place, changing: bool) -> Option<Reply> {
        let Some(service) = self.service(code) else {
            return self.menu();
        };
        let words = tokens(text);
        let field = place.field(service);
        if let Some(reply) = self.form_step(&words, code, place, changing) {
            return reply;
        }
        if let Some(reply) = self.form_remark(text, &words, service, place) {
            return reply;
        }
        if let Some(reply) = self.corrected(text, &words, service, Some(place)) {
            return reply;
        }
        let Some(field) = field else {
            // A paper is awaited.
            if self.is_other_wish(text) {
                return self.aside(text, service);
            }
            self.first_say(Text::PaperExpected, &[]);
            return self.repeat();
        };
        let answers = self
            .state
            .draft(code)
            .map(|draft| draft.answers.clone())
            .unwrap_or_default();
        let found = self.particulars(text, service, &answers, Some(field));
        if answer::is_free(&field.kind) {
            self.free_text(text, &words, service, place, field, found)
        } else {
            self.bound_text(text, service, field, found)
        }
    }

    /// A step of the conversation, or a wish in one word.
    fn form_step(&mut self, words: &[Token], code: &str, place: &Place, changing: bool) -> Option<Option<Reply>> {
        let service = self.service(code)?;
        let lexicon = self.assistant.understander.lexicon();
        let (step, exact) = (lexicon.step(words), lexicon.exact(words));
        // "Nahi hai" is an answer where yes or no is asked, and leaves out what may be left out everywhere else.
        let yes_or_no = place
            .field(service)
            .is_some_and(|field| matches!(field.kind, FieldKind::YesNo));
        match step {
            Some(Step::Skip) if !yes_or_no => return Some(self.skip(code, place)),
            Some(Step::Back) => {
                self.heard = Some(Intent::CorrectDetails);
                return Some(self.back(code, place, changing));
            }
            Some(Step::Save) => return Some(self.save(code)),
            Some(Step::Menu) => return Some(self.act(Act::Menu)),
            Some(Step::Resume) => return Some(self.ask()),
            Some(Step::Done) if self.state.draft(code).is_some_and(|draft| !draft.picked.is_empty()) => {
                if let Place::Field(field) = place {
                    return Some(self.picked_all(code, field));
                }
            }
            Some(Step::Discard) => return Some(self.ask_cancel(code)),
            _ => {}
        }
        match exact? {
            Intent::Cancel => Some(self.ask_cancel(code)),
            Intent::Help => {
                self.first_say(Text::FormHelp, &[]);
                Some(self.ask())
            }
            Intent::Greet => {
                self.first_say(Text::Hello, &[]);
                Some(self.ask())
            }
            Intent::Thanks => {
                self.first_say(Text::Welcomed, &[]);
                Some(self.ask())
            }
            Intent::TalkToHuman => Some(self.handoff(HandoffReason::Asked)),
            Intent::ChangeLanguage
            | Intent::Grievance
            | Intent::EraseMyData
            | Intent::ListServices
            | Intent::Withdraw
            | Intent::TrackStatus
            | Intent::Download
            | Intent::Verify
            | Intent::Apply
            | Intent::AskDocuments
            | Intent::AskFee
            | Intent::AskTime => {
                let text = words
                    .iter()
                    .map(|word| word.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ");
                Some(self.aside(&text, service))
            }
            _ => None,
        }
    }

    /// Something about the question instead of an answer: why, I do not know, the same as above.
    fn form_remark(&mut self, text: &str, words: &[Token], service: &Service, place: &Place) -> Option<Option<Reply>> {
        let assistant = self.assistant;
        let phrases = &assistant.phrases;
        if phrases.asks_why(words) && self.about_this_service(text, service) {
            let line = self.why(service, place);
            self.first(line);
            return Some(self.ask());
        }
        let says_an_option = place.field(service).is_some_and(|field| {
            matches!(field.kind, FieldKind::Choice { .. })
                && answer::read(field, text, &assistant.understander, phrases).is_ok()
        });
        if phrases.does_not_know(words) && !says_an_option {
            let optional = place.field(service).is_some_and(|field| field.optional)
                || place.paper(service).is_some_and(|paper| paper.optional);
            if optional {
                return Some(self.skip(&service.code, place));
            }
            self.first_say(Text::UnknownAnswer, &[]);
            return Some(self.repeat());
        }
        if let Some(field) = place.field(service)
            && phrases.says_same(words)
            && matches!(
                field.kind,
                FieldKind::Name | FieldKind::Address | FieldKind::Text { .. }
            )
        {
            let Some(value) = self.same_as_before(service, field) else {
                self.first_say(Text::WriteItOut, &[]);
                return Some(self.repeat());
            };
            let (shown, label) = (
                answer::shown(field, &value, self.language()),
                self.pick(&field.label).to_owned(),
            );
            let noted = format!("{label}: {shown}");
            self.first_say(Text::Noted, &[("noted", &noted)]);
            return Some(self.store(&service.code, &field.code, value));
        }
        None
    }

    /// "Why" asks about the question, unless it names another wish: "why is my licence late".
    fn about_this_service(&self, text: &str, service: &Service) -> bool {
        let meaning = self.understand(text);
        !matches!(meaning.intent, Intent::Grievance | Intent::TrackStatus if meaning.confidence >= 0.7)
            && meaning.service.is_none_or(|code| code == service.code)
    }

    /// What an answer is wanted for, as far as the catalogue tells.
    fn why(&self, service: &Service, place: &Place) -> String {
        let name = self.name(service);
        match place {
            Place::Paper(_) => self.say(Text::WhyPaper, &[("service", &name)]),
            Place::Field(code) => {
                let certificate = &service.certificate;
                let printed = certificate.rows.contains(code) || certificate.holder == *code;
                let text = if printed { Text::WhyPrinted } else { Text::WhyAsked };
                self.say(text, &[("service", &name)])
            }
        }
    }

    /// The last answer to a question of the same kind.
    fn same_as_before(&self, service: &Service, field: &Field) -> Option<Value> {
        // Two persons share an address; a name or a day is each one's own.
        if !matches!(field.kind, FieldKind::Address) {
            return None;
        }
        let draft = self.state.draft(&service.code)?;
        let alike = |other: &&Field| std::mem::discriminant(&other.kind) == std::mem::discriminant(&field.kind);
        service
            .fields
            .iter()
            .take_while(|other| other.code != field.code)
            .filter(alike)
            .filter_map(|other| draft.answers.get(&other.code))
            .last()
            .cloned()
    }

    /// Where any words could be the answer.
    fn free_text(
        &mut self,
        text: &str,
        words: &[Token],
        service: &Service,
        place: &Place,
        field: &Field,
        found: Particulars,
    ) -> Option<Reply> {
        let code = service.code.as_str();
        let lexicon = self.assistant.understander.lexicon();
        let exact = lexicon.exact(words);
        let none = words.len() <= 3 && self.assistant.phrases.says_nothing(words);
        if (matches!(exact, Some(Intent::Deny)) || none) && field.optional {
            return self.skip(code, place);
        }
        if matches!(exact, Some(Intent::Affirm | Intent::Deny)) {
            return self.failed(&Problem::Field(FieldProblem::Kind));
        }
        let asks = has_question_mark(text) || lexicon.asks(words);
        let is_name = matches!(field.kind, FieldKind::Name);
        // Nobody is called "birth certificate", and no name is a sentence with a wish in it.
        let no_name = is_name
            && found.own.is_none()
            && found.others.is_empty()
            && (words.len() >= 3 || self.understand(text).service.is_some());
        let question = no_name && asks && self.is_likely_question(text);
        if ((asks || no_name) && self.is_other_wish(text)) || question || self.is_sure_wish(text, field) {
            return self.aside(text, service);
        }
        if is_name {
            return self.name_text(text, service, field, found);
        }
        let carried: usize = found.others.iter().map(|(_, value)| words_of(value)).sum();
        let only_others = !found.others.is_empty()
            && words.len() <= carried + CARRIERS
            && !words.iter().any(Token::has_digit)
            && !matches!(field.kind, FieldKind::People { .. });
        if only_others && self.note(code, found.others) {
            self.heard = Some(Intent::Inform);
            return self.go_on();
        }
        match answer::read(field, text, &self.assistant.understander, &self.assistant.phrases) {
            Ok(value) => self.store(code, &field.code, value),
            Err(problem) => self.failed(&problem),
        }
    }

    /// Where only some words are an answer.
    fn bound_text(&mut self, text: &str, service: &Service, field: &Field, found: Particulars) -> Option<Reply> {
        let code = service.code.as_str();
        let today = self.facts.today;
        let read = match found.own {
            Some(value) if field.check(&value, today).is_ok() => Ok(value),
            _ => answer::read(field, text, &self.assistant.understander, &self.assistant.phrases),
        };
        match read {
            // Anything can be read as a number on a plate; what cannot be one may be another wish.
            Ok(value)
                if matches!(field.kind, FieldKind::VehicleNumber | FieldKind::LicenceNumber)
                    && field.check(&value, today).is_err()
                    && self.is_other_wish(text) =>
            {
                self.aside(text, service)
            }
            Ok(value) => {
                self.note(code, found.others);
                let value = self.with_picked(code, value);
                self.store(code, &field.code, value)
            }
            Err(_) if self.is_other_wish(text) && !self.wishes_for_this(text, service) => self.aside(text, service),
            Err(problem) => {
                if self.note(code, found.others) {
                    self.heard = Some(Intent::Inform);
                    return self.go_on();
                }
                self.failed(&problem)
            }
        }
    }

    /// What was tapped before counts along with what is typed.
    fn with_picked(&self, code: &str, value: Value) -> Value {
        let (Value::Choices(typed), Some(draft)) = (&value, self.state.draft(code)) else {
            return value;
        };
        let mut all = draft.picked.clone();
        all.extend(typed.iter().filter(|option| !draft.picked.contains(option)).cloned());
        Value::Choices(all)
    }

    /// The form itself is wished for: that answers nothing.
    fn wishes_for_this(&self, text: &str, service: &Service) -> bool {
        let meaning = self.understand(text);
        meaning.intent == Intent::Apply && meaning.service.is_none_or(|code| code == service.code)
    }

    /// A question where a name is asked: nobody is called so, and little is needed to hear it.
    fn is_likely_question(&self, text: &str) -> bool {
        let meaning = self.understand(text);
        meaning.confidence >= LIKELY
            && matches!(
                meaning.intent,
                Intent::TrackStatus | Intent::AskFee | Intent::AskTime | Intent::AskDocuments | Intent::AskEligibility
            )
    }

    /// Surely a wish, though it stands where any words could be the answer.
    fn is_sure_wish(&self, text: &str, field: &Field) -> bool {
        let meaning = self.understand_answer(text, field);
        meaning.confidence >= SURE
            && !text.chars().any(char::is_numeric)
            && matches!(
                meaning.intent,
                Intent::TalkToHuman
                    | Intent::ChangeLanguage
                    | Intent::EraseMyData
                    | Intent::Cancel
                    | Intent::Withdraw
                    | Intent::TrackStatus
                    | Intent::Download
                    | Intent::ListServices
                    | Intent::AskFee
                    | Intent::AskTime
                    | Intent::AskDocuments
                    | Intent::AskEligibility
                    | Intent::Grievance
            )
    }

    /// Something else in the middle of a form. A question about this service, or about the own applications, is answered
    /// and the form's question repeated in the same bubble; another wish leads out, and the form is kept.
    pub(super) fn aside(&mut self, text: &str, service: &Service) -> Option<Reply> {
        let meaning = self.understand(text);
        let here = meaning.service.as_deref().is_none_or(|code| code == service.code);
        if here && let Some(answer) = self.about(meaning.intent, service) {
            self.first(answer);
            return self.again();
        }
        match meaning.intent {
            // The form itself is what is being applied for.
            Intent::Apply if here => self.again(),
            Intent::Cancel if here => self.ask_cancel(&service.code),
            Intent::TrackStatus if crate::understand::application(text).is_none() => {
                let line = self.in_short();
                self.first(line);
                self.again()
            }
            Intent::ChangeLanguage | Intent::CorrectDetails | Intent::Help => self.general(text),
            _ => {
                self.leave_form();
                self.general(text)
            }
        }
    }
}

/// How many words a particular was in the message, at most.
fn words_of(value: &Value) -> usize {
    match value {
        Value::Name(name) => name.any().split_whitespace().count(),
        Value::Text(text) => text.split_whitespace().count(),
        Value::Date(_) => 3,
        _ => 2,
    }
}
