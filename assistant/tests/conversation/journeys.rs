//! From the first hello to the receipt, for every service, in both languages.

use assistant::{conversation::Effect, words::units};
use domain::Language;

use crate::harness::{ASSISTANT, Person};

#[test]
fn every_service_in_both_languages_from_hello_to_the_receipt() {
    for service in ASSISTANT.catalogue().iter() {
        for (language, button, agree, submit) in [
            (Language::En, "English", "I agree", "Submit"),
            (Language::Hi, "हिन्दी", "मैं सहमत हूँ", "जमा करें"),
        ] {
            let mut person = Person::new();
            person.says("hi");
            assert_eq!(person.titles(), ["हिन्दी", "English"]);
            person.taps(button);
            assert!(matches!(person.effects[..], [Effect::ChooseLanguage(chosen)] if chosen == language));
            person.says(service.name.get(language));
            assert_eq!(person.awaiting().as_deref(), Some("consent"), "{}", person.transcript);
            person.taps(agree);
            assert!(matches!(&person.effects[..], [Effect::GiveConsent { .. }]));
            person.fills_in(language);
            assert!(person.body().contains("1. "), "{}", person.body());
            let asked = match language {
                Language::En => "Is everything right?",
                Language::Hi => "क्या सब सही है?",
            };
            assert!(person.body().contains(asked), "cut off: {}", person.body());
            person.taps(submit);
            let form = person.submitted().unwrap_or_else(|| panic!("{}", person.transcript));
            assert_eq!(form.service().code, service.code);
            let asked = service
                .fields
                .iter()
                .filter(|field| field.applies(form.answers()))
                .count();
            assert_eq!(form.answers().len(), asked);
            let papers = service.documents.iter().filter(|paper| paper.applies(form.answers()));
            assert_eq!(form.papers().len(), papers.count());
            assert!(person.body().contains("APP-2026-000001"), "{}", person.body());
            assert_eq!(person.conversation.drafts().count(), 0);
        }
    }
}

#[test]
fn questions_keep_to_the_wished_length() {
    for service in ASSISTANT.catalogue().iter() {
        for language in [Language::En, Language::Hi] {
            let mut person = Person::known(language);
            person.says(service.name.get(language));
            // The first bubble carries the introduction as well.
            assert!(
                units(person.body()) <= 700,
                "{}: {}",
                units(person.body()),
                person.body()
            );
            for field in &service.fields {
                let question = format!("(12/12) {}\n{}", field.ask.get(language), field.example.get(language));
                assert!(units(&question) <= 600, "{question}");
            }
        }
    }
}

#[test]
fn what_is_optional_can_be_left_out() {
    for service in ASSISTANT.catalogue().iter() {
        let mut person = Person::known(Language::En);
        person.says(&service.name.en);
        while person.mode() == "form" {
            let awaiting = person.awaiting().unwrap();
            let skipped = service
                .field(&awaiting)
                .map(|f| f.optional)
                .or(service.document(&awaiting).map(|d| d.optional));
            match (skipped, service.field(&awaiting)) {
                (Some(true), _) => person.says("skip"),
                (_, Some(field)) => {
                    let answer = crate::harness::good_answer(field, Language::En);
                    person.says(&answer);
                    if person.titles().iter().any(|title| title == "Done") {
                        person.says("done");
                    }
                    &mut person
                }
                _ => person.sends("application/pdf"),
            };
            assert_ne!(
                person.awaiting().as_deref(),
                Some(awaiting.as_str()),
                "{}",
                person.transcript
            );
        }
        person.says("submit");
        let form = person.submitted().unwrap_or_else(|| panic!("{}", person.transcript));
        assert_eq!(
            form.papers().len(),
            service
                .documents
                .iter()
                .filter(|d| !d.optional && d.applies(form.answers()))
                .count()
        );
    }
}

#[test]
fn a_first_message_that_says_what_is_wanted_is_gone_on_with() {
    let mut person = Person::new();
    person.says("mujhe janam praman patra banwana hai");
    assert_eq!(person.conversation.language(), Some(Language::Hi));
    assert_eq!(person.awaiting().as_deref(), Some("consent"), "{}", person.transcript);
}

#[test]
fn whoever_writes_on_instead_of_choosing_is_answered_in_their_language() {
    let mut person = Person::new();
    person.says("hello").says("मुझे जन्म प्रमाण पत्र चाहिए");
    assert_eq!(person.conversation.language(), Some(Language::Hi));
    assert_eq!(person.awaiting().as_deref(), Some("consent"), "{}", person.transcript);
    let mut person = Person::new();
    person.says("hello").says("I want a birth certificate");
    assert_eq!(person.conversation.language(), Some(Language::En));
}

#[test]
fn without_consent_nothing_is_asked() {
    let mut person = Person::new();
    person
        .says("hi")
        .taps("English")
        .says("birth certificate")
        .taps("Not now");
    assert_eq!(person.mode(), "menu");
    assert_eq!(person.conversation.drafts().count(), 0);
    assert!(person.effects.is_empty());
    // A yes that answers nothing is no consent.
    person.says("yes");
    assert!(person.effects.is_empty(), "{:?}", person.effects);
}

#[test]
fn consent_is_asked_once() {
    let mut person = Person::known(Language::En);
    person.says("birth certificate");
    assert_eq!(person.mode(), "form");
    assert_ne!(person.awaiting().as_deref(), Some("consent"));
}

#[test]
fn a_name_of_several_services_is_asked_back() {
    let mut person = Person::known(Language::En);
    person.says("jati praman patra banwana hai");
    assert_eq!(person.mode(), "clarify", "{}", person.transcript);
    assert_eq!(person.titles().last().unwrap(), "Something else");
}

// "news" sounds like "niwas" (residence), and a whole service could once not be asked for in Hindi.
#[test]
fn whatever_a_service_is_called_it_is_found() {
    let understander = ASSISTANT.understander();
    let mut lost = vec![];
    for service in ASSISTANT.catalogue().iter() {
        let aliases = &service.aliases;
        for alias in [&aliases.en, &aliases.hi, &aliases.hinglish].into_iter().flatten() {
            let meaning = understander.understand(alias, &assistant::understand::Context::default());
            let offered = meaning
                .candidates
                .iter()
                .any(|c| c.service.as_ref() == Some(&service.code));
            if meaning.service.as_ref() != Some(&service.code) && !offered {
                lost.push(format!("{}: {alias}", service.code));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
