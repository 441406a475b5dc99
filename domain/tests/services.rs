//! Every service's form, handed in by somebody who copies every example; and those that wait to be added.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::{
    Language, Paper,
    catalogue::{Catalogue, CheckedForm, FormProblem, Service, lint},
};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 22);

/// A form that somebody hands in who copies every example, with every paper that is asked for.
fn handed_in(service: &Service, language: Language) -> Result<CheckedForm, Vec<FormProblem>> {
    let answers = service.example_answers(language);
    let papers = service
        .documents
        .iter()
        .filter(|document| document.applies(&answers))
        .map(|document| Paper {
            document: document.code.clone(),
            digest: "00".repeat(32),
            media_type: "image/jpeg".into(),
            bytes: 1,
            notes: vec![],
        })
        .collect();
    service.check(answers, papers, TODAY)
}

#[test]
fn every_form_of_examples_is_taken() {
    for service in Catalogue::embedded().unwrap().iter() {
        for language in [Language::En, Language::Hi] {
            let form = handed_in(service, language).unwrap_or_else(|problems| panic!("{}: {problems:?}", service.code));
            let asked = service.fields.iter().filter(|field| field.applies(form.answers()));
            assert_eq!(form.answers().len(), asked.count(), "{}", service.code);
        }
    }
}

// Service 31: each of those that wait is one file, and nothing else has to change.
#[test]
fn a_service_is_added_by_one_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("services/next");
    let mut added = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let embedded = Catalogue::embedded().unwrap();
        assert!(embedded.get(&code).is_none(), "{code} is not built in");
        let alone = Catalogue::from_files([(code.as_str(), text.as_str())]).unwrap();
        let with = embedded.with(&alone);
        assert_eq!(with.iter().count(), embedded.iter().count() + 1);
        assert_eq!(lint(&with), [], "{code}");
        for language in [Language::En, Language::Hi] {
            let form = handed_in(with.get(&code).unwrap(), language);
            let form = form.unwrap_or_else(|problems| panic!("{code}: {problems:?}"));
            assert_eq!(form.service().code, code);
            assert!(!form.papers().is_empty(), "{code}");
        }
        added.push(code);
    }
    added.sort();
    assert_eq!(
        added,
        [
            "delayed_birth_registration_order",
            "delayed_death_registration_order",
            "record_of_rights_copy",
            "vehicle_rc_transfer",
        ]
    );
}
