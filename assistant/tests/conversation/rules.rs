//! What a service's rules say before anything is handed in: who may have it, what it costs; and answers of several parts.

use assistant::words::units;
use domain::{Language, catalogue::Value};

use crate::harness::{ASSISTANT, Person};

/// In the form of this service, at its first question.
fn in_form(service: &str, language: Language) -> Person {
    let mut person = Person::known(language);
    person.says(ASSISTANT.catalogue().get(service).unwrap().name.get(language));
    assert_eq!(person.mode(), "form", "{}", person.transcript);
    person
}

/// Answers with examples until this question is asked.
fn until(person: &mut Person, field: &str, language: Language) {
    for _ in 0..30 {
        let awaiting = person.awaiting().unwrap();
        if awaiting == field {
            return;
        }
        let view = person.conversation.view(ASSISTANT.catalogue());
        let service = ASSISTANT.catalogue().get(view.service.as_deref().unwrap()).unwrap();
        let example = service.field(&awaiting).unwrap().example.get(language).to_owned();
        person.says(&example);
    }
    panic!("{field} is not asked: {}", person.transcript);
}

#[test]
fn whoever_asks_who_may_have_it_is_told_the_rules_and_how_sure_they_are() {
    for service in ASSISTANT.catalogue().iter() {
        for (language, question, unconfirmed) in [
            (Language::En, "who can apply?", "not confirmed"),
            (Language::Hi, "कौन बनवा सकता है?", "पुष्टि नहीं"),
        ] {
            let mut person = in_form(&service.code, language);
            let awaiting = person.awaiting();
            person.says(question);
            for rule in &service.eligibility {
                let text = rule.text.get(language);
                assert!(
                    person.body().contains(text),
                    "{}: {text}\n{}",
                    service.code,
                    person.body()
                );
            }
            let unsure = service.eligibility.iter().any(|rule| !rule.confirmed);
            assert_eq!(person.body().contains(unconfirmed), unsure, "{}", person.body());
            // Nothing of the form is lost by it.
            assert_eq!(person.awaiting(), awaiting);
        }
    }
}

#[test]
fn answers_that_break_a_rule_are_warned_of_and_may_be_handed_in() {
    for (language, no, warned, submit) in [
        (Language::En, "no", "probably refuse", "Submit"),
        (Language::Hi, "नहीं", "शायद अस्वीकार", "जमा करें"),
    ] {
        let service = ASSISTANT.catalogue().get("caste_obc").unwrap();
        let mut person = in_form("caste_obc", language);
        person.fills_in_with(language, &[("in_delhi_1993", no)]);
        let rule = service
            .eligibility
            .iter()
            .find(|rule| rule.test.as_ref().is_some_and(|t| t.field == "in_delhi_1993"));
        assert!(person.body().contains(warned), "{}", person.body());
        assert!(
            person.body().contains(rule.unwrap().text.get(language)),
            "{}",
            person.body()
        );
        person.taps(submit);
        assert!(person.submitted().is_some(), "{}", person.transcript);

        let mut person = in_form("caste_obc", language);
        person.fills_in(language);
        assert!(!person.body().contains(warned), "{}", person.body());
    }
}

#[test]
fn a_fee_counts_what_was_chosen_once_it_is_known() {
    let mut person = in_form("learner_licence", Language::En);
    assert!(person.body().contains("about ₹200"), "{}", person.body());
    assert!(
        person.body().contains("₹150 more for each further choice"),
        "{}",
        person.body()
    );
    let service = ASSISTANT.catalogue().get("learner_licence").unwrap();
    let domain::catalogue::FieldKind::Choices { options } = &service.field("vehicle_classes").unwrap().kind else {
        panic!("another kind of field");
    };
    let three = options
        .iter()
        .take(3)
        .map(|o| o.label.en.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    person.fills_in_with(Language::En, &[("vehicle_classes", &three)]);
    assert!(person.body().contains("about ₹500"), "{}", person.body());
    assert!(!person.body().contains("for each further"), "{}", person.body());
}

#[test]
fn a_household_is_written_as_people_write_it() {
    for (language, text) in [
        (Language::En, "1. Ramesh Kumar, husband, 44\n2. Rahul, son, 12"),
        (Language::Hi, "रमेश कुमार, पति, ४४ साल। राहुल, पुत्र, १२"),
    ] {
        let mut person = in_form("ration_card", language);
        until(&mut person, "members", language);
        person.says(text);
        assert_ne!(person.awaiting().as_deref(), Some("members"), "{}", person.transcript);
        let kept = person.answered("members").unwrap();
        assert_eq!(kept.split("; ").count(), 2, "{kept}");
        assert!(kept.ends_with(", 12"), "{kept}");
    }
    // What cannot be read is told with the person, and nothing is kept.
    let mut person = in_form("ration_card", Language::En);
    until(&mut person, "members", Language::En);
    person.says("Ramesh, husband, 44; Rahul, 12");
    assert_eq!(person.awaiting().as_deref(), Some("members"));
    assert!(person.body().contains("Person 2 cannot be read"), "{}", person.body());
    assert_eq!(person.answered("members"), None);
    let many = ["Ramesh, brother, 44"; 11].join("\n");
    person.says(&many);
    assert!(person.body().contains("At most 10 people"), "{}", person.body());
}

#[test]
fn a_household_stands_in_the_form_as_persons() {
    let mut person = in_form("ration_card", Language::Hi);
    person.fills_in(Language::Hi).taps("जमा करें");
    let form = person.submitted().unwrap();
    let Some(Value::People(people)) = form.answers().get("members") else {
        panic!("no people: {:?}", form.answers().get("members"));
    };
    assert_eq!(people[1].name.hi.as_deref(), Some("राहुल कुमार"));
    assert_eq!((people[1].relation.as_str(), people[1].age), ("पुत्र", 12));
}

#[test]
fn numbers_from_plates_and_licences_are_kept_in_one_way() {
    let mut person = in_form("vehicle_registration_copy", Language::En);
    let service = ASSISTANT.catalogue().get("vehicle_registration_copy").unwrap();
    let field = service
        .fields
        .iter()
        .find(|field| matches!(field.kind, domain::catalogue::FieldKind::VehicleNumber))
        .unwrap();
    until(&mut person, &field.code, Language::En);
    person.says("i forgot it");
    assert!(
        person.body().contains("not the number of a vehicle"),
        "{}",
        person.body()
    );
    person.says("dl-3c ab 1234");
    assert_eq!(
        person.answered(&field.code).as_deref(),
        Some("DL3CAB1234"),
        "{}",
        person.transcript
    );

    let mut person = in_form("driving_licence_renewal", Language::En);
    let service = ASSISTANT.catalogue().get("driving_licence_renewal").unwrap();
    let field = service
        .fields
        .iter()
        .find(|field| matches!(field.kind, domain::catalogue::FieldKind::LicenceNumber))
        .unwrap();
    until(&mut person, &field.code, Language::En);
    person.says("12");
    assert!(
        person.body().contains("not the number of a driving licence"),
        "{}",
        person.body()
    );
    person.says("dl-04 2011 0149646");
    assert_eq!(person.answered(&field.code).as_deref(), Some("DL0420110149646"));
}

#[test]
fn a_paper_that_an_answer_makes_needless_is_not_asked_for() {
    // The report to the police is for a licence that was lost, the old licence for one that is damaged.
    for reason in 0..2 {
        let service = ASSISTANT.catalogue().get("driving_licence_duplicate").unwrap();
        let domain::catalogue::FieldKind::Choice { options } = &service.field("reason").unwrap().kind else {
            panic!("another kind of field");
        };
        let option = &options[reason];
        let mut person = in_form("driving_licence_duplicate", Language::En);
        person
            .fills_in_with(Language::En, &[("reason", &option.label.en)])
            .taps("Submit");
        let form = person.submitted().unwrap_or_else(|| panic!("{}", person.transcript));
        for document in &service.documents {
            let sent = form.papers().iter().any(|paper| paper.document == document.code);
            assert_eq!(
                sent,
                document.applies(form.answers()),
                "{} {}",
                option.code,
                document.code
            );
        }
    }
}

#[test]
fn the_rules_are_told_in_one_bubble() {
    for service in ASSISTANT.catalogue().iter() {
        for (language, question) in [(Language::En, "who can apply?"), (Language::Hi, "कौन बनवा सकता है?")]
        {
            let mut person = Person::known(language);
            person.says(service.name.get(language)).says(question);
            assert!(units(person.body()) <= 1024, "{}", service.code);
            for rule in &service.eligibility {
                assert!(
                    person.body().contains(rule.text.get(language)),
                    "{}: {}",
                    service.code,
                    person.body()
                );
            }
        }
    }
}

#[test]
fn however_many_rules_are_broken_the_form_is_asked_about() {
    let all = [
        ("in_delhi_1993", "no"),
        ("parent_constitutional_post", "yes"),
        ("parent_senior_service", "yes"),
        ("family_income", "90,00,000"),
    ];
    let mut person = in_form("caste_obc", Language::En);
    person.fills_in_with(Language::En, &all);
    assert!(person.body().contains("probably refuse"), "{}", person.body());
    assert!(person.body().contains("you may still submit"), "{}", person.body());
    // They leave no room for the answers, which come next; a yes to the rules hands nothing in.
    person.says("yes");
    assert!(person.submitted().is_none());
    assert!(person.body().contains("Is everything right?"), "{}", person.body());
    assert!(person.body().contains("may stop at: 4"), "{}", person.body());
    person.says("yes");
    assert!(person.submitted().is_some(), "{}", person.body());
}
