//! Voice notes: kept and answered kindly; in words they are read as if typed, and confirm nothing.

use assistant::{
    conversation::{ApplicationState, Effect, HandoffReason},
    said::Said,
};
use domain::Language;

use super::harness::*;

impl Person {
    fn speaks(&mut self, words: &str) -> &mut Self {
        self.transcript.push_str(&format!("> (voice) {words}\n"));
        self.turn(&Said::Spoken(words.to_owned()))
    }
}

fn before_submitting() -> Person {
    let mut person = Person::known(Language::En);
    person.says("birth certificate");
    person.fills_in(Language::En);
    assert_eq!(person.mode(), "confirm");
    person
}

#[test]
fn what_was_heard_is_shown_back_and_fills_in_a_form() {
    let mut person = Person::known(Language::En);
    person.speaks("birth certificate");
    assert!(
        person.body().contains("I heard: “birth certificate”"),
        "{}",
        person.body()
    );
    assert_eq!(person.mode(), "form");
    let first = person.conversation.view(ASSISTANT.catalogue()).awaiting;
    person.speaks("Asha Kumari");
    assert!(person.body().contains("I heard: “Asha Kumari”"), "{}", person.body());
    let second = person.conversation.view(ASSISTANT.catalogue());
    assert_ne!(second.awaiting, first, "the next question");
    assert_eq!(second.form.len(), 1);

    let mut hindi = Person::known(Language::Hi);
    hindi.speaks("जन्म प्रमाण पत्र");
    assert!(hindi.body().contains("आपने कहा: “जन्म प्रमाण पत्र”"), "{}", hindi.body());
}

#[test]
fn nothing_is_submitted_by_voice() {
    let mut person = before_submitting();
    for words in [
        "submit",
        "yes",
        "haan",
        "ok",
        "जमा करें",
        "हाँ जमा कर दो",
        "submit kar do",
        "confirm",
    ] {
        person.speaks(words);
        assert!(person.effects.is_empty(), "{words}: {:?}", person.effects);
        assert_eq!(person.mode(), "confirm", "{words}");
    }
    person.speaks("submit");
    assert!(
        person.body().contains("a voice note is not enough"),
        "{}",
        person.body()
    );
    person.taps("Submit");
    assert!(matches!(person.effects.as_slice(), [Effect::Submit { .. }]));
}

#[test]
fn nobody_agrees_by_voice() {
    let mut person = Person::new();
    person.says("hello").taps("English").says("birth certificate");
    for words in ["yes", "haan", "I agree", "ok"] {
        person.speaks(words);
        assert!(person.effects.is_empty(), "{words}: {:?}", person.effects);
        let view = person.conversation.view(ASSISTANT.catalogue());
        assert_eq!(view.awaiting.as_deref(), Some("consent"), "{words}");
    }
}

#[test]
fn nothing_is_withdrawn_and_nothing_answered_by_voice() {
    let mut person = Person::known(Language::En);
    person.says("birth certificate");
    person.fills_in(Language::En).taps("Submit");
    person.says("my status");
    person.taps("Withdraw");
    for words in ["yes", "haan", "withdraw", "haan wapas le lo"] {
        person.speaks(words);
        let withdrawn = |effect: &Effect| matches!(effect, Effect::Withdraw { .. });
        assert!(!person.effects.iter().any(withdrawn), "{words}");
    }

    let mut asked = Person::known(Language::En);
    asked.says("birth certificate");
    asked.fills_in(Language::En).taps("Submit");
    asked.applications[0].state = ApplicationState::Waiting {
        question: Some("Which hospital?".into()),
        paper: None,
    };
    asked.says("my status").taps("Answer");
    asked.speaks("Lok Seva Hospital");
    assert!(asked.effects.is_empty(), "{:?}", asked.effects);
    asked.says("Lok Seva Hospital");
    assert!(
        matches!(asked.effects.as_slice(), [Effect::Answer { .. }]),
        "typed it is sent"
    );
}

#[test]
fn to_be_forgotten_wants_a_tap() {
    let mut person = Person::known(Language::En);
    person.speaks("delete my data");
    assert!(person.effects.is_empty(), "{:?}", person.effects);
    let row = person.choices().first().cloned().unwrap();
    person.turn(&Said::Chose {
        id: row.id,
        title: row.title,
    });
    assert!(matches!(
        person.effects.as_slice(),
        [Effect::Handoff {
            reason: HandoffReason::Erasure
        }]
    ));
}

#[test]
fn no_form_is_thrown_away_by_voice() {
    let mut person = before_submitting();
    let answers = person.conversation.view(ASSISTANT.catalogue()).form;
    for words in ["cancel", "delete", "delete it", "mita do", "start over", "हटा दें", "yes"] {
        person.speaks(words);
        assert_eq!(person.conversation.drafts().count(), 1, "{words}");
    }
    person.says("continue");
    if person.mode() != "confirm" {
        person.says("birth certificate");
    }
    assert_eq!(person.conversation.drafts().count(), 1);
    assert!(!answers.is_empty());
}

#[test]
fn a_person_in_danger_is_helped_by_voice_too() {
    for mut person in [Person::new(), Person::known(Language::Hi), before_submitting()] {
        person.speaks("I want to kill myself");
        assert!(matches!(
            person.effects.as_slice(),
            [Effect::Handoff {
                reason: HandoffReason::Distress
            }]
        ));
    }
}

#[test]
fn a_note_that_nobody_understands_is_answered_kindly() {
    for (said, en, hi) in [
        (Said::Voice, "Your voice note is kept", "रख लिया गया है"),
        (Said::VoiceRefused, "could not be taken", "नहीं लिया जा सका"),
    ] {
        for (language, words) in [(Language::En, en), (Language::Hi, hi)] {
            let mut person = Person::known(language);
            person.turn(&said);
            assert!(person.body().contains(words), "{}", person.body());
            assert!(!person.choices().is_empty(), "and what to do next");
        }
    }
    // In the middle of a form the question comes again.
    let mut person = Person::known(Language::En);
    person.says("birth certificate");
    let before = person.conversation.view(ASSISTANT.catalogue());
    person.turn(&Said::Voice);
    assert_eq!(person.conversation.view(ASSISTANT.catalogue()), before);
}
