//! Somebody else's opinion on a message: when one is wanted, and how little it may do.

use assistant::{conversation::Opinion, reply::Reply, said::Said, understand::Intent};
use domain::Language;

use super::harness::*;

/// Lines that leave open what is wanted. What the model makes of each may change; that it is sure of all of them may not.
const VAGUE: [&str; 9] = [
    "ghar ka kagaz banwana hai",
    "mujhe woh wala kagaz chahiye jo bank me lagta hai",
    "kuch banwana hai beti ke liye",
    "I need the thing for proving we live here",
    "kuch karna hai mujhe jaldi se kagaz wagera ka",
    "wo chahiye mujhe jaldi se",
    "the paper that they always ask for at the counter",
    "वो वाला काग़ज़ चाहिए जो सब जगह लगता है",
    "kuch to banwana padega yahan ke liye",
];

/// The vague lines that do leave a doubt, each with the turn that it came from.
fn in_doubt() -> Vec<(&'static str, Person)> {
    let said = VAGUE.into_iter().map(|text| {
        let mut person = Person::known(Language::En);
        person.says(text);
        (text, person)
    });
    let found: Vec<_> = said.filter(|(_, person)| person.doubt.is_some()).collect();
    assert!(found.len() >= 3, "the lines are vague: {}", found.len());
    found
}

/// The same line said with this opinion at hand.
fn said_with(text: &str, opinion: Option<Opinion>) -> Person {
    let mut person = Person::known(Language::En);
    person.opinion = opinion;
    person.says(text);
    person
}

fn titles(person: &Person) -> Vec<String> {
    person.choices().into_iter().map(|choice| choice.title).collect()
}

#[test]
fn what_confirms_ends_or_erases_is_no_opinion_and_neither_is_a_service_that_we_do_not_have() {
    let new = |intent, service: Option<&str>| Opinion::new(&ASSISTANT, intent, service.map(str::to_owned));
    for intent in [
        Intent::Affirm,
        Intent::Deny,
        Intent::Cancel,
        Intent::Withdraw,
        Intent::EraseMyData,
        Intent::Inform,
        Intent::Greet,
        Intent::Thanks,
        Intent::OutOfScope,
    ] {
        assert_eq!(new(intent, None), None, "{intent:?}");
        assert_eq!(new(intent, Some("birth_certificate")), None, "{intent:?}");
    }
    assert!(new(Intent::Apply, Some("birth_certificate")).is_some());
    assert!(new(Intent::Apply, None).is_some());
    assert_eq!(new(Intent::Apply, Some("passport")), None);
    assert_eq!(
        new(Intent::Help, Some("birth_certificate")),
        None,
        "help is about no service"
    );
}

#[test]
fn an_opinion_that_we_had_thought_of_ourselves_decides() {
    for (text, doubtful) in in_doubt() {
        let doubt = doubtful.doubt.unwrap();
        for candidate in doubt.candidates {
            let Some(opinion) = Opinion::new(&ASSISTANT, candidate.intent, candidate.service.clone()) else {
                continue;
            };
            let person = said_with(text, Some(opinion));
            assert_eq!(person.doubt, None, "{text}");
            if candidate.intent == Intent::Apply
                && let Some(code) = &candidate.service
            {
                let view = person.conversation.view(ASSISTANT.catalogue());
                assert_eq!(view.service.as_ref(), Some(code), "{text}");
                assert!(person.effects.is_empty(), "{text}: {:?}", person.effects);
            }
        }
    }
}

#[test]
fn any_other_opinion_is_one_more_row_and_does_nothing() {
    for (text, doubtful) in in_doubt() {
        let doubt = doubtful.doubt.clone().unwrap();
        for service in ["solvency_certificate", "trade_licence"] {
            assert!(!doubt.candidates.iter().any(|c| c.service.as_deref() == Some(service)));
            let opinion = Opinion::new(&ASSISTANT, Intent::Apply, Some(service.to_owned())).unwrap();
            let person = said_with(text, Some(opinion));
            assert!(person.effects.is_empty());
            let view = person.conversation.view(ASSISTANT.catalogue());
            assert_eq!(view.mode, "clarify", "{text}");
            let short = &ASSISTANT.catalogue().get(service).unwrap().short.en;
            assert!(titles(&person).contains(short), "{text}: {:?}", titles(&person));
            assert!(matches!(&person.last, Some(Reply::List { .. })));
        }
    }
}

#[test]
fn a_person_is_called_by_nobody_but_the_citizen() {
    for (text, _) in in_doubt() {
        for intent in [Intent::TalkToHuman, Intent::Grievance, Intent::ChangeLanguage] {
            let person = said_with(text, Opinion::new(&ASSISTANT, intent, None));
            assert!(person.effects.is_empty(), "{text}, {intent:?}: {:?}", person.effects);
        }
    }
}

#[test]
fn an_opinion_on_what_was_clear_is_not_heard() {
    let opinion = || Opinion::new(&ASSISTANT, Intent::Apply, Some("solvency_certificate".to_owned()));
    for text in [
        "birth certificate",
        "vidhwa pension",
        "hello",
        "yes",
        "no",
        "cancel",
        "menu",
        "2",
    ] {
        let with = said_with(text, opinion());
        let without = said_with(text, None);
        assert_eq!(with.last, without.last, "{text}");
        assert_eq!(with.conversation, without.conversation, "{text}");
        assert_eq!(without.doubt, None, "{text}");
    }
}

#[test]
fn nothing_is_shown_to_others_of_a_person_in_danger_nor_of_what_is_short() {
    for text in [
        "main mar jaana chahta hoon",
        "I want to kill myself",
        "मैं और जीना नहीं चाहती",
        "wo",
        "?",
        "hmm",
        "[NAME] [NAME]",
        "9876543210",
    ] {
        let person = said_with(text, None);
        assert_eq!(person.doubt, None, "{text}");
    }
}

/// Where a yes or an answer is waited for, nobody else is asked, whatever is said.
#[test]
fn nothing_is_asked_of_others_while_something_is_confirmed_or_answered() {
    let mut person = Person::known(Language::En);
    person.says("birth certificate");
    assert_eq!(person.conversation.view(ASSISTANT.catalogue()).mode, "form");
    for text in VAGUE {
        person.says(text);
        let mode = person.conversation.view(ASSISTANT.catalogue()).mode;
        assert!(person.doubt.is_none() || mode == "clarify", "{text} in {mode}");
        if mode != "form" {
            break;
        }
    }
    let mut fresh = Person::new();
    for text in VAGUE {
        fresh.turn(&Said::Text(text.to_owned()));
        if fresh.conversation.language().is_none() {
            assert_eq!(fresh.doubt, None, "{text}");
        }
    }
}

#[test]
fn what_is_shown_to_others_holds_nothing_personal() {
    let mut seen = 0;
    for text in VAGUE {
        let text = format!("{text}, mera naam Ramesh Kumar, 9876543210, DL8CAB1234, 15/08/1990, APP-2026-000123");
        let person = said_with(&text, None);
        let Some(doubt) = person.doubt else { continue };
        seen += 1;
        for part in ["Ramesh", "Kumar", "98765", "8CAB", "1990", "000123"] {
            assert!(!doubt.text.contains(part), "{}", doubt.text);
        }
        assert!(!doubt.text.chars().any(char::is_numeric), "{}", doubt.text);
    }
    // A number of ours in the text says what is wanted; the rest must still have been looked at.
    let plain = in_doubt().len();
    assert!(seen + plain > 0);
    for (text, person) in in_doubt() {
        assert!(
            text.starts_with(person.doubt.unwrap().text.split('[').next().unwrap()),
            "{text}"
        );
    }
}
