//! What was understood, in words. Both languages stand beside each other, so that none is forgotten.

use assistant::understand::{DetectedLanguage, Intent};
use domain::{
    Bilingual,
    catalogue::{Catalogue, Service},
};

/// What somebody wants, after "This person …".
#[must_use]
pub fn intent(intent: Intent) -> Bilingual {
    let (en, hi) = match intent {
        Intent::Apply => ("wants to apply", "आवेदन करना चाहते हैं"),
        Intent::Inform => ("answers a question of a form", "फ़ॉर्म के सवाल का जवाब दे रहे हैं"),
        Intent::TrackStatus => ("asks how their application stands", "अपने आवेदन की स्थिति पूछ रहे हैं"),
        Intent::Download => ("wants their certificate once more", "अपना प्रमाण पत्र फिर से चाहते हैं"),
        Intent::Verify => ("wants a certificate checked", "प्रमाण पत्र की जाँच चाहते हैं"),
        Intent::AskDocuments => ("asks which papers are needed", "पूछ रहे हैं कि कौन से कागज़ लगेंगे"),
        Intent::AskFee => ("asks what it costs", "पूछ रहे हैं कि शुल्क कितना है"),
        Intent::AskEligibility => ("asks who may have it", "पूछ रहे हैं कि यह किसे मिल सकता है"),
        Intent::AskTime => ("asks how long it takes", "पूछ रहे हैं कि कितने दिन लगेंगे"),
        Intent::CorrectDetails => ("wants something corrected", "कुछ ठीक करवाना चाहते हैं"),
        Intent::Withdraw => ("wants to take an application back", "आवेदन वापस लेना चाहते हैं"),
        Intent::Grievance => ("complains", "शिकायत कर रहे हैं"),
        Intent::TalkToHuman => ("wants to talk to a person", "किसी व्यक्ति से बात करना चाहते हैं"),
        Intent::ChangeLanguage => ("wants the other language", "भाषा बदलना चाहते हैं"),
        Intent::ListServices => ("asks what there is", "पूछ रहे हैं कि यहाँ क्या-क्या मिलता है"),
        Intent::Greet => ("greets", "नमस्ते कह रहे हैं"),
        Intent::Thanks => ("says thanks", "धन्यवाद कह रहे हैं"),
        Intent::Affirm => ("says yes", "हाँ कह रहे हैं"),
        Intent::Deny => ("says no", "नहीं कह रहे हैं"),
        Intent::Cancel => ("wants to stop", "इसे यहीं रोकना चाहते हैं"),
        Intent::EraseMyData => ("wants their data erased", "अपना डेटा मिटवाना चाहते हैं"),
        Intent::Help => ("asks how this works", "पूछ रहे हैं कि यह कैसे चलता है"),
        Intent::OutOfScope => (
            "wants something that is not done here",
            "ऐसी बात कह रहे हैं जो यहाँ नहीं होती",
        ),
    };
    Bilingual::new(en, hi)
}

/// The language and script of a message.
#[must_use]
pub fn language(language: DetectedLanguage) -> Bilingual {
    let (en, hi) = match language {
        DetectedLanguage::Hindi => ("Hindi, in Devanagari", "हिंदी, देवनागरी में"),
        DetectedLanguage::Hinglish => ("Hindi in Latin letters (Hinglish)", "रोमन अक्षरों में हिंदी"),
        DetectedLanguage::English => ("English", "अंग्रेज़ी"),
    };
    Bilingual::new(en, hi)
}

/// The tag of a language and script, for `lang`.
#[must_use]
pub const fn tag(language: DetectedLanguage) -> &'static str {
    match language {
        DetectedLanguage::Hindi => "hi",
        DetectedLanguage::Hinglish => "hi-Latn",
        DetectedLanguage::English => "en-IN",
    }
}

/// The particulars that `understand` names, in the order of the contract.
const SLOTS: [(&str, &str, &str); 22] = [
    ("name", "name", "नाम"),
    ("child_name", "child's name", "बच्चे का नाम"),
    ("father_name", "father's name", "पिता का नाम"),
    ("mother_name", "mother's name", "माता का नाम"),
    ("spouse_name", "husband's or wife's name", "पति या पत्नी का नाम"),
    ("deceased_name", "name of the deceased", "मृतक का नाम"),
    ("dob", "date of birth", "जन्म तिथि"),
    ("date_of_death", "date of death", "मृत्यु की तिथि"),
    ("date_of_marriage", "date of marriage", "विवाह की तिथि"),
    ("date", "date", "तिथि"),
    ("gender", "gender", "लिंग"),
    ("age", "age in years", "उम्र, वर्ष में"),
    ("pin", "PIN code", "पिन कोड"),
    ("phone", "phone number", "फ़ोन नंबर"),
    ("locality", "locality", "इलाक़ा"),
    ("district", "district", "ज़िला"),
    ("annual_income", "income, rupees a year", "आय, रुपये सालाना"),
    ("application_number", "application number", "आवेदन संख्या"),
    ("certificate_number", "certificate number", "प्रमाण पत्र का नंबर"),
    ("vehicle_number", "vehicle number", "गाड़ी का नंबर"),
    ("language", "language", "भाषा"),
    ("number", "number", "नंबर"),
];

/// What a particular is called.
#[must_use]
pub fn slot(name: &str) -> Bilingual {
    let known = SLOTS.iter().find(|(known, ..)| *known == name);
    known.map_or_else(|| Bilingual::new(name, name), |(_, en, hi)| Bilingual::new(*en, *hi))
}

/// What a service is called.
#[must_use]
pub fn service(catalogue: &Catalogue, code: &str) -> Bilingual {
    let name = catalogue.get(code).map(|service| service.name.clone());
    name.unwrap_or_else(|| Bilingual::new(code, code))
}

/// How a conversation stands, by the word of the `converse` verb.
#[must_use]
pub fn mode(mode: &str) -> Bilingual {
    let (en, hi) = match mode {
        "menu" => ("shows a menu", "सूची दिखा रही है"),
        "form" => ("fills in a form", "फ़ॉर्म भर रही है"),
        "confirm" => ("waits for a yes", "हाँ का इंतज़ार है"),
        "clarify" => ("asks back", "दोबारा पूछ रही है"),
        "handoff" => ("handed to a person", "किसी व्यक्ति को सौंपी गई"),
        _ => ("waits", "रुकी है"),
    };
    Bilingual::new(en, hi)
}

/// What is awaited, by the word of the `converse` verb: a field or paper of the service, or something else.
#[must_use]
pub fn awaited(service: Option<&Service>, code: &str) -> Bilingual {
    let of_service = service.and_then(|service| {
        let field = service.field(code).map(|field| field.label.clone());
        field.or_else(|| service.document(code).map(|paper| paper.label.clone()))
    });
    of_service.unwrap_or_else(|| {
        let (en, hi) = match code {
            "language" => ("a language", "भाषा"),
            "consent" => ("consent", "सहमति"),
            "change" => ("what is to be changed", "क्या बदलना है"),
            "certificate" => ("a certificate to be checked", "जाँचने के लिए प्रमाण पत्र"),
            "answer" => ("an answer for the office", "कार्यालय के लिए जवाब"),
            "withdraw" => ("a yes to taking it back", "वापस लेने के लिए हाँ"),
            other => return slot(other),
        };
        Bilingual::new(en, hi)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &Bilingual) {
        let devanagari = text.hi.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c));
        assert!(!text.en.is_empty() && devanagari, "{text:?}");
    }

    #[test]
    fn every_word_is_there_in_both_languages() {
        let mut seen = std::collections::BTreeSet::new();
        for one in Intent::ALL {
            both(&intent(one));
            assert!(
                seen.insert(intent(one).en) && seen.insert(intent(one).hi),
                "{one:?} is said like another"
            );
        }
        for (name, ..) in SLOTS {
            both(&slot(name));
        }
        for name in assistant::understand::tagger::KINDS {
            assert_ne!(slot(name).en, "", "{name}");
            both(&slot(name));
        }
        for one in ["menu", "form", "confirm", "clarify", "handoff", "idle"] {
            both(&mode(one));
        }
        for one in ["language", "consent", "change", "certificate", "answer", "withdraw"] {
            both(&awaited(None, one));
        }
    }

    #[test]
    fn what_is_awaited_is_called_as_the_form_calls_it() {
        let catalogue = Catalogue::embedded().unwrap();
        let service = catalogue.get("birth_certificate").unwrap();
        for field in &service.fields {
            assert_eq!(awaited(Some(service), &field.code), field.label);
        }
        for paper in &service.documents {
            both(&awaited(Some(service), &paper.code));
        }
    }
}
