//! Papers that were looked at and found to be of no use: what is said, what is kept, and that nobody is held up for ever.

use assistant::{
    conversation::{ApplicationState, ApplicationSummary, Effect},
    said::{Paper, Said},
};
use domain::{ApplicationNumber, Bilingual, Language, PaperFinding, catalogue::Shows};

use crate::harness::{ASSISTANT, Person, good_answer};
use crate::interruptions::in_birth_form;

fn picture(letter: char, refused: &[PaperFinding], notes: &[PaperFinding]) -> Said {
    Said::Paper(Paper {
        digest: letter.to_string().repeat(64),
        media_type: "image/jpeg".to_owned(),
        bytes: 1000,
        filename: None,
        refused: refused.to_vec(),
        notes: notes.to_vec(),
    })
}

/// Asked for the first paper.
fn at_the_papers(language: Language) -> Person {
    let mut person = in_birth_form(language);
    let service = ASSISTANT.catalogue().get("birth_certificate").unwrap();
    while let Some(field) = service.field(&person.awaiting().unwrap()) {
        person.says(&good_answer(field, language));
    }
    person
}

/// Sends good papers until the form is whole, hands it in, and answers what was handed in.
fn handed_in(person: &mut Person) -> Vec<domain::Paper> {
    let mut letter = 'f';
    while person.mode() == "form" {
        letter = char::from_u32(u32::from(letter) + 1).unwrap();
        person.turn(&picture(letter, &[], &[]));
    }
    person.taps("Submit");
    person.submitted().unwrap().papers().to_vec()
}

#[test]
fn a_blurred_picture_is_asked_for_again_and_the_second_may_be_kept_with_a_note() {
    let mut person = at_the_papers(Language::En);
    let first = person.awaiting();
    let blurred = |letter| picture(letter, &[PaperFinding::Blurred], &[]);
    person.turn(&blurred('1'));
    assert!(person.body().contains("too blurred to read"), "{}", person.body());
    assert_eq!(person.awaiting(), first, "the place in the form is kept");
    assert!(!person.titles().contains(&"Use this picture".to_owned()));

    person.turn(&blurred('2'));
    assert_eq!(person.awaiting(), first);
    assert!(
        person.body().contains("give this picture as it is"),
        "{}",
        person.body()
    );
    person.taps("Use this picture");
    assert_ne!(person.awaiting(), first);
    assert!(
        person.body().contains("with a note for the officer"),
        "{}",
        person.body()
    );

    let papers = handed_in(&mut person);
    assert_eq!(papers[0].digest, "2".repeat(64));
    assert_eq!(papers[0].notes, [PaperFinding::Blurred, PaperFinding::KeptAllTheSame]);
    assert!(papers[1..].iter().all(|paper| paper.notes.is_empty()));
}

#[test]
fn a_good_picture_after_a_bad_one_has_no_note_and_counts_begin_anew_for_the_next_paper() {
    let mut person = at_the_papers(Language::En);
    person.turn(&picture('1', &[PaperFinding::Dark], &[]));
    assert!(person.body().contains("too dark"), "{}", person.body());
    let first = person.awaiting();
    person.turn(&picture('2', &[], &[]));
    assert_ne!(person.awaiting(), first);
    person.turn(&picture('3', &[PaperFinding::Dark], &[]));
    assert!(
        !person.titles().contains(&"Use this picture".to_owned()),
        "{:?}",
        person.titles()
    );
    let papers = handed_in(&mut person);
    assert!(papers.iter().all(|paper| paper.notes.is_empty()), "{papers:?}");
}

#[test]
fn a_file_that_cannot_be_opened_is_never_kept() {
    let mut person = at_the_papers(Language::En);
    let first = person.awaiting();
    for finding in PaperFinding::ALL.into_iter().filter(|finding| finding.is_of_the_file()) {
        for _ in 0..2 {
            person.turn(&picture('1', &[finding], &[]));
            assert_eq!(person.awaiting(), first, "{finding:?}");
            assert!(!person.titles().contains(&"Use this picture".to_owned()), "{finding:?}");
        }
    }
}

#[test]
fn a_doubtful_picture_is_taken_with_a_note_and_the_same_file_for_two_papers_is_noticed() {
    let mut person = at_the_papers(Language::En);
    let first = person.awaiting();
    person.turn(&picture('1', &[], &[PaperFinding::Glare]));
    assert_ne!(person.awaiting(), first);
    assert!(person.body().contains("hard to read in places"), "{}", person.body());
    person.turn(&picture('1', &[], &[]));
    assert!(person.body().contains("same file"), "{}", person.body());
    let papers = handed_in(&mut person);
    assert_eq!(papers[0].notes, [PaperFinding::Glare]);
    assert_eq!(papers[1].notes, [PaperFinding::SameFile]);
}

#[test]
fn every_finding_is_told_in_both_languages() {
    for language in [Language::En, Language::Hi] {
        let mut told = std::collections::BTreeSet::new();
        for finding in PaperFinding::ALL {
            let mut person = at_the_papers(language);
            let asked = person.body().to_owned();
            person.turn(&picture('1', &[finding], &[]));
            let told_now = person.body().to_owned();
            assert_ne!(told_now, asked, "{finding:?}");
            told.insert(told_now);
        }
        assert_eq!(told.len(), PaperFinding::ALL.len(), "each in its own words");
    }
}

#[test]
fn what_a_picture_must_show_follows_from_the_place_in_the_form() {
    let person = at_the_papers(Language::En);
    assert_eq!(person.conversation.awaits(ASSISTANT.catalogue()), Some(Shows::Writing));
    let mut checking = Person::new();
    checking.says("hello").taps("English").taps("Check certificate");
    assert_eq!(
        checking.conversation.awaits(ASSISTANT.catalogue()),
        None,
        "a certificate to check may look any way"
    );
}

#[test]
fn the_office_is_sent_a_poor_picture_only_when_the_citizen_wishes_it() {
    let mut person = Person::known(Language::En);
    let number = ApplicationNumber::new(2026, 1);
    person.applications = vec![ApplicationSummary {
        number: number.clone(),
        service: "birth_certificate".into(),
        subject: None,
        stage: Bilingual::new("Papers are being checked", "कागज़ जाँचे जा रहे हैं"),
        holder: None,
        since: None,
        submitted_on: jiff::civil::date(2026, 11, 18),
        due: None,
        state: ApplicationState::Waiting {
            question: Some("Please send it again.".into()),
            paper: Some("address_proof".into()),
        },
    }];
    let sent = |person: &Person| {
        person.effects.iter().find_map(|effect| match effect {
            Effect::Answer { papers, .. } => Some(papers.clone()),
            _ => None,
        })
    };
    person
        .turn(&picture('1', &[PaperFinding::Blurred], &[]))
        .taps("Answer the office");
    assert_eq!(sent(&person), None);
    assert!(person.body().contains("too blurred"), "{}", person.body());
    person.turn(&picture('2', &[PaperFinding::Blurred], &[]));
    assert_eq!(sent(&person), None);
    person.taps("Use this picture");
    let papers = sent(&person).unwrap();
    assert_eq!(papers[0].digest, "2".repeat(64));
    assert_eq!(papers[0].document, "address_proof");
    assert_eq!(papers[0].notes, [PaperFinding::Blurred, PaperFinding::KeptAllTheSame]);
}
