use super::*;

fn reader() -> Understander {
    Understander::new(Catalogue::embedded().unwrap()).unwrap()
}

fn meaning(text: &str) -> Meaning {
    reader().understand(text, &Context::default())
}

#[test]
fn wishes_in_three_ways_of_writing() {
    use Intent as I;
    let reader = reader();
    for (text, intent, service) in [
        ("hi", I::Greet, None),
        ("Hiiii 🙏", I::Greet, None),
        ("नमस्ते जी", I::Greet, None),
        ("ram ram bhai", I::Greet, None),
        ("I live in Delhi", I::Inform, None),
        ("birth certificate banwana hai", I::Apply, Some("birth_certificate")),
        (
            "namaste, mujhe janam praman patr chahiye",
            I::Apply,
            Some("birth_certificate"),
        ),
        ("मुझे जन्म प्रमाण पत्र बनवाना है", I::Apply, Some("birth_certificate")),
        (
            "I want to apply for a birth certificate",
            I::Apply,
            Some("birth_certificate"),
        ),
        ("obc jati praman patra banwana hai", I::Apply, Some("caste_obc")),
        ("shadi ka certificate chahiye", I::Apply, Some("marriage_registration")),
        ("learning license apply karna hai", I::Apply, Some("learner_licence")),
        ("ड्राइविंग लाइसेंस बनवाना है", I::Apply, Some("driving_licence")),
        ("renew my driving licence", I::Apply, Some("driving_licence_renewal")),
        ("income certificate chahiye", I::Apply, Some("income_certificate")),
        (
            "birth certificate ke liye kaun se documents chahiye",
            I::AskDocuments,
            Some("birth_certificate"),
        ),
        (
            "विवाह प्रमाण पत्र की फीस कितनी है",
            I::AskFee,
            Some("marriage_registration"),
        ),
        ("obc certificate kitne din me banega", I::AskTime, Some("caste_obc")),
        ("mera status kya hai APP-2026-000123", I::TrackStatus, None),
        ("APP-2026-000123", I::TrackStatus, None),
        ("मेरा आवेदन कहाँ तक पहुँचा", I::TrackStatus, None),
        ("abhi tak nahi aaya", I::TrackStatus, None),
        ("ye certificate asli hai ya nakli", I::Verify, None),
        ("certificate download karna hai", I::Download, None),
        ("मुझे अपना आवेदन वापस लेना है", I::Withdraw, None),
        ("cancel my application", I::Withdraw, None),
        ("adhikari se baat karni hai", I::TalkToHuman, None),
        ("किसी से बात कराइए, adhikari se baat", I::TalkToHuman, None),
        ("officer paise maang raha hai", I::Grievance, None),
        ("delete my data", I::EraseMyData, None),
        ("english me baat karo", I::ChangeLanguage, None),
        ("हिंदी", I::ChangeLanguage, None),
        ("kaun kaun si seva hai", I::ListServices, None),
        ("thank you so much", I::Thanks, None),
        ("haan ji", I::Affirm, None),
        ("नहीं", I::Deny, None),
        ("band karo", I::Cancel, None),
        ("मदद", I::Help, None),
        ("passport banwana hai", I::OutOfScope, None),
        ("aaj ka mausam kaisa hai", I::OutOfScope, None),
        ("asdf qwer", I::OutOfScope, None),
        ("", I::OutOfScope, None),
    ] {
        let meaning = reader.understand(text, &Context::default());
        assert_eq!(
            (meaning.intent, meaning.service.as_deref()),
            (intent, service),
            "{text}: {meaning:?}"
        );
    }
}

#[test]
fn a_name_that_leaves_the_service_open_is_asked_back() {
    for text in ["jati praman patra banwana hai", "जाति प्रमाण पत्र", "licence banwana hai"]
    {
        let meaning = meaning(text);
        assert!(meaning.clarify, "{text}: {meaning:?}");
        assert!(meaning.candidates.len() >= 2, "{text}: {meaning:?}");
        assert_eq!(meaning.intent, Intent::Apply, "{text}");
    }
    assert!(!meaning("obc jati praman patra").clarify);
}

#[test]
fn the_language_of_a_message() {
    use DetectedLanguage as L;
    for (text, wanted) in [
        ("मुझे OBC certificate चाहिए", L::Hindi),
        ("mujhe birth certificate chahiye", L::Hinglish),
        ("I need a birth certificate", L::English),
        ("birth certificate", L::English),
        ("123", L::English),
    ] {
        assert_eq!(meaning(text).language, wanted, "{text}");
    }
}

#[test]
fn slots_have_the_names_of_the_contract() {
    let slots = meaning("mera janm 15-8-90 ko hua, pin 110 092").slots;
    assert_eq!(slots.get("dob").map(String::as_str), Some("1990-08-15"));
    let slots = meaning("call +91 98765 43210, ladki").slots;
    assert_eq!(slots.get("phone").map(String::as_str), Some("9876543210"));
    assert_eq!(slots.get("gender").map(String::as_str), Some("female"));
}

#[test]
fn a_bare_question_is_about_the_last_service() {
    let context = Context {
        last_service: Some("birth_certificate".into()),
        ..Context::default()
    };
    let meaning = reader().understand("fees kitni hai", &context);
    assert_eq!(meaning.service.as_deref(), Some("birth_certificate"));
}

#[test]
fn the_answer_has_the_shape_of_the_contract() {
    let json = serde_json::to_value(meaning("birth certificate chahiye")).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = [
        "intent",
        "service",
        "slots",
        "confidence",
        "language",
        "oos_score",
        "clarify",
        "candidates",
    ];
    wanted.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, wanted);
    assert_eq!(json["intent"], "apply");
    assert_eq!(json["language"], "hi-Latn");
}
