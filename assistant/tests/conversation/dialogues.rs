//! Plays every conversation of `tests/dialogues`: plain files that say what a citizen writes and where the conversation must be then.

use std::{fs, path::Path};

use assistant::{
    conversation::{ApplicationState, CertificateSummary, Effect, Standing},
    reply::{Choice, DocumentRef},
    said::{PaperProblem, Said},
};
use domain::{Bilingual, CertificateNumber, Language};
use jiff::ToSpan as _;

use crate::harness::{ASSISTANT, Person, paper};

/// One conversation under way.
struct Play {
    person: Person,
    /// Every button and row that was ever shown.
    shown: Vec<Choice>,
}

impl Play {
    fn new() -> Self {
        Self {
            person: Person::known(Language::Hi),
            shown: Vec::new(),
        }
    }

    /// Does one line of a file; `Err` says what was expected and what is there.
    fn line(&mut self, line: &str) -> Result<(), String> {
        let (key, rest) = line.split_once(':').unwrap_or((line, ""));
        let (key, rest) = (key.trim(), rest.trim());
        match key {
            "person" => self.person = person(rest)?,
            "citizen" => {
                self.person.says(rest);
            }
            "taps" => self.taps(rest)?,
            "taps again" => {
                let choice = self.shown.iter().rev().find(|choice| choice.title == rest);
                let choice = choice.ok_or_else(|| format!("no bubble ever showed {rest:?}"))?.clone();
                self.person.transcript.push_str(&format!("> [{rest}] (again)\n"));
                self.person.turn(&Said::Chose {
                    id: choice.id,
                    title: choice.title,
                });
            }
            "sends" => self.sends(rest)?,
            "days" => {
                let days: i64 = rest.parse().map_err(|_| format!("{rest:?} is no number of days"))?;
                self.person.waits_days(days);
            }
            "minutes" => {
                let minutes: i64 = rest.parse().map_err(|_| format!("{rest:?} is no number of minutes"))?;
                self.person.now = self
                    .person
                    .now
                    .checked_add(minutes.minutes())
                    .map_err(|e| e.to_string())?;
            }
            "fills in" => {
                let language = self.person.conversation.language().unwrap_or_default();
                self.person.fills_in(language);
            }
            "office" => self.office(rest)?,
            "expect" => return self.expect(rest),
            "form" => return self.form(rest),
            "not in form" => {
                let form = self.view().form;
                return match form.get(rest) {
                    Some(value) => Err(format!("{rest} is {value:?}, and should not be there")),
                    None => Ok(()),
                };
            }
            "says" => return self.says(rest, true),
            "does not say" => return self.says(rest, false),
            "offers" => {
                let titles = self.person.titles();
                return match rest
                    .split('|')
                    .map(str::trim)
                    .find(|title| !titles.iter().any(|t| t == title))
                {
                    Some(missing) => Err(format!("{missing:?} is not offered; offered: {titles:?}")),
                    None => Ok(()),
                };
            }
            "effect" => return self.effect(rest),
            "drafts" => {
                let mut kept: Vec<&str> = self.person.conversation.drafts().collect();
                let mut wanted: Vec<&str> = rest.split_whitespace().filter(|word| *word != "none").collect();
                kept.sort_unstable();
                wanted.sort_unstable();
                return same("drafts", &wanted.join(" "), &kept.join(" "));
            }
            other => return Err(format!("nobody knows the line {other:?}")),
        }
        self.shown.extend(self.person.choices());
        Ok(())
    }

    fn view(&self) -> assistant::conversation::StateView {
        self.person.conversation.view(ASSISTANT.catalogue())
    }

    fn taps(&mut self, title: &str) -> Result<(), String> {
        let titles = self.person.titles();
        if !titles.iter().any(|t| t == title) {
            return Err(format!("{title:?} is not there to be tapped; there is {titles:?}"));
        }
        self.person.taps(title);
        Ok(())
    }

    fn sends(&mut self, what: &str) -> Result<(), String> {
        let said = match what {
            "a photo" => paper("image/jpeg"),
            "a pdf" => paper("application/pdf"),
            "a video" => paper("video/mp4"),
            "a blurred photo" => Said::PaperRefused(PaperProblem::Unreadable),
            "a large photo" => Said::PaperRefused(PaperProblem::TooLarge),
            "a voice note" => Said::Voice,
            "a sticker" => Said::Sticker,
            "a location" => Said::Location,
            "a contact" => Said::Contact,
            "a reaction" => Said::Reaction,
            other => return Err(format!("nobody knows how to send {other:?}")),
        };
        self.person.transcript.push_str(&format!("> ({what})\n"));
        self.person.turn(&said);
        Ok(())
    }

    /// What the office does with the application handed in last.
    fn office(&mut self, rest: &str) -> Result<(), String> {
        let (verb, words) = rest.split_once(' ').unwrap_or((rest, ""));
        let last = self.person.applications.last().ok_or("nothing has been handed in")?;
        let (number, service) = (last.number.clone(), last.service.clone());
        let state = match verb {
            "asks" => ApplicationState::Waiting {
                question: Some(words.to_owned()),
                paper: None,
            },
            "refuses" => ApplicationState::Refused {
                reason: words.to_owned(),
                words: None,
            },
            "holds" => {
                for application in &mut self.person.applications {
                    application.holder = Some(Bilingual {
                        en: words.to_owned(),
                        hi: words.to_owned(),
                    });
                }
                return Ok(());
            }
            "issues" => {
                let certificate = CertificateNumber::from_random("BC", 7).map_err(|e| e.to_string())?;
                self.person.certificates.push(CertificateSummary {
                    number: certificate.clone(),
                    service,
                    standing: Standing::Active,
                    document: DocumentRef {
                        digest: "b".repeat(64),
                        filename: "certificate.pdf".to_owned(),
                        media_type: "application/pdf".to_owned(),
                    },
                });
                ApplicationState::Issued {
                    certificate: Some(certificate),
                }
            }
            other => return Err(format!("the office cannot {other:?}")),
        };
        self.person.set(&number, state);
        Ok(())
    }

    fn expect(&self, rest: &str) -> Result<(), String> {
        let view = self.view();
        for part in rest.split_whitespace() {
            let (key, wanted) = part.split_once('=').ok_or_else(|| format!("{part:?} has no ="))?;
            let found = match key {
                "mode" => view.mode.to_owned(),
                "service" => view.service.clone().unwrap_or_else(|| "-".to_owned()),
                "awaiting" => view.awaiting.clone().unwrap_or_else(|| "-".to_owned()),
                "language" => match self.person.conversation.language() {
                    Some(Language::En) => "en".to_owned(),
                    Some(Language::Hi) => "hi".to_owned(),
                    None => "-".to_owned(),
                },
                "applications" => self.person.applications.len().to_string(),
                other => return Err(format!("nobody knows the expectation {other:?}")),
            };
            same(key, wanted, &found)?;
        }
        Ok(())
    }

    fn form(&self, rest: &str) -> Result<(), String> {
        let (field, wanted) = rest.split_once('=').ok_or_else(|| format!("{rest:?} has no ="))?;
        let form = self.view().form;
        let found = form.get(field.trim()).map_or("nothing", String::as_str);
        same(field, wanted.trim(), found)
    }

    fn says(&self, words: &str, wanted: bool) -> Result<(), String> {
        let body = self
            .person
            .last
            .as_ref()
            .map(|_| self.person.body())
            .unwrap_or_default();
        if words.is_empty() || body.contains(words) != wanted {
            let not = if wanted { "" } else { "not " };
            return Err(format!("expected {not}to be told {words:?}, was told:\n{body}"));
        }
        Ok(())
    }

    fn effect(&self, rest: &str) -> Result<(), String> {
        let done: Vec<String> = self.person.effects.iter().map(in_words).collect();
        let wanted: Vec<&str> = rest.split('|').map(str::trim).filter(|word| *word != "none").collect();
        same("effect", &wanted.join(" | "), &done.join(" | "))
    }
}

fn person(kind: &str) -> Result<Person, String> {
    match kind {
        "new" => Ok(Person::new()),
        "known, Hindi" => Ok(Person::known(Language::Hi)),
        "known, English" => Ok(Person::known(Language::En)),
        other => Err(format!("nobody knows the person {other:?}")),
    }
}

fn in_words(effect: &Effect) -> String {
    match effect {
        Effect::ChooseLanguage(Language::En) => "English".to_owned(),
        Effect::ChooseLanguage(Language::Hi) => "Hindi".to_owned(),
        Effect::GiveConsent { .. } => "consent".to_owned(),
        Effect::Submit { form } => format!("submit {}", form.service().code),
        Effect::Answer { .. } => "answer".to_owned(),
        Effect::Withdraw { .. } => "withdraw".to_owned(),
        Effect::SendCertificate { .. } => "send certificate".to_owned(),
        Effect::Verify(_) => "verify".to_owned(),
        Effect::Handoff { reason } => format!("handoff {reason:?}"),
    }
}

fn same(what: &str, wanted: &str, found: &str) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!("{what}: expected {wanted}, found {found}"))
}

/// Plays one file.
fn play(text: &str) -> Result<(), String> {
    let mut play = Play::new();
    for (n, line) in text.lines().enumerate().skip(1) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play.line(line)))
            .unwrap_or_else(|_| Err("the line panicked".to_owned()));
        if let Err(problem) = done {
            let view = play.view();
            return Err(format!(
                "line {}: {line}\n  {problem}\n  now: mode={} service={} awaiting={} form={:?}\n  so far:\n{}",
                n + 1,
                view.mode,
                view.service.as_deref().unwrap_or("-"),
                view.awaiting.as_deref().unwrap_or("-"),
                view.form,
                play.person.transcript
            ));
        }
    }
    Ok(())
}

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "dialogue"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_dialogue_ends_as_it_says() {
    let files = files();
    assert!(files.len() >= 60, "{} dialogues", files.len());
    let mut titles: Vec<&str> = files.iter().filter_map(|(_, text)| text.lines().next()).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), files.len(), "two dialogues have one title");
    let mut failed = Vec::new();
    for (name, text) in &files {
        let expects = text.lines().filter(|line| line.starts_with("expect:")).count();
        if expects == 0 {
            failed.push(format!("{name}: expects nothing"));
        } else if let Err(problem) = play(text) {
            failed.push(format!("== {name}, {problem}"));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        files.len(),
        failed.join("\n")
    );
}

#[test]
fn what_the_runner_does_not_know_fails() {
    for (wrong, words) in [
        ("expect: mood=form", "nobody knows the expectation \"mood\""),
        ("expect: mode", "has no ="),
        ("expect: mode=form", "mode: expected form, found idle"),
        ("hopes: all is well", "nobody knows the line"),
        ("sends: a parcel", "nobody knows how to send"),
        ("taps: Nothing", "is not there to be tapped"),
        ("taps again: Nothing", "no bubble ever showed"),
        ("office: sleeps", "nothing has been handed in"),
        ("form: child_name=X", "child_name: expected X, found nothing"),
        ("says: nothing", "expected to be told"),
        ("offers: Gold", "is not offered"),
        (
            "effect: submit birth_certificate",
            "effect: expected submit birth_certificate, found",
        ),
        ("drafts: birth_certificate", "drafts: expected birth_certificate, found"),
        ("person: a ghost", "nobody knows the person"),
        ("days: soon", "no number of days"),
    ] {
        let told = play(&format!("title\n{wrong}\n")).unwrap_err();
        assert!(told.contains(words), "{wrong}: {told}");
    }
}
