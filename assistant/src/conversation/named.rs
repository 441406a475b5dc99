//! Names as people give them: bare, with a label, in a sentence, with other answers behind.

use domain::catalogue::{Field, FieldProblem, Service, Value};

use super::{
    answer::{self, Problem},
    dialogue::Dialogue,
    particulars::Particulars,
};
use crate::{
    reply::Reply,
    understand::{Intent, Token, tokens},
};

/// Within so many words "… ka naam" stands before a name.
const LABEL_WORDS: usize = 4;

impl Dialogue<'_> {
    /// Words where a name is asked.
    pub(super) fn name_text(
        &mut self,
        text: &str,
        service: &Service,
        field: &Field,
        found: Particulars,
    ) -> Option<Reply> {
        let code = service.code.as_str();
        let (assistant, today) = (self.assistant, self.facts.today);
        let read = |text: &str| {
            let value = answer::read(field, text, &assistant.understander, &assistant.phrases)?;
            field.check(&value, today).map_err(Problem::Field)?;
            Ok(value)
        };
        let whole = read(&self.after_the_label(text));
        // One that is written in both scripts, or bare, is taken as it stands; from a sentence the name alone.
        let longer = match (&whole, &found.own) {
            (Ok(whole), Some(own)) => self.is_longer(whole, own),
            _ => false,
        };
        let bare = longer
            || matches!(&whole, Ok(Value::Name(name)) if name.en.is_some() && name.hi.is_some())
            || (whole.as_ref().is_ok_and(|whole| !self.is_sentence(whole))
                && found.others.is_empty()
                && found.own.is_none());
        let own = if bare {
            whole
        } else if let Some(own) = found.own {
            Ok(own)
        } else if found.others.is_empty() {
            match whole {
                Ok(value) if !self.is_sentence(&value) => Ok(value),
                Ok(_) => Err(Problem::Field(FieldProblem::Kind)),
                Err(problem) => Err(problem),
            }
        } else {
            // "Aarav Sharma, boy, 3 March 2024": what stands before the first comma.
            text.split([',', ';', '\n'])
                .next()
                .filter(|first| first.len() < text.len() && !assistant.phrases.is_sentence(&tokens(first)))
                .map_or(Err(Problem::Field(FieldProblem::Kind)), read)
        };
        match own {
            Ok(value) => {
                self.note(code, found.others);
                self.store(code, &field.code, value)
            }
            Err(problem) => {
                if self.note(code, found.others) {
                    self.heard = Some(Intent::Inform);
                    return self.go_on();
                }
                self.failed(&problem)
            }
        }
    }

    fn is_sentence(&self, name: &Value) -> bool {
        matches!(name, Value::Name(name) if self.assistant.phrases.is_sentence(&tokens(name.any())))
    }

    /// What follows "pitaji ka naam": the label of a name is not part of it.
    fn after_the_label(&self, text: &str) -> String {
        let phrases = &self.assistant.phrases;
        let written: Vec<&str> = text.split_whitespace().collect();
        let heads: Vec<Token> = tokens("name naam");
        let is_label = |word: &str| {
            tokens(word)
                .first()
                .is_some_and(|word| heads.iter().any(|head| phrases.alike(word, head)))
        };
        let Some(at) = written.iter().take(LABEL_WORDS).position(|word| is_label(word)) else {
            return text.to_owned();
        };
        let little = |word: &&&str| {
            tokens(word)
                .first()
                .is_none_or(|word| phrases.is_little(word) || self.assistant.understander.lexicon().is_polite(word))
        };
        let rest: Vec<&str> = written.iter().skip(at + 1).skip_while(little).copied().collect();
        let end = rest.len() - rest.iter().rev().take_while(little).count();
        match rest.get(..end) {
            Some(name) if !name.is_empty() => name.join(" "),
            _ => text.to_owned(),
        }
    }

    /// The same name with a word or two more behind it: "Anita Roy", of which only "Anita" was told to be one.
    fn is_longer(&self, whole: &Value, own: &Value) -> bool {
        let (Value::Name(whole), Value::Name(own)) = (whole, own) else {
            return false;
        };
        let (whole, own) = (tokens(whole.any()), tokens(own.any()));
        whole.starts_with(&own)
            && (1..=2).contains(&(whole.len() - own.len()))
            && whole.iter().skip(own.len()).all(|word| {
                !self.assistant.phrases.is_little(word) && !self.assistant.understander.lexicon().is_polite(word)
            })
    }
}
