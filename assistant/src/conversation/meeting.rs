//! The first words, and the language in which one goes on.

use domain::Language;

use super::{
    Effect,
    dialogue::Dialogue,
    state::{Act, Mode},
};
use crate::{
    reply::Reply,
    said::Said,
    understand::{Intent, tokens},
    words::Text,
};

impl Dialogue<'_> {
    /// Nobody has chosen a language yet: it is asked once, in both. Whoever then writes on instead of choosing is
    /// answered in the language that they write.
    pub(super) fn first_contact(&mut self, said: &Said) -> Option<Reply> {
        if self.state.mode == Mode::Fresh {
            if let Some(language) = self.guessed_language(said) {
                self.state.language = Some(language);
                self.state.mode = Mode::Idle;
                self.effects.push(Effect::ChooseLanguage(language));
                self.first_say(Text::LanguageGuessed, &[]);
                return self.hear(said);
            }
            self.keep_back(said);
            return self.ask_language();
        }
        let chosen = match said {
            Said::Chose { id, .. } => match self.resolved(id) {
                Some(Act::Language(language)) => Some(language),
                _ => None,
            },
            Said::Text(text) => {
                let words = tokens(text);
                let meaning = self.understand(text);
                match (
                    self.assistant.understander.lexicon().number(&words),
                    meaning.slots.get("language"),
                ) {
                    (Some(1), _) => Some(Language::Hi),
                    (Some(2), _) => Some(Language::En),
                    (_, Some(code)) if code == "en" => Some(Language::En),
                    (_, Some(_)) => Some(Language::Hi),
                    _ if words.is_empty() => None,
                    _ => {
                        self.keep_back(said);
                        Some(meaning.language.answered_in())
                    }
                }
            }
            other => {
                self.keep_back(other);
                None
            }
        };
        match chosen {
            Some(language) => self.choose_language(language),
            None => self.ask_language(),
        }
    }

    /// The language of a first message that says clearly what is wanted: then it is not asked for.
    fn guessed_language(&self, said: &Said) -> Option<Language> {
        let Said::Text(text) = said else { return None };
        if tokens(text).is_empty() {
            return None;
        }
        let meaning = self.understand(text);
        let wish = !matches!(
            meaning.intent,
            Intent::Greet
                | Intent::ChangeLanguage
                | Intent::Thanks
                | Intent::Affirm
                | Intent::Deny
                | Intent::Inform
                | Intent::OutOfScope
        );
        (wish && (meaning.clarify || meaning.confidence >= 0.5)).then(|| meaning.language.answered_in())
    }

    /// Only what can be gone on with later is kept.
    fn keep_back(&mut self, said: &Said) {
        let worth = match said {
            Said::Text(text) => !matches!(
                self.understand(text).intent,
                Intent::Greet | Intent::ChangeLanguage | Intent::Thanks
            ),
            Said::Paper(_) => true,
            _ => false,
        };
        if worth {
            self.state.kept_back = Some(said.clone());
        }
    }

    pub(super) fn ask_language(&mut self) -> Option<Reply> {
        let first = self.state.language.is_none();
        if first {
            self.state.mode = Mode::Language;
        }
        let body = self.label(if first { Text::Welcome } else { Text::AskLanguage });
        self.buttons(
            &body,
            vec![
                (Act::Language(Language::Hi), Text::ButtonHindi),
                (Act::Language(Language::En), Text::ButtonEnglish),
            ],
        )
    }

    pub(super) fn choose_language(&mut self, language: Language) -> Option<Reply> {
        let first = self.state.language.is_none();
        if self.state.language != Some(language) {
            self.state.language = Some(language);
            self.effects.push(Effect::ChooseLanguage(language));
        }
        if !first {
            self.first_say(Text::LanguageSet, &[]);
            return self.again();
        }
        self.state.mode = Mode::Idle;
        match self.state.kept_back.take() {
            Some(said) => self.hear(&said),
            None => self.menu(),
        }
    }
}
