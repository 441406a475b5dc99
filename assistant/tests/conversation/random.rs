//! Whatever people say, in whatever order.

use assistant::said::{PaperProblem, Said};
use domain::Language;
use proptest::prelude::*;

use crate::harness::{ASSISTANT, Person, paper};

#[derive(Clone, Debug)]
enum Move {
    Said(Said),
    /// The n-th choice of the last bubble.
    Tap(usize),
    /// A choice of an earlier bubble.
    OldTap(usize),
    /// The example of whatever is asked.
    Answer,
    Days(i64),
}

const TEXTS: &[&str] = &[
    "hi",
    "menu",
    "back",
    "cancel",
    "save",
    "skip",
    "help",
    "english",
    "हिन्दी",
    "continue",
    "submit",
    "yes",
    "haan",
    "ok",
    "no",
    "नहीं",
    "1",
    "2",
    "७",
    "change 3",
    "change",
    "birth certificate",
    "ड्राइविंग लाइसेंस चाहिए",
    "obc certificate banwana hai",
    "shadi ka certificate",
    "licence",
    "status",
    "withdraw",
    "download",
    "verify",
    "APP-2026-000001",
    "APP-2026-000042",
    "documents?",
    "fees kitni hai",
    "talk to a person",
    "delete my data",
    "delete",
    "start over",
    "thanks",
    "asdfgh",
    "Ravi Kumar",
    "रवि कुमार",
    "15/08/1990",
    "31/02/1990",
    "kal",
    "110001",
    "9876543210",
    "5 lakh",
    "*bold* _x_",
    "{service}",
    "\u{202e}abc",
    "👍",
    "",
    "aur",
    "bas",
    "galat hai",
];

fn text() -> impl Strategy<Value = Said> {
    prop_oneof![
        8 => proptest::sample::select(TEXTS).prop_map(|text| Said::Text(text.to_owned())),
        1 => "\\PC{0,60}".prop_map(Said::Text),
        1 => Just(Said::Text("क्षत्रिय ".repeat(400))),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        6 => text().prop_map(Move::Said),
        6 => (0usize..10).prop_map(Move::Tap),
        1 => (0usize..30).prop_map(Move::OldTap),
        12 => Just(Move::Answer),
        1 => Just(Move::Said(paper("image/jpeg"))),
        1 => prop_oneof![
            Just(Said::Voice), Just(Said::VoiceRefused), "(haan|yes|submit|cancel|delete my data|birth certificate)".prop_map(Said::Spoken), Just(Said::Sticker), Just(Said::Location), Just(Said::Contact), Just(Said::Reaction),
            Just(Said::Unsupported), Just(Said::PaperRefused(PaperProblem::Empty)), Just(paper("text/html")),
        ].prop_map(Move::Said),
        1 => (0i64..20).prop_map(Move::Days),
    ]
}

/// What a person has to say or tap so that a form may go.
const DELETES: &[&str] = &[
    "Delete it",
    "Start over",
    "इसे हटाएँ",
    "नए सिरे से",
    "delete",
    "start over",
    "2",
    "1",
    "3",
];
const SUBMITS: &[&str] = &["Submit", "जमा करें", "submit", "yes", "haan", "ok", "👍"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_nothing_is_lost_nothing_is_submitted_by_accident(
        known: Option<bool>,
        moves in proptest::collection::vec(moves(), 1..60),
    ) {
        let mut person = match known {
            None => Person::new(),
            Some(hindi) => Person::known(if hindi { Language::Hi } else { Language::En }),
        };
        let mut seen = Vec::new();
        for step in moves {
            seen.extend(person.choices());
            let said = match step {
                Move::Said(said) => said,
                Move::Tap(n) => {
                    let choices = person.choices();
                    let Some(choice) = choices.get(n % choices.len().max(1)) else { continue };
                    Said::Chose { id: choice.id.clone(), title: choice.title.clone() }
                }
                Move::OldTap(n) => {
                    let Some(choice) = seen.get(n % seen.len().max(1)) else { continue };
                    Said::Chose { id: choice.id.clone(), title: choice.title.clone() }
                }
                Move::Answer => {
                    let view = person.conversation.view(ASSISTANT.catalogue());
                    let (Some(code), Some(awaiting)) = (view.service, view.awaiting) else { continue };
                    let service = ASSISTANT.catalogue().get(&code).unwrap();
                    match service.field(&awaiting) {
                        Some(field) => Said::Text(crate::harness::good_answer(field, Language::En)),
                        None if service.document(&awaiting).is_some() => paper("application/pdf"),
                        None => continue,
                    }
                }
                Move::Days(days) => {
                    person.waits_days(days);
                    continue;
                }
            };
            let mode = (person.mode(), person.awaiting());
            let before: Vec<String> = person
                .conversation
                .drafts()
                .map(str::to_owned)
                .collect();
            person.turn(&said);
            let words = match &said {
                Said::Text(text) => text.as_str(),
                Said::Chose { title, .. } => title.as_str(),
                _ => "",
            };
            if let Some(form) = person.submitted() {
                prop_assert_eq!(&mode, &("confirm", None));
                prop_assert!(SUBMITS.contains(&words), "{words:?} submitted {}", form.service().code);
            } else {
                for code in before.iter().filter(|code| !person.conversation.drafts().any(|d| d == code.as_str())) {
                    let told = person.body().contains("30 ");
                    prop_assert!(told || DELETES.contains(&words), "{code} was lost by {words:?}\n{}", person.transcript);
                }
            }
        }
    }
}
