//! The page's words, in both languages side by side.

use super::super::fault::{Fault, Target, Trouble};
use crate::inbound::StatusState;
use crate::simulator::state::Progress;

/// English or Hindi.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    En,
    Hi,
}

impl Lang {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "en" => Some(Self::En),
            "hi" => Some(Self::Hi),
            _ => None,
        }
    }

    /// For forms and `?lang=`.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Hi => "hi",
        }
    }

    /// For the `lang` attribute of the page.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en-IN",
            Self::Hi => "hi",
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::Hi => &HI,
        }
    }

    pub(super) const fn month(self, month: i8) -> &'static str {
        let names = match self {
            Self::En => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::Hi => [
                "जनवरी",
                "फ़रवरी",
                "मार्च",
                "अप्रैल",
                "मई",
                "जून",
                "जुलाई",
                "अगस्त",
                "सितंबर",
                "अक्तूबर",
                "नवंबर",
                "दिसंबर",
            ],
        };
        match month {
            1 => names[0],
            2 => names[1],
            3 => names[2],
            4 => names[3],
            5 => names[4],
            6 => names[5],
            7 => names[6],
            8 => names[7],
            9 => names[8],
            10 => names[9],
            11 => names[10],
            _ => names[11],
        }
    }

    /// How far a message got, for its bubble. A message that only waits says nothing.
    pub(super) fn progress(self, progress: Progress) -> String {
        match (self, progress) {
            (Self::En, Progress::Accepted) => "on its way".to_owned(),
            (Self::Hi, Progress::Accepted) => "रास्ते में".to_owned(),
            (Self::En, Progress::Reached(StatusState::Failed, code)) => {
                format!("failed {}", code.map(|code| code.to_string()).unwrap_or_default())
            }
            (Self::Hi, Progress::Reached(StatusState::Failed, code)) => {
                format!("नहीं पहुँचा {}", code.map(|code| code.to_string()).unwrap_or_default())
            }
            (Self::En, reached) => reached.word().to_owned(),
            (Self::Hi, Progress::Reached(StatusState::Sent, _)) => "भेजा गया".to_owned(),
            (Self::Hi, Progress::Reached(StatusState::Delivered, _)) => "पहुँच गया".to_owned(),
            (Self::Hi, Progress::Reached(StatusState::Read, _)) => "पढ़ लिया गया".to_owned(),
        }
    }

    /// An armed fault, in words.
    pub(super) fn armed(self, fault: &Fault) -> String {
        let times = fault.times;
        let name = FAULTS
            .iter()
            .find(|choice| {
                (choice.fault)().is_some_and(|(target, trouble)| target == fault.target && trouble == fault.trouble)
            })
            .map(|choice| match self {
                Self::En => choice.en,
                Self::Hi => choice.hi,
            });
        let name = name.map_or_else(|| fault.to_json().to_string(), str::to_owned);
        match self {
            Self::En => format!("{name} (next {times})"),
            Self::Hi => format!("{name} (अगले {times})"),
        }
    }
}

/// A fault that the page offers.
pub(super) struct FaultChoice {
    pub(super) key: &'static str,
    pub(super) en: &'static str,
    pub(super) hi: &'static str,
    pub(super) fault: fn() -> Option<(Target, Trouble)>,
}

const fn refuse(target: Target, http: u16, code: i64) -> Option<(Target, Trouble)> {
    Some((
        target,
        Trouble::Refuse {
            http: Some(http),
            code: Some(code),
        },
    ))
}

/// What the page offers; anything else can be armed over the control interface.
pub(super) const FAULTS: &[FaultChoice] = &[
    FaultChoice {
        key: "webhook-twice",
        en: "Webhook arrives twice",
        hi: "वेबहुक दो बार पहुँचे",
        fault: || Some((Target::Webhook, Trouble::Repeat(2))),
    },
    FaultChoice {
        key: "webhook-late",
        en: "Webhook arrives 10 seconds late",
        hi: "वेबहुक 10 सेकंड देर से पहुँचे",
        fault: || Some((Target::Webhook, Trouble::Delay(10))),
    },
    FaultChoice {
        key: "webhook-order",
        en: "Webhook arrives after the next one",
        hi: "वेबहुक अपने अगले के बाद पहुँचे",
        fault: || Some((Target::Webhook, Trouble::Reorder)),
    },
    FaultChoice {
        key: "webhook-down",
        en: "Webhook fails with 500 and is repeated",
        hi: "वेबहुक 500 से असफल हो और दोहराया जाए",
        fault: || {
            Some((
                Target::Webhook,
                Trouble::Refuse {
                    http: Some(500),
                    code: None,
                },
            ))
        },
    },
    FaultChoice {
        key: "message-transient",
        en: "Message refused: passing trouble (131000)",
        hi: "संदेश न लिया जाए: थोड़ी देर की गड़बड़ी (131000)",
        fault: || refuse(Target::Messages, 500, 131_000),
    },
    FaultChoice {
        key: "message-lost",
        en: "Message goes out, its answer is lost",
        hi: "संदेश चला जाए, पर उत्तर खो जाए",
        fault: || Some((Target::Messages, Trouble::LoseAnswer)),
    },
    FaultChoice {
        key: "message-pair",
        en: "Message refused: too many to one person (131056)",
        hi: "संदेश न लिया जाए: एक व्यक्ति को बहुत संदेश (131056)",
        fault: || refuse(Target::Messages, 400, 131_056),
    },
    FaultChoice {
        key: "message-token",
        en: "Message refused: token no longer good (190)",
        hi: "संदेश न लिया जाए: टोकन अब मान्य नहीं (190)",
        fault: || refuse(Target::Messages, 401, 190),
    },
    FaultChoice {
        key: "media-down",
        en: "File cannot be uploaded or read (131053)",
        hi: "फ़ाइल न चढ़े, न पढ़ी जाए (131053)",
        fault: || refuse(Target::Media, 500, 131_053),
    },
    FaultChoice {
        key: "node-down",
        en: "File cannot be looked up (131016)",
        hi: "फ़ाइल का पता न मिले (131016)",
        fault: || refuse(Target::Node, 503, 131_016),
    },
];

/// Every fixed text of the page.
pub(super) struct Words {
    pub(super) skip: &'static str,
    pub(super) strip: &'static str,
    pub(super) title: &'static str,
    pub(super) intro: &'static str,
    pub(super) language: &'static str,
    pub(super) other_language: &'static str,
    pub(super) sections: &'static str,
    pub(super) refresh: &'static str,
    pub(super) phones: [&'static str; 2],
    pub(super) hints: [&'static str; 2],
    pub(super) number: &'static str,
    pub(super) office: &'static str,
    pub(super) you: &'static str,
    pub(super) from_other: [&'static str; 2],
    pub(super) typing: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) start: &'static str,
    pub(super) message: &'static str,
    pub(super) send: &'static str,
    pub(super) attach: &'static str,
    pub(super) file: &'static str,
    pub(super) send_file: &'static str,
    pub(super) more: &'static str,
    pub(super) location: &'static str,
    pub(super) sticker: &'static str,
    pub(super) contact: &'static str,
    pub(super) welcome: &'static str,
    pub(super) download: &'static str,
    pub(super) pass_on: &'static str,
    pub(super) to_office: &'static str,
    pub(super) photo: &'static str,
    pub(super) calls_of: &'static str,
    pub(super) calls: &'static str,
    pub(super) calls_intro: &'static str,
    pub(super) office_number: &'static str,
    pub(super) no_calls: &'static str,
    pub(super) time: &'static str,
    pub(super) direction: &'static str,
    pub(super) what: &'static str,
    pub(super) code: &'static str,
    pub(super) milliseconds: &'static str,
    pub(super) in_words: &'static str,
    pub(super) out_words: &'static str,
    pub(super) show: &'static str,
    pub(super) bubble: &'static str,
    pub(super) raw: &'static str,
    pub(super) answer: &'static str,
    pub(super) headers: &'static str,
    pub(super) replay: &'static str,
    pub(super) no_answer: &'static str,
    pub(super) faults: &'static str,
    pub(super) fault: &'static str,
    pub(super) times: &'static str,
    pub(super) arm: &'static str,
    pub(super) armed: &'static str,
    pub(super) none_armed: &'static str,
    pub(super) disarm: &'static str,
    pub(super) clock: &'static str,
    pub(super) clock_now: &'static str,
    pub(super) hour: &'static str,
    pub(super) day: &'static str,
    pub(super) reset: &'static str,
    pub(super) reset_note: &'static str,
}

pub(super) static EN: Words = Words {
    skip: "Skip to the phones",
    strip: "Demonstration. Nothing here is a legal document.",
    title: "Chat simulator",
    intro: "Two phones that write to the office. Nothing leaves this program: it answers the office’s calls as WhatsApp’s Cloud API would.",
    language: "Language",
    other_language: "हिन्दी",
    sections: "Parts of this page",
    refresh: "Refresh",
    phones: ["Citizen’s phone", "Verifier’s phone"],
    hints: [
        "Apply, track and receive certificates.",
        "Send a certificate, a photo of one, or its number to have it checked.",
    ],
    number: "Number",
    office: "Office",
    you: "You",
    from_other: ["From the citizen’s phone", "From the verifier’s phone"],
    typing: "The office is writing …",
    nothing_yet: "No messages yet.",
    start: "Start with",
    message: "Message",
    send: "Send",
    attach: "Send a photo or a file",
    file: "Photo, PDF or recording",
    send_file: "Send file",
    more: "Send something else",
    location: "Location",
    sticker: "Sticker",
    contact: "Contact",
    welcome: "Open the chat",
    download: "Download",
    pass_on: "Send to the other phone",
    to_office: "Send to the office",
    photo: "Photo",
    calls_of: "Calls",
    calls: "Calls between the programs",
    calls_intro: "Newest first, at most 60.",
    office_number: "The office’s number",
    no_calls: "No calls yet.",
    time: "Time",
    direction: "Direction",
    what: "What",
    code: "Code",
    milliseconds: "ms",
    in_words: "to the office",
    out_words: "from the office",
    show: "Show",
    bubble: "Message",
    raw: "Body as sent",
    answer: "Answer",
    headers: "Headers",
    replay: "Send again",
    no_answer: "no answer",
    faults: "Trouble",
    fault: "What goes wrong",
    times: "How often",
    arm: "Arm",
    armed: "Armed",
    none_armed: "Nothing is armed.",
    disarm: "Disarm all",
    clock: "Clock",
    clock_now: "Time here",
    hour: "+1 hour",
    day: "Next day",
    reset: "Empty both phones",
    reset_note: "The office keeps what it knows.",
};

pub(super) static HI: Words = Words {
    skip: "सीधे फ़ोन पर जाएँ",
    strip: "प्रदर्शन। यहाँ का कोई काग़ज़ क़ानूनी दस्तावेज़ नहीं है।",
    title: "चैट सिम्युलेटर",
    intro: "दो फ़ोन, जो कार्यालय को लिखते हैं। इस प्रोग्राम से बाहर कुछ नहीं जाता: यह कार्यालय को वैसे ही उत्तर देता है जैसे WhatsApp का Cloud API देता है।",
    language: "भाषा",
    other_language: "English",
    sections: "इस पेज के भाग",
    refresh: "ताज़ा करें",
    phones: ["नागरिक का फ़ोन", "जाँचने वाले का फ़ोन"],
    hints: [
        "आवेदन करें, उसकी स्थिति देखें, प्रमाण पत्र पाएँ।",
        "जाँच के लिए प्रमाण पत्र, उसकी फ़ोटो या उसका नंबर भेजें।",
    ],
    number: "नंबर",
    office: "कार्यालय",
    you: "आप",
    from_other: ["नागरिक के फ़ोन से", "जाँचने वाले के फ़ोन से"],
    typing: "कार्यालय लिख रहा है …",
    nothing_yet: "अभी कोई संदेश नहीं है।",
    start: "यहाँ से शुरू करें",
    message: "संदेश",
    send: "भेजें",
    attach: "फ़ोटो या फ़ाइल भेजें",
    file: "फ़ोटो, PDF या रिकॉर्डिंग",
    send_file: "फ़ाइल भेजें",
    more: "कुछ और भेजें",
    location: "जगह",
    sticker: "स्टिकर",
    contact: "संपर्क",
    welcome: "चैट खोलें",
    download: "डाउनलोड करें",
    pass_on: "दूसरे फ़ोन पर भेजें",
    to_office: "कार्यालय को भेजें",
    photo: "फ़ोटो",
    calls_of: "कॉल",
    calls: "प्रोग्रामों के बीच की कॉल",
    calls_intro: "नई सबसे ऊपर, ज़्यादा से ज़्यादा 60।",
    office_number: "कार्यालय का नंबर",
    no_calls: "अभी कोई कॉल नहीं हुई।",
    time: "समय",
    direction: "दिशा",
    what: "क्या",
    code: "कोड",
    milliseconds: "मि.से.",
    in_words: "कार्यालय की ओर",
    out_words: "कार्यालय से",
    show: "दिखाएँ",
    bubble: "संदेश",
    raw: "जैसा भेजा गया",
    answer: "उत्तर",
    headers: "हेडर",
    replay: "फिर भेजें",
    no_answer: "उत्तर नहीं",
    faults: "गड़बड़ी",
    fault: "क्या बिगड़े",
    times: "कितनी बार",
    arm: "लागू करें",
    armed: "लागू",
    none_armed: "कोई गड़बड़ी लागू नहीं है।",
    disarm: "सब हटाएँ",
    clock: "घड़ी",
    clock_now: "यहाँ का समय",
    hour: "+1 घंटा",
    day: "अगला दिन",
    reset: "दोनों फ़ोन ख़ाली करें",
    reset_note: "कार्यालय जो जानता है, वह बना रहता है।",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_on_offer_has_a_key_of_its_own_and_both_languages() {
        let mut keys: Vec<_> = FAULTS.iter().map(|choice| choice.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), FAULTS.len());
        for choice in FAULTS {
            assert!((choice.fault)().is_some());
            assert!(choice.en.is_ascii());
            assert!(
                choice.hi.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c)),
                "{}",
                choice.key
            );
        }
    }

    #[test]
    fn a_fault_is_told_in_words() {
        let fault = Fault {
            target: Target::Webhook,
            times: 2,
            trouble: Trouble::Repeat(2),
        };
        assert_eq!(Lang::En.armed(&fault), "Webhook arrives twice (next 2)");
        assert_eq!(Lang::Hi.armed(&fault), "वेबहुक दो बार पहुँचे (अगले 2)");
    }
}
