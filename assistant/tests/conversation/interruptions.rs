//! Forms are left, come back to, corrected and interrupted.

use assistant::{
    conversation::{Effect, HandoffReason, Outcome},
    said::{PaperProblem, Said},
};
use domain::{ApplicationNumber, Language};

use crate::harness::{ASSISTANT, Person};

pub(crate) fn in_birth_form(language: Language) -> Person {
    let mut person = Person::known(language);
    person.says("birth certificate");
    assert_eq!(
        person.awaiting().as_deref(),
        Some("child_name"),
        "{}",
        person.transcript
    );
    person
}

fn on_confirm_screen() -> Person {
    let mut person = in_birth_form(Language::En);
    person.fills_in(Language::En);
    person
}

#[test]
fn back_undoes_one_answer_in_three_ways_of_writing() {
    for back in ["back", "peeche", "पीछे", "wapas", "Go back please"] {
        let mut person = in_birth_form(Language::En);
        person.says("Aarav Sharma");
        let second = person.awaiting();
        person.says(back);
        assert_eq!(person.awaiting().as_deref(), Some("child_name"), "{back}");
        assert!(person.body().contains("Aarav Sharma"), "{}", person.body());
        assert_eq!(person.answered("child_name"), None);
        person.says("आरव / Aarav");
        assert_eq!(person.awaiting(), second);
        assert_eq!(person.answered("child_name").as_deref(), Some("Aarav / आरव"));
    }
    let mut person = in_birth_form(Language::En);
    person.says("back");
    assert_eq!(person.awaiting().as_deref(), Some("child_name"));
}

#[test]
fn save_menu_and_continue() {
    for (save, resume) in [("save", "continue"), ("baad me", "jari rakho"), ("menu", "जारी रखें")] {
        let mut person = in_birth_form(Language::En);
        person.says("Aarav Sharma");
        let second = person.awaiting();
        person.says(save);
        assert_eq!(person.mode(), "menu");
        assert!(person.body().contains("Birth certificate"), "{}", person.body());
        person.says(resume);
        assert_eq!(person.awaiting(), second, "{}", person.transcript);
        assert_eq!(person.answered("child_name").as_deref(), Some("Aarav Sharma"));
    }
}

#[test]
fn hello_with_an_unfinished_form_offers_it() {
    let mut person = in_birth_form(Language::Hi);
    person.says("आरव शर्मा").says("मेनू").says("नमस्ते");
    assert_eq!(person.titles(), ["जारी रखें", "नया आवेदन", "इसे हटाएँ"]);
    person.taps("इसे हटाएँ");
    assert_eq!(person.conversation.drafts().count(), 0);
    assert!(person.body().contains("हटा दिए गए"), "{}", person.body());
}

#[test]
fn several_forms_are_kept_side_by_side() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").says("menu").says("learner licence");
    let field = person.awaiting().unwrap();
    let service = ASSISTANT.catalogue().get("learner_licence").unwrap();
    let answer = crate::harness::good_answer(service.field(&field).unwrap(), Language::En);
    person.says(&answer).says("save");
    assert_eq!(person.conversation.drafts().count(), 2);
    person.says("hi");
    assert_eq!(person.titles().len(), 3, "{}", person.transcript);
    person.says("1");
    assert_eq!(
        person.conversation.view(ASSISTANT.catalogue()).service.as_deref(),
        Some("birth_certificate")
    );
}

#[test]
fn a_form_begun_before_is_not_begun_again_silently() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").says("menu").says("birth certificate");
    assert_eq!(person.titles(), ["Continue", "Start over", "Menu"]);
    person.taps("Start over");
    assert_eq!(person.answered("child_name"), None);
    assert_eq!(person.awaiting().as_deref(), Some("child_name"));
}

#[test]
fn forms_end_after_thirty_days_and_it_is_said() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").says("save").waits_days(30).says("continue");
    assert_eq!(person.conversation.drafts().count(), 1);
    person.waits_days(1).says("continue");
    assert_eq!(person.conversation.drafts().count(), 0);
    assert!(person.body().contains("30 days"), "{}", person.body());
    // In the middle of the form as well.
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").waits_days(31).says("girl");
    assert_eq!(person.mode(), "menu");
    assert!(person.body().contains("30 days"), "{}", person.body());
}

#[test]
fn cancel_asks_first() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma");
    let before = person.awaiting();
    person.says("cancel");
    assert_eq!(person.titles(), ["Save for later", "Delete it", "Go on"]);
    assert_eq!(person.conversation.drafts().count(), 1);
    assert_eq!(person.awaiting().as_deref(), Some("cancel"));
    person.taps("Go on");
    assert_eq!(person.awaiting(), before);
    person.says("band karo").says("2");
    assert_eq!(person.conversation.drafts().count(), 0, "{}", person.transcript);
}

#[test]
fn a_question_about_the_service_is_answered_and_the_form_goes_on() {
    for (question, answer) in [
        ("documents kya kya lagenge?", "Identity paper"),
        ("what is the fee?", "probably no fee"),
        ("kitne din lagenge?", "about 7 days; the office will confirm"),
        ("fees", "probably no fee"),
    ] {
        let mut person = in_birth_form(Language::En);
        person.says(question);
        assert_eq!(
            person.awaiting().as_deref(),
            Some("child_name"),
            "{}",
            person.transcript
        );
        assert!(person.body().contains(answer), "{question}: {}", person.body());
        assert!(person.body().contains("(1/"), "{}", person.body());
        assert_eq!(person.answered("child_name"), None);
    }
}

#[test]
fn another_wish_leads_out_and_the_form_is_kept() {
    let mut person = in_birth_form(Language::En);
    person
        .says("Aarav Sharma")
        .says("mujhe ek certificate verify karna hai");
    assert_eq!(person.mode(), "menu", "{}", person.transcript);
    assert_eq!(person.conversation.drafts().count(), 1);
    assert!(person.body().contains("is kept"), "{}", person.body());
}

#[test]
fn a_wish_is_no_name() {
    for wish in [
        "birth certificate",
        "driving licence",
        "verify",
        "mujhe adhikari se baat karni hai",
    ] {
        let mut person = in_birth_form(Language::En);
        person.says(wish);
        assert_eq!(person.answered("child_name"), None, "{}", person.transcript);
        assert_eq!(person.conversation.drafts().next(), Some("birth_certificate"));
    }
}

#[test]
fn signs_tell_answers_apart() {
    let mut person = Person::known(Language::En);
    person.says("learner licence");
    let service = ASSISTANT.catalogue().get("learner_licence").unwrap();
    while person.awaiting().as_deref() != Some("blood_group") {
        let answer = crate::harness::good_answer(service.field(&person.awaiting().unwrap()).unwrap(), Language::En);
        person.says(&answer);
    }
    person.says("A");
    assert_eq!(person.answered("blood_group"), None);
    person.says("a-");
    let code = person.answered("blood_group").unwrap();
    let domain::catalogue::FieldKind::Choice { options } = &service.field("blood_group").unwrap().kind else {
        panic!("blood group is a choice")
    };
    assert_eq!(
        options.iter().find(|option| option.code == code).unwrap().label.en,
        "A-"
    );
}

#[test]
fn the_language_changes_in_the_middle() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").says("हिन्दी");
    assert!(matches!(person.effects[..], [Effect::ChooseLanguage(Language::Hi)]));
    assert_eq!(person.answered("child_name").as_deref(), Some("Aarav Sharma"));
    assert!(person.body().contains("(2/"), "{}", person.body());
    assert!(person.body().contains("अब से हिन्दी में"), "{}", person.body());
    person.says("change language").taps("English");
    assert!(person.body().contains("(2/"), "{}", person.body());
}

#[test]
fn three_wrong_answers_lead_to_a_person() {
    let mut person = in_birth_form(Language::En);
    person.says("Aarav Sharma").says("girl");
    assert_eq!(
        person.awaiting().as_deref(),
        Some("date_of_birth"),
        "{}",
        person.transcript
    );
    person.says("31/02/2025");
    assert!(person.body().contains("no such day"), "{}", person.body());
    assert!(person.body().contains("Example: "), "{}", person.body());
    person.says("kal");
    assert!(person.body().contains("Which date is that"), "{}", person.body());
    assert!(person.body().contains("\"Back\""), "{}", person.body());
    person.says("banana");
    assert_eq!(person.titles(), ["Talk to a person", "Save for later", "Try again"]);
    let mut helped = Person {
        conversation: person.conversation.clone(),
        last: person.last.clone(),
        ..Person::known(Language::En)
    };
    helped.taps("Talk to a person");
    assert!(matches!(
        helped.effects[..],
        [Effect::Handoff {
            reason: HandoffReason::Stuck
        }]
    ));
    assert_eq!(helped.mode(), "handoff");
    assert_eq!(helped.conversation.drafts().count(), 1);
    // A right answer is taken all the same.
    person.says("१५ अगस्त २०२५");
    assert_eq!(person.answered("date_of_birth").as_deref(), Some("2025-08-15"));
}

#[test]
fn a_day_to_come_is_refused() {
    let mut person = in_birth_form(Language::Hi);
    person.says("आरव शर्मा").says("लड़की").says("1/1/2027");
    assert!(person.body().contains("अभी आई नहीं"), "{}", person.body());
}

#[test]
fn papers_of_the_wrong_kind_are_refused_with_words() {
    let mut person = in_birth_form(Language::En);
    person.sends("image/jpeg");
    assert!(person.body().contains("after the questions"), "{}", person.body());
    while ASSISTANT
        .catalogue()
        .get("birth_certificate")
        .unwrap()
        .field(&person.awaiting().unwrap())
        .is_some()
    {
        let service = ASSISTANT.catalogue().get("birth_certificate").unwrap();
        let answer = crate::harness::good_answer(service.field(&person.awaiting().unwrap()).unwrap(), Language::En);
        person.says(&answer);
    }
    let first = person.awaiting();
    for (said, words) in [
        (
            Said::PaperRefused(PaperProblem::WrongType),
            "photo (JPEG, PNG) or a PDF",
        ),
        (Said::PaperRefused(PaperProblem::TooLarge), "too large"),
        (Said::PaperRefused(PaperProblem::Empty), "empty"),
        (Said::PaperRefused(PaperProblem::Unreadable), "cannot be opened"),
        (Said::PaperRefused(PaperProblem::NotFetched), "did not arrive"),
        (crate::harness::paper("video/mp4"), "photo (JPEG, PNG) or a PDF"),
        (Said::Text("here it is".into()), "a PDF is needed, not words"),
    ] {
        person.turn(&said);
        assert!(person.body().contains(words), "{said:?}: {}", person.body());
        assert_eq!(person.awaiting(), first);
    }
    person.sends("application/pdf");
    assert_ne!(person.awaiting(), first);
    assert!(person.body().starts_with("Received: "), "{}", person.body());
}

#[test]
fn an_answer_is_changed_by_number_by_label_and_by_list() {
    let mut person = on_confirm_screen();
    person.says("change 1");
    assert_eq!(person.awaiting().as_deref(), Some("child_name"));
    assert!(person.body().contains("Your answer so far"), "{}", person.body());
    person.says("Anaya Sharma");
    assert_eq!(person.mode(), "confirm");
    assert!(person.body().contains("Anaya Sharma"), "{}", person.body());
    person.says("2").says("boy");
    assert_eq!(person.answered("sex").as_deref(), Some("male"), "{}", person.transcript);
    person.taps("Change");
    assert_eq!(person.awaiting().as_deref(), Some("change"));
    let row = person.titles()[0].clone();
    person.taps(&row).taps("Keep it");
    assert_eq!(person.mode(), "confirm");
    assert!(person.body().contains("Anaya Sharma"));
    person.says("99");
    assert!(person.body().contains("no answer number 99"), "{}", person.body());
    person.says("name of the mother galat hai, badalna hai");
    assert_eq!(
        person.awaiting().as_deref(),
        Some("mother_name"),
        "{}",
        person.transcript
    );
    person.says("back");
    assert_eq!((person.mode(), person.awaiting()), ("confirm", None));
    person.says("submit");
    assert!(person.submitted().is_some());
}

#[test]
fn a_changed_choice_opens_the_questions_behind_it() {
    let mut person = on_confirm_screen();
    assert!(person.answered("hospital").is_some());
    let number = person
        .body()
        .lines()
        .find(|line| line.contains("Place of birth:"))
        .unwrap();
    let number = number.split('.').next().unwrap().to_owned();
    person.says(&number).taps("Home or other place");
    assert_eq!(
        person.awaiting().as_deref(),
        Some("birth_address"),
        "{}",
        person.transcript
    );
    person.says("House 12, Shahdara, Delhi 110032");
    assert_eq!((person.mode(), person.awaiting()), ("confirm", None));
    person.says("submit");
    let form = person.submitted().unwrap();
    assert!(form.answers().contains_key("birth_address") && !form.answers().contains_key("hospital"));
}

#[test]
fn nothing_is_submitted_twice_or_from_an_old_button() {
    let mut person = on_confirm_screen();
    let submit = person.choices().into_iter().find(|c| c.title == "Submit").unwrap();
    let tap = Said::Chose {
        id: submit.id,
        title: submit.title,
    };
    person.says("1");
    person.turn(&tap);
    assert!(
        person.submitted().is_none(),
        "an old button submitted: {}",
        person.transcript
    );
    assert!(person.body().contains("earlier"), "{}", person.body());
    person.says("Aarav Sharma");
    person.taps("Submit");
    assert!(person.submitted().is_some());
    person.turn(&tap);
    assert!(person.submitted().is_none());
    assert_eq!(person.applications.len(), 1);
}

#[test]
fn when_the_office_cannot_take_it_nothing_is_lost() {
    for outcome in [
        Outcome::Failed,
        Outcome::Rejected {
            code: "application.number_taken".into(),
        },
    ] {
        let mut person = on_confirm_screen();
        person.refuses = Some(outcome);
        person.taps("Submit");
        assert_eq!(person.conversation.drafts().count(), 1);
        assert_eq!(person.mode(), "confirm");
        person.taps("Submit");
        assert_eq!(person.conversation.drafts().count(), 0);
        assert_eq!(person.applications[0].number, ApplicationNumber::new(2026, 1));
    }
}

#[test]
fn every_kind_of_message_gets_an_answer_everywhere() {
    let kinds = [
        Said::Voice,
        Said::VoiceRefused,
        Said::Spoken(String::new()),
        Said::Sticker,
        Said::Location,
        Said::Contact,
        Said::Unsupported,
        Said::Text(String::new()),
        Said::Text("  \u{200b}\n".into()),
        Said::PaperRefused(PaperProblem::TooLarge),
        Said::Chose {
            id: "t1.1".into(),
            title: "?".into(),
        },
        Said::Chose {
            id: "nonsense".into(),
            title: String::new(),
        },
        Said::Reaction,
    ];
    let mut fresh = Person::new();
    // Words choose a language, typed or spoken.
    for said in kinds.iter().filter(|said| !matches!(said, Said::Spoken(_))) {
        fresh.turn(said);
    }
    assert!(fresh.conversation.language().is_none());
    for make in [
        || Person::known(Language::Hi),
        || in_birth_form(Language::Hi),
        on_confirm_screen,
        || {
            let mut person = Person::known(Language::En);
            person.says("verify");
            person
        },
        || {
            let mut person = Person::new();
            person.says("hi").taps("English").says("birth certificate");
            person
        },
        || {
            let mut person = Person::known(Language::En);
            person.says("talk to a person");
            person
        },
    ] {
        for said in &kinds {
            let mut person = make();
            if person.mode() == "idle" {
                person.says("menu");
            }
            let before = (person.mode(), person.awaiting(), person.conversation.drafts().count());
            person.turn(said);
            if !matches!(said, Said::Chose { .. }) && before.0 != "handoff" {
                let after = (person.mode(), person.awaiting(), person.conversation.drafts().count());
                assert_eq!(before, after, "{said:?}: {}", person.transcript);
            }
        }
    }
}

#[test]
fn a_person_in_danger_is_helped_before_anything_else() {
    for mut person in [Person::new(), Person::known(Language::Hi), in_birth_form(Language::En)] {
        person.says("main marna chahta hu");
        assert!(
            person.body().contains("112") && person.body().contains("14416"),
            "{}",
            person.body()
        );
        assert!(person.choices().is_empty());
        assert!(matches!(
            person.effects[..],
            [Effect::Handoff {
                reason: HandoffReason::Distress
            }]
        ));
    }
}
