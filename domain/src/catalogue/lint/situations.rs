//! How people tell what has happened: enough of it, each once, and never with the name of the service, which would teach nothing.

use super::{BUBBLE, Report, words};
use crate::catalogue::Service;

/// So many sentences in each of the three ways of writing.
const SITUATIONS: std::ops::RangeInclusive<usize> = 5..=12;

/// Words apart by single spaces, in lower case, with a space at both ends: so that a whole word is found as ` word `.
fn spaced(text: &str) -> String {
    let apart = |c: char| {
        c.is_whitespace() || (c.is_ascii_punctuation() && c != '\'') || matches!(c, '।' | '–' | '—' | '’' | '“' | '”')
    };
    let words: Vec<String> = text
        .split(apart)
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    format!(" {} ", words.join(" "))
}

impl Report<'_> {
    pub(super) fn situations(&mut self, service: &Service) {
        let aliases = &service.aliases;
        let names: Vec<&String> = [&aliases.en, &aliases.hi, &aliases.hinglish]
            .into_iter()
            .flatten()
            .collect();
        let told = &service.situations;
        for (what, list, devanagari) in [
            ("situations.en", &told.en, false),
            ("situations.hi", &told.hi, true),
            ("situations.hinglish", &told.hinglish, false),
        ] {
            self.unless(SITUATIONS.contains(&list.len()), "count", || {
                format!(
                    "{what}: {}; there are {} to {}",
                    list.len(),
                    SITUATIONS.start(),
                    SITUATIONS.end()
                )
            });
            for twice in words::repeated(&list.iter().map(String::as_str).collect::<Vec<_>>()) {
                self.find("unique", format!("{what}: {twice} stands twice"));
            }
            for sentence in list {
                self.unless(words::is_tidy(sentence), "tidy", || format!("{what}: {sentence:?}"));
                self.unless(words::is_in_script(sentence, devanagari), "script", || {
                    format!("{what}: {sentence}")
                });
                self.unless(words::units(sentence) <= BUBBLE, "length", || {
                    format!("{what}: {sentence}")
                });
                let words = spaced(sentence);
                if let Some(name) = names.iter().find(|name| words.contains(&spaced(name))) {
                    self.find("situation", format!("{what}: names the service ({name}): {sentence}"));
                }
            }
        }
    }
}
