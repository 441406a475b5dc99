//! What becomes of an application, and certificates.

use assistant::{
    conversation::{
        ApplicationState, ApplicationSummary, CertificateSummary, Effect, HandoffReason, Outcome, Standing, VerifyWhat,
    },
    reply::{DocumentRef, Reply},
    said::Said,
    words::VERDICT_CODES,
};
use domain::{ApplicationNumber, Bilingual, CertificateNumber, Language};
use jiff::civil::date;

use crate::harness::{Person, paper, verified};

fn application(count: u64, state: ApplicationState) -> ApplicationSummary {
    ApplicationSummary {
        number: ApplicationNumber::new(2026, count),
        service: "birth_certificate".into(),
        stage: Bilingual::new("Papers are being checked", "कागज़ जाँचे जा रहे हैं"),
        holder: Some(Bilingual::new("Sub-Registrar", "उप-रजिस्ट्रार")),
        since: Some(date(2026, 11, 20)),
        submitted_on: date(2026, 11, 18),
        due: Some(date(2026, 11, 25)),
        state,
        subject: None,
    }
}

fn waiting() -> ApplicationState {
    ApplicationState::Waiting {
        question: Some("Which hospital?".into()),
        paper: Some("address_proof".into()),
    }
}

fn certificate(random: u64, standing: Standing) -> CertificateSummary {
    CertificateSummary {
        number: CertificateNumber::from_random("BC", random).unwrap(),
        service: "birth_certificate".into(),
        document: DocumentRef {
            digest: "b".repeat(64),
            filename: "birth_certificate.pdf".into(),
            media_type: "application/pdf".into(),
        },
        standing,
    }
}

fn with(applications: Vec<ApplicationSummary>) -> Person {
    let mut person = Person::known(Language::En);
    person.applications = applications;
    person
}

#[test]
fn one_application_is_shown_at_once_with_all_that_is_known() {
    let mut person = with(vec![application(1, ApplicationState::Submitted)]);
    person.says("mera status kya hai");
    for words in [
        "APP-2026-000001",
        "18 November 2026",
        "Papers are being checked",
        "20 November 2026",
        "Sub-Registrar",
        "25 November 2026",
    ] {
        assert!(person.body().contains(words), "{words}: {}", person.body());
    }
    person.waits_days(10).says("status");
    assert!(person.body().contains("was expected"), "{}", person.body());
}

#[test]
fn each_state_has_its_words_and_its_buttons() {
    for (state, words, button) in [
        (waiting(), "Which hospital?", "Answer"),
        (ApplicationState::Approved, "being prepared", "Menu"),
        (
            ApplicationState::Refused {
                reason: "record_not_found".into(),
                words: Some("See the letter".into()),
            },
            "See the letter",
            "New application",
        ),
        (
            ApplicationState::Refused {
                reason: "no such reason".into(),
                words: None,
            },
            "Refused.",
            "New application",
        ),
        (ApplicationState::Withdrawn, "withdrawn", "Menu"),
        (
            ApplicationState::Issued { certificate: None },
            "has been issued",
            "Menu",
        ),
        (
            ApplicationState::Waiting {
                question: None,
                paper: None,
            },
            "needs your answer",
            "Answer",
        ),
    ] {
        let mut person = with(vec![application(1, state)]);
        person.says("status");
        assert!(person.body().contains(words), "{}", person.body());
        assert!(
            person.titles().iter().any(|title| title == button),
            "{:?}",
            person.titles()
        );
    }
}

#[test]
fn many_applications_are_listed_newest_first_and_at_most_ten() {
    let mut person = with((1..=14).map(|n| application(n, ApplicationState::Submitted)).collect());
    person.says("status");
    assert_eq!(person.choices().len(), 10);
    assert!(person.choices()[0].description.as_ref().unwrap().contains("000014"));
    person.says("2");
    assert!(person.body().contains("APP-2026-000013"), "{}", person.body());
}

#[test]
fn a_strangers_number_tells_nothing() {
    let mut person = with(vec![application(1, ApplicationState::Submitted)]);
    person.says("APP-2026-000999 status");
    assert!(
        person.body().contains("no application APP-2026-000999 from this phone"),
        "{}",
        person.body()
    );
    person.says("withdraw APP-2026-000999");
    assert!(
        person.body().contains("no application APP-2026-000999"),
        "{}",
        person.body()
    );
    assert!(person.effects.is_empty());
}

#[test]
fn the_office_is_answered_with_words_or_a_paper() {
    let mut person = with(vec![application(1, waiting())]);
    person.says("status").taps("Answer");
    assert!(person.body().contains("Which hospital?"), "{}", person.body());
    person.says("Lok Seva Hospital");
    let [Effect::Answer { text, papers, .. }] = &person.effects[..] else {
        panic!("{:?}", person.effects)
    };
    assert_eq!((text.as_deref(), papers.len()), (Some("Lok Seva Hospital"), 0));
    assert!(person.body().contains("gone to the office"), "{}", person.body());

    let mut person = with(vec![application(1, waiting())]);
    person.says("status").taps("Answer").sends("image/png");
    let [Effect::Answer { text: None, papers, .. }] = &person.effects[..] else {
        panic!("{:?}", person.effects)
    };
    assert_eq!(papers[0].document, "address_proof");
}

#[test]
fn an_answer_out_of_the_blue_is_asked_about_first() {
    let mut person = with(vec![application(1, waiting())]);
    person.says("Lok Seva Hospital Karol Bagh");
    assert!(person.effects.is_empty());
    assert!(person.body().contains("Shall I send this"), "{}", person.body());
    person.taps("Yes, send it");
    assert!(
        matches!(&person.effects[..], [Effect::Answer { text: Some(text), .. }] if text == "Lok Seva Hospital Karol Bagh")
    );

    let mut person = with(vec![application(1, waiting())]);
    person.sends("image/jpeg").taps("Answer the office");
    assert!(matches!(&person.effects[..], [Effect::Answer { papers, .. }] if papers.len() == 1));

    let mut person = with(vec![application(1, waiting())]);
    person.sends("image/jpeg").taps("Check certificate");
    assert!(matches!(&person.effects[..], [Effect::Verify(VerifyWhat::Paper(_))]));
}

#[test]
fn too_long_an_answer_is_refused_and_asked_again() {
    let mut person = with(vec![application(1, waiting())]);
    person.says("status").taps("Answer").says(&"x".repeat(601));
    assert!(person.effects.is_empty());
    assert!(person.body().contains("600"), "{}", person.body());
    person.says(&"x".repeat(600));
    assert!(matches!(&person.effects[..], [Effect::Answer { .. }]));
}

#[test]
fn withdrawing_is_confirmed() {
    let mut person = with(vec![application(1, ApplicationState::Submitted)]);
    person.says("mera aavedan wapas lena hai");
    assert!(person.effects.is_empty());
    person.says("nahi");
    assert!(person.effects.is_empty());
    assert!(person.body().contains("stays as it is"), "{}", person.body());
    person.says("withdraw APP-2026-000001").taps("Withdraw");
    assert!(matches!(&person.effects[..], [Effect::Withdraw { .. }]));
    assert!(person.body().contains("has been withdrawn"), "{}", person.body());
    person.says("withdraw");
    assert!(person.body().contains("no open application"), "{}", person.body());
}

#[test]
fn a_rejection_is_told_in_words() {
    let mut person = with(vec![application(1, ApplicationState::Submitted)]);
    person.refuses = Some(Outcome::Rejected {
        code: "application.already_decided".into(),
    });
    person.says("withdraw").taps("Withdraw");
    assert!(person.body().contains("decided already"), "{}", person.body());
}

#[test]
fn certificates_are_downloaded_by_list() {
    let mut person = Person::known(Language::En);
    person.says("download");
    assert!(person.body().contains("no certificate"), "{}", person.body());
    person.certificates = vec![certificate(1, Standing::Active)];
    person.says("download");
    assert!(matches!(&person.effects[..], [Effect::SendCertificate { .. }]));
    assert!(matches!(&person.last, Some(Reply::Document { .. })));
    person.certificates.push(certificate(2, Standing::Ended));
    person.says("certificate download karna hai");
    assert_eq!(person.choices().len(), 2);
    person.says("2");
    assert!(person.body().contains("no longer valid"), "{}", person.body());
    person.refuses = Some(Outcome::Failed);
    person.says("download").says("1");
    assert!(person.body().contains("did not work"), "{}", person.body());
}

#[test]
fn a_certificate_is_checked_by_number_code_paper_and_typing_slip() {
    let number = CertificateNumber::from_random("BC", 7).unwrap();
    let mut person = Person::known(Language::En);
    person.says(&format!("is {} genuine?", number.to_string().to_lowercase()));
    assert!(
        matches!(&person.effects[..], [Effect::Verify(VerifyWhat::Number(n))] if *n == number),
        "{}",
        person.transcript
    );
    assert!(person.body().contains("Valid: "), "{}", person.body());
    assert!(person.body().contains("SPECIMEN"), "{}", person.body());
    let code = format!("HTTPS://EXAMPLE.IN/C/{}", "ABCDEFGH234567".repeat(10));
    person.says(&code);
    assert!(matches!(&person.effects[..], [Effect::Verify(VerifyWhat::Text(t))] if *t == code));
    person.sends("application/pdf");
    assert!(matches!(&person.effects[..], [Effect::Verify(VerifyWhat::Paper(_))]));
    person.says("verify").turn(&paper("image/jpeg"));
    assert!(matches!(&person.effects[..], [Effect::Verify(VerifyWhat::Paper(_))]));
    let mut wrong = number.to_string();
    let last = wrong.pop().unwrap();
    wrong.push(if last == 'X' { 'Y' } else { 'X' });
    person.says(&wrong);
    assert!(person.effects.is_empty());
    assert!(person.body().contains("mistyped"), "{}", person.body());
    person.says("no idea").says("blah blah");
    assert!(
        person.body().contains("no certificate number") || person.mode() == "menu",
        "{}",
        person.body()
    );
}

#[test]
fn every_verdict_is_told_in_both_languages() {
    for language in [Language::En, Language::Hi] {
        for code in VERDICT_CODES {
            let mut person = Person::known(language);
            person.refuses = Some(verified(code, Some("DLBC-1234".into())));
            person.sends("image/jpeg");
            let word = assistant::words::verdict(code, language).unwrap().word;
            assert!(person.body().starts_with(word), "{}", person.body());
            let names_holder = person.body().contains("Aarav Sharma");
            let genuine = !matches!(code, "not_genuine" | "unreadable" | "not_found" | "mistyped");
            assert_eq!(names_holder, genuine, "{code}: {}", person.body());
        }
        // A verdict that nobody has told us of is never taken for valid.
        let mut person = Person::known(language);
        person.refuses = Some(verified("splendid", None));
        person.sends("image/jpeg");
        let unknown = assistant::words::verdict("unknown", language).unwrap().word;
        assert!(person.body().starts_with(unknown));
        assert!(!person.body().contains("Aarav"));
    }
}

#[test]
fn people_are_called_for_what_only_people_can_do() {
    for (text, reason) in [
        ("adhikari se baat karni hai", HandoffReason::Asked),
        ("officer rishwat maang raha hai", HandoffReason::Grievance),
        ("delete my data", HandoffReason::Erasure),
    ] {
        let mut person = Person::known(Language::En);
        person.says(text);
        assert!(
            matches!(person.effects[..], [Effect::Handoff { reason: r }] if r == reason),
            "{text}"
        );
        assert_eq!(person.mode(), "handoff");
        person.says("it is about my mother");
        assert!(person.effects.is_empty());
        assert!(person.body().contains("with the office"), "{}", person.body());
        person.says("menu");
        assert_eq!(person.mode(), "menu");
    }
}

#[test]
fn questions_about_a_service_are_answered_from_the_catalogue() {
    let mut person = Person::known(Language::Hi);
    person.says("जन्म प्रमाण पत्र के लिए कौन से दस्तावेज़ चाहिए");
    assert!(person.body().contains("पते का प्रमाण"), "{}", person.body());
    person.says("फीस कितनी है");
    assert!(person.body().contains("कार्यालय पुष्टि करेगा"), "{}", person.body());
    person.taps("आवेदन करें");
    assert_eq!(person.mode(), "form");
    let mut person = Person::known(Language::En);
    person.says("what is the fee");
    assert!(person.choices().len() >= 5, "{}", person.transcript);
}

#[test]
fn a_reaction_changes_nothing() {
    let mut person = Person::known(Language::En);
    person.says("menu");
    let before = person.conversation.clone();
    person.turn(&Said::Reaction);
    assert_eq!(person.conversation, before);
}
