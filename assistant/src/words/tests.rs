use domain::{application, catalogue::FieldProblem, certificate, citizen};

use super::*;

const BOTH: [Language; 2] = [Language::En, Language::Hi];

fn places(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect();
    found.sort_unstable();
    found
}

fn is_latin_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
}

#[test]
fn every_sentence_exists_in_both_languages_with_the_same_places() {
    for key in Text::ALL {
        let [en, hi] = BOTH.map(|language| key.get(language));
        assert_eq!(places(en), places(hi), "{key:?}");
        for text in [en, hi] {
            assert!(!text.trim().is_empty() && text.trim() == text, "{key:?}");
            assert_eq!(text.matches('{').count(), places(text).len(), "{key:?}");
        }
    }
}

#[test]
fn hindi_is_hindi_and_english_is_english() {
    let shared = [
        Text::Welcome,
        Text::AskLanguage,
        Text::ButtonHindi,
        Text::ButtonEnglish,
        Text::Help,
    ];
    for key in Text::ALL.iter().filter(|key| !shared.contains(key)) {
        let en = key.get(Language::En);
        let hi = key.get(Language::Hi);
        let bare = |text: &str| {
            places(text)
                .iter()
                .fold(text.to_owned(), |t, p| t.replace(&format!("{{{p}}}"), ""))
        };
        assert!(!bare(en).chars().any(crate::understand::is_devanagari), "{key:?}");
        let letters = bare(hi).chars().filter(|c| c.is_alphabetic()).count();
        if letters > 0 {
            assert!(hi.chars().any(crate::understand::is_devanagari), "{key:?}");
        }
        // Abbreviations may stay in Latin letters; an untranslated sentence may not.
        let latin = bare(hi).split(|c| !is_latin_letter(c)).filter(|w| w.len() > 4).count();
        assert_eq!(latin, 0, "{key:?}: {hi}");
    }
}

#[test]
fn sentences_and_labels_keep_within_their_lengths() {
    for key in Text::ALL {
        let name = format!("{key:?}");
        let max = if name.starts_with("Button") || name.starts_with("State") || name.starts_with("Standing") {
            20
        } else if name.starts_with("Row")
            || name.starts_with("Event") && *key != Text::Events
            || name.starts_with("Intent")
        {
            24
        } else {
            600
        };
        for language in BOTH {
            assert!(
                units(key.get(language)) <= max,
                "{key:?} has {} units",
                units(key.get(language))
            );
        }
    }
}

#[test]
fn buttons_that_can_stand_together_differ() {
    for language in BOTH {
        for set in [
            &[Text::ButtonApply, Text::ButtonTrack, Text::ButtonVerify][..],
            &[Text::ButtonSubmit, Text::ButtonChange, Text::ButtonSave],
            &[Text::ButtonContinue, Text::ButtonNew, Text::ButtonDiscard],
            &[Text::ButtonContinue, Text::ButtonStartOver, Text::ButtonMenu],
            &[Text::ButtonSave, Text::ButtonDiscard, Text::ButtonGoOn],
            &[Text::ButtonPerson, Text::ButtonSave, Text::ButtonAgain],
            &[Text::ButtonYes, Text::ButtonNo, Text::ButtonSkip],
        ] {
            let mut labels: Vec<&str> = set.iter().map(|key| key.get(language)).collect();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(labels.len(), set.len(), "{set:?}");
        }
    }
}

#[test]
fn every_rejection_has_its_own_words() {
    // Read from where the codes stand, so that a new one cannot be forgotten here.
    let sources = [
        include_str!("../../../domain/src/application/decide.rs"),
        include_str!("../../../domain/src/certificate/decide.rs"),
        include_str!("../../../domain/src/citizen/decide.rs"),
    ];
    let codes: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.split('"').skip(1).step_by(2))
        .filter(|text| {
            ["application.", "certificate.", "citizen."]
                .iter()
                .any(|start| text.starts_with(start))
        })
        .filter(|text| text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'_')))
        .collect();
    assert!(codes.contains(&application::Error::Unknown.code()));
    assert!(codes.contains(&certificate::Error::Revoked.code()));
    assert!(codes.contains(&citizen::Error::Unknown.code()));
    for language in BOTH {
        for code in &codes {
            assert_ne!(rejection(code, language), rejection("", language), "{code}");
        }
    }
}

#[test]
fn every_field_problem_is_said_without_empty_places() {
    let problems = [
        FieldProblem::Empty,
        FieldProblem::TooLong { max: 9 },
        FieldProblem::Kind,
        FieldProblem::Character,
        FieldProblem::NoSuchDay,
        FieldProblem::Future,
        FieldProblem::TooYoung { years: 18 },
        FieldProblem::TooOld { years: 130 },
        FieldProblem::NotAnOption,
        FieldProblem::Range { min: 1, max: 5 },
        FieldProblem::Pin,
        FieldProblem::Phone,
        FieldProblem::VehicleNumber,
        FieldProblem::LicenceNumber,
        FieldProblem::PersonParts { row: 2 },
        FieldProblem::PersonName { row: 2 },
        FieldProblem::PersonAge { row: 2 },
        FieldProblem::TooManyPeople { max: 3 },
    ];
    for language in BOTH {
        for problem in &problems {
            let said = field_problem(problem, language);
            assert!(!said.is_empty() && !said.contains('{'), "{said}");
        }
    }
}

#[test]
fn a_paper_is_asked_for_in_one_bubble_that_people_read() {
    // What the catalogue's lint reckons with for the words around a paper's own.
    const FRAME: usize = 90;
    let catalogue = domain::catalogue::Catalogue::embedded().unwrap();
    for language in BOTH {
        let bubble = |label: &str, papers: Option<&str>, help: &str| {
            let any = papers.map_or(String::new(), |papers| {
                fill(Text::AnyOneOf.get(language), &[("papers", papers)]) + "\n"
            });
            let asked = [
                ("n", "88"),
                ("total", "88"),
                ("label", label),
                ("help", &format!("{any}{help}")),
            ];
            format!(
                "{}\n{}",
                fill(Text::AskPaper.get(language), &asked),
                Text::PaperHow.get(language)
            )
        };
        assert!(
            units(&bubble("", Some(""), "")) <= FRAME,
            "{}",
            units(&bubble("", Some(""), ""))
        );
        for service in catalogue.iter() {
            for paper in &service.documents {
                let papers = catalogue.accepted(paper);
                let papers = papers.as_ref().map(|papers| papers.get(language));
                let said = bubble(paper.label.get(language), papers, paper.help.get(language));
                assert!(units(&said) <= 600, "{} {}: {said}", service.code, paper.code);
            }
        }
    }
}

#[test]
fn every_verdict_has_all_its_words() {
    for code in VERDICT_CODES {
        for language in BOTH {
            let words = verdict(code, language).unwrap();
            for text in [words.word, words.reason, words.advice] {
                assert!(!text.is_empty(), "{code}");
                assert_eq!(
                    text.chars().any(crate::understand::is_devanagari),
                    language == Language::Hi,
                    "{code}: {text}"
                );
            }
        }
        let [en, hi] = BOTH.map(|language| verdict(code, language).unwrap());
        assert_eq!(places(en.reason), places(hi.reason), "{code}");
        assert_eq!(places(en.advice), places(hi.advice), "{code}");
    }
    assert_eq!(verdict("perhaps", Language::En), None);
}

#[test]
fn a_value_is_never_a_template() {
    assert_eq!(fill("{a}-{b}", &[("a", "{b}"), ("b", "x")]), "{b}-x");
    assert_eq!(fill("{a}", &[("b", "x")]), "{a}");
    assert_eq!(fill("no places {", &[]), "no places {");
}

#[test]
fn shortening_cuts_between_letters_as_people_see_them() {
    assert_eq!(shortened("नमस्ते", 6), "नमस्ते");
    assert_eq!(shortened("क्षत्रिय", 5), "क्ष…");
    assert_eq!(shortened("abcdef", 3), "ab…");
    for max in 1..12 {
        assert!(units(&shortened("प्रमाण 👩‍👩‍👧 पत्र", max)) <= max);
    }
}
