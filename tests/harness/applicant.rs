//! A citizen who applies: reads which question a bubble asks and answers that one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use domain::Language;
use domain::catalogue::{Catalogue, Document, Field, FieldKind, Service, Shows};

use crate::citizen::{Bubble, Citizen};
use crate::paper::{paper, portrait};

/// So often one question may come again (an answer with several choices takes a tap for each) before it is called a circle.
const ASKED_MAX: usize = 8;

/// What one chats on: the phone behind the control interface, or the same phone on the simulator's page.
#[expect(async_fn_in_trait, reason = "tests wait for it where they call it")]
pub trait Phone {
    /// Sends a text and waits for the answer.
    async fn says(&mut self, text: &str) -> Result<Bubble>;
    /// Taps the one choice of the newest bubble with this title, and waits for the answer.
    async fn taps(&mut self, title: &str) -> Result<Bubble>;
    /// Sends a file and waits for the answer.
    async fn uploads(&mut self, bytes: Vec<u8>, filename: &str, media_type: &str) -> Result<Bubble>;
    /// The newest bubble that was seen.
    fn last(&self) -> Result<&Bubble>;
}

impl Phone for Citizen {
    async fn says(&mut self, text: &str) -> Result<Bubble> {
        Self::says(self, text).await
    }
    async fn taps(&mut self, title: &str) -> Result<Bubble> {
        Self::taps(self, title).await
    }
    async fn uploads(&mut self, bytes: Vec<u8>, filename: &str, media_type: &str) -> Result<Bubble> {
        Self::uploads(self, bytes, filename, media_type).await
    }
    fn last(&self) -> Result<&Bubble> {
        Self::last(self)
    }
}

/// Somebody with a phone, a language and answers.
#[derive(Debug, Clone)]
pub struct Applicant<P = Citizen> {
    /// The phone.
    pub citizen: P,
    language: Language,
    answers: BTreeMap<String, String>,
    papers: u32,
}

/// What a bubble of a form asks for.
enum Asked<'s> {
    Field(&'s Field),
    Paper(&'s Document),
}

impl<P: Phone> Applicant<P> {
    /// A person who speaks `language` and answers everything as the question's own example does, until told otherwise.
    pub const fn new(citizen: P, language: Language) -> Self {
        Self {
            citizen,
            language,
            answers: BTreeMap::new(),
            papers: 0,
        }
    }

    /// Answers a field with these words; a choice by the code of its option (several with commas), yes or no by `yes` or
    /// `no`, and `skip` leaves the field or paper out.
    #[must_use]
    pub fn answers(mut self, field: &str, words: &str) -> Self {
        self.answers.insert(field.to_owned(), words.to_owned());
        self
    }

    fn says_in(&self, en: &'static str, hi: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Hi => hi,
        }
    }

    /// Says hello, and chooses the language if it is asked.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn greets(&mut self) -> Result<Bubble> {
        let hello = self.says_in("Hello", "नमस्ते");
        let bubble = self.citizen.says(hello).await?;
        if bubble.choices().iter().any(|(_, title)| title == "English") {
            return self.citizen.taps(self.says_in("English", "हिन्दी")).await;
        }
        Ok(bubble)
    }

    /// Writes the name of a service, and agrees to the notice if it comes. The first question is the answer.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn chooses(&mut self, service: &Service) -> Result<Bubble> {
        let bubble = self.citizen.says(service.name.get(self.language)).await?;
        let agree = self.says_in("I agree", "मैं सहमत हूँ");
        if bubble.choices().iter().any(|(_, title)| title == agree) {
            return self.citizen.taps(agree).await;
        }
        Ok(bubble)
    }

    /// Answers question after question until something else comes: the confirm screen.
    ///
    /// # Errors
    /// When a question comes again and again, or none that the service asks.
    pub async fn fills_in(&mut self, service: &Service) -> Result<Bubble> {
        self.fills_in_until(service, "").await
    }

    /// As [`Applicant::fills_in`], up to the question after the field or paper with this code.
    ///
    /// # Errors
    /// As [`Applicant::fills_in`].
    pub async fn fills_in_until(&mut self, service: &Service, last: &str) -> Result<Bubble> {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            let bubble = self.citizen.last()?.clone();
            let what = match self.question(service, &bubble) {
                Some(what) => what,
                None if asked.is_empty() => bail!("no question of {} came, but: {}", service.code, bubble.text()),
                None => return Ok(bubble),
            };
            let code = match &what {
                Asked::Field(field) => &field.code,
                Asked::Paper(paper) => &paper.code,
            };
            if !last.is_empty() && asked.contains_key(last) && code != last {
                return Ok(bubble);
            }
            let times = asked.entry(code.clone()).or_default();
            *times += 1;
            ensure!(
                *times <= ASKED_MAX,
                "{code} is asked again and again, now with: {}",
                bubble.text()
            );
            let times = *times;
            match what {
                Asked::Field(field) => self.answer(field, times).await?,
                Asked::Paper(document) => self.send(document).await?,
            };
        }
    }

    fn question<'s>(&self, service: &'s Service, bubble: &Bubble) -> Option<Asked<'s>> {
        let text = bubble.text();
        let numbered = text
            .lines()
            .any(|line| line.starts_with('(') && line.split(')').next().is_some_and(|n| n.contains('/')));
        if !numbered {
            return None;
        }
        let field = service
            .fields
            .iter()
            .find(|field| text.contains(field.ask.get(self.language)));
        let paper = service.documents.iter().find(|paper| {
            text.contains(paper.label.get(self.language)) && text.contains(paper.help.get(self.language))
        });
        field.map(Asked::Field).or(paper.map(Asked::Paper))
    }

    async fn answer(&mut self, field: &Field, times: usize) -> Result<Bubble> {
        let given = self.answers.get(&field.code).cloned();
        let (yes, no) = (self.says_in("Yes", "हाँ"), self.says_in("No", "नहीं"));
        match (&field.kind, given.as_deref()) {
            (_, Some("skip")) => self.skips().await,
            (FieldKind::YesNo, given) => self.citizen.taps(if given == Some("no") { no } else { yes }).await,
            (FieldKind::Choice { options }, given) => {
                let chosen = options
                    .iter()
                    .find(|option| given.is_none_or(|given| given == option.code));
                let chosen = chosen.with_context(|| format!("{} has no option {given:?}", field.code))?;
                self.citizen.taps(chosen.label.get(self.language)).await
            }
            (FieldKind::Choices { options }, given) => {
                let wanted: Vec<&str> = match given {
                    Some(given) => given.split(',').collect(),
                    None => options.first().map(|option| option.code.as_str()).into_iter().collect(),
                };
                let Some(next) = wanted.get(times - 1) else {
                    return self.citizen.taps(self.says_in("Done", "बस इतना")).await;
                };
                let next = options
                    .iter()
                    .find(|option| option.code == *next)
                    .with_context(|| format!("{} has no option {next}", field.code))?;
                self.citizen.taps(next.label.get(self.language)).await
            }
            (_, Some(words)) => self.citizen.says(words).await,
            (_, None) if field.optional => self.skips().await,
            (_, None) => self.citizen.says(field.example.get(self.language)).await,
        }
        .with_context(|| format!("answer to {}", field.code))
    }

    async fn send(&mut self, document: &Document) -> Result<Bubble> {
        let given = self.answers.get(&document.code).map(String::as_str);
        if given == Some("skip") || (document.optional && given.is_none()) {
            return self.skips().await;
        }
        // Each paper is another one, as in life.
        self.papers += 1;
        let name = format!("{} {}", document.code, self.papers);
        let bytes = if document.shows == Shows::Portrait {
            portrait(&name)?
        } else {
            paper(&name)?
        };
        let filename = format!("{}.jpg", document.code);
        let sent = self.citizen.uploads(bytes, &filename, "image/jpeg");
        sent.await.with_context(|| format!("paper {}", document.code))
    }

    async fn skips(&mut self) -> Result<Bubble> {
        let skip = self.says_in("Skip", "छोड़ें");
        if self.citizen.last()?.choices().iter().any(|(_, title)| title == skip) {
            self.citizen.taps(skip).await
        } else {
            self.citizen.says(skip).await
        }
    }

    /// Taps "submit" on the confirm screen; answers the application's number on the receipt.
    ///
    /// # Errors
    /// When no receipt comes.
    pub async fn submits(&mut self) -> Result<String> {
        let receipt = self.citizen.taps(self.says_in("Submit", "जमा करें")).await?;
        application_number(receipt.text()).with_context(|| format!("no receipt came, but: {}", receipt.text()))
    }

    /// From hello to the receipt; answers the application's number.
    ///
    /// # Errors
    /// When any step on the way does.
    pub async fn applies(&mut self, service: &str) -> Result<String> {
        let service = self::service(service)?;
        self.greets().await?;
        self.chooses(service).await?;
        self.fills_in(service).await?;
        self.submits().await
    }
}

/// A service of the catalogue that the product carries.
///
/// # Errors
/// When it has no such service.
pub fn service(code: &str) -> Result<&'static Service> {
    Catalogue::embedded()?
        .get(code)
        .with_context(|| format!("no service {code}"))
}

/// The first application number in a text.
pub fn application_number(text: &str) -> Option<String> {
    found(text, "APP-", 15)
}

/// The first certificate number in a text.
pub fn certificate_number(text: &str) -> Option<String> {
    found(text, "DL", 19)
}

fn found(text: &str, begins: &str, at_least: usize) -> Option<String> {
    let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words
        .find(|word| word.starts_with(begins) && word.len() >= at_least && word.contains('-'))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{application_number, certificate_number};

    #[test]
    fn numbers_are_found_in_sentences() {
        assert_eq!(
            application_number("नंबर: APP-2026-000123\nआगे").as_deref(),
            Some("APP-2026-000123")
        );
        assert_eq!(
            certificate_number("Number: DLBC-7K3M-9Q2X-H4TW.").as_deref(),
            Some("DLBC-7K3M-9Q2X-H4TW")
        );
        assert_eq!(certificate_number("DLBC is short"), None);
    }
}
