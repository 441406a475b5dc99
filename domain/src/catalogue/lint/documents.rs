//! The papers: their texts, their conditions, and the bubble in which they are asked for.

use super::{BUBBLE, LABEL, Report, words::units};
use crate::{
    Language,
    catalogue::{Catalogue, Service},
};

/// What stands around a paper's label, the papers that do and its help in one bubble: its place among the questions, "please send", "any one of", how to
/// send it. A test of the assistant holds that its words need no more.
pub(super) const FRAME: usize = 90;

impl Report<'_> {
    pub(super) fn documents(&mut self, service: &Service, catalogue: &Catalogue) {
        self.codes(
            "document",
            service.documents.iter().map(|document| document.code.as_str()),
        );
        for document in &service.documents {
            let place = format!("document {}", document.code);
            self.text(&place, &document.label, LABEL);
            self.text(&format!("{place}, help"), &document.help, BUBBLE - LABEL);
            if let Some(condition) = &document.only_if {
                self.condition(&place, condition, &service.fields);
            }
            self.codes(&format!("{place}: paper"), document.accepts.iter().map(String::as_str));
            for code in &document.accepts {
                self.unless(catalogue.paper(code).is_some(), "reference", || {
                    format!("{place}: no paper {code} in domain/papers.toml")
                });
            }
            let Some(accepted) = catalogue.accepted(document) else {
                continue;
            };
            for language in [Language::En, Language::Hi] {
                let length = FRAME
                    + [&document.label, &accepted, &document.help]
                        .map(|text| units(text.get(language)))
                        .iter()
                        .sum::<usize>();
                self.unless(length <= BUBBLE, "length", || {
                    format!("{place}.{}: its bubble has {length} of {BUBBLE}", language.code())
                });
            }
        }
    }
}
