//! Every page with made-up content, the same each time.

use api::{
    auditor::page::{
        BreakView, CheckpointPage, CheckpointView, EventPage, EventRow, LogPage, ReportView, VerifyLogPage,
    },
    front::{AboutPage, FrontPage},
    officer::page::{
        ActForm, ActProblem, AnswerRow, Candidate, CertificateView, CheckPage, Chip, Choice, Desk, FilePage,
        HistoryView, Key, PaperView, QueuePage, QueueRow, RecordInput, ShortcutsPage, SignInPage, StageView,
        StandingPage, Tag, VoiceView,
    },
    page::{Page, time::Limit},
    problem::Problem,
    trying::page::{AssistantPage, Bubble, EXAMPLES, Figure, Offered, Talk, Understood},
    verification::{
        page::{AnswersPage, Checked, Compare, NoVerdict, Shown, Tick, VerdictPage, VerifyPage},
        words::Facts,
    },
};
use askama::Template;
use certificates::VerdictCode;
use domain::{Bilingual, Language, catalogue::Printed};
use jiff::{Timestamp, civil::Date};

/// A page, and what it is called.
pub(crate) struct Sample {
    /// For files and failures.
    pub(crate) name: String,
    /// Its language.
    pub(crate) language: Language,
    /// Rendered.
    pub(crate) html: String,
}

fn two(en: &str, hi: &str) -> Bilingual {
    Bilingual::new(en, hi)
}

fn frame(language: Language) -> Page {
    Page {
        language,
        demo: true,
        host: "verify.sample-municipal.example".into(),
        version: "0.1.0",
        query: String::new(),
    }
}

fn at() -> Timestamp {
    "2026-11-22T11:34:00Z".parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn when(text: &str) -> Bilingual {
    api::page::time::instant(text.parse().unwrap())
}

const NUMBER: &str = "DLBC-7K3M-9Q2X-H4TW";

fn shown(masked: bool) -> Shown {
    let line = |en: &str, hi: &str, ven: &str, vhi: &str| {
        Compare::new(
            two(en, hi),
            Printed {
                en: (!ven.is_empty()).then(|| ven.into()),
                hi: (!vhi.is_empty()).then(|| vhi.into()),
            },
        )
    };
    let fields = if masked {
        vec![
            line("Name", "नाम", "R••• K•••", ""),
            line("Date of issue", "जारी होने की तिथि", "20 November 2026", "20 नवंबर 2026"),
        ]
    } else {
        vec![
            line(
                "Name of the child",
                "बच्चे का नाम",
                "Rajyavardhan Krishnamurthy Venkataraghavan Subrahmanyam Rao",
                "राज्यवर्धन कृष्णमूर्ति वेंकटराघवन सुब्रह्मण्यम राव",
            ),
            line("Father's name", "पिता का नाम", "Subrahmanyam Rao", "सुब्रह्मण्यम राव"),
            line("Date of birth", "जन्म तिथि", "14 August 2026", "14 अगस्त 2026"),
            line("Date of issue", "जारी होने की तिथि", "20 November 2026", "20 नवंबर 2026"),
            line("Place of birth", "जन्म स्थान", "", ""),
        ]
    };
    Shown {
        title: two("Birth certificate", "जन्म प्रमाण पत्र"),
        number: NUMBER.into(),
        masked,
        fields,
    }
}

fn ticks(results: [Tick; 3]) -> Vec<Checked> {
    let [signature, log, status] = results;
    vec![
        Checked {
            question: two("Signed by the office?", "कार्यालय का हस्ताक्षर?"),
            result: signature,
            words: None,
            detail: None,
        },
        Checked {
            question: two("In the public log?", "सार्वजनिक लॉग में?"),
            result: log,
            words: None,
            detail: Some(two("position 48213", "स्थान 48213")),
        },
        Checked {
            question: two(
                "List of cancelled or replaced certificates:",
                "रद्द या बदले गए प्रमाण पत्रों की सूची:",
            ),
            result: status,
            words: match status {
                Tick::Yes => Some(two("not on it", "इसमें नहीं है")),
                Tick::No => Some(two("on it", "इसमें है")),
                Tick::NotChecked => None,
            },
            detail: Some(when("2026-11-22T11:34:00Z")),
        },
    ]
}

/// The verdict page of an answer, with everything handed in that could be shown.
pub(crate) fn verdict(answer: VerdictCode, language: Language) -> String {
    use Tick::{No, NotChecked, Yes};
    let facts = Facts {
        date: Some(two("30 September 2026", "30 सितंबर 2026")),
        until: Some(two("31 December 2026", "31 दिसंबर 2026")),
        newer: Some("DLBC-0Z9Y-8X7W-6V5T".into()),
    };
    let results = match answer {
        VerdictCode::Valid | VerdictCode::Expired => [Yes, Yes, Yes],
        VerdictCode::Suspended | VerdictCode::Revoked | VerdictCode::Superseded => [Yes, Yes, No],
        VerdictCode::NotGenuine => [No, NotChecked, NotChecked],
        VerdictCode::Unknown => [Yes, Yes, NotChecked],
        VerdictCode::Unreadable => [NotChecked, NotChecked, NotChecked],
    };
    VerdictPage::new(frame(language), answer, facts, Some(shown(false)), ticks(results), at())
        .render()
        .unwrap()
}

fn desk() -> Option<Desk> {
    Some(Desk {
        name: two("Sample Officer Two", "नमूना अधिकारी दो"),
        designation: two("Sub-Registrar (Births and Deaths)", "उप रजिस्ट्रार (जन्म और मृत्यु)"),
        csrf: "c".repeat(43),
        shortcuts: true,
    })
}

fn choice(code: &str, en: &str, hi: &str, chosen: bool) -> Choice {
    Choice {
        code: code.into(),
        label: two(en, hi),
        chosen,
    }
}

fn queue(language: Language, empty: bool) -> String {
    let row = |n: u64, service: Bilingual, applicant: Option<&str>, waiting, due: &str| QueueRow {
        number: format!("APP-2026-{n:06}"),
        service,
        applicant: applicant.map(Into::into),
        stage: two("Checking the papers", "कागज़ों की जाँच"),
        waiting,
        parked: false,
        received_iso: "2026-11-18T06:10:00Z".into(),
        received: api::page::time::day(date("2026-11-18")),
        limit: (!due.is_empty()).then(|| Limit::on(date(due), date("2026-11-22"))),
    };
    let birth = || two("Birth certificate", "जन्म प्रमाण पत्र");
    let rows = vec![
        row(98, birth(), Some("सुनीता देवी"), false, "2026-11-19"),
        row(
            121,
            birth(),
            Some("Rajyavardhan Krishnamurthy Venkataraghavan Subrahmanyam Rao"),
            false,
            "2026-11-22",
        ),
        row(
            123,
            two("Marriage registration", "विवाह पंजीकरण"),
            Some("Imran Qureshi"),
            true,
            "2026-11-24",
        ),
        row(140, birth(), None, false, "2026-12-15"),
        row(141, birth(), Some("Kavita Nair"), false, ""),
    ];
    QueuePage {
        p: frame(language),
        desk: desk(),
        here: "queue",
        q: String::new(),
        services: vec![choice(
            "birth_certificate",
            "Birth certificate",
            "जन्म प्रमाण पत्र",
            !empty,
        )],
        states: vec![
            choice("late", "Late", "देरी से", false),
            choice("waiting", "Waiting for the citizen", "नागरिक के जवाब की प्रतीक्षा", false),
        ],
        chips: if empty {
            vec![]
        } else {
            vec![Chip {
                words: frame(language).t("Birth certificate", "जन्म प्रमाण पत्र").into(),
                without: "/officer/queue".into(),
            }]
        },
        rows: if empty { vec![] } else { rows },
        more: false,
    }
    .render()
    .unwrap()
}

fn file(language: Language, decided: bool, failed: bool) -> String {
    let answer = |en: &str, hi: &str, ven: &str, vhi: &str| AnswerRow {
        label: two(en, hi),
        en: (!ven.is_empty()).then(|| ven.into()),
        hi: (!vhi.is_empty()).then(|| vhi.into()),
    };
    FilePage {
        p: frame(language),
        desk: desk(),
        here: "file",
        number: "APP-2026-000121".into(),
        service: two("Birth certificate", "जन्म प्रमाण पत्र"),
        applicant: Some("Rajyavardhan Krishnamurthy Venkataraghavan Subrahmanyam Rao".into()),
        state: if decided {
            Tag {
                words: two("approved", "मंज़ूर"),
                class: "ok",
            }
        } else {
            Tag {
                words: two("with the officer", "अधिकारी के पास"),
                class: "info",
            }
        },
        limit: (!decided).then(|| Limit::on(date("2026-11-22"), date("2026-11-22"))),
        done: decided.then(|| {
            two(
                "Approved. The certificate is being signed and sent.",
                "मंज़ूर हुआ। प्रमाण पत्र पर हस्ताक्षर होकर भेजा जा रहा है।",
            )
        }),
        following: decided.then(|| "APP-2026-000123".into()),
        problem: failed.then(|| ActProblem {
            title: two("The rule says no", "नियम इसकी अनुमति नहीं देता"),
            what: two(
                "You passed the stage before. Another officer must decide this one.",
                "इससे पहले का चरण आपने पूरा किया। इस चरण पर दूसरे अधिकारी को निर्णय करना है।",
            ),
            field: Some("reason-field".into()),
            code: "application.same_officer".into(),
        }),
        answers: vec![
            answer(
                "Name of the child",
                "बच्चे का नाम",
                "Rajyavardhan Krishnamurthy Venkataraghavan Subrahmanyam Rao",
                "राज्यवर्धन कृष्णमूर्ति वेंकटराघवन सुब्रह्मण्यम राव",
            ),
            answer("Sex", "लिंग", "Male", "पुरुष"),
            answer("Date of birth", "जन्म तिथि", "14 August 2026", "14 अगस्त 2026"),
            answer("Address", "पता", "House 12, Gali 4, Karawal Nagar, Delhi 110094", ""),
            answer("Father's name", "पिता का नाम", "", "सुब्रह्मण्यम राव"),
            answer("Grandfather's name", "दादा का नाम", "", ""),
        ],
        answers_set: Some(two(
            "Given by the citizen on 18 November 2026, 11:40 IST, position 48120",
            "नागरिक ने 18 नवंबर 2026, 11:40 IST को दिए, स्थान 48120",
        )),
        papers: vec![
            PaperView {
                title: two("Discharge summary of the hospital", "अस्पताल का डिस्चार्ज पत्र"),
                accepted: None,
                href: "/static/paper.svg".into(),
                picture: true,
                kind: "JPEG",
                size: "412 KB".into(),
                notes: vec![two("blurred", "धुँधली")],
            },
            PaperView {
                title: two("Address proof", "पते का प्रमाण"),
                accepted: Some(two("voter card, passport", "वोटर कार्ड, पासपोर्ट")),
                href: "/officer/files/APP-2026-000121/papers/2".into(),
                picture: false,
                kind: "PDF",
                size: "1.2 MB".into(),
                notes: vec![],
            },
        ],
        voices: vec![
            VoiceView {
                when: when("2026-11-18T06:02:00Z"),
                href: "/officer/files/APP-2026-000121/voice/1".into(),
                length: Some("0:42".into()),
                size: "96 KB".into(),
                words: Some("बच्ची का नाम अभी नहीं रखा है".into()),
            },
            VoiceView {
                when: when("2026-11-18T06:05:00Z"),
                href: "/officer/files/APP-2026-000121/voice/2".into(),
                length: None,
                size: "12 KB".into(),
                words: None,
            },
        ],
        form: (!decided).then(|| ActForm {
            title: two("Decision of the Sub-Registrar", "उप रजिस्ट्रार का निर्णय"),
            csrf: "c".repeat(43),
            command_id: "00000000-0000-4000-8000-000000000001".into(),
            stage: "decision".into(),
            acts: vec![
                choice("approve", "Approve", "मंज़ूर करें", false),
                choice("ask", "Ask the citizen", "नागरिक से पूछें", false),
                choice("refuse", "Refuse", "अस्वीकार करें", failed),
            ],
            records: vec![
                RecordInput {
                    code: "register_page".into(),
                    label: two("Page of the birth register", "जन्म रजिस्टर का पृष्ठ"),
                    optional: false,
                    input: "number",
                    value: String::new(),
                    choices: vec![],
                    problem: None,
                },
                RecordInput {
                    code: "visited".into(),
                    label: two("Hospital record seen?", "अस्पताल का अभिलेख देखा?"),
                    optional: false,
                    input: "radio",
                    value: String::new(),
                    choices: vec![choice("yes", "Yes", "हाँ", false), choice("no", "No", "नहीं", false)],
                    problem: None,
                },
            ],
            reasons: vec![choice(
                "papers_differ",
                "The papers do not match the answers.",
                "कागज़ जवाबों से मेल नहीं खाते।",
                failed,
            )],
            papers: vec![choice("address_proof", "Address proof", "पते का प्रमाण", false)],
            words: String::new(),
        }),
        no_act: None,
        certificate: decided.then(|| CertificateView {
            number: NUMBER.into(),
            standing: two("valid", "मान्य"),
            class: "ok",
            dates: two(
                "Issued on 22 November 2026, without end",
                "22 नवंबर 2026 को जारी, बिना अंतिम तिथि",
            ),
            waiting: Some(two(
                "A correction has been proposed and waits for another officer.",
                "एक सुधार सुझाया गया है और दूसरे अधिकारी की मंज़ूरी के लिए रुका है।",
            )),
            declined: None,
            acts: vec![
                (
                    "/officer/files/APP-2026-000121/suspend".into(),
                    two("Put this certificate on hold", "इस प्रमाण पत्र पर रोक लगाएँ"),
                ),
                (
                    "/officer/files/APP-2026-000121/revoke".into(),
                    two("Cancel this certificate", "यह प्रमाण पत्र रद्द करें"),
                ),
            ],
        }),
        stages: vec![
            StageView {
                title: two("Fee and papers counted", "शुल्क और कागज़ गिने गए"),
                class: "passed",
            },
            StageView {
                title: two("Checking the papers", "कागज़ों की जाँच"),
                class: "passed",
            },
            StageView {
                title: two("Decision of the Sub-Registrar", "उप रजिस्ट्रार का निर्णय"),
                class: if decided { "passed" } else { "here" },
            },
        ],
        history: vec![
            HistoryView {
                what: two("Passed on: Checking the papers", "आगे भेजा: कागज़ों की जाँच"),
                by: Some(two(
                    "Sample Officer One, Registration Clerk",
                    "नमूना अधिकारी एक, पंजीकरण लिपिक",
                )),
                at: when("2026-11-20T09:12:00Z"),
                iso: "2026-11-20T09:12:00Z".into(),
                position: 48_190,
                record: vec![(two("Papers agree", "कागज़ मेल खाते हैं"), two("Yes", "हाँ"))],
                words: Some("Discharge summary read; the name agrees.".into()),
            },
            HistoryView {
                what: two("Handed in", "जमा किया"),
                by: None,
                at: when("2026-11-18T06:10:00Z"),
                iso: "2026-11-18T06:10:00Z".into(),
                position: 48_120,
                record: vec![],
                words: None,
            },
        ],
    }
    .render()
    .unwrap()
}

fn event_row(position: u64, what: Bilingual, event_type: &str, stream: &str, sequence: u64, who: &str) -> EventRow {
    EventRow {
        position,
        what,
        event_type: event_type.into(),
        stream: stream.into(),
        stream_href: "/auditor/streams/application/APP-2026-000121".into(),
        sequence,
        who: who.into(),
        at: when("2026-11-20T09:12:00Z"),
        iso: "2026-11-20T09:12:00Z".into(),
        leaf: "9f2c41d07ab3".into(),
    }
}

fn report(language: Language, broken: bool) -> String {
    VerifyLogPage {
        p: frame(language),
        here: "verify",
        older: String::new(),
        report: Some(ReportView {
            events: 48_213,
            checkpoints: 96,
            root: "9f2c41d07ab3".repeat(5) + "9f2c",
            at: when("2026-11-22T11:34:00Z"),
            breaks: if broken {
                vec![
                    BreakView {
                        position: Some(48_190),
                        stream: Some("application/APP-2026-000121".into()),
                        what: "the stored bytes do not hash to the stored leaf".into(),
                    },
                    BreakView {
                        position: None,
                        stream: None,
                        what: "the root differs from the checkpoint of size 48200".into(),
                    },
                ]
            } else {
                vec![]
            },
        }),
    }
    .render()
    .unwrap()
}

/// All pages in both languages.
/// The page that tries the assistant, empty or with what was understood.
fn assistant_page(p: Page, text: Option<&str>) -> AssistantPage {
    let catalogue = domain::catalogue::Catalogue::embedded().unwrap();
    let assistant = assistant::Assistant::new(catalogue).unwrap();
    let heard = text.map(|text| {
        let explained = assistant.understander().explain(text, &Default::default());
        Understood::new(catalogue, text, &explained, Some(two("Place of birth", "जन्म स्थान")))
    });
    let bubble = |own: bool, text: &str| Bubble {
        own,
        text: text.into(),
        lang: "hi",
    };
    let talk = text.map(|text| Talk {
        bubbles: vec![bubble(true, text), bubble(false, "बच्चे का पूरा नाम लिखें।")],
        choices: vec![Offered {
            title: "वापस".into(),
            lang: "hi",
        }],
        mode: two("fills in a form", "फ़ॉर्म भर रही है"),
        service: Some(two("Birth certificate", "जन्म प्रमाण पत्र")),
        awaited: Some(two("Name of the child", "बच्चे का नाम")),
        form: vec![(two("PIN code", "पिन कोड"), "110059".into(), "en-IN")],
    });
    let figure = Figure {
        what: two("Request and service both right", "माँग और सेवा दोनों सही"),
        measured: "0.888".into(),
        target: "0.900".into(),
        at_most: false,
        held: false,
    };
    AssistantPage {
        p,
        problem: None,
        typed: String::new(),
        longest: 4096,
        examples: &EXAMPLES,
        understood: heard,
        talk,
        figures: vec![figure],
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let mut pages = vec![];
    for language in [Language::Hi, Language::En] {
        let p = || frame(language);
        let mut add = |name: &str, html: String| {
            pages.push(Sample {
                name: name.into(),
                language,
                html,
            })
        };
        add(
            "front",
            FrontPage {
                p: p(),
                events: "48,213".into(),
                checkpoint: Some("48,213".into()),
                now: p().b(&when("2026-11-22T11:34:00Z")).into(),
            }
            .render()
            .unwrap(),
        );
        let empty = assistant_page(p(), None);
        add("assistant", empty.render().unwrap());
        let text = "मेरे बेटे का जन्म प्रमाण पत्र बनवाना है, पिन 110059";
        add("assistant-heard", assistant_page(p(), Some(text)).render().unwrap());
        add(
            "assistant-looked-up",
            assistant_page(p(), Some("namaste")).render().unwrap(),
        );
        add(
            "assistant-refused",
            AssistantPage {
                problem: Some(Problem::text_too_long()),
                typed: "namaste".into(),
                ..assistant_page(p(), None)
            }
            .render()
            .unwrap(),
        );
        add("about", AboutPage { p: p() }.render().unwrap());
        add("answers", AnswersPage::new(p()).render().unwrap());
        add(
            "verify",
            VerifyPage {
                p: p(),
                problem: None,
                typed: String::new(),
                number_wrong: false,
            }
            .render()
            .unwrap(),
        );
        add(
            "verify-not-found",
            VerifyPage {
                p: p(),
                problem: Some(NoVerdict::not_found()),
                typed: NUMBER.into(),
                number_wrong: true,
            }
            .render()
            .unwrap(),
        );
        for answer in VerdictCode::ALL {
            add(&format!("verdict-{}", answer.code()), verdict(answer, language));
        }
        add(
            "verdict-by-number",
            VerdictPage::new(
                p(),
                VerdictCode::Valid,
                Facts::default(),
                Some(shown(true)),
                ticks([Tick::Yes, Tick::Yes, Tick::Yes]),
                at(),
            )
            .render()
            .unwrap(),
        );
        add(
            "sign-in",
            SignInPage {
                p: p(),
                desk: None,
                here: "sign-in",
                notice: Some(two(
                    "You were signed out after 15 minutes without a step.",
                    "15 मिनट कोई काम न होने से आप साइन आउट हो गए।",
                )),
                officers: vec![
                    Candidate {
                        id: "SR-101".into(),
                        name: two("Sample Officer One", "नमूना अधिकारी एक"),
                        designation: two("Registration Clerk", "पंजीकरण लिपिक"),
                        office: two("Sample Municipal Corporation", "नमूना नगर निगम"),
                        waiting: 4,
                    },
                    Candidate {
                        id: "SR-102".into(),
                        name: two("Sample Officer Two", "नमूना अधिकारी दो"),
                        designation: two("Sub-Registrar (Births and Deaths)", "उप रजिस्ट्रार (जन्म और मृत्यु)"),
                        office: two("Sample Municipal Corporation", "नमूना नगर निगम"),
                        waiting: 0,
                    },
                ],
            }
            .render()
            .unwrap(),
        );
        let mut production = p();
        production.demo = false;
        add(
            "sign-in-production",
            SignInPage {
                p: production,
                desk: None,
                here: "sign-in",
                notice: None,
                officers: vec![],
            }
            .render()
            .unwrap(),
        );
        add("queue", queue(language, false));
        add("queue-empty", queue(language, true));
        add("file", file(language, false, false));
        add("file-decided", file(language, true, false));
        add("file-refused-by-rule", file(language, false, true));
        add(
            "check",
            CheckPage {
                p: p(),
                desk: desk(),
                here: "file",
                number: "APP-2026-000121".into(),
                title: two("Approve this application?", "यह आवेदन मंज़ूर करें?"),
                sentences: vec![
                    two(
                        "You approve APP-2026-000121, birth certificate, for Sunita Devi.",
                        "आप APP-2026-000121, जन्म प्रमाण पत्र, सुनीता देवी के लिए मंज़ूर करते हैं।",
                    ),
                    two(
                        "The certificate is then signed and sent to the citizen.",
                        "फिर प्रमाण पत्र पर हस्ताक्षर होंगे और वह नागरिक को भेजा जाएगा।",
                    ),
                    two(
                        "This cannot be undone; the certificate can only be cancelled.",
                        "यह वापस नहीं हो सकता; प्रमाण पत्र केवल रद्द किया जा सकता है।",
                    ),
                ],
                words_label: two("Your note for the file", "फ़ाइल के लिए आपकी टिप्पणी"),
                words: Some("Register page 214 seen.".into()),
                action: "/officer/files/APP-2026-000121/acts".into(),
                csrf: "c".repeat(43),
                hidden: vec![("act".into(), "approve".into())],
                grave: false,
                confirm: two("Approve", "मंज़ूर करें"),
            }
            .render()
            .unwrap(),
        );
        add(
            "revoke",
            StandingPage {
                p: p(),
                desk: desk(),
                here: "file",
                number: "APP-2026-000121".into(),
                title: two("Cancel a certificate", "प्रमाण पत्र रद्द करें"),
                lead: None,
                service: two("Birth certificate", "जन्म प्रमाण पत्र"),
                certificate: NUMBER.into(),
                problem: None,
                action: "/officer/files/APP-2026-000121/revoke".into(),
                csrf: "c".repeat(43),
                command_id: "x".into(),
                inputs: vec![],
                why: two(
                    "Why? Verifiers see only this class.",
                    "क्यों? जाँचने वालों को केवल यही कारण दिखता है।",
                ),
                reasons: vec![
                    choice("mistake", "Issued by mistake", "ग़लती से जारी हुआ", false),
                    choice(
                        "order",
                        "By order of a court or a superior authority",
                        "न्यायालय या उच्च अधिकारी के आदेश से",
                        false,
                    ),
                ],
                until: None,

                hidden: vec![],
                words: String::new(),
            }
            .render()
            .unwrap(),
        );
        add(
            "standing",
            StandingPage {
                p: p(),
                desk: desk(),
                here: "file",
                number: "APP-2026-000121".into(),
                title: two("Put a certificate on hold", "प्रमाण पत्र पर रोक लगाएँ"),
                lead: Some(two(
                    "Until the last day every check answers “on hold”.",
                    "आख़िरी दिन तक हर जाँच का जवाब “रोक लगी” होगा।",
                )),
                service: two("Birth certificate", "जन्म प्रमाण पत्र"),
                certificate: NUMBER.into(),
                problem: None,
                action: "/officer/files/APP-2026-000121/suspend".into(),
                csrf: "c".repeat(43),
                command_id: "x".into(),
                inputs: vec![RecordInput {
                    code: "child_name".into(),
                    label: two("Name of the child", "बच्चे का नाम"),
                    optional: false,
                    input: "text",
                    value: "Asha / आशा".into(),
                    choices: vec![],
                    problem: None,
                }],
                why: two("Why?", "क्यों?"),
                reasons: vec![choice(
                    "inquiry",
                    "Papers or answers are looked into",
                    "कागज़ों या जवाबों की जाँच चल रही है",
                    true,
                )],
                until: Some(("2026-12-01".into(), "2026-11-22".into(), "2027-05-21".into())),

                hidden: vec![],
                words: String::new(),
            }
            .render()
            .unwrap(),
        );
        add(
            "shortcuts",
            ShortcutsPage {
                p: p(),
                desk: desk(),
                here: "file",
                csrf: "c".repeat(43),
                shortcuts: true,
                keys: vec![Key {
                    keys: &["J", "K"],
                    does: two("next, previous file", "अगली, पिछली फ़ाइल"),
                }],
            }
            .render()
            .unwrap(),
        );
        let rows = vec![
            event_row(
                48_213,
                two("Approved", "मंज़ूर हुआ"),
                "application.approved",
                "APP-2026-000121",
                4,
                "officer/SR-102",
            ),
            event_row(
                48_190,
                two("Passed on", "आगे भेजा"),
                "application.forwarded",
                "APP-2026-000121",
                3,
                "officer/SR-101",
            ),
            event_row(
                48_120,
                two("Handed in", "जमा किया"),
                "application.submitted",
                "APP-2026-000121",
                1,
                "citizen/6f1c6a52-1f0e-4a4b-9d0e-5d5c5a3b2a11",
            ),
        ];
        add(
            "log",
            LogPage {
                p: p(),
                here: "log",
                title: two("The log", "लॉग"),
                stream: None,
                from: String::new(),
                file: String::new(),
                caption: two(
                    "Events 48120 to 48213 of 48213, newest first",
                    "घटनाएँ 48120 से 48213, कुल 48213, नई पहले",
                ),
                empty: two("", ""),
                rows: rows.clone(),
                earlier: Some("/auditor?before=48120".into()),
                later: None,
            }
            .render()
            .unwrap(),
        );
        add(
            "log-empty",
            LogPage {
                p: p(),
                here: "log",
                title: two("The log", "लॉग"),
                stream: None,
                from: "9".into(),
                file: String::new(),
                caption: two("", ""),
                empty: two("The log ends at position 0.", "लॉग स्थान 0 पर समाप्त होता है।"),
                rows: vec![],
                earlier: None,
                later: None,
            }
            .render()
            .unwrap(),
        );
        add("event", EventPage { p: p(), here: "log", position: 48_120, what: two("Handed in", "जमा किया"), who: "citizen/6f1c6a52".into(), at: when("2026-11-18T06:10:00Z"), iso: "2026-11-18T06:10:00Z".into(), stream: "APP-2026-000121".into(), stream_href: "/auditor/streams/application/APP-2026-000121".into(), sequence: 1, event_type: "application.submitted".into(), event_version: "1".into(), leaf: "9f2c41d07ab3".repeat(5) + "9f2c", command: "6f1c6a52-1f0e-4a4b-9d0e-5d5c5a3b2a11".into(), body: "{\n  \"submitted\": {\n    \"number\": \"APP-2026-000121\",\n    \"answers\": {\n      \"$personal\": \"6f1c6a52-1f0e-4a4b-9d0e-5d5c5a3b2a11\",\n      \"sealed\": true\n    }\n  }\n}".into(), previous: Some(48_119), next: Some(48_121) }.render().unwrap());
        add("checkpoint", CheckpointPage { p: p(), here: "checkpoint", checkpoint: Some(CheckpointView { size: 48_213, root: "nyxB0Hqz9yxB0Hqz9yxB0Hqz9yxB0Hqz9yxB0Hqz9yw=".into(), note: "sample.example/praman\n48213\nnyxB0Hqz9yxB0Hqz9yxB0Hqz9yxB0Hqz9yxB0Hqz9yw=\n\n— sample.example/praman Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".into() }) }.render().unwrap());
        add(
            "verify-log",
            VerifyLogPage {
                p: p(),
                here: "verify",
                report: None,
                older: String::new(),
            }
            .render()
            .unwrap(),
        );
        add("verify-log-good", report(language, false));
        add("verify-log-broken", report(language, true));
    }
    pages
}
